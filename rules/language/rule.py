"""What a policy is made of: its answers, and its rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rules.language.condition import Condition
from rules.language.contract import Contracted
from rules.language.hit import Hit
from rules.language.saying import Saying
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
    then: Mapping[str, Saying]
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
    contracted: Contracted | None
    place: Place


@dataclass(frozen=True, slots=True)
class Policy:
    """One question with its rules, parents before their exceptions."""

    name: str
    asks: Mapping[str, str]
    owner: str
    hit: Hit
    table: bool
    answers: Mapping[str, Answer]
    otherwise: Mapping[str, Saying]
    rules: tuple[Rule, ...]
    place: Place
