"""Lines of plain text for people who do not simulate.

Comes in: estimates and sentences. Goes out: lines. Knows no measure and computes none.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from ccmsim.estimation import EXACT, Estimate
from ccmsim.estimation.estimate import are_too_few as are_too_few
from ccmsim.estimation.estimate import counted as counted
from ccmsim.estimation.rare import surely_seen

WIDTH: Final = 88
"""Columns of a page."""

LABEL_WIDTH: Final = 57
"""Columns of a row's label."""


NOTHING: Final = 1e-9
"""What is no larger is rounding."""

_MOST_DECIMALS: Final = 6
"""Of an error that is shown; a smaller one is none."""

NONE_SEEN: Final = "0 (none seen)"
"""What a table says of what no replication had: more of them may."""


def row(label: str, amount: str, width: int = WIDTH) -> str:
    """Return a line with a label and an amount.

    Where it would be too long the amount stands nearer to the label, or below it.

    Examples
    --------
    >>> print(row("Net", "$1,900", 40))
      Net                            $1,900
    >>> print(row("Left after staff and other costs", "$1,900", 36))
      Left after staff and other costs
                                  $1,900
    """
    room = min(LABEL_WIDTH, width - 3 - len(amount))
    if room < len(label):
        return f"  {label}\n{amount:>{width}}"
    return f"  {label:<{room}} {amount}".rstrip()


def period(months: int) -> str:
    """Return what so many months are called.

    Examples
    --------
    >>> period(12), period(1), period(3)
    ('year', 'month', '3 months')
    """
    return {1: "month", 12: "year"}.get(months, f"{months} months")


def stretch(months: int, *, many: bool = False) -> str:
    """Return what is good or bad, as long as so many months: one such or several.

    Examples
    --------
    >>> stretch(12), stretch(1), stretch(3), stretch(3, many=True)
    ('year', 'month', 'stretch of 3 months', 'stretches of 3 months')
    """
    if months in (1, 12):
        return period(months) + "s" * many
    return f"stretch{'es' * many} of {period(months)}"


def columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the lines of a table: the first column to the left, the others to the right.

    Examples
    --------
    >>> columns([("net", "1"), ("billed", "25")])
    ['net      1', 'billed  25']
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join([first.ljust(widths[0]), *map(str.rjust, rest, widths[1:])]).rstrip()
        for first, *rest in rows
    ]


def cell(estimate: Estimate) -> str:
    """Return an estimate with its interval, and without the level, which the head tells.

    Examples
    --------
    >>> from math import nan
    >>> cell(Estimate(5.0, nan, 4.0, 8.0, 0.95, 200, "order statistics"))
    '5.0 (4.0 to 8.0)'
    >>> cell(Estimate(0.0, 0.0, 0.0, 0.0, 0.95, 200, "degenerate"))
    '0'
    >>> cell(Estimate(1e-14, 1e-15, -1e-14, 3e-14, 0.95, 200, "t"))
    '0'
    >>> cell(Estimate(3000.0, 1e-13, 3000.0 - 2e-13, 3000.0 + 2e-13, 0.95, 200, "t"))
    '3,000'
    """
    size = max(abs(estimate.low), abs(estimate.high))
    if size < NOTHING:
        return "0"
    if estimate.high - estimate.low < NOTHING * size:
        return f"{estimate.value:,.8g}"
    percent = f"{100.0 * estimate.level:g} %"
    return str(estimate).replace(f" ({percent})", "").replace(f"{percent}: ", "")


def unseen(estimate: Estimate) -> bool:
    """Whether an estimate is 0 for nothing else was seen, and not by definition.

    Examples
    --------
    >>> unseen(Estimate(0.0, 0.0, 0.0, 0.0, 0.95, 20, "degenerate: all values equal"))
    True
    """
    numbers = (estimate.value, estimate.standard_error, estimate.low, estimate.high)
    size = max(abs(number) for number in numbers if not math.isnan(number))
    return size < NOTHING and estimate.method != EXACT


def shown(estimate: Estimate) -> str:
    """Return an estimate of what happens or changes: a 0 is certain only where it is exact.

    Examples
    --------
    >>> shown(Estimate(0.0, 0.0, 0.0, 0.0, 0.95, 20, "degenerate: all values equal"))
    '0 (none seen)'
    >>> shown(Estimate(0.0, 0.0, 0.0, 0.0, 0.95, 20, EXACT))
    '0'
    >>> shown(Estimate(31.33288, 20.5, math.nan, math.nan, 0.95, 3_000, "2 of 3,000 differ"))
    '31.3 (no interval)'
    """
    if unseen(estimate):
        return NONE_SEEN
    if math.isnan(estimate.half_width):
        return f"{bare(estimate.value)} (no interval)"
    return cell(estimate)


def bare(value: float) -> str:
    """Return a number whose error nobody knows, to three digits or a decimal.

    Examples
    --------
    >>> bare(1.90952), bare(12345.678)
    ('1.91', '12,345.7')
    """
    digits = max(1, 2 - math.floor(math.log10(abs(value) or 1.0)))
    return f"{round(value, digits):,.8g}"


def fold(estimate: Estimate) -> str:
    """Return a factor with its interval, if it has one.

    Examples
    --------
    >>> fold(Estimate(4.52, 0.3, 3.9, 5.15, 0.95, 200, "jackknife"))
    '4.5 x (3.9 to 5.2)'
    >>> fold(Estimate(1.0, math.nan, math.nan, math.nan, 0.95, 200, "no interval"))
    '1.0 x'
    """
    if math.isnan(estimate.low):
        return f"{estimate.value:.1f} x"
    return f"{estimate.value:.1f} x ({estimate.low:.1f} to {estimate.high:.1f})"


def may_be_missed(replications: int, level: float) -> str:
    """Return how seldom an event must be to have happened in no replication, but for 1 - level.

    Where several intervals hold at once, `level` is that of one of them.

    Examples
    --------
    >>> may_be_missed(50, 0.95)
    'What happens in fewer than 5.8 of 100 replications may be missed.'
    """
    share = 100.0 * surely_seen(replications, level)
    return f"What happens in fewer than {share:.2g} of 100 replications may be missed."


def paragraph(text: str, *, bullet: str = "", width: int = WIDTH) -> list[str]:
    """Return lines with a margin; a percentage is never torn from its sign."""
    lines = textwrap.wrap(
        text.replace(" %", "\N{NO-BREAK SPACE}%"),
        width,
        initial_indent=f"  {bullet}",
        subsequent_indent=" " * (2 + len(bullet)),
    )
    return [line.replace("\N{NO-BREAK SPACE}", " ") for line in lines]


def usd(estimate: Estimate) -> str:
    """Return dollars with their error.

    Examples
    --------
    >>> usd(Estimate(-912.3, 700.0, -2310.0, 488.0, 0.95, 100, "t"))
    '-$900 ± 1,400'
    >>> usd(Estimate(35029.44, 0.0, 35029.44, 35029.44, 0.95, 100, "degenerate"))
    '$35,029'
    """
    no_error = not math.isfinite(estimate.low) and not math.isfinite(estimate.high)
    plain_number = no_error or estimate.low == estimate.high
    shown = f"{estimate:,.0f}" if plain_number else str(estimate)
    number, error = _number_and_error(estimate, shown)
    sign = "-" if number.startswith("-") else ""
    return f"{sign}${number.removeprefix('-')}{error}"


def hundredths(estimate: Estimate) -> str:
    """Return a number of 100 with its error, one decimal, or as many as show that there is one.

    Examples
    --------
    >>> hundredths(Estimate(0.7, 0.9, -0.2, 5.1, 0.95, 30, "t"))
    ' 0.7 (0.0 to 5.1)'
    >>> hundredths(Estimate(3.0, 0.02, 2.96, 3.04, 0.95, 300, "t"))
    ' 3.00 ± 0.04'
    """
    inside = replace(estimate, low=max(estimate.low, 0.0), high=min(estimate.high, 100.0))
    decimals = 1
    while inside.half_width > 0.0 and decimals < _MOST_DECIMALS:
        if round(inside.half_width, decimals) > 0.0:
            break
        decimals += 1
    number, error = _number_and_error(inside, f"{inside:.{decimals}f}")
    return f"{number:>{3 + decimals}}{error}"


def of_100(estimate: Estimate) -> str:
    """Return a number of 100 and the ends of its interval, all whole.

    Examples
    --------
    >>> of_100(Estimate(97.6, 1.9, 91.2, 99.8, 0.95, 30, "t"))
    '98 (91 to 100)'
    """
    value, low, high = (f"{x:.0f}" for x in (estimate.value, estimate.low, estimate.high))
    return f"{value} ({low} to {high})"


def _number_and_error(estimate: Estimate, shown: str) -> tuple[str, str]:
    """Split a printed estimate in its number and a short form of its error, if it has one."""
    number, _, rest = shown.partition(" (")
    number, _, error = number.partition(" ± ")
    if error:
        return number, f" ± {error}"
    level = f"{100.0 * estimate.level:g} %: "
    return number, f" ({rest.removeprefix(level)}" if rest.startswith(level) else ""


def whole(estimate: Estimate) -> int:
    """Return the nearest whole number, a half upwards."""
    return math.floor(estimate.value + 0.5)
