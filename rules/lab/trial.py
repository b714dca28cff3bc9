"""Policy tests: a given case, branches that change it, and what each expects of the recommendation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Final

from rules.lab.expected import currency_of, operator
from rules.language.vocabulary import LEFT_OUT
from rules.recommending.outline import RECOMMENDATION, Outline
from rules.text import nodes, yaml_parser
from rules.text.nodes import Node, Scalar, Sequence, place_of, steps_of
from rules.text.problem import Place, Problem, shown, suggest
from rules.text.reader import Reader

CASE_KEYS: Final = ("case", "scenario", "example", "given", "branches", "note", "published")
PUBLISHED_KEYS: Final = ("source", "facts", "law", "label", "debatable", "chosen", "not_said")
BRANCH_KEYS: Final = ("name", "with", "parameters", "expect", "note")


@dataclass(frozen=True, slots=True)
class Branch:
    """One variant of a case, the shop's settings it takes, and what is expected of it.

    The case is `given` with `changes`, by path.
    """

    name: str
    case: Mapping[str, Any]
    settings: Mapping[str, Node]
    expect: Mapping[str, Any]
    place: Place
    given: Node
    changes: Mapping[tuple[str, ...], tuple[Scalar, Node]]
    amounts: tuple[Scalar, ...]  # that are expected, written with a currency

    def written_at(self, pointer: str) -> tuple[Place, bool]:
        """Return the place of a part of the case, and whether this branch wrote it: under `with`, not `given`."""
        steps = steps_of(pointer)
        for end in range(len(steps), 0, -1):
            if steps[:end] in self.changes:
                key, value = self.changes[steps[:end]]
                inner = steps[end:]
                return (place_of(value, inner) if inner else key.place), True
        return place_of(self.given, steps), False

    @property
    def dated(self) -> Mapping[str, Any]:
        """Return the case with the instant of deciding: its own, or else that of the complaint."""
        return {"at": self.case["submitted_at"], **self.case}


@dataclass(frozen=True, slots=True)
class Trial:
    """A policy test; `given` is the case that branches start from, and may be an example in the API documentation."""

    title: Mapping[str, str]
    scenario: str
    example: bool
    given: Mapping[str, Any]
    branches: tuple[Branch, ...]
    place: Place


def read_trials(content: bytes, file: str) -> tuple[tuple[Trial, ...], tuple[Problem, ...]]:
    """Read the tests of one file; a test that could never fail is a problem."""
    documents, problems = yaml_parser.read_yaml(content, file)
    reader = Reader(problems)
    trials = tuple(_trial(document, reader) for document in documents)
    return trials, tuple(sorted(set(reader.problems)))


def plain(node: Node | None) -> Any:
    """Return a node as JSON values; decimals are exact fractions."""
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    return {key.text: plain(value) for key, value in node.items} if node is not None else None


def _trial(node: Node, reader: Reader) -> Trial:
    parts = reader.mapping(node, CASE_KEYS, ("case", "given", "branches"))
    reader.mapping(parts.get("published"), PUBLISHED_KEYS, ("source", "facts", "law"))
    given = plain(parts["given"]) if reader.pairs(parts.get("given")) else {}
    nodes = reader.sequence(parts.get("branches"))
    if "branches" in parts and isinstance(parts["branches"], Sequence) and not nodes:
        reader.report(parts["branches"], "R401", "a test needs at least one branch", "add - {name: ..., expect: ...}")
    branches = tuple(_branch(branch, given, parts.get("given", node), reader) for branch in nodes)
    _check_names(branches, reader)
    scenario = reader.text(parts.get("scenario")) or ""
    example = bool(reader.yes_no(parts.get("example")))
    return Trial(reader.texts(parts.get("case")), scenario, example, given, branches, node.place)


def _branch(node: Node, given: Mapping[str, Any], start: Node, reader: Reader) -> Branch:
    parts = reader.mapping(node, BRANCH_KEYS, ("name", "expect"))
    settings = {key.text: value for key, value in reader.pairs(parts.get("parameters"))}
    case = deepcopy(dict(given))
    changes = {tuple(key.text.split(".")): (key, value) for key, value in reader.pairs(parts.get("with"))}
    for steps, (key, value) in changes.items():
        if fault := _change(case, list(steps), plain(value)):
            reader.report(key, "R401", f"{shown(key.text)} cannot be changed: {fault}", "name it by its path in given")
    expect = parts.get("expect")
    if expect is not None:
        _check(expect, RECOMMENDATION, reader)
    name = reader.text(parts.get("name")) or ""
    amounts = tuple(_amounts(expect, RECOMMENDATION))
    return Branch(name, case, settings, plain(expect) or {}, node.place, start, changes, amounts)


def _check_names(branches: tuple[Branch, ...], reader: Reader) -> None:
    seen: set[str] = set()
    for branch in branches:
        if branch.name in seen:
            reader.report(branch.place, "R401", f"branch {shown(branch.name)} stands here twice", "give each its name")
        seen.add(branch.name)


# ---- changing a case


def _change(part: Any, steps: list[str], value: Any) -> str:
    """Set, add or remove the value at a path; return the fault, or an empty text."""
    step, *rest = steps
    if isinstance(part, list):
        return _change_item(part, step, rest, value)
    if not isinstance(part, dict):
        return f"{shown(step)} would lie in a plain value"
    if rest:
        return _change(part.setdefault(step, {}), rest, value)
    if value != LEFT_OUT:
        part[step] = value
    elif step in part:
        del part[step]
    else:
        return "it is not there"
    return ""


def _change_item(items: list[Any], step: str, rest: list[str], value: Any) -> str:
    position = int(step) if step.isdecimal() else -1
    if not 0 <= position <= len(items):
        return f"the list has {len(items)} items and {shown(step)} is none of them"
    if value == LEFT_OUT and not rest:
        if position == len(items):
            return "it is not there"
        del items[position]
        return ""
    if position == len(items):
        items.append({} if rest else value)
    if rest:
        return _change(items[position], rest, value)
    items[position] = value
    return ""


def _amounts(node: Node | None, outline: Outline) -> Iterator[Scalar]:
    """Yield the expected amounts that are written with a currency."""
    if isinstance(node, nodes.Mapping):
        chosen = operator(plain(node)) is not None
        parts = outline if isinstance(outline, Mapping) else {}
        for key, inner in node.items:
            yield from _amounts(inner, outline if chosen else parts.get(key.text, parts.get("*", "any")))
    elif isinstance(node, Sequence):
        for item in node.items:
            yield from _amounts(item, outline[0] if isinstance(outline, list) else outline)
    elif node is not None and outline == "money" and currency_of(node.text):
        yield node


# ---- an expectation that can be met


def _check(node: Node, outline: Outline, reader: Reader) -> None:
    """Report expectations that no recommendation can meet, and those that expect nothing."""
    if isinstance(node, nodes.Mapping):
        _check_mapping(node, outline, reader)
    elif isinstance(node, Sequence):
        if not isinstance(outline, list) and outline != "any":
            reader.report(node, "R401", "there is no list here", _has(outline))
        elif not node.items:
            reader.report(node, "R401", "an empty list expects nothing", "write {is: []} for a list without items")
        for item in node.items:
            _check(item, outline[0] if isinstance(outline, list) else "any", reader)
    elif isinstance(outline, tuple):
        if node.value is not None and node.text not in (*outline, LEFT_OUT):
            message = f"no recommendation has the value {shown(node.text)} here"
            reader.report(node, "R401", message, suggest(node.text, outline) or _has(outline))
    elif node.value is not None and not isinstance(outline, str):
        reader.report(node, "R401", f"there is more here than {shown(node.text)}", _has(outline))


def _check_mapping(node: nodes.Mapping, outline: Outline, reader: Reader) -> None:
    if not node.items:
        reader.report(node, "R401", "this expects nothing", "say what the recommendation should have")
    elif (chosen := operator(plain(node))) is not None:
        if chosen == "one_of" and not (isinstance(node.items[0][1], Sequence) and node.items[0][1].items):
            reader.report(node, "R401", "no value can be one of these", "write the values as a list: {one_of: [a, b]}")
        if chosen == "lacks":
            _check_lacks(node.items[0][1], outline, reader)
        if chosen in ("is", "one_of") and isinstance(outline, tuple):
            for value in _values(node.items[0][1]):
                _check(value, outline, reader)
    elif outline == "any":
        return
    elif not isinstance(outline, Mapping):
        reader.report(node, "R401", "there are no keys here", _has(outline))
    else:
        for key, inner in node.items:
            if key.text in outline or "*" in outline:
                _check(inner, outline.get(key.text, outline.get("*")), reader)
            else:
                message = f"no recommendation has {shown(key.text)} here"
                reader.report(key, "R401", message, suggest(key.text, outline) or _has(outline))


def _values(node: Node) -> list[Node]:
    return list(node.items) if isinstance(node, Sequence) else [node]


def _check_lacks(node: Node, outline: Outline, reader: Reader) -> None:
    """Report what no recommendation has anyway: a test that wants it absent cannot fail."""
    if isinstance(outline, list):
        for item in _values(node):
            _check(item, outline[0], reader)
    if isinstance(node, Sequence) and not node.items:
        reader.report(node, "R401", "an empty list expects nothing", "write what must be absent: {lacks: [...]}")


def _has(outline: Outline) -> str:
    if isinstance(outline, list):
        return "it is a list; write its items after '- '"
    if isinstance(outline, tuple):
        return f"it is one of: {', '.join(outline)}"
    return f"it has: {', '.join(outline)}" if isinstance(outline, Mapping) else "it is a single value"
