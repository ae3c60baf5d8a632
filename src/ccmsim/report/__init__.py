"""A report for a practice's owner: one page of HTML with everything that it takes to decide.

Comes in: a scenario and settings. Goes out: a frozen `Report`, which writes itself whole or not at
all. Its parts are the analyses' own results; nothing is computed here.
"""

from __future__ import annotations

from ccmsim.report.making import FEWEST_REPLICATIONS, practice_report
from ccmsim.report.value import Report

__all__ = ["FEWEST_REPLICATIONS", "Report", "practice_report"]
