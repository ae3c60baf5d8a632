"""The assumptions that a practice should check first with data of its own.

Comes in: a scenario. Goes out: the assumptions likely to matter most to it, with the values it
uses, in words. What each is worth was measured once (docs/results.md); nothing is simulated here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from ccmsim.scenario.disruptions import FloorCover
from ccmsim.scenario.documentation import Loss
from ccmsim.scenario.model import Scenario


class Assumption(NamedTuple):
    """One assumption of a scenario."""

    text: str
    """What is assumed, in a sentence."""
    values: dict[str, Any]
    """Dotted paths, and the scenario's values there."""
    swing_usd: float
    """About how much net a year and enrolled patient lies between its plausible low and high."""


def assumptions_that_matter(scenario: Scenario, *, most: int = 3) -> list[Assumption]:
    """Return the assumptions on which the net depends most, the first one most.

    The rule: each known lever has the dollars by which the net of `two_nurses` moved over the
    lever's plausible range (docs/results.md), scaled by how much the scenario makes use of it.
    Levers that a scenario does not use are left out, so there may be fewer than `most`.

    Examples
    --------
    >>> import ccmsim
    >>> [round(a.swing_usd) for a in assumptions_that_matter(ccmsim.load("informal_200"))]
    [166, 104, 66]
    """
    found = [lever(scenario) for lever in LEVERS]
    used = [assumption for assumption in found if assumption.swing_usd > 0.0]
    return sorted(used, key=lambda assumption: -assumption.swing_usd)[:most]


def _answering(scenario: Scenario) -> Assumption:
    law = scenario.contact.answer_probability
    answered = law.expected()
    return Assumption(
        f"Patients answer {100.0 * answered:.0f} of 100 calls.",
        {"contact.answer_probability": law},
        166.0 * answered * (1.0 - answered) / (0.48 * 0.52),
    )


def _talking(scenario: Scenario) -> Assumption:
    contact = scenario.contact
    minutes = contact.call_minutes.expected() + contact.notes_minutes.expected()
    values = {
        "contact.call_minutes": contact.call_minutes,
        "contact.notes_minutes": contact.notes_minutes,
    }
    text = f"A call that is answered takes {minutes:g} minutes, notes included."
    answered = contact.answer_probability.expected() > 0.0
    return Assumption(text, values, 66.0 if answered else 0.0)


def _care_work(scenario: Scenario) -> Assumption:
    contact = scenario.contact
    minutes = contact.care_tasks_per_month * contact.care_task_minutes.expected()
    return Assumption(
        f"A patient's refills, referrals and results take {minutes:g} minutes a month.",
        {
            "contact.care_tasks_per_month": contact.care_tasks_per_month,
            "contact.care_task_minutes": contact.care_task_minutes,
        },
        45.0 * minutes / 8.0,
    )


def _work_of_others(scenario: Scenario) -> Assumption:
    contact, logged = scenario.contact, scenario.documentation.outside_capture_share
    outside = contact.other_work_outside_share
    minutes = (
        contact.inbound_per_month * contact.inbound_minutes.expected()
        + contact.care_tasks_per_month * contact.care_task_minutes.expected()
    )
    text = (
        f"Others do {100.0 * outside:.0f} % of patients' own calls and care tasks, and log "
        f"{100.0 * logged:.0f} % of that."
    )
    values = {
        "contact.other_work_outside_share": outside,
        "documentation.outside_capture_share": logged,
    }
    return Assumption(text, values, 63.0 * (outside / 0.5) * (minutes / 11.75))


_WHEN: Final = {
    "real_time": "at once",
    "end_of_day": "at the day's end",
    "end_of_month": "at the month's end",
}
_LOGGING_SWING: Final = {
    "real_time": 4.0 / 0.01,
    "end_of_day": 12.0 / 0.03,
    "end_of_month": 104.0 / 0.17,
}
"""US dollars for each unit of the share that is lost; measured at the usual losses."""


def _logging(scenario: Scenario) -> Assumption:
    documentation = scenario.documentation
    mode = documentation.capture
    loss: Loss = getattr(documentation, mode)
    text = (
        f"Time is logged {_WHEN[mode]}: {100.0 * loss.entry_loss_share:.0f} % of entries are "
        "forgotten"
    )
    if loss.minute_loss_share:
        text += f", the rest lose {100.0 * loss.minute_loss_share:.0f} %"
    values = {
        "documentation.capture": mode,
        f"documentation.{mode}.entry_loss_share": loss.entry_loss_share,
        f"documentation.{mode}.minute_loss_share": loss.minute_loss_share,
    }
    lost = loss.entry_loss_share + loss.minute_loss_share
    return Assumption(f"{text}.", values, _LOGGING_SWING[mode] * lost)


def _log_keeping(scenario: Scenario) -> Assumption:
    minutes = scenario.documentation.logging_minutes_per_entry
    text = f"Each entry in the time log takes {minutes:g} minute{'s' * (minutes != 1.0)} to make."
    values = {"documentation.logging_minutes_per_entry": minutes}
    return Assumption(text, values, 56.0 * minutes)


def _pulled(scenario: Scenario) -> Assumption:
    """Return the assumption about the entry that pulls staff away most."""
    entries = {
        name: entry for name, entry in scenario.disruptions.items() if isinstance(entry, FloorCover)
    }
    if not entries:
        return Assumption("Nobody is pulled to the clinic.", {}, 0.0)
    name, entry = max(entries.items(), key=lambda item: _pull(item[1]))
    of = f" of {', '.join(entry.staff)}" if entry.staff else ""
    text = (
        f"A {scenario.called(entry.staff)}{of} is pulled to the clinic on "
        f"{100.0 * entry.per_shift_share:.0f} % of days, for the last "
        f"{100.0 * entry.last_share:.0f} % of the time for CCM."
    )
    values = {
        f"disruptions.{name}.per_shift_share": entry.per_shift_share,
        f"disruptions.{name}.last_share": entry.last_share,
    }
    return Assumption(text, values, 10.0 * _pull(entry) / 0.04)


def _pull(entry: FloorCover) -> float:
    return entry.per_shift_share * entry.last_share


def _chart_work(scenario: Scenario) -> Assumption:
    contact = scenario.contact
    minutes = contact.chart_minutes_per_month
    text = f"A patient's chart gives up to {minutes:g} minutes of billable work a month."
    values = {"contact.chart_minutes_per_month": minutes, "contact.followup": contact.followup}
    used = contact.followup != "call" and minutes > 0.0
    return Assumption(text, values, 48.0 if used else 0.0)


LEVERS: Final[tuple[Callable[[Scenario], Assumption], ...]] = (
    _answering,
    _talking,
    _care_work,
    _work_of_others,
    _logging,
    _log_keeping,
    _pulled,
    _chart_work,
)
"""The known levers, each a function of the scenario."""
