"""Replications that spread evenly: the numbers behind absence from a design, not each by itself.

Comes in: `Inputs`, a `Design` and the numbers of replications. Goes out: LUCK, which stands in for
the keyed uniforms of the seats' spells. Every replication by itself has the law it always has; the
replications of a group depend on each other, and groups are independent.

Of every seat and disruption the design decides how many spells begin in the simulated time, when
the first two begin, how long they are, and the seat's frailty. All other numbers stay keyed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, get_args

import numpy as np

from ccmsim.arrays import Floats, Ints, Records
from ccmsim.availability.records import CLOSURE, FLOOR, LUCK, SICK
from ccmsim.availability.spells import season
from ccmsim.checks import whole
from ccmsim.compiling import jit
from ccmsim.errors import InputError, refuse
from ccmsim.streams import NO_MONTH, uniforms

if TYPE_CHECKING:
    from ccmsim.engine.inputs import Inputs

Kind = Literal["antithetic", "latin", "sobol"]
KINDS: Final = get_args(Kind)

_LED = 2  # spells of a seat and disruption whose beginning and length the design decides
_COUNT, _FRAILTY, _BEGIN, _LENGTH = 0, 1, 2, 2 + _LED
_PARTS = _LENGTH + _LED
_ORDER = (_COUNT, _LENGTH, _BEGIN, _FRAILTY, _LENGTH + 1, _BEGIN + 1)
_RARE = 1e-17  # spells so many that this is the probability of more: a double cannot tell
_DOMAIN = 0x51AC  # keeps the design's own numbers apart from all others of the seed


@dataclass(frozen=True)
class Design:
    """How the replications of a group are spread.

    Parameters
    ----------
    kind : {"antithetic", "latin", "sobol"}
        Pairs of opposite numbers; a Latin hypercube; scrambled Sobol points.
    points : int
        Replications of a group: 2 if antithetic, a power of 2 for Sobol points.

    Raises
    ------
    ccmsim.errors.InputError

    Examples
    --------
    >>> Design("sobol", 32)
    Design(kind='sobol', points=32)
    """

    kind: Kind
    points: int

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise refuse("design", "is not known", self.kind, ", ".join(KINDS))
        if problems := whole(self.points, "points", 2, 2**20, "32"):
            raise InputError(problems)
        if self.kind == "antithetic" and self.points != 2:
            raise refuse("points", "of an antithetic design must be 2", self.points, "2")
        if self.kind == "sobol" and self.points & (self.points - 1):
            raise refuse("points", "of a Sobol design must be a power of 2", self.points, "32")


class Leads(NamedTuple):
    """What the design decides, ready for compiled code."""

    entries: Records
    """(E,) of ENTRY."""
    columns: Ints
    """(E, S, parts) column of the points, -1 where the number stays keyed."""
    chance: Floats
    """(E, D) that a spell begins on a day, at frailty 1."""
    tail: Floats
    """(E, D + 1, most + 1) probability of exactly k spells from a day on."""
    month: Ints
    """(D,) of each business day."""
    in_month: Ints
    """(D,)."""


def leads_of(inputs: Inputs) -> Leads:
    """Return what a design decides in a scenario."""
    staffing, calendar = inputs.staffing, inputs.calendar
    entries = staffing.entries
    led = entries["kind"] < CLOSURE
    with np.errstate(divide="ignore"):
        chance = entries["rate"][:, None] / staffing.days_in_year
    chance[entries["kind"] == FLOOR] = entries["rate"][entries["kind"] == FLOOR][:, None]
    for e in np.flatnonzero(entries["kind"] == SICK):
        amplitude = float(entries["amplitude"][e])
        chance[e] *= [season(cosine, amplitude) for cosine in inputs.days.cosine.tolist()]
    chance = np.where(led[:, None], np.clip(chance, 0.0, 1.0), 0.0)
    return Leads(
        entries=entries,
        columns=_columns(entries, staffing.strikes & led[:, None]),
        chance=chance,
        tail=_tails(chance),
        month=np.asarray(calendar.business_day_month, np.int64),
        in_month=np.asarray(calendar.business_day_in_month, np.int64),
    )


def _columns(entries: Records, strikes: Any) -> Ints:
    """Number what is decided, the weightiest parts first: they get the best spread columns."""
    columns = np.full((*strikes.shape, _PARTS), -1, np.int64)
    used = 0
    for part in _ORDER:
        for e, s in np.argwhere(strikes):
            frailty = entries["frailty_row"][e] >= 0
            if (part == _FRAILTY and not frailty) or (part > _FRAILTY and _is_floor(entries, e)):
                continue
            columns[e, s, part] = used
            used += 1
    return columns


def _is_floor(entries: Records, e: int) -> bool:
    return bool(entries["kind"][e] == FLOOR)


def _tails(chance: Floats) -> Floats:
    """Return the laws of the number of spells from each day on: Bernoulli days, backwards."""
    n_entries, days = chance.shape
    tail = np.zeros((n_entries, days + 1, days + 1))
    tail[:, days, 0] = 1.0
    for d in range(days - 1, -1, -1):
        p = chance[:, d, None]
        tail[:, d] = (1.0 - p) * tail[:, d + 1]
        tail[:, d, 1:] += p * tail[:, d + 1, :-1]
    beyond = np.cumsum(tail[:, 0, ::-1], axis=1)[:, ::-1].max(axis=0, initial=0.0)
    most = int(np.count_nonzero(beyond > _RARE))
    return np.ascontiguousarray(tail[:, :, : max(1, most)])


def points_of(design: Design, dimensions: int, seed: int, group: int) -> Floats:
    """Return the points of a group, shape (points, dimensions), inside (0, 1).

    Examples
    --------
    >>> first, second = points_of(Design("antithetic", 2), 3, 0, 0)
    >>> bool(np.allclose(first + second, 1.0))
    True
    """
    from scipy.stats import qmc

    source = np.random.default_rng([_DOMAIN, KINDS.index(design.kind), seed, group])
    if design.kind == "antithetic":
        first = source.random((1, dimensions))
        drawn = np.concatenate([first, 1.0 - first])
    elif design.kind == "latin":
        order = source.permuted(np.tile(np.arange(design.points), (dimensions, 1)), axis=1).T
        drawn = (order + source.random(order.shape)) / design.points
    else:
        drawn = qmc.Sobol(dimensions, seed=source).random(design.points)
    inside: Floats = np.clip(drawn, 2.0**-53, 1.0 - 2.0**-53)
    return inside


def luck_of(leads: Leads, design: Design, seed: int, replications: range) -> Records:
    """Return the numbers of some replications, (replications, E, S, 1 + D) of LUCK."""
    n_entries, seats, _ = leads.columns.shape
    dimensions = max(1, int(leads.columns.max(initial=-1)) + 1)
    luck = np.zeros((len(replications), n_entries, seats, 1 + len(leads.month)), LUCK)
    points = np.zeros((0, 0))
    group = -1
    for row, replication in zip(luck, replications, strict=True):
        if replication // design.points != group:
            group = replication // design.points
            points = points_of(design, dimensions, seed, group)
        _fill(leads, points[replication % design.points], seed, replication, row)
    return luck


@jit
def _spells(tail: Floats, u: float) -> int:
    """Return the number of spells, from its law by inversion."""
    below = 0.0
    for k in range(tail.shape[1]):
        below += tail[0, k]
        if u < below:
            return k
    return int(tail.shape[1] - 1)


@jit
def _next(chance: Floats, tail: Floats, day: int, left: int, u: float) -> int:
    """Return the day of the next of `left` spells that begin on or after a day, by inversion."""
    none_yet = 1.0
    days = len(chance)
    for d in range(day, days):
        whole_chance = tail[d, left]
        begins = 1.0
        if whole_chance > 0.0:
            begins = chance[d] * tail[d + 1, left - 1] / whole_chance
        none_yet *= 1.0 - begins
        if u < 1.0 - none_yet or days - d <= left:
            return d
    return days - 1


@jit
def _fill(leads: Leads, point: Floats, seed: int, replication: int, row: Records) -> None:
    """Enter one replication's numbers."""
    n_entries, seats, _ = leads.columns.shape
    days = len(leads.month)
    for e in range(n_entries):
        stream, chance, tail = leads.entries[e].stream, leads.chance[e], leads.tail[e]
        for s in range(seats):
            columns, numbers = leads.columns[e, s], row[e, s]
            u, _ = uniforms(seed, replication, stream, s, NO_MONTH, 0)
            numbers[0].begins = point[columns[_FRAILTY]] if columns[_FRAILTY] >= 0 else u
            for d in range(days):
                u, length = uniforms(
                    seed, replication, stream, s, leads.month[d], leads.in_month[d]
                )
                numbers[1 + d].begins = chance[d] + (1.0 - chance[d]) * u
                numbers[1 + d].length = length
            if columns[_COUNT] < 0:
                continue
            day = 0
            count = _spells(tail, point[columns[_COUNT]])
            for k in range(count):
                u, within = uniforms(seed, replication, stream, s, NO_MONTH, 1 + k)
                led = k < _LED and columns[_BEGIN + k] >= 0
                if led:
                    u = point[columns[_BEGIN + k]]
                day = _next(chance, tail, day, count - k, u)
                numbers[1 + day].begins = chance[day] * within
                if led:
                    numbers[1 + day].length = point[columns[_LENGTH + k]]
                day += 1
