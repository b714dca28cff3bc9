"""What keeps a machine from carrying out an automatic decision, by what the ledger knows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from sqlalchemy import Connection, func, select

from ..ledger.tables import EXECUTED_LINES, SWITCHES

ALL: Final = "all"
SCOPES: Final = (ALL, "pack", "rule", "merchant")
EVERYTHING: Final = "*"  # every line of an order


def switched_off(connection: Connection, pack: str, rules: Iterable[str], merchant: str) -> list[str]:
    """Return the switches that are on and concern a decision, such as `switch:merchant:M1`."""
    concerned = {(ALL, EVERYTHING), ("pack", pack), ("merchant", merchant), *(("rule", rule) for rule in rules)}
    on = connection.execute(select(SWITCHES.c.scope, SWITCHES.c.name)).all()
    return [f"switch:{scope}:{name}" for scope, name in sorted(on) if (scope, name) in concerned]


def lines_held(connection: Connection, merchant: str, order: str, lines: Sequence[str]) -> list[str]:
    """Return the lines of an order that an execution holds already and that are concerned, such as `line:1`."""
    of_order = (EXECUTED_LINES.c.merchant == merchant, EXECUTED_LINES.c.order_no == order)
    found = sorted(connection.execute(select(EXECUTED_LINES.c.line).where(*of_order)).scalars())
    return [f"line:{line}" for line in found if EVERYTHING in (line, *lines) or line in lines]


def refunded(connection: Connection, merchant: str, order: str) -> int:
    """Return what executions have refunded of an order, or are about to."""
    paid = func.coalesce(func.sum(EXECUTED_LINES.c.refund_fen), 0)
    of_order = (EXECUTED_LINES.c.merchant == merchant, EXECUTED_LINES.c.order_no == order)
    return int(connection.execute(select(paid).where(*of_order)).scalar_one())
