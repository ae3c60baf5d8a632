"""Comparing what replications left: bit for bit, field by field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ccmsim.engine.ledger import Facts


def same_bits(one: Any, other: Any, name: str = "") -> None:
    """Assert that two arrays are of one kind and shape and equal in every bit of every field."""
    first, second = np.asarray(one), np.asarray(other)
    assert first.dtype == second.dtype, name
    assert first.shape == second.shape, name
    if first.dtype.names is not None:
        for field in first.dtype.names:  # what lies between fields is nobody's
            same_bits(first[field], second[field], f"{name}.{field}")
    elif first.tobytes() != second.tobytes():
        np.testing.assert_array_equal(first, second, err_msg=name)
        raise AssertionError(f"{name}: equal numbers of different bits")


def same_facts(one: Facts, other: Facts) -> None:
    """Assert that two replications left the same facts."""
    for name, first, second in zip(Facts._fields, one, other, strict=True):
        same_bits(first, second, name)


def same_values(one: Mapping[str, Any], other: Mapping[str, Any]) -> None:
    """Assert that two results hold the same variables."""
    assert list(one) == list(other)
    for name, values in one.items():
        same_bits(values, other[name], name)
