"""A decided case told once more, of a case that differs in nothing but what is carried, such as a name now masked.

Nothing that is carried is ever tested, so all that was decided still holds; only words can differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rules.deciding.facts import CaseFacts
from rules.deciding.tree import Split, Tree, World
from rules.recommending.recommendation import Decided
from rules.values.value import Frame


def retold(decided: Decided, facts: CaseFacts, carried: Sequence[int]) -> Decided:
    """Return what was decided with other facts in the slots of those that are carried."""
    sent = [issue.frame for issue in facts.issues]

    def world(told: World) -> World:
        return replace(told, frames=tuple(map(frame, told.frames, sent)))

    def frame(told: Frame, other: Frame) -> Frame:
        changed = told.copy()
        for slot in carried:
            changed[slot] = other[slot]
        return changed

    def tree(told: Tree) -> Tree:
        if isinstance(told, Split):
            return replace(told, branches=tuple((value, tree(branch)) for value, branch in told.branches))
        return world(told) if isinstance(told, World) else told

    return replace(decided, facts=facts, stands=world(decided.stands), tree=tree(decided.tree))
