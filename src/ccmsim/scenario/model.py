"""The scenario: one frozen value that holds everything the model is told about a practice.

Comes in: its parts. Goes out: a value to simulate, change with `but` and write as TOML. Never holds
a seed, a number of cores, or anything live.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Final, Self

from pydantic import AfterValidator, model_validator

from ccmsim.billing.codes import FAMILIES
from ccmsim.errors import InputError, Problem, refuse
from ccmsim.frozen import FrozenMapping
from ccmsim.scenario.base import Day, DurationLaw, Name, Part, Text
from ccmsim.scenario.billing import Billing
from ccmsim.scenario.contact import Contact
from ccmsim.scenario.disruptions import Disruption, Recorded
from ccmsim.scenario.documentation import Documentation
from ccmsim.scenario.enrollment import Enrollment
from ccmsim.scenario.finance import Finance
from ccmsim.scenario.operations import Operations
from ccmsim.scenario.panel import Panel
from ccmsim.scenario.practitioner import Practitioner
from ccmsim.scenario.problems import listed, suggestion
from ccmsim.scenario.staff import StaffGroup
from ccmsim.scenario.tail import Tail
from ccmsim.scenario.uncertain import mean_at, separated
from ccmsim.scenario.values import plain
from ccmsim.scenario.visits import Visits

OWN_MINUTES: Final = FAMILIES["ccm_practitioner"].first_minutes
"""Minutes of the practitioner's first code, which is also that for a single condition."""

_CALLED: Final = {"clinical": "nurse", "practitioner": "practitioner"}


def _first_of_month(day: date) -> date:
    if day.day != 1:
        valid = day.replace(day=1).isoformat()
        raise refuse("", "must be the first day of a month", day.isoformat(), valid)
    return day


def _not_empty(staff: FrozenMapping[str, StaffGroup]) -> FrozenMapping[str, StaffGroup]:
    if not staff:
        valid = "at least one group, such as [staff.nurses]"
        raise refuse("", "must have somebody in it", {}, valid)
    return staff


class Scenario(Part):
    """One practice, ready to be simulated.

    Examples
    --------
    >>> import ccmsim
    >>> scenario = ccmsim.load("two_nurses")
    >>> scenario.panel.enrolled_at_start
    200
    >>> worse = scenario.but({"disruptions.sick.spells_per_year": 6.0})
    >>> worse.disruptions["sick"].spells_per_year
    6.0
    """

    name: Text = "unnamed"
    """A short name for tables and plots."""
    description: Text = ""
    """Who this practice is, in a sentence."""
    start: Annotated[Day, AfterValidator(_first_of_month)] = date(2026, 1, 1)
    """First day of the first reported month."""
    panel: Panel
    """The enrolled patients."""
    staff: Annotated[FrozenMapping[Name, StaffGroup], AfterValidator(_not_empty)]
    """Groups of coordinators by name."""
    disruptions: FrozenMapping[Name, Disruption] = FrozenMapping()
    """What takes coordinators away, by name."""
    operations: Operations = Operations()
    """How the practice runs."""
    contact: Contact = Contact()
    """Work with patients."""
    documentation: Documentation = Documentation()
    """Capture of minutes, and documentation."""
    finance: Finance = Finance()
    """Fees, payment and costs."""
    billing: Billing = Billing()
    """Programme and codes."""
    tail: Tail = Tail()
    """Rare things that happen to the practice as a whole."""
    enrollment: Enrollment | None = None
    """How people are asked to take part; left out: nobody is."""
    practitioner: Practitioner | None = None
    """The practitioner's own time with patients; left out: none that counts."""
    visits: Visits | None = None
    """What the practice earns beside the programme; left out where nobody asks."""
    uncertain: FrozenMapping[Text, DurationLaw] | None = None
    """What is not known for sure: laws by dotted path, for `ccmsim.uncertainty` alone."""

    @model_validator(mode="before")
    @classmethod
    def _uncertain_apart(cls, data: Any) -> Any:
        return separated(data) if isinstance(data, Mapping) else data

    @model_validator(mode="after")
    def _names_fit(self) -> Self:
        problems = [
            *self._unknown_groups(),
            *self._unknown_seats(),
            *self._unfit_program(),
            *self._unfit_panel(),
            *self._not_numbers(),
        ]
        if problems:
            raise InputError(problems)
        return self

    def _unknown_groups(self) -> Iterator[Problem]:
        for name, entry in self.disruptions.items():
            for group in getattr(entry, "staff", None) or ():
                if group not in self.staff:
                    rule = f"is not a staff group{suggestion(group, self.staff)}"
                    yield Problem(
                        f"disruptions.{name}.staff", rule, group, listed(sorted(self.staff))
                    )

    def _unknown_seats(self) -> Iterator[Problem]:
        last = sum(group.coordinators for group in self.staff.values()) - 1
        for name, entry in self.disruptions.items():
            spells = entry.spells if isinstance(entry, Recorded) else ()
            high = max((spell.seat for spell in spells), default=0)
            if high > last:
                yield Problem(
                    f"disruptions.{name}.spells",
                    "names a seat that is not there",
                    high,
                    f"0 to {last}",
                )

    def _unfit_program(self) -> Iterator[Problem]:
        program, contact = self.billing.program, self.contact
        if program == "pcm" and contact.threshold_minutes < 30.0:
            rule = 'is below the 30 minutes of billing.program "pcm"'
            yield Problem("contact.threshold_minutes", rule, contact.threshold_minutes, "30")
        if program in ("apcm", "per_patient") and contact.addon_steps > 0:
            rule = f'is for billing.program "ccm" and "pcm"; the program is "{program}"'
            yield Problem("contact.addon_steps", rule, contact.addon_steps, "0")
        if program != "apcm" and self.own_desks() and contact.target_minutes < OWN_MINUTES:
            rule = f"is below the {OWN_MINUTES} minutes that the practitioner's own codes need"
            valid = f'{OWN_MINUTES}, or billing.practitioner_time = "counts_as_staff"'
            yield Problem("contact.target_minutes", rule, contact.target_minutes, valid)

    def _not_numbers(self) -> Iterator[Problem]:
        for path in self.uncertain or ():
            if mean_at(self, path) is None:
                rule = "is not a number of this scenario, nor a distribution with a mean to move"
                valid = "a path such as contact.answer_probability"
                yield Problem(f"uncertain.{path}", rule, path, valid)

    def _unfit_panel(self) -> Iterator[Problem]:
        panel, medicare = self.panel, self.panel.medicare
        enrolled = panel.enrolled_at_start
        if medicare is not None and enrolled == 0 and self.enrollment is None:
            rule = "must be at least 1 where nobody is asked to enroll"
            yield Problem("panel.enrolled_at_start", rule, 0, "1 or more, or a part enrollment")
        if self.enrollment is not None and medicare is None:
            rule = "needs people to ask: panel.medicare is left out"
            also = " and panel.replace_leavers = false" if panel.replace_leavers else ""
            valid = f"also panel.medicare = {{ patients = 600 }}{also}"
            yield Problem("enrollment", rule, "given", valid)
        if medicare is not None and medicare.patients < enrolled:
            rule = f"is below panel.enrolled_at_start ({enrolled})"
            yield Problem(
                "panel.medicare.patients", rule, medicare.patients, f"at least {enrolled}"
            )
        if medicare is not None and panel.replace_leavers:
            rule = "cannot be with panel.medicare: enrollment work makes up for those who leave"
            yield Problem("panel.replace_leavers", rule, True, "false")

    def __hash__(self) -> int:
        return int(self.fingerprint, 16)

    def own_desks(self) -> bool:
        """Return whether all at the desks are practitioners who bill their minutes as their own."""
        own = self.billing.practitioner_time == "own"
        return own and all(group.role == "practitioner" for group in self.staff.values())

    def called(self, groups: Iterable[str] | None = None) -> str:
        """Return what the coordinators are called by their role, of some groups or of all.

        Examples
        --------
        >>> import ccmsim
        >>> [ccmsim.load(name).called() for name in ("two_nurses", "physician_led")]
        ['nurse', 'practitioner']
        >>> both = {"staff.doctor": {"hours_per_week": 4.0, "role": "practitioner"}}
        >>> mixed = ccmsim.load("two_nurses").but(both)
        >>> mixed.called(), mixed.called(["nurses"])
        ('coordinator', 'nurse')
        """
        roles = {self.staff[name].role for name in (self.staff if groups is None else groups)}
        return _CALLED[roles.pop()] if len(roles) == 1 else "coordinator"

    def seats(self) -> tuple[tuple[str, StaffGroup], ...]:
        """Return the seats, one a coordinator, in an order free of labels and of the file's order.

        Groups come by protected minutes a week, most first, then by their values as canonical JSON,
        then by the disruptions that name them. Groups that agree in all this are interchangeable.

        Returns
        -------
        tuple of (str, StaffGroup)
            The group's name and values of seat 0, 1, …

        Examples
        --------
        >>> import ccmsim
        >>> [name for name, group in ccmsim.load("two_nurses").seats()]
        ['nurses', 'nurses']
        """

        def rank(name: str) -> tuple[float, str, list[str], str]:
            group = self.staff[name]
            named_by = [
                entry
                for entry, disruption in self.disruptions.items()
                if name in (getattr(disruption, "staff", None) or ())
            ]
            values = json.dumps(plain(group), sort_keys=True)
            return -group.protected_minutes_per_week(), values, sorted(named_by), name

        return tuple(
            (name, self.staff[name])
            for name in sorted(self.staff, key=rank)
            for _ in range(self.staff[name].coordinators)
        )

    def but(self, changes: Mapping[str, Any]) -> Scenario:
        """Return a new scenario with other values at dotted paths; None takes an entry away.

        Parameters
        ----------
        changes : mapping of str to value
            Dotted path to a value: a number, text, a table, or a part. A path to a name that is not
            there yet adds a disruption, a staff group or a fee. None takes such an entry away, or
            leaves an optional value out. All changes are made before anything is checked, so they
            may depend on each other.

        Raises
        ------
        ccmsim.errors.InputError
            When a path does not exist or a value is not valid.

        Examples
        --------
        >>> import ccmsim
        >>> calm = ccmsim.load("two_nurses").but({"disruptions.sick": None})
        >>> "sick" in calm.disruptions
        False
        """
        from ccmsim.scenario.changing import changed

        return changed(self, changes)

    def to_toml(self) -> str:
        """Return the scenario as TOML text; reading it gives an equal scenario."""
        from ccmsim.scenario.loading import dumps

        return dumps(self)

    def save(self, path: str | Path) -> None:
        """Write the scenario as a TOML file."""
        Path(path).write_text(self.to_toml(), encoding="utf-8", newline="")

    @property
    def fingerprint(self) -> str:
        """Sixteen hex digits, the same for the same values, name and description aside."""
        from ccmsim.scenario.loading import fingerprint

        return fingerprint(self)
