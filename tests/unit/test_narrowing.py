"""Stopping at a half-width: what it promises, with values drawn instead of simulated."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from ccmsim.analyses.narrowing import (
    LOOKS,
    MOST,
    Look,
    at_any_look,
    ending,
    look,
    narrowed,
)
from ccmsim.analyses.narrowing import wanted_at_looks as wanted_of
from ccmsim.estimation import Estimate, mean
from ccmsim.estimation.estimate import arm
from ccmsim.estimation.rare import FEWEST, Wanted, known
from ccmsim.studies.accuracy.judging import Count, resolved

FALSE_ALARM = 1e-6
LEVEL = 0.95
SETS = 300

Floats = NDArray[np.float64]
Draw = Callable[[np.random.Generator, int], Floats]


def losses(share: float, size: float) -> Draw:
    """Return a law of losses that are rare and of one size; else nothing happens."""
    return lambda rng, n: np.where(rng.random(n) < share, size, 0.0)


def beneath_noise(rng: np.random.Generator, n: int) -> Floats:
    """Draw noise of 1, and beneath it a loss of 40 in 4 of 1,000: mean 0.84."""
    return rng.normal(1.0, 1.0, n) - 40.0 * (rng.random(n) < 0.004)


def hidden(rng: np.random.Generator, n: int) -> Floats:
    """Draw little noise, and beneath it all there is to lose in 5 of 1,000: mean 0.5."""
    return rng.normal(0.0, 0.5, n) + 100.0 * (rng.random(n) < 0.005)


def hidden_deeper(rng: np.random.Generator, n: int) -> Floats:
    """Draw hardly any noise, and beneath it all there is to lose in 15 of 10,000: mean 0.15.

    It need not be seen: it cannot move the mean by 0.5. A spread without it tells nothing.
    """
    return rng.normal(0.0, 0.01, n) + 100.0 * (rng.random(n) < 0.0015)


def spread_losses(rng: np.random.Generator, n: int) -> Floats:
    """Draw losses of 0 to 40 in 3 of 100: mean 0.6."""
    return rng.uniform(0.0, 40.0, n) * (rng.random(n) < 0.03)


def stopped(
    rng: np.random.Generator, draw: Draw, wanted: Wanted, pilot: int = 200
) -> tuple[Floats, bool]:
    """Draw as the analyses simulate: a pilot, then what each look says, added to what there is."""
    found = {"": draw(rng, pilot)}

    def add(sizes: dict[str, int]) -> None:
        found[""] = np.append(found[""], draw(rng, sizes[""] - found[""].size))

    reached = narrowed(lambda: {"": look(found[""], wanted)}, add)
    return found[""], reached


CASES: list[Any] = [
    pytest.param(losses(0.006, 60.0), 0.36, 0.2, id="0.6 % lose 60"),
    pytest.param(losses(0.0005, 50.0), 0.025, 0.2, id="0.05 % lose 50"),
    pytest.param(losses(0.00002, 50.0), 0.001, 0.1, id="hardly ever"),
    pytest.param(losses(0.0, 50.0), 0.0, 0.1, id="never"),
    pytest.param(spread_losses, 0.6, 0.3, id="3 % lose 0 to 40"),
    pytest.param(beneath_noise, 0.84, 0.2, id="beneath noise"),
    pytest.param(hidden, 0.5, 0.5, id="as rare and as large as may be"),
    pytest.param(hidden_deeper, 0.15, 0.5, id="as large as may be, too rare to matter"),
    pytest.param(lambda rng, n: rng.normal(1.0, 5.0, n), 1.0, 0.4, id="normal"),
    pytest.param(lambda rng, n: rng.lognormal(size=n), math.exp(0.5), 0.3, id="lognormal"),
]


@pytest.mark.parametrize(("draw", "truth", "half_width"), CASES)
def test_the_last_interval_covers_and_is_as_narrow_as_wanted(
    draw: Draw, truth: float, half_width: float
) -> None:
    """Level 0.95 at whichever look it ends; 300 data sets resolve a coverage of 0.82."""
    assert resolved(LEVEL, SETS, false_alarm=FALSE_ALARM) > 0.82
    rng, wanted = np.random.default_rng(11), wanted_of(half_width, LEVEL, 100.0)
    hits = near = ended = 0
    for _ in range(SETS):
        values, reached = stopped(rng, draw, wanted)
        found = known(values, wanted)
        hits += found.low <= truth <= found.high
        near += abs(found.value - truth) <= half_width or not reached
        ended += reached
        assert not reached or arm(found) <= half_width
        assert values.size <= MOST
    assert not Count(hits, SETS).below(LEVEL, false_alarm=FALSE_ALARM)
    assert not Count(near, SETS).below(LEVEL, false_alarm=FALSE_ALARM)
    assert ended > 0.9 * SETS


def test_a_fixed_interval_looked_at_again_would_be_caught() -> None:
    """What it was: level 0.95 at each look, and a pilot of 200 without a loss is believed."""
    rng, draw, truth = np.random.default_rng(12), losses(0.006, 60.0), 0.36
    hits = 0
    for _ in range(SETS):
        values = draw(rng, 200)
        for _ in range(LOOKS - 1):
            found = mean(values, level=LEVEL)
            if arm(found) <= 0.2:
                break
            more = min(math.ceil(1.1 * values.size * (arm(found) / 0.2) ** 2), MOST)
            values = np.append(values, draw(rng, max(0, more - values.size)))
        found = mean(values, level=LEVEL)
        hits += found.low <= truth <= found.high
    assert Count(hits, SETS).below(LEVEL, false_alarm=FALSE_ALARM)


def test_a_pilot_without_an_event_tells_nothing() -> None:
    wanted = wanted_of(0.1, LEVEL, 100.0)
    assert look(np.zeros(200), wanted) == Look(narrow=False, needed=wanted.least)
    assert look(np.zeros(5_000), wanted).narrow
    # what has this probability is seen by then, or moves the mean by less than is wanted
    assert (1.0 - 0.1 / 100.0) ** wanted.least <= 1.0 - LEVEL
    # and until then nothing else is believed, however narrow or wide
    noise = np.random.default_rng(2).normal(size=200)
    for pilot in (1e-6 * noise, 1e6 * noise):
        assert look(pilot, wanted) == Look(narrow=False, needed=wanted.least)


def test_few_events_are_not_believed() -> None:
    """Their interval is of the share that differ: P(differ) is at most its end, times `most`."""
    from scipy.stats import binom

    wanted = wanted_of(0.1, LEVEL, 100.0)
    values = np.zeros(8_000)
    values[: FEWEST - 1] = 1e-6  # all equal and tiny: a spread of next to nothing
    few = known(values, wanted)
    assert few.high == -few.low
    assert binom.cdf(FEWEST - 1, 8_000, few.high / 100.0) == pytest.approx(1.0 - wanted.at_look)
    assert not look(values, wanted).narrow
    values[FEWEST - 1] = 1e-6
    assert look(values, wanted).narrow
    once = np.zeros(6_000)
    once[0] = 1.0
    assert 6_000 < look(once, wanted).needed < 12_000  # soon once in so many cannot matter
    often = np.zeros(6_000)
    often[:15] = 1.0  # too often not to matter: until FEWEST of them are seen
    assert look(often, wanted).needed == math.ceil(1.05 * FEWEST / (15 / 6_000))


def test_wide_values_need_what_their_width_says() -> None:
    wanted = wanted_of(0.5, LEVEL, 100.0)
    values = np.random.default_rng(3).normal(5.0, 20.0, 2_000)
    found = look(values, wanted)
    wide = arm(mean(values, level=wanted.at_look))
    assert found == Look(narrow=False, needed=math.ceil(1.05 * 2_000 * (wide / 0.5) ** 2))
    assert look(1e6 * values, wanted).needed == MOST
    assert look(np.zeros(200), wanted_of(1e-4, LEVEL, 100.0)) == Look(narrow=False, needed=MOST)


def test_it_ends_at_the_last_look_and_says_so() -> None:
    seen: list[dict[str, int]] = []
    never = {"a": Look(narrow=False, needed=MOST), "b": Look(narrow=True, needed=200)}
    assert not narrowed(lambda: never, seen.append)
    assert seen == [{"a": MOST, "b": 200}] * (LOOKS - 1)
    assert narrowed(lambda: {"b": never["b"]}, seen.append)
    assert len(seen) == LOOKS - 1
    assert ending(0.1, "row", reached=True) == "every row is known to within 0.1 of 100 enrolled"
    assert ending(0.1, "row", reached=False).startswith("the cap ended it: not every row")


def test_the_level_is_that_of_all_looks() -> None:
    wanted = wanted_of(0.1, LEVEL, 100.0)
    assert wanted.at_look == pytest.approx(1.0 - 0.05 / LOOKS)
    assert wanted_of(100.0, LEVEL, 100.0).least == 1
    one = Estimate(1.0, 0.1, 0.8, 1.2, wanted.at_look, 100, "by hand")
    told = at_any_look(one, LEVEL)
    assert (told.level, told.low, told.method) == (LEVEL, 0.8, "by hand; at any of 5 looks")
