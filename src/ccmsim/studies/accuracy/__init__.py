"""Accuracy: what is promised of numbers and engines, measured.

Comes in: nothing but a share of the usual effort. Goes out: how often every kind of interval holds
its truth, how far estimates lean, and what the engines were compared with; docs/accuracy.md. Never
tunes: what falls short is told so.
"""

from __future__ import annotations

from ccmsim.studies.accuracy.judging import Case, Count, Measured, measured
from ccmsim.studies.accuracy.running import NAMES, Accuracy, accuracy

__all__ = ["NAMES", "Accuracy", "Case", "Count", "Measured", "accuracy", "measured"]
