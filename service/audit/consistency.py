"""Hold what is looked up quickly against the record that it was derived from.

What a row of a case should say is derived again from the entries of its case, by whoever knows what they mean: a
`Projector`. Here only is compared.
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
KINDS: Final[Mapping[Table, str]] = {  # the tables that are held against the record, and what a row of each is called
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
PARTS: Final[Mapping[Table, str]] = {EXECUTED_LINES: "line", CLOCKS: "deadline"}  # of which one owner has several
AT_ONCE: Final = 500  # rows that are fetched by name

Key = tuple[Any, ...]


class Record(NamedTuple):
    """An entry with its payload as stored; None where that is gone, or is not the one that was recorded.

    Payloads are large once they are read, so each is read where it is used and not held.
    """

    entry: Entry
    packed: bytes | None

    def body(self) -> Any | None:
        """Return what the payload says. Raises what senseless payloads make it raise, see SENSELESS."""
        return None if self.packed is None else unpack(self.packed)


class RecordedRow(NamedTuple):
    """What a row should say, and the entry that says so; columns are left out where nothing tells them."""

    seq: int
    columns: Mapping[str, Any]


@dataclass(slots=True)
class Rows:
    """The rows that a case should have, by table and key; `all_told` where it should have no others."""

    case_no: str | None
    complete: bool
    partial: set[Table] = field(default_factory=set)  # of which it may have others all the same
    of: dict[Table, dict[Key, RecordedRow]] = field(default_factory=lambda: {table: {} for table in KINDS})

    def add(self, table: Table, seq: int, columns: Mapping[str, Any]) -> None:
        """Add a row, which tells its whole key."""
        self.of[table][key_of(table, columns)] = RecordedRow(seq, columns)


# What senseless payloads make a projector raise.
MALFORMED: Final = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError)


class Projector(Protocol):
    """Derives rows from entries."""

    def rows(self, records: Sequence[Record]) -> Rows:
        """Return the rows of a case from all its entries. Raises what senseless payloads make it raise."""

    def follow(self, record: Record) -> None:
        """Take the next entry of the ledger into the rows of no case. Raises what senseless payloads make it raise."""

    def findings(self) -> Iterator[Finding]:
        """Yield what is wrong with the rows of no case, once every entry was followed."""

    def close(self) -> None:
        """Give back what it has kept."""


def row_findings(connection: Connection, cases: Sequence[Rows]) -> Iterator[Finding]:
    """Yield how the rows that stand of some cases differ from those that they should have."""
    owners = {(True, id): case for case in cases for (id,) in case.of[DECISIONS]}
    owners |= {(False, case.case_no): case for case in cases}
    for table in KINDS:
        standing = {key_of(table, row): row for row in _standing(connection, table, cases)}
        for row in standing.values():
            yield from _misfitting(table, row)
        for case in cases:
            yield from _differing(table, case, standing)
        told = {key for case in cases for key in case.of[table]}
        for row in (row for key, row in standing.items() if key not in told):
            its = owners.get(_owner(table, row))
            if its is not None and its.complete and table not in its.partial:
                yield _alone(table, row, its.case_no)


def _owner(table: Table, row: raw.Values) -> tuple[bool, Any]:
    """Return which decision or case a row belongs to."""
    if table is CASES or table is CLOCKS:
        return False, row["no" if table is CASES else "case_no"]
    return True, row["id" if table is DECISIONS else "decision"]


def _standing(connection: Connection, table: Table, cases: Sequence[Rows]) -> Iterator[raw.Values]:
    """Yield the rows of a table that have the keys which are told, or that belong to the cases or their decisions."""
    first = next(iter(table.primary_key))
    owners = [case.case_no for case in cases] if table is CLOCKS else []
    yield from _fetched(connection, first, [*owners, *(key[0] for case in cases for key in case.of[table])])
    if table in OF_DECISION:
        yield from _fetched(connection, OF_DECISION[table], [id for case in cases for (id,) in case.of[DECISIONS]])


def _fetched(connection: Connection, column: Column[Any], values: Sequence[Any]) -> Iterator[raw.Values]:
    findable = raw.findable(values)
    for start in range(0, len(findable), AT_ONCE):
        found = raw.all_of(column.table).where(column.in_(findable[start : start + AT_ONCE]))
        yield from raw.some(connection, found)


def _differing(table: Table, case: Rows, standing: Mapping[Key, raw.Values]) -> Iterator[Finding]:
    """Yield the rows of a case that are missing or say something else."""
    for key, told in case.of[table].items():
        names = (told.seq, key[0], KINDS[table], case.case_no)
        row = standing.get(key)
        if row is None:
            yield Finding(ROW_MISSING, f"{_shown(table, key)}this {KINDS[table]} is not looked up anywhere", *names)
        elif detail := differences(row, told.columns):
            yield Finding(ROW_DIFFERS, _shown(table, key) + detail, *names)


def differences(row: raw.Values, told: Mapping[str, Any]) -> str:
    """Return in which columns a row differs from what it should say; nothing where it does not."""
    differing = (
        f"{name} is {raw.shown(row[name])}, recorded {raw.shown(value)}"
        for name, value in told.items()
        if row[name] != value
    )
    return "; ".join(differing)


def _misfitting(table: Table, row: raw.Values) -> Iterator[Finding]:
    for misfit in raw.misfits(table, row):
        key, case_no = key_of(table, row), row.get("case_no", row.get("no"))
        detail = _shown(table, key) + misfit.detail
        yield Finding(WRONG_TYPE, detail, row.get("seq"), key[0], KINDS[table], case_no)


def _shown(table: Table, key: Key) -> str:
    """Return what tells a row from the others of the same owner."""
    return f"{PARTS[table]} {raw.printable(str(key[1]))}: " if table in PARTS else ""


def _alone(table: Table, row: raw.Values, case_no: str | None) -> Finding:
    key = key_of(table, row)
    detail = f"{_shown(table, key)}this {KINDS[table]} is looked up, and no entry records it"
    return Finding(ROW_ALONE, detail, row.get("seq"), key[0], KINDS[table], case_no)


def key_of(table: Table, row: Mapping[str, Any]) -> Key:
    """Return the primary key of a row."""
    return tuple(row[name] for name in _names(table))


@cache
def _names(table: Table) -> tuple[str, ...]:
    return tuple(column.name for column in table.primary_key)


# ---- rows of no case


def unrecorded_rows(connection: Connection) -> Iterator[Finding]:
    """Yield the rows that belong to no decision or case of the record, and the decisions whose pack is gone."""
    for table in KINDS:
        for row in raw.rows(connection, raw.all_of(table).where(~_recorded(table))):
            yield _alone(table, row, row.get("case_no", row.get("no")))
    without = raw.all_of(DECISIONS).where(~exists().where(PACKS.c.digest == DECISIONS.c.pack_digest))
    for row in raw.rows(connection, without.order_by(DECISIONS.c.seq)):
        names = (row["seq"], row["id"], DECISION, row["case_no"])
        yield Finding(PACK_MISSING, "the pack that decided is not kept", *names)
    alone = select(*raw.columns(PAYLOADS, "seq")).where(~exists().where(ENTRIES.c.seq == PAYLOADS.c.seq))
    for row in raw.rows(connection, alone.order_by(PAYLOADS.c.seq)):
        yield Finding(ROW_ALONE, "this payload belongs to no entry", row["seq"], kind="payload")


def _recorded(table: Table) -> ColumnElement[bool]:
    """Return the condition that a row hangs on a decision of the record; a case on any entry, for which is an index."""
    if table is CASES or table is CLOCKS:
        return exists().where(ENTRIES.c.case_no == (CASES.c.no if table is CASES else CLOCKS.c.case_no))
    id = DECISIONS.c.id if table is DECISIONS else OF_DECISION[table]
    return exists().where(ENTRIES.c.id == id, ENTRIES.c.kind == DECISION)
