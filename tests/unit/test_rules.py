"""Every decision at its boundaries, compiled and interpreted; docs/model.md names them all."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from scipy import stats
from tests.doors import door

from ccmsim import rules, sampling
from ccmsim.distributions import Beta, Constant, Gamma, Lognormal, compile_laws
from ccmsim.sampling import duration, normal_centre, to_ticks
from ccmsim.scenario.contact import FOLLOWUPS, PATTERNS
from ccmsim.scenario.disruptions import CAUSES
from ccmsim.scenario.documentation import CAPTURE_MODES
from ccmsim.scenario.operations import ORDERS
from ccmsim.streams import STREAMS
from ccmsim.units import TICK_MINUTES

R: Any = rules
INF = math.inf
JUST_UNDER_ONE = 1.0 - 2.0**-53
MODEL_PAGE = Path(__file__).parents[2] / "docs" / "model.md"


def test_positions_are_those_of_the_scenario() -> None:
    assert [PATTERNS[i] for i in (R.EVEN, R.FRONT_LOADED, R.BACK_LOADED, R.FIRST_DAY)] == [
        "even",
        "front_loaded",
        "back_loaded",
        "first_day",
    ]
    followups = (R.FOLLOWUP_CALL, R.FOLLOWUP_CHART, R.FOLLOWUP_CALL_THEN_CHART)
    assert [FOLLOWUPS[i] for i in followups] == ["call", "chart", "call_then_chart"]
    modes = (R.REAL_TIME, R.END_OF_DAY, R.END_OF_MONTH)
    assert [CAPTURE_MODES[i] for i in modes] == ["real_time", "end_of_day", "end_of_month"]
    orders = (R.BY_RELEASE, R.CLOSEST_TO_THRESHOLD, R.LONGEST_UNSEEN)
    assert [ORDERS[i] for i in orders] == ["release", "closest_to_threshold", "longest_unseen"]
    assert rules.REASONS[R.NOT_CLAIMABLE - 1] == "not_claimable"
    assert rules.REASONS[R.UNREACHED - 1] == "unreached"
    assert rules.REASONS[R.BACKLOG - 1] == "no_attempt_backlog"
    assert rules.ITEM_KINDS[rules.CARE_TASK] == "care_task"


@pytest.mark.parametrize(
    ("pattern", "x", "day"),
    [
        (R.EVEN, 0.0, 0),
        (R.EVEN, 0.05 - 1e-12, 0),
        (R.EVEN, 0.05, 1),
        (R.EVEN, JUST_UNDER_ONE, 19),
        (R.FRONT_LOADED, 0.5, 5),
        (R.FRONT_LOADED, 0.9, 16),
        (R.FRONT_LOADED, JUST_UNDER_ONE, 19),
        (R.BACK_LOADED, 0.1, 3),
        (R.BACK_LOADED, 0.5, 15),
        (R.BACK_LOADED, JUST_UNDER_ONE, 19),  # 1 − (1 − x)² rounds to 1 there
        (R.FIRST_DAY, JUST_UNDER_ONE, 0),
    ],
)
def test_release_day(pattern: int, x: float, day: int) -> None:
    assert R.release_day(pattern, 20, x) == day


@pytest.mark.parametrize(
    ("mode", "excess_day", "known"),
    [
        (R.REAL_TIME, 5, 12.0),
        (R.REAL_TIME, 4, 12.0),
        (R.END_OF_DAY, 5, 17.0),  # today's own work is remembered
        (R.END_OF_DAY, 4, 12.0),  # yesterday's is what the log shows
        (R.END_OF_MONTH, 5, 20.0),
        (R.END_OF_MONTH, 4, 20.0),
    ],
)
def test_known_minutes(mode: int, excess_day: int, known: float) -> None:
    assert R.known_minutes(mode, 12.0, 20.0, 5.0, excess_day, 5) == known


CALL, CHART, CTC = R.FOLLOWUP_CALL, R.FOLLOWUP_CHART, R.FOLLOWUP_CALL_THEN_CHART


@pytest.mark.parametrize(
    ("kind", "action", "answered", "followup", "attempts", "expected"),
    [
        # an unanswered first call, retry or push is tried again while attempts remain
        (R.OUTREACH, R.CALL, False, CTC, 1, (R.RETRY, R.CALL)),
        (R.OUTREACH, R.CALL, False, CTC, 2, (R.RETRY, R.NOTHING)),
        (R.RETRY, R.CALL, False, CHART, 1, (R.RETRY, R.CALL)),
        (R.RETRY, R.CALL, False, CALL, 2, (R.RETRY, R.NOTHING)),
        (R.FINAL_PUSH, R.CALL, False, CTC, 1, (R.RETRY, R.CALL)),
        (R.FINAL_PUSH, R.CALL, False, CALL, 2, (R.RETRY, R.NOTHING)),
        # an unanswered follow-up call: a retry under "call", chart work under "call_then_chart"
        (R.FOLLOW_UP, R.CALL, False, CALL, 1, (R.RETRY, R.CALL)),
        (R.FOLLOW_UP, R.CALL, False, CALL, 2, (R.RETRY, R.NOTHING)),
        (R.FOLLOW_UP, R.CALL, False, CTC, 1, (R.FOLLOW_UP, R.CHART)),
        (R.FOLLOW_UP, R.CALL, False, CTC, 2, (R.FOLLOW_UP, R.CHART)),
        # after an answered call or chart work: what the rule says, whatever attempts are left
        (R.OUTREACH, R.CALL, True, CALL, 2, (R.FOLLOW_UP, R.CALL)),
        (R.OUTREACH, R.CALL, True, CHART, 2, (R.FOLLOW_UP, R.CHART)),
        (R.RETRY, R.CALL, True, CTC, 2, (R.FOLLOW_UP, R.CALL)),
        (R.FOLLOW_UP, R.CHART, True, CTC, 2, (R.FOLLOW_UP, R.CALL)),
        (R.FOLLOW_UP, R.CHART, True, CHART, 2, (R.FOLLOW_UP, R.CHART)),
        (R.FINAL_PUSH, R.CHART, True, CTC, 1, (R.FOLLOW_UP, R.CALL)),
    ],
)
def test_next_step(
    kind: int, action: int, answered: bool, followup: int, attempts: int, expected: tuple[int, int]
) -> None:
    assert R.next_step(kind, action, answered, followup, attempts, 2) == expected


@pytest.mark.parametrize(
    ("kind", "wanted", "followup", "known", "attempts", "charted", "expected"),
    [
        (R.RETRY, R.CALL, CTC, 22.0, 0, 0.0, R.NOTHING),  # the target is reached
        (R.RETRY, R.CALL, CTC, 22.0 - TICK_MINUTES, 1, 0.0, R.CALL),
        (R.RETRY, R.CALL, CTC, 0.0, 2, 0.0, R.NOTHING),  # a retry never becomes chart work
        (R.FOLLOW_UP, R.CALL, CALL, 0.0, 1, 0.0, R.CALL),
        (R.FOLLOW_UP, R.CALL, CALL, 0.0, 2, 0.0, R.NOTHING),
        (R.FOLLOW_UP, R.CALL, CTC, 0.0, 2, 0.0, R.CHART),  # no call is left
        (R.FOLLOW_UP, R.CALL, CTC, 0.0, 2, 10.0, R.NOTHING),  # nor any chart work
        (R.FOLLOW_UP, R.CHART, CTC, 0.0, 0, 10.0 - TICK_MINUTES, R.CHART),
        (R.FOLLOW_UP, R.CHART, CTC, 0.0, 0, 10.0, R.NOTHING),  # the cap is used up
        (R.FOLLOW_UP, R.CHART, CHART, 22.0, 0, 0.0, R.NOTHING),
    ],
)
def test_released_action(
    kind: int,
    wanted: int,
    followup: int,
    known: float,
    attempts: int,
    charted: float,
    expected: int,
) -> None:
    action = R.released_action(kind, wanted, followup, known, 22.0, attempts, 2, charted, 10.0)
    assert action == expected


@pytest.mark.parametrize(
    ("followup", "contacted", "without_contact", "charted", "expected"),
    [
        (CALL, True, True, 0.0, R.CALL),
        (CTC, False, False, 0.0, R.CALL),
        (CTC, True, False, 0.0, R.CHART),
        (CTC, False, True, 0.0, R.CHART),
        (CHART, True, False, 10.0, R.CALL),
        (CHART, True, False, 10.0 - TICK_MINUTES, R.CHART),
    ],
)
def test_push_action(
    followup: int, contacted: bool, without_contact: bool, charted: float, expected: int
) -> None:
    assert R.push_action(followup, contacted, without_contact, charted, 10.0) == expected


@pytest.mark.parametrize(
    ("known", "charted", "minutes"),
    [
        (15.0, 0.0, 7.0),
        (5.0, 0.0, 10.0),
        (5.0, 9.5, 0.5),
        (22.0, 0.0, TICK_MINUTES),  # the target was reached while the item waited
        (40.0, 0.0, TICK_MINUTES),
        (21.9999, 0.0, TICK_MINUTES),
    ],
)
def test_chart_minutes(known: float, charted: float, minutes: float) -> None:
    assert R.chart_minutes(22.0, known, 10.0, charted) == minutes


@pytest.mark.parametrize(
    ("u", "entry_loss", "minute_loss", "captured"),
    [
        (0.0, 0.0, 0.0, 12.5),
        (0.12 - 1e-12, 0.12, 0.05, 0.0),
        (0.12, 0.12, 0.05, 11.875),
        (JUST_UNDER_ONE, 1.0, 0.0, 0.0),
        (0.5, 0.0, 1.0, 0.0),
        (0.5, 0.0, 1.0 / 3.0, 8533.0 / 1024.0),  # 12.5 · 2/3 on the grid
    ],
)
def test_captured_minutes(u: float, entry_loss: float, minute_loss: float, captured: float) -> None:
    assert R.captured_minutes(12.5, u, entry_loss, minute_loss) == captured


@pytest.mark.parametrize(
    ("factors", "expected"),
    [
        ((0.5, 0.86, 0.85, 1.0), 0.5 * 0.86 * 0.85),
        ((0.9, 1.14, 1.0, 1.0), 0.9 * 1.14),  # surely
        ((0.9, 1.14, 1.0, 0.0), 0.0),
        ((1.0, 1.0, 1.0, 1.0), 1.0),
        ((0.0, 3.0, 3.0, 3.0), 0.0),
    ],
)
def test_answer_probability(factors: tuple[float, ...], expected: float) -> None:
    """Above 1 it means what 1 does: no uniform lies there."""
    probability = R.answer_probability(*factors)
    assert probability == expected
    for u in (LEAST, 0.5 * min(expected, 1.0), JUST_UNDER_ONE):
        answered = call((u, 0.5, 0.5, 0.5), probability)[0]
        assert answered is (u < min(1.0, max(0.0, expected)))


@pytest.mark.parametrize(
    ("order", "known", "rank"),
    [
        (R.BY_RELEASE, 15.0, 0.0),
        (R.CLOSEST_TO_THRESHOLD, 15.0, 7.0),
        (R.CLOSEST_TO_THRESHOLD, 22.0 - TICK_MINUTES, TICK_MINUTES),
        (R.CLOSEST_TO_THRESHOLD, 22.0, INF),  # at the target: last
        (R.CLOSEST_TO_THRESHOLD, 30.0, INF),
        (R.LONGEST_UNSEEN, 15.0, 480.0),
    ],
)
def test_request_order(order: int, known: float, rank: float) -> None:
    assert R.request_order(order, known, 22.0, 22.0, 480.0) == rank


@pytest.mark.parametrize(
    ("known", "steps", "within", "goal"),
    [
        (22.0 - TICK_MINUTES, 2, 100.0, 22.0),  # short of the first code: nothing else matters
        (22.0, 0, 100.0, 22.0),
        (22.0, 1, 20.0, 42.0),
        (22.0, 1, 20.0 - TICK_MINUTES, 22.0),
        (42.0, 1, 20.0, 42.0),
        (42.0, 2, 20.0, 62.0),
        (70.0, 2, 20.0, 62.0),
    ],
)
def test_current_target(known: float, steps: int, within: float, goal: float) -> None:
    assert R.current_target(known, 22.0, steps, within, 20.0) == goal


def test_an_add_on_unit_of_the_practitioner_takes_thirty_minutes() -> None:
    assert R.current_target(54.0, 32.0, 2, 8.0, 30.0) == 62.0
    assert R.current_target(54.0 - TICK_MINUTES, 32.0, 2, 8.0, 30.0) == 32.0


def test_who_goes_on_ranks_between_the_short_and_those_who_are_done() -> None:
    far = R.request_order(R.CLOSEST_TO_THRESHOLD, 0.0, 1e9, 1e9, 0.0)
    near, nearer = (
        R.request_order(R.CLOSEST_TO_THRESHOLD, known, 22.0, 42.0, 0.0) for known in (34.0, 40.0)
    )
    assert far < nearer < near < INF
    assert near - nearer == 6.0


@pytest.mark.parametrize(
    ("kind", "booked", "factor"),
    [
        (R.OUTREACH, False, 1.0),
        (R.OUTREACH, True, 1.4),
        (R.RETRY, True, 1.0),
        (R.FOLLOW_UP, False, 1.4),
        (R.FINAL_PUSH, True, 1.0),
    ],
)
def test_which_calls_are_scheduled(kind: int, booked: bool, factor: float) -> None:
    assert R.call_factor(kind, booked, 1.4) == factor


def test_a_stay_lasts_so_many_days_of_the_clock() -> None:
    days = sampling.draw(LAWS.handle, 0, 0.9)
    assert door(R.stay_minutes)(LAWS.handle, 0, 0.9) == duration(1440.0 * days)


@pytest.mark.parametrize(
    ("start", "end", "following", "paid"),
    [
        (100.0, 160.0, INF, 0.0),  # up to the gross end: breaks, not overtime pay
        (150.0, 161.0, INF, 1.0),
        (150.0, 200.0, 180.0, 20.0),  # the next shift is paid as such
        (150.0, 170.0, 160.0, 0.0),  # shifts that touch
        (100.0, 130.0, INF, 0.0),
    ],
)
def test_paid_overtime(start: float, end: float, following: float, paid: float) -> None:
    assert R.paid_overtime(start, end, 160.0, following) == paid


@pytest.mark.parametrize(
    ("base", "ratio", "silent", "probability"),
    [
        (0.015, 2.0, 2, 0.015),
        (0.015, 2.0, 3, 0.03),
        (0.015, 2.0, 40, 0.03),
        (0.6, 2.0, 3, 1.0),
        (0.6, 0.0, 3, 0.0),
        (1.0, 2.0, 0, 1.0),
    ],
)
def test_opt_out_probability(base: float, ratio: float, silent: int, probability: float) -> None:
    assert R.opt_out_probability(base, ratio, silent, 3) == probability


@pytest.mark.parametrize(
    ("joined", "month", "probability"),
    [
        (-1, 0, 0.02),  # there on the first day
        (4, 4, 0.06),
        (4, 5, 0.06),
        (4, 6, 0.02),
    ],
)
def test_opt_out_base(joined: int, month: int, probability: float) -> None:
    assert R.opt_out_base(0.02, 3.0, joined, month, 2) == probability
    assert R.opt_out_base(0.5, 3.0, 0, 0, 2) == 1.0


@pytest.mark.parametrize("prevalence", [0.0, 1e-9, 0.01, 0.25, 0.5])
@pytest.mark.parametrize("mended", [1e-9, 0.25, 1.0])
def test_fault_onset_keeps_the_prevalence(prevalence: float, mended: float) -> None:
    onset = R.fault_onset(prevalence, mended)
    following = prevalence * (1.0 - mended) + (1.0 - prevalence) * onset
    assert 0.0 <= onset <= 1.0
    assert following == pytest.approx(prevalence, rel=1e-12)


BILLABLE_MONTH = {
    "claimable": True,
    "documented": True,
    "captured": True,
    "countable": True,
    "served": 2,
    "attempts": 3,
    "on_duty": 500.0,
    "template": 1000.0,
}
TOO_FEW = {"captured": False, "countable": False}


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, R.BILLABLE),
        ({"claimable": False}, R.NOT_CLAIMABLE),  # first of all
        ({"claimable": False, "captured": False}, R.NOT_CLAIMABLE),
        ({"documented": False}, R.UNDOCUMENTED),
        ({"captured": False}, R.LOST_CAPTURE),
        ({"captured": False, "documented": False}, R.LOST_CAPTURE),
        (TOO_FEW, R.SHORT),
        (TOO_FEW | {"served": 0}, R.UNREACHED),
        ({"served": 0, "attempts": 0}, R.BILLABLE),  # contact is not required
        (TOO_FEW | {"served": 0, "attempts": 0}, R.BACKLOG),
        (TOO_FEW | {"served": 0, "attempts": 0, "on_duty": 499.0}, R.OFF_DUTY),
        (
            TOO_FEW | {"served": 0, "attempts": 0, "on_duty": 0.0, "template": 0.0},
            R.BACKLOG,  # nobody was scheduled: less than half of nothing is nothing
        ),
    ],
)
def test_status(changes: dict[str, Any], status: int) -> None:
    assert R.status(*(BILLABLE_MONTH | changes).values()) == status


@pytest.mark.parametrize(
    ("staff", "own", "as_staff", "enough"),
    [
        (20.0, 0.0, False, True),
        (20.0 - TICK_MINUTES, 0.0, True, False),  # one tick short
        (0.0, 30.0, False, True),
        (0.0, 30.0 - TICK_MINUTES, False, False),
        (19.0, 29.0, False, False),  # neither is enough
        (12.0, 8.0, True, True),
        (12.0, 8.0 - TICK_MINUTES, True, False),
        (0.0, 20.0, True, True),
    ],
)
def test_reached(staff: float, own: float, as_staff: bool, enough: bool) -> None:
    assert R.reached(staff, own, 20.0, 30.0, as_staff) is enough


def test_complex_patients_see_the_practitioner_more_often() -> None:
    assert R.practitioner_probability(0.3, 2.0, False) == 0.3
    assert R.practitioner_probability(0.3, 2.0, True) == 0.6
    assert R.practitioner_probability(0.3, 9.0, True) == 1.0


LAWS = compile_laws(
    {
        "call": (Lognormal(mean=12.0, cv=0.6), "duration"),
        "notes": (Constant(value=5.0), "duration"),
        "attempt": (Constant(value=2.0), "duration"),
        "need": (Gamma(mean=1.0, cv=0.9), "factor"),
        "answer": (Beta(a=0.7, b=0.75), "factor"),
    }
)
ROWS = (0, 1, 2)
LEAST = 2.0**-53


def call(
    u: tuple[float, ...],
    probability: float,
    *,
    count_unanswered: bool = False,
    losses: tuple[float, float] = (0.0, 0.0),
) -> tuple[bool, float, float, float]:
    found: tuple[bool, float, float, float] = door(R.call)(
        LAWS.handle, ROWS, u, normal_centre(u[2]), probability, count_unanswered, *losses
    )
    return found


def test_call_answered() -> None:
    median = duration(12.0 / math.sqrt(1.36))
    assert call((0.5, 0.5, 0.5, 0.5), 1.0) == (True, *[median + 5.0] * 3)
    lost = call((0.5, 0.1, 0.5, 0.5), 1.0, losses=(0.2, 0.0))
    assert lost == (True, median + 5.0, median + 5.0, 0.0)
    short = call((0.5, 0.3, 0.5, 0.5), 1.0, losses=(0.2, 0.5))
    assert short[3] == to_ticks(0.5 * (median + 5.0))


def test_call_unanswered_counts_only_where_the_scenario_says_so() -> None:
    u = (0.5, 0.3, 0.5, 0.5)
    assert call(u, 0.0) == (False, 2.0, 0.0, 0.0)
    assert call(u, 0.0, count_unanswered=True, losses=(0.0, 0.5)) == (False, 2.0, 2.0, 1.0)
    assert call(u, 0.0, count_unanswered=True, losses=(1.0, 0.0)) == (False, 2.0, 2.0, 0.0)
    assert call(u, 0.0, count_unanswered=True, losses=(0.3, 0.5)) == (False, 2.0, 2.0, 1.0)


def test_call_is_answered_where_its_uniform_is_below_the_probability() -> None:
    for probability in (0.3, 1.0 - LEAST):
        below = (probability - 1e-12, 0.5, 0.5, 0.5)
        assert call(below, probability)[0] is True
        assert call((probability, 0.5, 0.5, 0.5), probability)[0] is False
    for surely in (1.0, 1.3):
        assert call((JUST_UNDER_ONE, 0.5, 0.5, 0.5), surely)[0] is True
    assert call((LEAST, 0.5, 0.5, 0.5), 0.0)[0] is False


def test_each_part_of_a_call_has_its_own_uniform() -> None:
    """The call's minutes follow the third, the notes' the fourth, an attempt's the third."""
    rows = (0, 0, 0)
    long, short = (duration(sampling.draw(LAWS.handle, 0, u)) for u in (0.9, 0.2))
    arguments = (False, 0.0, 0.0)
    u, centre = (0.5, 0.5, 0.9, 0.2), normal_centre(0.9)
    answered = door(R.call)(LAWS.handle, rows, u, centre, 1.0, *arguments)
    assert answered[1] == long + short
    unanswered = door(R.call)(LAWS.handle, rows, u, centre, 0.0, *arguments)
    assert unanswered[1] == long


@pytest.mark.parametrize("days", [1, 2, 20, 23])
def test_every_business_day_has_its_equal_part_of_the_uniform(days: int) -> None:
    for day in range(days):
        assert R.request_day(days, (day + 0.001) / days) == day
        assert R.request_day(days, (day + 0.999) / days) == day
    assert R.request_day(days, LEAST) == 0
    assert R.request_day(days, JUST_UNDER_ONE) == days - 1
    assert R.request_day(days, 1.0) == days - 1  # also where a product is rounded up


@pytest.mark.parametrize(
    ("u", "expected"),
    [
        ((0.0, 0.5, 0.0, 0.0), (0.0, 5.0, True, True)),
        ((0.1, 0.5, 0.5 - 1e-12, 0.7 - 1e-12), (54.0, 5.0, True, True)),
        ((0.1, 0.5, 0.5, 0.7), (54.0, 5.0, False, False)),
        ((0.5, 0.5, 0.9, 0.1), (270.0, 5.0, False, True)),
        # the last tick before the clinic closes
        ((JUST_UNDER_ONE,) * 4, (540.0 - TICK_MINUTES, 5.0, False, False)),
    ],
)
def test_request_lies_in_clinic_hours(u: tuple[float, ...], expected: tuple[Any, ...]) -> None:
    assert door(R.request)(LAWS.handle, 1, u, 540.0, 0.5, 0.7) == expected


@pytest.mark.parametrize("coin", [LEAST, 0.5, JUST_UNDER_ONE])
def test_a_sure_coin_always_falls_alike(coin: float) -> None:
    for share in (0.0, 1.0):
        found = door(R.request)(LAWS.handle, 1, (0.5, 0.5, coin, coin), 540.0, share, share)
        assert found[2:] == (share == 1.0, share == 1.0)


def test_minutes_of_a_request_follow_its_second_uniform() -> None:
    found = door(R.request)(LAWS.handle, 0, (0.2, 0.9, 0.3, 0.4), 540.0, 0.5, 0.7)
    assert found[1] == duration(sampling.draw(LAWS.handle, 0, 0.9))


def test_months_without_a_request() -> None:
    assert R.no_request(0.0) == 1.0
    assert R.no_request(1.6) == pytest.approx(0.20189651799465538, rel=1e-15)
    most = R.MOST_REQUESTS
    assert R.no_request(most) == R.no_request(2.0 * most) == math.exp(-most) > 0.0
    assert R.no_request(most - 1.0) > R.no_request(most)


def request_count(mean: float, u: float) -> int:
    count: int = R.request_count(mean, R.no_request(mean), u)
    return count


def test_counts_of_requests() -> None:
    assert [request_count(0.0, u) for u in (LEAST, JUST_UNDER_ONE)] == [0, 0]
    shares = [0.01, 0.4, 0.6, 0.95, 0.999999]
    found = [request_count(1.6, u) for u in shares]
    assert found == stats.poisson(1.6).ppf(shares).tolist()


def test_a_mean_above_the_most_counts_as_that() -> None:
    most = R.MOST_REQUESTS
    counts = [request_count(most, u) for u in (0.01, 0.5, 0.99)]
    assert counts == [request_count(2.0 * most, u) for u in (0.01, 0.5, 0.99)]
    assert counts == stats.poisson(most).ppf([0.01, 0.5, 0.99]).tolist()


def test_traits_follow_a_uniform_each() -> None:
    need, answer = door(R.patient_traits)(LAWS.handle, 3, 4, 0.3, 0.8)
    assert stats.gamma(1.0 / 0.81, scale=0.81).cdf(need) == pytest.approx(0.3, abs=1e-4)
    assert stats.beta(0.7, 0.75).cdf(answer) == pytest.approx(0.8, abs=1e-4)


def test_an_instant_lies_within_the_month() -> None:
    instant = door(R.instant_within)
    assert instant(44640.0, 84960.0, LEAST) == 44640.0
    assert instant(44640.0, 84960.0, 0.25) == 44640.0 + 10080.0
    assert instant(44640.0, 84960.0, JUST_UNDER_ONE) == 84960.0 - TICK_MINUTES
    # a month of one tick: the instant never reaches its end
    assert instant(0.0, TICK_MINUTES, JUST_UNDER_ONE) == 0.0


def test_a_worklist_is_overfull_above_its_level_and_never_without_one() -> None:
    overfull = door(R.overfull)
    assert [overfull(items, 20) for items in (0, 20, 21)] == [False, False, True]
    assert [overfull(items, 0) for items in (0, 1)] == [False, True]
    assert not any(overfull(items, -1) for items in (0, 1, 10**6))


def test_a_share_that_is_just_reached_is_no_reason_to_pause() -> None:
    """Written in hundredths, a share and the quotient that it stands for are the same float."""
    pauses = door(R.pauses_enrollment)
    for percent in range(101):
        assert not pauses(percent, 100, percent / 100.0)
        assert not pauses(7 * percent, 700, float(f"0.{percent:02d}") if percent < 100 else 1.0)
        if percent > 0:
            assert pauses(percent - 1, 100, percent / 100.0)
    assert not pauses(0, 0, 1.0)


def calls() -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Yield names and arguments of every rule, on grids that reach each branch."""
    shares = (0.0, 0.3, 0.999, JUST_UNDER_ONE)
    uniforms = (LEAST, *shares[1:])
    yes_no = (False, True)
    every = itertools.product
    a: tuple[Any, ...]
    for a in every(range(4), (1, 20, 23), shares):
        yield "release_day", a
    for a in every(range(3), (12.0,), (20.0,), (5.0,), (4, 5), (5,)):
        yield "known_minutes", a
    for a in every(range(4), (1, 2), yes_no, range(3), (1, 2), (2,)):
        yield "next_step", a
    known, charted = (0.0, 22.0), (0.0, 10.0)
    for a in every((1, 2), (1, 2), range(3), known, (22.0,), (1, 2), (2,), charted, (10.0,)):
        yield "released_action", a
    for a in every((1, 20), (0, 3)):
        yield "push_day", a
    for a in every(range(3), yes_no, yes_no, (0.0, 10.0), (10.0,)):
        yield "push_action", a
    for a in every((22.0,), (0.0, 17.3, 25.0), (10.0,), (0.0, 9.999)):
        yield "chart_minutes", a
    for a in every((12.34375,), shares, (0.0, 0.3, 1.0), (0.0, 0.05, 1.0)):
        yield "captured_minutes", a
    for a in every(shares, (0.86, 1.14), (0.85, 1.0), (1.0, 3.0)):
        yield "answer_probability", a
    for a in every(range(3), (0.0, 22.0, 42.0), (22.0,), (22.0, 42.0), (480.0,)):
        yield "request_order", a
    for a in every((0.0, 22.0, 50.0), (22.0,), (0, 1, 2), (0.0, 20.0), (20.0, 30.0)):
        yield "current_target", a
    for a in every((0.0, 12.0, 20.0), (0.0, 8.0, 30.0), (20.0,), (30.0,), yes_no):
        yield "reached", a
    for a in every((0.0, 0.3), (0.0, 2.0, 9.0), yes_no):
        yield "practitioner_probability", a
    for a in every(range(4), yes_no, (1.4,)):
        yield "call_factor", a
    for a in every((0.0, 7.0, 12.0), (0.0, 5.0), (-1.0, 10.0), (15.0,)):
        yield "in_hospital", a
    for a in every((1, 270), (0.0, 6000.0, 1e5), (1.8,), (0.0, 0.5), (1.0, 3.0)):
        yield "load_absence_factor", a
    for a in every((150.0,), (155.0, 170.0, 200.0), (160.0,), (180.0, INF)):
        yield "paid_overtime", a
    for a in every((0.015, 0.6), (2.0,), (2, 3), (3,)):
        yield "opt_out_probability", a
    for a in every((0.015, 0.6), (2.0,), (-1, 0, 3), (3, 4), (2,)):
        yield "opt_out_base", a
    for a in every((0, 1, 9), yes_no):
        yield "months_without", a
    for a in every((0.0, 0.01, 0.5), (0.25, 1.0)):
        yield "fault_onset", a
    for a in every(shares, (0.1,), (0.2,), (0.0, 0.5)):
        yield "lacking_element", a
    for a in every((rules.COMPLETE, rules.OTHER, rules.ACCESS), yes_no, yes_no):
        yield "missing_element", a
    for a in every(yes_no, yes_no, yes_no):
        yield "first_bar", a
    for a in every((0, 1, 2, 11, 12), (1, 2, 12)):
        yield "audit_month", a
    for a in every((0, 1, 2), (0.25, 1.0), (0, 1, 3), (0.0, 0.7)):
        yield "mending_probability", a
    for a in every(yes_no, (0.0, 0.3), (0.0, 0.3, 1.0)):
        yield "care_level", a
    for a in every((1, 2, 3), (1, 2, 3)):
        yield "under_apcm", a
    number, duty = (0, 1), (0.0, 5.0)
    for a in every(yes_no, yes_no, yes_no, yes_no, number, number, duty, (10.0,)):
        yield "status", a
    laws, halves = LAWS.handle, (0.0, 0.5)
    for u in every(uniforms, repeat=4):
        for probability, loss in every((0.0, 0.5, 1.0), halves):
            centre = normal_centre(u[2])
            yield "call", (laws, ROWS, u, centre, probability, u[0] < 0.5, loss, loss)
    for u in every(uniforms, repeat=4):
        yield "request", (laws, 0, u, 540.0, 0.5, 0.7)
    for share in uniforms:
        yield "request_day", (20, share)
        yield "no_request", (share,)
        yield "request_count", (1.6, math.exp(-1.6), share)
        yield "patient_traits", (laws, 3, 4, share, 1.0 - share)
        yield "instant_within", (44640.0, 84960.0, share)
        yield "stay_minutes", (laws, 0, share)
        yield "care_plan", (laws, 0, (share, 1.0 - share), 0.2, 0.1)
        yield "approach", (laws, (0, 1), (share, 1.0 - share), 0.5)
        for supplemental in yes_no:
            yield "consent_probability", (share, 0.5, supplemental)
        for enrolled in (0, 40, 100):
            yield "eligible_among_others", (share, 100, enrolled)
    for a in every((0, 3, 9), (10,), (20, 23)):
        yield "approach_day", a
    for a in every(range(3), (0.0, 120.0), (0.0, 60.0)):
        yield "approach_first", a
    for a in every((0.0, 1440.0, 99_999.5), (0.0, 4320.0)):
        yield "week", a
    for a in every((0, 50, 250), (50,), (200,)):
        yield "stage", a
    for a in every((0, 20, 21), (-1, 0, 20)):
        yield "overfull", a
    for a in every((0, 55, 100), (0, 100), (0.0, 0.55, 1.0)):
        yield "pauses_enrollment", a


def test_compiled_rules_give_the_bits_of_the_plain_ones() -> None:
    seen = set()
    doors = {name: door(getattr(R, name)) for name in {name for name, _ in calls()}}
    for name, arguments in calls():
        function = getattr(R, name)
        assert doors[name](*arguments) == function.py_func(*arguments), (name, arguments)
        seen.add(name)
    compiled = {
        name
        for name, value in vars(rules).items()
        if hasattr(value, "py_func") and value.py_func.__module__.startswith(rules.__name__)
    }
    assert seen == compiled, "a rule without a comparison"


# ------------------------------------------------------------- docs/model.md says the same


def table_after(heading: str) -> list[list[str]]:
    """Return the cells of the first table after a heading of docs/model.md, header aside."""
    text = MODEL_PAGE.read_text("utf-8").split(heading, 1)[1]
    lines = text.splitlines()
    first = next(i for i, line in enumerate(lines) if line.startswith("|"))
    rows = list(itertools.takewhile(lambda line: line.startswith("|"), lines[first:]))
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows[2:]]


def test_docs_list_every_stream() -> None:
    written = [
        [f"`{name}`", str(s.number), s.entity, s.month, s.index, s.first, s.second]
        for name, s in STREAMS.items()
    ]
    assert table_after("### The table of streams") == written


def test_docs_list_statuses_and_causes_in_their_order() -> None:
    reasons = [row[0].strip("`") for row in table_after("### Status of a patient-month")]
    assert reasons == ["not_claimable", "billable", *rules.REASONS[1:]]
    causes = [row[0].strip("`") for row in table_after("### Causes of lost minutes")]
    assert causes == list(CAUSES)


def test_docs_list_the_kinds_of_work() -> None:
    kinds = [row[0] for row in table_after("## 4 Work items")]
    named = [name for kind in kinds for name in re.findall(r"`(\w+)`", kind)]
    assert named == list(rules.ITEM_KINDS)


def test_docs_list_every_variable() -> None:
    from ccmsim.variables import VARIABLES

    expected = [
        [f"`{name}`", f"{each.units} (stock)" if each.stock else each.units, each.description]
        for name, each in VARIABLES.items()
    ]
    assert [row[:3] for row in table_after("## 8 Counters")] == expected


@pytest.mark.parametrize(
    ("patients", "hours", "expected"),
    [
        (180, 100.0, 1.0),  # at the norm
        (100, 100.0, 1.0),  # below it
        (270, 100.0, 1.25),  # half as much again: half of the half more
        (270, 1.0, 3.0),  # never more than the most
        (1, 0.0, 3.0),  # nobody was there
    ],
)
def test_load_absence_factor(patients: int, hours: float, expected: float) -> None:
    assert rules.load_absence_factor(patients, 60.0 * hours, 1.8, 0.5, 3.0) == expected
