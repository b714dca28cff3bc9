"""Trees of worlds: splits over the values of open facts, and their reduction to what a view sees."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from rules.deciding.resolve import PolicyResult
from rules.deciding.settlement import Settlement
from rules.values.value import Frame


@dataclass(frozen=True, slots=True)
class Variable:
    """The variable of a split: a fact (its slot), an item of a list, or a test; of an issue, or of the case (-1)."""

    slot: int
    issue: int
    item: Any = None


@dataclass(frozen=True, slots=True)
class World:
    """The end of one path: the frames, the results of all policies, and the settlement."""

    frames: tuple[Frame, ...]
    results: tuple[PolicyResult, ...]
    settlement: Settlement


@dataclass(frozen=True, slots=True)
class Split:
    """A variable that changed an answer, with the tree under each of its values."""

    variable: Variable
    branches: tuple[tuple[Any, Tree], ...]


@dataclass(frozen=True, slots=True)
class RuleConflict:
    """A world in which rules contradict each other; a person decides it."""

    rules: tuple[tuple[int, int], ...]


CONFLICT: Final = RuleConflict(())  # every rule conflict in a reduced tree


@dataclass(frozen=True, slots=True)
class Unexplored:
    """A branch that was not explored, past a limit."""


Tree = World | Split | RuleConflict | Unexplored
FilledBlocks = frozenset[tuple[str, tuple[Any, ...]]]  # the chosen word blocks, each with the values of its slots


@dataclass(frozen=True, slots=True)
class View:
    """A view of a world, compared with views of other worlds by its `value`; not `known` where an amount in it is open.

    `words` are its filled word blocks. `form` is the value with amounts as formulas; it replaces a value that is not
    known in comparisons.
    """

    value: tuple[Any, ...]
    known: bool = True
    words: FilledBlocks = field(default=frozenset(), compare=False)
    form: tuple[Any, ...] = field(default=(), compare=False)

    def differs(self, other: Any) -> bool:
        """Return whether two views differ for some value of what both leave open."""
        if not isinstance(other, View) or (self.known and other.known) or not self.form:
            return bool(self != other)
        return self.form != other.form


def reduce(tree: Tree, key: Callable[[World], Any]) -> Any:
    """Return the tree with each world replaced by its `key`, without splits that make no difference.

    The result is a Split over keys, or the one key of all worlds. Unexplored stays as it is, and all rule conflicts are
    equal: a person decides, whichever rules they are.
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


def supposing(tree: Any, expected: Mapping[Variable, Any]) -> Any:
    """Return a reduced tree as it is where these variables have these values."""
    if not isinstance(tree, Split):
        return tree
    branches = dict(tree.branches)
    if tree.variable in expected and expected[tree.variable] in branches:
        return supposing(branches[expected[tree.variable]], expected)
    left = tuple((value, supposing(branch, expected)) for value, branch in tree.branches)
    return left[0][1] if all(branch == left[0][1] for _, branch in left) else Split(tree.variable, left)


def paths(tree: Any) -> Iterator[tuple[dict[Variable, Any], Any]]:
    """Yield each end of a tree with the values that lead to it."""
    if not isinstance(tree, Split):
        yield {}, tree
        return
    for value, branch in tree.branches:
        for others, end in paths(branch):
            yield {tree.variable: value, **others}, end
