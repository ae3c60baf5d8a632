"""The nation: how many months are billed per user.

Comes in: settings of simulations. Goes out: a `Finding`. Nothing is tuned.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ccmsim import rules
from ccmsim.arrays import Bools, Floats
from ccmsim.estimation import ratio_of_means
from ccmsim.scenario import load
from ccmsim.studies.running import Study
from ccmsim.studies.validation.finding import Finding, Published, finding

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
    >>> [round(ridge(p, a)[0], 1) for p, a in ((0.6, 0.078), (0.7, 0.102))]
    [4.8, 4.8]
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
    """
    few = max(replications // 4, 20)
    study = Study(1, "national", few, seed, level, workers, months=YEARS, warmup_months=0)
    published = [item for name in GROWING for item in _practice(study, name)]
    return finding(
        study,
        "The nation: billed months per user",
        published,
        said=(
            "A share of months billed and an attrition together make the months per user, so the "
            "national figures fix a ridge and no point: below, pairs that all give 4.8. "
            f"{_once_along()} A practice's own claims tell the two apart. The presets "
            "lose 2 to 3 % of users a month, as the nation does after the first months; all "
            "months together it loses more, so the presets "
            "bill too many months per user, and too few of their users have one month."
        ),
        calibrated=(
            "the presets' early opt-out (three times as many in the first two months) was derived "
            "from the one in five, so that figure tests nothing; months per user, and the year's, "
            "were used for no input."
        ),
        scenarios=[f"{name} from nobody enrolled" for name in GROWING],
        more=_ridge_table(),
    )


def _once_along() -> str:
    """Say how the users with one month change along the ridge, as its table rounds them."""
    few, many = (100.0 * ridge(share_on_ridge(a), a)[1] for a in (ATTRITION[0], ATTRITION[-1]))
    more = "more" if many > few else "less"
    return (
        f"Along it the users with one month go from {few:.0f} to {many:.0f} %, so the one in five, "
        f"if anything, speaks for {more} attrition."
    )


def _practice(study: Study, name: str) -> list[Published]:
    """Enter a practice's months per user, and return the nation's beside them."""
    results = study.run(load(name).but({"panel.enrolled_at_start": 0}), keep="patient_months")
    status = results.values["patient_status"]
    billed = status == rules.BILLABLE
    users, months, once = _users(billed[:, :, :FIRST])
    third, fourth = _users(billed[:, :, FIRST : FIRST + 12]), _users(billed[:, :, FIRST + 12 :])
    enrolled, all_billed = (_count(each) for each in (status >= 0, billed))
    left = _count((status[:, :, :-1] >= 0) & (status[:, :, 1:] < 0))
    for key, words, unit, top, bottom in (
        ("months", "billed months per ever-user, first 24 months", "months", months, users),
        ("once", "ever-users with one billed month", "%", once, users),
        ("year", "billed months per user and calendar year, years 3 and 4", "months",
         third[1] + fourth[1], third[0] + fourth[0]),
        ("share", "share of enrolled months billed", "%", all_billed, enrolled),
        ("attrition", "attrition a month", "%", left, enrolled),
    ):  # fmt: skip
        found = ratio_of_means(top, bottom, level=study.level)
        shown = found.times(100.0) if unit == "%" else found
        study.enter(f"{name}.{key}", f"{name}: {words}", unit, shown)
    source = "three national sources"
    return [
        Published(f"{name}.months", 4.75, 4.85, source),
        Published(f"{name}.once", 18.5, 19.5, source, given=True),
        Published(f"{name}.year", 4.8, 5.8, f"{source}, 2017 to 2018"),
    ]


def _count(which: Bools) -> Floats:
    """Return how many patient-months are meant, by replication."""
    return np.asarray(which.sum(axis=(1, 2)), float)


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
