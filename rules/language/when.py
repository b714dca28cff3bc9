"""Read `when:` into a condition."""

from __future__ import annotations

from typing import Final

from rules.language.condition import (
    All,
    AnyOf,
    Condition,
    FactOperand,
    Literal,
    Operand,
    ParameterOperand,
    Test,
    negate,
)
from rules.language.literal import describe, read_literal
from rules.language.names import Names
from rules.text.nodes import Mapping, Node, Scalar, Sequence
from rules.text.problem import shown, suggest
from rules.text.reader import Reader
from rules.values.kind import PLAIN, Type

ORDER_TESTS: Final = {
    "at_least": "at_least",
    "more_than": "more_than",
    "at_most": "at_most",
    "less_than": "less_than",
    "before": "less_than",
    "after": "more_than",
}
TESTS: Final = (*ORDER_TESTS, "is_not", "includes", "known")
TIMES: Final = ("instant", "date")


def read_when(node: Node | None, names: Names, reader: Reader) -> Condition:
    """Read a mapping of facts to tests, with all, any and not; every entry must be true."""
    if node is None:
        return All(())
    if not isinstance(node, Mapping):
        reader.report(node, "R107", "conditions are written as fact: test", "write for example {issue.kind: damage}")
        return All(())
    return _together([_read_entry(key, body, names, reader) for key, body in node.items])


def _together(parts: list[Condition]) -> Condition:
    flat = [inner for part in parts for inner in (part.parts if isinstance(part, All) else (part,))]
    return flat[0] if len(flat) == 1 else All(tuple(flat))


def _read_entry(key: Scalar, body: Node, names: Names, reader: Reader) -> Condition:
    if key.value == "not":
        return _read_not(key, body, names, reader)
    if key.value in ("all", "any"):
        parts = [read_when(item, names, reader) for item in reader.sequence(body)]
        if not parts:
            reader.report(key, "R107", f"'{key.value}' needs at least one condition", "list conditions under it")
        return _together(parts) if key.value == "all" else AnyOf(tuple(parts))
    name = names.fact(key, reader)
    return All(()) if name is None else _read_tests(name, key, body, names, reader)


def _read_not(key: Scalar, body: Node, names: Names, reader: Reader) -> Condition:
    if isinstance(body, Mapping) and not body.items:
        reader.report(key, "R107", "'not' needs a condition", "write one under it")
    return negate(read_when(body, names, reader))


def _read_tests(name: str, key: Scalar, body: Node, names: Names, reader: Reader) -> Condition:
    if not isinstance(body, Mapping) or _is_operand(body):
        return _read_equal(name, key, "is", body, names, reader)
    if not body.items:
        reader.report(body, "R107", f"'{name}' has no test", "write a value or a test such as at_least")
    return _together([_read_test(name, key, word, operand, names, reader) for word, operand in body.items])


def _read_test(name: str, key: Scalar, word: Scalar, body: Node, names: Names, reader: Reader) -> Condition:
    kind, test = names.facts[name], str(word.value)
    if test == "known":
        return _read_known(name, word, body, names, reader)
    if test == "is_not":
        return _read_equal(name, key, test, body, names, reader)
    if test not in TESTS:
        hint = suggest(test, TESTS) or f"one of: {', '.join(TESTS)}"
        reader.report(word, "R207", f"unknown test {shown(test)}", hint)
    elif not _takes(kind, test):
        reader.report(word, "R207", f"'{test}' does not fit '{name}', which is {describe(kind)}", _fitting(kind))
    elif test == "includes":
        return _test(name, key, test, _operands(body, _inner(kind), names, reader))
    else:
        operand = _operand(body, kind, names, reader)
        return All(()) if operand is None else _test(name, key, ORDER_TESTS[test], (operand,))
    return All(())


def _read_equal(name: str, key: Scalar, op: str, body: Node, names: Names, reader: Reader) -> Condition:
    kind = names.facts[name]
    if kind.kind in ("list", "record", "shares", "text"):
        reader.report(key, "R207", f"'{name}' is {describe(kind)} and cannot be compared with a value", _fitting(kind))
        return All(())
    return _test(name, key, op, _operands(body, kind, names, reader))


def _takes(kind: Type, test: str) -> bool:
    """Return whether a comparison or `includes` fits a type."""
    if test == "includes":
        return kind.kind == "shares" or (kind.kind == "list" and _inner(kind).kind in (*PLAIN, "one_of"))
    return kind.ordered and (test in ("before", "after")) is (kind.kind in TIMES)


def _inner(kind: Type) -> Type:
    return kind.item if kind.item is not None else Type("one_of", values=kind.values, labels=kind.labels)


def _fitting(kind: Type) -> str:
    if kind.kind in TIMES:
        return "use before or after"
    if _takes(kind, "includes"):
        return "use includes"
    if kind.kind in ("list", "record", "text"):
        return "test another fact, or one that derived.yaml computes from it"
    return (
        "use at_least, more_than, at_most or less_than" if kind.ordered else "use a value, a list of values or is_not"
    )


def _read_known(name: str, word: Scalar, body: Node, names: Names, reader: Reader) -> Condition:
    if reader.yes_no(body) is not False:
        hint = "a test on the fact already asks for it; only known: false exists"
        reader.report(body, "R211", f"'known' takes only false, on '{name}'", hint)
    elif name not in names.asked:
        reader.report(word, "R207", f"'{name}' is computed and not sent", "test known: false on a fact of the case")
    else:
        return Test(name, "unknown", (), word.place)
    return All(())


def _test(name: str, key: Scalar, op: str, operands: tuple[Operand, ...]) -> Condition:
    return Test(name, op, operands, key.place) if operands else All(())


def _is_operand(body: Mapping) -> bool:
    return len(body.items) == 1 and body.items[0][0].value in ("parameter", "fact")


def _operands(body: Node, kind: Type, names: Names, reader: Reader) -> tuple[Operand, ...]:
    nodes = body.items if isinstance(body, Sequence) else (body,)
    if not nodes:
        reader.report(body, "R107", "an empty list never matches", "list at least one value")
    read = [_operand(node, kind, names, reader) for node in nodes]
    return tuple(operand for operand in read if operand is not None) if None not in read else ()


def _operand(node: Node, kind: Type, names: Names, reader: Reader) -> Operand | None:
    if not isinstance(node, Mapping):
        value = read_literal(node, kind, names.currency, reader)
        return None if value is None else Literal(value)
    parts = reader.mapping(node, ("parameter", "fact"))
    if len(parts) != 1:
        reader.report(node, "R107", "the right side is a value, {parameter: name} or {fact: name}", "write one of them")
        return None
    (word, body), *_ = parts.items()
    name = names.parameter(body, reader) if word == "parameter" else names.fact(body, reader)
    if name is None:
        return None
    other = (names.parameters if word == "parameter" else names.facts)[name]
    if not _comparable(kind, other, word):
        message = f"'{name}' is {describe(other)} and is compared with {describe(kind)}"
        reader.report(body, "R207", message, "compare values of one type")
        return None
    return ParameterOperand(name) if word == "parameter" else FactOperand(name)


def _comparable(kind: Type, other: Type, word: str) -> bool:
    """Return whether the values of a fact may be compared with those of a parameter, or of another fact."""
    if word == "fact" and kind.kind == other.kind == "one_of":
        return bool(set(kind.values) & set(other.values))
    return kind.takes(other)
