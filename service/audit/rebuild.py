"""Rebuild the projected tables from the chain.

Kept as they are, because no entry contains them:
- packs, which are part of the record;
- data of erased payloads: rows and columns of erased cases, and budgets of their customers;
- the query of an endpoint's address, and its secrets;
- messages and their deliveries, of which entries hold digests;
- requests with an idempotency key, and their answers;
- counters that are ahead of the numbers in use;
- columns that an earlier version did not record, or that only a pack which no longer loads can derive.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, text

from service.audit import consistency
from service.audit.consistency import Record, Rows
from service.audit.finding import Finding
from service.audit.rebuilt_rows import PARTIAL, Change, Rebuilding
from service.audit.record import Report, walk_record
from service.audit.scratch import Derived
from service.audit.verification import Projection
from service.auth import OWNER
from service.errors import LedgerUnsound
from service.ledger import raw
from service.ledger.store import Ledger
from service.ledger.tables import COUNTERS, ENDPOINTS, KEYS, LIMITS, OUTBOX, PACKS, REPLAYS, SPENT, SWITCHES

KEPT: Final = (
    "packs",
    "erased payloads: what only they held of cases, and the budgets of their customers",
    "endpoints: the query of the address, and the secrets",
    "outbox: messages and their deliveries",
    "replays: requests with an idempotency key, and their answers",
    "counters that are ahead of the numbers in use",
    "columns that no entry holds, of entries of earlier versions and of packs that no longer load",
)
TABLES: Final = (*consistency.ROW_NAMES, COUNTERS, ENDPOINTS, KEYS, LIMITS, SPENT, SWITCHES)  # the rebuilt tables


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """The result of rebuilding: the change of each table, and the report of `verify` afterwards."""

    changes: tuple[Change, ...]
    report: Report

    @property
    def sound(self) -> bool:
        """Check that each table now agrees with the chain."""
        return self.report.sound and not any(change.unmade for change in self.changes)

    def as_json(self) -> dict[str, Any]:
        """Return it as `redress rebuild --json` prints it."""
        tables = {change.table: change.as_json() for change in self.changes}
        return {"tables": tables, "kept": list(KEPT), "verify": self.report.as_json()}


def rebuild(ledger: Ledger) -> Rebuilt:
    """Rebuild the projected tables in one transaction. Raises LedgerUnsound if the chain is not sound.

    No entry is added: the chain is the same before and after.
    """
    with ledger.writing(OWNER.name) as writer:
        connection = writer.connection
        with _readable(connection), closing(_Derived(connection, writer.moment)) as derived:
            _lock(connection)
            found = walk_record(connection, derived).record
            if found:
                raise LedgerUnsound(_refusal(found))
            rebuilding = Rebuilding(connection, derived.of_ledger)
            changes = tuple(rebuilding.remake(table) for table in TABLES)
            with closing(Projection(connection, writer.moment)) as projection:
                return Rebuilt(changes, walk_record(connection, projection))


def _refusal(found: Sequence[Finding]) -> str:
    more = f", and {len(found) - 1} more" if len(found) > 1 else ""
    return f"the chain is not sound, and nothing was changed: {found[0]}{more}; 'redress verify' lists them all"


def _readable(connection: Connection) -> Any:
    return raw.any_text(connection) if connection.dialect.name == "sqlite" else nullcontext()


def _lock(connection: Connection) -> None:
    """Keep others from counting, delivering and answering meanwhile, which they do without the head of the chain."""
    if connection.dialect.name == "postgresql":
        names = ", ".join(table.name for table in (*TABLES, OUTBOX, PACKS, REPLAYS))
        connection.execute(text(f"LOCK TABLE {names} IN EXCLUSIVE MODE"))


class _Derived(Projection):
    """Derives the rows of all tables, and keeps them in a scratch file until they replace the stored rows."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        super().__init__(connection, now)
        self.scratch = self.of_ledger.scratch

    def rows(self, records: Sequence[Record]) -> Rows:
        """Return the rows that a case should have, and keep them."""
        rows = super().rows(records)
        partial = rows.partial if rows.complete else {*consistency.ROW_NAMES}
        for table, some in rows.of.items():
            if table in partial:
                self.scratch.put(PARTIAL, (table.name, rows.case_no), Derived(0, "", {}))
            for key, row in some.items():
                self.scratch.put(table.name, key, Derived(row.seq, "", dict(row.columns)))
        return rows

    def findings(self) -> Iterator[Finding]:
        """Yield nothing: the rows of no case are made again, not compared."""
        self.of_ledger.end()
        return iter(())
