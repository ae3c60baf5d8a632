"""The room in which the compiled engine works: all its arrays, made once and used again.

Comes in: `Inputs`, and how much room there should be. Goes out: `Room`: a handle for compiled code,
and the arrays behind it. Nothing is simulated here.
"""

from __future__ import annotations

import numpy as np

from ccmsim import availability as av
from ccmsim.arrays import Records
from ccmsim.engine.draws import new_draws
from ccmsim.engine.inputs import Inputs
from ccmsim.engine.ledger import Facts
from ccmsim.engine.prospects import new_prospects
from ccmsim.engine.records import DTYPES, HANDLE, WORD
from ccmsim.engine.settings import most_enrolled, most_people
from ccmsim.memory import address, aligned_zeros
from ccmsim.streams import LANES

_NEAR = 1000
"""A panel of so many patients fits in a core's own cache."""


class Room:
    """The arrays of one replication at a time.

    Parameters
    ----------
    inputs : Inputs
    times : int
        How many times as many patients and arrivals as a replication usually has.
    """

    def __init__(self, inputs: Inputs, *, times: int = 1) -> None:
        settings, staffing = inputs.settings[0], inputs.staffing
        people_ever = most_people(settings, times)
        most, months = most_enrolled(settings, people_ever), inputs.months
        people, seats = len(staffing.shift_counts), staffing.seats
        desks = 1 if inputs.pooled else seats
        firsts = inputs.calendar.month_first_business_day
        days, longest = int(firsts[-1]), int(np.diff(firsts).max())
        self.duty = av.new_duty(
            staffing, first_day=0, days=days, first_month=0, months=months, longest=longest
        )
        self.state = av.empty_state(staffing)
        self.roster = av.roster_of(inputs, self.state, self.duty)
        self.owner_counts = np.zeros(seats, np.int64)
        leaving = most * (1 + months // 12) if settings["replace_leavers"] else 0
        patients = people_ever or times * (most + leaving + 64)
        self.prospects = new_prospects(max(1, people_ever), months)
        requests = most * (settings["inbound_mean"] + settings["care_mean"])
        arrivals = times * (int(2.0 * requests) + 2 * most + 64)
        everybody = inputs.pooled or bool(settings["with_backup"])
        strangers = people - seats if settings["cover_familiar"] else 0
        known = ((seats if everybody else 1) + strangers) // WORD + 1
        leaves = 1 << (people + desks - 1).bit_length()
        words, flags = most // WORD + desks, people // WORD + 1
        lengths = {
            "patients": patients,
            "quiet": patients,
            "stays": patients if settings["hospital"] > 0.0 else 1,
            "own_times": patients if settings["own_time"] else 1,
            "owners": patients,
            "targets": patients if settings["per_patient"] else 1,
            "candidates": max(1, min(people_ever, int(settings["approaches"]))),
            "active": most,
            "members": most,
            "familiar": patients * known,
            "arrivals": 2 * arrivals,
            "first_arrivals": (longest + 2) * desks,
            "today": 2 * arrivals,
            "buckets": arrivals + 1,  # more than a desk has entries
            "notes": longest * words,
            "entries": 4 * most + 32 * desks,
            "upcoming": 2 * leaves,
            "falling": most,
            "calls": most,
            "people": people,
            "desks": desks,
            "open_desks": desks,
            "windows": longest + 1,
            "intervals": len(self.duty.intervals),
            "free": flags,
            "turns": flags,
            "counts": months,
            "rows": most * months,
        }
        self.arrays: dict[str, Records] = {
            name: aligned_zeros(length, DTYPES[name]) for name, length in lengths.items()
        }
        self.arrays["people"]["is_practitioner"] = inputs.practitioners
        self.draws = new_draws(most + LANES, arrivals)
        self.arrays["seat_days"] = self.duty.seat_days
        self.arrays["prospects"] = self.prospects.people
        for name in ("planes", "requests", "entities", "months", "indices"):
            self.arrays[name] = getattr(self.draws, name).view(DTYPES[name])
        self.handle = np.zeros(1, HANDLE)
        for name, array in self.arrays.items():
            self.handle[name] = address(name, array, DTYPES[name])
        self.handle["n_patients"], self.handle["n_members"] = patients, most + LANES
        self.handle["n_arrivals"], self.handle["n_windows"] = arrivals, longest + 1
        self.handle["n_keys"] = len(self.draws.entities)
        self.handle["n_people"], self.handle["n_desks"] = people, desks
        self.handle["n_known"], self.handle["everybody"] = known, everybody
        self.handle["n_words"], self.handle["far"] = words, most > _NEAR
        self.handle["n_flags"], self.handle["n_business_days"] = flags, days
        self.facts = Facts(
            patient_months=self.arrays["rows"],
            counts=self.arrays["counts"],
            worked_minutes=np.zeros((months, people)),
            overtime_minutes=np.zeros((months, people)),
            paid_overtime_minutes=np.zeros((months, people)),
            uncounted_minutes=np.zeros((months, people)),
            services=np.zeros((months, people), np.int64),
            on_duty_minutes=self.duty.on_duty,
            template_minutes=self.duty.template,
            lost_minutes=self.duty.lost,
            lost_by_day=self.duty.lost_by_day,
            paid_lost_minutes=self.duty.paid_lost,
            paid_minutes=self.duty.paid,
            nominal_minutes=self.duty.nominal,
            hires=self.duty.hires,
            load_absence_factor=np.ones(months),
            practitioner_minutes=np.zeros(months),
            initiating_month=self.prospects.initiating_month,
            waiting_items=0,
        )
