"""Read YAML text as a tree that knows where each thing stands, and tell all faults at once."""

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
    """Read the documents of a file; a document that cannot be followed is left out and told of.

    Empty documents are left out; a file without any other is a problem.
    """
    text, unreadable = decode(content, file)
    faults = _ProblemList(file)
    faults.extend(unreadable)
    documents = tuple(node for chunk, line in _chunks(text) if not faults.full for node in _parse(chunk, line, faults))
    if not documents and not faults.problems:
        faults.add(Place(file, 1, 1), "R110", "nothing is written in this file; write something, or delete the file")
    return documents, faults.told()


class _ProblemList:
    """Collect the problems of one file, up to a bound that no honest file meets."""

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

    def told(self) -> tuple[Problem, ...]:
        return tuple(sorted(self.problems))


class _TooDeep(Exception):
    """End a document whose nesting has been told of; nobody outside this module sees it."""


def _chunks(text: str) -> Iterator[tuple[str, int]]:
    """Cut the text before each '---' line, so that a fault ends one document only; give the lines before each cut."""
    cuts = [0, *(found.start() for found in _DOCUMENT.finditer(text) if found.start()), len(text)]
    line = 0
    for start, end in pairwise(cuts):
        yield text[start:end], line
        line += text.count("\n", start, end)


def _parse(text: str, line: int, faults: _ProblemList) -> list[Node]:
    """Read one chunk with the fast parser; the slow one has the last word on whatever that one refuses.

    They differ over tabs, '? ', tags with two '!', comments after '|' and where a value stands that is not there.
    Such text goes to the slow one, so that a file reads alike whichever of them is installed.
    """
    if _C_LOADER is not None and not _PARSERS_DIFFER.search(text):
        trial = _ProblemList(faults.file)
        try:
            documents = list(_Builder(text, line, trial, _C_LOADER).documents())
        except yaml.YAMLError:
            return _parse_slowly(text, line, faults)
        faults.extend(trial.problems)
        return documents
    return _parse_slowly(text, line, faults)


def _parse_slowly(text: str, line: int, faults: _ProblemList) -> list[Node]:
    documents: list[Node] = []
    try:
        documents.extend(_Builder(text, line, faults, SlowLoader).documents())
    except yaml.MarkedYAMLError as error:
        for fault in syntax.syntax_faults(error, text):
            place = Place(faults.file, line + fault.line + 1, fault.column + 1)
            other = f" {line + fault.other[0] + 1}:{fault.other[1] + 1}" if fault.other else ""
            faults.add(place, fault.code, fault.message + other, fault.hint)
    return documents


class _Builder:
    """Build the nodes of one chunk from the events of a parser."""

    def __init__(self, text: str, line: int, faults: _ProblemList, loader: type[yaml.SafeLoader]) -> None:
        self.text = text
        self.events: Iterator[Event] = yaml.parse(text, Loader=loader)
        self.line = line
        self.faults = faults

    def documents(self) -> Iterator[Node]:
        """Give the documents one by one, empty ones left out."""
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
            self.faults.add(place, "R112", message)
            raise _TooDeep
        if isinstance(event, AliasEvent):
            self.refuse(place, f"the copy '*{event.anchor}'", "write the thing itself", _QUOTES.format("*"))
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
                self.faults.add(key.place, "R107", "a key must be one word, not a list or a mapping; put it in quotes")
        return entries

    def cut_text(self, key: Node, before: tuple[Scalar, Node], event: Event, after: Event) -> Scalar | None:
        """Report a ',' that cuts a text without quotes, so that its rest is a key without ':'; return the text."""
        name, text = before
        if not isinstance(key, Scalar) or not isinstance(text, Scalar) or key.quoted or text.quoted or not text.text:
            return None
        if ":" in self.between(event, after) or not _is_absent(after):
            return None
        message = f"the ',' before this ends the text of {shown(name.text)}; put the whole text in quotes"
        self.faults.add(key.place, "R116", message, "or write ': ' and a value, if this is a key")
        return replace(text, faulty=True)

    def between(self, event: Event, after: Event) -> str:
        """Return the text from the end of an event to the beginning of another."""
        end, start = event.end_mark, after.start_mark
        assert end is not None and start is not None
        return self.text[end.index : start.index]

    def usable(self, key: Scalar, first: dict[str, Place]) -> bool:
        """Tell whether a key can be kept; remember where it stands."""
        place = key.place
        if key.text == "<<" and not key.quoted:
            self.refuse(place, "the merge '<<'", "write the keys themselves")
        elif key.value is None and not key.quoted:
            if not key.faulty:
                self.faults.add(place, "R107", "a key is missing before ':'; write it, or put the text in quotes")
        elif key.text in first:
            other = first[key.text]
            message = f"key {shown(key.text)} stands twice, first at {other.line}:{other.column}; keep one of them"
            self.faults.add(place, "R104", message)
        else:
            first[key.text] = place
            return True
        return False

    def scalar(self, event: ScalarEvent, place: Place) -> Scalar:
        text: str = event.value
        if event.style in ("'", '"', "|", ">"):
            return Scalar(place, text, text, quoted=True, faulty=event.style == '"' and self.escaped(text, place))
        if text != text.strip():
            message = "a wide or hard space stands before or after this text; use plain spaces"
            self.faults.add(place, "R102", message)
            return Scalar(place, text, text, faulty=True)
        value = parse_plain_scalar(text)
        if isinstance(value, InvalidScalar):
            self.faults.add(place, value.code, f"{shown(text)} {value.message}")
            return Scalar(place, text, text, faulty=True)
        return Scalar(place, value, text)

    def escaped(self, text: str, place: Place) -> bool:
        """Refuse a control or unseen character that was written as an escape."""
        found = INVISIBLE.search(text)
        if found:
            message = f"an escape stands for an unseen character (U+{ord(found[0]):04X}); leave it out"
            self.faults.add(place, "R113", message)
        return found is not None

    def refuse_marks(self, event: Event, place: Place) -> bool:
        """Refuse an anchor or a tag before a value; tell whether there was a tag."""
        anchor, tag = getattr(event, "anchor", None), getattr(event, "tag", None)
        if anchor:
            self.refuse(place, f"the mark '&{anchor}'", "leave it out", _QUOTES.format("&"))
        if tag:
            self.refuse(place, "a word that begins with '!'", "leave it out", _QUOTES.format("!"))
        return bool(tag)

    def refuse(self, place: Place, what: str, instead: str, hint: str = "") -> None:
        self.faults.add(place, "R109", f"{what} is not taken; {instead}", hint)

    def place(self, event: Event, path: str) -> Place:
        mark = event.start_mark
        assert mark is not None
        return Place(self.faults.file, self.line + mark.line + 1, mark.column + 1, path)


def _is_absent(event: Event) -> bool:
    """Tell whether nothing at all is written where a value could stand."""
    return isinstance(event, ScalarEvent) and not event.value and not event.style


def _step(path: str, step: str) -> str:
    return path + step if len(path) + len(step) <= MAX_PATH else path


class SlowLoader(yaml.SafeLoader):
    """Read '?' inside text without quotes as a letter, as YAML 1.2 and the fast parser do.

    PyYAML ends text at each '?' between brackets. A fault far below would then be reported at the first question.
    """

    in_text = False

    def scan_plain(self) -> Any:
        """Read one text without quotes."""
        self.in_text = True
        try:
            return super().scan_plain()
        finally:
            self.in_text = False

    def peek(self, index: int = 0) -> str:
        """Return a character ahead; inside text a letter stands for '?'. The text itself is taken by `prefix`."""
        letter: str = super().peek(index)
        return "q" if self.in_text and letter == "?" else letter
