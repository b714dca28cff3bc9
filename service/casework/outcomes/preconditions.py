"""The preconditions of an outcome: each check raises DomainError with the reason."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, and_, false, func, or_, select

from rules.deciding.paid_before import PAID_BEFORE, read_payments, refunded
from rules.recommending.remedy import GIVES_NOTHING
from service.auth import Caller
from service.casework.choices import OVERRIDE, SENT, Given, recommended
from service.casework.limits.holds import EVERYTHING, lines_of, order_of
from service.casework.limits.required_role import APPEAL
from service.casework.outcomes.promises import promised, promised_of
from service.casework.payments.given_before import GivenBefore
from service.casework.states import FAILED, OPEN, UNCONFIRMED, WAITING
from service.errors import DomainError
from service.ledger.chain import payload_of, with_payloads
from service.ledger.tables import CASES, DECISIONS, EXECUTED_LINES, EXECUTIONS, OUTCOMES
from service.normalization import UNNAMED

Json = dict[str, Any]


def latest_decision(connection: Connection, decision_id: str) -> Row[Any]:
    """Return the row of an existing decision. Raises DomainError if it is not the latest of its case."""
    decision = connection.execute(select(DECISIONS).where(DECISIONS.c.id == decision_id)).one()
    newest = connection.execute(select(CASES.c.decision).where(CASES.c.no == decision.case_no)).scalar_one()
    if newest != decision_id:
        raise DomainError("not_latest", decision_id, newest)
    return decision


def refuse_unless_open(connection: Connection, decision: Row[Any]) -> None:
    """Refuse a decision that somebody has acted on, or that a machine has claimed."""
    if decision.state == WAITING:
        raise DomainError("already_waiting", decision.id)
    if decision.state != OPEN:
        raise DomainError("already_taken", decision.id)
    refuse_in_execution(connection, decision)


def refuse_in_execution(connection: Connection, decision: Row[Any]) -> None:
    """Refuse a decision that was carried out, or while an execution of its case or order is unconfirmed."""
    this = and_(EXECUTIONS.c.decision == decision.id, EXECUTIONS.c.state != FAILED)
    concerned = or_(
        EXECUTIONS.c.case_no == decision.case_no, EXECUTED_LINES.c.order_key == (decision.order_key or UNNAMED)
    )
    unconfirmed = and_(EXECUTIONS.c.state.in_(UNCONFIRMED), concerned)
    held = select(EXECUTIONS.c.decision).outerjoin(EXECUTED_LINES, EXECUTED_LINES.c.decision == EXECUTIONS.c.decision)
    if found := connection.execute(held.where(or_(this, unconfirmed)).limit(1)).scalar():
        raise DomainError("in_execution", found)


def refuse_who_decided_before(connection: Connection, case_no: str, caller: Caller) -> None:
    """Refuse a caller who took or approved an outcome of the case before an appeal."""
    of_case = DECISIONS.c.case_no == case_no
    appealed = select(func.max(DECISIONS.c.seq)).where(of_case, DECISIONS.c.because == APPEAL).scalar_subquery()
    before = select(OUTCOMES.c.by, OUTCOMES.c.approved_by).join(DECISIONS, DECISIONS.c.id == OUTCOMES.c.decision)
    people = connection.execute(before.where(of_case, DECISIONS.c.seq < appealed)).all()
    if any(caller.name in pair for pair in people):
        raise DomainError("decided_before", caller.name)


def refuse_more_than_left(before: GivenBefore, given: Given) -> None:
    """Refuse a refund of more than was paid, less earlier refunds and less what other cases promise.

    If the case does not state what was paid, the most that the recommendation offers is the limit.
    """
    paid = _paid(before.case)
    if paid is None:
        if given.refund_fen > _most_offered(before.kept["recommendation"]):
            raise DomainError("paid_not_known", str(given.refund_fen))
        return
    left = max(paid - before.refunded_fen - _promised(before), 0)
    if given.refund_fen > left:
        raise DomainError("more_than_left", str(given.refund_fen), str(left))


def refuse_recommended_before(before: GivenBefore, way: str) -> None:
    """Refuse a recommendation that is out of date, since more was given or another case promises the same.

    An override is not affected: the person decides on it.
    """
    if way == OVERRIDE:
        return
    if (more := before.refunded_fen - before.taken_off_fen) > 0:
        raise DomainError("refunded_since", str(more))
    _refuse_given_otherwise(before)
    _refuse_promised_elsewhere(before)


def _refuse_given_otherwise(before: GivenBefore) -> None:
    """Refuse if more was given than the decision deducts, or if a payment that it deducts was never made."""
    if since := [one.row for one in before.not_taken_off()]:
        raise DomainError("given_since", since[0].case_no, str(sum(row.execution_total_fen for row in since)))
    if lacking := before.came_to_nothing():
        raise DomainError("not_given", min(lacking))


def refuse_paid_since(before: GivenBefore, seq: int) -> None:
    """Refuse what was agreed on at an entry, if something was given since for the same line and cause."""
    if same := before.again_since(seq):
        fen = sum(entry["amount_fen"] for entry in same)
        number = next(one.row.case_no for one in before.others if one.row.id == same[0]["decision"])
        raise DomainError("given_since", number, str(fen))


def gives_again(before: GivenBefore, given: Given, way: str) -> bool:
    """Check whether something is given again for the same line and cause.

    A recommendation deducts earlier payments. Goods that are sent again have no price, so they count as giving again
    beside any amount, before or after it. So does a refund of more than the lines of the decision have left.
    """
    if given.kind in GIVES_NOTHING and not given.total_fen and not given.voucher_fen:
        return False
    sends = given.kind in SENT
    money = before.payments if way == OVERRIDE or sends else []
    if before.meeting([*money, *before.goods]) or (sends and way == OVERRIDE and given.total_fen):
        return True
    left = _left_of_lines(before)
    return left is not None and given.refund_fen > left - _promised_of_lines(before)


def _left_of_lines(before: GivenBefore) -> int | None:
    """Return what is left of the lines of a decision; None if it is about all lines, or if a price is unknown.

    The price of a line is the lowest that any of the cases states.
    """
    lines, read = lines_of(before.kept["recommendation"]), read_payments({PAID_BEFORE: before.payments})
    costs = [before.least_paid(line) for line in lines]
    if EVERYTHING in lines or None in costs:
        return None
    return sum(max((cost or 0) - refunded(read, line), 0) for line, cost in zip(lines, costs, strict=True))


def _promised_of_lines(before: GivenBefore) -> int:
    """Return the unpaid promises of other cases for the lines of a decision."""
    decision = before.decision
    if decision.order_no is None:
        return 0
    order = order_of(decision.merchant, decision.order_no, before.case)
    return promised_of(before.connection, order, lines_of(before.kept["recommendation"]), decision.case_no)


def _refuse_promised_elsewhere(before: GivenBefore) -> None:
    """Refuse a recommended refund if another case promises a refund for the same lines."""
    if recommended(before.kept["recommendation"]).refund_fen and _promised_of_lines(before):
        raise DomainError("promised_elsewhere", before.decision.order_no)


def given_beyond(connection: Connection, decision: Row[Any]) -> int:
    """Return what overrides of the same order or case gave beyond recommendations."""
    extra = OUTCOMES.c.total_fen - DECISIONS.c.total_fen
    given = select(func.coalesce(func.sum(extra), 0)).join(DECISIONS, DECISIONS.c.id == OUTCOMES.c.decision)
    named = decision.order_key not in (None, UNNAMED)
    same_order = DECISIONS.c.order_key == decision.order_key if named else false()
    concerned = or_(DECISIONS.c.case_no == decision.case_no, same_order)
    return int(connection.execute(given.where(OUTCOMES.c.way == OVERRIDE, extra > 0, concerned)).scalar_one())


def compensated_elsewhere(connection: Connection, decision: Row[Any]) -> bool:
    """Check whether another case of the same order gave more than refunds, by a person or a machine."""
    if decision.order_key in (None, UNNAMED):
        return False
    other = (DECISIONS.c.order_key == decision.order_key, DECISIONS.c.case_no != decision.case_no)
    taken = with_payloads(select(OUTCOMES), OUTCOMES.c.seq).join(DECISIONS, DECISIONS.c.id == OUTCOMES.c.decision)
    rows = connection.execute(taken.where(*other))
    if any(row.total_fen > (payload_of(row) or {}).get("refund_fen", 0) for row in rows):
        return True
    more = (EXECUTIONS.c.total_fen > EXECUTIONS.c.refund_fen, EXECUTIONS.c.state != FAILED)
    executed = select(EXECUTIONS.c.decision).join(DECISIONS, DECISIONS.c.id == EXECUTIONS.c.decision)
    return connection.execute(executed.where(*other, *more).limit(1)).first() is not None


def _paid(case: Json) -> int | None:
    """Return what was paid for an order; None if the case does not state it for every line."""
    amounts = [line.get("paid_fen") for line in (case.get("order") or {}).get("lines") or ()]
    return sum(amounts) if amounts and all(isinstance(amount, int) for amount in amounts) else None


def _promised(before: GivenBefore) -> int:
    """Return the unpaid promises of other cases for the order of a decision."""
    decision = before.decision
    if decision.order_no is None:
        return 0
    return promised(before.connection, decision.merchant, decision.order_no, decision.case_no)


def _most_offered(recommendation: Json) -> int:
    offered = [one["up_to_fen"] or one["refund_fen"] or 0 for one in recommendation["alternatives"]]
    return max(recommended(recommendation).refund_fen, *offered, 0)
