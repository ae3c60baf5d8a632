"""The report: what is in it, that it needs nothing else, that it appears whole, what is refused."""

from __future__ import annotations

import base64
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner

import ccmsim
from ccmsim.analyses.assessment import SURE_MAY_ERR
from ccmsim.analyses.risk_views import few_in_tail
from ccmsim.cli import app
from ccmsim.errors import InputError
from ccmsim.first_page import first_page
from ccmsim.measures import estimate_of
from ccmsim.report import Report, practice_report
from ccmsim.report.markup import table, words
from ccmsim.report.page import PARTS
from ccmsim.wording import cell, shown

QUICK: dict[str, Any] = {"months": 2, "replications": 100, "seed": 3, "sets": 3}
ODD = 'a <b>practice</b> & "more"'


class Page(HTMLParser):
    """Text, anchors, addresses and pictures of a page; refuses tags that are left open."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.words: list[str] = []
        self.anchors: set[str] = set()
        self.addresses: list[str] = []
        self.tags: set[str] = set()
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag not in ("meta", "img"):
            self.open.append(tag)
        for name, value in attrs:
            if name == "id":
                self.anchors.add(str(value))
            if name in ("src", "href", "srcset", "action", "data"):
                self.addresses.append(str(value))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


@pytest.fixture(scope="module")
def found() -> Report:
    scenario = ccmsim.load("solo_nurse").but(
        {"panel.enrolled_at_start": 20, "name": "two <i>", "description": ODD}
    )
    return practice_report(scenario, **QUICK)


@pytest.fixture(scope="module")
def page(found: Report) -> Page:
    return Page(found.html())


def test_every_part_has_its_numbers(found: Report, page: Page) -> None:
    for title in PARTS.values():
        assert title in page.text
    text = first_page(found.results, ceiling=found.ceiling, absence=found.absence)
    for line in text.splitlines():
        for part in re.split(r"  +", line.strip()):
            # paragraphs are broken elsewhere
            assert " ".join(part.split()[:3]) in page.text
    for row in found.erosion.rows():
        assert cell(row.estimates["billable_points"]) in page.text
    for number in (*found.risk.numbers.values(), *found.risk.causes.values()):
        assert cell(number) in page.text
    assert len(found.risk.losses) > 20
    for number in found.risk.losses.values():
        assert shown(number) in page.text
    assert "With 5 worst years the intervals of causes may cover less than stated" in page.text
    assert few_in_tail(found.risk) in page.text
    for gain in found.assessment.levers:
        assert gain.words in page.text
    assert SURE_MAY_ERR in " ".join(page.text.split())
    assert found.assessment.overturns
    for one in found.assessment.overturns:
        for text in (one.words, one.path, cell(one.swing_usd), *one.flips):
            assert text in page.text
    told = found.results.stress_des()
    for item in told.items:
        assert " ".join(item.text.replace("`", " ").split()) in " ".join(page.text.split())
    for each in told.inputs:
        assert each.path in page.text
    assert "Seed 3." in page.text
    assert found.results.scenario.fingerprint in page.text


def test_a_table_of_many_letters_has_smaller_ones() -> None:
    """What it cannot show beside each other is hidden, and on paper cut off."""
    losses = "35,200 (32,400 to 42,200)"
    assert table([], [("holidays", *[losses] * 4)]).startswith('<div class="broad"><table class="w')
    assert "wide" not in table([], [("holidays", *[losses] * 3)])
    assert "wide" not in table([], [(losses * 4, "5")])
    assert table(["", "USD"], []).count("<tr>") == 1


def test_an_option_is_not_broken_at_its_hyphens() -> None:
    assert words("`run --seed 0`") == "<p><code>run <span>--seed</span> 0</code></p>"


def test_without_sets_it_looks_for_nothing_that_could_overturn_it(page: Page) -> None:
    """Then the assumptions are those of two_nurses, and it says so.

    The practice enrolls, so that its steps are told in patient-months, as ccmsim erosion does.
    """
    small = ccmsim.load("solo_nurse").but(
        {
            "panel.enrolled_at_start": 10,
            "panel.replace_leavers": False,
            "panel.medicare": {"patients": 30},
        }
    )
    found = practice_report(small, **(QUICK | {"sets": 0, "months": 1}))
    assert not found.assessment.overturns
    steps = {True: "patient-months base code, USD", False: "of 100 enrolled base code, USD"}
    assert steps[False] in page.text
    page = Page(found.html())
    assert steps[True] in page.text
    assert steps[False] not in page.text
    for row in found.erosion.steps:
        assert shown(row.estimates["billable_patient_months"]) in page.text
    assert "as measured on the preset two_nurses" in page.text
    for assumption in found.assessment.assumptions:
        assert assumption.text in page.text
        assert all(path in page.text for path in assumption.values)


def test_it_asks_for_nothing_from_elsewhere(found: Report, page: Page) -> None:
    assert page.tags.isdisjoint({"script", "link", "iframe", "object", "embed", "form", "base"})
    pictures = [each for each in page.addresses if not each.startswith("#")]
    assert len(pictures) == 5
    assert {each[1:] for each in page.addresses if each.startswith("#")} == page.anchors
    for each in pictures:
        kind, _, data = each.partition(",")
        assert kind == "data:image/svg+xml;base64"
        drawn = ElementTree.fromstring(base64.b64decode(data, validate=True))
        assert drawn.tag.endswith("svg")
    style = found.html().partition("<style>")[2].partition("</style>")[0]
    assert "url(" not in style
    assert "@import" not in style


def test_what_the_user_writes_is_text(found: Report, page: Page) -> None:
    assert page.tags.isdisjoint({"b", "i"})
    assert ODD in page.text
    assert "<b>practice" not in found.html()


def test_the_same_run_gives_the_same_page(found: Report) -> None:
    again = practice_report(found.results.scenario, **QUICK)
    assert again.html() == found.html()


def test_plain_values(found: Report) -> None:
    document = json.loads(found.to_json())
    parts = {"first_page", "erosion", "risk", "assess", "stress_des"}
    assert parts <= set(document)
    assert (document["seed"], document["months"], document["replications"]) == (3, 2, 100)
    today = document["erosion"]["steps"][-1]["estimates"]["billable_points"]["value"]
    assert document["assess"]["today"]["billed_of_100"]["value"] == pytest.approx(today, abs=0.5)
    rest = document["first_page"]["of_100_enrolled"]["nobody_could_have_reached"]["value"]
    assert rest == pytest.approx(100.0 - 100.0 * found.ceiling.value)


def test_every_part_has_the_same_luck(found: Report) -> None:
    """The erosion's today, the risk's mean and the assessment's net are those of the results."""
    net = estimate_of(found.results, "net_usd.total").value
    assert found.risk.numbers["mean"].value == net
    assert found.assessment.today["net_usd"].value == net
    assert found.erosion.steps[-1].estimates["net_usd"].value == pytest.approx(net)


def test_saved_whole_or_not_at_all(
    found: Report, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "owner.html"
    target.write_text("before")
    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", lambda *_: (_ for _ in ()).throw(OSError("full")))
        with pytest.raises(OSError, match="full"):
            found.save(target)
    assert [path.name for path in tmp_path.iterdir()] == ["owner.html"]
    assert target.read_text() == "before"
    found.save(target)
    assert target.read_text("utf-8") == found.html()
    assert [path.name for path in tmp_path.iterdir()] == ["owner.html"]


def test_where_it_cannot_be_saved(found: Report, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"path: must end in \.html"):
        found.save(tmp_path / "owner.pdf")
    with pytest.raises(InputError, match="is in a folder that does not exist"):
        found.save(tmp_path / "no" / "owner.html")


def test_a_practice_without_disruptions_has_a_report() -> None:
    page = Page(practice_report(ccmsim.load("perfect"), **QUICK).html())
    assert "Everybody is billed every month" in page.text
    assert "Regained without one disruption" not in page.text
    assert "Over the ranges of these values the net of this practice moves most" in page.text


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"replications": 99}, "replications: must be at least 100"),
        ({"level": 0.999}, "level: is too high for a bootstrap interval"),
        ({"level": 0.0}, "level: must lie between 0 and 1"),
        ({"sets": -1}, "sets: must be at least 0"),
        ({"months": 0}, "months"),
    ],
)
def test_impossible_settings(
    changes: dict[str, Any], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ccmsim.montecarlo._driven", lambda *_, **__: pytest.fail("simulated"))
    with pytest.raises(InputError, match=said):
        practice_report(ccmsim.load("perfect"), **(QUICK | changes))


WORDS = ("--months", "1", "--replications", "100", "--sets", "0")


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    few = ("--set", "panel.enrolled_at_start=10")
    done = CliRunner().invoke(app, ["report", "solo_nurse", "-o", "owner.html", *WORDS, *few])
    assert done.exit_code == 0, done.output
    assert "MONEY a month" in done.stdout
    assert "Wrote owner.html" in done.stdout
    assert "solo_nurse: January 2026" in Page(Path("owner.html").read_text("utf-8")).text
    done = CliRunner().invoke(app, ["report", "perfect", *WORDS, "--json"])
    assert done.exit_code == 0, done.output
    document = json.loads(done.stdout)
    assert (document["command"], document["file"]) == ("report", "report.html")
    assert {"first_page", "erosion", "risk", "assess", "stress_des"} <= set(document)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["owner.html", "report.html"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nobody"], "is neither a preset nor a file"),
        (["perfect", "-o", "owner.pdf"], "--output: does not end in .html"),
        (["perfect", "-o", "no/owner.html"], "--output: is in a folder that does not exist"),
        (["perfect", "--replications", "99"], "replications: must be at least 100"),
        (["perfect", "--set", "panel.ned=2"], "panel.ned"),
        (["perfect", "--level", "95"], "--level"),
    ],
)
def test_bad_input_leaves_nothing(
    words: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["report", *words])
    assert done.exit_code == 2
    assert said in done.output
    assert list(tmp_path.iterdir()) == []
