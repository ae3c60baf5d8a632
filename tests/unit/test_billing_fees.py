"""What a code pays, where and when; users' own fee tables; who pays which part."""

from __future__ import annotations

import csv
import decimal
import os
import pickle
import subprocess
import sys
from decimal import Decimal
from fractions import Fraction
from importlib.resources import files
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ccmsim import billing
from ccmsim.billing import FeeTable, allowed_amount, fee, fee_cents, fees, localities, split_payment
from ccmsim.errors import InputError
from ccmsim.studies.accuracy.known import AMOUNTS_2024, BY_HAND, COLUMNS, NATIONAL

RVU_HEADER = (
    "year,code,work_rvu,pe_nonfacility_rvu,pe_facility_rvu,malpractice_rvu,conversion_factor"
)


def rows(name: str) -> list[dict[str, str]]:
    text = files("ccmsim.billing").joinpath("data", name).read_text(encoding="utf-8")
    return list(csv.DictReader(StringIO(text)))


@pytest.fixture
def table(tmp_path: Path) -> Any:
    """Return a function that writes lines to a file and reads it as a fee table."""

    def read(*lines: str, extend: bool = True) -> FeeTable:
        path = tmp_path / "fees.csv"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return FeeTable.read_csv(path, extend=extend)

    return read


def refusal(call: Any, *arguments: Any, **options: Any) -> str:
    with pytest.raises(InputError) as caught:
        call(*arguments, **options)
    return str(caught.value)


# ---- national amounts


@pytest.mark.parametrize("code", NATIONAL)
def test_national_amounts(code: str) -> None:
    for (year, setting), usd in zip(COLUMNS, NATIONAL[code], strict=True):
        if usd is not None:
            assert str(fee(code, year, setting=setting)) == usd  # type: ignore[arg-type]
            assert fee_cents(code, year, "national", setting) == round(100 * Decimal(usd))  # type: ignore[arg-type]


def test_defaults_are_2025_national_nonfacility() -> None:
    assert fee("99490") == fee("99490", 2025, "national", "nonfacility") == Decimal("60.49")


@pytest.mark.parametrize("code", AMOUNTS_2024)
def test_amounts_of_2024(code: str) -> None:
    early, late = AMOUNTS_2024[code]
    assert str(fee(code, 2024)) == late
    for month in range(1, 13):
        assert str(fee(code, 2024, month=month)) == (early if month <= 2 else late)


def test_amounts_of_2024_rise_with_the_conversion_factor() -> None:
    """Both periods share the units, so the ratio is 33.2875 / 32.7442 up to the two roundings."""
    for early, late in AMOUNTS_2024.values():
        ratio = Fraction("33.2875") / Fraction("32.7442")
        assert abs(Fraction(late) - Fraction(early) * ratio) <= Fraction("0.011")


@pytest.mark.parametrize("year", [2025, 2026])
def test_month_does_not_matter_in_other_years(year: int) -> None:
    assert {fee("99490", year, month=month) for month in range(1, 13)} == {fee("99490", year)}


def test_shipped_units_add_up() -> None:
    factors = {"2025": "32.3465", "2026": "33.4009"}
    for row in rows("rvu.csv"):
        outside = Decimal(row["work_rvu"]) + Decimal(row["malpractice_rvu"])
        for setting in ("nonfacility", "facility"):
            assert outside + Decimal(row[f"{setting}_pe_rvu"]) == Decimal(
                row[f"{setting}_total_rvu"]
            )
        assert row["conversion_factor"] == factors[row["year"]]
    keys = [(row["year"], row["code"]) for row in rows("rvu.csv")]
    assert len(set(keys)) == len(keys) == 74


# ---- localities


@pytest.mark.parametrize(("code", "locality", "setting", "usd"), BY_HAND)
def test_localities_by_hand(code: str, locality: str, setting: Any, usd: str) -> None:
    assert str(fee(code, 2025, locality, setting)) == usd


def test_all_localities() -> None:
    """Each of the 109 loads under its own key and pays what exact fractions say, for each code."""
    places = {f"{row['mac']}-{row['locality']}": row for row in rows("gpci_2025.csv")}
    assert len(places) == len(rows("gpci_2025.csv")) == 109
    assert list(localities()) == list(places)
    units = [row for row in rows("rvu.csv") if row["year"] == "2025" and row["status"] == "A"]
    for place, indices in places.items():
        for row in units:
            for setting in ("nonfacility", "facility"):
                exact = Fraction(row["conversion_factor"]) * (
                    Fraction(row["work_rvu"]) * Fraction(indices["work_gpci"])
                    + Fraction(row[f"{setting}_pe_rvu"]) * Fraction(indices["pe_gpci"])
                    + Fraction(row["malpractice_rvu"]) * Fraction(indices["mp_gpci"])
                )
                cents = (200 * exact + 1) // 2  # half up
                assert fee_cents(row["code"], 2025, place, setting) == cents


def test_localities_have_names() -> None:
    assert localities(2025)["13202-01"] == "MANHATTAN, NY"
    assert refusal(localities, 2026) == (
        "year: has no locality figures in this package (got 2026); valid: 2025"
    )


# ---- decimals


def test_fee_is_a_decimal_to_the_cent() -> None:
    for usd in (fee("G0556"), fee("99490", 2024), fee("99427", 2026), allowed_amount([])):
        assert isinstance(usd, Decimal)
        assert usd.as_tuple().exponent == -2
    assert str(fee("99426", 2026)) == "67.80"


@pytest.mark.parametrize(
    ("factor", "usd"), [("0.124999", "0.12"), ("0.125", "0.13"), ("0.135", "0.14")]
)
def test_rounded_half_up(table: Any, factor: str, usd: str) -> None:
    assert str(fee("99490", 2030, table=table(RVU_HEADER, f"2030,99490,1,0,0,0,{factor}"))) == usd


def test_rounded_once(table: Any) -> None:
    """0.3333 * 3 = 0.9999 units at 1 dollar: 1.00; rounding each product would give 0.99."""
    own = table(RVU_HEADER, "2030,99490,0.3333,0.3333,0.3333,0.3333,1")
    assert str(fee("99490", 2030, table=own)) == "1.00"


def test_callers_decimal_context_does_not_matter(table: Any) -> None:
    lines = ["year,code,amount_usd", "2030,99490,12345.67"]
    with decimal.localcontext(decimal.Context(prec=3, rounding=decimal.ROUND_DOWN)):
        own = table(*lines)
        assert str(fee("99487", 2025, "02102-01")) == "164.79"
        assert fee_cents("99490", 2030, table=own) == 1_234_567
        assert str(allowed_amount([("99490", 2)], 2030, table=own)) == "24691.34"


def test_allowed_amount_adds_rounded_fees() -> None:
    assert allowed_amount([("99490", 1), ("99439", 2)]) == Decimal("60.49") + 2 * Decimal("45.93")
    assert str(allowed_amount([])) == "0.00"


@pytest.mark.parametrize("units", [-1, 1.5, True, "2"])
def test_allowed_amount_refuses_odd_units(units: Any) -> None:
    assert refusal(allowed_amount, [("99490", units)]) == (
        f"units: of 99490 must be a whole number, not negative (got {units!r}); valid: such as 1"
    )


# ---- what has no figure

CODES_2024 = "99439, 99487, 99489, 99490"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("99491", 2024),
            (
                "code: has no nonfacility figure for 2024, locality national (got '99491'); "
                f"valid: {CODES_2024}"
            ),
        ),
        (
            ("99490", 2024, "national", "facility"),
            (
                "code: has no facility figure for 2024, locality national (got '99490'); "
                "valid: another setting, locality or month, or your own table with this entry"
            ),
        ),
        (
            ("99490", 2026, "13202-01"),
            (
                "locality: there are no locality figures for 2026 in this package: it is national "
                "only (got '13202-01'); valid: \"national\", or your own amounts of this locality: "
                "table=FeeTable.read_csv(path)"
            ),
        ),
        (
            ("99490", 2024, "13202-01"),
            (
                "locality: there are no locality figures for 2024 in this package: it is national "
                "only (got '13202-01'); valid: \"national\", or your own amounts of this locality: "
                "table=FeeTable.read_csv(path)"
            ),
        ),
        (
            ("99490", 2025, "13202-1"),
            (
                "locality: is not a locality of 2025 (got '13202-1'); "
                'valid: "national", or such as "13202-01"; billing.localities() lists them'
            ),
        ),
        (
            ("99490", 2023),
            (
                "year: has no fees here (got 2023); "
                "valid: 2024, 2025, 2026; or your own table with that year"
            ),
        ),
        (
            ("99490", "2025"),
            (
                "year: has no fees here (got '2025'); "
                "valid: 2024, 2025, 2026; or your own table with that year"
            ),
        ),
        (
            ("99490", 2025, "national", "Facility"),
            'setting: is unknown (got \'Facility\'); valid: "nonfacility" or "facility"',
        ),
    ],
    ids=str,
)
def test_no_figure_is_an_error(arguments: tuple[Any, ...], message: str) -> None:
    assert refusal(fee, *arguments) == message


@pytest.mark.parametrize("code", ["00000", "", "9949O", 99490, None])
def test_unknown_code_is_an_error(code: Any) -> None:
    message = refusal(fee, code, 2025)
    assert message.startswith(
        f"code: has no nonfacility figure for 2025, locality national (got {code!r}); valid: 99202,"
    )
    assert "99490" in message.split("valid:")[1]


def test_code_that_the_schedule_does_not_pay_is_an_error() -> None:
    """G0511 has units in 2025, but a status that is not paid under the fee schedule."""
    assert any(row["code"] == "G0511" and row["status"] == "X" for row in rows("rvu.csv"))
    assert "(got 'G0511')" in refusal(fee, "G0511", 2025)


@pytest.mark.parametrize("month", [0, 13, -1, 2.5, "2"])
def test_bad_month_is_an_error(month: Any) -> None:
    assert refusal(fee, "99490", 2024, month=month) == (
        f"month: must be a calendar month (got {month!r}); valid: 1 to 12, or None"
    )


def test_bad_table_is_an_error() -> None:
    assert refusal(fee, "99490", table="fees.csv") == (
        "table: must be a FeeTable (got 'fees.csv'); valid: FeeTable.read_csv(path), or None"
    )


# ---- a user's own table


def test_own_amounts_replace_and_extend(table: Any) -> None:
    own = table("year,code,amount_usd", "2026,99490,70.5", "2027,99490,71")
    assert str(fee("99490", 2026, table=own)) == "70.50"
    assert str(fee("99490", 2027, table=own)) == "71.00"
    assert fee("99439", 2026, table=own) == fee("99439", 2026)
    assert fee("99490", 2026, setting="facility", table=own) == Decimal("43.76")
    assert fee("99490", 2025, "13202-01", table=own) == Decimal("68.21")
    assert fee("99490", 2026) == Decimal("66.13")


def test_own_units_are_priced_like_ours(table: Any) -> None:
    """2025's own units of 99490 with twice the factor pay twice as much, in each locality."""
    own = table(RVU_HEADER, "2025,99490,1.00,0.81,0.42,0.06,64.693", "2027,T1017,1,2,3,4,10")
    assert str(fee("99490", 2025, table=own)) == "120.98"  # 1.87 * 64.693 = 120.9759...
    assert str(fee("99490", 2025, "13202-01", table=own)) == "136.43"  # 2.10882 * 64.693
    assert str(fee("T1017", 2027, table=own)) == "70.00"
    assert str(fee("T1017", 2027, setting="facility", table=own)) == "80.00"
    assert "no locality figures for 2027" in refusal(fee, "T1017", 2027, "13202-01", table=own)


def test_own_localities_of_a_national_year(table: Any) -> None:
    own = table("year,code,locality,setting,amount_usd", "2026,99490,13202-01,,73.10")
    assert fee("99490", 2026, "13202-01", table=own) == Decimal("73.10")
    assert fee("99490", 2026, table=own) == Decimal("66.13")
    assert refusal(fee, "99439", 2026, "13202-01", table=own) == (
        "code: has no nonfacility figure for 2026, locality 13202-01 (got '99439'); "
        "valid: another setting, locality or month, or your own table with this entry"
    )
    assert refusal(fee, "99490", 2026, "13202-02", table=own).startswith("locality: there are no")


def test_own_settings_and_months(table: Any) -> None:
    own = table(
        "year,code,setting,from_month,amount_usd",
        "2027,99490,facility,7,51.00",
        "2027,99490,facility,4,50.00",
        "2024,99490,,,60.00",
    )
    for month, usd in ((4, 50), (6, 50), (7, 51), (12, 51), (None, 51)):
        assert fee("99490", 2027, setting="facility", month=month, table=own) == usd
    assert "no facility figure for 2027" in refusal(
        fee, "99490", 2027, setting="facility", month=3, table=own
    )
    assert fee("99490", 2024, month=1, table=own) == fee("99490", 2024, table=own) == 60


def test_own_table_alone(table: Any) -> None:
    own = table("year,code,amount_usd", "2026,99490,70.50", extend=False)
    assert fee("99490", 2026, table=own) == Decimal("70.50")
    assert refusal(fee, "99439", 2026, table=own) == (
        "code: has no nonfacility figure for 2026, locality national (got '99439'); valid: 99490"
    )
    assert refusal(fee, "99490", 2025, table=own) == (
        "year: has no fees here (got 2025); valid: 2026; or your own table with that year"
    )


def test_layout_is_forgiving_where_it_is_safe(tmp_path: Path) -> None:
    """Any order of columns, blanks around cells, empty lines, Windows line ends and a byte mark."""
    path = tmp_path / "fees.csv"
    path.write_bytes(b"\xef\xbb\xbfamount_usd, code ,year\r\n\r\n 70.5 ,99490, 2027\r\n")
    own = FeeTable.read_csv(path)
    assert fee("99490", 2027, table=own) == Decimal("70.50")
    assert FeeTable.read_csv(str(path)) == own


def test_own_table_survives_pickling(table: Any) -> None:
    own = table("year,code,amount_usd", "2027,99490,70.50", extend=False)
    assert pickle.loads(pickle.dumps(own)) == own


AMOUNT_HEADER = "year,code,amount_usd,locality,setting,from_month"


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("26,99490,1,,,", "column year: must be a year (got '26'); valid: such as 2027"),
        ("2026.0,99490,1,,,", "column year: must be a year (got '2026.0'); valid: such as 2027"),
        (
            "2026,9949,1,,,",
            (
                "column code: must be five digits or capital letters (got '9949'); "
                "valid: such as 99490 or G0557"
            ),
        ),
        (
            "2026,g0557,1,,,",
            (
                "column code: must be five digits or capital letters (got 'g0557'); "
                "valid: such as 99490 or G0557"
            ),
        ),
        *(
            (
                f"2026,99490,{usd},,,",
                (
                    f"column amount_usd: must be dollars to the cent (got {usd!r}); "
                    "valid: such as 66.13"
                ),
            )
            for usd in ("", "-1", "$66.13", "66.135", "1e2", "nan", "inf", "1_000", "٦٦")
        ),
        (
            "2026,99490,1,Manhattan,,",
            (
                "column locality: is no locality (got 'Manhattan'); "
                "valid: national, or such as 13202-01"
            ),
        ),
        (
            "2026,99490,1,,office,",
            "column setting: is unknown (got 'office'); valid: nonfacility or facility",
        ),
        (
            "2026,99490,1,,,13",
            "column from_month: must be a calendar month (got '13'); valid: 1 to 12",
        ),
    ],
)
def test_bad_cell_of_an_amount(table: Any, tmp_path: Path, row: str, message: str) -> None:
    good = "2026,99439,50.44,,,"
    assert refusal(table, AMOUNT_HEADER, good, row) == (
        f"{tmp_path / 'fees.csv'}:\n  row 3, {message}"
    )


@pytest.mark.parametrize(
    ("column", "cell", "rule"),
    [
        *(
            (column, cell, "must be a number, not negative (got {!r}); valid: such as 0.91")
            for column in (3, 4, 5, 6)
            for cell in ("", "-0.1", "x")
        ),
        (7, "0", "must be a number above 0 (got {!r}); valid: such as 33.4009"),
        (7, "0.000", "must be a number above 0 (got {!r}); valid: such as 33.4009"),
        (7, "", "must be a number above 0 (got {!r}); valid: such as 33.4009"),
    ],
)
def test_bad_cell_of_units(table: Any, tmp_path: Path, column: int, cell: str, rule: str) -> None:
    cells = ["2027", "99490", "1", "1", "1", "1", "33"]
    cells[column - 1] = cell
    name = RVU_HEADER.split(",")[column - 1]
    assert refusal(table, RVU_HEADER, ",".join(cells)) == (
        f"{tmp_path / 'fees.csv'}:\n  row 2, column {name}: {rule.format(cell)}"
    )


def test_every_problem_is_reported_at_once(table: Any, tmp_path: Path) -> None:
    message = refusal(
        table, "year,code,amount_usd", "x,99490,-1", "2026,99490", "2026,99490,1", "2026,99490,1"
    )
    assert message == (
        f"{tmp_path / 'fees.csv'}:\n"
        "  row 2, column year: must be a year (got 'x'); valid: such as 2027\n"
        "  row 2, column amount_usd: must be dollars to the cent (got '-1'); valid: such as 66.13\n"
        "  row 3: has too few or too many cells (got 2); valid: 3\n"
        "  row 5, column code: repeats an earlier row (got '99490'); valid: one row for each fee"
    )


def test_repeated_units_are_refused(table: Any) -> None:
    row = "2027,99490,1,1,1,1,33"
    assert "row 3, column code: repeats an earlier row" in refusal(table, RVU_HEADER, row, row)


@pytest.mark.parametrize(
    "header",
    [
        "year,code",
        "year,code,amount_usd,settings",
        "year,code,amount_usd,amount_usd",
        RVU_HEADER + ",amount_usd",
        RVU_HEADER + ",locality",
        "",
    ],
)
def test_bad_header(table: Any, tmp_path: Path, header: str) -> None:
    got = header.split(",") if header else []
    assert refusal(table, header, "2026,99490,1") == (
        f"{tmp_path / 'fees.csv'}:\n"
        f"  row 1: is not the header of a fee table (got {got!r}); valid: "
        "year, code, work_rvu, pe_nonfacility_rvu, pe_facility_rvu, malpractice_rvu, "
        "conversion_factor | year, code, amount_usd, [locality], [setting], [from_month]"
    )


def test_file_without_rows(table: Any, tmp_path: Path) -> None:
    assert refusal(table, "year,code,amount_usd") == (
        f"{tmp_path / 'fees.csv'}:\n  row 2: is missing (got ''); valid: one row for each fee"
    )


def test_unreadable_files(tmp_path: Path) -> None:
    missing, binary, huge = tmp_path / "no.csv", tmp_path / "binary.csv", tmp_path / "huge.csv"
    binary.write_bytes(b"\xff\xfe\x00")
    huge.write_text("year,code,amount_usd\n" + "9" * 200_000, encoding="utf-8")
    for path in (missing, binary, huge):
        message = refusal(FeeTable.read_csv, path)
        assert message.startswith("path: cannot be read (")
        assert message.endswith(f"(got {str(path)!r}); valid: a CSV file in UTF-8")


# ---- who pays


@pytest.mark.parametrize(
    ("allowed", "deductible_left", "patient", "medicare_paid", "written_off"),
    [
        (10_000, 0, 2_000, 7_840, 160),
        (10_000, 5_000, 6_000, 3_920, 80),
        (6_613, 0, 1_323, 5_184, 106),
        (6_613, 25_700, 6_613, 0, 0),
        (0, 0, 0, 0, 0),
    ],
)
def test_split_payment(
    allowed: int, deductible_left: int, patient: int, medicare_paid: int, written_off: int
) -> None:
    split = split_payment(allowed, deductible_left)
    assert split.coinsurance_cents == patient
    assert split.medicare_paid_cents == medicare_paid
    assert split.sequestration_cents == written_off
    assert split.medicare_cents == medicare_paid + written_off
    assert split.received_cents == patient + medicare_paid


def test_base_code_of_2026_as_received() -> None:
    split = split_payment(fee_cents("99490", 2026))
    assert (split.coinsurance_cents, split.medicare_cents) == (1_323, 5_290)
    assert (split.medicare_paid_cents, split.received_cents) == (5_184, 6_507)


cents = st.integers(0, 10**7)


@given(cents, cents)
@settings(deadline=None)
def test_split_adds_up_and_rounds_half_up(allowed: int, deductible_left: int) -> None:
    split = split_payment(allowed, deductible_left)
    above = max(allowed - deductible_left, 0)
    assert split.coinsurance_cents + split.medicare_cents == allowed
    assert split.received_cents + split.sequestration_cents == allowed
    for part, exact in (
        (split.coinsurance_cents - (allowed - above), Fraction(above, 5)),
        (split.medicare_cents, Fraction(4 * above, 5)),
        (split.sequestration_cents, Fraction(split.medicare_cents, 50)),
    ):
        assert Fraction(-1, 2) < part - exact <= Fraction(1, 2)


@pytest.mark.parametrize("value", [-1, 66.13, "6613", True, None])
def test_split_refuses_what_is_not_cents(value: Any) -> None:
    expected = f"must be whole cents, not negative (got {value!r}); valid: such as 6613"
    assert refusal(split_payment, value) == f"allowed_cents: {expected}"
    assert refusal(split_payment, 100, value) == f"deductible_left_cents: {expected}"


def test_split_is_frozen() -> None:
    with pytest.raises(AttributeError):
        split_payment(100).medicare_cents = 0  # type: ignore[misc]


def test_split_arithmetic_compiles() -> None:
    from ccmsim.compiling import jit

    compiled = jit(fees.split_cents)
    for allowed in (0, 1, 25, 6_613, 10_000):
        for left in (0, 5_000):
            assert compiled(allowed, left) == fees.split_cents(allowed, left)


@given(
    allowed=st.one_of(st.integers(0, 10**6), st.integers(0, 2**45)),
    eighths=st.integers(0, 800),
)
def test_sequestration_is_exact_without_whole_division(allowed: int, eighths: int) -> None:
    """In eighths of a percent everything before the quotient is exact in float64."""
    _, medicare, sequestered = fees.split_cents(allowed, 0, eighths / 8.0)
    assert sequestered == (eighths * medicare + 400) // 800


def test_deductibles() -> None:
    assert fees.DEDUCTIBLE_CENTS == {2025: 25_700, 2026: 28_300}


# ---- the package


def test_import_needs_the_standard_library_alone() -> None:
    code = (
        "import sys; import ccmsim.billing as b; b.claim_lines(65); "
        "print(sorted({m.partition('.')[0] for m in sys.modules} "
        "& {'numpy', 'pandas', 'numba', 'scipy', 'xarray', 'pydantic'}))"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_public_names_exist() -> None:
    assert all(hasattr(billing, name) for name in billing.__all__)
