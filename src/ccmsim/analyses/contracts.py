"""Contracts: doing it in-house, paying a vendor, or another programme, on the same months.

Comes in: a scenario and terms. Goes out: frozen `Contracts`: what each way nets, how bad a bad year
is, and the fee at which a vendor is as good as one's own staff. All share their random numbers.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ccmsim import ideal
from ccmsim.analyses.factors import check_level, plain_estimate, table_of
from ccmsim.analyses.runs import Runs
from ccmsim.arrays import Floats
from ccmsim.checks import check_run, check_scenario, numeric, table, texts
from ccmsim.errors import InputError, Problem
from ccmsim.estimation import (
    MAX_BOOTSTRAP_LEVEL,
    Estimate,
    expected_shortfall,
    mean,
    paired_difference,
    probability_below,
    quantile,
)
from ccmsim.estimation.indifference import rate_apart, rates_of_indifference
from ccmsim.finance import ITEMS
from ccmsim.measures import TAIL_SHARE, totals
from ccmsim.scenario.model import Scenario

if TYPE_CHECKING:
    from concurrent.futures import Executor

    import pandas as pd
    from matplotlib.figure import Figure

    from ccmsim.montecarlo import Progress
    from ccmsim.results import Results

IN_HOUSE: Final = "in-house"
APCM: Final = "in-house, advanced primary care"
FEWEST: Final = 200

KINDS: Final = {
    "billed": ("fee for a billed month", "USD"),
    "enrolled": ("fee for an enrolled month", "USD"),
    "share": ("share of what is paid", "%"),
}
"""Ways to pay a vendor, and the unit of their rate; a share is told in percent."""

KEPT: Final = ("oversight", "rework", "owner", "audit", "practitioner")
"""Items of cost that stay with the practice: the last is time that its own practitioner gives."""

PRICES: Final = ("mean", "bad_year", "shortfall", "premium", "shortfall_premium", "absence")


@dataclass(frozen=True, slots=True)
class Offer:
    """One way to run the programme.

    Parameters
    ----------
    name : str
    rate : float or None
        What the vendor is paid; None in-house.
    mean : Estimate
        Net of the reported months, USD.
    to_in_house : Estimate or None
        Its net less that in-house, paired.
    bad_year : Estimate
        The one-in-twenty bad year.
    shortfall : Estimate
        Mean of the worst twentieth.
    loss : Estimate
        Probability of a net below 0.
    """

    name: str
    rate: float | None
    mean: Estimate
    to_in_house: Estimate | None
    bad_year: Estimate
    shortfall: Estimate
    loss: Estimate


OFFERED: Final = ("mean", "to_in_house", "bad_year", "shortfall", "loss")


@dataclass(frozen=True, slots=True)
class Price:
    """What a vendor may ask before in-house is better.

    Parameters
    ----------
    kind, name, unit : str
    mean, bad_year, shortfall : Estimate
        Rate at which the mean net, the bad year, the mean of the worst twentieth is that in-house.
    premium, shortfall_premium : Estimate
        How much more one may pay for the bad year, for the worst twentieth, than for the mean.
    absence : Estimate
        The part of `mean` that is paid for months not lost: how much less it is if the vendor
        bills just the months that are billed in-house.
    """

    kind: str
    name: str
    unit: str
    mean: Estimate
    bad_year: Estimate
    shortfall: Estimate
    premium: Estimate
    shortfall_premium: Estimate
    absence: Estimate


@dataclass(frozen=True, kw_only=True)
class Contracts:
    """Ways to run the programme, on the same months.

    Parameters
    ----------
    scenario, vendor, first_month : str
        `vendor`: how the vendor's staff work, in words.
    months, replications, seed, warmup_months : int
    level : float
        Coverage of the intervals, one by one.
    kept : tuple of str
        Items of cost that stay with the practice under a vendor.
    offers : tuple of Offer
        In-house first.
    prices : tuple of Price
    """

    scenario: str
    vendor: str
    first_month: str
    months: int
    replications: int
    seed: int
    warmup_months: int
    level: float
    kept: tuple[str, ...]
    offers: tuple[Offer, ...]
    prices: tuple[Price, ...]

    def table(self) -> pd.DataFrame:
        """Return every estimate as a row.

        Returns
        -------
        pandas.DataFrame
            Index (of, number): numbers as in OFFERED of an offer, as in PRICES of a way to pay;
            columns value, standard_error, low, high, level, replications and method.
        """
        numbers = {
            (offer.name, name): found
            for offer in self.offers
            for name in OFFERED
            if (found := getattr(offer, name)) is not None
        }
        numbers |= {
            (price.kind, name): getattr(price, name) for price in self.prices for name in PRICES
        }
        return table_of(numbers, ["of", "number"])

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as plain values; NaN and infinite ends become None."""
        names = (
            "scenario", "vendor", "first_month", "months", "replications", "seed", "warmup_months",
            "level",
        )  # fmt: skip
        return {name: getattr(self, name) for name in names} | {
            "kept": list(self.kept),
            "offers": [_plain(offer) for offer in self.offers],
            "prices": [_plain(price) for price in self.prices],
        }

    def to_json(self) -> str:
        """Return `as_dict` as JSON text."""
        return json.dumps(self.as_dict(), indent=2, allow_nan=False)

    def plot(self) -> Figure:
        """Return a figure: mean and bad year of each way, and what a vendor may ask."""
        from ccmsim.analyses.contracts_views import figure

        return figure(self)

    def __str__(self) -> str:
        from ccmsim.analyses.contracts_views import text

        return text(self)


def _plain(item: Offer | Price) -> dict[str, Any]:
    found = {name: getattr(item, name) for name in item.__slots__}
    return {
        name: plain_estimate(value) if isinstance(value, Estimate) else value
        for name, value in found.items()
    }


def contracts(
    scenario: Scenario,
    *,
    rates: Mapping[str, float] | None = None,
    vendor: Scenario | None = None,
    kept: Iterable[str] = KEPT,
    apcm: bool = True,
    months: int = 12,
    replications: int = 500,
    seed: int = 0,
    warmup_months: int = 0,
    executor: Executor | None = None,
    workers: int | None = None,
    progress: Progress | bool | None = None,
    level: float = 0.95,
) -> Contracts:
    """Compare one's own staff with a vendor's fee, and with advanced primary care.

    Under a vendor the practice has what the vendor's months pay, less the fee and the costs that it
    keeps; staff and their absences are the vendor's.

    Parameters
    ----------
    scenario : Scenario
    rates : mapping, optional
        What a vendor asks, by kind: "billed" and "enrolled" (USD for each such patient-month),
        "share" (0 to 1, of what claims finally pay). What is left out is set so that the mean net
        is that in-house: the offers then differ in risk alone.
    vendor : Scenario, optional
        How the vendor's staff work; left out: the same with nobody ever away, since a pool replaces
        who is away.
    kept : iterable of str
        Items of `cost_usd` that stay with the practice under a vendor.
    apcm : bool
        Whether one's own staff under advanced primary care is looked at, too.
    months, replications, seed, warmup_months, executor, workers, progress
        As in `ccmsim.simulate`; at least 200 replications.
    level : float
        Coverage of the intervals; at most 0.995.

    Raises
    ------
    ccmsim.errors.InputError
        When a setting is impossible, or a month has no fee under a programme.

    Examples
    --------
    >>> import ccmsim
    >>> small = ccmsim.load("solo_nurse").but({"panel.enrolled_at_start": 30})
    >>> found = contracts(small, rates={"billed": 45.0}, months=1, replications=200)
    >>> found.offers[1].name, found.offers[1].rate
    ('fee for a billed month', 45.0)
    """
    from ccmsim.progress import shown

    check_scenario(scenario)
    check_run(months, warmup_months, replications, seed)
    check_level(level)
    kept = tuple(texts(kept, "kept", '["oversight", "audit"]'))
    asked = {} if rates is None else table(rates, "rates", '{"billed": 30}')
    _check(asked, kept, replications, level)
    other = ideal.no_disruptions(scenario) if vendor is None else vendor
    check_scenario(other)
    ways = {IN_HOUSE: scenario, "vendor": other}
    if apcm and scenario.billing.program != "apcm":
        ways[APCM] = scenario.but({"billing.program": "apcm", "contact.addon_steps": 0})
    with shown(progress, replications * len(ways)) as report:
        run = Runs(months, warmup_months, executor, workers, report, replications * len(ways))
        ran = {name: run.results(one, replications, seed) for name, one in ways.items()}
    own = totals(ran[IN_HOUSE], "net_usd")
    outside, at_home = _delivered(ran["vendor"], kept), _delivered(ran[IN_HOUSE], kept)
    prices = tuple(_price(kind, own, outside, at_home, level) for kind in KINDS)
    nets: dict[str, tuple[float | None, Floats]] = {IN_HOUSE: (None, own)}
    for price in prices:
        scale = 100.0 if price.unit == "%" else 1.0
        rate = asked.get(price.kind, price.mean.value / scale)
        nets[price.name] = (rate * scale, outside.before - rate * outside.volumes[price.kind])
    if APCM in ran:
        nets[APCM] = (None, totals(ran[APCM], "net_usd"))
    return Contracts(
        scenario=scenario.name,
        vendor="the same staff, never away" if vendor is None else vendor.name,
        first_month=ran[IN_HOUSE].months[0],
        months=months,
        replications=replications,
        seed=seed,
        warmup_months=warmup_months,
        level=level,
        kept=kept,
        offers=tuple(_offer(name, rate, net, own, level) for name, (rate, net) in nets.items()),
        prices=prices,
    )


@dataclass(frozen=True, slots=True)
class _Delivered:
    """Months that a vendor bills: net before the fee, and what the fee may be for."""

    before: Floats
    volumes: Mapping[str, Floats]


def _delivered(results: Results, kept: tuple[str, ...]) -> _Delivered:
    paid = totals(results, "finally_paid_usd")
    costs = results.values["cost_usd"].sum(axis=1)
    own = sum((costs[:, ITEMS.index(item)] for item in kept), np.zeros(len(paid)))
    return _Delivered(
        paid - totals(results, "recouped_usd") - own,
        {
            "billed": totals(results, "billable_patients"),
            "enrolled": totals(results, "enrolled_patients"),
            "share": paid,
        },
    )


def _price(kind: str, own: Floats, outside: _Delivered, at_home: _Delivered, level: float) -> Price:
    name, unit = KINDS[kind]
    scale = 100.0 if unit == "%" else 1.0
    volumes = outside.volumes[kind], at_home.volumes[kind]
    for which, volume in zip(("vendor", "scenario"), volumes, strict=True):
        if not volume.any():
            rule = "brings nothing that a fee could be for"
            raise InputError([Problem(which, rule, name, "months that are billed")])
    found = rates_of_indifference(own, outside.before, volumes[0], tail=TAIL_SHARE, level=level)
    found["absence"] = rate_apart(
        own, (outside.before, volumes[0]), (at_home.before, volumes[1]), level=level
    )
    return Price(
        kind, name, unit, **{name: estimate.times(scale) for name, estimate in found.items()}
    )


def _offer(name: str, rate: float | None, net: Floats, own: Floats, level: float) -> Offer:
    return Offer(
        name=name,
        rate=rate,
        mean=mean(net, level=level),
        to_in_house=None if name == IN_HOUSE else paired_difference(net, own, level=level),
        bad_year=quantile(net, TAIL_SHARE, level=level),
        shortfall=expected_shortfall(net, tail=TAIL_SHARE, level=level),
        loss=probability_below(net, 0.0, level=level),
    )


def _check(
    rates: Mapping[str, float], kept: tuple[str, ...], replications: int, level: float
) -> None:
    """Raise `InputError` for what has no meaning here."""
    problems = []
    for kind, rate in rates.items():
        if kind not in KINDS:
            problems.append(Problem("rates", "has no such kind", kind, ", ".join(KINDS)))
            continue
        valid = "a share from 0 to 1" if kind == "share" else "US dollars, not negative"
        if found := numeric(rate, f"rates.{kind}", valid):
            problems += found
        elif rate < 0.0 or (kind == "share" and rate > 1.0):
            problems.append(Problem(f"rates.{kind}", "is out of range", rate, valid))
    problems += [
        Problem("kept", "is no item of cost", item, ", ".join(ITEMS))
        for item in kept
        if item not in ITEMS
    ]
    if replications < FEWEST:
        rule = f"must be at least {FEWEST} for the worst twentieth"
        problems.append(Problem("replications", rule, replications, "500"))
    if level > MAX_BOOTSTRAP_LEVEL:
        problems.append(
            Problem("level", f"must be at most {MAX_BOOTSTRAP_LEVEL}", level, "such as 0.95")
        )
    if problems:
        raise InputError(problems)
