"""Where the facts of a vocabulary lie in a case."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rules.language.vocabulary import Fact, Vocabulary

Path = tuple[str | int, ...]
Layout = Mapping[str, Mapping[str, "Fact | Mapping[str, Fact]"]]


def layout(vocabulary: Vocabulary) -> Layout:
    """Return what may stand in a case, a line and an issue: facts, and groups of facts."""
    parts: dict[str, dict[str, Any]] = {"case": {}, "line": {}, "issue": {}}
    for name, fact in vocabulary.facts.items():
        *groups, key = vocabulary.path(name)
        place = parts[vocabulary.scope(name)]
        for group in groups:
            place = place.setdefault(group, {})
        place[key] = fact
    return parts


def scopes(case: Mapping[str, Any], scope: str) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """Yield the objects in which facts of a scope lie, each with its path; whatever is no object is passed over."""
    order = case.get("order")
    if scope == "case":
        yield (), case
    elif scope == "issue":
        yield from ((("issues", position), issue) for position, issue in records(case.get("issues")))
    elif isinstance(order, dict):
        yield from ((("order", "lines", position), line) for position, line in records(order.get("lines")))


def records(value: object) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Yield the objects of a list with their positions; nothing where there is no list."""
    if isinstance(value, list):
        yield from ((position, item) for position, item in enumerate(value) if isinstance(item, dict))


def holds(part: Any, path: tuple[str, ...]) -> bool:
    """Tell whether there is anything at a path, be it null."""
    for step in path:
        if not isinstance(part, Mapping) or step not in part:
            return False
        part = part[step]
    return True
