"""Run each request with an idempotency key once, and return its stored answer when it is repeated.

A request is reserved before it runs, with a token. When it writes to the ledger, it marks its reservation in the same
transaction, and only while the reservation still carries its token. So it is known whether the request of a crashed
process took effect. If it did not, it may run again; if it did and its answer was lost, the caller gets an error and it
never runs twice. On SQLite neither reserving nor storing the answer waits for the disk: if a crash of the machine loses
them, the effect is lost too, or the answer is reported as lost.

Stored answers hold names and contacts that the ledger masks. So an answer is encrypted with the request, which the
ledger does not store: only a caller who sends the request again can read its answer. An answer that cannot be
decrypted, because it was changed or encrypted in another way, is reported as lost, and the request does not run again.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import ColumnElement, Connection, Row, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from service.errors import DomainError
from service.ledger import chain
from service.ledger.store import Ledger, Writer, instant
from service.ledger.tables import ENTRIES, REPLAYS

RUNNING, WRITTEN, ANSWERED = "running", "written", "answered"
LEASE: Final = timedelta(minutes=1)  # after which a request that has written nothing counts as crashed
KEPT: Final = timedelta(days=2)
REQUESTS: Final = "requests"  # recorded in the chain by digest
NONCE: Final = 12  # bytes before an encrypted answer; AES-GCM specifies this length


@dataclass(frozen=True, slots=True)
class KeyedRequest:
    """A request with its idempotency key."""

    caller: str
    key: str
    content: bytes  # method, path, query and body

    @property
    def name(self) -> str:
        """Return the hash that stands for the key in the ledger."""
        return hashlib.sha256(self.key.encode()).hexdigest()

    @property
    def fingerprint(self) -> str:
        """Return the keyed hash that distinguishes this request from another with the same key."""
        return hmac.digest(self.key.encode(), self.content, "sha256").hex()

    def sealed(self, answer: bytes, status: int, token: str) -> bytes:
        """Return an encrypted answer, bound to its status and to the reservation with this token."""
        nonce = secrets.token_bytes(NONCE)
        return nonce + self._cipher(token).encrypt(nonce, answer, _bound_to(status))

    def opened(self, kept: bytes, status: int, token: str) -> bytes | None:
        """Return a decrypted answer; None if it was encrypted otherwise, or was changed since."""
        try:
            return self._cipher(token).decrypt(kept[:NONCE], kept[NONCE:], _bound_to(status))
        except (InvalidTag, ValueError):  # ValueError: too short to hold a nonce
            return None

    def _cipher(self, token: str) -> AESGCM:
        """Return a cipher whose key is derived from the request, for one reservation only."""
        request = self.key.encode() + b"\n" + self.content  # a key contains no line break
        return AESGCM(HKDF(SHA256(), 32, salt=bytes.fromhex(token), info=b"redress kept answer").derive(request))


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a request."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


class Claim:
    """The right to run a request."""

    def __init__(self, ledger: Ledger, request: KeyedRequest, token: str) -> None:
        self.ledger, self.request, self.token = ledger, request, token

    def on_commit(self, writer: Writer) -> None:
        """Mark the request as effective, within its transaction. Raises DomainError if it lost its reservation."""
        ours = (*self._ours(), REPLAYS.c.state.in_((RUNNING, WRITTEN)))
        if not writer.recorded:  # nothing was written
            if writer.connection.execute(select(REPLAYS.c.token).where(*ours)).first() is None:
                raise DomainError("still_running")
            return
        took_effect = update(REPLAYS).where(*ours).values(state=WRITTEN, seq=writer.seq)
        if writer.connection.execute(took_effect).rowcount != 1:
            raise DomainError("still_running")
        names = {"caller": self.request.caller, "key": self.request.name, "fingerprint": self.request.fingerprint}
        writer.record_digest(REQUESTS, {"digest": digest(names | {"token": self.token}), "seq": writer.seq})

    def keep(self, answer: Answer) -> None:
        """Store the answer."""
        packed = chain.pack([answer.headers, answer.body.decode()])
        body = self.request.sealed(packed, answer.status, self.token)
        with self.ledger.counting() as connection:
            values = {"state": ANSWERED, "status": answer.status, "body": body}
            connection.execute(update(REPLAYS).where(*self._ours()).values(values))

    def release(self) -> None:
        """Allow the request to run again if it had no effect."""
        with self.ledger.counting() as connection:
            connection.execute(delete(REPLAYS).where(*self._ours(), REPLAYS.c.state == RUNNING))

    def _ours(self) -> tuple[ColumnElement[bool], ...]:
        return (*_of(self.request), REPLAYS.c.token == self.token)


def digest(row: Mapping[str, Any]) -> str:
    """Return the digest of a reservation; its random token prevents guessing the key and the request."""
    return chain.fingerprint([row[name] for name in ("caller", "key", "fingerprint", "token")])


def claim(ledger: Ledger, request: KeyedRequest) -> Claim | Answer:
    """Return the right to run a request, or its stored answer.

    Raises DomainError if the key belongs to another request, if the request is still running, or if its answer is lost.
    """
    token, now = secrets.token_hex(16), ledger.now()
    with ledger.counting() as connection:
        connection.execute(delete(REPLAYS).where(REPLAYS.c.at < instant(now - KEPT)))
        if _reserve(connection, request, token, instant(now)):
            return Claim(ledger, request, token)
        row = connection.execute(select(REPLAYS).where(*_of(request))).first()
        if row is None:  # released in between
            raise DomainError("still_running")
        if row.fingerprint != request.fingerprint:
            raise DomainError("other_request")
        if row.state == ANSWERED:
            return _answer(connection, request, row)
        if row.at >= instant(now - LEASE):
            raise DomainError("still_running")
        if row.state == WRITTEN:
            raise DomainError("outcome_unknown", _effect(connection, row))
        _take_over(connection, request, row, token, instant(now))
        return Claim(ledger, request, token)


def _answer(connection: Connection, request: KeyedRequest, row: Row[Any]) -> Answer:
    """Return the stored answer. Raises DomainError if it cannot be read."""
    packed = request.opened(row.body, row.status, row.token)
    if packed is not None:
        headers, body = chain.unpack(packed)
        return Answer(row.status, [(name, value) for name, value in headers], body.encode())
    if row.seq is None:
        raise DomainError("answer_lost")
    raise DomainError("outcome_unknown", _effect(connection, row))


def _bound_to(status: int) -> bytes:
    return str(status).encode()


def _of(request: KeyedRequest) -> tuple[ColumnElement[bool], ...]:
    return (REPLAYS.c.caller == request.caller, REPLAYS.c.key == request.name)


def _reserve(connection: Connection, request: KeyedRequest, token: str, at: str) -> bool:
    upsert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    row = {"caller": request.caller, "key": request.name, "fingerprint": request.fingerprint, "token": token, "at": at}
    reserved = upsert(REPLAYS).values(**row, state=RUNNING).on_conflict_do_nothing().returning(REPLAYS.c.token)
    return connection.execute(reserved).first() is not None


def _take_over(connection: Connection, request: KeyedRequest, row: Row[Any], token: str, at: str) -> None:
    """Take over the reservation of a request that seems crashed; if it is still alive, it can write no more."""
    theirs = (*_of(request), REPLAYS.c.token == row.token, REPLAYS.c.state == RUNNING)
    if connection.execute(update(REPLAYS).where(*theirs).values(token=token, at=at)).rowcount != 1:
        raise DomainError("still_running")


def _effect(connection: Connection, row: Row[Any]) -> str:
    """Return the id of the last entry that the request added."""
    return str(connection.execute(select(ENTRIES.c.id).where(ENTRIES.c.seq == row.seq)).scalar())
