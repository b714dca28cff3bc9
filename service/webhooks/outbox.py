"""The outbox: webhook messages, written in the transaction of the change that they publish.

A message is leased, not locked: its next attempt is moved ahead by longer than a delivery lasts. If the process dies,
the message is sent again under the same id. So neither a lease nor a mark waits for the disk, and neither is an entry
of the chain, which records the event itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson
from sqlalchemy import Connection, delete, exists, select, update
from ulid import ULID

from service.ledger import chain
from service.ledger.prepared import Prepared
from service.ledger.store import Writer, new_id
from service.ledger.tables import ENDPOINTS, OUTBOX

WAITING, DELIVERED, GIVEN_UP = "waiting", "delivered", "given_up"
STATES: Final = (WAITING, DELIVERED, GIVEN_UP)
KIND: Final = "msg"  # of ids
MESSAGES: Final = "messages"  # recorded in the chain by digest
AT_A_TIME: Final = 1000  # deleted in one transaction, during which other writers wait
_COLUMNS: Final = ("id", "event", "made_at", "attempts", "next_at", "delivered_at", "said")

ACTIVE_ENDPOINTS: Final = select(ENDPOINTS.c.id, ENDPOINTS.c.events).where(ENDPOINTS.c.ended_at.is_(None))
_ACTIVE: Final = Prepared(ACTIVE_ENDPOINTS)

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Message:
    """A message to one endpoint; `attempts` includes this one."""

    id: str
    endpoint: str
    body: bytes
    attempts: int


def put(writer: Writer, event: str, data: Mapping[str, Any], live: Iterable[Sequence[str]] | None = None) -> None:
    """Store an event for every endpoint that receives it; it is sent once the transaction commits.

    `live` are the endpoints of ACTIVE_ENDPOINTS, where the transaction has read them already.
    """
    endpoints = _ACTIVE(writer.connection) if live is None else live
    wanting = [endpoint for endpoint, events in endpoints if event in events.split()]
    if not wanting:
        return
    body = orjson.dumps({"type": event, "timestamp": writer.at, "data": data})
    same = {"event": event, "body": body, "attempts": 0, "made_at": writer.at, "next_at": writer.at}
    rows = [{"id": new_id(KIND), "endpoint": endpoint, **same} for endpoint in wanting]
    for row in rows:
        writer.record_digest(MESSAGES, voucher(row, data))
    writer.add(OUTBOX, *rows)


def voucher(row: Mapping[str, Any], data: Mapping[str, Any]) -> Json:
    """Return what the chain records of a message with these data."""
    return {"id": row["id"], "case_no": data["case_no"], "digest": digest(row)}


def digest(row: Mapping[str, Any]) -> str:
    """Return the digest of a message's constant fields."""
    content = [row[name] for name in ("id", "endpoint", "event", "made_at")]
    return chain.fingerprint([*content, hashlib.sha256(row["body"]).hexdigest()])


def due(connection: Connection, at: str) -> list[str]:
    """Return the endpoints with due messages."""
    waits = exists().where(OUTBOX.c.endpoint == ENDPOINTS.c.id, OUTBOX.c.next_at <= at)
    return list(connection.execute(select(ENDPOINTS.c.id).where(ENDPOINTS.c.ended_at.is_(None), waits)).scalars())


def lease(connection: Connection, endpoint: str, at: str, until: str) -> Message | None:
    """Lease the next message of an endpoint until an instant."""
    waiting = select(OUTBOX.c.id).where(OUTBOX.c.endpoint == endpoint, OUTBOX.c.next_at <= at)
    first = waiting.order_by(OUTBOX.c.next_at).limit(1).with_for_update(skip_locked=True).scalar_subquery()
    leased = update(OUTBOX).where(OUTBOX.c.id == first).values(next_at=until, attempts=OUTBOX.c.attempts + 1)
    row = connection.execute(leased.returning(OUTBOX.c.id, OUTBOX.c.body, OUTBOX.c.attempts)).first()
    return None if row is None else Message(row.id, endpoint, row.body, row.attempts)


def delivered(connection: Connection, message: Message, at: str, said: str) -> None:
    """Mark a message as delivered."""
    values = {"delivered_at": at, "next_at": None, "said": said}
    connection.execute(update(OUTBOX).where(OUTBOX.c.id == message.id).values(values))


def failed(connection: Connection, message: Message, said: str, next_at: str | None) -> None:
    """Schedule another attempt or give the message up, unless it was leased again or finished since."""
    ours = (OUTBOX.c.id == message.id, OUTBOX.c.attempts == message.attempts, OUTBOX.c.next_at.is_not(None))
    connection.execute(update(OUTBOX).where(*ours).values(next_at=next_at, said=said))


def give_up(connection: Connection, endpoint: str, said: str) -> None:
    """Give up all waiting messages of an endpoint."""
    waiting = (OUTBOX.c.endpoint == endpoint, OUTBOX.c.next_at.is_not(None))
    connection.execute(update(OUTBOX).where(*waiting).values(next_at=None, said=said))


def forget(connection: Connection, before: datetime) -> bool:
    """Delete finished messages made before an instant; return whether there may be more."""
    first = f"{KIND}_{ULID.from_datetime(before)}"  # ids sort by creation time
    old = select(OUTBOX.c.id).where(OUTBOX.c.id < first, OUTBOX.c.next_at.is_(None)).limit(AT_A_TIME)
    return connection.execute(delete(OUTBOX).where(OUTBOX.c.id.in_(old))).rowcount == AT_A_TIME


def deliveries(
    connection: Connection, endpoint: str, limit: int, *, state: str | None = None, before: str | None = None
) -> list[Json]:
    """Return the messages of an endpoint, sent and waiting, latest first, from before a message."""
    wanted = select(*(OUTBOX.c[name] for name in _COLUMNS)).where(OUTBOX.c.endpoint == endpoint)
    if state is not None:
        wanted = wanted.where(*_in_state(state))
    if before is not None:
        wanted = wanted.where(OUTBOX.c.id < before)
    rows = connection.execute(wanted.order_by(OUTBOX.c.id.desc()).limit(limit))
    return [dict(zip(_COLUMNS, row, strict=True)) | {"state": _state(row)} for row in rows]


def _in_state(state: str) -> tuple[Any, ...]:
    if state == DELIVERED:
        return (OUTBOX.c.delivered_at.is_not(None),)
    waits = OUTBOX.c.next_at.is_not(None) if state == WAITING else OUTBOX.c.next_at.is_(None)
    return (OUTBOX.c.delivered_at.is_(None), waits)


def _state(row: Any) -> str:
    if row.delivered_at is not None:
        return DELIVERED
    return GIVEN_UP if row.next_at is None else WAITING
