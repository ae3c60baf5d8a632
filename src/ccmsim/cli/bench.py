"""`ccmsim bench`: how fast this machine simulates, and a whole nation's year.

Comes in: settings. Goes out: patient-months and events a second, memory, and the billed share, as
text or one JSON document. Keeps no results: what is printed is added up batch by batch.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, NamedTuple

import typer

from ccmsim.checks import whole
from ccmsim.cli.options import REPLICATIONS_MAX, Json, Seed, Workers, number_problems, settled
from ccmsim.cli.shell import guarded, print_json, provenance, show, version
from ccmsim.cli.tables import brief, table
from ccmsim.wording import counted

if TYPE_CHECKING:
    from rich.console import RenderableType

    from ccmsim.batches import Job
    from ccmsim.estimation import Estimate
    from ccmsim.scenario import Scenario

    Progress = Callable[[int, int], None]

HELP: Final = """Show how fast this machine simulates.

Simulates a year of two presets on one thread and on all, and prints patient-months and events a
second: the whole way from random numbers to dollars. With --national it simulates 22,500 practices
of two nurses with 200 patients each, 4.5 million enrolled patients: one or two minutes.

Examples:

\b
  ccmsim bench
  ccmsim bench --national
  ccmsim bench --national --practices 1000 --workers 1
  ccmsim bench --json > speed.json
"""

PRACTICES: Final = 22_500
"""Of two_nurses, with 200 patients each: 4.5 million enrolled patients."""

MONTHS: Final = 12
NATIONAL: Final = "two_nurses"
CHECKED: Final = {"solo_nurse": 600, "two_nurses": 300}
"""Presets of the short check and their replications, about a second on one core."""

National = Annotated[
    bool, typer.Option("--national", help="Simulate a year of many practices, a nation's worth.")
]
Practices = Annotated[
    int | None,
    typer.Option(
        "--practices",
        metavar="N",
        help=f"How many practices a nation has; {PRACTICES:,} when left out.",
        show_default=False,
    ),
]


class Tally(NamedTuple):
    """What is kept of a batch, or of all of them."""

    enrolled: list[int]
    """Patient-months of each replication, as the next."""
    billable: list[int]
    events: int
    billed_usd: float


class Speed(NamedTuple):
    """What some replications came to, and how long they took."""

    scenario: str
    practices: int
    patients: int
    threads: int
    seconds: float
    patient_months: int
    events: int
    billed_usd: float
    billable_share: Estimate
    peak_memory_bytes: int | None

    def as_dict(self) -> dict[str, Any]:
        """Return it for a JSON document, with its rates."""
        rates = {"patient_months_per_second": self.patient_months / self.seconds}
        rates["events_per_second"] = self.events / self.seconds
        return self._asdict() | rates


@guarded
def bench(
    national: National = False,
    practices: Practices = None,
    workers: Workers = "auto",
    seed: Seed = 0,
    json: Json = False,
) -> None:
    """Show how fast this machine simulates."""
    problems = number_problems(seed=seed)
    if practices is not None and not national:
        from ccmsim.errors import Problem

        valid = "--national --practices N"
        problems.append(Problem("--practices", "belongs to --national", practices, valid))
    elif practices is not None:
        problems += whole(practices, "--practices", 1, REPLICATIONS_MAX, str(PRACTICES))
    settings = settled(NATIONAL, None, workers=workers, problems=problems)
    if national:
        count = PRACTICES if practices is None else practices
        speed = timed(settings.scenario, count, settings.workers, seed)
        if json:
            print_json(
                {**provenance("bench", settings.scenario, {}), "seed": seed, **speed.as_dict()}
            )
        else:
            show(*_national(speed))
        return
    speeds = list(_checked(settings.workers, seed))
    if json:
        found = [speed.as_dict() for speed in speeds]
        print_json({"command": "bench", "version": version(), "seed": seed, "speeds": found})
    else:
        show(*_check(speeds))


def _checked(workers: int, seed: int) -> Iterator[Speed]:
    """Yield the speed of each preset of the short check, on one thread and on all."""
    from ccmsim.scenario import load

    for name, replications in CHECKED.items():
        for threads in sorted({1, workers}):
            yield timed(load(name), replications, threads, seed)


# ---------------------------------------------------------------- running


def timed(scenario: Scenario, practices: int, threads: int, seed: int) -> Speed:
    """Simulate a year of so many practices, replications of one scenario, and add up.

    Compiling, or reading what was compiled, is done before the clock starts.
    """
    from ccmsim.batches import Job, run_batch
    from ccmsim.estimation import ratio_of_means
    from ccmsim.progress import shown
    from ccmsim.warming import warm_if_cold

    warm_if_cold("compiled")
    job = Job(scenario, MONTHS, 0, seed, "months", "compiled")
    run_batch(job, range(1))
    with shown(True, practices, "Practices") as report:
        start = time.perf_counter()
        total = _added_up(job, practices, threads, report)
        seconds = time.perf_counter() - start
    return Speed(
        scenario=scenario.name,
        practices=practices,
        patients=practices * scenario.panel.enrolled_at_start,
        threads=threads,
        seconds=seconds,
        patient_months=sum(total.enrolled),
        events=total.events,
        billed_usd=total.billed_usd,
        billable_share=ratio_of_means(total.billable, total.enrolled),
        peak_memory_bytes=peak_memory_bytes(),
    )


def _added_up(job: Job, practices: int, threads: int, report: Progress) -> Tally:
    """Run all replications in batches, on threads, in order, and keep only the tally."""
    from concurrent.futures import ThreadPoolExecutor

    from ccmsim.montecarlo import BATCH

    total = Tally([], [], 0, 0.0)
    firsts = range(0, practices, BATCH)
    batches = (range(first, min(first + BATCH, practices)) for first in firsts)
    pool = ThreadPoolExecutor(threads)
    try:
        for part in pool.map(lambda batch: _tally(job, batch), batches):
            total.enrolled.extend(part.enrolled)
            total.billable.extend(part.billable)
            events, billed = total.events + part.events, total.billed_usd + part.billed_usd
            total = total._replace(events=events, billed_usd=billed)
            report(len(total.enrolled), practices)
    finally:
        pool.shutdown(cancel_futures=True)  # whoever interrupts does not wait for the rest
    return total


def _tally(job: Job, batch: range) -> Tally:
    from ccmsim.batches import run_batch

    values = run_batch(job, batch)
    return Tally(
        values["enrolled_patients"].sum(axis=1).tolist(),
        values["billable_patients"].sum(axis=1).tolist(),
        int(values["events"].sum()),
        float(values["billed_usd"].sum()),
    )


def peak_memory_bytes() -> int | None:
    """Return the most memory that this process has held; None where the system doesn't tell.

    Examples
    --------
    >>> (peak_memory_bytes() or 10**8) > 10**6
    True
    """
    with suppress(OSError):
        status = Path("/proc/self/status").read_text(encoding="ascii")
        return int(status.partition("VmHWM:")[2].split()[0]) * 1024
    try:
        import resource
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


# ---------------------------------------------------------------- printing


def _national(speed: Speed) -> Iterator[RenderableType]:
    """Yield the screen of a national year."""
    share = speed.billable_share
    rows = table("", "", "", "a second")
    for label, count in (("Patient-months", speed.patient_months), ("Events", speed.events)):
        rows.add_row(label, f"{count:,}", _rate(count / speed.seconds))
    practices = counted(speed.practices, "practice")
    yield f"{practices} of {speed.scenario}, a year: {speed.patients:,} enrolled patients\n"
    yield f"Simulated in {speed.seconds:.2f} s on {counted(speed.threads, 'thread')}."
    yield rows
    yield ""
    facts = table("", "", "")
    facts.show_header = False
    facts.add_row("Billed, share of enrolled patient-months", brief(share, percent=True))
    facts.add_row("Billed, all practices together", f"{speed.billed_usd:,.0f} USD")
    if speed.peak_memory_bytes is not None:
        facts.add_row("Memory, at most", f"{speed.peak_memory_bytes / 1e6:,.0f} MB")
    yield facts


def _check(speeds: list[Speed]) -> Iterator[RenderableType]:
    """Yield the screen of the short check."""
    rows = table(
        "A year of two presets, from random numbers to dollars", "", "threads",
        "patient-months a second", "events a second", "1,000 replications", label_width=0,
    )  # fmt: skip
    for speed in speeds:
        rows.add_row(
            speed.scenario,
            str(speed.threads),
            _rate(speed.patient_months / speed.seconds),
            _rate(speed.events / speed.seconds),
            f"{1000.0 * speed.seconds / speed.practices:.2f} s",
        )
    yield rows
    last = speeds[-1]
    seconds = PRACTICES * last.seconds / last.practices
    millions = PRACTICES * last.patients // last.practices / 1e6
    yield (
        f"\nA nation's year, {millions:.1f} million patients, would take about {seconds:.0f} s on "
        f"{counted(last.threads, 'thread')}: ccmsim bench --national"
    )


def _rate(number: float) -> str:
    """Return three digits of a rate."""
    return f"{float(f'{number:.3g}'):,.0f}"
