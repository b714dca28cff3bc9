"""What an event changes beside the state of its case: who handles it, which deadlines are met, what was paid."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Connection, select, update

from service.casework.cases.payments import keep_payment, refuse_payment
from service.casework.deadlines import EXECUTION, INSPECTION, beginning, clocks_of, meet, start
from service.casework.decisions.current import Standing
from service.casework.decisions.handover import hand_over, request_person
from service.casework.decisions.returned_goods import INSPECTED, concerns
from service.casework.states import UNCONFIRMED, WAITING
from service.casework.workspace import Workspace
from service.errors import DomainError
from service.ledger.chain import Entry
from service.ledger.store import Writer
from service.ledger.tables import CASES, DECISIONS, EXECUTIONS, PROPOSALS
from service.validation.event import PASSED

UNREAD: Final = (  # without facts no policy has judged it, so that a person has to look before a machine acts
    "evidence_added",
    "merchant_replied",
    "return_inspected",
    "customer_rejected",
    "dispute_negotiated",
)
MOMENTS: Final = {"executed": EXECUTION, INSPECTED: INSPECTION}  # from which deadlines count

Json = dict[str, Any]
Event = Mapping[str, Any]


def prepare(desk: Workspace, writer: Writer, standing: Standing, event: Event, *, read: bool) -> Json:
    """Do what an event's entry has to tell of; `read` says that a decision takes account of the event.

    Raises DomainError where the event cannot come yet.
    """
    kind = event["kind"]
    if kind == "closed":
        _refuse_while_waiting(writer.connection, standing.case_no)
    if kind == "executed":
        _refuse_while_proposed(writer.connection, standing.case_no)
        refuse_payment(writer.connection, desk.ready.pack, standing, event)
    if kind == "person_requested":
        return request_person(writer, standing.case_no, standing.decision)
    if kind == "satisfaction":
        return {"satisfied": satisfied(event)}
    if kind in UNREAD and event.get("result") != PASSED and not read:
        return hand_over(writer, standing.decision)
    return {}


def begun(desk: Workspace, writer: Writer, standing: Standing, event: Event, at: str) -> Json:
    """Return what the entry of an event tells of the deadlines that count from it; nothing where none can."""
    kind, kept = event["kind"], standing.body
    if kind not in MOMENTS:
        return {}
    if kept is None or (kind == INSPECTED and not concerns(event, kept)):
        return {"begins": []}
    known = clocks_of(writer.connection, standing.case_no)
    return {"begins": beginning(known, kept["recommendation"], desk.ready.pack, MOMENTS[kind], at)}


def follow_from(writer: Writer, standing: Standing, entry: Entry, body: Event, at: str) -> None:
    """Let follow what an event brings about that was recorded as an entry with this body."""
    meet(writer, standing.case_no, body.get("meets", ()), at)
    if body["kind"] == "executed":
        keep_payment(writer, standing, entry, body, at)
    start(writer, standing.case_no, standing.decision, body.get("begins", ()))
    if values := listed(standing.tags, body):
        writer.connection.execute(update(CASES).where(CASES.c.no == standing.case_no).values(values))


def satisfied(event: Event) -> bool:
    """Tell whether a customer who gave a score is satisfied: as he says, else from four points of five."""
    return bool(event.get("satisfied", event["score"] >= 4))


def listed(before: str, event: Event) -> Json:
    """Return what an event changes of how a case is listed that had some tags before."""
    match event["kind"]:
        case "assigned":
            return {"handler": event["handler"]}
        case "satisfaction":
            return {"satisfied": satisfied(event)}
        case "tag":
            tags = {*before.split("|")} - {event["tag"], ""} | (set() if event.get("off") else {event["tag"]})
            return {"tags": "".join(f"|{tag}" for tag in sorted(tags)) + "|" if tags else None}
    return {}


def _refuse_while_waiting(connection: Connection, case_no: str) -> None:
    """Refuse to close a case in which money is on its way or somebody has to approve."""
    unconfirmed = (EXECUTIONS.c.case_no == case_no, EXECUTIONS.c.state.in_(UNCONFIRMED))
    if decision := connection.execute(select(EXECUTIONS.c.decision).where(*unconfirmed)).scalar():
        raise DomainError("still_executing", decision)
    _refuse_while_proposed(connection, case_no)


def _refuse_while_proposed(connection: Connection, case_no: str) -> None:
    """Refuse what would settle a case past the person who has to approve."""
    of_case = select(DECISIONS.c.id).where(DECISIONS.c.case_no == case_no)
    waiting = (PROPOSALS.c.decision.in_(of_case), PROPOSALS.c.state == WAITING)
    if decision := connection.execute(select(PROPOSALS.c.decision).where(*waiting)).scalar():
        raise DomainError("still_waiting", decision)
