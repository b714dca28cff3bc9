"""What waits to be sent: written in the transaction of what it tells of, taken out by whoever delivers.

A message is leased, not taken: its next attempt moves ahead for as long as a delivery may last, and no lock is held
meanwhile. Whoever dies with it leaves it to be sent again, under the same id. So neither a lease nor a mark has to wait
for the disk, and neither is an entry of the chain: what is told there is the event itself.
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
MESSAGES: Final = "messages"  # what the chain vouches for
AT_A_TIME: Final = 1000  # taken out in one transaction, for others wait meanwhile
_TOLD: Final = ("id", "event", "made_at", "attempts", "next_at", "delivered_at", "said")

LIVE: Final = select(ENDPOINTS.c.id, ENDPOINTS.c.events).where(ENDPOINTS.c.ended_at.is_(None))
_LIVE: Final = Prepared(LIVE)

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent to one endpoint; `attempts` counts this one too."""

    id: str
    endpoint: str
    body: bytes
    attempts: int


def put(writer: Writer, event: str, data: Mapping[str, Any], live: Iterable[Sequence[str]] | None = None) -> None:
    """Keep an event for every endpoint that wants it, sent once the transaction is done and not at all without.

    `live` are the endpoints that are LIVE, where the transaction has asked for them already.
    """
    endpoints = _LIVE(writer.connection) if live is None else live
    wanting = [endpoint for endpoint, events in endpoints if event in events.split()]
    if not wanting:
        return
    body = orjson.dumps({"type": event, "timestamp": writer.at, "data": data})
    same = {"event": event, "body": body, "attempts": 0, "made_at": writer.at, "next_at": writer.at}
    rows = [{"id": new_id(KIND), "endpoint": endpoint, **same} for endpoint in wanting]
    for row in rows:
        writer.vouch(MESSAGES, voucher(row, data))
    writer.add(OUTBOX, *rows)


def voucher(row: Mapping[str, Any], data: Mapping[str, Any]) -> Json:
    """Return what the chain tells of a message with these data."""
    return {"id": row["id"], "case_no": data["case_no"], "digest": digest(row)}


def digest(row: Mapping[str, Any]) -> str:
    """Return the digest of what never changes in a message."""
    content = [row[name] for name in ("id", "endpoint", "event", "made_at")]
    return chain.fingerprint([*content, hashlib.sha256(row["body"]).hexdigest()])


def due(connection: Connection, at: str) -> list[str]:
    """Return the endpoints for which something is to be sent."""
    waits = exists().where(OUTBOX.c.endpoint == ENDPOINTS.c.id, OUTBOX.c.next_at <= at)
    return list(connection.execute(select(ENDPOINTS.c.id).where(ENDPOINTS.c.ended_at.is_(None), waits)).scalars())


def lease(connection: Connection, endpoint: str, at: str, until: str) -> Message | None:
    """Return what an endpoint is to be sent next, kept from others until an instant."""
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
    """Keep a message for another attempt, or give it up; whoever leased it since, or ended it, has the say."""
    ours = (OUTBOX.c.id == message.id, OUTBOX.c.attempts == message.attempts, OUTBOX.c.next_at.is_not(None))
    connection.execute(update(OUTBOX).where(*ours).values(next_at=next_at, said=said))


def give_up(connection: Connection, endpoint: str, said: str) -> None:
    """Give up all that waits for an endpoint."""
    waiting = (OUTBOX.c.endpoint == endpoint, OUTBOX.c.next_at.is_not(None))
    connection.execute(update(OUTBOX).where(*waiting).values(next_at=None, said=said))


def forget(connection: Connection, before: datetime) -> bool:
    """Take out some of what was settled and made before an instant; tell whether there may be more."""
    first = f"{KIND}_{ULID.from_datetime(before)}"  # ids sort by when they were made
    old = select(OUTBOX.c.id).where(OUTBOX.c.id < first, OUTBOX.c.next_at.is_(None)).limit(AT_A_TIME)
    return connection.execute(delete(OUTBOX).where(OUTBOX.c.id.in_(old))).rowcount == AT_A_TIME


def deliveries(
    connection: Connection, endpoint: str, limit: int, *, state: str | None = None, before: str | None = None
) -> list[Json]:
    """Return what was and will be sent to an endpoint, the latest first, from before a message."""
    wanted = select(*(OUTBOX.c[name] for name in _TOLD)).where(OUTBOX.c.endpoint == endpoint)
    if state is not None:
        wanted = wanted.where(*_in_state(state))
    if before is not None:
        wanted = wanted.where(OUTBOX.c.id < before)
    rows = connection.execute(wanted.order_by(OUTBOX.c.id.desc()).limit(limit))
    return [dict(zip(_TOLD, row, strict=True)) | {"state": _state(row)} for row in rows]


def _in_state(state: str) -> tuple[Any, ...]:
    if state == DELIVERED:
        return (OUTBOX.c.delivered_at.is_not(None),)
    waits = OUTBOX.c.next_at.is_not(None) if state == WAITING else OUTBOX.c.next_at.is_(None)
    return (OUTBOX.c.delivered_at.is_(None), waits)


def _state(row: Any) -> str:
    if row.delivered_at is not None:
        return DELIVERED
    return GIVEN_UP if row.next_at is None else WAITING
