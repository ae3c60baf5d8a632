"""The study of recovery piece by piece: histories, ranks, departures, the command."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.special import ndtr, ndtri

import ccmsim
from ccmsim.calibration import calibrate as driver
from ccmsim.calibration.history import History
from ccmsim.errors import InputError
from ccmsim.studies.recovery import (
    DEPARTURES,
    FREE,
    Power,
    Recovery,
    made,
    power,
    recovery,
    small_practice,
)
from ccmsim.studies.recovery import __main__ as command
from ccmsim.studies.recovery.ranks import resolution
from ccmsim.studies.recovery.running import SIMULATIONS

FALSE_ALARM = 1e-6
TINY = small_practice().but({"panel.enrolled_at_start": 15})
ONE: dict[str, Any] = {"contact.call_minutes": FREE["contact.call_minutes"]}
START: dict[str, Any] = {"scenario": TINY, "free": ONE, "histories": 2, "months": 3}


@pytest.fixture(autouse=True, scope="module")
def few_histories() -> Iterator[None]:
    """Check with 101 simulated histories: what they are worth is tested in tests/statistical."""
    before = driver.PREDICTIVE
    driver.PREDICTIVE = (101, 101)  # type: ignore[misc]
    yield
    driver.PREDICTIVE = before  # type: ignore[misc]


def of_shares(shares: Any) -> Recovery:
    """Return a recovery whose truths have these ranks."""
    shape = np.shape(shares)
    return Recovery(
        scenario="x", method="synthetic", simulations=600, months=12, seed=0,
        paths=tuple(f"table.value_{k}" for k in range(shape[1])), prior_sds=np.ones(shape[1]),
        truths=ndtri(shares), means=0.1 * ndtri(shares), sds=np.ones(shape),
        lows=np.full(shape, -1.645), highs=np.full(shape, 1.645), shares=np.asarray(shares),
        level=0.9, p_values=np.full(shape[0], 0.5),
    )  # fmt: skip


def uniform(count: int, seed: int = 0) -> Any:
    return np.random.default_rng(seed).uniform(size=(count, 2))


# ----------------------------------------------------------------------------------- the histories


def test_a_history_is_what_its_truth_makes() -> None:
    """The months are a replication of the practice with the truth in it, not with another."""
    found = made(TINY, FREE, 3, months=4, seed=5)
    again = made(TINY, FREE, 2, months=4, seed=5)
    assert found.histories[1].labels == ("2024-01", "2024-02", "2024-03", "2024-04")
    for one, other in zip(found.histories, again.histories, strict=False):
        for name in one.columns:
            np.testing.assert_array_equal(one.columns[name], other.columns[name])
    np.testing.assert_array_equal(found.truths[:2], again.truths)
    for column, law in zip(found.truths.T, FREE.values(), strict=True):
        assert ((law["low"] < column) & (column < law["high"])).all()
    assert all(one.columns["enrolled_patients"][0] == 15 for one in found.histories)


def test_a_panel_that_is_held_is_no_column() -> None:
    held = TINY.but({"panel.replace_leavers": True})
    assert "enrolled_patients" not in made(held, ONE, 1, months=3).histories[0].columns


@pytest.mark.parametrize(
    ("settings", "rule"),
    [
        ({"histories": 1}, "histories: must be at least 2"),
        ({"months": 2}, "months: must be at least 3"),
        ({"method": "mcmc"}, f"method: is not known .*valid: {', '.join(SIMULATIONS)}"),
        ({"level": 1.0}, "level: must lie between"),
        ({"seed": -1}, "seed: must be at least 0"),
        ({"simulations": 5, "method": "shared"}, "simulations: must be at least"),
        ({"simulations": 5}, "simulations: must be at least"),
        ({"free": {"no.path": FREE["contact.call_minutes"]}}, "no"),
        ({"scenario": "solo_nurse"}, "scenario: must be a Scenario"),
    ],
)
def test_settings_are_refused(settings: dict[str, Any], rule: str) -> None:
    with pytest.raises(InputError, match=rule):
        recovery(**(START | settings))


# --------------------------------------------------------------------------------------- the ranks


def test_uniform_ranks_pass_and_others_do_not() -> None:
    """Of 200 histories: a shift by 0.7, half of the width and twice the width are seen."""
    assert of_shares(uniform(200)).p_value > FALSE_ALARM
    scores = ndtri(uniform(200))
    for wrong in (scores + 0.7, 2.0 * scores, 0.5 * scores):
        found = of_shares(ndtr(wrong))
        assert found.p_value < FALSE_ALARM
        assert "not uniform" in str(found)
    lumps = of_shares(np.where(uniform(200) < 0.5, 0.25, 0.75))
    assert min(lumps.tests(), key=lambda test: test.p_value).kind == "shape"


def test_the_resolution_is_what_it_says() -> None:
    """Of 4,000 sets of 50 histories with just that fault, nine in ten are found.

    A share of 0.9 has a standard deviation of 0.5 %: five of them are allowed.
    """
    reach = resolution(50, 0.01)
    scores = np.random.default_rng(3).normal(size=(4000, 50))
    places = np.abs((scores + reach.shift).mean(axis=1)) * 50**0.5
    assert (places > -ndtri(0.005)).mean() == pytest.approx(0.9, abs=0.024)
    squares = ((scores / reach.narrow) ** 2).sum(axis=1)
    limits = np.quantile((scores**2).sum(axis=1), [0.005, 0.995])
    assert (squares > limits[1]).mean() == pytest.approx(0.9, abs=0.03)
    squares = ((scores / reach.wide) ** 2).sum(axis=1)
    assert (squares < limits[0]).mean() == pytest.approx(0.9, abs=0.03)


def test_numbers_of_a_recovery() -> None:
    shares = np.array([[0.02, 0.5], [0.3, 0.5], [0.6, 0.99], [0.5, 0.5]])
    means = np.array([[0.1, -0.1], [0.0, 0.2], [-0.1, 0.1], [0.2, 0.0]])
    found = replace(of_shares(shares), means=means, p_values=np.array([0.5, 0.03, np.nan, 0.001]))
    assert (found.covered(0).hits, found.covered(1).hits) == (3, 3)
    assert (found.alarms(0.05).hits, found.alarms(0.01).hits, found.alarms(0.05).sets) == (2, 1, 3)
    assert found.bins == 2
    assert found.counts(0).tolist() == [2.0, 2.0]
    document = json.loads(found.to_json())
    assert document["p_values"] == [0.5, 0.03, None, 0.001]
    assert len(document["tests"]) == 6
    assert "of 3: 2 at 5 %, 1 at 1 %" in str(found)
    off = found.truths - means  # priors have standard deviation 1
    assert found.table()["error"].tolist() == pytest.approx((off**2).mean(axis=0) ** 0.5)


def test_the_picture_has_two_rows() -> None:
    figure = of_shares(uniform(40)).plot()
    assert [axes.get_title(loc="left") for axes in figure.axes] == [
        "table.value_0", "table.value_1", "", "",
    ]  # fmt: skip
    bars = [bar for bar in figure.axes[0].containers[0] if bar.get_width() > 0.0]
    assert sum(bar.get_height() for bar in bars) == 40


# -------------------------------------------------------------------------------------- departures


def months_of(history: History, name: str) -> list[float]:
    values: list[float] = history.columns[name].tolist()
    return values


def test_departures_change_what_they_say() -> None:
    months = tuple(date(2026, m, 1) for m in range(1, 13))
    whole = History("x", months, {"99490": np.full(12, 10.0), "worked_hours": np.full(12, 40.0)})
    rng = np.random.default_rng(1)
    changed = {
        name: months_of(item.of(whole, item.sizes[0], rng), "99490")
        for name, item in DEPARTURES.items()
    }
    assert changed["month"] == [10] * 6 + [5] + [10] * 5
    assert changed["quarter"] == [10] * 6 + [8] * 3 + [10] * 3  # 7.5 is no count
    assert changed["step"] == [10] * 6 + [8] * 6
    assert changed["always"] == [8] * 12
    assert changed["hours"] == [10] * 12
    assert months_of(DEPARTURES["hours"].of(whole, 0.2, rng), "worked_hours") == [32] * 12
    factors = DEPARTURES["scatter"].factors(20_000, 0.5, rng)
    assert factors.mean() == pytest.approx(1.0, abs=0.02)
    assert factors.std() == pytest.approx(0.5, abs=0.03)


def test_power_counts_what_is_found(tmp_path: Path) -> None:
    settings: dict[str, Any] = {
        "histories": 1, "months": 8, "simulations": 150, "false_alarm": 0.05, "workers": 1,
    }  # fmt: skip
    told: list[tuple[int, int]] = []
    found = power(
        ["month"], small_practice(), ONE, checkpoint=tmp_path,
        progress=lambda *done: told.append(done), **settings,
    )  # fmt: skip
    assert told == [(1, 2), (2, 2)]
    assert [(one.size, one.of, one.intervals) for one in found.tried] == [(0.5, 1, 1), (1.0, 1, 1)]
    assert found.tried[1].found == 1  # a month without any bill
    line = next(line for line in str(found).splitlines() if line.startswith("100 % of one month"))
    assert line.split()[-8:] == ["1", "of", "1", "0.01", "to", "1.00", "100", "%"]
    assert found.table()["found"].tolist() == [one.found for one in found.tried]
    kept = power(["month"], small_practice(), ONE, checkpoint=tmp_path, **settings)
    assert json.loads(kept.to_json()) == json.loads(found.to_json())
    assert isinstance(kept, Power)


@pytest.mark.parametrize(
    ("settings", "rule"),
    [
        ({"names": ["x"]}, "names: is not known .*month, quarter"),
        ({"histories": 0}, "histories: must be at least 1"),
    ],
)
def test_power_refuses(settings: dict[str, Any], rule: str) -> None:
    with pytest.raises(InputError, match=rule):
        power(**settings)


# ------------------------------------------------------------------------------- one by one, again


def test_each_history_is_calibrated_and_kept(tmp_path: Path) -> None:
    """By `calibrate` itself; a second call takes all of it from the folder."""
    settings: dict[str, Any] = {
        "free": ONE, "histories": 2, "months": 6, "simulations": 150, "workers": 1,
    }  # fmt: skip
    found = recovery(TINY, checkpoint=tmp_path, **settings)
    known = made(TINY, ONE, 2, months=6)
    alone = ccmsim.calibrate(TINY, known.histories[1], list(ONE), priors=ONE, simulations=150)
    assert found.means[1, 0] == alone.flat.mean()
    assert found.p_values[1] == alone.check.p_value
    kept = recovery(TINY, checkpoint=tmp_path, **settings)
    np.testing.assert_array_equal(kept.shares, found.shares)


# ------------------------------------------------------------------------------------- the command


def run(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr(sys, "argv", ["recovery", *words])
    return command.main()


def test_the_command_prints_and_draws(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    words = ("--method", "shared", "--histories", "2", "--simulations", "80")
    assert run(monkeypatch, *words, "--plot", str(tmp_path / "a.png")) == 0
    said = capsys.readouterr()
    assert "one wave that all share, 80 simulations for all" in said.out
    assert said.err.endswith("2 of 2\n")
    assert (tmp_path / "a.png").stat().st_size > 0
    monkeypatch.setattr(command, "recovery", lambda **settings: of_shares(uniform(4)))
    assert run(monkeypatch, "--json") == 0
    assert len(json.loads(capsys.readouterr().out)["truths"]) == 4


@pytest.mark.parametrize(("words", "said"), [
    (("departures", "--method", "abc"), "--method: is not of departures (got abc)"),
    (("departures", "--plot", "a.png"), "--plot: is not of departures (got a.png)"),
    (("ranks", "--departure", "month"), "--departure: is not of ranks (got ['month'])"),
])  # fmt: skip
def test_an_option_of_the_other_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...], said: str,
) -> None:  # fmt: skip
    with pytest.raises(SystemExit) as ended:
        run(monkeypatch, *words)
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(("name", "said"), [
    ("nowhere/a.png", "--plot: is in a folder that does not exist"),
    ("a.gif9", "--plot: does not end in a picture's format"),
    ("", "--plot: is a folder"),
])  # fmt: skip
def test_a_picture_that_cannot_be_written_is_refused_before_anything_is_simulated(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path,
    name: str, said: str,
) -> None:  # fmt: skip
    monkeypatch.setattr(command, "recovery", lambda **settings: pytest.fail("it was simulated"))
    assert run(monkeypatch, "--plot", str(tmp_path / name)) == 2
    assert said in capsys.readouterr().err


def test_a_picture_that_fails_in_the_end_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()

    def gone(**settings: Any) -> Any:
        folder.rmdir()
        return of_shares(uniform(4))

    monkeypatch.setattr(command, "recovery", gone)
    assert run(monkeypatch, "--plot", str(folder / "a.png")) == 1
    said = capsys.readouterr()
    assert "a.png could not be written" in said.err
    assert "histories" in said.out


def test_the_command_refuses(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "departures", "--histories", "0") == 2
    assert "histories: must be at least 1" in capsys.readouterr().err
