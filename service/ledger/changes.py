"""Row changes as values: what an entry changes in the projected tables, to be written or applied in memory.

A match maps columns to the value that they must have, or to a tuple of possible values.
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
class Delete:
    """The removal of the matching rows, except those that match `but`."""

    table: Table
    match: Match
    but: Match = field(default_factory=dict)


Change = Insert | Update | Delete


def write(writer: Writer, changes: Iterable[Change]) -> None:
    """Write changes: first those of existing rows, then the new rows, which the writer collects."""
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
