"""Where a month stands on the evening of a day: by patient, and what is left of the calendar.

Comes in: a scenario, a month's log, a day. Goes out: a `MonthState`: the scenario of the days that
are left, and each patient's minutes, calls and beliefs. Simulates nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np

from ccmsim import calendar, rules
from ccmsim.arrays import Floats
from ccmsim.distributions import Family
from ccmsim.errors import refuse
from ccmsim.fitting.month_log import ANSWERED, CHART, REQUEST, UNANSWERED, Entry, MonthLog
from ccmsim.scenario.contact import PATTERNS
from ccmsim.scenario.model import Scenario

BELIEFS: Final = 256
"""Points, equally likely beforehand, of what is believed of a patient."""
AWAY: Final = "away_now"


@dataclass(frozen=True, slots=True, eq=False)
class PatientState:
    """What has been done for a patient this month, and what follows.

    Parameters
    ----------
    label : str
        "" for a patient without an entry.
    counted : tuple of float
        Minutes of each entry that counts.
    calls, answered, charts : int
    charted : float
    last : tuple of (int, int, bool) or None
        Kind, action and answer of the latest call or chart work; None without any.
    last_day : int
        Business days of the month before that of `last`.
    answer, need : ndarray, shape (BELIEFS,)
        Sorted values of equal weight: what is believed of the answer probability and the need.
    """

    label: str
    counted: tuple[float, ...]
    calls: int
    answered: int
    charts: int
    charted: float
    last: tuple[int, int, bool] | None
    last_day: int
    answer: Floats
    need: Floats

    @property
    def minutes(self) -> float:
        """Minutes logged so far that count."""
        return sum(self.counted)


@dataclass(frozen=True, eq=False)
class MonthState:
    """A month on the evening of a day.

    Parameters
    ----------
    scenario : Scenario
        The practice in the days that are left: the others are closed.
    past, days : int
        Business days gone, and of the whole month.
    begins : float
        Minutes from the month's start to the end of the day.
    patients : tuple of PatientState
        Those with an entry first, in the order of the log.
    still_to_come : float
        Probability that the first call to a patient without one is released on a later day.
    first_share : float
        Share of the month's first calls that are released on days gone.
    push : int or None
        Business day of the final push, from 0 among those left; None: it is past, or there is none.
    """

    scenario: Scenario
    past: int
    days: int
    begins: float
    patients: tuple[PatientState, ...]
    still_to_come: float
    first_share: float
    push: int | None


def state_of(
    scenario: Scenario,
    log: MonthLog,
    day: date,
    *,
    enrolled: int | None = None,
    away: Mapping[int, date] | None = None,
) -> MonthState:
    """Return where the month of a day stands on its evening."""
    month = day.replace(day=1)
    rules_of_work = scenario.operations
    built = calendar.build(
        month, 1, closed_days=rules_of_work.closed_days,
        federal_holidays=rules_of_work.federal_holidays,
    )  # fmt: skip
    open_days = [built.business_date(k) for k in range(len(built.business_day_minutes))]
    past = sum(open_day <= day for open_day in open_days)
    if past == len(open_days):
        valid = f"a day before {open_days[-1]}" if open_days else "a month with business days"
        raise refuse("day", "leaves no business day of its month", day.isoformat(), valid)
    _check_dates(log, day)
    this_month = {
        patient: tuple(entry for entry in entries if entry.day >= month)
        for patient, entries in log.entries.items()
    }
    seen = {patient: entries for patient, entries in this_month.items() if entries}
    panel = scenario.panel.enrolled_at_start if enrolled is None else enrolled
    if panel < len(seen):
        valid = f"at least the {len(seen)} patients of the log"
        raise refuse("enrolled", "is fewer than the log has", panel, valid)
    beliefs = _Beliefs(scenario, past / len(open_days))
    patients = [
        _patient_state(scenario, label, entries, log.entries[label], open_days, beliefs)
        for label, entries in seen.items()
    ]
    nobody = _patient_state(scenario, "", (), (), open_days, beliefs)
    patients += [nobody] * (panel - len(seen))
    untouched = sum(each.last is None for each in patients)
    gone = _first_calls_gone(scenario, len(open_days), past)
    pushed = rules.push_day(len(open_days), scenario.contact.final_push_days) - past
    return MonthState(
        scenario=_rest(scenario, month, open_days, past, panel, away or {}),
        past=past,
        days=len(open_days),
        begins=1440.0 * day.day,
        patients=tuple(patients),
        still_to_come=min(1.0, panel * (1.0 - gone) / max(untouched, 1)),
        first_share=gone,
        push=pushed if pushed >= 0 and scenario.contact.final_push_days > 0 else None,
    )


def _check_dates(log: MonthLog, day: date) -> None:
    for entries in log.entries.values():
        if entries[-1].day > day:
            raise refuse("log", f"has work after {day}", entries[-1].day.isoformat(), "log.until")


def _rest(
    scenario: Scenario,
    month: date,
    open_days: list[date],
    past: int,
    panel: int,
    away: Mapping[int, date],
) -> Scenario:
    """Return the practice in the days that are left."""
    left = 1.0 - past / len(open_days)
    contact, finance = scenario.contact, scenario.finance
    changes: dict[str, Any] = {
        "start": month,
        "uncertain": None,
        "panel.enrolled_at_start": panel,
        "panel.medicare": None,
        "enrollment": None,
        "panel.death_per_month_share": left * scenario.panel.death_per_month_share,
        "panel.hospital_per_month_share": left * scenario.panel.hospital_per_month_share,
        "contact.inbound_per_month": left * contact.inbound_per_month,
        "contact.care_tasks_per_month": left * contact.care_tasks_per_month,
        "operations.closed_days": [*scenario.operations.closed_days, *open_days[:past]],
        "finance.fee_year": finance.fee_year or scenario.start.year,
    }
    spells = [
        {"seat": seat, "start": open_days[past], "days": sum(d < back for d in open_days[past:])}
        for seat, back in away.items()
    ]
    name = AWAY
    while name in scenario.disruptions:
        name += "_"
    if spells := [spell for spell in spells if spell["days"]]:
        changes[f"disruptions.{name}"] = {"kind": "recorded", "spells": spells}
    return scenario.but(changes)


def _first_calls_gone(scenario: Scenario, days: int, past: int) -> float:
    """Return the share of a month's first calls that are released on days gone."""
    pattern = PATTERNS.index(scenario.contact.outreach_pattern)
    grid = (np.arange(4096) + 0.5) / 4096
    return float(np.mean([rules.release_day(pattern, days, x) < past for x in grid]))


def _patient_state(
    scenario: Scenario,
    label: str,
    entries: tuple[Entry, ...],
    ever: tuple[Entry, ...],
    open_days: list[date],
    beliefs: _Beliefs,
) -> PatientState:
    counting = {ANSWERED, CHART, REQUEST}
    if scenario.contact.count_unanswered:
        counting.add(UNANSWERED)
    last, last_day, contacted = None, -1, False
    for entry in entries:
        if entry.what == REQUEST:
            continue
        action = rules.CHART if entry.what == CHART else rules.CALL
        kind = rules.FOLLOW_UP if contacted else rules.OUTREACH
        last = (kind, action, entry.what != UNANSWERED)
        last_day = sum(open_day <= entry.day for open_day in open_days) - 1
        contacted = contacted or entry.what != UNANSWERED
    calls = [entry.what for entry in entries if entry.what in (ANSWERED, UNANSWERED)]
    charts = [entry.minutes for entry in entries if entry.what == CHART]
    hits = [entry.what == ANSWERED for entry in ever if entry.what in (ANSWERED, UNANSWERED)]
    requests = sum(entry.what == REQUEST for entry in entries)
    return PatientState(
        label=label,
        counted=tuple(entry.minutes for entry in entries if entry.what in counting),
        calls=len(calls),
        answered=calls.count(ANSWERED),
        charts=len(charts),
        charted=sum(charts),
        last=last,
        last_day=max(last_day, 0),
        answer=beliefs.of_answers(sum(hits), len(hits)),
        need=beliefs.of_need(requests),
    )


class _Beliefs:
    """Beliefs after data: points of the scenario's laws, weighed by likelihood and made equal."""

    def __init__(self, scenario: Scenario, gone: float) -> None:
        contact, documentation = scenario.contact, scenario.documentation
        self.answer = points_of(contact.answer_probability)
        self.need = points_of(scenario.panel.need)
        self.factor = (contact.morning_factor + contact.afternoon_factor) / 2.0
        outside = contact.other_work_outside_share
        loss = getattr(documentation, documentation.capture).entry_loss_share
        logged = outside * documentation.outside_capture_share + (1.0 - outside) * (1.0 - loss)
        self.logged = gone * logged * (contact.inbound_per_month + contact.care_tasks_per_month)
        self._answers: dict[tuple[int, int], Floats] = {}
        self._needs: dict[int, Floats] = {}

    def of_answers(self, hits: int, calls: int) -> Floats:
        """Return what is believed of a patient who answered so many of so many calls."""
        if (hits, calls) not in self._answers:
            chance = np.clip(self.answer * self.factor, 0.0, 1.0)
            weights = chance**hits * (1.0 - chance) ** (calls - hits)
            self._answers[hits, calls] = weighed(self.answer, weights)
        return self._answers[hits, calls]

    def of_need(self, requests: int) -> Floats:
        """Return what is believed of the need of a patient with so many requests in the log."""
        if requests not in self._needs:
            means = self.logged * self.need
            with np.errstate(divide="ignore"):
                logs = requests * np.log(means) - means if requests else -means
            self._needs[requests] = weighed(self.need, np.exp(logs - logs.max()))
        return self._needs[requests]


def points_of(law: Family) -> Floats:
    """Return points of equal weight of a law."""
    return np.array([law.quantile((k + 0.5) / BELIEFS) for k in range(BELIEFS)])


def weighed(points: Floats, weights: Floats) -> Floats:
    """Return sorted points of equal weight for sorted points with weights.

    Examples
    --------
    >>> after = weighed(np.linspace(0.0, 1.0, BELIEFS), np.linspace(0.0, 1.0, BELIEFS))
    >>> round(float(after.mean()), 2)  # a density of 2x
    0.67
    """
    if not weights.sum() > 0.0:
        return points
    heights = np.cumsum(weights) - weights / 2.0
    wanted = (np.arange(BELIEFS) + 0.5) / BELIEFS * weights.sum()
    found: Floats = np.interp(wanted, heights, points)
    return found
