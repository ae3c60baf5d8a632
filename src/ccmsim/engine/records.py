"""What the compiled engine keeps while a replication runs: records, and the room that holds them.

Comes in: `Inputs`, and how much room there should be. Goes out: `Plan` (what never changes) and
`Room` (preallocated arrays, used again by every replication). Nothing is decided here.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from ccmsim import availability as av
from ccmsim.arrays import Floats, Ints, Records
from ccmsim.engine.inputs import PATIENT_STREAMS, Inputs
from ccmsim.engine.ledger import COUNTS, PATIENT_MONTH, Facts
from ccmsim.rules import CARE_TASK, INBOUND

_REAL, _WHOLE, _HALF, _SMALL, _FLAG = np.float64, np.int64, np.int32, np.int8, np.bool_

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
        ("excess_day", _WHOLE),
        # the outreach-type item
        ("rank", _REAL),
        ("entry", _WHOLE),  # of the worklist, while it is open
        ("release_day", _HALF),
        ("attempts", _HALF),
        ("calls", _HALF),
        ("answered", _HALF),
        ("charts", _HALF),
        ("silent", _HALF),
        ("without_contact", _HALF),
        ("owner", _HALF),
        ("place", _HALF),  # among the desk's patients
        ("item", _SMALL),
        ("kind", _SMALL),
        ("action", _SMALL),
        ("enrolled", _FLAG),
        ("in_contact", _FLAG),
        ("contacted", _FLAG),
        ("falling", _FLAG),  # listed as one whose known minutes fall when the day ends
    ],
    align=True,
)
"""An enrolled patient and the present month."""

ARRIVAL: Final = np.dtype(
    [
        ("time", _REAL),
        ("minutes", _REAL),
        ("capture", _REAL),
        ("order", _WHOLE),  # among arrivals of one instant
        ("patient", _WHOLE),
        ("next", _HALF),  # of the day, of the open ones, or of the free records; -1: none
        ("before", _HALF),
        ("kind", _SMALL),
        ("outside", _FLAG),
        ("logged", _FLAG),
    ],
    align=True,
)
"""A request or, with the kind DEATH, the end of an enrollment by death."""

DEATH: Final = -1
_FIRST_REQUEST: Final = 1 << 60

PERSON: Final = np.dtype(
    [
        ("seat", _WHOLE),  # -1: a substitute
        ("holder", _WHOLE),
        ("on_duty", _FLAG),
        ("busy", _FLAG),
        ("foreign", _FLAG),  # busy with somebody else's item
        ("answered", _FLAG),
        ("duty_end", _REAL),
        ("gross_end", _REAL),
        ("next_gross_start", _REAL),
        ("first", _WHOLE),  # intervals of the month
        ("last", _WHOLE),
        ("change", _WHOLE),  # duty changes of the month so far
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
    ],
    align=True,
)
"""A seat's holder, or a substitute on call."""

DESK: Final = np.dtype(
    [
        ("first", _WHOLE),  # of its patients, in number order
        ("last", _WHOLE),
        ("notes", _WHOLE),  # first of its words in the notes of a day
        ("words", _WHOLE),
        ("head", _WHOLE),  # the first open request, -1: none
        ("tail", _WHOLE),
        ("entries", _WHOLE),  # where its heap of open outreach-type items begins
        ("room", _WHOLE),  # how many entries fit
        ("front", _WHOLE),  # entries taken from the front, where the order is that of release
        ("size", _WHOLE),
        ("falling", _WHOLE),  # how many are listed
        ("backup_open", _FLAG),  # whether others may take its items today
        ("cover_open", _FLAG),
        ("armed", _FLAG),  # whether its next expiry is on the event heap
    ],
    align=True,
)
"""A worklist: one seat's, or everybody's."""

ENTRY: Final = np.dtype([("key", _REAL), ("order", _WHOLE)])
"""An entry of a heap: what has the smallest (key, order) comes first."""

COUNTERS: Final = np.dtype(
    [
        ("patients", _WHOLE),  # numbers given so far
        ("active", _WHOLE),  # listed patients
        ("rows", _WHOLE),
        ("free", _WHOLE),  # the first free arrival, -1: none
        ("events", _WHOLE),  # size of the event heap
        ("open_desks", _WHOLE),  # how many seats others may help today
        ("waiting", _WHOLE),
        ("full", _FLAG),  # the room was too small
    ],
    align=True,
)

WORD: Final = 32
"""Bits of a word of flags."""


class Plan(NamedTuple):
    """What every replication of a scenario shares."""

    settings: Records
    """(1,) of SETTINGS."""
    laws: Floats
    tables: Floats
    losses: Floats
    """(3, 2) entry and minute loss by capture mode."""
    staffing: av.Staffing
    days: av.DayTable
    month_start: Floats
    first_day: Ints
    protected_minutes: Floats
    streams: tuple[tuple[int, int, int], tuple[int, int, int]]
    """Release, work and outside streams of inbound calls and care tasks."""


class Room(NamedTuple):
    """The arrays of one replication at a time."""

    counters: Records
    patients: Records
    """By number."""
    active: Ints
    """Numbers of the listed patients, ascending."""
    members: Ints
    """The same, by desk."""
    familiar: Ints
    """(patients, seats or 1): the holder of a seat whom the patient has spoken with, or −1."""
    owner_counts: Ints
    arrivals: Records
    first_arrival: Ints
    """(days, desks) of the present month; −1: none."""
    today: Ints
    """Arrivals of the present day, in order."""
    notes: Ints
    """Flags of who is noted for a day: (days, words)."""
    entries: Records
    """The heaps of all desks."""
    falling: Ints
    """By desk, as `members`."""
    people: Records
    desks: Records
    open_desks: Ints
    """The seats that others may help today."""
    intervals: Records
    """On-duty intervals of the month, by person and start."""
    events: Records
    """The heap of the general event loop."""
    free: Ints
    """Flags of the people who are on duty and idle."""
    turns: Ints
    """Flags of the people who look at the worklist at this instant."""
    state: av.State
    duty: av.Duty
    facts: Facts


def plan_of(inputs: Inputs) -> Plan:
    """Return what the compiled engine needs of the inputs."""
    return Plan(
        settings=inputs.settings,
        laws=inputs.laws,
        tables=inputs.tables,
        losses=np.array(inputs.losses),
        staffing=inputs.staffing,
        days=inputs.days,
        month_start=inputs.calendar.month_start_minutes,
        first_day=inputs.calendar.month_first_business_day,
        protected_minutes=inputs.protected_minutes,
        streams=(PATIENT_STREAMS[INBOUND], PATIENT_STREAMS[CARE_TASK]),
    )


def room_for(inputs: Inputs, *, times: int = 1) -> Room:
    """Return room for replications; `times` as much as one usually needs."""
    settings, staffing = inputs.settings[0], inputs.staffing
    at_start, seats = int(settings["enrolled_at_start"]), staffing.seats
    people, months = len(staffing.shift_counts), inputs.months
    desks = 1 if inputs.pooled else seats
    firsts = inputs.calendar.month_first_business_day
    days, longest = int(firsts[-1]), int(np.diff(firsts).max())
    leaving = at_start * (1 + months // 12) if settings["replace_leavers"] else 0
    patients = times * (at_start + leaving + 64)
    requests = at_start * (settings["inbound_mean"] + settings["care_mean"])
    arrivals = times * (int(2.0 * requests) + 2 * at_start + 64)
    duty = av.new_duty(
        staffing, first_day=0, days=days, first_month=0, months=months, longest=longest
    )
    words = at_start // WORD + desks
    flags = people // WORD + 1
    return Room(
        counters=np.zeros(1, COUNTERS),
        patients=np.zeros(patients, PATIENT),
        active=np.zeros(at_start, np.int64),
        members=np.zeros(at_start, np.int64),
        familiar=np.zeros((patients, seats if needs_seats(inputs) else 1), np.int64),
        owner_counts=np.zeros(seats, np.int64),
        arrivals=np.zeros(arrivals, ARRIVAL),
        first_arrival=np.zeros((longest + 1, desks), np.int64),
        today=np.zeros(arrivals, np.int64),
        notes=np.zeros((longest + 1, words), np.int64),
        entries=np.zeros(2 * at_start + 16 * desks, ENTRY),
        falling=np.zeros(at_start, np.int64),
        people=np.zeros(people, PERSON),
        desks=np.zeros(desks, DESK),
        open_desks=np.zeros(desks, np.int64),
        intervals=np.zeros(len(duty.intervals), av.INTERVAL),
        events=np.zeros(2 * people + desks + 8, ENTRY),
        free=np.zeros(flags, np.int64),
        turns=np.zeros(flags, np.int64),
        state=av.State(
            np.zeros((len(staffing.entries), seats), av.SPELL),
            np.zeros(seats, np.int64),
            np.zeros(seats, np.int64),
        ),
        duty=duty,
        facts=Facts(
            patient_months=np.zeros(at_start * months, PATIENT_MONTH),
            counts=np.zeros(months, COUNTS),
            worked_minutes=np.zeros((months, people)),
            overtime_minutes=np.zeros((months, people)),
            paid_overtime_minutes=np.zeros((months, people)),
            on_duty_minutes=duty.on_duty,
            template_minutes=duty.template,
            lost_minutes=duty.lost,
            paid_minutes=duty.paid,
            nominal_minutes=duty.nominal,
            hires=duty.hires,
            waiting_items=0,
        ),
    )


def needs_seats(inputs: Inputs) -> bool:
    """Return whether a patient may speak with holders of several seats."""
    return inputs.staffing.seats > 1 and (inputs.pooled or bool(inputs.settings[0]["with_backup"]))
