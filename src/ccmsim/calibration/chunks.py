"""Simulated points on disk, so that a calibration that was interrupted goes on where it was.

Comes in: a folder, what the simulations depend on, chunks of points with what they gave. Goes out:
files that appear whole or not at all; a torn one, or one of another calibration, is as good as
none. Simulates nothing.
"""

from __future__ import annotations

import hashlib
import tempfile
import zipfile
from pathlib import Path
from typing import Any, Final

import numpy as np

from ccmsim.arrays import Floats
from ccmsim.checkpoints import appearing
from ccmsim.errors import refuse

_UNREADABLE: Final = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile)


class Chunks:
    """The chunks in a folder, or nowhere.

    Parameters
    ----------
    folder : str, Path or None
        Made where it does not exist. None keeps nothing.
    fingerprint : str
        Of all that the simulations depend on, the points aside.
    """

    def __init__(self, folder: str | Path | None, fingerprint: str) -> None:
        self.folder = None if folder is None else Path(folder)
        self.fingerprint = fingerprint
        if self.folder is None:
            return
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.folder):
                pass
        except OSError as error:
            rule = f"is no folder to write to: {error.strerror or error}"
            raise refuse(
                "checkpoint", rule, str(folder), "a folder, made where it is new"
            ) from None

    def read(self, name: str, points: Floats) -> Floats | None:
        """Return what these points gave, None where it is not known."""
        if self.folder is None:
            return None
        try:
            with self._path(name).open("rb") as raw, np.load(raw, allow_pickle=False) as file:
                digest, found = str(file["digest"]), np.asarray(file["found"], dtype=np.float64)
        except _UNREADABLE:
            return None
        return found if digest == self._digest(points, found) else None

    def write(self, name: str, points: Floats, found: Floats) -> None:
        """Keep what points gave."""
        if self.folder is None:
            return
        with appearing(self._path(name)) as part, part.open("wb") as file:
            np.savez_compressed(file, found=found, digest=self._digest(points, found))

    def _path(self, name: str) -> Path:
        assert self.folder is not None
        return self.folder / f"{name.replace(' ', '_')}.npz"

    def _digest(self, points: Floats, found: Floats) -> str:
        parts: list[Any] = [self.fingerprint, points.shape, found.shape]
        digest = hashlib.sha256(repr(parts).encode())
        digest.update(np.ascontiguousarray(points).tobytes())
        digest.update(np.ascontiguousarray(found).tobytes())
        return digest.hexdigest()
