"""Estimates with their errors, from plain arrays.

Comes in: numpy arrays with one value a replication. Goes out: an `Estimate`, never a bare number.
Never simulates, never labels, never touches a global random state.
"""

from __future__ import annotations

from ccmsim.estimation.comparisons import replications_saved, with_the_best
from ccmsim.estimation.estimate import EXACT, Estimate, PrecisionWarning, exactly
from ccmsim.estimation.means import (
    mean,
    paired_difference,
    probability_below,
    ratio_of_means,
    share,
    sum_of_means,
    variance_saved,
)
from ccmsim.estimation.tails import (
    BOOTSTRAP_SEED,
    MAX_BOOTSTRAP_LEVEL,
    expected_shortfall,
    quantile,
    quantiles,
)

__all__ = [
    "BOOTSTRAP_SEED",
    "EXACT",
    "MAX_BOOTSTRAP_LEVEL",
    "Estimate",
    "PrecisionWarning",
    "exactly",
    "expected_shortfall",
    "mean",
    "paired_difference",
    "probability_below",
    "quantile",
    "quantiles",
    "ratio_of_means",
    "replications_saved",
    "share",
    "sum_of_means",
    "variance_saved",
    "with_the_best",
]
