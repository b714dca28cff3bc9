"""Read policies: each answers one question about an issue by rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from rules.language.contract import ANSWERS, ENTITLEMENT, ENTITLEMENTS, JOINED, MODES, ContractAnswer
from rules.language.formula import AMOUNTS
from rules.language.hit_policy import FOR_RULES, HitPolicy
from rules.language.keys import ADDITION_KEYS, BESIDE_ADDITION, BESIDE_POLICY, POLICY_KEYS
from rules.language.names import Names, check_name
from rules.language.output import Output, OutputReader
from rules.language.rule import Answer, Policy
from rules.language.rule_reader import RuleReader
from rules.language.type_reader import read_answered_type
from rules.text.nodes import Mapping as MappingNode
from rules.text.nodes import Node, Scalar
from rules.text.problem import Place, shown, suggest
from rules.text.reader import Reader
from rules.values.kind import Type

JOINS: Final = ("first",)
AUTOMATION: Final = JOINED[-1]

_HITS_FOR_RULES: Final = f"{', '.join(FOR_RULES[:-1])} or {FOR_RULES[-1]}"
_ENTITLED: Final = {"from": "instant", "until": "instant", "day": "number"}


@dataclass(frozen=True, slots=True)
class PolicyHead:
    """A policy whose answers are read and whose rules are not; `faulty` answers have been reported.

    A policy without a name has been reported, but its answers are declared for other policies.
    """

    name: str
    parts: Mapping[str, Node]
    hit: HitPolicy
    answers: Mapping[str, Answer]
    faulty: frozenset[str]
    place: Place
    more: tuple[Mapping[str, Node], ...] = ()


@dataclass(frozen=True, slots=True)
class Addition:
    """Rules added to a policy of another file."""

    policy: Node
    parts: Mapping[str, Node]


def read_addition(node: Node, reader: Reader) -> Addition | None:
    """Read a document that adds rules to a policy; None for a policy."""
    if not isinstance(node, MappingNode) or node.get("adds_to") is None:
        return None
    parts = reader.mapping(node, ADDITION_KEYS, ("adds_to",), BESIDE_ADDITION)
    name = parts["adds_to"]
    reader.text(name)
    if not parts.keys() & {"rules", "table"}:
        reader.report(node, "R106", "the document adds no rules", "add rules: or table:")
    return Addition(name, parts)


def add_rules(drafts: Iterable[PolicyHead], additions: Iterable[Addition], reader: Reader) -> list[PolicyHead]:
    """Return the policies with the rules that other files add to them."""
    joined = list(drafts)
    numbers = {draft.name: at for at, draft in reversed(list(enumerate(joined)))}
    for addition in additions:
        name = addition.policy.value if isinstance(addition.policy, Scalar) else None
        if not isinstance(name, str):
            continue  # this has been reported
        draft = joined[numbers[name]] if name in numbers else None
        if draft is None:
            hint = suggest(name, numbers) or "write the policy with its answers"
            reader.report(addition.policy, "R215", f"there is no policy {shown(name)} to add rules to", hint)
        elif draft.hit not in FOR_RULES:
            hint = f"put all its rows into {draft.place.file}"
            reader.report(addition.policy, "R308", f"'{draft.hit}' depends on the order of rows", hint)
        else:
            joined[numbers[name]] = replace(draft, more=(*draft.more, addition.parts))
    return joined


def read_head(node: Node, reader: Reader) -> PolicyHead | None:
    """Read the head of a policy: its name, hit policy and answers."""
    parts = reader.mapping(node, POLICY_KEYS, ("policy", "answers"), BESIDE_POLICY)
    if not parts:
        return None
    name = reader.text(parts.get("policy")) or ""
    hit = _read_hit(parts, reader)
    named = reader.pairs(parts.get("answers"))
    read = (_read_answer(key, body, hit, reader) for key, body in named)
    answers = {answer.name: answer for answer in read if answer is not None}
    if "answers" in parts and not named:
        reader.report(parts["answers"], "R107", f"policy {shown(name)} has no answers", "name at least one answer")
    _check_hit(parts, hit, tuple(answers.values()), len(answers) == len(named), reader)
    faulty = frozenset(key.text for key, _ in named) - answers.keys()
    return PolicyHead(name, parts, hit, answers, faulty, parts.get("policy", node).place)


def _read_hit(parts: Mapping[str, Node], reader: Reader) -> HitPolicy:
    word = reader.choice(parts.get("hit"), tuple(hit.value for hit in HitPolicy))
    if word is None:
        return HitPolicy.UNIQUE if "table" in parts else HitPolicy.ANY
    if HitPolicy(word) not in FOR_RULES and ("table" not in parts or "rules" in parts):
        hint = f"rules and exceptions use {_HITS_FOR_RULES}: their order never matters"
        reader.report(parts["hit"], "R308", f"'{word}' depends on the order of rows and fits tables only", hint)
    return HitPolicy(word)


def _check_hit(
    parts: Mapping[str, Node], hit: HitPolicy, answers: tuple[Answer, ...], complete: bool, reader: Reader
) -> None:
    """Report a hit policy that does not fit the types of the answers."""
    if not complete or not answers or "hit" not in parts:
        return
    if hit.ranks and not any(answer.type.kind == "one_of" for answer in answers):
        hint = "let one of the answers be a one_of, the most important value first"
        reader.report(parts["hit"], "R308", f"'{hit}' uses the order of values, and no answer has one", hint)
    if hit.aggregates and (len(answers) != 1 or answers[0].type.kind not in AMOUNTS):
        hint = "give it one answer of type money, number or ratio"
        reader.report(parts["hit"], "R308", f"'{hit}' aggregates all rows to one amount", hint)


def _read_answer(key: Scalar, body: Node, hit: HitPolicy, reader: Reader) -> Answer | None:
    joins, body = _take_joins(body, reader)
    contracted = ANSWERS.get(key.text)
    if contracted is not None:
        return _contracted(key, body, contracted, hit, reader)
    kind = read_answered_type(body, reader) if check_name(key, reader) else None
    if kind is None:
        return None
    _check_type(key, kind, reader)
    if kind.item is not None and kind.item.kind == "record":
        reader.report(key, "R308", f"'{key.text}' is a list of records, which only derived facts make", "list values")
    return Answer(key.text, kind, hit.lists, joins, None, key.place)


def _check_type(key: Scalar, kind: Type, reader: Reader) -> None:
    """Report an answer whose type is not the one that the recommendation reads."""
    name, values = key.text, set(kind.values) if kind.kind == "one_of" else set()
    if name.startswith(ENTITLEMENTS):
        detail = name.removeprefix(ENTITLEMENTS).partition(".")[2]
        wanted = _ENTITLED.get(detail, f"write {{one_of: [{', '.join(ENTITLEMENT)}]}}")
        fits = kind.kind == wanted if detail in _ENTITLED else values == set(ENTITLEMENT)
    elif name == AUTOMATION:
        wanted = f"write one_of with some of: {', '.join(MODES)}"
        fits = bool(values) and values <= set(MODES)
    else:
        wanted, fits = "write {one_of: [...]}", name not in JOINED or bool(values)
    if not fits:
        reader.report(key, "R208", f"the type of '{name}' is not what the recommendation reads", wanted)


def _contracted(key: Scalar, body: Node, contracted: ContractAnswer, hit: HitPolicy, reader: Reader) -> Answer:
    if not (isinstance(body, Scalar) and body.value == "contract"):
        reader.report(body, "R208", f"the type of '{key.text}' is fixed", "write contract as its type")
    if (hit is not HitPolicy.COLLECT) if contracted.collected else (hit.lists or hit.aggregates):
        hint = "use hit: collect" if contracted.collected else "use any, unique or priority"
        reader.report(key, "R308", f"'{key.text}' does not fit hit: {hit}", hint)
    return Answer(key.text, contracted.type, contracted.collected, "", contracted, key.place)


def _take_joins(body: Node, reader: Reader) -> tuple[str, Node]:
    """Split {one_of: [...], joins: first} into `joins` and the type."""
    joins = body.get("joins") if isinstance(body, MappingNode) else None
    if joins is None or not isinstance(body, MappingNode):
        return "", body
    rest = tuple((key, inner) for key, inner in body.items if key.text != "joins")
    return reader.choice(joins, JOINS) or "", MappingNode(body.place, rest)


def read_policy(draft: PolicyHead, names: Names, blocks: frozenset[str], reader: Reader) -> Policy:
    """Read the rules of a policy; all names must be declared."""
    parts = draft.parts
    rule_reader = RuleReader(draft.name, draft.answers, OutputReader(names, blocks, reader), reader)
    rules = rule_reader.read(parts, *draft.more)
    if not rules:
        reader.report(draft.place, "R106", f"policy '{draft.name}' has no rules", "add rules: or table:")
    if rule_reader.tabled and rule_reader.has_own_rules and "hit" not in parts:
        message = f"policy '{draft.name}' has a table and rules beside it, but no hit policy for when both apply"
        hint = f"write its hit: {_HITS_FOR_RULES}; or let each rule be an exception_to a row"
        reader.report(draft.place, "R313", message, hint)
    return Policy(
        name=draft.name,
        asks=reader.texts(parts.get("asks")),
        owner=reader.text(parts.get("owner")) or "",
        hit=draft.hit,
        table=any("table" in written for written in (parts, *draft.more)),
        answers=draft.answers,
        otherwise=_read_otherwise(draft, rule_reader, reader),
        rules=rules,
        place=draft.place,
    )


def _read_otherwise(draft: PolicyHead, rule_reader: RuleReader, reader: Reader) -> Mapping[str, Output]:
    node = draft.parts.get("otherwise")
    given = {key.text: key for key, _ in reader.pairs(node)}
    for answer in draft.answers.values():
        if answer.collected and answer.name in given:
            message = f"'{answer.name}' is collected: without a rule it is an empty list"
            reader.report(given[answer.name], "R307", message, "drop its otherwise")
        elif not answer.collected and answer.name not in given:
            hint = f"add otherwise: {{{answer.name}: ...}}"
            reader.report(answer.place, "R307", f"'{answer.name}' has no value for when no rule applies", hint)
    return MappingProxyType(rule_reader.outputs(node))
