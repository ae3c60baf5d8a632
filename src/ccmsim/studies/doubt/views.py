"""How the studies of doubt look: as text, as parts of a page, and as figures.

Comes in: `Structure`, `Mechanisms`, `Assumptions`, `Space`. Goes out: text, Markdown, or a
matplotlib `Figure`. Computes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from ccmsim.studies.doubt.advice import ADVICE
from ccmsim.studies.doubt.mechanisms import MECHANISMS, PRACTICES, TODAY
from ccmsim.studies.doubt.space import VERDICTS, Space
from ccmsim.studies.doubt.structure import AS_IT_IS, SHOWN
from ccmsim.wording import cell, columns, hundredths, paragraph

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ccmsim.estimation import Estimate
    from ccmsim.studies.doubt.assumed import Assumptions
    from ccmsim.studies.doubt.mechanisms import Mechanisms
    from ccmsim.studies.doubt.space import Held
    from ccmsim.studies.doubt.structure import Structure

_WORDS: Final = {advice.name: advice.words for advice in ADVICE}
_STANDS: Final = {True: "pays", False: "costs", None: "open"}
_DARK, _LIGHT, _BAD, _GREY = "#08306b", "#7fb1d8", "#b03a00", "#d9d9d9"

Row = Sequence[str]


def how(found: Structure | Mechanisms | Assumptions | Space) -> str:
    """Return what was simulated."""
    sets = f"{found.sets:,} sets of " if isinstance(found, Space) else ""
    return (
        f"{found.months} months after {found.warmup_months} of warm-up, {sets}"
        f"{found.replications:,} replications, seed {found.seed}; {100.0 * found.level:g} % "
        "intervals"
    )


def markdown(rows: Sequence[Row]) -> list[str]:
    """Return a table of Markdown; the first row is its head."""
    head, *rest = (f"| {' | '.join(row)} |" for row in rows)
    return [head, "|" + "---|" * len(rows[0]), *rest]


def _text(head: str, rows: Sequence[Row], found: Any) -> str:
    return "\n".join([head, "", *columns(rows), "", *paragraph(f"{how(found)}.")])


# ---------------------------------------------------------------- mechanisms


def mechanism_rows(found: Mechanisms) -> list[Row]:
    """Return mechanisms by preset, points."""
    rows: list[Row] = [("mechanism", *PRACTICES)]
    shown = {TODAY: "billable share today"} | {name: MECHANISMS[name][0] for name in found.names}
    for name, words in shown.items():
        cells = [found.effects.get((name, preset)) for preset in PRACTICES]
        rows.append((words, *("–" if each is None else cell(each) for each in cells)))
    return rows


def mechanisms_text(found: Mechanisms) -> str:
    """Return the mechanisms as plain text."""
    return _text("What each mechanism does, points of billable share", mechanism_rows(found), found)


def mechanisms_figure(found: Mechanisms) -> Figure:
    """Return points by mechanism, a panel for each preset."""
    drawn = _figure(3.0 + 0.24 * len(found.names))
    panels = drawn.subplots(1, len(PRACTICES), sharey=True)
    for axes, preset in zip(panels, PRACTICES, strict=True):
        for place, name in enumerate(found.names):
            effect = found.effects.get((name, preset))
            if effect is not None:
                colour = _BAD if effect.value < 0.0 else _LIGHT
                axes.barh(place, effect.value, color=colour, height=0.7)
                axes.plot([effect.low, effect.high], [place] * 2, color="black", linewidth=1)
        axes.set_title(f"{preset}: {found.effects[TODAY, preset].value:.0f} of 100", fontsize=9)
        _tidy(axes, [MECHANISMS[name][0] for name in found.names], "points of billable share")
    drawn.suptitle("What each mechanism does to the billable share of a month",
                   x=0.01, ha="left")  # fmt: skip
    return drawn


# ---------------------------------------------------------------- other rules


def structure_rows(found: Structure) -> list[Row]:
    """Return alternatives by preset: points and net."""
    head = [f"{preset}, {unit}" for preset in SHOWN for unit in ("points", "USD")]
    rows: list[Row] = [("another rule", *head)]
    for alternative in found.alternatives:
        cells = [
            cell(found.effects[alternative.name, preset, measure])
            for preset in SHOWN
            for measure in ("points", "net_usd")
        ]
        rows.append((alternative.words, *cells))
    return rows


def stands_rows(found: Structure) -> list[Row]:
    """Return advice as it is, and the alternatives under which it is another one."""
    rows: list[Row] = [
        ("advice", "worth as it is, USD", "reversed by", "open under", "made sure by")
    ]
    for advice in found.advice:
        today = found.stands(AS_IT_IS, advice.name)
        lists: dict[str, list[str]] = {"reversed": [], "open": [], "decided": []}
        for alternative in found.alternatives:
            if advice.name in alternative.about:
                continue
            stands = found.stands(alternative.name, advice.name)
            if stands is today:
                continue
            if stands is None:
                lists["open"].append(alternative.words)
                continue
            worth = cell(found.gains[alternative.name, advice.name])
            if today is None:
                lists["decided"].append(f"{alternative.words} ({worth}: {_STANDS[stands]})")
            else:
                lists["reversed"].append(f"{alternative.words} ({worth})")
        worth = f"{cell(found.gains[AS_IT_IS, advice.name])}: {_STANDS[today]}"
        rows.append((advice.words, worth, *("; ".join(each) or "none" for each in lists.values())))
    return rows


def structure_text(found: Structure) -> str:
    """Return the alternatives, and what they do to the advice, as plain text."""
    lines = ["What other rules move, points of billable share and USD a year", ""]
    lines += [*columns(structure_rows(found)), ""]
    for words, worth, reverses, opens, decides in stands_rows(found)[1:]:
        told = f"Reversed by: {reverses}. Open under: {opens}. Made sure by: {decides}."
        lines += paragraph(f"{words}: {worth}. {told}", bullet="- ")
    return "\n".join([*lines, "", *paragraph(f"{how(found)}.")])


def structure_figure(found: Structure) -> Figure:
    """Return points by alternative, a mark for each preset."""
    drawn = _figure(1.6 + 0.3 * len(found.alternatives))
    axes = drawn.subplots()
    for k, (preset, colour) in enumerate(zip(SHOWN, (_DARK, "#1a7f5a", _BAD), strict=True)):
        for place, alternative in enumerate(found.alternatives):
            effect = found.effects[alternative.name, preset, "points"]
            height = place + 0.22 * (k - 1)
            axes.plot([effect.low, effect.high], [height] * 2, color=colour, linewidth=1.5)
            axes.plot(effect.value, height, "o", color=colour, markersize=5,
                      label=preset if place == 0 else None)  # fmt: skip
    _tidy(
        axes, [alternative.words for alternative in found.alternatives], "points of billable share"
    )
    axes.legend(frameon=False, fontsize=8)
    drawn.suptitle("The model with one rule changed, less the model as it is", x=0.01, ha="left")
    return drawn


# ---------------------------------------------------------------- assumptions


def assumption_rows(found: Assumptions) -> list[Row]:
    """Return what both ends of each range change; who changes nothing is left out."""
    rows: list[Row] = [
        ("assumed", "in", "there", "may be", "points at both ends", "net a year at both ends, USD")
    ]
    idle = set(found.idle)
    for path in found.order:
        if path not in idle:
            low, today, high, _ = found.ranges[path]
            cells = [
                "; ".join(cell(found.effects[path, end, measure]) for end in ("low", "high"))
                for measure in ("points", "net_usd")
            ]
            where = found.scenarios[path]
            rows.append((f"`{path}`", where, f"{today:.4g}", f"{low:.4g} to {high:.4g}", *cells))
    return rows


def assumptions_text(found: Assumptions) -> str:
    """Return the assumptions as plain text."""
    return _text("What each assumption alone could change", assumption_rows(found), found)


def assumptions_figure(found: Assumptions, most: int) -> Figure:
    """Return the widest swings of the net."""
    paths = found.order[:most]
    drawn = _figure(1.6 + 0.3 * len(paths))
    axes = drawn.subplots()
    for place, path in enumerate(paths):
        for end, colour in (("low", _LIGHT), ("high", _DARK)):
            effect = found.effects[path, end, "net_usd"].times(1e-3)
            axes.barh(place, effect.value, color=colour, height=0.7,
                      label=f"at the range's {end} end" if place == 0 else None)  # fmt: skip
            axes.plot([effect.low, effect.high], [place] * 2, color="black", linewidth=1)
    words = [
        f"{p}, {found.scenarios[p]} ({found.ranges[p][0]:.3g} to {found.ranges[p][2]:.3g})"
        for p in paths
    ]
    _tidy(axes, words, "net a year, thousand USD, less today's")
    axes.legend(frameon=False, fontsize=8, loc="lower right")
    drawn.suptitle("What each assumption alone could change", x=0.01, ha="left")
    return drawn


# ---------------------------------------------------------------- the space of assumptions


def space_rows(found: Space) -> list[Row]:
    """Return advice with the share of the space in which it pays."""
    rows: list[Row] = [
        (
            "advice",
            "pays in % of the space",
            "surely pays / costs, %",
            "worth a year, USD",
            "verdict",
            "moved most by",
        )
    ]
    for name, held in found.held.items():
        rows.append(
            (
                _WORDS[name],
                hundredths(held.share.times(100.0)).strip(),
                f"{100.0 * held.sure:.0f} / {100.0 * held.against:.0f}",
                cell(held.gain),
                held.verdict,
                turn_words(held),
            )
        )
    return rows


def turn_words(held: Held) -> str:
    """Return what the parameter that moves an advice most does to it."""
    turn = held.turn
    if turn is None:
        return "no single one"
    low, high = (cell(each.times(100.0)) for each in (turn.low, turn.high))
    lower, upper = sorted((turn.low, turn.high), key=lambda share: share.value)
    if lower.high < 0.5 < upper.low:
        does = "overturns it"
    elif lower.value < 0.5 < upper.value:
        does = "may overturn it"
    else:
        does = "does not overturn it"
    return f"`{turn.path}`: pays in {low} % of its low third, {high} % of its high ({does})"


def choice_rows(found: Mapping[str, tuple[str, ...]]) -> list[Row]:
    """Return what is assumed without a range, and who chooses otherwise."""
    rows: list[Row] = [("assumed, a choice", "what happens where it is another")]
    return [*rows, *((f"`{path}`", "; ".join(words)) for path, words in found.items())]


def verdict_rule() -> list[str]:
    """Return how a verdict over the space comes about, as lines of Markdown."""
    return [f"- **{verdict}**: {words}" for verdict, words in VERDICTS.items()]


def space_text(found: Space) -> str:
    """Return the advice over the space as plain text."""
    lines = [f"In what share of the space of {len(found.paths)} assumptions each advice pays", ""]
    for words, pays, sure, worth, verdict, turn in space_rows(found)[1:]:
        lines += paragraph(
            f"{words}: {verdict.upper()}, in {pays} % ({sure} surely); {worth} USD a year; {turn}",
            bullet="- ",
        )
    return "\n".join([*lines, "", *paragraph(f"{how(found)}.")])


def space_figure(found: Space) -> Figure:
    """Return by advice the share of sets in which it surely pays, surely costs, or neither."""
    drawn = _figure(1.6 + 0.42 * len(found.held))
    axes = drawn.subplots()
    for place, held in enumerate(found.held.values()):
        start = 0.0
        unsure = 1.0 - held.sure - held.against
        for part, colour in ((held.sure, _LIGHT), (unsure, _GREY), (held.against, "#d08770")):
            axes.barh(place, 100.0 * part, left=start, color=colour, height=0.7)
            start += 100.0 * part
        share: Estimate = held.share.times(100.0)
        axes.plot([share.low, share.high], [place] * 2, color="black", linewidth=2)
        axes.plot(share.value, place, "o", color="black")
    labels = [f"{_WORDS[name]}: {held.verdict}" for name, held in found.held.items()]
    _tidy(axes, labels, "% of the space: surely pays (blue), unsure (grey), surely costs (red)")
    axes.axvline(50.0, color="black", linewidth=0.8, linestyle=":")
    axes.set_xlim(0.0, 100.0)
    drawn.suptitle("Where each advice pays; the dot is its estimate", x=0.01, ha="left")
    return drawn


def _figure(height: float) -> Figure:
    from ccmsim.plot import NotebookFigure

    return NotebookFigure(figsize=(11.0, height), dpi=110, layout="constrained")


def _tidy(axes: Axes, labels: list[str], unit: str) -> None:
    axes.set_yticks(range(len(labels)), labels)
    axes.tick_params(axis="y", labelsize=8)
    axes.set_ylim(len(labels) - 0.5, -0.5)
    axes.axvline(0.0, color="black", linewidth=0.8)
    axes.set_xlabel(unit, fontsize=9)
    axes.grid(axis="x", alpha=0.3)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
