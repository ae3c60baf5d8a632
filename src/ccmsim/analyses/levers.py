"""Levers: what a practice may change, a little or for good, as transformations of its scenario.

Comes in: a scenario. Goes out: the levers that change something there, each with the changed
scenario. Never simulates.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ccmsim.analyses.factors import change, number_at
from ccmsim.errors import InputError, refuse
from ccmsim.scenario.disruptions import FloorCover, Turnover
from ccmsim.scenario.model import Scenario

Changes = dict[str, Any]

STEP: Final = "step"
WORTH: Final = "worth"
KINDS: Final = {
    STEP: "a decision of the practice; what it costs is in the model",
    WORTH: "what a little more would be worth; what it would take is not in the model",
}


@dataclass(frozen=True, slots=True)
class Lever:
    """Something that may be changed.

    Parameters
    ----------
    name : str
    words : str
        What is done, for people who do not simulate.
    driver : str
        "visibility", "enrollment", "execution" or "documentation".
    kind : str
        One of `KINDS`.
    changes : callable
        From a scenario to what `Scenario.but` takes; nothing where the lever has no place there.
    """

    name: str
    words: str
    driver: str
    kind: str
    changes: Callable[[Scenario], Changes]


def _hour(scenario: Scenario) -> Changes:
    return {
        f"staff.{name}.hours_per_week": group.hours_per_week + 1.0
        for name, group in scenario.staff.items()
        if group.hours_per_week
    }


def _day(scenario: Scenario) -> Changes:
    """Return a day's hours more for one coordinator: of several, one who is a group alone."""
    name, group = max(scenario.staff.items(), key=lambda item: item[1].coordinators)
    if not group.hours_per_week:
        return {}
    hours = group.hours_per_week * (1.0 + 1.0 / len(group.weekdays))
    if group.coordinators == 1:
        return {f"staff.{name}.hours_per_week": hours}
    longer = f"{name}_longer"
    struck = {
        f"disruptions.{disruption}.staff": [*struck_staff, longer]
        for disruption, entry in scenario.disruptions.items()
        if name in (struck_staff := getattr(entry, "staff", None) or ())
    }
    own = group.model_dump() | {"coordinators": 1, "hours_per_week": hours}
    return {f"staff.{name}.coordinators": group.coordinators - 1, f"staff.{longer}": own} | struck


def _coordinator(scenario: Scenario) -> Changes:
    name, group = max(scenario.staff.items(), key=lambda item: item[1].coordinators)
    return {f"staff.{name}.coordinators": group.coordinators + 1}


def _backup(scenario: Scenario) -> Changes:
    if scenario.operations.assignment != "owned" or _seats(scenario) < 2:
        return {}
    return {"operations.assignment": "owned_with_backup"}


def _pooled(scenario: Scenario) -> Changes:
    operations = scenario.operations
    if operations.assignment == "pooled" or operations.cover is not None or _seats(scenario) < 2:
        return {}
    return {"operations.assignment": "pooled", "operations.backup_above_backlog_items": None}


def _cover(scenario: Scenario) -> Changes:
    if scenario.operations.cover is not None or scenario.operations.assignment == "pooled":
        return {}
    group = max(scenario.staff.values(), key=lambda each: each.coordinators)
    if not group.hours_per_week:
        return {}
    hours = {"hours_per_week": group.hours_per_week, "weekdays": list(group.weekdays)}
    return {"operations.cover": hours | {"wage_usd_per_hour": group.wage_usd_per_hour}}


def _seats(scenario: Scenario) -> int:
    return sum(group.coordinators for group in scenario.staff.values())


def _set(path: str, value: Any) -> Callable[[Scenario], Changes]:
    return lambda scenario: {path: value}


def _chart_too(scenario: Scenario) -> Changes:
    return {"contact.followup": "call_then_chart"} if scenario.contact.followup == "call" else {}


def _attempt(scenario: Scenario) -> Changes:
    return {"contact.max_attempts": scenario.contact.max_attempts + 1}


def _booked(scenario: Scenario) -> Changes:
    return {"contact.book_next_call": True} if scenario.contact.scheduled_factor > 1.0 else {}


def _target(by: float) -> Callable[[Scenario], Changes]:
    def changes(scenario: Scenario) -> Changes:
        contact = scenario.contact
        target = max(contact.target_minutes + by, contact.threshold_minutes)
        return {"contact.target_minutes": target} if target != contact.target_minutes else {}

    return changes


def _answer(scenario: Scenario) -> Changes:
    path = "contact.answer_probability"
    return change(scenario, path, min(number_at(scenario, path) + 0.1, 0.95))


def _captured(scenario: Scenario) -> Changes:
    share = scenario.documentation.outside_capture_share
    return {"documentation.outside_capture_share": min(share + 0.1, 1.0)}


def _documented(scenario: Scenario) -> Changes:
    return {"documentation.failure_share": scenario.documentation.failure_share / 2.0}


def _trained(scenario: Scenario) -> Changes:
    elements = scenario.documentation.elements
    return {"documentation.elements.trained": True} if elements is not None else {}


def _halved(kind: type, field: str) -> Callable[[Scenario], Changes]:
    return lambda scenario: {
        f"disruptions.{name}.{field}": getattr(entry, field) / 2.0
        for name, entry in scenario.disruptions.items()
        if isinstance(entry, kind)
    }


def _patients(scenario: Scenario) -> Changes:
    if scenario.panel.medicare is not None:
        return {}
    return {"panel.enrolled_at_start": scenario.panel.enrolled_at_start + 10}


def _consent(scenario: Scenario) -> Changes:
    if scenario.enrollment is None:
        return {}
    return {"enrollment.consent_share": min(scenario.enrollment.consent_share + 0.1, 1.0)}


def _registry(scenario: Scenario) -> Changes:
    if scenario.panel.medicare is None:
        return {}
    share = scenario.panel.medicare.found_share
    return {"panel.medicare.found_share": min(share + 0.1, 1.0)}


_Row = tuple[str, str, str, Callable[[Scenario], Changes]]

_STEPS: Final[tuple[_Row, ...]] = (
    ("hour", "One more protected hour a week for each coordinator", "execution", _hour),
    ("day", "One more day's hours a week for one coordinator", "execution", _day),
    ("coordinator", "One more coordinator, the same hours", "execution", _coordinator),
    ("backup", "Others help when an owner is away", "execution", _backup),
    ("pooled", "One worklist for all coordinators", "execution", _pooled),
    ("cover", "A paid substitute from the third day of an absence", "execution", _cover),
    (
        "daily_review",
        "Somebody looks down the list every day",
        "execution",
        _set("operations.worklist_review", "daily"),
    ),
    (
        "closest_first",
        "Patients who lack least come first",
        "execution",
        _set("operations.order", "closest_to_threshold"),
    ),
    ("chart_too", "Chart work after a call, where minutes lack", "execution", _chart_too),
    ("attempt", "One more call to who does not answer", "execution", _attempt),
    ("booked", "The next call is booked at the last", "execution", _booked),
    ("target_less", "Stop two known minutes earlier", "execution", _target(-2.0)),
    ("target_more", "Stop two known minutes later", "execution", _target(2.0)),
    (
        "real_time",
        "Each service is logged at once",
        "documentation",
        _set("documentation.capture", "real_time"),
    ),
    ("trained", "Staff are trained in documentation", "documentation", _trained),
)
_WORTHS: Final[tuple[_Row, ...]] = (
    ("answer", "Ten more calls of 100 are answered", "execution", _answer),
    ("captured", "Ten more of 100 minutes of others are logged", "documentation", _captured),
    ("documented", "Half as many months fail documentation", "documentation", _documented),
    (
        "protected",
        "Coordinators are pulled away half as often",
        "execution",
        _halved(FloorCover, "per_shift_share"),
    ),
    ("retention", "Half as many coordinators leave", "execution", _halved(Turnover, "per_year")),
    ("patients", "Ten more enrolled patients", "enrollment", _patients),
    ("consent", "Ten more of 100 people consent", "enrollment", _consent),
    ("registry", "Ten more of 100 eligible are on the registry", "visibility", _registry),
)

_DRIVERS: Final = {
    "panel.medicare": "visibility",
    "panel": "enrollment",
    "enrollment": "enrollment",
    "documentation": "documentation",
}
"""Of which driver a change of one's own is, by how its path begins."""

LEVERS: Final = tuple(
    Lever(name, words, driver, kind, changes)
    for kind, rows in ((STEP, _STEPS), (WORTH, _WORTHS))
    for name, words, driver, changes in rows
)
"""All levers that are known by name."""


def levers_of(
    scenario: Scenario, more: Mapping[str, Changes] | None = None
) -> dict[Lever, Scenario]:
    """Return the levers that change something in a scenario, with the changed scenarios.

    Parameters
    ----------
    scenario : Scenario
    more : mapping of str to changes, optional
        Steps of one's own by name: what `Scenario.but` takes. Their paths say of which driver.

    Raises
    ------
    ccmsim.errors.InputError
        When a change of one's own is impossible, or has the name of a known lever. A known lever
        that a scenario refuses, such as hours beyond the day, has no place in it.

    Examples
    --------
    >>> import ccmsim
    >>> [lever.name for lever in levers_of(ccmsim.load("solo_nurse"))][:3]
    ['hour', 'day', 'coordinator']
    """
    found: dict[Lever, Scenario] = {}
    for lever in LEVERS:
        try:
            changed = scenario.but(lever.changes(scenario))
        except InputError:
            continue
        if changed != scenario:
            found[lever] = changed
    known = {lever.name for lever in LEVERS}
    for name, changes in (more or {}).items():
        if name in known:
            raise refuse(f"steps.{name}", "is the name of a lever", name, "a name of its own")
        words = f"{name}: {', '.join(f'{path} = {value}' for path, value in changes.items())}"
        lever = Lever(name, words, driver_of(changes), STEP, _always(dict(changes)))
        found[lever] = scenario.but(changes)
    return found


def driver_of(changes: Mapping[str, Any]) -> str:
    """Return the driver of changes: by the first path that stands for one, else "execution".

    Examples
    --------
    >>> driver_of({"staff.nurse.hours_per_week": 20.0, "documentation.capture": "real_time"})
    'documentation'
    >>> driver_of({"panel.medicare.found_share": 0.9}), driver_of({"operations.order": "random"})
    ('visibility', 'execution')
    """
    for path in changes:
        for part, driver in _DRIVERS.items():
            if f"{path}.".startswith(f"{part}."):
                return driver
    return "execution"


def _always(changes: Changes) -> Callable[[Scenario], Changes]:
    return lambda scenario: changes
