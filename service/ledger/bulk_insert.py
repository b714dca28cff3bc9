"""Rows of several tables, gathered and sent together.

To PostgreSQL all go in one statement, since each costs a round trip while others wait for the chain's head: a text of
JSON for each table. SQLite has no such statement, and no way to go.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final

import orjson
from sqlalchemy import JSON, Connection, Insert, Table, bindparam, cast, func, insert, select, text, update

from service.ledger.prepared import Prepared, inserting
from service.ledger.tables import HEAD

Row = Mapping[str, Any]
Alike = tuple[Table, tuple[str, ...]]  # of rows: their table and their columns

_HEAD: Final = update(HEAD).values(seq=bindparam("seq"), hash=bindparam("hash"))
_MOVE: Final = Prepared(_HEAD)


def send(connection: Connection, rows: Sequence[tuple[Table, Row]], seq: int, hash: str) -> None:
    """Insert rows, those that are alike together, and move the head to the last entry."""
    batches: dict[Alike, list[Row]] = {}
    for table, row in rows:
        batches.setdefault((table, tuple(row)), []).append(row)
    if connection.dialect.name == "postgresql":
        told = {_name(at): orjson.dumps(batch, default=_hex).decode() for at, batch in enumerate(batches.values())}
        _at_once(tuple(batches))(connection, **told, seq=seq, hash=hash)
    else:
        for alike, batch in batches.items():
            inserting(*alike).many(connection, batch)
        _MOVE(connection, seq=seq, hash=hash)


@cache
def _at_once(shape: tuple[Alike, ...]) -> Prepared:
    """Return one statement for PostgreSQL that inserts rows of some tables and moves the head."""
    statement = _HEAD
    for at, alike in enumerate(shape):
        statement = statement.add_cte(_insert(*alike, _name(at)).cte(f"into_{at}"))
    return Prepared(statement)


def _insert(table: Table, columns: Sequence[str], rows: str) -> Insert:
    """Return what inserts the rows that a text tells, a list of objects."""
    told = func.json_populate_recordset(text(f"NULL::{table.name}"), cast(bindparam(rows), JSON)).table_valued(*columns)
    return insert(table).from_select(list(columns), select(*(told.c[name] for name in columns)))


def _name(at: int) -> str:
    return f"rows_{at}"


def _hex(value: bytes) -> str:
    """Write bytes as PostgreSQL reads them."""
    return f"\\x{value.hex()}"
