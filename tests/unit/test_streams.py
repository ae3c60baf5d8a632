"""The generator against its published answers, and the table of streams against itself."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ccmsim import streams
from ccmsim.compiling import jit
from ccmsim.errors import InputError
from ccmsim.streams import STREAMS, entry_stream, refuse_collisions
from ccmsim.studies.accuracy.known import ONES, PUBLISHED

philox: Any = streams.philox4x32_10
uniforms: Any = streams.uniforms
fill_uniforms: Any = streams.fill_uniforms
_fill_two: Any = streams.fill_two

# Two names whose SHA-256 agree in their first 32 bits but for the top one, found by search.
COLLIDING = ("leave 37132", "leave 45362")


def words(values: list[int]) -> list[np.uint64]:
    return [np.uint64(value) for value in values]


@pytest.fixture
def interpreted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every function of the generator be plain Python, also those that others call."""
    for name in ("_round", "_unit", "_masked", "philox4x32_10", "uniforms", "fill_uniforms"):
        monkeypatch.setattr(streams, name, getattr(streams, name).py_func)


@pytest.mark.parametrize(("counter", "key", "answer"), PUBLISHED)
def test_philox_gives_the_published_words(
    counter: list[int], key: list[int], answer: list[int]
) -> None:
    assert [int(word) for word in philox(*words(counter), *words(key))] == answer


@pytest.mark.usefixtures("interpreted")
@pytest.mark.parametrize(("counter", "key", "answer"), PUBLISHED)
def test_interpreted_philox_gives_them_too(
    counter: list[int], key: list[int], answer: list[int]
) -> None:
    plain: Any = streams.philox4x32_10
    assert plain is not philox
    assert [int(word) for word in plain(*words(counter), *words(key))] == answer


@pytest.mark.parametrize(("counter", "key", "answer"), PUBLISHED)
def test_two_halves_come_from_the_words_in_order(
    counter: list[int], key: list[int], answer: list[int]
) -> None:
    index, month, entity, stream = counter
    seed, replication = key
    first = (((answer[0] << 32) | answer[1]) >> 12) + 0.5
    second = (((answer[2] << 32) | answer[3]) >> 12) + 0.5
    assert uniforms(seed, replication, stream, entity, month, index) == (
        first / 2**52,
        second / 2**52,
    )


@pytest.mark.parametrize(("word", "expected"), [(0, 2.0**-53), (ONES, 1.0 - 2.0**-53)])
def test_extreme_words_give_neither_zero_nor_one(
    monkeypatch: pytest.MonkeyPatch, word: int, expected: float
) -> None:
    monkeypatch.setattr(streams, "philox4x32_10", lambda *_: words([word] * 4))
    assert uniforms.py_func(0, 0, 0, 0, 0, 0) == (expected, expected)


@pytest.mark.usefixtures("interpreted")
def test_compiled_and_interpreted_uniforms_have_the_same_bits() -> None:
    rng = np.random.default_rng(20250101)
    for row in rng.integers(0, 2**32, size=(2000, 6)).tolist():
        assert uniforms(*row) == streams.uniforms(*row)


WORDS = st.one_of(st.integers(0, ONES), st.sampled_from([0, 1, 2**31 - 1, 2**31, ONES - 1, ONES]))


@given(
    key=st.tuples(WORDS, WORDS, WORDS),
    counters=st.lists(st.tuples(WORDS, WORDS, WORDS), max_size=40),
)
@example(key=(ONES, ONES, ONES), counters=[(ONES, ONES, ONES)] * 9)
@example(key=(0, 0, 0), counters=[(0, 0, 0)])
def test_uniforms_side_by_side_are_those_of_each_key(
    key: tuple[int, int, int], counters: list[tuple[int, int, int]]
) -> None:
    entities, months, indices = np.array(counters, np.int64).reshape(-1, 3).T.copy()
    first, second = np.full((2, len(counters)), np.nan)
    fill_uniforms(*key, entities, months, indices, first, second)
    expected = [uniforms(*key, *counter) for counter in counters]
    assert list(zip(first.tolist(), second.tolist(), strict=True)) == expected


@pytest.mark.parametrize("size", [1, 7, 256, 4099])
def test_many_uniforms_side_by_side_are_those_of_each_key(size: int) -> None:
    rng = np.random.default_rng(size)
    entities, months, indices = rng.integers(0, 2**32, size=(3, size))
    first, second = np.full((2, size + 1), np.nan)  # the last one is nobody's
    fill_uniforms(7, 3, 2**31 + 5, entities, months, indices, first[:-1], second[:-1])
    keys = zip(entities.tolist(), months.tolist(), indices.tolist(), strict=True)
    expected = np.array([uniforms(7, 3, 2**31 + 5, *key) for key in keys])
    assert first[:-1].tolist() == expected[:, 0].tolist()
    assert second[:-1].tolist() == expected[:, 1].tolist()
    assert np.isnan([first[-1], second[-1]]).all()


@jit
def of_two(of_both: Any, keys: Any, planes: Any) -> None:
    rows = planes[0], planes[1], planes[2], planes[3]
    _fill_two(7, 3, (of_both[0], of_both[1]), keys[0], keys[1], keys[2], rows)


@pytest.mark.parametrize("size", [1, 7, 256, 4099])
def test_uniforms_of_two_streams_are_those_of_each(size: int) -> None:
    of_both = np.array([14, 2**31 + 5])
    keys = np.random.default_rng(size).integers(0, 2**32, size=(3, size))
    both, one = np.full((2, 4, size), np.nan)
    of_two(of_both, keys, both)
    for k, stream in enumerate(of_both.tolist()):
        fill_uniforms(7, 3, stream, *keys, one[2 * k], one[2 * k + 1])
    assert both.tobytes() == one.tobytes()


@pytest.mark.usefixtures("interpreted")
def test_compiled_and_interpreted_uniforms_side_by_side_have_the_same_bits() -> None:
    keys = np.random.default_rng(1).integers(0, 2**32, size=(3, 300))
    compiled, plain = np.zeros((2, 2, 300))
    fill_uniforms(7, 3, 2**31 + 5, *keys, *compiled)
    streams.fill_uniforms(7, 3, 2**31 + 5, *keys, *plain)
    assert compiled.tobytes() == plain.tobytes()


def test_every_coordinate_matters() -> None:
    base = [7, 3, 14, 20, 5, 1]
    values = {uniforms(*base)}
    for place in range(6):
        for change in (1, 2**31):
            values.add(uniforms(*[x + change * (i == place) for i, x in enumerate(base)]))
    assert len(values) == 13
    assert len({half for pair in values for half in pair}) == 26


def test_stream_numbers_are_unique_and_below_those_of_users() -> None:
    numbers = [stream.number for stream in STREAMS.values()]
    assert len(set(numbers)) == len(numbers)
    assert min(numbers) >= 1
    assert max(numbers) < 2**31


@pytest.mark.parametrize("name", ["", "sick", "Sick", "congé", "a name of many words " * 20])
def test_entry_streams_are_apart_from_named_streams(name: str) -> None:
    assert 2**31 <= entry_stream(name) < 2**32


def test_an_entry_keeps_its_stream_for_ever() -> None:
    # `printf sick | sha256sum` begins with 3b048378; the top bit is set.
    assert entry_stream("sick") == 0x3B048378 | 1 << 31
    assert entry_stream("sick") != entry_stream("sick ")


def test_names_that_share_a_stream_are_refused() -> None:
    first, second = COLLIDING
    assert entry_stream(first) == entry_stream(second)
    with pytest.raises(InputError) as caught:
        refuse_collisions(["sick", first, "leave", second])
    (problem,) = caught.value.problems
    assert problem.field == f"disruptions.{second}"
    assert f"same random stream as disruptions.{first}" in problem.rule
    assert problem.value == second
    assert problem.valid == "another name for one of them"


def test_names_with_streams_of_their_own_are_taken() -> None:
    refuse_collisions([])
    refuse_collisions(["sick", "leave", "sick"])
