"""The pilot's levers beside staffing: what each moves, under common random numbers.

    python benchmarks/levers.py --replications 40

prints the second table of docs/validation.md. Points are percentage points of the billable share
of 12 months after 6 months of warm-up; dollars are net a year; errors are standard errors.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from datetime import date
from typing import Any

import ccmsim
from ccmsim.analyses.absence_cost import cost_of_absence
from ccmsim.estimation import paired_difference

SIX_HOLIDAYS = tuple(
    date(year, month, day)
    for year, days in {
        2025: ((7, 4), (9, 1), (11, 27), (12, 25)),
        2026: ((1, 1), (5, 25), (7, 3), (9, 7), (11, 26), (12, 25)),
    }.items()
    for month, day in days
)

LEVERS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "follow-up by call only": ("−4.4 / −3.9", {"contact.followup": "call"}),
    "outside work logged .4": ("−3 / −2", {"documentation.outside_capture_share": 0.4}),
    "six holidays": (
        "+.9",
        {"operations.federal_holidays": False, "operations.closed_days": SIX_HOLIDAYS},
    ),
    "target 20": ("+1.2, net unchanged", {"contact.target_minutes": 20.0}),
    "no backup": ("−.2", {"operations.assignment": "owned"}),
    "pooled": ("+.3 (to no backup)", {"operations.assignment": "pooled"}),
    "order release": ("−2 to −3", {"operations.order": "release"}),
    "order longest_unseen": ("−2 to −3", {"operations.order": "longest_unseen"}),
    "even release": ("several", {"contact.outreach_pattern": "even"}),
    "all released on the first day": ("several", {"contact.outreach_pattern": "first_day"}),
}
"""The pilot's points, two_nurses / structured_75, and what is changed."""

SHARED = ("follow-up by call only", "outside work logged .4")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--replications", type=int, default=40)
    replications = parser.parse_args().replications
    print(
        "| lever | pilot, points | two_nurses, points | net, thousand USD | structured_75, points |"
    )
    print("|---|---|---|---|---|")
    today = {name: _run(name, {}, replications) for name in ("two_nurses", "structured_75")}
    for label, (pilot, changes) in LEVERS.items():
        share, net = _moved("two_nurses", changes, replications, today)
        other = ""
        if label in SHARED:
            other = _moved("structured_75", changes, replications, today)[0]
        print(f"| {label} | {pilot} | {share} | {net} | {other} |", flush=True)
    for paid, words in ((1.0, "paid in full"), (0.3, "paid as extended leave")):
        scenario = ccmsim.load("solo_nurse").but({"disruptions.extended_leave.paid_share": paid})
        for weeks in (4, 6):
            cost = cost_of_absence(scenario, weeks=weeks, replications=replications)
            print(f"the only nurse out for {weeks} weeks, {words}: {cost} USD")


def _run(preset: str, changes: Mapping[str, Any], replications: int) -> tuple[Any, Any]:
    results = ccmsim.simulate(
        ccmsim.load(preset).but(changes),
        months=12,
        warmup_months=6,
        replications=replications,
        seed=1,
    )
    values = results.values
    billable, enrolled = (
        values[f"{name}_patients"].sum(axis=1) for name in ("billable", "enrolled")
    )
    return 100.0 * billable / enrolled, values["net_usd"].sum(axis=1) / 1e3


def _moved(
    preset: str, changes: Mapping[str, Any], replications: int, today: Mapping[str, tuple[Any, Any]]
) -> tuple[str, str]:
    changed = _run(preset, changes, replications)
    moves = [paired_difference(a, b) for a, b in zip(changed, today[preset], strict=True)]
    points, net = (f"{move.value:+.1f} ± {move.standard_error:.1f}" for move in moves)
    return points, net


if __name__ == "__main__":
    main()
