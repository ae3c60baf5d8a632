"""Doubt: what the model's mechanisms, rules and assumptions do to its conclusions.

Comes in: settings of simulations. Goes out: frozen results of four studies: the mechanisms one by
one, other rules, each assumption alone, and all assumptions at once.
"""

from __future__ import annotations

from ccmsim.studies.doubt.advice import ADVICE, Advice
from ccmsim.studies.doubt.alternatives import ALTERNATIVES, choices
from ccmsim.studies.doubt.assumed import Assumptions, assumed, one_at_a_time
from ccmsim.studies.doubt.mechanisms import MECHANISMS, Mechanisms, mechanisms
from ccmsim.studies.doubt.space import Space, space
from ccmsim.studies.doubt.structure import Structure, structure

__all__ = [
    "ADVICE",
    "ALTERNATIVES",
    "MECHANISMS",
    "Advice",
    "Assumptions",
    "Mechanisms",
    "Space",
    "Structure",
    "assumed",
    "choices",
    "mechanisms",
    "one_at_a_time",
    "space",
    "structure",
]
