"""Claims about practices: how unlike they are, and what a system is worth.

Comes in: settings of simulations. Goes out: a `Claim` from each function. Nothing is tuned here:
the scenarios are presets, and bounds of tests were set before the first run.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import numpy as np

from ccmsim.analyses.parameters import parameters_of, seed_of_set, sets_of
from ccmsim.arrays import Floats
from ccmsim.estimation.levels import variances
from ccmsim.measures import totals
from ccmsim.scenario import load
from ccmsim.studies.claim import Claim
from ccmsim.studies.running import (
    Study,
    above,
    bad_to_usual,
    below,
    beyond_chance,
    billed,
    net,
    spread,
)
from ccmsim.wording import cell

PRACTICES: Final = 100
INNER: Final = 10


class Way(NamedTuple):
    """A way of working: what it sets, and its words."""

    words: str
    changes: Mapping[str, Any]


WAYS: Final[Mapping[str, Way]] = {
    "protected": Way("nobody is pulled to the clinic floor", {"disruptions.floor_cover": None}),
    "logged": Way("own minutes are logged at once", {"documentation.capture": "real_time"}),
    "others": Way("nine tenths of others' work are logged, and not four",
                  {"documentation.outside_capture_share": 0.9}),
    "documented": Way("documentation fails in 2 % of the months, and not in 6",
                      {"documentation.failure_share": 0.02}),
    "order": Way("patients who lack least come first",
                 {"operations.order": "closest_to_threshold"}),
    "attempts": Way("up to five calls are made, and not three", {"contact.max_attempts": 5}),
    "chart": Way("charts are worked between calls", {"contact.followup": "call_then_chart"}),
    "cover": Way("a substitute comes from the third day of an absence",
                 {"operations.cover": {
                     "hours_per_week": 12.0, "after_days": 2, "wage_usd_per_hour": 30.0,
                 }}),
}  # fmt: skip
"""What `structured_75` does otherwise than `informal_200`, its patients' answering aside."""


def by(*names: str) -> dict[str, Any]:
    """Return what some of `WAYS` set.

    Examples
    --------
    >>> by("protected", "logged")
    {'disruptions.floor_cover': None, 'documentation.capture': 'real_time'}
    """
    return {path: value for name in names for path, value in WAYS[name].changes.items()}


STRUCTURE: Final = by(*WAYS)

RESTED: Final[dict[str, Any]] = {
    "disruptions.floor_cover.per_shift_share": 0.1,
    "operations.worklist_review": "daily",
    "operations.load_absence": None,
}
"""`stretched_team`, were it not stretched: the same patients, nurses and nominal hours."""

FIRST: Final[dict[str, Any]] = {"disruptions.floor_cover.per_shift_share": 0.5}
"""What `two_nurses` was stretched by when the claim was put first."""


def multiples(
    *, replications: int = 200, seed: int = 0, level: float = 0.95, workers: int | None = None
) -> Claim:
    """Test whether practices with the same population differ by multiples.

    A hundred practices with the 200 patients of `two_nurses`, drawn from the ranges of the evidence
    table, ten years each, whose chance is taken out; `replications` are those of the two styles.

    Parameters
    ----------
    replications, seed, workers
        As in `ccmsim.simulate`.
    level : float
        Coverage of every interval, one by one.

    Examples
    --------
    >>> multiples(replications=20).effects["billed"].unit
    'times'
    """
    study = Study(4, "multiples", replications, seed, level, workers)
    practice = load("two_nurses")
    parameters = parameters_of(practice, None)
    draws, scenarios = sets_of(practice, parameters, seed, range(PRACTICES))
    bills, nets = np.empty((2, PRACTICES, INNER))
    for k, one in enumerate(scenarios):
        results = study.run(one, replications=INNER, seed=seed_of_set(seed, k))
        bills[k], nets[k] = billed(results), net(results)
    study.note = (
        f"two_nurses as {PRACTICES} practices of {INNER} replications each, both styles of "
        f"informal_200 {replications:,} replications"
    )
    study.statistic("billed", "Billed by practice, P90 ÷ P10", "times", _p90_to_p10, bills)
    ratio = study.statistic("net", "Net by practice, P90 ÷ P10", "times", _p90_to_p10, nets)
    low, high = (
        study.statistic(f"net.p{100.0 * q:.0f}", f"Net by practice, P{100.0 * q:.0f}", "USD",
                        lambda each, q=q: float(np.quantile(expectations(each), q)), nets)
        for q in (0.1, 0.9)
    )  # fmt: skip
    study.average("mean_net", "Net, mean of the practices", "USD", nets.mean(axis=1))
    known = variances(nets, level=level)["chance"].value / INNER / nets.mean(axis=1).var(ddof=1)
    study.exact("chance", f"Chance in the variance of means of {INNER} years, taken out above",
                "share", known)  # fmt: skip
    most = _explained(study, [item.path for item in parameters], draws, nets.mean(axis=1))
    goes = f"Most goes with {', '.join(most)}." if most else "No single input stands out."
    informal = load("informal_200")
    styles = [billed(study.run(informal, changes)) for changes in (STRUCTURE, None)]
    style = study.statistic(
        "style", "Billed, structured ÷ informal, the same 200 patients", "times",
        lambda a, b: float(a.mean() / b.mean()), *styles,
    )  # fmt: skip
    return study.claim(
        "Two practices with the same population differ by multiples.",
        "Holds when one asks for the net, or when the way of working differs. Over the ranges of "
        f"the evidence, with one way of working, the net goes from {cell(low)} USD (P10) to "
        f"{cell(high)} USD (P90), {cell(ratio)} times: a ratio of which little is sure, for its "
        f"lower end is near 0. {goes} Bills differ by multiples where "
        f"the way of working does: {cell(style)} times, when {ways_in_words()}.",
        above("billed", 2.0, "bills: P90 is more than twice P10"),
        above("net", 2.0, "net: P90 is more than twice P10"),
        above("style", 2.0, "structured work bills more than twice what informal work does"),
    )


def ways_in_words() -> str:
    """Return all that structured work does otherwise, in words."""
    *first, last = (way.words for way in WAYS.values())
    return f"{', '.join(first)}, and {last}"


def _explained(study: Study, paths: list[str], draws: Floats, means: Floats) -> list[str]:
    """Enter the numbers that the means go with most, three at most, beyond chance; return them."""
    explained = {path: _rank_correlation(draws[:, k], means) ** 2 for k, path in enumerate(paths)}
    needed = beyond_chance(len(paths), len(means)) ** 2
    sure = [path for path in paths if explained[path] >= needed]
    most = sorted(sure, key=lambda path: -explained[path])[:3]
    for path in most:
        study.statistic(
            f"explains.{path}", f"Squared rank correlation of net with {path}", "share",
            lambda x, y: _rank_correlation(x, y) ** 2, draws[:, paths.index(path)], means,
        )  # fmt: skip
    return most


def expectations(values: Floats) -> Floats:
    """Return means of rows, drawn together until chance is out of their variance.

    Constrained empirical Bayes: Louis (1984), JASA 79, 393-398.

    Parameters
    ----------
    values : ndarray, shape (practices, replications)

    Examples
    --------
    >>> expectations(np.array([[0.0, 4.0], [6.0, 10.0]])).round(2).tolist()
    [2.35, 7.65]
    """
    means = values.mean(axis=1)
    chance = values.var(axis=1, ddof=1).mean() / values.shape[1]
    kept = max(1.0 - chance / means.var(ddof=1), 0.0) ** 0.5
    drawn: Floats = means.mean() + kept * (means - means.mean())
    return drawn


def _p90_to_p10(values: Floats) -> float:
    low, high = np.quantile(expectations(values), [0.1, 0.9])
    return float(high / low) if low > 0.0 else float("inf")


def _rank_correlation(x: Floats, y: Floats) -> float:
    first, second = (np.argsort(np.argsort(values)) for values in (x, y))
    return float(np.corrcoef(first, second)[0, 1])


def in_house(
    *, replications: int = 200, seed: int = 0, level: float = 0.95, workers: int | None = None
) -> Claim:
    """Test whether revenue falls faster than cost where the work is layered on a stretched team.

    Parameters are those of `multiples`; simulated five times as often, for the difference is small.
    Both tests were put to another preset when results of the first run were known.

    Examples
    --------
    >>> in_house(replications=20).number
    5
    """
    study = Study(5, "in_house", 5 * replications, seed, level, workers)
    practice = load("stretched_team")
    paid: dict[str, Any] = {"disruptions.floor_cover.paid_share": 1.0}
    for name, words, hours in (
        ("pulled", "stretched", {}),
        ("paid", "stretched, the clinic's hours paid by the programme", paid),
    ):
        base, stretched = study.run(practice, RESTED | hours), study.run(practice, hours)
        study.percent(f"{name}.billed", f"Billed, {words}", billed(stretched), billed(base))
        study.percent(f"{name}.cost", f"Cost, {words}", _cost(stretched), _cost(base))
        study.statistic(
            f"{name}.faster", f"Billed less cost, {words}", "% points", _faster,
            billed(stretched), billed(base), _cost(stretched), _cost(base),
        )  # fmt: skip
        study.difference(f"{name}.net", f"Net, {words}", "USD", net(stretched), net(base))
    two = load("two_nurses")
    base, half = study.run(two), study.run(two, FIRST)
    only = study.statistic(
        "first.faster", "Billed less cost, two_nurses pulled away on half of the shifts",
        "% points", _faster, billed(half), billed(base), _cost(half), _cost(base),
    )  # fmt: skip
    return study.claim(
        "In-house work that is layered on a stretched team loses revenue faster than cost.",
        "Holds when nurses are pulled away on 30 % of the shifts rather than 10, are ill more "
        "often as their load grows, and look down the list monthly rather than daily; and whoever "
        "pays the hours at the clinic. That decides how much is lost: charged to the clinic they "
        "leave the programme's books, and the net changes by "
        f"{cell(study.effects['pulled.net'].estimate)} USD; paid by the programme, by "
        f"{cell(study.effects['paid.net'].estimate)} USD. Where nurses are pulled away on half of "
        f"the shifts and nothing else is stretched, as the claim was put first, bills less cost "
        f"change by no more than {cell(only)} % points; here by "
        f"{cell(study.effects['pulled.faster'].estimate)}: the change made the claim easier to "
        "pass.",
        below(
            "pulled.faster",
            0.0,
            "charged to the clinic: bills fall by a larger share than cost",
            later=True,
        ),
        below(
            "paid.faster",
            0.0,
            "paid by the programme: bills fall by a larger share than cost",
            later=True,
        ),
    )


def _faster(billed_now: Floats, billed_then: Floats, cost_now: Floats, cost_then: Floats) -> float:
    """Return by how many percent bills grew more than cost."""
    grown = billed_now.mean() / billed_then.mean() - cost_now.mean() / cost_then.mean()
    return 100.0 * float(grown)


def _cost(results: Any) -> Floats:
    return totals(results, "staff_cost_usd") + totals(results, "other_cost_usd")


def without_a_system(
    *, replications: int = 200, seed: int = 0, level: float = 0.95, workers: int | None = None
) -> Claim:
    """Test whether 200 patients without a system are worth far less than 75 managed consistently.

    Parameters are those of `multiples`.

    Examples
    --------
    >>> without_a_system(replications=20).scenarios
    ('structured_75', 'informal_200')
    """
    study = Study(6, "without_a_system", replications, seed, level, workers)
    managed, informal = load("structured_75"), load("informal_200")
    orderly, loose = study.run(managed), study.run(informal)
    good, bad = net(orderly), net(loose)
    study.average("managed", "Net of 75 managed", "USD", good)
    study.average("informal", "Net of 200 without a system", "USD", bad)
    study.difference("less", "75 managed more than 200 without", "USD", good, bad)
    study.difference("far_less", "Half of 75 managed more than 200 without", "USD", good / 2.0, bad)
    study.statistic(
        "bad_year", "75 managed more than 200 without, of a one-in-twenty bad year", "USD",
        lambda a, b: float(np.quantile(a, 0.05) - np.quantile(b, 0.05)), good, bad,
    )  # fmt: skip
    cases = {
        "protected": ("time is protected", ("protected",)),
        "logged": ("own minutes are logged at once", ("logged",)),
        "captured": ("own minutes are logged at once and others' work is logged, too",
                     ("logged", "others")),
        "protected_logged": ("time is protected and own minutes are logged at once",
                             ("protected", "logged")),
        "all": ("both and time is protected", ("protected", "logged", "others")),
    }  # fmt: skip
    for name, (words, ways) in cases.items():
        mended = net(study.run(informal, by(*ways)))
        study.difference(name, f"75 managed more than 200, {words}", "USD", good, mended)
    study.contact("managed", "75 managed", orderly)
    study.contact("informal", "200 without a system", loose)
    found = {name: study.effects[name].estimate for name in cases}
    still = [cases[name][0] for name, lead in found.items() if lead.low > 0.0]
    even = [cases[name][0] for name, lead in found.items() if lead.low <= 0.0 <= lead.high]
    flipped = [cases[name][0] for name, lead in found.items() if lead.high < 0.0]
    until = [
        f"{how} when {' or when '.join(which)}"
        for how, which in (
            ("75 managed still net more", still), ("the two are even", even),
            ("it is the other way", flipped),
        )
        if which
    ]  # fmt: skip
    return study.claim(
        "200 patients without a system are worth far less than 75 managed consistently.",
        "Holds when the nurses of the 200 are pulled away, log their minutes from memory, and "
        f"leave most of others' work unlogged. Of the 200: {'; '.join(until)}.",
        above("less", 0.0, "the net of 75 managed is higher"),
        above("far_less", 0.0, "200 without a system net less than half of it"),
        above("bad_year", 0.0, "so is that of a bad year"),
    )


def structured(
    *, replications: int = 200, seed: int = 0, level: float = 0.95, workers: int | None = None
) -> Claim:
    """Test informal, staff-dependent work against structured, repeatable work.

    The same 200 patients, the same nurses and nominal hours. Parameters are those of `multiples`.

    Examples
    --------
    >>> structured(replications=20).effects["billed"].unit
    '%'
    """
    study = Study(10, "structured", replications, seed, level, workers)
    informal = load("informal_200")
    before, after = study.run(informal), study.run(informal, STRUCTURE)
    study.percent("billed", "Billed, structured against informal", billed(after), billed(before))
    study.difference("net", "Net, structured more than informal", "USD", net(after), net(before))
    study.statistic(
        "cv", "cv of a year's bills, structured less informal", "cv",
        lambda a, b: spread(a) - spread(b), billed(after), billed(before),
    )  # fmt: skip
    study.statistic(
        "bad", "Bad year ÷ usual year of bills, structured less informal", "share",
        lambda a, b: bad_to_usual(a) - bad_to_usual(b), billed(after), billed(before),
    )  # fmt: skip
    study.statistic(
        "bad_net", "Net of a bad year, structured more than informal", "USD",
        lambda a, b: float(np.quantile(a, 0.05) - np.quantile(b, 0.05)), net(after), net(before),
    )  # fmt: skip
    study.contact("structured", "structured", after)
    study.contact("informal", "informal", before)
    alone = {}
    for name, way in WAYS.items():
        found = study.percent(f"alone.{name}", f"Billed, this alone: {way.words}",
                              billed(study.run(informal, way.changes)), billed(before))  # fmt: skip
        alone[name] = found.value
    best = max(alone, key=lambda name: alone[name])
    return study.claim(
        "Informal, inconsistent, staff-dependent work pays less, less surely, than structured, "
        "owned, repeatable work.",
        f"Holds when all of these change at once, for the same patients, nurses and nominal hours: "
        f"{ways_in_words()}. Together they bill {cell(study.effects['billed'].estimate)} % more. "
        f"Alone most does that {WAYS[best].words}: "
        f"{cell(study.effects[f'alone.{best}'].estimate)} %.",
        above("billed", 0.0, "structured work bills more"),
        above("net", 0.0, "it nets more, its cover paid"),
        below("cv", 0.0, "its years are less unlike"),
        above("bad_net", 0.0, "its bad year is better"),
    )
