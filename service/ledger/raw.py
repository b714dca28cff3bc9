"""Read rows without type conversion: SQLite stores a value of any type in any column, whatever the table declares.

SQLAlchemy converts values by the declared type and fails on another. These functions read the value itself and check
its type.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from operator import itemgetter
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Connection,
    FromClause,
    Integer,
    LargeBinary,
    Select,
    select,
    type_coerce,
)
from sqlalchemy.types import NullType

LONGEST: Final = 2000  # characters of a shown value
CALLED: Final[Mapping[type, str]] = {bytes: "binary", str: "text", int: "an integer", float: "a float", bool: "a flag"}

Values = dict[str, Any]

_DOUBTED: Final[ContextVar[bool]] = ContextVar("_DOUBTED", default=False)  # whether texts may be invalid UTF-8


class Misfit(NamedTuple):
    """A column whose value has another type than the table declares."""

    column: str
    detail: str


def columns(table: FromClause, *names: str) -> list[ColumnElement[Any]]:
    """Return columns of a table (by default all) that are read without conversion."""
    chosen = [table.c[name] for name in names] or list(table.c)
    return [type_coerce(column, NullType()).label(column.name) for column in chosen]


def rows(connection: Connection, query: Select[Any]) -> Iterator[Values]:
    """Yield rows of a query on raw columns, in batches."""
    found = connection.execute(query.execution_options(yield_per=500))
    names = tuple(found.keys())
    for row in found:
        yield dict(zip(names, row, strict=True))


def some(connection: Connection, query: Select[Any]) -> list[Values]:
    """Return the rows of a small query on raw columns."""
    found = connection.execute(query)
    names = tuple(found.keys())
    return [dict(zip(names, row, strict=True)) for row in found.all()]


def all_of(table: FromClause) -> Select[Any]:
    """Return a query for all rows of a table as the store holds them."""
    return select(*columns(table))


@contextmanager
def any_text(connection: Connection) -> Iterator[None]:
    """Read SQLite texts that are not UTF-8: invalid bytes become surrogates. PostgreSQL holds none."""
    raw: Any = connection.connection.driver_connection
    raw.text_factory = lambda stored: stored.decode("utf-8", "surrogateescape")
    doubted = _DOUBTED.set(True)
    try:
        yield
    finally:
        _DOUBTED.reset(doubted)
        raw.text_factory = str


def is_no_text(error: Exception) -> bool:
    """Check whether reading failed on a text that is not UTF-8."""
    return "Could not decode to UTF-8" in str(error)


def misfits(table: FromClause, row: Values) -> list[Misfit]:
    """Return the columns of a row with a value of the wrong type; flags of SQLite become true and false."""
    wanted_of, flags, values_of, fitting = _wanted(table)
    for name in flags:
        if row[name] in (0, 1) and isinstance(row[name], int):
            row[name] = bool(row[name])
    types = tuple(map(type, values_of(row)))
    if types in fitting and not _DOUBTED.get():
        return []
    found = _misfits(wanted_of, row)
    if not found:
        fitting.add(types)
    return found


def _misfits(wanted_of: Sequence[tuple[str, type, bool]], row: Values) -> list[Misfit]:
    found = []
    for name, wanted, nullable in wanted_of:
        value = row[name]
        if value is None and nullable:
            continue
        if type(value) is not wanted:
            found.append(Misfit(name, f"{name} is {_called(value)}, not {CALLED[wanted]}"))
        elif isinstance(value, str) and not is_unicode(value):
            found.append(Misfit(name, f"{name} is not UTF-8"))
    return found


def is_unicode(text: str) -> bool:
    """Check that a text has no surrogates, which stand for bytes that are not UTF-8."""
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def findable(values: Iterable[Any]) -> list[str]:
    """Return the texts that both stores can search for, each once."""
    return list(dict.fromkeys(value for value in values if isinstance(value, str) and _is_bindable(value)))


def shown(value: Any) -> str:
    """Return a value as findings print it: short and printable."""
    if isinstance(value, bytes | str):
        value = value[:LONGEST]
    return printable(repr(value))


def printable(text: str) -> str:
    """Return a short text without what a terminal or JSON cannot hold."""
    return text[:LONGEST].encode("utf-8", "backslashreplace").decode().replace("\0", "\\x00")


def _is_bindable(text: str) -> bool:
    return "\0" not in text and len(text) <= LONGEST and is_unicode(text)


@cache
def _wanted(
    table: FromClause,
) -> tuple[Sequence[tuple[str, type, bool]], Sequence[str], Callable[[Values], tuple[Any, ...]], set[tuple[type, ...]]]:
    """Return name, type and whether it may be missing of each column, the flags, all values, and types that fit."""
    wanted = tuple((column.name, _type_of(column), bool(column.nullable)) for column in table.c)
    return wanted, tuple(name for name, kind, _ in wanted if kind is bool), itemgetter(*table.c.keys()), set()


def _type_of(column: Any) -> type:
    for declared, wanted in ((Boolean, bool), (Integer, int), (LargeBinary, bytes)):
        if isinstance(column.type, declared):
            return wanted
    return str


def _called(value: Any) -> str:
    return "missing" if value is None else CALLED.get(type(value), type(value).__name__)
