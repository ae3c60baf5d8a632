"""The tables of `ccmsim run`: measures with their errors, months lost by reason, minutes by cause.

Comes in: estimates by name. Goes out: tables for a console. Computes no estimate.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from ccmsim.variables import coordinates

if TYPE_CHECKING:
    from rich.table import Table

    from ccmsim.estimation import Estimate

Measures = Mapping[str, "Estimate"]

FLOWS: Final = {
    "plan_usd": "Projection (all billed)",
    "billed_usd": "Billed",
    "finally_paid_usd": "Finally paid of it",
    "collected_usd": "Cash that arrives",
    "staff_cost_usd": "Staff cost",
    "other_cost_usd": "Other cost",
    "net_usd": "Net",
    "cash_net_usd": "Net, by cash",
    "billable_patients": "Patients billed",
}

SPREAD: Final = {
    "p5": "One in twenty is under",
    "p50": "Half are under",
    "p95": "One in twenty is over",
    "expected_shortfall": "Mean of the worst 5 %",
}

REASONS: Final = {
    "not_claimable": "not claimable",
    "undocumented": "minutes reached, documentation fails",
    "lost_capture": "minutes reached, too few in the log",
    "short": "talked to or worked on, too few minutes",
    "unreached": "called, never answered",
    "no_attempt_off_duty": "never called: coordinator away",
    "no_attempt_backlog": "never called: no time left",
}


def tables_of(found: Measures, months: int) -> Iterator[Table]:
    """Yield the tables in the order in which they are printed."""
    yield _money(found, months)
    yield _spread(found, months)
    yield _practice(found)
    yield _lost_months(found)
    yield _lost_minutes(found)


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
    """
    if math.isnan(estimate.value):
        return "–"
    unit = " %" if percent else ""
    if percent:
        value, error, low, high = (
            100.0 * number
            for number in (estimate.value, estimate.standard_error, estimate.low, estimate.high)
        )
        estimate = replace(estimate, value=value, standard_error=error, low=low, high=high)
    value_text, opening, rest = str(estimate).partition(" (")
    level = f"{100.0 * estimate.level:g} %"
    if rest == f"{level})":
        return value_text + unit
    if rest.startswith(f"{level}: "):
        return f"{value_text}{unit}{opening}{rest.removeprefix(f'{level}: ')}"
    return value_text + unit if estimate.low == estimate.high else f"{value_text}{unit} (no error)"


def _table(title: str, *headings: str) -> Table:
    from rich.table import Table

    table = Table(
        title=title, title_justify="left", title_style="bold", box=None, pad_edge=False,
        padding=(0, 2, 0, 0), header_style="",
    )  # fmt: skip
    for number, heading in enumerate(headings):
        table.add_column(
            heading, justify="right" if number else "left", min_width=0 if number else 24
        )
    return table


def _money(found: Measures, months: int) -> Table:
    table = _table("Money (USD) and patients, mean", "", "a month", f"in {_span(months)}")
    for name, label in FLOWS.items():
        table.add_row(label, brief(found[f"{name}.month"]), brief(found[f"{name}.total"]))
    return table


def _spread(found: Measures, months: int) -> Table:
    table = _table(
        f"How {_span(months)} may turn out (USD)", "of all replications", "billed", "net"
    )
    for key, label in SPREAD.items():
        cells = (brief(found[f"{name}.total.{key}"]) for name in ("billed_usd", "net_usd"))
        table.add_row(label, *cells)
    return table


def _practice(found: Measures) -> Table:
    table = _table("Practice", "", "")
    shares = {
        "billable_share": "Billed, share of enrolled patient-months",
        "billable_share.month.p50": "in a usual month",
        "billable_share.month.p5": "in a bad month, one in twenty",
        "utilisation": "Busy, share of on-duty time",
        "net_usd.total.loss_probability": "Probability of a loss",
    }
    for name, label in shares.items():
        table.add_row(label, brief(found[name], percent=True))
    table.add_row("Calls a patient-month", brief(found["attempts_per_patient_month"]))
    table.add_row("Contacts a patient-month", brief(found["contacts_per_patient_month"]))
    table.add_row("Revenue at risk, USD (projection less P5)", brief(found["revenue_at_risk_usd"]))
    table.add_row("Receivable at the end, USD", brief(found["receivable_usd.end"]))
    return table


def _lost_months(found: Measures) -> Table:
    table = _table("Where billable months were lost", "reason", "patients a month", "of enrolled")
    for reason in coordinates()["reason"]:
        _add(
            table,
            REASONS[reason],
            found[f"missed_patients.{reason}"],
            found[f"missed_share.{reason}"],
        )
    _add(table, "all", found["missed_patients"], found["missed_share"], always=True)
    return table


def _lost_minutes(found: Measures) -> Table:
    table = _table("Where coordinators' time went", "cause", "minutes a month", "of scheduled")
    for cause in coordinates()["cause"]:
        label = cause.replace("_", " ")
        _add(table, label, found[f"lost_minutes.{cause}"], found[f"lost_share.{cause}"])
    _add(table, "all", found["lost_minutes"], found["lost_share"], always=True)
    return table


def _add(
    table: Table, label: str, amount: Estimate, share: Estimate, *, always: bool = False
) -> None:
    """Add a row; one that is nothing but zeros says nothing."""
    if always or amount.value > 0.0:
        table.add_row(label, brief(amount), brief(share, percent=True))


def _span(months: int) -> str:
    return "1 month" if months == 1 else f"{months} months"
