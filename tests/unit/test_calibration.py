"""Calibration piece by piece: reading, priors, matching, checkpoints, the result, the command."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import ccmsim
from ccmsim.arrays import Floats
from ccmsim.calibration import calibrate as driver
from ccmsim.calibration import groups
from ccmsim.calibration.chains import effective_size, r_hat, sampled
from ccmsim.calibration.emulator import emulated, inside
from ccmsim.calibration.examples import COLUMNS, example_history
from ccmsim.calibration.examples import MONTHS as MADE_MONTHS
from ccmsim.calibration.history import HISTORY, History, read_history, template
from ccmsim.calibration.matching import matched
from ccmsim.calibration.predictive import PredictiveCheck, checked
from ccmsim.calibration.priors import priors_of
from ccmsim.calibration.simulator import Spec, simulate_points
from ccmsim.calibration.statistics import Statistics, statistics_of
from ccmsim.calibration.synthetic import synthetic_likelihood
from ccmsim.calibration.telling import Ridge, told
from ccmsim.calibration.value import Calibration
from ccmsim.cli import app
from ccmsim.errors import CcmsimError, InputError

ANSWERS = "contact.answer_probability"
SMALL = ccmsim.load("solo_nurse").but({"panel.enrolled_at_start": 15})
MONTHS = [f"2026-{m:02d}" for m in range(1, 7)]
TABLE = pd.DataFrame(
    {"month": MONTHS, "enrolled_patients": [15, 15, 15, 15, 15, 15], "99490": [9, 11, 8, 9, 12, 10]}
)
FEW: dict[str, Any] = {"simulations": 80, "seed": 3, "warmup_months": 0, "false_alarm": 0.05}
FEWER = ("--simulations", "80", "--seed", "3", "--warmup-months", "0", "--false-alarm", "0.05")


@pytest.fixture(autouse=True, scope="module")
def few_histories() -> Iterator[None]:
    """Check with 40 simulated histories: what they are worth is tested in tests/statistical."""
    before = driver.PREDICTIVE
    driver.PREDICTIVE = (40, 40)  # type: ignore[misc]
    yield
    driver.PREDICTIVE = before  # type: ignore[misc]


@pytest.fixture(scope="module")
def found() -> Calibration:
    return ccmsim.calibrate(SMALL, TABLE, [ANSWERS], **FEW)


def written(folder: Path, text: str) -> Path:
    path = folder / "history.csv"
    path.write_text(text, encoding="utf-8")
    return path


# ------------------------------------------------------------------------------------- the history


def test_a_file_and_a_table_are_read_alike(tmp_path: Path) -> None:
    head = "Panel,month,99490,billed_usd,name"
    text = f"{head}\n20,2026-01,11,700.5,x\n19,2026-02,,650,y\n18,2026-03,9,,z\n"
    read = read_history(written(tmp_path, text), {"enrolled_patients": "Panel"})
    frame = pd.DataFrame(
        {
            "enrolled_patients": [20, 19, 18],
            "99490": [11, None, 9.0],
            "billed_usd": [700.5, 650, None],
        },
        index=pd.Index(pd.period_range("2026-01", periods=3, freq="M"), name="month"),
    )
    for history in (read, read_history(frame)):
        assert history.labels == ("2026-01", "2026-02", "2026-03")
        assert list(history.columns) == ["enrolled_patients", "99490", "billed_usd"]
        np.testing.assert_array_equal(history.columns["99490"], [11.0, np.nan, 9.0])
    assert read.as_dict()["columns"]["99490"] == [11.0, None, 9.0]
    assert read_history(read) is read


def test_the_shipped_history_can_be_read() -> None:
    history = read_history(example_history())
    assert (history.labels[0], len(history.labels)) == ("2024-01", MADE_MONTHS)
    assert tuple(history.columns) == COLUMNS


def test_the_sheet_can_be_read(tmp_path: Path) -> None:
    lines = template().splitlines()
    sheet = "\n".join([*lines, lines[2].replace("2026-02", "2026-03")])
    assert len(read_history(written(tmp_path, sheet)).columns) == 11
    assert HISTORY.needed == ("month",)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("month,99490\n2026-01,1\n2026-03,1\n2026-04,2\n", "row 3, column 'month': does not fol"),
        ("month,99490\n2026-01,1\n2026-02,x\n2026-03,2\n",
         r"row 3, column '99490': is not a n[^\n]*$"),
        ("month,99490\n2026-01,1\n2026-02,-2\n2026-03,2\n", "row 3, column '99490': is not a numb"),
        ("month,99490\nJan,1\n2026-02,2\n2026-03,2\n", "row 2, column 'month': is not a month"),
        ("month,99490\n2026-01,1\n2026-02,2\n", "has too few months"),
        ("month,units\n2026-01,1\n2026-02,2\n2026-03,2\n", "has no column to fit to"),
        ("month,99490\n2026-01,\n2026-02,\n2026-03,\n", "has no column to fit to"),
        ("99490\n1\n", "lacks columns"),
        ("month,99490\n", "has no record"),
    ],
)  # fmt: skip
def test_a_history_is_refused(tmp_path: Path, text: str, rule: str) -> None:
    with pytest.raises(InputError, match=rule):
        read_history(written(tmp_path, text))


def test_what_is_no_table_is_refused() -> None:
    with pytest.raises(InputError, match="history: is not a table of months"):
        read_history([1, 2, 3])


# ---------------------------------------------------------------------------------------- matching


def history_of(**columns: list[float]) -> History:
    months = tuple(date(2025, 7 + k, 1) for k in range(len(next(iter(columns.values())))))
    return History("history.csv", months, {name: np.array(c) for name, c in columns.items()})


def test_a_held_panel_takes_the_mean_and_columns_follow() -> None:
    history = history_of(enrolled_patients=[10.0, 20.0, 30.0], billed_usd=[100.0, 100.0, 300.0],
                         worked_hours=[5.0, 6.0, 7.0])  # fmt: skip
    match = matched(SMALL, history, None)
    assert (match.scenario.panel.enrolled_at_start, match.warmup_months) == (20, 6)
    assert match.scenario.start == date(2025, 7, 1)
    np.testing.assert_allclose(match.observed, [[200.0, 100.0, 200.0], [5.0, 6.0, 7.0]])
    assert "held at 20 patients" in match.notes[0]
    assert "10 to 30" in match.notes[0]


def test_a_shrinking_panel_starts_as_the_history_does() -> None:
    scenario = SMALL.but({"panel.replace_leavers": False})
    history = history_of(enrolled_patients=[30.0, 28.0, 27.0, 25.0], collected_usd=[9.0] * 4)
    match = matched(scenario, history, None)
    assert (match.scenario.panel.enrolled_at_start, match.warmup_months) == (30, 0)
    np.testing.assert_array_equal(match.observed[1], [np.nan, np.nan, np.nan, 9.0])
    assert "from month 4 on" in match.notes[0]
    assert "warm-up months come before" in matched(scenario, history, 3).notes[0]
    assert len(matched(scenario, history_of(attempts=[1.0, 2.0, 3.0]), None).notes) == 1


@pytest.mark.parametrize(
    ("scenario", "columns", "rule"),
    [
        (SMALL, {"enrolled_patients": [15.0, 15.0, 15.0]}, "has nothing to compare"),
        (SMALL.but({"panel.replace_leavers": False}),
         {"enrolled_patients": [np.nan, 15.0, 15.0]}, "must be known in the first month"),
    ],
    ids=["nothing", "first month"],
)  # fmt: skip
def test_a_history_that_does_not_match_is_refused(
    scenario: ccmsim.Scenario, columns: dict[str, list[float]], rule: str
) -> None:
    with pytest.raises(InputError, match=rule):
        matched(scenario, history_of(**columns), None)


# ------------------------------------------------------------------------------------------ priors


def test_priors_are_given_or_the_scenarios_or_the_tables() -> None:
    own = SMALL.but(
        {"uncertain": {"contact.notes_minutes": {"family": "uniform", "low": 4.0, "high": 6.0}}}
    )
    given = {"contact.call_minutes": {"family": "lognormal", "mean": 11.0, "cv": 0.2}}
    found = priors_of(own, [ANSWERS, "contact.notes_minutes", "contact.call_minutes"], given)
    assert [item.law.family for item in found.parameters] == ["triangular", "uniform", "lognormal"]  # type: ignore[attr-defined]
    z = np.array([[-8.0, 0.0, 0.0], [8.0, 1.0, 8.0]])
    values = found.values(z)
    assert 0.27 <= values[0, 0] < values[1, 0] <= 0.57
    assert values[0, 1] == pytest.approx(5.0)
    np.testing.assert_allclose(found.means[1:], [5.0, 11.0])
    np.testing.assert_allclose(found.sds[1:], [2.0 / 12.0**0.5, 2.2])


@pytest.mark.parametrize(
    ("free", "priors", "rule"),
    [
        ([], None, "free: must not be empty"),
        ([ANSWERS, ANSWERS], None, "names a path twice"),
        ([ANSWERS], {"contact.notes_minutes": 5.0}, "gives a law for what is not free"),
        (["staff.nurse.coordinators"], None, "is a whole number"),
        (["contact.chart_minutes_per_month"], None, "so it needs a prior"),
        (["contact.call_minuts"], None,
         r"free: names no value of the scenario; did you mean contact\.call_minutes\?"),
        ([ANSWERS], {ANSWERS: 0.5}, "not spread over an interval"),
        ([ANSWERS], {ANSWERS: {"family": "poisson", "mean": 3.0}}, "not spread over an interval"),
        ([ANSWERS], {ANSWERS: {"family": "uniform", "low": 0.5, "high": 1.5}},
         rf"{ANSWERS}: has a prior that reaches 1\.5, where .*must be at least 0\.05 \(got \{{"),
        (["staff.nurse.nothing"], {"staff.nurse.nothing": 0.5}, "is not a number of this"),
    ],
)  # fmt: skip
def test_priors_are_refused(free: list[str], priors: dict[str, Any] | None, rule: str) -> None:
    with pytest.raises(InputError, match=rule):
        priors_of(SMALL, free, priors)


def test_too_many_free_values_are_refused() -> None:
    with pytest.raises(InputError, match="must not be more than 10"):
        priors_of(SMALL, ["contact.*", "disruptions.*"], None)


# -------------------------------------------------------------------------------------- statistics


def test_statistics_of_a_line_with_noise() -> None:
    noise = np.tile([1.0, -1.0], 12)
    line = np.asarray(100.0 + 2.0 * np.arange(24) + noise, dtype=np.float64)
    series = line.reshape(1, 1, -1)
    compared = statistics_of(("units",), line.reshape(1, -1))
    level, trend, spread, memory = compared.of(series)[0]
    size = series.mean()
    assert level == 1.0
    assert trend == pytest.approx(46.0 / size, rel=0.01)
    assert spread == pytest.approx(np.log(np.hypot(1.0 / size, 0.01)), rel=0.01)
    assert memory < 0.0
    holes = line.reshape(1, -1).copy()
    holes[0, 3] = np.nan
    assert statistics_of(("units",), holes).of(series).shape == (1, 4)


def test_short_series_have_fewer_statistics() -> None:
    def kinds(months: int) -> int:
        return len(statistics_of(("units",), np.ones((1, months))).names)

    assert [kinds(n) for n in (3, 4, 6, 12)] == [1, 2, 3, 4]
    assert isinstance(statistics_of(("units",), np.ones((1, 3)), ("level",)), Statistics)


# ------------------------------------------------------------------------- chains and the emulator


def test_chains_draw_from_a_narrow_ridge() -> None:
    """A correlation of 0.99; the error of a mean is 0.02, of a correlation less than 0.001."""
    precision = np.linalg.inv(np.array([[1.0, 0.99], [0.99, 1.0]]))

    def density(z: Floats) -> Floats:
        return np.asarray(-0.5 * ((z @ precision) * z).sum(axis=1))

    generator = np.random.default_rng(7)
    chains = sampled(density, generator.normal(size=(32, 2)), generator)
    rows = chains.reshape(-1, 2)
    assert np.abs(rows.mean(axis=0)).max() < 0.15
    assert np.asarray(np.corrcoef(rows.T))[0, 1] == pytest.approx(0.99, abs=0.005)
    assert effective_size(chains[:, :, 0]) > 1000.0
    assert r_hat(chains[:, :, 0]) < 1.03


def test_few_simulations_are_felt_in_the_error() -> None:
    """Without a tenth of 4 times as many points, a mean moves half as far; here both are seen."""

    def simulate(name: str, z: Floats) -> Floats:
        luck = np.random.default_rng(len(name) + len(z))
        return np.asarray(z + 0.5 * luck.normal(size=(len(z), 6)))

    errors = [
        synthetic_likelihood(
            simulate, np.copy, np.zeros(6), 1, simulations=count, warm=100, steps=200,
            generator=np.random.default_rng(7),
        ).error
        for count in (120, 4800)
    ]  # fmt: skip
    few, many = (float(np.asarray(error)[0]) for error in errors)
    assert 0.0 < 3.0 * many < few < 0.2


def test_statistics_that_say_nothing_new_are_left_out() -> None:
    generator = np.random.default_rng(7)
    z = generator.normal(size=(200, 4))
    noise = generator.normal(size=(200, 2))
    statistics = np.column_stack([z[:, 0] + noise[:, 0], np.ones(200), z[:, 0] + noise[:, 1]])
    statistics = np.column_stack([statistics, 3.0 * statistics[:, 0]])
    found = emulated(z, z, statistics)
    assert found.used.tolist() == [0, 2]
    assert inside(z[:5], found.place, found.metric).all()
    assert not inside(9.0 * np.ones((1, 4)), found.place, found.metric)


def test_many_statistics_become_an_estimate_of_each_parameter() -> None:
    """The best linear estimate from two independent looks at one value is their mean, shrunk."""
    generator = np.random.default_rng(7)
    z = generator.normal(size=(100_000, 1))
    statistics = np.hstack([z, z, 0.0 * z]) + generator.normal(size=(1, 3))
    statistics[:, :2] += generator.normal(size=(100_000, 2))
    found = emulated(z, z, statistics)
    assert found.used.tolist() == [0]
    np.testing.assert_allclose(found.projection.slope[:, 0], [1 / 3, 1 / 3, 0.0], atol=0.01)
    np.testing.assert_allclose(found.numbers(statistics).mean(axis=0), 0.0, atol=1e-9)


# ----------------------------------------------------------------------------- the check and words


def test_a_constant_series_that_is_met_is_no_misfit() -> None:
    simulated = np.ones((50, 1, 8))
    assert checked(("units",), np.ones((1, 8)), simulated, 0.1) == PredictiveCheck(1.0, 0.1, (), 50)
    off = checked(("units",), np.full((1, 8), 2.0), simulated, 0.1)
    assert not off.fits
    assert off.misfits[0].above


def test_what_is_not_told_is_said() -> None:
    z = np.random.default_rng(7).normal(size=(4000, 3)) * [1.0, 0.1, 0.7]
    first, second, third = told(("a", "b", "c"), z).sentences()
    assert first.startswith("The months say next to nothing about a: ")
    assert second.startswith("The months tell b: 10 % of")
    assert third.startswith("The months say something about c: ")


# ------------------------------------------------------------------------------------ the simulator


def spec_of(seed: int = 3) -> Spec:
    laws = priors_of(SMALL, [ANSWERS], None)
    return Spec(SMALL, laws.parameters, ("99490", "absence_minutes"), 2, 0, seed)


def test_series_are_those_of_a_simulation() -> None:
    from ccmsim.analyses.parameters import seed_of_set, with_values

    spec = spec_of()
    found = simulate_points(spec, "", 0, np.array([[0.4], [0.5]]))
    again = simulate_points(spec, "", 1, np.array([[0.5]]))
    np.testing.assert_array_equal(found[1:], again)
    scenario = with_values(SMALL, spec.parameters, [0.5])
    data = ccmsim.simulate(scenario, months=2, replications=1, seed=seed_of_set(3, 1)).data
    np.testing.assert_array_equal(found[1, 0], data.claim_units.sel(code="99490")[0])
    np.testing.assert_allclose(found[1, 1], data.lost_minutes.sum("cause")[0])


def test_a_checkpoint_that_cannot_be_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="checkpoint: cannot be written"):
        ccmsim.calibrate(SMALL, TABLE, [ANSWERS], checkpoint=tmp_path / "file", **FEW)


def test_interrupted_torn_and_elsewhere_give_the_same_bits(
    found: Calibration, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []

    def interrupted(done: int, total: int) -> None:
        calls.append(done)
        if done > 50:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ccmsim.calibrate(
            SMALL, TABLE, [ANSWERS], checkpoint=tmp_path, progress=interrupted, workers=1, **FEW
        )
    kept = sorted(tmp_path.rglob("*.npz"))
    assert len(kept) >= 2
    assert not list(tmp_path.rglob("*.part"))
    kept[0].write_bytes(b"torn")
    with ThreadPoolExecutor(2) as pool:
        again = ccmsim.calibrate(SMALL, TABLE, [ANSWERS], checkpoint=tmp_path, executor=pool, **FEW)
    np.testing.assert_array_equal(again.draws, found.draws)
    np.testing.assert_array_equal(again.predictive, found.predictive)

    def never(*_: Any) -> None:
        raise AssertionError("simulated again")

    monkeypatch.setattr("ccmsim.calibration.simulator.simulate_points", never)
    once_more = ccmsim.calibrate(SMALL, TABLE, [ANSWERS], checkpoint=tmp_path, **FEW)
    assert once_more.to_json() == found.to_json()


# -------------------------------------------------------------------------------------- the result


def test_the_table_and_the_json_agree(found: Calibration) -> None:
    row = found.table().loc[ANSWERS]
    said = json.loads(found.to_json())
    assert said["posterior"][ANSWERS]["mean"] == row["mean"]
    assert row["low"] < row["median"] < row["high"]
    assert 0.0 < row["standard_error"] < row["sd"]
    assert said["told"]["sentences"] == found.telling.sentences()
    assert said["check"]["fits"] is found.check.fits
    assert len(said["predictive"]["99490"]["low"]) == len(MONTHS)
    with pytest.raises(ValueError, match="read-only"):
        found.draws[0, 0, 0] = 0.0


def test_the_text_says_all_parts(found: Calibration) -> None:
    text = str(found)
    for part in ("solo_nurse", "synthetic likelihood", ANSWERS, "months tell", "made them?"):
        assert part in text


def test_scenarios_carry_the_posterior(found: Calibration) -> None:
    scenario = found.scenario()
    assert scenario.uncertain is not None
    law = scenario.uncertain[ANSWERS]
    assert law.expected() == pytest.approx(found.flat.mean(), abs=1e-3)
    assert scenario.contact.answer_probability.expected() == pytest.approx(found.flat.mean())
    assert ccmsim.loads(scenario.to_toml()) == scenario
    joint = found.scenarios(3)
    assert len({one.fingerprint for one in joint}) == 3
    assert joint[0].contact.answer_probability.expected() == pytest.approx(found.draws[0, 0, 0])
    with pytest.raises(InputError, match="n: must be at least 1"):
        found.scenarios(0)


@pytest.mark.parametrize("what", ["posterior", "predictive"])
def test_pictures_are_drawn(found: Calibration, what: str) -> None:
    assert len(found.plot(what).axes) == 1


def test_another_picture_is_refused(found: Calibration) -> None:
    with pytest.raises(InputError, match="is no picture of a calibration"):
        found.plot("other")


def test_the_file_has_the_groups_of_arviz(found: Calibration, tmp_path: Path) -> None:
    import xarray as xr

    found.save(tmp_path / "draws.nc")
    with xr.open_dataset(tmp_path / "draws.nc", group="posterior", engine="h5netcdf") as posterior:
        np.testing.assert_array_equal(posterior[ANSWERS].to_numpy(), found.draws[:, :, 0])
        assert posterior[ANSWERS].dims == ("chain", "draw")
    assert set(groups.groups_of(found)) == {
        "posterior", "prior", "posterior_predictive", "observed_data",
    }  # fmt: skip
    with pytest.raises(InputError, match="path: cannot be written"):
        found.save(tmp_path / "no" / "draws.nc")


def test_without_arviz_the_way_is_told(found: Calibration, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(groups, "import_module", missing)
    with pytest.raises(CcmsimError, match="pip install 'ccmsim\\[arviz\\]'"):
        found.to_arviz()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # arviz 0.23 calls matplotlib's old names
def test_arviz_reads_the_draws(found: Calibration, tmp_path: Path) -> None:
    """Its summary is ours, of the value and of the file; its versions split odd chains unlike."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # once a day it announces its next version
        arviz: Any = import_module("arviz")
    found.save(tmp_path / "draws.nc")
    row = found.table().loc[ANSWERS]
    for data in (found.to_arviz(), arviz.from_netcdf(str(tmp_path / "draws.nc"))):
        said = arviz.summary(data, round_to="none").loc[ANSWERS]
        assert float(said["mean"]) == pytest.approx(row["mean"], rel=1e-12)
        assert float(said["sd"]) == pytest.approx(row["sd"], rel=1e-9)
        assert float(said["r_hat"]) == pytest.approx(row["r_hat"], abs=1e-4)
        assert float(said["ess_bulk"]) == pytest.approx(row["ess"], rel=0.02)
        assert data["posterior_predictive"]["99490"].dims == ("chain", "draw", "month")
    assert arviz.plot_trace(found.to_arviz()) is not None


@pytest.mark.parametrize(
    ("settings", "rule"),
    [
        ({"method": "mcmc"}, "method: is not known"),
        ({"statistics": ["trend"]}, "statistics: must be known, level among them"),
        ({"simulations": 10}, "simulations: must be at least"),
        ({"simulations": 600, "method": "abc"}, "simulations: must be at least 1200"),
        ({"simulations": 0}, "simulations: must be at least 1"),
        ({"warmup_months": -1}, "warmup_months: must be at least 0"),
        ({"false_alarm": 0.0}, "false_alarm: must lie between"),
        ({"false_alarm": "rarely"}, "false_alarm: must be a number"),
        ({"method": ["abc"]}, "method: is not known"),
        ({"statistics": 4}, "statistics: must be several values"),
        ({"statistics": "trend"}, "statistics: must be known, level among them"),
        ({"use": [99439]}, "use: must be text"),
        ({"columns": ["99439"]}, "columns: must be values by name"),
        ({"priors": [0.2, 0.8]}, "priors: must be values by name"),
        ({"level": 1.0}, "level: must lie between"),
        ({"seed": -1}, "seed: must be at least 0"),
        ({"use": ["99439"]}, "use: is not a column of the history"),
        ({"use": []}, "use: must not be empty"),
        ({"workers": 0}, "workers: must be at least 1"),
        ({"columns": {"99439": "x"}}, "lacks columns: x"),
        ({"columns": {"enrolled": "Panel"}},
         r"columns: names no column of a history; did you mean enrolled_patients\? \(got 'enroll"),
        ({"simulations": 5}, "simulations: must be at least 40 for 1 free value and 3 statistics"),
    ],
)  # fmt: skip
def test_settings_are_refused(settings: dict[str, Any], rule: str) -> None:
    with pytest.raises(InputError, match=rule):
        ccmsim.calibrate(SMALL, TABLE, [ANSWERS], **({"false_alarm": 0.05} | settings))


def test_abc_runs_on_the_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(driver, "PILOT", 40)
    monkeypatch.setattr("ccmsim.calibration.smc.PILOT", 40)
    monkeypatch.setattr(driver, "PREDICTIVE", (101, 101))
    monkeypatch.setattr("ccmsim.calibration.calibrate.PARTICLES", 40)
    found = ccmsim.calibrate(
        SMALL, TABLE, [ANSWERS], method="abc", simulations=120, use="99490", warmup_months=0
    )
    assert found.draws.shape[0] == 1
    assert np.isnan(found.r_hats).all()
    assert json.loads(found.to_json())["posterior"][ANSWERS]["r_hat"] is None
    assert "worth" in " ".join(found.warnings())


# ------------------------------------------------------------------------------------- the command


def run(*words: str | Path) -> Any:
    return CliRunner().invoke(app, ["calibrate", *map(str, words)])


def test_the_command_writes_all_it_is_asked_for(tmp_path: Path) -> None:
    TABLE.to_csv(tmp_path / "months.csv", index=False)
    SMALL.save(tmp_path / "practice.toml")
    files = {name: tmp_path / name for name in ("out.toml", "draws.nc", "a.png", "b.png")}
    done = run(
        tmp_path / "practice.toml", tmp_path / "months.csv", "--free", f"{ANSWERS}=0.3:0.6",
        *FEWER, "-o", files["out.toml"], "--save", files["draws.nc"], "--plot", files["a.png"],
        "--plot-months", files["b.png"],
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    assert "What the months tell" in done.stdout
    assert all(path.stat().st_size > 0 for path in files.values())
    assert ccmsim.load(files["out.toml"]).uncertain is not None
    assert "joint draws" not in done.stdout  # one value has no ridge


def test_the_command_says_that_a_file_of_single_values_loses_a_ridge(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ridge = Ridge(ANSWERS, "contact.call_minutes.mean", -0.95, 0.9, 0.2)
    monkeypatch.setattr(
        import_module("ccmsim.calibration.calibrate"), "told",
        lambda paths, draws: replace(told(paths, draws), ridges=(ridge,)),
    )  # fmt: skip
    TABLE.to_csv(tmp_path / "months.csv", index=False)
    SMALL.save(tmp_path / "practice.toml")
    words = (tmp_path / "practice.toml", tmp_path / "months.csv", "--free", f"{ANSWERS}=0.3:0.6")
    done = run(*words, *FEWER, "-o", tmp_path / "out.toml")
    assert "Its values are drawn one by one, so the ridge above is lost in it" in done.stdout


def test_the_sheet_is_printed() -> None:
    assert run("--template").stdout == template()


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        ((), "SCENARIO: is missing"),
        (("solo_nurse",), "HISTORY: is missing"),
        (("solo_nurse", "months.csv"), "--free: is missing valid: ccmsim calibrate practice.toml"),
        (("solo_nurse", "no.csv", "--free", "contact.call_minutes=-5:10", "--false-alarm", "0.05"),
         "--free contact.call_minutes: must never be under 0"),
        (("solo_nurse", "no.csv"), "HISTORY: cannot be read"),
        (("solo_nurse", "no.csv", "--free", f"{ANSWERS}=3"), "--free: is not a path with a range"),
        (("solo_nurse", "no.csv", "--free", f"{ANSWERS}=0.9:0.1"), "--free: must have its low end"),
        (("solo_nurse", "no.csv", "-o", "x.txt"), "-o: does not end in .toml"),
        (("solo_nurse", "no.csv", "--save", "x.txt"), "--save: does not end in .nc"),
        (("solo_nurse", "no.csv", "--plot", "x.txt"), "--plot: does not end in a picture's"),
        (("solo_nurse", "no.csv", "--column", "x"), "--column: is not a pair of names"),
        (("--template", "solo_nurse"), "--template: fits nothing"),
    ],
)  # fmt: skip
def test_the_command_refuses(words: tuple[str, ...], rule: str) -> None:
    given = list(words)
    if "no.csv" in given and "--free" not in given:
        given += ["--free", ANSWERS, "--false-alarm", "0.05"]
    done = run(*given)
    assert done.exit_code == 2
    assert rule in " ".join(done.output.split())
