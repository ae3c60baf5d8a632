"""A mapping that never changes, for values that are frozen all through.

Comes in: a dictionary. Goes out: an immutable mapping that hashes, pickles and is a pydantic field.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar, get_args

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

K = TypeVar("K")
V = TypeVar("V", covariant=True)


class FrozenMapping(Mapping[K, V]):
    """A mapping that never changes; equal to any mapping with the same entries.

    Examples
    --------
    >>> fees = FrozenMapping({"99490": 66})
    >>> fees["99490"], fees == {"99490": 66}, len(fees)
    (66, True, 1)
    """

    __slots__ = ("_entries",)
    _entries: dict[K, V]

    def __init__(self, entries: Mapping[K, V] | Iterable[tuple[K, V]] = ()) -> None:
        object.__setattr__(self, "_entries", dict(entries))

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("a frozen mapping never changes")

    def __delattr__(self, name: str) -> None:
        raise AttributeError("a frozen mapping never changes")

    def __getitem__(self, key: K) -> V:
        return self._entries[key]

    def __iter__(self) -> Iterator[K]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __hash__(self) -> int:
        return hash(frozenset(self._entries.items()))

    def __repr__(self) -> str:
        return repr(self._entries)

    def __reduce__(self) -> tuple[Any, ...]:
        return (FrozenMapping, (dict(self._entries),))

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        inner = handler.generate_schema(dict[get_args(source)])  # type: ignore[misc]
        return core_schema.no_info_after_validator_function(
            cls,
            inner,
            serialization=core_schema.wrap_serializer_function_ser_schema(
                lambda mapping, write: write(dict(mapping)), schema=inner
            ),
        )
