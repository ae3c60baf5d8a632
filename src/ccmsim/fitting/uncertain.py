"""What a log does not know exactly, as laws of the scenario's values.

Comes in: fitted values with their estimates. Goes out: laws by dotted path, for the scenario's part
`uncertain`. Draws nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, Final

from ccmsim.estimation import Estimate
from ccmsim.estimation.likelihood import deviate
from ccmsim.fitting.value import Fitted, tidy

TOGETHER: Final = ("contact.morning_factor", "contact.afternoon_factor")
"""Values that follow from one number: moved one by one they would be wrong."""

_LEAST: Final = {"frailty_shape": 0.04, "length_days": 1.0}


def laws_of(values: Iterable[Fitted]) -> dict[str, dict[str, Any]]:
    """Return a law for each value whose error is known.

    The law is triangular: its peak is the estimate, its ends are those of the interval, drawn out
    so that a symmetric one has the estimate's standard error, and cut where the scenario ends.
    Left out are choices, whole numbers, recorded samples, values without a finite interval, and the
    two factors of the time of day, which hang together.

    Examples
    --------
    >>> from ccmsim.estimation import Estimate
    >>> share = Estimate(0.09, 0.01, 0.0704, 0.1096, 0.95, 900, "by hand")
    >>> laws_of([Fitted("finance.denied_share", 0.09, share, "claims.csv")])
    {'finance.denied_share': {'family': 'triangular', 'low': 0.0655, 'mode': 0.09, 'high': 0.1145}}
    """
    found = {}
    for fitted in values:
        law = None if fitted.estimate is None else _law(fitted, fitted.estimate)
        if law is not None:
            found[fitted.path] = law
    return found


def _law(fitted: Fitted, estimate: Estimate) -> dict[str, Any] | None:
    recorded = isinstance(fitted.value, dict) and fitted.value["family"] == "empirical"
    if recorded or isinstance(fitted.value, int) or fitted.value is None:
        return None
    if fitted.path in TOGETHER or not math.isfinite(estimate.high - estimate.low):
        return None
    name = fitted.path.rpartition(".")[2]
    stretch = math.sqrt(6.0) / deviate(estimate.level)
    least = _LEAST.get(name, 0.05 * estimate.value)
    most = 1.0 if name.endswith(("share", "probability", "amplitude")) else math.inf
    low = max(least, estimate.value - stretch * (estimate.value - estimate.low))
    high = min(most, estimate.value + stretch * (estimate.high - estimate.value))
    ends = [tidy(end) for end in (low, estimate.value, high)]
    if not ends[0] <= ends[1] <= ends[2] or ends[0] == ends[2]:
        return None
    return {"family": "triangular", "low": ends[0], "mode": ends[1], "high": ends[2]}
