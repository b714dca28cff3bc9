"""Read what was kept of a decision, where its row is still that of its entry."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select

from ..ledger import chain
from ..ledger.payloads import payload_of, with_payloads
from ..ledger.tables import ENTRIES

Json = dict[str, Any]


def kept_of(connection: Connection, row: Any) -> Json | None:
    """Return the payload of a decision's row; None where it was erased or is no longer what was recorded."""
    entry = select(ENTRIES.c.id).where(ENTRIES.c.seq == row.seq, ENTRIES.c.id == row.id)
    found = connection.execute(with_payloads(entry, ENTRIES.c.seq)).first()
    kept = None if found is None else payload_of(found)
    if kept is None or chain.fingerprint(kept["recommendation"]) != row.digest:
        return None
    return kept
