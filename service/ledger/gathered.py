"""Rows of several tables, gathered and sent together.

To PostgreSQL a few go in one statement, since each costs a round trip while others wait for the chain's head. SQLite
has no such statement, and no way to go.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import Connection, Insert, Table, bindparam, insert, update

from .prepared import Prepared, inserting
from .tables import HEAD

FEW: Final = 40  # rows; more are sent a table at a time, which then costs less than finding their statement
SHAPES: Final = 256  # statements that are kept; what is recorded together has few shapes

Row = Mapping[str, Any]
Alike = tuple[Table, tuple[str, ...]]  # of rows: their table and their columns
Shape = tuple[tuple[Alike, int], ...]  # and how many there are

_HEAD: Final = update(HEAD).values(seq=bindparam("seq"), hash=bindparam("hash"))
_MOVE: Final = Prepared(_HEAD)


def send(connection: Connection, rows: Sequence[tuple[Table, Row]], seq: int, hash: str) -> None:
    """Insert rows, those that are alike together, and move the head to the last entry."""
    batches: dict[Alike, list[Row]] = {}
    for table, row in rows:
        batches.setdefault((table, tuple(row)), []).append(row)
    if connection.dialect.name == "postgresql" and len(rows) <= FEW:
        sent = enumerate(row for batch in batches.values() for row in batch)
        values = {_name(at, name): value for at, row in sent for name, value in row.items()}
        shape = tuple((alike, len(batch)) for alike, batch in batches.items())
        _at_once(shape)(connection, **values, seq=seq, hash=hash)
    else:
        for alike, batch in batches.items():
            inserting(*alike).many(connection, batch)
        _MOVE(connection, seq=seq, hash=hash)


@lru_cache(maxsize=SHAPES)
def _at_once(shape: Shape) -> Prepared:
    """Return one statement that inserts rows of a shape and moves the head."""
    statement, at = _HEAD, 0
    for number, ((table, columns), many) in enumerate(shape):
        statement = statement.add_cte(_insert(table, columns, range(at, at + many)).cte(f"rows_{number}"))
        at += many
    return Prepared(statement)


def _insert(table: Table, columns: Sequence[str], rows: range) -> Insert:
    return insert(table).values([{name: bindparam(_name(row, name)) for name in columns} for row in rows])


def _name(row: int, column: str) -> str:
    return f"{column}_{row}"
