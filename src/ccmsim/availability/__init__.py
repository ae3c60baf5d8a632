"""When coordinators are on duty, and why not when they aren't: drawn month by month.

Comes in: the compiled staff and disruptions (`Staffing`), the calendar, a key (seed, replication)
and the `State` at the end of the month before. Goes out: on-duty intervals, lost minutes by cause,
paid minutes, hires and the days on which others may step in. Never knows about patients. The rules
are section 3 of docs/model.md.
"""

from __future__ import annotations

from ccmsim.availability.months import (
    draw_month,
    empty_state,
    month_availability,
    new_duty,
    new_state,
    reset_state,
    roster_of,
)
from ccmsim.availability.records import (
    CAUSE_CLOSURE,
    CAUSE_FLOOR,
    CAUSE_OUTAGE,
    CAUSE_RAMP,
    CAUSE_VACANCY,
    CLOSURE,
    ENTRY,
    EXTENDED,
    FLOOR,
    INTERVAL,
    MIGRATION,
    N_CAUSES,
    NO_DAY,
    OUTAGE,
    OUTBREAK,
    PLANNED,
    RECORDED,
    SEAT_DAY,
    SHIFT,
    SICK,
    SPELL,
    TURNOVER,
    DayTable,
    Duty,
    MonthAvailability,
    Shift,
    Staffing,
    State,
)
from ccmsim.availability.shifts import ramp_share
from ccmsim.availability.spells import season, season_cosine, spell_days

__all__ = [
    "CAUSE_CLOSURE",
    "CAUSE_FLOOR",
    "CAUSE_OUTAGE",
    "CAUSE_RAMP",
    "CAUSE_VACANCY",
    "CLOSURE",
    "ENTRY",
    "EXTENDED",
    "FLOOR",
    "INTERVAL",
    "MIGRATION",
    "NO_DAY",
    "N_CAUSES",
    "OUTAGE",
    "OUTBREAK",
    "PLANNED",
    "RECORDED",
    "SEAT_DAY",
    "SHIFT",
    "SICK",
    "SPELL",
    "TURNOVER",
    "DayTable",
    "Duty",
    "MonthAvailability",
    "Shift",
    "Staffing",
    "State",
    "draw_month",
    "empty_state",
    "month_availability",
    "new_duty",
    "new_state",
    "ramp_share",
    "reset_state",
    "roster_of",
    "season",
    "season_cosine",
    "spell_days",
]
