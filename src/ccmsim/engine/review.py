"""When somebody looks down the list to see who is short or silent.

Comes in: the calendar, and how often the practice reviews its worklist. Goes out: for each business
day, the day on which that happens next. Section 4 of docs/model.md. Knows no patients.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import numpy as np

from ccmsim import rules
from ccmsim.arrays import Bools, Ints
from ccmsim.calendar import Calendar
from ccmsim.compiling import jit
from ccmsim.units import MINUTES_PER_DAY

NOT_THIS_MONTH: Final = 1000
"""Stands for a day when nobody looks down the list in the rest of the month."""


def next_reviews(calendar: Calendar, review: str, push_days: int) -> Ints:
    """Return the next review on or after each business day: a business day of its month, from 0.

    Parameters
    ----------
    review : str
        "never", "monthly", "weekly" or "daily".
    push_days : int
        Business days of the final push.

    Returns
    -------
    ndarray of int64, shape (D,)
        `NOT_THIS_MONTH` where there is none.
    """
    firsts = calendar.month_first_business_day
    coming = np.full(int(firsts[-1]), NOT_THIS_MONTH, np.int64)
    for first, last in pairwise(firsts):
        following = NOT_THIS_MONTH
        for day in range(last - 1, first - 1, -1):
            if _is_review(calendar, review, push_days, int(first), int(last), day):
                following = day - int(first)
            coming[day] = following
    return coming


@jit
def next_held(next_review: Ints, owner_day: Bools, first: int, last: int, day: int) -> int:
    """Return the next review on or after a business day that is held: the owner is there.

    Parameters
    ----------
    next_review : ndarray of int64, shape (D,)
        From `next_reviews`.
    owner_day : ndarray of bool, shape (last - first,)
        Of the month's business days first … last − 1.

    Returns
    -------
    int
        A business day of the month, from 0, or `NOT_THIS_MONTH`.
    """
    found = next_review[day]
    while found < last - first and not owner_day[found]:
        following = first + found + 1
        found = next_review[following] if following < last else NOT_THIS_MONTH
    return found


def _is_review(
    calendar: Calendar, review: str, push_days: int, first: int, last: int, day: int
) -> bool:
    if review in ("never", "daily"):
        return review == "daily"
    if day == first + rules.push_day(last - first, max(1, push_days)):
        return True
    return review == "weekly" and (day == first or _week(calendar, day) > _week(calendar, day - 1))


def _week(calendar: Calendar, day: int) -> int:
    """Return the number of a business day's week, from Monday on."""
    midnight, weekday = calendar.business_day_minutes[day], calendar.business_day_weekday[day]
    return int((midnight / MINUTES_PER_DAY - weekday) // 7)
