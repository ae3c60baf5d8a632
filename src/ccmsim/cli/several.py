"""Several practices on one command line: the first with its changes, others, and variants.

Comes in: words of the command line. Goes out: scenarios by name, and what a document says of them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ccmsim.cli.options import settled
from ccmsim.cli.shell import version
from ccmsim.errors import InputError, Problem

if TYPE_CHECKING:
    from ccmsim.scenario import Scenario

Scenarios = Annotated[
    list[str],
    typer.Argument(
        metavar="SCENARIO...",
        help="Presets' names or paths of .toml files.",
        show_default=False,
    ),
]
Variants = Annotated[
    list[str] | None,
    typer.Option(
        "--variant",
        metavar="NAME:PATH=VALUE",
        help="Compare with the first scenario changed so; may be given many times, and several "
        "times under one name for several changes.",
        show_default=False,
    ),
]


def variants_of(
    texts: Any, problems: list[Problem], option: str = "--variant"
) -> dict[str, list[str]]:
    """Return the changes of each variant by its name; add to `problems` what is wrong."""
    found: dict[str, list[str]] = {}
    for text in texts:
        name, colon, change = text.partition(":")
        if not (name and colon and "=" in change):
            valid = "NAME:PATH=VALUE, such as pooled:operations.assignment=pooled"
            problems.append(Problem(option, "is not a name with a change", text, valid))
        found.setdefault(name, []).append(change)
    return found


def varied(
    scenario: str, everywhere: list[str], variants: dict[str, list[str]]
) -> dict[str, Scenario]:
    """Return the scenario of each variant by its name.

    Parameters
    ----------
    scenario : str
        A preset's name, or a path.
    everywhere : list of str
        Changes of all variants, as `PATH=VALUE`.
    variants : dict
        Each one's own changes, made together.

    Raises
    ------
    ccmsim.errors.InputError
        With everything that is wrong, each by its variant's name.

    Examples
    --------
    >>> found = varied("two_nurses", [], {"none": ["operations.assignment=owned"]})
    >>> found["none"].operations.assignment
    'owned'
    """
    found: dict[str, Scenario] = {}
    problems: list[Problem] = []
    for name, changes in variants.items():
        try:
            found[name] = settled(scenario, [*everywhere, *changes]).scenario
        except InputError as error:
            problems += [replace(one, field=_of_variant(name, one)) for one in error.problems]
    if problems:
        raise InputError(problems)
    return found


def _of_variant(name: str, problem: Problem) -> str:
    option = f"--variant {name}"
    return option if problem.field == "--set" else f"{option}: {problem.field}"


def loaded(
    scenarios: list[str], everywhere: list[str], variants: dict[str, list[str]]
) -> dict[str, Scenario]:
    """Return what is compared by name; a name that is there twice is refused."""
    found = [settled(name, everywhere).scenario for name in scenarios]
    pairs = [(scenario.name, scenario) for scenario in found]
    pairs += varied(scenarios[0], everywhere, variants).items()
    named: dict[str, Scenario] = {}
    for name, scenario in pairs:
        if name in named:
            valid = "each name once"
            raise InputError([Problem("SCENARIO", "is there twice", name, valid)])
        named[name] = scenario
    return named


def origin_of(
    command: str,
    named: dict[str, Scenario],
    changes: dict[str, Any],
    variants: dict[str, list[str]],
) -> dict[str, Any]:
    """Return what a document says of where its numbers come from."""
    return {
        "command": command,
        "version": version(),
        "scenarios": {name: scenario.fingerprint for name, scenario in named.items()},
        "changes": changes,
        "variants": variants,
    }
