"""Row changes as values: what an entry changes in the projected tables, written by a `Writer` or followed in memory.

A match names columns with the value that each must have, or with a tuple of values of which it must have one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Column, ColumnElement, Table, delete, update
from sqlalchemy.dialects import postgresql, sqlite

from service.ledger.store import Writer

Match = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Insert:
    """A new row; `unless_there` leaves a row that has its key as it is."""

    table: Table
    row: Mapping[str, Any]
    unless_there: bool = False


@dataclass(frozen=True, slots=True)
class Update:
    """Other values in the rows that match."""

    table: Table
    match: Match
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Delete:
    """The rows that match are removed, but for those with one of some values."""

    table: Table
    match: Match
    but: Match = field(default_factory=dict)


Change = Insert | Update | Delete


def write(writer: Writer, changes: Iterable[Change]) -> None:
    """Write changes: first to the rows that are there, then the new rows, which are gathered."""
    new = []
    for change in changes:
        if isinstance(change, Insert):
            new.append(change)
        elif isinstance(change, Update):
            writer.connection.execute(update(change.table).where(*_where(change)).values(**change.values))
        else:
            writer.connection.execute(delete(change.table).where(*_where(change)))
    for insert in new:
        if insert.unless_there:
            _upsert(writer, insert)
        else:
            writer.add(insert.table, insert.row)


def _where(change: Update | Delete) -> list[ColumnElement[bool]]:
    columns = change.table.c
    found = [_condition(columns[name], wanted) for name, wanted in change.match.items()]
    if isinstance(change, Delete):
        found += [~_condition(columns[name], but) for name, but in change.but.items()]
    return found


def _condition(column: Column[Any], wanted: Any) -> ColumnElement[bool]:
    if isinstance(wanted, tuple):
        return column.in_(wanted)
    return column.is_(None) if wanted is None else column == wanted


def _upsert(writer: Writer, change: Insert) -> None:
    inserting = postgresql.insert if writer.connection.dialect.name == "postgresql" else sqlite.insert
    writer.connection.execute(inserting(change.table).values(**change.row).on_conflict_do_nothing())
