"""Rows of the ledger that several tests read or write."""

from __future__ import annotations

from typing import Any

from sqlalchemy import insert, select

from service.casework.context import CaseContext
from service.ledger import chain
from service.ledger.store import Ledger
from service.ledger.tables import DECISIONS, ENTRIES, EXECUTIONS, PAYLOADS


def bodies(ledger: Ledger, kind: str = "event") -> list[dict[str, Any]]:
    kept = select(PAYLOADS.c.body).join(ENTRIES, ENTRIES.c.seq == PAYLOADS.c.seq).where(ENTRIES.c.kind == kind)
    with ledger.reading() as connection:
        return [chain.unpack(body) for body in connection.execute(kept.order_by(ENTRIES.c.seq)).scalars()]


def mode_of(office: CaseContext, decision: str) -> str:
    with office.ledger.reading() as connection:
        return str(connection.execute(select(DECISIONS.c.mode).where(DECISIONS.c.id == decision)).scalar_one())


def under_way(office: CaseContext, decision: str, no: str, state: str) -> None:
    row = dict.fromkeys(("claimed_by", "claimed_at", "confirm_by"), "x")
    row |= {"decision": decision, "case_no": no, "state": state}
    with office.ledger.writing("machine") as writer:
        writer.connection.execute(insert(EXECUTIONS), {**row, "total_fen": 1, "refund_fen": 1, "seq": 1})
