"""Statements of every decision, compiled once and passed to the driver.

Looking up SQLAlchemy's compiled statement and wrapping its result costs more than running it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any, Final

from sqlalchemy import (
    ClauseElement,
    Connection,
    Dialect,
    Select,
    Table,
    bindparam,
    insert,
    literal_column,
    null,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import psycopg
from sqlalchemy.dialects.sqlite import pysqlite
from sqlalchemy.exc import DBAPIError

DIALECTS: Final[Mapping[str, Dialect]] = {
    "sqlite": pysqlite.dialect(paramstyle="named"),
    "postgresql": psycopg.dialect(),  # type: ignore[no-untyped-call]
}

Answers = Mapping[str, Sequence[tuple[str, ...]]]  # rows by the name of the query


class Prepared:
    """A compiled statement; all values are given by name, as numbers, texts and bytes.

    Column defaults are not filled in. Errors are raised as with SQLAlchemy.
    """

    def __init__(self, statement: ClauseElement) -> None:
        self.statement = statement
        self.compiled: dict[str, tuple[str, Mapping[str, Any]]] = {}  # by store, with its literal values

    def __call__(self, connection: Connection, **values: Any) -> list[tuple[Any, ...]]:
        """Run the statement and return its rows."""
        text, own = self._for(connection)
        with cursor_of(connection, text) as cursor:
            cursor.execute(text, {**own, **values})
            return cursor.fetchall() if cursor.description else []

    def many(self, connection: Connection, values: Sequence[Mapping[str, Any]]) -> None:
        """Run the statement for each set of values."""
        text, own = self._for(connection)
        with cursor_of(connection, text) as cursor:
            cursor.executemany(text, [{**own, **one} for one in values])

    def _for(self, connection: Connection) -> tuple[str, Mapping[str, Any]]:
        store = connection.dialect.name
        if store not in self.compiled:
            compiled = self.statement.compile(dialect=DIALECTS[store])
            self.compiled[store] = str(compiled), compiled.params
        return self.compiled[store]


@contextmanager
def cursor_of(connection: Connection, text: str) -> Iterator[Any]:
    """Yield a cursor of the driver, and raise its errors as SQLAlchemy does."""
    dialect, cursor = connection.dialect, connection.connection.cursor()
    try:
        yield cursor
    except dialect.loaded_dbapi.Error as error:
        gone = dialect.is_disconnect(error, connection.connection, cursor)
        if gone:
            connection.invalidate(error)
        raise DBAPIError.instance(
            text, None, error, dialect.loaded_dbapi.Error, connection_invalidated=gone, dialect=dialect
        ) from error
    finally:
        cursor.close()


class CombinedQuery:
    """Several queries in one statement, because a round trip costs more than most results; all columns are texts."""

    def __init__(self, **questions: Select[Any]) -> None:
        self.widths = {name: len(question.selected_columns) for name, question in questions.items()}
        widest = max(self.widths.values())
        self.asked = Prepared(union_all(*(_wide(*question, widest) for question in questions.items())))

    def __call__(self, connection: Connection, **values: Any) -> Answers:
        """Run the queries and return the rows of each."""
        answers: dict[str, list[tuple[str, ...]]] = {name: [] for name in self.widths}
        for name, *row in self.asked(connection, **values):
            answers[name].append(tuple(row[: self.widths[name]]))
        return answers


def _wide(name: str, question: Select[Any], widest: int) -> Select[Any]:
    """Return a query whose rows begin with its name and are as wide as those of all."""
    columns = question.subquery(f"of_{name}").columns
    return select(literal_column(f"'{name}'"), *columns, *[null()] * (widest - len(columns)))


@cache
def inserting(table: Table, columns: tuple[str, ...]) -> Prepared:
    """Return the statement that inserts a row of some columns."""
    return Prepared(insert(table).values({name: bindparam(name) for name in columns}))
