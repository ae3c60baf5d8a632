"""Reading and writing scenarios, changing them by dotted paths, fingerprints, settings."""

from __future__ import annotations

import hashlib
import json
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from scipy import stats

from ccmsim.distributions import Constant, Empirical, Lognormal, Scipy
from ccmsim.errors import InputError
from ccmsim.scenario import Scenario, dumps, load, loads, parse_setting, presets
from ccmsim.scenario.disruptions import Outbreak
from ccmsim.scenario.loading import fingerprint
from ccmsim.scenario.staff import Cover

BASE = load("two_nurses")

SMALL = """
name = "small"
[panel]
enrolled_at_start = 3
[staff.nurse]
hours_per_week = 4
"""


def refusal(call: Any, *arguments: Any, **settings: Any) -> InputError:
    with pytest.raises(InputError) as caught:
        call(*arguments, **settings)
    return caught.value


# ---- reading


def test_a_file_is_loaded_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(SMALL, "utf-8")
    assert load(path) == load(str(path)) == loads(SMALL)


def test_a_preset_is_read_once_and_a_file_each_time(tmp_path: Path) -> None:
    assert load("two_nurses") is load("two_nurses")
    path = tmp_path / "mine.toml"
    for patients in (3, 4):
        path.write_text(SMALL.replace("= 3", f"= {patients}"), "utf-8")
        assert load(path).panel.enrolled_at_start == patients


def test_a_preset_wins_over_a_file_without_ending(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("perfect").write_text(SMALL, "utf-8")
    assert load("perfect").name == "perfect"
    assert load("./perfect").name == "small"


def test_unknown_preset_names_the_nearest_and_all() -> None:
    (problem,) = refusal(load, "two_nurse").problems
    assert problem.rule == "is neither a preset nor a file; did you mean two_nurses?"
    assert problem.value == "two_nurse"
    assert problem.valid == ", ".join(sorted(presets())) + ", or the path of a .toml file"


def test_a_name_far_from_any_preset_gets_no_suggestion() -> None:
    (problem,) = refusal(load, "nowhere/at_all.toml").problems
    assert problem.rule == "is neither a preset nor a file"


@pytest.mark.parametrize("value", [None, 5, ["two_nurses"]])
def test_load_refuses_what_is_no_name(value: object) -> None:
    assert "must be text or a path" in str(refusal(load, value))


def test_a_folder_is_no_scenario(tmp_path: Path) -> None:
    assert "is neither a preset nor a file" in str(refusal(load, tmp_path))


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "binary.toml"
    path.write_bytes(b"\xff\xfe\x00")
    assert "cannot be read" in str(refusal(load, path))


@pytest.mark.parametrize(
    ("text", "place", "line"),
    [
        ("a = 1\nb = = 2\n", "at line 2, column 5", "b = = 2"),
        ("[panel", "at end of document", "[panel"),
    ],
)
def test_what_is_not_toml_is_refused_with_its_place(text: str, place: str, line: str) -> None:
    error = refusal(loads, text, source="mine.toml")
    (problem,) = error.problems
    assert problem.field == "mine.toml"
    assert problem.rule.startswith(f"is not TOML {place}: ")
    assert problem.value == line


def test_problems_of_a_file_name_the_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("[panel]\nenrolled_at_start = 0\n", "utf-8")
    error = refusal(load, path)
    assert error.heading == f"{path} is not a valid scenario:"
    assert [problem.field for problem in error.problems] == ["panel.enrolled_at_start", "staff"]
    assert str(error).splitlines()[1].startswith("  panel.enrolled_at_start: must be at least 1")


def test_recorded_values_are_found_beside_the_file(tmp_path: Path) -> None:
    (tmp_path / "calls.csv").write_text("minutes\n3\n1\n2\n", "utf-8")
    path = tmp_path / "mine.toml"
    law = '{ family = "empirical", csv = "calls.csv", column = "minutes" }'
    path.write_text(f"{SMALL}[contact]\ncall_minutes = {law}\n", "utf-8")
    assert load(path).contact.call_minutes == Empirical(values=(1.0, 2.0, 3.0))
    assert loads(path.read_text("utf-8"), directory=tmp_path) == load(path)
    error = refusal(loads, path.read_text("utf-8"))
    assert [problem.field for problem in error.problems] == ["contact.call_minutes"]


# ---- writing


def test_written_values_are_plain_toml() -> None:
    tree = tomllib.loads(dumps(loads(SMALL)))
    assert tree["contact"]["notes_minutes"] == 5.0
    assert tree["contact"]["call_minutes"] == {
        "family": "lognormal",
        "mean": 12.0,
        "cv": 0.60691,
    }
    assert "cover" not in tree["operations"]
    assert "fee_year" not in tree["finance"]
    assert str(tree["start"]) == "2026-01-01"


@pytest.mark.parametrize(
    "changes",
    [
        {"panel.silent_rate_ratio": 0.1 + 0.2, "finance.wage_load": 5e-324},
        {"finance.fees_usd": {"99490": Decimal("66.1"), "G0556": 15, "99439": 0.07}},
        {"operations.closed_days": ["2026-12-24"], "start": "2027-02-01"},
        {"contact.call_minutes": stats.weibull_min(1.5, scale=3)},
        {"contact.call_minutes": {"family": "empirical", "values": [1, 2.5, 1e-7]}},
        {"staff.nurses.hours_per_week": None, "staff.nurses.shifts": {"friday": ["09:00-10:00"]}},
        {"description": 'quotes " and \\ and\nlines\tand é', "name": ""},
        {
            "disruptions.log": {
                "kind": "recorded",
                "spells": [{"seat": 1, "start": "2026-03-02", "days": 4}],
            }
        },
    ],
)
def test_round_trip_is_exact(changes: dict[str, Any]) -> None:
    scenario = BASE.but(changes)
    assert scenario != BASE
    assert loads(dumps(scenario)) == scenario


def test_save_writes_what_load_reads(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    scenario = BASE.but({"description": "one\r\ntwo"})
    scenario.save(path)
    assert path.read_text("utf-8") == scenario.to_toml() == dumps(scenario)
    assert load(path) == scenario


# ---- fingerprints


def test_fingerprint_ignores_name_and_description_only() -> None:
    assert BASE.but({"name": "x", "description": "y"}).fingerprint == BASE.fingerprint
    assert len(BASE.fingerprint) == 16
    assert fingerprint(BASE.but({"panel.enrolled_at_start": 201})) != BASE.fingerprint
    assert BASE.but({"finance.wage_load": 1.2500000000000002}).fingerprint != BASE.fingerprint


def test_fingerprint_fills_in_defaults() -> None:
    explicit = loads(SMALL + "desk_productive_share = 0.8\n[contact]\nnotes_minutes = 5\n")
    assert explicit.fingerprint == loads(SMALL).fingerprint


def test_fingerprint_is_the_digest_of_the_written_values() -> None:
    """Restated on its own, so that no change of the code can move stored fingerprints unseen."""
    values = {
        k: v for k, v in tomllib.loads(dumps(BASE)).items() if k not in {"name", "description"}
    }
    values["start"] = values["start"].isoformat()
    text = json.dumps(values, sort_keys=True, separators=(",", ":"))
    assert BASE.fingerprint == hashlib.sha256(text.encode()).hexdigest()[:16]


# ---- but


def test_but_leaves_the_old_scenario_alone() -> None:
    before = dumps(BASE)
    worse = BASE.but({"disruptions.sick.spells_per_year": 6, "disruptions.outage": None})
    assert dumps(BASE) == before
    assert worse.disruptions["sick"].spells_per_year == 6.0  # type: ignore[union-attr]
    assert set(BASE.disruptions) - set(worse.disruptions) == {"outage"}
    assert worse.panel is BASE.panel


def test_but_takes_parts_tables_and_plain_values() -> None:
    cover = Cover(hours_per_week=4.0)
    changed = BASE.but(
        {
            "operations.cover": cover,
            "contact.call_minutes": Constant(value=3.0),
            "contact.notes_minutes": 4,
            "disruptions.flu": {"kind": "outbreak", "per_year": 2},
            "finance.fees_usd.99490": 70,
        }
    )
    assert changed.operations.cover == cover
    assert changed.contact.call_minutes == Constant(value=3.0)
    assert changed.contact.notes_minutes == Constant(value=4.0)
    assert changed.disruptions["flu"] == Outbreak(per_year=2.0)
    assert changed.finance.fees_usd == {"99490": Decimal("70.00")}


def test_but_changes_inside_distributions_and_tables_of_the_same_call() -> None:
    changed = BASE.but(
        {
            "contact.call_minutes.mean": 14,
            "contact.notes_minutes.value": 6,
            "disruptions.flu.per_year": 3.0,
            "disruptions.flu": {"kind": "outbreak"},
            "operations.cover.after_days": 5,
            "operations.cover": {"hours_per_week": 3.0},
        }
    )
    assert changed.contact.call_minutes == Lognormal(mean=14.0, cv=0.60691)
    assert changed.contact.notes_minutes == Constant(value=6.0)
    assert changed.disruptions["flu"] == Outbreak(per_year=3.0)
    assert changed.operations.cover == Cover(hours_per_week=3.0, after_days=5)


def test_but_checks_several_changes_together() -> None:
    higher = BASE.but({"contact.threshold_minutes": 40, "contact.target_minutes": 44})
    assert higher.contact.target_minutes == 44.0
    assert "must be at least threshold_minutes (40)" in str(
        refusal(BASE.but, {"contact.threshold_minutes": 40})
    )


def test_none_leaves_optional_values_out() -> None:
    covered = BASE.but({"operations.cover": {"hours_per_week": 3.0}})
    assert covered.but({"operations.cover": None}) == BASE
    frail = BASE.but({"disruptions.sick.frailty_shape": None})
    assert frail.disruptions["sick"].frailty_shape is None  # type: ignore[union-attr]


def test_no_change_is_an_equal_scenario() -> None:
    assert BASE.but({}) == BASE


def test_scipy_distributions_are_taken() -> None:
    changed = BASE.but({"contact.call_minutes": stats.weibull_min(1.5, scale=3)})
    assert isinstance(changed.contact.call_minutes, Scipy)


@pytest.mark.parametrize(
    ("path", "rule"),
    [
        ("enrolled_at_start", "does not exist; did you mean panel.enrolled_at_start?"),
        ("panel.enroled_at_start", "does not exist; did you mean panel.enrolled_at_start?"),
        ("panl.need", "does not exist; did you mean panel.need?"),
        ("disruptions.sik.spells_per_year",
         "does not exist; did you mean disruptions.sick.spells_per_year?"),
        ("contact.notes_minutes.mean",
         "does not exist; did you mean contact.inbound_minutes.mean?"),
        ("panel.enrolled_at_start.value",
         ("does not exist: panel.enrolled_at_start is not a table; "
          "did you mean panel.enrolled_at_start?")),
        ("operations.cover.after_days",
         ("is a field of operations.cover, which is left out here: it must be given whole")),
        ("operations.owner.hours_a_week", "does not exist; did you mean hours_per_week?"),
        ("panel..need", "is not a dotted path"),
        ("", "is not a dotted path"),
        ("zzz", "does not exist"),
    ],
)  # fmt: skip
def test_but_refuses_unknown_paths(path: str, rule: str) -> None:
    (problem,) = refusal(BASE.but, {path: 1}).problems
    assert problem.field == path
    assert problem.rule == rule
    assert problem.valid


def test_a_field_of_a_part_that_is_left_out_says_how_to_give_the_part() -> None:
    (problem,) = refusal(BASE.but, {"enrollment.policy": "weekly_quota"}).problems
    assert problem.valid == 'enrollment = { policy = "weekly_quota" }, and what else differs'
    (problem,) = refusal(BASE.but, {"panel.medicare.found_share": 0.5}).problems
    assert problem.valid.startswith("panel.medicare = { found_share = 0.5, patients = … }")
    (problem,) = refusal(BASE.but, {"documentation.elements.x.y": True}).problems
    assert problem.rule == "does not exist"
    assert problem.valid == "time_log, access, supervision, trained, trained_factor"


def test_but_cannot_take_away_what_is_not_there() -> None:
    (problem,) = refusal(BASE.but, {"disruptions.sickk": None}).problems
    assert problem.rule == "does not exist; did you mean disruptions.sick?"
    assert problem.valid.startswith("disruptions.sick, disruptions.outbreak")


def test_but_reports_all_unknown_paths() -> None:
    error = refusal(BASE.but, {"a.b": 1, "panel.x": 2})
    assert [problem.field for problem in error.problems] == ["a.b", "panel.x"]


@pytest.mark.parametrize("changes", [None, 5, "panel.need"])
def test_but_refuses_what_is_no_mapping(changes: Any) -> None:
    assert "must be a mapping of paths to values" in str(refusal(BASE.but, changes))


# ---- settings


@pytest.mark.parametrize(
    ("text", "setting"),
    [
        ("a.b=6", ("a.b", 6)),
        ("a.b = 6.5", ("a.b", 6.5)),
        ("a=true", ("a", True)),
        ("a=[1, 2]", ("a", [1, 2])),
        ("a={ family = 'exponential', mean = 10 }", ("a", {"family": "exponential", "mean": 10})),
        ("a=pooled", ("a", "pooled")),
        ('a="none"', ("a", "none")),
        ("a=none", ("a", None)),
        ("a=", ("a", "")),
        ("a=1=2", ("a", "1=2")),
        ("a=08:00-12:00", ("a", "08:00-12:00")),
        ("a=1\nb = 2", ("a", "1\nb = 2")),
    ],
)
def test_parse_setting(text: str, setting: tuple[str, Any]) -> None:
    assert parse_setting(text) == setting


def test_parse_setting_reads_dates() -> None:
    path, value = parse_setting("start=2026-02-01")
    assert BASE.but({path: value}).start.isoformat() == "2026-02-01"


@pytest.mark.parametrize("text", ["panel", "=5", "", " = 5"])
def test_parse_setting_refuses(text: str) -> None:
    (problem,) = refusal(parse_setting, text).problems
    assert problem.rule == "is not of the form path=value"
    assert problem.value == text


def test_every_preset_can_be_built_from_its_own_parts() -> None:
    parts = {name: getattr(BASE, name) for name in Scenario.model_fields}
    assert Scenario(**parts) == BASE
