"""How a fit of a call log looks: who answers after what, at which hour, and how long calls take.

Comes in: a `CallFit`. Goes out: a matplotlib `Figure`. Computes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ccmsim.fitting.plots import canvas, sample, shares, tidy_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ccmsim.fitting.call_log import Group
    from ccmsim.fitting.calls import CallFit


def figure(fit: CallFit) -> Figure:
    """Return the figure: four panels, fewer where the log has nothing for one."""
    durations = [
        (title, part)
        for title, part in (
            ("Answered calls", fit.call_minutes),
            ("Unanswered calls", fit.attempt_minutes),
        )
        if part is not None
    ]
    panels = 1 + bool(fit.by_hour) + len(durations)
    drawn, axes = canvas(-(-panels // 2), min(panels, 2))
    places = iter(axes)
    first = next(places)
    _answers(first, fit, fit.by_history)
    first.set_xticks(
        range(len(fit.by_history)),
        [group.label.split(": ")[1].removesuffix(" misses") for group in fit.by_history],
    )
    new = sum(group.label.startswith("never") for group in fit.by_history)
    first.axvline(new - 0.5, color="0.6", lw=0.8)
    tidy_axes(
        first, "Answers: patients who never answered before | who did",
        "Misses in a row before the call", "Calls answered, %",
    )  # fmt: skip
    if fit.by_hour:
        hours = next(places)
        _answers(hours, fit, fit.by_hour)
        tidy_axes(hours, "Answers by hour of the day", "Hour", "Calls answered, %")
    for title, part in durations:
        axis = next(places)
        law = "" if part.law_mean is None else part.family
        sample(axis, part.minutes, part.cdf, law, step=part.step)
        tidy_axes(axis, f"{title}: {part.minutes.size:,}", "Minutes", "% of calls up to that")
    for left in places:
        left.set_visible(False)
    return drawn


def _answers(axes: Axes, fit: CallFit, groups: tuple[Group, ...]) -> None:
    due = np.array([group.expected / group.calls for group in groups])
    shares(axes, [g.label for g in groups], [g.share(fit.level) for g in groups], due)
