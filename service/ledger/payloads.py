"""Read the payload of an entry, and trust it only where it is what the chain says.

A payload that is no longer what was recorded is worth no more than one that was erased: nobody acts on it.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Row, Select

from service.ledger import chain
from service.ledger.tables import ENTRIES, PAYLOADS

Json = dict[str, Any]


def with_payloads(query: Select[Any], seq: ColumnElement[int]) -> Select[Any]:
    """Add to a query what `payload_of` reads of each row; `seq` is the number of the row's entry."""
    entry = ENTRIES.alias()
    wanted = query.add_columns(entry.c.digest.label("recorded"), PAYLOADS.c.salt, PAYLOADS.c.body)
    return wanted.outerjoin(entry, entry.c.seq == seq).outerjoin(PAYLOADS, PAYLOADS.c.seq == seq)


def payload_of(row: Row[Any]) -> Json | None:
    """Return the payload of a row's entry; None where it was erased, or is no longer what was recorded."""
    if not chain.holds(row.salt, row.body, row.recorded):
        return None
    body: Json = chain.unpack(row.body)
    return body
