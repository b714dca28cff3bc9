"""Verify a ledger: the record itself, and every row that is looked up of a case against what its entries tell of it.

What only a setting of the time told cannot be told again: whether a decision was drawn for review by chance, and in
what currency a person paid. Of a case in which a payload is erased, or is not the one that was recorded, only what
single entries tell can be.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from sqlalchemy import Connection

from rules.load import load
from rules.pack import Pack

from ..ledger.agreement import DECISION, Record, Rows
from ..ledger.archive import files_of
from ..ledger.retention import ERASED, OF_PERSON
from ..ledger.store import Ledger
from ..ledger.tables import CASES, DECISIONS, EXECUTIONS, OUTCOMES, PROPOSALS
from ..ledger.verify import Report
from ..ledger.verify import verify as verified
from . import lookups
from .course import Course

MOST_PACKS: Final = 16  # that are loaded once


def verify(ledger: Ledger, noted: str | None = None) -> Report:
    """Verify a ledger with all that is looked up of its cases; `noted` is a head that has to be in it still."""
    return verified(ledger, lambda connection: Retelling(connection).rows, noted)


class Retelling:
    """Tells the rows of cases again, with the packs that decided them."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.packs: dict[str, Pack | None] = {}

    def rows(self, records: Sequence[Record]) -> Rows:
        """Return the rows that a case should have."""
        if any(record.packed is None or record.entry.kind == ERASED for record in records):
            return self._outline(records)
        course = Course(self._pack)
        for record in records:
            course.follow(record)
        return course.rows()

    def _outline(self, records: Sequence[Record]) -> Rows:
        """Return what single entries tell."""
        rows = Rows(records[0].entry.case_no, all_told=False)
        erased = any(record.entry.kind == ERASED for record in records)
        nobody = dict.fromkeys(OF_PERSON) if erased else {}
        for record in records:
            entry, body = record.entry, record.body()
            match entry.kind:
                case "decision":
                    row = lookups.named(entry) | nobody if body is None else lookups.decision(entry, body, self._pack)
                    rows.add(DECISIONS, entry.seq, row)
                case "proposal":
                    rows.add(PROPOSALS, entry.seq, lookups.proposal(entry, body))
                case "outcome":
                    rows.add(OUTCOMES, entry.seq, lookups.outcome(entry, body))
                case "execution.claimed":
                    rows.add(EXECUTIONS, entry.seq, {"decision": entry.about, "case_no": entry.case_no})
        if decisions := [record.entry for record in records if record.entry.kind == DECISION]:
            first, last = decisions[0], decisions[-1]
            case = {"no": first.case_no, "seq": first.seq, "opened_at": first.at, "decision": last.id}
            rows.add(CASES, first.seq, case | nobody)
        return rows

    def _pack(self, digest: str) -> Pack | None:
        """Return a pack that decided; None where it is not kept as it was, or no longer loads."""
        if digest not in self.packs:
            files = files_of(self.connection, digest)
            self.packs[digest] = None if files is None else _loaded(tuple(sorted(files.items())))
        return self.packs[digest]


@lru_cache(maxsize=MOST_PACKS)
def _loaded(files: tuple[tuple[str, bytes], ...]) -> Pack | None:
    return load(dict(files), {})[0]
