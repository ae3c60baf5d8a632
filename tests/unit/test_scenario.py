"""The scenario as a value: defaults, what never changes, equality, seats and shifts."""

from __future__ import annotations

import copy
import math
import pickle
import subprocess
import sys
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from ccmsim.distributions import Beta, Constant, Gamma, Geometric, Lognormal
from ccmsim.errors import InputError
from ccmsim.frozen import FrozenMapping
from ccmsim.scenario import Scenario, load
from ccmsim.scenario.base import Number
from ccmsim.scenario.contact import Contact
from ccmsim.scenario.disruptions import CAUSES, ExtendedLeave, Outage, SickSpells, Turnover
from ccmsim.scenario.operations import Operations
from ccmsim.scenario.panel import Panel
from ccmsim.scenario.staff import WEEKDAYS, StaffGroup, clock_minutes, span_minutes

SMALL: dict[str, Any] = {
    "panel": {"enrolled_at_start": 3},
    "staff": {"nurse": {"hours_per_week": 4.0}},
}


def small(**more: Any) -> Scenario:
    return Scenario(**{**SMALL, **more})


def test_only_panel_and_staff_are_required() -> None:
    scenario = small()
    assert scenario.contact == Contact()
    assert dict(scenario.disruptions) == {}
    assert scenario.start.isoformat() == "2026-01-01"


def test_parts_may_be_given_as_values_or_as_parts() -> None:
    built = Scenario(
        panel=Panel(enrolled_at_start=3),
        staff=FrozenMapping({"nurse": StaffGroup(hours_per_week=4.0)}),
    )
    assert built == small()


def test_defaults_are_the_evidence() -> None:
    contact, sick, outage = Contact(), SickSpells(), Outage()
    logarithmic = math.sqrt(math.exp(0.56**2) - 1.0)
    assert isinstance(contact.call_minutes, Lognormal)
    assert contact.call_minutes.cv == pytest.approx(logarithmic, abs=1e-5)
    assert contact.answer_probability == Beta(a=0.7, b=0.75)
    assert contact.notes_minutes == Constant(value=5.0)
    assert sick.length_days == Geometric(mean=3.0)
    assert isinstance(outage.length_minutes, Lognormal)
    assert outage.length_minutes.quantile(0.5) == pytest.approx(120.0, abs=1e-3)
    assert ExtendedLeave().paid_share == 0.3
    assert Turnover().paid_share == 0.0
    need = Panel(enrolled_at_start=1).need
    assert isinstance(need, Gamma)
    assert need.variance() == pytest.approx(1.0 / 1.148, abs=1e-5)


def test_every_disruption_has_a_cause_or_changes_others() -> None:
    kinds = {"sick_spells", "planned_leave", "extended_leave", "floor_cover", "closure", "outage"}
    assert set(CAUSES) == kinds | {"vacancy", "ramp"}


@pytest.mark.parametrize(
    ("table", "key", "value"),
    [
        ("staff", "nurse", None),
        ("staff", "other", StaffGroup(hours_per_week=1.0)),
        ("disruptions", "sick", SickSpells()),
    ],
)
def test_tables_never_change(table: str, key: str, value: object) -> None:
    held: Any = getattr(small(), table)
    with pytest.raises(TypeError, match="item assignment"):
        held[key] = value
    with pytest.raises(TypeError, match="item deletion"):
        del held[key]
    with pytest.raises(AttributeError):
        held._entries = {}
    assert not hasattr(held, "update")


def test_tables_of_parts_never_change() -> None:
    scenario = small(finance={"fees_usd": {"99490": 70}})
    shifts: Any = StaffGroup(shifts={"monday": ["09:00-12:00"]}).shifts  # type: ignore[arg-type]
    fees: Any = scenario.finance.fees_usd
    with pytest.raises(TypeError):
        shifts["tuesday"] = ()
    with pytest.raises(TypeError):
        fees["99490"] = Decimal(1)


def test_a_table_does_not_follow_what_it_was_made_of() -> None:
    groups = {"nurse": StaffGroup(hours_per_week=4.0)}
    scenario = small(staff=groups)
    groups["other"] = StaffGroup(hours_per_week=1.0)
    assert list(scenario.staff) == ["nurse"]


@pytest.mark.parametrize("path", ["name", "panel", "staff"])
def test_fields_never_change(path: str) -> None:
    with pytest.raises(ValidationError, match="frozen"):
        setattr(small(), path, getattr(small(), path))
    with pytest.raises(ValidationError, match="frozen"):
        setattr(small().panel, "enrolled_at_start", 4)  # noqa: B010


def test_copies_and_pickles_are_equal_and_hash_alike() -> None:
    scenario = load("structured_75")
    for other in (
        copy.copy(scenario),
        copy.deepcopy(scenario),
        pickle.loads(pickle.dumps(scenario)),
    ):
        assert other == scenario
        assert hash(other) == hash(scenario)
    assert len({scenario, copy.deepcopy(scenario), scenario.but({"start": "2026-02-01"})}) == 2


def test_fingerprint_is_the_same_in_another_process() -> None:
    code = "from ccmsim.scenario import load; s = load('two_nurses'); print(s.fingerprint, hash(s))"
    seen = {
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(filter(None, sys.path))},
        ).stdout
        for seed in ("1", "2")
    }
    scenario = load("two_nurses")
    assert seen == {f"{scenario.fingerprint} {hash(scenario)}\n"}


def test_import_is_light() -> None:
    code = (
        "import sys; from ccmsim.scenario import load; load('perfect').seats(); print(*sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": ":".join(filter(None, sys.path))},
    )
    assert not {"numpy", "numba", "pandas", "scipy"} & set(done.stdout.split())


def test_frozen_mapping_compares_and_hashes_by_entries() -> None:
    one, other = FrozenMapping({"a": 1, "b": 2}), FrozenMapping([("b", 2), ("a", 1)])
    assert one == other == {"a": 1, "b": 2}
    assert hash(one) == hash(other)
    assert one != {"a": 1}
    assert repr(one) == "{'a': 1, 'b': 2}"
    with pytest.raises(AttributeError):
        del one._entries


def test_numbers_of_numpy_become_plain_ones() -> None:
    scenario = small().but(
        {"panel.enrolled_at_start": np.int64(5), "finance.wage_load": np.float64(1.5)}
    )
    assert type(scenario.panel.enrolled_at_start) is int
    assert type(scenario.finance.wage_load) is float
    assert scenario.fingerprint == small().but(
        {"panel.enrolled_at_start": 5, "finance.wage_load": 1.5}
    ).fingerprint  # fmt: skip


def test_negative_zero_is_zero() -> None:
    assert math.copysign(1.0, Number().check(-0.0)) == 1.0
    one, other = (small(contact={"inbound_minutes": zero}) for zero in (0.0, -0.0))
    assert one == other
    assert one.fingerprint == other.fingerprint


def test_lists_without_an_order_are_put_in_order() -> None:
    operations = Operations(closed_days=("2026-07-02", "2026-01-02", "2026-07-02"))  # type: ignore[arg-type]
    assert [day.isoformat() for day in operations.closed_days] == ["2026-01-02", "2026-07-02"]
    group = StaffGroup(hours_per_week=4.0, weekdays=("friday", "monday"))
    assert group.weekdays == ("monday", "friday")
    assert SickSpells(staff=("b", "a", "b")).staff == ("a", "b")


def test_hours_are_centred_on_noon() -> None:
    week = StaffGroup(hours_per_week=16.0).week_minutes()
    assert week == (((624.0, 816.0),),) * 5  # 10:24 to 13:36
    assert StaffGroup(hours_per_week=0.0).week_minutes() == ((),) * 5
    two_days = StaffGroup(hours_per_week=4.0, weekdays=("tuesday", "friday")).week_minutes()
    assert two_days == ((), ((660.0, 780.0),), (), (), ((660.0, 780.0),))


def test_shifts_are_as_written() -> None:
    group = StaffGroup(shifts={"thursday": ["00:00 - 01:00", "23:00-24:00"]})  # type: ignore[arg-type]
    assert group.shifts is not None
    assert group.shifts["thursday"] == ("00:00-01:00", "23:00-24:00")
    assert group.week_minutes()[WEEKDAYS.index("thursday")] == ((0.0, 60.0), (1380.0, 1440.0))
    assert group.protected_minutes_per_week() == 120.0


@pytest.mark.parametrize(("text", "minute"), [("00:00", 0.0), ("09:05", 545.0), ("24:00", 1440.0)])
def test_clock(text: str, minute: float) -> None:
    assert clock_minutes(text) == minute


@pytest.mark.parametrize("text", ["24:01", "9:00", "09:60", "29:00", "", "09:00:00", " 9:00"])
def test_clock_refuses(text: str) -> None:
    with pytest.raises(InputError, match="is not a time of day"):
        clock_minutes(text)


@pytest.mark.parametrize("text", ["09:00-09:00", "12:00-09:00"])
def test_a_shift_ends_after_its_start(text: str) -> None:
    with pytest.raises(InputError, match="must end after its start"):
        span_minutes(text)


def groups(**settings: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return settings


def test_seats_come_by_protected_minutes_most_first() -> None:
    staff = groups(a={"hours_per_week": 4.0}, b={"hours_per_week": 8.0, "coordinators": 2})
    assert [name for name, _ in small(staff=staff).seats()] == ["b", "b", "a"]


def test_seats_of_equal_minutes_come_by_their_values() -> None:
    staff = groups(
        a={"hours_per_week": 4.0, "wage_usd_per_hour": 45.0},
        b={"hours_per_week": 4.0, "wage_usd_per_hour": 22.0},
    )
    swapped = {"a": staff["b"], "b": staff["a"]}
    wages = [group.wage_usd_per_hour for _, group in small(staff=staff).seats()]
    assert wages == [group.wage_usd_per_hour for _, group in small(staff=swapped).seats()]


def test_identical_groups_are_told_apart_by_the_disruptions_that_name_them() -> None:
    staff = groups(a={"hours_per_week": 4.0}, b={"hours_per_week": 4.0})

    def seat_struck(name: str) -> int:
        entries = {"sick": {"kind": "sick_spells", "staff": [name]}}
        return [n for n, _ in small(staff=staff, disruptions=entries).seats()].index(name)

    assert seat_struck("a") == seat_struck("b")


def test_seats_do_not_follow_the_order_of_the_file() -> None:
    staff = groups(a={"hours_per_week": 4.0}, b={"hours_per_week": 4.0}, c={"hours_per_week": 9.0})
    backwards = dict(reversed(staff.items()))
    assert small(staff=staff).seats() == small(staff=backwards).seats()
