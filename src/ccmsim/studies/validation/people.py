"""Targets about people: how often staff are away, how often patients answer, small teams.

Comes in: settings of simulations. Goes out: a `Finding` from each function. Nothing is tuned.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import numpy as np

from ccmsim import ideal
from ccmsim.arrays import Floats
from ccmsim.estimation import ratio_of_means, share
from ccmsim.estimation.estimate import rest
from ccmsim.measures import totals
from ccmsim.scenario import load
from ccmsim.scenario.disruptions import CAUSES
from ccmsim.scenario.model import Scenario
from ccmsim.studies.running import Study, net
from ccmsim.studies.validation.facts import facts_of
from ccmsim.studies.validation.finding import Finding, Published, finding

_SICK, _LEAVE = CAUSES.index("sick_spells"), CAUSES.index("extended_leave")
_WINTER, _SUMMER = [0, 1, 11], [5, 6, 7]
_DAYS: Final = 250.0


def only(scenario: Scenario, *names: str) -> Scenario:
    """Return the scenario with these disruptions alone."""
    return ideal.without(scenario, *(name for name in scenario.disruptions if name not in names))


def absence(
    *, replications: int = 200, seed: int = 0, level: float = 0.95, workers: int | None = None
) -> Finding:
    """Set absence beside what surveys say of it: one seat of `solo_nurse`, a year, no outbreaks.

    Ten times the replications, of a panel of one patient: nobody else is needed.

    Parameters
    ----------
    replications, seed, workers
        As in `ccmsim.simulate`.
    level : float
        Coverage of every interval, one by one.

    Examples
    --------
    >>> absence(replications=4).outcomes[0]
    'given'
    """
    study = Study(3, "absence", 10 * replications, seed, level, workers, warmup_months=12)
    seat = only(load("solo_nurse"), "sick", "extended_leave").but({"panel.enrolled_at_start": 1})
    _absence(study, study.run(seat).values)
    return finding(
        study,
        "Absence of coordinators",
        (
            Published("ill", 43.5, 43.5, "NHIS 2017, employed women", given=True),
            Published("leave", 15.0, 15.0, "US DOL 2018", given=True),
            Published("days", 28.0, 28.0, "US DOL 2018", given=True),
            Published("season", 1.3, 2.1, "Gianino 2017 and others: 1.65", given=True),
            Published("lost", 2.4, 3.0, "BLS CPS 2017, health care"),
        ),
        said=(
            "One figure is a test: the time lost, which two inputs give together and a third "
            "source tells. The others show that the inputs do what they were set to do. The "
            "published ratio of seasons is that of the cosine's peak and trough; three months "
            "around each lie closer together. A leave that begins late in a year is counted in "
            "two."
        ),
        calibrated=(
            "spells and their frailty from the 3 days lost a year and the 43.5 %; leaves from the "
            "15 % and the 28 days; the season from the ratio. The time lost was not used."
        ),
        scenarios=("one seat of solo_nurse with illness and long leave alone",),
    )


def _absence(study: Study, values: Mapping[str, Any]) -> None:
    """Enter how often and how long the seat was away."""
    lost, template = values["lost_minutes"], values["template_minutes"]
    away, desk = lost.sum(axis=1), template.sum(axis=1)
    for name, words, cause in (
        ("ill", "Any day lost to illness in a year", _SICK),
        ("leave", "Any long leave in a year", _LEAVE),
    ):
        count = int((away[:, cause] > 0.0).sum())
        study.enter(name, words, "%", share(count, len(away), level=study.level).times(100.0))
    study.enter(
        "days", "Days lost in a year with a long leave", "days",
        ratio_of_means(_DAYS * away[:, _LEAVE] / desk, (away[:, _LEAVE] > 0.0).astype(float),
                       level=study.level),
    )  # fmt: skip
    rate = [
        (lost[:, months, _SICK].sum(axis=1) / template[:, months].sum(axis=1))
        for months in (_WINTER, _SUMMER)
    ]
    study.enter(
        "season", "Illness, December to February ÷ June to August", "times",
        ratio_of_means(rate[0], rate[1], level=study.level),
    )  # fmt: skip
    study.enter(
        "lost", "Time lost to illness and long leave", "%",
        ratio_of_means(away[:, [_SICK, _LEAVE]].sum(axis=1), desk, level=study.level).times(100.0),
    )  # fmt: skip


def reach(
    *, replications: int = 200, seed: int = 0, level: float = 0.95, workers: int | None = None
) -> Finding:
    """Set how many patients are spoken with beside published follow-up calls.

    Parameters are those of `absence`.
    """
    few = max(replications // 4, 20)
    study = Study(4, "reach", few, seed, level, workers)
    published = []
    law = {"family": "beta", "a": 0.70, "b": 0.75}
    for calls, low, high, source in (
        (2, 65.0, 65.0, "JGIM 2014"), (4, 68.0, 73.0, "AEM 2013"),
    ):  # fmt: skip
        results = study.run(load("perfect"), _callers(law, calls))
        study.enter(
            f"calls_{calls}", f"Patients who answer one of {calls} calls", "%",
            _reached(results, level),
        )  # fmt: skip
        published.append(Published(f"calls_{calls}", low, high, source, given=True))
    third = "primary-care follow-up calls: full contact"
    neither = "primary-care follow-up calls: 29 % a message, 9.5 % never"
    study.enter("two.not", "Not spoken with in two calls", "%",
                rest(study.effects["calls_2"].estimate, 100.0))  # fmt: skip
    published.append(Published("two.not", 38.5, 38.5, neither))
    for name in ("two_nurses", "structured_75"):
        called = _called(load(name), few, seed)
        study.scenarios.append(name)
        spoken = study.enter(
            name, f"Months with an answered call, of those with any ({name})", "%",
            ratio_of_means(called.answered, called.months, level=level).times(100.0),
        )  # fmt: skip
        published.append(Published(name, 61.5, 61.5, third))
        study.enter(f"{name}.not", f"Months with calls and none answered ({name})", "%",
                    rest(spoken, 100.0))  # fmt: skip
        study.enter(
            f"{name}.never", f"Patients called in a year of months, never spoken with ({name})",
            "%", ratio_of_means(called.never, called.patients, level=level).times(100.0),
        )  # fmt: skip
        published.append(Published(f"{name}.never", 9.5, 9.5, "the same: never got through"))
    return finding(
        study,
        "Reaching patients",
        published,
        said=(
            "Follow-up calls of another study, which says nothing of how often it called, reached "
            "61.5 % in person, left 29 % a message and never got through to 9.5 %. The model has "
            "no messages, so its unanswered calls stand beside the two together. In its months, "
            "up to four or five calls are made, a nurse whom one knows calls, and a final push "
            "follows, so more are reached; of those who were called in every month of a year few "
            "never answer, which is another question than the study's."
        ),
        calibrated=(
            "the law of the answer probability from the figures for two and four calls; that of "
            "structured_75 is assumed (scheduled calls). The third study was used for nothing."
        ),
    )


def _callers(law: dict[str, Any], calls: int) -> dict[str, Any]:
    """Return what makes a month of `perfect` billable exactly where one of n calls is answered."""
    return {
        "contact.answer_probability": law,
        "contact.max_attempts": calls,
        "contact.retry_gap_days": 1,
        "contact.final_push_days": 0,
        "staff.coordinator.hours_per_week": 40.0,
    }


def _reached(results: Any, level: float) -> Any:
    billed, enrolled = (totals(results, f"{n}_patients") for n in ("billable", "enrolled"))
    return ratio_of_means(billed, enrolled, level=level).times(100.0)


class _Called(NamedTuple):
    """By replication: months with calls, and with an answer; patients, and those never met."""

    months: Floats
    answered: Floats
    patients: Floats
    never: Floats


def _called(scenario: Scenario, replications: int, seed: int) -> _Called:
    """Count who was called and who was spoken with, in a year after six months.

    Chart work follows a contact of the month, so a month with a service and no answered call can
    only be one of an inbound call and chart work after it. Patients count who were enrolled, and
    called, in each of the twelve months.
    """
    found = []
    for facts in facts_of(
        scenario, months=12, warmup_months=6, replications=replications, seed=seed
    ):
        rows = facts.patient_months
        rows = rows[(rows["month"] >= 6) & (rows["attempts"] > 0)]
        spoken = rows["served"] > 0
        patients, index = np.unique(rows["patient"], return_inverse=True)
        months = np.bincount(index, minlength=patients.size)
        ever = np.bincount(index, spoken, minlength=patients.size) > 0
        whole = months == 12
        found.append((rows.size, spoken.sum(), whole.sum(), (whole & ~ever).sum()))
    return _Called(*np.array(found, float).T)


AWAY: Final = 0.03
TEAMS: Final = {1: 3.0, 2: 6.0, 3: 9.0, 5: 14.0}
HOURS: Final = (10.0, 12.0, 14.0, 16.0, 18.0, 20.0, 22.0, 24.0)


def teams(
    *, replications: int = 200, seed: int = 0, level: float = 0.95, workers: int | None = None
) -> Finding:
    """Set small teams beside the binomial, and the best hours beside a fluid model's.

    Parameters are those of `absence`.
    """
    few = max(replications, 20)
    study = Study(5, "teams", few, seed, level, workers)
    published = []
    for size, percent in TEAMS.items():
        out = _days_out(_rarely_ill(size), few, seed)
        study.average(f"someone_{size}", f"Days with someone out, of {size}", "%",
                      100.0 * (out > 0).mean(axis=1))  # fmt: skip
        published.append(Published(f"someone_{size}", percent - 0.5, percent + 0.5,
                                   "1 − (1 − p)ⁿ", given=True))  # fmt: skip
        if size == 2:
            study.average("all_2", "Days with all out, of 2", "%", 100.0 * (out == 2).mean(axis=1))
            published.append(Published("all_2", 0.09, 0.09, "pⁿ", given=True))
    out = _days_out(load("two_nurses").but({"panel.enrolled_at_start": 1}), few, seed)
    one = study.average(
        "nurse", "Days that a nurse of two_nurses is out", "%", 50.0 * out.mean(axis=1)
    )
    study.average("both", "Days that both are out", "%", 100.0 * (out == 2).mean(axis=1))
    study.exact("alone", "The same, were absences independent", "%", one.value**2 / 100.0)
    best, fluid = _best_hours(study)
    published.append(Published(best, fluid - 1.0, fluid + 1.0, "fluid model, Whitt 2006"))
    return finding(
        study,
        "Small teams",
        published,
        said=(
            "Independent absences follow the binomial, whose p was put in: that tests the machine "
            "and not the model. Those of a practice do not: closures take "
            "both nurses at once, and outbreaks make them ill together. The fluid model staffs for "
            "a random share of the hours that are present: what is billed is limited by the "
            "patients who can be reached, or by the minutes that are there. It knows no queue, no "
            "calendar and no patient."
        ),
        calibrated=(
            "the days out from the 3 % of the binomial; the fluid model's four numbers (minutes a "
            "billed month takes, most that can be "
            "billed, worth of a billed month, cost of an hour) and its law of presence are "
            "measured on two_nurses at its own 16 hours; the best hours are not."
        ),
        scenarios=("two_nurses, and teams that are ill on 3 % of days",),
    )


def _rarely_ill(size: int) -> Scenario:
    """Return a team each of whom is out on `AWAY` of the days, a day at a time."""
    return only(load("two_nurses"), "sick").but(
        {
            "panel.enrolled_at_start": 1,
            "staff.nurses.coordinators": size,
            "disruptions.sick.spells_per_year": AWAY * _DAYS,
            "disruptions.sick.length_days": {"family": "constant", "value": 1.0},
            "disruptions.sick.season_amplitude": 0.0,
            "disruptions.sick.frailty_shape": None,
        }
    )


def _days_out(scenario: Scenario, replications: int, seed: int) -> Floats:
    """Return how many seats are out, by replication and business day."""
    found = []
    for facts in facts_of(
        scenario, months=12, warmup_months=6, replications=replications, seed=seed
    ):
        out = (facts.on_duty_minutes == 0.0) & (facts.template_minutes > 0.0)
        found.append(out.sum(axis=0)[-245:])
    return np.array(found, float)


def _best_hours(study: Study) -> tuple[str, float]:
    """Enter the simulation's best hours; return the effect's name, and the fluid model's hours."""
    practice = load("two_nurses")
    nets, results = [], None
    for hours in HOURS:
        ran = study.run(practice, {"staff.nurses.hours_per_week": hours})
        nets.append(net(ran))
        results = ran if hours == 16.0 else results
    study.statistic(
        "best", "Hours a week and nurse with most net, simulated", "hours",
        lambda *of: HOURS[int(np.argmax([values.mean() for values in of]))], *nets,
    )  # fmt: skip
    ceiling = study.run(ideal.ceiling(practice), replications=max(study.replications // 5, 4))
    most = totals(ceiling, "billable_patients").mean() / study.months
    fluid = fluid_hours(results, most)
    study.exact("fluid", "The same by the fluid model", "hours", fluid)
    return "best", fluid


def fluid_hours(results: Any, most: float) -> float:
    """Return the hours with most E[worth · min(most, minutes present ÷ minutes a month)] − cost.

    Parameters
    ----------
    results : Results
        Of the practice at 16 hours a week: presence, minutes and worth are taken from it.
    most : float
        Patients who could be billed a month without any want of staff.
    """
    values = results.values
    present = values["on_duty_minutes"] / values["template_minutes"]
    template = values["template_minutes"] / 16.0
    billed = totals(results, "billable_patients").sum()
    minutes = totals(results, "worked_minutes").sum() / billed
    paid = totals(results, "finally_paid_usd").sum() / billed
    worth = paid - results.scenario.finance.oversight_usd_per_claim
    hour = values["staff_cost_usd"].mean() / 16.0
    grid = np.arange(8.0, 40.0, 0.25)
    nets = [
        float((worth * np.minimum(most, h * template * present / minutes)).mean() - hour * h)
        for h in grid
    ]
    return float(grid[int(np.argmax(nets))])
