"""Visit revenue beside the programme: by month, with season, load, absence and shocks.

Comes in: terms, random numbers of the practice. Goes out: visits and cents by month. Shares the
clinic's load factor with the pulling away of coordinators.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ccmsim.arrays import Floats, Ints, Records, Statuses
from ccmsim.availability.spells import load_factor
from ccmsim.compiling import inner, jit
from ccmsim.memory import Handle
from ccmsim.sampling import draw, poisson
from ccmsim.streams import PRACTICE, STREAMS, uniforms

_VISITS = STREAMS["visits"].number
_SHOCK = STREAMS["visit_shock"].number


@jit
def visits_of_month(
    mean: float, season: float, load: float, shock: float, noise: float, days: int, away: float
) -> int:
    """Return a month's visits [7].

    Parameters
    ----------
    mean : float
        In a usual month.
    season, load, shock, noise : float
        What multiplies it.
    days : int
        Business days.
    away : float
        Days on which the practitioner is away; more than `days` count as all.

    Examples
    --------
    >>> visits_of_month(300.0, 1.05, 1.0, 1.0, 1.0, 20, 2.0)
    284
    """
    present = 1.0 - min(float(days), away) / days if days > 0 else 0.0
    return int(np.floor(mean * season * load * shock * noise * present + 0.5))


@inner
def enter_visits(
    terms: Any, laws: Handle, season: Floats, days: Ints, vacant: Statuses, seed: int,
    replication: int, money: Records,
) -> None:  # fmt: skip
    """Enter visits and what they bring; a part of them stops without a supervising practitioner."""
    shock_until = 0
    for m in range(len(money)):
        if terms.shock > 0.0 and m >= shock_until:
            u, _ = uniforms(seed, replication, _SHOCK, PRACTICE, m, 0)
            if u < terms.shock:
                shock_until = m + terms.shock_months
        u_noise, u_away = uniforms(seed, replication, _VISITS, PRACTICE, m, 0)
        money[m].visits = visits_of_month(
            terms.visits * (1.0 - terms.supervisor_share) if vacant[m] else terms.visits,
            season[m],
            load_factor(terms, laws, seed, replication, m),
            terms.shock_share if m < shock_until else 1.0,
            draw(laws, terms.noise_row, u_noise),
            days[m],
            poisson(terms.absent_days, u_away),
        )
        money[m].visit_revenue = money[m].visits * terms.visit_cents
