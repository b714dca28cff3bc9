"""Read a cell of a decision table, a unary test of DMN, into a condition."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from rules.language.condition import All, AnyOf, Condition, Literal, Test, negate
from rules.language.literal import describe
from rules.text.nodes import Node, Scalar
from rules.text.nodes import Sequence as Items
from rules.text.problem import shown, suggest
from rules.text.reader import Reader
from rules.values.kind import InvalidValue, Type
from rules.values.value import Value

ANY: Final = "-"
CELL_SYNTAX: Final = "write '-', a value, 'a, b' for a or b, '< 10', '[1..5]', '(0..24]' or 'not(a, b)'"

_NOT = re.compile(r"not\s*\((.*)\)", re.DOTALL)
_PIECE = re.compile(r'"[^"]*"|[^",]+|,')
_QUOTED = re.compile(r'"([^"]*)"')
_COMPARISON = re.compile(r"(<=|>=|<|>)\s*([^<>=\s].*)", re.DOTALL)
_RANGE = re.compile(r"([\[(\]])\s*(.+?)\s*\.\.\s*(.+?)\s*([\])\[])", re.DOTALL)
_BARE = re.compile(r'[^<>=!()\[\]{}"]+')
_FULLWIDTH: Final = str.maketrans(
    {
        **dict(zip("（）［］，、＜＞＝－“”", '()[],,<>=-""', strict=True)),
        "≤": "<=",
        "≥": ">=",
        "≦": "<=",
        "≧": ">=",
        "…": "..",
    }
)
_OPS: Final = {"<": "less_than", "<=": "at_most", ">": "more_than", ">=": "at_least"}
_FOREIGN: Final = {"=>": ">= {}", "=<": "<= {}", "==": "{}", "!=": "not({})", "<>": "not({})", "=": "{}"}
_NULL: Final = ("null", "~")
_EXAMPLES: Final = {
    "instant": "write it as 2026-08-14T15:00:00+08:00",
    "date": "write it as 2026-08-14",
    "money": "write the amount, a space and the currency of the pack",
    "ratio": "write it as 0.20",
    "number": "write a plain number such as 48 or 0.5",
    "yes_no": "write true or false",
}

LiteralReader = Callable[[str, Type], Value]


class _InvalidCell(Exception):
    """Raised inside this module for an invalid cell; reported as a problem of the cell."""

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.code, self.message, self.hint = code, message, hint


def read_cell(node: Node, fact: str, kind: Type, reader: Reader, literal: LiteralReader) -> Condition | None:
    """Return the condition of a cell on a fact; report an invalid cell and return None.

    `-` is always true. A comma means OR, as in DMN: '> 30, <= 60' is true for every number. `literal` parses the text
    of a value of a type and raises InvalidValue. A list of cells is true where one of them is.
    """
    if any(isinstance(part, Scalar) and part.faulty for part in (node.items if isinstance(node, Items) else (node,))):
        return None
    try:
        return _Cell(node, fact, kind, literal).read()
    except _InvalidCell as fault:
        reader.report(node, fault.code, fault.message, fault.hint)
        return None


@dataclass(frozen=True, slots=True)
class _Cell:
    node: Node
    fact: str
    kind: Type
    literal: LiteralReader

    def read(self) -> Condition:
        text = self.text()
        if text == ANY:
            return All(())
        opposite = _NOT.fullmatch(text)
        condition = self.any_of(_elements(opposite[1] if opposite else text))
        return negate(condition) if opposite else condition

    def text(self) -> str:
        if isinstance(self.node, Scalar):
            return _written(self.node)
        if isinstance(self.node, Items) and self.node.items:
            return ", ".join(self.item(item) for item in self.node.items)
        raise _InvalidCell("R310", f"this is not a table cell for '{self.fact}'", CELL_SYNTAX)

    def item(self, node: Node) -> str:
        """Return an item of [a, b] as text; [1..5] without quotes arrives here as a list of the text 1..5."""
        if not isinstance(node, Scalar):
            raise _InvalidCell("R310", f"this is not a table cell for '{self.fact}'", CELL_SYNTAX)
        text = _written(node)
        if ".." in text and not _RANGE.fullmatch(text):
            raise _InvalidCell("R310", f"{shown(text)} is a range inside a list", f"put a range in quotes: '[{text}]'")
        return text

    def any_of(self, elements: Sequence[str]) -> Condition:
        """Join elements by OR; single values become one test."""
        values, tests = [], []
        for element in elements:
            test = self.ordered(element)
            if test is None:
                values.append(Literal(self.value(element, self.kind)))
            else:
                tests.append(test)
        plain_test = (self.equals(tuple(values)),) if values else ()
        parts = (*plain_test, *tests)
        return parts[0] if len(parts) == 1 else AnyOf(parts)

    def equals(self, values: tuple[Literal, ...]) -> Test:
        return Test(self.fact, "includes" if self.kind.kind in ("list", "shares") else "is", values, self.node.place)

    def ordered(self, element: str) -> Condition | None:
        """Read a comparison or a range; None for anything else."""
        if found := _COMPARISON.fullmatch(element):
            return self.compare(_OPS[found[1]], self.bound(found[2], element))
        if found := _RANGE.fullmatch(element):
            return self.between(found[1], self.bound(found[2], element), self.bound(found[3], element), found[4])
        return None

    def between(self, opening: str, low: Any, high: Any, closing: str) -> Condition:
        closed = (opening == "[", closing == "]")
        if low > high or (low == high and not all(closed)):
            hint = "write the lower end first; '[' and ']' include their end, '(' and ')' exclude it"
            raise _InvalidCell("R310", f"no {self.fact} lies in this range", hint)
        above = self.compare("at_least" if closed[0] else "more_than", low)
        return All((above, self.compare("at_most" if closed[1] else "less_than", high)))

    def compare(self, op: str, value: Value) -> Test:
        return Test(self.fact, op, (Literal(value),), self.node.place)

    def bound(self, text: str, element: str) -> Value:
        if not self.kind.ordered:
            message = f"{shown(element)} does not fit '{self.fact}': {describe(self.kind)} has no order"
            raise _InvalidCell("R207", message, "list the values that hold: 'a, b'")
        return self.value(text, self.kind)

    def value(self, element: str, kind: Type) -> Value:
        """Parse one value; for a list fact, one of its items."""
        if kind.kind == "list" and kind.item is not None and kind.item.kind != "record":
            return self.value(element, kind.item)
        if kind.kind in ("list", "record") or (kind == self.kind and kind.kind == "text"):
            message = f"'{self.fact}' is {describe(kind)} and cannot be compared with a value"
            raise _InvalidCell("R207", message, "take its column out of the table")
        text = _unquoted(element)
        try:
            return self.literal(text, kind)
        except InvalidValue as misfit:
            raise self.misfit(text, kind, misfit) from misfit

    def misfit(self, text: str, kind: Type, misfit: InvalidValue) -> _InvalidCell:
        if text in _NULL:
            return _InvalidCell(
                "R310", f"{shown(text)} is not a value", "use a rule with known: false for an unknown fact"
            )
        if misfit.code == "not_one_of":
            hint = _halfwidth(text) or suggest(text, kind.values) or f"one of: {', '.join(kind.values)}"
            return _InvalidCell("R202", f"{shown(text)} is not a value of '{self.fact}'", hint)
        hint = _halfwidth(text) or _EXAMPLES.get(kind.kind, CELL_SYNTAX)
        return _InvalidCell("R210", f"{shown(text)} is not {describe(kind)}", hint)


def _written(node: Scalar) -> str:
    if node.value is None and not node.quoted:
        raise _InvalidCell("R310", "the cell is empty", "write '-' to accept any value")
    return node.text.strip()


def _elements(text: str) -> list[str]:
    """Split at the commas outside quotes."""
    if text.count('"') % 2:
        raise _InvalidCell("R310", f"a quote in {shown(text)} is not closed", 'write it as "a", "b"')
    parts = [""]
    for piece in _PIECE.findall(text):
        if piece == ",":
            parts.append("")
        else:
            parts[-1] += piece
    elements = [part.strip() for part in parts]
    if "" in elements:
        raise _InvalidCell("R310", f"a value is missing in {shown(text)}", "write a value on each side of a comma")
    return elements


def _unquoted(element: str) -> str:
    """Return the text of a single value. Raises _InvalidCell."""
    if quoted := _QUOTED.fullmatch(element):
        return quoted[1]
    if element == ANY:
        raise _InvalidCell("R310", "'-' accepts any value and must be the whole cell", "leave the rest of the cell out")
    if ".." in element or not _BARE.fullmatch(element):
        raise _InvalidCell("R310", f"the syntax of {shown(element)} is invalid", _correction(element))
    return element


def _halfwidth(element: str) -> str:
    """Return a hint to replace full-width characters of an input method, or ""."""
    narrow = element.translate(_FULLWIDTH)
    return f"use half-width characters: {shown(narrow)}" if narrow != element else ""


def _correction(element: str) -> str:
    """Return a hint with the probable correction."""
    if ".." in element and not any(bracket in element for bracket in "[]()"):
        return f"put brackets around a range: '[{element}]'"
    for sign, instead in _FOREIGN.items():
        if element.startswith(sign):
            return f"write '{instead.format(element.removeprefix(sign).strip())}'"
    return _halfwidth(element) or (
        "'not(...)' goes around the whole cell" if element.startswith("not") else CELL_SYNTAX
    )
