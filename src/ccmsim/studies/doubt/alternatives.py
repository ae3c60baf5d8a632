"""Other rules that a reader might hold against the model's, one at a time.

Comes in: a scenario. Goes out: the same practice under another rule; what is assumed and has no
range is chosen there.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Final, NamedTuple

from ccmsim.analyses.factors import number_at
from ccmsim.scenario import load
from ccmsim.scenario.disruptions import PlannedLeave
from ccmsim.scenario.evidence import assumptions
from ccmsim.scenario.model import Scenario
from ccmsim.scenario.uncertain import at
from ccmsim.studies.doubt.advice import ADVICE, Alteration, presets_of
from ccmsim.studies.doubt.assumed import GROUP, assumed

CONTACT: Final = "contact"


class Alternative(NamedTuple):
    """Another rule: its name, its words, how a scenario gets it, and what advice is about it."""

    name: str
    words: str
    alter: Alteration
    about: tuple[str, ...] = ()
    """Advice that cannot be followed or not under it."""


def _set(**values: Any) -> Alteration:
    """Return the alteration that sets paths, dots written as two underscores."""
    changes = {path.replace("__", "."): value for path, value in values.items()}
    return lambda scenario: scenario.but(changes)


def _knowing(mode: str) -> Alteration:
    """Return the alteration after which staff know what they know in another mode of capture.

    The losses stay those of the practice's own mode.
    """

    def alter(scenario: Scenario) -> Scenario:
        own = getattr(scenario.documentation, scenario.documentation.capture)
        return scenario.but(
            {
                "documentation.capture": mode,
                f"documentation.{mode}.entry_loss_share": own.entry_loss_share,
                f"documentation.{mode}.minute_loss_share": own.minute_loss_share,
            }
        )

    return alter


def _constant(path: str) -> Alteration:
    """Return the alteration that replaces a law by its mean."""
    return lambda scenario: scenario.but({path: number_at(scenario, path)})


def as_it_is(scenario: Scenario) -> Scenario:
    """Return the scenario: the alteration that changes nothing."""
    return scenario


def _load_absence(scenario: Scenario) -> Scenario:
    own = scenario.operations.load_absence
    return scenario if own else scenario.but({"operations.load_absence": {}})


def _single_days(scenario: Scenario) -> Scenario:
    """Return the scenario with as many days of planned leave a year, each of them alone."""
    leave = scenario.disruptions.get("planned_leave")
    if not isinstance(leave, PlannedLeave):
        return scenario
    days = leave.spells_per_year * leave.length_days.expected()
    return scenario.but(
        {
            "disruptions.planned_leave.spells_per_year": days,
            "disruptions.planned_leave.length_days": 1,
        }
    )


def _any_month(scenario: Scenario) -> Scenario:
    if "closure" not in scenario.disruptions:
        return scenario
    return scenario.but({"disruptions.closure.months": tuple(range(1, 13))})


def _strangers(scenario: Scenario) -> Scenario:
    cover = scenario.operations.cover
    return scenario.but({"operations.cover.familiar": False}) if cover else scenario


ALTERNATIVES: Final = (
    Alternative(
        CONTACT,
        "a month is billed only if an outgoing call was answered, or chart work done",
        as_it_is,
    ),
    Alternative(
        "knows_log", "staff know what will be in the log, losses as before", _knowing("real_time"),
        ("log_at_once",),
    ),
    Alternative(
        "knows_work", "staff know what they did, not what is lost", _knowing("end_of_month"),
        ("log_at_once",),
    ),
    Alternative(
        "outside_none", "others do none of the requests and care work",
        _set(contact__other_work_outside_share=0.0),
    ),
    Alternative(
        "outside_most", "others do four fifths of it",
        _set(contact__other_work_outside_share=0.8),
    ),
    Alternative(
        "alike_answer", "all patients answer equally often", _constant("contact.answer_probability")
    ),
    Alternative("alike_need", "all patients need equally much", _constant("panel.need")),
    Alternative("alike_calls", "all calls are equally long", _constant("contact.call_minutes")),
    Alternative(
        "no_hours", "patients answer in the morning as in the afternoon",
        _set(contact__morning_factor=1.0, contact__afternoon_factor=1.0),
    ),
    Alternative(
        "no_voices", "an unknown voice is answered as a known one",
        _set(contact__unfamiliar_factor=1.0),
    ),
    Alternative(
        "no_silence", "patients whom nobody calls leave as others do",
        _set(panel__silent_rate_ratio=1.0),
    ),
    Alternative(
        "stranger_charts", "chart work counts for patients nobody spoke with, too",
        _set(contact__chart_work_without_contact=True),
    ),
    Alternative(
        "unanswered", "minutes of unanswered calls count", _set(contact__count_unanswered=True)
    ),
    Alternative(
        "dropped", "open requests are dropped at the month's end",
        _set(operations__carry_open_items=False),
    ),
    Alternative(
        "even", "first calls are spread evenly over the month",
        _set(contact__outreach_pattern="even"),
    ),
    Alternative(
        "alike_staff", "all coordinators are ill equally often",
        _set(disruptions__sick__frailty_shape=None),
    ),
    Alternative(
        "load", "illness rises with the load of the month before",
        _load_absence,
    ),
    Alternative(
        "leavers", "nobody follows those who leave", _set(panel__replace_leavers=False)
    ),
    Alternative(
        "booked", "each call ends with a date for the next one, when a fifth more are answered",
        _set(contact__book_next_call=True, contact__scheduled_factor=1.2),
    ),
    Alternative("single_days", "planned leave is taken a day at a time", _single_days),
    Alternative("closures", "the practice may be closed in any month", _any_month),
    Alternative("open_longer", "the clinic is open from 7 to 19 h",
                _set(operations__clinic_opens="07:00", operations__clinic_closes="19:00")),
    Alternative("strangers", "substitutes are strangers each time", _strangers),
)  # fmt: skip
"""Other rules, one at a time."""


@cache
def choices() -> Mapping[str, tuple[str, ...]]:
    """Return what is assumed and has no range, by path: the rules and advice that choose otherwise.

    With `assumed` these are all paths of class A.

    Examples
    --------
    >>> choices()["operations.carry_open_items"]
    ("open requests are dropped at the month's end",)
    """
    moved = set(assumed())
    practices = [load(preset) for preset in presets_of()]
    found: dict[str, tuple[str, ...]] = {}
    for path in assumptions():
        if GROUP.sub("staff.*.", path) not in moved:
            rules_ = [a.words for a in ALTERNATIVES if any(_differs(a, p, path) for p in practices)]
            advice = [
                a.words for a in ADVICE
                if any(path == changed for part in (a.without, a.following)
                       for changed, _ in part.changes)
            ]  # fmt: skip
            found[path] = (*rules_, *advice)
    return found


def _differs(alternative: Alternative, practice: Scenario, path: str) -> bool:
    return bool(at(alternative.alter(practice), path) != at(practice, path))
