"""The page of a report, part by part.

Comes in: a `Report`. Goes out: HTML. Computes nothing: each number is an analysis' own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from ccmsim.analyses.assess_views import certainty
from ccmsim.analyses.assessment import SURE_MAY_ERR, VERDICTS
from ccmsim.analyses.erosion_views import signed, steps_figure
from ccmsim.analyses.gaps import MEASURES
from ccmsim.analyses.losses import MISSED
from ccmsim.analyses.risk import CAUSE_NUMBERS, NUMBERS
from ccmsim.analyses.risk_views import (
    LABELS,
    SEVERITY_HEADS,
    TAIL_HEADS,
    WHAT_LOSSES_ARE,
    few_in_tail,
    few_of_causes,
    obstacles,
)
from ccmsim.analyses.risk_views import causes as struck
from ccmsim.first_page import CAUSES, Block, Note, Row, blocks
from ccmsim.report.markup import document, folded, heading, picture, table, words
from ccmsim.scenario.reference import toml
from ccmsim.scenario.values import plain
from ccmsim.wording import cell, counted, shown

if TYPE_CHECKING:
    from ccmsim.analyses.assessment import Gain
    from ccmsim.analyses.overturn import Overturn
    from ccmsim.analyses.risk import Risk
    from ccmsim.analyses.waterfall import Row as Step
    from ccmsim.report.value import Report

PARTS: Final = {
    "first": "First page",
    "year": "How it may turn out",
    "erosion": "Where the projection goes",
    "risk": "How bad it may be",
    "steps": "Next steps",
    "overturn": "What could overturn this",
    "made": "How these numbers were made",
}
"""Anchors and headings."""

_STEPS: Final = ("base_usd", "net_usd")
_GAINS: Final = ("billable_points", "billed_usd", "net_usd")


def page(report: Report) -> str:
    """Return the whole page."""
    makers = (_first, _year, _erosion, _risk, _steps, _overturn, _made)
    body = [*_head(report)]
    for (anchor, title), maker in zip(PARTS.items(), makers, strict=True):
        body += [heading(title, 2, anchor), *maker(report)]
    return document(f"{report.results.scenario.name}: what it will pay", body)


def _head(report: Report) -> Iterator[str]:
    results = report.results
    head, *_ = blocks(results, level=report.level)
    yield heading(head.heading, 1)
    if results.scenario.description:
        yield words(results.scenario.description)
    warm = results.warmup_months
    begun = f", after {counted(warm, 'month')} of warm-up" if warm else ""
    yield words(
        f"Seed {results.seed}{begun}. ccmsim {results.version}, scenario fingerprint "
        f"{results.scenario.fingerprint}.",
        quiet=True,
    )
    links = (f'<a href="#{anchor}">{title}</a>' for anchor, title in PARTS.items())
    yield f"<nav>{''.join(links)}</nav>"


def _first(report: Report) -> Iterator[str]:
    found = blocks(
        report.results, ceiling=report.ceiling, absence=report.absence, level=report.level
    )
    yield from _parts(Block("", found[0].parts))
    for block in found[1:]:
        yield from _parts(block)


def _parts(block: Block) -> Iterator[str]:
    """Yield a block of the first page: its rows as a table, its sentences below."""
    if block.heading:
        yield heading(block.heading)
    rows = [part for part in block.parts if isinstance(part, Row)]
    if rows:
        yield table((), rows)
    for part in block.parts:
        if isinstance(part, Note):
            yield words(f"{part.bullet}{part.text}")


def _year(report: Report) -> Iterator[str]:
    results = report.results
    span = counted(len(results.months), "month")
    for variable, what in (("billed_usd", "billed"), ("net_usd", "net")):
        alt = f"Dollars {what} by month as a fan, beside the distribution of {span}"
        yield picture(results.plot(variable), alt)
    yield words(
        f"Left: each month in {counted(results.replications, 'replication')}. Right: how often "
        f"{span} together came out so. No single one of these is the forecast: all of them are."
    )


def _erosion(report: Report) -> Iterator[str]:
    found = report.erosion
    enrolls = report.results.scenario.panel.medicare is not None
    first = "billable_patient_months" if enrolls else "billable_points"
    alt = f"The way from the projection down to today, {MEASURES[first]}"
    yield picture(steps_figure(found, first), alt)
    measures = (first, *_STEPS)
    yield table(
        ["", *(MEASURES[name] for name in measures)],
        [_step_row(label, row, measures) for label, row in signed(found)],
    )
    if enrolls:
        yield words(
            "Billed patient-months are counted: with fewer enrolled, the share that is billed may "
            "rise while months are lost."
        )
    yield words(
        "The projection bills everybody every month. The ceiling is what is billed where everybody "
        "eligible is enrolled, and unlimited staff are never away, log everything and document "
        "everything: nobody can bill more. From today up the drivers are mended one after the "
        "other. The net of the projection is its dollars less the cost that is really paid: add-on "
        "units, and claims that are never paid, are told apart. Net with staff without limit is "
        "told at today's cost of staff and training."
    )
    if found.causes:
        yield heading("Regained without one disruption")
        yield picture(found.plot(), "What would be billed besides without each disruption")
        rows = (*found.causes, found.summed, found.together, found.interaction)
        yield table(
            ["", *(MEASURES[name] for name in _GAINS)],
            [_step_row(row.label, row, _GAINS) for row in rows],
        )


def _step_row(label: str, row: Step, measures: tuple[str, ...]) -> tuple[str, ...]:
    cells = (row.estimates.get(name) for name in measures)
    return label, *("–" if found is None else shown(found) for found in cells)


def _risk(report: Report) -> Iterator[str]:
    found = report.risk
    rows = [(NUMBERS[name], cell(number)) for name, number in found.numbers.items()]
    yield words(
        'The net of all months together, a "year", against the projection as the plan; the level '
        "of a month is zero: under it, a month loses."
    )
    yield table((), rows)
    if few := few_in_tail(found):
        yield words(few, quiet=True)
    names = struck(found)
    if names:
        yield heading("What takes coordinators away, and what the worst years share")
        yield table(
            ["minutes lost to", *CAUSE_NUMBERS.values()],
            [
                (CAUSES[name], *(shown(found.causes[name, key]) for key in CAUSE_NUMBERS))
                for name in names
            ],
        )
    if lost := obstacles(found):
        yield heading("What missed months cost, by what stood in their way")
        for heads in (SEVERITY_HEADS, TAIL_HEADS):
            yield table(
                ["", *heads.values()],
                [
                    (LABELS[name], *(_loss(found, name, key) for key in heads))
                    for name in (*lost, MISSED)
                ],
            )
        yield words(WHAT_LOSSES_ARE[:1].upper() + WHAT_LOSSES_ARE[1:], quiet=True)
    if few := few_of_causes(found):
        yield words(few, quiet=True)


def _loss(found: Risk, name: str, key: str) -> str:
    number = found.losses.get((name, key))
    return "" if number is None else shown(number)


def _steps(report: Report) -> Iterator[str]:
    found = report.assessment
    yield picture(found.plot(), "What is lost by driver and disruption, and what steps bring")
    heads = ["", "net, USD", "a bad year's net, USD", "patients billed a month", "certainty"]
    paying = [gain for gain in found.steps if gain.verdict != "loses"]
    yield heading("Steps, the best first: what they bring after their cost")
    if paying:
        yield table(heads, map(_gain_row, paying))
    else:
        yield words("None of the steps that were tried pays for itself here.")
    losing = [gain.words for gain in found.steps if gain.verdict == "loses"]
    if losing:
        yield words(f"These cost more than they bring: {'; '.join(losing)}.")
    if found.worths:
        yield heading("What a little more is worth: the most that one should pay for it")
        yield table(heads, map(_gain_row, found.worths))
    told = "; ".join(f"“{name}”: {meaning}" for name, meaning in VERDICTS.items())
    yield words(
        f"Certainty – {told}; {SURE_MAY_ERR}. Each change is made by itself; two together may "
        "bring less than their sum. The intervals of the net hold for all steps at once.",
        quiet=True,
    )


def _gain_row(gain: Gain) -> tuple[str, ...]:
    numbers = (gain.net_usd, gain.bad_net_usd, gain.billed_patients)
    return gain.words, *(shown(number) for number in numbers), certainty(gain)


def _overturn(report: Report) -> Iterator[str]:
    if report.assessment.overturns:
        yield from _overturns(report.assessment.overturns)
        return
    found = report.assessment.assumptions
    if not found:
        yield words("This scenario makes no use of an assumption whose size would matter.")
        return
    yield words(
        "These assumptions decide most. Check them first, with data of your own; the dollars are "
        "about how much net a year lies between what is plausibly low and high, for this panel, "
        "as measured on the preset two_nurses."
    )
    patients = report.assessment.today["enrolled"].value
    rows = [
        (each.text, "; ".join(f"{path} = {toml(plain(v))}" for path, v in each.values.items()),
         f"{round(each.swing_usd * patients, -2):,.0f}")
        for each in found
    ]  # fmt: skip
    yield table(["assumed", "where it stands in the scenario", "about, USD"], rows, texts=2)


def _overturns(found: Sequence[Overturn]) -> Iterator[str]:
    yield words(
        "Over the ranges of these values the net of this practice moves most. Check them first, "
        "with data of your own. A conclusion flips where the net changes its sign, the best step "
        "loses, or the second best is better, surely."
    )
    rows = [
        (each.words, each.path, f"{each.low.at:.3g} to {each.high.at:.3g}",
         "; ".join(each.flips) or "none", shown(each.swing_usd))
        for each in found
    ]  # fmt: skip
    heads = ["assumed", "where it stands in the scenario", "range", "flips", "net moves by, USD"]
    yield table(heads, rows, texts=4)


def _made(report: Report) -> Iterator[str]:
    results = report.results
    found = results.stress_des(level=report.level)
    yield words(
        f"{counted(results.replications, 'replication')} from seed {results.seed}. The same "
        "scenario, seed and version give the same numbers to the last bit. What follows are the "
        "items of a STRESS-DES report (Monks et al. 2019) that a run can write."
    )
    items = [(item.number, item.heading, item.text) for item in found.items]
    yield table(["", "item", "this run"], items, texts=3)
    outputs = [(each.definition, cell(each.estimate)) for each in found.outputs]
    yield heading("Outputs")
    yield table(["measure", "estimate"], outputs)
    inputs = [(each.path, toml(each.value), each.kind, each.source) for each in found.inputs]
    whole = table(["value", "", "class", "source"], inputs, texts=4)
    yield folded(f"All {len(inputs)} inputs, with what each rests on", whole)
    yield folded("The scenario as a file", f"<pre>{_escaped(results.scenario.to_toml())}</pre>")


def _escaped(text: str) -> str:
    from html import escape

    return escape(text)


__all__ = ["PARTS", "page"]
