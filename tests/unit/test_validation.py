"""Validation and doubt: outcomes follow their rules, numbers agree, pages have their form.

Small versions of what `make validate` runs; the pages that it wrote are compared in form.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import binom

import ccmsim
from ccmsim.distributions import Uniform
from ccmsim.errors import InputError
from ccmsim.estimation import Estimate
from ccmsim.scenario.evidence import assumptions
from ccmsim.studies import doubt, validation
from ccmsim.studies.accuracy.judging import covered
from ccmsim.studies.accuracy.splits import share_of_space
from ccmsim.studies.doubt import ADVICE, ALTERNATIVES, MECHANISMS
from ccmsim.studies.doubt.advice import presets_of
from ccmsim.studies.doubt.assumed import homes, placed
from ccmsim.studies.doubt.page import Doubt, survivors
from ccmsim.studies.doubt.page import page as doubt_page
from ccmsim.studies.doubt.space import Held, Turn, held, positions_of
from ccmsim.studies.doubt.structure import AS_IT_IS, SHOWN
from ccmsim.studies.doubt.views import stands_rows, turn_words
from ccmsim.studies.validation import OUTCOMES, TARGETS, Finding, Published
from ccmsim.studies.validation.__main__ import main
from ccmsim.studies.validation.call_centre import GIVEN, NUMBERS, REPLICATIONS, as_published
from ccmsim.studies.validation.costs import PANELS, break_even_panel
from ccmsim.studies.validation.extremes import CASES
from ccmsim.studies.validation.nation import ridge, share_on_ridge
from ccmsim.studies.validation.page import page
from ccmsim.studies.validation.queueing import (
    BASE,
    Centre,
    Services,
    by_recursion,
    by_worklist,
    drawn,
    drawn_as_published,
)
from ccmsim.studies.validation.views import ridge_figure

FALSE_ALARM = 1e-6
DOCS = Path(__file__).parents[2] / "docs"
QUICK = {"replications": 20, "workers": 1}


def number(low: float, high: float) -> Estimate:
    return Estimate((low + high) / 2.0, 0.1, low, high, 0.95, 100, "by hand")


@pytest.fixture(scope="module")
def findings() -> dict[str, Finding]:
    return {name: TARGETS[name](**QUICK) for name in TARGETS}


@pytest.mark.parametrize(("estimate", "published", "given", "outcome"), [
    ((4.7, 5.1), (5.0, 5.0), False, "hit"),
    ((4.7, 5.1), (5.0, 6.0), True, "given"),
    ((4.7, 5.1), (5.4, 5.4), False, "near"),
    ((4.7, 5.1), (5.4, 5.4), True, "given"),
    ((4.7, 5.1), (9.0, 9.0), False, "miss"),
    ((4.7, 5.1), (9.0, 9.0), True, "unmet"),
    ((1.0, 20.0), (9.0, 9.0), False, "open"),
    ((0.1, 0.2), (0.0, np.inf), False, "hit"),
    ((0.0, 0.2), (0.0, np.inf), False, "open"),
    ((-0.2, -0.1), (0.0, np.inf), False, "miss"),
    ((-0.2, -0.1), (-np.inf, 0.0), False, "hit"),
])  # fmt: skip
def test_outcomes(
    estimate: tuple[float, float], published: tuple[float, float], given: bool, outcome: str
) -> None:
    assert Published("x", *published, "", given).outcome(number(*estimate)) == outcome
    assert outcome in OUTCOMES


def test_identities_and_inputs_are_no_hits(findings: dict[str, Finding]) -> None:
    same = Published("x", 5.0, 5.0, "", identity=True)
    assert same.outcome(number(4.9, 5.1)) == "the same"
    assert same.outcome(number(8.0, 8.1)) == "miss"
    assert findings["call_centre"].outcomes.count("the same") == 9
    five = [item.effect for item in findings["call_centre"].published if "five" in item.source]
    assert five == ["five"], "no published setting leaves minutes out"
    directions = findings["qualities"]
    built_in = directions.published[0]
    assert built_in.effect == "optimism"
    assert directions.outcomes[0] == "given"
    teams = findings["teams"]
    put_in = [item for item in teams.published if item.source in ("1 − (1 − p)ⁿ", "pⁿ")]
    assert len(put_in) == 5
    assert all(item.given for item in put_in)
    values = [findings["reach"].effects[item.effect].estimate.value
              for item in findings["reach"].published]  # fmt: skip
    assert len(set(values)) == len(values), "no number counts twice"


def test_views_of_a_finding_agree(findings: dict[str, Finding]) -> None:
    for found in findings.values():
        rows, document = found.table(), json.loads(found.to_json())
        assert document["verdict"] == found.verdict
        for name, effect in found.effects.items():
            assert rows.loc[name, "value"] == document["effects"][name]["value"]
            assert effect.words in str(found)
        for item, outcome in zip(found.published, found.outcomes, strict=True):
            assert rows.loc[item.effect, "outcome"] == outcome
        rows_drawn = sum(len(axes.get_yticks()) for axes in found.plot().axes)
        assert rows_drawn == len(found.published)


def test_the_page_has_the_form_of_a_run(findings: dict[str, Finding]) -> None:
    """The same sections and rows; numbers are those of more replications."""
    text = page(list(findings.values()), validation.extremes(replications=1, workers=1))
    written = (DOCS / "validation.md").read_text("utf-8")
    assert headings(text) == headings(written)
    assert labels(text) == labels(written)
    assert ridge_figure(findings["national"]).axes


def headings(text: str) -> list[str]:
    return re.findall(r"^#+ .*$", text, re.M)


def labels(text: str) -> list[str]:
    """Return the first cells of all tables."""
    return [line.split("|")[1] for line in text.splitlines() if line.startswith("| ")]


def test_a_part_is_printed_alone(capsys: pytest.CaptureFixture[str]) -> None:
    main(["reach", "extremes", "--replications", "20", "--seed", "3"])
    told = capsys.readouterr().out
    assert told.startswith(str(TARGETS["reach"](replications=20, seed=3)))
    assert str(validation.extremes(replications=20, seed=3)) in told
    main(["call_centre", "--replications", "20"])
    assert "| *the printed five* |" in capsys.readouterr().out


@pytest.mark.parametrize(("arguments", "message"), [
    (["rain"], "'rain' is no directory and no part; parts are national, "),
    (["absence", "--replications", "19"], "replications: must be at least 20 here"),
    (["structure", "--replications", "1"], "replications: must be at least 3 here"),
    (["mechanisms", "--replications", "2"], "replications: must be at least 3 here"),
    (["assumptions", "--replications", "2"], "replications: must be at least 3 here"),
    (["space", "--replications", "2"], "replications: of a set must be at least 3"),
    (["space", "--seed", "-1"], "seed: must be at least 0 (got -1)"),
])  # fmt: skip
def test_the_command_refuses(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    assert message in capsys.readouterr().err


def test_targets_refuse() -> None:
    with pytest.raises(InputError, match="targets: is not known"):
        validation.targets(["rain"])
    with pytest.raises(InputError, match="replications: must be at least 20 here"):
        validation.targets(replications=19)


def test_the_ridge_is_that_of_a_direct_simulation() -> None:
    """20,000 patients; resolves 0.15 months."""
    rng = np.random.default_rng(3)
    n, share, attrition = 20_000, 0.6, 0.08
    left = rng.integers(1, 25, n)
    stays = np.minimum(rng.geometric(attrition, n), left)
    billed = rng.binomial(stays, share)
    users = billed[billed > 0]
    months, once = ridge(share, attrition)
    z = 4.9  # FALSE_ALARM, two-sided
    assert abs(users.mean() - months) < z * users.std() / users.size**0.5 < 0.15
    singles = int((users == 1).sum())
    assert binom.cdf(singles, users.size, once) > FALSE_ALARM
    assert binom.sf(singles - 1, users.size, once) > FALSE_ALARM
    assert ridge(share_on_ridge(0.05), 0.05)[0] == pytest.approx(4.8, abs=1e-6)


@pytest.mark.parametrize("centre", [BASE, Centre(nurses=8, warm_up=300.0)])
def test_two_ways_to_serve_callers_agree(centre: Centre) -> None:
    for replication in range(3):
        for callers in (drawn(4, replication, centre), drawn_as_published(replication, centre)):
            first, second = by_worklist(callers, centre), by_recursion(callers, centre)
            for ours, theirs in zip(first.operators, second.operators, strict=True):
                np.testing.assert_array_equal(ours, theirs)
            for ours, theirs in zip(first.nurses, second.nurses, strict=True):
                np.testing.assert_allclose(np.sort(ours), np.sort(theirs))


def test_the_published_program_is_reproduced_with_its_own_numbers() -> None:
    """Its first 60 replications, run unchanged elsewhere: to eight decimals."""
    found = as_published(BASE, REPLICATIONS)
    for k, name in enumerate(NUMBERS):
        values = found[:, k]
        assert (values.mean(), values.std(ddof=1)) == pytest.approx(GIVEN[name], abs=1e-8)


def test_services_are_counted_as_the_program_does() -> None:
    """Waits of those begun after the warm-up; whole services, in the time in which they end."""
    centre = Centre(warm_up=10.0)
    services = Services(*(np.array(each) for each in (
        [1.0, 5.0, 1005.0, 1008.0], [2.0, 12.0, 1006.0, 1009.0], [9.0, 5.0, 3.0, 6.0],
    )))  # fmt: skip
    assert services.wait(centre) == (7.0 + 1.0 + 1.0) / 3.0
    assert services.use(1, centre) == 100.0 * (9.0 + 5.0 + 3.0) / 1000.0


def test_break_even_panel() -> None:
    assert break_even_panel(*(np.array([1.0]) for _ in PANELS)) == PANELS[0]
    assert break_even_panel(*(np.array([-1.0]) for _ in PANELS)) == np.inf


def test_every_extreme_case_can_fail() -> None:
    """A case whose number is wrong is not passed."""
    for case in CASES:
        assert not case.holds(np.array([12_345.0])), case.words


def test_all_of_class_a_is_moved_or_chosen_otherwise() -> None:
    groups = re.compile(r"^staff\.\w+\.")
    paths, choices = doubt.assumed(), doubt.choices()
    moved = {path for path in assumptions() if groups.sub("staff.*.", path) in paths}
    assert len(paths) == len(set(paths)) == len({groups.sub("staff.*.", path) for path in moved})
    assert moved | set(choices) == set(assumptions())
    assert not moved & set(choices)
    assert all(choices.values()), "every choice is made otherwise by a rule or an advice"


def test_positions_move_presets_within_what_they_may_be() -> None:
    rng = np.random.default_rng(2)
    paths = doubt.assumed()
    for name in presets_of():
        preset = ccmsim.load(name)
        assert placed(preset, dict.fromkeys(paths, 0.5)) == preset
        for position in (0.0, 1.0):
            assert placed(preset, dict.fromkeys(paths, position)) != preset
        for _ in range(5):
            placed(preset, dict(zip(paths, rng.uniform(size=len(paths)).tolist(), strict=True)))
    plan = placed(ccmsim.load("growth_100"), {"contact.care_plan_minutes": 1.0})
    assert plan.contact.care_plan_minutes == Uniform(low=40.0, high=80.0)
    physician = placed(ccmsim.load("physician_led"), {"contact.target_minutes": 0.0})
    assert physician.contact.target_minutes == 32.0, "a definition outside the range stays"
    logged = placed(ccmsim.load("two_nurses"), {"documentation.end_of_day.minute_loss_share": 1.0})
    assert logged.documentation.end_of_day.minute_loss_share == 0.05, "an assumed 0 moves"


def test_an_assumption_is_moved_where_it_is_used() -> None:
    for path in doubt.assumed():
        for preset in map(ccmsim.load, homes(path)):
            assert placed(preset, {path: 1.0}) != placed(preset, {path: 0.0}), path
    with pytest.raises(InputError, match="paths: is not assumed"):
        homes("contact.followup")


@pytest.mark.parametrize(("low", "high", "said"), [
    ((0.1, 0.4), (0.6, 0.9), "(overturns it)"),
    ((0.6, 0.9), (0.1, 0.4), "(overturns it)"),
    ((0.1, 0.6), (0.6, 0.9), "(may overturn it)"),
    ((0.1, 0.4), (0.45, 0.9), "(may overturn it)"),
    ((0.1, 0.4), (0.2, 0.7), "(does not overturn it)"),
])  # fmt: skip
def test_an_advice_is_overturned_only_beyond_chance(
    low: tuple[float, float], high: tuple[float, float], said: str
) -> None:
    turn = Turn("p", 0.5, number(*low), number(*high))
    told = turn_words(Held(number(0.4, 0.6), 0.5, 0.5, number(-1.0, 1.0), turn))
    assert told.endswith(said)


def test_an_assumption_is_moved_on_to_a_practice_that_uses_it() -> None:
    """`two_nurses` has both, and uses neither."""
    paths = ("enrollment.max_attempts", "contact.addon_within_minutes")
    found = doubt.one_at_a_time(paths=paths, replications=4)
    assert found.idle == ()
    for path in paths:
        assert found.scenarios[path] != homes(path)[0]


def test_the_page_of_doubt_counts_what_is_assumed() -> None:
    written = " ".join((DOCS / "doubt.md").read_text("utf-8").split())
    told = re.search(r"All (\d+) values .* asked about\. (\d+) are numbers .* as (\d+) parameters "
                     r".* The other (\d+) are choices", written)  # fmt: skip
    assert told is not None
    choices = len(doubt.choices())
    numbers = (len(assumptions()), len(assumptions()) - choices, len(doubt.assumed()), choices)
    assert tuple(map(int, told.groups())) == numbers
    for path in (*doubt.assumed(), *doubt.choices()):
        assert f"`{path}`" in written, path


def test_positions_are_a_latin_hypercube() -> None:
    points = positions_of(50, 7, 11)
    assert (np.sort((50.0 * points).astype(int), axis=0) == np.arange(50)[:, None]).all()
    assert (points == positions_of(50, 7, 11)).all()


def test_what_overturns_an_advice_is_found() -> None:
    """One parameter of forty decides; another seed's noise decides nothing."""
    positions = positions_of(120, 40, 5)
    noise = np.random.default_rng(6).normal(size=(120, 8))
    paths = tuple(f"p{k}" for k in range(40))
    decided = held((positions[:, [17]] - 0.4) * 10.0 + noise, positions, paths, 0.95)
    assert decided.turn is not None
    assert decided.turn.path == "p17"
    assert decided.turn.low.value < 0.2 < 0.9 < decided.turn.high.value
    assert decided.verdict == "mostly"
    nothing = held(noise, positions, paths, 0.95)
    assert nothing.turn is None
    assert nothing.verdict == "undecided"
    assert held(noise + 9.0, positions, paths, 0.95).verdict == "survives"
    assert held(noise - 9.0, positions, paths, 0.95).verdict == "fails"


def test_the_share_of_the_space_covers_what_is_true() -> None:
    """48 sets of 8, noise three times what differs; a coverage under 0.8 is caught."""
    for share in (0.84, 0.95, 1.0):
        rng = np.random.default_rng(8)
        count = covered((share_of_space(rng, 48, share) for _ in range(200)), share)
        assert not count.below(0.95, false_alarm=FALSE_ALARM), (share, count)


def test_no_noise_does_not_make_a_share_certain() -> None:
    """All of n sets: Clopper and Pearson's low end, 0.025 ** (1 / n)."""
    for sets in (36, 48):
        positions = positions_of(sets, 1, 2)
        found = held(1.0 + np.tile(positions, 3), positions, ("x",), 0.95)
        assert found.share.low == pytest.approx(0.025 ** (1.0 / sets))
        assert found.verdict == "survives"


def test_every_alternative_and_mechanism_changes_a_practice() -> None:
    practices = [ccmsim.load(name) for name in presets_of()]
    for alternative in ALTERNATIVES[1:]:
        assert any(alternative.alter(each) != each for each in practices), alternative.name
    for name, (_, taken) in MECHANISMS.items():
        assert any(taken(each) != each for each in practices), name
    for advice in ADVICE:
        assert advice.without != advice.following


def test_calls_by_appointment_move_the_net() -> None:
    """A rule that moves nothing reverses nothing, and says nothing of an advice."""
    booked = tuple(each for each in ALTERNATIVES if each.name == "booked")
    found = doubt.structure(alternatives=booked, advice=(), replications=10, workers=1)
    moved = [found.effects["booked", preset, "net_usd"] for preset in SHOWN]
    assert any(each.low > 0.0 for each in moved), moved


@pytest.fixture(scope="module")
def doubted() -> Doubt:
    """All four studies, each of little."""
    few = {"replications": 3, "workers": 1}
    some = tuple(each for each in ALTERNATIVES if each.name in ("contact", "outside_none"))
    return Doubt(
        doubt.space(advice=ADVICE[:2], sets=36, replications=3, workers=2),
        doubt.structure(alternatives=some, advice=ADVICE[:2], **few),
        doubt.mechanisms(names=("capture", "disruptions"), **few),
        doubt.one_at_a_time(paths=("contact.call_minutes", "visits.usd"), **few),
    )


def test_studies_of_doubt_say_the_same_everywhere(doubted: Doubt) -> None:
    for study in doubted:
        document = json.loads(study.to_json())
        assert document["replications"] == 3
        assert len(study.table()) > 0
        assert f"3 replications, seed {study.seed}" in " ".join(str(study).split())
        assert study.plot().axes
    points = doubted.structure.effects["contact", "two_nurses", "points"]
    assert points.value < 0.0
    assert doubted.mechanisms.effects["disruptions", "two_nurses"].value < 0.0
    assert doubted.assumptions.idle == ("visits.usd",)
    assert all(isinstance(each, Held) for each in doubted.space.held.values())


def test_the_page_of_doubt_has_the_form_of_a_run(doubted: Doubt) -> None:
    text, written = doubt_page(doubted), (DOCS / "doubt.md").read_text("utf-8")
    assert headings(text) == headings(written)
    assert set(labels(text)) <= set(labels(written)) | {" `contact.call_minutes` "}
    for advice in ADVICE:
        assert advice.words in written
    for words, _ in MECHANISMS.values():
        assert f"| {words} |" in written
    for alternative in ALTERNATIVES:
        assert f"| {alternative.words} |" in written


def judged(doubted: Doubt, gains: dict[str, tuple[float, float]], share: float) -> Doubt:
    """Return a doubt about the first advice: its worth by rule, its share of the space."""
    name = ADVICE[0].name
    alternatives = tuple(each for each in ALTERNATIVES if each.name in gains)
    structure = replace(
        doubted.structure,
        alternatives=alternatives,
        advice=ADVICE[:1],
        gains={(rule, name): number(*ends) for rule, ends in gains.items()},
        effects={
            (rule.name, preset, measure): number(0.0, 1.0)
            for rule in alternatives
            for preset in SHOWN
            for measure in ("points", "net_usd")
        },
    )
    one = replace(doubted.space.held[name], share=number(share - 0.02, share + 0.02))
    return doubted._replace(structure=structure, space=replace(doubted.space, held={name: one}))


@pytest.mark.parametrize(("today", "even", "load", "share", "place", "told"), [
    ((1, 2), (1, 2), (1, 2), 0.95, 0, ""),
    ((1, 2), (1, 2), (-1, 2), 0.95, 2, "survives over the assumptions; open where illness rises"),
    ((1, 2), (-2, -1), (1, 2), 0.95, 2, "; surely costs where first calls are spread evenly"),
    ((-1, 2), (-1, 2), (-1, 2), 0.95, 2, "assumptions; open in the presets as they are\n"),
    ((-1, 2), (-2, -1), (1, 2), 0.95, 2, "open in the presets as they are; surely costs where f"),
    ((1, 2), (1, 2), (1, 2), 0.8, 2, ": mostly over the assumptions\n"),
    ((-2, -1), (-2, -1), (-2, -1), 0.05, 1, ""),
    ((-2, -1), (-2, -1), (-1, 2), 0.05, 2, "fails over the assumptions; open where illness rises"),
    ((-2, -1), (1, 2), (-2, -1), 0.05, 2, "surely pays where first calls are spread evenly"),
    ((-2, -1), (-2, -1), (-2, -1), 0.4, 2, ": fails over the assumptions\n"),
])  # fmt: skip
def test_an_advice_survives_only_where_it_surely_pays_under_every_rule(
    doubted: Doubt, today: Any, even: Any, load: Any, share: float, place: int, told: str
) -> None:
    one = judged(doubted, {AS_IT_IS: today, "even": even, "load": load}, share)
    lists = re.split(r"\*\*.+?\*\*\n\n", survivors(one) + "\n")[1:]
    assert [ADVICE[0].words in each for each in lists] == [k == place for k in range(3)]
    assert told in lists[place]


def test_what_makes_an_open_advice_sure_is_named(doubted: Doubt) -> None:
    one = judged(doubted, {AS_IT_IS: (-1, 2), "even": (-2, -1), "load": (-1, 2)}, 0.95)
    _, row = stands_rows(one.structure)
    assert row[2:4] == ("none", "none")
    assert re.fullmatch(r"first calls are spread evenly .* \(.*: costs\)", row[4])
    assert "Made sure by: first calls" in " ".join(str(one.structure).split())


def test_the_page_says_how_many_pairs_are_asked(doubted: Doubt) -> None:
    """Two advices under two rules, neither about the other: 4 pairs."""
    assert doubted.structure.asked == 4
    assert "of these 4 pairs would be called sure by chance" in doubt_page(doubted)


def test_any_number_of_workers_gives_the_same_space(doubted: Doubt) -> None:
    again = doubt.space(advice=ADVICE[:1], sets=36, replications=3, workers=1)
    np.testing.assert_array_equal(again.worths["managed"], doubted.space.worths["managed"])
    assert again.held["managed"] == doubted.space.held["managed"]


@pytest.mark.parametrize(("settings", "message"), [
    ({"sets": 35}, "sets: must be at least 36"),
    ({"replications": 2}, "replications: of a set must be at least 3"),
])  # fmt: skip
def test_the_space_refuses(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        doubt.space(**settings)
