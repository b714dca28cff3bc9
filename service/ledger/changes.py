"""Row changes as values: what an entry changes in the projected tables, to be written or applied in memory.

A match names columns with the value that each must have. In place of a value, a tuple gives the values of which the
column must have one, and `Below` a value that it must sort before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from operator import attrgetter
from typing import Any, NamedTuple

from sqlalchemy import Column, ColumnElement, Table, delete, update
from sqlalchemy.dialects import postgresql, sqlite

from service.ledger.store import Writer

Match = Mapping[str, Any]


class Below(NamedTuple):
    """The values before another."""

    value: str


@dataclass(frozen=True, slots=True)
class Insert:
    """A new row; with `unless_there` an existing row with its key stays as it is."""

    table: Table
    row: Mapping[str, Any]
    unless_there: bool = False


@dataclass(frozen=True, slots=True)
class Update:
    """New values for the matching rows."""

    table: Table
    match: Match
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Add:
    """Amounts that are added to a row, by its primary key; a row is made where there is none, unless `if_there`."""

    table: Table
    key: Mapping[str, Any]
    amounts: Mapping[str, int]
    if_there: bool = False


@dataclass(frozen=True, slots=True)
class Delete:
    """The removal of the matching rows, except those that match `but`."""

    table: Table
    match: Match
    but: Match = field(default_factory=dict)


Change = Insert | Update | Add | Delete


def in_order(changes: Iterable[Change]) -> list[Change]:
    """Return changes in the order in which they apply: first those of existing rows, then the new rows."""
    return sorted(changes, key=lambda change: isinstance(change, Insert))


def write(writer: Writer, changes: Iterable[Change]) -> None:
    """Write changes in order; the writer collects the new rows."""
    new = []
    for change in in_order(changes):
        match change:
            case Insert():
                new.append(change)
            case Update():
                writer.connection.execute(update(change.table).where(*_where(change)).values(**change.values))
            case Add():
                _add(writer, change)
            case Delete():
                writer.connection.execute(delete(change.table).where(*_where(change)))
    for table, some in groupby((insert for insert in new if insert.unless_there), attrgetter("table")):
        rows = [dict(insert.row) for insert in some]
        writer.connection.execute(_upsert(writer, table).values(rows).on_conflict_do_nothing())
    for insert in new:
        if not insert.unless_there:
            writer.add(insert.table, insert.row)


def _where(change: Update | Delete) -> list[ColumnElement[bool]]:
    columns = change.table.c
    found = [_condition(columns[name], wanted) for name, wanted in change.match.items()]
    if isinstance(change, Delete):
        found += [~_condition(columns[name], but) for name, but in change.but.items()]
    return found


def _condition(column: Column[Any], wanted: Any) -> ColumnElement[bool]:
    if isinstance(wanted, Below):
        return column < wanted.value
    if isinstance(wanted, tuple):
        return column.in_(wanted)
    return column.is_(None) if wanted is None else column == wanted


def _add(writer: Writer, change: Add) -> None:
    columns = change.table.c
    sums = {name: columns[name] + amount for name, amount in change.amounts.items()}
    if change.if_there:
        there = [columns[name] == value for name, value in change.key.items()]
        writer.connection.execute(update(change.table).where(*there).values(sums))
    else:
        adding = _upsert(writer, change.table).values({**change.key, **change.amounts})
        writer.connection.execute(adding.on_conflict_do_update(index_elements=list(change.key), set_=sums))


def _upsert(writer: Writer, table: Table) -> Any:
    return (postgresql.insert if writer.connection.dialect.name == "postgresql" else sqlite.insert)(table)
