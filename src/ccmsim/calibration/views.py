"""How a calibration reads on a terminal.

Comes in: a `Calibration`. Goes out: lines of text. Computes nothing new.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Final

import numpy as np

from ccmsim.calibration.predictive import WAYS, Misfit
from ccmsim.calibration.value import Calibration
from ccmsim.wording import WIDTH, columns, paragraph

GOOD_R_HAT: Final = 1.05
FEWEST_EFFECTIVE: Final = 100.0
MOST_ERROR: Final = 0.4
"""Of a mean, in standard deviations of the posterior."""

MOST_BIAS: Final = 0.25
"""Of the emulator, in standard deviations of a statistic's noise."""

WIDE: Final = 1.5
"""Final tolerance of ABC, in standard deviations of the noise of each parameter's statistic."""

SHOWN: Final = 3
"""Misfits that are told."""

METHODS: Final = {
    "synthetic": "synthetic likelihood",
    "abc": "approximate Bayesian computation",
}


def text(found: Calibration) -> str:
    """Return the posterior, what the months tell, and what the check says."""
    labels = found.history.labels
    span = f"{len(labels)} months, {labels[0]} to {labels[-1]}, of {found.history.source}"
    done = f"{found.diagnostics['simulations']:,} simulated histories, seed {found.seed}"
    head = [
        f"{found.base.name}: {span}",
        f"{METHODS[found.method]}, {done}",
        *textwrap.wrap(f"columns: {', '.join(found.history.columns)}", WIDTH),
        "",
    ]
    lines = [*head, *columns(list(_rows(found))), "", "What the months tell"]
    for sentence in found.telling.sentences():
        lines += paragraph(sentence, bullet="- ")
    lines += ["", "Could this model have made them?", *paragraph(verdict(found))]
    for item in found.check.misfits[:SHOWN] if not found.check.fits else ():
        lines += paragraph(said_of(item, labels), bullet="- ")
    for title, sentences in (("Warnings", found.warnings()), ("Notes", list(found.notes))):
        if sentences:
            lines += ["", title]
        for sentence in sentences:
            lines += paragraph(sentence, bullet="- ")
    return "\n".join(lines)


def _rows(found: Calibration) -> Iterator[tuple[str, ...]]:
    percent = f"{100.0 * found.level:g} %"
    yield "", "prior mean", "sd", "posterior mean", "± error", "sd", percent, "draws worth"
    for path, row in found.table().iterrows():
        error, sd = float(row["standard_error"]), float(row["sd"])
        yield (
            str(path),
            f"{row['prior_mean']:.4g}",
            f"{row['prior_sd']:.2g}",
            f"{row['mean']:.4g}",
            f"{error:.1g}",
            f"{sd:.2g}",
            f"{row['low']:.3g} to {row['high']:.3g}",
            f"{row['ess']:,.0f}",
        )


def verdict(found: Calibration) -> str:
    """Return what the posterior-predictive check says, in a sentence."""
    check = found.check
    alarm = f"a model that is right is accused in at most {100.0 * check.false_alarm:g} % of cases"
    if check.fits:
        return f"Nothing speaks against it: p = {check.p_value:.2g} over all columns ({alarm})."
    return f"Hardly: p = {check.p_value:.2g} over all columns ({alarm}). What does not fit best:"


def said_of(item: Misfit, labels: tuple[str, ...]) -> str:
    """Return a misfit in words."""
    months = [labels[m] for m in item.months]
    when = months[0] if len(months) == 1 else f"{months[0]} to {months[-1]}"
    if item.way == "step":
        when = f"from {months[0]} on"
    given = ", given the columns before it" if item.given else ""
    side = "more" if item.above else "less"
    made = "" if item.way == "spread" else f", {when}, {side} than the model makes"
    return f"{item.series}{given}: {WAYS[item.way]}{made} (p = {item.p_value:.2g})"


def warnings_of(found: Calibration) -> list[str]:
    """Return what speaks against trusting the numbers."""
    warnings = []
    if not found.check.fits:
        warnings.append(
            "The fitted model hardly makes these months: what it says of the free values stands "
            "for something that it lacks."
        )
    for path, hat, size in zip(found.paths, found.r_hats, found.sizes, strict=True):
        if hat > GOOD_R_HAT:
            warnings.append(f"The chains disagree about {path} (R-hat {hat:.2f}).")
        if size < FEWEST_EFFECTIVE:
            warnings.append(f"The draws of {path} are worth {size:.0f} independent ones only.")
    for name, row in found.table().iterrows():
        if (part := float(row["standard_error"]) / float(row["sd"])) > MOST_ERROR:
            warnings.append(
                f"The mean of {name} is uncertain by {part:.1f} of its standard deviation because "
                f"simulations are few: more of them, or fewer columns and statistics, would help."
            )
    bias = found.diagnostics.get("emulator_bias", 0.0)
    if bias > MOST_BIAS:
        warnings.append(
            f"The emulator is off by {bias:.2f} standard deviations of a statistic's noise where "
            f"the posterior lies: more simulations, or narrower priors, would help."
        )
    generations = found.diagnostics.get("generations", [])
    if generations and (wide := generations[-1]["tolerance"] / len(found.paths) ** 0.5) > WIDE:
        warnings.append(
            f"The last tolerance is still {wide:.1f} standard deviations of noise wide, so the "
            f"posterior may be too wide as well: more simulations would help."
        )
    return warnings + list(_edges(found))


def _edges(found: Calibration) -> Iterator[str]:
    """Yield which posteriors lean on the end of their prior."""
    for k, item in enumerate(found.parameters):
        middle = float(np.median(found.flat[:, k]))
        low, high = item.law.quantile(0.0228), item.law.quantile(0.9772)
        if not low <= middle <= high:
            end = "low" if middle < low else "high"
            yield (
                f"The months push {item.path} to the {end} end of its prior: widen the prior if "
                f"more is possible, else the model lacks something."
            )
