"""Read what was kept of a decision, and trust it only where it is what the chain says."""

from __future__ import annotations

import hashlib
from typing import Any

import orjson
from sqlalchemy import Connection, select

from ..ledger import chain
from ..ledger.tables import ENTRIES, PAYLOADS

Json = dict[str, Any]


def kept_of(connection: Connection, row: Any) -> Json | None:
    """Return the payload of a decision's row; None where it was erased or is no longer what was recorded."""
    entry = select(ENTRIES.c.digest, PAYLOADS.c.salt, PAYLOADS.c.body).join(PAYLOADS, PAYLOADS.c.seq == ENTRIES.c.seq)
    found = connection.execute(entry.where(ENTRIES.c.seq == row.seq, ENTRIES.c.id == row.id)).first()
    if found is None or chain.digest(found.salt, found.body) != found.digest:
        return None
    kept: Json = chain.unpack(found.body)
    same = hashlib.sha256(orjson.dumps(kept["recommendation"])).hexdigest() == row.digest
    return kept if same else None
