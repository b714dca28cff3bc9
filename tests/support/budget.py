"""How much the tests try: little on each push, much in a deep run. REDRESS_TESTS names which; `ci` is the default.

On a push the examples of Hypothesis are derived from the test itself, so that a result depends on the commit alone and
two runs of a commit agree. A deep run draws new examples each time, to find what those miss, and prints how to repeat
one that fails.
"""

from __future__ import annotations

import os
from typing import Final

from hypothesis import settings

PROFILE: Final = os.environ.get("REDRESS_TESTS", "ci")
DEEP: Final = PROFILE == "deep"

settings.register_profile("ci", max_examples=100, deadline=None, derandomize=True, database=None)
settings.register_profile("deep", max_examples=1_000, deadline=None, derandomize=False, database=None, print_blob=True)


def budget(ci: int, deep: int) -> int:
    """Return how many examples, cases or sightings the profile asks for."""
    return deep if DEEP else ci
