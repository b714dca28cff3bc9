"""Policies: one question about one issue, its answers, and the rules that give them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from .clause import ClauseReader, Rule
from .contract import ANSWERS, ENTITLEMENT, ENTITLEMENTS, Contracted
from .hit import Hit
from .kind import Type
from .names import Names
from .problem import Place
from .saying import Saying, SayingReader
from .shape import Reader
from .source import Mapping as MappingNode
from .source import Node, Scalar
from .vocabulary import read_type

POLICY_KEYS: Final = ("policy", "asks", "owner", "note", "answers", "hit", "otherwise", "rules", "table", "source")
ORDERLESS: Final = (Hit.ANY, Hit.UNIQUE, Hit.PRIORITY, Hit.COLLECT)
JOINS: Final = ("first",)


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


@dataclass(frozen=True, slots=True)
class Draft:
    """A policy whose answers are known and whose rules are still to be read."""

    name: str
    parts: Mapping[str, Node]
    hit: Hit
    answers: Mapping[str, Answer]
    place: Place


def read_draft(node: Node, reader: Reader) -> Draft | None:
    """Read the head of a policy: its name, hit policy and answers."""
    parts = reader.mapping(node, POLICY_KEYS, ("policy", "answers"))
    name = reader.text(parts.get("policy"))
    if name is None:
        return None
    hit = _read_hit(parts, reader)
    answers = {}
    for key, body in reader.pairs(parts.get("answers")):
        answer = _read_answer(key, body, hit, reader)
        if answer is not None:
            answers[answer.name] = answer
    return Draft(name, parts, hit, answers, parts["policy"].place)


def _read_hit(parts: Mapping[str, Node], reader: Reader) -> Hit:
    word = reader.choice(parts.get("hit"), tuple(hit.value for hit in Hit))
    if word is None:
        return Hit.UNIQUE if "table" in parts else Hit.ANY
    if "table" not in parts and Hit(word) not in ORDERLESS:
        hint = "rules use any, unique, priority or collect: their order never matters"
        reader.report(parts["hit"], "R308", f"'{word}' depends on the order of rows and fits tables only", hint)
    return Hit(word)


def _read_answer(key: Scalar, body: Node, hit: Hit, reader: Reader) -> Answer | None:
    name = key.text
    joins, body = _take_joins(body, reader)
    contracted = ANSWERS.get(name)
    if contracted is not None:
        return _contracted(key, body, contracted, hit, reader)
    kind = read_type(body, reader)
    if kind is None:
        return None
    if name.startswith(ENTITLEMENTS) and not name.endswith(".until") and set(kind.values) != set(ENTITLEMENT):
        hint = f"write {{one_of: [{', '.join(ENTITLEMENT)}]}}"
        reader.report(key, "R208", f"'{name}' must say whether something is granted", hint)
    return Answer(name, kind, hit.lists, joins, None, key.place)


def _contracted(key: Scalar, body: Node, contracted: Contracted, hit: Hit, reader: Reader) -> Answer:
    if not (isinstance(body, Scalar) and body.value == "contract"):
        reader.report(body, "R208", f"the type of '{key.text}' is fixed", "write contract as its type")
    if contracted.collected is not hit.lists:
        hint = "use hit: collect" if contracted.collected else "use any, unique or priority"
        reader.report(key, "R308", f"'{key.text}' does not fit hit: {hit}", hint)
    return Answer(key.text, contracted.type, contracted.collected, "", contracted, key.place)


def _take_joins(body: Node, reader: Reader) -> tuple[str, Node]:
    """Split {one_of: [...], joins: first} into how issues join and the type."""
    joins = body.get("joins") if isinstance(body, MappingNode) else None
    if joins is None or not isinstance(body, MappingNode):
        return "", body
    rest = tuple((key, inner) for key, inner in body.items if key.text != "joins")
    return reader.choice(joins, JOINS) or "", MappingNode(body.place, rest)


def read_policy(draft: Draft, names: Names, blocks: frozenset[str], reader: Reader) -> Policy:
    """Read the rules of a policy, now that every name is known."""
    parts = draft.parts
    clauses = ClauseReader(draft.name, draft.answers, SayingReader(names, blocks, reader), reader)
    rules = clauses.read(parts)
    if not rules:
        reader.report(draft.place, "R106", f"policy '{draft.name}' has no rules", "add rules: or table:")
    return Policy(
        name=draft.name,
        asks=reader.texts(parts.get("asks")),
        owner=reader.text(parts.get("owner")) or "",
        hit=draft.hit,
        table="table" in parts,
        answers=draft.answers,
        otherwise=_read_otherwise(draft, clauses, reader),
        rules=rules,
        place=draft.place,
    )


def _read_otherwise(draft: Draft, clauses: ClauseReader, reader: Reader) -> Mapping[str, Saying]:
    node = draft.parts.get("otherwise")
    given = clauses.sayings(node)
    for answer in draft.answers.values():
        if answer.collected and answer.name in given:
            reader.report(node or answer.place, "R307", f"'{answer.name}' is collected: nothing said is an empty list",
                          "drop its otherwise")  # fmt: skip
        elif not answer.collected and answer.name not in given:
            hint = f"add otherwise: {{{answer.name}: ...}}"
            reader.report(answer.place, "R307", f"'{answer.name}' does not say what holds when no rule speaks", hint)
    return MappingProxyType(given)
