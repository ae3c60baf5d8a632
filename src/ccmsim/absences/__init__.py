"""Real absence logs: read, turned into spells, fitted, resampled or replayed.

Comes in: a CSV file with one absence record a line, with or without dates. Goes out: an
`AbsenceLog` of spells, and from it the fields of a scenario's disruptions. Draws no random number.
"""

from __future__ import annotations

from ccmsim.absences.log import AbsenceLog
from ccmsim.absences.reading import COURIER_NOT_SICKNESS, COURIER_YEARS, example_log, read_log
from ccmsim.absences.spells import Spell
from ccmsim.absences.value import AbsenceFit

__all__ = [
    "COURIER_NOT_SICKNESS",
    "COURIER_YEARS",
    "AbsenceFit",
    "AbsenceLog",
    "Spell",
    "example_log",
    "read_log",
]
