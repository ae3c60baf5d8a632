"""Recovery: whether `calibrate` finds what made a history, on histories of the engine itself.

Comes in: a practice, laws of its free values. Goes out: where truths lie in their posteriors
(simulation-based calibration), and how often the check sees what a model lacks. Never tunes: what
falls short is told so.
"""

from __future__ import annotations

from ccmsim.studies.recovery.departures import DEPARTURES, Power, power
from ccmsim.studies.recovery.histories import COLUMNS, FREE, Made, made, small_practice
from ccmsim.studies.recovery.ranks import Recovery, Resolution, Uniformity
from ccmsim.studies.recovery.running import recovery

__all__ = [
    "COLUMNS",
    "DEPARTURES",
    "FREE",
    "Made",
    "Power",
    "Recovery",
    "Resolution",
    "Uniformity",
    "made",
    "power",
    "recovery",
    "small_practice",
]
