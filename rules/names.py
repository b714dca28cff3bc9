"""The names that a policy may use, each with its type: facts, answers, parameters, sources."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, field

from .kind import Type
from .problem import suggest
from .shape import Reader
from .source import Node, Scalar


@dataclass(slots=True)
class Names:
    """What may be named where; `untestable` says why a fact may fill slots but no condition."""

    currency: str
    facts: dict[str, Type] = field(default_factory=dict)
    parameters: Mapping[str, Type] = field(default_factory=dict)
    untestable: dict[str, str] = field(default_factory=dict)
    sources: Set[str] = frozenset()
    asked: Set[str] = frozenset()  # facts of the vocabulary, the only ones that `known: false` may look at

    def fact(self, node: Node, reader: Reader) -> str | None:
        """Return the name of a fact that may be tested or reckoned with; report any other."""
        name = node.text if isinstance(node, Scalar) else ""
        if name in self.untestable:
            reader.report(node, "R212", f"'{name}' is {self.untestable[name]}", "test another fact")
        elif name not in self.facts:
            reader.report(
                node, "R203", f"unknown fact '{name}'", suggest(name, self.facts) or "add it to vocabulary.yaml"
            )
        else:
            return name
        return None

    def parameter(self, node: Node, reader: Reader) -> str | None:
        """Return the name of a parameter; report an unknown one."""
        name = node.text if isinstance(node, Scalar) else ""
        if name in self.parameters:
            return name
        hint = suggest(name, self.parameters) or "add it to parameters.yaml"
        reader.report(node, "R204", f"unknown parameter '{name}'", hint)
        return None

    def cited(self, node: Node | None, reader: Reader) -> tuple[str, ...]:
        """Return the sources that a rule cites; report unknown ones."""
        if node is None:
            return ()
        cited = reader.names(node)
        for source in cited:
            if source not in self.sources:
                hint = suggest(source, self.sources) or "add it to sources.yaml"
                reader.report(node, "R205", f"unknown source '{source}'", hint)
        return tuple(source for source in cited if source in self.sources)
