"""Declare the names of a pack: facts, parameters that are read as facts, answers; each name once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from rules.language.contract import SETTLE_FACTS
from rules.language.names import Names
from rules.language.parameter import Parameter
from rules.language.policy import PolicyHead
from rules.language.rule import Answer
from rules.language.sources import DECIDED, SUBMITTED
from rules.language.strata import SETTLE
from rules.language.vocabulary import Vocabulary
from rules.text.nodes import Mapping as MappingNode
from rules.text.nodes import Node
from rules.text.reader import Reader
from rules.values.kind import Type

IMPLIED: Final = MappingProxyType({SUBMITTED: Type("instant"), DECIDED: Type("instant")})


def declare_facts(vocabulary: Vocabulary, node: Node | None, names: Names, reader: Reader) -> None:
    """Declare the facts of a case and those that settle gives; `node` is the root of vocabulary.yaml."""
    for name, fact in vocabulary.facts.items():
        if name in SETTLE_FACTS:
            reader.report(fact.place, "R214", f"'{name}' is given by settle", "give the fact another name")
        elif name in IMPLIED and fact.type != IMPLIED[name]:
            reader.report(fact.place, "R201", f"'{name}' is always an instant", "write type: instant")
        elif fact.carried or fact.retired:
            names.untestable[name] = "carried: it only fills slots of text blocks" if fact.carried else "retired"
        else:
            names.facts[name] = fact.type
    names.asked = frozenset(names.facts)
    names.columns = frozenset(name for name in names.facts if vocabulary.scope(name) == "line")
    names.facts = {**IMPLIED, **names.facts, **SETTLE_FACTS}
    written = node.get("facts") if isinstance(node, MappingNode) else None
    if isinstance(written, MappingNode):
        names.faulty.update({key.text for key, _ in written.items} - vocabulary.facts.keys() - names.facts.keys())


def declare_readable(parameters: Mapping[str, Parameter], names: Names, reader: Reader) -> list[str]:
    """Declare the parameters that a shop sets as facts, and return their names."""
    readable = []
    for name, parameter in parameters.items():
        if parameter.shop_sets and (name in names.facts or name in names.untestable):
            reader.report(parameter.place, "R214", f"'{name}' is a fact already", "give the parameter its own name")
        elif parameter.shop_sets:
            names.facts[name] = parameter.type
            readable.append(name)
    return readable


def declare_answers(drafts: Iterable[PolicyHead], names: Names, reader: Reader) -> None:
    """Declare the answers of all policies; policy names must be unique."""
    policies: dict[str, PolicyHead] = {}
    given_by: dict[str, Answer] = {}
    for draft in drafts:
        twin = policies.setdefault(draft.name, draft) if draft.name else draft
        if twin is not draft:
            message = f"there is already a policy '{draft.name}' ({twin.place})"
            reader.report(draft.place, "R214", message, "give each policy its own name")
        elif draft.name == SETTLE:
            reader.report(draft.place, "R214", f"'{SETTLE}' is reserved", "give the policy another name")
        names.faulty |= draft.faulty
        for answer in draft.answers.values():
            _declare_answer(answer, given_by.setdefault(answer.name, answer), names, reader)


def _declare_answer(answer: Answer, first: Answer, names: Names, reader: Reader) -> None:
    if first is not answer:
        message = f"'{answer.name}' is also an answer of another policy ({first.place})"
        reader.report(answer.place, "R208", message, "declare each answer in one policy")
    elif answer.name in names.facts or answer.name in names.untestable:
        hint = "give the answer a name of its own"
        reader.report(answer.place, "R214", f"'{answer.name}' is a fact already", hint)
    else:
        listed = answer.collected and answer.type.kind != "list"
        names.facts[answer.name] = Type("list", item=answer.type) if listed else answer.type
