"""The names that a policy may use, each with its type: facts, answers, parameters, sources."""

from __future__ import annotations

import re
from collections.abc import Mapping, Set
from dataclasses import dataclass, field

from rules.text.nodes import Node, Scalar, Sequence
from rules.text.problem import shown, suggest
from rules.text.reader import Reader
from rules.values.kind import Type

CONNECTIVES = ("all", "any", "not")  # words of `when` that stand where a fact could

_NAME = re.compile(r"[^\W\d][\w-]*(\.\w[\w-]*)*")


def check_name(key: Scalar, reader: Reader) -> bool:
    """Tell whether a name can be used in policies and words; report one that cannot."""
    if _NAME.fullmatch(key.text) and key.text not in CONNECTIVES:
        return True
    reader.report(key, "R107", f"{shown(key.text)} is no name", "write a word, or words with points: order.paid_at")
    return False


def is_dotted_name(text: str) -> bool:
    """Tell whether a text can only be meant as a name: words with points between them."""
    return "." in text and _NAME.fullmatch(text) is not None


@dataclass(slots=True)
class Names:
    """What may be named where; `untestable` says why a fact may fill slots but no condition."""

    currency: str
    facts: dict[str, Type] = field(default_factory=dict)
    parameters: Mapping[str, Type] = field(default_factory=dict)
    untestable: dict[str, str] = field(default_factory=dict)
    sources: Set[str] = frozenset()
    asked: Set[str] = frozenset()  # facts of the vocabulary, the only ones that `known: false` may look at
    columns: Set[str] = frozenset()  # facts of each line, the only ones that are given for all lines at once
    faulty: set[str] = field(default_factory=set)  # what is wrong stands where they are declared, and is told once
    astray: Node | None = None  # the first source that is cited where the pack has none

    def fact(self, node: Node, reader: Reader) -> str | None:
        """Return the name of a fact that may be tested or reckoned with; report any other."""
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
        """Return the sources that a rule cites; report unknown ones, or remember that the pack has none at all."""
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
                self.astray = self.astray or item
        return tuple(found)


def _word(node: Node, reader: Reader) -> str | None:
    """Return a name as it is written, whatever YAML makes of it; report what is no single word."""
    return node.text if isinstance(node, Scalar) else reader.text(node)
