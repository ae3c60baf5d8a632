"""The page docs/validation.md, made from findings.

Comes in: findings and extreme conditions. Goes out: Markdown. `python -m ccmsim.studies.validation`
writes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ccmsim.studies.validation.extremes import Extremes, found_words
from ccmsim.studies.validation.finding import Finding
from ccmsim.studies.validation.views import rule, section

HEAD: Final = """# Validation

What the model says beside what was published, hits and misses alike. Nothing is tuned to hit:
where an input was set from a figure, that figure is marked as given and tests nothing.

{rule}

`make validate` writes this page and [For the doubter](doubt.md), which asks what the conclusions
rest on; `ccmsim.studies.validation` has a function for each section, and
`python -m ccmsim.studies.validation NAME` prints one: {names}. The same program against
closed forms, and against another implementation of the same text, is in
[Verification](verification.md). None of this says that a preset is *your* practice: [Writing a
scenario](scenarios.md) says how to put your own values in place of those marked A.

| | target | outcome |
|---|---|---|
{summary}

![Billed months per user, by attrition and share of months billed](images/validation_national.png)

*The line: pairs of a share of months billed and an attrition that give the nation's 4.8 billed
months per user, by the simplest model. The points: three presets, from nobody enrolled, with
their months per user.*
"""

EXTREMES: Final = """## 8. Extreme conditions

**{verdict}.** What must come out where something is nothing, everything or everybody; in every
one of {replications:,} replications of {months} months, seed {seed}. `tests/verification` holds
more of them, and they run with every change.

| case | expected | found | |
|---|---|---|---|
{rows}

The share of months whose documentation fails has two halves, chance and lasting faults, which may
meet: with `documentation.failure_share` at 1, three quarters of the months fail, and at the usual
few percent the two hardly ever meet.
"""

TAIL: Final = """## What was not validated

- No practice's own months were fitted: the presets' levels are as good as their assumptions.
- No clinical outcome is modelled, so none can be right or wrong. Months since the last contact are
  reported instead (`months_since_contact`, claims 6 and 10); no published figure is beside them.
- Absence grows with workload in one preset only, by an assumed amount; a pulled nurse is not pulled
  more often when the panel grows.
- Patients' answers are independent between calls given the patient, the hour and who calls;
  weekdays are alike.
"""


def page(findings: Sequence[Finding], extreme: Extremes) -> str:
    """Return the page.

    Examples
    --------
    >>> from ccmsim.studies.validation import absence, extremes
    >>> text = page([absence(replications=4)], extremes(replications=1))
    >>> text.splitlines()[0]
    '# Validation'
    """
    summary = [f"| {f.number} | {f.title} | {f.verdict} |" for f in findings]
    passed = sum(case.passed for case in extreme.cases)
    verdict = f"{passed} of {len(extreme.cases)} passed"
    summary.append(f"| 8 | Extreme conditions | {verdict} |")
    rows = [
        f"| {case.words} | {case.expected} | {found_words(case)} | "
        f"{'passed' if case.passed else '**failed**'} |"
        for case in extreme.cases
    ]
    last = EXTREMES.format(
        verdict=verdict, replications=extreme.replications, months=extreme.months,
        seed=extreme.seed, rows="\n".join(rows),
    )  # fmt: skip
    names = ", ".join(f"`{f.name}`" for f in findings)
    head = HEAD.format(
        names=f"{names}, `extremes`", rule="\n".join(rule()), summary="\n".join(summary)
    )
    return "\n".join([head, *(section(found) for found in findings), last, TAIL])
