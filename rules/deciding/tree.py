"""Trees of worlds: splits over the values that an open fact can take, and what all their ends agree on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from rules.deciding.resolve import PolicyResult
from rules.deciding.settlement import Settlement
from rules.values.value import Frame


@dataclass(frozen=True, slots=True)
class Variable:
    """What a split asks: a fact (its slot), an item of a list, or a whole test; of an issue, or of the case (-1)."""

    slot: int
    issue: int
    item: Any = None


@dataclass(frozen=True, slots=True)
class World:
    """The end of one run: the frames, what every policy said, and the settlement."""

    frames: tuple[Frame, ...]
    results: tuple[PolicyResult, ...]
    settlement: Settlement


@dataclass(frozen=True, slots=True)
class Split:
    """A fact that decided something, with what follows from each of its values."""

    variable: Variable
    branches: tuple[tuple[Any, Tree], ...]


@dataclass(frozen=True, slots=True)
class RuleConflict:
    """A world in which rules contradict each other: a person would have to look."""

    rules: tuple[tuple[int, int], ...]


CONFLICT: Final = RuleConflict(())  # what is seen of a world with a contradiction


@dataclass(frozen=True, slots=True)
class Unexplored:
    """Where the bound was reached."""


Tree = World | Split | RuleConflict | Unexplored
FilledBlocks = frozenset[tuple[str, tuple[Any, ...]]]  # the blocks that are said, each with what fills its slots


@dataclass(frozen=True, slots=True)
class View:
    """A side of a world, comparable with that of others by its `value`; `known` is false where an amount in it is open.

    `words` are what policies say in it. `form` is the value with amounts as formulas, which stands in the place of a
    value that is not known.
    """

    value: tuple[Any, ...]
    known: bool = True
    words: FilledBlocks = field(default=frozenset(), compare=False)
    form: tuple[Any, ...] = field(default=(), compare=False)

    def differs(self, other: Any) -> bool:
        """Tell whether two sides differ for some value of what both leave open."""
        if not isinstance(other, View) or (self.known and other.known) or not self.form:
            return bool(self != other)
        return self.form != other.form


def reduce(tree: Tree, key: Callable[[World], Any]) -> Any:
    """Return the tree with worlds replaced by what `key` sees, and splits that make no difference taken out.

    The result is a Split over such results, or what all worlds agree on. Unexplored stays itself, and contradictions
    are all alike: whichever rules contradict each other, a person has to look.
    """
    if isinstance(tree, World):
        return key(tree)
    if isinstance(tree, RuleConflict):
        return CONFLICT
    if isinstance(tree, Unexplored):
        return tree
    branches = tuple((value, reduce(branch, key)) for value, branch in tree.branches)
    first = branches[0][1]
    return first if all(branch == first for _, branch in branches) else Split(tree.variable, branches)


def leaves(tree: Any) -> Iterator[Any]:
    """Yield the ends of a tree, reduced or not."""
    if isinstance(tree, Split):
        for _, branch in tree.branches:
            yield from leaves(branch)
    else:
        yield tree


def splits(tree: Any) -> Iterator[Split]:
    """Yield every split of a tree, from the root on."""
    if isinstance(tree, Split):
        yield tree
        for _, branch in tree.branches:
            yield from splits(branch)


def consequences(tree: Any) -> dict[tuple[Variable, Any], dict[Any, None]]:
    """Return, for each value of each split, what ends can follow from it; of a reduced tree, in one pass."""
    found: dict[tuple[Variable, Any], dict[Any, None]] = {}

    def follow(node: Any) -> dict[Any, None]:
        if not isinstance(node, Split):
            return {node: None}
        ends: dict[Any, None] = {}
        for value, branch in node.branches:
            below = follow(branch)
            found.setdefault((node.variable, value), {}).update(below)
            ends.update(below)
        return ends

    follow(tree)
    return found
