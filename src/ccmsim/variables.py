"""The variables of a result: what each is, in which unit, how it follows from a replication.

Comes in: facts, statuses and money of one replication. Goes out: plain arrays by reported month.
The one table of names, units and descriptions. Sections 6 to 8 of docs/model.md define each.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    import numpy as np


class Variable(NamedTuple):
    """One variable of `results.data`; dims (replication, month) and `extra`."""

    units: str
    description: str
    extra: str = ""
    stock: bool = False
    """A level at an instant: a sum over months means nothing."""


VARIABLES: Final[Mapping[str, Variable]] = {
    "enrolled_patients": Variable("patients", "Enrolled at the month's start", stock=True),
    "billable_patients": Variable("patients", "Patient-months that can be billed"),
    "missed_patients": Variable("patients", "Not billable, by the first reason", "reason"),
    "claim_units": Variable("units", "Units claimed by code", "code"),
    "denied_claims": Variable("claims", "Claims denied at first"),
    "late_claims": Variable("claims", "Claims sent too late to be paid"),
    "other_practice_claims": Variable("claims", "Claims denied because another practice was first"),
    "appealed_claims": Variable("claims", "Claims appealed"),
    "duplicate_claims": Variable("claims", "Claims sent twice"),
    "plan_usd": Variable("USD", "The projection: every enrolled patient billed the base code"),
    "billed_usd": Variable("USD", "Allowed amount of the month's claims"),
    "finally_paid_usd": Variable("USD", "What the month's claims will finally have paid"),
    "overpaid_usd": Variable("USD", "Medicare's part of claims paid a second time"),
    "written_off_usd": Variable("USD", "What the month's claims will never pay, by why", "why"),
    "collected_usd": Variable("USD", "Cash that arrives in the month"),
    "receivable_usd": Variable("USD", "Still to come at the month's end", stock=True),
    "staff_cost_usd": Variable("USD", "Wages, overtime, cover and onboarding"),
    "nominal_staff_cost_usd": Variable("USD", "The same, with hours pulled to the clinic"),
    "other_cost_usd": Variable("USD", "All other cost, by item in cost_usd"),
    "net_usd": Variable("USD", "What the month's claims will finally pay, less cost and recouped"),
    "cash_net_usd": Variable("USD", "Cash that arrives in the month, less cost and recouped"),
    "template_minutes": Variable("minutes", "Scheduled desk time, breaks aside"),
    "on_duty_minutes": Variable("minutes", "On duty"),
    "lost_minutes": Variable("minutes", "Template minutes off duty, by cause", "cause"),
    "worked_minutes": Variable("minutes", "Service of coordinators, logging included"),
    "overtime_minutes": Variable("minutes", "Work while not on duty"),
    "idle_minutes": Variable("minutes", "On duty without work"),
    "countable_minutes": Variable("minutes", "Minutes that count, work by others included"),
    "captured_minutes": Variable("minutes", "Countable minutes that end up in the time log"),
    "attempts": Variable("calls", "Outgoing calls started"),
    "answered": Variable("calls", "Outgoing calls answered"),
    "contacts": Variable("calls", "Answered outgoing calls and inbound calls taken"),
    "inbound_taken": Variable("calls", "Inbound calls taken by coordinators"),
    "care_tasks_done": Variable("items", "Care tasks done by coordinators"),
    "chart_work_done": Variable("items", "Chart work done"),
    "outside_items": Variable("items", "Inbound calls and care tasks done by others"),
    "released_items": Variable("items", "Items put on a worklist"),
    "started_items": Variable("items", "Items started"),
    "done_items": Variable("items", "Items completed"),
    "dropped_items": Variable("items", "Open items dropped because the patient left"),
    "expired_items": Variable("items", "Open items that expired or were taken over by others"),
    "new_patients": Variable("patients", "Patients who enroll after the first day"),
    "hospital_stays": Variable("stays", "Stays in hospital that begin in the month"),
    "uncontacted_months": Variable(
        "months", "Since the last contact at the month's end, summed over patients", stock=True
    ),
    "uncontacted_patients": Variable(
        "patients", "Without contact for three months or more", stock=True
    ),
    "hires": Variable("people", "New coordinators"),
    "load_absence_factor": Variable("1", "What multiplied the chance of sick spells", stock=True),
    "duty_changes": Variable("events", "Beginnings and ends of on-duty time"),
    "events": Variable("events", "Releases, starts, completions, drops, expiries and duty changes"),
    "cost_usd": Variable("USD", "Staff and other cost, by item", "item"),
    "absence_cost_usd": Variable("USD", "Paid absence of coordinators, by cause", "cause"),
    "overhead_hours": Variable("hours", "Work that projections forget", "overhead"),
    "overhead_usd": Variable("USD", "What it costs; part of the month's cost", "overhead"),
    "billed_old_work_usd": Variable("USD", "Billed for work that was done before the programme"),
    "baseline_cost_usd": Variable("USD", "Wages of that work, paid before the programme"),
    "visits": Variable("visits", "Office visits; 0 where the scenario has none"),
    "visit_usd": Variable("USD", "What these visits bring"),
    "total_usd": Variable("USD", "Visits and net by cash together"),
    "eligible_patients": Variable("patients", "Eligible at the month's start", stock=True),
    "identified_patients": Variable("patients", "Of them, on the registry", stock=True),
    "listed_patients": Variable("patients", "On the month's list of people to ask"),
    "paused_months": Variable("months", "Without a list: too few were billable the month before"),
    "approached_patients": Variable("patients", "Of them, called or met at least once"),
    "approaches": Variable("calls", "Calls to them and talks at visits, started"),
    "talks": Variable("calls", "Of these, with an answer"),
    "consents": Variable("patients", "Of these, with consent"),
    "waiting_patients": Variable("patients", "Who wait for an initiating visit", stock=True),
    "initiating_visits": Variable("visits", "Initiating visits kept"),
    "missed_visits": Variable("visits", "Initiating visits missed"),
    "reviews": Variable("days", "Days on which somebody looked down the worklist"),
    "overfull_days": Variable("days", "Seats' days on which the backup helps with a full worklist"),
    "care_plans": Variable("items", "Care plans made with new patients"),
    "stage": Variable("stage", "0 early, 1 growth, 2 mature, by patients enrolled", stock=True),
    "not_claimable_patients": Variable("patients", "Not claimable, by the first bar", "bar"),
    "undocumented_patients": Variable("patients", "Undocumented, by what is lacking", "element"),
    "defective_claims": Variable("claims", "Claims that lack what nobody noticed"),
    "recouped_usd": Variable("USD", "What a payer's audit in the month takes back"),
    "found_patients": Variable("patients", "Billable by an audit of the practice's own only"),
    "practitioner_minutes": Variable("minutes", "Of those that count, the practitioner's own"),
}  # fmt: skip
"""Every variable, in the order in which a dataset lists them."""


PATIENT_VARIABLES: Final[Mapping[str, Variable]] = {
    "patient_status": Variable("1", "Billable, or the first thing that stood in its way"),
    "patient_attempts": Variable("calls", "Outgoing calls started; -1 where not enrolled"),
    "patient_countable_minutes": Variable("minutes", "Minutes that count towards the threshold"),
    "patient_captured_minutes": Variable("minutes", "Countable minutes in the time log"),
}
"""What `keep="patient_months"` adds, dims (replication, patient, month)."""

OBSTACLES: Final[Mapping[str, Variable]] = {
    "patient_days": Variable("days", "Business days of the month from the outreach on"),
    "patient_waiting_days": Variable("days", "Of these, those to whose end an open item waited"),
    "patient_no_shift_days": Variable("days", "Waiting days on which the owner had no shift"),
    "patient_off_duty_minutes": Variable(
        "minutes", "Template minutes of the owner lost on waiting days, by cause", "cause"
    ),
    "patient_backlog_minutes": Variable("minutes", "Minutes of the owner on duty on waiting days"),
    "patient_off_duty_days": Variable(
        "days", "The other waiting days, each by its minutes: lost, by cause", "cause"
    ),
    "patient_backlog_days": Variable("days", "The same: on duty, busy with others"),
}
"""What `keep="obstacles"` adds besides, dims (replication, patient, month) and the extra one."""


def coordinates() -> dict[str, tuple[str, ...]]:
    """Return the labels of the extra dims: cause, reason, bar, element, code, and the like."""
    from ccmsim.finance import CODES, ITEMS, OVERHEADS, WRITTEN_OFF
    from ccmsim.rules import BARS, ELEMENTS, REASONS
    from ccmsim.scenario.disruptions import CAUSES

    return {
        "cause": CAUSES,
        "reason": REASONS,
        "bar": BARS,
        "element": ELEMENTS,
        "code": CODES,
        "why": WRITTEN_OFF,
        "item": ITEMS,
        "overhead": OVERHEADS,
    }


def _kind(variable: Variable) -> type:
    import numpy as np

    return np.float64 if variable.units in ("USD", "minutes", "hours", "1") else np.int64


@cache
def month_dtype() -> np.dtype[Any]:
    """Return the record of one month: every variable, in the order of `VARIABLES`."""
    import numpy as np

    lengths = {extra: (len(labels),) for extra, labels in coordinates().items()} | {"": ()}
    return np.dtype(
        [(name, _kind(entry), lengths[entry.extra]) for name, entry in VARIABLES.items()]
    )
