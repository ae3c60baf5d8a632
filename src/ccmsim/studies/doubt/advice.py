"""The pieces of advice that the project gives, as pairs of scenarios.

Comes in: presets. Goes out: `ADVICE`, and the net that following each brings, one value a
replication. Nothing is judged here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final, NamedTuple

from ccmsim.arrays import Floats
from ccmsim.scenario import load
from ccmsim.scenario.model import Scenario


class Practice(NamedTuple):
    """A preset, and what is otherwise in it."""

    preset: str
    changes: tuple[tuple[str, Any], ...] = ()


class Advice(NamedTuple):
    """What to do: the practice that does not, the practice that does, and the words."""

    name: str
    words: str
    without: Practice
    following: Practice


NetOf = Callable[[Scenario], Floats]
Alteration = Callable[[Scenario], Scenario]


def _two(*changes: tuple[str, Any]) -> Practice:
    return Practice("two_nurses", changes)


def _informal(*changes: tuple[str, Any]) -> Practice:
    return Practice("informal_200", changes)


_HOURS: Final = "staff.nurses.hours_per_week"
_COVER: Final = {"hours_per_week": 16.0, "wage_usd_per_hour": 30.0}

_NURSE: Final = (
    ("staff.physician.role", "clinical"),
    ("staff.physician.wage_usd_per_hour", 30.0),
    ("contact.threshold_minutes", 20.0),
    ("contact.target_minutes", 22.0),
    ("finance.oversight_usd_per_claim", 2.0),
)

ADVICE: Final = (
    Advice(
        "managed",
        "Manage 75 patients well rather than have 200 without a system",
        _informal(),
        Practice("structured_75"),
    ),
    Advice(
        "log_at_once",
        "Log at once rather than buy each nurse two more hours a week (informal_200)",
        _informal((_HOURS, 14.0)),
        _informal(("documentation.capture", "real_time")),
    ),
    Advice(
        "protect",
        "Protect the hours, though the programme pays them then (informal_200)",
        _informal(),
        _informal(("disruptions.floor_cover", None)),
    ),
    Advice(
        "hours",
        "Buy each nurse two more hours a week (two_nurses)",
        _two(),
        _two((_HOURS, 18.0)),
    ),
    Advice(
        "backup",
        "Let the other nurse help when one is away (two_nurses)",
        _two(("operations.assignment", "owned")),
        _two(),
    ),
    Advice(
        "cover",
        "Pay a substitute from the third day of an absence (solo_nurse)",
        Practice("solo_nurse"),
        Practice("solo_nurse", (("operations.cover", _COVER),)),
    ),
    Advice(
        "order",
        "Take patients first who lack least (two_nurses)",
        _two(("operations.order", "release")),
        _two(),
    ),
    Advice(
        "review",
        "Look down the list every day rather than never (two_nurses)",
        _two(("operations.worklist_review", "never")),
        _two(),
    ),
    Advice(
        "chart",
        "Chart work after a call, and not calls alone (two_nurses)",
        _two(("contact.followup", "call")),
        _two(),
    ),
    Advice(
        "buffer",
        "Aim at 22 minutes and not at the 20 of the threshold, for some are lost (two_nurses)",
        _two(("contact.target_minutes", 20.0)),
        _two(),
    ),
    Advice(
        "owner",
        "Have an owner who looks down the list every week, rather than nobody (mature_300)",
        Practice(
            "mature_300",
            (("operations.owner", None), ("operations.worklist_review", "never")),
        ),
        Practice("mature_300"),
    ),
    Advice(
        "quota",
        "Keep two hours a week for asking people, rather than ask when care is done (growth_100)",
        Practice("growth_100", (("enrollment.policy", "care_first"),)),
        Practice("growth_100"),
    ),
    Advice(
        "at_visits",
        "Ask people at visits rather than by telephone (early_25)",
        Practice("early_25"),
        Practice("early_25", (("enrollment.approach", "visits"),)),
    ),
    Advice(
        "stretched",
        "Protect the hours of a stretched team, though the programme pays them (stretched_team)",
        Practice("stretched_team"),
        Practice("stretched_team", (("disruptions.floor_cover", None),)),
    ),
    Advice(
        "nurse",
        "Let a nurse call in the physician's hours (physician_led)",
        Practice("physician_led"),
        Practice("physician_led", _NURSE),
    ),
    Advice(
        "apcm",
        "Bill advanced primary care for whoever has two conditions (apcm_switch)",
        Practice("apcm_switch", (("billing.program", "ccm"),)),
        Practice("apcm_switch"),
    ),
    Advice(
        "cover_sites",
        "Keep two substitutes who know the patients (multi_site)",
        Practice("multi_site", (("operations.cover", None),)),
        Practice("multi_site"),
    ),
)
"""In the order in which they are told."""


def presets_of(advice: Iterable[Advice] = ADVICE) -> tuple[str, ...]:
    """Return the presets that some advice is about, each once.

    Examples
    --------
    >>> presets_of(ADVICE[:1])
    ('informal_200', 'structured_75')
    """
    practices = (practice for each in advice for practice in (each.without, each.following))
    return tuple(dict.fromkeys(practice.preset for practice in practices))


def gains(alter: Alteration, net_of: NetOf, advice: Iterable[Advice] = ADVICE) -> dict[str, Floats]:
    """Return what following each advice adds to the net, by name, one value a replication.

    Parameters
    ----------
    alter : callable
        What is done to every preset before what the advice changes.
    net_of : callable
        From a scenario to its net; called once for each different practice.
    advice : iterable of Advice

    Examples
    --------
    >>> import numpy as np
    >>> def patients(scenario):
    ...     return np.array([float(scenario.panel.enrolled_at_start)])
    >>> gains(lambda scenario: scenario, patients, ADVICE[:1])["managed"].tolist()
    [-125.0]
    """
    nets: dict[str, Floats] = {}
    chosen = tuple(advice)
    base = {preset: alter(load(preset)) for preset in presets_of(chosen)}

    def net(practice: Practice) -> Floats:
        key = repr(practice)
        if key not in nets:
            nets[key] = net_of(base[practice.preset].but(dict(practice.changes)))
        return nets[key]

    return {each.name: net(each.following) - net(each.without) for each in chosen}
