"""Limit the work of one case: counted in steps, never timed, so that the same case always ends the same way.

A step is one policy evaluated for one issue in one world; other work counts as the steps that take about as long.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

STEP_LIMIT: Final = 60_000  # of a case; a policy test takes some hundreds, and no case takes more than about a second
DEPTH_LIMIT: Final = 120  # open facts supposed one after the other; a walk of the tree recurses as deep


@dataclass(slots=True)
class Budget:
    """Counts the steps of one case."""

    most: int
    taken: int = 0

    def take(self, steps: int = 1) -> None:
        """Count steps, before they are done."""
        self.taken += steps

    def end(self) -> None:
        """Use up all steps."""
        self.taken = max(self.taken, self.most)

    @property
    def spent(self) -> bool:
        """Return whether no step is left."""
        return self.taken >= self.most
