"""The months in which the practice has no supervising practitioner.

Comes in: settings and a key. Goes out: one flag a month, for whoever asks: the judgement,
initiating visits, office visits. Section 6 of docs/model.md.
"""

from __future__ import annotations

import numpy as np

from ccmsim.arrays import Statuses
from ccmsim.compiling import jit
from ccmsim.engine.inputs import Inputs
from ccmsim.engine.settings import Settings
from ccmsim.memory import Handle
from ccmsim.sampling import draw
from ccmsim.streams import PRACTICE, STREAMS, uniforms

_SUPERVISOR = STREAMS["supervisor"].number
_COVER = STREAMS["supervisor_cover"].number


@jit
def find_vacancies(
    settings: Settings, laws: Handle, seed: int, replication: int, vacant: Statuses
) -> None:
    """Fill in whether each month has no supervising practitioner, shape (M,)."""
    vacant[:] = 0
    if settings.supervisor_leaves == 0.0:
        return
    for month in range(1, len(vacant)):
        if vacant[month]:
            continue
        u_leaves, u_months = uniforms(seed, replication, _SUPERVISOR, PRACTICE, month, 0)
        u_colleague, _ = uniforms(seed, replication, _COVER, PRACTICE, month, 0)
        if u_leaves < settings.supervisor_leaves and u_colleague >= settings.colleague:
            months = np.floor(draw(laws, settings.supervisor_row, u_months) + 0.5)
            last = min(float(len(vacant)), month + 1.0 + max(1.0, months))
            vacant[month + 1 : int(last)] = 1


def vacancies(inputs: Inputs, seed: int, replication: int) -> Statuses:
    """Return whether each month has no supervising practitioner, shape (M,).

    Examples
    --------
    >>> import ccmsim
    >>> from ccmsim.engine.inputs import prepare
    >>> leaving = {"tail.practitioner_leaves_per_year": 12.0, "tail.colleague_share": 0.0}
    >>> vacancies(prepare(ccmsim.load("solo_nurse").but(leaving), 8), 7, 0).tolist()
    [0, 0, 1, 1, 1, 1, 0, 1]
    """
    vacant = np.zeros(inputs.months, np.int8)
    find_vacancies(inputs.settings[0], inputs.laws.handle, seed, replication, vacant)
    return vacant
