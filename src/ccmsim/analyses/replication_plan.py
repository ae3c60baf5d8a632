"""How many replications targets will take, planned from a pilot.

Comes in: results that are a pilot, and targets. Goes out: a frozen `ReplicationPlan`. Never
simulates.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from ccmsim.errors import refuse
from ccmsim.estimation import BOOTSTRAP_SEED, Estimate
from ccmsim.precision import (
    CAP,
    FIRST_LOOK,
    Precision,
    checked_targets,
    json_text,
    looks_until,
    wanted_of,
)
from ccmsim.variables import VARIABLES

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from ccmsim.results import Results

RESAMPLES: Final = 100
"""Bootstrap resamples of a pilot, for the error of a planned number of replications."""


@dataclass(frozen=True, kw_only=True)
class ReplicationPlan:
    """How many replications targets will take, as a pilot tells.

    Parameters
    ----------
    targets : tuple of Precision
    replications : tuple of Estimate
        For each target. Infinite where the pilot's interval has no end, as for a quantile with few
        replications beyond it: a larger pilot tells more.
    looks : tuple of int
        Replications at which the simulation will look; the last is the cap.
    pilot : int
        Replications of the pilot.
    """

    targets: tuple[Precision, ...]
    replications: tuple[Estimate, ...]
    looks: tuple[int, ...]
    pilot: int

    @property
    def needed(self) -> float:
        """Replications for all targets: the most that one takes, FIRST_LOOK at least."""
        return max(FIRST_LOOK, *(number.value for number in self.replications))

    @property
    def ends(self) -> int | None:
        """The look at which the simulation will end; None where the cap comes first."""
        return next((count for count in self.looks if count >= self.needed), None)

    def table(self) -> pd.DataFrame:
        """Return a row a target: the replications that it takes, with their error."""
        import pandas as pd

        rows = [
            number.as_dict() | {"wanted": target.half_width}
            for target, number in zip(self.targets, self.replications, strict=True)
        ]
        names = [target.measure for target in self.targets]
        return pd.DataFrame(rows, pd.Index(names, name="measure"))

    def as_dict(self) -> dict[str, Any]:
        """Return all of it, `needed` and `ends`, as plain values; NaN and infinity as they are."""
        return asdict(self) | {
            "looks": list(self.looks), "needed": self.needed, "ends": self.ends,
        }  # fmt: skip

    def to_json(self) -> str:
        """Return `as_dict` as JSON text; NaN and infinite numbers become null."""
        return json_text(self.as_dict())

    def plot(self) -> Figure:
        """Return a figure: the replications that each target takes, with their intervals."""
        from ccmsim.analyses.precision_views import plan_figure

        return plan_figure(self)

    def __str__(self) -> str:
        from ccmsim.analyses.precision_views import plan_text

        return plan_text(self)


def how_many_replications(
    pilot: Results, precision: Precision | Sequence[Precision], *, cap: int = CAP
) -> ReplicationPlan:
    """Plan from a pilot how many replications `simulate(precision=...)` will take.

    An interval's width shrinks with the square root of the replications: n replications whose
    half-width is h take n (h / target)². Where fewer than 20 of them differ it takes so many that
    20 do, or that what they may not show cannot matter. It ends at the next look, up to 1.5 times
    as many.

    Parameters
    ----------
    pilot : Results
        At least 2 replications; 100 tell the number to about a third.
    precision : Precision or sequence of Precision
    cap : int
        As `replications` of `ccmsim.simulate`: more looks need wider intervals.

    Returns
    -------
    ReplicationPlan
        Errors are those of the pilot's spread: the interval has the target's level and is made of
        percentiles of 100 bootstrap resamples of the pilot's replications.

    Examples
    --------
    >>> import ccmsim
    >>> scenario = ccmsim.load("solo_nurse").but({"panel.enrolled_at_start": 10})
    >>> pilot = ccmsim.simulate(scenario, months=1, replications=50, seed=7)
    >>> plan = ccmsim.how_many_replications(pilot, ccmsim.Precision("billable_share", 0.01))
    >>> 500 < plan.needed < 2_000
    True
    """
    from ccmsim.measures import precise_names, sample_behind

    if pilot.replications < 2:
        raise refuse("pilot", "needs 2 replications or more", pilot.replications, "100")
    targets = checked_targets(precision, precise_names(pilot.scenario))
    looks = looks_until(cap)
    needs: list[list[float]] = [[] for _ in targets]
    for resample in _resampled(pilot):
        for found, target in zip(needs, targets, strict=True):
            sample = sample_behind(resample, target.measure)
            found.append(sample.takes(wanted_of(target, sample, looks, targets)))
    planned = [
        _planned(found, target, pilot.replications)
        for found, target in zip(needs, targets, strict=True)
    ]
    return ReplicationPlan(
        targets=targets, replications=tuple(planned), looks=looks, pilot=pilot.replications
    )


def _resampled(pilot: Results) -> Iterator[Results]:
    """Give the pilot, then resamples of its replications."""
    import numpy as np

    yield pilot
    rng, n = np.random.default_rng(BOOTSTRAP_SEED), pilot.replications
    months = {name: rows for name, rows in pilot.values.items() if name in VARIABLES}
    for _ in range(RESAMPLES):
        drawn = rng.integers(n, size=n)
        yield replace(pilot, values={name: rows[drawn] for name, rows in months.items()})


def _planned(needs: Sequence[float], target: Precision, pilot: int) -> Estimate:
    """Return the number that the pilot itself tells, with percentiles of the resampled ones."""
    import numpy as np

    value = math.inf if math.isnan(needs[0]) else float(np.ceil(needs[0]))
    resampled = np.array(needs[1:])
    method = "width of the pilot, percentile bootstrap"
    if not np.isfinite(resampled).all() or not math.isfinite(value):
        return Estimate(
            value, math.nan, math.nan, math.nan, target.level, pilot, f"{method}; too few to tell"
        )
    tails = (0.5 - target.level / 2.0, 0.5 + target.level / 2.0)
    low, high = (float(end) for end in np.ceil(np.quantile(resampled, tails)))
    error = float(resampled.std(ddof=1))
    return Estimate(value, error, min(low, value), max(high, value), target.level, pilot, method)
