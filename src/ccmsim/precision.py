"""Precision: replications are added until measures are known well enough.

Comes in: targets, and results that grow. Goes out: the numbers of replications at which to look,
and how it ended. Never simulates.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from ccmsim.errors import InputError, Problem, refuse
from ccmsim.estimation import Estimate
from ccmsim.estimation.rare import Wanted
from ccmsim.estimation.together import as_one_of, level_of_each
from ccmsim.wording import counted

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from ccmsim.estimation.samples import Sample
    from ccmsim.results import Results

FIRST_LOOK: Final = 100
"""Fewer replications are never judged: they cannot tell how much a skewed measure varies."""

GROWTH: Final = 1.5
"""How many times as many replications each look has."""

CAP: Final = 10_000
"""Most replications where nothing else is said."""


@dataclass(frozen=True)
class Precision:
    """A target: how well a measure is to be known.

    Parameters
    ----------
    measure : str
        A name of docs/results.md, except expected shortfalls: "net_usd.total", "billable_share",
        "net_usd.total.p5", "net_usd.total.loss_probability".
    half_width : float
        Half the width of the interval at most, in the unit of the measure; above 0.
    level : float
        Coverage of the interval, between 0 and 1.

    Notes
    -----
    Coverage holds at whichever look it ends, for probabilities and quantiles of totals whatever the
    law. A mean is believed where 20 replications differ from the usual value, and as far as what
    was not seen cannot move it: a replication by 1 for a share, by the projection for dollars, by
    the panel for patients. An event beyond that, or of a measure without a bound, is surely seen
    (95 %) by n replications if it has a probability of 3 / n; of a rarer one nothing is promised.

    Examples
    --------
    >>> import ccmsim
    >>> target = Precision("net_usd.total", half_width=2_000)
    >>> results = ccmsim.simulate(ccmsim.load("solo_nurse"), months=1, precision=target)
    >>> results.stopping.reached, results.replications
    (True, 100)
    """

    measure: str
    half_width: float
    level: float = 0.95


@dataclass(frozen=True, kw_only=True)
class Stopping:
    """How a simulation ended that went on until its targets held.

    Parameters
    ----------
    targets : tuple of Precision
    estimates : tuple of Estimate
        Of each target, at the last look. The intervals are wider than those of
        `Results.summary`: all of them hold at once, at whichever look the simulation ended.
    looks : tuple of int
        Replications at which it would have looked, up to the cap.
    replications : int
        At the last look.
    reached : bool
        Whether every target holds; if not, the cap ended it.
    """

    targets: tuple[Precision, ...]
    estimates: tuple[Estimate, ...]
    looks: tuple[int, ...]
    replications: int
    reached: bool

    def table(self) -> pd.DataFrame:
        """Return a row a target: its estimate, the half-width wanted, and whether it holds."""
        import pandas as pd

        rows = [
            estimate.as_dict() | {"wanted": target.half_width, "holds": holds(target, estimate)}
            for target, estimate in zip(self.targets, self.estimates, strict=True)
        ]
        names = [target.measure for target in self.targets]
        return pd.DataFrame(rows, pd.Index(names, name="measure"))

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as plain values; NaN and infinite numbers are as Python has them."""
        return asdict(self) | {"looks": list(self.looks)}

    def to_json(self) -> str:
        """Return `as_dict` as JSON text; NaN and infinite numbers become null."""
        return json_text(self.as_dict())

    def plot(self) -> Figure:
        """Return a figure: the half-width of each target, of 100 wanted."""
        from ccmsim.analyses.precision_views import stopping_figure

        return stopping_figure(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Stopping:
        """Return what `as_dict` gave."""
        return cls(
            targets=tuple(Precision(**target) for target in values["targets"]),
            estimates=tuple(Estimate(**estimate) for estimate in values["estimates"]),
            looks=tuple(values["looks"]),
            replications=values["replications"],
            reached=values["reached"],
        )

    def __str__(self) -> str:
        ended = "every target holds" if self.reached else "the cap ended it: not every target holds"
        lines = [f"{ended} after {counted(self.replications, 'replication')}"]
        for target, estimate in zip(self.targets, self.estimates, strict=True):
            wide = estimate.half_width
            found = f"{wide:,.3g}" if wide < 1000.0 else f"{wide:,.0f}"
            found = found if math.isfinite(wide) else "no interval"
            wanted = f"{target.half_width:,g}"
            lines.append(f"{target.measure}: within {wanted} wanted, {found} reached: {estimate}")
        return "\n".join(lines)


def checked_targets(
    precision: Precision | Sequence[Precision], names: Sequence[str]
) -> tuple[Precision, ...]:
    """Return the targets as a tuple.

    Parameters
    ----------
    names : sequence of str
        The measures that there are, as `ccmsim.measures.precise_names` gives them.

    Raises
    ------
    InputError
        With everything that is wrong.
    """
    targets = (precision,) if isinstance(precision, Precision) else tuple(precision)
    if not targets or not all(isinstance(target, Precision) for target in targets):
        valid = 'Precision("net_usd.total", half_width=2_000), or several'
        raise refuse("precision", "must be one target or more", precision, valid)
    problems = [problem for target in targets for problem in _problems(target, names)]
    if problems:
        raise InputError(problems)
    return targets


def _problems(target: Precision, names: Sequence[str]) -> list[Problem]:
    from difflib import get_close_matches

    found = []
    if target.measure.endswith("expected_shortfall"):
        rule = "has no interval at the high level that several looks need"
        found.append(Problem("precision", rule, target.measure, "a mean, quantile or probability"))
    elif target.measure not in names:
        near = get_close_matches(target.measure, names, 3, 0.5)
        valid = ", ".join(near) or "a name of results.summary(), such as net_usd.total"
        found.append(Problem("precision", "is no measure", target.measure, valid))
    if not 0.0 < target.half_width < math.inf:
        valid = "a number in the measure's unit, such as 2_000"
        rule = "half_width must be above 0 and finite"
        found.append(Problem("precision", rule, target.half_width, valid))
    if not 0.0 < target.level < 1.0:
        rule = "level must lie between 0 and 1"
        found.append(Problem("precision", rule, target.level, "a number such as 0.95"))
    return found


def looks_until(cap: int) -> tuple[int, ...]:
    """Return the numbers of replications at which to look; the last one is the cap.

    They depend on nothing but the cap, so neither speed nor batches can move them.

    Examples
    --------
    >>> looks_until(1000)
    (100, 150, 225, 338, 507, 761, 1000)
    >>> looks_until(40)
    (40,)
    """
    looks: list[int] = []
    count = FIRST_LOOK
    while count < cap:
        looks.append(count)
        count = math.ceil(count * GROWTH)
    return (*looks, cap)


def wanted_of(
    target: Precision, sample: Sample, looks: Sequence[int], targets: Sequence[Precision]
) -> Wanted:
    """Return how well one of several targets is to be known, at whichever look is the last.

    Bonferroni: an interval may fail with (1 - level) / (looks × targets), whatever depends on what.
    """
    level = level_of_each(target.level, len(targets))
    return Wanted(target.half_width, level, sample.most, len(looks))


def holds(target: Precision, estimate: Estimate) -> bool:
    """Whether the interval exists and is as narrow as wanted."""
    return estimate.half_width <= target.half_width


def look(results: Results, targets: Sequence[Precision], looks: Sequence[int]) -> Stopping:
    """Return how a simulation stands that has just these replications."""
    from ccmsim.measures import sample_behind

    note = f"at any of {len(looks)} looks, {len(targets)} targets at once"
    estimates = []
    for target in targets:
        sample = sample_behind(results, target.measure)
        found = sample.known(wanted_of(target, sample, looks, targets))
        estimates.append(as_one_of(found, level=target.level, note=note))
    return Stopping(
        targets=tuple(targets),
        estimates=tuple(estimates),
        looks=tuple(looks),
        replications=results.replications,
        reached=results.replications >= FIRST_LOOK and all(map(holds, targets, estimates)),
    )


def json_text(plain: Any) -> str:
    """Return plain values as JSON text; NaN and infinite numbers become null."""
    return json.dumps(_finite(plain), indent=2, allow_nan=False)


def _finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _finite(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
