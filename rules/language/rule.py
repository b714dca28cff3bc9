"""What a policy is made of: its answers, and its rules."""

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
    """One rule or row; `parent` is the position of the rule that it is an exception to, or -1.

    `meets` names requirements, by the ids of whoever wrote them down, that the rule is there for.
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
    parent: int = -1
    meets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What a policy answers: its type, and how the issues of a case join it."""

    name: str
    type: Type
    collected: bool
    joins: str
    contracted: ContractAnswer | None
    place: Place


@dataclass(frozen=True, slots=True)
class Policy:
    """One question with its rules, parents before their exceptions."""

    name: str
    asks: Mapping[str, str]
    owner: str
    hit: HitPolicy
    table: bool
    answers: Mapping[str, Answer]
    otherwise: Mapping[str, Output]
    rules: tuple[Rule, ...]
    place: Place
