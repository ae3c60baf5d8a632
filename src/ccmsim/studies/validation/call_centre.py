"""The worklist as a queue: a published model of a call centre, on the project's own primitive.

Comes in: a seed. Goes out: a `Finding` that sets the worklists' waits and use of staff beside what
the published program gives, what its notebooks print, and a recursion without events.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

import numpy as np

from ccmsim.arrays import Floats
from ccmsim.estimation import mean, paired_difference
from ccmsim.studies.running import Study
from ccmsim.studies.validation.finding import Finding, Published, finding
from ccmsim.studies.validation.queueing import (
    BASE,
    Centre,
    Four,
    Served,
    by_recursion,
    by_worklist,
    drawn,
    drawn_as_published,
)

NUMBERS: Final = {
    "operator_wait": ("Wait for an operator", "minutes"),
    "operator_use": ("Operators busy", "%"),
    "nurse_wait": ("Wait for a nurse", "minutes"),
    "nurse_use": ("Nurses busy", "%"),
}
"""What the published program reports, in its order."""

PROGRAM: Final = "the published program (Monks, intro-open-sim, notebook 8)"
REPLICATIONS: Final = 60
GIVEN: Final = {
    "operator_wait": (3.16859583, 1.84213780),
    "operator_use": (92.66447896, 1.74889946),
    "nurse_wait": (15.51776792, 9.41466666),
    "nurse_use": (94.71786685, 2.09018516),
}
"""Mean and standard deviation of its first 60 replications, base case, no warm-up: the program of
July 2025 (commit ce59693), run unchanged under SimPy 4.1.2 and NumPy 2.4.6."""

FIVE: Final = {
    "operator_wait": (4.2, 1.9),
    "operator_use": (95.7, 2.3),
    "nurse_wait": (38.8, 9.6),
    "nurse_use": (99.2, 0.9),
}
"""Mean and standard deviation of five replications, printed without their settings."""

WARM_UPS: Final = (0.0, 250.0, 500.0, 750.0, 1000.0, 1250.0)
_T: Final = {5: 2.7764451, REPLICATIONS: 2.0009954}


PRINTED: Final[tuple[tuple[str, Centre, Four, Four], ...]] = (
    ("notebook 8: 15 nurses who speak 10 to 30 minutes, warm-up 50",
     Centre(nurses=15, nurse_minutes=(10.0, 30.0), warm_up=50.0),
     (3.2, 94.2, 3.0, 88.3), (0.8, 1.3, 1.7, 3.6)),
    ("notebook 9: 8 nurses", Centre(nurses=8),
     (3.0, 93.0, 95.8, 97.7), (0.9, 1.3, 32.1, 0.4)),
    ("notebook 9: 8 nurses, warm-up 1,000", Centre(nurses=8, warm_up=1000.0),
     (3.5, 94.9, 303.6, 100.0), (1.1, 1.5, 43.3, 0.2)),
    ("notebook 9: 11 nurses, warm-up 2,000", Centre(nurses=11, warm_up=2000.0),
     (3.7, 94.1, 3.8, 90.6), (0.8, 1.6, 2.0, 1.5)),
)  # fmt: skip
"""What the published notebooks print of five replications: setting, means, standard deviations."""


def as_published(centre: Centre, replications: int) -> Floats:
    """Return the four numbers of each replication, from the program's own random numbers.

    Returns
    -------
    ndarray, shape (replications, 4)
        From the project's worklist.
    """
    return _each(by_worklist(drawn_as_published(r, centre), centre) for r in range(replications))


def _each(served: Iterable[Served]) -> Floats:
    return np.array([one.numbers() for one in served])


def call_centre(
    *, replications: int = 200, seed: int = 0, level: float = 0.95, workers: int | None = None
) -> Finding:
    """Set the worklist as a queue beside a published call centre and an independent recursion.

    Parameters
    ----------
    replications, seed
        At least 2 replications of 1,000 minutes.
    level : float
        Coverage of every interval, one by one.
    workers : int, optional
        Not used: it runs in one thread.

    Examples
    --------
    >>> found = call_centre(replications=2)
    >>> found.effects["operator_wait.gap"].estimate.value
    0.0
    """
    study = Study(6, "call_centre", replications, seed, level, workers, months=0, warmup_months=0)
    longer = _by_warm_up(replications, seed)
    table, worst = _printed_rows()
    published = [
        *_beside_the_program(study),
        _beside_the_print(study, worst),
        *_beside_a_recursion(study),
        _beside_the_five(study, longer),
    ]
    first = next((w for w, found in longer.items() if _fits(found) == len(NUMBERS)), WARM_UPS[-1])
    return finding(
        study,
        "The worklist as a queue: a published call centre",
        published,
        said=SAID.format(first=first),
        calibrated="nothing: rates and service times are the published model's.",
        scenarios=("a call centre of 13 operators and 10 nurses, 1,000 minutes",),
        more="\n".join([*table, "", *_warm_up_rows(longer)]),
    )


def _beside_the_program(study: Study) -> list[Published]:
    """Enter the four numbers, with our random numbers and with the program's."""
    ours = _each(by_worklist(drawn(study.seed, r)) for r in range(study.replications))
    same = as_published(BASE, REPLICATIONS)
    source = f"{PROGRAM}, {REPLICATIONS} replications, 95 %"
    published = []
    for k, (name, (label, unit)) in enumerate(NUMBERS.items()):
        study.enter(name, label, unit, mean(ours[:, k], level=study.level))
        published.append(Published(name, *_within(GIVEN[name], REPLICATIONS, unit), source))
    for k, (name, (label, unit)) in enumerate(NUMBERS.items()):
        found = float(same[:, k].mean())
        study.exact(f"{name}.same", f"{label}, the program's random numbers", unit, found)
        exact = float(f"{GIVEN[name][0]:.4g}")
        published.append(Published(f"{name}.same", exact, exact, "the same replications",
                                   identity=True))  # fmt: skip
    return published


def _beside_the_print(study: Study, worst: float) -> Published:
    """Enter how far the notebooks' printed numbers are from ours at most."""
    study.exact("printed", "Largest difference from 32 printed numbers, the same random numbers",
                "last digit", worst)  # fmt: skip
    return Published(
        "printed", 0.0, 0.5, "what the notebooks print, to its rounding", identity=True
    )


def _beside_a_recursion(study: Study) -> list[Published]:
    """Enter how far worklist and recursion are apart for the same callers."""
    callers = [drawn(study.seed, r) for r in range(study.replications)]
    ours, theirs = (_each(map(serve, callers)) for serve in (by_worklist, by_recursion))
    published = []
    for k, (name, (label, unit)) in enumerate(NUMBERS.items()):
        gap = paired_difference(ours[:, k], theirs[:, k], level=study.level)
        study.enter(f"{name}.gap", f"{label}: worklist less recursion, same callers", unit, gap)
        published.append(Published(f"{name}.gap", 0.0, 0.0, "Kiefer and Wolfowitz recursion",
                                   identity=True))  # fmt: skip
    return published


def _beside_the_five(study: Study, longer: dict[float, Floats]) -> Published:
    """Enter the nurse's wait beside five printed replications.

    Their settings are not published, so what fits with a warm-up is in a table and no target.
    """
    study.enter("five", "Wait for a nurse, nothing left out", "minutes",
                mean(longer[0.0][:, 2], level=study.level))  # fmt: skip
    source = "five replications, printed without settings, 95 %"
    return Published("five", *_within(FIVE["nurse_wait"], 5, "minutes"), source)


SAID: Final = (
    "Thirteen operators and ten nurses serve 1,667 callers in 1,000 minutes from the engine's "
    "worklist. With the published program's own random numbers it gives the program's output, and "
    "what its notebooks print, to the last digit; with others, the same within the error; and "
    "with the same callers the waits of a recursion that has neither worklist nor event list, to "
    "the last bit. Use is counted as the program counts it: whole services, when they are over. "
    "(The program is that of July 2025, commit ce59693, run unchanged under SimPy 4.1.2 and NumPy "
    "2.4.6.) Five replications that were printed elsewhere, without their settings, do not fit "
    "the base case, the program's own output no better than ours: nurses have a load of exactly "
    "1, so their queue grows as long as one looks, and the printed five fit a centre that has "
    "been open "
    "for {first:.0f} minutes or more before anything was counted."
)


def _within(figures: tuple[float, float], n: int, unit: str) -> tuple[float, float]:
    """Return the 95 % interval of a mean of n replications, percentages up to 100."""
    middle, deviation = figures
    half = _T[n] * deviation / n**0.5
    return middle - half, min(middle + half, 100.0) if unit == "%" else middle + half


_HEADS: Final = " operator's wait | operators busy | nurse's wait | nurses busy |"


def _printed_rows() -> tuple[list[str], float]:
    """Return the table of what the notebooks print, and the largest difference, of a last digit."""
    rows = [
        "| five replications, printed → with the same random numbers |" + _HEADS,
        "|---|---|---|---|---|",
    ]
    worst = 0.0
    for words, centre, means, deviations in PRINTED:
        found = as_published(centre, 5)
        cells = []
        for k, (m, s) in enumerate(zip(means, deviations, strict=True)):
            ours = float(found[:, k].mean()), float(found[:, k].std(ddof=1))
            worst = max(worst, 10.0 * abs(ours[0] - m), 10.0 * abs(ours[1] - s))
            cells.append(f"{m:.1f} (sd {s:.1f}) → {ours[0]:.1f} ({ours[1]:.1f})")
        rows.append(f"| {words} | {' | '.join(cells)} |")
    return rows, worst


def _by_warm_up(replications: int, seed: int) -> dict[float, Floats]:
    """Return the four numbers of each replication of a long run, by the minutes left out."""
    longest = Centre(warm_up=WARM_UPS[-1])
    served = [by_recursion(drawn(seed, r, longest), longest) for r in range(replications)]
    return {
        warm_up: _each(replace(one, centre=Centre(warm_up=warm_up)) for one in served)
        for warm_up in WARM_UPS
    }


def _fits(found: Floats) -> int:
    """Return how many of the printed five's numbers lie within both errors."""
    fits = 0
    for k, (name, (_, unit)) in enumerate(NUMBERS.items()):
        low, high = _within(FIVE[name], 5, unit)
        one = mean(found[:, k])
        fits += one.low <= high and one.high >= low
    return fits


def _warm_up_rows(longer: dict[float, Floats]) -> list[str]:
    """Return the table of the base case by warm-up, beside the five that were printed."""
    rows = [
        "| minutes left out before counting |" + _HEADS + " the printed five fit |",
        "|---|---|---|---|---|---|",
    ]
    for warm_up, found in longer.items():
        cells = " | ".join(f"{value:.1f}" for value in found.mean(axis=0))
        rows.append(f"| {warm_up:,.0f} | {cells} | {_fits(found)} of 4 |")
    five = " | ".join(f"{m:.1f} (sd {s:.1f})" for m, s in FIVE.values())
    return [*rows, f"| *the printed five* | {five} | |"]
