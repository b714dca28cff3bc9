"""Insert rows of several tables in one step.

PostgreSQL takes all rows in one statement, one JSON text a table: each statement costs a round trip while other writers
wait for the head of the chain. SQLite has no such statement and no round trip.
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
Alike = tuple[Table, tuple[str, ...]]  # a table and the columns of its rows

_HEAD: Final = update(HEAD).values(seq=bindparam("seq"), hash=bindparam("hash"))
_MOVE: Final = Prepared(_HEAD)


def send(connection: Connection, rows: Sequence[tuple[Table, Row]], seq: int, hash: str) -> None:
    """Insert rows, grouped by table and columns, and move the head to the last entry."""
    batches: dict[Alike, list[Row]] = {}
    for table, row in rows:
        batches.setdefault((table, tuple(row)), []).append(row)
    if connection.dialect.name == "postgresql":
        texts = {_name(at): orjson.dumps(batch, default=_hex).decode() for at, batch in enumerate(batches.values())}
        _at_once(tuple(batches))(connection, **texts, seq=seq, hash=hash)
    else:
        for alike, batch in batches.items():
            inserting(*alike).many(connection, batch)
        _MOVE(connection, seq=seq, hash=hash)


@cache
def _at_once(shape: tuple[Alike, ...]) -> Prepared:
    """Return one PostgreSQL statement that inserts rows of several tables and moves the head."""
    statement = _HEAD
    for at, alike in enumerate(shape):
        statement = statement.add_cte(_insert(*alike, _name(at)).cte(f"into_{at}"))
    return Prepared(statement)


def _insert(table: Table, columns: Sequence[str], rows: str) -> Insert:
    """Return the statement that inserts the rows of a JSON list of objects."""
    records = func.json_populate_recordset(text(f"NULL::{table.name}"), cast(bindparam(rows), JSON)).table_valued(
        *columns
    )
    return insert(table).from_select(list(columns), select(*(records.c[name] for name in columns)))


def _name(at: int) -> str:
    return f"rows_{at}"


def _hex(value: bytes) -> str:
    """Write bytes as PostgreSQL reads them."""
    return f"\\x{value.hex()}"
