"""Define conditions: trees of tests on facts, in negation normal form.

A test on a fact that is not known is unknown, under `not` too (strong Kleene logic). This module is the reference of
what a condition means: the engine must agree with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from rules.text.problem import Place

OPPOSITES: Final = {
    "is": "is_not",
    "is_not": "is",
    "at_least": "less_than",
    "less_than": "at_least",
    "at_most": "more_than",
    "more_than": "at_most",
    "includes": "excludes",
    "excludes": "includes",
    "unknown": "known",
    "known": "unknown",
}


BASIC: Final = ("is", "at_least", "more_than", "includes")  # one of each pair of opposites


def basic_op(op: str) -> str:
    """Return the operator itself, or its opposite where only that is basic."""
    return op if op in BASIC else OPPOSITES[op]


@dataclass(frozen=True, slots=True)
class Literal:
    """A literal value in a policy."""

    value: Any


@dataclass(frozen=True, slots=True)
class FactOperand:
    """The value of another fact."""

    name: str


@dataclass(frozen=True, slots=True)
class ParameterOperand:
    """The value of a parameter on the rule's governing day."""

    name: str


Operand = Literal | FactOperand | ParameterOperand


@dataclass(frozen=True, slots=True)
class Test:
    """A test of one fact; of several operands one must match."""

    fact: str
    op: str
    operands: tuple[Operand, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class All:
    """True where every part is true; always true without parts."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """True where a part is true; never true without parts."""

    parts: tuple[Condition, ...]


Condition = Test | All | AnyOf


def negate(condition: Condition) -> Condition:
    """Return the negation, pushed down to the tests, so that unknown stays unknown."""
    if isinstance(condition, Test):
        return Test(condition.fact, OPPOSITES[condition.op], condition.operands, condition.place)
    parts = tuple(negate(part) for part in condition.parts)
    return AnyOf(parts) if isinstance(condition, All) else All(parts)


def tests(condition: Condition) -> Iterator[Test]:
    """Yield every test in the order written."""
    if isinstance(condition, Test):
        yield condition
    else:
        for part in condition.parts:
            yield from tests(part)


# ---- from the tree to functions of a frame
