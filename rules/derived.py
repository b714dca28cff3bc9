"""Derived facts: facts worked out from facts, by one named function or one formula each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from .amount import OPERATIONS, Formula, operands, read_formula
from .calendar import Duration, read_duration
from .condition import FactOperand, Literal, Operand, ParameterOperand
from .derive import FUNCTIONS, Function, Parameter
from .kind import Type
from .names import Names
from .problem import Place, suggest
from .shape import Reader
from .source import Mapping as MappingNode
from .source import Node, Scalar, Sequence
from .vocabulary import describe, read_literal

Argument = Operand | tuple[Operand, ...]


@dataclass(frozen=True, slots=True)
class Derived:
    """A fact worked out from others; either `function` with its arguments or `formula`."""

    name: str
    type: Type
    label: Mapping[str, str]
    place: Place
    function: Function | None = None
    arguments: Mapping[str, Argument] = field(default_factory=dict)
    formula: Formula | None = None

    def reads(self) -> Iterator[FactOperand | ParameterOperand]:
        """Yield every fact and parameter that the derivation uses."""
        if self.formula is not None:
            yield from operands(self.formula)
        for argument in self.arguments.values():
            for operand in argument if isinstance(argument, tuple) else (argument,):
                if not isinstance(operand, Literal):
                    yield operand


class DerivedReader:
    """Reads derived.yaml in whatever order its facts build on each other."""

    def __init__(self, node: Node | None, names: Names, reader: Reader) -> None:
        self.names, self.reader = names, reader
        self.waiting = {key.text: (key, body) for key, body in reader.pairs(node)}
        self.working: list[str] = []
        self.done: dict[str, Derived] = {}

    def read(self) -> dict[str, Derived]:
        """Return every derived fact, each after those that it builds on."""
        for name, (key, _) in self.waiting.items():
            if name in self.names.facts:
                self.reader.report(key, "R214", f"'{name}' is a fact already", "give the derived fact its own name")
        for name in list(self.waiting):
            self._read(name)
        return self.done

    def _read(self, name: str) -> None:
        if name not in self.waiting:
            return
        key, body = self.waiting[name]
        if name in self.working:
            other = self.working[-1]
            message = f"derived facts '{name}' and '{other}' build on each other in a circle"
            self.reader.report(key, "R301", message, "one of them must not use the other")
            return
        self.working.append(name)
        for used in _names_in(body):
            self._read(used)
        self.working.pop()
        if self.waiting.pop(name, None) is not None:
            derived = self._derive(key, body)
            if derived is not None:
                self.done[name] = derived
                self.names.facts.setdefault(name, derived.type)

    def _derive(self, key: Scalar, body: Node) -> Derived | None:
        parts = self.reader.mapping(
            body, ("label", "type", "note", *FUNCTIONS, *OPERATIONS, "of", "in", "at_least", "at_most")
        )
        label = self.reader.texts(parts.get("label"))
        functions = [name for name in FUNCTIONS if name in parts]
        if len(functions) == 1 and not any(name in parts for name in OPERATIONS):
            return self._function(key, label, FUNCTIONS[functions[0]], parts[functions[0]])
        if not functions and isinstance(body, MappingNode):
            return self._formula(key, label, body)
        hint = f"write one of: {', '.join((*FUNCTIONS, *OPERATIONS))}"
        self.reader.report(key, "R107", f"'{key.text}' needs exactly one function or formula", hint)
        return None

    def _formula(self, key: Scalar, label: Mapping[str, str], body: MappingNode) -> Derived | None:
        rest = MappingNode(body.place, tuple(pair for pair in body.items if pair[0].text not in ("label", "note")))
        kind = self._kind_of(rest)
        if kind is None:
            hint = "build it on a fact or parameter whose type is known"
            self.reader.report(key, "R201", f"the type of '{key.text}' cannot be told", hint)
            return None
        formula = read_formula(rest, kind, self.names, self.reader)
        return None if formula is None else Derived(key.text, kind, label, key.place, formula=formula)

    def _kind_of(self, node: Node) -> Type | None:
        """Tell what a formula yields: the type of what it takes a share of, or of its first known part."""
        if isinstance(node, Scalar):
            return self.names.facts.get(node.text)
        if isinstance(node, Sequence):
            return next((kind for item in node.items if (kind := self._kind_of(item)) is not None), None)
        parts = {key.text: body for key, body in node.items}
        if "fact" in parts:
            return self._kind_of(parts["fact"])
        if "parameter" in parts and isinstance(parts["parameter"], Scalar):
            return self.names.parameters.get(parts["parameter"].text)
        wanted = ("of",) if "of" in parts else tuple(word for word in OPERATIONS if word in parts)
        return next((kind for word in wanted if (kind := self._kind_of(parts[word])) is not None), None)

    # ---- functions

    def _function(self, key: Scalar, label: Mapping[str, str], function: Function, body: Node) -> Derived | None:
        if isinstance(body, MappingNode) and not _is_operand(body):
            given = self.reader.mapping(body, tuple(function.parameters), function.required)
        else:
            given = {function.first: body}
        if not set(function.required) <= set(given):
            return None
        types: dict[str, tuple[Type, ...]] = {}
        arguments: dict[str, Argument] = {}
        for name, parameter in function.parameters.items():
            if name in given:
                argument = self._argument(given[name], name, parameter, types, arguments)
                if argument is None:
                    return None
                arguments[name] = argument
        kind = function.result(types)
        if kind is None:
            self.reader.report(key, "R207", f"the parts of '{key.text}' do not go together", function.summary)
            return None
        return Derived(key.text, kind, label, key.place, function, arguments)

    def _argument(
        self,
        node: Node,
        name: str,
        parameter: Parameter,
        types: dict[str, tuple[Type, ...]],
        arguments: dict[str, Argument],
    ) -> Argument | None:
        if parameter.literal:
            return self._literal(node, name, parameter, types)
        nodes = self.reader.sequence(node) if parameter.many else (node,)
        read = [self._operand(one, parameter) for one in nodes]
        if not read or None in read:
            if not read:
                self.reader.report(node, "R107", f"'{name}' needs at least one fact", "list them")
            return None
        complete = tuple(one for one in read if one is not None)
        types[name] = tuple(kind for _, kind in complete)
        found = tuple(operand for operand, _ in complete)
        return found if parameter.many else found[0]

    def _operand(self, node: Node, parameter: Parameter) -> tuple[Operand, Type] | None:
        if isinstance(node, MappingNode):
            return self._named(node, parameter)
        assert not isinstance(node, Sequence) or True
        duration = read_duration(node.text) if isinstance(node, Scalar) else None
        if duration is not None and "duration" in parameter.kinds:
            return Literal(duration), Type("duration")
        if isinstance(node, Scalar) and isinstance(node.value, int) and "number" in parameter.kinds:
            return Literal(node.value), Type("number")
        name = self.names.fact(node, self.reader)
        return None if name is None else self._fitting(node, FactOperand(name), self.names.facts[name], parameter)

    def _named(self, node: MappingNode, parameter: Parameter) -> tuple[Operand, Type] | None:
        parts = self.reader.mapping(node, ("fact", "parameter"))
        for word, body in parts.items():
            name = self.names.fact(body, self.reader) if word == "fact" else self.names.parameter(body, self.reader)
            if name is None:
                return None
            kind = self.names.facts[name] if word == "fact" else self.names.parameters[name]
            return self._fitting(body, FactOperand(name) if word == "fact" else ParameterOperand(name), kind, parameter)
        return None

    def _fitting(self, node: Node, operand: Operand, kind: Type, parameter: Parameter) -> tuple[Operand, Type] | None:
        if kind.kind in parameter.kinds and self._has_fields(node, kind, parameter):
            return operand, kind
        wanted = " or ".join(sorted(describe(Type(one)) for one in parameter.kinds))
        self.reader.report(node, "R207", f"this is {describe(kind)} where {wanted} is wanted", "use another fact")
        return None

    def _has_fields(self, node: Node, kind: Type, parameter: Parameter) -> bool:
        fields = kind.item.fields if kind.item is not None else {}
        return all(name in fields for name in parameter.fields)

    def _literal(
        self, node: Node, name: str, parameter: Parameter, types: dict[str, tuple[Type, ...]]
    ) -> Argument | None:
        about = types[parameter.about][0] if parameter.about in types else None
        if about is None:
            kind = next(iter(sorted(parameter.kinds)))
            value: Any = read_literal(node, Type(kind), self.names.currency, self.reader)
            if parameter.choices and value is not None and value not in parameter.choices:
                self.reader.choice(node, parameter.choices)
                return None
            return None if value is None else Literal(value)
        fields = about.item.fields if about.item is not None else {}
        if "record" in parameter.kinds:
            return self._where(node, fields)
        if parameter.many:
            values = [read_literal(one, about, self.names.currency, self.reader) for one in self.reader.sequence(node)]
            return None if None in values else Literal(tuple(values))
        field_name = self.reader.text(node)
        if field_name not in fields:
            self.reader.report(
                node, "R203", f"the records have no field '{field_name}'", suggest(field_name or "", fields)
            )
            return None
        types[name] = (fields[field_name],)
        return Literal(field_name)

    def _where(self, node: Node, fields: Mapping[str, Type]) -> Argument | None:
        parts = self.reader.mapping(node, tuple(fields))
        values: dict[str, Any] = {}
        for name, body in parts.items():
            value = read_literal(body, fields[name], self.names.currency, self.reader)
            if value is None:
                return None
            values[name] = value
        return Literal(values)


def _is_operand(node: MappingNode) -> bool:
    return len(node.items) == 1 and node.items[0][0].text in ("parameter", "fact")


def _names_in(node: Node) -> Iterator[str]:
    if isinstance(node, Scalar):
        yield node.text
    elif isinstance(node, Sequence):
        for item in node.items:
            yield from _names_in(item)
    else:
        for key, body in node.items:
            if key.text != "label":
                yield from _names_in(body)


__all__ = ["Derived", "DerivedReader", "Duration"]
