"""Take each request with an idempotency key once, and answer it again from what was kept.

A request is reserved before it runs, with a token. Whatever it then adds to the ledger says so in its reservation
within the same transaction, and only where the reservation still bears its token. So of a process that died, or that
was thought to have died, it is known whether the request took effect: where it did not it may run again; where it did
and the answer was lost, that is told, and it never runs twice. On SQLite reserving and keeping the answer do not wait
for the disk: should a crash of the machine take them back, the effect is gone too, or its answer is told to be lost.

What is kept would tell names and contacts that the ledger masks. So an answer is sealed with the request, which the
ledger does not have: whoever sends it again can have its answer read, and nobody else. An answer that cannot be opened,
be it changed or sealed in another way, counts as lost: that is told, and the request does not run again.
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
LEASE: Final = timedelta(minutes=1)  # after which a request that has written nothing may be taken to have died
KEPT: Final = timedelta(days=2)
REQUESTS: Final = "requests"  # what the chain vouches for
NONCE: Final = 12  # bytes before a sealed answer; AES-GCM is specified for this many


@dataclass(frozen=True, slots=True)
class Asked:
    """A request with its key."""

    caller: str
    key: str
    content: bytes  # all that makes it this request: method, path, query and body

    @property
    def name(self) -> str:
        """Return what stands for the key in the ledger."""
        return hashlib.sha256(self.key.encode()).hexdigest()

    @property
    def fingerprint(self) -> str:
        """Return what tells this request from another with the same key."""
        return hmac.digest(self.key.encode(), self.content, "sha256").hex()

    def sealed(self, answer: bytes, status: int, token: str) -> bytes:
        """Return what an answer is kept as, bound to its status and to the reservation with this token."""
        nonce = secrets.token_bytes(NONCE)
        return nonce + self._cipher(token).encrypt(nonce, answer, _bound_to(status))

    def opened(self, kept: bytes, status: int, token: str) -> bytes | None:
        """Return an answer that was sealed; None where it was not sealed so, or was changed since."""
        try:
            return self._cipher(token).decrypt(kept[:NONCE], kept[NONCE:], _bound_to(status))
        except (InvalidTag, ValueError):  # the latter where it is too short to hold a nonce
            return None

    def _cipher(self, token: str) -> AESGCM:
        """Return a cipher whose key is made of the request, and serves one reservation alone."""
        request = self.key.encode() + b"\n" + self.content  # no key holds a line break
        return AESGCM(HKDF(SHA256(), 32, salt=bytes.fromhex(token), info=b"redress kept answer").derive(request))


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request was answered."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


class Claim:
    """The right to run a request."""

    def __init__(self, ledger: Ledger, asked: Asked, token: str) -> None:
        self.ledger, self.asked, self.token = ledger, asked, token

    def witness(self, writer: Writer) -> None:
        """Mark that the request takes effect, in the same transaction. Raises DomainError where it may not."""
        ours = (*self._ours(), REPLAYS.c.state.in_((RUNNING, WRITTEN)))
        if not writer.recorded:  # it has no effect
            if writer.connection.execute(select(REPLAYS.c.token).where(*ours)).first() is None:
                raise DomainError("still_running")
            return
        took_effect = update(REPLAYS).where(*ours).values(state=WRITTEN, seq=writer.seq)
        if writer.connection.execute(took_effect).rowcount != 1:
            raise DomainError("still_running")
        names = {"caller": self.asked.caller, "key": self.asked.name, "fingerprint": self.asked.fingerprint}
        writer.vouch(REQUESTS, {"digest": digest(names | {"token": self.token}), "seq": writer.seq})

    def keep(self, answer: Answer) -> None:
        """Keep the answer."""
        packed = chain.pack([answer.headers, answer.body.decode()])
        body = self.asked.sealed(packed, answer.status, self.token)
        with self.ledger.counting() as connection:
            values = {"state": ANSWERED, "status": answer.status, "body": body}
            connection.execute(update(REPLAYS).where(*self._ours()).values(values))

    def release(self) -> None:
        """Let the request run again, if it had no effect."""
        with self.ledger.counting() as connection:
            connection.execute(delete(REPLAYS).where(*self._ours(), REPLAYS.c.state == RUNNING))

    def _ours(self) -> tuple[ColumnElement[bool], ...]:
        return (*_of(self.asked), REPLAYS.c.token == self.token)


def digest(row: Mapping[str, Any]) -> str:
    """Return the digest of a reservation; its token keeps the key and the request from being guessed."""
    return chain.fingerprint([row[name] for name in ("caller", "key", "fingerprint", "token")])


def claim(ledger: Ledger, asked: Asked) -> Claim | Answer:
    """Return the right to run a request, or what it was answered before.

    Raises DomainError where the key came with another request, where the request still runs, or its answer is lost.
    """
    token, now = secrets.token_hex(16), ledger.now()
    with ledger.counting() as connection:
        connection.execute(delete(REPLAYS).where(REPLAYS.c.at < instant(now - KEPT)))
        if _reserve(connection, asked, token, instant(now)):
            return Claim(ledger, asked, token)
        row = connection.execute(select(REPLAYS).where(*_of(asked))).first()
        if row is None:  # released this moment
            raise DomainError("still_running")
        if row.fingerprint != asked.fingerprint:
            raise DomainError("other_request")
        if row.state == ANSWERED:
            return _answer(connection, asked, row)
        if row.at >= instant(now - LEASE):
            raise DomainError("still_running")
        if row.state == WRITTEN:
            raise DomainError("outcome_unknown", _effect(connection, row))
        _take_over(connection, asked, row, token, instant(now))
        return Claim(ledger, asked, token)


def _answer(connection: Connection, asked: Asked, row: Row[Any]) -> Answer:
    """Return what was answered. Raises DomainError where that cannot be read."""
    packed = asked.opened(row.body, row.status, row.token)
    if packed is not None:
        headers, body = chain.unpack(packed)
        return Answer(row.status, [(name, value) for name, value in headers], body.encode())
    if row.seq is None:
        raise DomainError("answer_lost")
    raise DomainError("outcome_unknown", _effect(connection, row))


def _bound_to(status: int) -> bytes:
    return str(status).encode()


def _of(asked: Asked) -> tuple[ColumnElement[bool], ...]:
    return (REPLAYS.c.caller == asked.caller, REPLAYS.c.key == asked.name)


def _reserve(connection: Connection, asked: Asked, token: str, at: str) -> bool:
    upsert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    row = {"caller": asked.caller, "key": asked.name, "fingerprint": asked.fingerprint, "token": token, "at": at}
    reserved = upsert(REPLAYS).values(**row, state=RUNNING).on_conflict_do_nothing().returning(REPLAYS.c.token)
    return connection.execute(reserved).first() is not None


def _take_over(connection: Connection, asked: Asked, row: Row[Any], token: str, at: str) -> None:
    """Take the reservation of a request that seems to have died; should it live yet, it can write no more."""
    theirs = (*_of(asked), REPLAYS.c.token == row.token, REPLAYS.c.state == RUNNING)
    if connection.execute(update(REPLAYS).where(*theirs).values(token=token, at=at)).rowcount != 1:
        raise DomainError("still_running")


def _effect(connection: Connection, row: Row[Any]) -> str:
    """Return the id of what the request added last."""
    return str(connection.execute(select(ENTRIES.c.id).where(ENTRIES.c.seq == row.seq)).scalar())
