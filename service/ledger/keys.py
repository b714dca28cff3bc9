"""API keys: shown once when they are made, stored as a hash, found by their id.

A secret has 32 random bytes and cannot be found by trial, so SHA-256 protects it as well as a slow hash, which is meant
for passwords and would slow every request. Revoked keys stay in the table: once a ledger has had a key, no request is
served without one.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson
from sqlalchemy import Connection, Row, or_, select

from service import normalization
from service.auth import CALLERS, DECIDE, GRANTED, OWNER, READ, READ_OWN, RECORD, SCOPES, SIMULATE, Caller
from service.errors import InvalidKey
from service.ledger.chain import Entry
from service.ledger.changes import Change, Insert, Update, write
from service.ledger.store import Ledger, new_id
from service.ledger.tables import KEYS

PREFIX: Final = "rdr"
SECRET: Final = 32  # random bytes
LONGEST_NAME: Final = 60
LONGEST_TOKEN: Final = 200
LONGEST_MERCHANT: Final = 200
MOST_MERCHANTS: Final = 100
MADE, REVOKED = "key.made", "key.revoked"  # kinds of entries


@dataclass(frozen=True, slots=True)
class Key:
    """A key without its secret; `merchants` are those that it is bound to, None if it is not bound."""

    id: str
    name: str
    role: str
    scopes: tuple[str, ...]
    made_at: str
    revoked_at: str | None = None
    merchants: tuple[str, ...] | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the public fields of the key."""
        return {name: getattr(self, name) for name in self.__slots__}


def make(
    ledger: Ledger, name: str, role: str, scopes: Sequence[str], by: str, merchants: Sequence[str] = ()
) -> tuple[Key, str]:
    """Make a key, by default with the scopes of its role; return it with its token. Raises InvalidKey.

    With merchants it is bound to these.
    """
    _check(name, role, scopes)
    _check_merchants(merchants)
    chosen = tuple(scope for scope in SCOPES if scope in (scopes or GRANTED[role]))
    with ledger.writing(by) as writer:
        _refuse_name(writer.connection, name)
        bound = tuple(dict.fromkeys(merchants)) or None
        key = Key(new_id("key"), name, role, chosen, writer.at, merchants=bound)
        token = f"{PREFIX}_{key.id.partition('_')[2]}_{secrets.token_urlsafe(SECRET)}"
        fields = {"id": key.id, "name": name, "role": role, "scopes": chosen, "merchants": bound}
        body = fields | {"hash": _hash(token)}
        write(writer, made(writer.append(MADE, body), body))
    return key, token


def _refuse_name(connection: Connection, name: str) -> None:
    """Refuse the name of a live key and one that reads like it, so that nobody can approve his own proposal."""
    rows = connection.execute(select(KEYS.c.name, KEYS.c.revoked_at)).all()
    if any(row.name == name and row.revoked_at is None for row in rows):
        raise InvalidKey(f"there is a key '{name}' already; revoke it first, or choose another name")
    alike = (
        row.name for row in rows if row.name != name and normalization.folded(row.name) == normalization.folded(name)
    )
    if known := next(alike, None):
        raise InvalidKey(f"'{name}' reads like '{known}', which a key is or was called; choose that or another name")


def made(entry: Entry, body: Mapping[str, Any]) -> Iterator[Change]:
    """Yield the row of a new key. An entry without merchants was written by an earlier version."""
    bound = body.get("merchants")
    scopes = body["scopes"] if "merchants" in body else scopes_since(body["role"], body["scopes"])
    merchants = None if bound is None else orjson.dumps(bound).decode()
    row = {**body, "scopes": " ".join(scopes), "merchants": merchants, "made_at": entry.at, "revoked_at": None}
    yield Insert(KEYS, row)


def revoked(entry: Entry, body: Mapping[str, Any]) -> Iterator[Change]:
    """Yield the end of a key."""
    yield Update(KEYS, {"id": body["id"]}, {"revoked_at": entry.at})


def scopes_since(role: str, scopes: Sequence[str]) -> list[str]:
    """Return the scopes of a key that was made while `decide` included simulating and recording events.

    An editor only simulates now. A back end that could not read the ledger reads its own cases.
    """
    found = {*scopes}
    if DECIDE in found:
        found |= {SIMULATE, DECIDE, RECORD}
        found -= {DECIDE, RECORD} if role == "editor" else set()
        found |= {READ_OWN} if role == "admin" or (role == "back_end" and READ not in found) else set()
    return [scope for scope in SCOPES if scope in found]


def revoke(ledger: Ledger, name_or_id: str, by: str) -> Key:
    """Revoke a live key; it is refused from the next request on. Raises InvalidKey."""
    with ledger.writing(by) as writer:
        named = or_(KEYS.c.name == name_or_id, KEYS.c.id == name_or_id)
        row = writer.connection.execute(select(KEYS).where(named, _LIVE)).first()
        if row is None:
            raise InvalidKey(f"there is no live key '{name_or_id}'; 'redress keys list' shows them")
        body = {"id": row.id, "name": row.name}
        write(writer, revoked(writer.append(REVOKED, body), body))
    return _key(row)


def find(ledger: Ledger, token: str) -> Caller | None:
    """Return the live key of a token, or None; the time is the same for every kind of wrong token."""
    sent = _hash(token)
    prefix, _, rest = token.partition("_")
    with ledger.reading() as connection:
        row = connection.execute(select(KEYS).where(KEYS.c.id == f"key_{rest.partition('_')[0]}", _LIVE)).first()
    kept = _hash("") if row is None else row.hash
    if not hmac.compare_digest(sent, kept) or row is None or prefix != PREFIX:
        return None
    merchants = _merchants(row)
    bound = None if merchants is None else frozenset(merchants)
    return Caller(row.name, row.role, frozenset(row.scopes.split()), bound, row.id)


def every(ledger: Ledger) -> list[Key]:
    """Return all keys, including revoked ones, in the order in which they were made."""
    with ledger.reading() as connection:
        return [_key(row) for row in connection.execute(select(KEYS).order_by(KEYS.c.made_at, KEYS.c.id))]


def any_live(ledger: Ledger) -> bool:
    """Check whether there is a live key."""
    with ledger.reading() as connection:
        return _is_any(connection, _LIVE)


def any_ever(ledger: Ledger) -> bool:
    """Check whether there has ever been a key; once true it stays true."""
    with ledger.reading() as connection:
        return _is_any(connection)


_LIVE: Final = KEYS.c.revoked_at.is_(None)


def _is_any(connection: Connection, *conditions: Any) -> bool:
    return connection.execute(select(KEYS.c.id).where(*conditions).limit(1)).first() is not None


def _check(name: str, role: str, scopes: Sequence[str]) -> None:
    if not (0 < len(name) <= LONGEST_NAME and name.isprintable() and name == name.strip()):
        raise InvalidKey(f"a name is 1 to {LONGEST_NAME} letters, without blanks at its ends")
    if name == OWNER.name or name.startswith("key_"):
        raise InvalidKey(f"'{name}' cannot be a name: '{OWNER.name}' is the operator of this machine, key_... are ids")
    if role not in CALLERS:
        raise InvalidKey(f"'{role}' is no role; there are: {', '.join(CALLERS)}")
    if strange := [scope for scope in scopes if scope not in SCOPES]:
        raise InvalidKey(f"'{strange[0]}' is no scope; there are: {', '.join(SCOPES)}")


def _check_merchants(merchants: Sequence[str]) -> None:
    if len(merchants) > MOST_MERCHANTS:
        raise InvalidKey(f"a key is bound to at most {MOST_MERCHANTS} merchants; without any it is bound to none")
    for name in merchants:
        if not (
            len(name) <= LONGEST_MERCHANT and name.isprintable() and normalization.key(name) != normalization.UNNAMED
        ):
            raise InvalidKey(f"'{name}' names no merchant: write 1 to {LONGEST_MERCHANT} letters or digits")


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _key(row: Row[Any]) -> Key:
    return Key(row.id, row.name, row.role, tuple(row.scopes.split()), row.made_at, row.revoked_at, _merchants(row))


def _merchants(row: Row[Any]) -> tuple[str, ...] | None:
    return None if row.merchants is None else tuple(orjson.loads(row.merchants))
