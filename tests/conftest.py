"""What all tests share: Hypothesis profiles, and plots that need no screen.

`HYPOTHESIS_PROFILE=dev` tries few examples, `deep` many, both new ones each time; `ci`, the
default, tries the same ones every time.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

os.environ["MPLBACKEND"] = "Agg"

# A busy machine must not turn a passing test into a failing one, so no profile looks at the clock.
untimed = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)

settings.register_profile("ci", untimed, derandomize=True)
settings.register_profile("dev", untimed, max_examples=20)
settings.register_profile("deep", untimed, max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))
