"""What a cell of a log may hold.

Comes in: the text of one cell, without blanks around it. Goes out: its value, or a `CellError` with
the rule and what is valid. Knows no file, row or column.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Final, NamedTuple

from ccmsim.calendar import FIRST_YEAR, LAST_YEAR

YES: Final = ("yes", "y", "true", "1")
NO: Final = ("no", "n", "false", "0")

_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d")
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d)?)?")


class CellError(ValueError):
    """A cell that cannot be used: the rule that it breaks, and what is valid."""

    def __init__(self, rule: str, valid: str) -> None:
        self.rule = rule
        self.valid = valid
        super().__init__(rule, valid)


class Instant(NamedTuple):
    """A day, and the minute of the clock where the log has it."""

    day: date
    minute: float | None


def name_of(what: str) -> Callable[[str], str]:
    """Return the parser of a name that must be there.

    Examples
    --------
    >>> name_of("the worker")("Ann")
    'Ann'
    """

    def parse(text: str) -> str:
        if not text:
            raise CellError("must not be empty", f"a name or number of {what}")
        return text

    return parse


def anything(text: str) -> str:
    """Return the text as it is."""
    return text


def day(text: str) -> date:
    """Return an ISO date.

    Examples
    --------
    >>> day("2026-01-05")
    datetime.date(2026, 1, 5)
    """
    valid = f"an ISO date such as 2026-01-05, {FIRST_YEAR} to {LAST_YEAR}"
    try:
        # fromisoformat also takes week dates and dates without dashes: too easily a mistake.
        found = date.fromisoformat(text if _DATE.fullmatch(text) else "")
    except ValueError:
        raise CellError("is not a date", valid) from None
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise CellError("is in a year whose holidays are not known", valid)
    return found


def day_if_any(text: str) -> date | None:
    """Return an ISO date, None for an empty cell."""
    return day(text) if text else None


def instant(text: str) -> Instant:
    """Return a date with the time of day, or a date alone.

    Examples
    --------
    >>> instant("2026-01-05 09:30")
    Instant(day=datetime.date(2026, 1, 5), minute=570.0)
    """
    try:
        found = datetime.fromisoformat(text if _TIME.fullmatch(text) else "")
    except ValueError:
        valid = "such as 2026-01-05 14:30, or 2026-01-05 where the hour is not known"
        raise CellError("is not a date with a time of day", valid) from None
    minute = found.hour * 60 + found.minute + found.second / 60.0
    return Instant(day(text[:10]), minute if len(text) > 10 else None)


def month(text: str) -> date:
    """Return the first day of a month.

    Examples
    --------
    >>> month("2026-03")
    datetime.date(2026, 3, 1)
    """
    try:
        return day(f"{text}-01")
    except CellError:
        valid = f"a year and month such as 2026-03, {FIRST_YEAR} to {LAST_YEAR}"
        raise CellError("is not a month", valid) from None


def yes_or_no(text: str) -> bool:
    """Return whether it says yes.

    Examples
    --------
    >>> yes_or_no("Yes"), yes_or_no("0")
    (True, False)
    """
    if text.lower() in YES:
        return True
    if text.lower() in NO:
        return False
    raise CellError("is neither yes nor no", f"{', '.join(YES)}, or {', '.join(NO)}")


def one_of(*choices: str) -> Callable[[str], str]:
    """Return the parser of a word out of a list, in small letters.

    Examples
    --------
    >>> one_of("paid", "denied")("Paid")
    'paid'
    """

    def parse(text: str) -> str:
        if text.lower() not in choices:
            raise CellError("is not a known word", ", ".join(choices))
        return text.lower()

    return parse


def number(what: str, low: float, high: float, span: str = "") -> Callable[[str], float]:
    """Return the parser of a number in a range.

    Examples
    --------
    >>> number("number of minutes", 0.0, 1440.0)("7.5")
    7.5
    """
    valid = f"a number, {low:g} to {high:g}{span}, with a point for decimals"

    def parse(text: str) -> float:
        try:
            found = float(text)
        except ValueError:
            found = math.nan
        if not low <= found <= high:
            raise CellError(f"is not a {what}", valid)
        return found

    return parse


def number_if_any(parse: Callable[[str], float]) -> Callable[[str], float | None]:
    """Return the parser that also takes an empty cell, as None."""
    return lambda text: parse(text) if text else None


def whole(low: int, high: int) -> Callable[[str], int]:
    """Return the parser of a whole number in a range.

    Examples
    --------
    >>> whole(0, 12)("7")
    7
    """

    def parse(text: str) -> int:
        if not (text.isdecimal() and low <= int(text) <= high):
            raise CellError("is not a known number", f"a whole number, {low} to {high}")
        return int(text)

    return parse
