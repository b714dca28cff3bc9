"""Find where in a file the part of a tree stands that a JSON Pointer names."""

from __future__ import annotations

from rules.text import source
from rules.text.problem import Place
from rules.text.source import Node


def steps_of(pointer: str) -> tuple[str, ...]:
    """Return the steps of a JSON Pointer (RFC 6901)."""
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:])


def place_of(node: Node, steps: tuple[str, ...]) -> Place:
    """Return where a part stands: its key, or its place in a list; of a part that is not there, what it lacks in."""
    place: Place = node.place
    inner: Node | None = node
    for step in steps:
        if isinstance(inner, source.Mapping):
            entry = next((entry for entry in inner.items if entry[0].text == step), None)
            place, inner = (entry[0].place, entry[1]) if entry else (place, None)
        elif isinstance(inner, source.Sequence) and step.isdecimal() and int(step) < len(inner.items):
            inner = inner.items[int(step)]
            place = inner.place
    return place
