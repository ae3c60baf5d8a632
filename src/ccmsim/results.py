"""What a simulation gives back: arrays by replication and month, and their estimates.

Comes in: the arrays of all replications and where they come from. Goes out: `Results`, its
labelled data, tables, plots and files. Never simulates.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ccmsim.errors import InputError, Problem
from ccmsim.estimation import Estimate, mean
from ccmsim.frozen import FrozenMapping
from ccmsim.scenario.model import Scenario
from ccmsim.variables import VARIABLES, coordinates

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr
    from matplotlib.figure import Figure

COLUMNS = ("value", "standard_error", "low", "high", "level", "replications", "method")
"""Columns of `Results.summary`."""


class PatientVariable:
    """Names of what `keep="patient_months"` adds, dims (replication, patient, month)."""


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("ccmsim")
    except PackageNotFoundError:
        return "unknown"
