"""Warm-up: a start that is felt is found, one that is not leaves nothing out."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy import stats
from typer.testing import CliRunner

import ccmsim
from ccmsim.analyses.warm_up import ARM, SERIES, WarmUp, warm_up
from ccmsim.cli import app
from ccmsim.errors import InputError
from ccmsim.estimation import Estimate
from ccmsim.estimation.rare import FEWEST, surely_seen
from ccmsim.estimation.settling import mser

SMALL = ccmsim.load("solo_nurse").but({"panel.enrolled_at_start": 40})
PERFECT = ccmsim.load("perfect")
VACANCY = {"kind": "turnover", "per_year": 0.03, "vacancy_days": {"family": "constant",
           "value": 340.0}}  # fmt: skip
SELDOM = PERFECT.but({"disruptions.leaving": VACANCY})
ALONE = SMALL.but({f"disruptions.{name}": None for name in SMALL.disruptions})


@pytest.mark.parametrize("decay", [0.3, 0.7])
def test_mser_finds_where_a_decay_is_lost_in_noise(decay: float) -> None:
    months = np.arange(60)
    rng = np.random.default_rng(1)
    found = [mser(50.0 - 20.0 * decay**months + 0.5 * rng.normal(size=60)) for _ in range(200)]
    ends = np.log(0.5 / 20.0) / np.log(decay)  # there the start is as large as the noise
    assert abs(np.median(found) - ends) <= 4.0


def test_mser_of_noise_leaves_out_little() -> None:
    rng = np.random.default_rng(2)
    assert np.median([mser(rng.normal(size=60)) for _ in range(200)]) <= 6
    with pytest.raises(InputError, match="series: must be at least 4"):
        mser([1.0, 2.0, 3.0])


def test_a_vacancy_that_is_there_is_not_there_at_the_start() -> None:
    """Begun with everybody there; in the long run a third of the time the seat is empty."""
    vacancy = {"kind": "turnover", "per_year": 1.0, "vacancy_days": {"family": "constant",
               "value": 120.0}}  # fmt: skip
    practice = ALONE.but({"disruptions.leaving": vacancy})
    found = warm_up(practice, months=24, long=36, replications=200, seed=3)
    assert found.apart[0].low > 5.0
    assert found.seen_apart_months >= 3
    assert found.warmup_months is None or found.warmup_months >= found.seen_apart_months
    assert found.cold[0].value > found.warm[0].value


def test_nothing_is_left_out_where_nothing_starts() -> None:
    found = warm_up(PERFECT, months=4, long=1, replications=400)
    assert found.warmup_months == 0 == found.seen_apart_months
    assert found.replications_needed is None
    assert "Leave out 0 months: intervals of all later ones lie within 2." in str(found)
    assert {each.value for each in found.apart} == {0.0}


def test_what_was_never_seen_has_not_settled() -> None:
    """Of 20 replications alike, what happens in one of 5 may be missed: 100 points of 100."""
    found = warm_up(PERFECT, months=4, long=1, replications=20)
    unseen = 100.0 * surely_seen(20, 1.0 - 0.05 / 4 / 2)
    assert [(each.low, each.high) for each in found.apart] == [pytest.approx((-unseen, unseen))] * 4
    assert (found.warmup_months, found.open_months) == (None, (1, 2, 3, 4))
    wanted = 100.0 * -math.log(0.05 / 4 / 2) / (ARM * found.tolerance)
    assert found.replications_needed == pytest.approx(wanted, rel=0.12)
    assert "cannot be told: 4 of the months 1 to 4 may lie within 2, or not." in str(found)
    exact = warm_up(PERFECT, months=4, long=1, replications=20, tolerance=0.0)
    assert (exact.warmup_months, exact.replications_needed) == (None, None)


def test_a_rare_vacancy_that_no_replication_has_at_first_is_not_told_away() -> None:
    """Month 1 of seed 13 is the same 40 times; in truth it lies twice the tolerance apart."""
    found = warm_up(SELDOM, months=6, replications=40, seed=13)
    assert found.apart[0].value == 0.0
    assert found.apart[0].high > 3.9 > 1.9 > found.apart[0].low
    assert found.warmup_months is None
    assert found.replications_needed is not None
    assert found.replications_needed > 400


def test_what_few_replications_showed_takes_enough_that_do() -> None:
    """So many that 20 differ, and that their spread, were it normal, is narrow enough."""
    found = warm_up(SELDOM, months=6, replications=40, seed=1)
    few = 0
    for each, number in zip(found.apart, found.needed, strict=True):
        differ = int(each.method.split()[0])
        few += 0 < differ < FEWEST
        arm = stats.norm.isf(0.05 / 6 / 2) * each.standard_error if differ > 1 else 0.0
        wanted = 40 * (arm / (ARM * found.tolerance)) ** 2
        assert number >= max(0.99 * wanted, 40 * FEWEST / differ if differ else 40)
    assert few > 0
    assert found.warmup_months is None
    assert max(found.needed) <= (found.replications_needed or 0) <= 1.1 * max(found.needed)


def test_what_a_month_may_bring_is_its_projection() -> None:
    """For dollars and patient-months, the unseen moves no more than all that could be billed."""
    results = ccmsim.simulate(PERFECT, months=4, replications=1)
    for measure, name in (("net_usd", "plan_usd"), ("billable_patients", "enrolled_patients")):
        found = warm_up(PERFECT, months=4, long=1, replications=20, measure=measure)
        most = float(results.values[name].max()) * surely_seen(20, 1.0 - 0.05 / 4 / 2)
        assert found.apart[0].half_width == pytest.approx(most)


def test_the_series_are_plain_simulations() -> None:
    found = warm_up(SMALL, months=4, long=5, replications=30, seed=7, measure="net_usd")
    for series, before in ((found.cold, 0), (found.warm, 5)):
        results = ccmsim.simulate(SMALL, months=4, warmup_months=before, replications=30, seed=7)
        means = results.values["net_usd"].mean(axis=0)
        assert [each.value for each in series] == pytest.approx(means)


def test_views_agree() -> None:
    found = warm_up(SMALL, months=4, long=4, replications=20)
    rows, document = found.table(), json.loads(found.to_json())
    for name in SERIES:
        for m, each in enumerate(getattr(found, name)):
            assert rows.loc[(name, m), "value"] == document[name][m]["value"] == each.value
    assert "marginal standard error" in str(found)
    top, bottom = found.plot().axes
    assert top.get_ylabel().startswith("Billable")
    assert bottom.get_ylabel() == "Apart"


def told(apart: list[tuple[float, float]]) -> tuple[WarmUp, str]:
    """Return what is said of intervals, the tolerance being 1, of 100 replications."""
    found = warm_up(PERFECT, months=4, long=1, replications=20)
    estimates = tuple(
        Estimate((low + high) / 2.0, 0.1, low, high, 0.95, 100, "t") for low, high in apart
    )
    needed = tuple(100.0 * (each.half_width / ARM) ** 2 for each in estimates)
    found = replace(found, apart=estimates, needed=needed, tolerance=1.0, replications=100)
    return found, " ".join(str(found).split())


def test_what_cannot_be_told_is_no_advice() -> None:
    found, said = told([(2.0, 5.0), (-1.5, 2.5), (-0.5, 0.9), (-0.4, 2.0)])
    assert (found.warmup_months, found.seen_apart_months) == (None, 1)
    assert found.open_months == (2, 4)
    assert found.replications_needed == 6_400  # a half-width of 2 becomes 0.25
    assert "cannot be told: 2 of the months 2 to 4 may lie within 1, or not." in said
    assert "At least 1 month. About 6,400 replications would tell." in said


def test_what_may_be_left_out_is_told_beside_what_must() -> None:
    found, said = told([(2.0, 5.0), (-1.5, 2.5), (-0.5, 0.9), (-1.0, 1.0)])
    assert (found.warmup_months, found.seen_apart_months) == (2, 1)
    assert "Leave out 2 months: intervals of all later ones lie within 1." in said
    assert "Fewer may do: month 2 cannot be told. About 6,400 replications would tell." in said
    sure, said = told([(2.0, 5.0), (-5.0, -2.0), (-0.5, 0.9), (-1.0, 1.0)])
    assert (sure.warmup_months, sure.replications_needed) == (2, None)
    assert "Fewer" not in said
    assert "replications would" not in said


def test_what_lies_apart_to_the_end_does_not_settle() -> None:
    found, said = told([(-0.1, 0.1), (-1.5, 2.5), (-0.5, 0.9), (1.2, 3.0)])
    assert (found.warmup_months, found.seen_apart_months) == (None, 4)
    assert found.replications_needed is None
    assert "It does not settle within 4 months: the last is not within 1." in said


def test_a_month_on_the_border_is_not_told_by_more_replications() -> None:
    found, said = told([(-0.1, 0.1), (-0.1, 0.1), (-0.1, 0.1), (0.9, 1.1)])
    assert (found.warmup_months, found.replications_needed) == (None, None)
    assert "More replications hardly tell: choose another tolerance." in said


def test_few_replications_of_a_small_practice_cannot_tell() -> None:
    found = warm_up(ccmsim.load("solo_nurse"), months=4, long=4, replications=20)
    assert found.warmup_months is None
    assert found.replications_needed is not None
    widest = max(each.half_width for each in found.apart)
    wanted = 20 * (4.0 * widest / found.tolerance) ** 2
    assert wanted <= found.replications_needed <= 1.1 * wanted + 1.0


@pytest.mark.parametrize(("arguments", "message"), [
    ({"months": 3}, "months: must be at least 4"),
    ({"long": 0}, "long: must be at least 1"),
    ({"replications": 19}, "replications: must be at least 20"),
    ({"tolerance": -1.0}, "tolerance: must be 0 or more"),
    ({"measure": "visits"}, "measure: is not known"),
])  # fmt: skip
def test_refusals(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        warm_up(SMALL, **arguments)


def test_the_command_prints_what_the_function_returns() -> None:
    line = ["warm-up", "solo_nurse", "--months", "4", "--long", "3", "--replications", "20"]
    found = warm_up(ccmsim.load("solo_nurse"), months=4, long=3, replications=20)
    run = CliRunner().invoke
    assert run(app, line, prog_name="ccmsim").stdout == f"{found}\n"
    document = json.loads(run(app, [*line, "--json"], prog_name="ccmsim").stdout)
    assert document["apart"] == found.as_dict()["apart"]
    done = run(app, [*line, "--tolerance", "-1"], prog_name="ccmsim")
    assert done.exit_code == 2
    assert "tolerance" in done.stderr
