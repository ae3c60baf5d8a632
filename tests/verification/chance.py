"""What the statistical tests here share: the false-alarm rate and its critical values.

A test with a fixed seed passes or fails for ever; FALSE_ALARM is the chance that a correct model
failed it at the seed's first choice. No seed was looked for.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy import stats

FALSE_ALARM = 1e-6


def critical(*, comparisons: int = 1, groups: int | None = None) -> float:
    """Return the two-sided critical value: normal, or Student's of so many independent groups."""
    tail = FALSE_ALARM / (2.0 * comparisons)
    return float(stats.norm.isf(tail) if groups is None else stats.t.isf(tail, groups - 1))


def assert_mean(sample: Any, expected: float, *, resolves: float, comparisons: int = 1) -> None:
    """Check the mean of independent values; `resolves` is the difference that the test can see.

    What can be resolved is asserted too: two critical values, so a true difference of that size is
    found with near certainty.
    """
    values = np.asarray(sample, np.float64)
    error = float(values.std(ddof=1)) / math.sqrt(len(values))
    limit = critical(comparisons=comparisons, groups=len(values)) * error
    assert 2.0 * limit <= resolves, f"resolves {2.0 * limit:.3g} only"
    difference = float(values.mean()) - expected
    assert abs(difference) <= limit, f"{values.mean():.6g}, expected {expected:.6g} ± {limit:.2g}"


def assert_share(
    count: int, trials: int, expected: float, *, resolves: float, comparisons: int = 1
) -> None:
    """Check a count of independent successes against a probability."""
    error = math.sqrt(expected * (1.0 - expected) / trials)
    limit = critical(comparisons=comparisons) * error
    assert 2.0 * limit <= resolves, f"resolves {2.0 * limit:.3g} only"
    assert abs(count / trials - expected) <= limit, f"{count / trials:.6g}, expected {expected:.6g}"
