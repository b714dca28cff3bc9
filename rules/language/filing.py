"""Read the index fields of a case and the limits of roles from pack.yaml."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType

from rules.language.contract import CASE_INDEX, MONEY, ROLES
from rules.language.parameter import Parameter
from rules.text.nodes import Node
from rules.text.problem import suggest
from rules.text.reader import Reader


def read_case_index(node: Node | None, known: Collection[str], reader: Reader) -> Mapping[str, str]:
    """Return the fact or answer for each index field of a case: its number, order, customer and so on."""
    found: dict[str, str] = {}
    for what, fact in reader.mapping(node, CASE_INDEX).items() if node is not None else ():
        name = reader.text(fact)
        if name is not None and name not in known:
            hint = suggest(name, known) or "name a fact of the vocabulary or an answer of a policy"
            reader.report(fact, "R203", f"unknown fact '{name}'", hint)
        elif name is not None:
            found[what] = name
    return MappingProxyType(found)


def read_limits(node: Node | None, parameters: Mapping[str, Parameter], reader: Reader) -> Mapping[str, Parameter]:
    """Return for each role the parameter that limits what it may add to a recommendation."""
    found: dict[str, Parameter] = {}
    for role, name_node in reader.mapping(node, ROLES).items() if node is not None else ():
        name = reader.text(name_node)
        if name is None:
            continue
        if name not in parameters:
            hint = suggest(name, parameters) or "name a parameter of parameters.yaml"
            reader.report(name_node, "R204", f"unknown parameter '{name}'", hint)
        elif parameters[name].type.kind != MONEY.kind:
            hint = "give it type: money, or name another"
            reader.report(name_node, "R204", f"the limit of a role is money, and '{name}' is not", hint)
        else:
            found[role] = parameters[name]
    return MappingProxyType(found)
