"""Targets about programmes: months billed per user in the nation, and a published cost study.

Comes in: settings of simulations. Goes out: a `Finding` from each function. Nothing is tuned.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from ccmsim import rules
from ccmsim.arrays import Bools, Floats
from ccmsim.estimation import ratio_of_means
from ccmsim.measures import totals
from ccmsim.scenario import load
from ccmsim.studies.running import Study, net
from ccmsim.studies.validation.finding import Finding, Published

FIRST: Final = 24
YEARS: Final = 48
GROWING: Final = ("growth_100", "early_25", "rural_clinic")
BILLED_MONTHS: Final = 4.8
ATTRITION: Final = (0.02, 0.04, 0.06, 0.08, 0.10)


def ridge(share: float, attrition: float, *, months: int = FIRST) -> tuple[float, float]:
    """Return billed months per ever-user, and the ever-users with one, by the simplest model.

    Enrollment is even over the months, a month is billed with probability `share`, and a patient
    leaves at each month's end with probability `attrition`.

    Examples
    --------
    >>> [round(ridge(p, a)[0], 1) for p, a in ((0.5, 0.053), (0.6, 0.078), (0.7, 0.102))]
    [4.8, 4.8, 4.8]
    """
    billed = users = once = 0.0
    for left in range(1, months + 1):
        k = np.arange(1, left + 1)
        stays = attrition * (1.0 - attrition) ** (k - 1)
        stays[-1] = (1.0 - attrition) ** (left - 1)
        billed += share * float(stays @ k)
        users += 1.0 - float(stays @ (1.0 - share) ** k)
        once += float(stays @ (k * share * (1.0 - share) ** (k - 1)))
    return billed / users, once / users


def share_on_ridge(attrition: float, billed_months: float = BILLED_MONTHS) -> float:
    """Return the share of months billed with which the simplest model gives so many months."""
    low, high = 0.01, 1.0
    for _ in range(50):
        middle = (low + high) / 2.0
        low, high = (middle, high) if ridge(middle, attrition)[0] < billed_months else (low, middle)
    return low


def national(
    *, replications: int = 200, seed: int = 0, level: float = 0.95, workers: int | None = None
) -> Finding:
    """Set billed months per user beside those of the nation.

    Practices that begin with nobody enrolled, four years each: the first two stand for the
    nation's first 24 months, the third and fourth for its 2017 and 2018.

    Parameters
    ----------
    replications, seed, workers
        As in `ccmsim.simulate`; a fourth of the replications for each practice.
    level : float
        Coverage of every interval, one by one.

    Examples
    --------
    >>> found = national(replications=20)
    >>> found.effects["growth_100.months"].unit
    'months'
    """
    few = max(replications // 4, 20)
    study = Study(1, "national", few, seed, level, workers, months=YEARS, warmup_months=0)
    published = []
    for name in GROWING:
        scenario = load(name).but({"panel.enrolled_at_start": 0})
        results = study.run(scenario, keep="patient_months")
        status = results.values["patient_status"]
        billed = status == rules.BILLABLE
        users, months, once = _users(billed[:, :, :FIRST])
        late = _users(billed[:, :, FIRST : FIRST + 12]), _users(billed[:, :, FIRST + 12 :])
        entries = (
            ("months", "billed months per ever-user, first 24 months", "months",
             ratio_of_means(months, users, level=level)),
            ("once", "ever-users with one billed month", "%",
             ratio_of_means(once, users, level=level).times(100.0)),
            ("year", "billed months per user and calendar year, years 3 and 4", "months",
             ratio_of_means(late[0][1] + late[1][1], late[0][0] + late[1][0], level=level)),
        )  # fmt: skip
        for key, words, unit, estimate in entries:
            study.enter(f"{name}.{key}", f"{name}: {words}", unit, estimate)
        enrolled = (status >= 0).sum(axis=(1, 2)).astype(float)
        left = ((status[:, :, :-1] >= 0) & (status[:, :, 1:] < 0)).sum(axis=(1, 2)).astype(float)
        study.enter(
            f"{name}.share", f"{name}: share of enrolled months billed", "%",
            ratio_of_means(billed.sum(axis=(1, 2)).astype(float), enrolled, level=level).times(100),
        )  # fmt: skip
        study.enter(
            f"{name}.attrition", f"{name}: attrition a month", "%",
            ratio_of_means(left, enrolled, level=level).times(100.0),
        )  # fmt: skip
        source = "three national sources"
        published += [
            Published(f"{name}.months", 4.75, 4.85, source),
            Published(f"{name}.once", 18.5, 19.5, source, given=True),
            Published(f"{name}.year", 4.8, 5.8, f"{source}, 2017 to 2018"),
        ]
    return Finding(
        number=1,
        name="national",
        title="The nation: billed months per user",
        effects=study.effects,
        published=tuple(published),
        said=(
            "A share of months billed and an attrition together make the months per user, so the "
            "national figures fix a ridge and no point: below, pairs that all give 4.8. Along it "
            "the users with one month hardly change, either. A practice's own claims tell the two "
            "apart; these figures cannot. The presets lose 2 to 3 % of users a month, as the nation "
            "does after the first months; all months together it loses more, so the presets bill "
            "too many months per user, and too few of their users have one month."
        ),
        calibrated=(
            "the presets' early opt-out (three times as many in the first two months) was derived "
            "from the one in five, so that figure tests nothing; months per user, and the year's, "
            "were used for no input."
        ),
        scenarios=tuple(f"{name} from nobody enrolled" for name in GROWING),
        months=YEARS,
        warmup_months=0,
        replications=few,
        seed=seed,
        level=level,
        more=_ridge_table(),
    )


def _users(billed: Bools) -> tuple[Floats, Floats, Floats]:
    """Return by replication users, their billed months, and users with one month."""
    months = billed.sum(axis=2)
    return (
        (months > 0).sum(axis=1).astype(float),
        months.sum(axis=1).astype(float),
        (months == 1).sum(axis=1).astype(float),
    )


def _ridge_table() -> str:
    head = [
        "| attrition a month | share of months billed | billed months per ever-user | one month |",
        "|---|---|---|---|",
    ]
    for attrition in ATTRITION:
        share = share_on_ridge(attrition)
        months, once = ridge(share, attrition)
        head.append(
            f"| {100 * attrition:.0f} % | {100 * share:.0f} % | {months:.1f} | {100 * once:.0f} % |"
        )
    return "\n".join(head)


FULL_FEE: Final = 42.60
PLAN_USD: Final = 12.0 * FULL_FEE
WAGES: Final = {"RN": 45.0, "LPN": 30.0, "MA": 22.0}
PER_PATIENT: Final = {
    "RN": (332.0, 234.0, 429.0),
    "LPN": (372.0, 276.0, 468.0),
    "MA": (385.0, 286.0, 485.0),
}
"""Net per enrolled patient-year: published value and 95 % interval, US dollars."""

BASU: Final = "Basu 2015"
IMPLIED_USD: Final = 131 * PLAN_USD
"""What a full-time RN costs a year if 131 patients, each billed every month, pay for it."""

PAID_HOURS: Final = 2000.0
"""Of a full-time coordinator in 2026: 250 business days of eight hours."""

PANELS: Final = (60, 90, 120, 140, 160, 190, 230, 280, 340, 420)


def cost_study(
    *, replications: int = 200, seed: int = 0, level: float = 0.95, workers: int | None = None
) -> Finding:
    """Set break-even and net per patient beside those of Basu 2015.

    Parameters are those of `national`.

    Examples
    --------
    >>> cost_study(replications=20).number
    2
    """
    few = max(replications // 4, 20)
    study = Study(2, "cost_study", few, seed, level, workers)
    wage = IMPLIED_USD / (PAID_HOURS * load("perfect").finance.wage_load)
    old = {"finance.fees_usd": {"99490": FULL_FEE}, "finance.onboarding_usd": 0.0}
    cases = (
        ("plan_2015", "Break-even, all billed, its fee, the RN's cost that it implies",
         _full_time("perfect", "coordinator", wage) | old),
        ("plan", "Break-even, all billed, fees and an RN's wage of today",
         _full_time("perfect", "coordinator", WAGES["RN"])),
        ("real_2015", "Break-even, work as in solo_nurse, its fee, the RN's cost that it implies",
         _full_time("solo_nurse", "nurse", wage) | old),
        ("real", "Break-even, work as in solo_nurse, fees and an RN's wage of today",
         _full_time("solo_nurse", "nurse", WAGES["RN"])),
    )  # fmt: skip
    published = []
    for name, words, changes in cases:
        preset = "perfect" if name.startswith("plan") else "solo_nurse"
        nets = [
            net(study.run(load(preset), changes | {"panel.enrolled_at_start": n})) for n in PANELS
        ]
        study.statistic(name, words, "patients", break_even_panel, *nets)
        published.append(Published(name, 115.0, 140.0, f"{BASU}: 131", given=name == "plan_2015"))
    practice = load("two_nurses")
    for title, hourly in WAGES.items():
        results = study.run(practice, {"staff.nurses.wage_usd_per_hour": hourly})
        full = 66.13 * totals(results, "enrolled_patients")
        study.enter(
            title, f"Net of the full fee, {title}", "%",
            ratio_of_means(net(results), full, level=level).times(100.0),
        )  # fmt: skip
        _, low, high = PER_PATIENT[title]
        published.append(
            Published(title, 100.0 * low / PLAN_USD, 100.0 * high / PLAN_USD, f"{BASU}, as a share")
        )
    results = study.run(practice)
    study.enter(
        "minutes", "Staff time, an enrolled patient and month", "minutes",
        ratio_of_means(totals(results, "worked_minutes"), totals(results, "enrolled_patients"),
                       level=level),
    )  # fmt: skip
    published.append(
        Published("minutes", -np.inf, 12.0 * 52.0 * 60.0 / (75_000.0 / 332.0) / 12.0,
                  f"{BASU}: 12 hours a week for more than $75,000")
    )  # fmt: skip
    study.enter(
        "share", "Months billed", "%",
        ratio_of_means(totals(results, "billable_patients"), totals(results, "enrolled_patients"),
                       level=level).times(100.0),
    )  # fmt: skip
    study.average("net", "Net of two_nurses, LPN", "USD", net(results))
    return Finding(
        number=2,
        name="cost_study",
        title="A published cost study: break-even and net per patient",
        effects=study.effects,
        published=tuple(published),
        said=(
            "The published study pays for every enrolled patient and month; the model does not. "
            "With everything billed, its break-even comes out of its own cost by arithmetic. With "
            "the model's work, patients who are not reached and staff who are away, a full-time "
            "RN needs far more of them, and less of the fee is left. So the published figures are "
            "those of a projection of perfect execution."
        ),
        calibrated=(
            "the abstract gives neither wages nor time: an RN's year was taken as 131 × 12 × "
            f"$42.60 = ${IMPLIED_USD:,.0f}, which makes the first row arithmetic. Shares of the "
            "full fee are compared because wages and fees of 2015 and 2026 differ. Nothing was fitted."
        ),
        scenarios=tuple(study.scenarios),
        months=study.months,
        warmup_months=study.warmup_months,
        replications=few,
        seed=seed,
        level=level,
    )


def _full_time(preset: str, group: str, wage: float) -> dict[str, Any]:
    changes: dict[str, Any] = {
        f"staff.{group}.hours_per_week": 40.0,
        f"staff.{group}.wage_usd_per_hour": wage,
    }
    if preset == "perfect":
        changes |= {
            "finance.software_usd_per_patient_month": 0.0,
            "finance.oversight_usd_per_claim": 0.0,
            "finance.overtime_factor": 0.0,
        }
    return changes


def break_even_panel(*nets: Floats) -> float:
    """Return the panel at which the mean net of `PANELS` crosses zero, between two of them.

    Infinite where it never does.

    Examples
    --------
    >>> break_even_panel(*(np.array([n - 150.0]) for n in PANELS))
    150.0
    """
    means = np.array([float(values.mean()) for values in nets])
    for k in range(len(PANELS) - 1):
        if means[k] < 0.0 <= means[k + 1]:
            part = -means[k] / (means[k + 1] - means[k])
            return round(float(PANELS[k] + part * (PANELS[k + 1] - PANELS[k])), 1)
    return float(PANELS[0]) if means[0] >= 0.0 else float("inf")
