"""Make the ordinary case of a kind of issue: everyday values of the facts that a decision about it needs.

The value of a fact is its example for the kind, or its `example` in the vocabulary, or what is presumed or supposed of
it, or a first value of its type. The case states the facts with an example for its kind, those with an example that
matter most, and those that a decision about it still asks for, but for what the kind leaves out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any, Final

from rules.compiling.pack import Pack
from rules.lab.relevance import relevant
from rules.language.condition import FactOperand, Literal
from rules.language.contract import CASE_FACTS, TICKED
from rules.language.sources import DECIDED, SUBMITTED
from rules.language.vocabulary import Fact
from rules.values.json_values import show_decimal
from rules.values.kind import Type
from rules.values.value import OPEN

Json = dict[str, Any]

ROUNDS: Final = 8  # of asking; the packs need three
FIRST_FACTS: Final = 45  # the facts that matter most
SUBMITTED_AT: Final = "2026-03-02T10:00:00Z"  # where the vocabulary has no example
NOTHING: Final[Mapping[str, Any]] = {"money": 0, "list": []}  # no earlier refund, no discount
FIRST: Final[Mapping[str, Any]] = {"yes_no": False, "money": 100_00, "ratio": "0.1", "list": [], "text": "-"}


@dataclass(frozen=True, slots=True)
class OrdinaryCase:
    """A case with its recommendation; `stated` are its facts by name, the most relevant first, after its times."""

    case: Json
    stated: Mapping[str, Any]
    others: Mapping[str, str]  # the facts that can matter besides, by name, with what each decides
    recommendation: Json


def ordinary_case(pack: Pack, kind: str | None, decide: Callable[[Json], Json]) -> OrdinaryCase:
    """Return the ordinary case of a kind; None is the kind of a pack whose cases name none."""
    facts, decides = pack.vocabulary.facts, relevant(pack, kind)
    stated: Json = {SUBMITTED: _submitted(pack)} | ({} if kind is None else {TICKED: kind})
    left_out = {name for name, fact in facts.items() if fact.examples.get(kind or "", None) is OPEN}
    for position, name in enumerate([DECIDED, *decides] if DECIDED in facts else decides):
        fact = facts[name]
        exemplary = kind in fact.examples or (fact.example is not OPEN and position <= FIRST_FACTS)
        if name not in left_out and (fact.must_know or exemplary):
            stated[name] = ordinary_value(pack, fact, kind)
    for _ in range(ROUNDS):
        recommendation = decide(case_of(pack, stated))
        asked = [one for one in recommendation["missing"] if one["only_if"] is None] or recommendation["missing"]
        new = [one for one in asked if one["fact"] not in stated and one["fact"] not in left_out]
        answers = _answers(pack, new, kind) or _evidence(pack, asked, stated)
        if not answers:
            break
        stated |= answers
    else:
        recommendation = decide(case_of(pack, stated))
    in_order = sorted(stated, key=[TICKED, SUBMITTED, DECIDED, *decides, *stated].index)
    others = {name: what for name, what in decides.items() if name not in stated}
    return OrdinaryCase(case_of(pack, stated), {name: stated[name] for name in in_order}, others, recommendation)


def ordinary_value(pack: Pack, fact: Fact, kind: str | None) -> Any:
    """Return the everyday value of a fact for a kind, as a case states it; a time is that of the complaint."""
    for declared in (fact.examples.get(kind or "", OPEN), fact.example, fact.presume, fact.supposed):
        if declared is not OPEN:
            return fact.type.show(declared, pack.zone)
    if fact.name in CASE_FACTS:
        return NOTHING[fact.type.kind]
    if fact.type.kind == "instant":
        return _submitted(pack)
    return _submitted(pack)[:10] if fact.type.kind == "date" else first_value(fact.type)


def first_value(kind: Type) -> Any:
    """Return the first value of a type; of a record, those of the fields that name their values."""
    if kind.kind == "number":
        low, high = kind.range
        least = ceil(max(1, low or 0))
        return least if high is None or least <= high else show_decimal(high)
    if kind.kind == "record":
        return {name: _listed(field) for name, field in kind.fields.items() if (field.item or field).values}
    return kind.values[0] if kind.values else FIRST[kind.kind]


def _listed(field: Type) -> Any:
    return first_value(field) if field.item is None else [first_value(field.item)]


def _submitted(pack: Pack) -> str:
    fact = pack.vocabulary.facts.get(SUBMITTED)
    return SUBMITTED_AT if fact is None or fact.example is OPEN else str(fact.type.show(fact.example, pack.zone))


def case_of(pack: Pack, stated: Mapping[str, Any]) -> Json:
    """Return the case that states these facts, of one issue about one line."""
    case: Json = {"pack": pack.name}
    line: Json = {"id": "1"}
    issue: Json = {"line": "1"}
    for name, value in stated.items():
        *groups, key = pack.vocabulary.path(name)
        part = {"case": case, "line": line, "issue": issue}[pack.vocabulary.scope(name)]
        for group in groups:
            part = part.setdefault(group, {})
        part[key] = value
    case.setdefault("order", {})["lines"] = [line]
    return case | {"issues": [issue]}


def _answers(pack: Pack, asked: list[Json], kind: str | None) -> Json:
    """Return the everyday answers to the questions about facts of the vocabulary."""
    facts = pack.vocabulary.facts
    return {one["fact"]: ordinary_value(pack, facts[one["fact"]], kind) for one in asked if one["fact"] in facts}


def _evidence(pack: Pack, asked: list[Json], stated: Mapping[str, Any]) -> Json:
    """Return the lists with a record more, which shows what is asked for."""
    found: Json = {}
    for items, field, value in _gathered(pack, asked):
        kind = pack.vocabulary.facts[items].type.item
        if kind is not None and field in kind.fields:
            shows = value if kind.fields[field].item is None else [value]
            found[items] = [*found.get(items, stated.get(items, [])), first_value(kind) | {field: shows}]
    return found


def _gathered(pack: Pack, asked: list[Json]) -> Iterator[tuple[str, str, Any]]:
    """Yield the list, the field and the value behind each question about a fact that is gathered from records."""
    for one in asked:
        arguments = pack.derived[one["fact"]].arguments if one["fact"] in pack.derived else {}
        items, field = arguments.get("items"), arguments.get("field")
        if isinstance(items, FactOperand) and isinstance(field, Literal) and one["value"] is not None:
            yield items.name, str(field.value), one["value"]
