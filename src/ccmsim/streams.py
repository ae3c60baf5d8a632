"""Random numbers: a published counter-based generator and the table of named streams.

Comes in: (seed, replication) as the key; (index, month, entity, stream) as the counter. Goes out:
uniforms in (0, 1), each a pure function of those six whole numbers. Never holds state: nobody's
draws depend on anybody else's.

The generator is Philox4x32-10 (Salmon, Moraes, Dror and Shaw, SC11, 2011). One block of four 32-bit
words gives two 64-bit numbers and so two uniforms, the *first* and the *second*; `STREAMS` says
what each half is for.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

import numpy as np

from ccmsim.arrays import Floats, Ints
from ccmsim.compiling import copied, inner, jit
from ccmsim.errors import InputError, Problem

NO_MONTH: Final = 2**32 - 1
"""The month of a draw that belongs to no month, such as a patient's attribute."""

PRACTICE: Final = 2**32 - 1
"""The entity of a draw that belongs to the whole practice."""

_M0 = np.uint64(0xD2511F53)
_M1 = np.uint64(0xCD9E8D57)
_W0 = np.uint64(0x9E3779B9)
_W1 = np.uint64(0xBB67AE85)
_LOW = np.uint64(0xFFFFFFFF)
_32 = np.uint64(32)
_12 = np.uint64(12)
_HALF = 0.5
_2_M52 = 2.0**-52


LANES: Final = 8
"""Numbers that a vector of the processor holds at most."""


@dataclass(frozen=True, slots=True)
class Stream:
    """One named stream: its number never changes, and says what each half of a block decides."""

    number: int
    entity: str
    month: str
    index: str
    first: str
    second: str


STREAMS: Final[dict[str, Stream]] = {
    "patient_need": Stream(1, "patient", "none", "0", "need multiplier", "answer probability"),
    "patient_money": Stream(
        2, "patient", "none", "0", "supplemental cover", "lasting fault at start"
    ),
    "leaving": Stream(3, "patient", "month", "0", "death", "opt-out"),
    "death_instant": Stream(4, "patient", "month", "0", "instant of the death", "unused"),
    "outreach": Stream(5, "patient", "month", "0", "release of the outreach", "not claimable"),
    "documentation": Stream(6, "patient", "month", "0", "coin of the month", "lasting fault"),
    "request_count": Stream(7, "patient", "month", "0", "inbound calls", "care tasks"),
    "inbound_release": Stream(8, "patient", "month", "item", "business day", "clinic minute"),
    "inbound_work": Stream(9, "patient", "month", "item", "minutes", "capture"),
    "inbound_outside": Stream(10, "patient", "month", "item", "done outside", "logged"),
    "care_release": Stream(11, "patient", "month", "item", "business day", "clinic minute"),
    "care_work": Stream(12, "patient", "month", "item", "minutes", "capture"),
    "care_outside": Stream(13, "patient", "month", "item", "done outside", "logged"),
    "call": Stream(14, "patient", "month", "call of the month", "answered", "capture"),
    "call_minutes": Stream(15, "patient", "month", "call of the month", "call or attempt", "notes"),
    "chart_work": Stream(16, "patient", "month", "chart work of the month", "capture", "unused"),
    "claim": Stream(17, "patient", "month", "0", "denied", "recovered"),
    "coinsurance": Stream(18, "patient", "month", "0", "paid", "unused"),
    "clinic_load": Stream(19, "practice", "month", "0", "load factor", "unused"),
    "patient_kind": Stream(20, "patient", "none", "0", "complex", "level"),
    "panel_member": Stream(21, "patient", "none", "0", "eligible", "on the registry at once"),
    "registry": Stream(22, "patient", "month", "0", "found", "unused"),
    "panel_growth": Stream(23, "practice", "month", "0", "joiners", "ageing in"),
    "approach_visit": Stream(24, "patient", "month", "0", "comes to the clinic", "business day"),
    "approach": Stream(25, "patient", "month", "approach of the month", "answered", "minutes"),
    "consent": Stream(26, "patient", "none", "0", "consents", "not on record"),
    "initiating_visit": Stream(27, "patient", "none", "0", "needed", "unused"),
    "visit_kept": Stream(28, "patient", "month", "0", "missed", "unused"),
    "care_plan": Stream(29, "patient", "month", "0", "minutes", "capture"),
    "hospital": Stream(30, "patient", "month", "0", "admitted", "instant of the admission"),
    "hospital_stay": Stream(31, "patient", "month", "0", "length of the stay", "unused"),
    "practitioner_time": Stream(32, "patient", "month", "0", "happens", "minutes"),
    "practitioner_release": Stream(33, "patient", "month", "0", "business day", "clinic minute"),
    "practitioner_log": Stream(34, "patient", "month", "0", "logged", "unused"),
    "element": Stream(35, "patient", "month", "0", "an element is missing", "noticed"),
    "consent_mended": Stream(36, "patient", "month", "0", "mended", "unused"),
    "internal_audit": Stream(37, "patient", "month", "0", "found", "unused"),
    "other_practice": Stream(38, "patient", "none", "0", "has a second practice", "unused"),
    "other_first": Stream(39, "patient", "month", "0", "the other was first", "claim sent twice"),
    "duplicate": Stream(40, "patient", "month", "0", "caught", "unused"),
    "appeal": Stream(41, "patient", "month", "0", "appealed", "won"),
    "deductible": Stream(
        42,
        "patient",
        "none",
        "calendar year, 0 = that of the first simulated month",
        "month in which others' care meets it",
        "unused",
    ),
    "deductible_payment": Stream(43, "patient", "month", "0", "paid", "unused"),
    "visit_claim": Stream(44, "patient", "month", "0", "denied", "recovered"),
    "payer_audit": Stream(45, "practice", "month", "0", "audit", "factor"),
    "batch": Stream(46, "practice", "month", "0", "not sent", "months until found"),
    "biller": Stream(47, "practice", "month", "0", "away", "months away"),
    "supervisor": Stream(48, "practice", "month", "0", "leaves", "months without"),
    "supervisor_cover": Stream(49, "practice", "month", "0", "a colleague takes over", "unused"),
    "owner_away": Stream(50, "practice", "month", "week of the month", "away", "unused"),
    "visits": Stream(51, "practice", "month", "0", "visits", "practitioner's days away"),
    "visit_shock": Stream(52, "practice", "month", "0", "begins", "unused"),
}
"""Every stream that has a name of its own.

A disruption's stream comes from the name the user gave it: `entry_stream`. There a daily draw has
the day of the month as index (first half: does a spell start; second: its length); index 0 without
a month is a seat's frailty; for an outage, index 32 + day is the clinic minute of its start.
"""

_USER: Final = 1 << 31


def entry_stream(name: str) -> int:
    """Return the stream of a disruption: its name's SHA-256 with the top bit of 32 set.

    Examples
    --------
    >>> entry_stream("sick") == entry_stream("sick") >= 2**31
    True
    """
    return int.from_bytes(hashlib.sha256(name.encode("utf-8")).digest()[:4], "big") | _USER


def refuse_collisions(names: list[str]) -> None:
    """Raise `InputError` when two disruptions share a stream (one chance in 2**31 a pair)."""
    seen: dict[int, str] = {}
    for name in names:
        other = seen.setdefault(entry_stream(name), name)
        if other != name:
            problem = Problem(
                f"disruptions.{name}",
                f"has the same random stream as disruptions.{other}",
                name,
                "another name for one of them",
            )
            raise InputError([problem])


@jit
def _round(
    c0: np.uint64, c1: np.uint64, c2: np.uint64, c3: np.uint64, k0: np.uint64, k1: np.uint64
) -> tuple[np.uint64, np.uint64, np.uint64, np.uint64]:
    """Return the four words after one round of Philox4x32."""
    p0 = _M0 * c0
    p1 = _M1 * c2
    return (p1 >> _32) ^ c1 ^ k0, p1 & _LOW, (p0 >> _32) ^ c3 ^ k1, p0 & _LOW


@jit
def _unit(high: np.uint64, low: np.uint64) -> float:
    """Return the uniform of two words: (top 52 of 64 bits + 1/2) / 2**52."""
    return (np.float64(((high << _32) | low) >> _12) + _HALF) * _2_M52


@jit
def philox4x32_10(
    c0: np.uint64, c1: np.uint64, c2: np.uint64, c3: np.uint64, k0: np.uint64, k1: np.uint64
) -> tuple[np.uint64, np.uint64, np.uint64, np.uint64]:
    """Return the four words of one Philox4x32-10 block as uint64 numbers below 2**32.

    Parameters
    ----------
    c0, c1, c2, c3, k0, k1 : uint64
        Counter and key words, each below 2**32.
    """
    for _ in range(10):
        c0, c1, c2, c3 = _round(c0, c1, c2, c3, k0, k1)
        k0 = (k0 + _W0) & _LOW
        k1 = (k1 + _W1) & _LOW
    return c0, c1, c2, c3


@jit
def uniforms(
    seed: int, replication: int, stream: int, entity: int, month: int, index: int
) -> tuple[float, float]:
    """Return the two uniforms in (0, 1) of one block, each (top 52 of 64 bits + 1/2) / 2**52.

    Parameters
    ----------
    seed, replication, stream, entity, month, index : int
        Whole numbers from 0 to 2**32 - 1.

    Examples
    --------
    >>> uniforms(7, 0, 1, 0, 0, 0) == uniforms(7, 0, 1, 0, 0, 0) != uniforms(7, 1, 1, 0, 0, 0)
    True
    """
    x0, x1, x2, x3 = philox4x32_10(
        np.uint64(index),
        np.uint64(month),
        np.uint64(entity),
        np.uint64(stream),
        np.uint64(seed),
        np.uint64(replication),
    )
    return _unit(np.uint64(x0), np.uint64(x1)), _unit(np.uint64(x2), np.uint64(x3))


@copied
def _masked(
    seed: int, replication: int, stream: int, entity: int, month: int, index: int
) -> tuple[float, float]:
    """Return `uniforms`, for loops: one without calls or branches becomes one of vectors."""
    # words below 2**32, as the compiler sees by the masks: products of such take fewer steps
    c0, c1 = np.uint64(index) & _LOW, np.uint64(month) & _LOW
    c2, c3 = np.uint64(entity) & _LOW, np.uint64(stream) & _LOW
    k0, k1 = np.uint64(seed) & _LOW, np.uint64(replication) & _LOW
    for _ in range(10):
        c0, c1, c2, c3 = _round(c0, c1, c2, c3, k0, k1)
        k0 = (k0 + _W0) & _LOW
        k1 = (k1 + _W1) & _LOW
    return _unit(c0, c1), _unit(c2, c3)


@jit
def fill_uniforms(
    seed: int,
    replication: int,
    stream: int,
    entities: Ints,
    months: Ints,
    indices: Ints,
    first: Floats,
    second: Floats,
) -> None:
    """Fill in the uniforms of many keys of one stream: those of `uniforms`, ten times as fast.

    Parameters
    ----------
    entities, months, indices : ndarray of int64, shape (n,)
    first, second : ndarray of float64, shape (n,)
        Filled in.

    Examples
    --------
    >>> n = np.arange(3)
    >>> first, second = np.zeros(3), np.zeros(3)
    >>> fill_uniforms(7, 0, 14, n, n, n, first, second)
    >>> (first[2], second[2]) == uniforms(7, 0, 14, 2, 2, 2)
    True
    """
    for i in range(len(entities)):
        first[i], second[i] = _masked(seed, replication, stream, entities[i], months[i], indices[i])


@jit
def whole_vectors(size: int) -> int:
    """Return how many keys to draw for so many: no rest is left to be drawn one by one.

    Examples
    --------
    >>> whole_vectors(0), whole_vectors(1), whole_vectors(16)
    (0, 8, 16)
    """
    return (size + LANES - 1) // LANES * LANES


@inner
def fill_two(
    seed: int,
    replication: int,
    streams: tuple[int, int],
    entities: Ints,
    months: Ints,
    indices: Ints,
    planes: tuple[Floats, Floats, Floats, Floats],
) -> None:
    """Fill in the uniforms of many keys of two streams: first and second of one, then the other."""
    for i in range(len(entities)):
        key = entities[i], months[i], indices[i]
        planes[0][i], planes[1][i] = _masked(seed, replication, streams[0], *key)
        planes[2][i], planes[3][i] = _masked(seed, replication, streams[1], *key)
