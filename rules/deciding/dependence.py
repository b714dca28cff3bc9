"""Find the open facts on which the ends of a tree depend.

A fact matters if two answers to it, with all other facts alike, lead to different ends. The shape of a tree does not
show it: branches may split on the same facts in another order, and differ although their ends agree. Branches are
therefore compared as functions of the facts below them.

The comparison is exact where the variables of a tree are independent and its amounts known. Elsewhere it may report a
fact that makes no difference:
- A test of one open fact against another, a number derived from an open fact and an amount that settle gives are
  variables of their own; a combination of them that no case can have counts as one.
- Open amounts are compared by their rules and operands: two formulas that always give the same amount count as
  different, and so does a formula that does not depend on one of its operands.
- Past the limit of comparisons, and behind an unexplored end, everything counts as different.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any, Final

from rules.deciding.budget import Budget
from rules.deciding.tree import Split, Unexplored, Variable, View, splits
from rules.values.value import Interval

COMPARISON_LIMIT: Final = 20_000  # pairs of subtrees of one tree; past it, a fact counts as one that matters

Supposed = Mapping[Variable, Any]  # the narrowest value that both sides of a comparison suppose


def decisive(tree: Any) -> set[Variable]:
    """Return the variables of a reduced tree on which its ends depend."""
    budget = Budget(COMPARISON_LIMIT)
    found: set[Variable] = set()
    for split in splits(tree):
        if split.variable not in found and _divides(split, budget):
            found.add(split.variable)
    return found


def _divides(split: Split, budget: Budget) -> bool:
    """Return whether two values of a split lead to different ends; comparing neighbours is enough."""
    branches = [branch for _, branch in split.branches]
    return any(_differ(one, other, split.variable, {}, budget) for one, other in pairwise(branches))


def _differ(one: Any, other: Any, on: Variable, supposed: Supposed, budget: Budget) -> bool:
    """Return whether two trees lead to different ends where all variables but one are alike."""
    budget.take()
    if budget.spent:
        return True
    if not isinstance(one, Split):
        one, other = other, one
    if not isinstance(one, Split):
        return one.differs(other) if isinstance(one, View) else bool(one != other) or isinstance(one, Unexplored)
    for value, branch in one.branches:
        if one.variable == on:
            if _differ(branch, other, on, supposed, budget):
                return True
            continue
        both = _both(supposed.get(one.variable, value), value)
        if both is not None and _differ(branch, other, on, {**supposed, one.variable: both}, budget):
            return True
    return False


def _both(one: Any, other: Any) -> Any:
    """Return the overlap of two supposed values; None where there is none."""
    if isinstance(one, Interval) and isinstance(other, Interval):
        return one.overlap(other)
    if isinstance(other, Interval):
        one, other = other, one
    if isinstance(one, Interval):
        return other if one.meets(other) is None else None
    return one if one == other else None
