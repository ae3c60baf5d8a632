"""What to measure: which numbers, recorded for some weeks, help a choice most.

Comes in: scenarios to choose from, laws for what is not known, a number of weeks. Goes out: a
frozen `MeasurePlan`, and tally sheets. More is better in every measure.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ccmsim.analyses.factors import plain_estimate, table_of
from ccmsim.analyses.information import EVERYTHING, SimulatedSets, simulated_sets
from ccmsim.analyses.parameters import Parameter, Uncertain
from ccmsim.analyses.recording import Recording, counts_of, recording_of
from ccmsim.arrays import Floats
from ccmsim.checks import numeric
from ccmsim.errors import InputError, refuse
from ccmsim.estimation import Estimate
from ccmsim.estimation.information import no_less, value_of_knowing
from ccmsim.scenario.model import Scenario

if TYPE_CHECKING:
    from concurrent.futures import Executor

    import pandas as pd
    from matplotlib.figure import Figure

    from ccmsim.montecarlo import Progress

MOST: Final = 3
MOST_WEEKS: Final = 520.0


@dataclass(frozen=True, slots=True)
class Number:
    """A value that is not known, and what recording it is worth.

    Parameters
    ----------
    path : str
    today : float
        The scenario's value.
    what : str
        What to write down; "" where some weeks teach nothing of it.
    sheet : str
        Kind of log that `ccmsim fit` reads; "" without one.
    observations : float
        Expected in these weeks; 0 where the value stands in the books, or cannot be recorded.
    standard_error : float
        Of the value that they give, at today's; NaN where it cannot be recorded.
    spread : float
        Standard deviation of what is believed now.
    recorded : Estimate
        What the choice gains on average if it waits for these weeks.
    known : Estimate
        What it would gain if the value were known exactly.
    """

    path: str
    today: float
    what: str
    sheet: str
    observations: float
    standard_error: float
    spread: float
    recorded: Estimate
    known: Estimate


@dataclass(frozen=True, kw_only=True, eq=False)
class MeasurePlan:
    """Which numbers to record before choosing.

    Parameters
    ----------
    measure, first_month : str
    weeks : float
    months, sets, inner, replications, seed, warmup_months : int
        As in `ccmsim.value_of_information`.
    level : float
        Coverage of every interval, one by one.
    best : str
        The choice without more knowledge.
    numbers : tuple of Number
        The most valuable record first.
    record : tuple of str
        Paths of the few to record: those worth most, one by one.
    together : Estimate
        What these few are worth, recorded together.
    everything : Estimate
        What it were worth to know every value exactly; what three or more do together is left out.
    """

    measure: str
    first_month: str
    weeks: float
    months: int
    sets: int
    inner: int
    replications: int
    seed: int
    warmup_months: int
    level: float
    best: str
    numbers: tuple[Number, ...]
    record: tuple[str, ...]
    together: Estimate
    everything: Estimate

    @property
    def chosen(self) -> tuple[Number, ...]:
        """The numbers to record."""
        return tuple(each for each in self.numbers if each.path in self.record)

    @property
    def sheets(self) -> dict[str, str]:
        """Tally sheets for them that `ccmsim fit` reads, as CSV text by kind of log."""
        from ccmsim.fitting.kinds import KINDS

        templates = {kind.name: kind.template() for kind in reversed(KINDS)}
        return {each.sheet: templates[each.sheet] for each in self.chosen if each.sheet}

    def write_sheets(self, folder: str | Path) -> tuple[Path, ...]:
        """Write the tally sheets into a folder, as calls.csv and so on; nothing is overwritten.

        Raises
        ------
        ccmsim.errors.InputError
            When the path is no folder, or has a file of such a name already.
        """
        check_sheets(folder, self.sheets)
        paths = {Path(folder) / f"{kind}.csv": text for kind, text in self.sheets.items()}
        for path, text in paths.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return tuple(paths)

    def table(self) -> pd.DataFrame:
        """Return every estimate as a row.

        Returns
        -------
        pandas.DataFrame
            Index (number, of): "recorded" and "known" of a path, "recorded" of "together", "known"
            of "all of them"; columns value, standard_error, low, high, level, replications and
            method.
        """
        rows = {(name, each.path): getattr(each, name)
                for each in self.numbers for name in ("recorded", "known")}  # fmt: skip
        rows["recorded", "together"] = self.together
        rows["known", EVERYTHING] = self.everything
        return table_of(rows, ["number", "of"])

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as plain values; NaN and infinite ends become None."""
        names = (
            "measure", "first_month", "weeks", "months", "sets", "inner", "replications", "seed",
            "warmup_months", "level", "best",
        )  # fmt: skip
        return {name: getattr(self, name) for name in names} | {
            "record": list(self.record),
            "sheets": self.sheets,
            "together": plain_estimate(self.together),
            "everything": plain_estimate(self.everything),
            "numbers": [_plain(each) for each in self.numbers],
        }

    def to_json(self) -> str:
        """Return `as_dict` as JSON text."""
        return json.dumps(self.as_dict(), indent=2, allow_nan=False)

    def plot(self, most: int = 12) -> Figure:
        """Return a figure: the worth of a record within that of perfect knowledge.

        Parameters
        ----------
        most : int
            So many numbers at most.
        """
        from ccmsim.analyses.measure_views import figure

        return figure(self, most)

    def __str__(self) -> str:
        from ccmsim.analyses.measure_views import text

        return text(self)


def _plain(each: Number) -> dict[str, Any]:
    found = {name: getattr(each, name) for name in each.__slots__}
    for name, value in found.items():
        if isinstance(value, Estimate):
            found[name] = plain_estimate(value)
        elif value != value:
            found[name] = None
    return found


def check_sheets(
    folder: str | Path, kinds: Iterable[str] | None = None, field: str = "folder"
) -> None:
    """Raise `InputError` where tally sheets of these kinds (left out: all) cannot be written."""
    from ccmsim.fitting.kinds import KINDS

    valid = "a new folder"
    where = Path(folder)
    if where.exists() and not where.is_dir():
        raise refuse(field, "is not a folder", str(where), valid)
    for kind in (each.name for each in KINDS) if kinds is None else kinds:
        if (path := where / f"{kind}.csv").exists():
            raise refuse(field, "has such a file already", str(path), valid)


def what_to_measure(
    scenarios: Mapping[str, Scenario] | Iterable[Scenario],
    uncertain: Uncertain | Iterable[str] | None = None,
    *,
    weeks: float = 4.0,
    measure: str = "net_usd",
    months: int = 12,
    replications: int = 8_000,
    inner: int = 2,
    seed: int = 0,
    warmup_months: int = 0,
    executor: Executor | None = None,
    workers: int | None = None,
    progress: Progress | bool | None = None,
    level: float = 0.95,
) -> MeasurePlan:
    """Say which numbers, recorded for some weeks, help most to choose between practices.

    The expected value of sample information: how much the mean of the measure rises if the choice
    waits for what some weeks of recording would show. The weeks' samples are those the first
    practice would get; they err, so a record is worth less than perfect knowledge.

    Parameters
    ----------
    scenarios, uncertain, measure, months, replications, inner, seed, warmup_months
        As in `ccmsim.value_of_information`; the first scenario is the practice that records.
    weeks : float
        Above 0, at most 520.
    executor, workers, progress
        As in `ccmsim.simulate`.
    level : float
        Coverage of the intervals.

    Raises
    ------
    ccmsim.errors.InputError
        As `ccmsim.value_of_information` does, or when weeks are impossible.

    Notes
    -----
    By regression (Strong, Oakley, Brennan & Breeze 2015, Estimating the expected value of sample
    information using the probabilistic sensitivity analysis sample, Medical Decision Making 35,
    570-583): for each set the value that the record would show is drawn around the set's own, with
    the error of its sample size, and the differences between options are regressed on it.
    docs/measure.md has the errors.

    Examples
    --------
    >>> import ccmsim
    >>> small = ccmsim.load("solo_nurse").but({"panel.enrolled_at_start": 20})
    >>> dear = small.but({"staff.nurse.hours_per_week": 20})
    >>> plan = what_to_measure(
    ...     {"as it is": small, "more hours": dear},
    ...     ["contact.answer_probability"],
    ...     months=1,
    ...     replications=200,
    ... )
    >>> plan.numbers[0].sheet
    'calls'
    """
    if problems := numeric(weeks, "weeks", "such as 4"):
        raise InputError(problems)
    if not 0.0 < weeks <= MOST_WEEKS:
        raise refuse("weeks", f"must be above 0 and at most {MOST_WEEKS:g}", weeks, "4")
    ran = simulated_sets(
        scenarios, uncertain, measure=measure, months=months, replications=replications,
        inner=inner, seed=seed, warmup_months=warmup_months, executor=executor, workers=workers,
        progress=progress, level=level,
    )  # fmt: skip
    first = next(iter(ran.options.values()))
    counts = counts_of(first, weeks)
    recordings = {item.path: recording_of(first, item.path, counts) for item in ran.parameters}
    shown = _shown(ran, recordings, seed)
    numbers = sorted(
        (_number(ran, k, item, recordings[item.path], shown[:, k], level)
         for k, item in enumerate(ran.parameters)),
        key=lambda each: (-each.recorded.value, -each.known.value, each.path),
    )  # fmt: skip
    few = [
        each.path
        for each in numbers
        if each.observations > 0.0 and min(each.recorded.value, each.known.value) > 0.0
    ]
    columns = [k for k, item in enumerate(ran.parameters) if item.path in few[:MOST]]
    together = _nothing(ran, level)
    if columns:
        together = no_less(
            value_of_knowing(shown[:, columns], ran.outcomes, level=level),
            [each.recorded for each in numbers if each.path in few[:MOST]],
        )
    known = [each.known for each in numbers]
    everything = no_less(value_of_knowing(ran.draws, ran.outcomes, level=level), known)
    return MeasurePlan(
        measure=measure,
        first_month=f"{first.start:%Y-%m}",
        weeks=weeks,
        months=months,
        sets=len(ran.outcomes),
        inner=inner,
        replications=ran.replications,
        seed=seed,
        warmup_months=warmup_months,
        level=level,
        best=list(ran.options)[int(ran.outcomes.mean(axis=0).argmax())],
        numbers=tuple(numbers),
        record=tuple(few[:MOST]),
        together=together,
        everything=everything,
    )


def _nothing(ran: SimulatedSets, level: float) -> Estimate:
    return Estimate(0.0, 0.0, 0.0, 0.0, level, len(ran.outcomes), "nothing is recorded")


def _shown(ran: SimulatedSets, recordings: Mapping[str, Recording | None], seed: int) -> Floats:
    """Return what the records would show in each set: its own values, and an error."""
    from scipy.special import ndtri

    from ccmsim.streams import NO_MONTH, PRACTICE, entry_stream, uniforms

    shown = ran.draws.copy()
    for k, item in enumerate(ran.parameters):
        recording = recordings[item.path]
        if recording is None:
            continue
        stream = entry_stream(item.path)
        luck = [
            uniforms(seed, number, stream, PRACTICE, NO_MONTH, 1)[0] for number in range(len(shown))
        ]
        shown[:, k] += recording.errors(shown[:, k]) * ndtri(np.array(luck))
    return shown


def _number(
    ran: SimulatedSets,
    k: int,
    item: Parameter,
    recording: Recording | None,
    shown: Floats,
    level: float,
) -> Number:
    known = value_of_knowing(ran.draws[:, k], ran.outcomes, level=level)
    recorded = _nothing(ran, level)
    if recording is not None:
        recorded = value_of_knowing(shown, ran.outcomes, level=level)
    return Number(
        path=item.path,
        today=item.today,
        what="" if recording is None else recording.what,
        sheet="" if recording is None else recording.sheet,
        observations=0.0 if recording is None else recording.observations,
        standard_error=float("nan")
        if recording is None
        else float(recording.errors(np.array([item.today]))[0]),
        spread=float(ran.draws[:, k].std(ddof=1)),
        recorded=recorded,
        known=known,
    )
