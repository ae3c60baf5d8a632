"""The model, built otherwise: what each alternative moves, and whether the advice stands.

Comes in: alternatives, settings of simulations. Goes out: a frozen `Structure`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ccmsim import rules
from ccmsim.analyses.factors import plain_estimate, table_of
from ccmsim.arrays import Floats
from ccmsim.estimation import Estimate, mean, paired_difference
from ccmsim.measures import billable_points, totals
from ccmsim.scenario import load
from ccmsim.scenario.model import Scenario
from ccmsim.studies.doubt.advice import ADVICE, Advice, Alteration, gains
from ccmsim.studies.doubt.alternatives import ALTERNATIVES, CONTACT, Alternative, as_it_is
from ccmsim.studies.running import Study, check_few, net

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

SHOWN: Final = ("two_nurses", "structured_75", "informal_200")
AS_IT_IS: Final = "as it is"

Year = Callable[[Scenario, bool], tuple[Floats, Floats]]
"""Points and net of a scenario; whether only months with a call or chart work of staff count."""


@dataclass(frozen=True, kw_only=True)
class Structure:
    """What other rules move.

    Parameters
    ----------
    alternatives : tuple of Alternative
    advice : tuple of Advice
    effects : mapping of (alternative, preset, measure) to Estimate
        Paired differences to the model as it is; measures "points" of the billable share and
        "net_usd" a year.
    gains : mapping of (alternative, advice) to Estimate
        What following an advice adds to a year's net, US dollars; `AS_IT_IS` among the
        alternatives.
    months, warmup_months, replications, seed : int
    level : float
        Coverage of every interval, one by one.
    """

    alternatives: tuple[Alternative, ...]
    advice: tuple[Advice, ...]
    effects: Mapping[tuple[str, str, str], Estimate]
    gains: Mapping[tuple[str, str], Estimate]
    months: int
    warmup_months: int
    replications: int
    seed: int
    level: float

    def stands(self, alternative: str, advice: str) -> bool | None:
        """Return whether an advice still pays under an alternative; None where it is open.

        So it is where the alternative is what the advice is about.
        """
        found = self.gains.get((alternative, advice))
        if found is None:
            return None
        return True if found.low > 0.0 else False if found.high < 0.0 else None

    @property
    def asked(self) -> int:
        """How many pairs of an advice and an alternative are asked."""
        return sum(
            advice.name not in alternative.about
            for advice in self.advice
            for alternative in self.alternatives
        )

    def against(self, advice: str, *, pays: bool) -> tuple[tuple[Alternative, bool | None], ...]:
        """Return the alternatives under which an advice is not surely as said, and how it stands.

        Those are left out that the advice is about. `pays` says whether it is held to pay, or to
        cost.
        """
        return tuple(
            (alternative, stands)
            for alternative in self.alternatives
            if advice not in alternative.about
            and (stands := self.stands(alternative.name, advice)) is not pays
        )

    @property
    def reversals(self) -> tuple[tuple[str, str], ...]:
        """The alternatives and advice where the sign is surely another one than as it is."""
        return tuple(
            (alternative.name, advice.name)
            for advice in self.advice
            for alternative in self.alternatives
            if {self.stands(AS_IT_IS, advice.name), self.stands(alternative.name, advice.name)}
            == {True, False}
        )

    def table(self) -> pd.DataFrame:
        """Return every effect as a row.

        Returns
        -------
        pandas.DataFrame
            Index (alternative, of, measure): of a preset "points" and "net_usd", of an advice
            "gain_usd"; columns value, standard_error, low, high, level, replications and method.
        """
        numbers = dict(self.effects) | {(*key, "gain_usd"): e for key, e in self.gains.items()}
        return table_of(numbers, ["alternative", "of", "measure"])

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as plain values."""
        names = ("months", "warmup_months", "replications", "seed", "level")
        return {name: getattr(self, name) for name in names} | {
            "effects": [
                {"alternative": a, "preset": p, "measure": m, **plain_estimate(e)}
                for (a, p, m), e in self.effects.items()
            ],
            "gains": [
                {"alternative": a, "advice": n, **plain_estimate(e)}
                for (a, n), e in self.gains.items()
            ],
        }

    def to_json(self) -> str:
        """Return `as_dict` as JSON text."""
        return json.dumps(self.as_dict(), indent=2, allow_nan=False)

    def plot(self) -> Figure:
        """Return a figure: points of the billable share by alternative and preset."""
        from ccmsim.studies.doubt.views import structure_figure

        return structure_figure(self)

    def __str__(self) -> str:
        from ccmsim.studies.doubt.views import structure_text

        return structure_text(self)


def structure(
    *,
    alternatives: tuple[Alternative, ...] = ALTERNATIVES,
    advice: tuple[Advice, ...] = ADVICE,
    replications: int = 60,
    seed: int = 0,
    level: float = 0.95,
    workers: int | None = None,
) -> Structure:
    """Change one rule of the model at a time, and see what moves and whether the advice stands.

    Parameters
    ----------
    alternatives : tuple of Alternative
    advice : tuple of Advice
    replications, seed, workers
        As in `ccmsim.simulate`; each of some 700 scenarios where nothing is chosen.
    level : float
        Coverage of every interval, one by one.

    Raises
    ------
    ccmsim.errors.InputError
        When there are fewer than 3 replications.

    Examples
    --------
    >>> voices = tuple(each for each in ALTERNATIVES if each.name == "no_voices")
    >>> found = structure(alternatives=voices, advice=ADVICE[:1], replications=3)
    >>> found.reversals
    ()
    """
    check_few(replications)
    study = Study(0, "structure", replications, seed, level, workers)
    year = cache(lambda scenario, contact: _year(study, scenario, contact))
    today = _measured(year, advice, as_it_is, contact=False)
    effects: dict[tuple[str, str, str], Estimate] = {}
    found = {(AS_IT_IS, name): mean(gain, level=level) for name, gain in today[1].items()}
    for alternative in alternatives:
        by_contact = alternative.name == CONTACT
        other = _measured(year, advice, alternative.alter, contact=by_contact)
        for key, values in other[0].items():
            effects[alternative.name, *key] = paired_difference(values, today[0][key], level=level)
        for name, gain in other[1].items():
            if name not in alternative.about:
                found[alternative.name, name] = mean(gain, level=level)
    return Structure(
        alternatives=alternatives,
        advice=advice,
        effects=effects,
        gains=found,
        months=study.months,
        warmup_months=study.warmup_months,
        replications=replications,
        seed=seed,
        level=level,
    )


def _measured(
    year: Year, advice: tuple[Advice, ...], alter: Alteration, *, contact: bool
) -> tuple[dict[tuple[str, str], Floats], dict[str, Floats]]:
    """Return points and net of the presets that are shown, and what each advice adds."""
    measured: dict[tuple[str, str], Floats] = {}
    for preset in SHOWN:
        points, dollars = year(alter(load(preset)), contact)
        measured[preset, "points"], measured[preset, "net_usd"] = points, dollars
    return measured, gains(alter, lambda scenario: year(scenario, contact)[1], advice)


def _year(study: Study, scenario: Scenario, contact: bool) -> tuple[Floats, Floats]:
    """Return the billable share, points, and the net."""
    results = study.run(scenario)
    points = billable_points(results.values)
    dollars = net(results)
    if not contact:
        return points, dollars
    lost = _without_contact(study, scenario)
    billed = totals(results, "billable_patients")
    worth = totals(results, "finally_paid_usd") / np.maximum(billed, 1.0)
    each = worth - scenario.finance.oversight_usd_per_claim
    share = 100.0 * lost / totals(results, "enrolled_patients")
    return points - share, dollars - lost * each


def _without_contact(study: Study, scenario: Scenario) -> Floats:
    """Return how many billed patient-months had no answered call and no chart work."""
    from ccmsim.engine.inputs import prepare
    from ccmsim.engine.judgement import judge
    from ccmsim.office import compiled_facts

    first = study.warmup_months
    inputs = prepare(scenario, study.months, warmup_months=first)
    lost = []
    for replication in range(study.replications):
        facts = compiled_facts(inputs, study.seed, replication)
        status = judge(facts, inputs, study.seed, replication).status
        rows = facts.patient_months
        silent = (status == rules.BILLABLE) & (rows["served"] == 0) & (rows["month"] >= first)
        lost.append(float(silent.sum()))
    return np.array(lost)
