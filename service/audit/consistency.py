"""The consistency check: compare the projected tables with the entries that they are derived from.

A `Projector` derives the rows of a case again from its entries; this module compares them with the stored rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final, NamedTuple, Protocol

from sqlalchemy import Column, ColumnElement, Connection, Table, exists, select

from service.audit.finding import WRONG_TYPE, Finding
from service.ledger import raw
from service.ledger.chain import Entry, unpack
from service.ledger.tables import (
    CASES,
    CLOCKS,
    DECISIONS,
    ENTRIES,
    EXECUTED_LINES,
    EXECUTIONS,
    OUTCOMES,
    PACKS,
    PAYLOADS,
    PROPOSALS,
)

DECISION: Final = "decision"
ROW_DIFFERS, ROW_MISSING, ROW_ALONE, PACK_MISSING = "row_differs", "row_missing", "row_alone", "pack_missing"
ROW_NAMES: Final[Mapping[Table, str]] = {  # the compared tables, and the name of a row of each
    CASES: "case",
    DECISIONS: DECISION,
    PROPOSALS: "proposal",
    OUTCOMES: "outcome",
    EXECUTIONS: "execution",
    EXECUTED_LINES: "executed_line",
    CLOCKS: "clock",
}
OF_DECISION: Final[Mapping[Table, Column[Any]]] = {
    table: table.c.decision for table in (PROPOSALS, OUTCOMES, EXECUTIONS, EXECUTED_LINES)
}
PARTS: Final[Mapping[Table, str]] = {EXECUTED_LINES: "line", CLOCKS: "deadline"}  # several rows of one owner
BATCH: Final = 500  # keys in one query

Key = tuple[Any, ...]


class Record(NamedTuple):
    """An entry with its payload as stored; None if that is missing or does not match its digest.

    Payloads are large once they are unpacked, so each is unpacked when it is used and then dropped.
    """

    entry: Entry
    packed: bytes | None

    def body(self) -> Any | None:
        """Return the unpacked payload. Raises the errors of a malformed payload, see MALFORMED."""
        return None if self.packed is None else unpack(self.packed)


class RecordedRow(NamedTuple):
    """The recorded columns of a row, and its entry; columns that no entry records are left out."""

    seq: int
    columns: Mapping[str, Any]


@dataclass(slots=True)
class Rows:
    """The recorded rows of a case, by table and key; `complete` if it must have no others."""

    case_no: str | None
    complete: bool
    partial: set[Table] = field(default_factory=set)  # tables in which it may have other rows all the same
    of: dict[Table, dict[Key, RecordedRow]] = field(default_factory=lambda: {table: {} for table in ROW_NAMES})

    def add(self, table: Table, seq: int, columns: Mapping[str, Any]) -> None:
        """Add a row; its columns include its whole primary key."""
        self.of[table][key_of(table, columns)] = RecordedRow(seq, columns)


# The errors that malformed payloads cause in a projector.
MALFORMED: Final = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError)


class Projector(Protocol):
    """Derives rows from entries. Its methods raise the errors of malformed payloads, see MALFORMED."""

    def rows(self, records: Sequence[Record]) -> Rows:
        """Return the rows of a case from all its entries."""

    def follow(self, record: Record) -> None:
        """Apply the next entry of the ledger to the rows that belong to no case."""

    def findings(self) -> Iterator[Finding]:
        """Yield the findings on rows that belong to no case, after the last entry."""

    def close(self) -> None:
        """Release its scratch file."""


def row_findings(connection: Connection, cases: Sequence[Rows]) -> Iterator[Finding]:
    """Yield the differences between the stored and the recorded rows of some cases."""
    owners = {(True, id): case for case in cases for (id,) in case.of[DECISIONS]}
    owners |= {(False, case.case_no): case for case in cases}
    for table in ROW_NAMES:
        stored = {key_of(table, row): row for row in _stored_rows(connection, table, cases)}
        for row in stored.values():
            yield from _wrong_types(table, row)
        for case in cases:
            yield from _differing(table, case, stored)
        recorded = {key for case in cases for key in case.of[table]}
        for row in (row for key, row in stored.items() if key not in recorded):
            owner = owners.get(_owner(table, row))
            if owner is not None and owner.complete and table not in owner.partial:
                yield _unrecorded(table, row, owner.case_no)


def _owner(table: Table, row: raw.Values) -> tuple[bool, Any]:
    """Return the decision or case that a row belongs to."""
    if table is CASES or table is CLOCKS:
        return False, row["no" if table is CASES else "case_no"]
    return True, row["id" if table is DECISIONS else "decision"]


def _stored_rows(connection: Connection, table: Table, cases: Sequence[Rows]) -> Iterator[raw.Values]:
    """Yield the stored rows of a table with the recorded keys, or of the cases or their decisions."""
    first = next(iter(table.primary_key))
    owners = [case.case_no for case in cases] if table is CLOCKS else []
    yield from _fetched(connection, first, [*owners, *(key[0] for case in cases for key in case.of[table])])
    if table in OF_DECISION:
        yield from _fetched(connection, OF_DECISION[table], [id for case in cases for (id,) in case.of[DECISIONS]])


def _fetched(connection: Connection, column: Column[Any], values: Sequence[Any]) -> Iterator[raw.Values]:
    findable = raw.findable(values)
    for start in range(0, len(findable), BATCH):
        found = raw.all_of(column.table).where(column.in_(findable[start : start + BATCH]))
        yield from raw.some(connection, found)


def _differing(table: Table, case: Rows, stored: Mapping[Key, raw.Values]) -> Iterator[Finding]:
    """Yield the recorded rows of a case that are missing or different."""
    for key, recorded in case.of[table].items():
        names = (recorded.seq, key[0], ROW_NAMES[table], case.case_no)
        row = stored.get(key)
        if row is None:
            yield Finding(ROW_MISSING, f"{_shown(table, key)}this {ROW_NAMES[table]} has no row", *names)
        elif detail := differences(row, recorded.columns):
            yield Finding(ROW_DIFFERS, _shown(table, key) + detail, *names)


def differences(row: raw.Values, recorded: Mapping[str, Any]) -> str:
    """Return the columns in which a row differs from its recorded columns, as text; empty if none."""
    differing = (
        f"{name} is {raw.shown(row[name])}, recorded {raw.shown(value)}"
        for name, value in recorded.items()
        if row[name] != value
    )
    return "; ".join(differing)


def _wrong_types(table: Table, row: raw.Values) -> Iterator[Finding]:
    for misfit in raw.misfits(table, row):
        key, case_no = key_of(table, row), row.get("case_no", row.get("no"))
        detail = _shown(table, key) + misfit.detail
        yield Finding(WRONG_TYPE, detail, row.get("seq"), key[0], ROW_NAMES[table], case_no)


def _shown(table: Table, key: Key) -> str:
    """Return the text that distinguishes a row from the others of the same owner."""
    return f"{PARTS[table]} {raw.printable(str(key[1]))}: " if table in PARTS else ""


def _unrecorded(table: Table, row: raw.Values, case_no: str | None) -> Finding:
    key = key_of(table, row)
    detail = f"{_shown(table, key)}no entry records this {ROW_NAMES[table]}"
    return Finding(ROW_ALONE, detail, row.get("seq"), key[0], ROW_NAMES[table], case_no)


def key_of(table: Table, row: Mapping[str, Any]) -> Key:
    """Return the primary key of a row."""
    return tuple(row[name] for name in _names(table))


@cache
def _names(table: Table) -> tuple[str, ...]:
    return tuple(column.name for column in table.primary_key)


# ---- rows of no case


def unrecorded_rows(connection: Connection) -> Iterator[Finding]:
    """Yield the rows that belong to no recorded decision or case, and the decisions whose pack is missing."""
    for table in ROW_NAMES:
        for row in raw.rows(connection, raw.all_of(table).where(~_recorded(table))):
            yield _unrecorded(table, row, row.get("case_no", row.get("no")))
    without = raw.all_of(DECISIONS).where(~exists().where(PACKS.c.digest == DECISIONS.c.pack_digest))
    for row in raw.rows(connection, without.order_by(DECISIONS.c.seq)):
        names = (row["seq"], row["id"], DECISION, row["case_no"])
        yield Finding(PACK_MISSING, "the pack of this decision is missing", *names)
    alone = select(*raw.columns(PAYLOADS, "seq")).where(~exists().where(ENTRIES.c.seq == PAYLOADS.c.seq))
    for row in raw.rows(connection, alone.order_by(PAYLOADS.c.seq)):
        yield Finding(ROW_ALONE, "this payload belongs to no entry", row["seq"], kind="payload")


def _recorded(table: Table) -> ColumnElement[bool]:
    """Return the condition that a row belongs to a recorded decision; for a case, to any entry, which uses an index."""
    if table is CASES or table is CLOCKS:
        return exists().where(ENTRIES.c.case_no == (CASES.c.no if table is CASES else CLOCKS.c.case_no))
    id = DECISIONS.c.id if table is DECISIONS else OF_DECISION[table]
    return exists().where(ENTRIES.c.id == id, ENTRIES.c.kind == DECISION)
