"""Risk: cases known by arithmetic, what intervals promise, views, and what is refused."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.integrate import quad
from scipy.stats import binom, norm
from tests.quiet import two_days_a_week
from typer.testing import CliRunner

import ccmsim
from ccmsim.analyses import losses as module
from ccmsim.analyses.attribution import OBSTACLES
from ccmsim.analyses.factors import plain_estimate
from ccmsim.analyses.gaps import totals_of
from ccmsim.analyses.losses import MISSED, loss_numbers, missed_usd, tail_share, with_losses
from ccmsim.analyses.risk import CAUSE_NUMBERS, LOSS_NUMBERS, NUMBERS, risk, risk_of
from ccmsim.analyses.risk_numbers import (
    deviation,
    even_months,
    longest_runs,
    mean_of_worst,
    tail_values,
)
from ccmsim.cli import app
from ccmsim.errors import InputError
from ccmsim.estimation import Estimate, mean, probability_below, share
from ccmsim.measures import totals
from ccmsim.studies.accuracy.judging import Count, resolved
from ccmsim.studies.accuracy.tails import bad_years, tail_minutes, tail_truths
from ccmsim.wording import shown

PERFECT = ccmsim.load("perfect")
SMALL = ccmsim.load("two_nurses").but({"panel.enrolled_at_start": 40})
SPAN: dict[str, Any] = {"months": 2, "replications": 100, "seed": 3}
TWO = ccmsim.simulate(ccmsim.load("two_nurses"), months=6, replications=200, seed=3)

flags = arrays(bool, (4, 7))
dollars = arrays(float, (4, 7), elements=st.integers(-(10**5), 10**5).map(lambda x: x / 100.0))

ANY_MONTH = 1.0 - quad(
    lambda luck: norm.sf(-1.0, 0.5 + luck, 1.0) ** 3 * norm.pdf(luck, 0.0, 0.5), -6.0, 6.0
)[0]  # fmt: skip
YEARS = (norm.cdf(0.0, 1.5, math.sqrt(3.0 + 9.0 * 0.25)), ANY_MONTH, norm.cdf(0.0, 0.5, 1.25**0.5))
"""Probabilities of a losing year and of a year with a month under -1, the share of losing months:
three normal months that share the year's luck."""


@given(flags)
def test_the_longest_run_is_the_longest_word_of_ones(under: Any) -> None:
    words = ["".join("x" if month else " " for month in row).split() for row in under]
    assert longest_runs(under).tolist() == [max(map(len, row), default=0) for row in words]


@given(dollars)
def test_earned_back_for_good_means_never_in_the_red_again(monthly: Any) -> None:
    for row, month in zip(monthly, even_months(monthly), strict=True):
        cents = np.rint(row * 100.0).cumsum()
        assert (cents[int(month) - 1 :] >= 0).all()
        if month > 1:
            assert cents[int(month) - 2] < 0


def test_a_year_without_chance_has_no_spread() -> None:
    found = risk(PERFECT, months=3, replications=100).numbers
    assert found["sd"].value == 0.0
    assert found["sd"].method.startswith("degenerate")
    assert {found[name].value for name in ("p1", "p50", "p95", "mean")} == {found["p5"].value}
    assert found["behind_plan"].value == 0.0 or found["misses_plan"].value == 1.0
    assert found["even_month"].value == 1.0
    assert found["longest_run"].value == 0.0


def test_a_plan_of_one_s_own_and_a_floor_count_what_they_say() -> None:
    billed = TWO.values["billed_usd"]
    total = totals(TWO, "billed_usd")
    plan, floor = float(np.median(total)) + 0.005, float(np.median(billed)) + 0.005
    found = risk_of(TWO, measure="billed_usd", plan=plan, floor=floor).numbers
    assert found["misses_plan"].value == pytest.approx((total < plan).mean())
    assert found["loss_month"].value == pytest.approx((billed < floor).mean())
    assert found["any_loss_month"].value == pytest.approx((billed < floor).any(axis=1).mean())
    assert found["loss_year"].value == pytest.approx((total < 6 * floor).mean())
    assert found["plan"].value == pytest.approx(plan)
    assert found["behind_plan"].value == pytest.approx(plan - total.mean())
    assert found["at_risk"].value == pytest.approx(plan - found["p5"].value, abs=0.01)
    assert found["value_at_risk"].value == pytest.approx(total.mean() - found["p5"].value)


def test_the_projection_is_each_replication_s_own() -> None:
    billed, net = (risk_of(TWO, measure=name).numbers for name in ("billed_usd", "net_usd"))
    assert billed["plan"].value == pytest.approx(totals(TWO, "plan_usd").mean())
    cost = totals(TWO, "staff_cost_usd") + totals(TWO, "other_cost_usd")
    assert net["plan"].value == pytest.approx((totals(TWO, "plan_usd") - cost).mean(), abs=0.01)
    at_risk = TWO.summary().loc["revenue_at_risk_usd", "value"]
    assert billed["at_risk"].value == pytest.approx(at_risk)


def test_a_loss_has_no_cv_and_may_never_end() -> None:
    dear = ccmsim.load("solo_nurse").but({"finance.software_usd_per_patient_month": 2_000.0})
    found = risk(dear, months=2, replications=100).numbers
    assert "cv" not in found
    assert found["never_even"].value == found["loss_year"].value == 1.0
    assert found["even_month"].value == math.inf
    assert found["longest_run"].value == 2.0


def test_causes_are_described_by_their_own_means() -> None:
    found = risk_of(TWO)
    total = totals(TWO, "net_usd")
    worst = total <= np.sort(total)[9]
    labels = TWO.data.cause.to_numpy().tolist()
    for c, cause in enumerate(labels):
        minutes = TWO.values["lost_minutes"][:, :, c]
        if not minutes.any():
            assert (cause, "minutes") not in found.causes
            continue
        number = {name: found.causes[cause, name].value for name in CAUSE_NUMBERS}
        assert number["minutes"] == pytest.approx(minutes.mean())
        assert number["frequency"] * number["severity_minutes"] == pytest.approx(minutes.mean())
        assert number["tail_minutes"] == pytest.approx(minutes[worst].mean())
        difference = number["tail_minutes"] - number["minutes"]
        assert number["excess_minutes"] == pytest.approx(difference)
        assert found.causes[cause, "tail_minutes"].low >= 0.0


def test_few_worst_years_are_told() -> None:
    """By the shortfall's method, by those of the causes, and on the screen."""
    few = risk_of(ccmsim.simulate(ccmsim.load("two_nurses"), months=2, replications=100))
    said = "5 of 100 replications lie in the tail, 10 are needed; 200 replications would do"
    assert few.numbers["expected_shortfall"].method.endswith(f"; {said}")
    assert f"Worst 5 % of years: {said}." in str(few)
    for name in ("tail_minutes", "excess_minutes"):
        method = few.causes["planned_leave", name].method
        assert method.endswith("of 5 worst years; so few may cover less than stated")
    assert "With 5 worst years the intervals of causes may cover less than stated" in str(few)
    assert "1,000 replications would do." in str(few)
    assert "would do" not in risk_of(TWO).numbers["expected_shortfall"].method
    assert "Worst 5 % of years:" not in str(risk_of(TWO))
    assert "With 10 worst years" in str(risk_of(TWO))


def test_many_worst_years_need_no_word() -> None:
    rng = np.random.default_rng(15)
    values = tail_values(rng.normal(size=1_000), rng.exponential(size=1_000))
    found = mean_of_worst(values, 50)
    assert found.method == "skew-adjusted t (Hall), of 50 worst years"
    assert found.low < mean(values).low < mean(values).high < found.high
    assert mean_of_worst(np.zeros(100), 5).high == 0.0


def test_the_fewest_worst_years_have_a_mean_at_every_level() -> None:
    values = np.random.default_rng(16).normal(size=100)
    for n in (100, 10_000):
        found = mean_of_worst(np.resize(values, n), 5, level=0.995)
        assert found.low < found.value < found.high
    with pytest.raises(InputError, match=r"worst: must be at least 5 \(got 4\)"):
        mean_of_worst(values, 4)
    with pytest.raises(InputError, match=r"level: must be above 0 and at most 0\.995"):
        mean_of_worst(values, 5, level=0.9999)


def test_vacancies_are_behind_the_worst_years_of_two_nurses() -> None:
    assert found_first(risk_of(TWO)) == "vacancy"


def found_first(found: Any) -> str:
    """Return the cause that the text names first."""
    from ccmsim.analyses.risk_views import causes

    return causes(found)[0]


def test_losses_add_up_to_what_the_base_code_lacks_of_the_projection() -> None:
    results = ccmsim.simulate(SMALL, **SPAN, keep="obstacles")
    losses, levels = missed_usd(results), totals_of(results.values)
    assert set(losses) == set(OBSTACLES)
    assert all((usd >= 0.0).all() for usd in losses.values())
    np.testing.assert_allclose(
        sum(losses.values()), levels["plan_usd"] - levels["base_usd"], atol=0.02
    )


def test_losses_by_hand() -> None:
    """Five months missed, of 66.13 USD each: 11 of 100 parts without a shift, 5 sick; see there."""
    results = ccmsim.simulate(two_days_a_week(), months=1, replications=1, keep="obstacles")
    losses = {name: float(usd[0]) for name, usd in missed_usd(results).items() if usd[0]}
    parts = {"no_shift": 11, "sickness": 5, "floor_cover": 1, "backlog": 1, "pursued": 82}
    assert losses == pytest.approx({name: 5 * 66.13 * of / 100 for name, of in parts.items()})


def test_a_part_at_a_time_tells_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts of 20 and then of few replications: the months and losses of one simulation."""
    monkeypatch.setattr(module, "_ROOM", 300_000)
    seen: list[tuple[int, int]] = []
    results, losses = with_losses(
        SMALL, warmup_months=1, executor=None, workers=1,
        progress=lambda done, whole: seen.append((done, whole)), **SPAN,
    )  # fmt: skip
    whole = ccmsim.simulate(SMALL, warmup_months=1, **SPAN, keep="obstacles")
    for name, array in results.values.items():
        np.testing.assert_array_equal(array, whole.values[name])
    assert not any(name.startswith("patient_") for name in results.values)
    for name, usd in missed_usd(whole).items():
        np.testing.assert_array_equal(losses[name], usd)
    assert (results.months, results.warmup_months) == (whole.months, 1)
    assert len(seen) > 10
    assert seen[-1] == (100, 100)


def test_losses_are_described_by_their_own_years() -> None:
    results = ccmsim.simulate(SMALL, **SPAN, keep="obstacles")
    found, losses = risk_of(results), missed_usd(results)
    given = risk_of(ccmsim.simulate(SMALL, **SPAN), losses=losses)
    assert given.losses == found.losses == risk(SMALL, **SPAN).losses
    total = totals(results, "net_usd")
    worst = total <= np.sort(total)[4]
    losses[MISSED] = np.sum(list(losses.values()), axis=0)
    assert {name for name, _ in found.losses} == {name for name, usd in losses.items() if usd.any()}
    for name, usd in losses.items():
        if not usd.any():
            continue
        number = {key: found.losses[name, key].value for key in LOSS_NUMBERS
                  if (name, key) in found.losses}  # fmt: skip
        hit = np.sort(usd[usd > 0.0])
        assert number["years_share"] == (usd > 0.0).mean()
        assert number["severity_usd"] == pytest.approx(hit.mean())
        assert number["severity_p50_usd"] == hit[math.ceil(0.5 * hit.size) - 1]
        assert number["severity_p95_usd"] == hit[math.ceil(0.95 * hit.size - 1e-9) - 1]
        assert number["loss_usd"] == pytest.approx(number["years_share"] * number["severity_usd"])
        assert number["tail_usd"] == pytest.approx(usd[worst].mean())
        assert number["excess_usd"] == pytest.approx(number["tail_usd"] - number["loss_usd"])
        if name == MISSED:
            assert "tail_share" not in number
        else:
            part = usd[worst].sum() / losses[MISSED][worst].sum()
            assert number["tail_share"] == pytest.approx(part)
    for one in found.losses.values():
        assert one.low <= one.value <= one.high or math.isnan(one.low)
    parts = [one.value for (_, key), one in found.losses.items() if key == "tail_share"]
    assert sum(parts) == pytest.approx(1.0)


def test_results_without_obstacles_have_no_losses() -> None:
    found = risk_of(TWO)
    assert not found.losses
    assert "missed months" not in str(found)
    assert len(found.plot().axes) == 2


def test_a_loss_that_was_seen_in_one_year_is_not_believed() -> None:
    """One year of 200 lost 100 of at most 1,000: nothing of it but its share is known well."""
    usd = np.zeros(200)
    usd[3] = 100.0
    found = loss_numbers({"outage": usd}, np.arange(200.0), 1_000.0, 0.95)
    assert found["outage", "loss_usd"].value == 0.5
    assert found["outage", "loss_usd"].low == 0.0
    assert found["outage", "loss_usd"].high > 10.0  # not 1.5: five of 200 years may lose all
    assert math.isnan(found["outage", "severity_usd"].low)
    assert found["outage", "severity_usd"].method == "one replication"
    for quantile in ("severity_p50_usd", "severity_p95_usd"):
        assert math.isnan(found["outage", quantile].high)
        assert shown(found["outage", quantile]) == "100 (no interval)"
    table = {name: number.value for (of, name), number in found.items() if of == "outage"}
    assert table["tail_share"] == 1.0
    assert found["outage", "tail_share"].method.startswith("no interval: all")
    of_one, of_more = (tail_values(-np.arange(200.0), each) for each in (usd, usd + 1.0))
    assert tail_share(of_one, of_one, 10) is None  # the worst years lose nothing
    none = tail_share(of_one, of_more, 10)
    assert none is not None
    assert (none.value, none.method) == (0.0, "no interval: none of these years' loss")
    assert math.isnan(none.low)


def test_the_intervals_of_losses_cover_what_is_known() -> None:
    """Exponential losses of 300 in 0.3 of the years, and their part of the worst years.

    At n = 400 coverage 0.93 of each number is not refuted at 1e-6; 400 sets resolve 0.12 less.
    """
    tails = tail_truths()
    heavy, light = (tails[name] for name in tails)
    truths = {
        "years_share": 0.3,
        "severity_usd": 300.0,
        "severity_p50_usd": 300.0 * math.log(2.0),
        "severity_p95_usd": 300.0 * math.log(20.0),
        "loss_usd": 90.0,
        "tail_usd": heavy,
        "excess_usd": heavy - 90.0,
        "tail_share": heavy / (heavy + light),
    }
    assert set(truths) == set(LOSS_NUMBERS)
    sets, rng = 400, np.random.default_rng(15)
    hits = dict.fromkeys(truths, 0)
    for _ in range(sets):
        total, heavy_usd, light_usd = bad_years(rng, 400)
        found = loss_numbers({"heavy": heavy_usd, "light": light_usd}, total, 1e5, 0.95)
        for name, truth in truths.items():
            hits[name] += not found["heavy", name].excludes(truth)
    assert resolved(0.93, sets) > 0.93 - 0.12
    for name, count in hits.items():
        assert not Count(count, sets).below(0.93), name


def lattice(rng: Any, n: int) -> Any:
    """Return left-skewed yearly revenues in steps of a fee."""
    bad = rng.exponential(9_000.0, n) * (rng.random(n) < 0.3)
    return np.maximum(rng.normal(40_000.0, 3_000.0, n) - bad, 0.0) // 62.0 * 62.0


@pytest.mark.parametrize(("n", "sets"), [(200, 400), (1_000, 400), (5_000, 200)])
@pytest.mark.parametrize("relative", [False, True])
def test_the_interval_of_a_deviation_covers_it(n: int, sets: int, relative: bool) -> None:
    """Coverage 0.93 at least is not refuted at a false-alarm rate of 1e-6."""
    rng = np.random.default_rng(11)
    many = lattice(rng, 2_000_000)
    truth = many.std() / (many.mean() if relative else 1.0)
    hits = sum(
        not deviation(lattice(rng, n), relative=relative).excludes(truth) for _ in range(sets)
    )
    assert binom.cdf(hits, sets, 0.93) > 1e-6


def test_an_interval_that_is_too_narrow_would_be_found() -> None:
    rng = np.random.default_rng(12)
    truth = lattice(rng, 2_000_000).std()
    hits = 0
    for _ in range(400):
        found = deviation(lattice(rng, 200))
        half = Estimate(
            found.value, found.standard_error, (found.value + found.low) / 2.0,
            (found.value + found.high) / 2.0, 0.95, 200, "half as wide",
        )  # fmt: skip
        hits += not half.excludes(truth)
    assert binom.cdf(hits, 400, 0.93) <= 1e-6


@pytest.mark.parametrize(("n", "least"), [(100, 0.88), (200, 0.9), (1_000, 0.92), (5_000, 0.93)])
def test_the_intervals_of_causes_cover_the_tail_s_means(n: int, least: float) -> None:
    """Coverage `least` of either cause is not refuted at 1e-6; 1,500 resolve 0.07 less."""
    sets, truths, rng = 1_500, tail_truths(), np.random.default_rng(13)
    assert resolved(least, sets) > least - 0.07
    hits = np.zeros(len(truths), int)
    for _ in range(sets):
        found = tail_minutes(rng, n)
        hits += [not found[name].excludes(truth) for name, truth in truths.items()]
    assert not Count(int(hits.min()), sets).below(least)


@pytest.mark.parametrize("n", [200, 1_000, 5_000])
def test_the_intervals_of_shares_of_years_cover_them(n: int) -> None:
    """Of each replication's own plan, of losing years and of years with such a month."""
    rng, sets = np.random.default_rng(14), 1_500
    hits = np.zeros(3, int)
    assert resolved(0.935, sets) > 0.87
    for _ in range(sets):
        monthly = rng.normal(0.5, 1.0, (n, 3)) + rng.normal(0.0, 0.5, (n, 1))
        total = monthly.sum(axis=1)
        found = (
            probability_below(total, 0.0),
            share(int((monthly < -1.0).any(axis=1).sum()), n),
            mean((monthly < 0.0).mean(axis=1)),  # months of a year are no sample of their own
        )
        hits += [one.low <= p <= one.high for one, p in zip(found, YEARS, strict=True)]
    for count in hits:
        assert not Count(int(count), sets).below(0.935)


def test_one_replication_that_makes_all_of_the_spread_has_no_interval() -> None:
    found = deviation(np.array([1.0, 1.0, 1.0, 5.0]))
    assert (found.low, found.high) == (0.0, math.inf)
    assert "no interval" in found.method


def test_views_agree() -> None:
    found = risk(SMALL, **SPAN)
    table, document = found.table(), json.loads(found.to_json())
    assert document["plan"] == "projection"
    for name, number in found.numbers.items():
        assert name in NUMBERS
        assert table.loc[("net_usd", name), "value"] == number.value
        assert document["numbers"][name] == plain_estimate(number)
    for (cause, name), number in found.causes.items():
        assert table.loc[(cause, name), "value"] == number.value
        assert document["causes"][cause][name] == plain_estimate(number)
    for (name, key), number in found.losses.items():
        assert table.loc[(name, key), "value"] == number.value
        assert document["losses"][name][key] == plain_estimate(number)
    assert table.index.is_unique
    text = str(found)
    assert "Plan: the projection; level of a month: 0 USD" in text
    lost = [name for name, key in found.losses if key == "loss_usd" and name != MISSED]
    lines = text.splitlines()
    for name in lost:
        assert sum(line.startswith(OBSTACLES[name]) for line in lines) == 2
    assert sum(line.startswith("all of it") for line in lines) == 2
    assert lines[-1] == "What would be billed without an obstacle is told by ccmsim erosion."
    left, middle, right = found.plot().axes
    assert left.get_yticklabels()[0].get_text() == "1 in 100"
    assert len(middle.patches) == 2 * len({cause for cause, _ in found.causes})
    assert len(right.patches) == 2 * len(lost)
    assert right.get_xlabel() == "Missed in 2 months, thousand USD"
    first = right.get_yticklabels()[-1].get_text()
    assert (
        first == max((found.losses[name, "excess_usd"].value, OBSTACLES[name]) for name in lost)[1]
    )


def test_nobody_absent_is_said() -> None:
    found = risk(PERFECT, months=1, replications=100, plan=1_234.0)
    assert "No cause took time from coordinators." in str(found)
    assert "Plan: 1,234 USD" in str(found)
    assert not found.plot().axes[1].patches


@pytest.mark.parametrize(("arguments", "message"), [
    ({"measure": "visits"}, "measure: is not known (got 'visits')"),
    ({"plan": math.nan}, "plan: must be a finite amount in USD"),
    ({"floor": math.inf}, "floor: must be a finite amount in USD"),
    ({"replications": 99}, "replications: must be at least 100 for a tail of 5 % (got 99)"),
    ({"level": 1.0}, "level: must lie between 0 and 1, both excluded (got 1.0)"),
    ({"level": 0.999}, "level: is too high for a bootstrap interval (got 0.999)"),
])  # fmt: skip
def test_refusals(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as caught:
        risk(PERFECT, **arguments)
    assert message in str(caught.value)


def test_the_command_prints_what_the_function_returns() -> None:
    line = ["risk", "perfect", "--months", "2", "--replications", "100", "--plan", "9000"]
    run = CliRunner().invoke
    found = risk(PERFECT, months=2, replications=100, plan=9_000.0)
    assert run(app, line, prog_name="ccmsim").stdout == f"{found}\n"
    document = json.loads(run(app, [*line, "--json"], prog_name="ccmsim").stdout)
    assert document["numbers"] == found.as_dict()["numbers"]
    done = run(app, ["risk", "perfect", "--replications", "9"], prog_name="ccmsim")
    assert done.exit_code == 2
    assert "must be at least 100" in done.stderr
