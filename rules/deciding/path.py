"""Paths: runs of a case through its policies, and the steps that they take."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

from rules.compiling.pack import Pack
from rules.compiling.program import BoundPolicy
from rules.deciding.resolve import PolicyResult
from rules.deciding.settlement import Settlement
from rules.deciding.tree import World
from rules.values.value import Frame

NEVER: Final = 10**9  # a step that no case has

Step = tuple[int, BoundPolicy] | None  # which policy of which issue; None stands for settle


def steps(pack: Pack, issues: int) -> list[Step]:
    """Return the steps of a case: for each issue the policies before settle, settle, then those after it."""
    before, after = pack.program.policies[: pack.program.settle_at], pack.program.policies[pack.program.settle_at :]
    return [
        *((issue, policy) for issue in range(issues) for policy in before),
        None,
        *((issue, policy) for issue in range(issues) for policy in after),
    ]


@dataclass(slots=True)
class Path:
    """A run under way.

    By issue: `supposed` are the hypotheses by slot, `next` is the next step, `since` the first step that left an answer
    open. Branches share frames with the path that they come from; a path writes only to the frames that it `owns`.
    """

    frames: list[Frame]
    supposed: list[dict[int, Any]]
    results: list[PolicyResult | None]
    next: list[int]
    since: list[int]
    owns: set[int]
    settlement: Settlement | None = None
    depth: int = 0

    def copy(self) -> Path:
        """Return a branch of this path, one hypothesis deeper."""
        return replace(
            self,
            frames=self.frames.copy(),
            supposed=self.supposed.copy(),
            results=self.results.copy(),
            next=self.next.copy(),
            since=self.since.copy(),
            owns=set(),
            depth=self.depth + 1,
        )

    def own(self, issue: int) -> Frame:
        """Return the frame of an issue, to be written to."""
        if issue not in self.owns:
            self.owns.add(issue)
            self.frames[issue] = self.frames[issue].copy()
            self.supposed[issue] = self.supposed[issue].copy()
        return self.frames[issue]

    def world(self) -> World:
        """Return the world at the end of this path."""
        assert self.settlement is not None
        return World(tuple(self.frames), tuple(one for one in self.results if one is not None), self.settlement)
