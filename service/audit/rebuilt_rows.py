"""Replace the rows of a table by derived rows; columns that no entry contains are taken from the stored row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

from sqlalchemy import Column, Connection, Table, delete, insert, select, update

from service.audit.consistency import ROW_NAMES, key_of
from service.audit.ledger_projector import ANYBODY, KEY_OF, LedgerProjector
from service.audit.scratch import Derived
from service.casework.limits.scopes import CUSTOMER
from service.ledger import raw
from service.ledger.tables import CASES, CLOCKS, COUNTERS, DECISIONS, ENDPOINTS, EXECUTIONS, OUTBOX, SPENT
from service.webhooks import endpoints

PARTIAL: Final = "partial"  # the set of tables, each with a case of which entries do not record every row
NEW: Final = "new:"  # prefix of a table name: the set of its new rows
CASE_NO: Final[Mapping[Table, str]] = {CASES: "no", CLOCKS: "case_no", DECISIONS: "case_no", EXECUTIONS: "case_no"}
AT_ONCE: Final = 500  # rows in a statement

Row = dict[str, Any]


@dataclass(slots=True)
class Change:
    """The number of rows of a table, and how many were changed, added and removed."""

    table: str
    rows: int = 0
    changed: int = 0
    added: int = 0
    removed: int = 0
    unmade: list[str] = field(default_factory=list)  # keys of missing rows for which too little is recorded

    def as_json(self) -> dict[str, Any]:
        """Return it as `redress rebuild --json` prints it."""
        return {name: getattr(self, name) for name in self.__slots__ if name != "table"}


class Rebuilding:
    """Replaces tables by the rows that are derived from all entries."""

    def __init__(self, connection: Connection, projector: LedgerProjector) -> None:
        self.connection, self.projector, self.scratch = connection, projector, projector.scratch
        self.unread = projector.unread_days()

    def remake(self, table: Table) -> Change:
        """Replace the rows of a table."""
        change = Change(str(table.name))
        for row in raw.rows(self.connection, raw.all_of(table)):
            merged = self._merged(table, _fitting(table, row))
            if merged is None:
                change.removed += 1
            else:
                change.changed += merged != row
                self._keep(table, merged, change)
        for columns in self._missing(table):
            change.added += self._keep(table, columns, change)
        (self._update if table is ENDPOINTS else self._replace)(table)
        return change

    def _keep(self, table: Table, columns: Row, change: Change) -> bool:
        """Keep a row for the table; return whether it is complete."""
        row = _whole(table, columns)
        if row is None:
            change.unmade.append(" ".join(map(str, key_of(table, columns))))
            return False
        self.scratch.put(NEW + table.name, key_of(table, row), Derived(0, "", row))
        change.rows += 1
        return True

    # ---- one row

    def _merged(self, table: Table, row: Row) -> Row | None:
        """Return a row with its recorded columns; None if no entry records it."""
        if not row.keys() >= {column.name for column in table.primary_key}:
            return None
        if table is SPENT:
            return self._spent(row)
        derived = self.scratch.pop(table.name, key_of(table, row))
        if table is COUNTERS:
            return row | {"last": max(row.get("last", 0), 0 if derived is None else derived.columns["last"])}
        if derived is None:
            return row if table in ROW_NAMES and self._is_partial(table, row) else None
        return row | (_endpoint(row, derived.columns) if table is ENDPOINTS else derived.columns)

    def _is_partial(self, table: Table, row: Row) -> bool:
        """Return whether the case of this row has rows that no entry records."""
        case_no = row.get(CASE_NO[table]) if table in CASE_NO else self._case_of(row["decision"])
        return self.scratch.get(PARTIAL, (table.name, case_no)) is not None

    def _case_of(self, decision: str) -> str | None:
        derived = self.scratch.get(NEW + DECISIONS.name, (decision,))  # that table is rebuilt before
        return None if derived is None else derived.columns["case_no"]

    def _spent(self, row: Row) -> Row | None:
        """Return a row of a budget: the recorded amounts, or the larger stored amounts if entries were erased."""
        derived = self.scratch.pop(SPENT.name, tuple(row[name] for name in KEY_OF[SPENT]))
        kept = {"many": row.get("many", 0), "fen": row.get("fen", 0)}
        recorded = {"many": 0, "fen": 0} if derived is None else derived.columns
        day, is_of_customer = row["day"], row["scope"] == CUSTOMER
        if day in self.unread or (is_of_customer and self.projector.has_erased_customers(day)):
            return row | {column: max(kept[column], recorded[column]) for column in kept}
        is_alone = derived is None and any(kept.values())  # a budget that got everything back may have a row or none
        return None if is_alone else row | recorded

    # ---- missing rows

    def _missing(self, table: Table) -> Iterator[Row]:
        """Yield the derived rows that the table does not have."""
        for key, derived in self.scratch.items(table.name):
            columns = derived.columns
            if table is ENDPOINTS:
                yield columns | _endpoint({}, columns)
            elif table is COUNTERS:
                if columns["sure"]:
                    yield {"name": key[0], "last": columns["last"]}
            else:
                names = KEY_OF.get(table, tuple(str(column.name) for column in table.primary_key))
                row = dict(zip(names, key, strict=True)) | columns
                if table is not SPENT or self._is_kept(row):
                    yield row

    def _is_kept(self, spent: Row) -> bool:
        """Return whether a budget has a row: earlier versions deleted some without an entry, and erasing does."""
        if spent["scope"] != CUSTOMER:
            return True
        return bool(spent["name"] != ANYBODY and spent["day"] >= self.projector.upgraded_at[: len(spent["day"])])

    # ---- the table

    def _replace(self, table: Table) -> None:
        self.connection.execute(delete(table))
        rows = (derived.columns for _, derived in self.scratch.items(NEW + table.name))
        while some := list(islice(rows, AT_ONCE)):
            self.connection.execute(insert(table), some)

    def _update(self, table: Table) -> None:
        """Update endpoints in place, because messages refer to them; remove unrecorded ones with their messages."""
        there = self.connection.execute(select(table.c.id)).scalars().all()
        kept = {key[0]: derived.columns for key, derived in self.scratch.items(NEW + table.name)}
        for id in there:
            if id not in kept:
                self.connection.execute(delete(OUTBOX).where(OUTBOX.c.endpoint == id))
                self.connection.execute(delete(table).where(table.c.id == id))
        for id, row in kept.items():
            statement = update(table).where(table.c.id == id) if id in there else insert(table)
            self.connection.execute(statement.values(row))


def _fitting(table: Table, row: Row) -> Row:
    """Return a row without the columns of a wrong type."""
    misfits = {misfit.column for misfit in raw.misfits(table, row)}
    return {name: value for name, value in row.items() if name not in misfits}


def _whole(table: Table, columns: Row) -> Row | None:
    """Return a row with all columns of its table; None if a required column is unknown."""
    row = {str(column.name): columns.get(column.name, _default(column)) for column in table.c}
    return None if any(row[column.name] is None and not column.nullable for column in table.c) else row


def _default(column: Column[Any]) -> Any:
    return None if column.default is None else getattr(column.default, "arg", None)


def _endpoint(row: Row, recorded: Row) -> Row:
    """Return the recorded columns of an endpoint; no entry holds the query of its address, which is kept."""
    query = "".join(str(row.get("url", "")).partition("?")[1:])
    columns = {name: recorded[name] for name in ("events", "made_at", "ended_at")} | {"url": recorded["url"] + query}
    return columns if recorded["ended_at"] is None else columns | {"secrets": endpoints.NO_SECRETS}
