"""Capacity: the billable share that the minutes on duty allow, without simulating.

Comes in: a scenario. Goes out: a `Capacity`: the minutes that its patients ask for, those that its
coordinators have, and the share that can be billed at any number of patients.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from ccmsim.arrays import Floats
from ccmsim.checks import check_scenario
from ccmsim.errors import refuse
from ccmsim.exact_laws import cumulative, slices
from ccmsim.scenario.model import Scenario
from ccmsim.theory.calls import answered_calls
from ccmsim.theory.presence import BUSINESS_DAYS, MONTH_DAYS, presence

MONTHS: Final = 12.0
_WEEKDAYS: Final = 5.0
_STEP_MINUTES: Final = 0.125
_STEPS: Final = 4_096
"""The grid of a month's request minutes: 512 minutes, far beyond any threshold."""

_NEEDS: Final = 100
"""Equally likely needs that stand for their law."""


@dataclass(frozen=True, kw_only=True)
class Capacity:
    """What a month of a practice asks for, and what it has.

    Parameters
    ----------
    request_minutes : float
        Of coordinators for what an enrolled patient asks for in a month; they come first.
    outreach_minutes : float
        Of coordinators for calls and chart work of an enrolled patient in a month, where there is
        time for all of it.
    on_duty_minutes : float
        Of all coordinators in a month, absence taken out.
    presence_spread : float
        Standard deviation over months of the share of its mean that is on duty, as a patient sees
        it: of one coordinator where patients have their own, else of the team.
    nobody_share : float
        Months in which nobody is there for a patient at all, as part of that spread.
    ceiling_share : float
        Billed where there is time for everything.
    unaided_share : float
        Billed by requests alone, without any outreach.
    """

    request_minutes: float
    outreach_minutes: float
    on_duty_minutes: float
    presence_spread: float
    nobody_share: float
    ceiling_share: float
    unaided_share: float

    def load(self, patients: float) -> float:
        """Return the minutes asked for over the minutes on duty."""
        return patients * (self.request_minutes + self.outreach_minutes) / self.on_duty_minutes

    def fluid_share(self, patients: float) -> float:
        """Return the billable share where every month has its mean minutes.

        Requests come first; of the outreach is done what time is left for, and so much of what it
        would bill is billed: unaided + (ceiling − unaided) · clip((D − N r) / (N o), 0, 1).

        Examples
        --------
        >>> import ccmsim
        >>> found = capacity(ccmsim.load("two_nurses"))
        >>> found.fluid_share(20) == found.ceiling_share, found.fluid_share(2_000) < 0.25
        (True, True)
        """
        return self._share(min(1.0, max(0.0, self._left(patients))))

    def random_share(self, patients: float) -> float:
        """Return the same where the minutes of a month vary.

        In `nobody_share` of the months there is no time at all; in the others it is normally
        distributed, so that mean and spread are right over all months: E clip(Y, 0, 1) of a normal
        Y in closed form. Some months lack time, and others have more than they can use (Whitt 2006,
        Production and Operations Management 15, 88-102).

        Examples
        --------
        >>> import ccmsim
        >>> found = capacity(ccmsim.load("two_nurses"))
        >>> found.random_share(180) < found.fluid_share(180)
        True
        """
        there = 1.0 - self.nobody_share
        mean = 1.0 / there
        spread = math.sqrt(max(0.0, (self.presence_spread**2 + 1.0) / there - mean**2))
        scale = self.on_duty_minutes / (patients * self.outreach_minutes)
        return self._share(there * clipped_normal(self._left(patients, mean), scale * spread))

    def _left(self, patients: float, presence: float = 1.0) -> float:
        """Return the time left for outreach over the outreach, at so many times the mean."""
        left = self.on_duty_minutes * presence - patients * self.request_minutes
        return left / (patients * self.outreach_minutes)

    def _share(self, done: float) -> float:
        return self.unaided_share + (self.ceiling_share - self.unaided_share) * done


def clipped_normal(mean: float, spread: float) -> float:
    """Return E min(1, max(0, Y)) of a normal Y.

    Examples
    --------
    >>> clipped_normal(0.5, 0.0), round(clipped_normal(0.5, 10.0), 3)
    (0.5, 0.5)
    """
    if spread <= 0.0:
        return min(1.0, max(0.0, mean))

    def above(limit: float) -> float:
        """Return E max(0, Y - limit)."""
        z = (mean - limit) / spread
        density = math.exp(-z * z / 2.0) / math.sqrt(2.0 * math.pi)
        return (mean - limit) * 0.5 * math.erfc(-z / math.sqrt(2.0)) + spread * density

    return above(0.0) - above(1.0)


def capacity(scenario: Scenario) -> Capacity:
    """Return what a month of a practice asks for and has, in closed form.

    Parameters
    ----------
    scenario : Scenario
        With coordinators' time, and without `panel.medicare`, whose patients come over time.

    Raises
    ------
    ccmsim.errors.InputError

    Notes
    -----
    A patient is billed who answers one of the calls that the month has time for (`max_attempts`,
    release and gaps), or whose requests alone reach the threshold. The answered call is followed
    once by what the scenario's follow-up says, where call, notes and half of the month's requests
    leave something to the target. Lost entries count where staff log from memory at the month's
    end and so never miss them. The final push, hours of the day, strange voices, add-on units,
    hospital, care plans, complex months and substitutes are left out.

    Examples
    --------
    >>> import ccmsim
    >>> found = capacity(ccmsim.load("two_nurses"))
    >>> round(found.request_minutes, 2), round(found.ceiling_share, 2)
    (7.05, 0.74)
    """
    check_scenario(scenario)
    if scenario.panel.medicare is not None:
        rule = "has no steady panel, which this approximation needs"
        raise refuse("panel.medicare", rule, "medicare", "no panel.medicare")
    on_duty, spread, nobody = _duty(scenario)
    papers, contact = scenario.documentation, scenario.contact
    sound = (1.0 - papers.failure_share) * (1.0 - papers.not_claimable_share)
    aided = (1.0 - _silent(scenario)) * _remembered(scenario)
    alone = _unaided(scenario)
    inside = 1.0 - contact.other_work_outside_share
    return Capacity(
        request_minutes=inside * _requested(scenario, papers.logging_minutes_per_entry),
        outreach_minutes=_outreach(scenario),
        on_duty_minutes=on_duty,
        presence_spread=spread,
        nobody_share=nobody,
        ceiling_share=sound * (1.0 - (1.0 - aided) * (1.0 - alone)),
        unaided_share=sound * alone,
    )


def _silent(scenario: Scenario) -> float:
    """Return the probability that no call is answered of those that the month has time for.

    The k-th call comes k - 1 gaps after the first, whose day follows the pattern of release.
    """
    contact = scenario.contact
    gaps = np.arange(contact.max_attempts) * contact.retry_gap_days / MONTH_DAYS
    early = np.maximum(1.0 - gaps, 0.0)  # released so early that the k-th call still comes
    possible = {
        "first_day": (early > 0.0).astype(float),
        "front_loaded": np.sqrt(early),
        "even": early,
        "back_loaded": 1.0 - np.sqrt(1.0 - early),
    }[contact.outreach_pattern]
    exactly = -np.diff(np.concatenate([[1.0], possible, [0.0]]))
    answer = contact.answer_probability
    silent = [float(answered_calls(answer, k)[0]) for k in range(contact.max_attempts + 1)]
    return float(np.dot(exactly, silent))


def _requested(scenario: Scenario, logging: float) -> float:
    """Return the minutes that a patient asks for in a month, with so many more for each request."""
    contact = scenario.contact
    inbound, care = (
        contact.inbound_minutes.expected(),
        contact.care_task_minutes.expected(),
    )
    return contact.inbound_per_month * (inbound + logging) + contact.care_tasks_per_month * (
        care + logging
    )


def _outreach(scenario: Scenario) -> float:
    """Return the minutes of calls and chart work of a patient where there is time for all."""
    contact, logging = scenario.contact, scenario.documentation.logging_minutes_per_entry
    answer, calls = contact.answer_probability, contact.max_attempts
    silent = [float(answered_calls(answer, k)[0]) for k in range(1, calls + 1)]
    reached = 1.0 - silent[-1]
    in_vain = contact.attempt_minutes.expected() + logging
    talk = (contact.call_minutes.expected() + contact.notes_minutes.expected()) + logging
    short = _short(scenario)
    lacking = float((short > 0.0).mean())
    chart = float(np.minimum(short, contact.chart_minutes_per_month).mean()) + logging * lacking
    again = _mean_answer_of_reached(answer, calls)
    call = lacking * (again * talk + (1.0 - again) * in_vain)
    follow_up = {
        "chart": chart,
        "call": call,
        "call_then_chart": call + (1.0 - again) * chart,
    }[contact.followup]
    return sum(silent) * in_vain + reached * (talk + follow_up)


def _short(scenario: Scenario) -> Floats:
    """Return what an answered call leaves to the target: minutes of equal weight."""
    contact = scenario.contact
    minutes = slices(contact.call_minutes) + contact.notes_minutes.expected()
    known = minutes + 0.5 * _requested(scenario, 0.0)
    short: Floats = np.maximum(contact.target_minutes - known, 0.0)
    return short


def _remembered(scenario: Scenario) -> float:
    """Return the probability that no needed entry of a patient is lost for good."""
    papers = scenario.documentation
    if papers.capture != "end_of_month":
        return 1.0
    entries = 1.0 + float((_short(scenario) > 0.0).mean())
    return float((1.0 - papers.end_of_month.entry_loss_share) ** entries)


def _mean_answer_of_reached(answer: Any, calls: int) -> float:
    """Return E(p | one of n calls is answered)."""
    p = slices(answer)
    reached = 1.0 - (1.0 - p) ** calls
    return float((p * reached).sum() / max(reached.sum(), 1e-12))


def _unaided(scenario: Scenario) -> float:
    """Return the probability that a month's logged requests alone reach the threshold.

    Poisson requests of each kind, thinned by what others do not log, times the patient's need; on a
    grid of 1/8 minute, by transforms.
    """
    contact, papers = scenario.contact, scenario.documentation
    outside = contact.other_work_outside_share
    logged = 1.0 - outside + outside * papers.outside_capture_share
    exponent = np.zeros(_STEPS // 2 + 1, complex)
    for rate, field in (
        (contact.inbound_per_month, "inbound_minutes"),
        (contact.care_tasks_per_month, "care_task_minutes"),
    ):
        sizes = _probabilities(getattr(contact, field))
        exponent += rate * logged * (np.fft.rfft(sizes) - 1.0)
    need = slices(scenario.panel.need)
    need = need[:: max(1, len(need) // _NEEDS)]
    total = np.mean([np.fft.irfft(np.exp(each * exponent), _STEPS) for each in need], axis=0)
    below = round(contact.threshold_minutes / _STEP_MINUTES)
    return min(1.0, max(0.0, 1.0 - float(total[:below].sum())))


def _probabilities(law: Any) -> Floats:
    """Return the probabilities of the grid's steps; what lies beyond is in the last."""
    ends = np.asarray((np.arange(_STEPS) + 0.5) * _STEP_MINUTES, np.float64)
    found = np.diff(cumulative(law, ends), prepend=0.0)
    found[-1] += max(0.0, 1.0 - float(found.sum()))
    return found


def _duty(scenario: Scenario) -> tuple[float, float, float]:
    """Return a month's minutes on duty; their spread and absence as a patient sees them."""
    total, variance, away = 0.0, 0.0, []
    for name, group in scenario.staff.items():
        there = presence(scenario, name)
        away += [there.month_away] * group.coordinators
        weekly = group.protected_minutes_per_week() * group.desk_productive_share
        minutes = weekly / _WEEKDAYS * BUSINESS_DAYS / MONTHS
        total += group.coordinators * minutes * there.mean
        variance += group.coordinators * (minutes * there.spread) ** 2
    if total <= 0.0:
        raise refuse("staff", "must have protected time", 0.0, "hours_per_week above 0")
    seats = len(scenario.seats())
    if scenario.operations.assignment == "owned":
        return total, math.sqrt(variance * seats) / total, float(np.mean(away))
    return total, math.sqrt(variance) / total, float(np.prod(away))
