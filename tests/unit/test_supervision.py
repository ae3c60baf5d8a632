"""Months without a supervising practitioner: by hand, and how many there are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.quiet import practice, run

import ccmsim
from ccmsim import rules
from ccmsim.engine.inputs import prepare
from ccmsim.engine.supervision import vacancies

SEED = 7
BAR = rules.BARS.index("supervision")
GONE: dict[str, Any] = {
    "tail__practitioner_leaves_per_year": 12.0,
    "tail__colleague_share": 0.0,
    "tail__practitioner_vacancy_months": 3.0,
}


def values(months: int, **changes: Any) -> Any:
    scenario = practice(**(GONE | changes))
    return ccmsim.simulate(scenario, months=months, replications=1, seed=SEED).values


def test_the_months_after_a_leaving_are_not_claimable() -> None:
    """Leaving whenever there is one: in months 1 and 5, each time three months without."""
    found = values(9)
    assert found["not_claimable_patients"][0, :, BAR].tolist() == [0, 0, 1, 1, 1, 0, 1, 1, 1]
    assert found["billable_patients"].tolist() == [[1, 1, 0, 0, 0, 1, 0, 0, 0]]
    usual = values(9, tail__practitioner_leaves_per_year=0.0)
    for name in ("worked_minutes", "captured_minutes", "attempts", "staff_cost_usd"):
        assert found[name].tolist() == usual[name].tolist(), name


@pytest.mark.parametrize(("months", "without"), [(0.0, 1), (1.4, 1), (2.5, 3), (100.0, 7)])
def test_a_vacancy_lasts_whole_months(months: float, without: int) -> None:
    found = values(9, tail__practitioner_vacancy_months=months)["not_claimable_patients"][0, :, BAR]
    assert found[2 : 2 + without].all()
    assert not found[:2].any()
    assert not found[2 + without : 3 + without].any()


def test_a_colleague_who_takes_over_leaves_no_gap() -> None:
    usual = values(9, tail__practitioner_leaves_per_year=0.0)
    covered = values(9, tail__colleague_share=1.0)
    assert all(covered[name].tobytes() == usual[name].tobytes() for name in usual)


def test_a_rule_comes_before_supervision_and_consent_after_it() -> None:
    both = values(3, documentation__not_claimable_share=1.0)
    assert both["not_claimable_patients"][0, 2].tolist() == [1, 0, 0]
    missing = values(
        3, documentation__consent_missing_share=1.0, documentation__mended_per_month_share=1e-9
    )
    assert missing["not_claimable_patients"][0].tolist() == [[0, 0, 1], [0, 0, 1], [0, 1, 0]]


def test_nobody_has_an_initiating_visit_meanwhile() -> None:
    """One slot a month: people wait through the two months without, in both engines."""
    scenario = practice(
        **(GONE | {"tail__practitioner_vacancy_months": 2.0}),
        panel__replace_leavers=False,
        panel__enrolled_at_start=0,
        panel__medicare={"patients": 4, "eligible_share": 1.0, "found_share": 1.0},
        enrollment={
            "consent_share": 1.0,
            "reach_factor": 1.0,
            "initiating_visit_share": 1.0,
            "practitioner_slots_per_month": 1,
            "no_show_share": 0.0,
        },
    )
    _, facts, _ = run(scenario, 8)
    assert facts.counts["initiating_visits"].tolist() == [0, 1, 0, 0, 1, 0, 0, 1]
    assert facts.counts["waiting_patients"].tolist() == [0, 3, 3, 3, 2, 2, 2, 1]


def test_office_visits_stop_meanwhile() -> None:
    found = values(6, visits={})["visits"][0]
    assert (found > 0).tolist() == [True, True, False, False, False, True]
    usual = values(6, visits={}, tail__practitioner_leaves_per_year=0.0)["visits"][0]
    assert found[[0, 1, 5]].tolist() == usual[[0, 1, 5]].tolist()


def test_visits_of_other_practitioners_go_on_meanwhile() -> None:
    """A quarter of 1,000 visits is the supervising practitioner's: 750 are left in three months."""
    steady = {
        "per_month": 1_000.0,
        "season_amplitude": 0.0,
        "cv": 0.0,
        "practitioner_absent_days_per_year": 0.0,
        "supervisor_share": 0.25,
    }
    found = values(6, visits=steady, operations__clinic_load_cv=0.0)["visits"][0]
    assert found.tolist() == [1_000, 1_000, 750, 750, 750, 1_000]


def test_months_without_come_at_their_rate() -> None:
    """Leaving with q = 0.1 (1 - 0.4) a month for 3 months: P(present) by renewal, month by month.

    FALSE_ALARM = 1e-6 over five months: 5.3 standard errors of 4,000 replications, 0.03.
    """
    scenario = practice(**(GONE | {
        "tail__practitioner_leaves_per_year": 1.2, "tail__colleague_share": 0.4,
    }))  # fmt: skip
    inputs = prepare(scenario, 12)
    vacant = np.mean([vacancies(inputs, SEED, r) for r in range(4_000)], axis=0)
    q, present = 0.06, [1.0, 1.0]
    for month in range(2, 12):
        back = present[month - 4] * q if month - 4 >= 1 else 0.0
        present.append(present[-1] * (1.0 - q) + back)
    for month in (2, 4, 5, 8, 11):
        p = 1.0 - present[month]
        assert abs(vacant[month] - p) < 5.3 * (p * (1.0 - p) / 4_000) ** 0.5
    assert not vacant[:2].any()
