"""How often Python looks for garbage: for programs that make many objects and throw few away.

Comes in: nothing. Goes out: a context. Changes no result.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

ALLOCATED: Final = 100_000
"""Objects that are made before garbage is looked for; Python's own number is 700."""


@contextmanager
def seldom_collecting() -> Iterator[None]:
    """Let Python look for garbage seldom: what an import or the compiler makes mostly stays.

    Examples
    --------
    >>> import gc
    >>> with seldom_collecting():
    ...     gc.get_threshold()[0]
    100000
    """
    before = gc.get_threshold()
    gc.set_threshold(ALLOCATED, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
