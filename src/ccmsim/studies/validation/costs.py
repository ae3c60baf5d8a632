"""A published cost study: the panel that pays for a nurse, and the net per patient.

Comes in: settings of simulations. Goes out: a `Finding`. Nothing is tuned.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from ccmsim.arrays import Floats
from ccmsim.estimation import ratio_of_means
from ccmsim.measures import totals
from ccmsim.scenario import load
from ccmsim.studies.running import Study, net
from ccmsim.studies.validation.finding import Finding, Published, finding

FULL_FEE: Final = 42.60
PLAN_USD: Final = 12.0 * FULL_FEE
FEE_OF_TODAY: Final = 66.13
WAGES: Final = {"RN": 45.0, "LPN": 30.0, "MA": 22.0}
PER_PATIENT: Final = {"RN": (234.0, 429.0), "LPN": (276.0, 468.0), "MA": (286.0, 485.0)}
"""95 % interval of the published net per enrolled patient-year, US dollars: 332, 372, 385."""

MOST_MINUTES: Final = 12.0 * 52.0 * 60.0 / (75_000.0 / 332.0) / 12.0
"""Minutes a patient-month: 12 hours a week for the patients of more than $75,000 a year."""

BASU: Final = "Basu 2015"
IMPLIED_USD: Final = 131 * PLAN_USD
"""What a full-time RN costs a year if 131 patients, each billed every month, pay for it."""

PAID_HOURS: Final = 2000.0
"""Of a full-time coordinator in 2026: 250 business days of eight hours."""

PANELS: Final = (60, 100, 140, 170, 200, 240, 300, 420)


def cost_study(
    *, replications: int = 200, seed: int = 0, level: float = 0.95, workers: int | None = None
) -> Finding:
    """Set break-even and net per patient beside those of Basu 2015.

    Parameters
    ----------
    replications, seed, workers
        As in `ccmsim.simulate`; a fourth of the replications for each scenario.
    level : float
        Coverage of every interval, one by one.
    """
    study = Study(2, "cost_study", max(replications // 4, 20), seed, level, workers)
    published = [*_break_even(study), *_per_patient(study)]
    return finding(
        study,
        "A published cost study: break-even and net per patient",
        published,
        said=(
            "With everything billed, the published break-even comes out of its own cost by "
            "arithmetic. With the model's work, patients who are not reached and staff who are "
            "away, a full-time RN needs far more patients, more time is spent on each, and less of "
            "the fee is left. So the published break-even lies near what the model gives for "
            "perfect execution, and both figures far from what it gives for its own practices."
        ),
        calibrated=(
            "the abstract gives neither wages nor time: an RN's year was taken as 131 × 12 × "
            f"$42.60 = ${IMPLIED_USD:,.0f}, which makes the first row arithmetic. Shares of the "
            "full fee are compared because wages and fees of 2015 and 2026 differ. Nothing was "
            "fitted."
        ),
    )


def _break_even(study: Study) -> list[Published]:
    """Enter the panels at which a full-time RN pays, and return the published one beside them."""
    wage = IMPLIED_USD / (PAID_HOURS * load("perfect").finance.wage_load)
    old = {"finance.fees_usd": {"99490": FULL_FEE}, "finance.onboarding_usd": 0.0}
    published = []
    for name, words, preset, hourly, prices in (
        ("plan_2015", "all billed, its fee, the RN's cost that it implies", "perfect", wage, old),
        ("plan", "all billed, fees and an RN's wage of today", "perfect", WAGES["RN"], {}),
        ("real_2015", "work as in solo_nurse, its fee, the RN's cost that it implies",
         "solo_nurse", wage, old),
        ("real", "work as in solo_nurse, fees and an RN's wage of today", "solo_nurse",
         WAGES["RN"], {}),
    ):  # fmt: skip
        practice = load(preset).but(_full_time(preset, hourly) | prices)
        nets = [net(study.run(practice, {"panel.enrolled_at_start": n})) for n in PANELS]
        study.statistic(name, f"Break-even, {words}", "patients", break_even_panel, *nets)
        given = name == "plan_2015"
        published.append(Published(name, 115.0, 140.0, f"{BASU}: 131", given=given))
    return published


def _per_patient(study: Study) -> list[Published]:
    """Enter net and time per patient of `two_nurses`, and return the published ones beside them."""
    practice, published = load("two_nurses"), []
    for title, hourly in WAGES.items():
        results = study.run(practice, {"staff.nurses.wage_usd_per_hour": hourly})
        enrolled = totals(results, "enrolled_patients")
        left = ratio_of_means(net(results), FEE_OF_TODAY * enrolled, level=study.level)
        study.enter(title, f"Net of the full fee, {title}", "%", left.times(100.0))
        low, high = (100.0 * end / PLAN_USD for end in PER_PATIENT[title])
        published.append(Published(title, low, high, f"{BASU}, as a share"))
    for name, words, unit, variable, times in (
        ("minutes", "Staff time, an enrolled patient and month", "minutes", "worked_minutes", 1.0),
        ("share", "Months billed", "%", "billable_patients", 100.0),
    ):
        found = ratio_of_means(totals(results, variable), enrolled, level=study.level)
        study.enter(name, words, unit, found.times(times))
    source = f"{BASU}: 12 hours a week for more than $75,000"
    return [*published, Published("minutes", -np.inf, MOST_MINUTES, source)]


def _full_time(preset: str, wage: float) -> dict[str, Any]:
    """Return what makes the coordinator of a preset a full-time one at this wage."""
    group = next(iter(load(preset).staff))
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
