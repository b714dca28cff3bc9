"""Derived rows in a scratch file, so that memory does not grow with their number.

SQLite keeps an unnamed database in memory up to the size of its cache, and beyond that in a temporary file, which it
removes with the connection.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import orjson

CACHE: Final = 8_000  # KiB

Key = tuple[Any, ...]


class Derived(NamedTuple):
    """The recorded columns of a row, and its entry; columns that no entry records are left out."""

    seq: int
    id: str
    columns: dict[str, Any]


class Scratch:
    """Derived rows by the name of their set and by a key of JSON values."""

    def __init__(self) -> None:
        self.file = sqlite3.connect("", isolation_level=None)
        for pragma in (f"cache_size=-{CACHE}", "journal_mode=OFF", "synchronous=OFF", "locking_mode=EXCLUSIVE"):
            self.file.execute(f"PRAGMA {pragma}")
        self.file.execute(
            "CREATE TABLE derived (name TEXT, key BLOB, seq INTEGER, id TEXT, columns BLOB, PRIMARY KEY (name, key)) "
            "WITHOUT ROWID"
        )
        self.file.execute("BEGIN")  # one transaction: nobody else reads it

    def put(self, name: str, key: Key, row: Derived) -> None:
        """Store a row; it replaces one with the same key."""
        values = (name, orjson.dumps(key), row.seq, row.id, orjson.dumps(row.columns))
        self.file.execute("INSERT OR REPLACE INTO derived VALUES (?, ?, ?, ?, ?)", values)

    def get(self, name: str, key: Key) -> Derived | None:
        """Return a row, or None."""
        found = self.file.execute(f"SELECT {_ROW} FROM derived WHERE name = ? AND key = ?", (name, orjson.dumps(key)))
        row = found.fetchone()
        return None if row is None else _read(*row)

    def pop(self, name: str, key: Key) -> Derived | None:
        """Remove and return a row, or return None."""
        row = self.get(name, key)
        if row is not None:
            self.file.execute("DELETE FROM derived WHERE name = ? AND key = ?", (name, orjson.dumps(key)))
        return row

    def drop_below(self, name: str, key: Key) -> None:
        """Drop the rows whose key begins as another one does but for its last text, and there sorts before it."""
        begin, end = orjson.dumps(key[:-1])[:-1] + b",", orjson.dumps(key)[:-1]
        self.file.execute("DELETE FROM derived WHERE name = ? AND key >= ? AND key < ?", (name, begin, end))

    def keys_from(self, name: str, first: str) -> list[Key]:
        """Return the keys of a set that begin with `first`."""
        begin = orjson.dumps([first])[:-1] + b","
        found = self.file.execute(
            "SELECT key FROM derived WHERE name = ? AND key >= ? AND key < ?", (name, begin, begin[:-1] + b"-")
        )
        return [tuple(orjson.loads(key)) for (key,) in found]

    def items(self, name: str) -> Iterator[tuple[Key, Derived]]:
        """Yield the rows of a set in the order of their keys."""
        found = self.file.execute(f"SELECT key, {_ROW} FROM derived WHERE name = ? ORDER BY key", (name,))
        for key, *row in found:
            yield tuple(orjson.loads(key)), _read(*row)

    def close(self) -> None:
        """Close the scratch file."""
        self.file.close()


_ROW: Final = "seq, id, columns"


def _read(seq: int, id: str, columns: bytes) -> Derived:
    return Derived(seq, id, orjson.loads(columns))
