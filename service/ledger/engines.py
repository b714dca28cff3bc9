"""Connections to the two stores: how each is opened, begins a transaction, and is found to be gone."""

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

IDLE: Final = 1.0  # seconds after which a connection is asked whether its server is still there
PATIENCE: Final = 30_000  # milliseconds that a writer waits for the one before it
PAUSE: Final = 0.01  # seconds before SQLite is asked again
_SURE: Final = (  # what is answered is kept, also where a server is set up not to wait for its disk
    "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
)
PROMPT: Final = {  # libpq: how soon a server counts as gone that does not answer any more
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
        connection.autocommit = True  # else the setting would go with the first rollback
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
            raise InvalidatePoolError from error  # the pool then opens others in place of all that it has

    return engine


def _unless(url: URL, options: Mapping[str, int]) -> dict[str, int]:
    """Return the options that the URL itself does not set."""
    return {name: value for name, value in options.items() if name not in url.query}


def _has_news(connection: Any) -> bool:
    """Tell whether the server sent something to an idle connection, such as that it ends it."""
    asked = poll()
    asked.register(connection.fileno(), POLLIN)
    return bool(asked.poll(0))


def _sqlite(url: URL) -> Engine:
    how = {} if (writable := is_writable(url)) else _reading(file_of(url))
    engine = create_engine(_with(url, how), connect_args={"timeout": PATIENCE / 1000}, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # we begin transactions ourselves, see below
        if writable:
            _keep_a_log(connection)
        for pragma in ("synchronous=FULL", f"busy_timeout={PATIENCE}", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writing = connection.get_execution_options().get("writing")
        statement = "BEGIN IMMEDIATE" if writing else "BEGIN"
        with cursor_of(connection, statement) as cursor:  # the driver's own, as every transaction begins with it
            if writing:
                sure = connection.get_execution_options().get("sure", True)
                cursor.execute(f"PRAGMA synchronous={'FULL' if sure else 'NORMAL'}")
            cursor.execute(statement)

    return engine


def is_writable(url: URL) -> bool:
    """Tell whether SQLite can write a file, or make it where there is none."""
    file = file_of(url)
    return not file.exists() or (os.access(file, os.W_OK) and os.access(file.parent, os.W_OK))


def log_left(url: URL) -> str:
    """Say what to do about a log that cannot be read, since the index of it can be made nowhere; empty without one."""
    if url.get_backend_name() != "sqlite" or is_writable(url) or not _log(url).exists():
        return ""
    return f"{_log(url).name} beside it holds its newest entries: copy both into a folder that can be written"


def file_of(url: URL) -> Path:
    """Return the file of a SQLite ledger where it really lies, beside its log."""
    return Path(unquote((url.database or "").removeprefix("file:"))).resolve()


def _log(url: URL) -> Path:
    return file_of(url).with_name(f"{file_of(url).name}-wal")


def _with(url: URL, how: Mapping[str, str]) -> URL:
    """Return a URL under which SQLite opens the file in a certain way."""
    return url.set(database=f"file:{quote(str(file_of(url)))}", query={**how, "uri": "true"}) if how else url


def _reading(file: Path) -> Mapping[str, str]:
    """Return how SQLite reads a file that it cannot write.

    Where there is a log, its index is needed too. Without one the file is all there is, and SQLite has to be told that
    it stays as it is: it would look for the log and could not make one.
    """
    log, index = (file.with_name(f"{file.name}-{end}") for end in ("wal", "shm"))
    if log.exists() and (index.exists() or log.stat().st_size):
        return {"mode": "ro"}
    return {"mode": "ro", "immutable": "1"}


def _keep_a_log(connection: sqlite3.Connection) -> None:
    """Let SQLite write a log; where others do the same to a new file, it fails at once instead of waiting for them."""
    until = clock.elapsed() + PATIENCE / 1000
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or clock.elapsed() > until:
                raise
            time.sleep(PAUSE)
