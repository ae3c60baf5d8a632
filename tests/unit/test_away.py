"""Time lost by cause as controls: means that still hold, add up, and need fewer replications."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import ccmsim
from ccmsim.analyses.away import PLAIN, TIMES, Away, more_watched, watched
from ccmsim.analyses.control import lost_by_cause
from ccmsim.analyses.narrowing import MOST, Look, look, narrowed, wanted_at_looks
from ccmsim.analyses.runs import Runs
from ccmsim.estimation import mean, sum_of_means
from ccmsim.estimation.estimate import arm
from ccmsim.estimation.rare import FEWEST, Wanted, known
from ccmsim.studies.accuracy.judging import Count, resolved

FALSE_ALARM = 1e-6
LEVEL = 0.95
SETS = 200
SMALL = ccmsim.load("two_nurses").but({"panel.enrolled_at_start": 10})

Floats = NDArray[np.float64]


def absences(rng: np.random.Generator, n: int, share: float) -> Floats:
    """Draw two causes: one that strikes in a share of replications, one in all."""
    rare = rng.exponential(1.0, n) * (rng.random(n) < share)
    return np.column_stack([rare, rng.exponential(1.0, n)])


CASES: list[Any] = [
    pytest.param(0.1, lambda c: 12.0 * c[:, 0] + c[:, 1], 2.2, id="as much as was lost"),
    pytest.param(0.1, lambda c: 4.0 * c[:, 0] ** 2, 0.8, id="more and more"),
    pytest.param(0.05, lambda c: 24.0 * (1 - np.exp(-c[:, 0])), 0.6, id="seldom, less and less"),
    pytest.param(0.1, lambda c: 0.0 * c[:, 0], 0.0, id="nothing goes with it"),
]


@pytest.mark.parametrize(("share", "effect", "truth"), CASES)
def test_the_last_interval_covers(share: float, effect: Any, truth: float) -> None:
    """Level 0.95 at whichever look it ends; 200 data sets resolve a coverage of 0.8."""
    assert resolved(LEVEL, SETS, false_alarm=FALSE_ALARM) > 0.79
    rng, wanted = np.random.default_rng(5), wanted_at_looks(0.5, LEVEL, 60.0)
    hits = fewer = 0
    for _ in range(SETS):
        values, away, plain = _stopped(rng, share, effect, wanted)
        found = away.known(values, wanted)
        hits += found.low <= truth <= found.high
        assert arm(found) <= wanted.half_width
        fewer += values.size < plain
    assert not Count(hits, SETS).below(LEVEL, false_alarm=FALSE_ALARM)
    if truth > 2.0:
        assert fewer > 0.9 * SETS  # than the spread of the values themselves asks for


def _stopped(
    rng: np.random.Generator, share: float, effect: Any, wanted: Wanted
) -> tuple[Floats, Away, int]:
    """Return values and controls at the last look, and what plain values would have needed."""
    controls = absences(rng, 200 * TIMES, share)
    values = effect(controls[:200]) + rng.normal(0.0, 2.0, 200)
    needed = 0

    def looks() -> dict[str, Look]:
        nonlocal needed
        one, needed = Away(controls).look(values, wanted)
        return {"": one}

    def add(sizes: dict[str, int]) -> None:
        nonlocal controls, values
        many = max(needed, TIMES * sizes[""], len(controls))
        controls = np.vstack([controls, absences(rng, many - len(controls), share)])
        more = effect(controls[values.size : sizes[""]])
        values = np.append(values, more + rng.normal(0.0, 2.0, more.size))

    assert narrowed(looks, add)
    return values, Away(controls), look(values, wanted).needed


def test_parts_of_a_sum_are_the_sums_of_the_parts() -> None:
    rng = np.random.default_rng(3)
    away = Away(absences(rng, 900, 0.3))
    one, other = rng.normal(size=(2, 200))
    both = away.parts(one + other)
    for part, first, second in zip(both, away.parts(one), away.parts(other), strict=True):
        assert part.mean() == pytest.approx(first.mean() + second.mean(), abs=1e-12)
    assert [part.size for part in both] == [200, 900]


def test_what_is_no_control_is_left_out() -> None:
    """Too few strikes, or no more controls than values: what there is are the plain values."""
    rng = np.random.default_rng(4)
    values, wanted = rng.normal(size=300), wanted_at_looks(0.5, LEVEL, 100.0)
    seldom = np.zeros((1_200, 1))
    seldom[: FEWEST - 1] = 1.0
    for away in (PLAIN, Away(seldom), Away(rng.normal(size=(300, 1)))):
        assert away.parts(values)[0] is values
        assert away.known(values, wanted) == known(values, wanted)
        assert away.look(values, wanted) == (look(values, wanted), 0)
    seldom[FEWEST - 1] = 1.0
    assert len(Away(seldom).parts(values)) == 2


def test_few_events_keep_their_bounds() -> None:
    """Fewer than FEWEST that differ are not believed, whatever goes with them."""
    rng = np.random.default_rng(6)
    away, wanted = Away(absences(rng, 8_000, 0.3)), wanted_at_looks(1.0, LEVEL, 100.0)
    values = np.zeros(2_000)
    assert away.known(values, wanted) == known(values, wanted)
    values[:5] = 30.0
    told, plain = away.known(values, wanted), known(values, wanted)
    assert (told.low, told.high) == (plain.low, plain.high)
    assert told.value == pytest.approx(sum_of_means(*away.parts(values)).value)
    assert told.method == plain.method
    assert away.look(values, wanted)[0] == look(values, wanted)


def test_what_a_look_asks_for() -> None:
    """Half of the allowed variance is for the controls, the rest for the whole replications."""
    rng, wanted = np.random.default_rng(7), wanted_at_looks(0.2, LEVEL, 1.0)
    controls = rng.normal(size=(4_000, 1))
    values = 20.0 * controls[:1_000, 0] + rng.normal(0.0, 8.0, 1_000)
    one, many = Away(controls).look(values, wanted)
    assert not one.narrow
    z = 2.5758
    assert many == pytest.approx(2.0 * 1.05 * (20.0 * z / 0.2) ** 2, rel=0.1)
    assert one.needed == pytest.approx(2.0 * (8.0 * z / 0.2) ** 2, rel=0.15)
    huge = Away(controls).look(1e4 * values, wanted)
    assert huge == (Look(narrow=False, needed=MOST), MOST)


def test_who_is_away_is_watched_without_patients() -> None:
    run = Runs(2, 0, None, None, lambda done, whole: None, 0)
    base = ccmsim.simulate(SMALL, months=2, replications=30, seed=4)
    same = lost_by_cause(base)
    found = watched(run, SMALL, same, 4)
    assert found.minutes is not None
    assert found.minutes.shape == (30 * TIMES, same.shape[1])
    assert np.array_equal(found.minutes[:30], same)
    assert run.done == 0  # no progress counts them
    more = more_watched(run, SMALL, found, 4, 30, needed=150)
    assert more.minutes is not None
    assert np.array_equal(more.minutes[: 30 * TIMES], found.minutes)
    assert len(more.minutes) == 150
    assert more_watched(run, SMALL, more, 4, 30) is more
    assert watched(run, SMALL, same + 1.0, 4) is PLAIN  # not the same absences
    tired = SMALL.but({"operations.load_absence": {}})
    assert watched(run, tired, same, 4) is PLAIN


def test_the_controlled_mean_is_that_of_the_plain_values_in_the_long_run() -> None:
    """Four plain replications for each controlled one tell the same; they resolve 0.7 patients."""
    settings: dict[str, Any] = {"months": 3, "seed": 8}
    often = ccmsim.load("two_nurses").but({"disruptions.turnover.per_year": 2.0})
    calm = often.but({"disruptions.turnover": None})
    ran = [ccmsim.simulate(one, replications=800, **settings) for one in (calm, often)]
    less, today = (results.values["billable_patients"].sum(axis=1) / 3.0 for results in ran)
    run = Runs(3, 0, None, None, lambda done, whole: None, 0)
    away = watched(run, often, lost_by_cause(ran[1])[:200], 8)
    plain, controlled = less - today, away.parts((less - today)[:200])
    far = sum_of_means(*controlled).value - mean(plain).value
    errors = [sum_of_means(*controlled).standard_error, mean(plain).standard_error]
    assert abs(far) < 4.9 * math.hypot(*errors)  # 1e-6, as if the two shared nothing
    assert errors[0] < 0.6 * mean(plain[:200]).standard_error
