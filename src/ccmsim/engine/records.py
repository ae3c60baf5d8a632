"""What the compiled engine keeps while a replication runs: patients, arrivals, people, desks.

Names only: the shape of every record, and for each array an accessor for compiled code. `room`
makes the arrays.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from ccmsim import availability as av
from ccmsim.engine.ledger import COUNTS, PATIENT_MONTH
from ccmsim.engine.prospects import PROSPECT
from ccmsim.memory import accessor, prefetcher, span

_REAL, _WHOLE, _HALF, _SHORT, _SMALL = np.float64, np.int64, np.int32, np.int16, np.int8
_FLAG = np.bool_

# Where a patient's one outreach-type item is.
IDLE, NOTED, OPEN, IN_SERVICE = range(4)

PATIENT: Final = np.dtype(
    [
        ("need", _REAL),
        ("answer", _REAL),
        ("last_seen", _REAL),
        # the month's facts and what staff know of it
        ("countable", _REAL),
        ("captured", _REAL),
        ("charted", _REAL),
        ("known_captured", _REAL),
        ("known_own", _REAL),
        ("excess", _REAL),
        # the outreach-type item
        ("rank", _REAL),
        ("order", _WHOLE),  # among open ones of equal rank
        ("excess_day", _HALF),
        ("waiting", _HALF),  # flags of the month's business days to whose end an item waited
        ("owner", _HALF),
        ("member", _HALF),  # place among the members
        ("requests", _HALF),  # that are open
        ("silent", _SHORT),
        ("without_contact", _SHORT),
        ("joined", _SHORT),  # month of the enrollment, -1: of the first day
        ("release_day", _SMALL),  # business day of the month
        ("attempts", _SMALL),  # at most one a day
        ("calls", _SMALL),
        ("answered", _SMALL),
        ("charts", _SMALL),
        ("item", _SMALL),
        ("kind", _SMALL),
        ("action", _SMALL),
        ("enrolled", _FLAG),
        ("in_contact", _FLAG),
        ("contacted", _FLAG),
        ("booked", _FLAG),  # the month's first call was agreed upon last month
        ("plan_due", _FLAG),  # enrolled later, and without a care plan yet
        ("falling", _FLAG),  # listed as one whose known minutes fall when the day ends
    ],
    align=True,
)
"""An enrolled patient and the present month: 128 bytes, two lines of a processor's cache."""

CANDIDATE: Final = np.dtype(
    [
        ("number", _HALF),
        ("due", _SHORT),  # business day of the month for which an approach is noted, -1: none
        ("released", _SHORT),
        ("made", _SHORT),  # approaches of the month
        ("item", _SMALL),
    ],
    align=True,
)
"""Somebody on the month's list of people to approach."""

QUIET: Final = np.dtype([("inbound", _REAL), ("care_task", _REAL)])
"""A patient's probabilities of a month without any request of a kind."""

STAY: Final = np.dtype([("home_from", _REAL), ("admitted", _REAL), ("discharged", _REAL)])
"""A patient's stays in hospital, as `rules.in_hospital` takes them."""

OWN_TIME: Final = np.dtype([("countable", _REAL), ("captured", _REAL)])
"""The practitioner's part of the minutes of a patient's present month."""

CALL: Final = np.dtype(
    [
        ("answer", _REAL),
        ("capture", _REAL),
        ("minutes", _REAL),
        ("notes", _REAL),
        ("centre", _REAL),  # `normal_centre` of the minutes'
    ]
)
"""The uniforms of a member's open call or, of chart work, the one of its capture."""

ARRIVAL: Final = np.dtype(
    [
        ("time", _REAL),
        ("minutes", _REAL),
        ("capture", _REAL),
        ("order", _WHOLE),  # among arrivals of one instant
        ("patient", _HALF),
        ("next", _HALF),  # of the open ones; -1: none
        ("before", _HALF),
        ("kind", _SMALL),
        ("outside", _FLAG),
        ("logged", _FLAG),
    ],
    align=True,
)
"""A request, time of the practitioner's own or, with the kind DEATH, a death."""

DEATH: Final = -1

COMING: Final = np.dtype([("time", _REAL), ("order", _WHOLE), ("arrival", _WHOLE)])
"""An arrival of the present window, and what it is sorted by."""

PERSON: Final = np.dtype(
    [
        ("number", _WHOLE),
        ("seat", _WHOLE),  # -1: a substitute
        ("holder", _WHOLE),
        ("is_practitioner", _FLAG),
        ("on_duty", _FLAG),
        ("busy", _FLAG),
        ("foreign", _FLAG),  # busy with somebody else's item
        ("answered", _FLAG),
        ("morning", _FLAG),  # whether the latest service started before noon
        ("duty_end", _REAL),
        ("gross_end", _REAL),
        ("next_gross_start", _REAL),
        ("first", _WHOLE),  # intervals of the month
        ("last", _WHOLE),
        ("change", _WHOLE),  # duty changes of the month so far
        ("next_duty", _WHOLE),  # the next of them, an event of `upcoming`
        ("leaf", _WHOLE),  # of `upcoming`
        # the service
        ("end", _REAL),
        ("countable", _REAL),
        ("captured", _REAL),
        ("patient", _WHOLE),
        ("kind", _WHOLE),
        ("action", _WHOLE),
        ("month", _WHOLE),
        # minutes of the month
        ("worked", _REAL),
        ("overtime", _REAL),
        ("paid_overtime", _REAL),
        ("uncounted", _REAL),
        ("services", _WHOLE),
        # approaches
        ("candidate", _WHOLE),  # with whom the service is
        ("week", _WHOLE),  # the calendar week of these minutes
        ("approach_minutes", _REAL),
    ],
    align=True,
)
"""A seat's holder, or a substitute on call."""

DESK: Final = np.dtype(
    [
        ("first", _WHOLE),  # of its patients, in number order
        ("last", _WHOLE),
        ("words", _WHOLE),  # its words in the notes of a day, from the first of them on
        ("first_word", _WHOLE),
        ("head", _WHOLE),  # the first open request, -1: none
        ("tail", _WHOLE),
        ("first_entry", _WHOLE),  # where the heap of its open outreach-type items begins
        ("room", _WHOLE),  # how many entries fit into the heap, and into the run behind it
        ("front", _WHOLE),  # entries taken from the run's front
        ("run", _WHOLE),  # entries of the run
        ("size", _WHOLE),  # of the heap
        ("falling", _WHOLE),  # how many are listed
        ("backup_open", _FLAG),  # whether others may take its items today
        ("cover_open", _FLAG),
        ("number", _WHOLE),
        ("first_candidate", _WHOLE),  # of the month's list, in number order
        ("last_candidate", _WHOLE),
        ("approaches", _WHOLE),  # how many are open
        ("armed", _FLAG),  # whether it has an expiry to come
        ("leaf", _WHOLE),  # of `upcoming`
        ("shared", _FLAG),  # others still work on its items as the window begins
        ("done_until", _REAL),  # the instant of the window up to which it was walked ahead, alone
    ],
    align=True,
)
"""A worklist: one seat's, or everybody's."""

WINDOW: Final = np.dtype(
    [
        ("midnight", _REAL),  # at which the business day begins
        ("until", _REAL),
        ("opening", _REAL),
        ("entry_loss", _REAL),
        ("minute_loss", _REAL),
        ("review", _WHOLE),  # the next day of the month on which somebody looks down the list
    ],
    align=True,
)
"""A business day of the month with the days off after it; number 0 is what comes before."""

ENTRY: Final = np.dtype([("key", _REAL), ("order", _WHOLE)])
"""An entry of a heap: what has the smallest (key, order) comes first."""

TARGET: Final = np.dtype([("value", _REAL)])
"""Minutes at which staff stop in a patient's month."""

UNIFORM: Final = np.dtype([("value", _REAL)])
"""An element of a plane of uniforms."""

NUMBER: Final = np.dtype([("value", _WHOLE)])
"""An element of a list of whole numbers, or a word of flags."""

FLAGS: Final = np.dtype([("value", _HALF)])
"""A word of flags of which there are many words."""

SHIFT: Final = 5
WORD: Final = 1 << SHIFT
"""Flags of a word."""
PLACE: Final = WORD - 1
"""What of a number is its place in a word; the rest, shifted, is the word."""

ARRAYS: Final = (
    ("patients", PATIENT),  # by number
    ("quiet", QUIET),  # by number
    ("stays", STAY),  # by number, where there are any
    ("own_times", OWN_TIME),  # by number, where there are any
    ("prospects", PROSPECT),  # by number, where the Medicare panel is modelled
    ("candidates", CANDIDATE),  # of the month, by desk and number
    ("owners", NUMBER),  # by number: whose seat; the same in every replication
    ("targets", TARGET),  # by number, where each patient has a programme of their own
    ("active", NUMBER),  # numbers of the listed patients, ascending
    ("members", NUMBER),  # the same, by desk
    ("familiar", FLAGS),  # by patient: flags of the seats whose holder has spoken with them
    ("arrivals", ARRIVAL),  # two months: of each what is kept from the last, then by desk, window
    ("first_arrivals", NUMBER),  # by desk and window, and where the last window of a desk ends
    ("today", COMING),  # arrivals of the present window: as gathered, then in order
    ("buckets", NUMBER),  # by part of the present window, or of a desk's ranks: where it goes
    ("notes", NUMBER),  # by day: flags of who is noted
    ("entries", ENTRY),  # heaps and runs of all desks
    ("upcoming", NUMBER),  # of `upcoming`: nodes from the first on top to the leaves
    ("falling", NUMBER),  # by desk, as members
    ("planes", UNIFORM),  # of `draws`
    ("requests", UNIFORM),  # of `draws`
    ("entities", NUMBER),  # of `draws`
    ("months", NUMBER),  # of `draws`
    ("indices", NUMBER),  # of `draws`
    ("calls", CALL),  # by member
    ("people", PERSON),
    ("desks", DESK),
    ("open_desks", NUMBER),  # the seats that others may help today
    ("windows", WINDOW),  # of the present month
    ("intervals", av.INTERVAL),  # on-duty intervals of the month, by person and start
    ("seat_days", av.SEAT_DAY),  # by seat and business day
    ("free", NUMBER),  # flags of the people who are on duty and idle
    ("turns", NUMBER),  # flags of the people who look at the worklist at this instant
    ("counts", COUNTS),  # by month
    ("rows", PATIENT_MONTH),
)

HANDLE: Final = np.dtype(
    [(name, _WHOLE) for name, _ in ARRAYS]
    + [
        ("n_patients", _WHOLE),  # records that there are
        ("n_members", _WHOLE),  # for which a plane of draws has room
        ("n_arrivals", _WHOLE),  # that there may be in a month
        ("n_keys", _WHOLE),  # that may be drawn side by side
        ("n_calls", _WHOLE),  # listed to be drawn: from the first key on
        ("n_charts", _WHOLE),  # … from the last key on
        ("n_windows", _WHOLE),  # that there may be in a month
        ("n_people", _WHOLE),
        ("n_desks", _WHOLE),
        ("n_known", _WHOLE),  # words of familiar for each patient
        ("far", _FLAG),  # the panel does not fit in a core's cache: look ahead
        ("everybody", _FLAG),  # a patient may know every seat's holder, not only the owner
        ("n_words", _WHOLE),  # of the notes of a day
        ("n_flags", _WHOLE),  # words of free and turns
        ("n_business_days", _WHOLE),
        ("n_leaves", _WHOLE),  # of `upcoming` in this window: a power of two
        # the replication
        ("seed", _WHOLE),
        ("replication", _WHOLE),
        ("month", _WHOLE),
        ("month_start", _REAL),
        ("first_day", _WHOLE),  # of the month
        ("days", _WHOLE),  # business days of the month
        ("begun", _WHOLE),  # the latest business day that has begun at the desk at work
        ("enrolled", _WHOLE),  # numbers given so far
        ("n_owners", _WHOLE),  # how many numbers have their seat in owners
        ("n_active", _WHOLE),
        ("n_rows", _WHOLE),
        ("n_open_desks", _WHOLE),
        ("first_called", _WHOLE),  # word of flags with the first who has a turn
        ("last_called", _WHOLE),
        ("next_arrival", _WHOLE),  # the next free record
        ("first_drawn", _WHOLE),  # the member whose draws stand first in the planes
        ("waiting", _WHOLE),
        ("owner_there", _FLAG),  # on the month's last business day
        ("supervised", _FLAG),  # the month has a supervising practitioner
        ("practitioner_minutes", _REAL),  # of the month, beside the desks
        ("full", _FLAG),  # the room was too small
    ],
    align=True,
)
"""Addresses and sizes of the arrays, and where the replication stands."""

DTYPES: Final = dict(ARRAYS)


def _at(name: str) -> Any:
    return accessor(name, DTYPES[name])


patient_at, arrival_at, person_at, desk_at = map(_at, ("patients", "arrivals", "people", "desks"))
prefetch_patient = prefetcher("patients", PATIENT)
prefetch_arrival = prefetcher("arrivals", ARRIVAL)
prefetch_familiar = prefetcher("familiar", FLAGS)
prefetch_call = prefetcher("calls", CALL)
prospect_at, candidate_at = _at("prospects"), _at("candidates")
quiet_at, stay_at, target_at = map(_at, ("quiet", "stays", "targets"))
own_time_at, call_at = map(_at, ("own_times", "calls"))
entity_at, index_at, request_at = map(_at, ("entities", "indices", "requests"))
entities_of, months_of, indices_of = (
    span(name, NUMBER) for name in ("entities", "months", "indices")
)
uniforms_of = span("requests", UNIFORM)
active_at, member_at, familiar_at, falling_at, owner_at = map(
    _at, ("active", "members", "familiar", "falling", "owners")
)
first_arrival_at, note_at = map(_at, ("first_arrivals", "notes"))
today_at, bucket_at = map(_at, ("today", "buckets"))
entry_at, upcoming_at, free_at, turn_at = map(_at, ("entries", "upcoming", "free", "turns"))
window_at, interval_at, seat_day_at = map(_at, ("windows", "intervals", "seat_days"))
open_desk_at, count_at, row_at, plane_at = map(_at, ("open_desks", "counts", "rows", "planes"))
