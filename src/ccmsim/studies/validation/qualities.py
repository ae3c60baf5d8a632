"""Targets without a number: what the literature says of the direction of an effect.

Comes in: settings of simulations. Goes out: a `Finding`. Nothing is tuned.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from ccmsim.arrays import Floats
from ccmsim.measures import billable_points
from ccmsim.scenario import load
from ccmsim.scenario.model import Scenario
from ccmsim.studies.running import Study, net
from ccmsim.studies.validation.finding import Finding, Published, finding

HOURS: Final = (12.0, 14.0, 16.0, 18.0, 20.0, 22.0, 24.0)
SPELLS: Final = 8.0
"""Sick spells a year and nurse, of the team whose nurses are alike."""

RARE: Final[dict[str, Any]] = {"disruptions.sick.spells_per_year": 1.0}
FREQUENT: Final[dict[str, Any]] = {"disruptions.sick.spells_per_year": 6.0}
POOLED: Final[dict[str, Any]] = {"operations.assignment": "pooled"}
OWNED: Final[dict[str, Any]] = {"operations.assignment": "owned"}


def qualities(
    *, replications: int = 200, seed: int = 0, level: float = 0.95, workers: int | None = None
) -> Finding:
    """Test three published directions: workload and absence, unlike staff, a float pool.

    Parameters
    ----------
    replications, seed, workers
        As in `ccmsim.simulate`.
    level : float
        Coverage of every interval, one by one.
    """
    study = Study(7, "qualities", replications, seed, level, workers)
    _workload(study)
    _unlike(study)
    _pool(study)
    none = float("inf")
    green = "Green, Savin, Savva 2013"
    return finding(
        study,
        "Directions that the literature reports",
        (
            Published("optimism", 0.0, none, f"{green}: above 0", given=True),
            Published("understaffing", 0.0, none, f"{green}: above 0"),
            Published("unlike.share", -none, 0.0, "Wang, Gupta: below 0"),
            Published("unlike.more", 0.0, none, "Wang, Gupta: above 0"),
            Published("pool", 0.0, none, "Hershey 1972; Ryu, Jiang: above 0"),
            Published("spare", 0.0, none, "Hershey 1972; Ryu, Jiang: above 0"),
        ),
        said=(
            "Who plans as if absence did not rise with load expects more than comes; whether the "
            "plan also has too few hours is a smaller effect, for the norm of load decides. "
            "Months are lost whole, and the worklist lets those who lack least come first, so how "
            "illness is spread over two nurses with their own patients matters little. A pool "
            "(one worklist for both nurses) helps with hours to spare: without, whoever helps "
            "leaves her own patients."
        ),
        calibrated=(
            "the dependence of absence on load is in stretched_team because of the first study; "
            "its size is assumed, so the direction of the first row is built in. Unlike staff and "
            "the pool were used for nothing."
        ),
    )


def _points(study: Study, scenario: Scenario, changes: dict[str, Any] | None = None) -> Floats:
    """Return the billable share of the months, points."""
    return billable_points(study.run(scenario, changes).values)


def _workload(study: Study) -> None:
    """Enter what a plan promises that takes absence as it is, and how many hours it lacks."""
    truth = load("stretched_team")
    plan = truth.but({"operations.load_absence": None})
    study.difference(
        "optimism", "Billable share of a plan without load-driven absence, more than comes",
        "points", _points(study, plan), _points(study, truth),
    )  # fmt: skip
    nets = [
        [net(study.run(one, {"staff.nurses.hours_per_week": hours})) for hours in HOURS]
        for one in (truth, plan)
    ]
    count = len(HOURS)
    study.statistic(
        "understaffing", "Best hours a week and nurse, more than that plan says", "hours",
        lambda *of: _best(of[:count]) - _best(of[count:]), *nets[0], *nets[1],
    )  # fmt: skip


def _best(nets: tuple[Floats, ...]) -> float:
    return HOURS[int(np.argmax([values.mean() for values in nets]))]


def _unlike(study: Study) -> None:
    """Enter what one nurse does who is often ill, beside one who never is."""
    team = load("two_nurses").but({"disruptions.outbreak": None})
    alike = {"disruptions.sick.spells_per_year": SPELLS, "disruptions.sick.frailty_shape": None}
    nurse = {"hours_per_week": 16.0}
    unlike: dict[str, Any] = {
        "staff.nurses.coordinators": 1,
        "staff.others": nurse,
        "disruptions.sick.staff": ["nurses"],
        "disruptions.sick.spells_per_year": 2.0 * SPELLS,
        "disruptions.sick.frailty_shape": None,
    }
    more = alike | {"disruptions.sick.spells_per_year": 1.1 * SPELLS}
    base, apart, tenth = (_points(study, team, each | OWNED) for each in (alike, unlike, more))
    study.difference(
        "unlike.share", "Billable share, one nurse ill twice as often, one never, less both alike",
        "points", apart, base,
    )  # fmt: skip
    study.difference(
        "unlike.tenth", "The same, a tenth more illness of both", "points", tenth, base
    )
    study.statistic(
        "unlike.more", "Size of the first effect more than that of the second", "points",
        lambda a, b, c: abs(float((a - c).mean())) - abs(float((b - c).mean())), apart, tenth, base,
    )  # fmt: skip


def _pool(study: Study) -> None:
    """Enter how much more one worklist gains where absence is frequent, and with spare hours."""
    team = load("two_nurses")
    for key, place, hours in (("pool", "", 16.0), ("spare", ", 24 hours a week", 24.0)):
        gains = []
        for name, often in (("rare", RARE), ("frequent", FREQUENT)):
            changes = often | {"staff.nurses.hours_per_week": hours}
            pooled, owned = (_points(study, team, changes | how) for how in (POOLED, OWNED))
            gains.append(pooled - owned)
            study.difference(
                f"{key}.{name}", f"Share gained by a pool, illness {name}{place}", "points",
                pooled, owned,
            )  # fmt: skip
        study.difference(
            key, f"The gain where illness is frequent, more than where it is rare{place}", "points",
            gains[1], gains[0],
        )  # fmt: skip
