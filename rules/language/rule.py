"""Define policies, their answers and their rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rules.language.condition import Condition
from rules.language.contract import ContractAnswer
from rules.language.hit_policy import HitPolicy
from rules.language.output import Output
from rules.text.problem import Place
from rules.values.kind import Type


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule or row; `parents` are the positions of the rules that it is an exception to.

    `meets` lists the ids of the requirements that the rule implements.
    """

    id: str
    title: Mapping[str, str]
    source: tuple[str, ...]
    when: Condition
    then: Mapping[str, Output]
    since: int | None
    until: int | None
    mandatory: bool
    place: Place
    parents: tuple[int, ...] = ()
    meets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer of a policy: its type, and how the answers of several issues are combined (`joins`)."""

    name: str
    type: Type
    collected: bool
    joins: str
    contracted: ContractAnswer | None
    place: Place


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy with its rules, parents before their exceptions."""

    name: str
    asks: Mapping[str, str]
    owner: str
    hit: HitPolicy
    table: bool
    answers: Mapping[str, Answer]
    otherwise: Mapping[str, Output]
    rules: tuple[Rule, ...]
    place: Place
