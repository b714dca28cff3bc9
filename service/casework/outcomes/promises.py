"""Promises: outcomes in force that are not paid yet.

The last outcome of a case is a promise to the customer until it is paid or replaced by another outcome. After a partial
payment the rest is promised until the case is closed. A pending proposal promises nothing: it is checked again when it
is approved.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, and_, exists, select

from service.casework.limits.holds import EVERYTHING, Order, by_line, lines_of, order_of
from service.casework.recorded import decision_payload
from service.casework.states import ARCHIVED, CLOSED, UNDER_WAY
from service.ledger.chain import payload_of, with_payloads
from service.ledger.tables import CASES, DECISIONS, EXECUTIONS, OUTCOMES
from service.normalization import UNNAMED, folded, key


@dataclass(frozen=True, slots=True)
class Promise:
    """What an outcome in force gives: its refund and its total; `seq` is its entry.

    `return_required` says that the goods must come back first.
    """

    refund_fen: int
    total_fen: int
    seq: int = 0
    return_required: bool = False

    def covers(self, refund_fen: int, total_fen: int) -> bool:
        """Check that a payment is within the promise: its refund, and its amount beyond the refund."""
        return refund_fen <= self.refund_fen and total_fen - refund_fen <= self.total_fen - self.refund_fen


def promise_of(connection: Connection, decision: str) -> Promise | None:
    """Return the promise of a decision's outcome; None if there is no outcome."""
    outcomes = with_payloads(select(OUTCOMES), OUTCOMES.c.seq)
    row = connection.execute(outcomes.where(OUTCOMES.c.decision == decision)).first()
    return None if row is None else _promise(row)


def promised(connection: Connection, merchant: str, order: str, case_no: str = "") -> int:
    """Return the unpaid promised refunds of an order, except those of one case.

    Orders are compared as in `holds.refunded`, and by their key alone if the number was erased.
    """
    rows = _unpaid(connection, merchant, order, case_no)
    return sum(_left(row) for row in rows if row.order_no is None or folded(row.order_no) == folded(order))


def promised_of(connection: Connection, order: Order, lines: list[str], case_no: str) -> int:
    """Return the unpaid promised refunds that may be for some lines of an order, except those of one case.

    Orders are found by their key, as payments are. Lines are distinguished as in `holds`: if an order is stated
    differently, any line may be meant.
    """
    rows = [row for row in _unpaid(connection, order.merchant, order.number, case_no) if _left(row)]
    return sum(_left(row) for row in rows if _may_be_of(connection, row, order, lines))


def _may_be_of(connection: Connection, row: Row[Any], order: Order, lines: list[str]) -> bool:
    """Check whether an outcome may be for some lines of an order."""
    decision = connection.execute(select(DECISIONS).where(DECISIONS.c.id == row.decision)).one()
    kept = decision_payload(connection, decision)
    if kept is None or EVERYTHING in lines:
        return True
    wanted = {EVERYTHING, *by_line(dict.fromkeys(lines, 0))}
    promised = by_line(dict.fromkeys(lines_of(kept["recommendation"]), 0))
    lines_digest = order_of(order.merchant, order.number, kept["case"]).lines_digest
    return lines_digest != order.lines_digest or bool(wanted & promised.keys())


def _unpaid(connection: Connection, merchant: str, order: str, case_no: str) -> Iterator[Row[Any]]:
    """Yield the last outcome of each case with an order's key, except one case, unless it was replaced."""
    later, newer = OUTCOMES.alias(), DECISIONS.alias()
    replaced = exists().where(
        newer.c.case_no == DECISIONS.c.case_no, later.c.decision == newer.c.id, newer.c.seq > DECISIONS.c.seq
    )
    carried_out = and_(EXECUTIONS.c.decision == OUTCOMES.c.decision, EXECUTIONS.c.state.in_(UNDER_WAY))
    paid = (EXECUTIONS.c.state.label("execution"), EXECUTIONS.c.refund_fen.label("paid_fen"))
    outcomes = (
        select(OUTCOMES, DECISIONS.c.merchant, DECISIONS.c.order_no, CASES.c.state.label("case_state"), *paid)
        .join(DECISIONS, DECISIONS.c.id == OUTCOMES.c.decision)
        .join(CASES, CASES.c.no == DECISIONS.c.case_no)
        .outerjoin(EXECUTIONS, carried_out)
        .where(DECISIONS.c.order_key == key(order), DECISIONS.c.case_no != case_no, ~replaced)
    )
    rows = connection.execute(with_payloads(outcomes, OUTCOMES.c.seq)).all()
    yield from (row for row in rows if _may_be(row, merchant))


def _left(row: Row[Any]) -> int:
    """Return the part of a promised refund that is not paid yet."""
    if row.execution is not None and row.case_state in (CLOSED, ARCHIVED):
        return 0
    return max(_promise(row).refund_fen - (row.paid_fen or 0), 0)


def _may_be(row: Row[Any], merchant: str) -> bool:
    """Check whether an outcome may be for an order of a merchant; an unnamed merchant may be any."""
    merchants = {key(row.merchant), key(merchant)}
    return len(merchants) == 1 or UNNAMED in merchants


def _promise(row: Row[Any]) -> Promise:
    """Return the promise of an outcome's row; if its payload cannot be read, the total may be a refund."""
    body = payload_of(row) or {}
    return Promise(body.get("refund_fen", row.total_fen), row.total_fen, row.seq, bool(body.get("return_required")))
