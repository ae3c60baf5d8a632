"""What Medicare allows for a code, and who pays which part of it.

Comes in: a code, a year, a place, a user's own fee table. Goes out: decimal dollars to the cent, or
whole cents. Never uses a float, and never guesses: what has no figure is refused.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from ccmsim.billing.tables import EXACT, NATIONAL, FeeTable, Setting, cost_indices, own_figures
from ccmsim.errors import InputError, refuse

SETTINGS: Final = ("nonfacility", "facility")

COINSURANCE_PERCENT: Final = 20
"""The patient's share of the allowed amount above the deductible."""

SEQUESTRATION_PERCENT: Final = 2
"""What is held back of Medicare's share."""

DEDUCTIBLE_CENTS: Final[Mapping[int, int]] = {2025: 25_700, 2026: 28_300}
"""The Part B deductible by calendar year."""


def fee(
    code: str,
    year: int = 2025,
    locality: str = NATIONAL,
    setting: Setting = "nonfacility",
    *,
    month: int | None = None,
    table: FeeTable | None = None,
) -> Decimal:
    """Return the amount that Medicare allows for one unit of a code.

    (work RVU * work GPCI + practice-expense RVU * its GPCI + malpractice RVU * its GPCI) times the
    conversion factor, in exact decimal arithmetic, rounded once to the cent, half up.

    Parameters
    ----------
    code : str
        A CPT or HCPCS code number, such as "99490".
    year : int
        Calendar year of the service: 2025, 2026 (national only), 2024 (national, non-facility,
        four codes), or a year of `table`.
    locality : str
        "national", or "<MAC>-<locality number>" such as "13202-01"; `localities` lists them.
    setting : {"nonfacility", "facility"}
        Which practice-expense units count.
    month : int, optional
        Calendar month, 1 to 12: the amount in force on the month's last day. It matters in 2024
        only: January and February have the amounts of 1 January to 8 March, the other months (March
        too) those from 9 March. Without a month, the year's last amount.
    table : FeeTable, optional
        The user's own figures, looked at first.

    Returns
    -------
    decimal.Decimal
        US dollars, with two decimals.

    Raises
    ------
    InputError
        Where there is no figure; nothing is guessed.

    Notes
    -----
    Source: relative-value files and Addendum E of the Centers for Medicare & Medicaid Services; see
    `billing/data/SOURCES.md`.

    Examples
    --------
    >>> fee("99490"), fee("99490", 2026, setting="facility"), fee("99490", 2025, "13202-01")
    (Decimal('60.49'), Decimal('43.76'), Decimal('68.21'))
    >>> fee("99490", 2024), fee("99490", 2024, month=2)
    (Decimal('62.58'), Decimal('61.56'))
    """
    check_place(year, locality, setting, month=month, table=table)
    for source in _sources(table):
        usd = source.find(code, year, locality, setting, month)
        if usd is not None:
            return usd
    raise _no_figure(code, year, locality, setting, table)


def fee_cents(
    code: str,
    year: int = 2025,
    locality: str = NATIONAL,
    setting: Setting = "nonfacility",
    *,
    month: int | None = None,
    table: FeeTable | None = None,
) -> int:
    """Return `fee` in whole cents, as the simulation counts money.

    Examples
    --------
    >>> fee_cents("99490", 2026)
    6613
    """
    usd = fee(code, year, locality, setting, month=month, table=table)
    return int(EXACT.scaleb(usd, 2))


def allowed_amount(
    lines: Iterable[tuple[str, int]],
    year: int = 2025,
    locality: str = NATIONAL,
    setting: Setting = "nonfacility",
    *,
    month: int | None = None,
    table: FeeTable | None = None,
) -> Decimal:
    """Return the dollars allowed for a claim: the sum of units times `fee`, each fee rounded once.

    Examples
    --------
    >>> allowed_amount([("99490", 1), ("99439", 2)], 2026)
    Decimal('167.01')
    """
    cents = 0
    for code, units in lines:
        if not _is_count(units):
            raise refuse(
                "units", f"of {code} must be a whole number, not negative", units, "such as 1"
            )
        cents += units * fee_cents(code, year, locality, setting, month=month, table=table)
    return EXACT.scaleb(Decimal(cents), -2)


def localities(year: int = 2025) -> dict[str, str]:
    """Return the localities that have cost indices in a year, as {"<MAC>-<locality number>": name}.

    Examples
    --------
    >>> localities(2025)["13202-01"], len(localities(2025))
    ('MANHATTAN, NY', 109)
    """
    found = {place: row.name for (known, place), row in cost_indices().items() if known == year}
    if not found:
        raise refuse("year", "has no locality figures in this package", year, "2025")
    return found


def check_place(
    year: int,
    locality: str = NATIONAL,
    setting: str = "nonfacility",
    *,
    month: int | None = None,
    table: FeeTable | None = None,
) -> None:
    """Raise `InputError` unless fees of this year, locality, setting and month can exist at all.

    Examples
    --------
    >>> check_place(2026, "national", "facility")
    """
    if setting not in SETTINGS:
        raise refuse("setting", "is unknown", setting, '"nonfacility" or "facility"')
    if month is not None and month not in range(1, 13):
        raise refuse("month", "must be a calendar month", month, "1 to 12, or None")
    sources = _sources(table)
    if not any(source.codes(year) for source in sources):
        years = {key[0] for source in sources for key in (*source.relative_values, *source.amounts)}
        known = ", ".join(str(known) for known in sorted(years))
        raise refuse("year", "has no fees here", year, f"{known}; or your own table with that year")
    if locality == NATIONAL or (year, locality) in cost_indices():
        return
    if table is not None and any((k.year, k.locality) == (year, locality) for k in table.amounts):
        return
    if any(known == year for known, _ in cost_indices()):
        raise refuse(
            "locality",
            f"is not a locality of {year}",
            locality,
            '"national", or such as "13202-01"; billing.localities() lists them',
        )
    raise refuse(
        "locality",
        f"there are no locality figures for {year} in this package: it is national only",
        locality,
        '"national", or your own amounts of this locality: table=FeeTable.read_csv(path)',
    )


@dataclass(frozen=True, slots=True)
class PaymentSplit:
    """Who pays what of one allowed amount, in whole cents.

    Attributes
    ----------
    coinsurance_cents : int
        The patient's part (or a supplemental insurer's): the deductible left, and coinsurance.
    medicare_cents : int
        Medicare's part before sequestration; the two make up the allowed amount.
    sequestration_cents : int
        Held back of Medicare's part, and written off.
    """

    coinsurance_cents: int
    medicare_cents: int
    sequestration_cents: int

    @property
    def medicare_paid_cents(self) -> int:
        """What arrives from Medicare."""
        return self.medicare_cents - self.sequestration_cents

    @property
    def received_cents(self) -> int:
        """What arrives in all when the patient pays."""
        return self.coinsurance_cents + self.medicare_paid_cents


def split_payment(allowed_cents: int, deductible_left_cents: int = 0) -> PaymentSplit:
    """Split an allowed amount into the patient's part, Medicare's part and what is written off.

    The patient owes what is left of the deductible and 20 % of the rest; Medicare the other 80 %,
    less 2 % sequestration of its part. Each percentage is rounded once to the cent, half up.

    Parameters
    ----------
    allowed_cents : int
        Allowed amount, cents.
    deductible_left_cents : int
        What the patient has not yet met of the year's deductible, cents.

    Raises
    ------
    InputError
        Where an amount is negative or not a whole number.

    Examples
    --------
    >>> split = split_payment(6613)
    >>> split.coinsurance_cents, split.medicare_cents, split.sequestration_cents
    (1323, 5290, 106)
    >>> split.medicare_paid_cents, split.received_cents
    (5184, 6507)
    """
    for name, cents in (
        ("allowed_cents", allowed_cents),
        ("deductible_left_cents", deductible_left_cents),
    ):
        if not _is_count(cents):
            raise refuse(name, "must be whole cents, not negative", cents, "such as 6613")
    return PaymentSplit(*split_cents(allowed_cents, deductible_left_cents))


def split_cents(
    allowed_cents: int,
    deductible_left_cents: int,
    sequestration_percent: float = SEQUESTRATION_PERCENT,
) -> tuple[int, int, int]:
    """Return (patient's, Medicare's, sequestration) cents: the arithmetic of `split_payment`.

    Unchecked integers in and out: compiled with ccmsim.compiling where the simulation needs it.
    (p * x + 50) // 100 is p % of x, rounded half up; so is the floor of (p * x + 50) / 100 in
    float64: no quotient by 100 rounds up to a whole number.

    Examples
    --------
    >>> split_cents(10_000, 5_000)
    (6000, 4000, 80)
    """
    deductible = min(allowed_cents, deductible_left_cents)
    above = allowed_cents - deductible
    coinsurance = (COINSURANCE_PERCENT * above + 50) // 100
    medicare = above - coinsurance
    sequestration = math.floor((sequestration_percent * medicare + 50.0) / 100.0)
    return deductible + coinsurance, medicare, sequestration


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _sources(table: FeeTable | None) -> list[FeeTable]:
    if table is None:
        return [own_figures()]
    if not isinstance(table, FeeTable):
        raise refuse("table", "must be a FeeTable", table, "FeeTable.read_csv(path), or None")
    return [table, own_figures()] if table.extend else [table]


def _no_figure(
    code: str, year: int, locality: str, setting: str, table: FeeTable | None
) -> InputError:
    listed = {known for source in _sources(table) for known in source.codes(year)}
    if code in listed:
        valid = "another setting, locality or month, or your own table with this entry"
    else:
        valid = ", ".join(sorted(listed))
    rule = f"has no {setting} figure for {year}, locality {locality}"
    return refuse("code", rule, code, valid)
