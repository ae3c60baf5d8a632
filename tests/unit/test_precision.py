"""Precision: how it ends, that speed cannot move it, plans from a pilot, and what is refused."""

from __future__ import annotations

import json
import math
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.patches import Rectangle
from tests.facts import same_values
from tests.unit.synthetic_results import results_of, spread
from typer.testing import CliRunner

import ccmsim
from ccmsim import Precision, how_many_replications
from ccmsim.analyses.factors import furthest
from ccmsim.analyses.replication_plan import ReplicationPlan
from ccmsim.cli import app
from ccmsim.errors import InputError
from ccmsim.estimation import Estimate, mean, paired_difference
from ccmsim.estimation.binomial import share_at_most
from ccmsim.estimation.estimate import exactly
from ccmsim.estimation.rare import allowing_difference, allowing_shift, surely_seen
from ccmsim.measures import estimate_of, measures, precise_names
from ccmsim.precision import CAP, FIRST_LOOK, look, looks_until
from ccmsim.results import Results

SMALL = ccmsim.load("solo_nurse").but({"panel.enrolled_at_start": 12})
TARGETS = [Precision("billable_share", 0.03), Precision("net_usd.total.p5", 150.0, level=0.9)]
SETTINGS: dict[str, Any] = {"months": 1, "seed": 7, "precision": TARGETS}


def plain(results: Results) -> str:
    """Return how it ended as text: NaN equals itself there."""
    assert results.stopping is not None
    return json.dumps(results.stopping.as_dict())


@pytest.fixture(scope="module")
def found() -> Results:
    return ccmsim.simulate(SMALL, **SETTINGS, workers=2)


def test_it_ends_at_the_first_look_where_every_target_holds(found: Results) -> None:
    ended = found.stopping
    assert ended is not None
    assert ended.reached
    assert ended.replications == found.replications
    at = ended.looks.index(found.replications)
    assert at > 0
    for target, estimate in zip(TARGETS, ended.estimates, strict=True):
        assert estimate.half_width <= target.half_width
        assert estimate.level == target.level
    before = ccmsim.simulate(SMALL, months=1, seed=7, replications=ended.looks[at - 1])
    assert not look(before, TARGETS, ended.looks).reached


def test_the_replications_are_those_of_a_fixed_number(found: Results) -> None:
    fixed = ccmsim.simulate(SMALL, months=1, seed=7, replications=found.replications)
    same_values(found.values, fixed.values)
    assert fixed.stopping is None


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("keep", ["months", "patient_months"])
def test_speed_moves_nothing(found: Results, workers: int, keep: Any) -> None:
    again = ccmsim.simulate(SMALL, **SETTINGS, workers=workers, keep=keep)
    same_values({name: again.values[name] for name in found.values}, found.values)
    assert plain(again) == plain(found)
    if keep == "patient_months":
        fixed = ccmsim.simulate(SMALL, months=1, seed=7, replications=found.replications, keep=keep)
        same_values(again.values, fixed.values)


@pytest.mark.parametrize("pool", [ThreadPoolExecutor, ProcessPoolExecutor])
def test_executors_move_nothing(found: Results, pool: Any) -> None:
    with pool(2) as executor:
        again = ccmsim.simulate(SMALL, **SETTINGS, executor=executor)
    same_values(again.values, found.values)
    assert plain(again) == plain(found)


def test_the_readable_model_ends_where_the_compiled_one_does() -> None:
    target = Precision("billable_share", 0.06)
    both = [
        ccmsim.simulate(SMALL, months=1, precision=target, engine=engine, replications=150)
        for engine in ("simpy", "compiled")
    ]
    same_values(both[0].values, both[1].values)
    assert plain(both[0]) == plain(both[1])


def test_the_cap_ends_it() -> None:
    target = Precision("net_usd.total", 0.01)
    found = ccmsim.simulate(SMALL, months=1, precision=target, replications=120)
    assert found.stopping is not None
    assert not found.stopping.reached
    assert found.replications == 120
    assert found.stopping.looks == (100, 120)
    assert str(found.stopping).startswith("the cap ended it: not every target holds after 120")
    assert found.stopping.table().loc["net_usd.total", "holds"] == np.False_


def test_progress_counts_against_the_cap(found: Results) -> None:
    seen: list[tuple[int, int]] = []
    ccmsim.simulate(SMALL, **SETTINGS, progress=lambda *at: seen.append(at))
    assert seen[0] == (0, CAP)
    assert seen[-1] == (found.replications, CAP)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)


def test_how_it_ended_is_saved(found: Results, tmp_path: Path) -> None:
    found.save(tmp_path / "a.nc")
    again = ccmsim.open_results(tmp_path / "a.nc")
    assert plain(again) == plain(found)
    few = look(results_of(shape=(4, 1)), [Precision("margin", 0.1)], (4,))  # no number at all
    assert not few.reached
    assert math.isnan(few.estimates[0].low)


# ------------------------------------------------------------- the intervals


def test_fewer_replications_than_the_first_look_never_hold() -> None:
    results = results_of(shape=(40, 1), net_usd=np.arange(40.0)[:, None], plan_usd=1.0)
    assert not look(results, [Precision("net_usd.total", 1e6)], looks_until(40)).reached
    many = results_of(shape=(100, 1), net_usd=np.arange(100.0)[:, None], plan_usd=1.0)
    assert look(many, [Precision("net_usd.total", 1e6)], looks_until(100)).reached


@pytest.mark.parametrize("cap", [1, 99, 100, 101, 150, 10_000, 12_345])
def test_looks_grow_up_to_the_cap(cap: int) -> None:
    looks = looks_until(cap)
    assert looks[-1] == cap
    assert list(looks) == sorted(set(looks))
    assert all(count >= FIRST_LOOK for count in looks[:-1])


def test_the_error_is_spent_over_looks_and_targets() -> None:
    net = np.random.default_rng(1).normal(size=(100, 2)).round(2)
    results = results_of(shape=(100, 2), net_usd=net, plan_usd=1.0)
    targets = [Precision("net_usd.total", 1.0), Precision("billed_usd.total", 1.0)]
    ended = look(results, targets, (100, 150, 200))
    one = mean(net.sum(axis=1), level=1.0 - 0.05 / 6.0)
    assert ended.estimates[0].low == pytest.approx(one.low)
    assert ended.estimates[0].high == pytest.approx(one.high)
    nothing = ended.estimates[1]  # nothing was billed: at most the plan, in as many as there may be
    end = 2.0 * binom_limit(0, 100, 1.0 - 0.05 / 6.0)
    assert [nothing.value, nothing.low, nothing.high] == pytest.approx([0.0, -end, end])
    assert nothing.method == (
        "0 of 100 differ from the usual: bounds by their share; "
        "at any of 3 looks, 2 targets at once"
    )


def binom_limit(count: int, n: int, level: float) -> float:
    """Return the upper limit of Clopper and Pearson by its definition."""
    from scipy.optimize import brentq
    from scipy.stats import binom

    return float(brentq(lambda p: binom.cdf(count, n, p) - (1.0 - level), 1e-9, 1.0 - 1e-9))


def test_what_was_not_seen_counts_as_far_as_the_plan() -> None:
    """Hardly any spread: a hundredth event of a whole plan could still be unseen in 100."""
    net = np.random.default_rng(1).normal(size=(400, 1)).round(2)
    results = results_of(shape=(400, 1), net_usd=net, plan_usd=1_000.0)
    targets = [Precision("net_usd.total", 8.0)]
    (found,) = look(results, targets, looks_until(400)).estimates
    arm = 1_000.0 * (1.0 - 0.05 ** (1.0 / 400))  # seen at least once in 400, but for 5 %
    assert [found.high - found.value, found.value - found.low] == pytest.approx([arm, arm])
    assert "and what was not seen" in found.method
    assert look(results, targets, looks_until(400)).reached
    first = results_of(shape=(100, 1), net_usd=net[:100], plan_usd=1_000.0)
    assert not look(first, targets, looks_until(400)).reached  # 29 could be unseen there
    plan = how_many_replications(first, targets)
    assert plan.needed == math.ceil(math.log(0.05) / math.log(1.0 - 8.0 / 1_000.0))


@pytest.mark.parametrize(("name", "values"), [
    ("overhead_hours.documentation", {}),
    ("attempts_per_patient_month", {"attempts": 600}),
    ("margin", {"finally_paid_usd": 10.0, "net_usd": 1.0}),
])  # fmt: skip
def test_what_is_always_equal_and_unbounded_is_never_believed(
    name: str, values: dict[str, Any]
) -> None:
    results = results_of(shape=(200, 1), **values)
    name = next(each for each in precise_names(results.scenario) if each.startswith(name[:14]))
    ended = look(results, [Precision(name, 1e6)], (100, 200))
    assert not ended.reached
    assert math.isinf(ended.estimates[0].half_width)
    assert "0 of 200 differ from the usual: too few to believe" in ended.estimates[0].method
    assert f"{name}: within 1e+06 wanted, no interval reached: " in str(ended)
    assert [text.get_text() for text in ended.plot().axes[0].texts] == ["no interval"]
    assert json.loads(ended.to_json())["estimates"][0]["low"] is None
    plan = how_many_replications(results, Precision(name, 1e6))
    assert plan.needed == math.inf


def test_twenty_replications_must_differ() -> None:
    """Hours have no bound: 19 of 1,000 are not believed, 20 are."""
    attempts = np.full((1_000, 1), 600)
    target = Precision("attempts_per_patient_month", 1.0)
    for differ, believed in ((19, False), (20, True)):
        attempts[:differ] = 601
        results = results_of(shape=(1_000, 1), attempts=attempts)
        assert look(results, [target], (1_000,)).reached == believed
    attempts[19:] = 600
    plan = how_many_replications(results_of(shape=(1_000, 1), attempts=attempts), target)
    assert plan.needed == math.ceil(1_000 * 20 / 19)


@pytest.mark.parametrize(
    ("differ", "n", "believed"),
    [(0, 50, False), (19, 200, False), (20, 200, True), (5, 12, False), (6, 12, True)],
)
def test_a_difference_is_believed_where_twenty_or_half_differ(
    differ: int, n: int, believed: bool
) -> None:
    first = np.array(
        [100.0 + 0.1 * k for k in range(n)]
    )  # subtracted, it leaves a rounding of its own
    second = first + 3.0 + 7.0 * (np.arange(n) < differ)
    found = allowing_difference(first, second, most=50.0, level=0.9)
    plain = paired_difference(first, second, level=0.9)
    if believed:
        assert found == plain
        return
    away = 7.0 * (differ > 0)
    end = away * share_at_most(differ, n, 0.95) + (50.0 - away) * surely_seen(n, 0.95)
    assert (found.low, found.high) == pytest.approx((-3.0 - end, -3.0 + end))
    assert (found.value, found.level) == (plain.value, 0.9)
    assert found.method == f"{differ} of {n} differ from the usual: bounds by their share"


def test_what_was_seen_further_apart_bounds_a_difference_too() -> None:
    first = np.array([900.0] + [0.0] * 99)
    found = allowing_difference(first, np.zeros(100), most=50.0)
    assert found.high == pytest.approx(900.0 * share_at_most(1, 100, 0.975))
    assert math.isinf(allowing_difference(first, np.zeros(100), most=math.inf).high)


@pytest.mark.parametrize(
    ("measure", "most"),
    [("net_usd", 1_200.0), ("billed_usd", 1_200.0), ("billable_patients", 36.0),
     ("billable_points", 100.0)],
)  # fmt: skip
def test_an_event_takes_what_could_be_billed_at_most(measure: str, most: float) -> None:
    results = results_of(
        enrolled_patients=[[10], [12], [11], [9]], plan_usd=[[300], [400], [1], [2]]
    )
    assert furthest(results, measure) == most  # of the second, in three months


@pytest.mark.parametrize(("differ", "low", "high"), [
    (0, -8.0, 8.0),  # 3.6 % of a hundred, and so 8 at most, each but for one in forty
    (1, -50.0, 10.0),  # 5.4 %, and so 10; below the tenth value only nine are left
    (20, 0.0, 0.0),  # as many as are believed
])  # fmt: skip
def test_a_change_of_a_bad_year_is_not_believed_where_few_differ(
    differ: int, low: float, high: float
) -> None:
    years = np.arange(100.0)
    after = years + np.where(np.arange(100) >= 100 - differ, 5.0, 0.0)
    resampled = exactly(0.0, level=0.95, replications=100)
    found = allowing_shift(resampled, after, years, 0.1, most=50.0)
    assert (found.low, found.high) == (low, high)
    assert (found == resampled) == (differ >= 20)
    if differ < 20:
        assert math.isnan(found.standard_error)
        assert found.method.endswith(f"; {differ} of 100 differ from the usual")


def test_a_change_of_a_good_year_has_the_other_end_open() -> None:
    years = np.arange(100.0)
    resampled = exactly(0.0, level=0.95, replications=100)
    found = allowing_shift(resampled, years + 3.0, years, 0.95, most=50.0)
    assert (found.low, found.high) == (3.0 - 8.0, 3.0 + 50.0)


def test_one_difference_has_no_error() -> None:
    found = allowing_difference(np.ones(1), np.zeros(1), most=50.0)
    assert math.isnan(found.low)
    assert found.method == "one replication"


def test_a_probability_has_exact_limits_at_a_look() -> None:
    """At either end what was counted, or more extreme, has half of the look's error."""
    net = np.where(np.arange(100) < 1, -5.0, 5.0)[:, None]
    results = results_of(shape=(100, 1), net_usd=net)
    target = Precision("net_usd.total.loss_probability", 0.02)
    (found,) = look(results, [target], looks_until(1_000)).estimates
    half = 0.05 / 7 / 2
    assert found.high == pytest.approx(binom_limit(1, 100, 1.0 - half))
    assert found.low == pytest.approx(1.0 - binom_limit(99, 100, 1.0 - half))
    assert "Clopper-Pearson" in found.method
    needed = how_many_replications(results, target).needed
    once = 1.0 - 0.025 / 13
    wide = [
        binom_limit(of_100, 100 * of_100, once) + binom_limit(99 * of_100, 100 * of_100, once) - 1.0
        for of_100 in (math.floor(0.009 * needed), math.ceil(0.011 * needed))
    ]
    assert wide[0] > 0.04 > wide[1]


def test_a_quantile_of_equal_months_or_totals_is_believed() -> None:
    """Order statistics cover whatever the law: an end that exists is an end, equal or not."""
    results = results_of(shape=(400, 2), billable_patients=150)
    targets = [Precision("billable_share.month.p50", 0.01), Precision("net_usd.total.p50", 1.0)]
    ended = look(results, targets, looks_until(400))
    assert ended.reached
    assert [each.half_width for each in ended.estimates] == [0.0, 0.0]
    few = results_of(shape=(40, 2), billable_patients=150)
    bad = look(few, [Precision("billable_share.month.p5", 0.01)], (40,))
    assert not bad.reached  # a twentieth may lie below and not have been seen
    assert math.isinf(bad.estimates[0].half_width)


def test_every_measure_has_an_interval_at_a_look() -> None:
    """And it is that of the table, or wider."""
    results = spread(400, 2)
    table = measures(results, level=0.95)
    for name in precise_names(results.scenario):
        found = look(results, [Precision(name, 1.0)], (400,)).estimates[0]
        assert found.value == table[name].value or math.isnan(found.value)
        if not math.isnan(found.value) and "probability" not in name:
            assert found.low <= table[name].low
            assert found.high >= table[name].high


def test_one_measure_is_that_of_the_table(found: Results) -> None:
    table = measures(found, level=0.9)
    names = precise_names(SMALL)
    assert set(table) - set(names) == {
        "billed_usd.total.expected_shortfall", "net_usd.total.expected_shortfall",
    }  # fmt: skip
    for name in ("net_usd.total", "margin", "revenue_at_risk_usd"):
        assert estimate_of(found, name, level=0.9) == table[name]
    with pytest.raises(InputError, match="measure: is not known"):
        estimate_of(found, "net")


# ------------------------------------------------------------- plans


def test_a_plan_is_the_law_of_the_square_root() -> None:
    """A normal measure of standard deviation s needs (z s / h)² replications."""
    net = np.random.default_rng(2).normal(scale=100.0, size=(2_000, 1)).round(2)
    target = Precision("net_usd.total", 2.0)
    plan = how_many_replications(results_of(shape=(2_000, 1), net_usd=net), target)
    z = 2.8905  # of 1 - 0.05 / 13 / 2
    assert plan.needed == pytest.approx((z * 50.0) ** 2, rel=0.15)
    (number,) = plan.replications
    assert number.low < (z * 50.0) ** 2 < number.high
    assert plan.table().loc["net_usd.total", "wanted"] == 2.0
    assert plan.pilot == 2_000


def test_a_pilot_that_cannot_tell_says_so() -> None:
    net = np.random.default_rng(2).normal(size=(30, 1)).round(2)
    plan = how_many_replications(
        results_of(shape=(30, 1), net_usd=net), Precision("net_usd.total.p5", 1.0)
    )
    assert plan.needed == math.inf
    assert "too few" in plan.replications[0].method
    with pytest.raises(InputError, match="needs 2 replications or more"):
        how_many_replications(results_of(shape=(1, 1)), TARGETS)


def test_what_does_not_vary_needs_so_many_that_nothing_is_left_unseen() -> None:
    """No event in n: its share is below c / n at a look's level, and a plan could be lost."""
    pilot = results_of(shape=(5, 1), plan_usd=1_000.0)
    plan = how_many_replications(pilot, Precision("net_usd.total", 5.0))
    none = -math.log(0.05 / 13)
    assert plan.needed == pytest.approx(none * 1_000.0 / 5.0, rel=0.06)
    assert how_many_replications(pilot, Precision("net_usd.total", 500.0)).needed == FIRST_LOOK


def test_a_plan_tells_the_look_at_which_it_ends() -> None:
    net = np.random.default_rng(2).normal(scale=100.0, size=(500, 1)).round(2)
    pilot = results_of(shape=(500, 1), net_usd=net)
    plan = how_many_replications(pilot, Precision("net_usd.total", 10.0))
    assert plan.ends == min(count for count in looks_until(CAP) if count >= plan.needed)
    assert f"It will end at the look after {plan.ends:,} replications." in str(plan)
    capped = how_many_replications(pilot, Precision("net_usd.total", 10.0), cap=500)
    assert capped.needed > 500
    assert capped.ends is None
    assert str(capped).endswith("It will end at the cap, 500 replications, before every target"
                                " holds.")  # fmt: skip


@pytest.mark.parametrize(("low", "high", "told"), [
    (233.0, 241.0, "233 (233 to 241)"),
    (233.0, 233.0, "233"),
    (204.0, 262.0, "233 ± 29"),
    (math.nan, math.nan, "233 (too few)"),
])  # fmt: skip
def test_a_plan_tells_no_part_of_a_replication(low: float, high: float, told: str) -> None:
    number = Estimate(233.0, 1.0, low, high, 0.95, 100, "too few")
    target = Precision("net_usd.total", 20.0)
    plan = ReplicationPlan(
        targets=(target,), replications=(number,), looks=looks_until(CAP), pilot=100
    )
    assert str(plan).splitlines()[3].split(maxsplit=3)[3] == told


def test_plans_and_ends_as_text_json_and_pictures(found: Results) -> None:
    net = np.random.default_rng(2).normal(scale=100.0, size=(30, 1)).round(2)
    targets = [Precision("net_usd.total", 20.0), Precision("net_usd.total.p5", 1.0)]
    plan = how_many_replications(results_of(shape=(30, 1), net_usd=net), targets)
    document = json.loads(plan.to_json())
    assert document["replications"][0]["value"] == plan.replications[0].value
    assert document["replications"][1]["value"] is None  # more than the pilot can tell
    assert (document["needed"], document["ends"], document["pilot"]) == (None, None, 30)
    assert document["targets"][0] == {"measure": "net_usd.total", "half_width": 20.0, "level": 0.95}
    told = str(plan)
    assert "more than the pilot can tell" in told
    assert told.endswith("Too few to tell for every target: plan from a larger pilot.")
    axes = plan.plot().axes[0]
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert labels == ["net_usd.total\nwithin 20", "net_usd.total.p5\nwithin 1"]
    assert "Replications" in axes.get_xlabel()
    assert [text.get_text().strip() for text in axes.texts] == ["more than the pilot can tell"]

    ended = found.stopping
    assert ended is not None
    document = json.loads(ended.to_json())
    assert document["reached"] is True
    assert document["estimates"][0]["low"] == ended.estimates[0].low
    axes = ended.plot().axes[0]
    reached = [bar.get_width() for bar in axes.patches if isinstance(bar, Rectangle)]
    wanted = [
        100.0 * estimate.half_width / target.half_width
        for target, estimate in zip(ended.targets, ended.estimates, strict=True)
    ]
    assert reached == pytest.approx(wanted)
    assert max(reached) <= 100.0
    few = look(results_of(shape=(4, 1)), [Precision("margin", 0.1)], (4,))
    assert json.loads(few.to_json())["estimates"][0]["low"] is None
    assert [text.get_text() for text in few.plot().axes[0].texts] == ["no interval"]


# ------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("target", "message"),
    [
        (Precision("net", 1.0), "precision: is no measure (got 'net'); valid: "),
        (Precision("net_usd.totl", 1.0), "valid: net_usd.total"),
        (Precision("net_usd.total.expected_shortfall", 1.0), "has no interval at the high level"),
        (Precision("net_usd.total", 0.0), "half_width must be above 0 and finite (got 0.0)"),
        (Precision("net_usd.total", math.nan), "half_width must be above 0 and finite"),
        (Precision("net_usd.total", 1.0, level=1.0), "level must lie between 0 and 1 (got 1.0)"),
        ([], "precision: must be one target or more (got [])"),
        ("net_usd.total", "precision: must be one target or more (got 'net_usd.total')"),
    ],
)
def test_refusals(target: Any, message: str) -> None:
    with pytest.raises(InputError) as caught:
        ccmsim.simulate(SMALL, precision=target)
    assert message in str(caught.value)


# ------------------------------------------------------------- the command


def run(*words: str) -> Any:
    return CliRunner().invoke(app, ["run", *words])


def test_the_command_says_how_it_ended() -> None:
    words = ("solo_nurse", "--months", "1", "--quick", "--precision", "net_usd.total=500")
    told = run(*words)
    assert told.exit_code == 0, told.output
    assert "every target holds after 100 replications" in told.output
    document = json.loads(run(*words, "--json").stdout)
    assert document["stopping"]["reached"] is True
    assert document["replications"] == 100


def test_equal_values_are_believed_as_far_as_their_number_tells() -> None:
    words = ("perfect", "--months", "1", "--quick", "--precision", "net_usd.total=100")
    told = run(*words, "--replications", "120")
    assert "the cap ended it: not every target holds after 120 replications" in told.output
    told = run(*words, "--replications", "400")
    assert "every target holds after 338 replications" in told.output


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("net_usd.total", "--precision: has no half-width (got 'net_usd.total')"),
        ("net=5", "precision: is no measure (got 'net')"),
        ("net_usd.total=-5", "half_width must be above 0"),
    ],
)
def test_the_command_refuses(text: str, message: str) -> None:
    told = run("perfect", "--precision", text)
    assert told.exit_code == 2
    assert message in told.output


def plan(*words: str) -> Any:
    return CliRunner().invoke(app, ["replications", "solo_nurse", "--months", "1", *words])


FEW = ("--set", "panel.enrolled_at_start=12", "--replications", "100", "--seed", "7")
WANTED = ("--measure", "billable_share", "--half-width", "0.05")


def test_the_command_plans(tmp_path: Path) -> None:
    done = plan(*WANTED, *FEW, "--plot", str(tmp_path / "plan.png"))
    assert done.exit_code == 0, done.output
    assert "Planned from 100 replications" in done.stdout
    assert (tmp_path / "plan.png").stat().st_size > 5_000
    document = json.loads(plan(*WANTED, "--precision", "net_usd.total=100", *FEW, "--json").stdout)
    pilot = ccmsim.simulate(
        ccmsim.load("solo_nurse").but({"panel.enrolled_at_start": 12}),
        months=1, replications=100, seed=7,
    )  # fmt: skip
    targets = [Precision("net_usd.total", 100.0), Precision("billable_share", 0.05)]
    same = how_many_replications(pilot, targets)
    assert document["needed"] == same.needed
    assert (document["command"], document["pilot"], document["seed"]) == ("replications", 100, 7)
    assert [each["measure"] for each in document["targets"]] == ["net_usd.total", "billable_share"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "--half-width: is needed, or --precision"),
        (("--half-width", "-1"), "half_width must be above 0 and finite (got -1.0)"),
        (("--half-width", "5", "--measure", "net"), "precision: is no measure (got 'net')"),
        (("--precision", "net_usd.total"), "--precision: has no half-width"),
        (("--half-width", "5", "--replications", "1"), "--replications: must be at least 2"),
        (("--half-width", "5", "--most", "0"), "--most: must be at least 1"),
        (("--half-width", "5", "--level", "2"), "--level: must be above 0"),
    ],
)
def test_the_command_refuses_to_plan(words: tuple[str, ...], message: str) -> None:
    done = plan(*words)
    assert done.exit_code == 2
    assert message in " ".join(done.output.split())
