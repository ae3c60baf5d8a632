"""What a calibration gives back: joint draws, what they rest on, and scenarios that carry them.

Comes in: the parts, from `calibrate`. Goes out: a frozen `Calibration`. Never simulates.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ccmsim.analyses.parameters import Parameter, with_values
from ccmsim.arrays import Floats
from ccmsim.calibration.chains import r_hat
from ccmsim.calibration.history import History
from ccmsim.calibration.predictive import PredictiveCheck
from ccmsim.calibration.telling import Telling
from ccmsim.checks import whole
from ccmsim.errors import InputError
from ccmsim.scenario.model import Scenario

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

KNOTS: Final = 200
"""Values of an empirical law in a scenario."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Calibration:
    """A posterior over the free values of a scenario, given a practice's months.

    Parameters
    ----------
    base : Scenario
        As it was simulated: with the history's first month and number of patients.
    history : History
        The columns that were compared.
    method : str
        "synthetic" or "abc".
    parameters : tuple of Parameter
        The free paths with their priors.
    draws : ndarray, shape (chains, draws, parameters)
        Joint draws from the posterior, all of one weight. Read-only.
    sizes : ndarray, shape (parameters,)
        How many independent draws they are worth.
    errors : ndarray, shape (parameters,)
        Standard errors of the posterior means that come from the simulations; NaN where unknown.
    level : float
        Of the central intervals in the table.
    statistics : tuple of (str, str)
        Which were compared: column and kind.
    observed : ndarray, shape (series, months)
        What was compared, NaN where nothing was.
    predictive : ndarray, shape (replications, series, months)
        Histories simulated at draws from the posterior.
    check : PredictiveCheck
    telling : Telling
        What the months tell, and what they cannot tell apart.
    seed, warmup_months : int
    diagnostics : mapping of str to value
        Of the inference, as plain values.
    notes : tuple of str
        What a reader should know of how the history was read.
    """

    base: Scenario
    history: History
    method: str
    parameters: tuple[Parameter, ...]
    draws: Floats
    sizes: Floats
    errors: Floats
    level: float
    statistics: tuple[tuple[str, str], ...]
    observed: Floats
    predictive: Floats
    check: PredictiveCheck
    telling: Telling
    seed: int
    warmup_months: int
    diagnostics: Mapping[str, Any]
    notes: tuple[str, ...]

    def __post_init__(self) -> None:
        for name in ("draws", "sizes", "errors", "observed", "predictive"):
            locked = np.array(getattr(self, name))
            locked.setflags(write=False)
            object.__setattr__(self, name, locked)

    @property
    def paths(self) -> tuple[str, ...]:
        """The free paths."""
        return tuple(item.path for item in self.parameters)

    @property
    def flat(self) -> Floats:
        """The draws of all chains, shape (n, parameters)."""
        return self.draws.reshape(-1, len(self.parameters))

    @cached_property
    def r_hats(self) -> Floats:
        """R-hat of each parameter; NaN where there is one chain."""
        if len(self.draws) == 1:
            return np.full(len(self.parameters), np.nan)
        return np.array([r_hat(self.draws[:, :, k]) for k in range(len(self.parameters))])

    def table(self) -> pd.DataFrame:
        """Return the posterior of each free value as a row.

        Returns
        -------
        pandas.DataFrame
            Index parameter; columns prior_mean and prior_sd; mean with its Monte Carlo
            standard_error, of draws and (with the synthetic likelihood) of simulations; sd; low,
            median and high (the central interval of `level`); ess, r_hat; left (share of the
            prior's standard deviation that is left, in normal numbers).
        """
        import pandas as pd

        rows = pd.DataFrame(list(self._rows().values()))
        return rows.set_index(pd.Index(self.paths, name="parameter"))

    def _rows(self) -> dict[str, dict[str, float]]:
        ends = (0.5 - self.level / 2.0, 0.5, 0.5 + self.level / 2.0)
        found = {}
        for k, item in enumerate(self.parameters):
            values = self.flat[:, k]
            low, median, high = np.quantile(values, ends)
            sd = float(values.std(ddof=1))
            found[item.path] = {
                "prior_mean": item.law.expected(),
                "prior_sd": item.law.variance() ** 0.5,
                "mean": float(values.mean()),
                "standard_error": math.hypot(
                    sd / float(self.sizes[k]) ** 0.5, float(np.nan_to_num(self.errors[k]))
                ),
                "sd": sd,
                "low": float(low),
                "median": float(median),
                "high": float(high),
                "ess": float(self.sizes[k]),
                "r_hat": float(self.r_hats[k]),
                "left": float(self.telling.left[k]),
            }
        return found

    def warnings(self) -> list[str]:
        """Return what speaks against trusting the numbers; empty where nothing does."""
        from ccmsim.calibration.views import warnings_of

        return warnings_of(self)

    def scenario(self, name: str | None = None) -> Scenario:
        """Return the scenario at the posterior means, with an empirical law beside each free value.

        `ccmsim.uncertainty` and its kin draw from these laws, each on its own: how the values hang
        together is lost. Where `telling.ridges` names some, use `scenarios`, which keep it.

        Parameters
        ----------
        name : str, optional
            Of the scenario.
        """
        shares = (np.arange(KNOTS) + 0.5) / KNOTS
        found = with_values(self._plain(), self.parameters, self.flat.mean(axis=0).tolist())
        laws = {
            path: {"family": "empirical", "values": np.quantile(self.flat[:, k], shares).tolist()}
            for k, path in enumerate(self.paths)
        }
        return found.but({"uncertain": laws, "name": name or f"{self.base.name}_calibrated"})

    def scenarios(self, n: int) -> list[Scenario]:
        """Return scenarios at `n` joint draws, spread evenly over the posterior's draws.

        Raises
        ------
        ccmsim.errors.InputError
            Where `n` is not from 1 to the number of draws.
        """
        problems = whole(n, "n", 1, len(self.flat), "100")
        if problems:
            raise InputError(problems)
        chosen = (np.arange(n) * len(self.flat)) // n
        rows = np.swapaxes(self.draws, 0, 1).reshape(-1, len(self.parameters))[chosen]
        return [with_values(self._plain(), self.parameters, row.tolist()) for row in rows]

    def _plain(self) -> Scenario:
        return self.base.but({"uncertain": None})

    def plot(self, what: str = "posterior") -> Figure:
        """Return a figure.

        Parameters
        ----------
        what : {"posterior", "predictive"}
            The free values: each against its prior, and in pairs; or the months: what was observed,
            in the range of what the fitted model makes.
        """
        from ccmsim.calibration.figures import figure

        return figure(self, what)

    def as_dict(self) -> dict[str, Any]:
        """Return all but the draws and simulated months as plain values; NaN becomes None."""
        rows = {
            path: {key: value if math.isfinite(value) else None for key, value in row.items()}
            for path, row in self._rows().items()
        }
        low, high = 0.5 - self.level / 2.0, 0.5 + self.level / 2.0
        fan = np.quantile(self.predictive, [low, 0.5, high], axis=0)
        return {
            "scenario": self.base.name,
            "fingerprint": self.base.fingerprint,
            "method": self.method,
            "seed": self.seed,
            "warmup_months": self.warmup_months,
            "level": self.level,
            "draws": len(self.flat),
            "history": self.history.as_dict(),
            "statistics": [list(name) for name in self.statistics],
            "priors": [item.as_dict() for item in self.parameters],
            "posterior": rows,
            "told": self.telling.as_dict(),
            "predictive": {
                name: {"low": low.tolist(), "median": middle.tolist(), "high": high.tolist()}
                for name, low, middle, high in zip(self.history.columns, *fan, strict=True)
            },
            "check": self.check.as_dict(),
            "diagnostics": dict(self.diagnostics),
            "warnings": self.warnings(),
            "notes": list(self.notes),
        }

    def to_json(self) -> str:
        """Return `as_dict` as JSON text."""
        return json.dumps(self.as_dict(), indent=2, allow_nan=False)

    def to_arviz(self) -> Any:
        """Return the draws as arviz reads them; see `ccmsim.calibration.groups.to_arviz`."""
        from ccmsim.calibration.groups import to_arviz

        return to_arviz(self)

    def save(self, path: str | Path) -> None:
        """Write the draws as a NetCDF file that `arviz.from_netcdf` opens.

        Groups posterior, prior, posterior_predictive and observed_data. The file appears whole or
        not at all.
        """
        from ccmsim.calibration.groups import write

        write(self, path)

    def __str__(self) -> str:
        from ccmsim.calibration.views import text

        return text(self)
