"""Random scenarios in which a lot happens: busy nurses, frequent disruptions, ties.

Comes in: a seed. Goes out: scenarios, each a small practice at work. Plain random choice, so that
thousands are cheap.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np

from ccmsim.scenario import Scenario
from ccmsim.scenario.contact import FOLLOWUPS, PATTERNS
from ccmsim.scenario.documentation import CAPTURE_MODES
from ccmsim.scenario.enrollment import POLICIES
from ccmsim.scenario.operations import ASSIGNMENTS, ORDERS, REVIEWS

Values = dict[str, Any]

_SHIFTS: tuple[dict[str, list[str]], ...] = (
    {"monday": ["08:00-12:00", "12:00-16:00"], "thursday": ["13:00-17:30"]},
    {"tuesday": ["00:00-02:00", "20:00-24:00"], "wednesday": ["00:00-24:00"], "friday": []},
    {day: ["07:30-11:00", "11:30-12:00", "15:00-18:00"] for day in ("monday", "friday")},
)
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")


class Lively:
    """A generator of scenarios; equal seeds give equal scenarios."""

    def __init__(self, seed: int) -> None:
        self._random = np.random.default_rng(seed)
        self._money = np.random.default_rng([seed, 1])  # of its own: the other draws stay

    def one(self, *choices: Any) -> Any:
        """Return one of the choices."""
        return choices[int(self._random.integers(len(choices)))]

    def price(self, *choices: Any) -> Any:
        """Return one of the choices, drawn apart from the others."""
        return choices[int(self._money.integers(len(choices)))]

    def law(self, mean: float) -> Any:
        """Return a constant, so that services end together, or a distribution."""
        return self.one(
            float(mean),
            float(mean),
            {"family": "uniform", "low": 0.0, "high": 2.0 * mean},
            {"family": "lognormal", "mean": mean, "cv": 0.6},
            {"family": "empirical", "values": [0.5 * mean, mean, 1.5 * mean]},
        )

    def panel(self) -> Values:
        """Return a panel."""
        return {
            "enrolled_at_start": self.one(3, 8, 15, 40),
            "replace_leavers": self.one(True, True, False),
            "death_per_month_share": self.one(0.0, 0.01, 0.2),
            "opt_out_per_month_share": self.one(0.0, 0.02, 0.2, 0.9),
            "early_months": self.one(1, 2, 3),
            "early_rate_ratio": self.one(1.0, 1.0, 0.0, 3.0),
            "hospital_per_month_share": self.one(0.0, 0.0, 0.1, 0.9),
            "hospital_days": self.one(0.0, 1, 12.3, {"family": "geometric", "mean": 30.0}),
            "silent_months": self.one(1, 2),
            "disenroll_after_months_without_contact": self.one(None, None, 1, 2),
            "complex_share": self.price(0.0, 0.3),
            "single_condition_share": self.price(0.0, 0.3),
            "need": self.one(1.0, {"family": "gamma", "mean": 1.0, "cv": 0.9}),
        }

    def with_medicare(self, values: Values) -> Values:
        """Return the practice with a Medicare panel, half of the time, and most of these enroll."""
        if self.one(True, False):
            return values
        panel = dict(values["panel"])
        enrolled = panel["enrolled_at_start"]
        medicare = {
            "patients": enrolled + self.one(0, 5, 30),
            "eligible_share": self.one(0.7, 1.0),
            "found_share": self.one(1.0, 0.5),
            "found_per_month_share": self.one(0.0, 0.3),
            "false_share": self.one(0.0, 0.5),
            "joins_per_month": self.one(0.0, 3.0),
            "ages_in_per_month": self.one(0.0, 3.0),
            "early_below": 10,
            "mature_from": 15,
        }
        enrollment = {
            "approach": self.one("calls", "visits"),
            "approaches_per_month": self.one(3, 40),
            "target_patients": self.one(None, None, 12),
            "policy": self.one(*POLICIES),
            "quota_minutes_per_week": self.one(0.0, 20.0, 60.0),
            "max_attempts": self.one(1, 2, 4),
            "again_after_months": self.one(1, 12),
            "reach_factor": self.one(0.5, 1.5),
            "talk_minutes": self.law(self.one(15.0, 300.0)),
            "visit_share_per_month": 0.7,
            "consent_share": self.one(0.6, 1.0),
            "initiating_visit_share": self.one(0.0, 0.8),
            "practitioner_slots_per_month": self.one(0, 1, 8),
            "no_show_share": self.one(0.3, 0.6),
            "bill_g0506": self.price(False, True),
            "pause_below_billable_share": self.price(None, 0.9, 1.0),
        }
        panel |= {"replace_leavers": False, "medicare": medicare}
        asks = self.one(True, True, True, False)
        if asks:
            panel["enrolled_at_start"] = self.one(0, enrolled)
        return {**values, "panel": panel, "enrollment": enrollment if asks else None}

    def schedule(self) -> Values:
        """Return when somebody works."""
        hours = {"hours_per_week": self.one(6.0, 12.0, 30.0), "weekdays": list(_DAYS)}
        when = self.one(hours, hours, {"shifts": self.one(*_SHIFTS)})
        return {**when, "desk_productive_share": self.one(1.0, 0.8), "wage_usd_per_hour": 30.0}

    def disruptions(self) -> Values:
        """Return some of the disruptions."""
        spells = {"spells_per_year": self.one(2.0, 12.0), "length_days": self.one(1, 3, 8)}
        entries: dict[str, Values] = {
            "sick": {"kind": "sick_spells", **spells, "frailty_shape": self.one(None, 0.55)},
            "leave": {"kind": "planned_leave", **spells},
            "long": {"kind": "extended_leave", "spells_per_year": 1.0, "length_days": 20},
            "quit": {
                "kind": "turnover",
                "per_year": self.one(1.0, 6.0),
                "early_rate_ratio": self.one(1.0, 4.0),
                "early_days": self.one(30, 182),
                "vacancy_days": self.one(2, 10),
                "ramp_start_share": 0.2,
                "ramp_weeks": self.one(0.0, 4.0),
            },
            "floor": {"kind": "floor_cover", "per_shift_share": 0.3, "last_share": 0.4},
            "snow": {"kind": "closure", "per_year": 10.0, "months": [1, 2, 3], "length_days": 1},
            "down": {"kind": "outage", "per_year": 20.0, "length_minutes": self.one(120.0, 3000.0)},
            "move": {
                "kind": "migration",
                **self.one({"per_year": 4.0}, {"first_day": date(2026, 3, 1)}),
                "length_days": self.one(5, 30),
                "lost_share": self.one(0.2, 1.0),
            },
            "flu": {"kind": "outbreak", "per_year": 4.0, "length_days": 5, "sick_factor": 6.0},
        }
        share = self.one(0.0, 0.3, 0.8)
        return {name: entry for name, entry in entries.items() if self._random.random() < share}

    def operations(self) -> Values:
        """Return how work is shared and ordered."""
        assignment = self.one(*ASSIGNMENTS)
        cover = {
            **self.schedule(),
            "coordinators": self.one(1, 2),
            "after_days": self.one(0, 1, 2),
            "answer_factor": self.one(1.0, 0.5),
            "familiar": self.one(False, True),
        }
        level = self.price(None, 0, 3, 10) if assignment == "owned_with_backup" else None
        return {
            "clinic_opens": self.one("08:00", "00:00"),
            "assignment": assignment,
            "backup_after_days": self.one(0, 1, 2),
            "backup_above_backlog_items": level,
            "order": self.one(*ORDERS),
            "worklist_review": self.one("daily", "daily", *REVIEWS),
            "carry_open_items": self.one(True, False),
            "owner": self.one(None, {"away_share": self.one(0.0, 0.4)}),
            "load_absence": self.one(None, {"norm_patients_per_hour": 0.2, "elasticity": 1.0}),
            "cover": None if assignment == "pooled" else self.one(None, None, cover),
        }

    def contact(self) -> Values:
        """Return how patients are reached."""
        threshold = self.one(20.0, 20.0, 12.0)
        return {
            "threshold_minutes": threshold,
            "target_minutes": threshold + self.one(0.0, 2.0, 15.0),
            "outreach_pattern": self.one(*PATTERNS),
            "max_attempts": self.one(1, 3, 6),
            "retry_gap_days": self.one(1, 2),
            "followup": self.one(*FOLLOWUPS),
            "followup_gap_days": self.one(1, 3),
            "chart_minutes_per_month": self.one(0.0, 6.0, 30.0),
            "chart_work_without_contact": self.one(True, False),
            "final_push_days": self.one(0, 3, 10, 25),
            "request_patience_days": self.one(0.25, 1.0, 3.0, 30.0),
            "answer_probability": self.one(0.3, 0.7, {"family": "beta", "a": 0.7, "b": 0.75}),
            "unfamiliar_factor": self.one(1.0, 0.5),
            "scheduled_factor": self.one(1.0, 1.3),
            "book_next_call": self.one(False, True),
            "addon_steps": self.one(0, 0, 1, 2),
            "addon_within_minutes": self.one(8.0, 20.0),
            "count_unanswered": self.one(True, False),
            "care_plan_minutes": self.one(None, self.law(30.0)),
            "call_minutes": self.law(self.one(6.0, 12.0, 90.0, 900.0)),
            "notes_minutes": self.law(4.0),
            "attempt_minutes": self.law(2.0),
            "inbound_per_month": self.one(0.0, 1.0, 6.0),
            "inbound_minutes": self.law(5.0),
            "care_tasks_per_month": self.one(0.0, 1.5, 6.0),
            "care_task_minutes": self.law(5.0),
            "other_work_outside_share": self.one(0.0, 0.5),
        }

    def documentation(self) -> Values:
        """Return what is lost between work and log."""
        losses = {
            mode: {"entry_loss_share": self.one(0.0, 0.3), "minute_loss_share": self.one(0.0, 0.1)}
            for mode in CAPTURE_MODES
        }
        return {
            "capture": self.one(*CAPTURE_MODES),
            **losses,
            "logging_minutes_per_entry": self.one(0.0, 1.0),
            "outside_capture_share": self.one(0.0, 0.7),
            "failure_share": self.price(0.02, 0.0, 0.4),
            "consent_missing_share": self.price(0.0, 0.4),
            "elements": self.price(None, {"time_log": 0.2, "trained": True}),
            "noticed_share": self.price(1.0, 0.5),
            "internal_audit_months": self.price(None, 2, 3),
        }

    def finance(self) -> Values:
        """Return who pays what."""
        return {
            "fee_year": 2026,
            "qmb_share": self.price(0.0, 0.3),
            "medicaid_paid_share": self.price(1.0, 0.3),
            "deductible": self.price("ignored", "modelled"),
            "appealed_share": self.price(0.0, 0.5),
            "baseline_coordination_minutes": self.price(0.0, 200.0),
            "other_practice_share": self.price(0.0, 0.3),
            "duplicate_share": self.price(0.0, 0.3),
        }

    def billing(self, contact: Values) -> Values:
        """Return what is billed."""
        others = [] if contact["addon_steps"] else ["apcm", "per_patient", "per_patient"]
        return {
            "program": self.price("ccm", *others),
            "apcm_from_level": self.price(2, 3),
            "apcm_target_minutes": self.price(0.0, 10.0, 30.0),
            "complex_policy": self.price("best_paid", "complex_first"),
            "practitioner_time": self.price("own", "counts_as_staff"),
        }

    def practitioner(self) -> Values | None:
        """Return the practitioner's own time, or none."""
        part = {
            "contact_share": self.price(0.0, 0.4, 1.0),
            "complex_ratio": self.price(1.0, 0.0, 2.0),
            "minutes": self.price(12.0, {"family": "lognormal", "mean": 15.0, "cv": 0.6}),
            "logged_share": self.price(1.0, 0.7),
            "usd_per_hour": self.price(120.0, 99.99),
        }
        return self.price(None, part)  # type: ignore[no-any-return]

    def with_practitioners(self, values: Values) -> Values:
        """Return the practice with practitioners at some desks, a third of the time."""
        who = self.price("nobody", "nobody", "first", "last", "all", "all")
        groups = sorted(values["staff"])
        chosen = {"nobody": [], "first": groups[:1], "last": groups[-1:], "all": groups}[who]
        roles = {name: {"role": "practitioner"} for name in chosen}
        staff = {name: group | roles.get(name, {}) for name, group in values["staff"].items()}
        contact = dict(values["contact"])
        if who != "nobody":  # whose own codes begin at thirty minutes
            contact["target_minutes"] = max(30.0, contact["target_minutes"])
        return {**values, "staff": staff, "contact": contact}

    def tail(self) -> Values:
        """Return rare misfortunes of the bills."""
        return {
            "batch_missed_share": self.price(0.0, 0.4),
            "batch_found_per_month_share": self.price(0.5, 0.1),
            "biller_away_per_year": self.price(0.0, 3.0),
            "biller_away_months": self.price(3.0, {"family": "geometric", "mean": 3.0}),
            "practitioner_leaves_per_year": self.price(0.0, 6.0),
            "colleague_share": self.price(0.0, 0.5),
            "practitioner_vacancy_months": self.price(2.0, {"family": "geometric", "mean": 3.0}),
            "audits_per_year": self.price(0.0, 4.0),
            "audit_lookback_months": self.price(1, 12),
            "audit_factor": self.price(1.0, {"family": "uniform", "low": 1.0, "high": 3.0}),
        }

    def visits(self) -> Values | None:
        """Return visits, half of the time."""
        often = {
            "shock_per_year": 6.0, "shock_months": 2, "cv": 0.0, "usd": 99.99,
            "supervisor_share": 0.25,
        }  # fmt: skip
        return self.price(None, {}, often)  # type: ignore[no-any-return]

    def scenario(self) -> Scenario:
        """Return the next scenario."""
        seats = self.one((1,), (2,), (4,), (1, 2), (40,))
        groups = {
            f"group{i}": {**self.schedule(), "coordinators": size} for i, size in enumerate(seats)
        }
        values: Values = {
            "name": "lively",
            "start": date(2026, int(self._random.integers(1, 13)), 1),
            "panel": self.panel(),
            "staff": groups,
            "disruptions": self.disruptions(),
            "operations": self.operations(),
            "contact": self.contact(),
            "documentation": self.documentation(),
            "finance": self.finance(),
            "tail": self.tail(),
            "visits": self.visits(),
            "practitioner": self.practitioner(),
        }
        values["billing"] = self.billing(values["contact"])
        return Scenario(**self.with_medicare(self.with_practitioners(values)))
