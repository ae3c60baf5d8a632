"""The simulated practice made that of the history: same months, same patients, same columns.

Comes in: a scenario and a history. Goes out: a `Matched`: the scenario to simulate, the series to
compare, and notes on what was done. Never simulates.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from ccmsim.arrays import Floats
from ccmsim.calibration.history import History
from ccmsim.errors import refuse
from ccmsim.finance import CODES
from ccmsim.scenario.model import Scenario

WARM_UP: Final = 6
"""Months simulated before the first, where leavers are replaced."""

BY_PATIENT: Final = ("billable_patients", *CODES, "billed_usd", "collected_usd", "attempts",
                     "contacts")  # fmt: skip
"""Columns that grow with the panel."""

STEADY: Final = 0.1
"""How far a panel that is held may move in the history before a note says so."""


@dataclass(frozen=True, eq=False)
class Matched:
    """What is simulated, and what it is compared with.

    Parameters
    ----------
    scenario : Scenario
    history : History
        The columns that are compared.
    observed : ndarray, shape (columns, months)
        Their values as the simulation would show them; NaN where nothing is compared.
    warmup_months : int
    notes : tuple of str
    """

    scenario: Scenario
    history: History
    observed: Floats
    warmup_months: int
    notes: tuple[str, ...]

    @property
    def columns(self) -> Mapping[str, Floats]:
        """The history's columns."""
        return self.history.columns


def matched(scenario: Scenario, history: History, warmup_months: int | None) -> Matched:
    """Return the scenario that starts as the history does, and what is compared.

    Notes
    -----
    Where leavers are replaced, the panel is held: at the mean of the enrolled patients, and columns
    that grow with the panel are brought to that size month by month. Else the panel starts with the
    first month's patients, and who is enrolled later is compared like all else: it tells of those
    who leave.

    Raises
    ------
    ccmsim.errors.InputError
        Where the first month's patients are not known though other months' are, or no column is
        left to compare.
    """
    held = scenario.panel.replace_leavers
    warm = (WARM_UP if held else 0) if warmup_months is None else int(warmup_months)
    changes: dict[str, object] = {"start": history.months[0], "uncertain": None}
    columns = dict(history.columns)
    notes: list[str] = []
    enrolled = columns.get("enrolled_patients")
    if enrolled is None:
        notes.append(
            f"The history has no enrolled_patients: the panel starts with the scenario's "
            f"{scenario.panel.enrolled_at_start}."
        )
    elif held:
        size = max(1, round(float(np.nanmean(enrolled))))
        changes["panel.enrolled_at_start"] = size
        columns = _per_panel(columns, enrolled, size)
        notes += _held_notes(enrolled, size)
    else:
        changes["panel.enrolled_at_start"] = _first(history, enrolled)
        if warm:
            notes.append(
                f"{warm} warm-up months come before the first month: the panel has shrunk by then."
            )
    if "collected_usd" in columns:
        columns["collected_usd"], more = _cash(scenario, columns["collected_usd"], warm)
        notes += more
        if np.isnan(columns["collected_usd"]).all():
            del columns["collected_usd"]
    if not columns:
        valid = "a column beside them, such as 99490; or panel.replace_leavers = false"
        raise refuse(history.source, "has nothing to compare", list(history.columns), valid)
    left = history.only(tuple(name for name in history.columns if name in columns))
    observed = np.stack([columns[name] for name in left.columns])
    return Matched(scenario.but(changes), left, observed, warm, tuple(notes))


def _per_panel(columns: dict[str, Floats], enrolled: Floats, size: int) -> dict[str, Floats]:
    """Return the columns as a panel of this size would have them; a held panel is no column."""
    factor = size / np.where(enrolled > 0.0, enrolled, np.nan)
    return {
        name: column * factor if name in BY_PATIENT else column
        for name, column in columns.items()
        if name != "enrolled_patients"
    }


def _held_notes(enrolled: Floats, size: int) -> list[str]:
    low, high = float(np.nanmin(enrolled)), float(np.nanmax(enrolled))
    if low == high and not np.isnan(enrolled).any():
        return []
    said = (
        f"Leavers are replaced in the scenario, so its panel is held at {size} patients, the "
        f"history's mean; claims, dollars and calls are compared as that panel would have them."
    )
    if max(high - size, size - low) > STEADY * size:
        said += (
            f" The history has {low:.0f} to {high:.0f}: set panel.replace_leavers = false, or "
            f"describe the enrollment, if it matters that staff had fewer or more to care for."
        )
    return [said]


def _first(history: History, enrolled: Floats) -> int:
    first = float(enrolled[0])
    if not first >= 1.0:
        rule = "must be known in the first month, and at least 1"
        value = None if np.isnan(first) else first
        raise refuse(f"{history.source}, column 'enrolled_patients'", rule, value, "such as 200")
    return round(first)


def _cash(scenario: Scenario, cash: Floats, warm: int) -> tuple[Floats, list[str]]:
    """Return the months of cash that the simulation can know: those after the longest lag."""
    finance = scenario.finance
    lags = [finance.payment_lag_months, finance.patient_lag_months, finance.recovery_lag_months]
    unknown = max(0, max(lags) - warm)
    if not unknown:
        return cash, []
    later = cash.copy()
    later[:unknown] = np.nan
    said = (
        f"collected_usd is compared from month {unknown + 1} on: before, cash comes from claims of "
        f"months that are not simulated."
    )
    return later, [said]
