"""Read the nodes of a YAML document by their expected shapes, and collect the problems."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from types import MappingProxyType
from typing import TypeVar

from rules.text import nodes
from rules.text.nodes import Node, Scalar, Sequence
from rules.text.problem import Place, Problem, shown, suggest

MAX_LISTED = 12  # a message lists no more choices

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
T = TypeVar("T", str, int, bool)


class Reader:
    """Read nodes and collect their problems.

    Each method returns the valid part of a node and reports the rest. A missing node (None) is not reported, since
    `mapping` reports a missing key; nor is a faulty scalar, since the parser reported it.
    """

    def __init__(self, problems: Iterable[Problem] = ()) -> None:
        self.problems: list[Problem] = list(problems)
        self.ignored: set[str] = set()  # codes that follow from an unreadable file; the loader drops them

    def report(self, where: Node | Place, code: str, message: str, hint: str | Callable[[], str] = "") -> None:
        """Add a problem, unless the node has been reported.

        A hint that is slow to compute is a function, called only where the problem is not ignored: an unreadable file
        makes thousands of words unknown.
        """
        if isinstance(where, Scalar) and where.faulty:
            return
        if not isinstance(hint, str):
            hint = "" if code in self.ignored else hint()
        place = where if isinstance(where, Place) else where.place
        self.problems.append(Problem(place, code, message, hint))

    def mapping(
        self,
        node: Node | None,
        known: Collection[str],
        required: Collection[str] = (),
        elsewhere: Mapping[str, str] = MappingProxyType({}),
    ) -> dict[str, Node]:
        """Return the known keys with their values; report missing, unknown and misplaced keys (`elsewhere`)."""
        if node is None or not self._is_mapping(node):
            return {}
        found = {}
        for key, value in self.pairs(node):
            if key.text in known:
                found[key.text] = value
            else:
                self._unknown_key(key, known, elsewhere.get(key.text))
        for name in required:
            if name not in found:
                self.report(node.place, "R106", f"key {shown(name)} is missing; add it")
        return found

    def _unknown_key(self, key: Scalar, known: Collection[str], belongs: str | None) -> None:
        if belongs is not None:
            self.report(key, "R105", f"key {shown(key.text)} does not belong here; write it {belongs}")
            return
        hint = suggest(key.text, known) or _listed(known)
        self.report(key, "R105", f"unknown key {shown(key.text)}; correct it or take it out", hint)

    def pairs(self, node: Node | None) -> tuple[tuple[Scalar, Node], ...]:
        """Return all keys with their values."""
        if node is None or not self._is_mapping(node):
            return ()
        assert isinstance(node, nodes.Mapping)
        return node.items

    def sequence(self, node: Node | None) -> tuple[Node, ...]:
        """Return the items of a list."""
        if isinstance(node, Sequence):
            return node.items
        if node is not None:
            self._misshapen(node, "a list", "write each item after '- ', or all in [ ]")
        return ()

    def text(self, node: Node | None) -> str | None:
        """Return a text; numbers, true and false are no text without quotes."""
        return self._scalar(node, str, "text", "put it in quotes")

    def integer(self, node: Node | None) -> int | None:
        """Return an integer."""
        return self._scalar(node, int, "a whole number", "write it without quotes and without a point")

    def yes_no(self, node: Node | None) -> bool | None:
        """Return a boolean."""
        return self._scalar(node, bool, "true or false", "write it without quotes")

    def choice(self, node: Node | None, choices: Collection[str]) -> str | None:
        """Return a text that is one of the choices."""
        word = self.text(node)
        if word is None or node is None or word in choices:
            return word
        hint = suggest(word, choices) or _listed(choices)
        self.report(node, "R115", f"{shown(word)} is not one of the choices; use one of them", hint)
        return None

    def names(self, node: Node | None) -> tuple[str, ...]:
        """Return one text or a list of texts as a tuple."""
        items = node.items if isinstance(node, Sequence) else (node,)
        return tuple(word for word in map(self.text, items) if word is not None)

    def texts(self, node: Node | None) -> dict[str, str]:
        """Return the translations of a text by language code."""
        if isinstance(node, Scalar) and isinstance(node.value, str):
            self._misshapen(node, "one text a language", "write {zh: ..., en: ...}")
            return {}
        found = {}
        for at, (key, value) in enumerate(self.pairs(node)):
            if not _LANGUAGE.fullmatch(key.text):
                hint = "if it belongs to the text before it, put that whole text in quotes" if at else ""
                self.report(key, "R105", f"{shown(key.text)} is not a language; write a code such as zh or en", hint)
            elif (text := self.text(value)) is not None:
                found[key.text] = text
        return found

    def _scalar(self, node: Node | None, kind: type[T], expected: str, instead: str) -> T | None:
        if node is None or (isinstance(node, Scalar) and node.faulty):
            return None
        if isinstance(node, Scalar) and type(node.value) is kind:
            return node.value
        self._misshapen(node, expected, instead)
        return None

    def _is_mapping(self, node: Node) -> bool:
        if isinstance(node, nodes.Mapping):
            return True
        instead = "write each key, then ': ', then its value"
        if isinstance(node, Scalar) and re.search(r"\w[:：]\S", node.text):
            instead = "a key and a value need ': ' between them, a plain ':' and a space"
        self._misshapen(node, "keys with values", instead)
        return False

    def _misshapen(self, node: Node, expected: str, instead: str) -> None:
        self.report(node, "R107", f"{expected} is expected here, not {_kind(node)}; {instead}")


def _kind(node: Node) -> str:
    if isinstance(node, Sequence):
        return "a list"
    if isinstance(node, nodes.Mapping):
        return "keys with values"
    if node.value is None:
        return "nothing"
    return shown(node.text) if not isinstance(node.value, str) else f"the text {shown(node.text)}"


def _listed(words: Collection[str]) -> str:
    return f"one of: {', '.join(sorted(words))}" if 0 < len(words) <= MAX_LISTED else ""
