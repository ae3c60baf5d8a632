"""Our numbers beside those of an independent pilot implementation of the same model.

    python benchmarks/expectations.py --replications 150

prints the tables of docs/verification.md: each preset for 12 months after 6 months of warm-up,
then without one thing at a time under common random numbers. Errors are standard errors.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

import ccmsim
from ccmsim.estimation import mean, paired_difference, quantile, ratio_of_means
from ccmsim.ideal import lossless_capture, no_disruptions, without

PRESETS = ("two_nurses", "solo_nurse", "structured_75", "informal_200")
REMOVALS = ("turnover", "planned_leave", "floor_cover", "extended_leave", "sick")

# 3,000 replications of the pilot: a share, thousands of dollars, a share of minutes, points.
PILOT: dict[str, tuple[float, ...]] = {
    "billable share, mean": (0.62, 0.62, 0.76, 0.28),
    "billable share, 5 % month": (0.39, 0.18, 0.61, 0.17),
    "billable share, median month": (0.66, 0.67, 0.77, 0.29),
    "billed a year, thousand USD": (120, 60, 57, 52),
    "net a year, thousand USD": (40, 20, 24, -2),
    "net a year, 5 % year": (20, 6, 15, -14),
    "net a year, nominal cost": (np.nan, np.nan, np.nan, -9),
    "template minutes lost": (0.19, 0.19, 0.15, 0.32),
    "utilisation": (0.97, 0.97, 0.97, 1.00),
    "without turnover, points": (4.0, 4.0, 1.7, 2.0),
    "without planned_leave, points": (2.4, 2.4, 1.2, 1.7),
    "without floor_cover, points": (1.3, 1.3, 0.0, 8.0),
    "without extended_leave, points": (0.9, 0.9, 0.0, 0.4),
    "without sick, points": (0.6, 0.6, 0.3, 0.4),
    "without any disruption, points": (9.5, 9.5, 3.6, 14.5),
    "lossless capture, points": (3.4, 3.4, 0.9, 13.0),
    "lossless capture, thousand USD": (10, 5, 1, 29),
}

Row = tuple[float, float]
"""A value and its standard error."""

Totals = dict[str, Any]


def main() -> None:
    """Simulate and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--replications", type=int, default=150, help="of each preset as it is")
    parser.add_argument("--removals", type=int, default=50, help="replications without one thing")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", help="also write the numbers to this file")
    given = parser.parse_args()
    ours = [measured(name, given) for name in PRESETS]
    if given.json:
        text = json.dumps(dict(zip(PRESETS, ours, strict=True)), indent=1)
        Path(given.json).write_text(text + "\n", encoding="utf-8")
    print(table(ours))


def measured(preset: str, given: argparse.Namespace) -> dict[str, Row]:
    """Return every measure of a preset."""
    scenario = ccmsim.load(preset)

    def run(changed: ccmsim.Scenario, replications: int) -> Totals:
        results = ccmsim.simulate(
            changed,
            months=12,
            warmup_months=6,
            replications=replications,
            seed=given.seed,
        )
        return dict(results.values)

    today = run(scenario, given.replications)
    rows = _levels(today)
    few = {name: array[: given.removals] for name, array in today.items()}

    def compare(label: str, change: Callable[[ccmsim.Scenario], ccmsim.Scenario]) -> Totals:
        changed = run(change(scenario), given.removals)
        difference = paired_difference(_share(changed), _share(few))
        rows[f"{label}, points"] = 100.0 * difference.value, 100.0 * difference.standard_error
        return changed

    for name in REMOVALS:
        if name in scenario.disruptions:
            compare(f"without {name}", partial(_without, name))
    compare("without any disruption", no_disruptions)
    lossless = compare("lossless capture", lossless_capture)
    gain = paired_difference(_year(lossless, "net_usd"), _year(few, "net_usd"))
    rows["lossless capture, thousand USD"] = gain.value / 1e3, gain.standard_error / 1e3
    return rows


def _without(name: str, scenario: ccmsim.Scenario) -> ccmsim.Scenario:
    return without(scenario, name)


def _year(values: Totals, name: str) -> Any:
    return values[name].sum(axis=tuple(range(1, values[name].ndim)), dtype=np.float64)


def _share(values: Totals) -> Any:
    return _year(values, "billable_patients") / _year(values, "enrolled_patients")


def _levels(values: Totals) -> dict[str, Row]:
    months = values["billable_patients"] / values["enrolled_patients"]
    year = {name: _year(values, name) for name in values}
    nominal = year["net_usd"] + year["staff_cost_usd"] - year["nominal_staff_cost_usd"]
    on_duty_work = year["worked_minutes"] - year["overtime_minutes"]
    share = ratio_of_means(year["billable_patients"], year["enrolled_patients"])
    lost = ratio_of_means(year["lost_minutes"], year["template_minutes"])
    busy = ratio_of_means(on_duty_work, year["on_duty_minutes"])
    bad = quantile(year["net_usd"], 0.05)
    rows = {
        "billable share, mean": (share.value, share.standard_error),
        "billable share, 5 % month": _of_replications(months, 0.05),
        "billable share, median month": _of_replications(months, 0.5),
        "net a year, 5 % year": (bad.value / 1e3, (bad.high - bad.low) / 3.92e3),
        "template minutes lost": (lost.value, lost.standard_error),
        "utilisation": (busy.value, busy.standard_error),
    }
    for label, dollars in (
        ("billed a year, thousand USD", year["billed_usd"]),
        ("net a year, thousand USD", year["net_usd"]),
        ("net a year, nominal cost", nominal),
    ):
        estimate = mean(dollars)
        rows[label] = estimate.value / 1e3, estimate.standard_error / 1e3
    return rows


def _of_replications(months: Any, q: float) -> Row:
    """Return a quantile of all months; its error is that of ten groups of whole replications."""
    groups = [np.quantile(part, q) for part in np.array_split(months, 10)]
    return float(np.quantile(months, q)), float(np.std(groups, ddof=1) / 10**0.5)


def table(ours: list[dict[str, Row]]) -> str:
    """Return the numbers as a Markdown table: pilot → ours ± standard error."""
    lines = ["| | " + " | ".join(PRESETS) + " |", "|---|" + "---|" * len(PRESETS)]
    for label, pilot in PILOT.items():
        cells = [
            _cell(expected, rows.get(label), label)
            for expected, rows in zip(pilot, ours, strict=True)
        ]
        lines.append(f"| {label} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _cell(expected: float, row: Row | None, label: str) -> str:
    digits = 1 if "USD" in label or "points" in label or "year" in label else 3
    pilot = "–" if np.isnan(expected) else f"{expected:g}"
    return f"{pilot} → –" if row is None else f"{pilot} → {row[0]:.{digits}f} ± {row[1]:.{digits}f}"


if __name__ == "__main__":
    main()
