"""Progress: what a user sees while replications run.

Comes in: a callable, True, or nothing. Goes out: a callable (done, total). A bar goes to the
standard error stream of a terminal, or into a notebook; nothing is shown anywhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

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
    if not progress:
        yield lambda done, total: None
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
    visible = console.is_terminal or console.is_jupyter
    with Progress(*columns, console=console, transient=True, disable=not visible) as bar:
        task = bar.add_task(label, total=total)
        yield lambda done, total: bar.update(task, completed=done, total=total)
