"""Choose what to split on: the open fact behind an undecided rule, and the values that it can take."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from rules.compiling.pack import Pack
from rules.compiling.program import BoundPolicy
from rules.deciding.match import truths
from rules.deciding.resolve import Resolution, resolve_policy
from rules.deciding.tree import RuleConflict, Variable
from rules.language.evaluator import Leaf, Truth
from rules.values.kind import Type
from rules.values.value import OPEN, Frame, Interval, OpenList

Question = tuple[Variable, tuple[Any, ...]]  # what to split on, and the values to try


@dataclass(slots=True)
class SplitChooser:
    """Finds the open fact behind an undecided rule of an issue.

    `first` is the first issue about the same line: facts of the line are asked of it.
    """

    pack: Pack
    frame: Frame
    issue: int
    first: int

    def choose(self, policy: BoundPolicy, found: Sequence[Truth]) -> Question | RuleConflict | None:
        """Return what to split on so that a rule is decided; a rule conflict where there is nothing to split on."""
        undecided = self._undecided(policy, found)
        return _first(self._of_leaf(leaf, undecided) for leaf in undecided)

    def still_to_show(self, policy: BoundPolicy, found: Sequence[Truth]) -> Variable | None:
        """Return the first item behind undecided rules that a growing list, such as the evidence, may still hold."""
        undecided = self._undecided(policy, found)
        for leaf in undecided:
            question = self._of_leaf(leaf, undecided)
            if not isinstance(question, RuleConflict) and question[0].item is not None:
                return question[0]
        return None

    def _undecided(self, policy: BoundPolicy, found: Sequence[Truth]) -> list[Leaf]:
        """Return the undecided tests; those of derived facts follow those of the facts that these are derived from."""
        tests = [
            leaf
            for position in policy.in_order
            if found[position] is None
            for leaf in policy.rules[position].leaves
            if leaf.check(self.frame) is None
        ]
        return sorted(tests, key=self._tests_derived)

    def _tests_derived(self, leaf: Leaf) -> bool:
        slots = (leaf.slot, *(term.slot for term in leaf.terms if term.slot >= 0))
        return any(self.pack.program.names[slot] in self.pack.derived for slot in slots)

    def behind_amounts(self, policy: BoundPolicy, resolution: Resolution) -> Question | RuleConflict | None:
        """Return what to split on behind an open amount of a firing rule; amounts themselves are only asked for."""
        rules = dict.fromkeys(rule for _, rule in resolution.fired)
        slots = (slot for rule in rules for slot in policy.rules[rule].reckons if self.frame[slot] is OPEN)
        return _first(self._behind(slot) for slot in slots)

    def _of_leaf(self, leaf: Leaf, undecided: Sequence[Leaf]) -> Question | RuleConflict:
        slot = _open_side(leaf, self.frame)
        if slot is None:
            return self._variable(leaf.pair), (True, False)
        behind = self._behind(slot)
        if behind is not None:
            return behind
        kind = self.pack.program.types[self.pack.program.names[slot]]
        if leaf.test.op in ("includes", "excludes"):
            if slot != leaf.slot:
                return self._variable(leaf.pair), (True, False)
            return self._variable(slot, _open_item(leaf, self.frame)), (True, False)
        return self._variable(slot), tuple(_cells(kind, slot, undecided, self.frame)) if kind.ordered else kind.finite

    def _behind(self, slot: int) -> Question | RuleConflict | None:
        """Return the fact of few values, or the undecided rule of another policy, on which an open slot rests."""
        program = self.pack.program
        name = program.names[slot]
        if name in self.pack.vocabulary.facts:
            finite = program.types[name].finite
            return (self._variable(slot), finite) if finite and self.frame[slot] is OPEN else None
        if name in self.pack.derived:
            reads = [program.slots[one.name] for one in self.pack.derived[name].reads() if one.name in program.slots]
            unknown = [inner for inner in reads if self.frame[inner] is OPEN]
            return _first(self._behind(inner) for inner in unknown)
        maker = program.makers.get(name)
        if maker is None or self.frame[slot] is not OPEN:
            return None
        found = truths(maker, self.frame)
        if None in found:
            return self.choose(maker, found)
        resolution = resolve_policy(maker, found, self.frame)
        if resolution.conflict:
            return RuleConflict(tuple((maker.position, rule) for rule in resolution.conflict))
        return self.behind_amounts(maker, resolution)

    def _variable(self, slot: int, item: Any = None) -> Variable:
        """Return the variable of a slot; a fact of the case or of a line is one variable for all its issues."""
        name = self.pack.program.names[slot]
        if name not in self.pack.vocabulary.facts:
            return Variable(slot, self.issue, item)
        asked_of = {"case": -1, "line": self.first, "issue": self.issue}
        return Variable(slot, asked_of[self.pack.vocabulary.scope(name)], item)


def _first(found: Iterable[Question | RuleConflict | None]) -> Question | RuleConflict | None:
    """Return the first question; where there is none, the first rule conflict."""
    clash = None
    for one in found:
        if one is not None and not isinstance(one, RuleConflict):
            return one
        clash = clash or one
    return clash


def _open_side(leaf: Leaf, frame: Frame) -> int | None:
    """Return the side of a test that is open, or None where facts on both sides are."""
    sides = [leaf.slot, *(term.slot for term in leaf.terms if term.slot >= 0)]
    unknown = [slot for slot in sides if frame[slot] is OPEN or isinstance(frame[slot], Interval | OpenList)]
    return unknown[0] if len(unknown) == 1 or leaf.pair < 0 else None


def _open_item(leaf: Leaf, frame: Frame) -> Any:
    """Return the first item that the list neither holds nor lacks for certain."""
    found = frame[leaf.slot]
    items = [term.value(frame) for term in leaf.terms]
    return next(item for item in items if found is OPEN or found.includes(item) is None)


def _cells(kind: Type, slot: int, undecided: Sequence[Leaf], frame: Frame) -> Iterator[Any]:
    """Yield the constants that undecided tests compare a slot with, and the intervals between them, in order."""
    known = frame[slot]
    whole = known if isinstance(known, Interval) else Interval(kind.lowest, kind.highest)
    comparing = [leaf for leaf in undecided if leaf.test.op not in ("includes", "excludes")]
    cuts = {value for leaf in comparing for value in _bounds(leaf, slot, frame)}
    inside = sorted(cut for cut in cuts if whole.meets(cut) is None)
    if whole is not known and whole.low is not None:
        yield whole.low
    for start, end in pairwise([whole.low, *inside, whole.high]):
        yield Interval(start, end)
        if end is not None and end in inside:
            yield end
    if whole is not known and whole.high is not None:
        yield whole.high


def _bounds(leaf: Leaf, slot: int, frame: Frame) -> Iterator[Any]:
    if leaf.slot == slot:
        values = [term.value(frame) for term in leaf.terms]
    elif any(term.slot == slot for term in leaf.terms):
        values = [frame[leaf.slot]]
    else:
        return
    yield from (value for value in values if value is not OPEN and not isinstance(value, Interval))
