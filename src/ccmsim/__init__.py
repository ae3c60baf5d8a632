"""ccmsim: what chronic care management will really pay, with honest error bars.

The public names; each is imported when it is first used, so that `import ccmsim` stays quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ccmsim import absences, billing, distributions, studies, theory
    from ccmsim.analyses.assess import assess
    from ccmsim.analyses.break_even import break_even
    from ccmsim.analyses.compare import compare
    from ccmsim.analyses.control import control_variates
    from ccmsim.analyses.curve import staffing_curve
    from ccmsim.analyses.erosion import erosion
    from ccmsim.analyses.flip import flip_map
    from ccmsim.analyses.information import value_of_information
    from ccmsim.analyses.quasi import quasi_monte_carlo
    from ccmsim.analyses.risk import risk
    from ccmsim.analyses.sensitivity import sensitivity
    from ccmsim.analyses.shares import shares
    from ccmsim.analyses.smoothing import smoothing
    from ccmsim.analyses.sobol import sobol
    from ccmsim.analyses.staffing import staffing
    from ccmsim.analyses.stress import stress
    from ccmsim.analyses.uncertainty import uncertainty
    from ccmsim.analyses.warm_up import warm_up
    from ccmsim.errors import CcmsimError, InputError
    from ccmsim.estimation import Estimate
    from ccmsim.fitting.practice import fit
    from ccmsim.montecarlo import simulate
    from ccmsim.precision import Precision, how_many_replications
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
    "break_even": "ccmsim.analyses.break_even",
    "compare": "ccmsim.analyses.compare",
    "control_variates": "ccmsim.analyses.control",
    "erosion": "ccmsim.analyses.erosion",
    "fit": "ccmsim.fitting.practice",
    "flip_map": "ccmsim.analyses.flip",
    "how_many_replications": "ccmsim.precision",
    "load": "ccmsim.scenario",
    "loads": "ccmsim.scenario",
    "open_results": "ccmsim.results",
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
    "value_of_information": "ccmsim.analyses.information",
    "warm_up": "ccmsim.analyses.warm_up",
}
_MODULES = ("absences", "billing", "distributions", "studies", "theory")

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
    "billing",
    "break_even",
    "compare",
    "control_variates",
    "distributions",
    "erosion",
    "fit",
    "flip_map",
    "how_many_replications",
    "load",
    "loads",
    "open_results",
    "presets",
    "quasi_monte_carlo",
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
    "value_of_information",
    "warm_up",
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
