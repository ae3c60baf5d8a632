"""What holds for every scenario: it survives being written, sent, reordered and relabelled."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel
from tests.properties.strategies import Values, scenarios, values

from ccmsim.errors import InputError, Problem
from ccmsim.scenario import Scenario, dumps, loads
from ccmsim.scenario.changing import paths
from ccmsim.scenario.values import plain


def reordered(tree: Any, random: Any) -> Any:
    """Return the same tables with their names in another order."""
    if not isinstance(tree, dict):
        return tree
    names = list(tree)
    random.shuffle(names)
    return {name: reordered(tree[name], random) for name in names}


@given(scenarios())
def test_toml_round_trip_is_exact(scenario: Scenario) -> None:
    again = loads(dumps(scenario))
    assert again == scenario
    assert again.fingerprint == scenario.fingerprint
    assert dumps(again) == dumps(scenario)


@given(scenarios())
def test_a_pickle_is_an_equal_value(scenario: Scenario) -> None:
    again = pickle.loads(pickle.dumps(scenario))
    assert again == scenario
    assert hash(again) == hash(scenario)


@given(values(), st.randoms(use_true_random=False))
def test_order_of_tables_changes_nothing(tree: Values, random: Any) -> None:
    scenario, other = Scenario(**tree), Scenario(**reordered(tree, random))
    assert other == scenario
    assert other.fingerprint == scenario.fingerprint
    assert other.seats() == scenario.seats()


@given(values())
def test_labels_of_staff_groups_change_no_seat(tree: Values) -> None:
    # The alphabet is turned round, so that an order by name would show.
    names = sorted(tree["staff"])
    new = dict(zip(names, ["x3", "x2", "x1"], strict=False))
    entries = {
        name: {**entry, "staff": [new[group] for group in entry["staff"]]}
        if entry.get("staff")
        else entry
        for name, entry in tree["disruptions"].items()
    }
    other = {
        **tree,
        "staff": {new[name]: group for name, group in tree["staff"].items()},
        "disruptions": entries,
    }
    before, after = Scenario(**tree), Scenario(**other)
    assert [group for _, group in after.seats()] == [group for _, group in before.seats()]
    assert struck(after) == struck(before)


def struck(scenario: Scenario) -> list[list[str]]:
    """Return by seat the disruptions that name its group."""
    return [
        sorted(
            entry
            for entry, disruption in scenario.disruptions.items()
            if name in (getattr(disruption, "staff", None) or ())
        )
        for name, _ in scenario.seats()
    ]


@given(scenarios(), st.data())
def test_setting_a_value_to_itself_is_no_change(scenario: Scenario, data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(sorted(paths(scenario))))
    node: Any = scenario
    for step in path.split("."):
        node = getattr(node, step) if isinstance(node, BaseModel) else node[step]
    assert scenario.but({path: node}) == scenario
    assert scenario.but({path: plain(node)}) == scenario


def numbers_of(tree: Any, prefix: str = "") -> Iterator[str]:
    if isinstance(tree, dict):
        for name, item in tree.items():
            yield from numbers_of(item, f"{prefix}.{name}" if prefix else name)
    elif isinstance(tree, int | float) and not isinstance(tree, bool):
        yield prefix


@given(
    scenarios(),
    st.data(),
    st.sampled_from(["text", True, float("nan"), float("inf"), 1e13, -1e13, "7", None, [1], {}]),
)
def test_a_wild_value_is_refused_or_gives_a_sound_scenario(
    scenario: Scenario, data: st.DataObject, wild: object
) -> None:
    path = data.draw(st.sampled_from(sorted(numbers_of(plain(scenario)))))
    found: tuple[Problem, ...] = ()
    try:
        changed = scenario.but({path: wild})
    except InputError as error:
        found = error.problems
    else:
        assert wild is None, "only a value that may be left out takes one of these"
        assert loads(dumps(changed)) == changed
    assert all(problem.field and problem.rule and problem.valid for problem in found)
