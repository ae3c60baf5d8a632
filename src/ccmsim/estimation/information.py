"""Value of information: what better decisions are worth, by regression.

Comes in: sets of parameters, and what each option gives in each set. Goes out: an `Estimate` of the
expected value of perfect (partial) information. Rows are independent sets.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from ccmsim.arrays import Floats, Ints
from ccmsim.errors import refuse
from ccmsim.estimation.checks import between_0_and_1, finite
from ccmsim.estimation.estimate import Estimate
from ccmsim.estimation.rare import allowing_difference
from ccmsim.estimation.ridge import basis_of, fitted

FOLDS: Final = 10


def value_of_knowing(x: ArrayLike, outcomes: ArrayLike, *, level: float = 0.95) -> Estimate:
    """Estimate what it is worth to know `x` before one of several options is chosen.

    E[max over options of E[outcome | x]] - max over options of E[outcome]: 0 where what is known
    never changes the choice.

    Parameters
    ----------
    x : array_like, shape (sets,) or (sets, parameters)
        What would be known.
    outcomes : array_like, shape (sets, options)
        What each option gives, with or without noise, more being better; the same random numbers
        for all options of a set make it precise.
    level : float
        Nominal coverage, between 0 and 1.

    Returns
    -------
    Estimate
        In the unit of `outcomes`, at least 0.

    Raises
    ------
    ccmsim.errors.InputError
        With fewer than 50 sets or 2 options, or where shapes do not fit.

    Notes
    -----
    The differences between options are regressed on x, by Legendre polynomials of its range with a
    ridge penalty (degree⁴) chosen by generalised cross-validation, as Strong, Oakley and Brennan
    (2014), Estimating multiparameter partial expected value of perfect information, Medical
    Decision Making 34, 311-326, do with splines. Of several parameters what pairs of them do
    together is regressed on those products that are seen (`ccmsim.estimation.ridge.fitted`); what
    three or more do together is left out, however many sets there are. In contrast to them, each
    set is decided by a regression on the other folds: choosing and judging with the same noise
    would make even a worthless parameter look worth something. What is estimated is thus what these
    sets teach, which is less than the full value: a little less for one parameter, and for many
    weak ones beneath much noise a good deal. The interval is that of `mean` over sets; where fewer
    than 20 of them switch it reaches up to what as many as may switch would bring if each gained
    what the best one could. Measured for a choice between 0 and x + noise, x
    normal with mean m and variance 1, noise of standard deviation 3 (500 data sets of 400 sets,
    level 0.95):

    ===  ======  ==================  ==================  ==================
    m    value   mean of estimates   low end not above   high end not below
    ===  ======  ==================  ==================  ==================
    0    0.399   0.327               1.00                .93
    0.3  0.267   0.257               .99                 .95
    0.6  0.169   0.162               .99                 .95
    1    0.083   0.079               .98                 .94
    ===  ======  ==================  ==================  ==================

    Examples
    --------
    >>> x = np.linspace(-1.0, 1.0, 200)
    >>> round(value_of_knowing(x, np.column_stack([0.0 * x, x])).value, 2)
    0.25
    """
    level = between_0_and_1("level", level)
    known, gains = _checked(x, outcomes)
    sets = len(gains)
    basis = basis_of(known)
    apart = gains - gains[:, :1]
    fold = np.arange(sets) % FOLDS
    informed = np.empty(sets, int)
    for k in range(FOLDS):
        informed[fold == k] = fitted(basis, apart, fold != k).argmax(axis=1)
    return _gain(gains, informed, int(apart.mean(axis=0).argmax()), level)


def _checked(x: ArrayLike, outcomes: ArrayLike) -> tuple[Floats, Floats]:
    known, gains = finite("x", x), finite("outcomes", outcomes)
    known = known[:, None] if known.ndim == 1 else known
    if gains.ndim != 2 or gains.shape[0] < 50 or gains.shape[1] < 2:
        valid = "50 sets or more of 2 options or more"
        raise refuse("outcomes", "must be a table of sets and options", gains.shape, valid)
    if known.ndim != 2 or len(known) != len(gains):
        raise refuse("x", "must have a row for each set", known.shape, f"{len(gains)} rows")
    return known, gains


def _gain(gains: Floats, informed: Ints, plain: int, level: float) -> Estimate:
    """Return the mean gain of the informed choice, at least 0.

    Where few sets switch, or none, as many as may is each worth the most that any could gain. A
    choice that lost shows no worth, and no more certainty than its interval has: 0 has the upper
    arm of what was found.
    """
    before = gains[:, plain]
    most = float((gains.max(axis=1) - before).max())
    after = gains[np.arange(len(gains)), informed]
    found = allowing_difference(after, before, most=most, level=level)
    few = "" if "differ" not in found.method else f"; {found.method}"
    return replace(
        found,
        value=max(found.value, 0.0),
        low=max(found.low, 0.0),
        high=max(found.high, found.high - found.value, 0.0),
        method=f"cross-fitted regression{few}",
    )


def no_less(found: Estimate, parts: Iterable[Estimate]) -> Estimate:
    """Return what it is worth to know several things, no less than what one of them is worth.

    Parameters
    ----------
    found : Estimate
        Of all of them, from the same sets as the parts.
    parts : iterable of Estimate
        Of single ones.

    Returns
    -------
    Estimate
        `found`, or the value of the largest part where that is larger: the low end stays, the high
        end is the higher one.

    Examples
    --------
    >>> all_of_them = Estimate(3.0, 1.0, 1.0, 5.0, 0.95, 100, "by hand")
    >>> one = Estimate(4.0, 1.0, 2.0, 6.0, 0.95, 100, "by hand")
    >>> print(no_less(all_of_them, [one]))
    4.0 (95 %: 1.0 to 6.0)
    """
    largest = max(parts, key=lambda part: part.value, default=found)
    if largest.value <= found.value:
        return found
    return replace(
        found,
        value=largest.value,
        standard_error=largest.standard_error,
        high=max(found.high, largest.high),
        method=f"{found.method}; no less than its largest part",
    )
