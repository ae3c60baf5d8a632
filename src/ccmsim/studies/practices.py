"""Claims about practices: how unlike they are, and what a system is worth.

Comes in: settings of simulations. Goes out: a `Claim` from each function. Nothing is tuned here:
the scenarios are presets, and bounds of tests were set before the first run.
"""

from __future__ import annotations

from itertools import combinations, product
from typing import Any, Final

import numpy as np

from ccmsim.analyses.parameters import parameters_of, seed_of_set, sets_of
from ccmsim.arrays import Floats
from ccmsim.measures import totals
from ccmsim.scenario import load
from ccmsim.studies.claim import Claim
from ccmsim.studies.running import (
    Study,
    above,
    bad_to_usual,
    below,
    billed,
    net,
    spread,
)
from ccmsim.wording import cell

PRACTICES: Final = 100
INNER: Final = 4

STRUCTURE: Final[dict[str, Any]] = {
    "operations.order": "closest_to_threshold",
    "operations.cover": {"hours_per_week": 12.0, "after_days": 2, "wage_usd_per_hour": 30.0},
    "contact.followup": "call_then_chart",
    "contact.max_attempts": 5,
    "documentation.capture": "real_time",
    "documentation.outside_capture_share": 0.9,
    "documentation.failure_share": 0.02,
    "disruptions.floor_cover": None,
}
"""What `structured_75` does otherwise than `informal_200`, its patients' answering aside."""

RESTED: Final[dict[str, Any]] = {
    "disruptions.floor_cover.per_shift_share": 0.1,
    "operations.worklist_review": "daily",
    "operations.load_absence": None,
}
"""`stretched_team`, were it not stretched: the same patients, nurses and nominal hours."""

PROTECTED: Final[dict[str, Any]] = {"disruptions.floor_cover": None}
CAPTURED: Final[dict[str, Any]] = {
    "documentation.capture": "real_time",
    "documentation.outside_capture_share": 0.9,
}

BROKEN: Final[dict[str, dict[str, Any]]] = {
    "visibility": {
        "panel.medicare.found_share": 0.4,
        "panel.medicare.found_per_month_share": 0.01,
    },
    "enrollment": {"enrollment.consent_share": 0.3, "enrollment.approaches_per_month": 8},
    "execution": {
        "disruptions.floor_cover.per_shift_share": 0.5,
        "operations.order": "release",
        "operations.worklist_review": "never",
    },
    "documentation": {
        "documentation.capture": "end_of_month",
        "documentation.outside_capture_share": 0.4,
        "documentation.failure_share": 0.06,
    },
}
"""The four drivers, broken."""


def multiples(
    *, replications: int = 200, seed: int = 0, level: float = 0.95, workers: int | None = None
) -> Claim:
    """Test whether practices with the same population differ by multiples.

    A hundred practices with the 200 patients of `two_nurses`, drawn from the ranges of the evidence
    table, four years each; `replications` are those of the two styles.

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
    bills, nets = np.empty(PRACTICES), np.empty(PRACTICES)
    for k, one in enumerate(scenarios):
        results = study.run(one, replications=INNER, seed=seed_of_set(seed, k))
        bills[k], nets[k] = billed(results).mean(), net(results).mean()
    study.statistic("billed", "Billed by practice, P90 ÷ P10", "times", _p90_to_p10, bills)
    ratio = study.statistic("net", "Net by practice, P90 ÷ P10", "times", _p90_to_p10, nets)
    study.average("mean_net", "Net, mean of the practices", "USD", nets)
    explained = {
        item.path: _rank_correlation(draws[:, k], nets) ** 2 for k, item in enumerate(parameters)
    }
    most = sorted(explained, key=lambda path: -explained[path])[:3]
    columns = {item.path: k for k, item in enumerate(parameters)}
    for path in most:
        study.statistic(
            f"explains.{path}", f"Squared rank correlation of net with {path}", "share",
            lambda x, y: _rank_correlation(x, y) ** 2, draws[:, columns[path]], nets,
        )  # fmt: skip
    informal = load("informal_200")
    styles = [billed(study.run(informal, changes)) for changes in (STRUCTURE, None)]
    study.statistic(
        "style", "Billed, structured ÷ informal, the same 200 patients", "times",
        lambda a, b: float(a.mean() / b.mean()), *styles,
    )  # fmt: skip
    return study.claim(
        "Two practices with the same population differ by multiples.",
        f"Over the ranges of the evidence the net differs ({cell(ratio)} times from P10 to P90); "
        f"most goes with {', '.join(most)}. Bills differ by multiples where the way of working "
        "does.",
        above("billed", 2.0, "bills: P90 is more than twice P10"),
        above("net", 2.0, "net: P90 is more than twice P10"),
        above("style", 2.0, "structured work bills more than twice what informal work does"),
    )


def _p90_to_p10(values: Floats) -> float:
    low, high = np.quantile(values, [0.1, 0.9])
    return float(high / low) if low > 0.0 else float("inf")


def _rank_correlation(x: Floats, y: Floats) -> float:
    first, second = (np.argsort(np.argsort(values)) for values in (x, y))
    return float(np.corrcoef(first, second)[0, 1])


def in_house(
    *, replications: int = 200, seed: int = 0, level: float = 0.95, workers: int | None = None
) -> Claim:
    """Test whether revenue falls faster than cost where the work is layered on a stretched team.

    Parameters are those of `multiples`; simulated five times as often, for the difference is small.

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
            f"{name}.faster", f"Billed less cost, {words}", "% points",
            lambda a, b, c, d: 100.0 * float(a.mean() / b.mean() - c.mean() / d.mean()),
            billed(stretched), billed(base), _cost(stretched), _cost(base),
        )  # fmt: skip
        study.difference(f"{name}.net", f"Net, {words}", "USD", net(stretched), net(base))
    return study.claim(
        "In-house work that is layered on a stretched team loses revenue faster than cost.",
        "It decides who pays the hours at the clinic: charged to the clinic they leave the "
        f"programme's books, and the net changes by {cell(study.effects['pulled.net'].estimate)} "
        f"USD; paid by the programme, by {cell(study.effects['paid.net'].estimate)} USD.",
        below(
            "pulled.faster", 0.0, "charged to the clinic: bills fall by a larger share than cost"
        ),
        below("paid.faster", 0.0, "paid by the programme: bills fall by a larger share than cost"),
    )


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
    good, bad = net(study.run(managed)), net(study.run(informal))
    study.average("managed", "Net of 75 managed", "USD", good)
    study.average("informal", "Net of 200 without a system", "USD", bad)
    study.difference("less", "75 managed more than 200 without", "USD", good, bad)
    study.difference("far_less", "Half of 75 managed more than 200 without", "USD", good / 2.0, bad)
    study.statistic(
        "bad_year", "The same of the one-in-twenty bad year", "USD",
        lambda a, b: float(np.quantile(a, 0.05) - np.quantile(b, 0.05)), good, bad,
    )  # fmt: skip
    for name, words, changes in (
        ("protected", "200 with protected time", PROTECTED),
        ("captured", "200 with minutes logged at once", CAPTURED),
        ("both", "200 with both", PROTECTED | CAPTURED),
    ):
        mended = net(study.run(informal, changes))
        study.difference(name, f"75 managed more than {words}", "USD", good, mended)
    cases = {"protected": "time is protected", "captured": "minutes are logged at once",
             "both": "both are done"}  # fmt: skip
    found = {name: study.effects[name].estimate for name in cases}
    still = [cases[name] for name, lead in found.items() if lead.low > 0.0]
    even = [cases[name] for name, lead in found.items() if lead.low <= 0.0 <= lead.high]
    flipped = [cases[name] for name, lead in found.items() if lead.high < 0.0]
    until = [
        f"{how} when {' or when '.join(which)}"
        for how, which in (
            ("it still holds", still), ("the two are even", even), ("it is the other way", flipped),
        )
        if which
    ]  # fmt: skip
    return study.claim(
        "200 patients without a system are worth far less than 75 managed consistently.",
        f"Of the 200: {'; '.join(until)}.",
        above("less", 0.0, "the net of 75 managed is higher"),
        above("far_less", 0.0, "200 without a system net less than half of it"),
        above("bad_year", 0.0, "so is that of a bad year"),
    )


def drivers(
    *, replications: int = 200, seed: int = 0, level: float = 0.95, workers: int | None = None
) -> Claim:
    """Test whether any one of four broken drivers makes revenue unpredictable: a 2⁴ factorial.

    Parameters are those of `multiples`.

    Examples
    --------
    >>> drivers(replications=20).scenarios
    ('growth_100',)
    """
    study = Study(9, "drivers", replications, seed, level, workers, warmup_months=12)
    practice, names = load("growth_100"), tuple(BROKEN)
    cells: dict[tuple[int, ...], Floats] = {}
    for levels in product((0, 1), repeat=len(names)):
        changes: dict[str, Any] = {}
        for name, broken in zip(names, levels, strict=True):
            changes |= BROKEN[name] if broken else {}
        cells[levels] = billed(study.run(practice, changes))
    sound = cells[0, 0, 0, 0]
    study.average("sound", "Billed, all four sound", "USD", sound)
    study.statistic("sound.cv", "cv of a year, all four sound", "cv", spread, sound)
    study.statistic("sound.bad", "Bad year ÷ usual year, all sound", "share", bad_to_usual, sound)
    for k, name in enumerate(names):
        signs = np.array([2.0 * levels[k] - 1.0 for levels in cells])
        effect = np.tensordot(signs / 8.0, np.array(list(cells.values())), axes=1)
        study.percent(f"{name}.main", f"Billed, {name} broken (mean over the others)",
                      sound + effect, sound)  # fmt: skip
        alone = cells[tuple(int(j == k) for j in range(4))]
        study.statistic(
            f"{name}.cv", f"cv of a year, {name} broken, less all sound", "cv",
            lambda a, b: spread(a) - spread(b), alone, sound,
        )  # fmt: skip
        study.statistic(
            f"{name}.bad", f"Bad year ÷ usual year, {name} broken", "share", bad_to_usual, alone
        )
    for first, second in combinations(range(4), 2):
        signs = np.array([(2.0 * c[first] - 1.0) * (2.0 * c[second] - 1.0) for c in cells])
        effect = np.tensordot(signs / 8.0, np.array(list(cells.values())), axes=1)
        study.percent(
            f"{names[first]}.{names[second]}",
            f"Interaction of {names[first]} and {names[second]}", sound + effect, sound,
        )  # fmt: skip
    pairs = [cells[tuple(int(j == k) for j in range(4))] for k in range(4)]
    study.statistic(
        "least.cv", "cv of a year, the driver that adds least, less all sound", "cv",
        lambda *a: min(spread(alone) for alone in a[:4]) - spread(a[4]), *pairs, sound,
    )  # fmt: skip
    shaky = [name for name in names if study.effects[f"{name}.cv"].estimate.low > 0.0]
    said = (
        f"A year is less sure with broken {' or '.join(shaky)}."
        if shaky
        else "No year is less sure."
    )
    return study.claim(
        "Any one of the four drivers breaking makes revenue unpredictable.",
        f"Level and spread are two things: a broken driver lowers what is billed. {said} A "
        "positive interaction means that two broken drivers cost less than the sum.",
        above("least.cv", 0.0, "each of the four raises a year's coefficient of variation"),
        *(below(f"{n}.main", -5.0, f"{n} broken costs more than 5 % of what is billed")
          for n in names),
        *(above(f"{n}.cv", 0.0, f"{n} broken raises a year's coefficient of variation")
          for n in names),
    )  # fmt: skip


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
    return study.claim(
        "Informal, inconsistent, staff-dependent work pays less, less surely, than structured, "
        "owned, repeatable work.",
        f"The same patients, nurses and nominal hours bill "
        f"{cell(study.effects['billed'].estimate)} % more when time is protected, minutes are "
        "logged at once and somebody steps in.",
        above("billed", 0.0, "structured work bills more"),
        above("net", 0.0, "it nets more, its cover paid"),
        below("cv", 0.0, "its years are less unlike"),
        above("bad_net", 0.0, "its bad year is better"),
    )
