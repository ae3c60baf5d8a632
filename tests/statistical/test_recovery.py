"""Calibration on the engine itself: histories that it made of values drawn from their priors."""

from __future__ import annotations

from ccmsim.studies.recovery import FREE, recovery, small_practice
from ccmsim.studies.recovery.ranks import resolution

FALSE_ALARM = 1e-6
COUNT = 24


def test_the_engines_own_histories_are_recovered() -> None:
    """Ranks of truths in posteriors from one set of simulations are uniform.

    With 24 histories and two values this finds with 90 % probability posteriors that are 1.4 of
    their standard deviations off, 0.44 times or 3.4 times as wide as they should be. What `python
    -m ccmsim.studies.recovery` does with more histories, and each by `calibrate`, finds less.
    """
    free = {path: FREE[path] for path in ("contact.call_minutes", "panel.opt_out_per_month_share")}
    found = recovery(
        small_practice().but({"panel.enrolled_at_start": 20}), free, histories=COUNT, months=6,
        columns=("enrolled_patients", "99490", "worked_hours"), method="shared", simulations=300,
    )  # fmt: skip
    reach = resolution(COUNT, FALSE_ALARM / 6.0)
    assert reach.shift < 1.4
    assert reach.narrow > 0.44
    assert reach.wide < 3.4
    assert len(found.tests()) == 6
    assert found.p_value > FALSE_ALARM
    # The posterior's mean errs as much as the posterior says, and follows the truth.
    rows = found.table()
    assert (rows["error"] < 2.0 * rows["sd"]).all()
    assert rows["correlation"].max() > 0.4
