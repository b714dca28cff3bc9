"""Hold the names that a policy may use, each with its type: facts, answers, parameters, sources."""

from __future__ import annotations

import re
from collections.abc import Mapping, Set
from dataclasses import dataclass, field

from rules.text.nodes import Node, Scalar, Sequence
from rules.text.problem import shown, suggest
from rules.text.reader import Reader
from rules.values.kind import Type

CONNECTIVES = ("all", "any", "not")  # keys of `when` beside facts

_NAME = re.compile(r"[^\W\d][\w-]*(\.\w[\w-]*)*")


def check_name(key: Scalar, reader: Reader) -> bool:
    """Return whether a name is valid; report an invalid one."""
    if _NAME.fullmatch(key.text) and key.text not in CONNECTIVES:
        return True
    reader.report(key, "R107", f"{shown(key.text)} is not a name", "write a word, or words with points: order.paid_at")
    return False


def is_dotted_name(text: str) -> bool:
    """Return whether a text is a dotted name: words with points between them."""
    return "." in text and _NAME.fullmatch(text) is not None


@dataclass(slots=True)
class Names:
    """The symbol table of a pack; `untestable` holds facts that no condition may test, with the reason."""

    currency: str
    facts: dict[str, Type] = field(default_factory=dict)
    parameters: Mapping[str, Type] = field(default_factory=dict)
    untestable: dict[str, str] = field(default_factory=dict)
    sources: Set[str] = frozenset()
    asked: Set[str] = frozenset()  # facts of the vocabulary, the only ones that `known: false` may test
    columns: Set[str] = frozenset()  # facts of lines, the only ones that can be a column
    faulty: set[str] = field(
        default_factory=set
    )  # names whose declaration has been reported; their uses are not reported
    unsourced: Node | None = None  # the first citation in a pack without sources

    def fact(self, node: Node, reader: Reader) -> str | None:
        """Return the name of a fact that may be tested or used in a formula; report any other."""
        name = _word(node, reader)
        if name is None or name in self.faulty:
            return None
        if name in self.untestable:
            reader.report(node, "R212", f"'{name}' is {self.untestable[name]}", "test another fact")
            return None
        if name not in self.facts:
            reader.report(
                node,
                "R203",
                f"unknown fact {shown(name)}",
                lambda: suggest(name, self.facts) or "add it to vocabulary.yaml",
            )
            return None
        return name

    def parameter(self, node: Node, reader: Reader) -> str | None:
        """Return the name of a parameter; report an unknown one."""
        name = _word(node, reader)
        if name is None or name in self.parameters or name in self.faulty:
            return None if name in self.faulty else name
        reader.report(
            node,
            "R204",
            f"unknown parameter {shown(name)}",
            lambda: suggest(name, self.parameters) or "add it to parameters.yaml",
        )
        return None

    def cited(self, node: Node | None, reader: Reader) -> tuple[str, ...]:
        """Return the cited sources; report unknown ones, or note the first citation in a pack without sources."""
        found = []
        for item in node.items if isinstance(node, Sequence) else (node,):
            source = reader.text(item)
            if source is None or item is None:
                continue
            if source in self.sources:
                found.append(source)
            elif self.sources:
                hint = suggest(source, self.sources) or "add it to sources.yaml"
                reader.report(item, "R205", f"unknown source {shown(source)}", hint)
            else:
                self.unsourced = self.unsourced or item
        return tuple(found)


def _word(node: Node, reader: Reader) -> str | None:
    """Return a name as written; report a node that is no scalar."""
    return node.text if isinstance(node, Scalar) else reader.text(node)
