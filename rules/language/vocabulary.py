"""Read the vocabulary of a pack: every fact with its type, path and presumption."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from types import MappingProxyType
from typing import Any, Final

from rules.language.contract import TICKED
from rules.language.literal import describe, read_literal
from rules.language.names import check_name
from rules.language.type_reader import read_texts, read_type
from rules.text.nodes import Mapping as MappingNode
from rules.text.nodes import Node, Scalar
from rules.text.nodes import Sequence as SequenceNode
from rules.text.problem import Place, shown, suggest
from rules.text.reader import Reader
from rules.values.kind import Type
from rules.values.value import OPEN, Value

SCOPES: Final = ("case", "line", "issue")
WHO: Final = ("customer", "merchant", "carrier", "platform", "system")
BECAUSE: Final = (
    "systems_know",
    "not_alleged",
    "checked_on_return",
    "burden_on_merchant",
    "burden_on_customer",
    "burden_on_carrier",
)
FACT_KEYS: Final = (
    "type", "label", "from", "meets", "who", "ask", "presume", "because", "must_know", "carried", "personal",
    "free_text", "retired", "supposed", "example", "examples", "moved_to", "routing",
)  # fmt: skip
LEFT_OUT: Final = "(left out)"  # written where a case does not state a fact
KEPT_LESS: Final = ("personal", "free_text")  # flags of facts that are masked in the ledger
DATE: Final = Type("date")


@dataclass(frozen=True, slots=True)
class Group:
    """A group of facts; its scope is the case, each line or each issue."""

    name: str
    scope: str
    label: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class MovedTo:
    """The fact that a retired one is read as: the same value, or a record of a list with the value in `key`."""

    fact: str
    key: str = ""
    record: Mapping[str, Value] = field(default_factory=dict)  # the other fields


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact of a case.

    `presume` is its value where it is left out, or OPEN. `supposed` is the value that a provisional remedy is shown
    with while the fact is unknown, or OPEN; nothing is settled by it. `example` is its value in an ordinary case,
    `examples` by kind of issue; OPEN where the case of a kind leaves it out.
    """

    name: str
    type: Type
    label: Mapping[str, str]
    who: tuple[str, ...]
    ask: Mapping[str, str]
    presume: Value
    because: str
    must_know: bool
    carried: bool
    retired: bool
    origin: str
    place: Place
    meets: tuple[str, ...] = ()
    personal: bool = False
    free_text: bool = False  # text that may contain personal data
    supposed: Value = OPEN
    example: Value = OPEN
    examples: Mapping[str, Value] = field(default_factory=dict)
    moved_to: MovedTo | None = None  # of a retired fact
    routing: str = ""  # why the fact only decides who handles a case, how urgently and by when

    @property
    def ignored(self) -> bool:
        """Return whether the fact is accepted without effect: retired, and nothing took its place."""
        return self.retired and self.moved_to is None


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """All facts of a pack by name, and their groups."""

    facts: Mapping[str, Fact]
    groups: Mapping[str, Group]

    def scope(self, name: str) -> str:
        """Return the scope of a fact: case, line or issue."""
        group, dot, _ = name.partition(".")
        return self.groups[group].scope if dot and group in self.groups else "case"

    def path(self, name: str) -> tuple[str, ...]:
        """Return the path of a fact inside its case, line or issue."""
        group, _, key = name.partition(".")
        return (key,) if group in ("line", "issue") else tuple(part for part in (group, key) if part)


def read_vocabulary(node: Node | None, currency: str, reader: Reader) -> Vocabulary:
    """Read vocabulary.yaml."""
    if node is None:
        return Vocabulary(MappingProxyType({}), MappingProxyType({}))
    parts = reader.mapping(node, ("groups", "facts"), ("facts",))
    groups = _read_groups(parts.get("groups"), reader)
    facts: dict[str, Fact] = {}
    for key, body in reader.pairs(parts.get("facts")):
        group, dot, _ = key.text.partition(".")
        if not check_name(key, reader):
            continue
        if dot and group not in groups:
            reader.report(key, "R203", f"fact '{key.text}' is in group '{group}', which is not declared",
                          suggest(group, groups) or "add the group under groups")  # fmt: skip
            continue
        fact = _read_fact(key.text, key, body, currency, reader)
        if fact is not None:
            facts[fact.name] = fact
    vocabulary = Vocabulary(MappingProxyType(facts), MappingProxyType(groups))
    _check_kinds(parts.get("facts"), vocabulary, reader)
    for key, body in reader.pairs(parts.get("facts")):
        moved = dict(_pairs(body)).get("moved_to")
        if moved is not None and key.text in facts:
            target = _read_moved_to(key, moved, vocabulary, currency, reader)
            facts[key.text] = replace(facts[key.text], moved_to=target)
    return vocabulary


def _check_kinds(node: Node | None, vocabulary: Vocabulary, reader: Reader) -> None:
    """Report examples of a kind that no issue can have."""
    ticked = vocabulary.facts.get(TICKED)
    kinds = ticked.type.values if ticked is not None else ()
    for _, body in reader.pairs(node):
        examples = dict(_pairs(body)).get("examples")
        for kind, _ in examples.items if isinstance(examples, MappingNode) else ():
            if kind.text not in kinds:
                hint = suggest(kind.text, kinds) or f"name a value of {TICKED}"
                reader.report(kind, "R202", f"{shown(kind.text)} is not a kind of issue", hint)


def _pairs(body: Node) -> Iterator[tuple[str, Node]]:
    return ((key.text, value) for key, value in body.items) if isinstance(body, MappingNode) else iter(())


def _read_moved_to(key: Scalar, node: Node, vocabulary: Vocabulary, currency: str, reader: Reader) -> MovedTo | None:
    """Read what a retired fact is read as; it has to fit the type, and stand where a case can state it."""
    old = vocabulary.facts[key.text]
    parts = (
        reader.mapping(node, ("fact", "field", "with"), ("fact",)) if isinstance(node, MappingNode) else {"fact": node}
    )
    name = reader.text(parts.get("fact")) or ""
    new = vocabulary.facts.get(name)
    if new is None or new.retired or not old.retired:
        what = "only a retired fact moves" if not old.retired else f"'{name}' is not a fact in use"
        reader.report(node, "R203", what, suggest(name, vocabulary.facts) or "name the fact that took its place")
        return None
    item = new.type.item
    fields = item.fields if item is not None and "field" in parts else {}
    named_field = (reader.text(parts["field"]) or "") if "field" in parts else ""
    kind = fields.get(named_field) if named_field else new.type
    if (
        kind is None
        or kind.kind != old.type.kind
        or vocabulary.scope(name) not in (vocabulary.scope(key.text), "issue")
    ):
        reader.report(node, "R207", f"'{key.text}' does not fit '{name}'", f"the new fact is {describe(new.type)}")
        return None
    others = reader.mapping(parts["with"], tuple(fields)) if "with" in parts else {}
    values = {other: read_literal(body, fields[other], currency, reader) for other, body in others.items()}
    return MovedTo(name, named_field, {other: value for other, value in values.items() if value is not None})


def _read_groups(node: Node | None, reader: Reader) -> dict[str, Group]:
    groups = {}
    for key, body in reader.pairs(node):
        parts = reader.mapping(body, ("of", "label"), ("of",))
        scope = reader.choice(parts.get("of"), SCOPES)
        if scope and key.text in ("line", "issue") and scope != key.text:
            reader.report(parts["of"], "R107", f"the group '{key.text}' must be of each {key.text}", f"of: {key.text}")
        if scope:
            groups[key.text] = Group(key.text, scope, read_texts(parts.get("label"), reader))
    return groups


def _read_fact(name: str, key: Scalar, body: Node, currency: str, reader: Reader) -> Fact | None:
    parts = reader.mapping(body, FACT_KEYS, ("type",))
    kind = read_type(parts["type"], reader) if "type" in parts else None
    if kind is None or not _sent(kind, parts["type"], reader):
        return None
    flags: dict[str, Any] = {
        flag: bool(reader.yes_no(parts.get(flag))) for flag in ("must_know", "carried", *KEPT_LESS)
    }
    presume = read_literal(parts["presume"], kind, currency, reader) if "presume" in parts else OPEN
    if "presume" in parts:
        _check_presumption(key, kind, "because" in parts, flags["must_know"], reader)
        _check_range(parts["presume"], kind, presume, "R213", reader)
    supposed = read_literal(parts["supposed"], kind, currency, reader) if "supposed" in parts else OPEN
    examples = {
        ticked.text: OPEN if _is_left_out(node) else _read_example(node, kind, currency, reader)
        for ticked, node in reader.pairs(parts.get("examples"))
    }
    _check_masked(kind, parts, flags, reader)
    return Fact(
        name=name,
        type=kind,
        label=read_texts(parts.get("label"), reader),
        who=tuple(who for node in _each(parts.get("who")) if (who := reader.choice(node, WHO))),
        ask=read_texts(parts.get("ask"), reader),
        presume=OPEN if presume is None else presume,
        because=reader.choice(parts.get("because"), BECAUSE) or "",
        retired="retired" in parts and read_literal(parts["retired"], DATE, currency, reader) is not None,
        origin=reader.text(parts.get("from")) or "",
        place=key.place,
        meets=reader.names(parts.get("meets")),
        supposed=OPEN if supposed is None else supposed,
        example=_read_example(parts["example"], kind, currency, reader) if "example" in parts else OPEN,
        examples=examples,
        routing=reader.text(parts.get("routing")) or "",
        **flags,
    )


def _is_left_out(node: Node) -> bool:
    return isinstance(node, Scalar) and node.value == LEFT_OUT


def _read_example(node: Node, kind: Type, currency: str, reader: Reader) -> Value:
    """Return the value of an example; OPEN where it has been reported."""
    value = read_literal(node, kind, currency, reader)
    _check_range(node, kind, value, "R210", reader)
    return OPEN if value is None else value


def _check_masked(kind: Type, parts: dict[str, Node], flags: Mapping[str, bool], reader: Reader) -> None:
    """Report a masked fact that a rule may test, or free text that is not of type text."""
    named = [flag for flag in KEPT_LESS if flags[flag]]
    if named and not flags["carried"]:
        hint = "add carried: true, or leave it out of what is masked"
        what = "a personal fact" if flags["personal"] else "what is personal in free text"
        reader.report(parts[named[0]], "R107", f"{what} is masked in the ledger, so no rule may test it", hint)
    if len(named) == len(KEPT_LESS):
        reader.report(parts["free_text"], "R107", "a personal fact is masked as a whole", "leave one of the two out")
    elif flags["free_text"] and kind.kind != "text":
        reader.report(parts["free_text"], "R107", "free text is of type text", "write type: text, or leave it out")


def _sent(kind: Type, node: Node, reader: Reader) -> bool:
    """Return whether a case can state a fact of this type; shares are answers of policies only."""
    if "shares" in (kind.kind, kind.item.kind if kind.item is not None else ""):
        reader.report(node, "R201", "shares are answers of policies, and not facts of a case", "write one_of")
        return False
    return True


def _each(node: Node | None) -> tuple[Node, ...]:
    return node.items if isinstance(node, SequenceNode) else () if node is None else (node,)


def _check_presumption(key: Scalar, kind: Type, reasoned: bool, must_know: bool, reader: Reader) -> None:
    if kind.kind == "money":
        reader.report(key, "R213", f"'{key.text}' is money and is never presumed", "leave presume out: the case asks")
    if must_know:
        reader.report(key, "R213", f"'{key.text}' must be known and is never presumed", "drop presume or must_know")
    if not reasoned:
        reader.report(key, "R213", f"the presumption of '{key.text}' gives no reason", "add because: ...")


def _check_range(node: Node, kind: Type, value: Value | None, code: str, reader: Reader) -> None:
    if kind.kind == "number" and isinstance(value, int | Fraction):
        low, high = kind.range
        if (low is not None and value < low) or (high is not None and value > high):
            reader.report(node, code, "this value is outside the bounds of the fact", describe(kind))


# ---- types
