"""Checkpoints: what a long job has done, in a folder that outlives it.

Comes in: arrays by name, and what they depend on. Goes out: the same arrays after any interruption.
A chunk that is torn, changed or of another job is dropped and made anew, never used.
"""

from __future__ import annotations

import json
import time
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ccmsim.errors import InputError, refuse

if TYPE_CHECKING:
    from ccmsim.batches import Arrays, Job

    Batches = Generator[tuple[range, Arrays], None, None]

FORMAT: Final = 1
"""Version of what lies in the folder."""

SAVE_SECONDS: Final = 1.0
"""So much work is lost at most when a job is killed, and a batch."""

_MANIFEST: Final = "manifest.json"


@contextmanager
def appearing(target: Path) -> Iterator[Path]:
    """Give a path to write to; what is there at the end takes the target's place at once.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with appearing(Path(folder) / "note.txt") as part:
    ...         _ = part.write_text("whole")
    ...     [path.name for path in Path(folder).iterdir()]
    ['note.txt']
    """
    part = target.with_name(f".{target.name}.{token_hex(4)}.part")
    try:
        yield part
        part.replace(target)
    finally:
        with suppress(OSError):
            part.unlink()


class Checkpoint:
    """Arrays of one job, in a folder of its own within the folder that the user names.

    Parameters
    ----------
    folder : str or Path
        Made where it is new. Many jobs may share it; each has a folder named by its fingerprint.
    job : mapping
        All that the arrays depend on, as plain values: another value is another job.

    Raises
    ------
    ccmsim.errors.InputError
        When the folder cannot be made or written to; `put` raises it, too.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     Checkpoint(folder, {"seed": 7}).put("first", {"net": np.array([1.5])})
    ...     again, other = Checkpoint(folder, {"seed": 7}), Checkpoint(folder, {"seed": 8})
    ...     again.get("first"), other.get("first")
    ({'net': array([1.5])}, None)
    """

    def __init__(self, folder: str | Path, job: Mapping[str, Any]) -> None:
        self._job = {"format": FORMAT, **job}
        text = json.dumps(self._job, sort_keys=True)
        self.fingerprint = sha256(text.encode()).hexdigest()
        try:
            self.folder = Path(folder) / self.fingerprint[:16]
            self.folder.mkdir(parents=True, exist_ok=True)
        except (OSError, TypeError) as error:
            raise _unusable(folder, error) from None
        self._chunks = self._known()

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all chunks, the first one first; those that are torn among them."""
        return tuple(self._chunks)

    def get(self, name: str) -> Arrays | None:
        """Return the arrays of a chunk; None where there is none, or it is not whole."""
        found = self._chunks.get(name)
        if found is None:
            return None
        try:
            content = (self.folder / found["file"]).read_bytes()
        except OSError:
            return None
        if sha256(content).hexdigest() != found["sha256"]:
            return None
        with np.load(BytesIO(content), allow_pickle=False) as arrays:
            return dict(arrays)

    def put(self, name: str, arrays: Mapping[str, Any]) -> None:
        """Write a chunk, in place of one of that name; it is there whole, or not at all."""
        buffer, before = BytesIO(), self._chunks.get(name)
        np.savez(buffer, **arrays)
        content = buffer.getvalue()
        found = {"file": f"{token_hex(8)}.npz", "sha256": sha256(content).hexdigest()}
        chunks = {**self._chunks, name: found}
        manifest = {"job": self._job, "fingerprint": self.fingerprint, "chunks": chunks}
        try:
            with appearing(self.folder / found["file"]) as part:
                part.write_bytes(content)
            with appearing(self.folder / _MANIFEST) as part:
                part.write_text(json.dumps(manifest, indent=1), encoding="utf-8")
            if before is not None:
                (self.folder / before["file"]).unlink(missing_ok=True)
        except OSError as error:
            raise _unusable(self.folder, error) from None
        self._chunks = chunks

    def _known(self) -> dict[str, dict[str, str]]:
        """Return the chunks of the manifest; none where it is missing, torn or of another job."""
        with suppress(OSError, ValueError, TypeError, KeyError, AttributeError):
            manifest = json.loads((self.folder / _MANIFEST).read_text(encoding="utf-8"))
            if manifest["fingerprint"] == self.fingerprint:
                return {
                    str(name): {"file": Path(one["file"]).name, "sha256": str(one["sha256"])}
                    for name, one in manifest["chunks"].items()
                }
        return {}


def _unusable(folder: Any, error: Exception) -> InputError:
    rule = f"cannot be written: {getattr(error, 'strerror', None) or error}"
    valid = "a folder that you may write to, made where it is new"
    return refuse("checkpoint", rule, str(folder), valid)


class Kept:
    """The replications of a job that are done, from a checkpoint if there is one.

    Parameters
    ----------
    checkpoint : Checkpoint, optional
        Left out, nothing is kept.
    """

    def __init__(self, checkpoint: Checkpoint | None = None) -> None:
        self._checkpoint = checkpoint
        self._held: dict[int, Arrays] = {}
        self._new: dict[int, Arrays] = {}
        if checkpoint is not None:
            for name in checkpoint.names:
                for start, arrays in _unpacked(checkpoint.get(name) or {}).items():
                    batch = range(start, start + _length(arrays))
                    if self.missing(batch.start, batch.stop) == [batch]:
                        self._held[start] = arrays

    def missing(self, first: int, last: int) -> list[range]:
        """Return the replications from `first` to before `last` that are not there."""
        gaps, at = [], first
        for start, arrays in sorted(self._held.items()):
            stop = start + _length(arrays)
            if stop > at and start < last:
                gaps.append(range(at, start))
                at = stop
        gaps.append(range(at, last))
        return [gap for gap in gaps if gap]

    def through(self, runs: Batches, first: int, last: int) -> Batches:
        """Yield what is there from `first` to before `last`, then what runs, which is kept."""
        for start, arrays in self._held.items():
            low, high = max(start, first), min(start + _length(arrays), last)
            if low < high:
                part = {name: rows[low - start : high - start] for name, rows in arrays.items()}
                yield range(low, high), part
        saved = time.monotonic()
        with closing(runs):
            try:
                for batch, arrays in runs:
                    if self._checkpoint is not None:
                        self._new[batch.start] = arrays
                        if time.monotonic() >= saved + SAVE_SECONDS:
                            self._save()
                            saved = time.monotonic()
                    yield batch, arrays
            finally:  # after an interrupt, too
                self._save()

    def _save(self) -> None:
        """Write what is new as one chunk."""
        if self._checkpoint is not None and self._new:
            self._checkpoint.put(f"from {min(self._new)}", _packed(self._new))
            self._new.clear()


def kept_of(folder: str | Path | None, job: Job) -> Kept:
    """Return the replications that a job's checkpoint holds; where no folder is named, none."""
    if folder is None:
        return Kept()
    from ccmsim.compiling import cache_key

    of_scenario = {"scenario": job.scenario.fingerprint, "code": cache_key()}
    return Kept(Checkpoint(folder, {**job._asdict(), **of_scenario}))


def _length(arrays: Arrays) -> int:
    return len(next(iter(arrays.values())))


def _packed(batches: Mapping[int, Arrays]) -> Arrays:
    """Return the arrays of several batches under one mapping's names."""
    return {
        f"{start}/{name}": rows
        for start, arrays in batches.items()
        for name, rows in arrays.items()
    }  # fmt: skip


def _unpacked(packed: Arrays) -> dict[int, Arrays]:
    batches: dict[int, Arrays] = {}
    for key, rows in packed.items():
        start, _, name = key.partition("/")
        batches.setdefault(int(start), {})[name] = rows
    return batches
