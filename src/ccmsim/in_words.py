"""A value of a scenario in a sentence, as the owner of a practice would say it.

Comes in: a scenario and a dotted path to a number. Goes out: a sentence. Decides nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Final

from pydantic import BaseModel

from ccmsim.errors import refuse
from ccmsim.scenario.meanings import meanings
from ccmsim.scenario.model import Scenario
from ccmsim.scenario.uncertain import at, mean_at

_SENTENCES: Final[Mapping[str, str]] = {
    "disruptions.*.per_shift_share": "{A} is pulled to the clinic on {percent} % of days.",
    "staff.*.wage_usd_per_hour": "{A} is paid {x} USD an hour, before what comes on top.",
    "staff.*.desk_productive_share": "Of {a}'s hours {percent} % are left after breaks and "
    "meetings.",
    "staff.*.hours_per_week": "{A} has {x} hours a week for CCM.",
    "operations.cover.wage_usd_per_hour": "A substitute is paid {x} USD an hour, before what comes "
    "on top.",
    "contact.answer_probability": "Patients answer {percent} of 100 calls.",
    "contact.call_minutes": "A call that is answered takes {minutes}, without its notes.",
    "contact.attempt_minutes": "A call that nobody answers takes {minutes}.",
    "contact.notes_minutes": "The notes of a call take {minutes}.",
    "contact.care_tasks_per_month": "A patient needs {x} refills, referrals or results a month.",
    "contact.care_task_minutes": "A refill, a referral or a result takes {minutes}.",
    "contact.inbound_per_month": "A patient calls {times} a month.",
    "contact.inbound_minutes": "A patient's own call takes {minutes}.",
    "contact.other_work_outside_share": "Others do {percent} % of patients' own calls and care "
    "tasks.",
    "contact.scheduled_factor": "A call with an appointment is answered {x} times as often as "
    "one without.",
    "contact.unfamiliar_factor": "Who has not spoken with a coordinator yet answers {x} times as "
    "often as who has.",
    "contact.target_minutes": "Work on a patient's month stops at {minutes}.",
    "contact.addon_within_minutes": "Staff go on to the next unit if no more than {x} minutes are "
    "missing.",
    "contact.chart_minutes_per_month": "A patient's chart gives up to {minutes} of billable work "
    "a month.",
    "documentation.logging_minutes_per_entry": "Each entry in the time log takes {minutes} to "
    "make.",
    "documentation.outside_capture_share": "Others log {percent} % of what they do for patients.",
    "documentation.failure_share": "The documentation of {percent} of 100 months fails.",
    "documentation.found_share": "A review finds {percent} of 100 months that could be mended.",
    "documentation.noticed_share": "Of 100 months without sound documentation {percent} are "
    "noticed before they are billed.",
    "documentation.*.minute_loss_share": "An entry in the time log lacks {percent} % of its "
    "minutes.",
    "documentation.*.entry_loss_share": "{percent} % of entries in the time log are forgotten.",
    "panel.death_per_month_share": "Of 1,000 patients {thousandth} die or move away in a month.",
    "panel.opt_out_per_month_share": "Of 1,000 patients {thousandth} opt out in a month.",
    "panel.hospital_per_month_share": "Of 1,000 patients {thousandth} go to hospital in a month.",
    "panel.medicare.eligible_share": "Of 100 Medicare patients {percent} have two or more chronic "
    "conditions.",
    "panel.complex_share": "Of 100 patients {percent} need complex decisions.",
    "enrollment.consent_share": "Of 100 who are asked and have supplemental cover {percent} "
    "consent.",
    "finance.denied_share": "Of 100 claims {percent} are denied at first.",
    "finance.rework_usd": "To work on a denied claim again costs {x} USD.",
    "finance.wage_load": "A wage costs {x} times what is paid out.",
    "finance.no_supplement_share": "Of 100 patients {percent} have no supplemental cover.",
    "finance.overtime_factor": "Overtime is paid {x} times the wage.",
    "tail.audit_factor": "An audit takes back {x} times what was paid in error.",
    "practitioner.contact_share": "The practitioner spends time on {percent} of 100 months of "
    "patients.",
    "practitioner.complex_ratio": "The practitioner spends time on complex patients {x} times as "
    "often.",
    "practitioner.minutes": "The practitioner's time for a patient's month is {minutes}.",
    "practitioner.logged_share": "The practitioner logs {percent} of 100 such times.",
    "practitioner.usd_per_hour": "An hour of the practitioner costs {x} USD.",
}
"""By pattern of the path. `x` is the value, `percent` and `thousandth` are so many times it, and
`times`, `days` and `minutes` so many of them; `A` and `a` name whom it is about."""

_OF_KINDS: Final[Mapping[tuple[str, str], str]] = {
    ("sick_spells", "spells_per_year"): "{A} falls sick {times} a year.",
    ("sick_spells", "season_amplitude"): "Sickness is {percent} % above its mean in January, and "
    "as much below it in July.",
    ("planned_leave", "spells_per_year"): "{A} takes holidays {times} a year.",
    ("extended_leave", "spells_per_year"): "{A} goes on a long leave {times} a year.",
    ("turnover", "per_year"): "{A} quits {times} a year.",
    ("turnover", "vacancy_days"): "A seat stays vacant for {days}.",
    ("closure", "per_year"): "The practice has to close {times} a year.",
    ("closure", "length_days"): "A closure lasts {days}.",
    ("outage", "per_year"): "The record system fails {times} a year.",
    ("outbreak", "per_year"): "An outbreak comes {times} a year.",
}
"""Of disruptions by kind and field, whatever a scenario calls them."""


def in_words(scenario: Scenario, path: str) -> str:
    """Return what a scenario says at a path, in a sentence.

    Parameters
    ----------
    scenario : Scenario
    path : str
        Dotted, to a number or a distribution, whose mean is told.

    Returns
    -------
    str
        A sentence; what has none of its own is told by the meaning of its field, and its path.

    Raises
    ------
    ccmsim.errors.InputError
        When the path leads to no number.

    Examples
    --------
    >>> import ccmsim
    >>> practice = ccmsim.load("two_nurses")
    >>> in_words(practice, "staff.nurses.wage_usd_per_hour")
    'A nurse is paid 30 USD an hour, before what comes on top.'
    >>> in_words(practice, "contact.retry_gap_days")
    'Business days from an unanswered call to the next (contact.retry_gap_days): 2.'
    """
    number = _number(scenario, path)
    sentence, whom = _sentence(scenario, path), _whom(scenario, path)
    if sentence is None:
        return f"{_meaning(scenario, path)}: {number:.3g}."
    return sentence.format(
        x=f"{number:.3g}", percent=_rounded(100.0 * number), thousandth=_rounded(1_000.0 * number),
        times="once" if number == 1.0 else f"{number:.3g} times",
        days=_counted(number, "business day"), minutes=_counted(number, "minute"),
        a=whom, A=whom[0].upper() + whom[1:],
    )  # fmt: skip


def amount(scenario: Scenario, path: str, value: float) -> str:
    """Return another value for a path, in the unit of its sentence.

    Examples
    --------
    >>> import ccmsim
    >>> practice = ccmsim.load("two_nurses")
    >>> amount(practice, "contact.answer_probability", 0.27)
    '27 %'
    >>> amount(practice, "panel.death_per_month_share", 0.0076)
    '7.6 of 1,000'
    >>> amount(practice, "staff.nurses.wage_usd_per_hour", 22.0)
    '22'
    """
    sentence = _sentence(scenario, path) or ""
    if "{percent}" in sentence:
        return f"{_rounded(100.0 * value)} %"
    return f"{_rounded(1e3 * value)} of 1,000" if "{thousandth}" in sentence else f"{value:.3g}"


def _number(scenario: Scenario, path: str) -> float:
    found = mean_at(scenario, path)
    if found is None:
        valid = "a path such as contact.answer_probability"
        raise refuse(path, "is not a number of this scenario", at(scenario, path), valid)
    return found


def _rounded(number: float) -> str:
    """Return a number without decimals from 10 on, else with two digits."""
    return f"{number:.0f}" if number >= 10.0 else f"{number:.2g}"


def _counted(number: float, thing: str) -> str:
    return f"{number:.3g} {thing}{'' if number == 1.0 else 's'}"


def _sentence(scenario: Scenario, path: str) -> str | None:
    """Return the sentence of a path, if there is one."""
    _, _, rest = path.partition("disruptions.")
    name, _, field = rest.partition(".")
    if name in scenario.disruptions:
        found = _OF_KINDS.get((scenario.disruptions[name].kind, field))
        if found is not None:
            return found
    return next((text for pattern, text in _SENTENCES.items() if fnmatchcase(path, pattern)), None)


def _whom(scenario: Scenario, path: str) -> str:
    """Return whom a path is about: a coordinator by role, and of which group if there are more."""
    part, name, *_ = path.split(".")
    groups: tuple[str, ...] = tuple(scenario.staff)
    if part == "staff" and name in scenario.staff:
        groups = (name,)
    elif part == "disruptions" and name in scenario.disruptions:
        groups = tuple(getattr(scenario.disruptions[name], "staff", None) or groups)
    of = "" if len(groups) == len(scenario.staff) else f" of {', '.join(groups)}"
    return f"a {scenario.called(groups)}{of}"


def _meaning(scenario: Scenario, path: str) -> str:
    """Return what a field means and its path; the path alone where nobody says."""
    before, _, field = path.rpartition(".")
    part = at(scenario, before) if before else scenario
    told = meanings(type(part)).get(field) if isinstance(part, BaseModel) else None
    if not told:
        return path
    first, _, _ = " ".join(told.split()).partition(". ")
    return f"{first.rstrip('.')} ({path})"
