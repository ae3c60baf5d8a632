"""Checkpoints: killed or interrupted anywhere, a job goes on and gives the same bits."""

from __future__ import annotations

import json
import pickle
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.facts import same_values
from typer.testing import CliRunner

import ccmsim
from ccmsim import batches, checkpoints
from ccmsim.batches import Job, run_batch
from ccmsim.checkpoints import Checkpoint
from ccmsim.cli import app
from ccmsim.errors import InputError
from ccmsim.montecarlo import BATCH, continued
from ccmsim.precision import Precision

SMALL = ccmsim.load("solo_nurse").but({"panel.enrolled_at_start": 12})
SETTINGS: dict[str, Any] = {"months": 2, "replications": 4 * BATCH + 3, "seed": 7, "workers": 1}


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[range]:
    """Return what is simulated, as it comes."""
    found: list[range] = []

    def working(job: Job, batch: range, *more: Any) -> Any:
        found.append(batch)
        return run_batch(job, batch, *more)

    monkeypatch.setattr(batches, "run_batch", working)
    return found


def interrupted(folder: Path, after: int, **settings: Any) -> None:
    """Simulate until so many replications are done."""

    def stop(done: int, total: int) -> None:
        if done >= after:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ccmsim.simulate(SMALL, **(SETTINGS | settings), progress=stop, checkpoint=folder)


@pytest.mark.parametrize("keep", ["months", "patient_months"])
@pytest.mark.parametrize("saved", [0.0, 1e9])
def test_an_interrupted_job_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ran: list[range], keep: Any, saved: float
) -> None:
    monkeypatch.setattr(checkpoints, "SAVE_SECONDS", saved)
    whole = ccmsim.simulate(SMALL, **SETTINGS, keep=keep)
    interrupted(tmp_path, 2 * BATCH, keep=keep)
    ran.clear()
    again = ccmsim.simulate(SMALL, **SETTINGS, keep=keep, checkpoint=tmp_path)
    same_values(again.values, whole.values)
    assert [batch.start for batch in ran] == [2 * BATCH, 3 * BATCH, 4 * BATCH]
    ran.clear()
    more = SETTINGS | {"replications": SETTINGS["replications"] - 5}
    fewer = ccmsim.simulate(SMALL, **more, keep="months", checkpoint=tmp_path)
    assert bool(ran) == (keep != "months")  # what else is kept is another job
    same_values(fewer.values, {name: whole.values[name][:-5] for name in fewer.values})


def test_gaps_are_filled_whatever_the_batches(tmp_path: Path, ran: list[range]) -> None:
    """Two threads leave gaps, and other batches than one."""
    whole = ccmsim.simulate(SMALL, **SETTINGS)
    interrupted(tmp_path, 7, workers=2)
    folder = next(tmp_path.iterdir())
    done = set(np.concatenate([list(batch) for batch in ran]))
    held = Checkpoint(tmp_path, json.loads((folder / "manifest.json").read_text())["job"])
    assert held.folder == folder
    ran.clear()
    again = ccmsim.simulate(SMALL, **SETTINGS, checkpoint=tmp_path)
    same_values(again.values, whole.values)
    assert sum(map(len, ran)) < SETTINGS["replications"]
    assert done | {number for batch in ran for number in batch} == set(range(4 * BATCH + 3))


def test_precision_stops_where_it_would(tmp_path: Path) -> None:
    settings: dict[str, Any] = {"months": 1, "seed": 1, "workers": 1, "replications": 2_000}
    wanted = Precision("net_usd.total", 40.0)
    whole = ccmsim.simulate(SMALL, **settings, precision=wanted)
    assert whole.stopping is not None
    assert whole.stopping.reached
    interrupted(tmp_path, whole.replications // 2, **settings, precision=wanted)
    again = ccmsim.simulate(SMALL, **settings, precision=wanted, checkpoint=tmp_path)
    same_values(again.values, whole.values)
    assert again.stopping == whole.stopping


def _tear(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-9])


def _swap(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("damage", [_tear, _swap, Path.unlink])
@pytest.mark.parametrize("file", ["*.npz", "manifest.json"])
def test_what_is_damaged_is_made_anew(
    tmp_path: Path, ran: list[range], damage: Any, file: str
) -> None:
    whole = ccmsim.simulate(SMALL, **SETTINGS, checkpoint=tmp_path)
    damage(next(tmp_path.glob(f"*/{file}")))
    ran.clear()
    again = ccmsim.simulate(SMALL, **SETTINGS, checkpoint=tmp_path)
    same_values(again.values, whole.values)
    assert ran or file == "manifest.json"  # a changed bit there may be one of the layout
    ran.clear()
    ccmsim.simulate(SMALL, **SETTINGS, checkpoint=tmp_path)
    assert not ran


@pytest.mark.parametrize("other", [
    {"scenario": SMALL.but({"contact.max_attempts": 2})}, {"months": 3}, {"seed": 8},
    {"warmup_months": 1}, {"engine": "simpy"},
])  # fmt: skip
def test_another_job_has_nothing_of_it(
    tmp_path: Path, ran: list[range], other: dict[str, Any]
) -> None:
    """Not even where its folder lies in the place of this one's."""
    settings = {"scenario": SMALL, **SETTINGS} | other
    ccmsim.simulate(SMALL, **SETTINGS, checkpoint=tmp_path)
    theirs = next(tmp_path.iterdir())
    ran.clear()
    whole = ccmsim.simulate(**settings, checkpoint=tmp_path)
    assert sum(map(len, ran)) == SETTINGS["replications"]
    mine = next(path for path in tmp_path.iterdir() if path != theirs)
    for path in theirs.iterdir():
        (mine / path.name).write_bytes(path.read_bytes())
    same_values(ccmsim.simulate(**settings, checkpoint=tmp_path).values, whole.values)


def test_a_killed_process_goes_on(tmp_path: Path, ran: list[range]) -> None:
    """Killed without a last word; some of its work is there, and the result is the same."""
    settings: dict[str, Any] = {"months": 2, "replications": 50 * BATCH}
    work = (
        "import pickle, time, ccmsim, ccmsim.checkpoints\n"
        f"small = pickle.loads({pickle.dumps(SMALL)!r})\n"
        "ccmsim.checkpoints.SAVE_SECONDS = 0.0\n"
        f"settings = {settings!r} | {{'checkpoint': {str(tmp_path)!r}}}\n"
        "ccmsim.simulate(small, **settings, progress=lambda done, total: time.sleep(0.2))"
    )
    with subprocess.Popen([sys.executable, "-c", work]) as process:
        while not list(tmp_path.glob("*/manifest.json")) and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    whole = ccmsim.simulate(SMALL, **settings)
    ran.clear()
    again = ccmsim.simulate(SMALL, **settings, checkpoint=tmp_path)
    same_values(again.values, whole.values)
    assert 0 < sum(map(len, ran)) < settings["replications"]


def test_results_go_on(ran: list[range]) -> None:
    few = ccmsim.simulate(SMALL, **(SETTINGS | {"replications": 13}))
    ran.clear()
    more = continued(few, SETTINGS["replications"], workers=1)
    same_values(more.values, ccmsim.simulate(SMALL, **SETTINGS).values)
    assert ran[0].start == 13


def test_a_folder_that_cannot_be_used(tmp_path: Path) -> None:
    taken = tmp_path / "file"
    taken.write_text("mine")
    for folder in (taken, 3):
        with pytest.raises(InputError, match="checkpoint: cannot be written"):
            ccmsim.simulate(SMALL, **SETTINGS, checkpoint=folder)  # type: ignore[arg-type]
    assert taken.read_text() == "mine"
    done = CliRunner().invoke(
        app, ["run", "solo_nurse", "--checkpoint", str(taken)], prog_name="ccmsim"
    )
    assert done.exit_code == 2
    assert "checkpoint: cannot be written" in done.stderr


def test_a_chunk_may_be_replaced(tmp_path: Path) -> None:
    held = Checkpoint(tmp_path, {"what": "test"})
    for number in (1.0, 2.0):
        held.put("one", {"x": np.array([number])})
    again = Checkpoint(tmp_path, {"what": "test"})
    found = again.get("one")
    assert found is not None
    assert found["x"].tolist() == [2.0]
    assert again.names == ("one",)
    assert len(list(held.folder.glob("*.npz"))) == 1
