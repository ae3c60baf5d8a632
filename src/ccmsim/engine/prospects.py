"""Everybody on the Medicare panel: who is eligible, known, asked, enrolled; month border by border.

Comes in: settings, a key, what the engine did last month. Goes out: who enrolls now, who is on the
month's list. Section 2 of docs/model.md. Both engines call it; the talks themselves, which take
coordinators' time, are the engines' business.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np

from ccmsim import keyed, rules
from ccmsim.arrays import Floats, Ints, Records, Statuses
from ccmsim.compiling import jit
from ccmsim.engine.inputs import next_owner
from ccmsim.engine.settings import Settings
from ccmsim.engine.supervision import find_vacancies
from ccmsim.memory import Handle
from ccmsim.sampling import poisson
from ccmsim.streams import NO_MONTH, PRACTICE, STREAMS, uniforms

# What somebody is to the practice. Nobody comes back from the last three.
HIDDEN, KNOWN, WAITING, CONSENTED, ENROLLED, LEFT, CLOSED, GONE = range(8)

PROSPECT: Final = np.dtype(
    [
        ("talked_holder", np.int32),  # the holder of that seat who had the consent talk
        ("rest_until", np.int32),  # month
        ("attempts", np.int32),  # since the last rest
        ("talked_seat", np.int16),  # -1: nobody yet
        ("seat", np.int16),  # whose list the person is on, -1: never listed
        ("consent_month", np.int16),
        ("state", np.int8),
        ("eligible", np.bool_),
        ("newcomer", np.bool_),
    ],
    align=True,
)
"""Somebody on the Medicare panel; the place is the number that they have as a patient."""

Prospect: TypeAlias = Any
"""One record of PROSPECT."""

PANEL_COUNTS: Final = (
    "eligible_patients",
    "identified_patients",
    "listed_patients",
    "paused_months",
    "waiting_patients",
    "initiating_visits",
    "missed_visits",
)
"""Counters of a month that its border gives."""

PANEL: Final = np.dtype(
    [("people", np.int64), ("joining", np.int64), ("full", np.bool_)]
    + [(name, np.int64) for name in PANEL_COUNTS],
    align=True,
)
"""Where the panel stands: numbers given, how many enroll now, the month's counters."""

_MEMBER = STREAMS["panel_member"].number
_REGISTRY = STREAMS["registry"].number
_GROWTH = STREAMS["panel_growth"].number
_COMES = STREAMS["approach_visit"].number
_CONSENT = STREAMS["consent"].number
_NEEDED = STREAMS["initiating_visit"].number
_KEPT = STREAMS["visit_kept"].number
_MONEY = STREAMS["patient_money"].number


class Prospects(NamedTuple):
    """The Medicare panel of one replication; all arrays have one place a person."""

    panel: Records
    """(1,) of PANEL."""
    people: Records
    """Of PROSPECT, by number."""
    joining: Ints
    """Numbers of those who enroll at this month's start, ascending."""
    listed: Ints
    """Numbers on this month's list, ascending."""
    days: Ints
    """Their first business day of the month."""
    initiating_month: Ints
    """By number, the month of the initiating visit; −1 without."""
    vacant: Statuses
    """(M,) whether a month has no supervising practitioner."""


def new_prospects(size: int, months: int) -> Prospects:
    """Return room for a panel of so many people."""
    lists = np.zeros((4, size), np.int64)
    return Prospects(
        panel=np.zeros(1, PANEL),
        people=np.zeros(size, PROSPECT),
        joining=lists[0],
        listed=lists[1],
        days=lists[2],
        initiating_month=lists[3],
        vacant=np.zeros(months, np.int8),
    )


@jit
def _enter(prospects: Prospects, newcomer: bool) -> int:
    """Give the next number to somebody; −1 without room."""
    panel = prospects.panel[0]
    number = panel.people
    if number == len(prospects.people):
        panel.full = True
        return -1
    panel.people += 1
    prospects.initiating_month[number] = -1
    person = prospects.people[number]
    person.talked_holder = person.attempts = person.rest_until = 0
    person.talked_seat = person.seat = person.consent_month = -1
    person.state, person.eligible, person.newcomer = ENROLLED, True, newcomer
    return number


@jit
def _meet(
    prospects: Prospects, settings: Settings, seed: int, replication: int, eligible: float,
    newcomer: bool,
) -> None:  # fmt: skip
    """Enter somebody who is not enrolled, eligible with a probability, perhaps on the registry."""
    number = _enter(prospects, newcomer)
    if number < 0:
        return
    person = prospects.people[number]
    u_eligible, u_known = uniforms(seed, replication, _MEMBER, number, NO_MONTH, 0)
    person.eligible = u_eligible < eligible
    known = u_known < (settings.found if person.eligible else settings.false)
    person.state = KNOWN if known else HIDDEN


@jit
def begin_panel(
    prospects: Prospects, settings: Settings, laws: Handle, seed: int, replication: int
) -> None:
    """Enter everybody of the first day: the enrolled, then the others."""
    find_vacancies(settings, laws, seed, replication, prospects.vacant)
    panel = prospects.panel[0]
    panel.people = 0
    panel.full = False
    for _ in range(settings.enrolled_at_start):
        _enter(prospects, False)
    eligible = rules.eligible_among_others(
        settings.eligible, settings.medicare, settings.enrolled_at_start
    )
    for _ in range(settings.medicare - settings.enrolled_at_start):
        _meet(prospects, settings, seed, replication, eligible, False)


@jit
def end_panel_month(
    prospects: Prospects, settings: Settings, seed: int, replication: int, month: int
) -> None:
    """Let people who are not enrolled die or move at a month's end."""
    for number in range(prospects.panel[0].people):
        person = prospects.people[number]
        if person.state == ENROLLED or person.state == GONE:
            continue
        u, _ = uniforms(seed, replication, keyed.LEAVING, number, month, 0)
        if u < settings.death:
            person.state = GONE


@jit
def _coming(settings: Settings, seed: int, replication: int, month: int) -> tuple[int, int]:
    """Return how many people join the practice and how many age in at a month's start."""
    u_joins, u_ages = uniforms(seed, replication, _GROWTH, PRACTICE, month, 0)
    return int(poisson(settings.joins, u_joins)), int(poisson(settings.ages_in, u_ages))


@jit
def people_ever(settings: Settings, seed: int, replication: int) -> int:
    """Return how many people the panel of a replication will have had."""
    people = settings.medicare
    for month in range(1, settings.months):
        joiners, others = _coming(settings, seed, replication, month)
        people += joiners + others
    return people


@jit
def _grow(
    prospects: Prospects, settings: Settings, seed: int, replication: int, month: int
) -> None:
    """Let people join the practice and age in."""
    joiners, others = _coming(settings, seed, replication, month)
    for k in range(joiners + others):
        _meet(prospects, settings, seed, replication, settings.eligible, k < joiners)


@jit
def _find(
    prospects: Prospects, settings: Settings, seed: int, replication: int, month: int
) -> None:
    """Find some of the eligible people who are not on the registry."""
    for number in range(prospects.panel[0].people):
        person = prospects.people[number]
        if person.state == HIDDEN and person.eligible:
            u, _ = uniforms(seed, replication, _REGISTRY, number, month, 0)
            if u < settings.found_later:
                person.state = KNOWN


@jit
def _give_slots(
    prospects: Prospects, settings: Settings, seed: int, replication: int, month: int
) -> None:
    """Let those who have waited longest come to their initiating visits; who comes has consented.

    By month of the consent, then number.
    """
    panel = prospects.panel[0]
    waiting, oldest = 0, month
    for number in range(panel.people):
        if prospects.people[number].state == WAITING:
            waiting += 1
            oldest = min(oldest, prospects.people[number].consent_month)
    left = min(waiting, settings.slots)
    for since in range(oldest, month):
        for number in range(panel.people if left > 0 else 0):
            person = prospects.people[number]
            if left == 0 or person.state != WAITING or person.consent_month != since:
                continue
            left -= 1
            u, _ = uniforms(seed, replication, _KEPT, number, month, 0)
            if u < settings.no_show:
                panel.missed_visits += 1
            else:
                person.state = CONSENTED
                prospects.initiating_month[number] = month
                panel.initiating_visits += 1


@jit
def _list(
    prospects: Prospects, settings: Settings, seed: int, replication: int, month: int, days: int,
    room: int, protected_minutes: Floats, owner_counts: Ints,
) -> None:  # fmt: skip
    """List whom to approach this month: at most `room` people, in number order."""
    panel = prospects.panel[0]
    if days == 0:  # the practice is closed all month
        return
    listed = 0
    for number in range(panel.people):
        if listed >= room:
            break
        person = prospects.people[number]
        if person.state != KNOWN or person.rest_until > month:
            continue
        if settings.at_visits:
            u_comes, u_day = uniforms(seed, replication, _COMES, number, month, 0)
            if u_comes >= settings.visit_share:
                continue
            prospects.days[listed] = rules.request_day(days, u_day)
        if person.seat < 0:
            person.seat = next_owner(protected_minutes, owner_counts)
        prospects.listed[listed] = number
        listed += 1
    if not settings.at_visits:
        for k in range(listed):
            prospects.days[k] = rules.approach_day(k, listed, days)
    panel.listed_patients = listed


@jit
def begin_panel_month(
    prospects: Prospects, settings: Settings, seed: int, replication: int, month: int, days: int,
    enrolled: int, paused: bool, protected_minutes: Floats, owner_counts: Ints,
) -> None:  # fmt: skip
    """Bring the panel over a month border: enroll, grow, find, give slots, list, count.

    Parameters
    ----------
    days : int
        Business days of the month that begins.
    enrolled : int
        Patients before those who enroll now; of month 0, all of them.
    paused : bool
        From `ledger.pauses_enrollment`: nobody is listed.
    protected_minutes, owner_counts
        As in `next_owner`: who is listed for the first time gets a seat.
    """
    panel, people = prospects.panel[0], prospects.people
    panel.joining = panel.listed_patients = panel.initiating_visits = panel.missed_visits = 0
    if month > 0:
        for number in range(panel.people):
            if people[number].state == CONSENTED:
                people[number].state = ENROLLED
                prospects.joining[panel.joining] = number
                panel.joining += 1
        _grow(prospects, settings, seed, replication, month)
        if settings.found_later > 0.0:
            _find(prospects, settings, seed, replication, month)
        if not prospects.vacant[month]:
            _give_slots(prospects, settings, seed, replication, month)
    panel.eligible_patients = panel.identified_patients = panel.waiting_patients = 0
    coming = enrolled + panel.joining
    for number in range(panel.people):
        state = people[number].state
        if people[number].eligible and state != GONE:
            panel.eligible_patients += 1
            if state != HIDDEN:
                panel.identified_patients += 1
        if state == WAITING:
            panel.waiting_patients += 1
        if state in (WAITING, CONSENTED):
            coming += 1
    panel.paused_months = paused
    room = 0 if paused else min(settings.approaches, settings.most_enrolled - coming)
    _list(
        prospects, settings, seed, replication, month, days, room, protected_minutes, owner_counts
    )  # fmt: skip


@jit
def settle_approach(
    person: Prospect, settings: Settings, seed: int, replication: int, month: int, number: int,
    answered: bool,
) -> bool:  # fmt: skip
    """Enter an approach that starts now, with all that it decides; return whether they consent."""
    person.attempts += 1
    if not answered:
        if person.attempts >= settings.approach_attempts:
            person.attempts = 0
            person.rest_until = month + settings.rest_months
        return False
    u_consent, _ = uniforms(seed, replication, _CONSENT, number, NO_MONTH, 0)
    u_cover, _ = uniforms(seed, replication, _MONEY, number, NO_MONTH, 0)
    probability = rules.consent_probability(
        settings.consent, settings.consent_odds, u_cover >= settings.no_supplement
    )
    if not person.eligible or u_consent >= probability:
        person.state = CLOSED
        return False
    u_needed, _ = uniforms(seed, replication, _NEEDED, number, NO_MONTH, 0)
    person.consent_month = month
    person.state = WAITING if person.newcomer or u_needed < settings.visit_needed else CONSENTED
    return True
