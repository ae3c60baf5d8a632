"""Which disruptions ever start in a replication, whatever the others do.

Comes in: inputs, a seed and numbers of replications. Goes out: for each replication and entry
whether something of it starts. Draws no shift and knows nothing about patients.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from ccmsim.arrays import Bools, Ints
from ccmsim.availability.months import empty_state, lead, new_duty, reset_state, roster_of
from ccmsim.availability.records import (
    CLOSURE,
    EXTENDED,
    MIGRATION,
    OUTAGE,
    OUTBREAK,
    PLANNED,
    TURNOVER,
    Staffing,
    spell_at,
)
from ccmsim.availability.spells import draw_days, load_factor, practice_entries, seat_entries
from ccmsim.compiling import jit
from ccmsim.memory import Handle

if TYPE_CHECKING:
    from ccmsim.engine.inputs import Inputs

_BY_THEMSELVES: Final = (CLOSURE, OUTAGE, OUTBREAK, MIGRATION, EXTENDED, PLANNED, TURNOVER)


def starts_of(inputs: Inputs, seed: int, replications: range) -> Bools:
    """Return whether an entry may start in a replication, warm-up included, shape (n, E).

    False is certain, whichever of the other entries are there: nothing of it starts, so the
    replication is the same without it. True is of what starts, and of kinds whose start depends on
    others: sickness on outbreaks and load, turnover on the hires that other turnover brings. Pulls
    to the floor and recorded spells are not looked into.
    """
    staffing = inputs.staffing
    longest = int(np.diff(inputs.calendar.month_first_business_day).max())
    duty = new_duty(staffing, first_day=0, days=0, first_month=0, months=0, longest=longest)
    state = empty_state(staffing)
    roster = roster_of(inputs, state, duty)
    lead(roster, None)
    started = np.zeros((len(replications), len(staffing.entries)), np.bool_)
    firsts = inputs.calendar.month_first_business_day
    _enter_starts(roster[0], inputs.laws.handle, seed, replications.start, firsts, started)
    starts: Bools = started | ~_by_themselves(staffing)
    return starts


def _by_themselves(staffing: Staffing) -> Bools:
    """Return whether an entry's starts depend on its own random numbers alone, shape (E,)."""
    entries = staffing.entries
    turnover = entries["kind"] == TURNOVER
    hastened = turnover & (entries["early_ratio"] != 1.0) & (turnover.sum() > 1)
    alone: Bools = np.isin(entries["kind"], _BY_THEMSELVES) & ~hastened
    return alone


@jit
def _enter_starts(
    roster: Handle, laws: Handle, seed: int, first: int, firsts: Ints, started: Bools
) -> None:
    """Enter whether anything of an entry starts in the replications from `first` on."""
    for r in range(len(started)):
        reset_state(roster, laws, seed, first + r)
        for month in range(len(firsts) - 1):
            key = (seed, first + r, month)
            load = load_factor(roster, laws, seed, first + r, month)
            draw_days(roster, key, firsts[month], firsts[month + 1])
            for day in range(firsts[month], firsts[month + 1]):
                sick_factor, _ = practice_entries(roster, laws, key, day)
                for s in range(roster.seats):
                    seat_entries(roster, laws, day, s, sick_factor, load)
        for e in range(roster.n_entries):
            for s in range(roster.seats):
                spell = spell_at(roster, e * roster.seats + s)
                if spell.until > 0 or spell.outage_until > -np.inf:
                    started[r, e] = True
