"""Records at an address: how compiled functions reach many arrays through one small handle.

Comes in: a record with an array's address in a field. Goes out: the array's i-th record, to read
and to write. A function with two dozen arrays as arguments takes seconds to compile and longer to
call than to run; this way every step takes the same few pointers. As in all compiled array access,
the index is not checked. Whoever makes a handle keeps its arrays alive.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic
from numba.np import arrayobj

from ccmsim.arrays import Records

Handle: TypeAlias = Any
"""A record with addresses of arrays."""


_function: Any = cgutils.get_or_insert_function
_fill: Any = cgutils.memset
_copy_bytes: Any = cgutils.raw_memcpy
_arrays: Any = arrayobj

_LINE = 64
"""Bytes of a line of a processor's cache."""

_PAIR = 2 * _LINE


def aligned_zeros(length: int, dtype: np.dtype[Any]) -> Records:
    """Return zeros that begin with a pair of lines of the cache: 128 bytes take two, not three.

    What asks for a line may bring the other one of its pair.
    """
    raw = np.zeros(length * dtype.itemsize + _PAIR, np.uint8)
    begin = -raw.ctypes.data % _PAIR
    return raw[begin : begin + length * dtype.itemsize].view(dtype)


def address(name: str, array: np.ndarray[Any, Any], record: np.dtype[Any]) -> int:
    """Return where an array begins, for a handle; refuse one that accessors would misread.

    Parameters
    ----------
    name : str
        What the error calls the array.
    array : ndarray
        Of the record, or of plain numbers that make up whole records of the same numbers.
    record : dtype
        As given to `accessor`.

    Raises
    ------
    TypeError

    Examples
    --------
    >>> address("wait", np.zeros(3, np.int32), np.dtype([("value", np.int64)]))
    Traceback (most recent call last):
    TypeError: wait: must be a C-contiguous array of {'value': int64} (got int32, C-contiguous)
    """
    fields = {field: kind for field, (kind, *_) in (record.fields or {}).items()}
    plain = {kind.base for kind in fields.values()} == {array.dtype}
    fits = array.dtype == record or (plain and array.nbytes % record.itemsize == 0)
    if not (fits and array.flags.c_contiguous):
        wanted = "{" + ", ".join(f"{field!r}: {kind}" for field, kind in fields.items()) + "}"
        order = "C-contiguous" if array.flags.c_contiguous else "with gaps"
        raise TypeError(
            f"{name}: must be a C-contiguous array of {wanted} (got {array.dtype}, {order})"
        )
    return int(array.ctypes.data)


def _lowest_flag(typingctx: Any, word: Any) -> Any:
    """Return the place of the lowest flag that is set in a word (int64, not 0): compiled only."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.cttz(args[0], ir.Constant(ir.IntType(1), 1))

    return types.int64(types.int64), codegen


lowest_flag: Any = intrinsic(_lowest_flag)


def _clear(typingctx: Any, record: Any) -> Any:
    """Fill a record with zeros: compiled only."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        size = ir.Constant(ir.IntType(64), signature.args[0].size)
        _fill(builder, args[0], size, 0)
        return context.get_dummy_value()

    return types.none(record), codegen


clear: Any = intrinsic(_clear)


def _copy(typingctx: Any, to: Any, record: Any) -> Any:
    """Copy a record over another one of the same fields: compiled only.

    An assignment does it byte by byte, hundreds of them, over which the optimiser takes seconds.
    """
    if to != record:
        raise numba.errors.TypingError("a record is copied over one of other fields")

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        one = ir.Constant(ir.IntType(64), 1)
        _copy_bytes(builder, args[0], args[1], one, signature.args[0].size)
        return context.get_dummy_value()

    return types.none(to, record), codegen


copy: Any = intrinsic(_copy)


def accessor(field: str, dtype: np.dtype[Any]) -> Any:
    """Return a compiled function (handle, i) -> the i-th record of the array behind `field`.

    Parameters
    ----------
    field : str
        The handle's field with the array's address, as `address` gives it.
    dtype : dtype
        The array's records; C-contiguous.
    """
    record = numba.from_dtype(dtype)

    @intrinsic
    def at(typingctx: Any, handle: Any, index: Any) -> Any:
        def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            place = _address(context, builder, signature, args, field, dtype)
            return builder.inttoptr(place, context.get_value_type(record))

        return record(handle, index), codegen

    return at


def span(field: str, dtype: np.dtype[Any]) -> Any:
    """Return a compiled function (handle, begin, length) -> a part of the numbers behind `field`.

    It gives an array, for loops side by side. `dtype` has one field, the number.
    """
    (kind,) = (number for number, *_ in (dtype.fields or {}).values())
    array = types.Array(numba.from_dtype(kind), 1, "C")

    @intrinsic
    def part(typingctx: Any, handle: Any, begin: Any, length: Any) -> Any:
        def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            place = _address(context, builder, signature, args, field, dtype)
            word = context.get_value_type(types.intp)
            size = ir.Constant(word, dtype.itemsize)
            made = _arrays.make_array(array)(context, builder)
            _arrays.populate_array(
                made,
                data=builder.inttoptr(place, made.data.type),
                shape=[context.cast(builder, args[2], signature.args[2], types.intp)],
                strides=[size],
                itemsize=size,
                meminfo=None,
            )
            return made._getvalue()

        return array(handle, begin, length), codegen

    return part


def prefetcher(field: str, dtype: np.dtype[Any]) -> Any:
    """Return a compiled function (handle, i) -> None that has the i-th record come to the cache.

    It changes nothing but time. Parameters as of `accessor`.
    """

    @intrinsic
    def prefetch(typingctx: Any, handle: Any, index: Any) -> Any:
        def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            byte, word = ir.IntType(8).as_pointer(), ir.IntType(32)
            kind = ir.FunctionType(ir.VoidType(), [byte, word, word, word])
            function = _function(builder.module, kind, "llvm.prefetch.p0i8")
            place = _address(context, builder, signature, args, field, dtype)
            offsets = [*range(0, dtype.itemsize, _LINE)]
            if dtype.itemsize % _LINE and _LINE % dtype.itemsize:  # it may lie on a border
                offsets.append(dtype.itemsize - 1)
            for offset in offsets:
                at = builder.inttoptr(builder.add(place, ir.Constant(place.type, offset)), byte)
                # to read; to be kept in all caches; data
                builder.call(function, [at, word(0), word(3), word(1)])
            return context.get_dummy_value()

        return types.none(handle, index), codegen

    return prefetch


def _address(
    context: Any, builder: Any, signature: Any, args: Any, field: str, dtype: np.dtype[Any]
) -> Any:
    """Compute the address of a record of the array behind a handle's field."""
    handle_type, index_type = signature.args[:2]
    word, byte = ir.IntType(64), ir.IntType(8)
    start = builder.bitcast(args[0], byte.as_pointer())
    place = builder.gep(start, [ir.Constant(word, handle_type.offset(field))])
    address = builder.load(builder.bitcast(place, word.as_pointer()))
    i = context.cast(builder, args[1], index_type, types.int64)
    return builder.add(address, builder.mul(i, ir.Constant(word, dtype.itemsize)))
