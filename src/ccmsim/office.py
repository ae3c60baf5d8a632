"""The office: where the compiled engine runs replications, judges and settles them, in one call.

Comes in: inputs, terms, the numbers of replications. Goes out: months of `variables.month_dtype`,
or the facts of one replication. Whoever needs either calls the same compiled function.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ccmsim.arrays import Floats, Ints, Records, Statuses
from ccmsim.compiling import inner, jit
from ccmsim.engine import compiled
from ccmsim.engine.inputs import Inputs
from ccmsim.engine.judgement import (
    Judgement,
    draw_judgement,
    faults_of,
    judge_row,
    minutes_from,
)
from ccmsim.engine.ledger import (
    BLOCK,
    PATIENT_MONTH,
    Facts,
    Scratch,
    list_block,
    new_scratch,
)
from ccmsim.engine.room import Room
from ccmsim.engine.supervision import find_vacancies
from ccmsim.finance import (
    ACCOUNT,
    MONEY,
    Terms,
    close_books,
    draw_claims,
    open_books,
    settle_claim,
    terms_of,
)
from ccmsim.memory import Handle, clear, copy
from ccmsim.outcome import enter_patient, enter_rest
from ccmsim.variables import month_dtype


class Books(NamedTuple):
    """What judging and settling need besides the facts."""

    on_duty_after: Floats
    template_after: Floats
    scratch: Scratch
    vacant: Statuses
    fault: Statuses
    accounts: Records
    delays: Ints
    judgement: Judgement
    money: Records


class Office:
    """A room for the engine, and what judging and settling need; one batch at a time is in it."""

    def __init__(self, inputs: Inputs, *, times: int = 1) -> None:
        self.times = times
        self.room = Room(inputs, times=times)
        self.arrays = compiled.arrays_of(self.room)
        seats, days = inputs.staffing.seats, self.room.duty.on_duty.shape[1]
        patients, rows = (len(self.room.arrays[name]) for name in ("patients", "rows"))
        self.desk = Books(
            on_duty_after=np.zeros((seats, days + 1)),
            template_after=np.zeros((seats, days + 1)),
            scratch=new_scratch(),
            vacant=np.zeros(inputs.months, np.int8),
            fault=np.zeros(patients, np.int8),
            accounts=np.zeros(patients, ACCOUNT),
            delays=np.zeros(inputs.months, np.int64),
            judgement=Judgement(*np.zeros((2, rows), np.int8)),
            money=np.zeros(inputs.months, MONEY),
        )


@inner
def _judge_and_settle(
    plan: compiled.Plan,
    terms: Terms,
    room: Handle,
    rows: Records,
    desk: Books,
    accounts: Records,
    months: Records,
) -> None:
    """Judge patient-months, settle their claims and count them, each at one go.

    In passes of their own the processor would have to guess in each whether it is billable.
    """
    settings, scratch, of_terms = plan.settings[0], desk.scratch, terms.terms[0]
    desk.fault[: room.enrolled] = -1
    faults = faults_of(settings)
    for i in range(len(rows)):
        k, row = i % BLOCK, rows[i]
        if k == 0:
            size = list_block(rows, i, scratch)
            draw_judgement(settings, room.seed, room.replication, size, scratch)
            draw_claims(of_terms, room.seed, room.replication, size, scratch)
        status, detail = judge_row(
            row, k, settings, faults, desk.on_duty_after, desk.template_after, plan.first_day,
            desk.vacant, room.seed, room.replication, desk.fault, scratch,
        )  # fmt: skip
        desk.judgement.status[i], desk.judgement.detail[i] = status, detail
        settle_claim(
            row, k, status, detail, terms.fees, terms.deductible, of_terms, settings.threshold,
            room.seed, room.replication, accounts, desk.delays, scratch, desk.money,
        )  # fmt: skip
        enter_patient(row, status, detail, months[row.month])


@jit
def run(
    plan: compiled.Plan,
    terms: Terms,
    room: Handle,
    arrays: compiled.Arrays,
    desk: Books,
    alone: bool,
    seed: int,
    first: int,
    begin: int,
    luck_bytes: int,
    months: Records,
    kept_rows: Records,
    kept_statuses: Statuses,
    kept_duty: Floats,
    kept_lost: Floats,
    n_rows: Ints,
    stop: Statuses,
) -> int:
    """Run the replications `first` + r for r from `begin` on, until done or out of room.

    Parameters
    ----------
    alone : bool
        As `compiled.run` has it.
    luck_bytes : int
        A design's numbers of one replication; those of the batch begin where the roster says.
    months : array of `month_dtype`, shape (replications, M)
        Zero at first.
    kept_rows, kept_statuses : ndarray, shape (replications or 0, rows)
        Where patient-months are kept.
    kept_duty, kept_lost : ndarray, shape (replications or 0, S + C, D) and (…, 8)
        Where on-duty and lost minutes are kept.
    n_rows : ndarray of int64, shape (replications,)
    stop : ndarray of int8, shape (1,)
        Looked at before every replication: 1 to end.

    Returns
    -------
    int
        The first r that was not done.
    """
    settings, facts = plan.settings[0], arrays.facts
    luck = arrays.roster[0].luck
    for r in range(begin, len(months)):
        if stop[0] != 0:
            return r
        arrays.roster[0].luck = luck + r * luck_bytes
        compiled.run(plan, room, arrays, seed, first + r, alone)
        if room.full:
            return r
        rows, judgement, money = facts.patient_months[: room.n_rows], desk.judgement, desk.money
        minutes_from(facts.on_duty_minutes, settings.seats, settings.pooled, desk.on_duty_after)
        minutes_from(facts.template_minutes, settings.seats, settings.pooled, desk.template_after)
        find_vacancies(settings, plan.laws[0], room.seed, room.replication, desk.vacant)
        accounts = desk.accounts[: room.enrolled]
        for m in range(len(money)):
            clear(money[m])
        open_books(
            facts, terms, plan.laws[0], desk.vacant, room.seed, room.replication, accounts,
            desk.delays, money,
        )  # fmt: skip
        _judge_and_settle(plan, terms, room, rows, desk, accounts, months[r])
        close_books(
            facts, rows, terms, plan.laws[0], settings.logging, room.seed, room.replication, money
        )
        enter_rest(facts, money, plan.first_day, months[r])
        n_rows[r] = room.n_rows
        if len(kept_rows) > 0:
            for i in range(room.n_rows):
                copy(kept_rows[r, i], facts.patient_months[i])
                kept_statuses[r, i] = judgement.status[i]
        if len(kept_duty) > 0:
            for p in range(kept_duty.shape[1]):
                for day in range(kept_duty.shape[2]):
                    kept_duty[r, p, day] = facts.on_duty_minutes[p, day]
                    for cause in range(kept_lost.shape[3]):
                        kept_lost[r, p, day, cause] = facts.lost_by_day[p, day, cause]
    return len(months)


def compiled_facts(
    inputs: Inputs, seed: int, replication: int, *, alone: bool = True, times: int = 1
) -> Facts:
    """Return the facts of one replication by the compiled engine.

    Parameters
    ----------
    alone : bool
        False: everything by the general event loop.
    times : int
        How large its room is, as `Room` has it; one that is too small is made larger.

    Examples
    --------
    >>> import ccmsim
    >>> from ccmsim.engine.inputs import prepare
    >>> facts = compiled_facts(prepare(ccmsim.load("perfect"), 1), 7, 0)
    >>> len(facts.patient_months)
    75
    """
    office, plan, terms = Office(inputs, times=times), compiled.plan_of(inputs), terms_of(inputs)
    if not run_one(office, plan, terms, seed, replication, alone=alone):
        return compiled_facts(inputs, seed, replication, alone=alone, times=2 * times)
    handle, facts = office.room.handle[0], office.room.facts
    people = int(handle["enrolled"]) if inputs.settings[0]["medicare"] else 0
    return facts._replace(
        initiating_month=facts.initiating_month[:people],
        patient_months=facts.patient_months[: handle["n_rows"]],
        waiting_items=int(handle["waiting"]),
    )


def run_one(
    office: Office, plan: compiled.Plan, terms: Terms, seed: int, replication: int, *, alone: bool
) -> bool:
    """Run one replication, of which nothing is kept; return whether there was room for it."""
    months = np.zeros((1, len(office.desk.money)), month_dtype())
    rows, statuses = np.zeros((0, 0), PATIENT_MONTH), np.zeros((0, 0), np.int8)
    lost = np.zeros((0, *office.room.facts.lost_by_day.shape))
    done = run(
        plan, terms, office.room.handle[0], office.arrays, office.desk, alone, seed, replication, 0,
        0, months, rows, statuses, np.zeros(lost.shape[:-1]), lost, np.zeros(1, np.int64),
        np.zeros(1, np.int8),
    )  # fmt: skip
    return bool(done == 1)
