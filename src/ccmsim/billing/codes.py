"""Which codes a month's minutes may be claimed with.

Comes in: one patient-month's minutes of clinical staff and of the practitioner. Goes out: the best
paid valid set of (code, units). Never decides whether the month may be claimed at all.

How many units the minutes give is written once, in `first_units` and `addon_units`: scalar
functions without checks, compiled with ccmsim.compiling where the simulation needs them. The rest
derives from `FAMILIES`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Real
from types import MappingProxyType
from typing import Any, Final, Literal, TypeAlias

from ccmsim.billing.fees import allowed_amount, check_place
from ccmsim.billing.tables import NATIONAL, FeeTable, Setting
from ccmsim.errors import refuse

Program: TypeAlias = Literal["ccm", "pcm", "apcm"]
"""Chronic, principal (one condition), and advanced primary care management."""

ComplexPolicy: TypeAlias = Literal["best_paid", "complex_first"]
PractitionerTime: TypeAlias = Literal["own", "counts_as_staff"]

ClaimLine: TypeAlias = tuple[str, int]
"""(code, units) with at least one unit."""


def first_units(minutes: float, first_minutes: float) -> int:
    """Return 1 where the minutes reach the first code's threshold, else 0.

    Examples
    --------
    >>> first_units(19.99, 20.0), first_units(20.0, 20.0)
    (0, 1)
    """
    return 1 if minutes >= first_minutes else 0


def addon_units(minutes: float, first_minutes: float, each_minutes: float, most: int) -> int:
    """Return the add-on code's units: whole increments beyond the first threshold, at most `most`.

    Counts up instead of dividing, so that each boundary is one exact comparison.

    Examples
    --------
    >>> [addon_units(minutes, 20.0, 20.0, 2) for minutes in (39.99, 40.0, 99.0)]
    [0, 1, 2]
    """
    units = 0
    while units < most and minutes >= first_minutes + (units + 1) * each_minutes:
        units += 1
    return units


@dataclass(frozen=True, slots=True)
class Family:
    """A first code and its add-on code.

    Parameters
    ----------
    program : {"ccm", "pcm"}
        The programme that it belongs to.
    whose_time : {"staff", "practitioner"}
        Whose minutes it counts.
    first_code, first_minutes
        Billed once when the month's minutes reach the threshold.
    addon_code, addon_minutes, most_addon_units
        Billed for each whole further increment, up to the medically-unlikely edit.
    needs_complex : bool
        Whether the month must hold decision making of moderate or high complexity.
    """

    program: Literal["ccm", "pcm"]
    whose_time: Literal["staff", "practitioner"]
    first_code: str
    first_minutes: int
    addon_code: str
    addon_minutes: int
    most_addon_units: int
    needs_complex: bool = False

    @property
    def codes(self) -> tuple[str, str]:
        """The first and the add-on code."""
        return (self.first_code, self.addon_code)

    def units(self, minutes: float) -> tuple[int, int]:
        """Return the units of the first and of the add-on code.

        Examples
        --------
        >>> FAMILIES["ccm_staff"].units(65)
        (1, 2)
        """
        return (
            first_units(minutes, self.first_minutes),
            addon_units(minutes, self.first_minutes, self.addon_minutes, self.most_addon_units),
        )

    def lines(self, minutes: float) -> list[ClaimLine]:
        """Return the claim lines of the minutes; none below the threshold.

        Examples
        --------
        >>> FAMILIES["complex"].lines(95)
        [('99487', 1), ('99489', 1)]
        """
        return [(code, n) for code, n in zip(self.codes, self.units(minutes), strict=True) if n]


FAMILIES: Final[Mapping[str, Family]] = MappingProxyType(
    {
        "ccm_staff": Family("ccm", "staff", "99490", 20, "99439", 20, 2),
        "ccm_practitioner": Family("ccm", "practitioner", "99491", 30, "99437", 30, 2),
        "complex": Family("ccm", "staff", "99487", 60, "99489", 30, 10, needs_complex=True),
        "pcm_practitioner": Family("pcm", "practitioner", "99424", 30, "99425", 30, 2),
        "pcm_staff": Family("pcm", "staff", "99426", 30, "99427", 30, 2),
    }
)
"""The families with time thresholds; one of them at most is billed per patient and month."""

CCM_CODES: Final = FAMILIES["ccm_staff"].codes
PRACTITIONER_CODES: Final = FAMILIES["ccm_practitioner"].codes
COMPLEX_CODES: Final = FAMILIES["complex"].codes
APCM_CODES: Final = ("G0556", "G0557", "G0558")
"""Advanced primary care management, level 1, 2, 3: no threshold, from 2025."""

CLAIM_CODES: Final = (*(code for family in FAMILIES.values() for code in family.codes), *APCM_CODES)
"""Every code that `claim_lines` can return, in a fixed order."""

INITIATING_VISIT_CODES: Final = (
    *("G0402", "G0438", "G0439", "99202", "99203", "99204", "99205"),
    *("99212", "99213", "99214", "99215", "99495", "99496"),
)
"""Visits that can start a programme; their time never counts in the month's minutes."""

INITIATING_ADDON_CODE: Final = "G0506"
"""Care planning beyond the usual, once, with the initiating visit."""


def claim_lines(
    staff_minutes: float = 0,
    practitioner_minutes: float = 0,
    complex: bool = False,  # noqa: A002 - the field's own word, and part of the public contract
    program: Program = "ccm",
    year: int = 2025,
    *,
    complex_policy: ComplexPolicy = "best_paid",
    practitioner_time: PractitionerTime = "own",
    apcm_level: int = 2,
    locality: str = NATIONAL,
    setting: Setting = "nonfacility",
    month: int | None = None,
    table: FeeTable | None = None,
) -> list[ClaimLine]:
    """Return the best paid valid claim of one patient and month.

    One family at most is billed, so no minute counts twice. Whole units only, capped at the
    medically-unlikely edits. Of claims that pay the same, the family first in `FAMILIES` is taken.

    Parameters
    ----------
    staff_minutes, practitioner_minutes : float
        The month's countable minutes of clinical staff, and of the billing practitioner.
    complex : bool
        Whether the month holds decision making of moderate or high complexity (for "ccm" only).
    program : {"ccm", "pcm", "apcm"}
        The programme that the patient has consented to.
    year, locality, setting, month, table
        What the fees depend on, as in `fee`; the best paid claim depends on them.
    complex_policy : {"best_paid", "complex_first"}
        With "complex_first" a complex month whose staff minutes reach 60 bills the complex family,
        even where another pays better.
    practitioner_time : {"own", "counts_as_staff"}
        With "counts_as_staff" the practitioner's minutes are added to the staff's (and then count
        for nothing else) where that pays better.
    apcm_level : {1, 2, 3}
        The patient's level for "apcm", where any minutes are a month of qualifying care.

    Returns
    -------
    list of (str, int)
        Codes with their units, first code first; empty where nothing may be billed.

    Raises
    ------
    InputError
        Where an argument is not valid, or a code in question has no fee.

    Notes
    -----
    Thresholds: care-management FAQ of the Centers for Medicare & Medicaid Services, as quoted by
    NGS and AAFP. Limits of units: medically-unlikely edits. See `docs/billing.md`.

    Examples
    --------
    >>> claim_lines(65)
    [('99490', 1), ('99439', 2)]
    >>> claim_lines(staff_minutes=65, complex=True, complex_policy="complex_first")
    [('99487', 1)]
    >>> claim_lines(25, 35), claim_lines(25, 35, practitioner_time="counts_as_staff")
    ([('99491', 1)], [('99490', 1), ('99439', 2)])
    """
    _check_minutes("staff_minutes", staff_minutes)
    _check_minutes("practitioner_minutes", practitioner_minutes)
    if complex not in (True, False):
        raise refuse("complex", "must be true or false", complex, "True or False")
    _check_choice("program", program, ("ccm", "pcm", "apcm"))
    _check_choice("complex_policy", complex_policy, ("best_paid", "complex_first"))
    _check_choice("practitioner_time", practitioner_time, ("own", "counts_as_staff"))
    _check_choice("apcm_level", apcm_level, (1, 2, 3))
    check_place(year, locality, setting, month=month, table=table)
    if program == "apcm":
        qualifying = staff_minutes > 0 or practitioner_minutes > 0
        claims = [[(APCM_CODES[apcm_level - 1], 1)]] if qualifying else []
    else:
        splits = [(staff_minutes, practitioner_minutes)]
        if practitioner_time == "counts_as_staff":
            splits.append((staff_minutes + practitioner_minutes, 0))
        claims = [
            claim
            for staff, practitioner in splits
            for claim in _valid_claims(staff, practitioner, complex, program, complex_policy)
        ]
    return max(
        claims,
        key=lambda lines: allowed_amount(lines, year, locality, setting, month=month, table=table),
        default=[],
    )


def _valid_claims(
    staff: float, practitioner: float, complex_month: bool, program: str, complex_policy: str
) -> list[list[ClaimLine]]:
    """Return one claim for each family whose threshold is reached, of which one may be billed."""
    reached = [
        (family, lines)
        for family in FAMILIES.values()
        if family.program == program and (complex_month or not family.needs_complex)
        if (lines := family.lines(staff if family.whose_time == "staff" else practitioner))
    ]
    if complex_policy == "complex_first":
        first = [lines for family, lines in reached if family.needs_complex]
        if first:
            return first
    return [lines for _, lines in reached]


def _check_minutes(name: str, minutes: Any) -> None:
    number = isinstance(minutes, Real) and not isinstance(minutes, bool)
    if not number or not 0 <= minutes < math.inf:
        raise refuse(name, "must be finite and not negative", minutes, "minutes such as 20 or 41.5")


def _check_choice(name: str, value: object, valid: tuple[object, ...]) -> None:
    known = any(type(value) is type(choice) and value == choice for choice in valid)
    if not known:
        raise refuse(name, "is unknown", value, " or ".join(repr(choice) for choice in valid))
