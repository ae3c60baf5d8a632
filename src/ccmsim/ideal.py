"""Idealisations: the scenario without one thing that costs billable months.

Comes in: a scenario. Goes out: a new scenario, changed through `Scenario.but`, so that everything
else keeps its random numbers. Never simulates.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from ccmsim.errors import InputError, Problem
from ccmsim.scenario.documentation import CAPTURE_MODES
from ccmsim.scenario.model import Scenario
from ccmsim.scenario.problems import listed, suggestion
from ccmsim.scenario.staff import Schedule

_NOON: Final = 720.0


@dataclass(frozen=True, slots=True)
class Ideal:
    """One idealisation: what it takes away, and how."""

    description: str
    """What is no longer so, in a phrase."""
    apply: Callable[[Scenario], Scenario]
    """Gives the idealised scenario."""


def without(scenario: Scenario, *names: str) -> Scenario:
    """Return the scenario without some of its disruptions.

    Raises
    ------
    ccmsim.errors.InputError
        When the scenario has no disruption of that name.

    Examples
    --------
    >>> import ccmsim
    >>> sorted(without(ccmsim.load("structured_75"), "outage", "closure").disruptions)
    ['extended_leave', 'outbreak', 'planned_leave', 'sick', 'turnover']
    """
    known = scenario.disruptions
    problems = [
        Problem(
            f"disruptions.{name}",
            f"is not in this scenario{suggestion(name, known)}",
            name,
            listed(sorted(known)) if known else "no name: the scenario has no disruptions",
        )
        for name in names
        if name not in known
    ]
    if problems:
        raise InputError(problems)
    return scenario.but({f"disruptions.{name}": None for name in names})


def no_disruptions(scenario: Scenario) -> Scenario:
    """Return the scenario in which nobody is ever away.

    Load-driven absence goes, too: it would multiply what is no longer there.

    Examples
    --------
    >>> import ccmsim
    >>> len(no_disruptions(ccmsim.load("two_nurses")).disruptions)
    0
    """
    return without(scenario, *scenario.disruptions).but({"operations.load_absence": None})


def lossless_capture(scenario: Scenario) -> Scenario:
    """Return the scenario in which every minute that counts is logged, whoever gives it.

    The capture mode stays as it is: without losses all modes know and log the same.

    Examples
    --------
    >>> import ccmsim
    >>> ideal = lossless_capture(ccmsim.load("two_nurses")).documentation
    >>> ideal.end_of_day.entry_loss_share, ideal.outside_capture_share
    (0.0, 1.0)
    """
    changes: dict[str, object] = {"documentation.outside_capture_share": 1.0}
    for mode in CAPTURE_MODES:
        changes[f"documentation.{mode}.entry_loss_share"] = 0.0
        changes[f"documentation.{mode}.minute_loss_share"] = 0.0
    if scenario.practitioner is not None:
        changes["practitioner.logged_share"] = 1.0
    return scenario.but(changes)


def perfect_documentation(scenario: Scenario) -> Scenario:
    """Return the scenario in which every month is documented and may be billed.

    Examples
    --------
    >>> import ccmsim
    >>> perfect_documentation(ccmsim.load("two_nurses")).documentation.failure_share
    0.0
    """
    return scenario.but(
        {
            "documentation.failure_share": 0.0,
            "documentation.not_claimable_share": 0.0,
            "documentation.consent_missing_share": 0.0,
            "documentation.elements": None,
            "documentation.noticed_share": 1.0,
        }
    )


def always_reached(scenario: Scenario) -> Scenario:
    """Return the scenario in which every call to a patient is answered, in hospital aside.

    Examples
    --------
    >>> import ccmsim
    >>> always_reached(ccmsim.load("two_nurses")).contact.answer_probability.expected()
    1.0
    """
    return scenario.but(
        {
            "contact.answer_probability": 1.0,
            "contact.morning_factor": 1.0,
            "contact.afternoon_factor": 1.0,
            "contact.unfamiliar_factor": 1.0,
        }
    )


def no_attrition(scenario: Scenario) -> Scenario:
    """Return the scenario in which nobody dies, moves away or opts out.

    The practice's own rule, `panel.disenroll_after_months_without_contact`, is a choice, no
    loss, and stays.

    Examples
    --------
    >>> import ccmsim
    >>> no_attrition(ccmsim.load("two_nurses")).panel.opt_out_per_month_share
    0.0
    """
    return scenario.but({"panel.death_per_month_share": 0.0, "panel.opt_out_per_month_share": 0.0})


def no_hospital(scenario: Scenario) -> Scenario:
    """Return the scenario in which nobody goes to hospital.

    Examples
    --------
    >>> import ccmsim
    >>> no_hospital(ccmsim.load("two_nurses")).panel.hospital_per_month_share
    0.0
    """
    return scenario.but({"panel.hospital_per_month_share": 0.0})


def no_tail(scenario: Scenario) -> Scenario:
    """Return the scenario in which nothing rare befalls the practice as a whole.

    Every batch of claims leaves in time, no payer audits, the supervising practitioner stays, and
    the record system is never replaced.

    Examples
    --------
    >>> import ccmsim
    >>> no_tail(ccmsim.load("two_nurses")).tail.batch_missed_share
    0.0
    """
    migrations = [name for name, entry in scenario.disruptions.items() if entry.kind == "migration"]
    rates = (
        "batch_missed_share",
        "biller_away_per_year",
        "audits_per_year",
        "practitioner_leaves_per_year",
    )
    return without(scenario, *migrations).but({f"tail.{rate}": 0.0 for rate in rates})


def full_visibility(scenario: Scenario) -> Scenario:
    """Return the scenario in which everybody eligible, short or silent is seen.

    The registry misses nobody and holds nobody in error; somebody looks down the worklist daily.

    Examples
    --------
    >>> import ccmsim
    >>> full_visibility(ccmsim.load("growth_100")).panel.medicare.found_share
    1.0
    """
    changes: dict[str, object] = {"operations.worklist_review": "daily"}
    if scenario.operations.owner is not None:
        changes["operations.owner.away_share"] = 0.0
    if scenario.panel.medicare is not None:
        changes |= {"panel.medicare.found_share": 1.0, "panel.medicare.false_share": 0.0}
    return scenario.but(changes)


def full_enrollment(scenario: Scenario) -> Scenario:
    """Return the scenario in which everybody eligible is enrolled from the first day.

    Leavers are replaced free of charge, and nobody spends time on enrollment. Without
    `panel.medicare` it is the scenario: nothing is known of others.

    Examples
    --------
    >>> import ccmsim
    >>> full_enrollment(ccmsim.load("growth_100")).panel.enrolled_at_start
    408
    """
    medicare = scenario.panel.medicare
    if medicare is None:
        return scenario
    eligible = max(1, math.floor(medicare.eligible_share * medicare.patients + 0.5))
    return scenario.but(
        {
            "panel.enrolled_at_start": max(eligible, scenario.panel.enrolled_at_start),
            "panel.medicare": None,
            "panel.replace_leavers": True,
            "finance.replacement_cost_usd": 0.0,
            "enrollment": None,
        }
    )


def unlimited_staff(scenario: Scenario) -> Scenario:
    """Return the scenario in which no patient ever waits for a coordinator who is on duty.

    Every staff group keeps its own shifts and gets as many coordinators as there are patients, on
    one pooled worklist, without cover; so part-timers of different days still cover their days, and
    nobody calls at an hour at which the practice's own staff would not. Everybody knows every
    patient (`unfamiliar_factor` 1). Without a queue all calls fall at the beginning of a shift,
    where busy staff would spread them over it: so both hour factors become the average of the two
    over all on-duty minutes of the scenario's own seats. Costs of such a staff mean nothing.

    Examples
    --------
    >>> import ccmsim
    >>> ideal = unlimited_staff(ccmsim.load("two_nurses"))
    >>> ideal.staff["nurses"].coordinators, round(ideal.contact.morning_factor, 3)
    (200, 0.965)
    """
    contact = scenario.contact
    morning = _morning_share([group for _, group in scenario.seats()])
    factor = morning * contact.morning_factor + (1.0 - morning) * contact.afternoon_factor
    patients = _most_enrolled(scenario)
    changes: dict[str, object] = {
        f"staff.{name}.coordinators": max(patients, group.coordinators)
        for name, group in scenario.staff.items()
    }
    return scenario.but(
        changes
        | {
            "operations.assignment": "pooled",
            "operations.backup_above_backlog_items": None,
            "operations.cover": None,
            "contact.unfamiliar_factor": 1.0,
            "contact.morning_factor": factor,
            "contact.afternoon_factor": factor,
        }
    )


def _most_enrolled(scenario: Scenario) -> int:
    """Return how many patients may be enrolled at once, newcomers of the practice aside."""
    enrollment, medicare = scenario.enrollment, scenario.panel.medicare
    if enrollment is None or medicare is None:
        return scenario.panel.enrolled_at_start
    most = enrollment.target_patients or medicare.patients
    return max(scenario.panel.enrolled_at_start, min(most, medicare.patients))


def _morning_share(seats: list[Schedule]) -> float:
    """Return the share before noon of all seats' on-duty minutes; 1 where there are none."""
    morning = total = 0.0
    for seat in seats:
        for day in seat.week_minutes():
            for start, end in day:
                duty_end = start + (end - start) * seat.desk_productive_share
                total += duty_end - start
                morning += max(0.0, min(duty_end, _NOON) - start)
    return morning / total if total > 0.0 else 1.0


def ceiling(scenario: Scenario) -> Scenario:
    """Return the scenario that bills whatever the patients and the month allow.

    Unlimited staff, no disruptions, lossless capture, perfect documentation. The release of
    calls, retries, follow-ups, push, other work and deaths stay as they are.

    Examples
    --------
    >>> import ccmsim
    >>> len(ceiling(ccmsim.load("two_nurses")).disruptions)
    0
    """
    return perfect_documentation(lossless_capture(unlimited_staff(no_disruptions(scenario))))


IDEALS: Final[Mapping[str, Ideal]] = {
    "no_disruptions": Ideal("nobody is ever away", no_disruptions),
    "lossless_capture": Ideal("every minute that counts is logged", lossless_capture),
    "perfect_documentation": Ideal("every month may be billed", perfect_documentation),
    "always_reached": Ideal("every call to a patient is answered", always_reached),
    "no_attrition": Ideal("nobody dies, moves away or opts out", no_attrition),
    "no_hospital": Ideal("nobody goes to hospital", no_hospital),
    "no_tail": Ideal("nothing rare befalls the practice as a whole", no_tail),
    "full_visibility": Ideal("everybody eligible, short or silent is seen", full_visibility),
    "full_enrollment": Ideal("everybody eligible is enrolled at once", full_enrollment),
    "unlimited_staff": Ideal("no patient waits for a coordinator", unlimited_staff),
    "ceiling": Ideal("all that the patients and the month allow", ceiling),
}
"""Every idealisation of a whole scenario by name; `without` takes single disruptions away."""


def ideals_of(scenario: Scenario) -> dict[str, Ideal]:
    """Return `IDEALS`, and one more for each disruption of a scenario, as `no_<name>`.

    Examples
    --------
    >>> import ccmsim
    >>> "no_turnover" in ideals_of(ccmsim.load("two_nurses"))
    True
    """

    def single(name: str) -> Ideal:
        kind = scenario.disruptions[name].kind
        return Ideal(f"{name} never happens ({kind})", lambda given: without(given, name))

    return {f"no_{name}": single(name) for name in scenario.disruptions} | dict(IDEALS)
