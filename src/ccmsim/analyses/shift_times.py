"""Where protected hours lie in the week: named templates of shifts.

Comes in: a scenario, one of its groups, a name and hours. Goes out: changes for `Scenario.but`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from ccmsim.errors import refuse
from ccmsim.scenario.model import Scenario
from ccmsim.scenario.problems import listed, suggestion
from ccmsim.scenario.staff import clock_minutes

Spans = list[tuple[int, int]]
_THREE: Final = ("monday", "wednesday", "friday")


def _morning(minutes: int, opens: int, closes: int) -> Spans:
    return [(opens, opens + minutes)]


def _afternoon(minutes: int, opens: int, closes: int) -> Spans:
    return [(closes - minutes, closes)]


def _split(minutes: int, opens: int, closes: int) -> Spans:
    early = (minutes + 1) // 2
    return [(opens, opens + early), (closes - (minutes - early), closes)]


SHIFTS: Final[Mapping[str, Callable[[int, int, int], Spans] | None]] = {
    "noon": None,
    "morning": _morning,
    "afternoon": _afternoon,
    "split": _split,
    "three_days": None,
}
"""The named templates: the hours around noon, from the practice's opening, until its closing, half
of them each; or around noon on Monday, Wednesday and Friday alone."""


def shift_changes(scenario: Scenario, group: str, shift: str, hours: float) -> dict[str, Any]:
    """Return what gives a staff group these weekly hours in a named template.

    Parameters
    ----------
    scenario : Scenario
    group : str
    shift : str
        One of SHIFTS.
    hours : float
        Protected hours a week of each, in equal parts on the group's weekdays.

    Raises
    ------
    ccmsim.errors.InputError
        When the name is not known, or shifts do not fit in the practice's hours and whole minutes.

    Examples
    --------
    >>> import ccmsim
    >>> changes = shift_changes(ccmsim.load("two_nurses"), "nurses", "split", 20.0)
    >>> changes["staff.nurses.shifts"]["monday"]
    ['08:00-10:00', '15:00-17:00']
    """
    if shift not in SHIFTS:
        rule = f"is no template{suggestion(shift, SHIFTS)}"
        raise refuse("shifts", rule, shift, listed(list(SHIFTS)))
    staff, path = scenario.staff[group], f"staff.{group}"
    within = SHIFTS[shift]
    if within is None:
        days = list(_THREE if shift == "three_days" else staff.weekdays)
        return {
            f"{path}.hours_per_week": hours, f"{path}.weekdays": days, f"{path}.shifts": None,
        }  # fmt: skip
    opens = int(clock_minutes(scenario.operations.clinic_opens))
    closes = int(clock_minutes(scenario.operations.clinic_closes))
    minutes = hours * 60.0 / len(staff.weekdays)
    if minutes != round(minutes) or not 0 < minutes <= closes - opens:
        most = (closes - opens) * len(staff.weekdays) / 60.0
        rule = f"must give whole minutes a day that fit in the practice's hours ({shift})"
        raise refuse("hours", rule, hours, f"such as 16, at most {most:g}")
    spans = [
        f"{_clock(start)}-{_clock(end)}" for start, end in within(round(minutes), opens, closes)
    ]
    return {
        f"{path}.hours_per_week": None,
        f"{path}.shifts": dict.fromkeys(staff.weekdays, spans),
    }


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
