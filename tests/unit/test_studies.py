"""Studies: verdicts follow their rule, and are the same for three seeds."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import binom, norm
from typer.testing import CliRunner

import ccmsim
from ccmsim.cli import app
from ccmsim.errors import InputError
from ccmsim.estimation import Estimate, resampling
from ccmsim.estimation.resampling import bootstrapped
from ccmsim.studies import CLAIMS, VERDICTS, Check, Claim, Effect, claims, verdict_of
from ccmsim.studies.page import page
from ccmsim.studies.practices import BROKEN, STRUCTURE

FALSE_ALARM = 1e-6
PAGE = Path(__file__).parents[2] / "docs" / "claims.md"
QUICK = {
    "patients_not_visits": 60, "stages": 60, "execution": 60, "multiples": 40, "in_house": 150,
    "without_a_system": 60, "smoothing": 150, "projections": 60, "drivers": 60, "structured": 60,
}  # fmt: skip
"""Replications with which the verdicts are sure."""


def verdicts_of_page() -> dict[int, str]:
    """Return the verdicts that docs/claims.md tells, by number."""
    rows = re.findall(r"^\| (\d+) \| .* \| \*\*(.+)\*\* \|$", PAGE.read_text("utf-8"), re.M)
    return {int(number): verdict for number, verdict in rows}


@pytest.mark.parametrize("name", CLAIMS)
def test_three_seeds_give_the_verdict_of_the_page(name: str) -> None:
    """The page's seed is another one."""
    told = verdicts_of_page()
    for seed in (11, 12, 13):
        found = CLAIMS[name](replications=QUICK[name], seed=seed)
        assert found.verdict == told[found.number], (seed, str(found))


def number(low: float, high: float) -> Estimate:
    return Estimate((low + high) / 2.0, 0.1, low, high, 0.95, 100, "by hand")


@pytest.mark.parametrize(("low", "high", "above", "outcome"), [
    (1.0, 2.0, True, True),
    (1.0, 2.0, False, False),
    (-2.0, -1.0, True, False),
    (-2.0, -1.0, False, True),
    (-1.0, 1.0, True, None),
    (-1.0, 1.0, False, None),
    (0.0, 0.0, True, False),
    (0.0, 0.0, False, False),
])  # fmt: skip
def test_outcomes(low: float, high: float, above: bool, outcome: bool | None) -> None:
    assert Check("x", above, 0.0, "").outcome(number(low, high)) is outcome


@pytest.mark.parametrize(("outcomes", "verdict"), [
    ((True, True), "holds"),
    ((True, False), "holds in part"),
    ((True, None), "holds in part"),
    ((False, True), "fails in part"),
    ((False, None), "fails"),
    ((False, False), "fails"),
    ((None, True), "open"),
])  # fmt: skip
def test_verdicts(outcomes: tuple[bool | None, ...], verdict: str) -> None:
    assert verdict_of(outcomes) == verdict
    assert verdict in VERDICTS


def test_views_agree() -> None:
    found = CLAIMS["projections"](replications=30, seed=5)
    rows, document = found.table(), json.loads(found.to_json())
    assert document["verdict"] == found.verdict
    for name, effect in found.effects.items():
        assert rows.loc[name, "value"] == document["effects"][name]["value"]
        assert effect.words in str(found)
    assert [test["passed"] for test in document["tests"]] == list(found.outcomes)
    assert len(found.plot().axes) == len({effect.unit for effect in found.effects.values()})
    text = page([found])
    assert found.claim in text
    assert f"**{found.verdict.capitalize()}.**" in text
    for words in VERDICTS.values():
        assert words in text


def test_every_claim_is_on_the_page() -> None:
    told = verdicts_of_page()
    assert list(told) == list(range(1, 11))
    text = PAGE.read_text("utf-8")
    for name in CLAIMS:
        assert f"`ccmsim claims {name}`" in text


def test_a_claim_that_cannot_be_told_is_open() -> None:
    wide = Effect("x", "USD", number(-1.0, 1.0))
    found = Claim(
        number=1, name="x", claim="", effects={"x": wide}, tests=(Check("x", True, 0.0, ""),),
        holds_when="", scenarios=(), months=1, warmup_months=0, replications=1, seed=0, level=0.95,
    )  # fmt: skip
    assert found.verdict == "open"


def test_structure_and_breaks_change_what_is_there() -> None:
    informal, growing = ccmsim.load("informal_200"), ccmsim.load("growth_100")
    for path, value in STRUCTURE.items():
        assert informal.but({path: value}) != informal, path
    for changes in BROKEN.values():
        for path, value in changes.items():
            assert growing.but({path: value}) != growing, path


def test_bootstrap_covers_a_ratio_of_quantiles(monkeypatch: pytest.MonkeyPatch) -> None:
    """Coverage 0.88 at least is not refuted at FALSE_ALARM."""
    monkeypatch.setattr(resampling, "RESAMPLES", 199)
    rng = np.random.default_rng(1)
    truth, hits = float(np.exp(0.6 * norm.ppf(0.9))), 0
    for _ in range(150):
        values = np.exp(0.3 * rng.normal(size=100))
        found = bootstrapped(lambda x: float(np.quantile(x, 0.9) / np.quantile(x, 0.1)), values)
        hits += not found.excludes(truth)
    assert binom.cdf(hits, 150, 0.88) > FALSE_ALARM
    with pytest.raises(InputError, match="samples: must have the same replications"):
        bootstrapped(np.mean, np.ones(19))


@pytest.mark.parametrize(("names", "settings", "message"), [
    (["rain"], {}, "claims: is not known"),
    (None, {"replications": 19}, "replications: must be at least 20 here"),
    (None, {"seed": -1}, "seed"),
])  # fmt: skip
def test_refusals(names: Any, settings: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        claims(names, **settings)


def test_the_command_prints_what_the_function_returns(tmp_path: Path) -> None:
    line = ["claims", "projections", "--replications", "20", "--plots", str(tmp_path)]
    found = CLAIMS["projections"](replications=20)
    run = CliRunner().invoke
    done = run(app, line, prog_name="ccmsim")
    assert done.stdout.startswith(f"{found}\n\n")
    assert (tmp_path / "08_projections.png").stat().st_size > 1_000
    document = json.loads(run(app, [*line[:4], "--json"], prog_name="ccmsim").stdout)
    assert document["claims"] == [found.as_dict()]
    for wrong in (["claims", "rain"], [*line[:-1], str(tmp_path / "none")]):
        assert run(app, wrong, prog_name="ccmsim").exit_code == 2
