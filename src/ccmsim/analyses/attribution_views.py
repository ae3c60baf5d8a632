"""How an attribution looks: as text for a terminal, and as a figure.

Comes in: an `Attribution`. Goes out: lines of text, or a matplotlib `Figure`. Computes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ccmsim.analyses.attribution import OF_REASONS, Attribution
from ccmsim.analyses.labelling import legend_above
from ccmsim.wording import columns, counted, paragraph, shown

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_WHY_MORE: Final = (
    "Costs more than the days on which patients waited for it: the hours lost also delay those who "
    "wait later, while their coordinator is back and busy"
)
_WHY_MORE_DECIDED: Final = (
    "Costs more than the months that it decides: it also leaves others short, which then count as "
    "busy or unanswered"
)
_WHY_LESS: Final = (
    "Costs less than it stands in the way: without it, something else would have stood there, or "
    "nobody would have answered"
)


def text(found: Attribution) -> str:
    """Return both views of each obstacle, and where they differ and why."""
    span = counted(found.months, "month")
    how = f"{counted(found.replications, 'replication')}, seed {found.seed}"
    lines = [
        f"{found.scenario}: what stood in the way, {span} from {found.first_month}",
        f"{how}; patient-months of 100 enrolled, {100.0 * found.level:g} % intervals",
        "",
    ]
    if not found.patient_months.value:
        return "\n".join([*lines, "Nobody is enrolled in these months: none can be missed."])
    rows: list[tuple[str, ...]] = [("", "met", "regained without it", "apart")]
    for each in found.obstacles:
        cells = (each.met, each.regained, each.apart)
        rows.append((each.label, *("" if one is None else shown(one) for one in cells)))
    rows.append(("all missed months", shown(found.missed), "", ""))
    lines += columns(rows)
    return "\n".join([*lines, *_differences(found)])


def _differences(found: Attribution) -> list[str]:
    """Return where the two views surely differ, in words."""
    lines: list[str] = []
    several = sum(each.apart is not None for each in found.obstacles)
    if several > 1:
        lines += ["", f"apart: regained less met; the intervals of all {several} hold at once."]
    more = [each for each in found.obstacles if each.apart is not None and each.apart.low > 0.0]
    less = [each for each in found.obstacles if each.apart is not None and each.apart.high < 0.0]
    for why, those in (
        (_WHY_MORE, [each for each in more if each.name not in OF_REASONS]),
        (_WHY_MORE_DECIDED, [each for each in more if each.name in OF_REASONS]),
        (_WHY_LESS, less),
    ):
        names = [each.label for each in those]
        if names:
            lines += ["", *paragraph(f"{why}: {'; '.join(names)}.")]
    return lines


def figure(found: Attribution) -> Figure:
    """Return the figure: what was met and what would be regained, a pair of bars an obstacle."""
    from ccmsim.plot import NotebookFigure

    count = len(found.obstacles)
    drawn = NotebookFigure(figsize=(8.4, 1.4 + 0.5 * count), dpi=120, layout="constrained")
    axes = drawn.subplots()
    for shift, name, colour, label in (
        (-0.19, "met", "#7fb1d8", "met: missed months that fall on it"),
        (0.19, "regained", "#08306b", "regained: billed besides without it"),
    ):
        rows = [i for i, each in enumerate(found.obstacles) if getattr(each, name) is not None]
        numbers = [getattr(found.obstacles[i], name) for i in rows]
        arms = [
            [max(0.0, one.value - one.low) for one in numbers],
            [max(0.0, one.high - one.value) for one in numbers],
        ]
        axes.barh(
            [i + shift for i in rows], [one.value for one in numbers], height=0.36, color=colour,
            xerr=arms, ecolor="#b03a00", capsize=2, label=label,
        )  # fmt: skip
    axes.set_yticks(range(count), [each.label for each in found.obstacles])
    axes.invert_yaxis()
    axes.axvline(0.0, color="black", linewidth=0.8)
    axes.grid(axis="x", alpha=0.3)
    axes.set_axisbelow(True)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.set_xlabel(f"Patient-months of 100 enrolled, {100.0 * found.level:g} % intervals")
    legend_above(axes, f"{found.scenario}: what stood in the way, and what it costs")
    return drawn
