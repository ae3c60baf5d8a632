"""Sampling by inversion: one uniform in, one value out, the same bits in both engines.

Comes in: the arrays of `ccmsim.distributions.compile_laws` and a uniform of `ccmsim.streams`. Goes
out: a value, or a duration on the time grid. Uses exp, log, sqrt and rational functions only; never
numpy's or scipy's transcendental functions.
"""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np

from ccmsim.compiling import apart, jit
from ccmsim.memory import Handle, accessor
from ccmsim.units import TICK_MINUTES, TICKS_PER_MINUTE

_CONSTANT: Final = 0
_UNIFORM: Final = 1
_TRIANGULAR: Final = 2
_EXPONENTIAL: Final = 3
_LOGNORMAL: Final = 4
_GEOMETRIC: Final = 5
_POISSON: Final = 6
_UNIFORM_INTEGERS: Final = 7
_EMPIRICAL: Final = 8
_TABLE: Final = 9
_STEPS: Final = 10

KINDS: Final[dict[str, int]] = {
    "constant": _CONSTANT,  # value
    "uniform": _UNIFORM,  # low, high
    "triangular": _TRIANGULAR,  # low, mode, high
    "exponential": _EXPONENTIAL,  # mean
    "lognormal": _LOGNORMAL,  # mean and standard deviation of the logarithm
    "geometric": _GEOMETRIC,  # log(1 - p)
    "poisson": _POISSON,  # mean
    "uniform_integers": _UNIFORM_INTEGERS,  # low, how many
    "empirical": _EMPIRICAL,  # offset and number of sorted values
    "table": _TABLE,  # offset and intervals an octave, of quantiles
    "steps": _STEPS,  # offset and number, of cumulative probabilities and then of values
}
"""The number of each kind of law, and what its row holds after that number."""

OCTAVES: Final = 52
"""Octaves of min(u, 1 - u) on each side of a quantile table: 2**-53, the least uniform, to 1/2."""


LAWS: Final = np.dtype([("laws", np.int64), ("tables", np.int64)])
"""Where the arrays of `ccmsim.distributions.Laws` are: their addresses."""

LAW: Final = np.dtype(
    [("kind", np.float64), ("a", np.float64), ("b", np.float64), ("rest", np.float64, 5)]
)
"""A row of the laws."""
NUMBER: Final = np.dtype([("value", np.float64)])
"""An element of the tables."""

_law_at = accessor("laws", LAW)
_table_at = accessor("tables", NUMBER)


@jit
def to_ticks(x: float) -> float:
    """Return minutes rounded to the time grid: floor(1024 x + 1/2) / 1024.

    Examples
    --------
    >>> to_ticks(2.0004), to_ticks(2.0005)
    (2.0, 2.0009765625)
    """
    ticks: float = np.floor(TICKS_PER_MINUTE * x + 0.5)  # math.floor would overflow at 2**63
    return ticks / TICKS_PER_MINUTE


@jit
def duration(x: float) -> float:
    """Return a duration in minutes on the time grid, at least one tick.

    Examples
    --------
    >>> duration(12.0), duration(0.0)
    (12.0, 0.0009765625)
    """
    return max(TICK_MINUTES, to_ticks(x))


@jit
def normal_centre(u: float) -> float:
    """Return `normal_quantile(u)` where u is within 0.425 of 1/2, and elsewhere nothing of use.

    It has no branch, so that a loop over many can be one of vector instructions.
    """
    q = u - 0.5
    r = 0.180625 - q * q
    return (
        (((((((2509.0809287301226727 * r + 33430.575583588128105) * r
              + 67265.770927008700853) * r + 45921.953931549871457) * r
            + 13731.693765509461125) * r + 1971.5909503065514427) * r
          + 133.14166789178437745) * r + 3.3871328727963666080) * q
        / (((((((5226.4952788528545610 * r + 28729.085735721942674) * r
               + 39307.895800092710610) * r + 21213.794301586595867) * r
             + 5394.1960214247511077) * r + 687.18700749205790830) * r
           + 42.313330701600911252) * r + 1.0)
    )  # fmt: skip


@jit
def normal_quantile(u: float) -> float:
    """Return the standard normal quantile of u in (0, 1), to about 16 digits: AS241, PPND16.

    Source: M. J. Wichura, Algorithm AS241, Applied Statistics 37 (1988) 477-484.

    Examples
    --------
    >>> normal_quantile(0.5), round(normal_quantile(0.975), 6)
    (0.0, 1.959964)
    """
    return normal_centre(u) if abs(u - 0.5) <= 0.425 else _normal_tail(u)


@jit
def _normal_tail(u: float) -> float:
    """Return the standard normal quantile of u that is not within 0.425 of 1/2."""
    q = u - 0.5
    r = math.sqrt(-math.log(u if q < 0.0 else 1.0 - u))
    if r <= 5.0:
        r -= 1.6
        x = (
            (((((((7.7454501427834140764e-4 * r + 0.0227238449892691845833) * r
                  + 0.24178072517745061177) * r + 1.27045825245236838258) * r
                + 3.64784832476320460504) * r + 5.7694972214606914055) * r
              + 4.6303378461565452959) * r + 1.42343711074968357734)
            / (((((((1.05075007164441684324e-9 * r + 5.475938084995344946e-4) * r
                   + 0.0151986665636164571966) * r + 0.14810397642748007459) * r
                 + 0.68976733498510000455) * r + 1.6763848301838038494) * r
               + 2.05319162663775882187) * r + 1.0)
        )  # fmt: skip
    else:
        r -= 5.0
        x = (
            (((((((2.01033439929228813265e-7 * r + 2.71155556874348757815e-5) * r
                  + 1.2426609473880784386e-3) * r + 0.026532189526576123093) * r
                + 0.29656057182850489123) * r + 1.7848265399172913358) * r
              + 5.4637849111641143699) * r + 6.6579046435011037772)
            / (((((((2.04426310338993978564e-15 * r + 1.4215117583164458887e-7) * r
                   + 1.8463183175100546818e-5) * r + 7.868691311456132591e-4) * r
                 + 0.0148753612908506148525) * r + 0.13692988092273580531) * r
               + 0.59983220655588793769) * r + 1.0)
        )  # fmt: skip
    return -x if q < 0.0 else x


@jit
def geometric(log_rest: float, u: float) -> float:
    """Return the geometric quantile of 1 - u; `log_rest` is log(1 - p), p the share that ends.

    Examples
    --------
    >>> import math
    >>> geometric(math.log(0.5), 0.6), geometric(math.log(0.5), 0.2)
    (1.0, 3.0)
    """
    return 1.0 + math.floor(math.log(u) / log_rest)


@jit
def poisson(mean: float, u: float) -> float:
    """Return the Poisson quantile of u: the first count whose cumulative probability reaches u.

    Parameters
    ----------
    mean : float
        From 0 to 700 (beyond, exp(-mean) leaves the range of normal numbers).
    u : float
        In (0, 1).

    Examples
    --------
    >>> poisson(1.6, 0.2), poisson(1.6, 0.5), poisson(0.0, 0.999)
    (0.0, 1.0, 0.0)
    """
    return poisson_from(mean, math.exp(-mean), u)


@jit
def poisson_from(mean: float, none: float, u: float) -> float:
    """Return `poisson(mean, u)` where the probability of none, exp(-mean), is known."""
    count = 0.0
    total = term = none
    while total < u:
        count += 1.0
        term *= mean / count
        larger = total + term
        if larger == total and count > mean:  # the sum has stopped a rounding error below u
            break
        total = larger
    return count


@jit
def _triangular(low: float, mode: float, high: float, u: float) -> float:
    width = high - low
    if u * width < mode - low:
        return min(mode, low + math.sqrt(u * width * (mode - low)))
    return max(mode, high - math.sqrt((1.0 - u) * width * (high - mode)))


@jit
def _from_table(laws: Handle, offset: int, intervals: int, u: float) -> float:
    """Interpolate: octaves of w = min(u, 1 - u), equal intervals in each, the lower side first."""
    if u < 0.5:
        w = u
    else:
        w = 1.0 - u  # exact
        offset += OCTAVES * intervals + 2
    mantissa, exponent = math.frexp(w)
    position = (
        2.0 * mantissa - 1.0
    ) * intervals  # exact: the number of intervals is a power of two
    cell = int(position)
    at = offset + (exponent + OCTAVES) * intervals + cell
    node: float = _table_at(laws, at).value
    following: float = _table_at(laws, at + 1).value
    return node + (position - cell) * (following - node)


@jit
def _from_steps(laws: Handle, offset: int, count: int, u: float) -> float:
    """Return the first value whose cumulative probability reaches u; the last one is 1."""
    low = 0
    high = count - 1
    while low < high:
        middle = (low + high) // 2
        if _table_at(laws, offset + middle).value < u:
            low = middle + 1
        else:
            high = middle
    value: float = _table_at(laws, offset + count + low).value
    return value


@jit
def draw(laws: Handle, row: int, u: float) -> float:
    """Return the value of law `row` at the uniform u.

    Parameters
    ----------
    laws : record of LAWS
        The `handle` of a `ccmsim.laws.Laws` that lives.
    row : int
        A number in `Laws.rows`; not checked.
    u : float
        From 2**-53 to 1 - 2**-53, as `ccmsim.streams.uniforms` gives; not checked.

    Returns
    -------
    float
        Never falls as u grows, but for "geometric", which never rises: 1 + floor(log u /
        log(1 - p)). Closed forms are exact to rounding; tables err by `ccmsim.laws.TABLE_ERROR`.

    Examples
    --------
    >>> from ccmsim.distributions import Exponential, compile_laws
    >>> laws = compile_laws({"wait": (Exponential(mean=10.0), "duration")})
    >>> round(draw(laws.handle, laws.rows["wait"], 0.5), 6)
    6.931472
    """
    law = _law_at(laws, row)
    if law.kind == _CONSTANT:  # small enough to be copied into its callers
        constant: float = law.a
        return constant
    return _draw_other(laws, law, u)


@jit
def draw_centred(laws: Handle, row: int, u: float, centre: float) -> float:
    """Return `draw(laws, row, u)`, `centre` being `normal_centre(u)`."""
    law = _law_at(laws, row)
    if law.kind != _LOGNORMAL:
        return draw(laws, row, u)
    z = centre if abs(u - 0.5) <= 0.425 else _normal_tail(u)
    return math.exp(law.a + law.b * z)


@apart
def _draw_other(laws: Handle, law: Any, u: float) -> float:
    """Return the value at u of a law that is not constant."""
    kind = int(law.kind)
    a: float = law.a
    b: float = law.b
    if kind == _LOGNORMAL:
        return math.exp(a + b * normal_quantile(u))
    if kind == _TABLE:
        return _from_table(laws, int(a), int(b), u)
    if kind == _GEOMETRIC:
        return geometric(a, u)
    if kind == _POISSON:
        return poisson(a, u)
    if kind == _UNIFORM_INTEGERS:
        return a + math.floor(u * b)  # below b: u is at most 1 - 2**-53
    if kind == _EMPIRICAL:
        value: float = _table_at(laws, int(a) + int(u * b)).value
        return value
    if kind == _EXPONENTIAL:
        return -a * math.log(1.0 - u)
    if kind == _UNIFORM:
        return min(b, a + (b - a) * u)
    if kind == _TRIANGULAR:
        return _triangular(a, b, law.rest[0], u)
    return _from_steps(laws, int(a), int(b), u)
