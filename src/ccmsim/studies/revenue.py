"""Claims about revenue: what it follows, how it grows, what limits it, how even and how sure it is.

Comes in: settings of simulations. Goes out: a `Claim` from each function. Nothing is tuned here:
the scenarios are presets, and bounds of tests were set before the first run.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from ccmsim import ideal
from ccmsim.analyses.smoothing import smoothing as even_months
from ccmsim.estimation import Estimate, ratio_of_means, share
from ccmsim.measures import totals
from ccmsim.scenario import load
from ccmsim.studies.claim import Claim
from ccmsim.studies.running import Study, above, below, billed, net
from ccmsim.wording import cell


def patients_not_visits(
    *, replications: int = 200, seed: int = 0, level: float = 0.95, workers: int | None = None
) -> Claim:
    """Test whether revenue follows patients who are managed and documented, and not visits.

    Parameters
    ----------
    replications, seed, workers
        As in `ccmsim.simulate`.
    level : float
        Coverage of every interval, one by one.

    Examples
    --------
    >>> found = patients_not_visits(replications=20)
    >>> found.effects["visits"].estimate.value
    0.0
    """
    study = Study(1, "patients_not_visits", replications, seed, level, workers)
    practice = load("two_nurses").but({"visits": {"per_month": 300.0}})
    today = billed(study.run(practice))
    halved: dict[str, tuple[str, dict[str, Any]]] = {
        "visits": ("half as many visits", {"visits.per_month": 150.0}),
        "patients": ("half as many enrolled patients", {"panel.enrolled_at_start": 100}),
        "hours": ("half of the coordinators' hours", {"staff.nurses.hours_per_week": 8.0}),
        "documented": (
            "three of ten months not documented", {"documentation.failure_share": 0.3},
        ),
    }  # fmt: skip
    for name, (words, changes) in halved.items():
        study.percent(name, f"Billed, {words}", billed(study.run(practice, changes)), today)
    rural = load("rural_clinic")
    rarer = {"enrollment.visit_share_per_month": rural.enrollment.visit_share_per_month / 2.0} if (
        rural.enrollment
    ) else {}  # fmt: skip
    asked = study.percent(
        "asked_at_visits",
        "Billed where people are asked at visits, half as many visits",
        billed(study.run(rural, rarer)),
        billed(study.run(rural)),
    )
    return study.claim(
        "Revenue follows enrolled patients who are managed and documented, not visits.",
        "Holds when people are enrolled otherwise than at visits: in the model visits enter only "
        "there. Where they are asked when they come anyway, half as many visits change what is "
        f"billed by {cell(asked)} %, and that test decides.",
        above(
            "asked_at_visits",
            -1.0,
            "half as many visits cost less than 1 % where people are asked at visits",
            later=True,
        ),
        above(
            "visits",
            -1.0,
            "so they do where nobody is asked at visits (by construction: it "
            "cannot fail, and decides nothing)",
        ),
        below("patients", -20.0, "half as many patients cost more than 20 %"),
        below("hours", -20.0, "half of the hours cost more than 20 %"),
        below("documented", -20.0, "three of ten months undocumented cost more than 20 %"),
    )


def stages(
    *, replications: int = 200, seed: int = 0, level: float = 0.95, workers: int | None = None
) -> Claim:
    """Test whether revenue is small at first and adds up: three years from 25 patients.

    Parameters are those of `patients_not_visits`.

    Examples
    --------
    >>> stages(replications=20).scenarios
    ('early_25',)
    """
    study = Study(2, "stages", replications, seed, level, workers, months=36, warmup_months=0)
    results = study.run(load("early_25"))
    billed_years = [
        results.values["billed_usd"][:, first : first + 12].sum(axis=1) for first in (0, 12, 24)
    ]
    net_months = results.values["net_usd"]
    net_years = [net_months[:, first : first + 12].sum(axis=1) for first in (0, 12, 24)]
    for year, (bill, left) in enumerate(zip(billed_years, net_years, strict=True), start=1):
        study.average(f"billed_{year}", f"Billed in year {year}", "USD", bill)
        study.average(f"net_{year}", f"Net in year {year}", "USD", left)
    study.difference(
        "second", "Billed in year 2 more than in year 1", "USD", billed_years[1], billed_years[0]
    )
    study.difference(
        "third", "Billed in year 3 more than in year 2", "USD", billed_years[2], billed_years[1]
    )
    whole = np.sum(billed_years, axis=0)
    first = study.average(
        "first_share", "Of three years' bills, year 1", "%", 100.0 * billed_years[0] / whole
    )
    total = study.average("net", "Net of three years", "USD", net_months.sum(axis=1))
    behind = (np.cumsum(net_months, axis=1) < 0.0).sum(axis=1).astype(float)
    late = study.average("behind", "Months with the net since the start below 0", "months", behind)
    return study.claim(
        "Revenue is small at first and cumulative: an early, a growing and a mature stage.",
        "Holds when a programme begins with few patients and has hours to ask more: the bills grow "
        f"from year to year. {_small(first)} at first: year 1 has {cell(first)} % of three "
        "years' bills, and even years would have 33. Whether the growth pays is another "
        "question: the net of three years is "
        f"{cell(total)} USD, and the sum since the start is below 0 in {cell(late)} of 36 months.",
        above("second", 0.0, "more is billed in year 2 than in year 1"),
        above("third", 0.0, "more is billed in year 3 than in year 2"),
        below("first_share", SMALL, "year 1 has less than a quarter of three years' bills"),
        above("net", 0.0, "the net of three years is above 0"),
    )


SMALL: Final = 25.0
"""Percent of three years' bills below which the first year's are small."""


def _small(first: Estimate) -> str:
    """Return in words whether the first year's bills are small."""
    if first.high < SMALL:
        return "They are small"
    return "They are not that small" if first.low > SMALL else "It is open whether they are small"


def execution(
    *, replications: int = 200, seed: int = 0, level: float = 0.95, workers: int | None = None
) -> Claim:
    """Test whether execution limits revenue, and not demand.

    Parameters are those of `patients_not_visits`.

    Examples
    --------
    >>> execution(replications=20).number
    3
    """
    study = Study(3, "execution", replications, seed, level, workers)
    for name in LIMITED:
        practice = load(name)
        today = billed(study.run(practice))
        more = round(1.2 * practice.panel.enrolled_at_start)
        hours = {
            f"staff.{group}.hours_per_week": 1.2 * (each.hours_per_week or 0.0)
            for group, each in practice.staff.items()
        }
        perfect = ideal.unlimited_staff(ideal.no_disruptions(practice))
        patients = billed(study.run(practice, {"panel.enrolled_at_start": more}))
        longer = billed(study.run(practice, hours))
        study.percent(f"{name}.patients", f"Billed, a fifth more patients ({name})",
                      patients, today)  # fmt: skip
        study.percent(f"{name}.hours", f"Billed, a fifth more hours ({name})", longer, today)
        study.difference(
            f"{name}.alike", f"Billed, a fifth more hours less a fifth more patients ({name})",
            "USD", longer, patients,
        )  # fmt: skip
        study.percent(
            f"{name}.perfect", f"Billed, perfect execution ({name})",
            billed(study.run(perfect)), today,
        )  # fmt: skip
    told = {name: cell(effect.estimate) for name, effect in study.effects.items()}
    return study.claim(
        "Execution, not demand, limits revenue.",
        "Holds when staff have no time to spare. Demand limits what grows as it does: by 20 % with "
        f"a fifth more patients, who bring {told['two_nurses.patients']} % to two_nurses (no spare "
        f"time, each nurse helps the other) and {told['structured_75.patients']} % to "
        "structured_75 (one nurse, a substitute on call). Perfect execution, nobody ever away and "
        f"staff without limit, adds {told['two_nurses.perfect']} % and "
        f"{told['structured_75.perfect']} %. Like set beside like, {_limits(study)}.",
        below("two_nurses.patients", 10.0, "two_nurses: a fifth more patients bring under 10 %"),
        above("two_nurses.perfect", 10.0, "two_nurses: perfect execution brings more than 10 %"),
        below(
            "structured_75.patients", 10.0,
            "structured_75: a fifth more patients bring under 10 %",
        ),
        above(
            "structured_75.perfect", 10.0, "structured_75: perfect execution brings more than 10 %"
        ),
        *(
            above(f"{name}.alike", 0.0, f"{name}: a fifth more hours bring more than a fifth more "
                  "patients", later=True)
            for name in LIMITED
        ),
    )  # fmt: skip


LIMITED: Final = ("two_nurses", "structured_75")


def _limits(study: Study) -> str:
    """Return in words what limits each practice more, a fifth of its hours or of its patients."""
    found = []
    for name in LIMITED:
        more = study.effects[f"{name}.alike"].estimate
        usd = f"({cell(more)} USD for hours less for patients)"
        if more.low > 0.0:
            found.append(f"hours limit {name} more than patients do {usd}")
        elif more.high < 0.0:
            found.append(f"patients limit {name} more than hours do {usd}")
        else:
            found.append(f"it is open which limits {name} more {usd}")
    return ", and ".join(found)


def smoothing(
    *, replications: int = 200, seed: int = 0, level: float = 0.95, workers: int | None = None
) -> Claim:
    """Test whether the programme evens out the months' income.

    Parameters are those of `patients_not_visits`; `two_nurses` is simulated five times as often.

    Examples
    --------
    >>> smoothing(replications=20).months
    24
    """
    study = Study(7, "smoothing", replications, seed, level, workers, months=24)
    notes: list[str] = []
    for name, practice, times in (
        ("two_nurses", load("two_nurses").but({"visits": {"per_month": 300.0}}), 5),
        ("mature_300", load("mature_300"), 1),
    ):
        study.scenarios.append(name)
        notes.append(f"{name} {times * replications:,} replications")
        found = even_months(
            practice,
            months=24,
            replications=times * replications,
            seed=seed,
            level=level,
            workers=workers,
        )
        for case, words in CASES.items():
            study.enter(
                f"{name}.{case}", f"cv of both together less that of visits, {words} ({name})",
                "cv", found.numbers[case, "pair", "change"],
            )  # fmt: skip
            study.enter(
                f"{name}.{case}.visits", f"cv of visits alone, {words} ({name})", "cv",
                found.numbers[case, "visits", "cv"],
            )  # fmt: skip
    study.note = ", ".join(notes)
    return study.claim(
        "The programme evens out the practice's income from month to month.",
        f"Holds when the programme is {_evened(study, True)}; not, or not surely, where it is "
        f"{_evened(study, False)}. Income is net by cash; a negative difference is evening out.",
        *(
            below(f"{name}.{case}", 0.0, f"{name}, {words}: the cv of both together is lower")
            for name in ("two_nurses", "mature_300")
            for case, words in CASES.items()
        ),
    )


CASES: Final = {"usual": "usual months", "shocks": "with shocks"}
BESIDE: Final = {
    "two_nurses": "that of two_nurses beside 300 visits a month",
    "mature_300": "that of mature_300 beside its 900",
}


def _evened(study: Study, wanted: bool) -> str:
    """Return where both together are surely more even than visits alone, or where they are not."""
    found = []
    for name, words in BESIDE.items():
        cases = [
            CASES[case] for case in CASES
            if (study.effects[f"{name}.{case}"].estimate.high < 0.0) is wanted
        ]  # fmt: skip
        if cases:
            found.append(f"{words} ({', '.join(cases)})")
    return " or ".join(found) or "any other"


def projections(
    *, replications: int = 200, seed: int = 0, level: float = 0.95, workers: int | None = None
) -> Claim:
    """Test whether a projection of perfect execution misleads, and by how much.

    Parameters are those of `patients_not_visits`.

    Examples
    --------
    >>> projections(replications=20).outcomes[0]
    True
    """
    study = Study(8, "projections", replications, seed, level, workers)
    names = ("two_nurses", "solo_nurse", "structured_75", "informal_200")
    for name in names:
        results = study.run(load(name))
        plan, bill = totals(results, "plan_usd"), billed(results)
        study.average(
            f"{name}.billed", f"Billed, of the projection ({name})", "%", 100.0 * bill / plan
        )
        cost = totals(results, "staff_cost_usd") + totals(results, "other_cost_usd")
        study.average(
            f"{name}.net", f"Net less than projected ({name})", "USD", plan - cost - net(results)
        )
        billable, enrolled = (totals(results, f"{n}_patients") for n in ("billable", "enrolled"))
        study.enter(
            f"{name}.months", f"Billable months, of the projection's ({name})", "%",
            ratio_of_means(billable, enrolled, level=level).times(100.0),
        )  # fmt: skip
        study.enter(
            f"{name}.each", f"Billed a billable month, of the projection's ({name})", "%",
            ratio_of_means(bill, plan * billable / enrolled, level=level).times(100.0),
        )  # fmt: skip
        reached = int((bill >= 0.9 * plan).sum())
        study.enter(
            f"{name}.reached", f"Years with nine tenths of the projection ({name})", "%",
            share(reached, bill.size, level=level).times(100.0),
        )  # fmt: skip
    best = study.effects["structured_75.billed"].estimate
    worst = study.effects["informal_200.billed"].estimate
    return study.claim(
        "Projections of perfect execution mislead.",
        "Holds when minutes are short, calls unanswered and entries lost as in most of these "
        f"presets, and least where the work is owned and covered. They promise "
        f"{100.0 / worst.value:.1f} times what an informal practice bills ({cell(worst)} % of the "
        f"projection). A structured one bills {cell(best)} %: "
        f"{cell(study.effects['structured_75.months'].estimate)} % of the projected months, at "
        f"{cell(study.effects['structured_75.each'].estimate)} % of the projected amount each, for "
        "the projection knows no add-on units.",
        *(
            below(f"{name}.billed", 90.0, f"{name} bills less than nine tenths of the projection")
            for name in names
        ),
    )
