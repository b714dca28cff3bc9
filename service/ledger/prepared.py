"""Statements that every decision needs, compiled once.

To look for one among those that SQLAlchemy has compiled costs more than to carry it out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final

from sqlalchemy import ClauseElement, Connection, CursorResult, Dialect, Table, bindparam, insert
from sqlalchemy.dialects.postgresql import psycopg
from sqlalchemy.dialects.sqlite import pysqlite

DIALECTS: Final[Mapping[str, Dialect]] = {
    "sqlite": pysqlite.dialect(paramstyle="named"),
    "postgresql": psycopg.dialect(),  # type: ignore[no-untyped-call]
}


class Prepared:
    """A statement as the drivers take it; all values are given by name, as numbers, texts and bytes.

    Defaults of columns are not filled in.
    """

    def __init__(self, statement: ClauseElement) -> None:
        self.statement = statement
        self.compiled: dict[str, tuple[str, Mapping[str, Any]]] = {}  # by store, with the values that are its own

    def __call__(self, connection: Connection, **values: Any) -> CursorResult[*tuple[Any, ...]]:
        """Carry it out."""
        text, own = self._for(connection)
        return connection.exec_driver_sql(text, {**own, **values})

    def many(self, connection: Connection, values: Sequence[Mapping[str, Any]]) -> None:
        """Carry it out for each of many."""
        text, own = self._for(connection)
        connection.exec_driver_sql(text, [{**own, **one} for one in values])

    def _for(self, connection: Connection) -> tuple[str, Mapping[str, Any]]:
        store = connection.dialect.name
        if store not in self.compiled:
            compiled = self.statement.compile(dialect=DIALECTS[store])
            self.compiled[store] = str(compiled), compiled.params
        return self.compiled[store]


@cache
def inserting(table: Table, columns: tuple[str, ...]) -> Prepared:
    """Return the statement that inserts a row of some columns."""
    return Prepared(insert(table).values({name: bindparam(name) for name in columns}))
