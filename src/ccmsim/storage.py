"""Results as labelled arrays, and as a file.

Comes in: `Results`, or a path. Goes out: an `xarray.Dataset` that says where it comes from, a
NetCDF file with the same content, or the `Results` in one. Never pickles, never mends a file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from ccmsim.checkpoints import appearing
from ccmsim.errors import InputError, Problem, refuse
from ccmsim.rules import NOT_ENROLLED, REASONS, STAGES
from ccmsim.scenario.loading import loads
from ccmsim.variables import OBSTACLES, PATIENT_VARIABLES, VARIABLES, coordinates

if TYPE_CHECKING:
    import xarray as xr

    from ccmsim.precision import Stopping
    from ccmsim.results import Results

FORMAT: Final = 1
"""Version of the file format, in the attribute `ccmsim_format`."""

STATUSES: Final = ("not_enrolled", "billable", *REASONS)
"""What the values of `patient_status` mean, from NOT_ENROLLED on."""

_BY_PATIENT: Final = {**PATIENT_VARIABLES, **OBSTACLES}

_ATTRIBUTES: Final = {"engine": str, "ccmsim_version": str, "seed": int, "warmup_months": int}
_VALID_PATH: Final = "the path of a file that results.save wrote"
_UNREADABLE = (AttributeError, KeyError, OSError, RuntimeError, TypeError, ValueError)
"""What the HDF5 libraries raise on a file that is damaged or is none of theirs."""


def dims_of(name: str) -> tuple[str, ...]:
    """Return the dims of a variable.

    Examples
    --------
    >>> dims_of("lost_minutes"), dims_of("patient_status")
    (('replication', 'month', 'cause'), ('replication', 'patient', 'month'))
    """
    by_patient = _BY_PATIENT.get(name)
    extra = (by_patient or VARIABLES[name]).extra
    dims = ("replication", "month") if by_patient is None else ("replication", "patient", "month")
    return (*dims, extra) if extra else dims


def shape_problems(values: Mapping[str, NDArray[Any]], months: int) -> list[Problem]:
    """Return what is missing among the arrays of a result, or does not fit."""
    labels = coordinates()
    sizes = {"month": months} | {dim: len(names) for dim, names in labels.items()}
    problems = []
    for name in (*VARIABLES, *(name for name in _BY_PATIENT if name in values)):
        if name not in values:
            problems.append(Problem(name, "is missing", None, "an array by replication and month"))
            continue
        dims, shape = dims_of(name), np.shape(values[name])
        fits = len(shape) == len(dims) and all(
            sizes.setdefault(dim, size) == size for dim, size in zip(dims, shape, strict=True)
        )
        if not fits or 0 in shape[:1]:
            valid = ", ".join(f"{dim} {sizes.get(dim, 'any number')}" for dim in dims)
            problems.append(Problem(name, "has the wrong shape", shape, valid))
    return problems


def dataset(results: Results) -> xr.Dataset:
    """Return the labelled arrays of a result; a new dataset each time."""
    import xarray as xr

    table = {**VARIABLES, **_BY_PATIENT}
    variables = {}
    for name, array in results.values.items():
        attributes: dict[str, Any] = {
            "units": table[name].units,
            "long_name": table[name].description,
        }
        variables[name] = (dims_of(name), array, attributes)
    if "patient_status" in variables:
        codes = np.arange(NOT_ENROLLED, len(REASONS) + 1, dtype=np.int8)
        meanings = {"flag_values": codes, "flag_meanings": " ".join(STATUSES)}
        variables["patient_status"][2].update(meanings)
    if "stage" in variables:
        numbers = np.arange(len(STAGES), dtype=np.int8)
        meanings = {"flag_values": numbers, "flag_meanings": " ".join(STAGES)}
        variables["stage"][2].update(meanings)
    coords: dict[str, Any] = {
        "replication": np.arange(results.replications),
        "month": list(results.months),
    } | {dim: list(labels) for dim, labels in coordinates().items()}
    if "patient_status" in variables:
        coords["patient"] = np.arange(results.values["patient_status"].shape[1])
    return xr.Dataset(variables, coords, _provenance(results))


def _provenance(results: Results) -> dict[str, Any]:
    stopping = results.stopping
    ended = {"stopping": json.dumps(stopping.as_dict())} if stopping else {}
    return {
        "ccmsim_format": FORMAT,
        "ccmsim_version": results.version,
        "scenario": results.scenario.name,
        "fingerprint": results.scenario.fingerprint,
        "seed": results.seed,
        "engine": results.engine,
        "warmup_months": results.warmup_months,
        "scenario_toml": results.scenario.to_toml(),
        **ended,
    }


def write(results: Results, path: str | Path) -> None:
    """Write a result as NetCDF 4; the file is there whole or, after any failure, as before.

    The same result gives the same bytes with the same versions of the libraries.
    """
    target = _checked_path(path).resolve()
    if target.exists() and not target.is_file():
        raise refuse("path", "is not a regular file", str(path), "a new file, or one to replace")
    if not target.parent.is_dir():
        rule = "is in a folder that does not exist"
        raise refuse("path", rule, str(path), "a file in an existing folder")
    data = dataset(results)
    compressed = {"zlib": True, "complevel": 4, "shuffle": True, "fletcher32": True}
    encoding = {name: {**compressed, "_FillValue": None} for name in data.data_vars}
    try:
        with appearing(target) as part:
            data.to_netcdf(part, engine="h5netcdf", encoding=encoding)
    except OSError as error:
        rule = f"cannot be written: {error.strerror or error}"
        raise refuse("path", rule, str(path), "a folder that you may write to") from None


def read(path: str | Path) -> Results:
    """Return the result in a file; see `ccmsim.open_results`."""
    from ccmsim.results import Results

    data = _loaded(_checked_path(path))
    _check_format(data, path)
    attributes = {}
    for name, kind in _ATTRIBUTES.items():
        try:
            attributes[name] = kind(data.attrs[name])
        except (KeyError, TypeError, ValueError):
            raise _damaged(path, f"attribute {name} is missing or wrong") from None
    names = [name for name in (*VARIABLES, *_BY_PATIENT) if name in data.data_vars]
    try:
        return Results(
            scenario=loads(str(data.attrs.get("scenario_toml")), source=str(path)),
            values={name: data[name].transpose(*dims_of(name)).to_numpy() for name in names},
            months=tuple(str(label) for label in data["month"].to_numpy()),
            warmup_months=attributes["warmup_months"],
            seed=attributes["seed"],
            engine=attributes["engine"],
            version=attributes["ccmsim_version"],
            stopping=_stopping(data.attrs.get("stopping")),
        )
    except InputError as error:
        raise InputError(error.problems, heading=f"{path} cannot be used:") from None
    except (KeyError, TypeError, ValueError) as error:
        raise _damaged(path, str(error)) from None


def _stopping(text: str | None) -> Stopping | None:
    from ccmsim.precision import Stopping

    return Stopping.from_dict(json.loads(text)) if text is not None else None


def _checked_path(path: str | Path) -> Path:
    try:
        return Path(path)
    except TypeError:
        raise refuse("path", "must be text or a path", path, _VALID_PATH) from None


def _loaded(path: Path) -> xr.Dataset:
    import xarray as xr

    if not path.is_file():
        rule = "is not a file" if path.exists() else "does not exist"
        raise refuse("path", rule, str(path), _VALID_PATH)
    try:
        # Minutes are numbers here; some versions would turn them into time spans.
        return xr.load_dataset(path, engine="h5netcdf", decode_timedelta=False)
    except _UNREADABLE as error:
        lines = str(error).strip().splitlines() or [type(error).__name__]
        raise refuse(
            "path", f"is not a NetCDF 4 file that can be read: {lines[0]}", str(path), _VALID_PATH
        ) from None


def _check_format(data: xr.Dataset, path: str | Path) -> None:
    version = data.attrs.get("ccmsim_format")
    if version is None:
        raise refuse("path", "is a NetCDF file of something else", str(path), _VALID_PATH)
    if not np.array_equal(version, FORMAT):
        rule = f"is of another version of the format ({version})"
        raise refuse("path", rule, str(path), f"version {FORMAT}, or the ccmsim that wrote it")
    for dim, labels in coordinates().items():
        found = tuple(str(label) for label in data[dim].to_numpy()) if dim in data else ()
        if found != labels:
            raise _damaged(path, f"the labels of {dim} are {', '.join(found) or 'missing'}")


def _damaged(path: str | Path, why: str) -> InputError:
    return refuse("path", f"holds no whole result: {why}", str(path), _VALID_PATH)
