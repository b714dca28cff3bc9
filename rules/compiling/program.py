"""Define the compiled program of a pack: names as slots of a frame, conditions and formulas as functions of a frame."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from rules.engine_rules import Conjunction
from rules.language.derived import Derived
from rules.language.evaluator import Check, Leaf
from rules.language.output import OutputFunction
from rules.language.rule import Answer, Policy, Rule
from rules.language.sources import GoverningFacts
from rules.values.function import Context
from rules.values.kind import Type
from rules.values.value import OPEN, Frame

Compute = Callable[[Frame, Context], Any]
Code = Callable[[Frame], int | None]
Alternatives = tuple[Conjunction, ...]
ALWAYS = 0  # the first day of a parameter without dates


@dataclass(frozen=True, slots=True)
class Governed:
    """A slot whose value depends on a governing day: a parameter's value, or whether a rule is in force.

    `always` is the value of a parameter without dates, else OPEN.
    """

    slot: int
    day: int
    value: Callable[[int], Any]
    always: Any = OPEN


@dataclass(frozen=True, slots=True)
class BoundDerived:
    """A derived fact as a function of a frame, and the slots that it depends on."""

    derived: Derived
    slot: int
    reads: tuple[int, ...]
    compute: Compute
    years_missing: Callable[[Frame, Context], tuple[int, ...]]


@dataclass(frozen=True, slots=True, eq=False)
class BoundRule:
    """A rule as functions of a frame; `check` is its own condition without that of its parents."""

    rule: Rule
    position: int
    parents: tuple[int, ...]
    check: Check
    leaves: tuple[Leaf, ...]
    forces: tuple[int, ...]
    children: tuple[int, ...]
    says: Mapping[int, OutputFunction]
    reckons: tuple[int, ...]  # the slots that its outputs read
    silent: bool


@dataclass(frozen=True, slots=True, eq=False)
class Index:
    """The rules of a policy that can be true for each value of its most tested fact; the others are false."""

    slot: int
    positions: Mapping[Any, tuple[int, ...]]
    rest: tuple[int, ...]

    def candidates(self, frame: Frame) -> tuple[int, ...]:
        """Return the rules that can be true, parents first."""
        return self.positions.get(frame[self.slot], self.rest)


@dataclass(frozen=True, slots=True, eq=False)
class BoundPolicy:
    """A policy as functions of a frame; `reads` are the slots that its answers depend on."""

    policy: Policy
    position: int
    stratum: int
    rules: tuple[BoundRule, ...]
    answers: tuple[Answer, ...]
    slots: tuple[int, ...]
    otherwise: tuple[OutputFunction | None, ...]
    orders: tuple[tuple[str, ...], ...]
    reads: tuple[int, ...]
    index: Index
    in_order: tuple[int, ...]  # rules by id, so that their order in the file never matters; rows as written
    plain: bool  # without exceptions: each true rule applies
    reckons: bool  # an output reads a fact
    seen: bool  # settle or the recommendation reads an answer, so that none may stay open


@dataclass(frozen=True, slots=True)
class Stratum:
    """A stratum: its rules by number, the policy and position of each, and the fields that they read."""

    rules: tuple[tuple[int, Alternatives], ...]
    places: tuple[tuple[int, int], ...]
    fields: tuple[tuple[str, Code], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Program:
    """The compiled policies of a pack; `settle_at` is the number of policies before settle."""

    slots: Mapping[str, int]
    types: Mapping[str, Type]
    size: int
    days: tuple[tuple[int, GoverningFacts], ...]
    sent: tuple[tuple[int, str], ...]
    governed: tuple[Governed, ...]
    derived: tuple[BoundDerived, ...]
    dependents: Mapping[int, tuple[BoundDerived, ...]]
    policies: tuple[BoundPolicy, ...]
    settle_at: int
    strata: tuple[Stratum, ...]
    names: tuple[str, ...]
    pairs: Mapping[int, tuple[str, ...]]
    makers: Mapping[str, BoundPolicy]
