"""Index the rules of a policy by the fact that most of them test for equality."""

from __future__ import annotations

from collections import Counter
from typing import Any

from rules.compiling.program import BoundRule, Index
from rules.language.condition import All, Test
from rules.values.value import OPEN


def index_rules(rules: tuple[BoundRule, ...]) -> Index:
    """Index rules by the values of the fact that most of them test for equality."""
    wants = [_wanted(rule) for rule in rules]
    named = Counter(slot for want in wants for slot in want)
    slot = max(named, key=lambda one: (named[one], -one), default=0)
    accepts: list[frozenset[Any] | None] = []
    for rule, want in zip(rules, wants, strict=True):
        own, above = want.get(slot), _union([accepts[parent] for parent in rule.parents])
        accepts.append(own if above is None else above if own is None else own & above)
    values = {value for accepted in accepts if accepted is not None for value in accepted}
    positions: dict[Any, tuple[int, ...]] = {
        value: tuple(at for at, accepted in enumerate(accepts) if accepted is None or value in accepted)
        for value in values
    }
    positions[OPEN] = tuple(range(len(rules)))
    return Index(slot, positions, tuple(at for at, accepted in enumerate(accepts) if accepted is None))


def _union(accepts: list[frozenset[Any] | None]) -> frozenset[Any] | None:
    """Return the values that one of several rules accepts; None for any value."""
    return None if None in accepts or not accepts else frozenset().union(*(one for one in accepts if one is not None))


def _wanted(bound: BoundRule) -> dict[int, frozenset[Any]]:
    """Return the accepted values of each one_of or yes_no fact that a rule requires."""
    when = bound.rule.when
    needed = (when,) if isinstance(when, Test) else when.parts if isinstance(when, All) else ()
    return {
        leaf.slot: frozenset(term.constant for term in leaf.terms)
        for leaf in bound.leaves
        if leaf.test in needed
        and leaf.test.op == "is"
        and leaf.type.kind in ("one_of", "yes_no")
        and all(term.slot < 0 for term in leaf.terms)
    }
