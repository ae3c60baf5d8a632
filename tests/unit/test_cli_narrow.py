"""Pages for narrow terminals: nothing is lost, all that can fits, what fits stays."""

from __future__ import annotations

import pandas as pd
import pytest
from rich.console import Console

from ccmsim.cli import shell
from ccmsim.cli.narrow import labels_wrapped, narrowed
from ccmsim.cli.shell import show, show_page
from ccmsim.cli.tables import table
from ccmsim.cli.trace import _print

PAGE = """\
solo_nurse: 3 months from 2026-01, each way simulated 100 times with the same luck, seed 0

TODAY
  Enrolled patients, mean month                             100
  Billed in a good stretch of 3 months, one in ten          $17,210 (16,890 to 17,750)
  Left after staff and other costs, and what else there is  -$117,210 (-116,890 to -117,750)

WHAT LIMITS IT NOW
  - Time: an hour a week more for each coordinator brings -52 ± 68 USD after its wage,
    and 1.68 ± 0.21 patients billed a month: it may pay for itself or not at all, 100 %.
  - Coordinators have work in 97 of 100 minutes on duty.

                                                           net, USD         a bad year  certainty
  A paid substitute from the third day of an absence   230 (140 to 380)   500 (150 to 930)  likely
  Each service is logged at once                               221 ± 56   200 (-70 to 430)  likely
  Half as many                                                        3                  4  open"""


@pytest.mark.parametrize("width", [100, 88, 80, 72])
def test_the_same_words_in_lines_that_fit(width: int) -> None:
    page = narrowed(PAGE, width, 88)
    assert page.split() == PAGE.split()
    assert max(map(len, page.splitlines())) <= width
    assert not any(line != line.rstrip() for line in page.splitlines())
    assert (page == PAGE) == (width == 100)


def test_where_a_narrow_page_is_folded() -> None:
    assert (
        narrowed(PAGE, 80, 88).splitlines()
        == """\
solo_nurse: 3 months from 2026-01, each way simulated 100 times with the same
luck, seed 0

TODAY
  Enrolled patients, mean month                             100
  Billed in a good stretch of 3 months, one in ten    $17,210 (16,890 to 17,750)
  Left after staff and other costs, and what else there is
                                                -$117,210 (-116,890 to -117,750)

WHAT LIMITS IT NOW
  - Time: an hour a week more for each coordinator brings -52 ± 68 USD after its
    wage, and 1.68 ± 0.21 patients billed a month: it may pay for itself or not
    at all, 100 %.
  - Coordinators have work in 97 of 100 minutes on duty.

                                         net, USD         a bad year  certainty
  A paid substitute from the third day of an absence
                                     230 (140 to 380)   500 (150 to 930)  likely
  Each service is logged at once
                                             221 ± 56   200 (-70 to 430)  likely
  Half as many
                                                    3                  4  open""".splitlines()
    )


def test_what_cannot_fit_stays_as_it_is() -> None:
    """Amounts alone are wider, or a word is."""
    row = "net  1,000 (900 to 1,100)  2,000 (1,900 to 2,100)"
    assert narrowed(row, 30, 88) == row
    path = "/a/path/that/nobody/can/break" * 4
    assert narrowed(path, 10, 88) == path
    assert narrowed("", 10, 88) == ""


def terminal(columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the standard output a terminal with so many columns."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", str(columns))
    assert Console().is_terminal


ROWS = (
    ("documentation.logging_minutes_per_entry", "153 (90 to 230)", "-387 (-456 to -332)"),
    ("finance.wage_load", "0", "-314.3 ± 4.5"),
)


def test_a_table_of_numbers_is_folded_in_a_narrow_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    terminal(60, monkeypatch)
    rows = table("Change", "", "at low", "at high", label_width=43)
    for row in ROWS:
        rows.add_row(*row)
    show("Above", rows)
    assert capsys.readouterr().out.splitlines() == [
        "Above",
        "Change",
        f"{'at low':>39}{'at high':>21}",
        "documentation.logging_minutes_per_entry",
        f"{'153 (90 to 230)':>39}{'-387 (-456 to -332)':>21}",
        "finance.wage_load",
        f"{'0':>39}{'-314.3 ± 4.5':>21}",
    ]
    terminal(100, monkeypatch)
    show(rows)
    assert len(capsys.readouterr().out.splitlines()) == 4
    terminal(36, monkeypatch)  # too narrow for the amounts alone: cells are broken
    show(rows)
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 36


def test_a_title_broader_than_its_table_is_broken(capsys: pytest.CaptureFixture[str]) -> None:
    for title, lines in (("Two words", 3), ("Words of a title that goes on", 4)):
        rows = table(title, "", "sum", label_width=12)
        rows.add_row("all", "1")
        show(rows)
        out = capsys.readouterr().out
        assert out.split() == [*title.split(), "sum", "all", "1"]
        assert len(out.splitlines()) == lines
        assert max(map(len, out.splitlines())) <= 17


def test_a_page_is_folded_in_a_narrow_terminal_only(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    show_page(PAGE)
    assert capsys.readouterr().out == f"{PAGE}\n"
    terminal(80, monkeypatch)
    show_page(PAGE)
    assert capsys.readouterr().out == f"{narrowed(PAGE, 80, 88)}\n"
    assert shell.page_width() == 80
    terminal(40, monkeypatch)
    assert shell.page_width() == 60


def test_events_are_whole_in_a_narrow_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The longest words that a trace has."""
    log = pd.DataFrame(
        {
            "time": [pd.Timestamp("2026-01-02 08:00:00")],
            "event": ["done_outside"],
            "patient": [19_999],
            "coordinator": [12],
            "item": ["practitioner"],
            "minutes": [1_010.25],
            "captured_minutes": [101.5],
            "answered": [True],
        }
    )
    for columns, day in ((80, "2026-01-02 08:00:00"), (100, "Fri 2026-01-02 08:00:00")):
        terminal(columns, monkeypatch)
        _print(log, 1)
        words = f"{day} done_outside 19999 12 practitioner 1010.25 101.50 yes".split()
        assert capsys.readouterr().out.splitlines()[1].split() == words


WIDE = """\
                            billed, USD            net, USD
Projection: all        158,712 ± 12,345  82,140 ± 1,234,567
    hours: they wait            -70 ± 5              12 ± 3"""


def test_labels_go_on_below_where_a_table_is_too_wide() -> None:
    """Further in than they begin, so that no part of one looks like a row; no number is broken."""
    assert (
        labels_wrapped(WIDE, 20, 57)
        == """\
                          billed, USD            net, USD
Projection: all      158,712 ± 12,345  82,140 ± 1,234,567
    hours: they               -70 ± 5              12 ± 3
      wait"""
    )
    assert labels_wrapped(WIDE, 20, 59) == WIDE
    assert labels_wrapped(WIDE, 20, 54) == WIDE  # a label of 15 characters tells nothing


def test_a_table_that_is_too_wide_keeps_its_numbers_whole(
    capsys: pytest.CaptureFixture[str],
) -> None:
    wide = table("Bad years", "", "billed, USD", "net, USD", "cash, USD", label_width=0)
    number = "150,500 (150,100 to 152,400)"
    wide.add_row("    nobody could have reached them", number, "1 ± 1", number)
    show(wide)
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) == shell.WIDTH
    assert lines[2].split() == f"nobody could have reached {number} 1 ± 1 {number}".split()
    assert lines[3] == "      them"
