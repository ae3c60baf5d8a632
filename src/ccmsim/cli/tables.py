"""The tables of `ccmsim run`: measures with their errors, months lost by reason, minutes by cause.

Comes in: estimates by name. Goes out: tables for a console. Computes no estimate.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from ccmsim.variables import coordinates

if TYPE_CHECKING:
    from rich.table import Table

    from ccmsim.estimation import Estimate

Measures = Mapping[str, "Estimate"]

FLOWS: Final = {
    "plan_usd": "Projection: all billed",
    "billed_usd": "Billed",
    "finally_paid_usd": "Of it finally paid",
    "collected_usd": "Cash that arrives",
    "staff_cost_usd": "Staff cost",
    "other_cost_usd": "Other cost",
    "net_usd": "Net",
    "cash_net_usd": "Net, by cash",
    "billable_patients": "Patients billed",
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
    "net_usd.total.loss_probability": "Probability of a loss",
}

AMOUNTS: Final = {
    "attempts_per_patient_month": "Calls placed, a patient-month",
    "contacts_per_patient_month": "Contacts, a patient-month",
    "approached_patients.month": "People asked to take part, a month",
    "new_patients.month": "People who enroll, a month",
    "revenue_at_risk_usd": "Revenue at risk: projection less P5, USD",
    "receivable_usd.end": "Receivable at the end, USD",
}


def tables_of(found: Measures, months: int) -> Iterator[Table]:
    """Yield the tables in the order in which they are printed."""
    span = "1 month" if months == 1 else f"{months} months"
    money = table("Money (USD) and patients, mean", "", "a month", f"in {span}")
    for name, label in FLOWS.items():
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
    for name, label in AMOUNTS.items():
        if name in found:
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
