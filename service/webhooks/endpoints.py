"""Webhook endpoints: URLs of other programs, the events each receives, and the secrets that sign messages.

The chain records that an endpoint was added, removed or given another secret. It never holds a secret, nor the query of
a URL, which can contain one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import orjson
from sqlalchemy import Connection, Row, func, select

from service.errors import DomainError
from service.ledger import chain
from service.ledger.chain import Entry
from service.ledger.changes import Change, Insert, Update, write
from service.ledger.store import Ledger, instant, new_id
from service.ledger.tables import ENDPOINTS
from service.webhooks import outbox, targets
from service.webhooks.signing import GRACE_HOURS, new_secret

MOST: Final = 20  # each event is stored once an endpoint
MOST_SECRETS: Final = 4  # secrets that sign at the same time
GONE: Final = "gone"
NO_SECRETS: Final = "[]"  # as an endpoint has none that has ended
ADDED, ROTATED, REMOVED = "webhook.added", "webhook.rotated", "webhook.removed"  # kinds of entries

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A URL that receives events."""

    id: str
    url: str
    events: tuple[str, ...]
    made_at: str

    def as_json(self) -> dict[str, Any]:
        """Return the endpoint without its secrets."""
        return {"id": self.id, "url": self.url, "events": list(self.events), "made_at": self.made_at}


def add(ledger: Ledger, by: str, url: str, events: Sequence[str], hosts: Sequence[str]) -> tuple[Endpoint, str]:
    """Add an endpoint and return it with its secret, which is shown only once.

    Raises DomainError where messages to that URL are not allowed.
    """
    targets.addresses(targets.parsed(url), hosts)
    secret = new_secret()
    with ledger.writing(by) as writer:
        if _many(writer.connection) >= MOST:
            raise DomainError("too_many_webhooks", str(MOST))
        endpoint = Endpoint(new_id("whk"), url, tuple(events), writer.at)
        unrecorded = {"url": url, "secrets": _text([(secret, None)])}
        body = {"id": endpoint.id, "url": _shown(url), "events": list(events), "seal": seal(**unrecorded)}
        write(writer, added(writer.append(ADDED, body), body, unrecorded))
    return endpoint, secret


def listed(connection: Connection) -> list[Endpoint]:
    """Return the active endpoints, oldest first."""
    rows = connection.execute(select(ENDPOINTS).where(_live()).order_by(ENDPOINTS.c.id))
    return [Endpoint(row.id, row.url, tuple(row.events.split()), row.made_at) for row in rows]


def known(connection: Connection, id: str) -> None:
    """Check that an endpoint exists or existed. Raises DomainError."""
    if connection.execute(select(ENDPOINTS.c.id).where(ENDPOINTS.c.id == id)).first() is None:
        raise DomainError("no_webhook", id)


def rotate(ledger: Ledger, by: str, id: str, grace_hours: int = GRACE_HOURS) -> str:
    """Give an endpoint another secret and return it; the old one also signs during the grace hours.

    Raises DomainError where there is no such endpoint.
    """
    secret = new_secret()
    with ledger.writing(by) as writer:
        row = _row(writer.connection, id)
        until = instant(writer.moment + timedelta(hours=grace_hours))
        old = [(text, min(end or until, until)) for text, end in _signing(row.secrets, writer.at)]
        secrets = _text([(secret, None), *old[: MOST_SECRETS - 1]] if grace_hours else [(secret, None)])
        body = {"id": id, "grace_hours": grace_hours, "seal": seal(row.url, secrets)}
        write(writer, rotated(writer.append(ROTATED, body), body, {"secrets": secrets}))
    return secret


def remove(ledger: Ledger, by: str, id: str, because: str = "removed") -> None:
    """Remove an endpoint, its secrets and its waiting messages. Raises DomainError where there is none."""
    with ledger.writing(by) as writer:
        row = _row(writer.connection, id)
        body = {"id": id, "url": _shown(row.url), "because": because}
        write(writer, removed(writer.append(REMOVED, body), body, {"secrets": NO_SECRETS}))
        outbox.give_up(writer.connection, id, f"the endpoint was {because}")


def address(connection: Connection, id: str, now: datetime) -> tuple[str, list[str]] | None:
    """Return the URL of an endpoint and the secrets that sign at an instant; None where it was removed."""
    row = connection.execute(select(ENDPOINTS).where(ENDPOINTS.c.id == id, _live())).first()
    return None if row is None else (row.url, [secret for secret, _ in _signing(row.secrets, instant(now))])


# ---- what entries record


def added(entry: Entry, body: Json, unrecorded: Json | None = None) -> Iterator[Change]:
    """Yield the row of a new endpoint.

    `unrecorded` are the columns that no entry holds; without them the row has their seal, as a `visible` one has.
    """
    row = {"id": body["id"], "url": body["url"], "events": " ".join(body["events"])}
    yield Insert(ENDPOINTS, row | {"made_at": entry.at, "ended_at": None} | (unrecorded or _seal_of(body)))


def rotated(_: Entry, body: Json, unrecorded: Json | None = None) -> Iterator[Change]:
    """Yield the new secrets of an endpoint, else their seal."""
    yield Update(ENDPOINTS, {"id": body["id"]}, unrecorded or _seal_of(body))


def removed(entry: Entry, body: Json, unrecorded: Json | None = None) -> Iterator[Change]:
    """Yield the end of an endpoint, which has no secrets any more."""
    yield Update(ENDPOINTS, {"id": body["id"]}, {"ended_at": entry.at} | (unrecorded or {"seal": None}))


def _seal_of(body: Json) -> Json:
    """Return the seal that an entry records; earlier versions did not record it."""
    return {"seal": body["seal"]} if "seal" in body else {}


def seal(url: str, secrets: str) -> str | None:
    """Return a digest of a URL with its secrets; empty once it has none.

    The secrets prevent guessing the URL.
    """
    return None if secrets == NO_SECRETS else chain.fingerprint([url, secrets])


def visible(row: Mapping[str, Any]) -> Json:
    """Return the row of an endpoint as entries record it: a seal stands for its secrets and for the URL's query."""
    sealed = {"url": _shown(row["url"]), "seal": seal(row["url"], row["secrets"])}
    return {name: value for name, value in row.items() if name != "secrets"} | sealed


def _row(connection: Connection, id: str) -> Row[Any]:
    row = connection.execute(select(ENDPOINTS).where(ENDPOINTS.c.id == id, _live())).first()
    if row is None:
        raise DomainError("no_webhook", id)
    return row


def _many(connection: Connection) -> int:
    return int(connection.execute(select(func.count()).select_from(ENDPOINTS).where(_live())).scalar_one())


def _live() -> Any:
    return ENDPOINTS.c.ended_at.is_(None)


def _text(secrets: Sequence[tuple[str, str | None]]) -> str:
    """Return secrets as they are stored: newest first, each with the instant until which it signs."""
    return orjson.dumps(secrets).decode()


def _signing(kept: str, at: str) -> list[tuple[str, str | None]]:
    return [(secret, until) for secret, until in orjson.loads(kept) if until is None or until > at]


def _shown(url: str) -> str:
    return url.partition("?")[0]
