"""The basis of a recommendation: what each of its parts reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rules.compiling.pack import Pack
from rules.deciding.facts import CaseFacts
from rules.deciding.resolve import PolicyResult
from rules.deciding.settlement import Settlement
from rules.deciding.tree import World
from rules.recommending.deadlines import Deadline
from rules.recommending.reduced_trees import ReducedTrees
from rules.values.value import Frame


@dataclass(frozen=True, slots=True)
class Basis:
    """A decided case, the world that is recommended, the reduced trees of all worlds, and the deadlines by name."""

    pack: Pack
    facts: CaseFacts
    world: World
    reduced: ReducedTrees
    deadlines: Mapping[str, Deadline]

    @property
    def frames(self) -> Sequence[Frame]:
        return self.world.frames

    @property
    def results(self) -> Sequence[PolicyResult]:
        return self.world.results

    @property
    def settlement(self) -> Settlement:
        return self.world.settlement
