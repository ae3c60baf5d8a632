"""Experiments over scenarios, one module each; none imports another's insides.

Comes in: a scenario and settings. Goes out: a frozen result with its errors. Never reaches into an
engine: everything goes through `ccmsim.simulate`.
"""

from __future__ import annotations
