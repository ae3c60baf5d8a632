"""The best paid claim of a month as one compiled function: what `billing.claim_lines` says.

Comes in: minutes, what is known of the patient, the month's fees. Goes out: a code and its add-on
units. Draws nothing.
"""

from __future__ import annotations

from typing import Final

from ccmsim.arrays import Ints
from ccmsim.billing import codes
from ccmsim.compiling import inner, jit
from ccmsim.scenario.billing import PROGRAMS

CCM, PCM, APCM, PER_PATIENT = range(len(PROGRAMS))

_FAMILIES: Final = tuple(
    (
        PROGRAMS.index(family.program),
        int(family.whose_time == "staff"),
        int(family.needs_complex),
        family.first_minutes,
        family.addon_minutes,
        family.most_addon_units,
    )
    for family in codes.FAMILIES.values()
)
APCM_FIRST: Final = codes.CLAIM_CODES.index(codes.APCM_CODES[0])

_addon_units = inner(codes.addon_units)


@inner
def _best_family(
    staff: float,
    practitioner: float,
    is_complex: bool,
    program: int,
    complex_first: bool,
    threshold: float,
    fees: Ints,
) -> tuple[int, int, int]:
    """Return the best paid family that is reached, its add-on units, cents; -1 cents: none."""
    best, best_addons, best_cents = -1, 0, -1
    for i in range(len(_FAMILIES)):
        of_program, of_staff, needs_complex, first, each, most = _FAMILIES[i]
        if of_program != program or needs_complex > is_complex:
            continue
        minutes = staff if of_staff else practitioner
        needed = threshold if of_staff and not needs_complex else float(first)
        if minutes < needed:
            continue
        addons = _addon_units(minutes, needed, each, most)
        cents = fees[2 * i] + addons * fees[2 * i + 1]
        if needs_complex and complex_first:
            return i, addons, cents
        if cents > best_cents:
            best, best_addons, best_cents = i, addons, cents
    return best, best_addons, best_cents


@jit
def best_claim(
    staff_minutes: float,
    practitioner_minutes: float,
    is_complex: bool,
    program: int,
    level: int,
    complex_first: bool,
    counts_as_staff: bool,
    threshold: float,
    fees: Ints,
) -> tuple[int, int]:
    """Return the number of the first code of the best paid valid claim, and its add-on units.

    Parameters
    ----------
    program : int
        Number in `PROGRAMS`, that of the patient.
    level : int
        1, 2 or 3; for advanced primary care.
    threshold : float
        Minutes of the first staff code, if more than the published ones or fewer; the complex
        codes keep theirs.
    fees : ndarray of int64, shape (codes,)
        Cents a unit, in the order of `billing.CLAIM_CODES`.

    Returns
    -------
    tuple of (int, int)
        Numbers in `billing.CLAIM_CODES`; the add-on code is the next one. (-1, 0): no claim.
    """
    if program == APCM:
        if staff_minutes + practitioner_minutes > 0.0:
            return APCM_FIRST + level - 1, 0
        return -1, 0
    best, best_addons, best_cents = -1, 0, -1
    for split in range(2 if counts_as_staff else 1):
        staff = staff_minutes + practitioner_minutes * split
        practitioner = practitioner_minutes * (1 - split)
        family, addons, cents = _best_family(
            staff, practitioner, is_complex, program, complex_first, threshold, fees
        )
        if cents > best_cents:
            best, best_addons, best_cents = 2 * family, addons, cents
    return best, best_addons
