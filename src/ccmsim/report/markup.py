"""Pieces of HTML: tables, paragraphs, pictures that lie in the page itself.

Comes in: plain text and figures. Goes out: HTML in which every text is escaped. Knows no analysis.
"""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from matplotlib.figure import Figure

STYLE: Final = """
:root { color-scheme: light; }
body { font: 16px/1.5 system-ui, "Segoe UI", Helvetica, Arial, sans-serif; color: #1b2733;
  background: #fff; max-width: 56rem; margin: 0 auto; padding: 2rem 1.5rem 4rem; }
h1 { font-size: 1.8rem; line-height: 1.2; margin: 0 0 .3rem; color: #08306b; }
h2 { font-size: 1.3rem; margin: 2.8rem 0 .6rem; padding-top: .6rem; color: #08306b;
  border-top: 2px solid #08306b; }
h3 { font-size: 1rem; margin: 1.6rem 0 .3rem; }
p { margin: .5rem 0; }
.quiet { color: #54616e; font-size: .92rem; }
table { border-collapse: collapse; width: 100%; margin: .4rem 0 1rem; font-size: .93rem; }
th, td { padding: .25rem .6rem .25rem 0; border-bottom: 1px solid #e3e8ee; text-align: left;
  vertical-align: top; overflow-wrap: break-word; }
th { font-weight: 600; border-bottom-color: #9fb3c8; }
td.amount, th.amount { text-align: right; font-variant-numeric: tabular-nums; }
td.amount { white-space: nowrap; }
table.wide { font-size: .8rem; }
td.sub { padding-left: 1.4rem; }
img { max-width: 100%; height: auto; display: block; margin: .8rem 0; }
.broad { overflow-x: auto; }
@media (max-width: 40rem) { .broad img { max-width: none; width: 42rem; } }
nav { display: flex; flex-wrap: wrap; gap: .1rem 1.1rem; }
a { color: #08519c; }
code { font-size: .9em; }
code span { white-space: nowrap; }
@media print { body { max-width: none; padding: 0; } h2 { break-after: avoid; }
  img, tr { break-inside: avoid; } nav { display: none; } .broad { overflow: visible; } }
"""


MOST_LETTERS: Final = 75
"""A table whose amounts take more letters side by side has smaller ones."""

MOST_IN_SIGHT: Final = 2
"""A table with more columns moves by itself in a narrow window."""


def document(title: str, body: Iterable[str]) -> str:
    """Return a whole page; it asks for nothing from anywhere."""
    head = (
        "<!DOCTYPE html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(title)}</title>",
        f"<style>{STYLE}</style>",
        "</head>",
        "<body>",
    )
    return "\n".join([*head, *body, "</body>", "</html>", ""])


def heading(text: str, level: int = 3, anchor: str = "") -> str:
    """Return a heading.

    Examples
    --------
    >>> heading("Net < 0")
    '<h3>Net &lt; 0</h3>'
    """
    name = f' id="{anchor}"' if anchor else ""
    return f"<h{level}{name}>{escape(text)}</h{level}>"


def words(text: str, *, quiet: bool = False) -> str:
    """Return a paragraph; what stands between backticks is code.

    Examples
    --------
    >>> words("see `results.data`")
    '<p>see <code>results.data</code></p>'
    """
    kind = ' class="quiet"' if quiet else ""
    return f"<p{kind}>{_marked(text)}</p>"


def table(headings: Sequence[str], rows: Iterable[Sequence[str]], *, texts: int = 1) -> str:
    """Return a table; the first columns are texts, the others amounts.

    Parameters
    ----------
    headings : sequence of str
        Empty: none are shown.
    rows : iterable of sequence of str
        A label that begins with blanks is part of the one above it.
    texts : int
        Columns that are no amounts.

    Examples
    --------
    >>> print(table(["", "USD"], [("net", "5")]))
    <table>
    <tr><th></th><th class="amount">USD</th></tr>
    <tr><td>net</td><td class="amount">5</td></tr>
    </table>
    """
    rows = list(rows)
    wide = sum(max(map(len, column)) for column in [*zip(*rows, strict=True)][texts:])
    lines = ['<table class="wide">' if wide > MOST_LETTERS else "<table>"]
    if headings:
        cells = (_cell("th", place, name, texts) for place, name in enumerate(headings))
        lines.append(f"<tr>{''.join(cells)}</tr>")
    for row in rows:
        cells = (_cell("td", place, text, texts) for place, text in enumerate(row))
        lines.append(f"<tr>{''.join(cells)}</tr>")
    made = "\n".join([*lines, "</table>"])
    return _broad(made) if rows and len(rows[0]) > MOST_IN_SIGHT else made


def _cell(tag: str, place: int, text: str, texts: int) -> str:
    kind = ' class="amount"' if place >= texts else ' class="sub"' if text[:1] == " " else ""
    return f"<{tag}{kind}>{_marked(text.strip())}</{tag}>"


def _marked(text: str) -> str:
    """Return text with what stands between backticks as code."""
    return re.sub("`([^`]+)`", lambda code: f"<code>{_unbroken(code[1])}</code>", escape(text))


def _unbroken(code: str) -> str:
    """Return code whose options are not broken at their hyphens."""
    return re.sub(r"--[\w-]+", r"<span>\g<0></span>", code)


def _broad(body: str) -> str:
    """Return what moves by itself where the window is too narrow for it."""
    return f'<div class="broad">{body}</div>'


def picture(figure: Figure, words_for_it: str) -> str:
    """Return a figure that lies in the page itself; the same figure gives the same text."""
    import matplotlib

    drawn = io.BytesIO()
    with matplotlib.rc_context({"svg.hashsalt": "ccmsim"}):
        figure.savefig(drawn, format="svg", metadata={"Date": None})
    data = base64.b64encode(drawn.getvalue()).decode("ascii")
    return _broad(f'<img alt="{escape(words_for_it)}" src="data:image/svg+xml;base64,{data}">')


def folded(title: str, body: str) -> str:
    """Return what is shown when somebody opens it."""
    return f"<details><summary>{escape(title)}</summary>\n{body}\n</details>"
