"""Cases of what is fitted to a practice's logs, made from known laws.

Comes in: laws. Goes out: cases to measure.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np

from ccmsim.absences.fit import fit_spells
from ccmsim.absences.season import Calendar, amplitude
from ccmsim.absences.value import AbsenceFit
from ccmsim.arrays import Floats
from ccmsim.estimation import Estimate
from ccmsim.estimation.goodness import chi_squared, kolmogorov, same_share
from ccmsim.fitting.calls import CallFit, fit_calls
from ccmsim.fitting.claims import fit_claims
from ccmsim.fitting.durations import fit_durations
from ccmsim.fitting.examples import write
from ccmsim.fitting.time_log import fit_time
from ccmsim.studies.accuracy.judging import Case, Generator

YEARS: Final = 3.0
RATE: Final = 1.0
SHAPE: Final = 0.55
MEAN_DAYS: Final = 3.0
MEDIAN_DAYS: Final = 1.5
SIGMA: Final = 0.8
ABSENCES: Final = {
    "spells_per_year": RATE,
    "frailty_shape": SHAPE,
    "mean_spell_days": MEAN_DAYS,
    "geometric_probability": 1.0 / MEAN_DAYS,
    "lognormal_median_days": MEDIAN_DAYS,
    "lognormal_sigma": SIGMA,
    "lost_days_per_year": RATE * MEDIAN_DAYS * math.exp(SIGMA**2 / 2.0),
    "any_absence": 1.0 - (1.0 + RATE / SHAPE) ** -SHAPE,
}
"""What a made absence log should give back."""

A: Final = 0.70
B: Final = 0.75
RATIO: Final = 1.33
CALLS: Final = {
    "answer_probability": A / (A + B),
    "patient_correlation": 1.0 / (A + B + 1.0),
    "afternoon_ratio": RATIO,
}
"""What a made call log should give back."""

TIME: Final = {"never_share": 0.06, "same_day_share": 0.80}
CLAIMS: Final = {"denied_share": 0.09, "recovered_share": 0.60}
MEAN_MINUTES: Final = 4.0
CV: Final = 0.6


def absence_fit(generator: Generator, *, workers: int, shape: float = SHAPE) -> AbsenceFit:
    """Return the fit of a made log: gamma frailty, Poisson counts, geometric days, lognormal hours.

    An infinite shape is no frailty.
    """
    counts = np.zeros(workers, np.int64)
    while counts.sum() < 2:  # a log without spells is refused, and one has no spread
        frailty = generator.gamma(shape, 1.0 / shape, workers) if math.isfinite(shape) else 1.0
        counts = generator.poisson(RATE * YEARS * frailty, size=workers)
    owner = np.repeat(np.arange(workers), counts)
    days = generator.geometric(1.0 / MEAN_DAYS, owner.size)
    recorded = np.exp(generator.normal(math.log(MEDIAN_DAYS), SIGMA, owner.size))
    lengths = list(zip(owner.tolist(), days.tolist(), recorded.tolist(), strict=True))
    return fit_spells(counts.tolist(), lengths, years=YEARS, level=0.95)


def absence_estimates(fit: AbsenceFit) -> dict[str, Estimate]:
    """Return the estimates that ABSENCES knows."""
    found = {name: getattr(fit, name) for name in ABSENCES if name != "any_absence"}
    return found | {"any_absence": fit.any_absence[0][2]}


def made_fit(kind: str, generator: Generator, **parameters: Any) -> Any:
    """Return the fit of a made log of calls, time or claims."""
    fit: Any = {"calls": fit_calls, "time": fit_time, "claims": fit_claims}[kind]
    with TemporaryDirectory() as folder:
        return fit(write(kind, Path(folder) / "log.csv", generator, **parameters))


def call_estimates(fit: CallFit) -> dict[str, Estimate]:
    """Return the estimates that CALLS knows; a log may be too small for one."""
    found = {name: getattr(fit, name) for name in CALLS}
    return {name: estimate for name, estimate in found.items() if estimate is not None}


def sample_of(family: str, n: int, generator: Generator, *, step: float = 1.0) -> Floats:
    """Draw durations of mean MEAN_MINUTES and variation CV, rounded to a step; 0 rounds nothing."""
    if family == "gamma":
        drawn: Floats = generator.gamma(1.0 / CV**2, MEAN_MINUTES * CV**2, n)
    else:
        sigma = math.sqrt(math.log1p(CV**2))
        drawn = np.exp(generator.normal(math.log(MEAN_MINUTES) - sigma**2 / 2.0, sigma, n))
    return np.round(drawn / step) * step if step else drawn


def duration_estimates(family: str, n: int, generator: Generator) -> dict[str, Estimate]:
    """Return the mean and the variation of fitted durations."""
    values = sample_of(family, n, generator)
    fit = fit_durations("calls", values.tolist(), range(n), family=family)
    assert fit.law_mean is not None
    assert fit.law_cv is not None
    return {"mean": fit.law_mean, "cv": fit.law_cv}


def season_estimate(truth: float, n: int, generator: Generator) -> Estimate:
    """Return the amplitude of the season of n spells."""
    days = Calendar()
    weight = 1.0 + truth * days.cosine
    drawn = generator.choice(days.cosine, n, p=weight / weight.sum())
    return amplitude(drawn, days, 0.95)


def of_logs() -> Iterator[Case]:
    """Yield cases of fitted logs."""
    for workers in (5, 10, 36, 200):
        yield Case(
            what="absence log", n=workers, sets=400, truths=ABSENCES,
            trial=lambda rng, w=workers: absence_estimates(absence_fit(rng, workers=w)),
        )  # fmt: skip
    for truth in (0.3, 0.8):
        yield Case(
            what=f"season of absences, amplitude {truth:g}", n=120, sets=400, truths={"": truth},
            trial=lambda rng, truth=truth: {"": season_estimate(truth, 120, rng)},
        )  # fmt: skip
    yield Case(
        what="call log", n=60, sets=40, truths=CALLS,
        trial=lambda rng: call_estimates(made_fit("calls", rng, patients=60)),
    )  # fmt: skip
    for family in ("lognormal", "gamma"):
        yield Case(
            what=f"durations, {family}, whole minutes", n=80, sets=200,
            truths={"mean": MEAN_MINUTES, "cv": CV},
            trial=lambda rng, family=family: duration_estimates(family, 80, rng),
        )  # fmt: skip
    yield Case(
        what="time log", n=600, sets=150, truths=TIME,
        trial=lambda rng: _named(made_fit("time", rng), TIME),
    )  # fmt: skip
    yield Case(
        what="claims", n=1_540, sets=150, truths=CLAIMS,
        trial=lambda rng: _named(made_fit("claims", rng), CLAIMS),
    )  # fmt: skip
    yield Case(
        what="true laws kept", n=200, sets=400, truths={},
        trial=kept,
    )  # fmt: skip


def kept(generator: Generator) -> dict[str, bool]:
    """Whether tests of fit do not doubt counts, shares and lengths that are as they should be."""
    share, of = np.array([0.1, 0.2, 0.3, 0.4]), np.array([20, 30, 25, 50])
    seen = generator.multinomial(200, share).astype(float)
    days = generator.geometric(0.4, 60).astype(float)
    tests = {
        "chi-squared": chi_squared("x", seen, 200 * share, fitted=0),
        "permutation": same_share("x", generator.binomial(of, 0.2), of, times=199),
        "Kolmogorov, fitted and rounded": kolmogorov(
            "x", days, geometric_cdf, lambda rng: _days(rng, 60 / days.sum()), step=1.0, times=99
        ),
    }
    return {name: test.p_value >= 0.05 for name, test in tests.items()}


def geometric_cdf(values: Floats) -> Callable[[Floats], Floats]:
    """Return the distribution function of whole days with the values' mean."""
    return lambda x: 1.0 - (1.0 - values.size / values.sum()) ** np.maximum(np.floor(x), 0.0)


def _days(generator: Generator, p: float) -> Floats:
    return generator.geometric(p, 60).astype(np.float64)


def _named(fit: Any, truths: dict[str, float]) -> dict[str, Estimate]:
    return {name: getattr(fit, name) for name in truths}
