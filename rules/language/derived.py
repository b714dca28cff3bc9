"""Read derived facts: each is one named function or one formula of other facts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final

from rules.language.condition import FactOperand, Literal, Operand, ParameterOperand
from rules.language.formula import BOUNDS, OPERATIONS, Formula, operands, read_formula
from rules.language.literal import describe, read_literal
from rules.language.names import Names, check_name
from rules.text.nodes import Mapping as MappingNode
from rules.text.nodes import Node, Scalar, Sequence
from rules.text.problem import Place, shown, suggest
from rules.text.reader import Reader
from rules.values.calendar import read_duration
from rules.values.kind import Type
from rules.values.registry import FUNCTIONS, Function, Parameter

DESCRIPTIVE_KEYS: Final = frozenset({"label", "note"})
IN_FORMULAS: Final = ("of", "in", *BOUNDS)

Argument = Operand | tuple[Operand, ...]


@dataclass(frozen=True, slots=True)
class Derived:
    """A fact computed from others, either by `function` with its arguments or by `formula`."""

    name: str
    type: Type
    label: Mapping[str, str]
    place: Place
    function: Function | None = None
    arguments: Mapping[str, Argument] = field(default_factory=dict)
    formula: Formula | None = None

    def reads(self) -> Iterator[FactOperand | ParameterOperand]:
        """Yield every fact and parameter that the derived fact reads."""
        if self.formula is not None:
            yield from operands(self.formula)
        for argument in self.arguments.values():
            for operand in argument if isinstance(argument, tuple) else (argument,):
                if not isinstance(operand, Literal):
                    yield operand


class DerivedReader:
    """Reads derived.yaml in the order of dependencies."""

    def __init__(self, node: Node | None, names: Names, reader: Reader) -> None:
        self.names, self.reader = names, reader
        self.waiting = {key.text: (key, body) for key, body in reader.pairs(node)}
        self.working: list[str] = []
        self.done: dict[str, Derived] = {}

    def read(self) -> dict[str, Derived]:
        """Return every derived fact, each after those that it depends on."""
        for name, (key, _) in list(self.waiting.items()):
            if name in self.names.facts or name in self.names.untestable:
                self.reader.report(key, "R214", f"'{name}' is a fact already", "give the derived fact its own name")
                del self.waiting[name]
            elif not check_name(key, self.reader):
                self._leave_out(name)
        for name in list(self.waiting):
            self._read(name)
        return self.done

    def _read(self, name: str) -> None:
        if name not in self.waiting:
            return
        key, body = self.waiting[name]
        if name in self.working:
            self._report_cycle(key)
            return
        self.working.append(name)
        for used in _names_in(body):
            self._read(used)
        self.working.pop()
        if name in self.waiting:
            derived = self._derive(key, body)
            if derived is None:
                self._leave_out(name)
            else:
                del self.waiting[name]
                self.done[name] = derived
                self.names.facts[name] = derived.type

    def _report_cycle(self, key: Scalar) -> None:
        cycle = self.working[self.working.index(key.text) :]
        ends = [f"'{name}' (line {self.waiting[name][0].place.line})" for name in cycle]
        message = f"derived facts depend on each other in a cycle: {', '.join(ends)}"
        self.reader.report(key, "R301", message, "one of them must not use another")
        for name in cycle:
            self._leave_out(name)

    def _leave_out(self, name: str) -> None:
        """Leave out a fact that has been reported, so that its uses are not reported as well."""
        self.waiting.pop(name, None)
        self.names.faulty.add(name)

    def _derive(self, key: Scalar, body: Node) -> Derived | None:
        parts = self.reader.mapping(body, (*DESCRIPTIVE_KEYS, *FUNCTIONS, *OPERATIONS, *IN_FORMULAS))
        label = self.reader.texts(parts.get("label"))
        functions = [name for name in FUNCTIONS if name in parts]
        if len(functions) == 1 and len(parts.keys() - DESCRIPTIVE_KEYS) == 1:
            return self._function(key, label, FUNCTIONS[functions[0]], parts[functions[0]])
        if not functions and isinstance(body, MappingNode):
            return self._formula(key, label, body)
        hint = f"write one of: {', '.join((*FUNCTIONS, *OPERATIONS))}"
        self.reader.report(key, "R107", f"'{key.text}' needs exactly one function or formula", hint)
        return None

    def _formula(self, key: Scalar, label: Mapping[str, str], body: MappingNode) -> Derived | None:
        rest = MappingNode(body.place, tuple(pair for pair in body.items if pair[0].text not in DESCRIPTIVE_KEYS))
        before = len(self.reader.problems)
        kind = self._kind_of(rest)
        formula = read_formula(rest, kind or Type("number"), self.names, self.reader)
        if kind is None and formula is not None:
            hint = "build it on a fact or parameter"
            self.reader.report(key, "R201", f"the type of '{key.text}' cannot be inferred", hint)
        if formula is None or kind is None or len(self.reader.problems) > before:
            return None
        return Derived(key.text, kind, label, key.place, formula=formula)

    def _kind_of(self, node: Node) -> Type | None:
        """Infer the type of a formula: that of the amount that it takes a share of, or of its first known part."""
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
            self.reader.report(key, "R207", f"the arguments of '{key.text}' do not fit each other", function.summary)
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
        duration = read_duration(node.text) if isinstance(node, Scalar) else None
        if duration is not None and "duration" in parameter.kinds:
            return Literal(duration), Type("duration")
        if isinstance(node, Scalar) and type(node.value) in (int, Fraction) and "number" in parameter.kinds:
            return Literal(node.value), Type("number")
        name = self.names.fact(node, self.reader)
        if name is None or not self._is_column(node, name, parameter):
            return None
        return self._fitting(node, FactOperand(name), self.names.facts[name], parameter)

    def _is_column(self, node: Node, name: str, parameter: Parameter) -> bool:
        """Return whether a fact fits a column parameter; report one that is no fact of lines."""
        if not parameter.column or name in self.names.columns:
            return True
        message = f"'{name}' is not a fact of the order's lines, and a column needs one"
        self.reader.report(node, "R207", message, "use a fact of vocabulary.yaml in a group of lines")
        return False

    def _named(self, node: MappingNode, parameter: Parameter) -> tuple[Operand, Type] | None:
        parts = self.reader.mapping(node, ("fact", "parameter"))
        if "fact" in parts and len(parts) == 1:
            return self._operand(parts["fact"], parameter)
        if "parameter" not in parts or len(parts) != 1 or parameter.column:
            self.reader.report(node, "R107", "the name of a fact is expected here", "write one name")
            return None
        name = self.names.parameter(parts["parameter"], self.reader)
        if name is None:
            return None
        return self._fitting(node, ParameterOperand(name), self.names.parameters[name], parameter)

    def _fitting(self, node: Node, operand: Operand, kind: Type, parameter: Parameter) -> tuple[Operand, Type] | None:
        if kind.kind in parameter.kinds and self._has_fields(node, kind, parameter):
            return operand, kind
        wanted = " or ".join(sorted(describe(Type(one)) for one in parameter.kinds))
        fields = f" of records with {', '.join(parameter.fields)}" if parameter.fields else ""
        self.reader.report(node, "R207", f"this is {describe(kind)} where {wanted}{fields} is expected",
                           "use another fact")  # fmt: skip
        return None

    def _has_fields(self, node: Node, kind: Type, parameter: Parameter) -> bool:
        fields = kind.item.fields if kind.item is not None else {}
        return all(name in fields for name in parameter.fields)

    def _literal(
        self, node: Node, name: str, parameter: Parameter, types: dict[str, tuple[Type, ...]]
    ) -> Argument | None:
        about = types[parameter.about][0] if parameter.about in types else None
        if about is None:
            return self._plain(node, name, parameter, types)
        fields = about.item.fields if about.item is not None else {}
        if "record" in parameter.kinds:
            return self._where(node, fields)
        if parameter.many:
            values = [read_literal(one, about, self.names.currency, self.reader) for one in self.reader.sequence(node)]
            return None if None in values else Literal(tuple(values))
        named = self.reader.text(node)
        if named is None or named not in fields:
            if named is not None:
                hint = suggest(named, fields)
                self.reader.report(node, "R203", f"the records have no field {shown(named)}", hint)
            return None
        types[name] = (fields[named],)
        return Literal(named)

    def _plain(
        self, node: Node, name: str, parameter: Parameter, types: dict[str, tuple[Type, ...]]
    ) -> Argument | None:
        """Read a literal argument, one of the choices where there are any."""
        kind = Type(min(parameter.kinds))
        if parameter.choices:
            value: Any = self.reader.choice(node, parameter.choices)
        else:
            value = read_literal(node, kind, self.names.currency, self.reader)
        types[name] = (kind,)
        return None if value is None else Literal(value)

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
            if key.text not in DESCRIPTIVE_KEYS:
                yield from _names_in(body)
