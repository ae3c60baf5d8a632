"""Calling from a test what only compiled functions call."""

from __future__ import annotations

from typing import Any

import numba

from ccmsim.linking import Late


def door(function: Any) -> Any:
    """Return a compiled function for Python, whether it has a door of its own or not."""
    if not isinstance(function, Late):
        return function

    @numba.njit(error_model="numpy")
    def call(*arguments: Any) -> Any:
        return function(*arguments)

    return call
