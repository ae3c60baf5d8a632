"""A practice small enough to know what must happen, and both engines' runs of it.

Comes in: changes to a quiet practice. Goes out: its facts, which both engines must leave alike.
"""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

from ccmsim import rules
from ccmsim.engine.inputs import Inputs, prepare
from ccmsim.engine.judgement import judge
from ccmsim.engine.ledger import Facts
from ccmsim.engine.recorder import TraceEvent
from ccmsim.engine.simpy_model import SimpyModel
from ccmsim.office import compiled_facts
from ccmsim.scenario import Scenario, loads
from tests.facts import same_facts

PAGE = Path(__file__).parents[1] / "docs" / "worked_example.md"
DAY = 1440.0
SHIFT = {day: ["09:00-12:00"] for day in ("monday", "tuesday", "wednesday", "thursday", "friday")}

# January 2026: Thursday 1 is a holiday, business days are 2, 5, 6, 7, 8, 9, 12, …, 30 (20 of them).
QUIET: dict[str, Any] = {
    "panel": {
        "enrolled_at_start": 1,
        "death_per_month_share": 0.0,
        "opt_out_per_month_share": 0.0,
        "need": 1,
    },
    "staff": {"nurse": {"shifts": SHIFT, "desk_productive_share": 1.0}},
    "operations": {"assignment": "owned", "order": "release"},
    "contact": {
        "outreach_pattern": "first_day",
        "target_minutes": 20.0,
        "max_attempts": 1,
        "followup": "call",
        "final_push_days": 0,
        "answer_probability": 1,
        "morning_factor": 1.0,
        "afternoon_factor": 1.0,
        "unfamiliar_factor": 1.0,
        "call_minutes": 15,
        "notes_minutes": 5,
        "attempt_minutes": 2,
        "inbound_per_month": 0.0,
        "inbound_minutes": 4,
        "care_tasks_per_month": 0.0,
        "care_task_minutes": 6,
        "other_work_outside_share": 0.0,
    },
    "documentation": {
        "capture": "real_time",
        "logging_minutes_per_entry": 0.0,
        "failure_share": 0.0,
        "not_claimable_share": 0.0,
        **{
            mode: {"entry_loss_share": 0.0, "minute_loss_share": 0.0}
            for mode in ("real_time", "end_of_day", "end_of_month")
        },
    },
    "finance": {"denied_share": 0.0, "no_supplement_share": 0.0},
}


def by_hand() -> Scenario:
    """Return the practice of docs/worked_example.md, whose month is worked by hand."""
    text = re.search(r'loads\(\s*"""(.*?)"""', PAGE.read_text("utf-8"), re.DOTALL)
    assert text is not None
    return loads(text[1])


def practice(**changes: Any) -> Scenario:
    """Return the quiet practice with other values at dotted paths (`__` for the dot)."""
    return Scenario(**QUIET).but({path.replace("__", "."): v for path, v in changes.items()})


def two_days_a_week() -> Scenario:
    """Five patients who never answer; calls of 30 minutes, on Mondays and Tuesdays from 9 to 12.

    All five are due on Friday 2. Monday 5 the nurse is sick. Every other shift she is pulled away
    at 10:30, so she makes three calls on Tuesday 6 and two on Monday 12.
    """
    days = ("monday", "tuesday")
    return practice(
        panel__enrolled_at_start=5,
        staff__nurse__shifts={day: ["09:00-12:00"] for day in days},
        contact__answer_probability=0,
        contact__attempt_minutes=30,
        disruptions={
            "sick": january(5),
            "pulled": {"kind": "floor_cover", "per_shift_share": 1.0, "last_share": 0.5},
        },
    )


def run(
    scenario: Scenario, months: int = 1, *, seed: int = 7, replication: int = 0
) -> tuple[Inputs, Facts, list[TraceEvent]]:
    """Run the model, and the compiled engine too: what holds by hand holds for both."""
    inputs = prepare(scenario, months)
    events: list[TraceEvent] = []
    facts = SimpyModel(inputs, seed, replication, events.append).run()
    for alone in (True, False):
        same_facts(compiled_facts(inputs, seed, replication, alone=alone), facts)
    return inputs, facts, events


def seen(events: list[TraceEvent], kind: str) -> list[tuple[Any, ...]]:
    """Return (day of the month from 1, minute of the day, patient, coordinator, item) of events."""
    return [
        (int(e.minute // DAY) + 1, e.minute % DAY, e.patient, e.coordinator, e.item)
        for e in events
        if e.event == kind
    ]


def counted(facts: Facts, counter: str) -> int:
    return int(facts.counts[counter].sum())


def statuses(scenario: Scenario, months: int = 1, *, seed: int = 7) -> list[str]:
    inputs, facts, _ = run(scenario, months, seed=seed)
    names = ("billable", *rules.REASONS)
    return [names[status] for status in judge(facts, inputs, seed, 0).status]


def away(*days: date, seat: int = 0) -> dict[str, Any]:
    spells = [{"seat": seat, "start": day, "days": 1} for day in days]
    return {"kind": "recorded", "spells": spells}


def january(*days: int, seat: int = 0) -> dict[str, Any]:
    return away(*(date(2026, 1, day) for day in days), seat=seat)
