"""Read a case from a file or standard input: JSON, YAML, or the `given` of a policy test."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from rules.compiling.pack import Pack
from rules.lab.trial import plain
from rules.text import nodes, yaml_parser
from rules.text.nodes import Node, place_of, steps_of
from rules.text.problem import Place
from service.validation import json_text
from service.validation.amounts import in_minor_units
from service.validation.issue import ValidationIssue


@dataclass(frozen=True, slots=True)
class CaseFile:
    """A case as written, with the tree of a YAML file, which knows the line numbers."""

    name: str
    case: Any
    node: Node | None = None

    def describe(self, faults: Iterable[ValidationIssue], language: str) -> list[str]:
        """Return a line for each fault, with its place in the file where it is known."""
        return [
            f"{self._place(fault.pointer) or self.name}: {fault.code} {fault.pointer or '/'}: {fault.message(language)}"
            for fault in faults
        ]

    def counted(self, pack: Pack) -> CaseFile:
        """Return the case of a YAML file with amounts in the pack's currency converted to minor units."""
        return self if self.node is None else replace(self, case=in_minor_units(self.case, pack))

    def _place(self, pointer: str) -> Place | None:
        return place_of(self.node, steps_of(pointer)) if self.node else None


def read_case(name: str, content: bytes, language: str) -> tuple[CaseFile | None, list[str]]:
    """Return the case of a file, or a line for each error that prevents reading it."""
    if name.endswith(".json") or (not name.endswith((".yaml", ".yml")) and content.lstrip()[:1] in (b"{", b"[")):
        value, faults = json_text.read(content)
        file = CaseFile(name, value)
        return (None, file.describe(faults, language)) if faults else (file, [])
    documents, problems = yaml_parser.read_yaml(content, name)
    if problems:
        return None, [str(problem) for problem in problems]
    if len(documents) != 1:
        return None, [f"{name}: one case is wanted, not {len(documents)} documents"]
    (node,) = documents
    given = node.get("given") if isinstance(node, nodes.Mapping) else None
    return CaseFile(name, plain(given or node), given or node), []
