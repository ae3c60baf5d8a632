"""The page docs/doubt.md, made from the studies of doubt.

Comes in: the four studies. Goes out: Markdown. `python -m ccmsim.studies.validation` writes it.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from ccmsim.scenario.evidence import assumptions
from ccmsim.studies.doubt.advice import ADVICE
from ccmsim.studies.doubt.alternatives import choices
from ccmsim.studies.doubt.assumed import PROBE, Assumptions
from ccmsim.studies.doubt.mechanisms import Mechanisms
from ccmsim.studies.doubt.space import SURVIVES, Space
from ccmsim.studies.doubt.structure import AS_IT_IS, Structure
from ccmsim.studies.doubt.views import (
    assumption_rows,
    choice_rows,
    how,
    markdown,
    mechanism_rows,
    space_rows,
    stands_rows,
    structure_rows,
    verdict_rule,
)


class Doubt(NamedTuple):
    """The four studies of the page."""

    space: Space
    structure: Structure
    mechanisms: Mechanisms
    assumptions: Assumptions


HEAD: Final = """# For the doubter

Nobody has measured a practice with this model, so its conclusions rest on what is assumed. This
page says how much: which advice survives when everything that is assumed is moved at once
(section 1) and when the model has other rules (2), what each mechanism does (3), and what each
assumption alone could change (4). How the model stands beside published figures is in
[Validation](validation.md).

*How to read it.* An **advice** is a pair of practices, one that follows it and one that does not;
its **worth** is what following adds to a year's net, US dollars, its cost paid. **Points** are of
100 months of an enrolled patient: the billable share. Values of **class A** are our assumptions,
wholly or in part; [Evidence](evidence.md) lists them. The practices are the [presets](scenarios.md)
in brackets. Every number is an estimate with its interval, low end and high end in brackets or
half the width after ±. `make validate` writes the page; `ccmsim.studies.doubt` has a function for
each part, and `python -m ccmsim.studies.validation NAME` prints one: `space`, `structure`,
`mechanisms`, `assumptions`.

{survivors}

All of it means: over the space of section 1 with the rules as they are, and under each other rule
of section 2, one rule at a time and with the presets' own values. Other rules together, or with
other values, were not tried.

## 1. The advice, over the whole space of assumptions

All {paths} values of class A are asked about. {moved} are numbers with a range; as
{parameters} parameters (a wage of any group counts once) they are moved together: a
Latin hypercube over their ranges, uniform on either side of each preset's own value, so that
practices whose own values differ keep their order. The other {chosen} are choices, below. What was
read in a source, derived, or quoted by a vendor (classes R, D, V) is held at its value, and so is
what a preset leaves out by definition (no stays in hospital, no audits): presets that do have it
move it, and an advice on each of them is among those below.

In each set every advice is followed and not
followed with the same random numbers. A set's replications leave noise, which spreads the sets
wider than they are; it is taken out of the share, and the interval holds what it leaves open
([Accuracy](accuracy.md)). The bar's blue and red parts are the sets that are sure. What an advice
itself sets, such as hours, a target or a substitute's wage, is not moved.

{verdicts}

![By advice, the share of the space in which it pays](images/doubt_space.png)

{space}

*{space_how}. The worth is a mean over the space, in the net of a year; "moved most by" is the
number whose rank correlation with the worth is largest, where it stands out from chance among all
of them.*

What is assumed and has no range is a choice. Each is made otherwise by a rule of section 2 or by
an advice:

{choices}

## 2. The advice, with other rules

What a reader might hold against the model is not a number but a rule. One at a time: points of
the billable share and a year's net, less the model as it is.

![The model with one rule changed](images/doubt_rules.png)

{structure}

What they do to the advice. Reversed: the sign is surely another one; open: it is not sure any
more; made sure: it is open as it is, and not under that rule.

{stands}

*{structure_how}. An advice that is itself about a rule is not asked under another one.*

The first rule is applied to the months when all is over, with behaviour unchanged: nobody in the
model calls more for its sake. The months that it strikes are taken off the net at the mean worth of
a billed month of that replication.

"Surely" is said of one advice under one rule: {level:g} % intervals, one by one. Were nothing in
it, about {chance:.0f} of these {asked:,} pairs would be called sure by chance, so a single reversal
near 0 is a hint and no proof.

## 3. The mechanisms

Each is taken away, with the same random numbers; what the share then lacks or gains is its
effect. Below 0 the mechanism costs months. Effects do not add up, for what one costs depends on
the others.

![Points of the billable share by mechanism](images/doubt_mechanisms.png)

{mechanisms}

*{mechanisms_how}. –: the practice does not have it.*

## 4. Each assumption alone

Every number of class A at both ends of its range, the widest swing of the net first: in
`two_nurses`, or, where {probe} replications show no effect there, in the first of the presets in
which they do. Where the table of ranges has none, a number may be half to double.

![The widest swings](images/doubt_assumptions.png)

{assumptions}

*{assumptions_how}.*

Assumed, and without any effect in {probe} replications of each preset that has them, nor in all of
the first, for none uses them or nothing that they are about befell it: {idle}.
"""


def page(doubt: Doubt) -> str:
    """Return the page."""
    return HEAD.format(
        survivors=survivors(doubt),
        paths=len(assumptions()),
        moved=len(assumptions()) - len(choices()),
        chosen=len(choices()),
        parameters=len(doubt.space.paths),
        choices="\n".join(markdown(choice_rows(choices()))),
        verdicts="\n".join(verdict_rule()),
        space="\n".join(markdown(space_rows(doubt.space))),
        space_how=how(doubt.space),
        structure="\n".join(markdown(structure_rows(doubt.structure))),
        stands="\n".join(markdown(stands_rows(doubt.structure))),
        structure_how=how(doubt.structure),
        level=100.0 * doubt.structure.level,
        asked=doubt.structure.asked,
        chance=(1.0 - doubt.structure.level) * doubt.structure.asked,
        mechanisms="\n".join(markdown(mechanism_rows(doubt.mechanisms))),
        mechanisms_how=how(doubt.mechanisms),
        probe=PROBE,
        assumptions="\n".join(markdown(assumption_rows(doubt.assumptions))),
        assumptions_how=how(doubt.assumptions),
        idle=", ".join(f"`{path}`" for path in doubt.assumptions.idle) or "none",
    )


def survivors(doubt: Doubt) -> str:
    """Return which advice, or which opposite, surely holds over the space and under every rule.

    The opposite of an advice holds over the space where the advice pays in less than a tenth of
    it, the high end included.
    """
    kept: dict[str, list[str]] = {"whole": [], "opposite": [], "rest": []}
    for advice in ADVICE:
        held = doubt.space.held.get(advice.name)
        if held is None:
            continue
        if held.verdict == SURVIVES and _everywhere(doubt.structure, advice.name, pays=True):
            kept["whole"].append(f"- {advice.words}")
        elif held.share.high < 0.1 and _everywhere(doubt.structure, advice.name, pays=False):
            kept["opposite"].append(f"- {advice.words}")
        else:
            told = [f"{held.verdict} over the assumptions", *_unlike(doubt.structure, advice.name)]
            kept["rest"].append(f"- {advice.words}: {'; '.join(told)}")
    titles = {
        "whole": "What survives all of it",
        "opposite": "What fails all of it: not to follow it is what survives",
        "rest": "What depends on what is assumed",
    }
    parts = (f"**{titles[name]}**\n\n" + "\n".join(kept[name] or ["- nothing"]) for name in titles)
    return "\n\n".join(parts)


def _everywhere(structure: Structure, advice: str, *, pays: bool) -> bool:
    """Return whether an advice surely pays, or surely costs, as it is and under every rule."""
    as_it_is = structure.stands(AS_IT_IS, advice) is pays
    return as_it_is and not structure.against(advice, pays=pays)


def _unlike(structure: Structure, advice: str) -> list[str]:
    """Return in words what the rules say: open as it is, and under which rules it is otherwise."""
    today = structure.stands(AS_IT_IS, advice)
    told = [] if today is not None else ["open in the presets as they are"]
    found = structure.against(advice, pays=today is not False)
    for words, wanted in (("open", None), ("surely costs", False), ("surely pays", True)):
        rules = [alternative.words for alternative, stands in found if stands is wanted]
        if rules and not (today is None and wanted is None):
            told.append(f"{words} where {' or where '.join(rules)}")
    return told
