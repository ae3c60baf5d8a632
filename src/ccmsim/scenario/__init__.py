"""Frozen scenarios: the parts, reading and writing, changing, presets."""

from __future__ import annotations

from ccmsim.scenario.loading import dumps, load, loads, parse_setting, presets
from ccmsim.scenario.model import Scenario

__all__ = ["Scenario", "dumps", "load", "loads", "parse_setting", "presets"]
