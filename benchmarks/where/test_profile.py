"""The profile: names, parts, and a second of samples that add up."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from benchmarks.where.profile import PARTS, REST, lines, name_of, part_of

PROGRAM = Path(__file__).with_name("profile.py")


def test_names_and_parts() -> None:
    assert name_of("cfunc._ZN6ccmsim6office3runB3v11B52c8tJ") == "office.run"
    assert part_of("engine.lazy.walk") == "the walk or the event loop itself"
    assert part_of("finance.claims.settle_claims") == "statuses, money, variables by month"
    assert part_of("rules.call") == "rules"
    assert part_of("rulesets.call") == part_of("") == REST


def test_every_sample_is_in_one_part() -> None:
    said = list(lines(Counter({"rules.call": 3, "engine.heap.push": 1}), 1))
    assert said[0] == "4 samples; percent by part"
    percents = [float(line.split()[0]) for line in said[1 : 2 + len(PARTS)]]
    assert sum(percents) == pytest.approx(100.0)
    assert said[-1].split() == ["75.0", "rules.call"]


@pytest.mark.skipif(shutil.which("g++") is None, reason="no C++ compiler: nothing is sampled")
def test_a_second_of_samples() -> None:
    command = [sys.executable, str(PROGRAM), "solo_nurse", "--seconds", "1", "--whole"]
    for _ in range(2):  # the first run may have to compile, and then says so
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            break
        assert "from the disk cache" in done.stderr
    assert done.returncode == 0, done.stderr
    numbers = re.findall(r"^ *(\d+\.\d)  (.*)$", done.stdout, flags=re.MULTILINE)
    percents = {name: float(number) for number, name in numbers}
    assert sum(percents[part] for part in (*PARTS, REST)) == pytest.approx(100.0, abs=0.6)
    assert percents[REST] < 50.0
    assert "engine.lazy.walk" in percents or "streams.fill_uniforms" in percents
