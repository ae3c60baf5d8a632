"""The report of one simulation after the STRESS-DES guidelines, as far as a run can write it.

Comes in: `Results`. Goes out: a frozen `StressDes`: items in the guidelines' order, every input
with what it rests on, and the outputs. What no run can know is in docs/stress_des.md.
"""

from __future__ import annotations

import json
import platform
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from ccmsim.estimation import Estimate
from ccmsim.wording import counted

if TYPE_CHECKING:
    import pandas as pd

    from ccmsim.results import Results
    from ccmsim.scenario.model import Scenario

PAGE: Final = "docs/stress_des.md"

HEADINGS: Final = {
    "1.2": "What is reported",
    "2.3": "How the scenario differs",
    "3.1": "Where the inputs come from",
    "3.3": "Inputs",
    "3.4": "Assumptions",
    "4.1": "Start and warm-up",
    "4.2": "Length and replications",
    "4.3": "Estimation",
    "5.1": "Software",
    "5.2": "Random numbers",
    "5.3": "Execution",
    "5.4": "System",
    "6.1": "Access to the code, and how to run it again",
}
"""Of the items that a run can write; the numbers are the guidelines', the words our own."""

OUTPUTS: Final = {
    "net_usd.total": "Net of all reported months, by what their claims will finally pay",
    "cash_net_usd.total": "Net of all reported months, by cash",
    "billed_usd.total": "Allowed amount of all claims",
    "plan_usd.total": "The projection: every enrolled patient billed the base code every month",
    "revenue_at_risk_usd": "What a one-in-twenty bad run of months bills less than the projection",
    "net_usd.total.p5": "Net of the one-in-twenty bad run of months",
    "net_usd.total.p50": "Net of the usual run of months",
    "net_usd.total.loss_probability": "Probability of a net below zero",
    "billable_share": "Billable ÷ enrolled patient-months",
    "billable_share.month.p5": "The same of a bad month",
    "attempts_per_patient_month": "Outgoing calls ÷ enrolled patient-months",
    "utilisation": "Work while on duty ÷ on-duty minutes",
    "lost_share": "Share of scheduled desk minutes that were not on duty",
}
"""The measures of the report, and what they are; docs/results.md defines all others."""

CLASSES: Final = {
    "R": "read in a published source",
    "D": "derived from published figures",
    "V": "a vendor's figure",
    "A": "assumed",
    "definition": "what the practice is",
    "own": "given for this run",
    "default": "the field's default",
}
"""What an input may rest on."""

PACKAGES: Final = ("numpy", "numba", "simpy", "scipy", "pandas", "xarray")


class Item(NamedTuple):
    """One item of the guidelines: its number there, our heading, what the run says."""

    number: str
    heading: str
    text: str


class Input(NamedTuple):
    """One value of the scenario, and what it rests on."""

    path: str
    value: Any
    kind: str
    """Of CLASSES, or several joined with a slash."""
    source: str


class Output(NamedTuple):
    """One measure, what it is, and its estimate."""

    name: str
    definition: str
    estimate: Estimate


@dataclass(frozen=True, kw_only=True)
class StressDes:
    """What a run can write of a STRESS-DES report.

    Parameters
    ----------
    scenario : str
    items : tuple of Item
        In the guidelines' order.
    inputs : tuple of Input
        Every value of the scenario.
    outputs : tuple of Output

    Examples
    --------
    >>> import ccmsim
    >>> results = ccmsim.simulate(ccmsim.load("perfect"), months=1, replications=2, seed=7)
    >>> report = results.stress_des()
    >>> report.table().loc["4.2", "heading"], report.inputs[3].path
    ('Length and replications', 'panel.enrolled_at_start')
    """

    scenario: str
    items: tuple[Item, ...]
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]

    def table(self) -> pd.DataFrame:
        """Return the items as rows.

        Returns
        -------
        pandas.DataFrame
            Index number; columns heading and text.
        """
        import pandas as pd

        return pd.DataFrame([item._asdict() for item in self.items]).set_index("number")

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as plain values; NaN and infinite ends become None."""
        from ccmsim.analyses.factors import plain_estimate

        return {
            "scenario": self.scenario,
            "items": [item._asdict() for item in self.items],
            "inputs": [each._asdict() | {"value": _plain(each.value)} for each in self.inputs],
            "outputs": [
                {"name": each.name, "definition": each.definition, **plain_estimate(each.estimate)}
                for each in self.outputs
            ],
        }

    def to_json(self) -> str:
        """Return `as_dict` as JSON text."""
        return json.dumps(self.as_dict(), indent=2, allow_nan=False)

    def __str__(self) -> str:
        return "\n".join(_markdown(self)) + "\n"


def stress_des(results: Results, *, level: float = 0.95) -> StressDes:
    """Return what a run can write of a STRESS-DES report.

    Parameters
    ----------
    results : Results
    level : float
        Nominal coverage of the intervals, above 0 and at most 0.995.

    Notes
    -----
    Monks, Currie, Onggo, Robinson, Kunc and Taylor (2019), Strengthening the reporting of empirical
    simulation studies: introducing the STRESS guidelines, Journal of Simulation 13, 55-67.
    """
    from ccmsim.measures import measures_and_warning

    found, warning = measures_and_warning(results, level=level)
    outputs = tuple(Output(name, words, found[name]) for name, words in OUTPUTS.items())
    inputs = tuple(_inputs(results.scenario))
    return StressDes(
        scenario=results.scenario.name,
        items=tuple(_items(results, inputs, level, warning)),
        inputs=inputs,
        outputs=outputs,
    )


def flat(tree: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the values of a scenario's tree by dotted path; a law stays whole.

    Examples
    --------
    >>> list(flat({"panel": {"need": {"family": "constant", "value": 1.0}, "size": 3}}))
    [('panel.need', {'family': 'constant', 'value': 1.0}), ('panel.size', 3)]
    """
    for name, value in tree.items():
        if isinstance(value, Mapping) and "family" not in value:
            yield from flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _inputs(scenario: Scenario) -> Iterator[Input]:
    """Yield every value with its class and source, as far as the preset of that name tells."""
    from ccmsim.scenario import load, presets
    from ccmsim.scenario.evidence import evidence, range_of
    from ccmsim.scenario.reference import toml

    known = {item.path: item for item in evidence() if item.preset == scenario.name}
    base = load(scenario.name) if scenario.name in presets() else None
    before = dict(flat(tomllib.loads(base.to_toml()))) if base else {}
    for path, value in flat(tomllib.loads(scenario.to_toml())):
        if path in before and before[path] == value:
            item = known.get(path)
            kind, source = (item.kind, item.reason) if item else ("default", "")
        else:
            kind, span = "own", range_of(path, value)
            source = f"the preset has {toml(before[path])}" if path in before else ""
            if span is not None and span.source != "half to double":
                may_be = f"may be {span.low:g} to {span.high:g} ({span.source})"
                source = "; ".join(filter(None, (source, may_be)))
        yield Input(path, value, kind, source)


def _items(
    results: Results, inputs: tuple[Input, ...], level: float, warning: str
) -> Iterator[Item]:
    """Yield the items in the order of HEADINGS."""
    texts = {
        "1.2": "By replication and month: patients, claims, dollars and minutes, each with unit "
        f"and definition in `results.data`. The main measures, with {100.0 * level:g} % "
        "intervals, are in the table of outputs.",
        "2.3": _difference(results.scenario, inputs),
        "3.1": _sources(inputs),
        "3.3": f"{len(inputs)} values, each with its class and source in the table of inputs.",
        "3.4": _assumed(results.scenario, inputs),
        "4.1": _start(results),
        "4.2": _length(results),
        "4.3": _estimation(warning),
        **_implementation(results),
    }
    for number, heading in HEADINGS.items():
        yield Item(number, heading, texts[number])


def _difference(scenario: Scenario, inputs: tuple[Input, ...]) -> str:
    """Say what the scenario has otherwise than the preset of its name."""
    from ccmsim.scenario import load, presets
    from ccmsim.scenario.reference import toml

    if scenario.name not in presets():
        return f"A scenario of its own, {scenario.name}: {scenario.description or 'not described'}."
    own = [f"`{each.path}` = {toml(each.value)}" for each in inputs if each.kind == "own"]
    before = flat(tomllib.loads(load(scenario.name).to_toml()))
    own += _taken_away([path for path, _ in before], [each.path for each in inputs])
    if not own:
        return f"The preset {scenario.name} as it is: {scenario.description}."
    return f"The preset {scenario.name}, but {', '.join(own)}."


def _taken_away(before: list[str], now: list[str]) -> list[str]:
    """Say which entries are gone, each by the shortest path of which nothing is left."""
    left = {part for path in now for part in _beginnings(path)}
    gone: dict[str, None] = {}
    for path in before:
        if path not in left:
            gone[next(each for each in _beginnings(path) if each not in left)] = None
    return [f"without `{path}`" for path in gone]


def _beginnings(path: str) -> list[str]:
    """Return the beginnings of a dotted path, the shortest first, itself last."""
    parts = path.split(".")
    return [".".join(parts[:k]) for k in range(1, len(parts) + 1)]


def _sources(inputs: tuple[Input, ...]) -> str:
    counts = Counter(each.kind for each in inputs)
    parts = [f"{count} {kind}" for kind, count in counts.most_common()]
    words = "; ".join(f"{kind}: {word}" for kind, word in CLASSES.items())
    return f"Of {len(inputs)} values, by class: {', '.join(parts)}. Classes – {words}."


def _assumed(scenario: Scenario, inputs: tuple[Input, ...]) -> str:
    from ccmsim.assumptions import assumptions_that_matter

    count = sum("A" in each.kind.split("/") for each in inputs)
    matter = " ".join(found.text for found in assumptions_that_matter(scenario))
    most = f" Those on which the net depends most: {matter}" if matter else ""
    return (
        f"{count} values are assumed, wholly or in part: class A in the table of inputs.{most} "
        f"What every scenario takes for granted is in {PAGE}."
    )


def _start(results: Results) -> str:
    warm = results.warmup_months
    span = " to ".join(dict.fromkeys((results.months[0], results.months[-1])))
    after = f"{counted(warm, 'month')} of warm-up, left out" if warm else "no warm-up"
    return (
        "At the start the panel is enrolled, all seats are filled and worklists are empty; then "
        f"{after}. Reported: {span}."
    )


def _length(results: Results) -> str:
    ended = ""
    if results.stopping:
        reached = "every target held" if results.stopping.reached else "the cap was reached first"
        wanted = ", ".join(
            f"{target.measure} within {target.half_width:g}" for target in results.stopping.targets
        )
        ended = f" Replications were added until {wanted}: {reached}."
    size = f"{counted(len(results.months), 'month')}, "
    return f"{size}{counted(results.replications, 'independent replication')}.{ended}"


def _estimation(warning: str) -> str:
    told = f" {warning[0].upper()}{warning[1:]}." if warning else ""
    return (
        "The replication is the unit. Means and ratios have skew-adjusted t intervals, quantiles "
        "order statistics, probabilities Wilson's, expected shortfall a bootstrap-t; "
        f"docs/accuracy.md tells their measured coverage.{told}"
    )


def _implementation(results: Results) -> dict[str, str]:
    python = f"Python {platform.python_version()}"
    packages = ", ".join(f"{name} {_version(name)}" for name in PACKAGES)
    command = (
        f"`ccmsim run SCENARIO.toml --months {len(results.months)} --replications "
        f"{results.replications} --seed {results.seed} --warmup-months {results.warmup_months}`"
    )
    return {
        "5.1": f"ccmsim {results.version}, engine {results.engine}. Report written with {python}, "
        f"{packages}.",
        "5.2": f"Philox4x32-10, keyed by seed {results.seed}, replication, stream, entity, month "
        "and index; values by inversion. Scenarios with the same seed share their random numbers.",
        "5.3": "Time on a grid of 1/1024 minute, money in whole cents, simultaneous events in a "
        "fixed order. The number of processors changes no bit.",
        "5.4": f"{platform.system()} {platform.machine()}, {sys.byteorder}-endian, where the "
        "report was written.",
        "6.1": f"MIT licence. Scenario {results.scenario.name}, fingerprint "
        f"{results.scenario.fingerprint}; {command}, or `ccmsim.open_results` of a saved result, "
        "which holds scenario, seed and version.",
    }


def _version(name: str) -> str:
    from importlib.metadata import version

    return version(name)


def _plain(value: Any) -> Any:
    return json.loads(json.dumps(value, default=str))


def _markdown(report: StressDes) -> Iterator[str]:
    """Yield the lines of the report."""
    from ccmsim.scenario.reference import toml
    from ccmsim.wording import cell

    yield f"# {report.scenario}: a report after STRESS-DES"
    yield ""
    yield "Items that a run can write, numbered as in the guidelines (Monks et al. 2019, Journal of"
    yield f"Simulation 13, 55–67). Purpose, logic and components of the model: {PAGE}."
    for item in report.items:
        yield from ("", f"## {item.number} {item.heading}", "", item.text)
    yield from ("", "## Outputs", "", "| measure | what it is | estimate |", "|---|---|---|")
    for output in report.outputs:
        yield f"| `{output.name}` | {output.definition} | {cell(output.estimate)} |"
    yield from ("", "## Inputs", "", "| value | | class | source |", "|---|---|---|---|")
    for each in report.inputs:
        value = toml(each.value).replace("|", "/")
        yield f"| `{each.path}` | {value} | {each.kind} | {each.source.replace('|', '/')} |"


__all__ = ["CLASSES", "Input", "Item", "Output", "StressDes", "stress_des"]
