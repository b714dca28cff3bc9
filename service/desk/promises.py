"""What people have promised by outcomes in force, and nobody has paid yet.

The outcome of the latest decision of a case is a promise until it is carried out; a later decision takes its place.
What waits for approval promises nothing: it is looked at again when it is approved.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, and_, select

from ..ledger.payloads import payload_of, with_payloads
from ..ledger.tables import CASES, DECISIONS, EXECUTIONS, OUTCOMES
from .spelling import UNNAMED, folded, key
from .states import UNDER_WAY


@dataclass(frozen=True, slots=True)
class Promise:
    """What an outcome in force gives: of which money of the order, and in all."""

    refund_fen: int
    total_fen: int

    def covers(self, refund_fen: int, total_fen: int) -> bool:
        """Tell whether a payment is within it."""
        return refund_fen <= self.refund_fen and max(refund_fen, total_fen) <= self.total_fen


def promise_of(connection: Connection, decision: str) -> Promise | None:
    """Return what the outcome of a decision promises, None where nobody has taken one."""
    outcomes = with_payloads(select(OUTCOMES), OUTCOMES.c.seq)
    row = connection.execute(outcomes.where(OUTCOMES.c.decision == decision)).first()
    return None if row is None else _promise(row)


def promised(connection: Connection, merchant: str, order: str) -> int:
    """Return the refunds of an order that are promised and neither paid nor under way.

    Orders are told apart as `holds.refunded` does it, and by their key alone where the number was erased.
    """
    carried_out = and_(EXECUTIONS.c.decision == OUTCOMES.c.decision, EXECUTIONS.c.state.in_(UNDER_WAY))
    outcomes = (
        select(OUTCOMES, DECISIONS.c.merchant, DECISIONS.c.order_no)
        .join(DECISIONS, DECISIONS.c.id == OUTCOMES.c.decision)
        .join(CASES, CASES.c.decision == DECISIONS.c.id)
        .outerjoin(EXECUTIONS, carried_out)
        .where(DECISIONS.c.order_key == key(order), EXECUTIONS.c.decision.is_(None))
    )
    rows = connection.execute(with_payloads(outcomes, OUTCOMES.c.seq)).all()
    return sum(_promise(row).refund_fen for row in rows if _may_be(row, merchant, order))


def _may_be(row: Row[Any], merchant: str, order: str) -> bool:
    """Tell whether an outcome may be of an order of which it has the key; a merchant not named may be any."""
    merchants = {key(row.merchant), key(merchant)}
    same_merchant = len(merchants) == 1 or UNNAMED in merchants
    return same_merchant and (row.order_no is None or folded(row.order_no) == folded(order))


def _promise(row: Row[Any]) -> Promise:
    """Return the promise of an outcome's row; where its payload cannot be read, all of it may be a refund."""
    body = payload_of(row) or {}
    return Promise(body.get("refund_fen", row.total_fen), row.total_fen)
