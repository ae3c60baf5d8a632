"""Made logs: small ones that are shipped, and larger ones for tests.

Comes in: a seed. Goes out: rows of a log with known parameters. `python -m ccmsim.fitting.examples
FOLDER` writes the shipped files anew. They are drawn by sampling, not by the simulation: each
parameter has one number, which the fit should find.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from importlib import resources
from pathlib import Path
from typing import Any, Final

import numpy as np

SEED: Final = 7
PATIENTS: Final = 120
MONTHS: Final = 3
WORKERS: Final = 12
YEARS: Final = 4
ATTEMPTS: Final = 4

Rows = Iterable[tuple[Any, ...]]


def example(kind: str) -> Path:
    """Return the path of a made log that is shipped: calls, absences, time or claims.

    Examples
    --------
    >>> example("calls").name
    'calls.csv'
    """
    return Path(str(resources.files("ccmsim") / "data" / "logs" / f"{kind}.csv"))


def calls(
    generator: np.random.Generator,
    *,
    patients: int = PATIENTS,
    months: int = MONTHS,
    a: float = 0.70,
    b: float = 0.75,
    ratio: float = 1.33,
) -> Rows:
    """Yield the rows of a call log: up to four attempts a month until answered.

    Answers are Beta(a, b) between patients, `ratio` times as likely from noon on; answered calls
    last lognormal minutes of mean 12, others about 2, all rounded to whole minutes.
    """
    chances = generator.beta(a, b, patients)
    factors = (2.0 / (1.0 + ratio), 2.0 * ratio / (1.0 + ratio))
    for month in range(1, months + 1):
        for patient, chance in enumerate(chances):
            first = int(generator.integers(1, 15))
            for attempt in range(ATTEMPTS):
                minute = int(generator.integers(9 * 60, 17 * 60))
                when = working_day(date(2026, month, first + 3 * attempt))
                answered = generator.random() < min(1.0, chance * factors[minute >= 720])
                spread = generator.lognormal(np.log(10.26), 0.56) if answered else None
                minutes = spread or generator.gamma(8.0, 0.25)
                yield (
                    patient + 1, f"{when} {minute // 60:02d}:{minute % 60:02d}",
                    "yes" if answered else "no", round(minutes),
                )  # fmt: skip
                if answered:
                    break


def absences(
    generator: np.random.Generator,
    *,
    workers: int = WORKERS,
    years: int = YEARS,
    rate: float = 2.0,
    shape: float = 1.0,
    amplitude: float = 0.4,
    mean_days: float = 3.0,
) -> Rows:
    """Yield the rows of an absence log with dates: gamma frailty, more in winter, geometric days.

    Workers without an absence have a row of no hours.
    """
    days = np.arange(np.datetime64(f"{2026 - years}-01-01"), np.datetime64("2026-01-01"))
    days = days[np.is_busday(days)]
    of_year = (days - days.astype("datetime64[Y]")).astype(np.int64) + 1
    season = 1.0 + amplitude * np.cos(2.0 * np.pi * (of_year - 15.0) / 365.0)
    frailty = generator.gamma(shape, 1.0 / shape, workers)
    for worker in range(workers):
        chance = frailty[worker] * rate * years * season / season.sum()
        starts = np.flatnonzero(generator.random(days.size) < chance)
        absent = {
            int(start) + k for start in starts for k in range(generator.geometric(1.0 / mean_days))
        }
        for day in sorted(absent & set(range(days.size))):
            yield f"Nurse {worker + 1}", days[day], 8
        if not absent:
            yield f"Nurse {worker + 1}", days[0], 0


def time(
    generator: np.random.Generator,
    *,
    placed: Rows | tuple[()] = (),
    entries: int = 600,
    forgotten: float = 0.06,
    next_day: float = 0.15,
    late: float = 0.05,
) -> Rows:
    """Yield the rows of a time log: most entered on the day, some later, some never.

    The work is that of the answered calls of a call log, with five minutes for notes, and
    `entries` pieces of other work.
    """
    work = [
        (patient, date.fromisoformat(when[:10]), minutes + 5)
        for patient, when, answered, minutes in placed
        if answered == "yes"
    ]
    for _ in range(entries):
        worked = working_day(date(2026, 1, 5) + timedelta(days=int(generator.integers(0, 80))))
        minutes = max(1, round(float(generator.lognormal(np.log(8.0), 0.6))))
        work.append((int(generator.integers(1, PATIENTS + 1)), worked, minutes))
    for patient, worked, minutes in sorted(work, key=lambda item: item[1]):
        u, delay = generator.random(), 0
        if u < late:
            delay = int(generator.integers(8, 50))
        elif u < late + next_day:
            delay = 1 + int(generator.geometric(0.5))
        if generator.random() < forgotten:
            yield patient, worked, "", minutes, ""
        else:
            logged = max(1, round(minutes * 0.97))
            yield patient, worked, worked + timedelta(days=delay), minutes, logged


def claims(
    generator: np.random.Generator,
    *,
    months: int = 14,
    a_month: int = 110,
    denied: float = 0.09,
    recovered: float = 0.6,
) -> Rows:
    """Yield the rows of a list of claims: paid after a month or so, some denied, most recovered."""
    for number in range(months):
        month = date(2025 + number // 12, number % 12 + 1, 1)
        for _ in range(a_month):
            code = "99490" if generator.random() < 0.7 else "99439"
            lag, status = 25 + int(generator.gamma(4.0, 5.0)), "paid"
            if generator.random() < denied:
                status = "recovered" if generator.random() < recovered else "denied"
                lag += 60 + int(generator.integers(0, 30))
            paid = month + timedelta(days=30 + lag)
            yield month.strftime("%Y-%m"), code, status, paid if status != "denied" else ""


COLUMNS: Final = {
    "calls": ("patient", "time", "answered", "minutes"),
    "absences": ("worker", "date", "hours"),
    "time": ("patient", "worked", "entered", "minutes", "logged_minutes"),
    "claims": ("month", "code", "status", "paid_on"),
}

MAKERS: Final[dict[str, Callable[..., Rows]]] = {
    "calls": calls,
    "absences": absences,
    "time": time,
    "claims": claims,
}


def write(kind: str, path: Path, generator: np.random.Generator, **parameters: Any) -> Path:
    """Write a made log and return its path."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS[kind])
        writer.writerows(MAKERS[kind](generator, **parameters))
    return path


def write_all(folder: Path) -> None:
    """Write the logs that are shipped; the time log is that of the call log's practice."""
    for kind in MAKERS:
        more = {"placed": calls(np.random.default_rng(SEED))} if kind == "time" else {}
        write(kind, folder / f"{kind}.csv", np.random.default_rng(SEED), **more)


def working_day(day: date) -> date:
    """Return the day, or the Monday after a weekend.

    Examples
    --------
    >>> working_day(date(2026, 1, 3))
    datetime.date(2026, 1, 5)
    """
    return day + timedelta(days=max(0, 7 - day.weekday())) if day.weekday() > 4 else day


if __name__ == "__main__":
    write_all(Path(sys.argv[1]))
