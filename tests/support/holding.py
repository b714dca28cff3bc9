"""Hold lines of an order as an execution does, without one."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, delete, insert

from service.casework.limits.holds import Order, by_line
from service.casework.projection.row_changes import held_of
from service.ledger.tables import EXECUTED_LINES


def hold(connection: Connection, decision: str, order: Order, refunds: Mapping[str, int]) -> None:
    """Hold lines of an order for a decision, each with what is refunded of it."""
    lines = by_line(refunds)
    rows = [{"decision": decision, "line": line, "refund_fen": fen, **held_of(order)} for line, fen in lines.items()]
    connection.execute(insert(EXECUTED_LINES), rows)


def give_back(connection: Connection, decision: str) -> None:
    """Hold the lines of a decision no longer."""
    connection.execute(delete(EXECUTED_LINES).where(EXECUTED_LINES.c.decision == decision))
