"""Values in sentences: one for each that the evidence table has a range for, and for others too."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase

import pytest

import ccmsim
from ccmsim.analyses.sensitivity import with_ranges
from ccmsim.errors import InputError
from ccmsim.in_words import _SENTENCES, amount, in_words
from ccmsim.scenario.changing import paths
from ccmsim.scenario.uncertain import mean_at

NURSES = ccmsim.load("two_nurses")


@pytest.mark.parametrize("preset", ccmsim.presets())
def test_what_has_a_range_has_a_sentence(preset: str) -> None:
    """No name of a field stands in it, and no place that was left empty."""
    scenario = ccmsim.load(preset)
    for path in with_ranges(scenario, None):
        told = in_words(scenario, path)
        assert told.endswith(".")
        assert told[0].isupper() or told[0].isdigit()
        assert not re.search(r"[_{}]|\w\.\w*[a-z]\w*\.", told), told


def test_every_pattern_is_of_some_preset() -> None:
    """A field that is renamed would leave its sentence behind."""
    known = {
        path
        for name in ccmsim.presets()
        for path in paths(ccmsim.load(name))
        if mean_at(ccmsim.load(name), path) is not None
    }
    cover = "operations.cover.wage_usd_per_hour"
    dead = [one for one in _SENTENCES if not any(fnmatchcase(path, one) for path in known)]
    assert set(dead) <= {cover}
    covered = NURSES.but({"operations.cover": {"wage_usd_per_hour": 40.0, "hours_per_week": 8.0}})
    told = "A substitute is paid 40 USD an hour, before what comes on top."
    assert in_words(covered, cover) == told


@pytest.mark.parametrize(("path", "value", "told", "ends"), [
    ("disruptions.sick.spells_per_year", 1.0, "A nurse falls sick once a year.", "1"),
    ("disruptions.sick.spells_per_year", 2.5, "A nurse falls sick 2.5 times a year.", "2.5"),
    ("disruptions.closure.length_days", 3, "A closure lasts 3 business days.", "3"),
    ("contact.notes_minutes", 1.0, "The notes of a call take 1 minute.", "1"),
    ("finance.denied_share", 0.125, "Of 100 claims 12 are denied at first.", "12 %"),
    ("finance.denied_share", 0.015, "Of 100 claims 1.5 are denied at first.", "1.5 %"),
    ("panel.death_per_month_share", 0.0076,
     "Of 1,000 patients 7.6 die or move away in a month.", "7.6 of 1,000"),
])  # fmt: skip
def test_numbers_are_in_the_unit_of_the_sentence(
    path: str, value: float, told: str, ends: str
) -> None:
    assert in_words(NURSES.but({path: value}), path) == told
    assert amount(NURSES, path, value) == ends


def test_who_is_meant_is_told_where_there_are_several() -> None:
    """A group's own wage names it; a disruption of all names nobody, of some those."""
    both = NURSES.but({
        "staff.doctor": {"hours_per_week": 4.0, "role": "practitioner", "wage_usd_per_hour": 90.0},
        "disruptions.sick.staff": ["doctor"],
        "disruptions.flu": NURSES.disruptions["sick"].model_dump(),
    })  # fmt: skip
    wage = "A practitioner of doctor is paid 90 USD an hour, before what comes on top."
    assert in_words(both, "staff.doctor.wage_usd_per_hour") == wage
    path = "disruptions.sick.spells_per_year"
    assert in_words(both, path).startswith("A practitioner of doctor falls sick")
    assert in_words(both, "disruptions.flu.spells_per_year").startswith("A coordinator falls sick")


def test_other_values_are_told_by_their_meaning() -> None:
    told = in_words(NURSES, "panel.enrolled_at_start")
    assert told.startswith("Patients enrolled when the simulation starts; 0 only with")
    assert told.endswith("(panel.enrolled_at_start): 200.")
    assert amount(NURSES, "panel.enrolled_at_start", 150.0) == "150"


def test_what_is_no_number_is_refused() -> None:
    with pytest.raises(InputError, match=r"contact\.followup: is not a number of this scenario"):
        in_words(NURSES, "contact.followup")
