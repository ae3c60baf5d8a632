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
from ccmsim.compiling import inner
from ccmsim.engine.records import (
    call_at,
    entities_of,
    entity_at,
    index_at,
    indices_of,
    member_at,
    months_of,
    patient_at,
    plane_at,
    request_at,
    uniforms_of,
)
from ccmsim.engine.settings import Settings
from ccmsim.memory import Handle
from ccmsim.sampling import normal_centre
from ccmsim.streams import LANES, NO_MONTH, fill_two, fill_uniforms, whole_vectors

OUTREACH, UNUSED, DEATH, OPT_OUT, INBOUND_COUNT, CARE_COUNT, ADMITTED, ADMISSION = range(8)
_PLANES: Final = 8

NEED, ANSWER = range(2)
"""Planes of who enrolls, before the month has drawn anything."""

DAY, MINUTE, WORK, CAPTURE, OUTSIDE, LOGGED = range(6)
"""Planes of requests."""

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


def new_draws(patients: int, requests: int) -> Draws:
    """Return room for a month's draws of so many patients and requests of one kind."""
    keys = max(patients, requests) + LANES
    return Draws(
        planes=np.zeros((_PLANES, patients)),
        requests=np.zeros((6, requests)),
        entities=np.zeros(keys, np.int64),
        months=np.zeros(keys, np.int64),
        indices=np.zeros(keys, np.int64),
    )


@inner
def _fill(
    draws: Draws, room: Handle, begin: int, size: int, stream: int, index: int, first: int,
    second: int,
) -> None:  # fmt: skip
    """Fill a part of two planes from one stream at one index, and a few places more."""
    size = whole_vectors(size)
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
def draw_traits(room: Handle, draws: Draws, how_many: int) -> None:
    """Draw the traits of so many new numbers, in their order."""
    draws.months[:how_many] = NO_MONTH
    for k in range(how_many):
        draws.entities[k] = room.enrolled + k
    _fill(draws, room, 0, how_many, keyed.TRAITS, 0, NEED, ANSWER)


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


# ---------------------------------------------------------------- calls and chart work


@inner
def list_draws(room: Handle, patient: Any, number: int) -> None:
    """Remember that a patient's item, which is open now, is to be drawn."""
    if patient.action == rules.CALL:
        entity_at(room, room.n_calls).value = number
        index_at(room, room.n_calls).value = patient.attempts
        room.n_calls += 1
    elif patient.action == rules.CHART:
        room.n_charts += 1
        place = room.n_keys - LANES - room.n_charts
        entity_at(room, place).value, index_at(room, place).value = number, patient.charts


@inner
def _centre(uniforms: Floats, centres: Floats) -> None:
    """Fill in the `normal_centre` of uniforms, side by side."""
    for k in range(len(centres)):
        centres[k] = normal_centre(uniforms[k])


@inner
def draw_calls(room: Handle) -> None:
    """Draw the listed calls."""
    size, row = room.n_calls, room.n_arrivals
    whole = whole_vectors(size)
    months = months_of(room, 0, whole)
    months[:] = room.month
    planes = (
        uniforms_of(room, 0, whole), uniforms_of(room, row, whole),
        uniforms_of(room, 2 * row, whole), uniforms_of(room, 3 * row, whole),
    )  # fmt: skip
    fill_two(
        room.seed, room.replication, (keyed.CALL, keyed.CALL_MINUTES),
        entities_of(room, 0, whole), months, indices_of(room, 0, whole), planes,
    )  # fmt: skip
    _centre(uniforms_of(room, 2 * row, whole), uniforms_of(room, 4 * row, whole))
    for k in range(size):
        call = call_at(room, patient_at(room, entity_at(room, k).value).member)
        call.answer, call.capture = request_at(room, k).value, request_at(room, row + k).value
        call.minutes = request_at(room, 2 * row + k).value
        call.notes = request_at(room, 3 * row + k).value
        call.centre = request_at(room, 4 * row + k).value
    room.n_calls = 0


@inner
def draw_charts(room: Handle) -> None:
    """Draw the listed chart work."""
    begin, size = room.n_keys - LANES - room.n_charts, room.n_charts
    whole = whole_vectors(size)
    months = months_of(room, begin, whole)
    months[:] = room.month
    fill_uniforms(
        room.seed, room.replication, keyed.CHART, entities_of(room, begin, whole), months,
        indices_of(room, begin, whole), uniforms_of(room, 0, whole),
        uniforms_of(room, room.n_arrivals, whole),
    )  # fmt: skip
    for k in range(size):
        patient = patient_at(room, entity_at(room, begin + k).value)
        call_at(room, patient.member).capture = request_at(room, k).value
    room.n_charts = 0
