"""Switch machines off: all of them, or those of a pack, a rule or a merchant.

A switch takes effect at once in every process, because each decision and each claim reads it in its transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Connection, delete, insert, select

from service.casework.limits.operators import masked_reason
from service.casework.limits.scopes import ALL, EVERYONE
from service.ledger.store import Writer
from service.ledger.tables import DECISIONS, PACKS, SWITCHES
from service.normalization import key

Json = dict[str, Any]
ON, OFF = "switch.on", "switch.off"  # kinds of entries
FIELDS: Final = ("scope", "name", "since", "by", "reason")


def turn_on(writer: Writer, scope: str, name: str, reason: str) -> Json:
    """Turn a switch on, so that no machine acts within its scope; one that is on gets the new reason."""
    whose = _name(scope, name)
    body = {"scope": scope, "name": whose, "reason": masked_reason(writer.connection, reason)}
    row = row_of(body, writer.at, writer.by)
    writer.append(ON, body)
    _remove(writer.connection, scope, whose)
    writer.connection.execute(insert(SWITCHES), row)
    return {**row, "on": True, "met": _met(writer.connection, scope, whose)}


def row_of(body: Mapping[str, Any], at: str, by: str) -> Json:
    """Return the row of a switch from its entry."""
    return {**body, "since": at, "by": by}


def turn_off(writer: Writer, scope: str, name: str, reason: str) -> Json:
    """Turn a switch off; one that is off stays off."""
    whose = _name(scope, name)
    if _remove(writer.connection, scope, whose):
        writer.append(OFF, {"scope": scope, "name": whose, "reason": masked_reason(writer.connection, reason)})
    return {"scope": scope, "name": whose, "on": False}


def active(connection: Connection) -> list[Json]:
    """Return the switches that are on."""
    rows = connection.execute(select(SWITCHES).order_by(SWITCHES.c.scope, SWITCHES.c.name))
    return [{name: getattr(row, name) for name in FIELDS} | {"on": True} for row in rows]


def _name(scope: str, name: str) -> str:
    if scope == ALL:
        return EVERYONE
    return key(name) if scope == "merchant" else name


def _remove(connection: Connection, scope: str, name: str) -> bool:
    gone = connection.execute(delete(SWITCHES).where(SWITCHES.c.scope == scope, SWITCHES.c.name == name))
    return bool(gone.rowcount)


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
