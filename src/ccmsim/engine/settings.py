"""The scenario's numbers as one record, for compiled code.

Comes in: a scenario and what `inputs` made of it. Goes out: one record of SETTINGS; compiled
functions take it as a single argument. Names only, no rules.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

import numpy as np

from ccmsim.arrays import Records
from ccmsim.billing.codes import FAMILIES
from ccmsim.sampling import duration, to_ticks
from ccmsim.scenario.enrollment import POLICIES, Enrollment, Medicare
from ccmsim.scenario.model import OWN_MINUTES, Scenario
from ccmsim.scenario.practitioner import Practitioner
from ccmsim.units import MINUTES_PER_DAY, TICK_MINUTES

Settings: TypeAlias = Any
"""One record of SETTINGS."""

_REAL, _WHOLE, _FLAG = np.float64, np.int64, np.bool_

SETTINGS: Final = np.dtype(
    [
        ("months", _WHOLE),
        ("seats", _WHOLE),
        ("people", _WHOLE),  # seats and substitutes
        ("pooled", _FLAG),
        ("with_backup", _FLAG),
        ("opens", _REAL),  # minute of the day
        ("open_minutes", _REAL),  # length of the clinic's day
        # panel
        ("enrolled_at_start", _WHOLE),
        ("replace_leavers", _FLAG),
        ("death", _REAL),  # probability a month
        ("opt_out", _REAL),
        ("early_months", _WHOLE),
        ("early_ratio", _REAL),
        ("hospital", _REAL),
        ("silent_months", _WHOLE),
        ("silent_ratio", _REAL),
        ("disenroll_after", _WHOLE),  # months without contact, -1: never
        # the Medicare panel and enrollment
        ("medicare", _WHOLE),  # people at the start; 0 where only the enrolled are modelled
        ("eligible", _REAL),
        ("found", _REAL),
        ("found_later", _REAL),
        ("false", _REAL),
        ("joins", _REAL),
        ("ages_in", _REAL),
        ("early_below", _WHOLE),
        ("mature_from", _WHOLE),
        ("approaches", _WHOLE),  # a month; 0 where nobody is asked
        ("at_visits", _FLAG),
        ("most_enrolled", _WHOLE),  # beyond which nobody is asked
        ("pause_below", _REAL),  # share of last month's patients with enough minutes; 0: no pause
        ("policy", _WHOLE),
        ("quota", _REAL),  # minutes a week
        ("approach_attempts", _WHOLE),
        ("rest_months", _WHOLE),
        ("reach_factor", _REAL),
        ("visit_share", _REAL),
        ("consent", _REAL),
        ("consent_odds", _REAL),
        ("visit_needed", _REAL),
        ("slots", _WHOLE),
        ("no_show", _REAL),
        ("monday", _REAL),  # minutes from a Monday's midnight to the clock's start
        # contact
        ("threshold", _REAL),
        ("target", _REAL),
        ("per_patient", _FLAG),  # programmes
        ("apcm_from", _WHOLE),  # level
        ("apcm_target", _REAL),
        ("no_supplement", _REAL),
        ("qmb", _REAL),
        ("single_condition", _REAL),
        ("addon_steps", _WHOLE),
        ("addon_within", _REAL),
        ("addon_minutes", _REAL),  # of a unit
        # the practitioner's own time
        ("own_time", _FLAG),  # whether there may be any
        ("own_threshold", _REAL),
        ("own_is_known", _FLAG),  # to the coordinators, once logged
        ("own_as_staff", _FLAG),  # may be billed as staff's
        ("contact_share", _REAL),  # 0 where the practitioner has none beside the desks
        ("contact_ratio", _REAL),  # for complex patients
        ("contact_logged", _REAL),
        ("complex", _REAL),
        ("pattern", _WHOLE),
        ("max_attempts", _WHOLE),
        ("retry_gap", _WHOLE),
        ("followup", _WHOLE),
        ("followup_gap", _WHOLE),
        ("chart_cap", _REAL),
        ("chart_without_contact", _FLAG),
        ("push_days", _WHOLE),
        ("patience", _REAL),  # minutes, on the grid
        ("morning_factor", _REAL),
        ("afternoon_factor", _REAL),
        ("unfamiliar_factor", _REAL),
        ("scheduled_factor", _REAL),
        ("cover_factor", _REAL),
        ("cover_familiar", _FLAG),
        ("book_next", _FLAG),
        ("count_unanswered", _FLAG),
        ("inbound_mean", _REAL),
        ("care_mean", _REAL),
        ("outside_share", _REAL),
        ("outside_captured", _REAL),
        # operations and documentation
        ("order", _WHOLE),
        ("most_items", _WHOLE),  # beyond which the backup helps; -1: however many
        ("carry", _FLAG),
        ("load_norm", _REAL),  # patients an on-duty hour; 0 without load-driven absence
        ("load_elasticity", _REAL),
        ("load_most", _REAL),
        ("mode", _WHOLE),
        ("logging", _REAL),  # minutes, on the grid
        ("failure", _REAL),
        ("mended", _REAL),
        ("not_claimable", _REAL),
        ("consent_missing", _REAL),
        ("time_log", _REAL),  # share of months that lack it
        ("access", _REAL),  # … that lack it or the one before
        ("elements", _REAL),  # … that lack one of all
        ("noticed", _REAL),
        ("audit_every", _WHOLE),  # months; 0: the practice doesn't audit itself
        ("audit_found", _REAL),
        ("supervisor_leaves", _REAL),  # probability a month
        ("colleague", _REAL),
        # rows of the laws
        ("need_row", _WHOLE),
        ("answer_row", _WHOLE),
        ("call_row", _WHOLE),
        ("notes_row", _WHOLE),
        ("attempt_row", _WHOLE),
        ("inbound_row", _WHOLE),
        ("care_row", _WHOLE),
        ("stay_row", _WHOLE),
        ("supervisor_row", _WHOLE),  # months without
        ("talk_row", _WHOLE),
        ("plan_row", _WHOLE),  # -1: no care plans
        ("contact_row", _WHOLE),
    ],
    align=True,
)
"""All single numbers that the engine and the ledger need of a scenario."""


def settings(scenario: Scenario, rows: Mapping[str, int], **others: Any) -> Records:
    """Return the settings of a scenario, shape (1,); `others` are those that are not its own."""
    panel, contact, operations = scenario.panel, scenario.contact, scenario.operations
    documentation, billing, finance = scenario.documentation, scenario.billing, scenario.finance
    only_apcm = billing.program == "apcm"
    load, level = operations.load_absence, operations.backup_above_backlog_items
    leave = panel.disenroll_after_months_without_contact
    unseen = leave is None or operations.worklist_review == "never"
    values = {
        "pooled": operations.assignment == "pooled",
        "with_backup": operations.assignment == "owned_with_backup",
        "enrolled_at_start": panel.enrolled_at_start,
        "replace_leavers": panel.replace_leavers,
        "death": panel.death_per_month_share,
        "opt_out": panel.opt_out_per_month_share,
        "early_months": panel.early_months,
        "early_ratio": panel.early_rate_ratio,
        "hospital": panel.hospital_per_month_share,
        "silent_months": panel.silent_months,
        "silent_ratio": panel.silent_rate_ratio,
        "disenroll_after": -1 if unseen else leave,
        "threshold": TICK_MINUTES if only_apcm else contact.threshold_minutes,
        "target": billing.apcm_target_minutes if only_apcm else contact.target_minutes,
        "per_patient": billing.program == "per_patient",
        "apcm_from": billing.apcm_from_level,
        "apcm_target": billing.apcm_target_minutes,
        "no_supplement": finance.no_supplement_share,
        "qmb": finance.qmb_share,
        "single_condition": panel.single_condition_share,
        "addon_steps": contact.addon_steps,
        "addon_within": contact.addon_within_minutes,
        "max_attempts": contact.max_attempts,
        "retry_gap": contact.retry_gap_days,
        "followup_gap": contact.followup_gap_days,
        "chart_cap": contact.chart_minutes_per_month,
        "chart_without_contact": contact.chart_work_without_contact,
        "push_days": contact.final_push_days,
        "patience": duration(contact.request_patience_days * MINUTES_PER_DAY),
        "morning_factor": contact.morning_factor,
        "afternoon_factor": contact.afternoon_factor,
        "unfamiliar_factor": contact.unfamiliar_factor,
        "scheduled_factor": contact.scheduled_factor,
        "cover_factor": operations.cover.answer_factor if operations.cover else 1.0,
        "cover_familiar": operations.cover is not None and operations.cover.familiar,
        "book_next": contact.book_next_call,
        "count_unanswered": contact.count_unanswered,
        "inbound_mean": contact.inbound_per_month,
        "care_mean": contact.care_tasks_per_month,
        "outside_share": contact.other_work_outside_share,
        "outside_captured": documentation.outside_capture_share,
        "most_items": -1 if level is None else level,
        "carry": operations.carry_open_items,
        "load_norm": load.norm_patients_per_hour if load else 0.0,
        "load_elasticity": load.elasticity if load else 0.0,
        "load_most": load.most_factor if load else 1.0,
        "logging": to_ticks(documentation.logging_minutes_per_entry),
        "failure": documentation.failure_share,
        "mended": documentation.mended_per_month_share,
        "not_claimable": documentation.not_claimable_share,
        "consent_missing": documentation.consent_missing_share,
        "noticed": documentation.noticed_share,
        "supervisor_leaves": scenario.tail.practitioner_leaves_per_year / 12.0,
        "colleague": scenario.tail.colleague_share,
        "audit_every": documentation.internal_audit_months or 0,
        "audit_found": documentation.found_share,
    }
    lacking = documentation.elements.failure_shares() if documentation.elements else (0.0,) * 3
    values |= zip(("time_log", "access", "elements"), lacking, strict=True)
    values |= _enrollment(scenario, rows) | _practitioner(scenario, rows)
    values |= {f"{law.split('_')[0]}_row": rows[law] for law in _LAWS} | others
    return np.array([tuple(values[name] for name in SETTINGS.names or ())], SETTINGS)


_LAWS: Final = (
    "need",
    "answer",
    "call",
    "notes",
    "attempt",
    "inbound",
    "care_task",
    "stay",
    "supervisor",
)

_NO_LIMIT: Final = 1 << 31


def has_own_time(scenario: Scenario) -> bool:
    """Return whether any minutes may be the practitioner's own."""
    part = scenario.practitioner
    at_desks = any(group.role == "practitioner" for group in scenario.staff.values())
    return at_desks or (part is not None and part.contact_share > 0.0)


def _practitioner(scenario: Scenario, rows: Mapping[str, int]) -> dict[str, Any]:
    """Return what the settings hold of the practitioner's own time; neutral without any."""
    part = scenario.practitioner or Practitioner(contact_share=0.0)
    billing, own_desks = scenario.billing, scenario.own_desks()
    as_staff = billing.practitioner_time == "counts_as_staff"
    by_thirty = own_desks or billing.program == "pcm"
    family = FAMILIES["ccm_practitioner" if by_thirty else "ccm_staff"]
    return {
        "addon_minutes": float(family.addon_minutes),
        "own_time": has_own_time(scenario),
        "own_threshold": TICK_MINUTES if billing.program == "apcm" else OWN_MINUTES,
        "own_is_known": as_staff or own_desks,
        "own_as_staff": as_staff,
        "contact_share": part.contact_share,
        "contact_ratio": part.complex_ratio,
        "contact_logged": part.logged_share,
        "complex": scenario.panel.complex_share,
        "contact_row": rows.get("practitioner", -1),
    }


def _enrollment(scenario: Scenario, rows: Mapping[str, int]) -> dict[str, Any]:
    """Return what the settings hold of the Medicare panel and of enrollment; neutral without."""
    medicare = scenario.panel.medicare or Medicare(patients=1)
    plan = scenario.enrollment or Enrollment()
    return {
        "medicare": medicare.patients if scenario.panel.medicare else 0,
        "eligible": medicare.eligible_share,
        "found": medicare.found_share,
        "found_later": medicare.found_per_month_share,
        "false": medicare.false_share,
        "joins": medicare.joins_per_month,
        "ages_in": medicare.ages_in_per_month,
        "early_below": medicare.early_below,
        "mature_from": medicare.mature_from,
        "approaches": plan.approaches_per_month if scenario.enrollment else 0,
        "at_visits": plan.approach == "visits",
        "most_enrolled": _NO_LIMIT if plan.target_patients is None else plan.target_patients,
        "pause_below": plan.pause_below_billable_share or 0.0,
        "policy": POLICIES.index(plan.policy),
        "quota": plan.quota_minutes_per_week,
        "approach_attempts": plan.max_attempts,
        "rest_months": plan.again_after_months,
        "reach_factor": plan.reach_factor,
        "visit_share": plan.visit_share_per_month,
        "consent": plan.consent_share,
        "consent_odds": plan.consent_odds_ratio,
        "visit_needed": plan.initiating_visit_share,
        "slots": plan.practitioner_slots_per_month,
        "no_show": plan.no_show_share,
        "talk_row": rows.get("talk", -1),
        "plan_row": rows.get("plan", -1),
    }


def most_enrolled(settings: Settings, people: int) -> int:
    """Return how many can be enrolled at once, if the panel ever has so many people."""
    at_start = int(settings["enrolled_at_start"])
    if settings["approaches"] == 0:
        return at_start
    return min(people, max(at_start, int(settings["most_enrolled"])))


def most_people(settings: Settings, times: int = 1) -> int:
    """Return how many people the Medicare panel has room for; 0 where it isn't modelled."""
    if settings["medicare"] == 0:
        return 0
    coming = float(settings["joins"] + settings["ages_in"]) * int(settings["months"])
    return times * (int(settings["medicare"] + coming + 6.0 * coming**0.5) + 8)
