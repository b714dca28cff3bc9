"""A case as it stands, with its latest decision."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, select

from service.casework.decisions.following import Approval, approval_of
from service.casework.recorded import decision_payload
from service.errors import DomainError
from service.ledger.chain import payload_of, with_payloads
from service.ledger.tables import CASES, DECISIONS, ENTRIES

WAITS: Final = "waits"  # what an event says that brought facts while an approval waited

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class CurrentCase:
    """A case as it stands; `body` is its latest decision as it was kept, None where that cannot be read any more.

    `order` is the number of its order; where that was erased, the key that was left lest the order be paid twice.
    `news` are the events whose facts no decision has heard yet, for `approval` waits or waited.
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
    """Return a case as it stands. Raises DomainError where there is none."""
    latest = select(DECISIONS, CASES.c.tags).join(CASES, CASES.c.decision == DECISIONS.c.id)
    row = connection.execute(latest.where(CASES.c.no == case_no)).first()
    if row is None:
        raise DomainError("no_case", case_no)
    # the order is the decision's own: a case may have been told of its order only later
    order = row.order_key if row.order_no is None else row.order_no
    kept, approval = decision_payload(connection, row), approval_of(connection, row.id)
    return CurrentCase(
        case_no, row.id, row.pack, row.merchant, order, row.tags or "", kept, approval, news(connection, row)
    )


def news(connection: Connection, decision: Any) -> tuple[Json, ...]:
    """Return the events of a case, each with its id, that brought facts which its latest decision has not heard."""
    events = with_payloads(select(ENTRIES.c.id), ENTRIES.c.seq)
    later = (ENTRIES.c.case_no == decision.case_no, ENTRIES.c.kind == "event", ENTRIES.c.seq > decision.seq)
    rows = connection.execute(events.where(*later).order_by(ENTRIES.c.seq))
    return tuple({**body, "id": row.id} for row in rows if WAITS in (body := payload_of(row) or {}))
