"""The current state of a case, with its latest decision."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, select

from service.casework.decisions.following import Approval, approval_of
from service.casework.recorded import decision_payload
from service.errors import DomainError
from service.ledger.chain import payload_of, with_payloads
from service.ledger.tables import CASES, DECISIONS, ENTRIES

WAITS: Final = "waits"  # the key of an event that brought facts while an approval was pending

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class CurrentCase:
    """The current state of a case; `body` is the payload of its latest decision, None if that can no longer be read.

    `order` is the order number; if that was erased, its key, which is kept so that the order is not paid twice.
    `news` are the events whose facts no decision considers yet, because `approval` is or was pending.
    """

    case_no: str
    decision: str
    pack: str
    merchant: str
    order: str | None
    tags: str
    body: Json | None
    approval: Approval | None
    news: tuple[Json, ...]


def current_case(connection: Connection, case_no: str) -> CurrentCase:
    """Return the current state of a case. Raises DomainError if there is no such case."""
    latest = select(DECISIONS, CASES.c.tags).join(CASES, CASES.c.decision == DECISIONS.c.id)
    row = connection.execute(latest.where(CASES.c.no == case_no)).first()
    if row is None:
        raise DomainError("no_case", case_no)
    # the order of the decision: a case may have got its order only later
    order = row.order_key if row.order_no is None else row.order_no
    kept, approval = decision_payload(connection, row), approval_of(connection, row.id)
    return CurrentCase(
        case_no, row.id, row.pack, row.merchant, order, row.tags or "", kept, approval, news(connection, row)
    )


def news(connection: Connection, decision: Any) -> tuple[Json, ...]:
    """Return the events, each with its id, that brought facts after the latest decision of their case."""
    events = with_payloads(select(ENTRIES.c.id), ENTRIES.c.seq)
    later = (ENTRIES.c.case_no == decision.case_no, ENTRIES.c.kind == "event", ENTRIES.c.seq > decision.seq)
    rows = connection.execute(events.where(*later).order_by(ENTRIES.c.seq))
    return tuple({**body, "id": row.id} for row in rows if WAITS in (body := payload_of(row) or {}))
