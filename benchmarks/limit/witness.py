"""Three hand-written C++ programs as witnesses: builds them, runs them, compares them with ccmsim.

Comes in: a scenario, months, a seed. Goes out: what the programs counted, and whether ccmsim counts
the same. The programs get tables (calendar, compiled laws, shifts, streams) and numbers; the logic
of the model is their own. Never needed by the package.

    python benchmarks/limit/witness.py
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

import ccmsim
from ccmsim.engine.inputs import Inputs, prepare
from ccmsim.scenario.disruptions import SickSpells
from ccmsim.scenario.model import Scenario

HERE = Path(__file__).resolve().parent
BUILD = HERE / "build"
SMALL_MODEL = HERE.parent / "small" / "small_model.toml"
FLAGS = ("-std=c++17", "-O3", "-march=native", "-ffp-contract=off", "-Wall", "-Wextra")
"""No fast-math and no fused operations: facts have the same bits as ccmsim's."""

MONTHS = 12
REPLICATIONS = 20
SEEDS = (1, 7)

CHOICES: dict[str, dict[str, Any]] = {
    "two_nurses": {
        "panel.replace_leavers": True,
        "operations.assignment": ("owned_with_backup", "owned"),
        "operations.order": "closest_to_threshold",
        "operations.cover": None,
        "operations.carry_open_items": True,
        "contact.outreach_pattern": "front_loaded",
        "contact.followup": "call_then_chart",
        "contact.chart_work_without_contact": False,
        "contact.count_unanswered": False,
        "documentation.capture": "end_of_day",
    },
    "small": {
        "panel.replace_leavers": False,
        "panel.death_per_month_share": 0.0,
        "panel.opt_out_per_month_share": 0.0,
        "operations.assignment": "owned",
        "operations.order": "release",
        "operations.cover": None,
        "contact.outreach_pattern": "front_loaded",
        "contact.followup": "call",
        "contact.final_push_days": 0,
        "contact.morning_factor": 1.0,
        "contact.afternoon_factor": 1.0,
        "contact.unfamiliar_factor": 1.0,
        "contact.scheduled_factor": 1.0,
        "contact.inbound_per_month": 0.0,
        "contact.care_tasks_per_month": 0.0,
        "contact.count_unanswered": False,
        "documentation.capture": "real_time",
        "documentation.real_time.entry_loss_share": 0.0,
        "documentation.real_time.minute_loss_share": 0.0,
        "documentation.logging_minutes_per_entry": 0.0,
        "documentation.failure_share": 0.0,
        "documentation.not_claimable_share": 0.0,
    },
}
"""What the programs have in their logic: a scenario with another choice is refused."""

NUMBERS = (
    "panel.death_per_month_share",
    "panel.opt_out_per_month_share",
    "panel.silent_months",
    "panel.silent_rate_ratio",
    "contact.threshold_minutes",
    "contact.target_minutes",
    "contact.max_attempts",
    "contact.retry_gap_days",
    "contact.followup_gap_days",
    "contact.chart_minutes_per_month",
    "contact.final_push_days",
    "contact.request_patience_days",
    "contact.morning_factor",
    "contact.afternoon_factor",
    "contact.unfamiliar_factor",
    "contact.scheduled_factor",
    "contact.inbound_per_month",
    "contact.care_tasks_per_month",
    "contact.other_work_outside_share",
    "documentation.logging_minutes_per_entry",
    "documentation.outside_capture_share",
    "documentation.failure_share",
    "documentation.mended_per_month_share",
    "documentation.not_claimable_share",
)
"""Fields that the programs read under their last name."""

ENTRY_FIELDS = (
    "kind",
    "stream",
    "rate",
    "length_row",
    "frailty_row",
    "amplitude",
    "ramp_start",
    "ramp_weeks",
    "last_share",
    "sick_factor",
)


class Counts(NamedTuple):
    """What a program counted, by replication and month, and how long its replications took."""

    patient_months: int
    billable: npt.NDArray[np.int64]
    """(replications, months), as are the others."""
    attempts: npt.NDArray[np.int64]
    events: npt.NDArray[np.int64]
    seconds: float

    def __str__(self) -> str:
        return (
            f"{self.billable.sum()} billable of {self.patient_months} patient-months, "
            f"{self.attempts.sum()} attempts, {self.events.sum()} events"
        )

    @property
    def patient_months_a_second(self) -> float:
        """Speed of the replications alone: no set-up, no ledger, no money."""
        return self.patient_months / self.seconds


class BuildError(Exception):
    """The compiler refused a program; the message is the compiler's."""


def compiler() -> str | None:
    """Return the C++ compiler: $CXX, else g++, else clang++, else None."""
    for name in (os.environ.get("CXX"), "g++", "clang++"):
        if name and (found := shutil.which(name)):
            return found
    return None


def build(name: str) -> Path:
    """Return the path of a program, compiled anew where a source is younger than it.

    Raises
    ------
    BuildError
        Without a compiler, or with the messages of one that failed.
    """
    program, source = BUILD / name, HERE / f"{name}.cpp"
    sources = [source, *HERE.glob("*.hpp"), Path(__file__)]
    if program.exists() and all(
        path.stat().st_mtime <= program.stat().st_mtime for path in sources
    ):
        return program
    found = compiler()
    if found is None:
        raise BuildError("no C++ compiler: set CXX, or install g++ or clang++")
    BUILD.mkdir(exist_ok=True)
    # compiled beside its place and moved there, so that nobody runs half a program
    with tempfile.TemporaryDirectory(dir=BUILD) as room:
        made = Path(room) / name
        command = [found, *FLAGS, str(source), "-o", str(made)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise BuildError(f"{' '.join(command)}\n{done.stderr}")
        made.replace(program)
    return program


def run_two_nurses(
    scenario: Scenario | None = None,
    *,
    replications: int = REPLICATIONS,
    seed: int = 0,
    first: int = 0,
    months: int = MONTHS,
) -> Counts:
    """Run `two_nurses.cpp` on a scenario whose numbers may differ from the preset's.

    Parameters
    ----------
    scenario : Scenario, optional
        The preset two_nurses where left out. Assignment "owned_with_backup" or "owned".
    replications, seed, first : int
        How many replications from number `first` on.
    months : int
    """
    scenario = ccmsim.load("two_nurses") if scenario is None else scenario
    _refuse_other_choices(scenario, "two_nurses")
    options = ["--owned"] if scenario.operations.assignment == "owned" else []
    return _run("two_nurses", scenario, months, replications, seed, first, options)


def run_small(
    name: str,
    scenario: Scenario | None = None,
    *,
    replications: int = REPLICATIONS,
    seed: int = 0,
    first: int = 0,
    months: int = MONTHS,
) -> Counts:
    """Run the small model, or one with other numbers, with "small_heap" or "small_lazy".

    The first has one event heap over everything, the second walks one coordinator's month at a
    time. Settings as in `run_two_nurses`.
    """
    scenario = small_model() if scenario is None else scenario
    _refuse_other_choices(scenario, "small")
    entries = list(scenario.disruptions.values())
    if len(entries) != 1 or not _is_plain(entries[0]):
        raise ValueError(f"{name} needs one entry of sick spells without season and frailty")
    return _run(name, scenario, months, replications, seed, first, [])


def _is_plain(entry: Any) -> bool:
    sick = isinstance(entry, SickSpells)
    return sick and entry.season_amplitude == 0.0 and entry.frailty_shape is None


def small_model() -> Scenario:
    """Return the scenario on which ccmsim and its peers are timed."""
    return ccmsim.load(SMALL_MODEL)


def _refuse_other_choices(scenario: Scenario, model: str) -> None:
    for field, wanted in CHOICES[model].items():
        value = _field(scenario, field)
        if value != wanted and not (isinstance(wanted, tuple) and value in wanted):
            raise ValueError(f"the C++ program has {field} = {wanted!r}, not {value!r}")


def _field(scenario: Scenario, field: str) -> Any:
    value: Any = scenario
    for part in field.split("."):
        value = getattr(value, part)
    return value


def _run(
    name: str,
    scenario: Scenario,
    months: int,
    replications: int,
    seed: int,
    first: int,
    options: list[str],
) -> Counts:
    program = build(name)
    with tempfile.TemporaryDirectory() as room:
        tables = Path(room) / "tables"
        write_tables(prepare(scenario, months), tables)
        numbers = ["--seed", str(seed), "--first", str(first), "--replications", str(replications)]
        command = [str(program), str(tables), *numbers, "--counts", *options]
        output = subprocess.run(command, capture_output=True, text=True, check=False)
    if output.returncode != 0:
        raise RuntimeError(f"{name} failed: {output.stderr}")
    report, *lines = output.stdout.splitlines()
    totals = json.loads(report)
    rows = np.array([line.split() for line in lines], np.int64).reshape(replications, months, 3)
    billable, attempts, events = rows.transpose(2, 0, 1)
    return Counts(totals["patient_months"], billable, attempts, events, totals["seconds"])


def write_tables(inputs: Inputs, path: Path) -> None:
    """Write what the programs read: named lists of numbers in float64."""
    with path.open("wb") as file:
        for name, numbers in _tables(inputs).items():
            values = np.asarray(numbers, np.float64).ravel()
            file.write(struct.pack("=QQ", len(name), values.size) + name.encode("ascii"))
            file.write(values.tobytes())


def _tables(inputs: Inputs) -> dict[str, Iterable[Any]]:
    scenario, staffing, calendar = inputs.scenario, inputs.staffing, inputs.calendar
    if not bool(staffing.strikes.all()):
        raise ValueError("the C++ programs need disruptions that strike every seat")
    if bool((staffing.shift_counts != 1).any()):
        raise ValueError("the C++ programs need one shift on each weekday")
    tables: dict[str, Iterable[Any]] = {
        "months": [inputs.months],
        "seats": [staffing.seats],
        "panel": [scenario.panel.enrolled_at_start],
        "opens": [staffing.opens],
        "closes": [staffing.closes],
        "month_start": calendar.month_start_minutes,
        "month_first_business_day": calendar.month_first_business_day,
        "midnight": calendar.business_day_minutes,
        "weekday": calendar.business_day_weekday,
        "day_in_month": calendar.business_day_in_month,
        "cosine": inputs.days.cosine,
        "days_in_year": staffing.days_in_year,
        "shift_start": staffing.shifts["start"][:, :, 0],
        "shift_duty_end": staffing.shifts["duty_end"][:, :, 0],
        "protected_minutes": inputs.protected_minutes,
        "backup_after_days": [scenario.operations.backup_after_days],
        "laws": inputs.laws.laws,
        "tables": inputs.laws.tables,
    }
    for name in ENTRY_FIELDS:
        tables[f"entry.{name}"] = staffing.entries[name]
    for name, row in inputs.laws.rows.items():
        tables[f"row.{name}"] = [row]
    for name in NUMBERS:
        tables[name.rpartition(".")[2]] = [_field(scenario, name)]
    for mode in ("end_of_day", "end_of_month"):
        losses = getattr(scenario.documentation, mode)
        tables[f"{mode}.entry"] = [losses.entry_loss_share]
        tables[f"{mode}.minute"] = [losses.minute_loss_share]
    return tables


def differences(counts: Counts, scenario: Scenario, *, seed: int, **settings: Any) -> list[str]:
    """Return in which variables ccmsim counts something else in any replication or month.

    `settings` go to `ccmsim.simulate`, such as engine="simpy".
    """
    replications, months = counts.billable.shape
    data = ccmsim.simulate(
        scenario, months=months, replications=replications, seed=seed, **settings
    ).data
    variables = {
        "billable_patients": counts.billable,
        "attempts": counts.attempts,
        "events": counts.events,
    }
    found = []
    for name, numbers in variables.items():
        ours = np.asarray(data[name].transpose("replication", "month"))
        if not np.array_equal(ours, numbers):
            r, m = np.argwhere(ours != numbers)[0]
            first = f"replication {r}, month {m}: ccmsim {ours[r, m]:g}, C++ {numbers[r, m]}"
            found.append(f"{name} ({first})")
    return found


def compare(*, replications: int = REPLICATIONS, engine: str = "auto") -> bool:
    """Print, for every program and seed, whether ccmsim counts the same; return whether it does."""
    preset = ccmsim.load("two_nurses")
    owned = preset.but({"operations.assignment": "owned"})
    small = small_model()
    equal = True
    for seed in SEEDS:
        runs: list[tuple[str, Scenario, Callable[..., Counts]]] = [
            ("two_nurses", preset, run_two_nurses),
            ("two_nurses, owned", owned, run_two_nurses),
            ("small_heap", small, partial(run_small, "small_heap")),
            ("small_lazy", small, partial(run_small, "small_lazy")),
        ]
        for name, scenario, run in runs:
            counts = run(scenario, replications=replications, seed=seed)
            found = differences(counts, scenario, seed=seed, engine=engine)
            equal = equal and not found
            verdict, what = ("DIFFERENT", "; ".join(found)) if found else ("equal", str(counts))
            print(f"{verdict}: {name}, seed {seed}: {what}", flush=True)
    return equal


def speeds(*, replications: int) -> None:
    """Print what each program does in a second, by its own clock."""
    owned = ccmsim.load("two_nurses").but({"operations.assignment": "owned"})
    cases = {
        "two_nurses": run_two_nurses(replications=replications),
        "two_nurses, owned": run_two_nurses(owned, replications=replications),
        "small_heap": run_small("small_heap", replications=4 * replications),
        "small_lazy": run_small("small_lazy", replications=4 * replications),
    }
    for name, counts in cases.items():
        print(f"{name}: {counts.patient_months_a_second / 1e6:.2f} million patient-months a second")


def main() -> int:
    """Build, compare, and time the programs; 1 when anything differs."""
    parser = argparse.ArgumentParser(description="Compare the C++ programs with ccmsim.")
    parser.add_argument("--replications", type=int, default=REPLICATIONS, help="to compare")
    parser.add_argument("--timed", type=int, default=300, help="replications to time")
    parser.add_argument("--engine", default="auto", help="ccmsim's engine")
    settings = parser.parse_args()
    if compiler() is None:
        print("No C++ compiler (CXX, g++, clang++): the witnesses are left out.")
        return 0
    equal = compare(replications=settings.replications, engine=settings.engine)
    speeds(replications=settings.timed)
    return 0 if equal else 1


if __name__ == "__main__":
    sys.exit(main())
