"""A report as a value: the results of its parts, and what they become.

Comes in: results of analyses. Goes out: a frozen `Report` as one page of HTML, a file, or plain
values. Simulates nothing.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ccmsim.checkpoints import appearing
from ccmsim.errors import refuse

if TYPE_CHECKING:
    from ccmsim.analyses.assessment import Assessment
    from ccmsim.analyses.risk import Risk
    from ccmsim.analyses.waterfall import Erosion
    from ccmsim.estimation import Estimate
    from ccmsim.results import Results


@dataclass(frozen=True, kw_only=True, eq=False)
class Report:
    """What an owner wants to know of a practice.

    Parameters
    ----------
    results : Results
        Of the practice as it is.
    level : float
        Coverage of the intervals.
    absence : Estimate
        What four weeks' absence costs, USD.
    erosion : Erosion
    risk : Risk
        Of the net.
    assessment : Assessment
    """

    results: Results
    level: float
    absence: Estimate
    erosion: Erosion
    risk: Risk
    assessment: Assessment

    @property
    def ceiling(self) -> Estimate:
        """Share of the enrolled that unlimited staff would bill: the erosion's own row."""
        return self.erosion.step("ceiling").estimates["billable_points"].times(0.01)

    def html(self) -> str:
        """Return the report as one page that needs nothing else: pictures and style are in it."""
        from ccmsim.report.page import page

        return page(self)

    def save(self, path: str | Path) -> None:
        """Write the page to a file, whole or not at all.

        Raises
        ------
        ccmsim.errors.InputError
            When the name does not end in .html, or the folder does not exist.
        """
        target = Path(path)
        if target.suffix.lower() != ".html":
            raise refuse("path", "must end in .html", str(path), "such as report.html")
        if not target.parent.is_dir():
            valid = "a file in an existing folder"
            raise refuse("path", "is in a folder that does not exist", str(path), valid)
        text = self.html()
        with appearing(target.resolve()) as part:
            part.write_text(text, encoding="utf-8")

    def as_dict(self) -> dict[str, Any]:
        """Return all numbers as plain values; NaN and infinite ends become None."""
        from ccmsim.first_page import first_page_data

        page = first_page_data(
            self.results, ceiling=self.ceiling, absence=self.absence, level=self.level
        )
        results = self.results
        return {
            "first_month": results.months[0],
            "months": len(results.months),
            "replications": results.replications,
            "seed": results.seed,
            "warmup_months": results.warmup_months,
            "level": self.level,
            "first_page": page,
            "erosion": self.erosion.as_dict(),
            "risk": self.risk.as_dict(),
            "assess": self.assessment.as_dict(),
            "stress_des": results.stress_des(level=self.level).as_dict(),
        }

    def to_json(self) -> str:
        """Return `as_dict` as JSON text."""
        return json.dumps(self.as_dict(), indent=2, allow_nan=False)
