"""Cases with their entries, read in batches."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, select

from service.casework.visibility import Sight
from service.ledger.chain import payload_of, with_payloads
from service.ledger.store import Ledger, instant
from service.ledger.tables import CASES, DECISIONS, ENTRIES

AT_A_TIME: Final = 50

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class CaseEntry:
    """One entry of a case; its body is None where the payload was erased."""

    kind: str
    at: str
    by: str
    body: Json | None
    pack_digest: str | None  # of a decision


@dataclass(frozen=True, slots=True)
class Dossier:
    """A case in its present state, with its entries, oldest first."""

    case: Row[Any]
    entries: Sequence[CaseEntry]

    def decisions(self) -> list[CaseEntry]:
        """Return the decisions that are still readable."""
        return [one for one in self.entries if one.kind == "decision" and one.body is not None]


def dossiers(ledger: Ledger, sight: Sight, since: datetime | None, until: datetime | None) -> Iterator[Dossier]:
    """Yield the cases opened in a period, in order."""
    opened = [*sight.cases(), *([] if since is None else [CASES.c.opened_at >= instant(since)])]
    opened += [] if until is None else [CASES.c.opened_at < instant(until)]
    last = 0
    while True:
        with ledger.reading() as connection:
            some = select(CASES).where(CASES.c.seq > last, *opened).order_by(CASES.c.seq).limit(AT_A_TIME)
            cases = connection.execute(some).all()
            happened = _entries_of(connection, [case.no for case in cases])
        yield from (Dossier(case, happened[case.no]) for case in cases)
        if len(cases) < AT_A_TIME:
            return
        last = cases[-1].seq


def _entries_of(connection: Connection, numbers: Sequence[str]) -> dict[str, list[CaseEntry]]:
    found: dict[str, list[CaseEntry]] = defaultdict(list)
    entries = (
        select(ENTRIES, DECISIONS.c.pack_digest)
        .outerjoin(DECISIONS, DECISIONS.c.seq == ENTRIES.c.seq)
        .where(ENTRIES.c.case_no.in_(numbers))
        .order_by(ENTRIES.c.seq)
    )
    for row in connection.execute(with_payloads(entries, ENTRIES.c.seq)):
        found[row.case_no].append(CaseEntry(row.kind, row.at, row.by, payload_of(row), row.pack_digest))
    return found
