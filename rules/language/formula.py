"""Read and bind formulas: exact fractions of facts and parameters, not rounded."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from rules.language.condition import FactOperand, Literal, Operand, ParameterOperand
from rules.language.literal import describe, read_literal
from rules.language.names import Names
from rules.text.nodes import Mapping, Node, Scalar, Sequence
from rules.text.reader import Reader
from rules.values.kind import Type
from rules.values.value import OPEN, Frame, Interval

NUMBER: Final = Type("number")
LISTS: Final = ("minus", "sum", "highest", "lowest")
SHARES: Final = ("percent", "times", "share", "part")
OPERATIONS: Final = (*SHARES, *LISTS)
CHOICES: Final = ("highest", "lowest")
BOUNDS: Final = ("at_least", "at_most")
AMOUNTS: Final = ("money", "number", "ratio")

_POINTED = re.compile(r"[^\W\d][\w-]*(\.[^\W\d][\w-]*)+")

Amount = Callable[[Frame], Any]  # an exact number or another value of the answer; OPEN where unknown


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation on formulas, with optional bounds of its result."""

    operation: str
    parts: tuple[Formula, ...]
    at_least: Formula | None = None
    at_most: Formula | None = None


Formula = Operand | Operation


def operands(formula: Formula) -> Iterator[FactOperand | ParameterOperand]:
    """Yield every fact and parameter that a formula reads."""
    if isinstance(formula, Operation):
        for part in (*formula.parts, formula.at_least, formula.at_most):
            if part is not None:
                yield from operands(part)
    elif not isinstance(formula, Literal):
        yield formula


def read_formula(node: Node, kind: Type, names: Names, reader: Reader) -> Formula | None:
    """Read a formula that yields the given type; report what does not fit and return None."""
    if isinstance(node, Scalar):
        if _names_fact(node, kind, names):
            return _operand(node, "fact", kind, names, reader)
        value = read_literal(node, kind, names.currency, reader)
        return None if value is None else Literal(value)
    if isinstance(node, Mapping) and len(node.items) == 1 and node.items[0][0].text in ("fact", "parameter"):
        return _operand(node.items[0][1], node.items[0][0].text, kind, names, reader)
    if isinstance(node, Mapping):
        return _read_operation(node, kind, names, reader)
    value = read_literal(node, kind, names.currency, reader)
    return None if value is None else Literal(value)


def _names_fact(node: Scalar, kind: Type, names: Names) -> bool:
    """Return whether a text is the name of a fact, perhaps misspelt.

    A text that is a value of the type means that value; {fact: ...} always names a fact.
    """
    if not isinstance(node.value, str) or node.value in kind.values or kind.kind == "text":
        return False
    if node.value in names.facts or node.value in names.untestable or node.value in names.faulty:
        return True
    return kind.ordered and _POINTED.fullmatch(node.value) is not None


def _operand(node: Node, word: str, kind: Type, names: Names, reader: Reader) -> Formula | None:
    name = names.fact(node, reader) if word == "fact" else names.parameter(node, reader)
    if name is None:
        return None
    found = names.facts[name] if word == "fact" else names.parameters[name]
    if not kind.takes(found):
        reader.report(
            node, "R207", f"'{name}' is {describe(found)} where {describe(kind)} is expected", "use another fact"
        )
        return None
    return FactOperand(name) if word == "fact" else ParameterOperand(name)


def _read_operation(node: Mapping, kind: Type, names: Names, reader: Reader) -> Formula | None:
    before = len(reader.problems)
    parts = reader.mapping(node, (*OPERATIONS, "of", "in", *BOUNDS))
    found = [word for word in OPERATIONS if word in parts]
    if len(found) != 1:
        if len(reader.problems) == before:
            hint = f"write one of: {', '.join(OPERATIONS)}"
            reader.report(node, "R107", "a formula has exactly one operation", hint)
        return None
    operation = found[0]
    if not (kind.kind in AMOUNTS or (kind.ordered and operation in CHOICES)):
        reader.report(node, "R207", f"'{operation}' gives no {kind.kind}, and {describe(kind)} is expected",
                      "write a value, or the name of a fact")  # fmt: skip
        return None
    read = [read_formula(part, wanted, names, reader) for part, wanted in _parts(node, operation, parts, kind, reader)]
    bounds = {word: read_formula(parts[word], kind, names, reader) for word in BOUNDS if word in parts}
    complete = [part for part in read if part is not None]
    return Operation(operation, tuple(complete), **bounds) if read and len(complete) == len(read) else None


def _parts(
    node: Mapping, operation: str, parts: dict[str, Node], kind: Type, reader: Reader
) -> tuple[tuple[Node, Type], ...]:
    """Return the operands of an operation, each with its required type."""
    if operation in LISTS:
        return tuple((one, kind) for one in _list_parts(operation, parts, reader))
    nodes = _share_parts(node, operation, parts, reader)
    return tuple((one, kind if at == len(nodes) - 1 else NUMBER) for at, one in enumerate(nodes))


def _share_parts(node: Node, operation: str, parts: dict[str, Node], reader: Reader) -> tuple[Node, ...]:
    wanted = (operation, "in", "of") if operation == "part" else (operation, "of")
    missing = [word for word in wanted if word not in parts]
    for word in missing:
        reader.report(node, "R106", f"'{operation}' needs '{word}'", f"add {word}: ...")
    if "in" in parts and operation != "part":
        reader.report(parts["in"], "R105", f"'in' does not go with '{operation}'", "only part has in")
    return () if missing else tuple(parts[word] for word in wanted)


def _list_parts(operation: str, parts: dict[str, Node], reader: Reader) -> tuple[Node, ...]:
    for word in ("of", "in"):
        if word in parts:
            reader.report(parts[word], "R105", f"'{word}' does not go with '{operation}'", "drop it")
    nodes = reader.sequence(parts[operation])
    if not isinstance(parts[operation], Sequence):
        return ()
    if len(nodes) < 2 or (operation == "minus" and len(nodes) != 2):
        many = "exactly two parts" if operation == "minus" else "at least two parts"
        reader.report(parts[operation], "R107", f"'{operation}' needs {many}", "write [first, second]")
        return ()
    return nodes


# ---- from the tree to functions of a frame


def bind_formula(formula: Formula, slot: Callable[[FactOperand | ParameterOperand], int]) -> Amount:
    """Return the formula as a function of a frame; OPEN where an operand is unknown."""
    if isinstance(formula, Literal):
        constant = formula.value
        return lambda frame: constant
    if not isinstance(formula, Operation):
        return _read(slot(formula))
    parts = tuple(bind_formula(part, slot) for part in formula.parts)
    compute = _COMPUTE[formula.operation]
    low = bind_formula(formula.at_least, slot) if formula.at_least is not None else None
    high = bind_formula(formula.at_most, slot) if formula.at_most is not None else None

    def amount(frame: Frame) -> Any:
        values = [part(frame) for part in parts]
        bounds = [bound(frame) for bound in (low, high) if bound is not None]
        for value in (*values, *bounds):
            if value is OPEN:
                return OPEN
        result = compute(values)
        if low is not None and result is not OPEN:
            result = max(result, bounds[0])
        if high is not None and result is not OPEN:
            result = min(result, bounds[-1])
        return result

    return amount


def _read(slot: int) -> Amount:
    def amount(frame: Frame) -> Any:
        value = frame[slot]
        return OPEN if isinstance(value, Interval) else value

    return amount


def _part(values: list[Any]) -> Any:
    part, whole, of = values
    return OPEN if whole == 0 else Fraction(of * part, whole)


_COMPUTE: Final[dict[str, Callable[[list[Any]], Any]]] = {
    "percent": lambda values: Fraction(values[0] * values[1], 100),
    "times": lambda values: values[0] * values[1],
    "share": lambda values: values[0] * values[1],
    "part": _part,
    "minus": lambda values: max(values[0] - values[1], 0),
    "sum": sum,
    "highest": max,
    "lowest": min,
}
