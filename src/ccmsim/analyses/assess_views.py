"""How an assessment looks: a page for an owner, and a figure.

Comes in: an `Assessment`. Goes out: lines of text, or a matplotlib `Figure`. Computes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from ccmsim.analyses.assessment import (
    INNER,
    LIMITS,
    SURE_MAY_ERR,
    SURE_OF_100,
    TODAY,
    TRIED,
    VERDICTS,
    Assessment,
    Gain,
)
from ccmsim.analyses.narrowing import ending
from ccmsim.analyses.shares import DRIVERS
from ccmsim.wording import (
    cell,
    columns,
    counted,
    hundredths,
    of_100,
    paragraph,
    row,
    shown,
    stretch,
    usd,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_COLOURS: Final = {
    "sure": "#1a7f5a", "likely": "#7fb1d8", "open": "#c9c9c9", "loses": "#d08770", "": "#08306b",
}  # fmt: skip
_MOST: Final = 8


def text(found: Assessment) -> str:
    """Return the page."""
    blocks = (_head(found), _today(found), _gaps(found), _limits(found), _steps(found),
              _worths(found), _check(found))  # fmt: skip
    return "\n".join(line for block in blocks for line in block)


def _head(found: Assessment) -> Iterator[str]:
    span = counted(found.months, "month")
    times = f"{found.replications:,} times"
    if found.half_width is not None:
        most = max(gain.billed_patients.replications for gain in (*found.gaps, *found.levers))
        times = f"up to {most:,} times"
    yield (
        f"{found.scenario}: {span} from {found.first_month}, each way simulated {times} with the "
        f"same luck, seed {found.seed}"
    )
    if found.half_width is not None:
        said = ending(found.half_width, "change of billed patients", reached=bool(found.reached))
        yield from paragraph(f"Stopped: {said}.")


def _today(found: Assessment) -> Iterator[str]:
    yield ""
    yield "TODAY"
    spans = {"stretch": stretch(found.months), "stretches": stretch(found.months, many=True)}
    for name, words in TODAY.items():
        if name in found.today:
            number, label = found.today[name], words.format(**spans)
            if name.endswith("_usd"):
                yield row(label, usd(number))
            else:
                yield row(label, hundredths(number) if "of_100" in name else cell(number))


def _gaps(found: Assessment) -> Iterator[str]:
    yield ""
    yield "WHAT IS LOST: net, and patients billed a month, regained if this were perfect"
    drivers = [gap for gap in found.gaps if gap.name in DRIVERS]
    causes = [gap for gap in found.gaps if gap.name not in DRIVERS]
    yield from _indented(
        [(gap.words, shown(gap.net_usd), shown(gap.billed_patients)) for gap in drivers]
    )
    if causes:
        yield "  Of execution, by what takes coordinators away:"
        ordered = sorted(causes, key=lambda gap: -gap.net_usd.value)[:_MOST]
        yield from _indented(
            [(f"  {gap.words}", shown(gap.net_usd), shown(gap.billed_patients)) for gap in ordered]
        )


def _indented(rows: Sequence[Sequence[str]]) -> list[str]:
    return [f"  {line}" for line in columns(rows)] if rows else []


def _limits(found: Assessment) -> Iterator[str]:
    """Say what holds the practice back, by the gains of its levers."""
    levers = {gain.name: gain for gain in found.levers}
    yield ""
    yield "WHAT LIMITS IT NOW"
    hour, patients = levers.get("hour"), levers.get("patients")
    if hour is not None:
        pays = {"loses": "costs more than it brings", "open": "may pay for itself or not"}
        said = f" and the {hour.cost_usd:,.0f} USD that you said" if hour.cost_usd else ""
        yield from paragraph(
            f"Time: an hour a week more for each coordinator brings {shown(hour.net_usd)} USD "
            f"after its wage{said}, and {shown(hour.billed_patients)} patients billed a month: it "
            f"{pays.get(hour.verdict, 'pays')}.",
            bullet="- ",
        )
    if patients is not None:
        brings, ten = patients.before_cost_usd, found.ten_of_today_usd
        yield from paragraph(
            f"Patients: ten more bring {shown(brings)} USD, ten of today's {cell(ten)} before "
            f"staff cost: {LIMITS[found.limited_by]}.",
            bullet="- ",
        )
    busy = found.today.get("busy_of_100")
    if busy is not None:
        yield from paragraph(
            f"Coordinators have work in {hundredths(busy).strip()} of 100 minutes on duty.",
            bullet="- ",
        )


def _steps(found: Assessment) -> Iterator[str]:
    yield ""
    yield (
        "NEXT STEPS, the best first: net after cost, change of a bad "
        f"{stretch(found.months)}, certainty"
    )
    yield from _indented([_step(gain) for gain in found.steps if gain.verdict != "loses"][:_MOST])
    losing = [gain.words for gain in found.steps if gain.verdict == "loses"]
    if losing:
        yield from paragraph(f"These cost more than they bring: {'; '.join(losing)}.")


def _step(gain: Gain) -> tuple[str, ...]:
    return gain.words, shown(gain.net_usd), shown(gain.bad_net_usd), certainty(gain)


def certainty(gain: Gain) -> str:
    """Return the verdict on a lever and, where it was tried, in how many of 100 sets it gains."""
    often = gain.gains_of_100
    return gain.verdict if often is None else f"{gain.verdict}, {of_100(often)} of 100"


def _worths(found: Assessment) -> Iterator[str]:
    """Say what is worth how much before a cost, and what is left of it after one that was said."""
    if not found.worths:
        return
    yield ""
    yield (
        "WHAT A LITTLE MORE IS WORTH: the most to pay for it, change of a bad "
        f"{stretch(found.months)}, certainty"
    )
    free = [gain for gain in found.worths if not gain.cost_usd]
    yield from _indented([_step(gain) for gain in free])
    for gain in found.worths:
        if gain.cost_usd:
            yield from paragraph(
                f"{gain.words}: worth {shown(gain.before_cost_usd)}; after the "
                f"{gain.cost_usd:,.0f} that you said {shown(gain.net_usd)}, a bad "
                f"{stretch(found.months)} "
                f"{shown(gain.bad_net_usd)}, {certainty(gain)}."
            )


def _check(found: Assessment) -> Iterator[str]:
    yield ""
    yield "WHAT COULD OVERTURN THIS: check first, with your own data"
    told = found.overturns or [assumption.text for assumption in found.assumptions]
    for number, each in enumerate(told, start=1):
        yield from paragraph(str(each), bullet=f"{number}. ")
    if found.overturns:
        yield from paragraph(
            "Told are the values over whose ranges the net moves most; another may do more to a "
            "step."
        )
    else:
        yield from paragraph("Which of them matter most was measured on two_nurses.")
    yield ""
    percent = f"{100.0 * found.level:g} %"
    tried = (
        f" The best {TRIED} were tried on {found.sets} sets of what is not known, {INNER} times "
        f"each: behind a verdict stands in how many of 100 sets it gained, chance taken out; "
        f"'sure' takes an interval above {SURE_OF_100:.0f}, those of all that were tried at once; "
        f"{SURE_MAY_ERR}."
        if found.sets
        else ""
    )
    yield from paragraph(
        f"Money is USD over all months. ± and brackets are {percent} intervals: those of the "
        f"levers' net gains hold all at once, so one may be picked by them; all others one "
        f"by one, those of bad times among them.{tried} 'open' means: {VERDICTS['open']}. Each "
        f"change is made by itself; two together may bring less than their sum."
    )


def figure(found: Assessment) -> Figure:
    """Return the figure: gaps on the left, levers on the right."""
    from ccmsim.plot import NotebookFigure

    gaps = sorted(found.gaps, key=lambda gap: (gap.name not in DRIVERS, -gap.net_usd.value))[:12]
    levers = [gain for gain in found.levers if gain.verdict != "loses"][:12]
    rows = max(len(gaps), len(levers), 3)
    drawn = NotebookFigure(figsize=(12.0, 1.8 + 0.36 * rows), dpi=120, layout="constrained")
    left, right = drawn.subplots(1, 2)
    _bars(left, gaps, "What is lost: net regained if perfect")
    _bars(right, levers, "What may be done: net after known cost")
    for verdict in dict.fromkeys(gain.verdict for gain in levers):
        right.bar(0.0, 0.0, color=_COLOURS[verdict], label=verdict)
    if levers:
        right.legend(frameon=False, loc="lower right")
    return drawn


def _bars(axes: Axes, gains: Sequence[Gain], title: str) -> None:
    for place, gain in enumerate(gains):
        number = gain.net_usd.times(1e-3)
        axes.barh(place, number.value, 0.7, color=_COLOURS[gain.verdict])
        axes.plot([number.low, number.high], [place] * 2, color="#b03a00", linewidth=1.5)
    axes.set_yticks(range(len(gains)), [gain.words for gain in gains])
    axes.tick_params(axis="y", labelsize=8)
    axes.invert_yaxis()
    axes.axvline(0.0, color="black", linewidth=0.8)
    axes.grid(axis="x", alpha=0.3)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_xlabel("Thousand USD (with intervals)")
    axes.set_title(title, loc="left")
