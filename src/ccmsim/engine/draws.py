"""A month's uniforms of all patients, drawn side by side: several times as fast as one by one.

Comes in: the room at the beginning of a month. Goes out: planes of uniforms; a plane is one half of
one stream at one index, by desk and patient as the members are. Rare draws beyond the planes are
made one by one; both ways give the published value of their key.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np

from ccmsim import keyed, rules
from ccmsim.arrays import Floats, Ints
from ccmsim.compiling import inner, jit
from ccmsim.engine.inputs import Inputs
from ccmsim.engine.records import member_at, plane_at, prefetch_plane
from ccmsim.engine.settings import Settings
from ccmsim.memory import Handle
from ccmsim.streams import fill_uniforms, uniforms

OUTREACH, UNUSED, DEATH, OPT_OUT, INBOUND_COUNT, CARE_COUNT, ADMITTED, ADMISSION = range(8)
_CALLS: Final = 8  # answered, capture, minutes and notes of each call; then capture of chart work
_MOST_CALLS: Final = 8
_MOST_CHARTS: Final = 2

DAY, MINUTE, WORK, CAPTURE, OUTSIDE, LOGGED = range(6)
"""Planes of requests."""

LANES: Final = 8
"""Numbers that a vector of the processor holds at most; a plane has room for as many more."""

INSTANT: Final = MINUTE
"""Of a death, in its place."""


class Draws(NamedTuple):
    """Planes, and the keys for which they are filled."""

    planes: Floats
    """(planes, patients); desks are drawn in order, so that more than a desk has does no harm."""
    requests: Floats
    """(6, requests)."""
    entities: Ints
    months: Ints
    indices: Ints


def new_draws(inputs: Inputs, patients: int, requests: int) -> Draws:
    """Return room for a month's draws of so many patients and requests of one kind."""
    settings = inputs.settings[0]
    planes = _CALLS + 4 * calls_drawn(settings["max_attempts"], settings["push_days"]) + charts_drawn(settings["followup"])
    keys = max(patients, requests)
    return Draws(
        planes=np.zeros((planes, patients)),
        requests=np.zeros((6, requests)),
        entities=np.zeros(keys, np.int64),
        months=np.zeros(keys, np.int64),
        indices=np.zeros(keys, np.int64),
    )


@jit
def calls_drawn(max_attempts: int, push_days: int) -> int:
    """Return for how many calls of a patient's month there are planes: a push is one more."""
    return min(max_attempts + (push_days > 0), _MOST_CALLS)


@jit
def charts_drawn(followup: int) -> int:
    """Return for how many pieces of chart work of a patient's month there are planes."""
    return 0 if followup == rules.FOLLOWUP_CALL else _MOST_CHARTS


@inner
def _fill(
    draws: Draws, room: Handle, begin: int, size: int, stream: int, index: int, first: int,
    second: int,
) -> None:  # fmt: skip
    """Fill a part of two planes from one stream at one index, and a few places more."""
    size = (size + LANES - 1) // LANES * LANES  # no rest that the vectors leave to be drawn singly
    draws.indices[:size] = index
    fill_uniforms(
        room.seed, room.replication, stream, draws.entities[:size], draws.months[:size],
        draws.indices[:size], draws.planes[first, begin : begin + size],
        draws.planes[second, begin : begin + size],
    )  # fmt: skip


@inner
def _list_members(room: Handle, draws: Draws, first: int, last: int) -> None:
    """Make the members from `first` to `last` the keys of what is drawn."""
    draws.months[: last - first] = room.month
    for i in range(last - first):
        draws.entities[i] = member_at(room, first + i).value


@inner
def draw_leaving(room: Handle, draws: Draws) -> None:
    """Draw again which patients opt out this month: each desk drew in the same place."""
    room.first_drawn = 0
    _list_members(room, draws, 0, room.n_active)
    _fill(draws, room, 0, room.n_active, keyed.LEAVING, 0, DEATH, OPT_OUT)


@inner
def draw_patients(settings: Settings, room: Handle, draws: Draws, first: int, last: int) -> None:
    """Draw what the month of each of the members from `first` to `last` may need."""
    _list_members(room, draws, first, last)
    begin, size = first - room.first_drawn, last - first
    if settings.death > 0.0 or settings.opt_out > 0.0:
        _fill(draws, room, begin, size, keyed.LEAVING, 0, DEATH, OPT_OUT)
    _fill(draws, room, begin, size, keyed.OUTREACH, 0, OUTREACH, UNUSED)
    if settings.hospital > 0.0:
        _fill(draws, room, begin, size, keyed.HOSPITAL, 0, ADMITTED, ADMISSION)
    if settings.inbound_mean > 0.0 or settings.care_mean > 0.0:
        _fill(draws, room, begin, size, keyed.REQUESTS, 0, INBOUND_COUNT, CARE_COUNT)
    plane = _CALLS
    for number in range(calls_drawn(settings.max_attempts, settings.push_days)):
        _fill(draws, room, begin, size, keyed.CALL, number, plane, plane + 1)
        _fill(draws, room, begin, size, keyed.CALL_MINUTES, number, plane + 2, plane + 3)
        plane += 4
    for number in range(charts_drawn(settings.followup)):
        _fill(draws, room, begin, size, keyed.CHART, number, plane, UNUSED)
        plane += 1


@inner
def draw_requests(
    room: Handle, draws: Draws, first: int, last: int, streams: tuple[int, ...]
) -> None:
    """Draw the requests from `first` to `last`, patients and numbers being entities and indices."""
    draws.months[first:last] = room.month
    for k in range(3):
        fill_uniforms(
            room.seed, room.replication, streams[k], draws.entities[first:last],
            draws.months[first:last], draws.indices[first:last],
            draws.requests[2 * k, first:last], draws.requests[2 * k + 1, first:last],
        )  # fmt: skip


@inner
def drawn(room: Handle, plane: int, patient: Any) -> float:
    """Return a patient's uniform of a plane."""
    place = plane * room.n_members + patient.member - room.first_drawn
    return plane_at(room, place).value


@inner
def look_at_draws(settings: Settings, room: Handle, patient: Any) -> None:
    """Have the uniforms of a patient's next call brought to the cache."""
    if patient.attempts < calls_drawn(settings.max_attempts, settings.push_days):
        place = (_CALLS + 4 * patient.attempts) * room.n_members + patient.member
        for k in range(4):
            prefetch_plane(room, place + k * room.n_members - room.first_drawn)


@inner
def call_draws(
    settings: Settings, room: Handle, patient: Any, number: int
) -> tuple[float, float, float, float]:
    """Return the uniforms of a patient's next call: answered, capture, minutes, notes."""
    calls = patient.attempts
    if calls < calls_drawn(settings.max_attempts, settings.push_days):
        plane = _CALLS + 4 * calls
        return (
            drawn(room, plane, patient),
            drawn(room, plane + 1, patient),
            drawn(room, plane + 2, patient),
            drawn(room, plane + 3, patient),
        )
    u_answer, u_capture = uniforms(
        room.seed, room.replication, keyed.CALL, number, room.month, calls
    )
    u_minutes, u_notes = uniforms(
        room.seed, room.replication, keyed.CALL_MINUTES, number, room.month, calls
    )
    return u_answer, u_capture, u_minutes, u_notes


@inner
def chart_draw(settings: Settings, room: Handle, patient: Any, number: int) -> float:
    """Return the uniform that decides what of a patient's next chart work is captured."""
    if patient.charts < charts_drawn(settings.followup):
        plane = _CALLS + 4 * calls_drawn(settings.max_attempts, settings.push_days) + patient.charts
        return drawn(room, plane, patient)
    u_capture, _ = uniforms(
        room.seed, room.replication, keyed.CHART, number, room.month, patient.charts
    )
    return u_capture
