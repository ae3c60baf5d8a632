"""Pages for narrow terminals: lines that are too long are folded where it hurts least.

Comes in: a page of text, made for a width of its own, and the columns that there are. Goes out: the
same words in lines that fit, where they can. Knows no command.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Final

GAP: Final = re.compile(r"\S {2,}\S")
"""Between the cells of a table."""

LABEL: Final = re.compile(r" {0,8}\S+(?: \S+)*")
"""What a row of a table begins with; what stands further to the right is no label."""

BULLET: Final = re.compile(r" *(?:[-–] |\d+\. )?")

FEWEST_OF_LABEL: Final = 18
"""Characters of a label that stand beside each other, at least."""

NO_BREAK: Final = "\N{NO-BREAK SPACE}"


def narrowed(page: str, width: int, made_for: int) -> str:
    """Return a page whose lines have at most `width` characters, where that can be.

    Paragraphs are wrapped anew. In a table whose rows are too long amounts stand nearer to the
    label; where there are several, below it. Blocks that fit stay as they are.

    Parameters
    ----------
    page : str
    width : int
    made_for : int
        The width at which the page's own paragraphs were wrapped.

    Examples
    --------
    >>> print(narrowed("Net             $1,900 (1,200 to 2,600)", 32, 88))
    Net      $1,900 (1,200 to 2,600)
    >>> print(narrowed("More hours  1,900 ± 300  likely", 24, 88))
    More hours
         1,900 ± 300  likely
    """
    return "\n".join(line for block in _blocks(page) for line in _folded(block, width, made_for))


def labels_wrapped(table: str, labels: int, width: int) -> str:
    """Return a table whose labels go on below, so that its rows have at most `width` characters.

    Parameters
    ----------
    table : str
    labels : int
        Characters of its longest label, at the beginning of its rows.
    width : int
        The table stays as it is where it fits, or would leave a label fewer than FEWEST_OF_LABEL.

    Examples
    --------
    >>> print(labels_wrapped("+ what patients do not answer  12", 29, 24))
    + what patients do    12
      not answer
    """
    lines = table.splitlines()
    room = labels + width - max(map(len, lines), default=0)
    if not FEWEST_OF_LABEL <= room < labels:
        return table
    wrapped: list[str] = []
    for line in lines:
        label = line[:labels]
        margin = " " * (len(label) - len(label.lstrip()) + 2)
        parts = textwrap.wrap(label, room, subsequent_indent=margin, break_long_words=False)
        first, *others = parts or [""]
        wrapped += [f"{first:<{room}}{line[labels:]}".rstrip(), *others]
    return "\n".join(wrapped)


def _blocks(page: str) -> Iterator[list[str]]:
    """Yield runs of lines of one kind: of a table, of a text, or empty."""
    kinds = groupby(page.splitlines(), lambda line: (bool(line.strip()), bool(GAP.search(line))))
    return (list(lines) for _, lines in kinds)


def _folded(block: Sequence[str], width: int, made_for: int) -> Iterable[str]:
    if max(map(len, block)) <= width:
        return block
    if not GAP.search(block[0]):
        return _wrapped(block, width, made_for)
    if all(len(GAP.findall(line)) == 1 for line in block):
        return (_nearer(line, width) for line in block)
    return _below(block, width)


def _wrapped(block: Sequence[str], width: int, made_for: int) -> Iterator[str]:
    """Yield the lines of paragraphs; one goes on where its line had no room for the next word."""
    paragraphs: list[str] = []
    last = ""
    for line in block:
        full = len(last) + 1 + len(line.split()[0]) > made_for
        blanks = len(line) - len(line.lstrip())
        if paragraphs and full and blanks == _indent(paragraphs[-1]):
            paragraphs[-1] += f" {line.strip()}"
        else:
            paragraphs.append(line)
        last = line
    for each in paragraphs:
        text = each.replace(" %", f"{NO_BREAK}%")
        margin = " " * _indent(each)
        for line in textwrap.wrap(text, width, subsequent_indent=margin, break_long_words=False):
            yield line.replace(NO_BREAK, " ")


def _indent(line: str) -> int:
    """Return where the words of a line begin, after blanks and a bullet."""
    found = BULLET.match(line)
    return found.end() if found else 0


def _nearer(line: str, width: int) -> str:
    """Return a label and its amount in one line, or in two."""
    if len(line) <= width:
        return line
    label, amount = re.split(r"(?<=\S) {2,}", line, maxsplit=1)
    if len(label) + 2 + len(amount) <= width:
        return f"{label}{amount:>{width - len(label)}}"
    return f"{label}\n{amount:>{width}}"


def _below(block: Sequence[str], width: int) -> list[str]:
    """Return rows with their amounts below their labels; as they are where that does not help."""
    away = max(map(len, block)) - width
    lines = []
    for row in block:
        found = LABEL.match(row)
        label = found.group() if found else ""
        amounts = " " * len(label) + row[len(label) :]
        if amounts[:away].strip():
            return list(block)
        lines += [*([label] if label else []), amounts[away:].rstrip()]
    return lines
