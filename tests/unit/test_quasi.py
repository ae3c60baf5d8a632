"""Spread replications: each has the model's law, both engines agree, errors are between groups."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
from scipy.stats import kstest
from typer.testing import CliRunner

import ccmsim
from ccmsim import availability as av
from ccmsim.analyses.quasi import (
    USUAL,
    WAYS,
    mean_of_groups,
    quasi_monte_carlo,
    saved_by_groups,
)
from ccmsim.availability.designs import points_of
from ccmsim.batches import Job, run_batch
from ccmsim.cli import app
from ccmsim.engine.inputs import prepare
from ccmsim.errors import InputError
from ccmsim.studies.accuracy.judging import Count, covered, resolved
from ccmsim.studies.accuracy.splits import spread_years

FALSE_ALARM = 1e-6
SMALL = ccmsim.load("solo_nurse").but({"panel.enrolled_at_start": 40})
DESIGNS = (av.Design("antithetic", 2), av.Design("latin", 16), av.Design("sobol", 16))


@pytest.mark.parametrize("design", DESIGNS, ids=lambda design: design.kind)
def test_every_number_is_uniform(design: av.Design) -> None:
    """Each group gives one of its replications, so that all numbers are independent."""
    leads = av.leads_of(prepare(SMALL, 3))
    rows = [av.luck_of(leads, design, 5, range(g * design.points, g * design.points + 1))[0]
            for g in range(60)]  # fmt: skip
    luck = np.stack(rows)
    entries, days = np.flatnonzero(leads.chance.any(axis=1)), slice(1, None)
    for field in ("begins", "length"):
        numbers = luck[:, entries][..., days][field].ravel()
        assert kstest(numbers, "uniform").pvalue > FALSE_ALARM
    early = luck[:, entries][..., 1 : 1 + luck.shape[-1] // 2]["begins"].ravel()
    assert kstest(early, "uniform").pvalue > FALSE_ALARM
    frailty = luck[:, leads.entries["frailty_row"] >= 0][..., 0]["begins"].ravel()
    assert kstest(frailty, "uniform").pvalue > FALSE_ALARM


def test_spells_begin_as_often_as_they_should() -> None:
    leads = av.leads_of(prepare(SMALL, 12))
    luck = av.luck_of(leads, av.Design("latin", 32), 3, range(3_200))
    begins = (luck["begins"][..., 1:] < leads.chance[:, None]).sum(axis=(0, 2))
    for hits, chances in zip(begins, leads.chance, strict=True):
        expected, variance = 3_200 * chances, 3_200 * chances * (1.0 - chances)
        assert (np.abs(hits - expected) <= 1.0 + 6.0 * np.sqrt(variance)).all()
        counted = hits.sum()  # the number of spells is stratified: nearer than independent ones
        assert abs(counted - expected.sum()) <= 1.0 + 2.5 * np.sqrt(variance.sum())


@pytest.mark.parametrize("design", DESIGNS, ids=lambda design: design.kind)
def test_engines_agree(design: av.Design) -> None:
    jobs = [
        Job(SMALL, 2, 1, 4, "patient_months", engine, design) for engine in ("compiled", "simpy")
    ]
    one, other = (run_batch(job, range(3, 6)) for job in jobs)
    plain = run_batch(jobs[0]._replace(design=None), range(3, 6))
    assert one.keys() == other.keys()
    for name in one:
        np.testing.assert_array_equal(one[name], other[name])
    assert (one["lost_minutes"] != plain["lost_minutes"]).any()


def test_batches_change_nothing_and_plain_ones_come_after() -> None:
    job = Job(SMALL, 2, 0, 4, "months", "compiled", av.Design("latin", 16))
    whole = run_batch(job, range(20))["net_usd"]
    parts = [run_batch(job, part)["net_usd"] for part in (range(7), range(7, 20))]
    np.testing.assert_array_equal(whole, np.concatenate(parts))
    plain = job._replace(design=None)
    before = ccmsim.simulate(SMALL, months=2, replications=20, seed=4).values["net_usd"]
    np.testing.assert_array_equal(run_batch(plain, range(20))["net_usd"], before)


def test_points_are_spread() -> None:
    first, second = points_of(av.Design("antithetic", 2), 5, 1, 0)
    np.testing.assert_allclose(first + second, 1.0)
    for kind in ("latin", "sobol"):
        points = points_of(av.Design(kind, 64), 5, 1, 0)
        cells = np.sort((64 * points).astype(int), axis=0)
        np.testing.assert_array_equal(cells, np.tile(np.arange(64)[:, None], (1, 5)))
        assert (points != points_of(av.Design(kind, 64), 5, 1, 1)).all()


@pytest.mark.parametrize(("design", "sets"), [
    (av.Design("antithetic", 2), 2_000),
    (av.Design("latin", 8), 2_000),
    (av.Design("sobol", 8), 700),
], ids=["antithetic", "latin", "sobol"])  # fmt: skip
def test_intervals_of_ten_groups_cover(design: av.Design, sets: int) -> None:
    """Of curved numbers, whose mean is 0: level 0.95, resolves 0.87 (Sobol points 0.84)."""
    rng = np.random.default_rng(3)
    found = [mean_of_groups(spread_years(rng, design, 10), 0.95, "") for _ in range(sets)]
    count = covered(found, 0.0)
    assert resolved(0.93, sets, false_alarm=FALSE_ALARM) > (0.84 if sets < 1_000 else 0.87)
    assert not count.below(0.93, false_alarm=FALSE_ALARM)
    half = sum(abs(each.value) <= each.half_width / 2.0 for each in found)
    assert Count(half, sets).below(0.93, false_alarm=FALSE_ALARM)


def test_a_hypercube_saves() -> None:
    """A practice's net, of 120 groups: the interval of what is saved lies above 1."""
    found = quasi_monte_carlo(SMALL, months=6, groups=120, points=16, seed=1)
    assert found.saved["net_usd"].low > 1.1


def test_a_mean_is_unbiased() -> None:
    truth = ccmsim.simulate(SMALL, replications=3_000, months=6, seed=7)
    for design in WAYS:
        found = quasi_monte_carlo(SMALL, months=6, groups=40, design=design, seed=8)  # type: ignore[arg-type]
        for name in USUAL:
            values = truth.values[name].sum(axis=1)
            error = np.hypot(found.means[name].standard_error, values.std() / np.sqrt(3_000))
            assert abs(found.means[name].value - values.mean()) < 5.5 * error


def test_views_agree() -> None:
    found = quasi_monte_carlo(SMALL, groups=10, points=4, months=2)
    rows, document = found.table(), json.loads(found.to_json())
    for name in USUAL:
        assert rows.loc[(name, "mean"), "value"] == document["means"][name]["value"]
        assert rows.loc[(name, "saved"), "high"] == document["saved"][name]["high"]
        assert found.means[name].replications == 40
    assert "Latin hypercube" in str(found)
    assert "same error" in found.plot().axes[0].get_xlabel()


def test_what_never_varies_saves_nothing() -> None:
    found = quasi_monte_carlo(ccmsim.load("perfect"), groups=10, points=2, months=1)
    saved = found.saved["billable_patients"]
    assert (saved.value, saved.method) == (1.0, "nothing varies")
    assert found.means["billable_patients"].standard_error == 0.0
    assert np.isnan([saved.low, saved.high, saved.standard_error]).all()
    assert [line.endswith("nothing varies") for line in str(found).splitlines()[4:7]] == [True] * 3
    assert json.loads(found.to_json())["saved"]["billable_patients"]["high"] is None
    labels = found.plot().axes[0].get_yticklabels()
    assert [label.get_text().endswith("(nothing varies)") for label in labels] == [True] * 3


def test_opposite_numbers_of_equal_means_save_without_end() -> None:
    saved = saved_by_groups(np.tile([3.0, 5.0], (10, 1)), 0.95)
    assert saved.value == math.inf


@pytest.mark.parametrize(("arguments", "message"), [
    ({"design": "halton"}, "design: is not known"),
    ({"design": "antithetic", "points": 4}, "points: of an antithetic design must be 2"),
    ({"design": "sobol", "points": 48}, "points: of a Sobol design must be a power of 2"),
    ({"points": 1}, "points: must be at least 2"),
    ({"groups": 9}, "groups: must be at least 10"),
    ({"measures": []}, "measures: must not be empty"),
    ({"measures": ["visits"]}, "measure: is not known"),
])  # fmt: skip
def test_refusals(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        quasi_monte_carlo(SMALL, months=1, **arguments)


def test_the_command_prints_what_the_function_returns() -> None:
    line = ["quasi-monte-carlo", "solo_nurse", "--months", "2", "--groups", "10", "--points", "4"]
    found = quasi_monte_carlo(ccmsim.load("solo_nurse"), months=2, groups=10, points=4)
    run = CliRunner().invoke
    assert run(app, line, prog_name="ccmsim").stdout == f"{found}\n"
    document = json.loads(run(app, [*line, "--json"], prog_name="ccmsim").stdout)
    assert document["means"] == found.as_dict()["means"]
    done = run(app, [*line, "--design", "halton"], prog_name="ccmsim")
    assert done.exit_code == 2
    assert "design" in done.stderr
