"""The peers are programs of other packages, which need not be installed: no doctests here.

cimba names its types in numba when it is imported: too late once other code has been compiled.
"""

from __future__ import annotations

from contextlib import suppress

with suppress(ModuleNotFoundError):
    import cimba  # type: ignore[import-not-found, import-untyped, unused-ignore]  # noqa: F401

collect_ignore_glob = ["*_peer.py"]
