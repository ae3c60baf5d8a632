"""ccmsim: what chronic care management will really pay, with honest error bars.

The public names; each is imported when it is first used, so that `import ccmsim` stays quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ccmsim import absences, billing, distributions, ideal, report, studies, theory
    from ccmsim.analyses.assess import assess
    from ccmsim.analyses.attribution import attribution
    from ccmsim.analyses.break_even import break_even
    from ccmsim.analyses.capacity_check import capacity_check
    from ccmsim.analyses.compare import compare
    from ccmsim.analyses.contracts import contracts
    from ccmsim.analyses.control import control_variates
    from ccmsim.analyses.cover_pool import cover_pool
    from ccmsim.analyses.curve import staffing_curve
    from ccmsim.analyses.doubts import doubts
    from ccmsim.analyses.erosion import erosion, erosion_doubts
    from ccmsim.analyses.flip import flip_map
    from ccmsim.analyses.forecast import forecast
    from ccmsim.analyses.information import value_of_information
    from ccmsim.analyses.leave import leave_plan
    from ccmsim.analyses.measure import what_to_measure
    from ccmsim.analyses.panel import panel_size
    from ccmsim.analyses.pooling import pooling
    from ccmsim.analyses.quasi import quasi_monte_carlo
    from ccmsim.analyses.replication_plan import how_many_replications
    from ccmsim.analyses.risk import risk
    from ccmsim.analyses.sensitivity import sensitivity
    from ccmsim.analyses.shares import shares
    from ccmsim.analyses.smoothing import smoothing
    from ccmsim.analyses.sobol import sobol
    from ccmsim.analyses.staffing import staffing
    from ccmsim.analyses.stress import stress
    from ccmsim.analyses.uncertainty import uncertainty
    from ccmsim.analyses.vacancy import vacancy
    from ccmsim.analyses.warm_up import warm_up
    from ccmsim.calibration.calibrate import calibrate
    from ccmsim.errors import CcmsimError, InputError
    from ccmsim.estimation import Estimate
    from ccmsim.fitting.practice import fit
    from ccmsim.montecarlo import simulate
    from ccmsim.precision import Precision
    from ccmsim.results import Results, open_results
    from ccmsim.scenario import Scenario, load, loads, presets
    from ccmsim.tracing import trace

_MODULE_OF = {
    "CcmsimError": "ccmsim.errors",
    "Estimate": "ccmsim.estimation",
    "InputError": "ccmsim.errors",
    "Precision": "ccmsim.precision",
    "Results": "ccmsim.results",
    "RiskLimit": "ccmsim.analyses.choice",
    "Scenario": "ccmsim.scenario",
    "assess": "ccmsim.analyses.assess",
    "attribution": "ccmsim.analyses.attribution",
    "break_even": "ccmsim.analyses.break_even",
    "calibrate": "ccmsim.calibration.calibrate",
    "capacity_check": "ccmsim.analyses.capacity_check",
    "compare": "ccmsim.analyses.compare",
    "contracts": "ccmsim.analyses.contracts",
    "control_variates": "ccmsim.analyses.control",
    "cover_pool": "ccmsim.analyses.cover_pool",
    "doubts": "ccmsim.analyses.doubts",
    "erosion": "ccmsim.analyses.erosion",
    "erosion_doubts": "ccmsim.analyses.erosion",
    "fit": "ccmsim.fitting.practice",
    "flip_map": "ccmsim.analyses.flip",
    "forecast": "ccmsim.analyses.forecast",
    "how_many_replications": "ccmsim.analyses.replication_plan",
    "leave_plan": "ccmsim.analyses.leave",
    "load": "ccmsim.scenario",
    "loads": "ccmsim.scenario",
    "open_results": "ccmsim.results",
    "panel_size": "ccmsim.analyses.panel",
    "pooling": "ccmsim.analyses.pooling",
    "presets": "ccmsim.scenario",
    "quasi_monte_carlo": "ccmsim.analyses.quasi",
    "risk": "ccmsim.analyses.risk",
    "sensitivity": "ccmsim.analyses.sensitivity",
    "shares": "ccmsim.analyses.shares",
    "simulate": "ccmsim.montecarlo",
    "smoothing": "ccmsim.analyses.smoothing",
    "sobol": "ccmsim.analyses.sobol",
    "staffing": "ccmsim.analyses.staffing",
    "staffing_curve": "ccmsim.analyses.curve",
    "stress": "ccmsim.analyses.stress",
    "teams": "ccmsim.analyses.teams",
    "trace": "ccmsim.tracing",
    "uncertainty": "ccmsim.analyses.uncertainty",
    "vacancy": "ccmsim.analyses.vacancy",
    "value_of_information": "ccmsim.analyses.information",
    "warm_up": "ccmsim.analyses.warm_up",
    "what_to_measure": "ccmsim.analyses.measure",
}
_MODULES = ("absences", "billing", "distributions", "ideal", "report", "studies", "theory")

__all__ = [
    "CcmsimError",
    "Estimate",
    "InputError",
    "Precision",
    "Results",
    "RiskLimit",
    "Scenario",
    "absences",
    "assess",
    "attribution",
    "billing",
    "break_even",
    "calibrate",
    "capacity_check",
    "compare",
    "contracts",
    "control_variates",
    "cover_pool",
    "distributions",
    "doubts",
    "erosion",
    "erosion_doubts",
    "fit",
    "flip_map",
    "forecast",
    "how_many_replications",
    "ideal",
    "leave_plan",
    "load",
    "loads",
    "open_results",
    "panel_size",
    "pooling",
    "presets",
    "quasi_monte_carlo",
    "report",
    "risk",
    "sensitivity",
    "shares",
    "simulate",
    "smoothing",
    "sobol",
    "staffing",
    "staffing_curve",
    "stress",
    "studies",
    "teams",
    "theory",
    "trace",
    "uncertainty",
    "vacancy",
    "value_of_information",
    "warm_up",
    "what_to_measure",
]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("ccmsim")
    if name in _MODULES:
        return import_module(f"ccmsim.{name}")
    if name in _MODULE_OF:
        return getattr(import_module(_MODULE_OF[name]), name)
    raise AttributeError(f"module 'ccmsim' has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
