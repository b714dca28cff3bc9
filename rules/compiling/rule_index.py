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
        parent = accepts[rule.rule.parent] if rule.rule.parent >= 0 else None
        own = want.get(slot)
        accepts.append(own if parent is None else parent if own is None else own & parent)
    values = {value for accepted in accepts if accepted is not None for value in accepted}
    positions: dict[Any, tuple[int, ...]] = {
        value: tuple(at for at, accepted in enumerate(accepts) if accepted is None or value in accepted)
        for value in values
    }
    positions[OPEN] = tuple(range(len(rules)))
    return Index(slot, positions, tuple(at for at, accepted in enumerate(accepts) if accepted is None))


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
