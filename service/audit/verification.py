"""Verify a ledger: the record itself, and every row of every other table against the entries.

Earlier versions recorded less. What their entries do not record is not compared: whether an automatic decision was
drawn for review, the currency of a payment by a person, the end of a deadline that an event started. If a payload of a
case was erased or changed, only what single entries record is compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Final

from sqlalchemy import Connection, select

from rules.compiling.load import load
from rules.compiling.pack import Pack
from service.audit.case_projector import CaseOutline, CaseProjector
from service.audit.consistency import DECISION, Record, Rows
from service.audit.finding import NOT_COMPARED, NOTE, Finding
from service.audit.ledger_findings import LedgerFindings
from service.audit.ledger_projector import LedgerProjector
from service.audit.record import Report
from service.audit.record import verify as verified
from service.ledger import raw
from service.ledger.pack_archive import files_in
from service.ledger.retention import ERASED
from service.ledger.store import Ledger
from service.ledger.tables import PACKS

MOST_PACKS: Final = 16  # loaded packs that are kept


def verify(ledger: Ledger, expected_head: str | None = None) -> Report:
    """Verify a ledger and its projected tables; `expected_head` is an earlier head that must still be in it."""
    return verified(ledger, lambda connection: Projection(connection, ledger.now()), expected_head)


class Projection:
    """Derives the rows of all tables from the entries, with the packs that decided."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self.connection, self.now = connection, now
        self.packs: dict[str, Pack | None] = {}
        self.of_ledger = LedgerProjector()
        self.undrawn = 0

    def follow(self, record: Record) -> None:
        """Apply the next entry to the rows that belong to no case."""
        self.of_ledger.follow(record)

    def findings(self) -> Iterator[Finding]:
        """Yield the findings on rows that belong to no case, after the last entry."""
        self.of_ledger.end()
        yield from LedgerFindings(self.connection, self.of_ledger, self.now, self._pack).all()
        if self.undrawn:
            detail = f"it was not recorded whether {self.undrawn} automatic decisions were drawn for review"
            yield Finding(NOT_COMPARED, detail, kind=DECISION, grade=NOTE)

    def close(self) -> None:
        """Close the scratch file."""
        self.of_ledger.scratch.close()

    def rows(self, records: Sequence[Record]) -> Rows:
        """Return the recorded rows of a case."""
        if any(record.packed is None or record.entry.kind == ERASED for record in records):
            outline = CaseOutline(self._pack)
            for record in records:
                outline.follow(record)
            return outline.expected(records[0].entry.case_no)
        projector = CaseProjector(self._pack)
        for record in records:
            projector.follow(record)
        rows = projector.expected()
        self.of_ledger.number(records[0].entry, projector.counted)
        self.undrawn += projector.undrawn
        return rows

    def _pack(self, digest: str) -> Pack | None:
        """Return a pack that decided; None if its stored files were changed, or if it no longer loads."""
        if digest not in self.packs:
            stored = select(*raw.columns(PACKS, "files")).where(PACKS.c.digest == digest)
            kept = self.connection.execute(stored).scalar()
            files = files_in(kept, digest) if isinstance(kept, bytes) else None
            self.packs[digest] = None if files is None else _loaded(tuple(sorted(files.items())))
        return self.packs[digest]


@lru_cache(maxsize=MOST_PACKS)
def _loaded(files: tuple[tuple[str, bytes], ...]) -> Pack | None:
    return load(dict(files), {})[0]
