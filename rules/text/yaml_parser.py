"""Parse YAML into nodes with positions, and report all problems at once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any

import yaml
from yaml.events import (
    AliasEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from rules.text import syntax
from rules.text.encoding import INVISIBLE, decode
from rules.text.nodes import Mapping, Node, Scalar, Sequence
from rules.text.plain_scalar import InvalidScalar, parse_plain_scalar
from rules.text.problem import Place, Problem, shown

MAX_DEPTH = 40
MAX_PROBLEMS = 200
MAX_PATH = 400

_DOCUMENT = re.compile(r"^---(?=\s|\Z)", re.MULTILINE)
_QUOTES = "text that begins with '{}' needs quotes"
_PARSERS_DIFFER = re.compile(
    r"\t|(^|[\s\[{,])(\?(\s|\Z)|!\S*!)|[|>][-+0-9]{0,2}#|:\s+[]},]",
    re.MULTILINE,
)
_C_LOADER = getattr(yaml, "CSafeLoader", None)


def read_yaml(content: bytes, file: str) -> tuple[tuple[Node, ...], tuple[Problem, ...]]:
    """Read the documents of a file; an invalid document is reported and left out.

    Empty documents are left out; a file with no other document is a problem.
    """
    text, unreadable = decode(content, file)
    problems = _ProblemList(file)
    problems.extend(unreadable)
    documents = tuple(
        node for chunk, line in _chunks(text) if not problems.full for node in _parse(chunk, line, problems)
    )
    if not documents and not problems.problems:
        problems.add(Place(file, 1, 1), "R110", "this file is empty; write something, or delete the file")
    return documents, problems.in_order()


class _ProblemList:
    """Collect the problems of one file, up to a limit."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []

    @property
    def full(self) -> bool:
        return len(self.problems) > MAX_PROBLEMS

    def add(self, place: Place, code: str, message: str, hint: str = "") -> None:
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(Problem(place, code, message, hint))
        elif len(self.problems) == MAX_PROBLEMS:
            self.problems.append(Problem(place, code, message, "there are more; these are the first"))

    def extend(self, problems: Iterable[Problem]) -> None:
        for problem in problems:
            self.add(problem.place, problem.code, problem.message, problem.hint)

    def in_order(self) -> tuple[Problem, ...]:
        return tuple(sorted(self.problems))


class _TooDeep(Exception):
    """Stop reading a document whose nesting has been reported; never leaves this module."""


def _chunks(text: str) -> Iterator[tuple[str, int]]:
    """Split the text before each '---' line, so that an error ends one document only; yield parts and first lines."""
    cuts = [0, *(found.start() for found in _DOCUMENT.finditer(text) if found.start()), len(text)]
    line = 0
    for start, end in pairwise(cuts):
        yield text[start:end], line
        line += text.count("\n", start, end)


def _parse(text: str, line: int, problems: _ProblemList) -> list[Node]:
    """Parse one chunk with the C parser; parse it again in Python where the C parser fails, for its better messages.

    They differ on tabs, '? ', tags with two '!', comments after '|' and the position of a missing value. Such text is
    parsed in Python, so that the result does not depend on the installed parser.
    """
    if _C_LOADER is not None and not _PARSERS_DIFFER.search(text):
        trial = _ProblemList(problems.file)
        try:
            documents = list(_Builder(text, line, trial, _C_LOADER).documents())
        except yaml.YAMLError:
            return _parse_slowly(text, line, problems)
        problems.extend(trial.problems)
        return documents
    return _parse_slowly(text, line, problems)


def _parse_slowly(text: str, line: int, problems: _ProblemList) -> list[Node]:
    documents: list[Node] = []
    try:
        documents.extend(_Builder(text, line, problems, SlowLoader).documents())
    except yaml.MarkedYAMLError as error:
        for fault in syntax.syntax_faults(error, text):
            place = Place(problems.file, line + fault.line + 1, fault.column + 1)
            other = f" {line + fault.other[0] + 1}:{fault.other[1] + 1}" if fault.other else ""
            problems.add(place, fault.code, fault.message + other, fault.hint)
    return documents


class _Builder:
    """Build the nodes of one chunk from the events of a parser."""

    def __init__(self, text: str, line: int, problems: _ProblemList, loader: type[yaml.SafeLoader]) -> None:
        self.text = text
        self.events: Iterator[Event] = yaml.parse(text, Loader=loader)
        self.line = line
        self.problems = problems

    def documents(self) -> Iterator[Node]:
        """Yield the documents except empty ones."""
        try:
            for event in self.events:
                if isinstance(event, DocumentStartEvent):
                    if event.version or event.tags:
                        self.refuse(self.place(event, "$"), "a line that begins with '%'", "delete it")
                elif isinstance(event, NodeEvent):
                    node = self.node(event, "$", 1)
                    if not isinstance(node, Scalar) or node.text or node.quoted:
                        yield node
        except _TooDeep:
            return

    def node(self, event: Event, path: str, depth: int) -> Node:
        place = self.place(event, path)
        if depth > MAX_DEPTH and isinstance(event, CollectionStartEvent):
            message = f"this is nested deeper than {MAX_DEPTH} levels; close the brackets, or take levels out"
            self.problems.add(place, "R112", message)
            raise _TooDeep
        if isinstance(event, AliasEvent):
            self.refuse(place, f"the alias '*{event.anchor}'", "write the value itself", _QUOTES.format("*"))
            return Scalar(place, None, f"*{event.anchor}", faulty=True)
        tagged = self.refuse_marks(event, place)
        if isinstance(event, SequenceStartEvent):
            return Sequence(place, tuple(self.sequence(path, depth)))
        if isinstance(event, MappingStartEvent):
            return Mapping(place, tuple(self.mapping(path, depth, bool(event.flow_style))))
        assert isinstance(event, ScalarEvent)
        scalar = self.scalar(event, place)
        return replace(scalar, faulty=True) if tagged else scalar

    def sequence(self, path: str, depth: int) -> Iterator[Node]:
        number = 0
        while not isinstance(event := next(self.events), SequenceEndEvent):
            yield self.node(event, _step(path, f"[{number}]"), depth + 1)
            number += 1

    def mapping(self, path: str, depth: int, in_braces: bool) -> list[tuple[Scalar, Node]]:
        first: dict[str, Place] = {}
        entries: list[tuple[Scalar, Node]] = []
        while not isinstance(event := next(self.events), MappingEndEvent):
            written = event.value if isinstance(event, ScalarEvent) else "?"
            inner = _step(path, f".{written}")
            key = self.node(event, inner, depth + 1)
            value = self.node(after := next(self.events), inner, depth + 1)
            if in_braces and entries and (cut := self.cut_text(key, entries[-1], event, after)) is not None:
                entries[-1] = (entries[-1][0], cut)
            elif isinstance(key, Scalar) and self.usable(key, first):
                entries.append((key, value))
            elif not isinstance(key, Scalar):
                self.problems.add(
                    key.place, "R107", "a key must be one word, not a list or a mapping; put it in quotes"
                )
        return entries

    def cut_text(self, key: Node, before: tuple[Scalar, Node], event: Event, after: Event) -> Scalar | None:
        """Report a ',' that ends a plain scalar, so that the rest is a key without ':'; return the scalar."""
        name, text = before
        if not isinstance(key, Scalar) or not isinstance(text, Scalar) or key.quoted or text.quoted or not text.text:
            return None
        if ":" in self.between(event, after) or not _is_absent(after):
            return None
        message = f"the ',' before this ends the text of {shown(name.text)}; put the whole text in quotes"
        self.problems.add(key.place, "R116", message, "or write ': ' and a value, if this is a key")
        return replace(text, faulty=True)

    def between(self, event: Event, after: Event) -> str:
        """Return the text from the end of an event to the beginning of another."""
        end, start = event.end_mark, after.start_mark
        assert end is not None and start is not None
        return self.text[end.index : start.index]

    def usable(self, key: Scalar, first: dict[str, Place]) -> bool:
        """Return whether a key is valid and new; remember its position."""
        place = key.place
        if key.text == "<<" and not key.quoted:
            self.refuse(place, "the merge key '<<'", "write the keys themselves")
        elif key.value is None and not key.quoted:
            if not key.faulty:
                self.problems.add(place, "R107", "a key is missing before ':'; write it, or put the text in quotes")
        elif key.text in first:
            other = first[key.text]
            message = f"key {shown(key.text)} is duplicated, first at {other.line}:{other.column}; keep one of them"
            self.problems.add(place, "R104", message)
        else:
            first[key.text] = place
            return True
        return False

    def scalar(self, event: ScalarEvent, place: Place) -> Scalar:
        text: str = event.value
        if event.style in ("'", '"', "|", ">"):
            return Scalar(place, text, text, quoted=True, faulty=event.style == '"' and self.escaped(text, place))
        if text != text.strip():
            message = "a full-width or non-breaking space is before or after this text; use plain spaces"
            self.problems.add(place, "R102", message)
            return Scalar(place, text, text, faulty=True)
        value = parse_plain_scalar(text)
        if isinstance(value, InvalidScalar):
            self.problems.add(place, value.code, f"{shown(text)} {value.message}")
            return Scalar(place, text, text, faulty=True)
        return Scalar(place, value, text)

    def escaped(self, text: str, place: Place) -> bool:
        """Report an invisible character that is written as an escape."""
        found = INVISIBLE.search(text)
        if found:
            message = f"this escape is an invisible character (U+{ord(found[0]):04X}); leave it out"
            self.problems.add(place, "R113", message)
        return found is not None

    def refuse_marks(self, event: Event, place: Place) -> bool:
        """Report an anchor or a tag before a value; return whether there is a tag."""
        anchor, tag = getattr(event, "anchor", None), getattr(event, "tag", None)
        if anchor:
            self.refuse(place, f"the anchor '&{anchor}'", "leave it out", _QUOTES.format("&"))
        if tag:
            self.refuse(place, "a tag, a word that begins with '!',", "leave it out", _QUOTES.format("!"))
        return bool(tag)

    def refuse(self, place: Place, what: str, instead: str, hint: str = "") -> None:
        self.problems.add(place, "R109", f"{what} is not allowed; {instead}", hint)

    def place(self, event: Event, path: str) -> Place:
        mark = event.start_mark
        assert mark is not None
        return Place(self.problems.file, self.line + mark.line + 1, mark.column + 1, path)


def _is_absent(event: Event) -> bool:
    """Return whether a value is missing."""
    return isinstance(event, ScalarEvent) and not event.value and not event.style


def _step(path: str, step: str) -> str:
    return path + step if len(path) + len(step) <= MAX_PATH else path


class SlowLoader(yaml.SafeLoader):
    """Read '?' inside a plain scalar as a letter, as YAML 1.2 and the C parser do.

    PyYAML ends a plain scalar at each '?' between brackets, and would report a later error at the first '?'.
    """

    in_text = False

    def scan_plain(self) -> Any:
        """Scan one plain scalar."""
        self.in_text = True
        try:
            return super().scan_plain()
        finally:
            self.in_text = False

    def peek(self, index: int = 0) -> str:
        """Return a character ahead, with a letter for '?' inside a plain scalar; `prefix` reads the text itself."""
        letter: str = super().peek(index)
        return "q" if self.in_text and letter == "?" else letter
