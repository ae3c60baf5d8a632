"""Progress: what a user sees while replications run.

Comes in: a callable, True, or nothing. Goes out: a callable (done, total). A bar goes to the
standard error stream of a terminal, or into a notebook; nothing is shown anywhere else.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module

Progress = Callable[[int, int], None]


@contextmanager
def shown(
    progress: Progress | bool | None, total: int, label: str = "Replications"
) -> Iterator[Progress]:
    """Give the callable to report to: the user's own, one that moves a bar, or an idle one.

    Examples
    --------
    >>> seen = []
    >>> with shown(lambda done, total: seen.append((done, total)), 3) as report:
    ...     report(3, 3)
    >>> seen
    [(3, 3)]
    """
    if callable(progress):
        yield progress
        return
    if not progress or not can_show():
        yield lambda done, total: None
        return
    if _in_notebook():
        with _notebook_bar(total, label) as report:
            yield report
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    console = Console(stderr=True)
    columns = (TextColumn(label), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(label, total=total)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def can_show() -> bool:
    """Return whether a bar can be seen: in a notebook, or on a terminal."""
    from rich.console import Console

    return _in_notebook() or Console(stderr=True).is_terminal


def _in_notebook() -> bool:
    """Whether this runs in a notebook's kernel: rich would need widgets for a bar there."""
    shell = sys.modules.get("IPython")
    return shell is not None and type(shell.get_ipython()).__name__ == "ZMQInteractiveShell"


@contextmanager
def _notebook_bar(total: int, label: str) -> Iterator[Progress]:
    """Give the callable that moves a bar below the cell; the bar goes away at the end."""
    display = import_module("IPython.display").display  # without types

    def bar(done: int) -> dict[str, str]:
        text = f"{label}: {done} of {total}"
        html = f'<progress value="{done}" max="{total}"></progress> {text}'
        return {"text/html": html, "text/plain": text}

    handle = display(bar(0), raw=True, display_id=True)
    try:
        yield lambda done, total: handle.update(bar(done), raw=True)
    finally:
        handle.update({"text/html": "", "text/plain": ""}, raw=True)
