"""What must hold when a scenario changes and the seed doesn't: section 9 of docs/model.md."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tests.facts import same_facts
from tests.properties.strategies import Values, scenarios, staff, values

from ccmsim import availability as av
from ccmsim import rules
from ccmsim.engine.inputs import Inputs, prepare
from ccmsim.engine.ledger import Facts
from ccmsim.engine.recorder import TraceEvent
from ccmsim.engine.simpy_model import SimpyModel
from ccmsim.engine.simpy_services import Services
from ccmsim.scenario import Scenario
from ccmsim.scenario.disruptions import Outbreak, Turnover
from ccmsim.streams import entry_stream

MONTHS = 3
KEY = (7, 0)

few = settings(max_examples=(settings.default or settings()).max_examples * 4 // 10)

# Leaving that doesn't depend on what was done: then who is enrolled doesn't either.
INDIFFERENT = {
    "panel.silent_rate_ratio": 1.0,
    "panel.disenroll_after_months_without_contact": None,
    "panel.medicare": None,  # who enrolls depends on capacity
    "enrollment": None,
}


def indifferent(scenario: Scenario) -> Scenario:
    """Return the scenario in which nobody's leaving or coming depends on the work done."""
    enrolled = max(1, scenario.panel.enrolled_at_start)
    return scenario.but({**INDIFFERENT, "panel.enrolled_at_start": enrolled})


def run(scenario: Scenario) -> tuple[Facts, list[TraceEvent]]:
    events: list[TraceEvent] = []
    facts = SimpyModel(prepare(scenario, MONTHS), *KEY, events.append).run()
    return facts, events


def lives(events: list[TraceEvent], patients: int) -> Counter[tuple[Any, ...]]:
    """Return what doesn't depend on capacity: arrivals of work, deaths and leaving, by patient."""
    expired = {(e.minute, e.patient, e.item) for e in events if e.event == "expired"}
    kinds = ("outreach", "inbound", "care_task")
    found: Counter[tuple[Any, ...]] = Counter()
    for e in events:
        if not 0 <= e.patient < patients:
            continue
        if e.event == "released" and e.item in kinds:
            found[e.minute, e.patient, "arrives", e.item] += 1
        elif e.event == "done_outside" and (e.minute, e.patient, e.item) not in expired:
            found[e.minute, e.patient, "arrives", e.item, e.minutes, e.captured_minutes] += 1
        elif e.event in ("died", "opted_out"):
            found[e.minute, e.patient, e.event] += 1
    return found


def duty(scenario: Scenario) -> tuple[Inputs, Any, list[Any]]:
    """Return on-duty minutes (seats, days) and the entries' spells at the end of each month."""
    inputs = prepare(scenario, MONTHS)
    state = av.new_state(inputs, *KEY)
    on_duty, spells = [], []
    for month in range(MONTHS):
        drawn = av.month_availability(inputs, state, *KEY, month)
        on_duty.append(drawn.on_duty[: inputs.staffing.seats])
        spells.append(state.spells.copy())
    return inputs, np.concatenate(on_duty, axis=1), spells


def entry_order(inputs: Inputs, scenario: Scenario) -> list[str]:
    """Return the names of the entries in the order of the arrays."""
    by_stream = {entry_stream(name): name for name in scenario.disruptions}
    return [by_stream[int(stream)] for stream in inputs.staffing.entries["stream"]]


# ------------------------------------------------------------- patients


@few
@given(scenarios(), st.integers(1, 5))
def test_adding_patients_moves_nobody_elses_life(scenario: Scenario, more: int) -> None:
    scenario = indifferent(scenario)
    patients = scenario.panel.enrolled_at_start
    bigger = scenario.but({"panel.enrolled_at_start": patients + more})
    facts, events = run(scenario)
    other_facts, other_events = run(bigger)
    assert lives(events, patients) == lives(other_events, patients)
    # nor does it move anybody to another seat, or another day of outreach
    for name in ("owner", "release_day"):
        assert first_of(facts, name, patients) == first_of(other_facts, name, patients)
    np.testing.assert_array_equal(
        facts.on_duty_minutes[: len(scenario.seats())],
        other_facts.on_duty_minutes[: len(scenario.seats())],
    )


def first_of(facts: Facts, name: str, patients: int) -> dict[tuple[int, int], Any]:
    months = facts.patient_months
    rows = months[["patient", "month", name]].tolist()
    return {(patient, month): value for patient, month, value in rows if patient < patients}


@few
@given(scenarios(), scenarios(), staff())
def test_staff_and_disruptions_move_nobodys_life(
    scenario: Scenario, other: Scenario, groups: Any
) -> None:
    """Another practice's staff, disruptions and documentation: the same arrivals and deaths."""
    scenario = indifferent(scenario)
    logs = {name: e for name, e in other.disruptions.items() if e.kind != "recorded"}
    free = {name: e for name, e in logs.items() if getattr(e, "staff", None) is None}
    clinical = {name: {**group, "role": "clinical"} for name, group in groups.items()}
    changed = scenario.but(
        {
            "staff": clinical,
            "disruptions": free,
            "operations.order": other.operations.order,
            "operations.carry_open_items": other.operations.carry_open_items,
            "contact.final_push_days": other.contact.final_push_days,
            "contact.answer_probability": other.contact.answer_probability,
            "documentation.failure_share": other.documentation.failure_share,
        }
    )
    patients = scenario.panel.enrolled_at_start
    assert lives(run(scenario)[1], patients) == lives(run(changed)[1], patients)


@few
@given(scenarios())
def test_calls_are_keyed_by_their_number_in_the_month(scenario: Scenario) -> None:
    """Where a patient's n-th call of a month happens to be placed at all, its coin is the same."""
    sure = {
        "contact.answer_probability": {"family": "uniform", "low": 0.25, "high": 0.75},
        "contact.morning_factor": 1.0,
        "contact.afternoon_factor": 1.0,
        "contact.unfamiliar_factor": 1.0,
        "contact.scheduled_factor": 1.0,
        "operations.cover": None,
    }
    scenario = scenario.but(sure)
    emptier = scenario.but({"disruptions": {}})
    first, second = calls(scenario), calls(emptier)
    for key in first.keys() & second.keys():
        assert first[key] == second[key]


def calls(scenario: Scenario) -> dict[tuple[int, int, int], tuple[bool, float]]:
    """Return (answered, minutes) of each call by (patient, month, number within the month)."""
    found: dict[tuple[int, int, int], tuple[bool, float]] = {}

    class Noting(Services):
        def service(self, who: Any, item: Any, this: Any) -> tuple[bool, float, float, float]:
            number = this.attempts
            outcome = super().service(who, item, this)
            if item.kind < rules.INBOUND and item.action == rules.CALL:
                found[item.patient.number, self.model.month, number] = outcome[:2]
            return outcome

    model = SimpyModel(prepare(scenario, MONTHS), *KEY)
    model.services = Noting(model)
    model.run()
    return found


# ------------------------------------------------------------- disruptions


@few
@given(scenarios(), st.data())
def test_removing_a_disruption_moves_no_other_and_frees_time(
    scenario: Scenario, data: st.DataObject
) -> None:
    assume(scenario.disruptions)
    gone = data.draw(st.sampled_from(sorted(scenario.disruptions)))
    scenario = tamed(scenario)
    left = scenario.but({f"disruptions.{gone}": None})
    inputs, on_duty, spells = duty(scenario)
    other_inputs, other_on_duty, other_spells = duty(left)
    if seats_of(scenario) == seats_of(left):
        assert (other_on_duty >= on_duty).all()
        names, other_names = entry_order(inputs, scenario), entry_order(other_inputs, left)
        wave = scenario.disruptions[gone].kind == "outbreak"
        for name in other_names:
            if wave and scenario.disruptions[name].kind == "sick_spells":
                continue
            for before, after in zip(spells, other_spells, strict=True):
                mine, others = before[names.index(name)], after[other_names.index(name)]
                # when somebody is hired depends on all vacancies of the seat
                for field in ("until", "frailty", "outage_until"):
                    np.testing.assert_array_equal(mine[field], others[field])


def seats_of(scenario: Scenario) -> list[str]:
    return [name for name, _ in scenario.seats()]


def tamed(scenario: Scenario) -> Scenario:
    """Let outbreaks be worse than none, and nobody quit early or late.

    A factor below 1 would be a kind of protection; a longer vacancy moves the early months.
    """
    changes: dict[str, Any] = {
        f"disruptions.{name}.early_rate_ratio": 1.0
        for name, entry in scenario.disruptions.items()
        if isinstance(entry, Turnover)
    }
    changes |= {
        f"disruptions.{name}.sick_factor": 1.0 + entry.sick_factor
        for name, entry in scenario.disruptions.items()
        if isinstance(entry, Outbreak)
    }
    return scenario.but(changes) if changes else scenario


MORE = {
    "sick_spells": ("spells_per_year", "length_days"),
    "planned_leave": ("spells_per_year", "length_days"),
    "extended_leave": ("spells_per_year", "length_days"),
    "turnover": ("per_year", "vacancy_days"),
    "floor_cover": ("per_shift_share", "last_share"),
    "closure": ("per_year", "length_days"),
    "outage": ("per_year", "length_minutes"),
    "outbreak": ("per_year", "length_days"),
    "migration": ("per_year", "length_days"),
}


@few
@given(scenarios(), st.floats(1.0, 20.0), st.data())
def test_more_of_a_disruption_never_raises_on_duty_minutes(
    scenario: Scenario, times: float, data: st.DataObject
) -> None:
    names = sorted(name for name, entry in scenario.disruptions.items() if entry.kind in MORE)
    assume(names)
    name = data.draw(st.sampled_from(names))
    rate, length = MORE[scenario.disruptions[name].kind]
    scenario = tamed(scenario)
    if data.draw(st.booleans()):
        now = getattr(scenario.disruptions[name], rate)
        most = 1.0 if rate == "per_shift_share" else 1e6
        changes = {f"disruptions.{name}.{rate}": min(most, now * times)}
        base = scenario
    else:
        short = data.draw(st.floats(0.0, 1.0 if length == "last_share" else 30.0))
        long = min(1.0, short * times) if length == "last_share" else short * times
        base = scenario.but({f"disruptions.{name}.{length}": short})
        changes = {f"disruptions.{name}.{length}": long}
    worse = base.but(changes)
    _, on_duty, _ = duty(base)
    _, less, _ = duty(worse)
    assert (less <= on_duty).all()


# ------------------------------------------------------------- staff


SIMPLE: dict[str, Any] = {
    "disruptions": {},
    "operations.assignment": "pooled",
    "operations.backup_above_backlog_items": None,
    "operations.cover": None,
    "operations.order": "release",
    "contact.max_attempts": 1,
    "contact.threshold_minutes": 0.001,  # an answered call is enough: no follow-ups
    "contact.target_minutes": 0.001,
    "contact.chart_minutes_per_month": 0.0,
    "contact.final_push_days": 0,
    "contact.inbound_per_month": 0.0,
    "contact.care_tasks_per_month": 0.0,
    "contact.morning_factor": 1.0,
    "contact.afternoon_factor": 1.0,
    "contact.unfamiliar_factor": 1.0,
    "documentation.capture": "end_of_month",
    **INDIFFERENT,
}


@few
@given(scenarios(), st.integers(1, 3), st.integers(1, 3), st.integers(5, 40))
def test_more_staff_never_lowers_completed_work(
    scenario: Scenario, few_staff: int, more: int, patients: int
) -> None:
    name = min(scenario.staff)
    group = scenario.staff[name].model_copy(update={"coordinators": few_staff, "role": "clinical"})
    scenario = scenario.but({**SIMPLE, "staff": {name: group}, "panel.enrolled_at_start": patients})
    # work that runs over midnight of the month's last day would meet the next month's
    assume(all(end <= 1380.0 for day in group.week_minutes() for _, end in day))
    bigger = scenario.but({f"staff.{name}.coordinators": few_staff + more})
    done = [
        [(e.minute, e.minutes) for e in run(each)[1] if e.event == "completed"]
        for each in (scenario, bigger)
    ]
    assert len(done[0]) <= len(done[1])
    for slow, fast in zip(done[0], done[1], strict=False):
        assert fast[0] <= slow[0]


# ------------------------------------------------------------- names and order


def reordered(tree: Any, random: Any) -> Any:
    if not isinstance(tree, dict):
        return tree
    names = list(tree)
    random.shuffle(names)
    return {name: reordered(tree[name], random) for name in names}


@few
@given(values(), st.randoms(use_true_random=False))
def test_the_order_of_a_file_changes_nothing(tree: Values, random: Any) -> None:
    one, other = Scenario(**tree), Scenario(**reordered(tree, random))
    same_facts(run(one)[0], run(other)[0])


@few
@given(values())
def test_names_of_staff_groups_change_nothing(tree: Values) -> None:
    names = {old: f"group_{i}" for i, old in enumerate(sorted(tree["staff"], reverse=True))}
    entries = {}
    for name, entry in tree["disruptions"].items():
        struck = entry.get("staff")
        entries[name] = entry | (
            {"staff": [names[old] for old in struck]} if struck is not None else {}
        )
    groups = {names[old]: group for old, group in tree["staff"].items()}
    renamed = Scenario(**(tree | {"staff": groups, "disruptions": entries}))
    one = Scenario(**tree)
    same_facts(run(one)[0], run(renamed)[0])
