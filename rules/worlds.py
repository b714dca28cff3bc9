"""What else could be: the case decided again in every world that its open facts allow.

Policies are run in their order. Where a rule hangs on an open fact, the run splits over the values that the fact can take:
those of an enum or a yes or no, and for numbers and dates the intervals between the constants that undecided rules test. What was
decided before the split stands in every branch. The tree that comes of it, reduced, tells what still matters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from .condition import Frame, Leaf, Truth
from .facts import CaseFacts, assign
from .match import truths
from .pack import Pack
from .program import BoundPolicy
from .resolve import Verdict, verdict
from .settle import Settlement
from .settling import settle_frames, write_settled
from .value import OPEN, Growing, Interval

MOST_RUNS: Final = 2_000  # policy runs; past it the case counts as unsettled

Frames = list[Frame]
Key = tuple[int, int, tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Variable:
    """What a split asks: a fact (its slot), an item of a list, or a test as a whole; of one issue, or of the case (-1)."""

    slot: int
    issue: int
    item: Any = None


@dataclass(frozen=True, slots=True)
class World:
    """The end of one run: the frames and the settlement, and who was in conflict."""

    frames: tuple[Frame, ...]
    settlement: Settlement
    conflicts: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Split:
    """A fact that decided something, with what follows from each of its values."""

    variable: Variable
    branches: tuple[tuple[Any, Tree], ...]


@dataclass(frozen=True, slots=True)
class Unexplored:
    """Where the bound was reached."""


Tree = World | Split | Unexplored


class Explorer:
    """Follows one case through the worlds that its open facts allow."""

    def __init__(self, pack: Pack, facts: CaseFacts) -> None:
        self.pack, self.program, self.facts = pack, pack.program, facts
        self.steps = steps(pack, len(facts.issues))
        self.runs = 0
        self.known: dict[Key, tuple[list[Truth], Verdict | None]] = {}

    def explore(
        self, frames: Frames, step: int, settlement: Settlement | None, conflicts: tuple[tuple[int, int], ...]
    ) -> Tree:
        """Return the tree of worlds from a step on; the frames are used up."""
        while step < len(self.steps):
            work = self.steps[step]
            if work is None:
                settlement = settle_frames(self.pack, self.facts, frames)
                write_settled(self.program, self.facts, frames, settlement)
            else:
                issue, policy = work
                if self.runs >= MOST_RUNS:
                    return Unexplored()
                found, said = self._run(policy, issue, frames[issue])
                if said is None:
                    return self._split(policy, issue, found, frames, step, settlement, conflicts)
                write_verdict(self.pack, self.facts, frames, issue, policy, said)
                conflicts += tuple((policy.position, rule) for rule in said.conflict)
            step += 1
        assert settlement is not None
        return World(tuple(frames), settlement, conflicts)

    def _run(self, policy: BoundPolicy, issue: int, frame: Frame) -> tuple[list[Truth], Verdict | None]:
        """Return the truths of a policy, and what it says unless a rule is undecided; each outcome is worked out once."""
        key = (policy.position, issue, tuple([frame[slot] for slot in policy.reads]))
        known = self.known.get(key)
        if known is None:
            self.runs += 1
            found = truths(policy, frame)
            known = self.known[key] = (found, None if None in found else verdict(policy, found, frame))
        return known

    def _split(
        self,
        policy: BoundPolicy,
        issue: int,
        found: Sequence[Truth],
        frames: Frames,
        step: int,
        settlement: Settlement | None,
        conflicts: tuple[tuple[int, int], ...],
    ) -> Tree:
        variable, values = choose(self.pack, policy, found, frames[issue], issue)
        branches = []
        for value in values:
            branch = [frame.copy() for frame in frames]
            suppose(self.pack, self.facts, branch, variable, value)
            branches.append((value, self.explore(branch, step, settlement, conflicts)))
        return Split(variable, tuple(branches))


def steps(pack: Pack, issues: int) -> list[tuple[int, BoundPolicy] | None]:
    """Return the order of work over all issues; None stands for settle."""
    before, after = pack.program.policies[: pack.program.settle_at], pack.program.policies[pack.program.settle_at :]
    return [
        *((issue, policy) for issue in range(issues) for policy in before),
        None,
        *((issue, policy) for issue in range(issues) for policy in after),
    ]


def write_verdict(pack: Pack, facts: CaseFacts, frames: Frames, issue: int, policy: BoundPolicy, said: Verdict) -> None:
    """Put what a policy says into the frame of its issue."""
    frame, of = frames[issue], facts.issues[issue]
    for slot, value in zip(policy.slots, said.values, strict=True):
        if slot in pack.program.dependents:
            assign(pack.program, of, frame, slot, value)
        else:
            frame[slot] = value


# ---- choosing what to ask


def choose(
    pack: Pack, policy: BoundPolicy, found: Sequence[Truth], frame: Frame, issue: int
) -> tuple[Variable, tuple[Any, ...]]:
    """Return the open fact to split on, and the values to try."""
    undecided = [
        leaf
        for bound, truth in zip(policy.rules, found, strict=True)
        if truth is None
        for leaf in bound.leaves
        if leaf.check(frame) is None
    ]
    leaf = undecided[0]
    slot = _open_slot(leaf, frame)
    if slot is None:
        return _of(pack, leaf.pair, issue), (True, False)
    base = _finite_base(pack, slot, frame)
    if base is not None:
        return _of(pack, base, issue), pack.program.types[pack.program.names[base]].finite
    kind = pack.program.types[pack.program.names[slot]]
    if leaf.test.op in ("includes", "excludes"):
        return _of(pack, slot, issue, _open_item(leaf, frame)), (True, False)
    if kind.ordered:
        return _of(pack, slot, issue), tuple(_cells(slot, undecided, frame))
    return _of(pack, slot, issue), kind.finite


def _of(pack: Pack, slot: int, issue: int, item: Any = None) -> Variable:
    """Name what is asked; a fact of the case is asked once for all issues."""
    name = pack.program.names[slot]
    facts = pack.vocabulary.facts
    shared = name in facts and pack.vocabulary.scope(name) == "case"
    return Variable(slot, -1 if shared else issue, item)


def _open_slot(leaf: Leaf, frame: Frame) -> int | None:
    """Return the side of a test that is open, or None where facts on both sides are."""
    sides = [leaf.slot, *(term.slot for term in leaf.terms if term.slot >= 0)]
    unknown = [slot for slot in sides if frame[slot] is OPEN or isinstance(frame[slot], Interval | Growing)]
    return unknown[0] if len(unknown) == 1 else None


def _open_item(leaf: Leaf, frame: Frame) -> Any:
    """Return the first item of which it is not known whether the list has it."""
    found = frame[leaf.slot]
    items = [term.value(frame) for term in leaf.terms]
    return next(item for item in items if found is OPEN or found.includes(item) is None)


def _finite_base(pack: Pack, slot: int, frame: Frame) -> int | None:
    """Return an open fact of few values that the slot rests on, the slot itself before all."""
    program = pack.program
    name = program.names[slot]
    if name in pack.vocabulary.facts:
        return slot if program.types[name].finite else None
    if name not in pack.derived:
        return None
    for operand in pack.derived[name].reads():
        inner = program.slots.get(operand.name)
        if inner is not None and frame[inner] is OPEN:
            base = _finite_base(pack, inner, frame)
            if base is not None:
                return base
    return None


def _cells(slot: int, undecided: Sequence[Leaf], frame: Frame) -> Iterator[Any]:
    """Yield the constants that undecided tests compare a slot with, and the intervals between them."""
    known = frame[slot]
    low, high = (known.low, known.high) if isinstance(known, Interval) else (None, None)
    cuts = sorted({value for leaf in undecided for value in _bounds(leaf, slot, frame)})
    cuts = [cut for cut in cuts if (low is None or cut > low) and (high is None or cut < high)]
    for start, end in zip([low, *cuts], [*cuts, high], strict=True):
        yield Interval(start, end)
        if end is not high:
            yield end


def _bounds(leaf: Leaf, slot: int, frame: Frame) -> Iterator[Any]:
    if leaf.slot == slot:
        values = [term.value(frame) for term in leaf.terms]
    elif any(term.slot == slot for term in leaf.terms):
        values = [frame[leaf.slot]]
    else:
        return
    yield from (value for value in values if value is not OPEN and not isinstance(value, Interval))


def suppose(pack: Pack, facts: CaseFacts, frames: Frames, variable: Variable, value: Any) -> None:
    """Put a hypothesis into the frames that it concerns."""
    program = pack.program
    touched = range(len(frames)) if variable.issue < 0 else _sharing(pack, facts, variable)
    for issue in touched:
        frame = frames[issue]
        new = value if variable.item is None else _with_item(frame[variable.slot], variable.item, value)
        assign(program, facts.issues[issue], frame, variable.slot, new)


def _sharing(pack: Pack, facts: CaseFacts, variable: Variable) -> list[int]:
    """Return the issues that a fact of one issue concerns: all of the same line, where it is a fact of the line."""
    name = pack.program.names[variable.slot]
    if name not in pack.vocabulary.facts or pack.vocabulary.scope(name) != "line":
        return [variable.issue]
    line = facts.issues[variable.issue].context.line_index
    return [issue.number for issue in facts.issues if issue.context.line_index == line]


def _with_item(found: Any, item: Any, there: bool) -> Growing:
    present, lacking = (found.present, found.lacking) if isinstance(found, Growing) else (frozenset(), frozenset())
    return Growing(present | {item}, lacking) if there else Growing(present, lacking | {item})


# ---- reading the tree


def reduce(tree: Tree, key: Callable[[World], Any]) -> Any:
    """Return the tree with worlds replaced by what `key` sees, and splits that make no difference taken out.

    The result is a Split over such results, or what all worlds agree on; Unexplored stays itself.
    """
    if isinstance(tree, World):
        return key(tree)
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


def restrict(tree: Any, variable: Variable, value: Any) -> Any:
    """Return a reduced tree where one fact is known to have a value."""
    if not isinstance(tree, Split):
        return tree
    if tree.variable == variable:
        return next((restrict(branch, variable, value) for tried, branch in tree.branches if tried == value), tree)
    return Split(tree.variable, tuple((tried, restrict(branch, variable, value)) for tried, branch in tree.branches))
