"""Read and bind outputs of rules: values, formulas, shares of parties, records of formulas, or several of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from rules.language.condition import FactOperand, Literal, ParameterOperand
from rules.language.contract import MOMENTS, ContractAnswer
from rules.language.formula import Formula, Operation, bind_formula, operands, read_formula
from rules.language.names import Names, is_dotted_name
from rules.text.nodes import Mapping as MappingNode
from rules.text.nodes import Node, Scalar, Sequence
from rules.text.problem import suggest
from rules.text.reader import Reader
from rules.values.calendar import read_duration
from rules.values.kind import Type
from rules.values.value import OPEN, Frame

NUMBER = Type("number")
REST = "rest"


@dataclass(frozen=True, slots=True)
class Shares:
    """Parties and their percentages; the party without one gets the rest."""

    parts: tuple[tuple[str, Formula | None], ...]


@dataclass(frozen=True, slots=True)
class Moment:
    """The start of a clock: a fact, or a future event."""

    name: str
    fact: FactOperand | None


@dataclass(frozen=True, slots=True)
class Within:
    """The length of a clock, in a unit of the calendar."""

    count: Formula
    unit: str


@dataclass(frozen=True, slots=True)
class Record:
    """A record of outputs."""

    parts: Mapping[str, Output]


@dataclass(frozen=True, slots=True)
class Items:
    """Several outputs of a collected answer."""

    items: tuple[Output, ...]


Output = Formula | Shares | Moment | Within | Record | Items
OutputFunction = Callable[[Frame], Any]


def output_operands(output: Output) -> Iterator[FactOperand | ParameterOperand]:
    """Yield every fact and parameter that an output reads."""
    match output:
        case Shares(parts):
            for _, formula in parts:
                yield from operands(formula) if formula is not None else ()
        case Moment(_, fact):
            yield from (fact,) if fact is not None else ()
        case Within(count, _):
            yield from operands(count)
        case Record(fields):
            for part in fields.values():
                yield from output_operands(part)
        case Items(items):
            for item in items:
                yield from output_operands(item)
        case _:
            yield from operands(output)


@dataclass(frozen=True, slots=True)
class OutputReader:
    """Reads the outputs of rules."""

    names: Names
    blocks: frozenset[str]
    reader: Reader

    def read(self, node: Node, kind: Type, collected: bool, contracted: ContractAnswer | None) -> Output | None:
        """Read the output for an answer; report an invalid one and return None."""
        if not collected:
            return self._one(node, kind, contracted)
        item = kind.item if kind.kind == "list" and kind.item is not None else kind
        nodes = node.items if isinstance(node, Sequence) else (node,)
        read = [self._one(one, item, contracted) for one in nodes]
        return Items(tuple(one for one in read if one is not None)) if None not in read else None

    def _one(self, node: Node, kind: Type, contracted: ContractAnswer | None) -> Output | None:
        match kind.kind:
            case "record":
                return self._record(node, kind, contracted)
            case "shares" if isinstance(node, MappingNode) and not _operand_like(node):
                return self._shares(node, kind)
            case "moment":
                return self._moment(node)
            case "duration":
                return self._within(node)
            case "block":
                return self._block(node)
        return read_formula(node, kind, self.names, self.reader)

    def _record(self, node: Node, kind: Type, contracted: ContractAnswer | None) -> Output | None:
        parts = self.reader.mapping(node, tuple(kind.fields), contracted.fields if contracted else ())
        read = {name: self._one(part, kind.fields[name], None) for name, part in parts.items()}
        complete = {name: output for name, output in read.items() if output is not None}
        return Record(MappingProxyType(complete)) if len(complete) == len(read) else None

    def _shares(self, node: MappingNode, kind: Type) -> Output | None:
        parts: list[tuple[str, Formula | None]] = []
        for key, body in self.reader.pairs(node):
            party = self.reader.choice(key, kind.values)
            is_rest = isinstance(body, Scalar) and body.value == REST
            percent = None if is_rest else read_formula(body, NUMBER, self.names, self.reader)
            if party is None or (percent is None and not is_rest):
                return None
            parts.append((party, percent))
        if [percent for _, percent in parts].count(None) != 1:
            self.reader.report(node, "R210", "exactly one party must get the rest", "write rest for the last party")
            return None
        literals = [percent.value for _, percent in parts if isinstance(percent, Literal)]
        if sum(literals) > 100 or any(percent < 0 for percent in literals):
            self.reader.report(node, "R210", "the shares do not make 100 percent", "leave something for the rest")
            return None
        return Shares(tuple(parts))

    def _moment(self, node: Node) -> Output | None:
        text = self.reader.text(node)
        if text in MOMENTS:
            return Moment(str(text), None)
        name = self.names.fact(node, self.reader) if text is not None else None
        if name is None:
            return None
        if self.names.facts[name].kind != "instant":
            self.reader.report(node, "R207", f"'{name}' is not an instant", f"use one, or {', '.join(MOMENTS)}")
            return None
        return Moment(name, FactOperand(name))

    def _within(self, node: Node) -> Output | None:
        if isinstance(node, Scalar) and isinstance(node.value, str):
            duration = read_duration(node.value)
            if duration is not None:
                return Within(Literal(duration.count), duration.unit)
        before = len(self.reader.problems)
        count = read_formula(node, NUMBER, self.names, self.reader) if _names_something(node, self.names) else None
        unit = self._unit(count) if count is not None else None
        if count is not None and unit is not None:
            return Within(count, unit)
        if len(self.reader.problems) == before and not _is_reported(node, self.names):
            hint = "write '24 hours', '7 days', '4 working hours', or a fact or parameter whose type has such a unit"
            self.reader.report(node, "R210", "this is not a duration", hint)
        return None

    def _unit(self, count: Formula) -> str | None:
        """Return the unit of the single fact or parameter of a clock's length."""
        found = list(operands(count))
        if len(found) != 1 or isinstance(count, Operation):
            return None
        source = self.names.facts if isinstance(found[0], FactOperand) else self.names.parameters
        duration = read_duration(f"1 {source[found[0].name].unit}")
        return duration.unit if duration is not None else None

    def _block(self, node: Node) -> Output | None:
        name = self.reader.text(node)
        if name is None:
            return None
        if name not in self.blocks:
            hint = suggest(name, self.blocks) or "add it to words.yaml"
            self.reader.report(node, "R209", f"there is no text block '{name}'", hint)
            return None
        return Literal(name)


def _operand_like(node: MappingNode) -> bool:
    return len(node.items) == 1 and node.items[0][0].value in ("fact", "parameter")


def _names_something(node: Node, names: Names) -> bool:
    """Return whether a clock's length is a fact or a parameter; a dotted name is never a duration."""
    return isinstance(node, MappingNode) or (
        isinstance(node, Scalar) and (node.text in names.facts or is_dotted_name(node.text))
    )


def _is_reported(node: Node, names: Names) -> bool:
    """Return whether the declaration of the name in a node has been reported."""
    named = node.items[0][1] if isinstance(node, MappingNode) and node.items else node
    return isinstance(named, Scalar) and named.text in names.faulty


# ---- from outputs to functions of a frame


def bind_output(output: Output, slot: Callable[[FactOperand | ParameterOperand], int]) -> OutputFunction:
    """Return an output as a function of a frame; unknown parts are OPEN."""
    bound = _bind(output, slot)
    if any(True for _ in output_operands(output)):
        return bound
    literal = bound([])  # most outputs depend on no fact, and are built once
    return lambda frame: literal


def _bind(output: Output, slot: Callable[[FactOperand | ParameterOperand], int]) -> OutputFunction:
    match output:
        case Shares(parts):
            return _bind_shares([(party, None if part is None else bind_formula(part, slot)) for party, part in parts])
        case Moment(name, fact):
            at = -1 if fact is None else slot(fact)
            return lambda frame: (name, OPEN if at < 0 else frame[at])
        case Within(count, unit):
            length = bind_formula(count, slot)
            return lambda frame: (length(frame), unit)
        case Record(fields):
            return _bind_record(fields, slot)
        case Items(items):
            outputs = tuple(bind_output(item, slot) for item in items)
            if len(outputs) == 1:
                only = outputs[0]
                return lambda frame: (only(frame),)
            return lambda frame: tuple([output_of(frame) for output_of in outputs])
        case _:
            return bind_formula(output, slot)


def _bind_record(
    fields: Mapping[str, Output], slot: Callable[[FactOperand | ParameterOperand], int]
) -> Callable[[Frame], dict[str, Any]]:
    """Bind a record; its literal parts are built once."""
    literal = {name: part.value if isinstance(part, Literal) else OPEN for name, part in fields.items()}
    computed = tuple((name, bind_output(part, slot)) for name, part in fields.items() if not isinstance(part, Literal))

    def record(frame: Frame) -> dict[str, Any]:
        values = literal.copy()
        for name, value_of in computed:
            values[name] = value_of(frame)
        return values

    return record


def _bind_shares(parts: list[tuple[str, OutputFunction | None]]) -> OutputFunction:
    def shares(frame: Frame) -> Any:
        known = {party: percent(frame) for party, percent in parts if percent is not None}
        if any(value is OPEN for value in known.values()):
            return OPEN
        return tuple(
            (party, 100 - sum(known.values()) if percent is None else known[party]) for party, percent in parts
        )

    return shares
