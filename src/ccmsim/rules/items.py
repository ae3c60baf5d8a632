"""Outreach-type items: when they are released, what is done for them, which comes first.

Comes in: plain numbers. Goes out: plain numbers. Sections 4 and 5 of docs/model.md.
"""

from __future__ import annotations

import math
from typing import Final

from ccmsim.compiling import jit
from ccmsim.rules.names import (
    BACK_LOADED,
    CALL,
    CHART,
    CLOSEST_TO_THRESHOLD,
    END_OF_MONTH,
    EVEN,
    FOLLOW_UP,
    FOLLOWUP_CALL,
    FOLLOWUP_CALL_THEN_CHART,
    FOLLOWUP_CHART,
    FRONT_LOADED,
    LONGEST_UNSEEN,
    NOTHING,
    REAL_TIME,
    RETRY,
)
from ccmsim.sampling import duration

_AFTER_THE_SHORT: Final = 2.0**40
"""More minutes than anybody is short of a target."""


@jit
def release_day(pattern: int, business_days: int, x: float) -> int:
    """Return the business day of the month, from 0, on which the first call is released [4].

    Parameters
    ----------
    pattern : int
        EVEN, FRONT_LOADED, BACK_LOADED or FIRST_DAY.
    business_days : int
        Business days of the month, at least 1.
    x : float
        The patient-month's uniform.

    Examples
    --------
    >>> [release_day(pattern, 20, 0.5) for pattern in range(4)]
    [10, 5, 15, 0]
    """
    if pattern == EVEN:
        share = x
    elif pattern == FRONT_LOADED:
        share = x * x
    elif pattern == BACK_LOADED:
        share = 1.0 - (1.0 - x) * (1.0 - x)
    else:
        share = 0.0
    return min(math.floor(business_days * share), business_days - 1)


@jit
def known_minutes(
    mode: int, captured: float, own: float, excess: float, excess_day: int, today: int
) -> float:
    """Return the minutes that staff know of, for decisions about more work [4].

    Parameters
    ----------
    mode : int
        Capture mode of the scenario.
    captured, own : float
        Captured minutes so far; minutes as the coordinators remember them.
    excess : float
        own − captured of the entries completed on day `excess_day`.
    excess_day, today : int
        Days since the first simulated day.
    """
    if mode == REAL_TIME:
        return captured
    if mode == END_OF_MONTH:
        return own
    return captured + excess if excess_day == today else captured


@jit
def next_step(
    kind: int, action: int, answered: bool, followup: int, attempts: int, max_attempts: int
) -> tuple[int, int]:
    """Return (kind, wanted action) of what is noted after a call or chart work [4].

    The action is NOTHING when nothing is noted. `attempts` counts the month's outgoing calls, the
    final push aside.
    """
    if action == CALL and not answered:
        if kind == FOLLOW_UP and followup == FOLLOWUP_CALL_THEN_CHART:
            return FOLLOW_UP, CHART
        if attempts < max_attempts:
            return RETRY, CALL
        return RETRY, NOTHING
    if followup == FOLLOWUP_CHART:
        return FOLLOW_UP, CHART
    return FOLLOW_UP, CALL


@jit
def released_action(
    kind: int,
    wanted: int,
    followup: int,
    known: float,
    target: float,
    attempts: int,
    max_attempts: int,
    charted: float,
    chart_cap: float,
) -> int:
    """Return what a noted retry or follow-up becomes at its release: CALL, CHART or NOTHING [4]."""
    if known >= target:
        return NOTHING
    if wanted == CALL:
        if attempts < max_attempts:
            return CALL
        if kind != FOLLOW_UP or followup != FOLLOWUP_CALL_THEN_CHART:
            return NOTHING
    return CHART if charted < chart_cap else NOTHING


@jit
def push_day(business_days: int, push_days: int) -> int:
    """Return the business day of the month, from 0, of the final push [4].

    Examples
    --------
    >>> push_day(20, 3), push_day(2, 3)
    (17, 0)
    """
    return max(0, business_days - push_days)


@jit
def push_action(
    followup: int, contacted: bool, without_contact: bool, charted: float, chart_cap: float
) -> int:
    """Return what the final push is: CHART after contact while the cap has room, else CALL [4]."""
    if followup == FOLLOWUP_CALL:
        return CALL
    return CHART if (contacted or without_contact) and charted < chart_cap else CALL


@jit
def chart_minutes(target: float, known: float, chart_cap: float, charted: float) -> float:
    """Return the minutes of chart work: what is missing, within the rest of the cap [4]."""
    return duration(min(target - known, chart_cap - charted))


@jit
def current_target(known: float, target: float, steps: int, within: float, each: float) -> float:
    """Return the minutes that staff work towards now: the target, or an add-on unit's [4].

    Parameters
    ----------
    known : float
        Minutes that staff know of.
    target : float
        Of the first code.
    steps : int
        Add-on units for which staff go on.
    within : float
        Staff go on only if no more minutes are missing.
    each : float
        Minutes of an add-on unit.

    Examples
    --------
    >>> [current_target(known, 22.0, 1, 8.0, 20.0) for known in (21.0, 33.0, 34.0, 60.0)]
    [22.0, 22.0, 42.0, 42.0]
    """
    while steps > 0 and known >= target and target + each - known <= within:
        target += each
        steps -= 1
    return target


@jit
def request_order(order: int, known: float, target: float, goal: float, last_seen: float) -> float:
    """Return the rank of an outreach-type item in the worklist; smaller comes first [5].

    Parameters
    ----------
    target, goal : float
        Minutes of the first code's target, and `current_target`: who goes on to an add-on unit
        comes after everybody who is short of the first code.
    """
    if order == CLOSEST_TO_THRESHOLD:
        if known >= goal:
            return math.inf
        return goal - known if known < target else _AFTER_THE_SHORT + (goal - known)
    if order == LONGEST_UNSEEN:
        return last_seen
    return 0.0


@jit
def overfull(items: int, most: int) -> bool:
    """Return whether a worklist holds so much at opening that the backup helps all day [5].

    Parameters
    ----------
    items : int
        Its open items, approaches aside.
    most : int
        Items beyond which they help; below 0: never.

    Examples
    --------
    >>> overfull(30, 30), overfull(31, 30), overfull(31, -1)
    (False, True, False)
    """
    return 0 <= most < items
