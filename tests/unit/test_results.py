from __future__ import annotations

import copy
import math
import pickle
import re
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import xarray as xr
from numpy.typing import NDArray
from scipy.stats import binom, norm
from tests.unit.synthetic_results import results_of, spread

import ccmsim
from ccmsim.analyses.factors import values_of
from ccmsim.analyses.gaps import totals_of
from ccmsim.errors import InputError
from ccmsim.estimation import PrecisionWarning
from ccmsim.estimation.months import month_quantile
from ccmsim.finance import ITEMS
from ccmsim.measures import (
    SPLITS,
    billable_points,
    billable_shares,
    estimate_of,
    measures,
    totals,
)
from ccmsim.results import COLUMNS, Results, open_results
from ccmsim.variables import PATIENT_VARIABLES, VARIABLES, coordinates

FALSE_ALARM = 1e-6
DOCS = Path(__file__).parents[2] / "docs" / "results.md"
thin = pytest.mark.filterwarnings("ignore::ccmsim.estimation.PrecisionWarning")


def by_hand() -> Results:
    """Two replications of two months, small enough to work out on paper."""
    missed = np.zeros((2, 2, 7), np.int64)
    missed[0, 0, 4], missed[0, 1, 3], missed[1, :, 4] = 4, 2, 5
    lost = np.zeros((2, 2, 8))
    lost[0, 0, 6], lost[1, 1, 2] = 30.0, 90.0
    return results_of(
        shape=(2, 2),
        enrolled_patients=10,
        billable_patients=[[6, 8], [5, 5]],
        missed_patients=missed,
        billed_usd=[[396.78, 529.04], [330.65, 330.65]],
        finally_paid_usd=[[380.0, 500.0], [300.0, 320.0]],
        collected_usd=[[0.0, 380.0], [0.0, 300.0]],
        receivable_usd=[[380.0, 500.0], [300.0, 320.0]],
        staff_cost_usd=200.0,
        nominal_staff_cost_usd=[[200.0, 200.0], [240.0, 200.0]],
        other_cost_usd=[[20.0, 30.0], [120.0, 130.0]],
        net_usd=[[160.0, 270.0], [-20.0, -10.0]],
        cash_net_usd=[[-220.0, 150.0], [-320.0, -30.0]],
        template_minutes=300.0,
        on_duty_minutes=[[270.0, 300.0], [300.0, 210.0]],
        idle_minutes=[[27.0, 0.0], [100.0, 89.0]],
        lost_minutes=lost,
        attempts=[[20, 10], [15, 15]],
        contacts=[[5, 7], [6, 2]],
        uncontacted_months=[[4, 6], [10, 12]],
        uncontacted_patients=[[0, 1], [1, 2]],
        cost_usd=np.array([[100.0] * 5 + [0.0] * (len(ITEMS) - 5), [0.0] * len(ITEMS)])[:, None],
        billed_old_work_usd=[[100.0, 50.0], [0.0, 50.0]],
        baseline_cost_usd=[[30.0, 30.0], [0.0, 20.0]],
        recouped_usd=[[0.0, 40.0], [0.0, 0.0]],
    )


VALUES_BY_HAND = {
    "plan_usd.month": 661.30,
    "plan_usd.total": 1322.60,
    "billed_usd.month": 396.78,
    "billed_usd.total": 793.56,
    "finally_paid_usd.month": 375.0,
    "finally_paid_usd.total": 750.0,
    "collected_usd.month": 170.0,
    "collected_usd.total": 340.0,
    "staff_cost_usd.month": 200.0,
    "staff_cost_usd.total": 400.0,
    "nominal_staff_cost_usd.month": 210.0,
    "nominal_staff_cost_usd.total": 420.0,
    "other_cost_usd.month": 75.0,
    "other_cost_usd.total": 150.0,
    "net_usd.month": 100.0,
    "net_usd.total": 200.0,
    "cash_net_usd.month": -105.0,
    "cash_net_usd.total": -210.0,
    "billable_patients.month": 6.0,
    "billable_patients.total": 12.0,
    "receivable_usd.end": 410.0,
    "enrolled_patients.month": 10.0,
    "billable_share": 24 / 40,
    "billable_share.month.p5": 0.5,
    "billable_share.month.p50": 0.5,
    "attempts_per_patient_month": 60 / 40,
    "contacts_per_patient_month": 20 / 40,
    "months_since_contact": 32 / 40,
    "uncontacted_share": 4 / 40,
    "billed_usd.total.p5": 661.30,
    "billed_usd.total.p50": 661.30,
    "billed_usd.total.p95": 925.82,
    "net_usd.total.p5": -30.0,
    "net_usd.total.p50": -30.0,
    "net_usd.total.p95": 430.0,
    "billable_patients.total.p5": 10.0,
    "billable_patients.total.p50": 10.0,
    "billable_patients.total.p95": 14.0,
    "revenue_at_risk_usd": 1322.60 - 661.30,
    "net_usd.total.loss_probability": 0.5,
    "billed_usd.total.expected_shortfall": 661.30,
    "net_usd.total.expected_shortfall": -30.0,
    "utilisation": (1080.0 - 216.0) / 1080.0,
    "lost_minutes": 30.0,
    "lost_minutes.vacancy": 22.5,
    "lost_minutes.sick_spells": 7.5,
    "lost_share": 0.1,
    "lost_share.vacancy": 0.075,
    "lost_share.sick_spells": 0.025,
    "missed_patients": 4.0,
    "missed_patients.short": 0.5,
    "missed_patients.unreached": 3.5,
    "missed_share": 0.4,
    "missed_share.short": 0.05,
    "missed_share.unreached": 0.35,
    **{f"cost_usd.{item}": 50.0 for item in ITEMS[:5]},
    "fringe_usd": 4 * 50.0 * 0.2,
    "billed_old_work_usd": 50.0,
    "billed_new_work_usd": 396.78 - 50.0,
    "baseline_cost_usd": 20.0,
    "incremental_net_usd": 120.0,
    "recouped_usd": 10.0,
    "margin": 200.0 / 750.0,
}
ZERO_BY_HAND = [
    "overpaid_usd",
    *(f"lost_{kind}.{cause}" for kind in ("minutes", "share") for cause in coordinates()["cause"]),
    *(f"missed_{k}.{reason}" for k in ("patients", "share") for reason in coordinates()["reason"]),
    *(f"{name}.{label}" for name, dim in SPLITS.items() for label in coordinates()[dim]),
]


@thin
def test_every_measure_has_the_value_worked_by_hand() -> None:
    expected = dict.fromkeys(ZERO_BY_HAND, 0.0) | VALUES_BY_HAND
    found = measures(by_hand())
    assert set(found) == set(expected)
    wrong = {
        name: (estimate.value, expected[name])
        for name, estimate in found.items()
        if estimate.value != pytest.approx(expected[name], rel=1e-12, abs=1e-12)
    }
    assert not wrong
    assert {estimate.replications for estimate in found.values()} == {2}


@thin
def test_intervals_are_those_of_the_estimators() -> None:
    results = spread(60, 3)
    found = measures(results, level=0.9)
    net = totals(results, "net_usd")
    assert found["net_usd.total"] == ccmsim.estimation.mean(net, level=0.9)
    assert found["net_usd.total.p5"] == ccmsim.estimation.quantile(net, 0.05, level=0.9)
    gap = totals(results, "plan_usd") - totals(results, "billed_usd")
    at_risk = found["revenue_at_risk_usd"]
    assert at_risk.low <= at_risk.value <= at_risk.high
    assert at_risk.value == pytest.approx(np.sort(gap)[-3])  # 3 of 60 are 5 %
    assert found["billed_usd.month"].half_width * 3 == pytest.approx(
        found["billed_usd.total"].half_width
    )


def test_totals_add_cents_without_rounding_noise() -> None:
    """The same cents in another order of months are the same total."""
    cents = np.random.default_rng(3).integers(0, 10**8, 12) / 100.0
    results = results_of(shape=(2, 12), net_usd=np.array([cents, cents[::-1]]))
    first, second = totals(results, "net_usd")
    assert first == second == round(math.fsum(cents), 2)


def test_a_month_without_patients_bills_none() -> None:
    results = results_of(shape=(1, 2), enrolled_patients=[[0, 4]], billable_patients=[[0, 1]])
    assert billable_shares(results).tolist() == [[0.0, 0.25]]


def test_billable_points_are_the_same_everywhere() -> None:
    """Of 10 + 30 patient-months 9 + 3 are billed: 30 of 100, though the mean month has 50."""
    counts: dict[str, Any] = {
        "enrolled_patients": [[10, 30], [0, 0]],
        "billable_patients": [[9, 3], [0, 0]],
    }
    results = results_of(shape=(2, 2), **counts)
    assert billable_points(results.values).tolist() == [30.0, 0.0]
    assert values_of(results, "billable_points").tolist() == [30.0, 0.0]
    assert totals_of(results.values)["billable_points"].tolist() == [30.0, 0.0]
    assert estimate_of(results, "billable_share").value == pytest.approx(0.30)


@thin
def test_without_scheduled_time_there_is_no_utilisation() -> None:
    estimate = measures(results_of())["utilisation"]
    assert math.isnan(estimate.value)
    assert "nothing to divide by" in estimate.method


def test_one_precision_warning_reaches_the_caller() -> None:
    results = spread(100, 2)
    for call in (measures, Results.summary):
        with pytest.warns(PrecisionWarning, match="5 of 100 replications") as caught:
            call(results)
        assert len(caught) == 1
        assert caught[0].filename == __file__


def test_no_warning_with_enough_replications() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        measures(spread(200, 2))


@thin
def test_one_replication_and_equal_ones_have_honest_errors() -> None:
    single = measures(results_of(shape=(1, 1), net_usd=5.0))
    assert math.isnan(single["net_usd.total"].low)
    assert single["billable_share.month.p50"].method == "one replication"
    equal = measures(results_of(shape=(300, 2), billed_usd=5.0))
    for name in ("billed_usd.total", "billed_usd.total.p5", "billed_usd.total.expected_shortfall"):
        assert equal[name].low == equal[name].value == equal[name].high == 10.0


def test_month_quantile_takes_the_month_whose_rank_reaches_q() -> None:
    values = np.arange(1.0, 21.0).reshape(5, 4)
    assert [month_quantile(values, q).value for q in (0.05, 0.06, 0.5, 0.95)] == [1, 2, 10, 19]


def test_month_quantile_says_which_end_is_missing() -> None:
    values = np.arange(1.0, 21.0).reshape(5, 4)
    low = month_quantile(values, 0.05)
    assert low.low == -math.inf
    assert low.method.endswith("no lower end with 5 replications")
    high = month_quantile(values, 0.95)
    assert high.high == math.inf
    assert high.method.endswith("no upper end with 5 replications")


@pytest.mark.parametrize("values", [[1.0, 2.0], [[]], [[math.nan]]], ids=["flat", "empty", "nan"])
def test_month_quantile_refuses_what_is_no_table(values: Any) -> None:
    with pytest.raises(InputError, match=r"values: must be finite months by replication"):
        month_quantile(values, 0.5)


@pytest.mark.parametrize("step", [0.0, 0.5], ids=["continuous", "lattice"])
@pytest.mark.parametrize("q", [0.1, 0.5])
def test_month_quantile_covers(q: float, step: float) -> None:
    """Months of a replication share a normal effect: the marginal quantile is known.

    3,000 sets of 100 replications: a true coverage of 0.90 or less is found with a probability
    over 0.9, at a false alarm of 1e-6 where it is 0.935. Months taken as independent cover 0.71.
    """
    sets, n, months = 3000, 100, 12
    rng = np.random.default_rng(20260101)
    truth = math.sqrt(2.0) * norm.ppf(q)
    if step:
        truth = round(truth / step) * step
    hits = 0
    for _ in range(sets):
        values = rng.standard_normal((n, 1)) + rng.standard_normal((n, months))
        estimate = month_quantile(np.round(values / step) * step if step else values, q)
        hits += estimate.low <= truth <= estimate.high
    assert hits >= binom.ppf(FALSE_ALARM, sets, 0.935)
    if not step:  # and it is not merely wide
        assert hits <= binom.ppf(1.0 - FALSE_ALARM, sets, 0.965)


@thin
def test_summary_is_a_table_of_the_measures() -> None:
    results = spread(50, 2)
    table = results.summary(level=0.9)
    assert tuple(table.columns) == COLUMNS
    assert table.columns[:6].tolist() == [
        "value", "standard_error", "low", "high", "level", "replications",
    ]  # fmt: skip
    assert table.index.name == "measure"
    found = measures(results, level=0.9)
    assert table.index.tolist() == list(found)
    assert table.loc["net_usd.total"].to_dict() == found["net_usd.total"].as_dict()


def test_summary_refuses_a_level_that_is_none() -> None:
    with pytest.raises(InputError, match="level: must lie between 0 and 1"):
        spread(200, 2).summary(level=95)


@thin
def test_every_measure_is_documented() -> None:
    text = DOCS.read_text("utf-8")
    extra = coordinates()
    documented = set(re.findall(r"`([a-z_.0-9<>]+)`", text))
    for name in documented.copy():
        for dim, labels in extra.items():
            documented |= {name.replace(f"<{dim}>", label) for label in labels}
    assert set(measures(by_hand())) <= documented


def test_data_is_labelled() -> None:
    results = by_hand()
    data = results.data
    assert data is results.data
    assert set(data.data_vars) == set(VARIABLES)
    for name, variable in VARIABLES.items():
        told = {"units": variable.units, "long_name": variable.description}
        labels = {"flag_values", "flag_meanings"} if name == "stage" else set()
        assert {key: data[name].attrs[key] for key in told} == told
        assert set(data[name].attrs) == {*told, *labels}
        extra = (variable.extra,) if variable.extra else ()
        assert data[name].dims == ("replication", "month", *extra)
    assert data.month.values.tolist() == ["2026-01", "2026-02"]
    assert int(data.missed_patients.sel(reason="unreached", month="2026-01").sum()) == 9
    assert float(data.lost_minutes.sel(cause="vacancy").sum()) == 90.0


def test_data_says_where_it_comes_from() -> None:
    results = by_hand()
    attrs = results.data.attrs
    assert attrs["seed"] == 7
    assert attrs["engine"] == "simpy"
    assert attrs["warmup_months"] == 0
    assert attrs["scenario"] == "two_nurses"
    assert attrs["fingerprint"] == results.scenario.fingerprint
    assert ccmsim.loads(attrs["scenario_toml"]) == results.scenario


def test_results_never_change() -> None:
    results = by_hand()
    with pytest.raises(AttributeError):
        results.seed = 8  # type: ignore[misc]
    with pytest.raises(ValueError, match="read-only"):
        results.values["net_usd"][0, 0] = 1.0
    with pytest.raises(TypeError):
        results.values["net_usd"] = 1  # type: ignore[index]
    with pytest.raises(ValueError, match="read-only"):
        results.data.net_usd.values[0, 0] = 1.0


@pytest.mark.parametrize(
    "again", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))], ids=["copy", "pickle"]
)
def test_copies_are_equal_and_locked(again: Callable[[Results], Results]) -> None:
    results = by_hand()
    twin = again(results)
    assert twin.data.identical(results.data)
    assert not twin.values["net_usd"].flags.writeable


def test_missing_and_misshapen_arrays_are_refused_together() -> None:
    results = by_hand()
    values = dict(results.values)
    del values["events"]
    values["net_usd"] = np.zeros((2, 3))
    values["missed_patients"] = np.zeros((2, 2, 6))
    with pytest.raises(InputError) as caught:
        _with(results, values)
    assert [problem.field for problem in caught.value.problems] == [
        "missed_patients",
        "net_usd",
        "events",
    ]
    assert "net_usd: has the wrong shape (got (2, 3)); valid: replication 2, month 2" in str(
        caught.value
    )


def _with(results: Results, values: dict[str, NDArray[Any]]) -> Results:
    return Results(
        scenario=results.scenario,
        values=values,
        months=results.months,
        warmup_months=0,
        seed=7,
        engine="simpy",
    )


def test_repr_is_short_and_html_is_escaped() -> None:
    results = by_hand()
    assert repr(results) == (
        "<Results of two_nurses: 2 replications of 2 months (2026-01 to 2026-02), seed 7; "
        "net 200 ± 2,900 USD (95 %)>"
    )
    assert repr(results_of(shape=(1, 1))).startswith(
        "<Results of two_nurses: 1 replication of 1 month (2026-01), seed 7; net 0 USD"
    )
    named = Results(
        scenario=results.scenario.but({"name": "a: <b> & c"}),
        values=results.values,
        months=results.months,
        warmup_months=0,
        seed=7,
        engine="simpy",
    )
    assert "Results of a: &lt;b&gt; &amp; c</strong>" in named._repr_html_()


def test_a_file_gives_back_everything(tmp_path: Path) -> None:
    grid = np.array([[[0, -1], [4, 3]], [[-1, 5], [0, 0]]], np.int8)
    minutes = np.where(grid < 0, np.nan, 12.25)
    results = results_of(
        shape=(2, 2),
        net_usd=[[0.1, 0.2], [-0.3, 1e9]],
        patient_status=grid,
        patient_attempts=grid.astype(np.int64),
        patient_countable_minutes=minutes,
        patient_captured_minutes=minutes / 2.0,
    )
    results.save(tmp_path / "r.nc")
    again = open_results(str(tmp_path / "r.nc"))
    assert again.scenario == results.scenario
    assert (again.months, again.seed, again.engine) == (results.months, 7, "simpy")
    assert set(again.values) == set(VARIABLES) | set(PATIENT_VARIABLES)
    for name, array in results.values.items():
        assert again.values[name].dtype == array.dtype
        np.testing.assert_array_equal(again.values[name], array)
    assert again.data.identical(results.data)
    status = again.data.patient_status
    meanings = dict(zip(status.flag_values, status.flag_meanings.split(), strict=True))
    assert (meanings[-1], meanings[0], meanings[4]) == ("not_enrolled", "billable", "short")


def test_a_long_scenario_fits_in_a_file(tmp_path: Path) -> None:
    """Attributes of the file format had a limit of 64 kB."""
    law = {"family": "empirical", "values": (1.0 + np.arange(20_000) / 1024.0).tolist()}
    scenario = ccmsim.load("two_nurses").but({"contact.call_minutes": law})
    assert len(scenario.to_toml()) > 70_000
    results = by_hand()
    long = Results(
        scenario=scenario,
        values=results.values,
        months=results.months,
        warmup_months=3,
        seed=2**32 - 1,
        engine="simpy",
    )
    long.save(tmp_path / "r.nc")
    again = open_results(tmp_path / "r.nc")
    assert again.scenario == scenario
    assert (again.seed, again.warmup_months) == (2**32 - 1, 3)


def test_the_same_result_is_the_same_file(tmp_path: Path) -> None:
    by_hand().save(tmp_path / "a.nc")
    by_hand().save(tmp_path / "b.nc")
    assert (tmp_path / "a.nc").read_bytes() == (tmp_path / "b.nc").read_bytes()


def test_xarray_reads_the_file_too(tmp_path: Path) -> None:
    results = by_hand()
    results.save(tmp_path / "r.nc")
    with xr.open_dataset(tmp_path / "r.nc", engine="h5netcdf", decode_timedelta=False) as data:
        assert data.load().identical(results.data)


def test_a_failed_write_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "r.nc"
    by_hand().save(path)
    before = path.read_bytes()

    def torn(self: xr.Dataset, target: Path, **_: Any) -> None:
        Path(target).write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(xr.Dataset, "to_netcdf", torn)
    with pytest.raises(InputError, match="path: cannot be written: No space left on device"):
        results_of().save(path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_an_existing_file_is_replaced_and_links_are_kept(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "link.nc").symlink_to(tmp_path / "deep" / "r.nc")
    results_of().save(tmp_path / "deep" / "r.nc")
    by_hand().save(tmp_path / "link.nc")
    assert (tmp_path / "link.nc").is_symlink()
    assert open_results(tmp_path / "deep" / "r.nc").data.identical(by_hand().data)
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["r.nc"]


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("", r"path: is not a regular file"),
        ("no/where.nc", r"path: is in a folder that does not exist \(got '.*no/where.nc'\)"),
    ],
)
def test_where_no_file_can_be_written(tmp_path: Path, path: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        by_hand().save(tmp_path / path)


def test_a_path_must_be_one() -> None:
    for call in (by_hand().save, open_results):
        with pytest.raises(InputError, match=r"path: must be text or a path \(got 3\)"):
            call(3)  # type: ignore[arg-type]


def _text(path: Path) -> None:
    path.write_text("replication,month\n")


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _foreign(path: Path) -> None:
    xr.Dataset({"x": ("t", [1.0, 2.0])}).to_netcdf(path, engine="h5netcdf")


def _hdf5(path: Path) -> None:
    with h5py.File(path, "w") as file:
        file["x"] = np.arange(3)


def _torn(path: Path) -> None:
    by_hand().save(path)
    path.write_bytes(path.read_bytes()[:-5000])


def _changed(path: Path, change: Callable[[xr.Dataset], xr.Dataset]) -> None:
    change(by_hand().data.copy()).to_netcdf(path, engine="h5netcdf")


def _later(path: Path) -> None:
    _changed(path, lambda data: data.assign_attrs(ccmsim_format=99))


def _no_seed(path: Path) -> None:
    _changed(path, lambda data: data.assign_attrs(seed="seven"))


def _no_scenario(path: Path) -> None:
    _changed(path, lambda data: data.assign_attrs(scenario_toml="[panel]\n"))


def _no_variable(path: Path) -> None:
    _changed(path, lambda data: data.drop_vars("net_usd"))


def _other_dims(path: Path) -> None:
    _changed(path, lambda data: data.assign(net_usd=("t", [1.0, 2.0])))


def _other_causes(path: Path) -> None:
    _changed(path, lambda data: data.assign_coords(cause=[f"c{i}" for i in range(8)]))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (None, "path: does not exist"),
        (Path.mkdir, "path: is not a file"),
        (_text, "path: is not a NetCDF 4 file that can be read"),
        (_empty, "path: is not a NetCDF 4 file that can be read"),
        (_torn, "path: is not a NetCDF 4 file that can be read"),
        (_foreign, "path: is a NetCDF file of something else"),
        (_hdf5, "path: is (not a NetCDF 4 file|a NetCDF file of something else)"),
        (_later, r"path: is of another version of the format \(99\)"),
        (_no_seed, "path: holds no whole result: attribute seed is missing or wrong"),
        (_no_scenario, r"cannot be used:\n  panel.enrolled_at_start"),
        (_no_variable, r"cannot be used:\n  net_usd: is missing"),
        (_other_dims, "path: holds no whole result"),
        (_other_causes, "path: holds no whole result: the labels of cause are c0, c1"),
    ],
)
@pytest.mark.filterwarnings("ignore:.*(phony|dimension)")
def test_a_wrong_file_is_refused(
    tmp_path: Path, make: Callable[[Path], None] | None, message: str
) -> None:
    path = tmp_path / "r.nc"
    if make is not None:
        make(path)
    with pytest.raises(InputError, match=message):
        open_results(path)


def test_damaged_data_are_refused(tmp_path: Path) -> None:
    """One wrong byte in any variable is found by its checksum."""
    path = tmp_path / "r.nc"
    by_hand().save(path)
    whole = path.read_bytes()
    with h5py.File(path) as file:
        chunks = [file[name].id.get_chunk_info(0) for name in ("net_usd", "missed_patients")]
    for chunk in chunks:
        torn = bytearray(whole)
        torn[chunk.byte_offset + chunk.size // 2] ^= 0xFF
        path.write_bytes(torn)
        with pytest.raises(InputError, match="path: is not a NetCDF 4 file that can be read"):
            open_results(path)


def test_a_simulation_round_trips(tmp_path: Path) -> None:
    scenario = ccmsim.load("two_nurses").but({"panel.enrolled_at_start": 6})
    results = ccmsim.simulate(scenario, months=2, replications=3, seed=5, keep="patient_months")
    results.save(tmp_path / "r.nc")
    again = open_results(tmp_path / "r.nc")
    assert again.data.identical(results.data)
    status = again.data.patient_status
    counted = ((status >= 0).sum("patient")).transpose("replication", "month")
    np.testing.assert_array_equal(counted, again.values["enrolled_patients"])
    with pytest.warns(PrecisionWarning):
        table = again.summary()
    assert table.loc["enrolled_patients.month", "value"] == 6.0
