"""The tables of docs/verification.md: made by the command that the page names, in its form."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ccmsim.studies import verification
from ccmsim.studies.verification import PRACTICES, TIME, main, seventy_five, time_lost

PAGE = Path(__file__).parents[2] / "docs" / "verification.md"


def first_cells(text: str) -> list[str]:
    return [line.split("|")[1].strip() for line in text.splitlines() if line.startswith("| ")]


def test_the_page_has_the_tables_of_the_command() -> None:
    written = PAGE.read_text("utf-8")
    for table in (time_lost(replications=20), seventy_five(replications=20)):
        cells = first_cells(table)
        assert "\n".join(cells) in "\n".join(first_cells(written))
    assert written.count("`python -m ccmsim.studies.verification`") == 2


def test_tables_say_what_was_compared() -> None:
    table = seventy_five(replications=20, seed=3)
    rows = {line.split("|")[1].strip(): line.split("|")[2:-1] for line in table.splitlines()
            if line.startswith(("| `", "| …"))}  # fmt: skip
    assert list(rows) == list(PRACTICES)
    assert rows["`structured_75`"][-2:] == ["  ", "  "]
    assert [words for words, cells in rows.items() if cells[-1].strip() == "the same"] == [
        words for words, (_, changes) in PRACTICES.items()
        if "disruptions.floor_cover" in changes or words.startswith("`structured_75`,")
    ]  # fmt: skip
    lost = [float(x) for x in re.findall(r"\| 0\.\d+ \| (0\.\d+)", time_lost(replications=40))]
    assert len(lost) == len(TIME)
    assert lost[-1] == max(lost), "the informal team is away most"


def test_the_command_renews_the_page(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verification, "time_lost", lambda: "lost")
    monkeypatch.setattr(verification, "seventy_five", lambda: "compared")
    page = tmp_path / "page.md"
    marks = [f"<!-- {mark}: begin -->old<!-- {mark}: end -->" for mark in verification.MARKS]
    page.write_text("".join(marks), "utf-8")
    main([str(page)])
    assert capsys.readouterr().out == "lost\n\ncompared\n"
    written = page.read_text("utf-8")
    assert "old" not in written
    assert re.findall(r"begin -->\s*(\w+)\s*<!--", written) == ["lost", "compared"]
    with pytest.raises(SystemExit) as stopped:
        main([str(tmp_path / "none.md")])
    assert stopped.value.code == 2
    assert "is no file" in capsys.readouterr().err
