"""A payment that a person made by hand, and what must cover it.

It is covered by the outcome of the latest decision, which somebody with the authority took, or by a payment that a
machine failed to make.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Connection, and_, or_, select

from rules.compiling.pack import Pack
from rules.language.contract import ROLES
from service.casework.choices import ACCEPTED, Given
from service.casework.decisions.current import CurrentCase
from service.casework.decisions.returned_goods import are_back
from service.casework.limits.required_role import highest
from service.casework.outcomes.preconditions import refuse_more_than_left, refuse_paid_since, refuse_recommended_before
from service.casework.outcomes.promises import Promise, promise_of
from service.casework.payments.given_before import GivenBefore
from service.casework.payments.references import refuse_reference_used
from service.casework.states import FAILED, UNCONFIRMED, UNDER_WAY
from service.errors import DomainError
from service.ledger.store import Writer
from service.ledger.tables import DECISIONS, EXECUTIONS
from service.webhooks import events

ANYBODY: Final = ROLES[0]  # the lowest role that may give anything

Event = Mapping[str, Any]


def refuse_payment(connection: Connection, pack: Pack, current: CurrentCase, event: Event) -> None:
    """Refuse a payment that a machine has claimed, that was reported already, or that nobody decided to make."""
    _refuse_while_executing(connection, current)
    refuse_reference_used(connection, current.decision, event["reference"], event.get("account_key"))
    given = promise_of(connection, current.decision)
    if given is None:
        _refuse_unless_left_by_machine(connection, pack, current, event)
    elif not given.covers(event["refund_fen"], _total(event)):
        raise DomainError("more_than_outcome", current.decision, str(given.refund_fen), str(given.total_fen))
    elif current.body is not None:
        decision = connection.execute(select(DECISIONS).where(DECISIONS.c.id == current.decision)).one()
        refuse_paid_since(GivenBefore(connection, pack, decision, current.body), given.seq)
        if given.return_required and event["refund_fen"] and not are_back(connection, decision, current.body):
            raise DomainError("goods_first", decision.id)  # otherwise paying would waive the return without authority


def report_payment(writer: Writer, decision: str, reference: str) -> None:
    """Publish a payment by a person."""
    paid = writer.connection.execute(select(EXECUTIONS).where(EXECUTIONS.c.decision == decision)).one()
    events.execution_paid(writer, paid, reference, late=False)


def _refuse_while_executing(connection: Connection, current: CurrentCase) -> None:
    """Refuse a payment while a machine has a claim in the case, or if the payment was reported already."""
    reported = and_(EXECUTIONS.c.decision == current.decision, EXECUTIONS.c.state.in_(UNDER_WAY))
    unconfirmed = and_(EXECUTIONS.c.case_no == current.case_no, EXECUTIONS.c.state.in_(UNCONFIRMED))
    if found := connection.execute(select(EXECUTIONS).where(or_(reported, unconfirmed))).first():
        raise DomainError("execution_open", found.decision, found.state)


def _refuse_unless_left_by_machine(connection: Connection, pack: Pack, current: CurrentCase, event: Event) -> None:
    """Refuse a payment without an outcome, unless a machine failed to pay it and every role may accept it as it is."""
    decision = connection.execute(select(DECISIONS).where(DECISIONS.c.id == current.decision)).one()
    failed = (EXECUTIONS.c.decision == current.decision, EXECUTIONS.c.state == FAILED)
    left = connection.execute(select(EXECUTIONS).where(*failed)).first()
    covered = left is not None and Promise(left.refund_fen, left.total_fen).covers(event["refund_fen"], _total(event))
    if not covered or current.body is None or highest([decision.mode]) != ANYBODY:
        raise DomainError("outcome_first", current.decision)
    before = GivenBefore(connection, pack, decision, current.body)
    refuse_more_than_left(before, Given("refund", event["refund_fen"]))
    refuse_recommended_before(before, ACCEPTED)


def _total(event: Event) -> int:
    """Return the total payment; without a total it is the refund."""
    return int(event.get("total_fen", event["refund_fen"]))
