"""Register the named functions that derived.yaml may use.

What needs code, such as periods or shares of a discount, is one function here; everything else is a formula. Each is
total: an unknown argument gives OPEN, and so does a division by zero or a day
outside the years 1 to 9999. In YAML the arguments stand by name; where there is no mapping, the value fills the first
parameter: `latest: [a, b]`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final

from rules.values import derivations, money
from rules.values.calendar import UNITS, WORKING, Duration
from rules.values.function import Context, Function, Parameter, Types
from rules.values.kind import Type

__all__ = ["FUNCTIONS", "Context", "Function", "Parameter"]

TIMES: Final = frozenset({"instant", "date"})
NUMBERS: Final = frozenset({"number", "ratio"})
ANY: Final = frozenset({"yes_no", "one_of", "text", "instant", "date", "money", "number", "ratio"})


# ---- types of results


def _gives(kind: str) -> Callable[[Types], Type | None]:
    return lambda types: Type(kind)


def _alike(types: Types) -> Type | None:
    """Return the type that all arguments share."""
    facts = [fact for facts in types.values() for fact in facts]
    return facts[0] if facts and all(fact == facts[0] for fact in facts) else None


def _ends(types: Types) -> Type | None:
    """Return instant, where a number has a `unit` argument and a duration has none."""
    return Type("instant") if (types["within"][0].kind == "duration") is not ("unit" in types) else None


def _share(types: Types) -> Type | None:
    """Return ratio, of money in money or of numbers in numbers."""
    kinds = {fact.kind for facts in types.values() for fact in facts}
    return Type("ratio") if len(kinds) == 1 or kinds <= NUMBERS else None


def _from_field(made: Callable[[Type], Type | None]) -> Callable[[Types], Type | None]:
    """Return a type made from that of the record field that the parameter `field` names."""
    return lambda types: made(types["field"][0]) if types.get("field") else None


def _listed(field: Type) -> Type | None:
    return field if field.kind == "list" else Type("list", item=field)


def _summed(field: Type) -> Type | None:
    return field if field.kind in ("money", "number", "ratio") else None


# ---- the registry

_INSTANT: Final = Parameter(frozenset({"instant"}))
_AMOUNT: Final = Parameter(frozenset({"money"}) | NUMBERS)
_TIMES: Final = Parameter(TIMES, many=True)
_SOME: Final = Parameter(ANY | {"list"})
_RECORDS: Final = Parameter(frozenset({"list"}))
_COLUMN: Final = Parameter(frozenset({"money"}), column=True, takes_open=True)
_QUANTITY: Final = Parameter(NUMBERS, column=True)
_DISCOUNTS: Final = Parameter(frozenset({"list"}), optional=True, takes_open=True, fields=("amount_fen",))


def _field(of: str) -> Parameter:
    return Parameter(frozenset({"text"}), literal=True, about=of)


def _where(of: str) -> Parameter:
    return Parameter(frozenset({"record"}), literal=True, optional=True, about=of)


def _both(arguments: Mapping[str, Any], _: Any) -> tuple[int, ...]:
    return (arguments["from"], arguments["to"])


def _if_moved(arguments: Mapping[str, Any], result: Any) -> tuple[int, ...]:
    return (arguments["after"], result) if arguments.get("moves") else ()


def _if_working(arguments: Mapping[str, Any], result: Any) -> tuple[int, ...]:
    within = arguments["within"]
    unit = within.unit if isinstance(within, Duration) else arguments.get("unit")
    return (arguments["after"], result) if unit in WORKING else ()


_ALL: Final = (
    Function("hours", {"from": _INSTANT, "to": _INSTANT}, _gives("number"), derivations.hours),
    Function("days", {"from": _INSTANT, "to": _INSTANT}, _gives("number"), derivations.days),
    Function("working_hours", {"from": _INSTANT, "to": _INSTANT}, _gives("number"), derivations.working_hours, _both),
    Function("working_days", {"from": _INSTANT, "to": _INSTANT}, _gives("number"), derivations.working_days, _both),
    Function("day_of", {"instant": _INSTANT}, _gives("date"), derivations.day_of),
    Function("day_start", {"date": Parameter(frozenset({"date"}))}, _gives("instant"), derivations.day_start),
    Function(
        "day_end",
        {
            "after": _INSTANT,
            "days": Parameter(NUMBERS),
            "moves": Parameter(frozenset({"yes_no"}), literal=True, optional=True),
        },
        _gives("instant"),
        derivations.day_end,
        _if_moved,
    ),
    Function(
        "later",
        {
            "after": _INSTANT,
            "within": Parameter(NUMBERS | {"duration"}),
            "unit": Parameter(frozenset({"text"}), literal=True, optional=True, choices=UNITS),
        },
        _ends,
        derivations.later,
        _if_working,
    ),
    Function("latest", {"of": _TIMES}, _alike, derivations.latest),
    Function("earliest", {"of": _TIMES}, _alike, derivations.earliest),
    Function(
        "first_known",
        {"of": replace(_SOME, many=True, takes_open=True)},
        _alike,
        derivations.first_known,
        up_to_unknown=True,
    ),
    Function(
        "member",
        {"fact": Parameter(ANY), "in": Parameter(ANY, many=True, literal=True, about="fact")},
        _gives("yes_no"),
        derivations.member,
    ),
    Function("count", {"of": _RECORDS, "where": _where("of")}, _gives("number"), derivations.count),
    Function(
        "tally",
        {
            "items": _RECORDS,
            "field": _field("items"),
            "where": _where("items"),
            "stated": Parameter(frozenset({"yes_no"}), literal=True, optional=True),
        },
        _from_field(_summed),
        derivations.tally,
    ),
    Function(
        "gather",
        {
            "items": replace(_RECORDS, takes_open=True),
            "field": _field("items"),
            "lacking": replace(_RECORDS, optional=True, takes_open=True),
            "closed": Parameter(frozenset({"yes_no"}), literal=True, optional=True),
        },
        _from_field(_listed),
        derivations.gather,
    ),
    Function("ratio", {"of": _AMOUNT, "in": _AMOUNT}, _share, derivations.ratio),
    Function("remaining", {"of": _AMOUNT, "less": replace(_AMOUNT, many=True)}, _alike, derivations.remaining),
    Function("total", {"of": replace(_AMOUNT, column=True)}, _alike, derivations.total),
    Function("greatest", {"of": Parameter(_AMOUNT.kinds | TIMES, column=True)}, _alike, derivations.greatest),
    Function(
        "pieces",
        {
            "units": Parameter(NUMBERS),
            "in": Parameter(NUMBERS),
            "of": Parameter(frozenset({"money"})),
            "before": Parameter(NUMBERS, optional=True),
        },
        _gives("money"),
        derivations.pieces,
    ),
    Function(
        "allocated",
        {
            "paid": _COLUMN,
            "price": _COLUMN,
            "quantity": replace(_QUANTITY, takes_open=True),
            "discounts": _DISCOUNTS,
        },
        _gives("money"),
        derivations.allocated,
    ),
    Function(
        "funded",
        {
            "by": Parameter(frozenset({"text"}), literal=True, choices=(money.PLATFORM, "merchant")),
            "price": _COLUMN,
            "quantity": replace(_QUANTITY, takes_open=True),
            "discounts": _DISCOUNTS,
        },
        _gives("money"),
        derivations.funded,
    ),
    Function(
        "recalculated",
        {
            "price": _COLUMN,
            "quantity": _QUANTITY,
            "threshold": Parameter(frozenset({"money"})),
            "refunded": Parameter(frozenset({"money"})),
            "paid": _COLUMN,
            "discounts": _DISCOUNTS,
            "returned": Parameter(NUMBERS, optional=True),
            "paid_total": Parameter(frozenset({"money"}), optional=True),
        },
        _gives("money"),
        derivations.recalculated,
    ),
)

FUNCTIONS: Final[Mapping[str, Function]] = MappingProxyType({function.name: function for function in _ALL})
