"""Seventy-five managed patients against two hundred unmanaged ones, at honest values.

FALSE_ALARM is 1e-6. Intervals have that level: 1,200 replications under common random numbers
resolve 2,000 dollars a year, and are asserted to be that narrow. Where only a sign is asserted, the
effect is more than five standard errors, so a correct model fails less often than that. What flips
the conclusion is tested too: panel size is not the cause.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

import ccmsim
from ccmsim.estimation import Estimate, paired_difference
from ccmsim.scenario import Scenario
from ccmsim.studies.practices import by

FALSE_ALARM = 1e-6
SETTINGS: dict[str, Any] = {"months": 12, "replications": 1200, "seed": 8}

INFORMAL = ccmsim.load("informal_200")
STRUCTURED = ccmsim.load("structured_75")
OWN = by("logged")
LOGGED = by("logged", "others")
PROTECTED = by("protected")
LOGGED_LATE = {"documentation.capture": "end_of_month", "documentation.outside_capture_share": 0.4}


@cache
def nets(scenario: Scenario) -> tuple[Any, Any]:
    """Return the year's net of each replication: as charged, and with pulled hours charged too."""
    values = ccmsim.simulate(scenario, **SETTINGS).values
    net = values["net_usd"].sum(axis=1)
    pulled = (values["nominal_staff_cost_usd"] - values["staff_cost_usd"]).sum(axis=1)
    return net, net - pulled


@cache
def losing_months(scenario: Scenario) -> Any:
    """Return how many of 100 months of each replication end at a loss."""
    net = ccmsim.simulate(scenario, **SETTINGS | {"replications": 4000}).values["net_usd"]
    return 100.0 * (net < 0.0).mean(axis=1)


def gain(a: Scenario, b: Scenario, *, nominal: bool = False) -> Estimate:
    """Return the yearly net of a less that of b."""
    which = int(nominal)
    found = paired_difference(nets(a)[which], nets(b)[which], level=1.0 - FALSE_ALARM)
    assert found.half_width <= 1_000.0
    return found


def test_informal_nets_less_than_structured() -> None:
    """By some 25,000 dollars; by more where the programme pays for pulled hours."""
    assert gain(INFORMAL, STRUCTURED).high < 0.0
    assert gain(INFORMAL, STRUCTURED, nominal=True).high < 0.0
    informal, nominal = nets(INFORMAL)
    assert (nominal < informal).all()


def test_informal_is_riskier() -> None:
    """A worse bad year, more spread for each dollar of net, and more months at a loss."""
    informal, structured = nets(INFORMAL)[0], nets(STRUCTURED)[0]
    losing = paired_difference(
        losing_months(INFORMAL), losing_months(STRUCTURED), level=1.0 - FALSE_ALARM
    )
    assert losing.half_width <= 1.5
    assert losing.low > 0.0, f"{losing}: of 100 months at a loss"
    assert np.quantile(informal, 0.1) < np.quantile(structured, 0.1)
    assert structured.std(ddof=1) < 0.5 * structured.mean()
    assert informal.std(ddof=1) > 0.5 * abs(informal.mean())


def test_size_of_the_panel_is_not_the_cause() -> None:
    """The same 200 patients, logged like the 75 and by staff who are never pulled, net more."""
    managed = INFORMAL.but(LOGGED | PROTECTED)
    assert gain(managed, INFORMAL).low > 0.0
    assert gain(managed, STRUCTURED).low > 0.0


@pytest.mark.parametrize("remedy", [OWN, PROTECTED, OWN | PROTECTED], ids=str)
def test_neither_protected_time_nor_own_minutes_at_once_nor_both_suffice(
    remedy: dict[str, Any],
) -> None:
    mended = INFORMAL.but(remedy)
    assert gain(mended, INFORMAL).low > 0.0
    assert gain(mended, STRUCTURED).high < 0.0


def test_capture_raises_the_net_more_than_protected_time() -> None:
    assert gain(INFORMAL.but(LOGGED), INFORMAL.but(PROTECTED)).low > 0.0


def test_late_capture_costs_small_panels_as_well() -> None:
    """Half of the net, within the 2,000 dollars that are resolved."""
    lost = gain(STRUCTURED.but(LOGGED_LATE), STRUCTURED)
    assert lost.high < 0.0
    assert abs(lost.value + nets(STRUCTURED)[0].mean() / 2.0) < 2_000.0


def test_who_pays_for_pulled_hours_decides() -> None:
    """Logged well, but still pulled: about as good as the 75, unless those hours are charged."""
    logged = INFORMAL.but(LOGGED)
    assert gain(logged, INFORMAL).low > 0.0
    assert gain(logged, STRUCTURED, nominal=True).high < 0.0
    against_structured = gain(logged, STRUCTURED)
    assert against_structured.low > -2_500.0
    assert against_structured.high < 2_500.0
