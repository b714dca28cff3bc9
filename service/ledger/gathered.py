"""Rows of several tables, gathered and sent together.

To PostgreSQL a few go in one statement, since each costs a round trip while others wait for the chain's head. SQLite
has no such statement, and no way to go.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import Connection, Dialect, Table, bindparam, insert, update

from .tables import HEAD

FEW: Final = 40  # rows; more are sent a table at a time, which then costs less than finding their statement
SHAPES: Final = 256  # statements that are kept; what is recorded together has few shapes

Row = Mapping[str, Any]
Shape = tuple[tuple[Table, tuple[str, ...], int], ...]  # of rows alike: their table, columns and number

_MOVE: Final = update(HEAD).values(seq=bindparam("seq"), hash=bindparam("hash"))


def send(connection: Connection, rows: Sequence[tuple[Table, Row]], seq: int, hash: str) -> None:
    """Insert rows, those that are alike together, and move the head to the last entry."""
    head = {"seq": seq, "hash": hash}
    alike: dict[tuple[Table, tuple[str, ...]], list[Row]] = {}
    for table, row in rows:
        alike.setdefault((table, tuple(row)), []).append(row)
    if connection.dialect.name == "postgresql" and len(rows) <= FEW:
        shape = tuple((table, columns, len(batch)) for (table, columns), batch in alike.items())
        sent = enumerate(row for batch in alike.values() for row in batch)
        values = {_name(at, name): value for at, row in sent for name, value in row.items()}
        connection.exec_driver_sql(_at_once(shape, connection.dialect), values | head)
    else:
        for (table, _), batch in alike.items():
            connection.execute(insert(table), batch)
        connection.execute(_MOVE, head)


@lru_cache(maxsize=SHAPES)
def _at_once(shape: Shape, dialect: Dialect) -> str:
    """Return one statement that inserts rows of a shape and moves the head.

    It is compiled here: to find it among those that SQLAlchemy has compiled would take longer than to carry it out.
    """
    statement, at = _MOVE, 0
    for number, (table, columns, many) in enumerate(shape):
        rows: list[dict[str, Any]] = [
            {name: bindparam(_name(row, name)) for name in columns} for row in range(at, at + many)
        ]
        statement = statement.add_cte(insert(table).values(rows).cte(f"rows_{number}"))
        at += many
    return str(statement.compile(dialect=dialect))


def _name(row: int, column: str) -> str:
    return f"{column}_{row}"
