"""Substitutes who are the same people each time: known from the first talk on."""

from __future__ import annotations

from typing import Any

from tests.quiet import january, practice, run

from ccmsim.scenario import Scenario


def covered(*, familiar: bool, **changes: Any) -> Scenario:
    """Return the quiet practice whose nurse is away in January: a substitute makes the calls."""
    cover = {
        "hours_per_week": 15.0,
        "after_days": 0,
        "desk_productive_share": 1.0,
        "answer_factor": 0.4,
        "familiar": familiar,
    }
    return practice(
        operations__cover=cover,
        disruptions__gone=january(*range(2, 32)),
        panel__enrolled_at_start=60,
        contact__target_minutes=60.0,
        contact__followup_gap_days=1,
        contact__max_attempts=8,
        **changes,
    )


def test_who_has_spoken_with_a_substitute_answers_them() -> None:
    """After the first answered call every follow-up is answered; strangers answer 2 in 5."""
    for familiar in (True, False):
        _, _, events = run(covered(familiar=familiar))
        known: set[int] = set()
        answers = []
        for event in events:
            if event.event == "completed" and event.coordinator == 1:
                if event.patient in known:
                    answers.append(event.answered)
                if event.answered:
                    known.add(event.patient)
        assert len(answers) > 50
        assert all(answers) == familiar


def test_substitutes_are_known_one_by_one() -> None:
    """With two of them, who has spoken with one is a stranger to the other."""
    scenario = covered(familiar=True, operations__cover__coordinators=2, contact__call_minutes=90)
    _, _, events = run(scenario.but({"operations.cover.answer_factor": 0.0}))
    assert not any(event.answered for event in events if event.coordinator > 0)
    _, _, events = run(scenario)
    known: set[tuple[int, int]] = set()
    strangers = []
    for event in events:
        if event.event == "completed" and event.coordinator > 0:
            if (event.patient, event.coordinator) in known:
                assert event.answered
            else:
                strangers.append(event.answered)
            if event.answered:
                known.add((event.patient, event.coordinator))
    assert len({coordinator for _, coordinator in known}) == 2
    assert not all(strangers)


def test_it_matters_only_where_substitutes_come() -> None:
    alone = practice(panel__enrolled_at_start=20)
    cover = {"hours_per_week": 15.0, "after_days": 3}
    rows = [
        run(alone.but({"operations.cover": {**cover, "familiar": familiar}}), 2)[1].patient_months
        for familiar in (False, True)
    ]
    assert rows[0].tobytes() == rows[1].tobytes()
