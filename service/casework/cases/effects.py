"""What the entry of an event records with the event: who has the decision now, and which deadlines start."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Connection, select

from service.casework.cases.payments import refuse_payment
from service.casework.context import CaseContext
from service.casework.deadlines import EXECUTION, INSPECTION, deadlines_of, starting
from service.casework.decisions.current import CurrentCase
from service.casework.decisions.handover import hand_over
from service.casework.decisions.returned_goods import INSPECTED, PASSED, concerns
from service.casework.limits.holds import EVERYTHING, lines_of, order_of
from service.casework.projection.projector import satisfied
from service.casework.projection.row_changes import Held, held_of
from service.casework.states import READ_BY_A_PERSON, UNCONFIRMED, WAITING
from service.errors import DomainError
from service.ledger.store import Writer
from service.ledger.tables import DECISIONS, EXECUTIONS, PROPOSALS

MOMENTS: Final = {"executed": EXECUTION, INSPECTED: INSPECTION}  # from which deadlines can count

Json = dict[str, Any]
Event = Mapping[str, Any]


def prepare(context: CaseContext, writer: Writer, current: CurrentCase, event: Event, *, read: bool) -> Json:
    """Return what the entry of an event records with the event; `read` says that a decision considers the event.

    Raises DomainError if the event is not allowed yet.
    """
    kind = event["kind"]
    if kind == "closed":
        _refuse_while_waiting(writer.connection, current.case_no)
    if kind == "executed":
        _refuse_while_proposed(writer.connection, current.case_no)
        refuse_payment(writer.connection, context.ready.pack, current, event)
    if kind == "person_requested":
        return hand_over(writer.connection, current.decision)
    if kind == "satisfaction":
        return {"satisfied": satisfied(event)}
    if kind in READ_BY_A_PERSON and event.get("result") != PASSED and not read:
        return hand_over(writer.connection, current.decision)
    return {}


def started_deadlines(context: CaseContext, writer: Writer, current: CurrentCase, event: Event, at: str) -> Json:
    """Return the deadlines that start with an event, as its entry records them; nothing if none can."""
    kind, kept = event["kind"], current.body
    if kind not in MOMENTS:
        return {}
    if kept is None or (kind == INSPECTED and not concerns(event, kept)):
        return {"begins": []}
    known = deadlines_of(writer.connection, current.case_no)
    return {"begins": starting(known, kept["recommendation"], context.ready.pack, MOMENTS[kind], at)}


def held_by(current: CurrentCase) -> Held:
    """Return the lines that a payment by hand holds: the whole order if the decision can no longer be read."""
    case = {} if current.body is None else current.body["case"]
    lines = [EVERYTHING] if current.body is None else lines_of(current.body["recommendation"])
    return Held(lines, held_of(order_of(current.merchant, current.order or "", case)), current.order is not None)


def _refuse_while_waiting(connection: Connection, case_no: str) -> None:
    """Refuse to close a case with an unconfirmed execution or a pending approval."""
    unconfirmed = (EXECUTIONS.c.case_no == case_no, EXECUTIONS.c.state.in_(UNCONFIRMED))
    if decision := connection.execute(select(EXECUTIONS.c.decision).where(*unconfirmed)).scalar():
        raise DomainError("still_executing", decision)
    _refuse_while_proposed(connection, case_no)


def _refuse_while_proposed(connection: Connection, case_no: str) -> None:
    """Refuse an event that would settle a case while an approval is pending."""
    of_case = select(DECISIONS.c.id).where(DECISIONS.c.case_no == case_no)
    waiting = (PROPOSALS.c.decision.in_(of_case), PROPOSALS.c.state == WAITING)
    if decision := connection.execute(select(PROPOSALS.c.decision).where(*waiting)).scalar():
        raise DomainError("still_waiting", decision)
