"""Differences with both uncertainties: shares known, own values kept, refusals, commands."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
from scipy.stats import norm
from typer.testing import CliRunner

import ccmsim
from ccmsim.analyses.doubts import NUMBERS, doubts
from ccmsim.analyses.erosion import erosion_doubts
from ccmsim.cli import app
from ccmsim.errors import InputError
from ccmsim.estimation.expectations import lognormal_above, third_moments
from ccmsim.estimation.levels import sets_above
from ccmsim.studies.accuracy.judging import Count, covered, resolved

FALSE_ALARM = 1e-6
SMALL = ccmsim.load("solo_nurse").but({"panel.enrolled_at_start": 20})
LARGER = SMALL.but({"panel.enrolled_at_start": 30})
ANSWER = "contact.answer_probability"
UNIFORM = {ANSWER: {"family": "uniform", "low": 0.3, "high": 0.6}}
QUICK: dict[str, Any] = {"months": 1, "replications": 60, "inner": 2}


def of_sets(rng: Any, share: float, above: float, sets: int, inner: int) -> Any:
    """Return normal values: a share of the variance of the sets, so many of them above 0."""
    centre = norm.ppf(above) + rng.normal(size=(sets, 1))
    return math.sqrt(share) * centre + math.sqrt(1.0 - share) * rng.normal(size=(sets, inner))


@pytest.mark.parametrize("share", [0.2, 0.9])
def test_the_share_of_sets_is_free_of_chance(share: float) -> None:
    """Bias below 0.02 where the plain share is off by 0.07."""
    rng = np.random.default_rng(3)
    values = np.array([sets_above(of_sets(rng, share, 0.8, 100, 4)).value for _ in range(300)])
    error = values.std(ddof=1) / math.sqrt(values.size)
    assert abs(values.mean() - 0.8) < 0.01 + 4.9 * error < 0.03


@pytest.mark.parametrize("above", [0.5, 0.8, 0.97])
@pytest.mark.parametrize("share", [0.01, 0.05, 0.2, 0.5])
def test_the_share_of_sets_is_covered_however_much_is_chance(share: float, above: float) -> None:
    """Level 0.95 with 50 sets of 4; 400 data sets resolve a coverage of 0.85."""
    rng = np.random.default_rng(int(1000 * share + 10 * above))
    count = covered((sets_above(of_sets(rng, share, above, 50, 4)) for _ in range(400)), above)
    assert resolved(0.95, count.sets, false_alarm=FALSE_ALARM) > 0.84
    assert not count.below(0.95, false_alarm=FALSE_ALARM)


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_skewed_expectations_are_covered(sign: float) -> None:
    """Lognormal ones, or their negatives: 400 data sets of 100 sets of 4 resolve 0.85.

    Drawn together alone, the shape of the means kept, the interval covers 0.69.
    """
    rng, mean_of = np.random.default_rng(8), math.exp(0.5)
    deviation = mean_of * math.sqrt(math.e - 1.0)
    above = float(norm.cdf(-0.5 * sign))

    def estimates() -> Any:
        for _ in range(400):
            centre = (rng.lognormal(size=(100, 1)) - mean_of) / deviation
            chance = rng.normal(size=(100, 4))
            yield sets_above(sign * math.sqrt(0.2) * centre + math.sqrt(0.8) * chance)

    count = covered(estimates(), above)
    assert resolved(0.95, count.sets, false_alarm=FALSE_ALARM) > 0.84
    assert not count.below(0.95, false_alarm=FALSE_ALARM)


@pytest.mark.parametrize("skewness", [-6.0, -1.0, 0.0, 0.5, 4.0])
def test_a_skewed_law_has_its_moments(skewness: float) -> None:
    """By its tail: the mean is 0, the variance 1, the third moment the skewness."""
    x = np.linspace(-60.0, 400.0, 4_600_001) * (1.0 if skewness >= 0.0 else -1.0)
    x.sort()
    middle, mass = (x[1:] + x[:-1]) / 2.0, -np.diff(lognormal_above(x, np.full(x.size, skewness)))
    moments = [float((middle**k * mass).sum()) for k in range(4)]
    assert moments == pytest.approx([1.0, 0.0, 1.0, skewness], abs=2e-2)


def test_what_chance_is_skewed_by_is_taken_off() -> None:
    """A mean of 4 exponential ones of deviation s has the third moment 2 s³ / 16."""
    rng = np.random.default_rng(4)
    found = third_moments(3.0 * rng.exponential(size=(200_000, 4)))
    assert found.mean() == pytest.approx(2.0 * 27.0 / 16.0, rel=0.05)
    assert third_moments(np.ones((5, 2))).tolist() == [0.0] * 5


def test_an_interval_of_the_sets_alone_would_be_caught() -> None:
    """Clopper and Pearson's of the sets, as if their means had no chance in them."""
    rng = np.random.default_rng(5)
    counts = [int((of_sets(rng, 0.05, 0.97, 50, 4).mean(axis=1) > 0.0).sum()) for _ in range(800)]
    ends = [Count(hits, 50).ends(0.95) for hits in counts]
    inside = sum(low <= 0.97 <= high for low, high in ends)
    assert Count(inside, 800).below(0.95, false_alarm=FALSE_ALARM)


def test_nothing_but_chance_is_one_expectation() -> None:
    """Where sets do not differ, all are where their mean is; where that is not known, 0 to 1."""
    found = sets_above([[-1.0, 4.0], [4.0, -1.0], [1.5, 1.5]])
    assert found.value == 1.0
    nothing = sets_above([[1.0, 1.0], [1.0, 1.0], [1.0, 1.0]], 2.0)
    assert nothing.value == nothing.low == 0.0
    luck = np.random.default_rng(1).normal(size=(50, 4))
    unknown = sets_above(luck - luck.mean())
    assert (unknown.low, unknown.high) == (0.0, 1.0)
    certain = sets_above(luck + 5.0)
    assert certain.value == certain.high == 1.0
    assert certain.low == pytest.approx(0.025 ** (1 / 50))  # that of 50 of 50


def test_more_patients_bill_more_in_every_set() -> None:
    found = doubts({"20": SMALL, "30": LARGER}, UNIFORM, measure="billable_patients", **QUICK)
    (row,) = found.doubts
    assert row.difference.low > 0.0
    assert row.holds.value == 1.0
    assert row.years.shape == (30, 2)
    assert set(found.table().index) == {("30", name) for name in NUMBERS}
    document = json.loads(found.to_json())
    assert document["sets"] == 30
    assert document["uncertain"][0]["path"] == ANSWER


def test_the_same_practice_never_differs() -> None:
    (row,) = doubts({"a": SMALL, "b": SMALL.but({"name": "b"})}, UNIFORM, **QUICK).doubts
    assert not row.years.any()
    assert row.holds.value == row.ahead.value == 0.0


def test_a_value_of_its_own_is_kept() -> None:
    """The drawn answer probability reaches the first practice alone."""
    own = SMALL.but({ANSWER: 0.9})
    found = doubts({"as it is": SMALL, "booked": own}, UNIFORM, **QUICK)
    assert found.own == {"booked": (ANSWER,)}
    assert "booked keeps its own" in str(found)
    swapped = doubts({"booked": own, "as it is": SMALL}, UNIFORM, **QUICK)
    assert swapped.own == {"as it is": (ANSWER,)}


def test_each_disruption_with_both_uncertainties() -> None:
    found = erosion_doubts(SMALL, [ANSWER], **QUICK)
    assert [each.name for each in found.doubts][:2] == ["undisturbed", "without sick"]
    assert found.doubts[0].difference.low > -1.0
    assert "at once (Bonferroni)" in found.doubts[0].difference.method
    axes = found.plot().axes[0]
    assert len(axes.get_yticklabels()) == len(found.doubts)


def test_a_removed_disruption_keeps_nothing_of_its_own() -> None:
    """Without sickness there are no spells whose rate could be kept; the others share it."""
    rate = "disruptions.sick.spells_per_year"
    law = {rate: {"family": "uniform", "low": 1.0, "high": 6.0}}
    found = erosion_doubts(SMALL, law, **QUICK)
    assert found.own == {}
    assert "keeps its own" not in str(found)
    fewer = {"today": SMALL, "fewer": SMALL.but({rate: 0.5})}
    assert doubts(fewer, law, **QUICK).own == {"fewer": (rate,)}


def test_one_month_is_one() -> None:
    found = doubts({"20": SMALL, "30": LARGER}, UNIFORM, **QUICK)
    assert ", 1 month from 2026-01" in str(found)
    assert found.plot().axes[0].get_title(loc="left") == "What is not known, and chance, 1 month"
    two = doubts({"20": SMALL, "30": LARGER}, UNIFORM, **(QUICK | {"months": 2}))
    assert ", 2 months from 2026-01" in str(two)


def test_several_differences_hold_at_once() -> None:
    three = {"20": SMALL, "30": LARGER, "25": SMALL.but({"panel.enrolled_at_start": 25})}
    row = doubts(three, UNIFORM, **QUICK).doubts[0].difference
    (alone,) = doubts({"20": SMALL, "30": LARGER}, UNIFORM, **QUICK).doubts
    assert "at once" not in alone.difference.method
    assert row.method.endswith("; 2 at once (Bonferroni)")
    wide = doubts({"20": SMALL, "30": LARGER}, UNIFORM, **(QUICK | {"level": 0.975}))
    assert (row.low, row.high, row.level) == (
        wide.doubts[0].difference.low, wide.doubts[0].difference.high, 0.95,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"inner": 1}, "inner: must be at least 2"),
        ({"replications": 59}, "replications: must be at least 30 sets of 2"),
        ({"measure": "luck"}, "measure: is not known"),
        ({"level": 1.0}, "level: must lie between 0 and 1"),
    ],
)
def test_impossible_settings(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        doubts({"a": SMALL, "b": LARGER}, UNIFORM, **(QUICK | changes))


def test_one_practice_is_no_comparison() -> None:
    with pytest.raises(InputError, match="must be two or more"):
        doubts([SMALL], UNIFORM, **QUICK)


def test_erosion_needs_a_disruption() -> None:
    with pytest.raises(InputError, match="disruptions: must not be empty here"):
        erosion_doubts(ccmsim.load("perfect"), **QUICK)


BOTH = (
    ["compare", "solo_nurse", "--variant", "more:staff.nurse.hours_per_week=20"],
    ["erosion", "solo_nurse"],
)
FEW = ["--months", "1", "--set", "panel.enrolled_at_start=5"]


@pytest.mark.parametrize("arguments", BOTH)
def test_both_works_as_it_is(arguments: list[str]) -> None:
    """No other option is needed: the default replications are enough for it."""
    done = CliRunner().invoke(app, [*arguments, "--both", *FEW, "--json"])
    assert done.exit_code == 0, done.output
    document = json.loads(done.stdout)
    assert document["command"] == arguments[0]
    assert (document["sets"], document["inner"]) == (50, 4)
    assert {"difference", "holds", "ahead"} <= set(document["doubts"][0])


@pytest.mark.parametrize("arguments", BOTH)
def test_sets_may_be_larger(arguments: list[str]) -> None:
    words = ["--of", ANSWER, "--replications", "60", "--inner", "2", *FEW, "--json"]
    done = CliRunner().invoke(app, [*arguments, *words])
    assert done.exit_code == 0, done.output
    document = json.loads(done.stdout)
    assert (document["sets"], document["inner"], document["replications"]) == (30, 2, 60)
    assert [each["path"] for each in document["uncertain"]] == [ANSWER]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["erosion", "solo_nurse", "--both", "--half-width", "0.1"],
         "--half-width: does not go with --both or --of"),
        (["erosion", "solo_nurse", "--of", ANSWER, "--half-width", "0.1"],
         "--half-width: does not go with --both or --of"),
        (["erosion", "solo_nurse", "--inner", "4"], "--inner: goes with --both or --of only"),
        (["erosion", "solo_nurse", "--both", "--inner", "0"], "inner: must be at least 2"),
        ([*BOTH[0], "--inner", "4"], "--inner: goes with --both or --of only"),
        ([*BOTH[0], "--both", "--inner", "1"], "inner: must be at least 2"),
        ([*BOTH[0], "--both", "--replications", "100"], "must be at least 30 sets of 4"),
    ],
)  # fmt: skip
def test_commands_refuse(words: list[str], said: str) -> None:
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 2
    assert said in done.output
