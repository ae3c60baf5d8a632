"""Tables of fees: the package's own figures, and a user's CSV file.

Comes in: the data files of this package, or a path. Goes out: `FeeTable`, a value that finds the
decimal dollars of one entry. Never decides which table is asked first.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from functools import cache
from importlib.resources import files
from io import StringIO
from os import PathLike
from pathlib import Path
from typing import Final, Literal, NamedTuple, TypeAlias

from ccmsim.errors import InputError, Problem, refuse

Setting: TypeAlias = Literal["nonfacility", "facility"]
"""Where the service is given: in an office, or in a facility that is paid on its own."""

NATIONAL: Final = "national"
"""The locality whose cost indices are all 1."""

_CENT: Final = Decimal("0.01")
# Wide enough that every sum of products is exact, whatever the caller's own decimal context is:
# the only rounding is the one to the cent.
EXACT: Final = Context(prec=100, rounding=ROUND_HALF_UP)


class RelativeValues(NamedTuple):
    """Relative value units of one code in one year, and the conversion factor (dollars a unit)."""

    work: Decimal
    pe_nonfacility: Decimal
    pe_facility: Decimal
    malpractice: Decimal
    conversion_factor: Decimal


class CostIndices(NamedTuple):
    """Geographic practice cost indices of one locality; nationally all are 1."""

    name: str
    work: Decimal
    practice_expense: Decimal
    malpractice: Decimal


class AmountKey(NamedTuple):
    """What a plain amount is for."""

    year: int
    code: str
    locality: str = NATIONAL
    setting: str = "nonfacility"


Periods: TypeAlias = tuple[tuple[int, Decimal], ...]
"""(first month in force, dollars), in the order of the months."""


@dataclass(frozen=True, slots=True)
class FeeTable:
    """A user's own fees, which replace or extend the package's.

    Parameters
    ----------
    relative_values : mapping of (year, code) to RelativeValues
        Give amounts for every setting, and for every locality whose cost indices are known.
    amounts : mapping of AmountKey to Periods
        Plain dollar amounts; looked at before `relative_values`.
    extend : bool
        Whether what is not in this table is looked up in the package's own figures.

    Examples
    --------
    >>> table = FeeTable(amounts={AmountKey(2027, "99490"): ((1, Decimal("67.00")),)})
    >>> table.find("99490", 2027, NATIONAL, "nonfacility", None)
    Decimal('67.00')
    """

    relative_values: Mapping[tuple[int, str], RelativeValues] = field(default_factory=dict)
    amounts: Mapping[AmountKey, Periods] = field(default_factory=dict)
    extend: bool = True

    @classmethod
    def read_csv(cls, path: str | PathLike[str], *, extend: bool = True) -> FeeTable:
        r"""Read a fee table from a CSV file with a header, in one of two layouts.

        Parameters
        ----------
        path : path
            Either columns `year, code, work_rvu, pe_nonfacility_rvu, pe_facility_rvu,
            malpractice_rvu, conversion_factor`; or `year, code, amount_usd` (to the cent) and,
            where wanted, `locality` ("national" where empty), `setting` ("nonfacility" where empty)
            and `from_month` (1 where empty; for a year whose amounts change).
        extend : bool
            Whether what is not in the file is looked up in the package's own figures.

        Raises
        ------
        InputError
            With every problem of the file, each by row (the header is row 1), column and value.

        Examples
        --------
        >>> import tempfile, pathlib
        >>> path = pathlib.Path(tempfile.mkdtemp(), "fees.csv")
        >>> _ = path.write_text("year,code,amount_usd,locality\n2026,99490,71.20,13202-01\n")
        >>> FeeTable.read_csv(path).find("99490", 2026, "13202-01", "nonfacility", None)
        Decimal('71.20')
        """
        try:
            text = Path(path).read_text(encoding="utf-8-sig")
            return _parse(text, str(path), extend=extend)
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            rule = f"cannot be read ({error})"
            raise refuse("path", rule, str(path), "a CSV file in UTF-8") from error

    def codes(self, year: int) -> set[str]:
        """Return the codes that this table has a figure of the year for."""
        computed = {code for known, code in self.relative_values if known == year}
        return computed | {key.code for key in self.amounts if key.year == year}

    def find(
        self, code: str, year: int, locality: str, setting: str, month: int | None
    ) -> Decimal | None:
        """Return the dollars in force, or None where this table has no figure."""
        periods = self.amounts.get(AmountKey(year, code, locality, setting))
        if periods is not None:
            begun = [usd for first, usd in periods if month is None or first <= month]
            return begun[-1] if begun else None
        values = self.relative_values.get((year, code))
        indices = cost_indices().get((year, locality), _AT_ONE if locality == NATIONAL else None)
        if values is None or indices is None:
            return None
        return _priced(values, indices, setting)


_AT_ONE: Final = CostIndices(NATIONAL, Decimal(1), Decimal(1), Decimal(1))


def _priced(values: RelativeValues, indices: CostIndices, setting: str) -> Decimal:
    expense = values.pe_facility if setting == "facility" else values.pe_nonfacility
    with localcontext(EXACT):
        units = (
            values.work * indices.work
            + expense * indices.practice_expense
            + values.malpractice * indices.malpractice
        )
        return (units * values.conversion_factor).quantize(_CENT)


# ---- the package's own figures


def _data(name: str) -> str:
    return files("ccmsim.billing").joinpath("data", name).read_text(encoding="utf-8")


@cache
def own_figures() -> FeeTable:
    """Return the package's figures: relative values of 2025 and 2026, and amounts of 2024."""
    values = {
        (int(row["year"]), row["code"]): RelativeValues(
            work=Decimal(row["work_rvu"]),
            pe_nonfacility=Decimal(row["nonfacility_pe_rvu"]),
            pe_facility=Decimal(row["facility_pe_rvu"]),
            malpractice=Decimal(row["malpractice_rvu"]),
            conversion_factor=Decimal(row["conversion_factor"]),
        )
        for row in csv.DictReader(StringIO(_data("rvu.csv")))
        if row["status"] == "A"  # any other status has units, but no payment under this schedule
    }
    older = _parse(_data("amounts_2024.csv"), "amounts_2024.csv", extend=False)
    return FeeTable(relative_values=values, amounts=older.amounts, extend=False)


@cache
def cost_indices() -> dict[tuple[int, str], CostIndices]:
    """Return the cost indices by (year, locality)."""
    return {
        (int(row["year"]), f"{row['mac']}-{row['locality']}"): CostIndices(
            f"{row['locality_name']}, {row['state']}",
            Decimal(row["work_gpci"]),
            Decimal(row["pe_gpci"]),
            Decimal(row["mp_gpci"]),
        )
        for row in csv.DictReader(StringIO(_data("gpci_2025.csv")))
    }


# ---- reading a CSV file

_NUMBER: Final = r"\d{1,6}(\.\d{1,6})?"
_UNITS: Final = ("work_rvu", "pe_nonfacility_rvu", "pe_facility_rvu", "malpractice_rvu")
_DEFAULTS: Final = {"locality": NATIONAL, "setting": "nonfacility", "from_month": "1"}
# The columns that a layout needs, and those that it may have.
_LAYOUTS: Final[tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]] = (
    (("year", "code", *_UNITS, "conversion_factor"), ()),
    (("year", "code", "amount_usd"), tuple(_DEFAULTS)),
)
# column: (pattern of the whole cell, rule, what is valid)
_CELLS: Final[dict[str, tuple[str, str, str]]] = {
    "year": (r"[12]\d{3}", "must be a year", "such as 2027"),
    "code": (r"[0-9A-Z]{5}", "must be five digits or capital letters", "such as 99490 or G0557"),
    "amount_usd": (r"\d{1,6}(\.\d{1,2})?", "must be dollars to the cent", "such as 66.13"),
    "locality": (rf"{NATIONAL}|\d{{5}}-\d{{2}}", "is no locality", "national, or such as 13202-01"),
    "setting": ("nonfacility|facility", "is unknown", "nonfacility or facility"),
    "from_month": ("[1-9]|1[0-2]", "must be a calendar month", "1 to 12"),
    "conversion_factor": (rf"(?=.*[1-9]){_NUMBER}", "must be a number above 0", "such as 33.4009"),
    **dict.fromkeys(_UNITS, (_NUMBER, "must be a number, not negative", "such as 0.91")),
}


def _parse(text: str, name: str, *, extend: bool) -> FeeTable:
    """Return the fee table that a CSV file's text holds, or raise with every problem of it."""
    values: dict[tuple[int, str], RelativeValues] = {}
    periods: dict[AmountKey, dict[int, Decimal]] = {}
    problems: list[Problem] = []
    for row, cells in _good_rows(text, problems):
        year, code, first = int(cells["year"]), cells["code"], int(cells["from_month"])
        if "amount_usd" in cells:
            begun = periods.setdefault(
                AmountKey(year, code, cells["locality"], cells["setting"]), {}
            )
            repeats = first in begun
            begun[first] = EXACT.quantize(Decimal(cells["amount_usd"]), _CENT)
        else:
            repeats = (year, code) in values
            numbers = (Decimal(cells[column]) for column in (*_UNITS, "conversion_factor"))
            values[year, code] = RelativeValues(*numbers)
        if repeats:
            where = f"row {row}, column code"
            problems.append(Problem(where, "repeats an earlier row", code, "one row for each fee"))
    if not (problems or values or periods):
        problems.append(Problem("row 2", "is missing", "", "one row for each fee"))
    if problems:
        raise InputError(problems, heading=f"{name}:")
    amounts = {key: tuple(sorted(begun.items())) for key, begun in periods.items()}
    return FeeTable(values, amounts, extend)


def _good_rows(text: str, problems: list[Problem]) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield (row number, cells by column) of each good row; add what is wrong to `problems`."""
    reader = csv.reader(StringIO(text, newline=""))
    header = [cell.strip() for cell in next(reader, [])]
    if not any(
        sorted(header) == sorted({*needed, *(set(optional) & set(header))})
        for needed, optional in _LAYOUTS
    ):
        valid = " | ".join(
            ", ".join((*needed, *(f"[{column}]" for column in optional)))
            for needed, optional in _LAYOUTS
        )
        problems.append(Problem("row 1", "is not the header of a fee table", header, valid))
        return
    for cells in reader:
        row, width = f"row {reader.line_num}", len(header)
        if len(cells) not in (0, width):  # the csv module reads an empty line as no cells
            problems.append(Problem(row, "has too few or too many cells", len(cells), f"{width}"))
        elif cells:
            named = {column: cell.strip() for column, cell in zip(header, cells, strict=True)}
            filled = named | {c: text for c, text in _DEFAULTS.items() if not named.get(c)}
            wrong = [
                Problem(f"{row}, column {column}", rule, filled[column], valid)
                for column, (pattern, rule, valid) in _CELLS.items()
                if column in header and not re.fullmatch(pattern, filled[column], re.ASCII)
            ]
            problems.extend(wrong)
            if not wrong:
                yield reader.line_num, filled
