"""Seat-years by the million: what the compiled engine draws of availability, without patients.

Comes in: a scenario, numbers of replications. Goes out: when its disruptions run, and what shifts
lose to them. Both loops call the functions that the engine calls, compiled; the first test of
test_absence_theory.py compares what they find with the engine's facts.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ccmsim.arrays import Floats, Ints, Records
from ccmsim.availability import (
    N_CAUSES,
    Duty,
    draw_month,
    empty_state,
    lead,
    new_duty,
    reset_state,
    roster_of,
)
from ccmsim.availability.records import spell_at
from ccmsim.availability.spells import draw_days, load_factor, practice_entries, seat_entries
from ccmsim.compiling import inner, jit
from ccmsim.engine.inputs import Inputs, prepare
from ccmsim.memory import Handle
from ccmsim.scenario import Scenario

SEED = 20_260_101


class Years(NamedTuple):
    """Room for the months of one replication, and what draws them."""

    inputs: Inputs
    firsts: Ints
    """(M + 1,) the first business day of each month."""
    duty: Duty
    state: Any
    roster: Records
    """Addresses of the others."""


def room_for(scenario: Scenario, months: int) -> Years:
    inputs = prepare(scenario, months)
    firsts = inputs.calendar.month_first_business_day
    longest = int(np.diff(firsts).max())
    duty = new_duty(
        inputs.staffing,
        first_day=0, days=int(firsts[-1]), first_month=0, months=months, longest=longest,
    )  # fmt: skip
    state = empty_state(inputs.staffing)
    roster = roster_of(inputs, state, duty)
    lead(roster, None)
    return Years(inputs, firsts, duty, state, roster)


@inner
def _add(total: Floats, more: Floats) -> None:
    for k in range(len(total)):
        total[k] += more[k]


def days_away(
    scenario: Scenario,
    weights: ArrayLike,
    *,
    replications: int,
    months: int = 12,
    together: bool = False,
) -> Floats:
    """Return the weighted days on which each disruption keeps a seat away, from spells alone.

    Parameters
    ----------
    weights : array_like, shape (K, D)
        What each business day counts.
    together : bool
        Count the days on which any of them does, E = 1.

    Returns
    -------
    ndarray of float64, shape (E, K, replications, S)
        The disruptions by cause and name. What strikes the whole practice stands at seat 0.
    """
    years = room_for(scenario, months)
    handle, by_day = years.roster[0], np.array(weights, np.float64).T.copy()
    entries = 1 if together else int(handle["n_entries"])
    away = np.zeros((replications, handle["seats"], entries, by_day.shape[1]))
    _run_spells(handle, years.inputs.laws.handle, SEED, years.firsts, by_day, together, away)
    return np.asarray(away.transpose(2, 3, 0, 1))


@inner
def _latest(roster: Handle, s: int) -> int:
    """Return the first business day after everything that keeps a seat away."""
    until = 0
    for e in range(roster.n_entries):
        until = max(until, spell_at(roster, e * roster.seats + s).until)
    return until


@jit
def _run_spells(
    roster: Handle,
    laws: Handle,
    seed: int,
    firsts: Ints,
    weights: Floats,
    together: bool,
    away: Floats,
) -> None:
    """Add up the weights of the days on which spells run, (replications, S, E, K)."""
    for r in range(len(away)):
        reset_state(roster, laws, seed, r)
        for month in range(len(firsts) - 1):
            key = (seed, r, month)
            load = load_factor(roster, laws, seed, r, month)
            draw_days(roster, key, firsts[month], firsts[month + 1])
            for day in range(firsts[month], firsts[month + 1]):
                sick_factor, _ = practice_entries(roster, laws, key, day)
                for s in range(roster.seats):
                    seat_entries(roster, laws, day, s, sick_factor, load)
                    if together:
                        if _latest(roster, s) > day:
                            _add(away[r, s, 0], weights[day])
                        continue
                    for e in range(roster.n_entries):
                        if spell_at(roster, e * roster.seats + s).until > day:
                            _add(away[r, s, e], weights[day])


def shares_lost(scenario: Scenario, *, replications: int, months: int = 12) -> Floats:
    """Return what the practice's shifts lose, a share of all their minutes, by cause.

    Returns
    -------
    ndarray of float64, shape (8, replications)
    """
    years = room_for(scenario, months)
    duty, lost = years.duty, np.zeros((replications, N_CAUSES))
    added = (duty.on_duty, duty.template, duty.lost)
    _run_months(years.roster[0], years.inputs.laws.handle, SEED, years.firsts, added, lost)
    return np.asarray(lost.T / duty.template.sum())


@jit
def _run_months(
    roster: Handle,
    laws: Handle,
    seed: int,
    firsts: Ints,
    added: tuple[Floats, Floats, Floats],
    lost: Floats,
) -> None:
    """Add up the minutes lost, (replications, 8); the months are added to what `added` holds."""
    for r in range(len(lost)):
        for array in added:
            array[:] = 0.0
        reset_state(roster, laws, seed, r)
        for month in range(len(firsts) - 1):
            draw_month(roster, laws, (seed, r, month), firsts[month], firsts[month + 1], 1.0)
        for month in range(len(firsts) - 1):
            _add(lost[r], added[2][month])
