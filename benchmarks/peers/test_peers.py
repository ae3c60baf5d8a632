"""Every peer simulates the same model as ccmsim: the same billable share and attempts.

A peer is skipped only where its package is not installed.
"""

from __future__ import annotations

import math
from importlib import import_module

import numpy as np
import numpy.typing as npt
import pytest
from benchmarks.peers.small_model import MONTHS, Counts, numbers, scenario
from scipy import stats

import ccmsim

FALSE_ALARM = 1e-6
"""Chance that a peer that agrees fails one of its two comparisons."""

REFERENCE_REPLICATIONS = 40

PEERS = {
    "simpy_peer.simulate": ("simpy", 40, (0.05, 0.20)),
    "salabim_peer.simulate": ("salabim", 24, (0.06, 0.20)),
    "ciw_peer.simulate": ("ciw", 8, (0.08, 0.30)),
    "cimba_peer.simulate": ("cimba", 400, (0.04, 0.15)),
    "cimba_peer.simulate_events": ("cimba", 400, (0.04, 0.15)),
}
"""Package, replications (a few seconds each), and the differences in billable share and attempts a
patient-month that are found with near certainty."""

Floats = npt.NDArray[np.float64]


@pytest.fixture(scope="module")
def reference() -> dict[str, Floats]:
    """Ccmsim's billable share and attempts a patient-month, by replication."""
    values = ccmsim.simulate(
        scenario(), months=MONTHS, replications=REFERENCE_REPLICATIONS, seed=5
    ).values
    enrolled = values["enrolled_patients"].sum(axis=1)
    names = {"billable": "billable_patients", "attempts": "attempts"}
    return {count: values[name].sum(axis=1) / enrolled for count, name in names.items()}


@pytest.mark.parametrize("function", PEERS)
def test_a_peer_agrees_with_ccmsim(function: str, reference: dict[str, Floats]) -> None:
    package, replications, resolves = PEERS[function]
    pytest.importorskip(package)
    module, _, name = function.partition(".")
    counts: Counts = getattr(import_module(f"benchmarks.peers.{module}"), name)(replications, 3)
    assert counts.patient_months == replications * numbers().patient_months
    for (count, sample), resolved in zip(reference.items(), resolves, strict=True):
        # One model has one spread between replications: ccmsim's serves for both means.
        spread = float(sample.std(ddof=1))
        error = spread * math.sqrt(1.0 / len(sample) + 1.0 / replications)
        limit = float(stats.t.isf(FALSE_ALARM / 4.0, len(sample) - 1)) * error
        assert 2.0 * limit <= resolved, f"resolves {2.0 * limit:.3g} only"
        difference = getattr(counts, count) / counts.patient_months - float(sample.mean())
        assert abs(difference) <= limit, f"{count}: {difference:+.4f}, at most ±{limit:.4f}"
