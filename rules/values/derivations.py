"""Compute derived facts: periods, lists and the cost of order lines; each function is total over well-typed values.

Parameters named like a Python keyword end in an underscore. `Function.call` returns OPEN for an unknown argument,
except where the parameter accepts it (`takes_open`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from rules.values import money
from rules.values.calendar import HOUR, Duration
from rules.values.function import Context, unknown
from rules.values.value import OPEN, Exact, Open, OpenList, Value

Record = Mapping[str, Any]


# ---- time


def hours(_: Context, from_: int, to: int) -> Fraction:
    """Hours from one instant to another, exactly."""
    return Fraction(to - from_, HOUR)


def days(context: Context, from_: int, to: int) -> int:
    """Days as law counts them: the day after the first instant is day 1."""
    return context.calendar.day_of(to) - context.calendar.day_of(from_)


def working_hours(context: Context, from_: int, to: int) -> Fraction:
    """Hours between two instants that fall within working hours of working days."""
    return context.calendar.working_hours_between(from_, to)


def working_days(context: Context, from_: int, to: int) -> int:
    """Working days after the first instant's day, up to and with the day of the other."""
    return context.calendar.working_days_between(from_, to)


def day_of(context: Context, instant: int) -> int:
    """The day on which an instant falls."""
    return context.calendar.day_of(instant)


def day_start(context: Context, date: int) -> int:
    """The first instant of a day."""
    return context.calendar.day_start(date)


def day_end(context: Context, after: int, days: Exact, moves: bool = False) -> int | Open:
    """24:00 of the n-th day after an instant; an end that moves goes on to the next working day."""
    return context.calendar.day_end(after, int(days), moves=moves) if days == int(days) else OPEN


def later(context: Context, after: int, within: Duration | Exact, unit: str = "") -> int | Open:
    """The end of a duration that begins at an instant; a number of hours counts to the microsecond."""
    if isinstance(within, Duration):
        return context.calendar.add(after, within)
    if unit == "hours":
        return after + int(within * HOUR)
    return context.calendar.add(after, Duration(int(within), unit)) if unit and within == int(within) else OPEN


def latest(_: Context, of: Sequence[int]) -> int:
    """The latest of several instants, or of several dates."""
    return max(of)


def earliest(_: Context, of: Sequence[int]) -> int:
    """The earliest of several instants, or of several dates."""
    return min(of)


# ---- facts and lists


def first_known(_: Context, of: Sequence[Value]) -> Value:
    """The first of several facts that is known."""
    return next((value for value in of if value is not OPEN), OPEN)


def member(_: Context, fact: Value, in_: Sequence[Value]) -> bool:
    """Whether a fact has one of these values."""
    return fact in in_


def count(_: Context, of: Sequence[Any], where: Record = MappingProxyType({})) -> int | Open:
    """How many items a list has, or how many records with these fields."""
    picked = _pick(of, where) if where else of
    return OPEN if picked is OPEN else len(picked)


def tally(
    _: Context, items: Sequence[Record], field: str, where: Record = MappingProxyType({}), stated: bool = False
) -> Exact | Open:
    """The sum of a field over the records of a list, or over those with these fields."""
    complete = tuple(item for item in items if OPEN not in [item.get(name, OPEN) for name in where])
    picked = _pick(complete if stated else items, where)
    amounts = () if picked is OPEN else tuple(item.get(field, OPEN) for item in picked)
    return OPEN if picked is OPEN or unknown(amounts) else sum(amounts)


def gather(
    _: Context,
    items: Sequence[Record] | Open,
    field: str,
    lacking: Sequence[Any] | Open = (),
    closed: bool = False,
) -> OpenList | tuple[Any, ...] | Open:
    """The values of a field over the records of a list; it may grow, except by `lacking`, or not if it is `closed`."""
    shown = [] if items is OPEN else [item.get(field, OPEN) for item in items]
    each = [part for value in shown for part in (value if isinstance(value, tuple) else (value,))]
    known = [value for value in each if value is not OPEN]
    if closed:
        return OPEN if items is OPEN else tuple(dict.fromkeys(known))
    present = frozenset(known)
    return OpenList(present, frozenset() if lacking is OPEN else frozenset(lacking) - present)


def _pick(items: Sequence[Record], where: Record) -> tuple[Record, ...] | Open:
    """Return the records that have these fields; OPEN where that is not known of one of them."""
    found = [(item, [item.get(name, OPEN) for name in where]) for item in items]
    wanted = list(where.values())
    if any(OPEN in has and _may_be(has, wanted) for _, has in found):
        return OPEN
    return tuple(item for item, has in found if has == wanted)


def _may_be(has: Sequence[Any], wanted: Sequence[Any]) -> bool:
    return all(part is OPEN or part == need for part, need in zip(has, wanted, strict=True))


# ---- money and lines


def ratio(_: Context, of: Exact, in_: Exact) -> Fraction | Open:
    """The share of one amount in another; open where the other is zero."""
    return OPEN if in_ == 0 else Fraction(of, in_)


def remaining(_: Context, of: Exact, less: Sequence[Exact]) -> Exact:
    """What is left of an amount after others, never below zero."""
    return max(of - sum(less), 0)


def total(_: Context, of: Sequence[Exact]) -> Exact | Open:
    """The sum of a fact over all lines of the order; open where no line is known."""
    return sum(of) if of else OPEN


def greatest(_: Context, of: Sequence[Exact]) -> Exact | Open:
    """The highest or the latest of a fact over all lines of the order; open where no line is known."""
    return max(of, default=OPEN)


def pieces(_: Context, units: Exact, in_: Exact, of: int, before: Exact = 0) -> int:
    """What some units of a line cost, after others went back before: all steps add up to the line, to the fen."""
    return money.part_of(of, in_, units, before)


def allocated(
    context: Context,
    paid: Sequence[int | Open],
    price: Sequence[int | Open],
    quantity: Sequence[Exact | Open],
    discounts: Sequence[Record] | Open = (),
) -> int | Open:
    """What this issue's line cost: as sent, or its price less its share of each discount."""
    at = context.line_index
    return OPEN if at is None or at >= len(paid) else _costs(context, paid, price, quantity, discounts)[at]


def funded(
    context: Context,
    by: str,
    price: Sequence[int | Open],
    quantity: Sequence[Exact | Open],
    discounts: Sequence[Record] | Open = (),
) -> int | Open:
    """What a party paid of this issue's line by its discounts; nothing where no discounts are listed."""
    at = context.line_index
    listed = _discounts(discounts)
    if listed is OPEN or not any(discount.funder == by for discount in listed):
        return 0
    if at is None or at >= len(price):
        return OPEN
    return money.funded_by_line(_lines(context, [OPEN] * len(price), price, quantity), listed, by)[at]


def recalculated(
    context: Context,
    price: Sequence[int | Open],
    quantity: Sequence[Exact],
    threshold: int,
    refunded: int,
    paid: Sequence[int | Open],
    discounts: Sequence[Record] | Open = (),
    returned: Exact | None = None,
    paid_total: int | None = None,
) -> int | Open:
    """What is due for the units of this issue's line that go back, where a promotion needs a threshold."""
    lines = _lines(context, paid, price, quantity)
    at = context.line_index
    if at is None or at >= len(lines) or (returned is not None and returned < 0):
        return OPEN
    costs = _costs(context, paid, price, quantity, discounts)
    if paid_total is None and OPEN in costs:
        return OPEN
    back = {lines[at].id: quantity[at] if returned is None else returned}
    whole = sum(cost for cost in costs if cost is not OPEN) if paid_total is None else paid_total
    filled = [replace(line, paid_fen=cost) for line, cost in zip(lines, costs, strict=True)]
    return money.recalculated(filled, back, threshold, refunded, whole)


def _costs(context: Context, *columns: Any) -> tuple[int | Open, ...]:
    """Return the cost of each line; cached, since it is slow and mostly the same for all issues and worlds."""
    costs: tuple[int | Open, ...]
    for known, costs in context.costs:
        if known == columns:
            return costs
    *of_lines, discounts = columns
    costs = money.paid_by_line(_lines(context, *of_lines), _discounts(discounts))
    context.costs.append((columns, costs))
    return costs


def _lines(
    context: Context, paid: Sequence[int | Open], price: Sequence[int | Open], quantity: Sequence[Exact | Open]
) -> list[money.Line]:
    """Build lines from columns; a line of unknown quantity has no known price either."""
    ids = context.line_ids or tuple(str(at) for at in range(len(paid)))
    return [
        money.Line(id, 1, OPEN, cost) if units is OPEN or units < 0 else money.Line(id, units, each, cost)
        for id, cost, each, units in zip(ids, paid, price, quantity, strict=True)
    ]


def _discounts(records: Sequence[Record] | Open) -> tuple[money.Discount, ...] | Open:
    return OPEN if records is OPEN else money.discounts_of(records)
