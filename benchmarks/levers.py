"""The pilot's levers beside staffing: what each moves, under common random numbers.

    python benchmarks/levers.py --replications 40

prints the table of levers in docs/verification.md; with --assumptions, the one in docs/results.md.
Points are percentage points of the billable share
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

RANGES: Mapping[str, tuple[Mapping[str, Any], Mapping[str, Any]]] = {
    "patients answer, 27 to 57 of 100": (
        {"contact.answer_probability": {"family": "beta", "a": 0.3915, "b": 1.0585}},
        {"contact.answer_probability": {"family": "beta", "a": 0.8265, "b": 0.6235}},
    ),
    "logged from memory, without loss": (
        {"documentation.capture": "end_of_month"},
        {"documentation.end_of_day.entry_loss_share": 0.0},
    ),
    "call, 8 to 16 minutes": (
        {"contact.call_minutes.mean": 8.0},
        {"contact.call_minutes.mean": 16.0},
    ),
    "others' work logged, 0.4 to 0.9": (
        {"documentation.outside_capture_share": 0.4},
        {"documentation.outside_capture_share": 0.9},
    ),
    "minutes to log an entry, 2 to 0.5": (
        {"documentation.logging_minutes_per_entry": 2.0},
        {"documentation.logging_minutes_per_entry": 0.5},
    ),
    "chart work, 0 to 20 minutes": (
        {"contact.chart_minutes_per_month": 0.0},
        {"contact.chart_minutes_per_month": 20.0},
    ),
    "care work, 6 to 10 minutes": (
        {"contact.care_tasks_per_month": 1.2},
        {"contact.care_tasks_per_month": 2.0},
    ),
    "work of others, 0.2 to 0.8": (
        {"contact.other_work_outside_share": 0.2},
        {"contact.other_work_outside_share": 0.8},
    ),
    "unanswered call, 2.5 to 1.5 minutes": (
        {"contact.attempt_minutes": 2.5},
        {"contact.attempt_minutes": 1.5},
    ),
    "pulled to the clinic, 0.3 to 0 of days": (
        {"disruptions.floor_cover.per_shift_share": 0.3},
        {"disruptions.floor_cover": None},
    ),
}
"""The assumptions of docs/results.md: both ends of their plausible ranges."""

SHARED = ("follow-up by call only", "outside work logged .4")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--replications", type=int, default=40)
    parser.add_argument("--assumptions", action="store_true", help="the table of docs/results.md")
    given = parser.parse_args()
    if given.assumptions:
        _assumptions(given.replications)
    else:
        _levers(given.replications)


def _assumptions(replications: int) -> None:
    """Print what each assumption moves between the ends of its range, two_nurses."""
    patients = ccmsim.load("two_nurses").panel.enrolled_at_start
    print("| assumption | net a year and patient, USD | points at both ends |")
    print("|---|---|---|")
    share, _ = _run("two_nurses", {}, replications)
    for label, ends in RANGES.items():
        low, high = (_run("two_nurses", changes, replications) for changes in ends)
        net = paired_difference(high[1], low[1])
        moved = [paired_difference(end[0], share).value for end in (low, high)]
        dollars = f"{net.value * 1e3 / patients:.0f} ± {net.standard_error * 1e3 / patients:.0f}"
        print(f"| {label} | {dollars} | {moved[0]:+.1f}, {moved[1]:+.1f} |", flush=True)


def _levers(replications: int) -> None:
    """Print what the levers move, and what a leave of the only nurse costs."""
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
