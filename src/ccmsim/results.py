"""What a simulation gives back: arrays by replication and month, and their estimates.

Comes in: the arrays of all replications and where they come from. Goes out: `Results`, its
labelled data, table, plot and file. Never simulates.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from ccmsim.errors import InputError
from ccmsim.estimation import Estimate, mean
from ccmsim.frozen import FrozenMapping
from ccmsim.scenario.model import Scenario
from ccmsim.storage import dataset, read, shape_problems, write
from ccmsim.wording import counted

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr
    from matplotlib.figure import Figure

    from ccmsim.precision import Stopping
    from ccmsim.stress_des import StressDes

COLUMNS = ("value", "standard_error", "low", "high", "level", "replications", "method")
"""Columns of `Results.summary`."""


@cache
def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("ccmsim")
    except PackageNotFoundError:  # a source tree that was never installed
        return "unknown"


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Results:
    """The replications of one scenario.

    Parameters
    ----------
    scenario : Scenario
    values : mapping of str to ndarray
        Every variable of `ccmsim.variables.VARIABLES`, shape (replications, months, …), and those
        of patient-months where they were kept, shape (replications, patients, months). Read-only.
    months : tuple of str
        Labels of the reported months, such as "2026-01".
    warmup_months : int
        Months that were simulated before the first reported one.
    seed : int
    engine : str
    version : str
        The version of ccmsim that simulated.
    stopping : Stopping, optional
        How it ended, where `precision` told when.

    Examples
    --------
    >>> import ccmsim
    >>> ccmsim.simulate(ccmsim.load("perfect"), months=2, replications=3, seed=7)
    <Results of perfect: 3 replications of 2 months (2026-01 to 2026-02), seed 7; net 6,038.24 ...>
    """

    scenario: Scenario
    values: Mapping[str, NDArray[Any]]
    months: tuple[str, ...]
    warmup_months: int
    seed: int
    engine: str
    version: str = field(default_factory=_version)
    stopping: Stopping | None = None

    def __post_init__(self) -> None:
        problems = shape_problems(self.values, len(self.months))
        if problems:
            raise InputError(problems)
        locked = {name: array.view() for name, array in self.values.items()}
        for array in locked.values():
            array.setflags(write=False)
        object.__setattr__(self, "values", FrozenMapping(locked))

    def __reduce__(self) -> tuple[Any, ...]:
        # Through the constructor: unpickled arrays would be writable, and data need not travel.
        names = ("scenario", "months", "warmup_months", "seed", "engine", "version", "stopping")
        settings = {name: getattr(self, name) for name in names}
        return (_rebuild, ({**settings, "values": dict(self.values)},))

    @property
    def replications(self) -> int:
        """Number of replications."""
        return int(self.values["net_usd"].shape[0])

    @cached_property
    def data(self) -> xr.Dataset:
        """Every variable with its units, labels and origin.

        Dims are replication and month, and cause, reason, code and the like where they apply. Each
        variable has the attributes `units` and `long_name`; those of the dataset say which
        scenario, seed, engine and version it comes from.

        Examples
        --------
        >>> import ccmsim
        >>> data = ccmsim.simulate(ccmsim.load("perfect"), months=2, replications=3).data
        >>> data.billed_usd.dims, data.billed_usd.attrs["units"]
        (('replication', 'month'), 'USD')
        >>> int(data.missed_patients.sel(month="2026-02", reason="short").sum())
        0
        """
        return dataset(self)

    def summary(self, *, level: float = 0.95) -> pd.DataFrame:
        """Return every measure with its interval.

        Parameters
        ----------
        level : float
            Nominal coverage of the intervals, above 0 and at most 0.995.

        Returns
        -------
        pandas.DataFrame
            One row a measure, named as in docs/results.md; columns value, standard_error, low,
            high, level, replications and method. Values are in the unit that the name ends in.

        Warns
        -----
        ccmsim.estimation.PrecisionWarning
            Once, where replications are too few for a measure; `method` tells which.

        Examples
        --------
        >>> import ccmsim
        >>> results = ccmsim.simulate(ccmsim.load("perfect"), months=1, replications=200)
        >>> results.summary().loc["billed_usd.total", ["value", "low", "high"]].tolist()
        [4959.75, 4959.75, 4959.75]
        """
        import warnings

        import pandas as pd

        from ccmsim.estimation import PrecisionWarning
        from ccmsim.measures import measures_and_warning

        found, warning = measures_and_warning(self, level=level)
        if warning:
            warnings.warn(warning, PrecisionWarning, stacklevel=2)
        rows = [estimate.as_dict() for estimate in found.values()]
        return pd.DataFrame(rows, pd.Index(found, name="measure"), columns=list(COLUMNS))

    def stress_des(self, *, level: float = 0.95) -> StressDes:
        """Return what a run can write of a report after the STRESS-DES guidelines.

        Parameters
        ----------
        level : float
            Nominal coverage of the intervals, above 0 and at most 0.995.

        Returns
        -------
        StressDes
            Printed, it is Markdown; docs/stress_des.md holds what no run can know.

        Examples
        --------
        >>> import ccmsim
        >>> results = ccmsim.simulate(ccmsim.load("perfect"), months=1, replications=2)
        >>> print(str(results.stress_des()).splitlines()[0])
        # perfect: a report after STRESS-DES
        """
        from ccmsim.stress_des import stress_des

        return stress_des(self, level=level)

    def plot(self, variable: str = "billed_usd") -> Figure:
        """Return a figure: the months as a fan chart, beside the distribution of the total.

        Parameters
        ----------
        variable : str
            What is shown: `billed_usd`, `net_usd` or another flow of dollars or patients.

        Returns
        -------
        matplotlib.figure.Figure
            To show in a notebook, or to save: `results.plot().savefig("year.png")`.

        Examples
        --------
        >>> import ccmsim
        >>> figure = ccmsim.simulate(ccmsim.load("perfect"), months=2, replications=3).plot()
        >>> [axes.get_xlabel() for axes in figure.axes]
        ['Month', 'Billed in 2 months, thousand USD']
        """
        from ccmsim.plot import fan_and_total

        return fan_and_total(self, variable)

    def save(self, path: str | Path) -> None:
        """Write the result as a NetCDF 4 file, which `ccmsim.open_results` reads.

        The file appears whole or not at all; one that is there already is replaced at once.

        Raises
        ------
        ccmsim.errors.InputError
            Where the file cannot be written.
        """
        write(self, path)

    def __repr__(self) -> str:
        return f"<Results of {self.scenario.name}: {self._size()}; net {self._net()}>"

    def _repr_html_(self) -> str:
        return (
            f"<p><strong>Results of {escape(self.scenario.name)}</strong><br>"
            f"{escape(self._size())}<br>net {escape(self._net())}</p>"
        )

    def _size(self) -> str:
        count = counted(self.replications, "replication")
        months = counted(len(self.months), "month")
        span = " to ".join(dict.fromkeys((self.months[0], self.months[-1])))
        return f"{count} of {months} ({span}), seed {self.seed}"

    def _net(self) -> str:
        from ccmsim.measures import totals

        net: Estimate = mean(totals(self, "net_usd"))
        amount, bracket, interval = str(net).partition(" (")
        return f"{amount} USD{bracket}{interval}"


def _rebuild(settings: dict[str, Any]) -> Results:
    return Results(**settings)


def open_results(path: str | Path) -> Results:
    """Return the result in a file that `Results.save` wrote.

    Parameters
    ----------
    path : str or Path

    Raises
    ------
    ccmsim.errors.InputError
        When the file is missing, damaged, or of something else.

    Examples
    --------
    >>> import tempfile, ccmsim
    >>> results = ccmsim.simulate(ccmsim.load("perfect"), months=1, replications=2)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     results.save(f"{folder}/month.nc")
    ...     again = open_results(f"{folder}/month.nc")
    >>> again.data.identical(results.data)
    True
    """
    return read(path)
