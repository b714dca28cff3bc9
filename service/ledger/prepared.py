"""Statements of every decision, compiled once and passed to the driver.

Looking up SQLAlchemy's compiled statement and wrapping its result costs more than running it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any, Final

import orjson
from sqlalchemy import (
    JSON,
    BindParameter,
    ClauseElement,
    Connection,
    Dialect,
    FromClause,
    Integer,
    Select,
    Table,
    Text,
    bindparam,
    cast,
    column,
    func,
    insert,
    literal_column,
    null,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import psycopg
from sqlalchemy.dialects.sqlite import pysqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.visitors import iterate, replacement_traverse

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
    """Several queries about several items in one statement, because a round trip costs more than most results.

    The values of an item are the bound values of a query; a query without any has the same result for all items. `rows`
    return their rows, whose columns are all texts; those of `exist` say only whether there is a row.
    """

    def __init__(self, names: Sequence[str], rows: Mapping[str, Select[Any]], exist: Mapping[str, Select[Any]]) -> None:
        self.widths = {name: len(query.selected_columns) for name, query in rows.items()} | dict.fromkeys(exist, 0)
        widest, self.statements = max(self.widths.values()), {}
        for store in DIALECTS:
            items = items_of(store, *names)
            wide = [_wide(name, _rows_about(query, items), widest) for name, query in rows.items()]
            wide += [_wide(name, _existing_about(query, items), widest) for name, query in exist.items()]
            self.statements[store] = Prepared(union_all(*wide))

    def __call__(self, connection: Connection, items: Sequence[Mapping[str, str]]) -> Sequence[Answers]:
        """Run the queries and return for each item the rows of each query."""
        answers: list[dict[str, list[tuple[str, ...]]]] = [{name: [] for name in self.widths} for _ in items]
        for name, place, *row in self.statements[connection.dialect.name](connection, items=as_items(items)):
            for answer in answers if place is None else (answers[int(place)],):
                answer[name].append(tuple(row[: self.widths[name]]))
        return answers


def _wide(name: str, query: Select[Any], widest: int) -> Select[Any]:
    """Return a query whose rows begin with its name and are as wide as those of all."""
    columns = query.subquery(f"of_{name}").columns
    return select(literal_column(f"'{name}'"), *columns, *[null()] * (widest + 1 - len(columns)))


def _rows_about(query: Select[Any], items: FromClause) -> Select[Any]:
    """Return a query whose rows begin with the place of their item, which is none where they are of all."""
    place = items.c.place if _bound(query) & set(items.c.keys()) else null().label("place")
    return about(query.with_only_columns(place, *query.selected_columns, maintain_column_froms=True), items)


def _existing_about(query: Select[Any], items: FromClause) -> Select[Any]:
    """Return a query of the places of the items for which another query has a row."""
    first = about(query, items).limit(literal_column("1", Integer)).scalar_subquery()  # planned as for a single item
    return select(items.c.place).where(first.is_not(None))


def _bound(query: Select[Any]) -> set[str]:
    """Return the names of the bound values of a query."""
    return {part.key for part in iterate(query) if isinstance(part, BindParameter)}


# ---- statements about several items


def as_items(items: Sequence[Mapping[str, str]]) -> str:
    """Return the value of `items` in a statement about several items."""
    return orjson.dumps([{"place": str(place), **item} for place, item in enumerate(items)]).decode()


def items_of(store: str, *names: str) -> FromClause:
    """Return a table of items, which are bound as `items`: texts by their names, and the place of each."""
    given: BindParameter[Any] = bindparam("items")
    columns = ("place", *names)
    if store == "postgresql":
        texts = (column(name, Text) for name in columns)
        return func.json_to_recordset(cast(given, JSON)).table_valued(*texts).render_derived("items", with_types=True)
    each = func.json_each(given).table_valued("value")
    found = (func.json_extract(each.c.value, literal_column(f"'$.{name}'")).label(name) for name in columns)
    return select(*found).subquery("items")


def about(query: Select[Any], items: FromClause) -> Select[Any]:
    """Return a query about each of some items: their values take the place of its bound ones."""

    def value_of(element: Any, **_: Any) -> Any:
        return items.c.get(element.key) if isinstance(element, BindParameter) else None

    replaced: Any = replacement_traverse(query, {}, value_of)
    found: Select[Any] = replaced
    return found


@cache
def inserting(table: Table, columns: tuple[str, ...]) -> Prepared:
    """Return the statement that inserts a row of some columns."""
    return Prepared(insert(table).values({name: bindparam(name) for name in columns}))
