"""When each month's batch of claims leaves.

Comes in: random numbers of the practice. Goes out: months of delay by service month.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ccmsim.arrays import Ints
from ccmsim.compiling import inner
from ccmsim.memory import Handle
from ccmsim.sampling import draw, geometric
from ccmsim.streams import PRACTICE, STREAMS, uniforms

_BATCH = STREAMS["batch"].number
_BILLER = STREAMS["biller"].number


@inner
def months_until(u: float, log_rest: float) -> int:
    """Return a geometric number of months, at most 13: no year and no limit is longer.

    `log_rest` is the logarithm of the share that a month leaves; 0 means never.
    """
    if log_rest == 0.0:
        return 13
    return int(min(geometric(log_rest, u), 13.0))


@inner
def delay_batches(terms: Any, laws: Handle, seed: int, replication: int, delays: Ints) -> None:
    """Fill in by how many months each month's batch is late."""
    back = 0
    for m in range(len(delays)):
        delays[m] = 0
        if terms.batch_missed > 0.0:
            u_missed, u_found = uniforms(seed, replication, _BATCH, PRACTICE, m, 0)
            if u_missed < terms.batch_missed:
                delays[m] = months_until(u_found, terms.log_not_found)
        if terms.biller_away > 0.0 and m >= back:
            u_away, u_months = uniforms(seed, replication, _BILLER, PRACTICE, m, 0)
            if u_away < terms.biller_away:
                away = np.floor(draw(laws, terms.biller_row, u_months) + 0.5)
                back = m + int(max(1.0, away))
        delays[m] = max(delays[m], back - m)
