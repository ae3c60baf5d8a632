"""A scenario's parts as plain values: what TOML and JSON can hold.

Comes in: any part, law or mapping. Goes out: dicts, lists, numbers, texts, dates. Checks nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from pydantic import BaseModel


def plain(value: Any) -> Any:
    """Return the value in plain form; what is None is left out, and constants are bare numbers.

    Examples
    --------
    >>> from ccmsim.scenario.documentation import Loss
    >>> plain(Loss(entry_loss_share=0.25))
    {'entry_loss_share': 0.25, 'minute_loss_share': 0.0}
    """
    if isinstance(value, BaseModel):
        value = value.model_dump(exclude_none=True)
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, float):
        return value + 0.0  # no negative zero: equal values are written alike
    return value


def canonical(value: Any) -> str:
    """Return the one JSON text of a plain value: sorted names, shortest exact floats.

    Examples
    --------
    >>> canonical({"b": 0.1, "a": [1, True]})
    '{"a":[1,true],"b":0.1}'
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), default=_text)


def _text(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no canonical text")
