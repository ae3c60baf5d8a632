"""Means and shares of what comes in clusters: calls of a patient, entries of a day.

Comes in: values and whose they are. Goes out: an `Estimate` with the cluster as the unit.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from ccmsim import estimation
from ccmsim.estimation import Estimate

FEWEST: Final = 10
"""Clusters from which on the cluster, not the value, is the unit of an error."""


def mean_by(values: ArrayLike, owners: ArrayLike, *, level: float) -> Estimate:
    """Return the mean with owners as units; of yes and no the share.

    Below `FEWEST` owners, and for a share of exactly 0 or 1, values are the units.

    Parameters
    ----------
    values : array_like, shape (n,)
        Numbers, or bool for a share.
    owners : array_like, shape (n,)
    level : float

    Examples
    --------
    >>> mean_by([True, False, True], ["a", "a", "b"], level=0.95).method
    'Wilson'
    """
    array = np.asarray(values)
    yes_or_no = array.dtype == np.bool_
    numbers = array.astype(np.float64)
    _, owner = np.unique(np.asarray(owners), return_inverse=True)
    few = int(owner.max()) + 1 < FEWEST
    if yes_or_no and (few or numbers.min() == numbers.max()):
        return estimation.share(int(numbers.sum()), numbers.size, level=level)
    if few:
        return estimation.mean(numbers, level=level)
    totals = np.bincount(owner, weights=numbers)
    return estimation.ratio_of_means(totals, np.bincount(owner).astype(np.float64), level=level)
