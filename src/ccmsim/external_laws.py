"""Laws from outside: a sample of the user's own, and any named distribution of scipy.stats.

Comes in: values or a CSV file; a name with its parameters or a frozen scipy.stats distribution.
Goes out: `Empirical` and `Scipy`, which are compared, hashed and written like every other family.
Imports scipy.stats only when such a value is made, and keeps no file open and no path.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, PlainSerializer, ValidationInfo, model_validator

from ccmsim.errors import refuse
from ccmsim.frozen import FrozenMapping
from ccmsim.laws import (
    CUMULATIVE_STEP,
    MOST_STEPS,
    CannotTabulateError,
    Encoded,
    Family,
    Real,
    open_share,
    stepped,
    tabulated,
    to_step,
)


class Empirical(Family):
    """A sample, each value equally likely.

    `csv` and `column` in place of `values` read a file once; only the values are kept, sorted, so
    that a file's order never matters. A relative path is looked up under the validation context's
    "directory", else under the current directory.

    Examples
    --------
    >>> Empirical(values=[3.0, 1.0, 2.0]).values
    (1.0, 2.0, 3.0)
    """

    family: Literal["empirical"] = "empirical"
    values: Annotated[tuple[Real, ...], AfterValidator(lambda v: tuple(sorted(v)))] = Field(
        min_length=1
    )

    @model_validator(mode="before")
    @classmethod
    def _read_csv(cls, data: Any, info: ValidationInfo) -> Any:
        if not isinstance(data, Mapping) or "csv" not in data:
            return data
        if "values" in data:
            raise ValueError("has both values and csv; valid: one of them")
        rest = {key: value for key, value in data.items() if key not in {"csv", "column"}}
        directory = (info.context or {}).get("directory", ".")
        path = Path(directory) / str(data["csv"])
        return {**rest, "values": _column(path, data.get("column"))}

    def expected(self) -> float:
        """The mean."""
        return math.fsum(self.values) / len(self.values)

    def variance(self) -> float:
        """The variance."""
        mean = self.expected()
        return math.fsum((value - mean) ** 2 for value in self.values) / len(self.values)

    def support(self) -> tuple[float, float]:
        """The least and the greatest value."""
        return self.values[0], self.values[-1]

    def quantile(self, u: float) -> float:
        """The exact quantile of u in (0, 1)."""
        return self.values[math.floor(open_share(u) * len(self.values))]

    def encoded(self, step: float) -> Encoded:
        """The law for the engines."""
        import numpy as np

        table = to_step(np.asarray(self.values), step)
        return Encoded("empirical", (float(table.size),), table)


def _column(path: Path, column: str | None) -> list[float]:
    """Return the numbers of one column; blank cells are refused, not guessed."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            names = list(reader.fieldnames or [])
            if column is None and len(names) == 1:
                column = names[0]
            if column not in names:
                raise ValueError(f"column {column!r} is not in {path}; it has {', '.join(names)}")
            cells = [(reader.line_num, row[column]) for row in reader]
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"csv {str(path)!r} cannot be read: {error}") from None
    values = []
    for line, cell in cells:
        try:
            values.append(float(cell))
        except (TypeError, ValueError):
            raise ValueError(f"{path}, line {line}, {column}: {cell!r} is not a number") from None
    return values


Keywords = Annotated[
    Mapping[str, Real],
    AfterValidator(FrozenMapping),
    PlainSerializer(dict, return_type=dict[str, float]),
]


class Scipy(Family):
    """A distribution of scipy.stats by name; its mean must be finite.

    Examples
    --------
    >>> gap = Scipy(name="weibull_min", args=(1.5,), kwds={"scale": 10.0})
    >>> round(gap.expected(), 4), gap.support()
    (9.0275, (0.0, inf))
    """

    family: Literal["scipy"] = "scipy"
    name: str
    args: tuple[Real, ...] = ()
    kwds: Keywords = FrozenMapping()

    @model_validator(mode="after")
    def _exists(self) -> Self:
        from scipy import stats

        named = getattr(stats, self.name, None)
        if not isinstance(named, stats.rv_continuous | stats.rv_discrete):
            near = get_close_matches(self.name, [n for n in dir(stats) if n.islower()], n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise ValueError(f"scipy.stats has no distribution of one variable {self.name!r}{hint}")
        taken = [*(named.shapes.split(", ") if named.shapes else []), "loc"]
        taken += ["scale"] if isinstance(named, stats.rv_continuous) else []
        try:
            mean = float(self._frozen().mean())
        except TypeError:
            raise ValueError(f"{self.name} takes {', '.join(taken)}") from None
        if not math.isfinite(mean):
            raise ValueError(
                f"{self.name} has no finite mean with these parameters ({', '.join(taken)}): "
                "one is outside its range, or the tail is too heavy"
            )
        return self

    def expected(self) -> float:
        """The mean."""
        return float(self._frozen().mean())

    def variance(self) -> float:
        """The variance."""
        return float(self._frozen().var())

    def support(self) -> tuple[float, float]:
        """The least and the greatest value."""
        low, high = self._frozen().support()
        return float(low), float(high)

    def quantile(self, u: float) -> float:
        """The exact quantile of u in (0, 1)."""
        return float(self._frozen().ppf(open_share(u)))

    def encoded(self, step: float) -> Encoded:
        """The law for the engines."""
        import numpy as np
        from scipy import stats

        frozen = self._frozen()
        if isinstance(frozen.dist, stats.rv_continuous):
            return tabulated(self, frozen.ppf, frozen.isf, step)
        rare, middle = CUMULATIVE_STEP / 4.0, float(frozen.median())
        # Asked first: scipy looks for the quantile of a heavy tail until memory ends.
        if max(frozen.cdf(middle - MOST_STEPS), frozen.sf(middle + MOST_STEPS)) > rare:
            raise CannotTabulateError
        low, high = float(frozen.ppf(rare)), float(frozen.ppf(1.0 - rare))
        values = low + np.arange(high - low + 1.0)
        return stepped(values, frozen.cdf(values), step)

    def _frozen(self) -> Any:
        return _freeze(self.name, self.args, self.kwds)


@lru_cache(maxsize=128)
def _freeze(name: str, args: tuple[float, ...], kwds: Mapping[str, float]) -> Any:
    from scipy import stats

    return getattr(stats, name)(*args, **kwds)


def is_frozen(value: object) -> bool:
    """Say whether a value looks like a frozen scipy.stats distribution, without importing scipy."""
    return type(value).__module__.startswith("scipy.stats") and all(
        hasattr(value, part) for part in ("dist", "args", "kwds")
    )


def from_scipy(frozen: Any) -> Scipy:
    """Return a frozen scipy.stats distribution, continuous or discrete, as a value of a scenario.

    Raises
    ------
    InputError
        When it is not frozen, not one of scipy.stats' named distributions, or has array parameters.

    Examples
    --------
    >>> from scipy import stats
    >>> from_scipy(stats.weibull_min(1.5, scale=10.0))
    Scipy(family='scipy', name='weibull_min', args=(1.5,), kwds={'scale': 10.0})
    """
    import numpy as np
    from scipy import stats

    valid = "one such as scipy.stats.weibull_min(1.5, scale=10.0)"
    if not is_frozen(frozen):
        raise refuse("frozen", "must be a frozen scipy.stats distribution", frozen, valid)
    name = str(frozen.dist.name)
    if type(frozen.dist) is not type(getattr(stats, name, None)):
        sample = 'one that scipy.stats names, or family = "empirical" with a sample of it'
        raise refuse("frozen", "has no name in scipy.stats to write down", name, sample)
    if any(np.ndim(value) for value in (*frozen.args, *frozen.kwds.values())):
        rule = "must have single numbers as parameters"
        raise refuse("frozen", rule, (frozen.args, frozen.kwds), valid)
    return Scipy(
        name=name,
        args=tuple(float(value) for value in frozen.args),
        kwds={key: float(value) for key, value in frozen.kwds.items()},
    )
