"""Which codes a month's minutes are claimed with: thresholds, limits, exclusions, worked cases."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ccmsim.billing import FAMILIES, FeeTable, allowed_amount, claim_lines, codes
from ccmsim.billing.codes import addon_units, first_units
from ccmsim.errors import InputError

Lines = list[tuple[str, int]]

TICK = 1 / 1024


def claim(first: str, addon: str = "", units: int = 0) -> Lines:
    return [(first, 1), (addon, units)] if units else [(first, 1)]


# ---- the table of families

FAMILY_ROWS = [
    ("ccm_staff", "ccm", "staff", "99490", 20, "99439", 20, 2, False),
    ("ccm_practitioner", "ccm", "practitioner", "99491", 30, "99437", 30, 2, False),
    ("complex", "ccm", "staff", "99487", 60, "99489", 30, 10, True),
    ("pcm_practitioner", "pcm", "practitioner", "99424", 30, "99425", 30, 2, False),
    ("pcm_staff", "pcm", "staff", "99426", 30, "99427", 30, 2, False),
]


@pytest.mark.parametrize("row", FAMILY_ROWS, ids=lambda row: row[0])
def test_family_table(row: tuple[Any, ...]) -> None:
    family = FAMILIES[row[0]]
    assert (
        family.program,
        family.whose_time,
        family.first_code,
        family.first_minutes,
        family.addon_code,
        family.addon_minutes,
        family.most_addon_units,
        family.needs_complex,
    ) == row[1:]


def test_tables_derive_from_the_families() -> None:
    assert list(FAMILIES) == [row[0] for row in FAMILY_ROWS]
    assert codes.CCM_CODES == ("99490", "99439")
    assert codes.PRACTITIONER_CODES == ("99491", "99437")
    assert codes.COMPLEX_CODES == ("99487", "99489")
    assert codes.APCM_CODES == ("G0556", "G0557", "G0558")
    assert len(set(codes.CLAIM_CODES)) == len(codes.CLAIM_CODES) == 13


def test_initiating_visit_codes() -> None:
    evaluation = {str(code) for code in (*range(99202, 99206), *range(99212, 99216))}
    expected = {"G0402", "G0438", "G0439", "99495", "99496"} | evaluation
    assert set(codes.INITIATING_VISIT_CODES) == expected
    assert codes.INITIATING_ADDON_CODE == "G0506"


# ---- units at the boundaries


@pytest.mark.parametrize("name", FAMILIES)
def test_units_on_both_sides_of_every_boundary(name: str) -> None:
    family = FAMILIES[name]
    for units in range(1 + family.most_addon_units):
        threshold = family.first_minutes + units * family.addon_minutes
        at = (1, units)
        under = (1, units - 1) if units else (0, 0)
        assert family.units(threshold) == at
        assert family.units(math.nextafter(threshold, math.inf)) == at
        for less in (threshold - 0.01, threshold - TICK, math.nextafter(threshold, 0.0)):
            assert family.units(less) == under


@pytest.mark.parametrize("name", FAMILIES)
def test_units_are_capped(name: str) -> None:
    family = FAMILIES[name]
    assert family.most_addon_units == (10 if name == "complex" else 2)
    last = family.first_minutes + family.most_addon_units * family.addon_minutes
    for minutes in (last, last + family.addon_minutes, 44_640, 1e300):
        assert family.units(minutes) == (1, family.most_addon_units)


@given(minutes=st.fractions(0, 1000), name=st.sampled_from(list(FAMILIES)))
@settings(deadline=None)
def test_units_are_whole_increments(minutes: Fraction, name: str) -> None:
    family = FAMILIES[name]
    beyond = (minutes - family.first_minutes) / family.addon_minutes
    expected = (0, 0) if beyond < 0 else (1, min(math.floor(beyond), family.most_addon_units))
    assert family.units(minutes) == expected  # type: ignore[arg-type]


def test_unit_rules_compile() -> None:
    """The scalar rules give the same units when numba compiles them."""
    from ccmsim.compiling import jit

    compiled_first, compiled_addon = jit(first_units), jit(addon_units)
    for minutes in (0.0, 19.99, 20.0, 39.99, 40.0, 59.99, 60.0, 1000.0):
        assert compiled_first(minutes, 20.0) == first_units(minutes, 20.0)
        assert compiled_addon(minutes, 20.0, 20.0, 2) == addon_units(minutes, 20.0, 20.0, 2)


# ---- the tables of captured minutes

CAPTURED = [
    ((0, 10, 19, 19.99), [], []),
    ((20, 39, 39.99), claim("99490"), claim("99490")),
    ((40, 59, 59.99), claim("99490", "99439", 1), claim("99490", "99439", 1)),
    ((60, 89, 89.99), claim("99490", "99439", 2), claim("99487")),
    ((90, 119, 119.99), claim("99490", "99439", 2), claim("99487", "99489", 1)),
    ((120, 149, 149.99), claim("99490", "99439", 2), claim("99487", "99489", 2)),
    ((150,), claim("99490", "99439", 2), claim("99487", "99489", 3)),
    ((360, 5000), claim("99490", "99439", 2), claim("99487", "99489", 10)),
]


@pytest.mark.parametrize(("minutes", "plain", "complex_first"), CAPTURED)
def test_captured_staff_minutes(
    minutes: tuple[float, ...], plain: Lines, complex_first: Lines
) -> None:
    for staff in minutes:
        assert claim_lines(staff) == plain
        assert claim_lines(staff, complex_policy="complex_first") == plain
        assert claim_lines(staff, complex=True, complex_policy="complex_first") == complex_first


PRACTITIONER = [
    ((0, 29, 29.99), []),
    ((30, 59, 59.99), claim("99491")),
    ((60, 89, 89.99), claim("99491", "99437", 1)),
    ((90, 120, 5000), claim("99491", "99437", 2)),
]


@pytest.mark.parametrize(("minutes", "expected"), PRACTITIONER)
def test_practitioner_minutes(minutes: tuple[float, ...], expected: Lines) -> None:
    for practitioner in minutes:
        assert claim_lines(practitioner_minutes=practitioner) == expected


# ---- worked cases, to the cent

FIRST: Any = {"complex": True, "complex_policy": "complex_first"}
PCM: Any = {"program": "pcm"}
AS_STAFF: Any = {"practitioner_time": "counts_as_staff"}

WORKED = [
    ((19, 0), {}, [], "0.00", "0.00"),
    ((20, 0), {}, claim("99490"), "60.49", "66.13"),
    ((39, 0), {}, claim("99490"), "60.49", "66.13"),
    ((40, 0), {}, claim("99490", "99439", 1), "106.42", "116.57"),
    ((59, 0), {}, claim("99490", "99439", 1), "106.42", "116.57"),
    ((60, 0), {}, claim("99490", "99439", 2), "152.35", "167.01"),
    ((120, 0), {}, claim("99490", "99439", 2), "152.35", "167.01"),
    ((60, 0), FIRST, claim("99487"), "131.65", "144.29"),
    ((89, 0), FIRST, claim("99487"), "131.65", "144.29"),
    ((90, 0), FIRST, claim("99487", "99489", 1), "202.17", "222.45"),
    ((119, 0), {"complex": True}, claim("99487", "99489", 1), "202.17", "222.45"),
    ((120, 0), {"complex": True}, claim("99487", "99489", 2), "272.69", "300.61"),
    ((0, 30), {}, claim("99491"), "82.16", "89.18"),
    ((0, 59), {}, claim("99491"), "82.16", "89.18"),
    ((0, 60), {}, claim("99491", "99437", 1), "139.74", "152.31"),
    ((0, 89), {}, claim("99491", "99437", 1), "139.74", "152.31"),
    ((0, 90), {}, claim("99491", "99437", 2), "197.32", "215.44"),
    ((0, 120), {}, claim("99491", "99437", 2), "197.32", "215.44"),
    ((25, 35), {}, claim("99491"), "82.16", "89.18"),
    ((25, 35), AS_STAFF, claim("99490", "99439", 2), "152.35", "167.01"),
    ((29.99, 0), PCM, [], "0.00", "0.00"),
    ((30, 0), PCM, claim("99426"), "61.78", "67.80"),
    ((60, 0), PCM, claim("99426", "99427", 1), "112.24", "121.91"),
    ((90, 0), PCM, claim("99426", "99427", 2), "162.70", "176.02"),
    # 80.87 + 58.87 and 87.51 + 61.46: the practitioner's PCM codes, from the table of amounts
    ((0, 29.99), PCM, [], "0.00", "0.00"),
    ((0, 30), PCM, claim("99424"), "80.87", "87.51"),
    ((0, 60), PCM, claim("99424", "99425", 1), "139.74", "148.97"),
    ((0, 90), PCM, claim("99424", "99425", 2), "198.61", "210.43"),
]


@pytest.mark.parametrize(("minutes", "options", "expected", "usd_2025", "usd_2026"), WORKED)
def test_worked_cases(
    minutes: tuple[float, float],
    options: dict[str, Any],
    expected: Lines,
    usd_2025: str,
    usd_2026: str,
) -> None:
    staff, practitioner = minutes
    for year, usd in ((2025, usd_2025), (2026, usd_2026)):
        lines = claim_lines(staff, practitioner, year=year, **options)
        assert lines == expected
        assert allowed_amount(lines, year) == Decimal(usd)


def test_a_hundred_patients() -> None:
    month = 100 * allowed_amount(claim_lines(40, year=2026), 2026)
    assert month == Decimal("11657.00")
    assert 12 * month == Decimal("139884.00")


def test_all_arguments_by_keyword() -> None:
    lines = claim_lines(
        staff_minutes=65, practitioner_minutes=0, complex=False, program="ccm", year=2025
    )
    assert lines == claim_lines(65) == [("99490", 1), ("99439", 2)]


# ---- the best paid claim


def test_complex_month_takes_the_better_paid_family() -> None:
    """99487 alone pays 131.65 and 99490 with two 99439 pays 152.35; with one 99489 it is 202.17."""
    assert claim_lines(89, complex=True) == claim("99490", "99439", 2)
    assert claim_lines(90, complex=True) == claim("99487", "99489", 1)


def test_complex_first_needs_the_threshold_and_the_complexity() -> None:
    assert claim_lines(59, 90, **FIRST) == claim("99491", "99437", 2)
    assert claim_lines(60, 90, **FIRST) == claim("99487")
    assert claim_lines(60, 90, complex_policy="complex_first") == claim("99491", "99437", 2)


def test_best_paid_depends_on_the_setting() -> None:
    """Sixty minutes each, 2025: staff 152.35 > 139.74 outside, 113.85 < 120.33 in a facility."""
    assert claim_lines(60, 60) == claim("99490", "99439", 2)
    assert claim_lines(60, 60, setting="facility") == claim("99491", "99437", 1)


def test_best_paid_depends_on_the_locality() -> None:
    """Complex, ninety minutes each, 2025: nationally staff 131.65 + 70.52 = 202.17 > 197.32.

    In Alaska (indices 1.5, 1.081, 0.592) work weighs more: 164.79 + 88.83 = 253.62 for the staff,
    107.56 + 2 * 74.84 = 257.24 for the practitioner.
    """
    assert claim_lines(90, 90, complex=True) == claim("99487", "99489", 1)
    lines = claim_lines(90, 90, complex=True, locality="02102-01")
    assert lines == claim("99491", "99437", 2)
    assert allowed_amount(lines, 2025, "02102-01") == Decimal("257.24")
    assert allowed_amount(claim("99487", "99489", 1), 2025, "02102-01") == Decimal("253.62")


def test_best_paid_depends_on_the_users_table(tmp_path: Path) -> None:
    path = tmp_path / "fees.csv"
    path.write_text("year,code,amount_usd\n2025,99490,90\n", encoding="utf-8")
    assert claim_lines(25, 35) == claim("99491")
    assert claim_lines(25, 35, table=FeeTable.read_csv(path)) == claim("99490")


def test_equal_pay_takes_the_family_listed_first(tmp_path: Path) -> None:
    path = tmp_path / "fees.csv"
    path.write_text("year,code,amount_usd\n2025,99490,50\n2025,99491,50\n", encoding="utf-8")
    assert claim_lines(25, 35, table=FeeTable.read_csv(path)) == claim("99490")


AS_STAFF_CASES = [
    ((0, 30), {}, claim("99491")),  # 82.16 > 60.49 for 30 staff minutes
    ((10, 30), {}, claim("99490", "99439", 1)),  # 106.42 > 82.16
    ((19.5, 0.5), {}, claim("99490")),
    ((0, 90), {}, claim("99491", "99437", 2)),  # 197.32 > 152.35
    ((60, 30), {"complex": True}, claim("99487", "99489", 1)),
    ((30, 60), FIRST, claim("99487", "99489", 1)),
    ((0, 60), FIRST, claim("99491", "99437", 1)),  # 139.74 > 131.65: counting as staff pays less
    ((20, 20), PCM, claim("99426")),
    ((19, 0.5), {}, []),
]


@pytest.mark.parametrize(("minutes", "options", "expected"), AS_STAFF_CASES)
def test_practitioner_time_counts_as_staff_where_it_pays(
    minutes: tuple[float, float], options: dict[str, Any], expected: Lines
) -> None:
    staff, practitioner = minutes
    assert claim_lines(staff, practitioner, **options, **AS_STAFF) == expected


# ---- APCM


@pytest.mark.parametrize(("level", "code"), [(1, "G0556"), (2, "G0557"), (3, "G0558")])
def test_apcm_has_levels_and_no_threshold(level: int, code: str) -> None:
    for year in (2025, 2026):
        for staff, by_practitioner in ((TICK, 0), (0, TICK), (500, 500)):
            lines = claim_lines(staff, by_practitioner, program="apcm", year=year, apcm_level=level)
            assert lines == [(code, 1)]
        assert claim_lines(0, 0, program="apcm", year=year, apcm_level=level) == []


def test_apcm_level_is_two_by_default() -> None:
    assert claim_lines(20, program="apcm") == [("G0557", 1)]


def test_apcm_starts_in_2025() -> None:
    with pytest.raises(InputError, match=r"code: has no nonfacility figure for 2024.*'G0557'"):
        claim_lines(20, program="apcm", year=2024)


# ---- years and places without figures


def test_2024_has_the_staff_families_only() -> None:
    assert claim_lines(45, year=2024) == claim("99490", "99439", 1)
    assert claim_lines(95, complex=True, year=2024, month=2) == claim("99487", "99489", 1)
    with pytest.raises(InputError, match="'99491'"):
        claim_lines(45, 30, year=2024)


@pytest.mark.parametrize("minutes", [0, 45])
def test_a_place_without_figures_is_refused_even_without_minutes(minutes: float) -> None:
    with pytest.raises(InputError, match=r"year: has no fees here \(got 2027\)"):
        claim_lines(minutes, year=2027)
    with pytest.raises(InputError, match="locality: there are no locality figures for 2026"):
        claim_lines(minutes, year=2026, locality="13202-01")
    with pytest.raises(InputError, match=r"setting: is unknown \(got 'home'\)"):
        claim_lines(minutes, setting="home")  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"month: must be a calendar month \(got 13\)"):
        claim_lines(minutes, month=13)


# ---- refusals


@pytest.mark.parametrize("name", ["staff_minutes", "practitioner_minutes"])
@pytest.mark.parametrize(
    "value", [-1, -0.001, math.nan, math.inf, -math.inf, "20", None, True, Decimal(20)], ids=repr
)
def test_bad_minutes_are_refused(name: str, value: Any) -> None:
    with pytest.raises(InputError) as refusal:
        claim_lines(**{name: value})
    assert str(refusal.value) == (
        f"{name}: must be finite and not negative (got {value!r}); "
        "valid: minutes such as 20 or 41.5"
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"program": "CCM"}, "program: is unknown (got 'CCM'); valid: 'ccm' or 'pcm' or 'apcm'"),
        (
            {"complex_policy": "best"},
            "complex_policy: is unknown (got 'best'); valid: 'best_paid' or 'complex_first'",
        ),
        (
            {"practitioner_time": True},
            "practitioner_time: is unknown (got True); valid: 'own' or 'counts_as_staff'",
        ),
        ({"apcm_level": 0}, "apcm_level: is unknown (got 0); valid: 1 or 2 or 3"),
        ({"apcm_level": True}, "apcm_level: is unknown (got True); valid: 1 or 2 or 3"),
        ({"complex": "no"}, "complex: must be true or false (got 'no'); valid: True or False"),
        (
            {"table": "fees.csv"},
            "table: must be a FeeTable (got 'fees.csv'); valid: FeeTable.read_csv(path), or None",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_bad_options_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as refusal:
        claim_lines(20, **options)
    assert str(refusal.value) == message


# ---- properties

months = st.integers(0, 500 * 1024).map(lambda ticks: ticks * TICK)
situations = st.fixed_dictionaries(
    {
        "complex": st.booleans(),
        "program": st.sampled_from(["ccm", "pcm", "apcm"]),
        "practitioner_time": st.sampled_from(["own", "counts_as_staff"]),
        "apcm_level": st.sampled_from([1, 2, 3]),
    }
)
places = st.one_of(
    st.tuples(st.just(2026), st.just("national"), st.sampled_from(["nonfacility", "facility"])),
    st.tuples(
        st.just(2025),
        st.sampled_from(["national", "02102-01", "13202-01", "06202-00"]),
        st.sampled_from(["nonfacility", "facility"]),
    ),
)


def paid(staff: float, practitioner: float, place: Any, **situation: Any) -> Decimal:
    year, locality, setting = place
    lines = claim_lines(
        staff, practitioner, year=year, locality=locality, setting=setting, **situation
    )
    return allowed_amount(lines, year, locality, setting)


@given(months, months, months, months, situations, places)
@settings(deadline=None, max_examples=300)
def test_more_minutes_never_pay_less(
    staff: float,
    practitioner: float,
    more_staff: float,
    more_practitioner: float,
    situation: dict[str, Any],
    place: Any,
) -> None:
    less = paid(staff, practitioner, place, **situation)
    more = paid(staff + more_staff, practitioner + more_practitioner, place, **situation)
    assert more >= less


@given(months, months, situations, places, st.sampled_from(["best_paid", "complex_first"]))
@settings(deadline=None, max_examples=300)
def test_claim_is_one_family_within_its_limits(
    staff: float, practitioner: float, situation: dict[str, Any], place: Any, policy: Any
) -> None:
    year, locality, setting = place
    lines = claim_lines(
        staff,
        practitioner,
        year=year,
        locality=locality,
        setting=setting,
        complex_policy=policy,
        **situation,
    )
    billed = [code for code, _ in lines]
    if situation["program"] == "apcm":
        assert billed in ([], [codes.APCM_CODES[situation["apcm_level"] - 1]])
    elif lines:
        (family,) = (family for family in FAMILIES.values() if billed[0] == family.first_code)
        assert lines[0][1] == 1
        assert billed[1:] in ([], [family.addon_code])
        assert all(1 <= units <= family.most_addon_units for _, units in lines[1:])
        assert family.program == situation["program"]
        assert situation["complex"] or not family.needs_complex
        # The minutes billed exist, and none of them was needed twice.
        needed = family.first_minutes + sum(n for _, n in lines[1:]) * family.addon_minutes
        pooled = situation["practitioner_time"] == "counts_as_staff"
        own = staff if family.whose_time == "staff" else practitioner
        has = staff + practitioner if pooled and family.whose_time == "staff" else own
        assert needed <= has


@given(months, months, situations, places)
@settings(deadline=None)
def test_claim_pays_the_most_of_all_valid_ones(
    staff: float, practitioner: float, situation: dict[str, Any], place: Any
) -> None:
    """Against an enumeration of every family and number of units that the minutes allow."""
    if situation["program"] == "apcm":
        return
    pooled = situation["practitioner_time"] == "counts_as_staff"
    valid: list[Lines] = [[]]
    for family in FAMILIES.values():
        if family.program != situation["program"]:
            continue
        if family.needs_complex and not situation["complex"]:
            continue
        if family.whose_time == "staff":
            minutes = staff + (practitioner if pooled else 0)
        else:
            minutes = practitioner
        valid += [
            claim(family.first_code, family.addon_code, units)
            for units in range(family.most_addon_units + 1)
            if family.first_minutes + units * family.addon_minutes <= minutes
        ]
    most = max(allowed_amount(lines, *place) for lines in valid)
    assert paid(staff, practitioner, place, **situation) == most


@given(months, months, situations, places)
@settings(deadline=None)
def test_complexity_and_pooling_never_pay_less(
    staff: float, practitioner: float, situation: dict[str, Any], place: Any
) -> None:
    usd = paid(staff, practitioner, place, **situation)
    assert paid(staff, practitioner, place, **{**situation, "complex": True}) >= usd
    assert paid(staff, practitioner, place, **{**situation, **AS_STAFF}) >= usd
