"""Read literals in policies: money with its currency, exact decimals, dates and instants as text."""

from __future__ import annotations

import re
from typing import Final

from rules.text.nodes import Node, Scalar, Sequence
from rules.text.problem import shown, suggest
from rules.text.reader import Reader
from rules.values.kind import InvalidValue, Type
from rules.values.value import Value

_MONEY = re.compile(r"(\d{1,13})(?:\.(\d{1,2}))?", re.ASCII)


def read_literal(node: Node, kind: Type, currency: str, reader: Reader) -> Value | None:
    """Return the value of a literal; report an invalid one and return None."""
    if isinstance(node, Sequence) and kind.kind == "list" and kind.item is not None:
        items = [read_literal(item, kind.item, currency, reader) for item in node.items]
        return None if None in items else tuple(items)
    if not isinstance(node, Scalar):
        reader.report(node, "R210", f"one value is expected here: {describe(kind)}", "write a single value")
        return None
    try:
        return parse_literal(node.value, kind, currency)
    except InvalidValue as misfit:
        if misfit.code == "not_one_of":
            hint = suggest(node.text, kind.values) or f"one of: {', '.join(kind.values)}"
            reader.report(node, "R202", f"{shown(node.text)} is not {describe(kind)}", hint)
        else:
            reader.report(node, "R210", f"{shown(node.text)} is not {describe(kind)}", _example(kind, currency))
        return None


def parse_literal(written: object, kind: Type, currency: str) -> Value:
    """Parse a literal, money with its currency: '3 CNY'. Raises InvalidValue."""
    if kind.kind == "money":
        return _literal_money(written, currency)
    if kind.kind in ("one_of", "shares", "text") and isinstance(written, int) and not isinstance(written, bool):
        written = str(written)
    return Type("one_of", values=kind.values).parse(written) if kind.kind == "shares" else kind.unbound.parse(written)


def _literal_money(written: object, currency: str) -> Value:
    if written in (0, "0") and not isinstance(written, bool):
        return 0
    amount, _, unit = written.partition(" ") if isinstance(written, str) else ("", "", "")
    found = _MONEY.fullmatch(amount)
    if unit != currency or not found:
        raise InvalidValue("not_money")
    return int(found[1]) * 100 + int((found[2] or "").ljust(2, "0"))


def describe(kind: Type) -> str:
    """Describe a type for policy editors."""
    return _NAMES.get(kind.kind, kind.kind) + (
        f" of {', '.join(kind.values)}" if kind.values and len(kind.values) < 9 else ""
    )


_NAMES: Final = {
    "yes_no": "true or false",
    "one_of": "one",
    "instant": "an instant with its offset",
    "date": "a date",
    "money": "an amount of money",
    "number": "a number",
    "ratio": "a ratio from 0 to 1",
    "text": "a text",
    "list": "a list",
    "record": "a record",
    "shares": "one",
}


def _example(kind: Type, currency: str) -> str:
    """Return an example of a value of this type."""
    amount = f"write the amount with its currency, such as '200 {currency}'"
    return amount if kind.kind == "money" else _EXAMPLES.get(kind.kind, "")


_EXAMPLES: Final = {
    "instant": "write it as 2026-08-14T15:00:00+08:00",
    "date": "write it as 2026-08-14",
    "ratio": "write it as 0.20",
    "number": "write a plain number such as 48 or 0.5",
    "yes_no": "write true or false",
}
