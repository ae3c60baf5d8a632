"""The grid of time and money: ticks and cents.

Every instant and duration is a multiple of 1/1024 minute, so sums of minutes are exact in any
order; money is whole cents. Uses plain arithmetic only; its constants are compiled with
ccmsim.compiling.
"""

from __future__ import annotations

from typing import Final

TICKS_PER_MINUTE: Final = 1024.0
"""Ticks of the time grid in a minute; sums below 2**43 minutes are exact in float64."""

TICK_MINUTES: Final = 1.0 / 1024.0
"""The shortest duration, in minutes."""

MINUTES_PER_DAY: Final = 1440.0
"""Minutes in a day; the clock knows no daylight saving."""

NOON: Final = 720.0
"""Minute of the day at which the afternoon begins."""
