"""Erase payloads of entries, with their salts, and the messages about them.

The chain stays valid, since it holds digests only; an entry records what was erased and why.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from sqlalchemy import Connection, delete, select, text

from service.ledger import chain, raw
from service.ledger.tables import ENTRIES, OUTBOX, PAYLOADS

ERASED: Final = "erased"
REQUEST, RETENTION = "request", "retention"  # why: on request, or after the retention period
PAGE: Final = 500  # messages or entries read at a time
BLOCK: Final = 4096  # entry numbers of one block
TEXTS: Final = re.compile(rb'"([^"\\]{1,200})"')  # in JSON


class Marks:
    """A set of entry numbers as a bitmap in blocks."""

    def __init__(self) -> None:
        self.blocks: dict[int, bytearray] = {}

    def add(self, seq: int) -> None:
        """Add a number."""
        block, at = divmod(seq, BLOCK)
        self.blocks.setdefault(block, bytearray(BLOCK // 8))[at // 8] |= 1 << at % 8

    def __contains__(self, seq: int) -> bool:
        block, at = divmod(seq, BLOCK)
        return block in self.blocks and bool(self.blocks[block][at // 8] >> at % 8 & 1)


def erased(connection: Connection) -> Marks:
    """Return the entries whose payloads were erased, according to valid entries."""
    marks = Marks()
    said = select(*raw.columns(ENTRIES, "digest"), *raw.columns(PAYLOADS, "salt", "body"))
    said = said.select_from(ENTRIES.join(PAYLOADS, PAYLOADS.c.seq == ENTRIES.c.seq))
    for row in raw.rows(connection, said.where(ENTRIES.c.kind == ERASED).order_by(ENTRIES.c.seq)):
        if chain.holds(row["salt"], row["body"], row["digest"]):
            for seq in _listed(row["body"]):
                marks.add(seq)
    return marks


def _listed(body: bytes) -> list[int]:
    """Return the erased entries that a payload lists; a forged payload may list anything."""
    try:
        return [seq for seq in chain.unpack(body)["entries"] if isinstance(seq, int)]
    except (ValueError, LookupError, TypeError):
        return []


def overwrite_deleted(connection: Connection) -> None:
    """Let SQLite overwrite what this connection deletes."""
    if connection.dialect.name == "sqlite":
        connection.execute(text("PRAGMA secure_delete=ON"))


def erase_payloads(connection: Connection, case_no: str) -> list[int]:
    """Delete the payloads of a case's entries, except records of erasure; return the numbers of these entries."""
    kept = select(ENTRIES.c.seq).join(PAYLOADS, PAYLOADS.c.seq == ENTRIES.c.seq)
    of_case = (ENTRIES.c.case_no == case_no, ENTRIES.c.kind != ERASED)
    seqs = list(connection.execute(kept.where(*of_case).order_by(ENTRIES.c.seq)).scalars())
    connection.execute(delete(PAYLOADS).where(PAYLOADS.c.seq.in_(seqs)))
    return seqs


def delete_messages(connection: Connection, names: Iterable[str]) -> None:
    """Delete webhook messages, sent or not, that mention any of some cases or decisions."""
    wanted = {name.encode() for name in names}
    every = select(OUTBOX.c.id, OUTBOX.c.body).execution_options(yield_per=PAGE)
    speaking = [id for id, body in connection.execute(every) if not wanted.isdisjoint(TEXTS.findall(body))]
    for id in speaking:
        connection.execute(delete(OUTBOX).where(OUTBOX.c.id == id))
