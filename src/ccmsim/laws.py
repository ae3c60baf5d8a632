"""What a law is, and its numbers for the engines: rows of parameters and one array of tables.

Comes in: families (`ccmsim.distributions`) with the grid of their values. Goes out: `Laws`,
read-only arrays for `ccmsim.sampling.draw`. Never draws anything, and imports numpy, scipy and
numba only when it builds those arrays.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from ccmsim.errors import refuse

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Quantiles = Callable[[NDArray[np.float64]], Any]

Grid = Literal["duration", "factor", "days", "count"]
"""What a law's values are: minutes, a probability or multiplier, days, or a number of things."""

STEPS: Final[dict[str, float]] = {
    "duration": 2.0**-10,
    "factor": 2.0**-30,
    "days": 2.0**-30,
    "count": 2.0**-30,
}
"""The step to which a grid's tables are rounded when they are built."""

TABLE_ERROR: Final = 1e-5
"""A table errs by at most TABLE_ERROR * (|quantile| + standard deviation) + half a grid step."""

RAREST_CHECKED: Final = 2.0**-32
"""That holds while min(u, 1 - u) is at least this: beyond, scipy's quantiles may be noise."""

FEWEST_INTERVALS: Final = 128
MOST_INTERVALS: Final = 4096

CUMULATIVE_STEP: Final = 2.0**-40
"""A discrete law's cumulative probabilities are rounded to this; rarer tails are never drawn."""

MOST_STEPS: Final = 65_536
"""The most values that a tabulated discrete law may have."""

Real = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=-1e12, le=1e12)]
"""A number, never text; bounded so that no formula overflows."""


def check_rising(**bounds: float) -> None:
    """Refuse bounds that do not rise, as pydantic's validators refuse."""
    for left, right in pairwise(bounds):
        if bounds[left] > bounds[right]:
            raise ValueError(
                f"{left} must not be greater than {right} "
                f"(got {bounds[left]!r} and {bounds[right]!r})"
            )


class Encoded(NamedTuple):
    """A law for `ccmsim.sampling.draw`; a table's offset will come before the parameters."""

    kind: str
    parameters: tuple[float, ...]
    table: NDArray[np.float64] | None = None


class Family(BaseModel, ABC):
    """What every family can say of itself: always of the exact law, not of its table."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @abstractmethod
    def expected(self) -> float:
        """Return the mean."""

    @abstractmethod
    def variance(self) -> float:
        """Return the variance; may be infinite."""

    @abstractmethod
    def support(self) -> tuple[float, float]:
        """Return the least and the greatest value; may be infinite."""

    @abstractmethod
    def quantile(self, u: float) -> float:
        """Return the exact quantile of u in (0, 1); slow, for reference. `InputError` outside."""

    @abstractmethod
    def encoded(self, step: float) -> Encoded:
        """Return the law for `ccmsim.sampling.draw`, a table rounded to a step (a power of two)."""


def open_share(u: float) -> float:
    """Return u, or raise `InputError` when it is not between 0 and 1."""
    if not 0.0 < u < 1.0:
        raise refuse("u", "must lie between 0 and 1", u, "a number such as 0.5; not 0 and not 1")
    return u


@dataclass(frozen=True, slots=True, eq=False)
class Laws:
    """Laws for the engines; arrays are read-only, also after a trip through pickle.

    Parameters
    ----------
    laws : float64 array (n, 8)
        One row a law: the kind (`ccmsim.sampling.KINDS`) and its parameters.
    tables : float64 array
        Every table, end to end.
    rows : dict
        Name to row number.
    """

    laws: NDArray[np.float64]
    tables: NDArray[np.float64]
    rows: dict[str, int]
    handles: NDArray[np.void] = field(init=False)
    """(1,) of `ccmsim.sampling.LAWS`: what compiled functions take."""

    @property
    def handle(self) -> Any:
        """The record by which compiled functions reach the laws, while this object lives."""
        return self.handles[0]

    def __post_init__(self) -> None:
        import numpy as np

        from ccmsim.memory import address
        from ccmsim.sampling import LAW, LAWS, NUMBER

        self.laws.setflags(write=False)
        self.tables.setflags(write=False)
        addresses = (address("laws", self.laws, LAW), address("tables", self.tables, NUMBER))
        object.__setattr__(self, "handles", np.array([addresses], LAWS))

    def __reduce__(self) -> tuple[Any, ...]:
        return Laws, (self.laws, self.tables, self.rows)


def compile_laws(entries: Mapping[str, tuple[Family, Grid]]) -> Laws:
    """Return the arrays that `ccmsim.sampling.draw` reads.

    Parameters
    ----------
    entries : mapping
        Name to (distribution, grid). Rows are in the order of the mapping.

    Raises
    ------
    InputError
        When the grid is unknown, or a distribution cannot be tabulated within `TABLE_ERROR`.

    Examples
    --------
    >>> from ccmsim.distributions import Constant, Gamma
    >>> laws = compile_laws(
    ...     {
    ...         "notes": (Constant(value=5.0), "duration"),
    ...         "need": (Gamma(mean=1.0, cv=0.9), "factor"),
    ...     }
    ... )
    >>> laws.rows, laws.laws.shape
    ({'notes': 0, 'need': 1}, (2, 8))
    """
    import numpy as np

    from ccmsim.sampling import KINDS

    laws = np.zeros((len(entries), 8))
    tables: list[NDArray[np.float64]] = []
    size = 0
    for row, (name, (law, grid)) in enumerate(entries.items()):
        if grid not in STEPS:
            raise refuse(name, "has an unknown grid", grid, ", ".join(STEPS))
        encoded = _encode(law, STEPS[grid])
        if encoded is None:
            rule = f"has quantiles that jump or that no table holds within {TABLE_ERROR:g}"
            valid = 'a smoother distribution, or family = "empirical" with a sample of it'
            raise refuse(name, rule, law.model_dump(), valid)
        parameters = encoded.parameters
        if encoded.table is not None:
            parameters = (float(size), *parameters)
            tables.append(encoded.table)
            size += encoded.table.size
        laws[row, 0] = KINDS[encoded.kind]
        laws[row, 1 : 1 + len(parameters)] = parameters
    return Laws(
        laws, np.concatenate([np.zeros(0), *tables]), {name: i for i, name in enumerate(entries)}
    )


class CannotTabulateError(Exception):
    """No table within the error bound; `compile_laws` names the law."""


@lru_cache(maxsize=128)
def _encode(law: Family, step: float) -> Encoded | None:
    """Return a law's row and table (kept: analyses compile the same laws for many scenarios)."""
    try:
        return law.encoded(step)
    except CannotTabulateError:
        return None


def tabulated(law: Family, lower: Quantiles, upper: Quantiles, step: float) -> Encoded:
    """Return a continuous law as a quantile table, or raise `CannotTabulateError`.

    Parameters
    ----------
    lower, upper : callable
        From an array of tail probabilities w in (0, 1/2] to the quantiles of w and of 1 - w.
    step : float
        The grid of the nodes, a power of two.

    Notes
    -----
    Each side has 52 octaves of w = 2**-53 ... 1/2 with equal intervals in each. Intervals are
    doubled until linear interpolation is within half of `TABLE_ERROR` at the middle of every
    interval, which bounds the error at a kink too. In the tails beyond `RAREST_CHECKED` the table
    is finite and never falls, and no more is promised.
    """
    import numpy as np

    spread = math.sqrt(law.variance())
    if not math.isfinite(spread):
        spread = law.quantile(0.75) - law.quantile(0.25)
    intervals = FEWEST_INTERVALS
    nodes = _tail_nodes(intervals)
    sides = [lower(nodes), upper(nodes)]
    while True:
        middles = (nodes[:-1] + nodes[1:]) / 2.0
        exact = [lower(middles), upper(middles)]
        pairs = list(zip(sides, exact, strict=True))
        if not all(np.isfinite(side).all() and np.isfinite(middle).all() for side, middle in pairs):
            raise CannotTabulateError
        if all(_close(side, middle, spread, middles > RAREST_CHECKED) for side, middle in pairs):
            break
        if intervals == MOST_INTERVALS:
            raise CannotTabulateError
        intervals *= 2
        nodes = _interleave(nodes, middles)
        sides = [_interleave(side, middle) for side, middle in pairs]
    below = np.maximum.accumulate(to_step(sides[0], step))
    above = np.maximum(np.minimum.accumulate(to_step(sides[1], step)), below[-1])
    above[-1] = below[-1]  # both sides end at the median
    # `draw` reads one node beyond u = 1/2 and gives it no weight.
    table = np.concatenate([below, below[-1:], above, above[-1:]])
    return Encoded("table", (float(intervals),), table)


def stepped(values: NDArray[np.float64], cumulative: NDArray[np.float64], step: float) -> Encoded:
    """Return a discrete law as its cumulative probabilities and its (rising) values."""
    import numpy as np

    sums = np.maximum.accumulate(to_step(cumulative, CUMULATIVE_STEP))
    sums[-1] = 1.0
    return Encoded("steps", (float(sums.size),), np.concatenate([sums, to_step(values, step)]))


def to_step(values: NDArray[np.float64], step: float) -> NDArray[np.float64]:
    """Return values rounded to the nearest multiple of a step, a power of two (halves upwards)."""
    import numpy as np

    rounded: NDArray[np.float64] = np.floor(values / step + 0.5) * step
    return rounded


def _tail_nodes(intervals: int) -> NDArray[np.float64]:
    """Return the tail probabilities of one side's nodes, rising from 2**-53 to 1/2."""
    import numpy as np

    from ccmsim.sampling import OCTAVES

    exponents = np.arange(-OCTAVES, 0)[:, np.newaxis]
    nodes = np.ldexp(0.5 + np.arange(intervals) / (2.0 * intervals), exponents).ravel()
    return np.append(nodes, 0.5)


def _interleave(nodes: NDArray[np.float64], middles: NDArray[np.float64]) -> NDArray[np.float64]:
    import numpy as np

    merged = np.empty(nodes.size + middles.size)
    merged[::2] = nodes
    merged[1::2] = middles
    return merged


def _close(
    side: NDArray[np.float64],
    exact: NDArray[np.float64],
    spread: float,
    checked: NDArray[np.bool_],
) -> bool:
    error = abs((side[:-1] + side[1:]) / 2.0 - exact)
    allowed = TABLE_ERROR / 2.0 * (abs(exact) + spread)
    return bool((error[checked] <= allowed[checked]).all())
