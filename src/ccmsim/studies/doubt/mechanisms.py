"""The mechanisms of the model, one taken away at a time: what each costs in billable share.

Comes in: settings of simulations. Goes out: a frozen `Mechanisms`. Nothing is tuned.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from ccmsim import ideal
from ccmsim.analyses.factors import plain_estimate, table_of, values_of
from ccmsim.estimation import Estimate, mean, paired_difference
from ccmsim.scenario import load
from ccmsim.scenario.model import Scenario
from ccmsim.studies.running import Study, check_few

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

PRACTICES: Final = ("two_nurses", "structured_75", "informal_200")
TODAY: Final = "today"


def _but(scenario: Scenario, **values: Any) -> Scenario:
    return scenario.but({path.replace("__", "."): value for path, value in values.items()})


def _gone(name: str, scenario: Scenario) -> Scenario:
    return ideal.without(scenario, name) if name in scenario.disruptions else scenario


def _everybody_answers(scenario: Scenario) -> Scenario:
    return _but(
        scenario, contact__answer_probability=1.0, contact__unfamiliar_factor=1.0,
        contact__morning_factor=1.0, contact__afternoon_factor=1.0,
    )  # fmt: skip


def _alone(scenario: Scenario) -> Scenario:
    changes: dict[str, Any] = {"operations.assignment": "owned", "operations.cover": None}
    return scenario.but(changes)


MECHANISMS: Final[Mapping[str, tuple[str, Callable[[Scenario], Scenario]]]] = {
    "answering": ("patients do not always answer", _everybody_answers),
    "queue": ("minutes are short: calls wait for a coordinator", ideal.unlimited_staff),
    "disruptions": ("coordinators are away or pulled away, all causes", ideal.no_disruptions),
    "turnover": ("… they leave, and new ones learn", partial(_gone, "turnover")),
    "planned_leave": ("… planned leave", partial(_gone, "planned_leave")),
    "floor_cover": ("… pulled to the clinic floor", partial(_gone, "floor_cover")),
    "extended_leave": ("… long leave", partial(_gone, "extended_leave")),
    "sick": ("… illness", partial(_gone, "sick")),
    "closure": ("… the practice is closed", partial(_gone, "closure")),
    "outage": ("… the record system is down", partial(_gone, "outage")),
    "capture": ("minutes are not logged, own and others'", ideal.lossless_capture),
    "documentation": ("documentation fails, or a month may not be billed",
                      ideal.perfect_documentation),
    "attrition": ("patients leave", ideal.no_attrition),
    "outside": ("others do half of requests and care work",
                partial(_but, contact__other_work_outside_share=0.0)),
    "voices": ("unknown voices are answered less",
               partial(_but, contact__unfamiliar_factor=1.0)),
    "chart": ("chart work after a call", partial(_but, contact__followup="call")),
    "push": ("a last try at the month's end", partial(_but, contact__final_push_days=0)),
    "retries": ("more than one call a month to who does not answer",
                partial(_but, contact__max_attempts=1)),
    "requests": ("patients call and need care work",
                 partial(_but, contact__inbound_per_month=0.0, contact__care_tasks_per_month=0.0)),
    "helpers": ("somebody steps in for who is away", _alone),
}  # fmt: skip
"""What the model holds, in words, and how it is taken away."""


@dataclass(frozen=True, kw_only=True)
class Mechanisms:
    """What each mechanism does to the billable share.

    Parameters
    ----------
    effects : mapping of (mechanism, preset) to Estimate
        Points of the billable share that go with the mechanism: below 0 where it costs months.
        Those that a practice does not have are left out. `TODAY` is the share itself.
    months, warmup_months, replications, seed : int
    level : float
        Coverage of every interval, one by one.
    """

    effects: Mapping[tuple[str, str], Estimate]
    months: int
    warmup_months: int
    replications: int
    seed: int
    level: float

    @property
    def names(self) -> tuple[str, ...]:
        """The mechanisms that some practice has, in their order."""
        found = {name for name, _ in self.effects}
        return tuple(name for name in MECHANISMS if name in found)

    def table(self) -> pd.DataFrame:
        """Return every effect as a row: index (mechanism, preset), columns those of `Estimate`."""
        return table_of(self.effects, ["mechanism", "preset"])

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as plain values."""
        names = ("months", "warmup_months", "replications", "seed", "level")
        return {name: getattr(self, name) for name in names} | {
            "effects": [
                {"mechanism": m, "preset": p, **plain_estimate(e)}
                for (m, p), e in self.effects.items()
            ]
        }

    def to_json(self) -> str:
        """Return `as_dict` as JSON text."""
        return json.dumps(self.as_dict(), indent=2, allow_nan=False)

    def plot(self) -> Figure:
        """Return a figure: points by mechanism, a panel for each preset."""
        from ccmsim.studies.doubt.views import mechanisms_figure

        return mechanisms_figure(self)

    def __str__(self) -> str:
        from ccmsim.studies.doubt.views import mechanisms_text

        return mechanisms_text(self)


def mechanisms(
    *,
    names: tuple[str, ...] = tuple(MECHANISMS),
    replications: int = 60,
    seed: int = 0,
    level: float = 0.95,
    workers: int | None = None,
) -> Mechanisms:
    """Take one mechanism of the model away at a time, with the same random numbers.

    Effects do not add up: what one mechanism costs depends on the others.

    Parameters
    ----------
    names : tuple of str
        Of `MECHANISMS`.
    replications, seed, workers
        As in `ccmsim.simulate`; each of some 60 scenarios.
    level : float
        Coverage of every interval, one by one.

    Raises
    ------
    ccmsim.errors.InputError
        When there are fewer than 3 replications.

    Examples
    --------
    >>> found = mechanisms(names=("capture",), replications=3)
    >>> found.effects["capture", "informal_200"].value < 0.0
    True
    """
    check_few(replications)
    study = Study(0, "mechanisms", replications, seed, level, workers)
    effects: dict[tuple[str, str], Estimate] = {}
    for preset in PRACTICES:
        practice = load(preset)
        today = values_of(study.run(practice), "billable_points")
        effects[TODAY, preset] = mean(today, level=level)
        for name in names:
            other = MECHANISMS[name][1](practice)
            if other != practice:
                values = values_of(study.run(other), "billable_points")
                effects[name, preset] = paired_difference(today, values, level=level)
    return Mechanisms(
        effects=effects,
        months=study.months,
        warmup_months=study.warmup_months,
        replications=replications,
        seed=seed,
        level=level,
    )
