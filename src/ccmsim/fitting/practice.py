"""Several logs of one practice: each recognised and fitted, and the scenario that follows.

Comes in: files, and a scenario that lends what they cannot tell. Goes out: a `PracticeFit`.
Simulates nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ccmsim.absences.reading import read_log
from ccmsim.absences.value import LENGTHS
from ccmsim.checks import several, table, whole
from ccmsim.errors import InputError, Problem, refuse
from ccmsim.estimation import Estimate
from ccmsim.estimation.checks import between_0_and_1
from ccmsim.fitting.calls import fit_calls
from ccmsim.fitting.claims import SETTLED_AFTER_MONTHS, fit_claims
from ccmsim.fitting.durations import FAMILIES
from ccmsim.fitting.kinds import KINDS
from ccmsim.fitting.reader import Names, recognised
from ccmsim.fitting.time_log import CLOSES_AFTER_DAYS, fit_time
from ccmsim.fitting.value import Fitted, changes_of
from ccmsim.fitting.views import Fit

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from ccmsim.scenario import Scenario

NAMES: Final = tuple(dict.fromkeys(kind.name for kind in KINDS))
"""The kinds of log: calls, absences, time, claims."""

PathLike = str | Path


@dataclass(frozen=True, eq=False, kw_only=True)
class PracticeFit:
    """What a practice's logs say, and the scenario that follows from them.

    Parameters
    ----------
    fits : mapping of str to Fit
        By kind of log: `CallFit`, `AbsenceFit`, `TimeFit`, `ClaimFit`.
    base : Scenario
        Lends everything that the logs do not tell.
    values : tuple of Fitted
        The values of the scenario that are taken from the logs.
    level : float
        Level of all intervals.
    """

    fits: Mapping[str, Fit]
    base: Scenario
    values: tuple[Fitted, ...]
    level: float

    def changes(self) -> dict[str, Any]:
        """Return {dotted path: value}, for `Scenario.but`."""
        return changes_of(self.values)

    def scenario(self, name: str | None = None, *, uncertain: bool = False) -> Scenario:
        """Return the base with the fitted values.

        Parameters
        ----------
        name : str, optional
            Another name than the base's.
        uncertain : bool
            Whether the values' errors go into the scenario, as laws of what is not known; see
            `ccmsim.fitting.uncertain`.
        """
        from ccmsim.fitting.uncertain import laws_of

        more: dict[str, Any] = {} if name is None else {"name": name}
        fitted = self.base.but(self.changes() | more)
        if not uncertain:
            return fitted
        return fitted.but({"uncertain": {**(fitted.uncertain or {}), **laws_of(self.values)}})

    def to_toml(self, name: str = "my_practice", *, uncertain: bool = False) -> str:
        """Return `scenario` as TOML text, with the source above each fitted value."""
        from ccmsim.fitting.writing import annotated

        return annotated(self, name, uncertain=uncertain)

    def table(self) -> pd.DataFrame:
        """Return one row a value that is taken from the logs.

        Returns
        -------
        pandas.DataFrame
            Index path; columns before (in the base), after (as it is written), the fields of
            `Estimate` (of a law its mean; empty for a choice) and source.
        """
        import pandas as pd

        from ccmsim.fitting.writing import before_of

        rows = []
        for fitted in self.values:
            estimate = {} if fitted.estimate is None else fitted.estimate.as_dict()
            head = {"before": before_of(self.base, fitted.path), "after": fitted.value}
            rows.append(head | estimate | {"source": fitted.source})
        index = pd.Index([fitted.path for fitted in self.values], name="path")
        return pd.DataFrame(rows, index=index)

    def estimates(self) -> dict[str, Estimate]:
        """Return every number of every fit, by kind of log and name."""
        return {
            f"{kind}.{name}": found
            for kind, fit in self.fits.items()
            for name, found in fit.estimates().items()
        }

    def plot(self, kind: str | None = None) -> Figure:
        """Return the figure of one fit; the kind may be left out where there is one fit."""
        chosen = next(iter(self.fits)) if kind is None and len(self.fits) == 1 else kind
        if chosen not in self.fits:
            valid = ", ".join(self.fits)
            raise refuse("kind", "is not a kind of log that was fitted", kind, valid)
        return self.fits[str(chosen)].plot()

    def as_dict(self) -> dict[str, Any]:
        """Return plain values; NaN and infinite ends become None."""
        from ccmsim.fitting.writing import before_of

        return {
            "base": self.base.name,
            "level": self.level,
            "values": [
                fitted.as_dict() | {"before": before_of(self.base, fitted.path)}
                for fitted in self.values
            ],
            "fits": {kind: found.as_dict() for kind, found in self.fits.items()},
        }

    def to_json(self) -> str:
        """Return `as_dict` as JSON text."""
        return json.dumps(self.as_dict(), indent=2, allow_nan=False)

    def __str__(self) -> str:
        from ccmsim.fitting.writing import text

        return text(self)


def fit(
    files: PathLike | Iterable[PathLike] = (),
    *,
    base: Scenario | str | Path = "two_nurses",
    calls: PathLike | None = None,
    absences: PathLike | None = None,
    time: PathLike | None = None,
    claims: PathLike | None = None,
    columns: Mapping[str, str] | None = None,
    durations: str = "best",
    lengths: str = "geometric",
    years: float | None = None,
    workers: int | None = None,
    exclude_reasons: Iterable[int | str] | None = None,
    compare_with_calls: bool = False,
    closes_after_days: int = CLOSES_AFTER_DAYS,
    settled_after_months: int = SETTLED_AFTER_MONTHS,
    level: float = 0.95,
) -> PracticeFit:
    """Fit a scenario's inputs to a practice's own logs.

    Parameters
    ----------
    files : path or paths
        CSV files; the kind of each is recognised by its columns.
    base : Scenario or str or Path
        Lends what the logs do not tell: a scenario, a preset's name or a TOML file.
    calls, absences, time, claims : path, optional
        Files whose kind is said.
    columns : mapping of str to str, optional
        The files' own names of columns, as {"answered": "picked_up"}; for one kind of log only as
        {"calls.minutes": "seconds_rounded"}.
    durations : str
        How call durations are given: "best" (the likelier of the two), "lognormal", "gamma" or
        "empirical".
    lengths : str
        How lengths of absence are given: "geometric" or "empirical".
    years : float, optional
        Years that an absence log covers; one without dates needs it.
    workers : int, optional
        How many people could have been in the absence log.
    exclude_reasons : iterable, optional
        Reason codes of the absence log to leave out, such as vacation.
    compare_with_calls : bool
        Whether answered calls are looked for in the time log, to see what was never entered.
    closes_after_days : int
        Days after a month's end from which on an entry of its work is too late to be billed.
    settled_after_months : int
        Months after which a claim's fate counts as settled.
    level : float
        Level of all intervals.

    Returns
    -------
    PracticeFit

    Raises
    ------
    InputError
        No file, files of the same kind, unknown columns, impossible settings, and whatever is
        wrong in the files, of all of them at once.

    Examples
    --------
    >>> import ccmsim
    >>> from ccmsim.fitting.examples import example
    >>> found = ccmsim.fit([example("calls"), example("claims")])
    >>> found.scenario().finance.denied_share
    0.08896
    """
    from ccmsim.scenario import Scenario, load

    own = {} if columns is None else table(columns, "columns", '{"answered": "picked_up"}')
    _check_settings(durations, lengths, closes_after_days, settled_after_months, level)
    scenario = base if isinstance(base, Scenario) else load(base)
    said = {"calls": calls, "absences": absences, "time": time, "claims": claims}
    given = {kind: _path(path, kind) for kind, path in said.items() if path is not None}
    names = _names(own)
    paths = _recognised(_paths(files), given, names)
    if compare_with_calls and not {"calls", "time"} <= set(paths):
        valid = "both a call log and a time log"
        raise refuse("compare_with_calls", "needs two logs", sorted(paths), valid)
    if "absences" not in paths:
        _check_unused(years=years, workers=workers, exclude_reasons=exclude_reasons)

    def absence_fit() -> Fit:
        log = read_log(
            paths["absences"], exclude_reasons=exclude_reasons, columns=names["absences"]
        )
        return log.fit(years=years, workers=workers, lengths=lengths, level=level)

    makers = {
        "calls": lambda: fit_calls(
            paths["calls"], columns=names["calls"], durations=durations, level=level
        ),
        "absences": absence_fit,
        "time": lambda: fit_time(
            paths["time"],
            calls=paths["calls"] if compare_with_calls else None,
            columns=names["time"],
            call_columns=names["calls"],
            closes_after_days=closes_after_days,
            level=level,
        ),
        "claims": lambda: fit_claims(
            paths["claims"],
            columns=names["claims"],
            settled_after_months=settled_after_months,
            level=level,
        ),
    }
    fits = _made({kind: makers[kind] for kind in NAMES if kind in paths})
    values = tuple(fitted for found in fits.values() for fitted in found.fitted(scenario))
    return PracticeFit(fits=fits, base=scenario, values=values, level=level)


def _paths(files: Any) -> list[Path]:
    """Return one path or several as a list."""
    one = isinstance(files, str | Path)
    return [_path(each, "files") for each in ([files] if one else several(files, "files", "paths"))]


def _path(path: Any, field: str) -> Path:
    if not isinstance(path, str | Path):
        raise refuse(field, "must be a path", path, 'such as "calls.csv"')
    return Path(path)


def _made(makers: Mapping[str, Any]) -> dict[str, Fit]:
    """Return the fits, or what is wrong with any of the files."""
    fits: dict[str, Fit] = {}
    problems: list[Problem] = []
    headings: list[str] = []
    for kind, make in makers.items():
        try:
            fits[kind] = make()
        except InputError as error:
            problems += error.problems
            headings.append(error.heading)
    if problems:
        raise InputError(problems, heading=headings[0] if len(headings) == 1 else "")
    return fits


def _check_settings(
    durations: str, lengths: str, closes_after_days: int, settled_after_months: int, level: float
) -> None:
    problems = [
        Problem(field, f"is not a way to fit {field}", value, ", ".join(valid))
        for field, value, valid in (
            ("durations", durations, FAMILIES), ("lengths", lengths, LENGTHS),
        )
        if value not in valid
    ]  # fmt: skip
    problems += whole(closes_after_days, "closes_after_days", 0, 365, "5")
    problems += whole(settled_after_months, "settled_after_months", 0, 36, "6")
    if problems:
        raise InputError(problems)
    between_0_and_1("level", level)


def _check_unused(**settings: Any) -> None:
    """Raise `InputError` for settings of an absence log where there is none."""
    rule, valid = "is of an absence log, and none is given", "an absence log, or left out"
    problems = [
        Problem(name, rule, value, valid) for name, value in settings.items() if value is not None
    ]
    if problems:
        raise InputError(problems)


def _names(columns: Mapping[str, str]) -> dict[str, Names]:
    """Return for each kind the file's own names of its columns."""
    found: dict[str, dict[str, str]] = {kind: {} for kind in NAMES}
    known = {kind.name: set[str]() for kind in KINDS}
    for kind in KINDS:
        known[kind.name] |= {column.name for column in kind.columns}
    problems = []
    for key, own in columns.items():
        which, _, column = key.rpartition(".")
        matching = [name for name in NAMES if column in known[name] and which in ("", name)]
        if not matching:
            parts = "; ".join(f"{name}: {', '.join(sorted(known[name]))}" for name in NAMES)
            problems.append(Problem("columns", "names no column of a log", key, parts))
        for name in matching:
            found[name][column] = own
    if problems:
        raise InputError(problems)
    return dict(found)


def _recognised(
    files: list[Path], given: Mapping[str, Path], names: Mapping[str, Names]
) -> dict[str, Path]:
    """Return the path of each kind of log."""
    found = dict(given)
    problems: list[Problem] = []
    for path in files:
        try:
            kind = recognised(path, names).name
        except InputError as error:
            problems += error.problems
            continue
        if kind in found:
            rule = f"is a log of {kind}, and so is {found[kind].name}"
            problems.append(Problem("files", rule, str(path), "one file of each kind"))
        found[kind] = path
    if problems:
        raise InputError(problems)
    if not found:
        raise refuse("files", "are needed", None, f"a log of {', '.join(NAMES)}")
    return found
