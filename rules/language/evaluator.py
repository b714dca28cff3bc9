"""Evaluate conditions on a frame with three truth values: the reference that the engine must agree with."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from rules.language.condition import BASIC, OPPOSITES, All, Condition, Test
from rules.values.kind import Type
from rules.values.value import OPEN, Frame, Interval, OpenList

Truth = bool | None


Check = Callable[[Frame], Truth]


@dataclass(frozen=True, slots=True)
class Leaf:
    """A test bound to the slots of a frame; `terms` are its operands.

    `pair` is the slot of a hypothesis about the whole test, where facts on both sides are open; or -1.
    """

    test: Test
    type: Type
    slot: int
    terms: tuple[Term, ...]
    pair: int
    check: Check


@dataclass(frozen=True, slots=True)
class Term:
    """An operand of a test: a constant, or the slot of its value."""

    constant: Any = None
    slot: int = -1

    def value(self, frame: Frame) -> Any:
        """Return the operand's value in this frame."""
        return self.constant if self.slot < 0 else frame[self.slot]


@dataclass(frozen=True, slots=True)
class BoundCondition:
    """A condition bound to a frame: its check, and its leaves in the order written."""

    check: Check
    leaves: tuple[Leaf, ...]


def bind(condition: Condition, leaf: Callable[[Test], Leaf]) -> BoundCondition:
    """Bind a condition, each test through `leaf`."""
    if isinstance(condition, Test):
        bound = leaf(condition)
        return BoundCondition(bound.check, (bound,))
    parts = [bind(part, leaf) for part in condition.parts]
    leaves = tuple(one for part in parts for one in part.leaves)
    checks = tuple(part.check for part in parts)
    if len(checks) == 1:
        return BoundCondition(checks[0], leaves)
    return BoundCondition(_joined(checks, decisive=not isinstance(condition, All)), leaves)


def _joined(checks: Sequence[Check], decisive: bool) -> Check:
    """Return the check of several: one that is `decisive` decides it, else one that is unknown leaves it unknown."""

    def check(frame: Frame) -> Truth:
        truth: Truth = not decisive
        for part in checks:
            found = part(frame)
            if found is decisive:
                return decisive
            if found is None:
                truth = None
        return truth

    return check


def bind_test(test: Test, kind: Type, slot: int, terms: tuple[Term, ...], pair: int = -1) -> Leaf:
    """Bind one test; `pair` is given where an operand is another fact."""
    check = leaf_check(test.op, kind, slot, terms)
    return Leaf(test, kind, slot, terms, pair, check if pair < 0 else _supposed(check, pair, test.op in BASIC))


def _supposed(inner: Check, pair: int, basic: bool) -> Check:
    def check(frame: Frame) -> Truth:
        truth = inner(frame)
        if truth is None and frame[pair] is not OPEN:
            return bool(frame[pair]) is basic
        return truth

    return check


def leaf_check(op: str, kind: Type, slot: int, terms: tuple[Term, ...]) -> Check:
    """Return the check of one test."""
    if op in ("is_not", "excludes"):
        return _denied(leaf_check(OPPOSITES[op], kind, slot, terms))
    if op in ("unknown", "known"):
        return lambda frame: (frame[slot] is OPEN) is (op == "unknown")
    if op == "includes":
        return _includes(kind, slot, terms)
    if op == "is":
        return _equals(kind, slot, terms)
    return _compares(_COMPARE[op], slot, terms[0])


def _denied(inner: Check) -> Check:
    def check(frame: Frame) -> Truth:
        truth = inner(frame)
        return None if truth is None else not truth

    return check


def _equals(kind: Type, slot: int, terms: tuple[Term, ...]) -> Check:
    if kind.ordered or any(term.slot >= 0 for term in terms):
        return _one_of_terms(slot, terms)
    if len(terms) == 1:
        only = terms[0].constant
        return lambda frame: None if (found := frame[slot]) is OPEN else found == only
    constants = frozenset(term.constant for term in terms)
    return lambda frame: None if (found := frame[slot]) is OPEN else found in constants


def _one_of_terms(slot: int, terms: tuple[Term, ...]) -> Check:
    def check(frame: Frame) -> Truth:
        found = frame[slot]
        if found is OPEN:
            return None
        truth: Truth = False
        for term in terms:
            same = _same(found, term.value(frame))
            if same is True:
                return True
            if same is None:
                truth = None
        return truth

    return check


def _same(found: Any, wanted: Any) -> Truth:
    if wanted is OPEN:
        return None
    if isinstance(found, Interval):
        return None if isinstance(wanted, Interval) else found.meets(wanted)
    return wanted.meets(found) if isinstance(wanted, Interval) else bool(found == wanted)


def _includes(kind: Type, slot: int, terms: tuple[Term, ...]) -> Check:
    shares = kind.kind == "shares"

    def check(frame: Frame) -> Truth:
        found = frame[slot]
        if found is OPEN:
            return None
        if shares and not isinstance(found, OpenList):
            found = [party for party, _ in found]
        truth: Truth = False
        for term in terms:
            item = term.value(frame)
            inside = found.includes(item) if isinstance(found, OpenList) else item in found
            if item is OPEN or inside is None:
                truth = None
            elif inside:
                return True
        return truth

    return check


_COMPARE: Final[dict[str, Callable[[Any, Any], Truth]]] = {
    "at_least": operator.ge,
    "more_than": operator.gt,
    "at_most": operator.le,
    "less_than": operator.lt,
}


def _compares(compare: Callable[[Any, Any], Truth], slot: int, term: Term) -> Check:
    if term.slot < 0:
        bound = term.constant
        return lambda frame: None if (found := frame[slot]) is OPEN else compare(found, bound)

    def check(frame: Frame) -> Truth:
        found, wanted = frame[slot], frame[term.slot]
        if found is OPEN or wanted is OPEN or (isinstance(found, Interval) and isinstance(wanted, Interval)):
            return None
        return compare(found, wanted)  # an interval on the right answers through the reflected comparison

    return check
