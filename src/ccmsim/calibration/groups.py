"""The draws as arviz reads them: groups of labelled arrays, in memory or in a NetCDF file.

Comes in: a `Calibration`. Goes out: an arviz `InferenceData`, or a file with the same groups that
`arviz.from_netcdf` opens. arviz is imported only to make the former, and is no dependency.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ccmsim.errors import CcmsimError, refuse

if TYPE_CHECKING:
    import xarray as xr

    from ccmsim.calibration.value import Calibration

PRIOR_DRAWS: Final = 4000


def groups_of(found: Calibration) -> dict[str, xr.Dataset]:
    """Return datasets by group: posterior, prior, posterior_predictive and observed_data.

    Variables are the free paths, and the history's columns by month.
    """
    import xarray as xr

    months = np.array(found.history.labels)
    names = tuple(found.history.columns)
    prior = _prior(found)
    posterior = {
        path: (("chain", "draw"), found.draws[:, :, k]) for k, path in enumerate(found.paths)
    }
    predictive = {
        name: (("chain", "draw", "month"), found.predictive[None, :, k])
        for k, name in enumerate(names)
    }
    observed = {name: ("month", found.observed[k]) for k, name in enumerate(names)}
    about = {
        "created_by": "ccmsim.calibrate", "method": found.method, "seed": found.seed,
        "scenario": found.base.name, "fingerprint": found.base.fingerprint,
    }  # fmt: skip
    month = {"month": months}
    return {
        "posterior": xr.Dataset(posterior, _numbered(found.draws.shape[:2]), about),
        "prior": xr.Dataset(prior, _numbered((1, PRIOR_DRAWS)), about),
        "posterior_predictive": xr.Dataset(
            predictive, {**_numbered((1, len(found.predictive))), **month}, about
        ),
        "observed_data": xr.Dataset(observed, month, about),
    }


def _prior(found: Calibration) -> dict[str, Any]:
    shares = (np.arange(PRIOR_DRAWS) + 0.5) / PRIOR_DRAWS
    return {
        item.path: (("chain", "draw"), [[item.law.quantile(float(u)) for u in shares]])
        for item in found.parameters
    }


def _numbered(shape: tuple[int, ...]) -> dict[str, Any]:
    return {"chain": np.arange(shape[0]), "draw": np.arange(shape[1])}


def to_arviz(found: Calibration) -> Any:
    """Return an `arviz.InferenceData` (of arviz 1, an `xarray.DataTree`).

    Raises
    ------
    ccmsim.errors.CcmsimError
        Where arviz is not installed.
    """
    try:
        arviz: Any = import_module("arviz")
    except ImportError:
        raise CcmsimError(
            "to_arviz needs arviz, which is not installed: pip install 'ccmsim[arviz]'; "
            "save(path) writes a file that arviz opens elsewhere"
        ) from None
    groups = groups_of(found)
    if hasattr(arviz, "InferenceData"):
        return arviz.InferenceData(**groups)
    import xarray as xr

    return xr.DataTree.from_dict(groups)


def write(found: Calibration, path: str | Path) -> None:
    """Write the groups as a NetCDF 4 file, whole or not at all."""
    target = Path(path).resolve()
    draft = target.with_name(f".{target.name}.{token_hex(4)}.part")
    try:
        _write(groups_of(found), draft)
        draft.replace(target)
    except OSError as error:
        rule = f"cannot be written: {error.strerror or error}"
        raise refuse("path", rule, str(path), "a file in a folder that exists") from None
    finally:
        with suppress(OSError):
            draft.unlink()


def _write(groups: Mapping[str, xr.Dataset], path: Path) -> None:
    if not path.parent.is_dir():
        raise OSError("its folder does not exist")
    for number, (name, data) in enumerate(groups.items()):
        data.to_netcdf(path, mode="a" if number else "w", group=name, engine="h5netcdf")
