"""The tables of `ccmsim run`: measures with errors, money by item, losses by reason and cause.

Comes in: estimates by name. Goes out: tables for a console. Computes no estimate.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from ccmsim.variables import coordinates
from ccmsim.wording import counted

if TYPE_CHECKING:
    from rich.table import Table

    from ccmsim.estimation import Estimate

Measures = Mapping[str, "Estimate"]

FLOWS: Final = {
    "plan_usd": "Projection: first codes",
    "billed_usd": "Billed",
    "finally_paid_usd": "Of it finally paid",
    "collected_usd": "Cash that arrives",
    "staff_cost_usd": "Staff cost",
    "other_cost_usd": "Other cost",
    "net_usd": "Net",
    "cash_net_usd": "Net, by cash",
    "billable_patients": "Patients billed",
    "visit_usd": "Office visits, beside it",
}

SPREAD: Final = {
    "p5": "One in 20 is below",
    "p50": "Half are below",
    "p95": "One in 20 is above",
    "expected_shortfall": "Mean of the worst 5 %",
}

SHARES: Final = {
    "billable_share": "Billed, share of enrolled patient-months",
    "billable_share.month.p50": "– in a usual month",
    "billable_share.month.p5": "– in a bad month, one in 20",
    "billable_share_of_eligible": "Billed, share of eligible patient-months",
    "enrolled_share_of_eligible": "Enrolled, share of eligible patients",
    "identified_share_of_eligible": "On the registry, share of eligible patients",
    "utilisation": "Busy, share of on-duty time",
    "margin": "Net, share of what is finally paid",
    "net_usd.total.loss_probability": "Probability of a loss",
}

STAGES: Final = {
    "stage_share.early": "Months of the early stage, by patients enrolled",
    "stage_share.growth": "Months of the growth stage",
    "stage_share.mature": "Months of the mature stage",
}

AMOUNTS: Final = {
    "attempts_per_patient_month": "Calls placed, a patient-month",
    "contacts_per_patient_month": "Contacts, a patient-month",
    "approached_patients.month": "People asked to take part, a month",
    "new_patients.month": "People who enroll, a month",
    "billed_old_work_usd": "Billed for what was done before, USD a month",
    "incremental_net_usd": "Net, with the wages of that work, USD a month",
    "overpaid_usd": "Paid twice, USD a month",
    "recouped_usd": "Taken back by payer audits, USD a month",
    "revenue_at_risk_usd": "Revenue at risk: projection less P5, USD",
    "receivable_usd.end": "Receivable at the end, USD",
}

IF_ANY: Final = {
    "billed_old_work_usd": "billed_old_work_usd",
    "incremental_net_usd": "billed_old_work_usd",
    "overpaid_usd": "overpaid_usd",
    "recouped_usd": "recouped_usd",
}
"""Rows that are left out where another measure is zero."""


def tables_of(found: Measures, months: int) -> Iterator[Table]:
    """Yield the tables in the order in which they are printed."""
    span = counted(months, "month")
    money = table("Money (USD) and patients, mean", "", "a month", f"in {span}")
    for name, label in FLOWS.items():
        if f"{name}.total" not in found:  # not every scenario has visits
            continue
        money.add_row(label, *(brief(found[f"{name}.{over}"]) for over in ("month", "total")))
    yield money
    yield _spread(found, span)
    yield _practice(found)
    headings = ("reason", "patients a month", "of enrolled")
    lost = table("Where billable months were lost, mean", *headings)
    for reason in coordinates()["reason"]:
        _add(lost, reason, found, "missed_patients", "missed_share", f".{reason}")
    _add(lost, "all", found, "missed_patients", "missed_share")
    yield lost
    headings = ("cause", "minutes a month", "of scheduled")
    away = table("Where coordinators' time was lost, mean", *headings)
    for cause in coordinates()["cause"]:
        _add(away, cause, found, "lost_minutes", "lost_share", f".{cause}")
    _add(away, "all", found, "lost_minutes", "lost_share")
    yield away
    yield from _money_by_item(found)


def _money_by_item(found: Measures) -> Iterator[Table]:
    """Yield what is never paid, what the cost is made of, and which work in it is forgotten."""
    labels = coordinates()
    unpaid = table("What is billed and never paid, mean", "why", "USD a month")
    cost = table("What the cost is made of, mean", "item", "USD a month")
    for rows, name, dim in ((unpaid, "written_off_usd", "why"), (cost, "cost_usd", "item")):
        for label in labels[dim]:
            if found[f"{name}.{label}"].value > 0.0:
                rows.add_row(label, brief(found[f"{name}.{label}"]))
        yield rows
    title = "Work that projections forget, mean; it is part of the cost"
    forgotten = table(title, "work", "hours a month", "USD a month")
    for label in labels["overhead"]:
        both = (found[f"overhead_{unit}.{label}"] for unit in ("hours", "usd"))
        forgotten.add_row(label, *(brief(estimate) for estimate in both))
    yield forgotten


def _spread(found: Measures, span: str) -> Table:
    rows = table(f"How {span} may turn out (USD)", "of all replications", "billed", "net")
    for key, label in SPREAD.items():
        cells = (brief(found[f"{name}.total.{key}"]) for name in ("billed_usd", "net_usd"))
        rows.add_row(label, *cells)
    return rows


def _practice(found: Measures) -> Table:
    rows = table("How the practice runs", "", "")
    rows.show_header = False
    for name, label in SHARES.items():
        if name in found:  # some need a Medicare panel
            rows.add_row(label, brief(found[name], percent=True))
    for name, label in STAGES.items():
        if name in found and found[name].value > 0.0:
            rows.add_row(label, brief(found[name], percent=True))
    for name, label in AMOUNTS.items():
        if name in found and (name not in IF_ANY or found[IF_ANY[name]].value > 0.0):
            rows.add_row(label, brief(found[name]))
    return rows


def _add(rows: Table, label: str, found: Measures, amount: str, share: str, key: str = "") -> None:
    """Add a row; one that is nothing but zeros says nothing, except in a sum."""
    if not key or found[amount + key].value > 0.0:
        rows.add_row(label, brief(found[amount + key]), brief(found[share + key], percent=True))


def table(title: str, *headings: str, label_width: int = 24) -> Table:
    """Return an empty table: a column of labels, at least so wide, then numbers."""
    from rich.table import Table

    rows = Table(
        title=title,
        title_justify="left",
        title_style="bold",
        header_style="",
        box=None,
        pad_edge=False,
        padding=(0, 2, 0, 0),
    )
    rows.add_column(headings[0], min_width=label_width)
    for heading in headings[1:]:
        rows.add_column(heading, justify="right")
    return rows


def brief(estimate: Estimate, *, percent: bool = False) -> str:
    """Return an estimate with its interval, as short as a table wants it.

    Examples
    --------
    >>> from ccmsim.estimation import Estimate
    >>> brief(Estimate(39812.3, 209.0, 39402.0, 40222.0, 0.95, 1000, "t"))
    '39,810 ± 410'
    >>> brief(Estimate(0.31, math.nan, 0.30, 0.33, 0.95, 1000, "Wilson"), percent=True)
    '31.0 % (30.0 to 33.0)'
    >>> brief(Estimate(59517.0, 0.0, 59517.0, 59517.0, 0.95, 1000, "degenerate"))
    '59,517'
    >>> brief(Estimate(94881.87, math.nan, math.nan, math.nan, 0.95, 30, "too few"))
    '94,900 (no interval)'
    """
    if math.isnan(estimate.value):
        return "–"
    unit = " %" if percent else ""
    if percent:
        estimate = estimate.times(100.0)
    if estimate.low == estimate.high:
        return f"{estimate.value:,.4g}{unit}" if percent else f"{estimate.value:,.8g}"
    if math.isnan(estimate.low):
        digits = 2 - math.floor(math.log10(abs(estimate.value) or 1.0))
        return f"{round(estimate.value, digits):,.8g}{unit} (no interval)"
    value, _, rest = str(estimate).partition(" (")
    interval = rest.removeprefix(f"{100.0 * estimate.level:g} %").removeprefix(": ")
    return value + unit + (f" ({interval}" if interval != ")" else "")
