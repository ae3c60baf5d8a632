"""Accuracy: the small version of what `make accuracy` measures, and the judge itself."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from ccmsim.errors import InputError
from ccmsim.estimation import Estimate, mean
from ccmsim.studies.accuracy import Accuracy, Case, Count, Measured, accuracy, measured
from ccmsim.studies.accuracy.__main__ import main
from ccmsim.studies.accuracy.checks import CHECKS, waiting, words
from ccmsim.studies.accuracy.groups import GROUPS
from ccmsim.studies.accuracy.page import page
from ccmsim.studies.accuracy.tails import month_truth, practice_months
from ccmsim.studies.accuracy.verdicts import (
    LOSS,
    OF_POINT,
    called_sure,
    premium_is_blamed,
)

FALSE_ALARM = 1e-6
PAGE = Path(__file__).parents[2] / "docs" / "accuracy.md"
SMALL = 0.001
ROW = re.compile(r"^\| (.+) \| ([\d,]+) \| (?:≥ )?0\.9\d+ \| \d\.\d+ \(.*\) \| [\d,]+ \| ")


@pytest.fixture(scope="module")
def found() -> Accuracy:
    """Return every group at five data sets a case or a few more."""
    return accuracy(list(GROUPS), share=SMALL)


def rows_of(found: Accuracy) -> list[Measured]:
    return [row for rows in found.groups.values() for row in rows]


def test_no_interval_is_grossly_wrong(found: Accuracy) -> None:
    """With 5 to 10 data sets a coverage below 0.1 is caught, over all rows one below 0.85."""
    rows = rows_of(found)
    assert len(rows) > 250
    for row in rows:
        assert not row.count.below(row.stated, false_alarm=FALSE_ALARM / len(rows)), row
    total = Count(sum(row.hits for row in rows), sum(row.sets for row in rows))
    assert 0.9 < total.share < 0.99


def test_the_page_tells_every_case(found: Accuracy) -> None:
    told = [ROW.match(line) for line in PAGE.read_text("utf-8").splitlines()]
    on_page = [(row[1], row[2]) for row in told if row]
    assert on_page == [(row.what, f"{row.n:,}") for row in rows_of(found)]
    text = PAGE.read_text("utf-8")
    for name, group in GROUPS.items():
        assert f"## {group.title}\n\n{group.about}\n" in text
        assert f"*`python -m ccmsim.studies.accuracy {name}`*" in text
    assert text.count("| 0 arrays differ | 0 differ | holds |") == 4


def test_views_agree(found: Accuracy) -> None:
    rows, document = rows_of(found), json.loads(found.to_json())
    table = found.table()
    assert len(table) == len(rows)
    plain = [row for name in found.groups for row in document["groups"][name]]
    assert [row["hits"] for row in plain] == table["hits"].tolist() == [row.hits for row in rows]
    assert str(found) in page(found)


def row(hits: int, sets: int, *, at_least: bool = False) -> Measured:
    return Measured(
        what="x", n=1, stated=0.95, at_least=at_least, hits=hits, sets=sets, bias=0.1, bias_arm=0.2
    )


@pytest.mark.parametrize(("hits", "at_least", "verdict"), [
    (950, False, "holds"),
    (940, False, "holds"),
    (900, False, "short by 5.0 points"),
    (900, True, "short by 5.0 points"),
    (990, False, "wide by 4.0 points"),
    (990, True, "holds"),
])  # fmt: skip
def test_verdicts(hits: int, at_least: bool, verdict: str) -> None:
    assert row(hits, 1000, at_least=at_least).verdict == verdict


def test_limits_of_a_count_are_those_of_scipy() -> None:
    for hits in (0, 7, 100):
        known = stats.binomtest(hits, 100).proportion_ci(0.99)
        assert Count(hits, 100).ends() == pytest.approx((known.low, known.high))


def narrow(values: Any) -> Estimate:
    full = mean(values)
    return replace(
        full, low=full.value - full.half_width / 2, high=full.value + full.half_width / 2
    )


def test_a_narrow_interval_and_a_leaning_estimate_are_told() -> None:
    case = Case(
        what="half as wide", n=50, trial=lambda rng: {"": narrow(rng.normal(size=50))},
        truths={"": 0.0}, sets=400,
    )  # fmt: skip
    [found] = measured(case)
    assert found.verdict.startswith("short by ")
    assert not found.leans
    [leaning] = measured(replace(case, truths={"": 0.1}))
    assert leaning.leans
    assert leaning.bias == pytest.approx(-0.1 * np.sqrt(50), abs=0.4)
    assert measured(case, share=0.5)[0].sets == 200


def test_months_have_the_quantiles_that_are_said() -> None:
    months = practice_months(np.random.default_rng(1), 100_000)
    for q in (0.05, 0.1, 0.5):
        assert month_truth(q) == np.quantile(months, q, method="inverted_cdf")


def test_a_premium_is_blamed_as_often_as_no_loss_is_seen_and_the_years_look_sure() -> None:
    """Of 50 years without a loss the premium alone is seen: a shifted normal law's t.

    With a loss among them it is never blamed at 7 %: its deviation hides the premium. Of 20,000
    sets some 490 are; 4.9 of their deviations, FALSE_ALARM, are 110.
    """
    years, share, sets = 50, 0.07, 20_000
    seen = -share * LOSS * np.sqrt(years)
    unseen = (1.0 - share) ** years
    truth = unseen * stats.nct.cdf(-stats.t.ppf((1.0 + OF_POINT) / 2.0, years - 1), years - 1, seen)
    rng = np.random.default_rng(5)
    blamed = Count(sum(premium_is_blamed(rng, years, share) for _ in range(sets)), sets)
    assert not blamed.below(truth, false_alarm=FALSE_ALARM / 2.0)
    assert not blamed.above(truth, false_alarm=FALSE_ALARM / 2.0)


@pytest.mark.parametrize(("gaining", "sure"), [(1.0, True), (0.4, False)])
def test_what_always_gains_is_called_sure_and_what_mostly_loses_never(
    gaining: float, sure: bool
) -> None:
    rng = np.random.default_rng(6)
    assert {called_sure(rng, gaining, 1.0, 1.0) for _ in range(20)} == {sure}


def test_processes_change_nothing() -> None:
    one, two = (accuracy(["ratios"], share=0.002, processes=n) for n in (1, 2))
    assert one == two


def test_checks_have_verdicts() -> None:
    assert {check.verdict for check in words(1.0)} == {"holds"}
    [check] = waiting(0.01, "M/M/2")
    assert check.rests_on.endswith("calls")
    assert replace(check, good=False).verdict == "**fails**"
    assert len(CHECKS) == 11


@pytest.mark.parametrize(("arguments", "message"), [
    ({"names": ["rain"]}, "names: is not known"),
    ({"share": 0.0}, "share: must be above 0 and at most 1"),
    ({"share": 1.1}, "share: must be above 0 and at most 1"),
    ({"processes": 0}, "processes: must be at least 1"),
])  # fmt: skip
def test_refusals(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        accuracy(**arguments)


def test_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*words: str) -> int:
        monkeypatch.setattr(sys, "argv", ["accuracy", *words])
        return main()

    quick = ("ratios", "--share", "0.002")
    assert run(*quick) == 0
    told = capsys.readouterr().out
    assert told == str(accuracy(["ratios"], share=0.002))
    assert run(*quick, "--write", str(tmp_path / "page.md")) == 0
    assert (tmp_path / "page.md").read_text("utf-8").endswith(told)
    assert run(*quick, "--json") == 0
    assert json.loads(capsys.readouterr().out)["share"] == 0.002
    assert run("rain") == 2
    assert "names: is not known" in capsys.readouterr().err
