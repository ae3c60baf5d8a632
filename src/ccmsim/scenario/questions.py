"""Six questions, and the scenario that follows from the answers.

Comes in: answers. Goes out: `two_nurses` with these answers, as a scenario or as a file's text with
the evidence beside each value that nobody was asked for. Asks nobody: `ccmsim quick` does.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from ccmsim.errors import InputError, Problem
from ccmsim.scenario.evidence import DEFINITION, written_values
from ccmsim.scenario.loading import loads, preset_texts
from ccmsim.scenario.model import Scenario
from ccmsim.scenario.reference import toml

LOGGING: Final = {
    "at_once": "real_time",
    "same_day": "end_of_day",
    "month_end": "end_of_month",
}
"""When time is logged, in a practice's words, and the scenario's capture mode."""

OPTIONS: Final = {
    "panel.enrolled_at_start": "patients",
    "staff.nurses.coordinators": "nurses",
    "staff.nurses.hours_per_week": "hours",
    "staff.nurses.wage_usd_per_hour": "wage",
}
"""The question behind a value of the scenario."""

_BASE: Final = "two_nurses"

_HEAD: Final = """\
# Made from six answers. What was not asked is as in the preset two_nurses: change what is different
# in the practice, first what is marked A.
#
# Evidence class beside each value: R read in a published source, D derived from such figures,
# V vendor or trade figure (weak), A our assumption; "definition" says what this practice is.
"""
_LOGGED_BY_OTHERS: Final = {"at_once": 0.9, "same_day": 0.7, "month_end": 0.4}
"""How much of the work of others ends up in the log: who logs at once has a system."""


class Answers(NamedTuple):
    """What a practice answers.

    Examples
    --------
    >>> Answers(patients=200, nurses=2, hours=20.0, logging="same_day").weekly_hours
    40.0
    """

    patients: int
    """Enrolled patients."""
    nurses: int
    """Coordinators."""
    hours: float
    """Hours a week that each has for nothing else."""
    wage: float = 30.0
    """US dollars an hour."""
    logging: str = "same_day"
    """When minutes are logged: a key of LOGGING."""
    covered: bool = True
    """Whether the nurses take each other's patients when one is away."""

    @property
    def weekly_hours(self) -> float:
        """Hours of all nurses."""
        return self.nurses * self.hours


def scenario_text(answers: Answers, name: str = "my_practice") -> str:
    """Return the text of a scenario file: the answers, and the evidence for the rest.

    Raises
    ------
    ccmsim.errors.InputError
        When an answer is out of range.

    Examples
    --------
    >>> text = scenario_text(Answers(150, 1, 24.0, 28.0, "month_end", covered=False))
    >>> [line for line in text.splitlines() if line.startswith("enrolled_at_start")]
    ['enrolled_at_start = 150  # definition: answered']
    """
    values = _values(answers, name)
    lines = [_HEAD]
    for line, path in written_values(preset_texts()[_BASE].partition("\n\n")[2]):
        given = f"{path.rpartition('.')[2]} = {toml(values.get(path))}  # {DEFINITION}: answered"
        lines.append(given if path in values else line)
    return "\n".join(lines) + "\n"


def scenario_of(answers: Answers, name: str = "my_practice") -> Scenario:
    """Return the scenario that follows from the answers.

    Raises
    ------
    ccmsim.errors.InputError
        When an answer is out of range.

    Examples
    --------
    >>> scenario_of(Answers(150, 1, 24.0)).operations.assignment
    'owned'
    """
    return loads(scenario_text(answers, name), source="the answers")


def _values(answers: Answers, name: str) -> dict[str, Any]:
    """Return what the answers say, by dotted path."""
    if answers.logging not in LOGGING:
        valid = ", ".join(LOGGING)
        rule = "is not a way to log time"
        raise InputError([Problem("logging", rule, answers.logging, valid)])
    helped = answers.covered and answers.nurses > 1
    nurses = f"{answers.nurses} nurse{'s' * (answers.nurses != 1)}"
    return {
        "name": name,
        "description": f"{answers.patients} patients, {nurses} with {answers.hours:g} hours a week",
        "panel.enrolled_at_start": answers.patients,
        "staff.nurses.coordinators": answers.nurses,
        "staff.nurses.hours_per_week": answers.hours,
        "staff.nurses.wage_usd_per_hour": answers.wage,
        "operations.assignment": "owned_with_backup" if helped else "owned",
        "documentation.capture": LOGGING[answers.logging],
        "documentation.outside_capture_share": _LOGGED_BY_OTHERS[answers.logging],
    }
