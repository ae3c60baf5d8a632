"""Smoothing: variances that add up, cases known by arithmetic, and what is refused."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from typer.testing import CliRunner

import ccmsim
from ccmsim.analyses.smoothing import CASES, MEASURES, PAIR, SOURCES, smoothing, statistics
from ccmsim.cli import app
from ccmsim.errors import InputError

STEADY = {"season_amplitude": 0.0, "cv": 0.0, "practitioner_absent_days_per_year": 0.0}
PERFECT = ccmsim.load("perfect")
LIVELY = ccmsim.load("solo_nurse").but({"visits": {}})

dollars = arrays(float, (3, 5), elements=st.integers(-(10**7), 10**7).map(lambda x: x / 100.0))


@given(dollars, dollars)
def test_variances_add_up(visits: Any, programme: Any) -> None:
    found = statistics(visits, programme)
    parts = found["visits", "variance"] + found["programme", "variance"]
    both = parts + 2.0 * found["pair", "covariance"]
    scale = max(1.0, float(parts.max()))
    assert found["together", "variance"] == pytest.approx(both, abs=1e-9 * scale)


def test_statistics_agree_with_numpy() -> None:
    visits, programme = np.random.default_rng(3).lognormal(size=(2, 4, 12))
    found = statistics(visits, programme)
    for r in range(4):
        covariance = np.cov(visits[r], programme[r])
        assert found["pair", "covariance"][r] == pytest.approx(covariance[0, 1])
        assert found["visits", "variance"][r] == pytest.approx(covariance[0, 0])
        correlation = np.corrcoef(visits[r], programme[r])[0, 1]
        assert found["pair", "correlation"][r] == pytest.approx(correlation)


def test_what_has_no_meaning_is_left_out() -> None:
    losing = statistics(np.array([[1.0, 2.0]]), np.array([[-5.0, -5.0]]))
    assert ("programme", "cv") not in losing
    assert ("together", "cv") not in losing
    assert ("pair", "change") not in losing
    assert ("pair", "correlation") not in losing
    assert losing["visits", "cv"][0] == pytest.approx(math.sqrt(0.5) / 1.5)


def test_even_visits_are_even_until_shocks_come() -> None:
    """A shock every month from the first on leaves half of the visits, evenly."""
    practice = PERFECT.but({"visits": {**STEADY, "shock_months": 1}})
    found = smoothing(practice, shock_per_year=12.0, months=4, replications=3)
    for case, share in (("usual", 1.0), ("shocks", 0.5)):
        month = found.numbers[case, "visits", "month_usd"]
        assert month.value == pytest.approx(share * 300.0 * 110.0)
        assert found.numbers[case, "visits", "sd_usd"].value == pytest.approx(0.0, abs=1e-9)
        programme = found.numbers[case, "programme", "month_usd"]
        assert programme == found.numbers["usual", "programme", "month_usd"]


def test_a_steady_programme_smooths_by_dilution() -> None:
    """Constant income c beside visits of mean v and sd s: sd / mean falls from s/v to s/(v + c)."""
    rng = np.random.default_rng(5)
    visits = rng.normal(30_000.0, 3_000.0, size=(200, 24))
    found = statistics(visits, np.full_like(visits, 10_000.0))
    assert found["together", "sd_usd"] == pytest.approx(found["visits", "sd_usd"])
    assert (found["pair", "change"] < 0.0).all()


def test_the_scenario_s_own_shocks_are_the_case_with_shocks() -> None:
    assert smoothing(LIVELY, months=2, replications=2).shock_per_year == 0.25
    shocked = LIVELY.but({"visits.shock_per_year": 2.0})
    found = smoothing(shocked, months=6, replications=10, warmup_months=0)
    assert found.shock_per_year == 2.0
    usual, shocks = (found.numbers[case, "visits", "month_usd"].value for case in CASES)
    assert shocks < usual
    plain = ccmsim.simulate(shocked, months=6, replications=10).values["visit_usd"]
    assert shocks == pytest.approx(plain.mean())


def test_views_agree() -> None:
    found = smoothing(LIVELY, months=12, replications=5)
    table = found.table()
    document = json.loads(found.to_json())
    for (case, source, measure), number in found.numbers.items():
        assert source in {*SOURCES, "pair"}
        assert measure in (PAIR if source == "pair" else MEASURES)
        assert table.loc[(case, source, measure), "value"] == number.value
        assert document["cases"][case][source][measure]["value"] == number.value
    text = str(found)
    assert "with shocks, 0.25 a year" in text
    assert text.count("both together") == 2
    left, right = found.plot().axes
    assert [label.get_text() for label in left.get_xticklabels()] == list(CASES.values())
    assert len(right.patches) == 6


def test_the_verdict_says_what_the_interval_says() -> None:
    text = str(smoothing(PERFECT.but({"visits": {}}), months=6, replications=5))
    assert "the programme smooths: sd / mean changes by -" in text
    dear = LIVELY.but({"finance.software_usd_per_patient_month": 2_000.0})
    assert "no sd / mean" in str(smoothing(dear, months=3, replications=3))


@pytest.mark.parametrize(("arguments", "message"), [
    ({"months": 1}, "months: must be at least 2 for a variance (got 1)"),
    ({"replications": 1}, "replications: must be at least 2 for a variance (got 1)"),
    ({"level": 0.0}, "level: must lie between 0 and 1, both excluded (got 0.0)"),
    ({"shock_per_year": -1.0}, "visits.shock_per_year"),
])  # fmt: skip
def test_refusals(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as caught:
        smoothing(LIVELY, **arguments)
    assert message in str(caught.value)


def test_without_visits_there_is_nothing_to_smooth() -> None:
    with pytest.raises(InputError, match="visits: is needed here"):
        smoothing(PERFECT)


def test_the_command_prints_what_the_function_returns() -> None:
    line = ["smoothing", "perfect", "--months", "6", "--replications", "3"]
    given_visits = [*line, "--set", "visits={per_month=300}"]
    run = CliRunner().invoke
    found = smoothing(PERFECT.but({"visits": {"per_month": 300.0}}), months=6, replications=3)
    assert run(app, given_visits, prog_name="ccmsim").stdout == f"{found}\n"
    document = json.loads(run(app, [*given_visits, "--json"], prog_name="ccmsim").stdout)
    assert document["cases"] == found.as_dict()["cases"]
    done = run(app, line, prog_name="ccmsim")
    assert done.exit_code == 2
    assert "visits: is needed here" in done.stderr
