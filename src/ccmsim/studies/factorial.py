"""The claim about four drivers: a 2⁴ factorial of broken ones, on level, spread and bad years.

Comes in: settings of simulations. Goes out: a `Claim`. Nothing is tuned here: the scenario is a
preset, and bounds of tests were set before the first run, but where it is told.
"""

from __future__ import annotations

from itertools import combinations, product
from typing import Any, Final

import numpy as np

from ccmsim.arrays import Floats
from ccmsim.estimation.resampling import bootstrapped_together
from ccmsim.scenario import load
from ccmsim.studies.claim import Claim, Grid
from ccmsim.studies.running import Study, above, bad_to_usual, below, billed, spread
from ccmsim.wording import cell

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

NAMES: Final = tuple(BROKEN)
CELLS: Final = tuple(product((0, 1), repeat=len(NAMES)))
"""Which drivers are broken, a cell of the factorial each; the first has none."""

CONTRASTS: Final = tuple(
    chosen for size in range(1, len(NAMES) + 1) for chosen in combinations(range(len(NAMES)), size)
)
"""Drivers by number: single ones are main effects, more of them interactions."""


def signs() -> Floats:
    """Return the contrasts: mean of the cells where a product of signs is +1, less the others'.

    Returns
    -------
    ndarray, shape (15, 16)

    Examples
    --------
    >>> (signs() @ signs().T * 4.0 == np.eye(15)).all()
    np.True_
    """
    levels = 2.0 * np.array(CELLS) - 1.0
    rows = [levels[:, list(chosen)].prod(axis=1) for chosen in CONTRASTS]
    found: Floats = np.array(rows) / (len(CELLS) / 2.0)
    return found


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
    practice = load("growth_100")
    cells = np.array([billed(study.run(practice, _changes(levels))) for levels in CELLS]).T
    _alone(study, cells)
    grid = _factorial(study, cells)
    shaky = [name for name in NAMES if study.effects[f"{name}.cv"].estimate.low > 0.0]
    said = " or ".join(shaky) or "none of the four"
    unsure = [n for n in NAMES if not study.effects[f"{n}.cv"].estimate.excludes(0.0)]
    open_for = f"; open for {' and '.join(unsure)}" if unsure else ""
    lower = ", ".join(f"{n} {cell(study.effects[f'{n}.main'].estimate)} %" for n in NAMES)
    return study.claim(
        "Any one of the four drivers breaking makes revenue unpredictable.",
        "Holds, by the coefficient of variation of a year and with the other three sound, when it "
        f"is {said} that breaks{open_for}. What each does to the bills, mean over the others: "
        f"{lower}. A positive interaction of two in the bills means that both broken cost less "
        "than their sum.",
        above(
            "least.cv", 0.0, "each of the four raises a year's coefficient of variation", later=True
        ),
        *(below(f"{n}.main", -5.0, f"{n} broken costs more than 5 % of what is billed")
          for n in NAMES),
        *(above(f"{n}.cv", 0.0, f"{n} broken raises a year's coefficient of variation")
          for n in NAMES),
        grid=grid,
    )  # fmt: skip


def _changes(levels: tuple[int, ...]) -> dict[str, Any]:
    """Return what a cell of the factorial changes."""
    broken = [BROKEN[name] for name, is_broken in zip(NAMES, levels, strict=True) if is_broken]
    return {path: value for changes in broken for path, value in changes.items()}


def _alone(study: Study, cells: Floats) -> None:
    """Enter the sound practice, and each driver broken alone."""
    sound = cells[:, 0]
    alone = {
        name: cells[:, CELLS.index(tuple(int(j == k) for j in range(len(NAMES))))]
        for k, name in enumerate(NAMES)
    }
    study.average("sound", "Billed, all four sound", "USD", sound)
    study.statistic("sound.cv", "cv of a year, all four sound", "cv", spread, sound)
    study.statistic("sound.bad", "Bad year ÷ usual year, all sound", "share", bad_to_usual, sound)
    for name, values in alone.items():
        study.statistic(
            f"{name}.cv", f"cv of a year, {name} broken, less all sound", "cv",
            lambda a, b: spread(a) - spread(b), values, sound,
        )  # fmt: skip
        study.statistic(
            f"{name}.bad", f"Bad year ÷ usual year, {name} broken, less all sound", "share",
            lambda a, b: bad_to_usual(a) - bad_to_usual(b), values, sound,
        )  # fmt: skip
    study.statistic(
        "least.cv", "cv of a year, the driver that adds least, less all sound", "cv",
        lambda *a: min(spread(each) for each in a[:-1]) - spread(a[-1]), *alone.values(), sound,
    )  # fmt: skip


def _factorial(study: Study, cells: Floats) -> Grid:
    """Enter all effects and interactions on what is billed, on its cv, and on bad years."""
    contrasts, sound = signs(), cells[:, 0]
    measures = {
        "cv": ("cv", lambda drawn: contrasts @ _spreads(drawn)),
        "low": ("share", lambda drawn: contrasts @ _bad_to_usual(drawn)),
    }
    found = {
        key: bootstrapped_together(of, cells, level=study.level)
        for key, (_, of) in measures.items()
    }
    rows = {}
    for k, chosen in enumerate(CONTRASTS):
        words = " × ".join(NAMES[each] for each in chosen)
        key = ".".join(NAMES[each] for each in chosen)
        effect = cells @ contrasts[k]
        study.percent(f"{key}.main", f"Effect on the bills, {words}", sound + effect, sound)
        for measure, (unit, _) in measures.items():
            study.enter(f"{key}.{measure}.main", f"{_MEASURES[measure]}, {words}", unit,
                        found[measure][k])  # fmt: skip
        rows[words] = (f"{key}.main", *(f"{key}.{measure}.main" for measure in measures))
    return Grid(
        "Effects of breaking, mean over the other drivers, and interactions",
        ("billed, % of all sound", "cv of a year", "bad year ÷ usual year"),
        rows,
        len(NAMES),
    )


_MEASURES: Final = {"cv": "Effect on the cv of a year", "low": "Effect on bad ÷ usual year"}


def _spreads(drawn: Floats) -> Floats:
    """Return the coefficient of variation of each column."""
    found: Floats = drawn.std(axis=0, ddof=1) / drawn.mean(axis=0)
    return found


def _bad_to_usual(drawn: Floats) -> Floats:
    """Return the one-in-twenty bad year as a share of the usual one, of each column."""
    low, usual = np.quantile(drawn, [0.05, 0.5], axis=0)
    found: Floats = low / usual
    return found
