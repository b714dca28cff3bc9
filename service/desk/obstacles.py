"""Why no machine may carry out a decision, though the policies would let it: asked when it is recorded and claimed.

Each reason is a code such as `switch:all:*` or `line:1`. A decision with a reason goes to a person.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, Integer, bindparam, literal_column, or_, select

from ..ledger import chain
from ..ledger.prepared import Prepared
from ..ledger.tables import DECISIONS, ENTRIES, EXECUTIONS, OUTCOMES, PAYLOADS, PROPOSALS
from .holds import Order, lines_held, switched_off
from .persons import person_wanted
from .spelling import UNNAMED, key

BY_THEM: Final = {"customer_rejected": "customer:rejected", "closed": "person:closed"}  # by what happened on a case

_ONE: Final = literal_column("1", Integer)
_BEFORE: Final = Prepared(select(EXECUTIONS.c.decision).where(EXECUTIONS.c.case_no == bindparam("case_no")).limit(_ONE))
_HAPPENED: Final = Prepared(
    select(ENTRIES.c.kind, PAYLOADS.c.body)
    .outerjoin(PAYLOADS, PAYLOADS.c.seq == ENTRIES.c.seq)
    .where(ENTRIES.c.case_no == bindparam("case_no"))
    .where(or_(ENTRIES.c.kind == "event", ENTRIES.c.kind == "escalation"))
)
_CONCERNED: Final = or_(DECISIONS.c.case_no == bindparam("case_no"), DECISIONS.c.order_key == bindparam("order"))
_PEOPLE: Final = {
    "person:outcome": Prepared(
        select(OUTCOMES.c.decision).join(DECISIONS, DECISIONS.c.id == OUTCOMES.c.decision).where(_CONCERNED).limit(_ONE)
    ),
    "person:proposal": Prepared(
        select(PROPOSALS.c.decision)
        .join(DECISIONS, DECISIONS.c.id == PROPOSALS.c.decision)
        .where(PROPOSALS.c.state == "waiting", _CONCERNED)
        .limit(_ONE)
    ),
}


@dataclass(frozen=True, slots=True)
class Concern:
    """What a decision is about, as far as it can stand in a machine's way."""

    case_no: str
    pack: str
    rules: tuple[str, ...]
    merchant: str
    customer: str | None
    order: Order | None
    lines: tuple[str, ...]


def obstacles(connection: Connection, concern: Concern) -> list[str]:
    """Return every reason why no machine may carry a decision out."""
    found = person_wanted(connection, concern.case_no, _order_key(concern))
    found += switched_off(connection, concern.pack, concern.rules, concern.merchant)
    if key(concern.customer) == UNNAMED:
        found.append("customer:unknown")  # a payment to nobody known has no bounds
    if concern.order is None or concern.order.key == UNNAMED:
        found.append("order:unknown")
    else:
        found += lines_held(connection, concern.order, concern.lines)
    found += sorted(set(_come_to_people(connection, concern.case_no)))
    return found + _executed_before(connection, concern.case_no) + _with_people(connection, concern)


def _come_to_people(connection: Connection, case_no: str) -> Iterator[str]:
    """Yield what has brought a case to people, who keep it though it be decided again."""
    for row in _HAPPENED(connection, case_no=case_no):
        if row.kind == "escalation":
            yield "case:escalated"
            continue
        event = {} if row.body is None else chain.unpack(row.body)
        if event.get("kind") in BY_THEM:
            yield BY_THEM[event["kind"]]
        elif "person" in event and event.get("kind") != "person_requested":
            yield "event:unread"


def _executed_before(connection: Connection, case_no: str) -> list[str]:
    """A machine acts once in a case; whatever came of that, the next step is a person's."""
    return ["case:executed"] if _BEFORE(connection, case_no=case_no).first() else []


def _with_people(connection: Connection, concern: Concern) -> list[str]:
    """Where people gave or refused something for the same case or order, or are asked to, no machine gives as well."""
    concerned = {"case_no": concern.case_no, "order": _order_key(concern)}
    return [code for code, asked in _PEOPLE.items() if asked(connection, **concerned).first()]


def _order_key(concern: Concern) -> str:
    return UNNAMED if concern.order is None else concern.order.key
