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
from ccmsim.measures import estimate_of
from ccmsim.studies import CLAIMS, VERDICTS, Check, Claim, Effect, claims, verdict_of
from ccmsim.studies.factorial import BROKEN, CELLS, CONTRASTS, NAMES, signs
from ccmsim.studies.page import main, page
from ccmsim.studies.practices import STRUCTURE, WAYS, _explained, expectations
from ccmsim.studies.revenue import _small
from ccmsim.studies.running import Study

FALSE_ALARM = 1e-6
PAGE = Path(__file__).parents[2] / "docs" / "claims.md"
QUICK = {
    "patients_not_visits": 60, "stages": 60, "execution": 60, "multiples": 40, "in_house": 50,
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


def test_ways_are_all_that_structured_work_does_otherwise() -> None:
    """But for the panel, the staff, and how often its patients answer."""
    informal, structured = ccmsim.load("informal_200"), ccmsim.load("structured_75")
    size = {
        "panel.enrolled_at_start": structured.panel.enrolled_at_start,
        "contact.answer_probability": structured.contact.answer_probability,
        "name": structured.name,
        "description": structured.description,
    }
    ours = informal.but(STRUCTURE | size).model_dump(exclude={"staff"})
    assert ours == structured.model_dump(exclude={"staff"})
    told = " ".join(str(CLAIMS["structured"](replications=20)).split())
    assert all(way.words in told for way in WAYS.values())


def test_every_claim_says_when_it_holds() -> None:
    text = PAGE.read_text("utf-8")
    conditions = re.findall(r"^\*\*[A-Z][a-z ]+\.\*\* (.*)$", text, re.M)
    assert len(conditions) == len(CLAIMS)
    for words in conditions:
        assert words.startswith("Holds"), words
        assert " when " in words.split(". ")[0], words


MARK = "(added or changed after a first run)"
LATER = {
    "drivers": ["least.cv"],
    "patients_not_visits": ["asked_at_visits"],
    "in_house": ["pulled.faster", "paid.faster"],
    "execution": ["two_nurses.alike", "structured_75.alike"],
}


def test_what_was_added_later_is_marked_on_the_page() -> None:
    assert PAGE.read_text("utf-8").count(MARK) == sum(map(len, LATER.values()))


@pytest.mark.parametrize("name", LATER)
def test_what_was_added_later_is_marked_everywhere(name: str) -> None:
    found = CLAIMS[name](replications=20)
    assert [test.effect for test in found.tests if test.later] == LATER[name]
    assert " ".join(str(found).split()).count(MARK) == len(LATER[name])
    marked = [test["effect"] for test in found.as_dict()["tests"] if test["later"]]
    assert marked == LATER[name]


def test_what_limits_more_is_told_as_the_tests_find() -> None:
    found = CLAIMS["execution"](replications=60)
    outcomes = {
        test.effect: outcome for test, outcome in zip(found.tests, found.outcomes, strict=True)
    }
    for name in ("two_nurses", "structured_75"):
        words = {
            True: f"hours limit {name} more than patients",
            False: f"patients limit {name} more than hours",
            None: f"it is open which limits {name} more",
        }
        told = words.pop(outcomes[f"{name}.alike"])
        assert told in found.holds_when
        assert not any(wrong in found.holds_when for wrong in words.values())


def test_the_head_says_which_way_each_change_went() -> None:
    """Of claim 5 from its own numbers: the first design is nearer to 0 than the preset's."""
    found = CLAIMS["in_house"](replications=60)
    first, now = (found.effects[f"{name}.faster"].estimate for name in ("first", "pulled"))
    assert now.high < first.low
    text = page([found])
    assert "- easier to pass: claim 5, first put to `two_nurses`" in text
    assert "the change made the claim easier to pass" in found.holds_when


def test_what_cannot_fail_does_not_decide() -> None:
    found = CLAIMS["patients_not_visits"](replications=20)
    first, second, *_ = found.tests
    assert first.effect == "asked_at_visits"
    assert "by construction" in second.words
    still = found.effects[second.effect].estimate
    assert still.low == still.high == 0.0


@pytest.mark.parametrize(("claim", "name", "preset", "changes"), [
    ("without_a_system", "managed", "structured_75", {}),
    ("without_a_system", "informal", "informal_200", {}),
    ("structured", "structured", "informal_200", STRUCTURE),
    ("structured", "informal", "informal_200", {}),
])  # fmt: skip
def test_contact_is_told_with_its_measures(
    claim: str, name: str, preset: str, changes: dict[str, Any]
) -> None:
    """The rows of claims 6 and 10 are the two measures of the same run, one as a percentage."""
    found = CLAIMS[claim](replications=20, seed=4).effects
    practice = ccmsim.load(preset).but(changes)
    results = ccmsim.simulate(practice, months=12, warmup_months=6, replications=20, seed=4)
    months = estimate_of(results, "months_since_contact", level=0.95)
    share = estimate_of(results, "uncontacted_share", level=0.95).times(100.0)
    assert found[f"{name}.contact"].estimate == months
    assert found[f"{name}.uncontacted"].estimate == share
    assert (found[f"{name}.contact"].unit, found[f"{name}.uncontacted"].unit) == ("months", "%")
    assert months.value > 0.0


def test_what_is_judged_is_told() -> None:
    """Claim 6 tells of who nets more, claim 9 which drivers are open."""
    informal = CLAIMS["without_a_system"](replications=20, seed=4)
    assert "still holds" not in informal.holds_when
    drivers = CLAIMS["drivers"](replications=20, seed=4)
    told = drivers.holds_when.split("What each")[0]
    for name in NAMES:
        change = drivers.effects[f"{name}.cv"].estimate
        assert (name in told) == (change.high > 0.0), name
        if change.low <= 0.0 <= change.high:
            assert name in told.split("; open for ")[1]


def test_words_follow_the_first_years_share() -> None:
    assert _small(number(10.0, 20.0)) == "They are small"
    assert _small(number(26.0, 30.0)) == "They are not that small"
    assert _small(number(20.0, 30.0)) == "It is open whether they are small"


def test_months_and_amounts_make_up_what_is_billed_of_the_projection() -> None:
    """Exactly where nobody leaves or comes: the share billed is the product of both."""
    found = CLAIMS["projections"](replications=40).effects
    months, each, whole = (
        found[f"structured_75.{name}"].estimate.value for name in ("months", "each", "billed")
    )
    assert months * each / 100.0 == pytest.approx(whole, rel=0.01)
    assert each > 100.0, "add-on units"


def test_only_inputs_beyond_chance_are_named() -> None:
    """One of thirty decides; of luck alone none is named."""
    rng = np.random.default_rng(7)
    draws, luck = rng.uniform(size=(100, 30)), rng.normal(size=100)
    paths = [f"p{k}" for k in range(30)]

    def named(means: Any) -> list[str]:
        return _explained(Study(4, "x", 100, 0, 0.95), paths, draws, means)

    assert named(luck) == []
    assert named(draws[:, 3] + 0.1 * luck) == ["p3"]


def test_the_factorial_is_orthogonal_and_finds_an_interaction() -> None:
    """Of a response that is known: 10, less 2 for the first, less 1 more where the second is."""
    broken = np.array(CELLS)
    response = 10.0 - 2.0 * broken[:, 0] - broken[:, 0] * broken[:, 1]
    found = dict(zip(CONTRASTS, signs() @ response, strict=True))
    assert found[0,] == -2.5
    assert found[1,] == -0.5
    assert found[0, 1] == -0.5
    assert sum(abs(value) > 1e-12 for value in found.values()) == 3
    grid = CLAIMS["drivers"](replications=20).grid
    assert grid is not None
    assert len(grid.rows) == len(CONTRASTS) == 2 ** len(NAMES) - 1


def test_expectations_have_their_variance_without_chance() -> None:
    """2,000 practices whose means have variance 1, and chance of 4 in each of 4 years."""
    rng = np.random.default_rng(4)
    values = rng.normal(size=(2000, 1)) + 2.0 * rng.normal(size=(2000, 4))
    assert values.mean(axis=1).var(ddof=1) > 1.8
    found = expectations(values)
    assert found.mean() == pytest.approx(values.mean())
    assert abs(found.var(ddof=1) - 1.0) < 4.9 * (2.0 / 2000) ** 0.5 * 2.0 < 0.35
    assert expectations(np.array([[0.0, 9.0], [9.0, 0.0], [4.0, 6.0]])).var() == 0.0


def test_one_command_prints_all_and_writes_the_page(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = CLAIMS["projections"](replications=20, seed=3)
    monkeypatch.setattr("ccmsim.studies.page.claims", lambda **settings: iter([found]))
    main([str(tmp_path / "claims.md"), "--replications", "20", "--seed", "3"])
    assert (tmp_path / "claims.md").read_text("utf-8") == page([found])
    assert capsys.readouterr().out == f"{found}\n\nwritten to {tmp_path / 'claims.md'}\n"
    monkeypatch.undo()
    for wrong, message in (
        ([str(tmp_path / "none" / "x.md")], "is no directory"),
        ([str(tmp_path / "x.md"), "--replications", "3"], "replications: must be at least 20 here"),
    ):
        with pytest.raises(SystemExit) as stopped:
            main(wrong)
        assert stopped.value.code == 2
        assert message in capsys.readouterr().err


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
