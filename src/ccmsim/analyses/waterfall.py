"""What an erosion says: the way from the projection down to today, and each disruption.

Comes in: estimates. Goes out: a frozen `Erosion` as a table, plain values, text or a figure.
Simulates nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ccmsim.analyses.factors import plain_estimate, table_of
from ccmsim.analyses.gaps import MEASURES
from ccmsim.errors import refuse
from ccmsim.estimation import Estimate
from ccmsim.frozen import FrozenMapping

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure


@dataclass(frozen=True, slots=True)
class Row:
    """One row: a level (what is billed), or a gap (what would be billed beyond that).

    Parameters
    ----------
    name : str
        Of a step: "projection", "unreachable", "addons", "unpaid", "ceiling", "documentation",
        "execution", "execution.hours", "execution.<disruption>", "enrollment", "visibility",
        "today". Else the disruption's name, or "together", "sum", "interaction".
    label : str
        The same in words.
    kind : str
        "level"; "gap" to the level below; "gain", which is added to the level above and not taken
        off; "part" of the gap above.
    estimates : mapping of str to Estimate
        Means by measure; a measure that means nothing here is left out. What is exact says so
        (`method` is EXACT). A 0 of another method is one that was not seen to be anything else.
    variance_saved : Estimate or None
        How many times fewer replications the common random numbers need, for `billed_usd`; None
        where the row is no difference of two scenarios. Infinite where they differ by a constant.
    bad_year : mapping of str to Estimate
        Of steps: the one-in-twenty bad year (P5), and the differences of those, by measure.
    """

    name: str
    label: str
    kind: str
    estimates: Mapping[str, Estimate]
    variance_saved: Estimate | None = None
    bad_year: Mapping[str, Estimate] = FrozenMapping({})


@dataclass(frozen=True, kw_only=True)
class Erosion:
    """Where the projection goes, and what each disruption costs.

    Parameters
    ----------
    scenario : str
        The scenario's name.
    first_month : str
    months, replications, seed, warmup_months : int
        `replications`: of today; where a half-width is wanted, an estimate says its own.
    level : float
        Coverage of every interval.
    half_width : float or None
        What was wanted of billable points, if anything. Intervals then hold at whichever look was
        the last. Points have bounds; in another measure there is no interval where fewer than 20
        replications differ from the usual.
    reached : bool or None
        Whether every step and disruption is known that well; None where nothing was wanted.
    steps : tuple of Row
        From the projection (enrolled × base fee) down to today: projection − unreachable + addons −
        unpaid = ceiling; ceiling − documentation − execution − enrollment − visibility = today,
        exactly, in every measure, of the mean and of the bad year; the parts of execution, hours
        and each disruption, add up to it. They are mended in the order from today up. Net of the
        projection is its dollars less the cost that is really paid (`gaps.projected_net`); that of
        staff without limit is at today's cost of staff and training. `addons` are the ceiling's
        add-on units, which the projection leaves out; `unpaid` is what of the ceiling's claims is
        never paid, and what else costs more than today: a part of net alone.
    causes : tuple of Row
        What would be regained without each disruption alone, the most billed dollars first.
    together : Row
        What would be regained without all disruptions at once.
    summed, interaction : Row
        The single effects added up; and together − sum, paired.
    """

    scenario: str
    first_month: str
    months: int
    replications: int
    seed: int
    warmup_months: int
    level: float
    half_width: float | None
    reached: bool | None
    steps: tuple[Row, ...]
    causes: tuple[Row, ...]
    together: Row
    summed: Row
    interaction: Row

    def step(self, name: str) -> Row:
        """Return a step by its name.

        Examples
        --------
        >>> import ccmsim
        >>> found = ccmsim.erosion(ccmsim.load("perfect"), months=1, replications=2)
        >>> found.step("unreachable").estimates["billable_points"].value
        0.0
        """
        return {row.name: row for row in self.steps}[name]

    def rows(self) -> tuple[Row, ...]:
        """Return every row once: the steps, then causes, sum, together and interaction."""
        return (*self.steps, *self.causes, self.summed, self.together, self.interaction)

    def table(self) -> pd.DataFrame:
        """Return every estimate as a row.

        Returns
        -------
        pandas.DataFrame
            Index (row, measure); columns value, standard_error, low, high, level, replications and
            method. `table().xs("billed_usd", level="measure")` is one measure, `"billed_usd.p5"` is
            its bad year, and `"variance_saved"` what common random numbers save.

        Examples
        --------
        >>> import ccmsim
        >>> found = ccmsim.erosion(ccmsim.load("perfect"), months=1, replications=2)
        >>> float(found.table().loc[("today", "billed_usd"), "value"])
        4959.75
        """
        found = {
            (row.name, measure): estimate
            for row in self.rows()
            for measure, estimate in _numbers(row).items()
        }
        return table_of(found, ["row", "measure"])

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as plain values; NaN and infinite ends become None.

        Examples
        --------
        >>> import ccmsim
        >>> found = ccmsim.erosion(ccmsim.load("perfect"), months=1, replications=2).as_dict()
        >>> found["steps"][0]["name"], found["steps"][0]["estimates"]["billed_usd"]["value"]
        ('projection', 4959.75)
        """
        names = (
            "scenario", "first_month", "months", "replications", "seed", "warmup_months", "level",
            "half_width", "reached",
        )  # fmt: skip
        head = {name: getattr(self, name) for name in names}
        return head | {
            "steps": [_row_dict(row) for row in self.steps],
            "causes": [_row_dict(row) for row in self.causes],
            "sum": _row_dict(self.summed),
            "together": _row_dict(self.together),
            "interaction": _row_dict(self.interaction),
        }

    def to_json(self) -> str:
        """Return `as_dict` as JSON text."""
        return json.dumps(self.as_dict(), indent=2, allow_nan=False)

    def plot(self, measure: str = "billed_usd") -> Figure:
        """Return a figure: what would be regained without each disruption, with intervals.

        Parameters
        ----------
        measure : str
            One of `MEASURES`.

        Returns
        -------
        matplotlib.figure.Figure

        Raises
        ------
        ccmsim.errors.InputError
            When the measure is not known.

        Examples
        --------
        >>> import ccmsim
        >>> found = ccmsim.erosion(ccmsim.load("perfect"), months=1, replications=2)
        >>> found.plot().axes[0].get_xlabel()
        'Regained in 1 month: billed, thousand USD (with 95 % intervals)'
        """
        if measure not in MEASURES:
            raise refuse("measure", "cannot be plotted", measure, ", ".join(MEASURES))
        from ccmsim.analyses.erosion_views import figure

        return figure(self, measure)

    def __str__(self) -> str:
        from ccmsim.analyses.erosion_views import text

        return text(self)


def _numbers(row: Row) -> dict[str, Estimate]:
    """Return all that a row tells, by the names that a table has for it."""
    bad = {f"{measure}.p5": found for measure, found in row.bad_year.items()}
    saved = {} if row.variance_saved is None else {"variance_saved": row.variance_saved}
    return dict(row.estimates) | bad | saved


def _row_dict(row: Row) -> dict[str, Any]:
    return {
        "name": row.name,
        "label": row.label,
        "kind": row.kind,
        "variance_saved": row.variance_saved and plain_estimate(row.variance_saved),
        "estimates": {
            measure: plain_estimate(estimate) for measure, estimate in row.estimates.items()
        },
        "bad_year": {
            measure: plain_estimate(estimate) for measure, estimate in row.bad_year.items()
        },
    }
