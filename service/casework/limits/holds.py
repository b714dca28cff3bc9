"""Switches and held lines, which keep machines from carrying out an automatic decision.

A line of an order is held from the claim of its execution until that is reported as failed, also if a person pays.
Callers name the lines, so two lines can only be distinguished if the order is stated as when the first was held: same
merchant, same number, same lines. An order that is stated differently is held as a whole.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson
from sqlalchemy import Connection, String, and_, bindparam, func, literal_column, or_, select

from service.casework.limits.scopes import ALL, EVERYONE, MERCHANT, PACK, RULE
from service.ledger.prepared import Prepared
from service.ledger.tables import DECISIONS, EXECUTED_LINES, EXECUTIONS, SWITCHES
from service.normalization import UNNAMED, doubt, folded, key

EVERYTHING: Final = "*"  # every line of an order

ON: Final = select(SWITCHES.c.scope, SWITCHES.c.name)
HELD: Final = select(*(EXECUTED_LINES.c[name] for name in ("line", "merchant", "order_no", "told"))).where(
    EXECUTED_LINES.c.order_key == bindparam("order")
)
_WHOSE: Final = bindparam("merchant", type_=String)
_NOBODY: Final = bindparam("unnamed", type_=String)
_BY_KEY: Final = and_(  # a payment after the number was erased is held by the remaining key
    EXECUTED_LINES.c.line == literal_column(f"'{EVERYTHING}'"), EXECUTED_LINES.c.order_no == bindparam("order")
)
MAY_BE_OF_ORDER: Final = and_(
    EXECUTED_LINES.c.order_key == bindparam("order"),
    or_(EXECUTED_LINES.c.merchant == _WHOSE, EXECUTED_LINES.c.merchant == _NOBODY, _WHOSE == _NOBODY),
)
"""The held lines of orders with a key, with the values of `asking`; an unnamed merchant may be any merchant."""
OF_ORDER: Final = and_(MAY_BE_OF_ORDER, or_(EXECUTED_LINES.c.order_no == bindparam("number"), _BY_KEY))
"""The held lines of an order."""
PAID: Final = select(func.coalesce(func.sum(EXECUTED_LINES.c.refund_fen), literal_column("0"))).where(OF_ORDER)
"""The refunds of an order by executions that are claimed or done."""
EXECUTED: Final = (
    select(func.count())
    .select_from(EXECUTIONS)
    .join(DECISIONS, DECISIONS.c.case_no == EXECUTIONS.c.case_no)
    .where(DECISIONS.c.order_key == bindparam("order"))
)
"""Whether there are executions in cases that named an order, of any merchant: not 0."""

_PAID: Final = Prepared(PAID)


@dataclass(frozen=True, slots=True)
class Order:
    """An order as its lines are held: the key of its merchant, its folded number and key, and a digest of its lines.

    `doubt` says why its number can be confused with another.
    """

    merchant: str
    number: str
    key: str
    lines_digest: str
    doubt: str | None = None


def order_of(merchant: str, number: str, case: Mapping[str, Any]) -> Order:
    """Return the order of a case as its lines are held."""
    lines = (case.get("order") or {}).get("lines") or ()
    stated = sorted(orjson.dumps(line, default=str, option=orjson.OPT_SORT_KEYS) for line in lines)
    digest = hashlib.sha256(b"\n".join(stated)).hexdigest()
    return Order(key(merchant), folded(number), key(number), digest, doubt(number))


def switched_off(on: Iterable[tuple[str, ...]], pack: str, rules: Iterable[str], merchant: str) -> list[str]:
    """Return the codes of the switches that concern a decision; an unnamed merchant may be any merchant."""
    concerned = {(ALL, EVERYONE), (PACK, pack), (MERCHANT, key(merchant)), *((RULE, rule) for rule in rules)}
    may_be_any = key(merchant) == UNNAMED
    return [
        f"switch:{scope}:{name}"
        for scope, name in sorted(on)
        if (scope, name) in concerned or (scope == MERCHANT and may_be_any)
    ]


def lines_held(held: Iterable[tuple[str, ...]], order: Order, lines: Sequence[str]) -> list[str]:
    """Return the codes of held lines that concern some lines: `line:1`, or `order:held` if the order differs."""
    wanted = {_line(line) for line in lines}
    found = set()
    for line, *whose in held:
        if whose != [order.merchant, order.number, order.lines_digest]:
            found.add("order:held")
        elif EVERYTHING in (line, *wanted) or line in wanted:
            found.add(f"line:{line}")
    return sorted(found)


OF_ASKING: Final = ("order", "number", "merchant", "unnamed")


def asking(merchant: str, order: str) -> dict[str, str]:
    """Return the values that PAID needs of an order."""
    return {"order": key(order), "number": folded(order), "merchant": key(merchant), "unnamed": UNNAMED}


def refunded(connection: Connection, merchant: str, order: str) -> int:
    """Return the refunds of an order, as PAID."""
    ((paid,),) = _PAID(connection, **asking(merchant, order))
    return int(paid)


def lines_of(recommendation: Mapping[str, Any]) -> list[str]:
    """Return the lines of a decision; all lines of the order if an issue names none."""
    return sorted({issue["line"] or EVERYTHING for issue in recommendation["issues"]}) or [EVERYTHING]


def by_line(refunds: Mapping[str, int]) -> dict[str, int]:
    """Return the refund of each line by the key of the line, in any spelling."""
    lines: dict[str, int] = {}
    for line, fen in refunds.items():
        lines[_line(line)] = lines.get(_line(line), 0) + fen
    return lines


def _line(line: str) -> str:
    return line if line == EVERYTHING else key(line)
