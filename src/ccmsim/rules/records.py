"""Documentation and status: what a month lacks, when it is mended, whether it can be billed.

Comes in: plain numbers, uniforms among them. Goes out: plain numbers. Section 6 of docs/model.md.
"""

from __future__ import annotations

from ccmsim.compiling import jit
from ccmsim.rules.names import (
    ACCESS,
    BACKLOG,
    BILLABLE,
    BY_RULE,
    CARE_PLAN,
    CLAIMABLE,
    COMPLETE,
    LOST_CAPTURE,
    NO_CONSENT,
    NO_SUPERVISION,
    NOT_CLAIMABLE,
    OFF_DUTY,
    OTHER,
    SHORT,
    SUPERVISION,
    TIME_LOG,
    UNDOCUMENTED,
    UNREACHED,
)


@jit
def care_level(is_qmb: bool, u_single: float, single_condition: float) -> int:
    """Return a patient's level of advanced primary care [7].

    1 with one condition or none, QMB or not; with two or more 3 for QMB patients, else 2.

    Examples
    --------
    >>> [care_level(is_qmb, u, 0.1) for is_qmb, u in ((False, 0.0), (True, 0.0), (True, 0.5))]
    [1, 1, 3]
    """
    if u_single < single_condition:
        return 1
    return 3 if is_qmb else 2


@jit
def under_apcm(level: int, from_level: int) -> bool:
    """Return whether a patient whose programme is their own is under `apcm`, not `ccm` [7].

    One condition is too few for chronic care management.

    Examples
    --------
    >>> [under_apcm(level, 3) for level in (1, 2, 3)]
    [True, False, True]
    """
    return level == 1 or level >= from_level


@jit
def fault_onset(prevalence: float, mended: float) -> float:
    """Return the monthly probability of a new fault that keeps the prevalence steady [6]."""
    return min(1.0, mended * prevalence / (1.0 - prevalence))


@jit
def lacking_element(u: float, time_log: float, access: float, any_element: float) -> int:
    """Return the first element that a month's record lacks; COMPLETE without one [6].

    Parameters
    ----------
    u : float
        The patient-month's uniform.
    time_log, access, any_element : float
        Probability that the first, one of the first two, one of all is lacking.
    """
    if u >= any_element:
        return COMPLETE
    if u < time_log:
        return TIME_LOG
    return ACCESS if u < access else SUPERVISION


@jit
def missing_element(lacking: int, plan_missing: bool, noticed: bool) -> int:
    """Return for want of which element a month is undocumented; COMPLETE without one [6].

    Parameters
    ----------
    lacking : int
        OTHER, an element of the month's record, or COMPLETE.
    plan_missing : bool
        Always seen.
    noticed : bool
        Whether somebody sees before billing what is lacking.
    """
    if lacking == OTHER and noticed:
        return OTHER
    if plan_missing:
        return CARE_PLAN
    return lacking if noticed else COMPLETE


@jit
def first_bar(by_rule: bool, unsupervised: bool, no_consent: bool) -> int:
    """Return why a month may not be claimed; CLAIMABLE if it may [6]."""
    if by_rule:
        return BY_RULE
    if unsupervised:
        return NO_SUPERVISION
    return NO_CONSENT if no_consent else CLAIMABLE


@jit
def audit_month(month: int, every: int) -> int:
    """Return the month at whose end the practice's own audit reviews a month [6].

    Examples
    --------
    >>> [audit_month(month, 3) for month in (0, 2, 3)]
    [2, 2, 5]
    """
    return (month // every + 1) * every - 1


@jit
def mending_probability(month: int, mended: float, every: int, found: float) -> float:
    """Return the probability that a lasting fault is mended in a month [6].

    Parameters
    ----------
    mended : float
        Without audits.
    every : int
        Months from one audit of the practice's own to the next; 0: none.
    found : float
        Probability that an audit finds the fault.
    """
    if every == 0 or month != audit_month(month, every):
        return mended
    return 1.0 - (1.0 - mended) * (1.0 - found)


@jit
def reached(
    staff: float, practitioner: float, threshold: float, own_threshold: float, as_staff: bool
) -> bool:
    """Return whether a month's minutes are enough for a first code [6].

    Parameters
    ----------
    staff, practitioner : float
        Minutes of clinical staff, and of the practitioner.
    threshold, own_threshold : float
        Of the staff's first code, and of the practitioner's.
    as_staff : bool
        Whether the practitioner's minutes may count as staff's.

    Examples
    --------
    >>> [reached(12.0, own, 20.0, 30.0, as_staff) for own, as_staff in ((8.0, False), (8.0, True))]
    [False, True]
    """
    if staff >= threshold or practitioner >= own_threshold:
        return True
    return as_staff and staff + practitioner >= threshold


@jit
def status(
    claimable: bool,
    documented: bool,
    captured: bool,
    countable: bool,
    served: int,
    attempts: int,
    on_duty: float,
    template: float,
) -> int:
    """Return the status of a patient-month: BILLABLE, or the first thing that stood in its way [6].

    Parameters
    ----------
    captured, countable : bool
        Whether these minutes are enough, by `reached`.
    served : int
        Answered calls and chart work of the month.
    on_duty, template : float
        Minutes of the patient's owner from the day of the outreach's release to the month's end.
    """
    if not claimable:
        return NOT_CLAIMABLE
    if captured:
        return BILLABLE if documented else UNDOCUMENTED
    if countable:
        return LOST_CAPTURE
    if served > 0:
        return SHORT
    if attempts > 0:
        return UNREACHED
    return OFF_DUTY if 2.0 * on_duty < template else BACKLOG
