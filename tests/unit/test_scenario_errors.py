"""Every refusal names field, rule, value and what is valid; all of them come at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from ccmsim.errors import InputError, Problem
from ccmsim.scenario import Scenario, load, loads
from ccmsim.scenario.disruptions import SickSpells
from ccmsim.scenario.panel import Panel
from ccmsim.scenario.problems import input_error, shown

BASE = load("two_nurses")
LAW = 'must be a number or a table such as { family = "exponential", mean = 10.0 }'


def problems(changes: dict[str, Any]) -> tuple[Problem, ...]:
    with pytest.raises(InputError) as caught:
        BASE.but(changes)
    return caught.value.problems


@pytest.mark.parametrize(
    ("path", "value", "rule", "valid"),
    [
        ("panel.enrolled_at_start", 0, "must be at least 1", "a whole number, at least 1"),
        ("panel.enrolled_at_start", -3, "must be at least 0", "a whole number, at least 0"),
        ("panel.enrolled_at_start", 2.0, "must be a whole number", "a whole number, at least 0"),
        ("panel.enrolled_at_start", "200", "must be a whole number", "a whole number, at least 0"),
        ("panel.enrolled_at_start", True, "must be a whole number", "a whole number, at least 0"),
        ("panel.enrolled_at_start", None, "must be a whole number", "a whole number, at least 0"),
        ("panel.enrolled_at_start", 10**7, "must be at most 1,000,000",
         "a whole number, at least 0"),
        ("panel.replace_leavers", 1, "must be true or false", "true or false, without quotes"),
        ("panel.replace_leavers", "yes", "must be true or false", "true or false, without quotes"),
        ("panel.death_per_month_share", 1.5, "must be from 0 to 1", "a number from 0 to 1"),
        ("panel.death_per_month_share", -0.1, "must be from 0 to 1", "a number from 0 to 1"),
        ("panel.death_per_month_share", "0.1", "must be a number", "a number from 0 to 1"),
        ("panel.death_per_month_share", False, "must be a number", "a number from 0 to 1"),
        ("panel.silent_rate_ratio", float("nan"), "must be a finite number",
         "a number, at least 0"),
        ("panel.silent_rate_ratio", float("inf"), "must be a finite number",
         "a number, at least 0"),
        ("panel.silent_rate_ratio", 10**400, "must be a finite number", "a number, at least 0"),
        ("panel.silent_rate_ratio", 1e12, "must be at most 1,000,000,000.0",
         "a number, at least 0"),
        ("panel.need", "1", LAW, "Multiplier of a patient's inbound calls and care tasks, mean 1."),
        ("panel.need", None, LAW,
         "Multiplier of a patient's inbound calls and care tasks, mean 1."),
        ("panel", 5, "must be a table of fields", "a table, such as { field = 1 }"),
        ("contact.threshold_minutes", 0, "must be above 0", "a number, above 0"),
        ("contact.threshold_minutes", -20.0, "must be above 0", "a number, above 0"),
        ("contact.target_minutes", 19.0, "must be at least threshold_minutes (20)",
         "the threshold, or more as a buffer against losses"),
        ("contact.chart_minutes_per_month", -1, "must be at least 0", "a number, at least 0"),
        ("contact.attempt_minutes", -2.0, "must never be under 0",
         "a number or a distribution of 0 or more"),
        ("contact.attempt_minutes", {"family": "uniform", "low": -1, "high": 2},
         "must never be under 0", "a number or a distribution of 0 or more"),
        ("contact.answer_probability", 1.01, "must be from 0 to 1",
         "a number or a distribution from 0 to 1"),
        ("contact.answer_probability", {"family": "exponential", "mean": 0.5},
         "must be from 0 to 1", "a number or a distribution from 0 to 1"),
        ("contact.followup", "cal", "is not one of the choices; did you mean call?",
         "call, chart, call_then_chart"),
        ("panel.need", 1e6, "must have a mean of at most 10", "a multiplier with mean 1"),
        ("contact.inbound_per_month", 101, "must be from 0 to 100", "a number from 0 to 100"),
        ("staff", {}, "must have somebody in it", "at least one group, such as [staff.nurses]"),
        ("staff", [1], "must be a table of names and values", "a table, such as { a = 1 }"),
        ("staff.bad-name", {"hours_per_week": 1}, "is not a name",
         "a letter, then letters, digits and _"),
        ("staff.nurses.coordinators", 0, "must be at least 1", "a whole number, at least 1"),
        ("staff.nurses.hours_per_week", -1, "must be from 0 to 120", "a number from 0 to 120"),
        ("staff.nurses.weekdays", [], "must name each weekday once, and at least one",
         '["monday"]'),
        ("staff.nurses.weekdays", ["monday", "monday"],
         "must name each weekday once, and at least one", '["monday"]'),
        ("disruptions.sick.spells_per_year", -1, "must be at least 0", "a number, at least 0"),
        ("disruptions.sick.frailty_shape", 0.01, "must be at least 0.04",
         "a number, at least 0.04"),
        ("disruptions.closure.months", [], "must name a month",
         "months from 1 to 12, such as [1, 2]"),
        ("disruptions.sick.staff", [], "must name a staff group",
         "names of staff groups, or left out"),
        ("documentation.mended_per_month_share", 0, "must be above 0, at most 1",
         "a number, above 0, at most 1"),
        ("documentation.mended_per_month_share", 2, "must be above 0, at most 1",
         "a number, above 0, at most 1"),
        ("operations.clinic_opens", "8 am", "is not a time of day",
         '"HH:MM" from "00:00" to "24:00"'),
        ("operations.clinic_opens", 8, "must be text", 'text in quotes, such as "so"'),
        ("operations.clinic_closes", "08:00", "must be after clinic_opens (08:00)",
         'a later time of day, such as "17:00"'),
        ("operations.backup_above_backlog_items", -1, "must be at least 0",
         "a whole number, at least 0"),
        ("operations.backup_above_backlog_items", 2.5, "must be a whole number",
         "a whole number, at least 0"),
        ("operations.closed_days", "2026-01-02", "must be a list",
         "values in square brackets, such as [1, 2]"),
        ("finance.locality", "Boston", "is not a locality", '"national", or such as "13202-01"'),
        ("finance.fee_year", "2026", "is not a year", '"calendar", or a year such as 2026'),
        ("finance.fee_year", 26, "must be from 2000 to 2100", "a whole number from 2000 to 2100"),
        ("finance.fee_year", True, "must be a whole number", "a whole number from 2000 to 2100"),
        ("finance.fees_usd.9949", 66, "is not a billing code",
         "five characters, such as 99490 or G0556"),
        ("finance.fees_usd.99490", 66.135, "must be whole cents", "US dollars such as 66.13"),
        ("finance.fees_usd.99490", -1, "must be from 0 to 100000", "a number from 0 to 100000"),
        ("finance.fees_usd.99490", "66", "must be a number", "a number from 0 to 100000"),
        ("finance.fees_usd.99490", Decimal("NaN"), "must be a finite number",
         "a number from 0 to 100000"),
        ("start", date(2026, 1, 15), "must be the first day of a month", "2026-01-01"),
        ("start", "2026-13-01", "must be a date", "a date such as 2026-01-01"),
        ("start", 20260101, "must be a date", "a date such as 2026-01-01"),
        ("start", datetime(2026, 1, 1), "must be a date", "a date such as 2026-01-01"),
        ("name", 5, "must be text", 'text in quotes, such as "so"'),
        ("name", "\ud800", "must be text that can be written as UTF-8", "ordinary text"),
    ],
)  # fmt: skip
def test_value_is_refused(path: str, value: object, rule: str, valid: str) -> None:
    (problem,) = problems({path: value})
    assert (problem.field, problem.rule, problem.valid) == (path, rule, valid)


@pytest.mark.parametrize(
    ("changes", "field", "rule"),
    [
        ({"panel": {"enrolled_at_start": 5, "ned": 1}}, "panel.ned",
         "is not a known field; did you mean need?"),
        ({"panel": {}}, "panel.enrolled_at_start", "is required"),
        ({"disruptions.flu": {"kind": "sick_spell"}}, "disruptions.flu.kind",
         "is not a known kind; did you mean sick_spells?"),
        ({"disruptions.flu": {"spells_per_year": 1.0}}, "disruptions.flu.kind", "is required"),
        ({"disruptions.flu": 1.0}, "disruptions.flu", "must be a table of fields"),
        ({"disruptions.flu": {"kind": "sick_spells", "spels_per_year": 1}},
         "disruptions.flu.spels_per_year", "is not a known field; did you mean spells_per_year?"),
        ({"disruptions.move": {"kind": "migration"}}, "disruptions.move.per_year",
         "must be above 0, or first_day given, and not both"),
        ({"disruptions.move": {"kind": "migration", "per_year": 1.0, "first_day": "2026-03-01"}},
         "disruptions.move.per_year", "must be above 0, or first_day given, and not both"),
        ({"disruptions.turnover.early_rate_ratio": -1.0}, "disruptions.turnover.early_rate_ratio",
         "must be at least 0"),
        ({"disruptions.turnover.early_days": 1.5}, "disruptions.turnover.early_days",
         "must be a whole number"),
        ({"operations.load_absence": {"norm_patients_per_hour": 0.0}},
         "operations.load_absence.norm_patients_per_hour", "must be above 0"),
        ({"operations.load_absence": {"most_factor": 0.5}}, "operations.load_absence.most_factor",
         "must be at least 1"),
        # A part that is left out may be meant, rather than a path that merely looks alike.
        ({"operations.pause_below_billable_share": 0.5}, "operations.pause_below_billable_share",
         "does not exist; did you mean enrollment.pause_below_billable_share?"),
        # An entry may be called like its kind.
        ({"disruptions.outage": {"kind": "outage", "per_year": -1}}, "disruptions.outage.per_year",
         "must be at least 0"),
        ({"contact.call_minutes": {"family": "lognorm", "mean": 12}}, "contact.call_minutes.family",
         "is not a known family; did you mean lognormal?"),
        ({"contact.call_minutes": {"mean": 12}}, "contact.call_minutes.family", "is required"),
        ({"contact.call_minutes": {"family": "lognormal", "mean": 12}}, "contact.call_minutes.cv",
         "is required"),
        ({"contact.call_minutes": {"family": "exponential", "mean": 12, "sd": 3}},
         "contact.call_minutes.sd", "is not a known field"),
        ({"contact.call_minutes": {"family": "exponential", "mean": "12"}},
         "contact.call_minutes.mean", "must be a number"),
        ({"contact.call_minutes": {"family": "exponential", "mean": 0}},
         "contact.call_minutes.mean", "must be above 0"),
        ({"contact.call_minutes": {"family": "empirical", "values": []}},
         "contact.call_minutes.values", "must not be empty"),
        ({"staff.nurses.weekdays": ["mon"]}, "staff.nurses.weekdays[0]",
         "is not one of the choices; did you mean monday?"),
        ({"disruptions.closure.months": [1, 13]}, "disruptions.closure.months[1]",
         "must be from 1 to 12"),
        ({"operations.closed_days": [date(2026, 1, 2), "tomorrow"]}, "operations.closed_days[1]",
         "must be a date"),
        ({"disruptions.sick.staff": ["nurse"]}, "disruptions.sick.staff",
         "is not a staff group; did you mean nurses?"),
        ({"disruptions.log": {"kind": "recorded", "spells": [
            {"seat": 2, "start": "2026-01-05", "days": 2}]}},
         "disruptions.log.spells", "names a seat that is not there"),
        ({"disruptions.log": {"kind": "recorded", "spells": [
            {"seat": 0, "start": "2026-01-05", "days": 0}]}},
         "disruptions.log.spells[0].days", "must be at least 1"),
        ({"staff.nurses.hours_per_week": None}, "staff.nurses.hours_per_week",
         "or shifts must be given, not both"),
        ({"staff.nurses.shifts": {"monday": ["09:00-12:00"]}}, "staff.nurses.hours_per_week",
         "or shifts must be given, not both"),
        ({"staff.nurses.weekdays": ["monday"], "staff.nurses.hours_per_week": 25.0},
         "staff.nurses.hours_per_week", "must fit in its days"),
        ({"staff.b": {"shifts": {"monday": ["12:00-09:00"]}}}, "staff.b.shifts.monday",
         "must end after its start"),
        ({"staff.b": {"shifts": {"monday": ["morning"]}}}, "staff.b.shifts.monday",
         "is not a shift"),
        ({"staff.b": {"shifts": {"monday": ["09:00-12:00", "11:00-13:00"]}}},
         "staff.b.shifts.monday", "must be in order, without overlap"),
        ({"staff.b": {"shifts": {"sunday": []}}}, "staff.b.shifts.sunday",
         "is not one of the choices; did you mean monday?"),
        ({"operations.assignment": "pooled", "operations.cover": {"hours_per_week": 3}},
         "operations.cover", "needs patients with owners, which a pooled worklist does not have"),
        ({"operations.assignment": "owned", "operations.backup_above_backlog_items": 5},
         "operations.backup_above_backlog_items",
         'needs colleagues who step in, whom assignment "owned" does not have'),
        ({"operations.assignment": "pooled", "operations.backup_above_backlog_items": 0},
         "operations.backup_above_backlog_items",
         'needs colleagues who step in, whom assignment "pooled" does not have'),
        ({"enrollment": {"pause_below_billable_share": 1.5}, "panel.medicare": {"patients": 600}},
         "enrollment.pause_below_billable_share", "must be from 0 to 1"),
    ],
)  # fmt: skip
def test_structure_is_refused(changes: dict[str, Any], field: str, rule: str) -> None:
    (problem,) = problems(changes)
    assert (problem.field, problem.rule) == (field, rule)
    assert problem.valid


def test_all_problems_come_at_once() -> None:
    found = problems(
        {
            "panel.enrolled_at_start": 0,
            "disruptions.sick.spells_per_year": -1,
            "documentation.failure_share": 7,
            "staff.nurses.shifts": {"monday": ["12:00-09:00"]},
        }
    )
    assert sorted(problem.field for problem in found) == [
        "disruptions.sick.spells_per_year",
        "documentation.failure_share",
        "panel.enrolled_at_start",
        "staff.nurses.shifts.monday",
    ]
    assert [problem.value for problem in found if problem.field.startswith("panel")] == [0]


def test_both_names_that_do_not_fit_are_reported() -> None:
    found = problems(
        {
            "disruptions.sick.staff": ["x"],
            "disruptions.log": {
                "kind": "recorded",
                "spells": [{"seat": 9, "start": "2026-01-05", "days": 1}],
            },
        }
    )
    assert [(p.field, p.value) for p in found] == [
        ("disruptions.sick.staff", "x"),
        ("disruptions.log.spells", 9),
    ]


@pytest.mark.parametrize(
    "build", [lambda tree: Scenario(**tree), lambda tree: Scenario.model_validate(tree)]
)
def test_python_values_are_refused_in_the_same_way(build: Callable[[Any], Scenario]) -> None:
    with pytest.raises(InputError) as caught:
        build({"panel": {"enrolled_at_start": 0}, "staff": {}})
    fields = [problem.field for problem in caught.value.problems]
    assert fields == ["panel.enrolled_at_start", "staff"]


def test_parts_alone_raise_the_same_error() -> None:
    with pytest.raises(InputError, match=r"^enrolled_at_start: must be at least 1 \(got 0\)"):
        Panel(enrolled_at_start=0)
    with pytest.raises(InputError, match=r"^panel: must be a table of fields"):
        Panel.model_validate(5)
    with pytest.raises(InputError, match=r"^length_days: must never be under 0 \(got -1\)"):
        SickSpells(length_days=-1)  # type: ignore[arg-type]


def test_long_values_are_shown_short() -> None:
    assert shown({str(n): n for n in range(50)}) == "a table of 50 values"
    assert shown([1.0] * 50) == "a list of 50 values"
    assert shown("a" * 100) == "a" * 57 + "…"
    assert shown(BASE) == "a Scenario"
    assert shown(10**100) == "1" + "0" * 56 + "…"
    assert shown((1, 2)) == (1, 2)
    (problem,) = problems({"contact.followup": "x" * 500})
    assert len(str(problem)) < 200


def test_an_error_of_pydantic_without_a_rule_of_ours_is_passed_on_in_words() -> None:
    class Model(BaseModel):
        when: bytes

    for value, rule in ((5, "must be a valid bytes"), (None, "must be a valid bytes")):
        with pytest.raises(ValidationError) as caught:
            TypeAdapter(Model).validate_python({"when": value})
        (problem,) = input_error(caught.value, Model, {"when": value}).problems
        assert (problem.field, problem.rule, problem.valid) == (
            "when",
            rule,
            "see docs/scenarios.md",
        )


def test_a_rule_of_a_distribution_is_passed_on() -> None:
    (problem,) = problems({"panel.need": {"family": "uniform", "low": 2, "high": 1}})
    assert problem.field == "panel.need"
    assert problem.rule.startswith("low must not be greater than high")


def test_missing_tables_are_shown_as_they_are_written() -> None:
    with pytest.raises(InputError) as caught:
        loads('name = "nothing else"')
    assert [(problem.field, problem.rule, problem.valid) for problem in caught.value.problems] == [
        ("panel", "is required", "a table [panel] with, for example, enrolled_at_start = 200"),
        (
            "staff",
            "is required",
            "a table for each group, such as [staff.nurses] with hours_per_week = 16.0",
        ),
    ]
