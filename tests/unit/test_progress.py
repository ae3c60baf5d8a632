"""Progress reaches the user's callable, or a bar on a terminal, and nobody else."""

from __future__ import annotations

import pytest

from ccmsim.progress import shown


def test_own_callable() -> None:
    seen: list[tuple[int, int]] = []
    with shown(lambda done, total: seen.append((done, total)), 5) as report:
        report(0, 5)
        report(5, 5)
    assert seen == [(0, 5), (5, 5)]


@pytest.mark.parametrize("progress", [None, False])
def test_nothing_is_shown(progress: bool | None, capsys: pytest.CaptureFixture[str]) -> None:
    with shown(progress, 5) as report:
        report(5, 5)
    assert capsys.readouterr() == ("", "")


def test_no_bar_outside_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with shown(True, 5) as report:
        report(2, 5)
    assert capsys.readouterr() == ("", "")


def test_a_bar_on_a_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")  # rich takes this for a terminal
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")
    with shown(True, 5, "Months") as report:
        report(2, 5)
        report(5, 5)
    out, error = capsys.readouterr()
    assert out == ""
    assert "Months" in error
    assert "5/5" in error


def test_an_error_within_leaves_no_bar_behind() -> None:
    with pytest.raises(RuntimeError, match="stop"), shown(True, 5):
        raise RuntimeError("stop")
