"""Contracts: nets from the same months, rates of indifference and their coverage, views, errors."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
from scipy.stats import binom, norm
from typer.testing import CliRunner

import ccmsim
from ccmsim import ideal
from ccmsim.analyses.contracts import APCM, IN_HOUSE, OFFERED, PRICES, Contracts, contracts
from ccmsim.cli import app
from ccmsim.errors import InputError
from ccmsim.estimation import expected_shortfall, quantile
from ccmsim.estimation.indifference import rate_apart, rates_of_indifference
from ccmsim.finance import ITEMS

FALSE_ALARM = 1e-6
SMALL = ccmsim.load("solo_nurse").but({"panel.enrolled_at_start": 30})
IDLE = SMALL.but({"contact.threshold_minutes": 500, "contact.target_minutes": 500})
SETTINGS: dict[str, Any] = {"months": 2, "replications": 200, "seed": 3}


@pytest.fixture(scope="module")
def found() -> Contracts:
    return contracts(SMALL, rates={"billed": 45.0, "share": 0.6}, **SETTINGS)


def total(scenario: ccmsim.Scenario, name: str) -> Any:
    return ccmsim.simulate(scenario, **SETTINGS).values[name].sum(axis=1)


def test_each_offer_is_made_of_simulated_months(found: Contracts) -> None:
    offers = {offer.name: offer for offer in found.offers}
    assert next(iter(offers)) == IN_HOUSE
    assert list(offers)[-1] == APCM
    own = total(SMALL, "net_usd")
    vendor = ideal.no_disruptions(SMALL)
    paid, cost = total(vendor, "finally_paid_usd"), total(vendor, "cost_usd")
    kept = sum(cost[:, ITEMS.index(item)] for item in found.kept)
    before = paid - kept - total(vendor, "recouped_usd")
    billed = before - 45.0 * total(vendor, "billable_patients")
    assert offers["fee for a billed month"].mean.value == pytest.approx(billed.mean())
    shared = before - 0.6 * paid
    share = offers["share of what is paid"]
    assert share.rate == 60.0
    assert share.mean.value == pytest.approx(shared.mean())
    assert share.bad_year.value == pytest.approx(quantile(shared, 0.05).value)
    assert share.to_in_house is not None
    assert share.to_in_house.value == pytest.approx((shared - own).mean())
    assert offers[IN_HOUSE].loss.value == (own < 0.0).mean()
    assert offers["fee for an enrolled month"].mean.value == pytest.approx(own.mean())
    other = total(SMALL.but({"billing.program": "apcm"}), "net_usd")
    assert offers[APCM].mean.value == pytest.approx(other.mean())


def test_at_its_price_a_vendor_is_as_good_as_in_house(found: Contracts) -> None:
    own, vendor = total(SMALL, "net_usd"), ideal.no_disruptions(SMALL)
    cost = total(vendor, "cost_usd")
    before = total(vendor, "finally_paid_usd") - sum(
        cost[:, ITEMS.index(item)] for item in found.kept
    )
    months = total(vendor, "billable_patients")
    price = found.prices[0]
    assert price.kind == "billed"
    assert (before - price.mean.value * months).mean() == pytest.approx(own.mean())
    # a quantile jumps from one replication to the next: the rate is within a cent of the jump
    below, above = (
        quantile(before - (price.bad_year.value + cents) * months, 0.05).value
        for cents in (0.01, -0.01)
    )
    assert below <= quantile(own, 0.05).value <= above
    worst = expected_shortfall(before - price.shortfall.value * months).value
    assert worst == pytest.approx(expected_shortfall(own).value, abs=0.01)
    assert price.premium.value == pytest.approx(price.bad_year.value - price.mean.value)


def test_a_vendor_who_is_away_as_often_is_paid_nothing_for_absence() -> None:
    same = contracts(SMALL, vendor=SMALL, apcm=False, **SETTINGS)
    assert all(abs(price.absence.value) < 1e-9 for price in same.prices)
    assert same.vendor == SMALL.name
    assert len(same.offers) == 4


def test_rates_are_those_of_normal_totals() -> None:
    """Coverage for known normal totals: 30 data sets of 200; 0.6 or less would be seen."""
    rng = np.random.default_rng(5)
    z = float(norm.ppf(0.05))
    truth = {"mean": 3.0, "bad_year": 3.0 - z * (4.0 - 2.0), "premium": -z * 2.0}
    worst = float(norm.pdf(z)) / 0.05
    truth |= {"shortfall": 3.0 + worst * 2.0, "shortfall_premium": worst * 2.0}
    hits = dict.fromkeys(truth, 0)
    values: dict[str, list[float]] = {name: [] for name in truth}
    for _ in range(30):
        base = 10.0 + 4.0 * rng.normal(size=200)
        before = 13.0 + 2.0 * rng.normal(size=200)
        rates = rates_of_indifference(base, before, np.ones(200))
        for name, value in truth.items():
            hits[name] += rates[name].low <= value <= rates[name].high
            values[name].append(rates[name].value)
    for name, value in truth.items():
        assert hits[name] >= binom.ppf(FALSE_ALARM, 30, 0.93), name
        error = np.std(values[name], ddof=1) / math.sqrt(30)
        assert abs(np.mean(values[name]) - value) < 5.0 * error + 0.2, name


def test_the_rate_apart_is_that_of_what_is_delivered() -> None:
    rng = np.random.default_rng(6)
    base, volume = rng.normal(10.0, 1.0, 200), rng.uniform(1.0, 2.0, 200)
    apart = rate_apart(base, (base + 3.0 * volume, volume), (base + 2.0 * volume, volume))
    assert apart.value == pytest.approx(1.0)
    assert apart.low == pytest.approx(1.0) == apart.high


@pytest.mark.parametrize(("base", "before", "volume", "message"), [
    (np.ones(3), np.ones(3), np.zeros(3), "must not be negative, nor all 0"),
    (np.ones(3), np.ones(3), -np.ones(3), "must not be negative, nor all 0"),
    (np.ones(3), np.ones(2), np.ones(3), "must be paired"),
])  # fmt: skip
def test_totals_are_checked(base: Any, before: Any, volume: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        rates_of_indifference(base, before, volume)


def test_views_agree(found: Contracts) -> None:
    rows, document, page = found.table(), json.loads(found.to_json()), str(found)
    for offer, plain in zip(found.offers, document["offers"], strict=True):
        assert offer.name in page
        for name in OFFERED:
            number = getattr(offer, name)
            if number is not None:
                assert rows.loc[(offer.name, name), "value"] == number.value
                assert plain[name]["value"] == number.value
    for price in found.prices:
        for name in PRICES:
            assert rows.loc[(price.kind, name), "value"] == getattr(price, name).value
    drawn = found.plot()
    assert [axes.get_xlabel() for axes in drawn.axes] == [
        "net, thousand USD", "rate as good as in-house",
    ]  # fmt: skip
    assert drawn.get_suptitle().endswith("bars: 95 % intervals")


@pytest.mark.parametrize(("arguments", "message"), [
    ({"rates": {"hour": 1.0}}, "rates: has no such kind"),
    ({"rates": {"share": 1.5}}, "rates.share: is out of range"),
    ({"rates": {"billed": -1.0}}, "rates.billed: is out of range"),
    ({"rates": {"billed": "30"}}, "rates.billed: must be a number"),
    ({"rates": {"billed": float("nan")}}, "rates.billed: must be finite"),
    ({"rates": 30.0}, "rates: must be values by name"),
    ({"kept": 7}, "kept: must be several values"),
    ({"kept": ("coffee",)}, "kept: is no item of cost"),
    ({"replications": 199}, "replications: must be at least 200"),
    ({"level": 0.999}, "level: must be at most 0.995"),
    ({"vendor": "them"}, "scenario: must be a Scenario"),
    ({"vendor": IDLE}, "vendor: brings nothing"),
])  # fmt: skip
def test_refusals(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        contracts(SMALL, **(SETTINGS | {"months": 1} | arguments))


def test_the_command_prints_what_the_function_returns() -> None:
    line = ["contracts", "solo_nurse", "--set", "panel.enrolled_at_start=30", "--months", "1"]
    line += ["--replications", "200", "--billed", "45", "--no-apcm"]
    expected = contracts(SMALL, rates={"billed": 45.0}, apcm=False, months=1, replications=200)
    run = CliRunner().invoke
    assert run(app, line, prog_name="ccmsim").stdout == f"{expected}\n"
    document = json.loads(run(app, [*line, "--json"], prog_name="ccmsim").stdout)
    assert document["prices"] == expected.as_dict()["prices"]
    done = run(app, [*line, "--share", "2"], prog_name="ccmsim")
    assert done.exit_code == 2
    assert "rates.share" in done.stderr
