"""What keeps a machine from carrying out an automatic decision: switches, and the lines of an order that are held.

A line is held from the claim of its execution until that is reported as failed, whoever pays for it and by whatever
channel. Lines are named by callers, so a line is only told apart from another one where the order is told as it was
when the first was held: same merchant, same number, same lines. An order told otherwise is held as a whole.
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
_BY_KEY: Final = and_(  # what was paid after the number was erased is held by the key that was left
    EXECUTED_LINES.c.line == literal_column(f"'{EVERYTHING}'"), EXECUTED_LINES.c.order_no == bindparam("order")
)
MAY_BE_OF_ORDER: Final = and_(
    EXECUTED_LINES.c.order_key == bindparam("order"),
    or_(EXECUTED_LINES.c.merchant == _WHOSE, EXECUTED_LINES.c.merchant == _NOBODY, _WHOSE == _NOBODY),
)
"""Which lines are held of orders of a key, for which `asking` gives the values; a merchant not named may be any."""
OF_ORDER: Final = and_(MAY_BE_OF_ORDER, or_(EXECUTED_LINES.c.order_no == bindparam("number"), _BY_KEY))
"""Which lines are held of an order."""
PAID: Final = select(func.coalesce(func.sum(EXECUTED_LINES.c.refund_fen), literal_column("0"))).where(OF_ORDER)
"""What executions have refunded of an order, or are about to."""
MANY: Final = (
    select(func.count())
    .select_from(EXECUTIONS)
    .where(EXECUTIONS.c.case_no.in_(select(DECISIONS.c.case_no).where(DECISIONS.c.order_key == bindparam("order"))))
)
"""How many executions there are of cases that named an order, whoever its merchant."""

_PAID: Final = Prepared(PAID)


@dataclass(frozen=True, slots=True)
class Order:
    """An order as it is held: whose, its number as added up and as held, and a digest of how its lines were told.

    `doubt` says why its number may be taken for that of another order.
    """

    merchant: str
    number: str
    key: str
    told: str
    doubt: str | None = None


def order_of(merchant: str, number: str, case: Mapping[str, Any]) -> Order:
    """Return how the order of a case is held."""
    lines = (case.get("order") or {}).get("lines") or ()
    told = sorted(orjson.dumps(line, default=str, option=orjson.OPT_SORT_KEYS) for line in lines)
    digest = hashlib.sha256(b"\n".join(told)).hexdigest()
    return Order(key(merchant), folded(number), key(number), digest, doubt(number))


def switched_off(on: Iterable[tuple[str, ...]], pack: str, rules: Iterable[str], merchant: str) -> list[str]:
    """Return those of the switches that are ON which concern a decision; a merchant not named may be any."""
    concerned = {(ALL, EVERYONE), (PACK, pack), (MERCHANT, key(merchant)), *((RULE, rule) for rule in rules)}
    may_be_any = key(merchant) == UNNAMED
    return [
        f"switch:{scope}:{name}"
        for scope, name in sorted(on)
        if (scope, name) in concerned or (scope == MERCHANT and may_be_any)
    ]


def lines_held(held: Iterable[tuple[str, ...]], order: Order, lines: Sequence[str]) -> list[str]:
    """Return what of the lines HELD concerns some: `line:1`, or `order:held` where the order is told otherwise."""
    wanted = {_line(line) for line in lines}
    found = set()
    for line, *whose in held:
        if whose != [order.merchant, order.number, order.told]:
            found.add("order:held")
        elif EVERYTHING in (line, *wanted) or line in wanted:
            found.add(f"line:{line}")
    return sorted(found)


def asking(merchant: str, order: str) -> dict[str, str]:
    """Return what PAID has to know of an order."""
    return {"order": key(order), "number": folded(order), "merchant": key(merchant), "unnamed": UNNAMED}


def refunded(connection: Connection, merchant: str, order: str) -> int:
    """Return what is PAID of an order."""
    ((paid,),) = _PAID(connection, **asking(merchant, order))
    return int(paid)


def lines_of(recommendation: Mapping[str, Any]) -> list[str]:
    """Return the lines of the order that a decision is about; all of them where an issue names none."""
    return sorted({issue["line"] or EVERYTHING for issue in recommendation["issues"]}) or [EVERYTHING]


def by_line(refunds: Mapping[str, int]) -> dict[str, int]:
    """Return what is refunded of each line as it is held, however it was written."""
    lines: dict[str, int] = {}
    for line, fen in refunds.items():
        lines[_line(line)] = lines.get(_line(line), 0) + fen
    return lines


def _line(line: str) -> str:
    return line if line == EVERYTHING else key(line)
