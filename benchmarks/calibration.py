"""Calibration measured: speed, simulation-based calibration at length, other posteriors.

    python benchmarks/calibration.py speed synthetic    # four values, 24 months of two nurses
    python benchmarks/calibration.py ridge              # what a total of billed months cannot tell
    python benchmarks/calibration.py ranks 500 abc      # quantiles of the truth, 500 histories
    python benchmarks/calibration.py departures 20      # what the check finds, 20 histories each
    python benchmarks/calibration.py departures 20 step # the same of one departure
    python benchmarks/calibration.py posteriors         # beside the exact one, and pyabc's

`ranks`, `departures` and `posteriors` run on the cohort of tests/cohort.py, whose posterior is
known; pyabc takes part where it is installed.
"""

from __future__ import annotations

import sys
import time
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.cohort import BILLED, MONTHS, STOPS, Case, case, months, values

from ccmsim.arrays import Floats
from ccmsim.calibration.predictive import checked
from ccmsim.calibration.smc import abc_smc
from ccmsim.calibration.synthetic import Posterior, synthetic_likelihood
from ccmsim.studies.accuracy.judging import Count
from ccmsim.studies.recovery.departures import DEPARTURES, Departure

FREE = (
    "contact.answer_probability",
    "contact.call_minutes",
    "disruptions.floor_cover.per_shift_share",
    "panel.opt_out_per_month_share",
)
SEED = 11


def speed(methods: list[str]) -> None:
    """Calibrate four values to 24 months that a known practice made."""
    import pandas as pd

    import ccmsim
    from ccmsim.calibration.simulator import series_of

    base = ccmsim.load("two_nurses").but({"panel.replace_leavers": False})
    truth = base.but(
        {
            "contact.call_minutes.mean": 10.0,
            "disruptions.floor_cover.per_shift_share": 0.25,
            "panel.opt_out_per_month_share": 0.02,
        }
    )
    made = ccmsim.simulate(truth, months=24, replications=1, seed=SEED)
    names = ("enrolled_patients", "99490", "99439", "billed_usd", "worked_hours", "attempts")
    columns = {name: series_of(dict(made.values), name)[0] for name in names}
    history = pd.DataFrame({"month": made.months, **columns})
    for method in methods or ["synthetic", "abc"]:
        start, used = time.perf_counter(), time.process_time()
        found = ccmsim.calibrate(base, history, FREE, method=method, seed=SEED)
        seconds = time.perf_counter() - start
        used = time.process_time() - used
        count = found.diagnostics["simulations"]
        print(f"{method}: {seconds:.0f} s, {used:.0f} s of CPU, {count:,} histories")
        print(found, end="\n\n")


def ridge() -> None:
    """Print what the shipped history tells of two values, from its total and with its patients."""
    import ccmsim
    from ccmsim.calibration.examples import example_history, practice

    wide = {
        "contact.answer_probability": {"family": "uniform", "low": 0.2, "high": 0.8},
        "panel.opt_out_per_month_share": {"family": "uniform", "low": 0.005, "high": 0.06},
    }
    for use in (["99490"], ["enrolled_patients", "99490"]):
        found = ccmsim.calibrate(
            practice(), example_history(), wide, priors=wide, use=use, statistics=["level"],
            simulations=240, seed=1,
        )  # fmt: skip
        print(", ".join(use), *found.telling.sentences(), sep="\n  ")


def posterior(method: str, made: Case) -> Posterior:
    """Return the posterior of a cohort's history."""
    generator = np.random.default_rng([made.seed, 2])
    if method == "abc":
        return abc_smc(made.simulate(), made.goal, 2, simulations=12_000, generator=generator)
    return synthetic_likelihood(
        made.simulate(), values, made.goal, 2, simulations=1200, generator=generator
    )


def ranks(count: int, method: str) -> None:
    """Print how the truth's quantiles lie in the posteriors of many histories."""
    quantiles, p_values = np.empty((count, 2)), np.empty(count)
    for number in range(count):
        truth = np.random.default_rng([number, 6]).normal(size=2)
        made = case(truth, number)
        rows = posterior(method, made).z.reshape(-1, 2)
        quantiles[number] = (rows < truth).mean(axis=0)
        simulated = made.histories("predictive", rows[(np.arange(800) * len(rows)) // 800])
        check = checked(("enrolled_patients", "99490"), made.observed, simulated, 0.01)
        p_values[number] = check.p_value
    print(f"{method}, {count} histories: the truth's quantiles in ten equal parts")
    for k, name in enumerate(("p", "a")):
        tenths = np.histogram(quantiles[:, k], 10, (0.0, 1.0))[0]
        expected = count / 10.0
        chi = float(((tenths - expected) ** 2).sum() / expected)
        print(f"  {name}: {tenths.tolist()}, chi-squared {chi:.1f} (9 degrees of freedom)")
        for level in (0.5, 0.9):
            inside = float((np.abs(quantiles[:, k] - 0.5) < level / 2.0).mean())
            print(f"     in the central {100 * level:.0f} %: {100 * inside:.1f} %")
    shares = [f"{100.0 * (p_values < alarm).mean():.2f} %" for alarm in (0.05, 0.01)]
    print(f"  false alarms of the check at 5 % and 1 %: {', '.join(shares)}")


def departures(count: int, names: list[str]) -> None:
    """Print how often the check, at 1 %, sees bills that the cohort does not make."""
    of_bills = [name for name, item in DEPARTURES.items() if "99490" in item.columns]
    for name in names or of_bills:
        item = DEPARTURES[name]
        for size in item.sizes:
            found = sum(_seen(number, item, size) for number in range(count))
            low, high = Count(found, count).ends()
            print(f"{name} {size:g}: {found} of {count} (99 %: {low:.2f} to {high:.2f})")


def _seen(number: int, item: Departure, size: float) -> bool:
    """Return whether the check accuses a history with a departure."""
    rng = np.random.default_rng([number, 7])

    def broken(series: Floats) -> Floats:
        return np.stack([series[0], np.round(series[1] * item.factors(MONTHS, size, rng))])

    truth = np.random.default_rng([number, 6]).normal(size=2)
    made = case(truth, number, broken=broken)
    rows = posterior("synthetic", made).z.reshape(-1, 2)
    simulated = made.histories("predictive", rows[(np.arange(800) * len(rows)) // 800])
    return not checked(("enrolled_patients", "99490"), made.observed, simulated, 0.01).fits


def exact(made: Case) -> Floats:
    """Return draws from the exact posterior given all months: two Beta laws, cut off."""
    enrolled, units = made.observed
    billed, left = units.sum(), enrolled[:-1].sum() - enrolled[1:].sum()
    rng = np.random.default_rng(SEED)
    p = rng.beta(1.0 + billed, 1.0 + enrolled.sum() - billed, 100_000)
    a = rng.beta(1.0 + left, 1.0 + enrolled[1:].sum(), 100_000)
    ends = ((p > BILLED[0]) & (p < BILLED[1])) & ((a > STOPS[0]) & (a < STOPS[1]))
    return np.stack([p[ends], a[ends]], axis=1)


def peer(made: Case) -> Floats | None:
    """Return draws of pyabc's ABC-SMC on the same statistics, None where it is not installed."""
    try:
        pyabc: Any = import_module("pyabc")
    except ImportError:
        return None
    luck = np.random.default_rng(SEED)

    def model(at: Any) -> dict[str, Floats]:
        one = months(np.array([[at["p"], at["a"]]]), luck)
        return {"s": made.compared.of(one)[0]}

    pilot = np.stack([model({"p": 0.6, "a": 0.08})["s"] for _ in range(200)])
    sd = pilot.std(axis=0)
    prior = pyabc.Distribution(
        p=pyabc.RV("uniform", BILLED[0], BILLED[1] - BILLED[0]),
        a=pyabc.RV("uniform", STOPS[0], STOPS[1] - STOPS[0]),
    )

    def distance(x: Any, y: Any) -> float:
        return float(np.sqrt((((x["s"] - y["s"]) / sd) ** 2).sum()))

    sampler = pyabc.sampler.SingleCoreSampler()
    search = pyabc.ABCSMC(model, prior, distance, population_size=400, sampler=sampler)
    with TemporaryDirectory() as folder:
        search.new(f"sqlite:///{folder}/run.db", {"s": made.goal})
        history = search.run(max_nr_populations=9, max_total_nr_simulations=60_000)
        frame, weights = history.get_distribution()
    chosen = luck.choice(len(frame), 20_000, p=np.asarray(weights))
    return np.asarray(frame[["p", "a"]].to_numpy()[chosen], dtype=np.float64)


def posteriors() -> None:
    """Print one posterior in several ways."""
    made = case(np.array([0.3, -0.2]), 11)
    found: dict[str, Floats | None] = {"exact, from every month": exact(made)}
    for method in ("synthetic", "abc"):
        found[method] = values(posterior(method, made).z.reshape(-1, 2))
    found["pyabc, the same statistics"] = peer(made)
    for name, rows in found.items():
        if rows is not None:
            (p, a), (sd_p, sd_a) = rows.mean(axis=0), rows.std(axis=0)
            print(f"{name}: p {p:.4f} (sd {sd_p:.4f}), a {a:.4f} (sd {sd_a:.4f})")


if __name__ == "__main__":
    what, *more = sys.argv[1:] or ["posteriors"]
    if what == "speed":
        speed(more)
    elif what == "ridge":
        ridge()
    elif what == "ranks":
        ranks(int(more[0]), more[1])
    elif what == "departures":
        departures(int(more[0]), more[1:])
    else:
        posteriors()
