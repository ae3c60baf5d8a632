"""Records at an address: what is read and written is the i-th record, and nothing else."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.facts import same_bits

from ccmsim.memory import (
    accessor,
    address,
    aligned_zeros,
    clear,
    copy,
    lowest_flag,
    prefetcher,
    span,
)

ALIGNED = np.dtype(
    [("flag", np.bool_), ("whole", np.int64), ("small", np.int8), ("real", np.float64)], align=True
)
PACKED = np.dtype([("small", np.int8), ("real", np.float64), ("half", np.int32)])
HANDLE = np.dtype(
    [("flag", np.bool_), ("other", np.int64), ("records", np.int64), ("size", np.int64)], align=True
)


def functions(dtype: np.dtype[Any]) -> tuple[Any, Any]:
    """Return compiled functions that read a record's field `real`, and write it."""
    at = accessor("records", dtype)

    @numba.njit
    def read(handle: Any, i: int) -> Any:
        return at(handle, i).real

    @numba.njit
    def write(handle: Any, i: int, value: float) -> None:
        record = at(handle, i)
        record.real = value
        record.small += 1

    return read, write


DOORS = {dtype: functions(dtype) for dtype in (ALIGNED, PACKED)}
DTYPES = pytest.mark.parametrize("dtype", DOORS, ids=["aligned", "packed"])


def records(dtype: np.dtype[Any], size: int) -> tuple[Any, Any, Any]:
    """Return records full of different bits, others beside them, and a handle of both."""
    rng = np.random.default_rng(size)
    arrays = []
    for _ in range(2):
        array = np.zeros(size, dtype)
        for name in dtype.names or ():
            array[name] = rng.integers(0, 2 if name == "flag" else 100, size)
        arrays.append(array)
    handle = np.zeros(1, HANDLE)
    handle["other"], handle["records"] = (array.ctypes.data for array in arrays)
    handle["size"] = size
    return arrays[1], arrays[0], handle


@DTYPES
@given(size=st.integers(1, 40), data=st.data())
def test_the_ith_record_is_read_and_written_and_no_other(
    dtype: np.dtype[Any], size: int, data: st.DataObject
) -> None:
    read, write = DOORS[dtype]
    array, other, handle = records(dtype, size)
    expected, untouched, same = array.copy(), other.copy(), handle.copy()
    steps = st.lists(st.tuples(st.integers(0, size - 1), st.floats(allow_nan=False)), max_size=20)
    for i, value in data.draw(steps):
        assert read(handle[0], i) == expected["real"][i]
        write(handle[0], i, value)
        expected["real"][i] = value
        expected["small"][i] += 1
        assert read(handle[0], i) == value
    same_bits(array, expected)
    same_bits(other, untouched)
    same_bits(handle, same)


@DTYPES
@pytest.mark.parametrize("kind", [int, np.int32, np.int8, np.uint32, np.int64])
def test_every_kind_of_whole_number_is_an_index(dtype: np.dtype[Any], kind: Any) -> None:
    read, _ = DOORS[dtype]
    array, _, handle = records(dtype, 100)
    assert [read(handle[0], kind(i)) for i in range(100)] == array["real"].tolist()


def test_a_handle_that_points_elsewhere_reads_there() -> None:
    read, _ = DOORS[ALIGNED]
    array, other, handle = records(ALIGNED, 5)
    assert read(handle[0], 3) == array["real"][3]
    handle["records"] = other.ctypes.data
    assert read(handle[0], 3) == other["real"][3]
    handle["records"] = array[2:].ctypes.data
    assert read(handle[0], 1) == array["real"][3]


def test_an_unknown_field_is_refused_when_it_is_compiled() -> None:
    at = accessor("nowhere", ALIGNED)

    @numba.njit
    def read(handle: Any, i: int) -> Any:
        return at(handle, i).real

    _, _, handle = records(ALIGNED, 5)
    with pytest.raises(Exception, match="nowhere"):
        read(handle[0], 0)


def test_a_part_of_the_numbers_is_an_array() -> None:
    part = span("records", np.dtype([("value", np.float64)]))

    @numba.njit
    def fill(handle: Any, begin: int, length: int) -> Any:
        numbers = part(handle, begin, length)
        numbers[1:] = 7.0
        return numbers[0] + len(numbers)

    array, handle = np.arange(9.0), np.zeros(1, HANDLE)
    handle["records"] = array.ctypes.data
    assert fill(handle[0], 3, 4) == 7.0
    assert array.tolist() == [0.0, 1.0, 2.0, 3.0, 7.0, 7.0, 7.0, 7.0, 8.0]


@pytest.mark.parametrize("size", [1, 7, 1000])
@pytest.mark.parametrize("dtype", [ALIGNED, PACKED, np.dtype(np.float64)], ids=str)
def test_aligned_zeros_begin_with_a_line(dtype: np.dtype[Any], size: int) -> None:
    for array in [aligned_zeros(size, dtype) for _ in range(8)]:
        assert array.ctypes.data % 128 == 0
        assert (array.shape, array.dtype) == ((size,), dtype)
        assert array.flags.c_contiguous
        assert array.flags.writeable
        assert not array.view(np.uint8).any()
        array.view(np.uint8)[:] = 255  # it is the array's own memory


FLAG: Any = lowest_flag


@numba.njit
def lowest(word: int) -> Any:
    return FLAG(word)


def test_the_lowest_flag_of_a_word() -> None:
    for place in range(64):
        word = np.int64(-1) << np.int64(place)
        assert lowest(word) == place
        assert lowest(np.int64(1) << np.int64(place)) == place
    assert lowest(0b101000) == 3


@pytest.mark.parametrize("dtype", [ALIGNED, PACKED, np.dtype("V200")], ids=str)
def test_a_prefetch_changes_nothing(dtype: np.dtype[Any]) -> None:
    prefetch = prefetcher("records", dtype)

    @numba.njit
    def look_at(handle: Any, i: int) -> None:
        prefetch(handle, i)

    array = np.zeros(9, dtype)
    array.view(np.uint8)[:] = np.arange(array.nbytes) % 256
    handle = np.zeros(1, HANDLE)
    handle["records"] = array.ctypes.data
    before = array.tobytes()
    for i in (0, 4, 8, 10**6):  # one that is not there, too: it is only a hint
        look_at(handle[0], i)
    assert array.tobytes() == before
    code = "".join(look_at.inspect_llvm().values())
    lines = -(-dtype.itemsize // 64)  # and the last byte's, where records lie on borders of lines
    lines += dtype.itemsize % 64 != 0 and 64 % dtype.itemsize != 0
    assert code.count("call void @llvm.prefetch") % lines == 0
    assert code.count("call void @llvm.prefetch") >= lines


LARGE = np.dtype([("many", np.float64, 100), ("flag", np.bool_)])
"""801 bytes."""
CLEAR: Any = clear
COPY: Any = copy


@numba.njit
def cleared(rows: Any, i: int) -> None:
    CLEAR(rows[i])


@numba.njit
def copied(rows: Any, others: Any, i: int, j: int) -> None:
    COPY(rows[i], others[j])


def of_any_bytes(dtype: np.dtype[Any], size: int, seed: int) -> Any:
    data = np.random.default_rng(seed).integers(1, 256, size * dtype.itemsize, np.uint8)
    return data.view(dtype)


@pytest.mark.parametrize("dtype", [ALIGNED, PACKED, LARGE], ids=["aligned", "packed", "large"])
def test_a_record_is_cleared_or_copied_as_a_whole(dtype: np.dtype[Any]) -> None:
    rows, others = (of_any_bytes(dtype, 4, seed) for seed in (1, 2))
    expected, same = (of_all.view(np.uint8).reshape(4, -1).copy() for of_all in (rows, others))
    cleared(rows, 2)
    expected[2] = 0
    assert rows.tobytes() == expected.tobytes()
    copied(rows, others, 1, 3)
    expected[1] = same[3]
    assert rows.tobytes() == expected.tobytes()
    assert others.tobytes() == same.tobytes()


def test_a_large_record_is_not_copied_byte_by_byte() -> None:
    """As an assignment does it: 800 loads and stores in a loop take the optimiser seconds."""
    rows, others = (of_any_bytes(LARGE, 4, seed) for seed in (1, 2))
    copied(rows, others, 0, 0)
    cleared(rows, 0)
    for function in (copied, cleared):
        of_large = [
            code for kinds, code in function.inspect_llvm().items() if kinds[0].dtype.size == 801
        ]
        assert [code.count("store i8") < 20 for code in of_large] == [True]


def test_a_record_of_other_fields_is_not_copied() -> None:
    with pytest.raises(numba.errors.TypingError, match="copied over one of other fields"):
        copied(np.zeros(1, ALIGNED), np.zeros(1, PACKED), 0, 0)


REALS = np.dtype([("value", np.float64)])
ROW = np.dtype([("kind", np.float64), ("rest", np.float64, 3)])


@pytest.mark.parametrize(
    ("array", "record"),
    [
        (np.zeros(3, ALIGNED), ALIGNED),
        (np.zeros((2, 3), PACKED), PACKED),
        (np.zeros(3), REALS),
        (np.zeros((2, 3)), REALS),
        (np.zeros(0), REALS),
        (np.zeros((5, 4)), ROW),  # a row is a record
        (np.zeros(3, np.bool_), np.dtype([("value", np.bool_)])),
    ],
)
def test_an_address_is_that_of_the_array(array: Any, record: np.dtype[Any]) -> None:
    assert address("wait", array, record) == array.ctypes.data


@pytest.mark.parametrize(
    ("array", "record", "got"),
    [
        (np.zeros(3, np.float32), REALS, "float32, C-contiguous"),
        (np.zeros(3, np.int64), REALS, "int64, C-contiguous"),
        (np.zeros(6)[::2], REALS, "float64, with gaps"),
        (np.zeros((2, 3)).T, REALS, "float64, with gaps"),
        (np.zeros((5, 3)), ROW, "float64, C-contiguous"),  # not whole records
        (np.zeros(3), PACKED, "float64, C-contiguous"),
        (np.zeros(3, ALIGNED), np.dtype(ALIGNED.descr[:1]), "C-contiguous"),
        (np.zeros(3, PACKED), np.dtype(PACKED.descr[::-1]), "C-contiguous"),
    ],
)
def test_an_array_that_would_be_misread_is_refused(
    array: Any, record: np.dtype[Any], got: str
) -> None:
    with pytest.raises(TypeError, match=r"wait: must be a C-contiguous array of \{.*" + got):
        address("wait", array, record)
