"""Convert amounts with a currency, such as 128.00 CNY, in a case file to the minor units of a case.

Expectations of policy tests use the same notation.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from rules.compiling.pack import Pack
from rules.language.literal import parse_literal
from rules.language.vocabulary import Fact
from rules.values.kind import InvalidValue, Type
from service.validation.case import layout

_WITH_CURRENCY: Final = re.compile(r"[0-9.]+ [A-Z]{3}")
_PAYMENT: Final = Type("record", fields={"amount_fen": Type("money")})


def in_minor_units(case: Any, pack: Pack) -> Any:
    """Return a case with each amount of the pack's currency as an integer; other values stay unchanged."""
    if not isinstance(case, dict) or not _writes_amounts(case):
        return case
    parts = layout(pack.vocabulary)
    counted = _part(case, parts["case"], pack.currency)
    if isinstance(order := counted.get("order"), dict):
        counted["order"] = order | _each(order, "lines", parts["line"], pack.currency)
    counted |= _each(counted, "issues", parts["issue"], pack.currency)
    if "paid_before" in counted:
        counted["paid_before"] = _value(counted["paid_before"], Type("list", item=_PAYMENT), pack.currency)
    return counted


def _writes_amounts(value: Any) -> bool:
    """Check whether a value contains text like an amount; most cases have none."""
    if isinstance(value, dict | list):
        return any(map(_writes_amounts, value.values() if isinstance(value, dict) else value))
    return isinstance(value, str) and _WITH_CURRENCY.fullmatch(value) is not None


def _each(part: Mapping[str, Any], key: str, facts: Mapping[str, Any], currency: str) -> dict[str, Any]:
    items = part.get(key)
    if not isinstance(items, list):
        return {}
    return {key: [_part(item, facts, currency) if isinstance(item, dict) else item for item in items]}


def _part(part: Mapping[str, Any], facts: Mapping[str, Any], currency: str) -> dict[str, Any]:
    return {key: _known(value, facts.get(key), currency) for key, value in part.items()}


def _known(value: Any, known: Fact | Mapping[str, Any] | None, currency: str) -> Any:
    if isinstance(known, Fact):
        return _value(value, known.type, currency)
    return _part(value, known, currency) if known is not None and isinstance(value, dict) else value


def _value(value: Any, kind: Type, currency: str) -> Any:
    if kind.item is not None and isinstance(value, list):
        return [_value(item, kind.item, currency) for item in value]
    if kind.kind == "record" and isinstance(value, dict):
        fields = kind.fields
        return {name: _value(one, fields[name], currency) if name in fields else one for name, one in value.items()}
    if kind.kind != "money" or not isinstance(value, str) or not _WITH_CURRENCY.fullmatch(value):
        return value
    try:
        return parse_literal(value, kind, currency)
    except InvalidValue:
        return value
