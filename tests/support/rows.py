"""Rows of the ledger that several tests read or write."""

from __future__ import annotations

from typing import Any

from sqlalchemy import insert, select

from service.casework.context import CaseContext
from service.ledger import chain
from service.ledger.store import Ledger
from service.ledger.tables import DECISIONS, ENTRIES, EXECUTIONS, PAYLOADS


def entries_of(ledger: Ledger, *kinds: str) -> list[tuple[str, str, Any]]:
    """Return the entries of some kinds, of every kind without one: the kind, the name of the caller, and the body."""
    query = select(ENTRIES, PAYLOADS.c.body).join(PAYLOADS, PAYLOADS.c.seq == ENTRIES.c.seq)
    if kinds:
        query = query.where(ENTRIES.c.kind.in_(kinds))
    with ledger.reading() as connection:
        rows = connection.execute(query.order_by(ENTRIES.c.seq)).all()
    return [(row.kind, row.by, chain.unpack(row.body)) for row in rows]


def bodies(ledger: Ledger, kind: str = "event") -> list[dict[str, Any]]:
    return [body for _, _, body in entries_of(ledger, kind)]


def mode_of(office: CaseContext, decision: str) -> str:
    with office.ledger.reading() as connection:
        return str(connection.execute(select(DECISIONS.c.mode).where(DECISIONS.c.id == decision)).scalar_one())


def under_way(office: CaseContext, decision: str, no: str, state: str) -> None:
    row = dict.fromkeys(("claimed_by", "claimed_at", "confirm_by"), "x")
    row |= {"decision": decision, "case_no": no, "state": state}
    with office.ledger.writing("machine") as writer:
        writer.connection.execute(insert(EXECUTIONS), {**row, "total_fen": 1, "refund_fen": 1, "seq": 1})
