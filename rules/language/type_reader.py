"""Read the types of facts, answers and parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Final, cast

from rules.language.literal import describe, read_literal
from rules.text.nodes import Mapping as MappingNode
from rules.text.nodes import Node, Scalar
from rules.text.problem import shown, suggest
from rules.text.reader import Reader
from rules.values.kind import PLAIN, Type
from rules.values.value import Exact

BOUNDED: Final = {"number": ("at_least", "at_most"), "list": ("at_most",)}  # the bounds that a type may have


UNKNOWN: Final = "unknown"


def read_texts(node: Node | None, reader: Reader) -> Mapping[str, str]:
    """Read the translations of a text; empty where there is none."""
    return MappingProxyType(reader.texts(node))


def read_answered_type(node: Node, reader: Reader) -> Type | None:
    """Read the type of an answer or a parameter; bounds are not allowed."""
    kind = read_type(node, reader)
    if kind is not None and kind.unbound is not kind:
        reader.report(node, "R201", "at_least and at_most are bounds of facts of a case", "leave them out here")
    return kind


def read_type(node: Node, reader: Reader) -> Type | None:
    """Read a type: a plain name, {number: unit}, {one_of: ...}, {list_of: ...} or {shares_of: [...]}.

    `number` may have the bounds at_least and at_most, `list_of` the bound at_most.
    """
    if isinstance(node, Scalar):
        if node.value in PLAIN:
            return Type(str(node.value))
        hint = suggest(node.text, PLAIN) or f"one of: {', '.join(dict.fromkeys((*PLAIN, *_COMPOUND)))}"
        reader.report(node, "R201", f"unknown type {shown(node.text)}", hint)
        return None
    if isinstance(node, MappingNode) and _names_type(node):
        key, inner = next((pair for pair in node.items if str(pair[0].value) in _COMPOUND), node.items[0])
        read = _COMPOUND.get(str(key.value))
        if read is not None:
            kind = read(inner, reader)
            return None if kind is None else _bound(kind, [pair for pair in node.items if pair[0] is not key], reader)
        reader.report(key, "R201", f"unknown type {shown(key.text)}", suggest(key.text, _COMPOUND))
        return None
    reader.report(
        node, "R201", "a type is one name or one of " + ", ".join(_COMPOUND), "write for example type: yes_no"
    )
    return None


def _names_type(node: MappingNode) -> bool:
    """Return whether a mapping is a type, perhaps with bounds, and not the fields of a record."""
    keys = {str(key.value) for key, _ in node.items}
    return len(keys) == 1 or (len(keys & _COMPOUND.keys()) == 1 and keys - _COMPOUND.keys() <= {*BOUNDED["number"]})


def _bound(kind: Type, bounds: Sequence[tuple[Scalar, Node]], reader: Reader) -> Type:
    """Return a type with its bounds."""
    found: dict[str, Exact] = {}
    for key, body in bounds:
        word = str(key.value)
        if word not in BOUNDED.get(kind.kind, ()):
            hint = "number may have at_least and at_most, list_of may have at_most"
            reader.report(key, "R201", f"{word} is not a bound of {describe(kind)}", hint)
        elif (value := read_literal(body, Type("number"), "", reader)) is not None:
            found[word] = cast(Exact, value)
    least, most = found.get("at_least"), found.get("at_most")
    if least is not None and most is not None and least > most:
        reader.report(bounds[0][0], "R201", "at_least is above at_most, so that no value fits", "write the lower first")
    return replace(kind, least=least, most=most)


def _read_number(node: Node, reader: Reader) -> Type | None:
    return Type("number", unit=reader.text(node) or "")


def _read_one_of(node: Node, reader: Reader, kind: str = "one_of") -> Type | None:
    named = node.items if isinstance(node, MappingNode) else None
    keys = [key for key, _ in named] if named is not None else list(reader.sequence(node))
    values: list[str] = []
    for key in keys:
        value = reader.text(key)
        if value == UNKNOWN:
            reader.report(key, "R202", "'unknown' is reserved", "every fact may be sent as unknown")
        elif value is not None and value in values:
            reader.report(key, "R214", f"'{value}' is listed twice", "leave one of them")
        elif value is not None:
            values.append(value)
    labels = {str(key.value): read_texts(body, reader) for key, body in named or () if not _empty(body)}
    if not values:
        reader.report(node, "R107", f"{kind} needs at least one value", "list the values")
        return None
    return Type(kind, values=tuple(values), labels=MappingProxyType(labels))


def _empty(node: Node) -> bool:
    return isinstance(node, Scalar) and node.value is None


def _read_shares(node: Node, reader: Reader) -> Type | None:
    return _read_one_of(node, reader, "shares")


def _read_list(node: Node, reader: Reader) -> Type | None:
    item = _read_item(node, reader)
    return None if item is None else Type("list", item=item)


def _read_item(node: Node, reader: Reader) -> Type | None:
    named = isinstance(node, MappingNode) and _names_type(node)
    if not isinstance(node, MappingNode) or (named and any(str(key.value) in _COMPOUND for key, _ in node.items)):
        return read_type(node, reader)
    fields = {str(key.value): kind for key, body in node.items if (kind := read_type(body, reader)) is not None}
    return Type("record", fields=MappingProxyType(fields))


_COMPOUND: Final = {
    "number": _read_number,
    "one_of": _read_one_of,
    "list_of": _read_list,
    "shares_of": _read_shares,
}
