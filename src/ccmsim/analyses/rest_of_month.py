"""The rest of a month, simulated from where it stands.

Comes in: a `MonthState`, a seed and a replication's number. Goes out: the month's end: who is
billable, the variables of the month, coordinators' minutes by patient. The SimPy model simulates
it, by its own rules; only a patient's month does not begin with nothing.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import numpy as np

from ccmsim import availability as av
from ccmsim import keyed, rules
from ccmsim.analyses.month_state import BELIEFS, MonthState, PatientState
from ccmsim.arrays import Bools, Floats
from ccmsim.engine.agenda import DEATH, MONTH, release_order
from ccmsim.engine.inputs import Inputs, prepare
from ccmsim.engine.judgement import judge
from ccmsim.engine.people import Patient, PatientMonth
from ccmsim.engine.recorder import TraceEvent
from ccmsim.engine.simpy_model import SimpyModel
from ccmsim.finance import Terms, settle, terms_of
from ccmsim.outcome import month_values
from ccmsim.scenario.model import Scenario
from ccmsim.streams import NO_MONTH, uniforms


@dataclass(frozen=True, slots=True, eq=False)
class MonthEnd:
    """How one replication of the month ends.

    Parameters
    ----------
    billable : ndarray of bool, shape (patients,)
    minutes : ndarray, shape (patients,)
        Of coordinators on each patient in the days that were left, logging included.
    billed_usd, finally_paid_usd : float
        Of the month's claims.
    """

    billable: Bools
    minutes: Floats
    billed_usd: float
    finally_paid_usd: float


class RestOfMonth:
    """A state made ready to be simulated; `end` simulates one replication.

    Parameters
    ----------
    state : MonthState
    scenario : Scenario, optional
        Another practice in the same days, such as one with unlimited staff.
    """

    def __init__(self, state: MonthState, scenario: Scenario | None = None) -> None:
        self.state = state
        self.inputs: Inputs = prepare(scenario or state.scenario, 1)
        self.terms: Terms = terms_of(self.inputs)

    def end(self, seed: int, replication: int) -> MonthEnd:
        """Return the month's end in one replication."""
        minutes = np.zeros(len(self.state.patients))

        def observe(event: TraceEvent) -> None:
            if event.event == "started":
                minutes[event.patient] += event.minutes

        model = SimpyModel(self.inputs, seed, replication, observe)
        for coordinator in model.desk.coordinators:
            model.agenda.process(model.services.coordinate(coordinator))
        model.agenda.run(until=model.agenda.process(self._month(model)))
        facts = model.record.facts(0)
        judgement = judge(facts, self.inputs, seed, replication)
        money = settle(facts, judgement, self.terms, self.inputs, seed, replication)
        month = month_values(facts, judgement, money, self.inputs)[0]
        billable = np.zeros(len(minutes), bool)
        billable[facts.patient_months["patient"]] = judgement.status == rules.BILLABLE
        return MonthEnd(
            billable, minutes, float(month["billed_usd"]), float(month["finally_paid_usd"])
        )

    def _month(self, model: SimpyModel) -> Generator[Any, Any, None]:
        """Process of the days that are left."""
        first, last = model.agenda.first_day[0], model.agenda.first_day[1]
        model.month_end = model.agenda.month_start[1]
        duty = av.month_availability(
            self.inputs, av.new_state(self.inputs, *model.key), *model.key, 0
        )
        model.outage_days = duty.outage_day.tolist()
        model.record.availability(first, last, duty)
        model.desk.open_month(duty)
        model.schedule_duty()
        model.enroll(len(self.state.patients), replacing=False)
        for patient, done in zip(model.patients, self.state.patients, strict=True):
            self._begin(model, patient, done, last)
        yield model.agenda.at(model.month_end, MONTH)
        model.end_month(0)

    def _begin(self, model: SimpyModel, patient: Patient, done: PatientState, last: int) -> None:
        """Let a patient's month go on from what was done."""
        u_need, u_answer = uniforms(*model.key, keyed.TRAITS, patient.number, NO_MONTH, 0)
        patient.need = float(done.need[int(u_need * BELIEFS)])
        patient.answer = float(done.answer[int(u_answer * BELIEFS)])
        patient.now = this = self._so_far(model, patient.number, done)
        self._perhaps_die(model, patient)
        day, kind, action = self._next(model, patient.number, done)
        if kind != rules.OUTREACH and kind != rules.RETRY:
            day = model.outreach.reviewed(day, 0)
        if action != rules.NOTHING and day < last:
            this.noted = True
            this.release_day = day
            model.agenda.process(model.outreach.pursue(patient, this, kind, action, day))
        if (
            self.state.push is not None
            and model.outreach.reviewed(self.state.push, 0) == self.state.push
        ):
            order = release_order(patient.number, rules.FINAL_PUSH, 0)
            opening = model.agenda.opening(self.state.push)
            model.agenda.when(opening, order, model.outreach.push, patient, this)
        model.requests.begin(patient, 0, last)

    def _so_far(self, model: SimpyModel, number: int, done: PatientState) -> PatientMonth:
        """Return the month with what was done; minutes that are not logged yet may be lost."""
        this = PatientMonth(0)
        this.attempts = this.calls = done.calls
        this.answered, this.charts, this.charted = done.answered, done.charts, done.charted
        this.contacted = done.answered + done.charts > 0
        this.in_contact = done.answered > 0
        this.countable = this.captured = done.minutes
        if self.inputs.mode == rules.END_OF_MONTH:
            losses = self.inputs.losses[rules.END_OF_MONTH]
            this.captured = sum(
                rules.captured_minutes(
                    minutes, uniforms(*model.key, keyed.CALL, number, NO_MONTH, k)[1], *losses
                )
                for k, minutes in enumerate(done.counted)
            )
        this.known_captured, this.known_own = this.captured, done.minutes
        return this

    def _next(self, model: SimpyModel, number: int, done: PatientState) -> tuple[int, int, int]:
        """Return (business day among those left, kind, action) of what comes next."""
        if done.last is None:
            return self._first_call(model, number), rules.OUTREACH, rules.CALL
        contact = model.contact
        kind, action = rules.next_step(
            *done.last, self.inputs.followup, done.calls, contact.max_attempts
        )
        gap = contact.retry_gap_days if kind == rules.RETRY else contact.followup_gap_days
        return max(done.last_day + gap - self.state.past, 0), kind, action

    def _first_call(self, model: SimpyModel, number: int) -> int:
        """Return the day of the first call to somebody without one: it waits, or is to come."""
        state = self.state
        x, u = uniforms(*model.key, keyed.OUTREACH, number, NO_MONTH, 0)
        if u >= state.still_to_come:
            return 0
        x = state.first_share + (1.0 - state.first_share) * x
        day = rules.release_day(self.inputs.pattern, state.days, x)
        return int(max(day - state.past, 0))

    def _perhaps_die(self, model: SimpyModel, patient: Patient) -> None:
        """Let the patient die, or go to hospital, in the days that are left."""
        panel, begins, ends = model.panel, self.state.begins, model.month_end
        number = patient.number
        dies = keyed.death(*model.key, number, 0, panel.death_per_month_share, begins, ends)
        if dies < ends:
            model.agenda.when(dies, DEATH | number, model.leave, patient, "died")
        instant = keyed.admission(
            *model.key, number, 0, panel.hospital_per_month_share, begins, ends
        )
        if instant < min(dies, ends):
            laws = self.inputs.laws
            minutes = keyed.stay_minutes(laws.handle, laws.rows["stay"], *model.key, number, 0)
            patient.admitted, patient.discharged = instant, instant + minutes
