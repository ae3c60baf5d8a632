"""A made history, shipped to look at and to try: two years of one nurse, with a known truth.

Comes in: nothing. Goes out: a path. `python -m ccmsim.calibration.examples FILE` writes it anew: a
replication of `practice` with the values of `TRUTH`, which a calibration should find.
"""

from __future__ import annotations

import csv
import sys
from importlib import resources
from pathlib import Path
from typing import Any, Final

from ccmsim.scenario.model import Scenario

TRUTH: Final[dict[str, Any]] = {
    "contact.answer_probability": {"family": "beta", "a": 0.58, "b": 0.87},
    "contact.call_minutes.mean": 10.0,
    "panel.opt_out_per_month_share": 0.022,
}
"""Means 0.40 and 10 minutes; attrition."""

SEED: Final = 2024
MONTHS: Final = 24
COLUMNS: Final = (
    "enrolled_patients", "99490", "99439", "billed_usd", "worked_hours", "attempts", "contacts",
)  # fmt: skip


def example_history() -> Path:
    """Return the path of the shipped history.

    Examples
    --------
    >>> example_history().name
    'history.csv'
    """
    return Path(str(resources.files("ccmsim") / "data" / "logs" / "history.csv"))


def practice() -> Scenario:
    """Return what is known of its practice: `solo_nurse` from 2024 on, leavers not replaced."""
    from ccmsim.scenario import load

    return load("solo_nurse").but({"panel.replace_leavers": False, "start": "2024-01-01"})


def write(path: Path) -> None:
    """Write the history anew."""
    from ccmsim.calibration.simulator import series_of
    from ccmsim.montecarlo import simulate

    made = simulate(practice().but(TRUTH), months=MONTHS, replications=1, seed=SEED)
    columns = [series_of(dict(made.values), name)[0] for name in COLUMNS]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("month", *COLUMNS))
        for month, row in zip(made.months, zip(*columns, strict=True), strict=True):
            writer.writerow((month, *(f"{value:.10g}" for value in (round(x, 2) for x in row))))


if __name__ == "__main__":
    write(Path(sys.argv[1]))
