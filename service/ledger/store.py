"""Open a ledger at a URL, and read it or add to it, one transaction at a time.

Whoever writes holds the chain's head locked from the first statement to the commit, on SQLite and PostgreSQL alike. So
all that a transaction looks at still holds when it writes: there are no races to think of, at the price of one writer
at a time.
"""

from __future__ import annotations

import logging
import os
import re
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from select import POLLIN, poll
from typing import Any, Final

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, Table, create_engine, event, insert, select, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, InvalidatePoolError, SQLAlchemyError
from ulid import ULID

from .. import clock
from . import chain
from .chain import Entry
from .gathered import Row, send
from .outages import LASTING, LockTimeout, Outage, outage_of
from .prepared import Prepared, cursor_of
from .tables import ENTRIES, HEAD, PAYLOADS

MIGRATIONS: Final = Path(__file__).resolve().parents[1] / "migrations"
IDLE: Final = 1.0  # seconds after which a connection is asked whether its server is still there
PATIENCE: Final = 30_000  # milliseconds that a writer waits for the one before it
PAUSE: Final = 0.01  # seconds before SQLite is asked again
PROMPT: Final = {  # libpq: how soon a server counts as gone that does not answer any more
    "connect_timeout": 5,  # seconds
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,  # milliseconds
}
DRIVERS: Final = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}

# Who reads it holds it; SQLite holds the whole file.
_LAST: Final = Prepared(select(HEAD.c.seq, HEAD.c.hash).with_for_update())
_COUNTING: Final[Mapping[str, Mapping[str, Any]]] = {
    "sqlite": {"writing": True, "sure": False},
    "postgresql": {"isolation_level": "AUTOCOMMIT"},
}

Clock = Callable[[], datetime]
Recorded = tuple[Entry, Any]  # an entry with its payload
ADVICE: Final = "REDRESS_LEDGER names a file in a folder that can be written, or a PostgreSQL server that answers"


class NoLedger(Exception):
    """Raised when a ledger cannot be opened; the text says why and what to do."""


def instant(moment: datetime) -> str:
    """Return an instant as the ledger keeps it: UTC, to the microsecond, so that texts sort as instants do."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class Writer:
    """One transaction that adds to the ledger; `by` says who does it, `at` when.

    What is added is gathered, and sent when the transaction ends or its connection is used.
    """

    def __init__(self, connection: Connection, by: str, at: datetime) -> None:
        self._connection, self.by, self.moment, self.at = connection, by, at, instant(at)
        self._gathered: list[tuple[Table, Row]] = []
        ((self.seq, self.hash),) = _LAST(connection)
        self.recorded: list[Recorded] = []

    @property
    def connection(self) -> Connection:
        """Return the connection, on which all that was added so far can be read and changed."""
        self.send()
        return self._connection

    def append(
        self, kind: str, body: Any, *, case_no: str | None = None, about: str | None = None, id: str | None = None
    ) -> Entry:
        """Add an entry to the chain with its payload."""
        salt, packed = secrets.token_bytes(chain.SALT), chain.pack(body)
        name = id or new_id("ent")
        entry = Entry(self.seq + 1, name, kind, case_no, about, self.at, self.by, chain.digest(salt, packed))
        self.seq, self.hash = entry.seq, entry.hash(self.hash)
        self.add(ENTRIES, {name: getattr(entry, name) for name in Entry.__slots__} | {"hash": self.hash})
        self.add(PAYLOADS, {"seq": entry.seq, "salt": salt, "body": packed})
        self.recorded.append((entry, body))
        return entry

    def add(self, table: Table, *rows: Row) -> None:
        """Add rows to a table, with all that they hold: defaults are not filled in."""
        self._gathered += ((table, row) for row in rows)

    def send(self) -> None:
        """Send what was gathered."""
        if self._gathered:
            send(self._connection, self._gathered, self.seq, self.hash)
            self._gathered = []


# Called within every transaction that writes, at its end: what it adds is kept with the rest or not at all, and where
# it raises nothing is kept. So a request that must take effect once can tell whether it did.
WITNESS: Final[ContextVar[Callable[[Writer], None] | None]] = ContextVar("WITNESS", default=None)


class Ledger:
    """A ledger at a URL. Every process that uses it opens connections of its own."""

    def __init__(self, url: str, now: Clock = lambda: datetime.now(UTC)) -> None:
        self.url, self.now = _url(url), now
        self.listeners: list[Callable[[Sequence[Recorded]], None]] = []  # told of what this process has recorded
        self.ailing: tuple[Outage, float] | None = None  # why the last write failed, and when
        self._lock, self._turns = threading.Lock(), threading.RLock()
        self._engines: dict[int, Engine] = {}

    @property
    def engine(self) -> Engine:
        """Return this process's engine: connections do not survive a fork."""
        here = os.getpid()
        if here not in self._engines:
            with self._lock:
                if here not in self._engines:
                    self._engines[here] = _engine(self.url)
        return self._engines[here]

    def migrate(self) -> None:
        """Bring the tables to what this version needs. Raises NoLedger."""
        try:
            with self.engine.connect().execution_options(writing=True) as connection, connection.begin():
                if self.url.get_backend_name() == "postgresql":
                    connection.execute(text("SELECT pg_advisory_xact_lock(7233736)"))
                config = Config()
                config.set_main_option("script_location", str(MIGRATIONS))
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
                if connection.execute(select(HEAD.c.one)).first() is None:
                    connection.execute(insert(HEAD).values(one=1, seq=0, hash=chain.GENESIS))
        except CommandError:
            told = "a newer version of this program wrote it; use that version, or another ledger"
            raise NoLedger(f"cannot open the ledger at {self.name}: {told}") from None
        except (SQLAlchemyError, OSError) as error:
            raise NoLedger(f"cannot open the ledger at {self.name}: {_reason(error)}; {ADVICE}") from None
        except ModuleNotFoundError as error:
            told = f"{error.name} is not installed; install redress[postgresql]"
            raise NoLedger(f"cannot open the ledger at {self.name}: {told}") from None

    @property
    def name(self) -> str:
        """Return the URL without its password."""
        return self.url.render_as_string(hide_password=True)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Read the ledger as it stands."""
        with self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """Read the ledger as it stood at one moment, however long that takes and whoever writes meanwhile."""
        options = {} if self.url.get_backend_name() == "sqlite" else {"isolation_level": "REPEATABLE READ"}
        with self.engine.connect().execution_options(**options) as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self, by: str) -> Iterator[Writer]:
        """Add to the ledger; nothing is kept where the block raises."""
        with self._noted(), self._turn(), self._begun(writing=True) as connection:
            writer = Writer(connection, by, self.now())
            yield writer
            if (witness := WITNESS.get()) is not None:
                witness(writer)
            writer.send()
        self._tell(writer.recorded)

    @contextmanager
    def counting(self) -> Iterator[Connection]:
        """Read, and take numbers: what is counted is sure no later than the next thing written.

        On SQLite it does not wait for the disk: a number that a crash takes back was in no entry, for entries are
        written after it into the same log. On PostgreSQL each statement stands for itself, and that of `Numbers` says
        the same.
        """
        with self._noted(), self._turn(), self._begun(**_COUNTING[self.url.get_backend_name()]) as connection:
            yield connection

    @contextmanager
    def _begun(self, **options: Any) -> Iterator[Connection]:
        with self.engine.connect().execution_options(**options) as connection, connection.begin():
            yield connection

    @contextmanager
    def _noted(self) -> Iterator[None]:
        """Remember that the ledger cannot be written to, until it can be again."""
        try:
            yield
        except SQLAlchemyError as error:
            if (outage := outage_of(error)) in LASTING and outage is not None:
                self.ailing = outage, clock.elapsed()
            raise
        self.ailing = None

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Let the threads of this process write to SQLite in turn.

        SQLite has no queue: whoever finds it locked sleeps and tries again, and some are unlucky for a second.
        """
        if self.url.get_backend_name() != "sqlite":
            yield
            return
        if not self._turns.acquire(timeout=PATIENCE / 1000):
            raise LockTimeout("others have been writing to the ledger for too long")
        try:
            yield
        finally:
            self._turns.release()

    def scrub(self) -> None:
        """Take what was deleted out of SQLite's log as well; PostgreSQL sees to it by its own vacuum."""
        if self.url.get_backend_name() == "sqlite":
            raw = self.engine.raw_connection()
            try:
                raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            finally:
                raw.close()

    def _tell(self, recorded: Sequence[Recorded]) -> None:
        for listener in self.listeners:
            try:
                listener(recorded)
            except Exception:  # it is recorded, whatever becomes of whoever is told of it
                logging.getLogger(__name__).exception("a listener of the ledger broke")

    def close(self) -> None:
        """Close this process's connections."""
        if (engine := self._engines.pop(os.getpid(), None)) is not None:
            engine.dispose()


def new_id(kind: str) -> str:
    """Return a new id, such as dec_01J..., that sorts by when it was made."""
    return f"{kind}_{ULID()}"


def _url(text: str) -> URL:
    try:
        url = make_url(text)
        driver = DRIVERS[url.get_backend_name()]
    except (ArgumentError, KeyError, ValueError):
        shown = re.sub("//[^/]*@", "//***@", text)[:80]
        raise NoLedger(f"'{shown}' is no ledger; write sqlite:///FILE or postgresql://USER@HOST/DATABASE") from None
    if driver == "sqlite" and url.database in (None, "", ":memory:"):
        raise NoLedger("a ledger in memory is forgotten with the process; write sqlite:///FILE")
    return url.set(drivername=driver)


def _engine(url: URL) -> Engine:
    return _sqlite(url) if url.get_backend_name() == "sqlite" else _postgresql(url)


def _postgresql(url: URL) -> Engine:
    engine = create_engine(
        url, pool_size=8, max_overflow=8, pool_use_lifo=True, hide_parameters=True, connect_args=_unless(url, PROMPT)
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _: Any) -> None:
        connection.autocommit = True  # else the setting would go with the first rollback
        connection.execute(f"SET lock_timeout = {PATIENCE}")
        connection.autocommit = False

    @event.listens_for(engine, "checkin")
    def _left(_: Any, record: Any) -> None:
        record.info["left"] = clock.elapsed()

    @event.listens_for(engine, "checkout")
    def _found(connection: Any, record: Any, _: Any) -> None:
        if clock.elapsed() - record.info.get("left", clock.elapsed()) > IDLE or _has_news(connection):
            try:
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
    engine = create_engine(url, connect_args={"timeout": PATIENCE / 1000}, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # we begin transactions ourselves, see below
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


def _reason(error: Exception) -> str:
    return str(getattr(error, "orig", None) or error).strip().splitlines()[0]
