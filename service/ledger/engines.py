"""Connections to the two stores: how each is opened, begins a transaction, and is found to be lost."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Mapping
from pathlib import Path
from select import POLLIN, poll
from typing import Any, Final
from urllib.parse import quote, unquote

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import InvalidatePoolError

from service import clock
from service.ledger.prepared import cursor_of

IDLE: Final = 1.0  # seconds after which an idle connection is pinged
PATIENCE: Final = 30_000  # milliseconds that a writer waits for a lock
PAUSE: Final = 0.01  # seconds between two attempts on SQLite
_SURE: Final = (  # an answered request is durable, even if the server's default is asynchronous commit
    "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
)
PROMPT: Final = {  # libpq: how soon an unresponsive server counts as lost
    "connect_timeout": 5,  # seconds
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,  # milliseconds
}


def engine_at(url: URL) -> Engine:
    """Return a new engine for the store at a URL."""
    return _sqlite(url) if url.get_backend_name() == "sqlite" else _postgresql(url)


def _postgresql(url: URL) -> Engine:
    engine = create_engine(
        url, pool_size=8, max_overflow=8, pool_use_lifo=True, hide_parameters=True, connect_args=_unless(url, PROMPT)
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _: Any) -> None:
        connection.autocommit = True  # otherwise the first rollback would undo the setting
        connection.execute(f"SET lock_timeout = {PATIENCE}")
        connection.execute(_SURE)
        connection.autocommit = False

    @event.listens_for(engine, "checkin")
    def _left(_: Any, record: Any) -> None:
        record.info["left"] = clock.elapsed()

    @event.listens_for(engine, "checkout")
    def _found(connection: Any, record: Any, _: Any) -> None:
        idle = clock.elapsed() - record.info.get("left", clock.elapsed())
        try:
            if idle > IDLE or _has_news(connection):
                engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError from error  # the pool then replaces all its connections

    return engine


def _unless(url: URL, options: Mapping[str, int]) -> dict[str, int]:
    """Return the options that the URL itself does not set."""
    return {name: value for name, value in options.items() if name not in url.query}


def _has_news(connection: Any) -> bool:
    """Check whether the server sent something on an idle connection, such as its end."""
    asked = poll()
    asked.register(connection.fileno(), POLLIN)
    return bool(asked.poll(0))


def _sqlite(url: URL) -> Engine:
    how = {} if (writable := is_writable(url)) else _reading(file_of(url))
    engine = create_engine(_with(url, how), connect_args={"timeout": PATIENCE / 1000}, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # `_begin` below begins transactions
        if writable:
            _keep_a_log(connection)
        for pragma in ("synchronous=FULL", f"busy_timeout={PATIENCE}", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writing = connection.get_execution_options().get("writing")
        statement = "BEGIN IMMEDIATE" if writing else "BEGIN"
        with cursor_of(connection, statement) as cursor:  # the driver's own cursor: this runs for every transaction
            if writing:
                sure = connection.get_execution_options().get("sure", True)
                cursor.execute(f"PRAGMA synchronous={'FULL' if sure else 'NORMAL'}")
            cursor.execute(statement)

    return engine


def is_writable(url: URL) -> bool:
    """Check whether SQLite can write a file, or create it."""
    file = file_of(url)
    return not file.exists() or (os.access(file, os.W_OK) and os.access(file.parent, os.W_OK))


def log_left(url: URL) -> str:
    """Advise on an unreadable write-ahead log, whose index cannot be created; empty without one."""
    if url.get_backend_name() != "sqlite" or is_writable(url) or not _log(url).exists():
        return ""
    return f"{_log(url).name} beside it holds its newest entries: copy both into a folder that can be written"


def file_of(url: URL) -> Path:
    """Return the real path of a SQLite ledger; its log lies beside it."""
    return Path(unquote((url.database or "").removeprefix("file:"))).resolve()


def _log(url: URL) -> Path:
    return file_of(url).with_name(f"{file_of(url).name}-wal")


def _with(url: URL, how: Mapping[str, str]) -> URL:
    """Return a URL with which SQLite opens the file with the given options."""
    return url.set(database=f"file:{quote(str(file_of(url)))}", query={**how, "uri": "true"}) if how else url


def _reading(file: Path) -> Mapping[str, str]:
    """Return the options with which SQLite reads a file that it cannot write.

    Where there is a log, its index is needed too. Without a log the file is complete, and `immutable` keeps SQLite from
    looking for a log that it could not create.
    """
    log, index = (file.with_name(f"{file.name}-{end}") for end in ("wal", "shm"))
    if log.exists() and (index.exists() or log.stat().st_size):
        return {"mode": "ro"}
    return {"mode": "ro", "immutable": "1"}


def _keep_a_log(connection: sqlite3.Connection) -> None:
    """Turn on the write-ahead log; SQLite fails at once where another process does the same to a new file."""
    until = clock.elapsed() + PATIENCE / 1000
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or clock.elapsed() > until:
                raise
            time.sleep(PAUSE)
