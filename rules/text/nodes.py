"""Nodes of a YAML document, each with its position in the file."""

from __future__ import annotations

from dataclasses import dataclass

from rules.text.plain_scalar import Value
from rules.text.problem import Place


@dataclass(frozen=True, slots=True)
class Scalar:
    """Hold one value; `text` is the value as written, without its quotes.

    A faulty scalar has been reported: its value is a placeholder, and it is not reported again.
    """

    place: Place
    value: Value
    text: str
    quoted: bool = False
    faulty: bool = False


@dataclass(frozen=True, slots=True)
class Sequence:
    """Hold the items of a list."""

    place: Place
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Mapping:
    """Hold unique keys with their values in the order of the file."""

    place: Place
    items: tuple[tuple[Scalar, Node], ...]

    def get(self, key: str) -> Node | None:
        """Return the value of a key, or None."""
        return next((value for name, value in self.items if name.text == key), None)


Node = Scalar | Sequence | Mapping


def steps_of(pointer: str) -> tuple[str, ...]:
    """Return the steps of a JSON Pointer (RFC 6901)."""
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:])


def place_of(node: Node, steps: tuple[str, ...]) -> Place:
    """Return the position of a part: its key or list item, or the nearest parent of a part that is missing."""
    place: Place = node.place
    inner: Node | None = node
    for step in steps:
        if isinstance(inner, Mapping):
            entry = next((entry for entry in inner.items if entry[0].text == step), None)
            place, inner = (entry[0].place, entry[1]) if entry else (place, None)
        elif isinstance(inner, Sequence) and step.isdecimal() and int(step) < len(inner.items):
            inner = inner.items[int(step)]
            place = inner.place
    return place
