"""What is assumed: the numbers of class A, where each may lie, and what each alone could change.

Comes in: the evidence beside the presets' values. Goes out: `assumed`, positions in ranges, and a
frozen `Assumptions` of one-at-a-time runs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from ccmsim.analyses.factors import change, plain_estimate, table_of
from ccmsim.arrays import Floats
from ccmsim.distributions import Uniform
from ccmsim.errors import refuse
from ccmsim.estimation import Estimate, paired_difference
from ccmsim.measures import billable_points
from ccmsim.scenario import load
from ccmsim.scenario.evidence import DEFINITION, Range, assumptions, evidence, range_of
from ccmsim.scenario.model import Scenario
from ccmsim.scenario.uncertain import at, mean_at
from ccmsim.studies.doubt.advice import presets_of
from ccmsim.studies.running import Study, check_few, net

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

USUAL: Final = "two_nurses"
PROBE: Final = 10
"""Replications that tell whether a practice uses a number at all."""
GROUP: Final = re.compile(r"^staff\.\w+\.")


@cache
def assumed() -> tuple[str, ...]:
    """Return the paths of every number of class A, wholly or in part, of the advice's presets.

    Names of staff groups are written `*`. Choices are left out, for they have no range:
    `structure.choices` has those. What was read, derived or quoted by a vendor is not assumed.

    Examples
    --------
    >>> "contact.other_work_outside_share" in assumed()
    True
    """
    found: dict[str, None] = {}
    practices = [load(preset) for preset in presets_of()]
    for path in assumptions():
        for practice in practices:
            if _range(practice, path) is not None:
                found[GROUP.sub("staff.*.", path)] = None
    return tuple(found)


def _range(scenario: Scenario, path: str) -> Range | None:
    """Return the range of a number that a scenario uses, its own value within; or None.

    What a practice is by definition has none where it is 0, for that is left out there, or outside
    the range, which then is about others.
    """
    value, today = at(scenario, path), _centre(scenario, path)
    if today is None:
        return None
    found = range_of(path, value if isinstance(value, int) else today)
    if found is None:
        return None
    inside = today != 0.0 and found.low <= today <= found.high
    if not inside and path in _defined(scenario.name):
        return None
    return found._replace(low=min(found.low, today), high=max(found.high, today))


@cache
def _defined(preset: str) -> frozenset[str]:
    """Return the paths whose values are what a preset is."""
    return frozenset(e.path for e in evidence() if e.preset == preset and e.kind == DEFINITION)


def _centre(scenario: Scenario, path: str) -> float | None:
    """Return the number at a path, of a law its mean; None where there is none to move."""
    value = at(scenario, path)
    return value.expected() if isinstance(value, Uniform) else mean_at(scenario, path)


def _change(scenario: Scenario, path: str, value: float) -> dict[str, Any]:
    """Return what moves a number, or a law's mean with its shape kept."""
    law = at(scenario, path)
    if isinstance(law, Uniform):
        factor = value / law.expected()
        return {f"{path}.low": factor * law.low, f"{path}.high": factor * law.high}
    return change(scenario, path, value)


def placed(scenario: Scenario, positions: Mapping[str, float]) -> Scenario:
    """Return the scenario with assumed numbers at positions in their ranges.

    Position 0 is the low end, 1 the high end and 0.5 the scenario's own value, linear between: so
    practices whose own values differ keep their order, and half of the range lies on each side.

    Parameters
    ----------
    scenario : Scenario
    positions : mapping of str to float
        By path, of `assumed`; what a scenario has not is left out.

    Examples
    --------
    >>> import ccmsim
    >>> nurses = ccmsim.load("two_nurses")
    >>> placed(nurses, dict.fromkeys(assumed(), 0.5)) == nurses
    True
    >>> placed(nurses, {"staff.*.wage_usd_per_hour": 0.0}).staff["nurses"].wage_usd_per_hour
    22.0
    """
    changes: dict[str, Any] = {}
    for pattern, position in positions.items():
        for path in _paths(scenario, pattern):
            found = _range(scenario, path)
            if found is not None and position != 0.5:
                own = _centre(scenario, path) or 0.0
                end = found.low if position < 0.5 else found.high
                value = own + abs(2.0 * position - 1.0) * (end - own)
                changes |= _change(scenario, path, value)
    return scenario.but(changes) if changes else scenario


def _paths(scenario: Scenario, pattern: str) -> list[str]:
    if not pattern.startswith("staff.*."):
        return [pattern]
    return [pattern.replace("*", group, 1) for group in scenario.staff]


@dataclass(frozen=True, kw_only=True)
class Assumptions:
    """What each assumption alone could change in a practice that has it.

    Parameters
    ----------
    scenarios : mapping of str to str
        By path, the preset in which it was moved: `two_nurses`, where that uses it.
    effects : mapping of (path, end, measure) to Estimate
        Paired differences to today; ends "low" and "high", measures "points" of the billable share
        and "net_usd" a year.
    ranges : mapping of str to (low, today, high, source)
    months, warmup_months, replications, seed : int
    level : float
        Coverage of every interval, one by one.
    """

    scenarios: Mapping[str, str]
    effects: Mapping[tuple[str, str, str], Estimate]
    ranges: Mapping[str, tuple[float, float, float, str]]
    months: int
    warmup_months: int
    replications: int
    seed: int
    level: float

    def swing(self, path: str, measure: str = "net_usd") -> float:
        """Return how far a measure moves over the range, today's value included."""
        ends = [self.effects[path, end, measure].value for end in ("low", "high")]
        return max(0.0, *ends) - min(0.0, *ends)

    @property
    def order(self) -> tuple[str, ...]:
        """The paths, the widest swing of the net first."""
        return tuple(sorted(self.ranges, key=lambda path: -self.swing(path)))

    @property
    def idle(self) -> tuple[str, ...]:
        """The paths that change nothing here, to the cent and the patient."""
        return tuple(
            path
            for path in self.ranges
            if self.swing(path) == 0.0 and self.swing(path, "points") == 0.0
        )

    def table(self) -> pd.DataFrame:
        """Return every effect as a row: index (path, end, measure), columns those of `Estimate`."""
        return table_of(self.effects, ["path", "end", "measure"])

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as plain values."""
        names = ("months", "warmup_months", "replications", "seed", "level")
        return {name: getattr(self, name) for name in names} | {
            "scenarios": dict(self.scenarios),
            "ranges": {path: list(found) for path, found in self.ranges.items()},
            "effects": [
                {"path": p, "end": end, "measure": m, **plain_estimate(e)}
                for (p, end, m), e in self.effects.items()
            ],
        }

    def to_json(self) -> str:
        """Return `as_dict` as JSON text."""
        return json.dumps(self.as_dict(), indent=2, allow_nan=False)

    def plot(self, most: int = 15) -> Figure:
        """Return a figure: the widest swings of the net."""
        from ccmsim.studies.doubt.views import assumptions_figure

        return assumptions_figure(self, most)

    def __str__(self) -> str:
        from ccmsim.studies.doubt.views import assumptions_text

        return assumptions_text(self)


def one_at_a_time(
    *,
    paths: tuple[str, ...] | None = None,
    replications: int = 60,
    seed: int = 0,
    level: float = 0.95,
    workers: int | None = None,
) -> Assumptions:
    """Move each assumed number to both ends of its range, in a practice that uses it.

    That is `two_nurses`, or else the first preset of the advice in which `PROBE` replications show
    an effect of either end; where none does, the first that has the number.

    Parameters
    ----------
    paths : tuple of str, optional
        Of `assumed`; left out: all.
    replications, seed, workers
        As in `ccmsim.simulate`; each of some 300 scenarios.
    level : float
        Coverage of every interval, one by one.

    Raises
    ------
    ccmsim.errors.InputError
        When there are fewer than 3 replications.

    Examples
    --------
    >>> found = one_at_a_time(paths=("staff.*.wage_usd_per_hour",), replications=4)
    >>> found.swing("staff.*.wage_usd_per_hour", "points")
    0.0
    """
    check_few(replications)
    study = Study(0, "assumptions", replications, seed, level, workers)
    probe = Study(0, "probe", min(PROBE, replications), seed, level, workers)
    today = cache(lambda preset: _measures(study, load(preset)))
    probed = cache(lambda preset: _measures(probe, load(preset)))

    def moves(pattern: str, preset: str) -> bool:
        ends = (placed(load(preset), {pattern: position}) for position in (0.0, 1.0))
        return any(_differ(_measures(probe, end), probed(preset)) for end in ends)

    def home(pattern: str) -> str:
        having = homes(pattern)
        return next((preset for preset in having if moves(pattern, preset)), having[0])

    effects: dict[tuple[str, str, str], Estimate] = {}
    ranges: dict[str, tuple[float, float, float, str]] = {}
    scenarios = {pattern: home(pattern) for pattern in (assumed() if paths is None else paths)}
    for pattern, preset in scenarios.items():
        practice = load(preset)
        ranges[pattern] = _shown(practice, pattern)
        for end, position in (("low", 0.0), ("high", 1.0)):
            other = _measures(study, placed(practice, {pattern: position}))
            for name, values in other.items():
                effects[pattern, end, name] = paired_difference(
                    values, today(preset)[name], level=level
                )
    return Assumptions(
        scenarios=scenarios,
        effects=effects,
        ranges=ranges,
        months=study.months,
        warmup_months=study.warmup_months,
        replications=replications,
        seed=seed,
        level=level,
    )


def homes(pattern: str) -> tuple[str, ...]:
    """Return the presets that have an assumed number, `two_nurses` first if it is one.

    Raises
    ------
    ccmsim.errors.InputError
        When none has.

    Examples
    --------
    >>> homes("contact.call_minutes")[0], homes("operations.owner.hours_per_week")[0]
    ('two_nurses', 'mature_300')
    """
    found = tuple(
        preset
        for preset in dict.fromkeys((USUAL, *presets_of()))
        if any(_range(load(preset), p) is not None for p in _paths(load(preset), pattern))
    )
    if not found:
        raise refuse("paths", "is not assumed", pattern, "one of ccmsim.studies.doubt.assumed()")
    return found


def _shown(practice: Scenario, pattern: str) -> tuple[float, float, float, str]:
    """Return low end, own value, high end and source of the first number that a pattern names."""
    for path in _paths(practice, pattern):
        found = _range(practice, path)
        if found is not None:
            return found.low, _centre(practice, path) or 0.0, found.high, found.source
    raise AssertionError(pattern)


def _differ(one: Mapping[str, Floats], other: Mapping[str, Floats]) -> bool:
    return any(bool((one[name] != other[name]).any()) for name in one)


def _measures(study: Study, scenario: Scenario) -> dict[str, Floats]:
    results = study.run(scenario)
    return {"points": billable_points(results.values), "net_usd": net(results)}
