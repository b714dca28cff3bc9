"""Switch machines off: all of them, or those of a pack, a rule or a merchant.

A switch takes effect at once in every process, because each decision and each claim reads it in its transaction.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from sqlalchemy import Connection, select

from service.casework.limits.operators import masked_reason
from service.casework.limits.scopes import ALL, EVERYONE
from service.ledger.chain import Entry
from service.ledger.changes import Change, Delete, Insert, write
from service.ledger.store import Writer
from service.ledger.tables import DECISIONS, PACKS, SWITCHES
from service.normalization import key, name_of

Json = dict[str, Any]
Body = Mapping[str, Any]
ON, OFF = "switch.on", "switch.off"  # kinds of entries
FIELDS: Final = ("scope", "name", "since", "by", "reason")


def turn_on(writer: Writer, scope: str, name: str, reason: str) -> Json:
    """Turn a switch on, so that no machine acts within its scope; one that is on gets the new reason."""
    whose = _name(scope, name)
    body = {"scope": scope, "name": whose, "reason": masked_reason(writer.connection, reason)}
    write(writer, turned_on(writer.append(ON, body), body))
    shown = {**body, "since": writer.at, "by": writer.by, "on": True}
    return shown | {"met": _met(writer.connection, scope, whose)}


def turn_off(writer: Writer, scope: str, name: str, reason: str) -> Json:
    """Turn a switch off; one that is off stays off."""
    whose = _name(scope, name)
    if _is_on(writer.connection, scope, whose):
        body = {"scope": scope, "name": whose, "reason": masked_reason(writer.connection, reason)}
        write(writer, turned_off(writer.append(OFF, body), body))
    return {"scope": scope, "name": whose, "on": False}


def turned_on(entry: Entry, body: Body) -> Iterator[Change]:
    """Yield the row of a switch, in the place of the one that was on."""
    yield from turned_off(entry, body)
    yield Insert(SWITCHES, _key(body) | {"since": entry.at, "by": entry.by, "reason": body["reason"]})


def turned_off(_: Entry, body: Body) -> Iterator[Change]:
    """Yield the removal of a switch."""
    yield Delete(SWITCHES, _key(body))


def _key(body: Body) -> Json:
    """Return the key of a switch, as it is spelled now; earlier versions spelled it otherwise."""
    return {"scope": body["scope"], "name": name_of(body["scope"], body["name"])}


def active(connection: Connection) -> list[Json]:
    """Return the switches that are on."""
    rows = connection.execute(select(SWITCHES).order_by(SWITCHES.c.scope, SWITCHES.c.name))
    return [{name: getattr(row, name) for name in FIELDS} | {"on": True} for row in rows]


def _name(scope: str, name: str) -> str:
    if scope == ALL:
        return EVERYONE
    return key(name) if scope == "merchant" else name


def _is_on(connection: Connection, scope: str, name: str) -> bool:
    on = select(SWITCHES.c.name).where(SWITCHES.c.scope == scope, SWITCHES.c.name == name)
    return connection.execute(on).first() is not None


def _met(connection: Connection, scope: str, name: str) -> bool:
    """Check that some decision has this pack, rule or merchant; otherwise the name may be misspelt."""
    if scope == "pack":
        return connection.execute(select(PACKS.c.digest).where(PACKS.c.name == name).limit(1)).first() is not None
    if scope == "rule":
        spoken = (" " + DECISIONS.c.rules + " ").contains(f" {name} ", autoescape=True)
        return connection.execute(select(DECISIONS.c.id).where(spoken).limit(1)).first() is not None
    if scope == "merchant":
        known = connection.execute(select(DECISIONS.c.merchant).distinct()).scalars()
        return name in {key(merchant) for merchant in known}
    return True
