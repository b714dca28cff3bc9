"""Replace the carried facts of a decided case, such as a name that is now masked.

No rule tests a carried fact, so the decision still holds; only the words can differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rules.deciding.facts import CaseFacts
from rules.deciding.tree import Split, Tree, World
from rules.recommending.recommendation import DecidedCase
from rules.values.value import Frame


def with_carried_facts(decided: DecidedCase, facts: CaseFacts, carried: Sequence[int]) -> DecidedCase:
    """Return a decided case with the values that `facts` has in the carried slots."""
    sent = [issue.frame for issue in facts.issues]

    def in_frame(frame: Frame, source: Frame) -> Frame:
        changed = frame.copy()
        for slot in carried:
            changed[slot] = source[slot]
        return changed

    def in_world(world: World) -> World:
        return replace(world, frames=tuple(map(in_frame, world.frames, sent)))

    def in_tree(tree: Tree) -> Tree:
        if isinstance(tree, Split):
            return replace(tree, branches=tuple((value, in_tree(branch)) for value, branch in tree.branches))
        return in_world(tree) if isinstance(tree, World) else tree

    return replace(decided, facts=facts, likely=in_world(decided.likely), tree=in_tree(decided.tree))
