"""Open a ledger at a URL, and read it or add to it, one transaction at a time.

A writer locks the head of the chain from its first statement to the commit, on SQLite and PostgreSQL alike. So what a
transaction has read still holds when it writes: there are no races, at the price of one writer at a time.
"""

from __future__ import annotations

import logging
import os
import secrets
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, Final

from alembic import command
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, Table, insert, select, text
from sqlalchemy.exc import SQLAlchemyError
from ulid import ULID

from service import clock
from service.ledger import chain, engines
from service.ledger.bulk_insert import Row, send
from service.ledger.chain import Entry
from service.ledger.location import ledger_url, migrations, opening
from service.ledger.outages import LASTING, LockTimeout, Outage, outage_of
from service.ledger.prepared import Prepared, cursor_of
from service.ledger.tables import ENTRIES, HEAD, PAYLOADS

# Reading it locks it; SQLite locks the whole file.
_LAST: Final = Prepared(select(HEAD.c.seq, HEAD.c.hash).with_for_update())
_COUNTING: Final[Mapping[str, Mapping[str, Any]]] = {
    "sqlite": {"writing": True, "sure": False},
    "postgresql": {"isolation_level": "AUTOCOMMIT"},
}

Clock = Callable[[], datetime]
Recorded = tuple[Entry, Any]  # an entry with its payload
UPGRADED: Final = "upgraded"  # the kind of an entry with what entries of earlier versions did not record
VOUCHED: Final = "vouched"  # the kind of an entry with digests of rows that no other entry of its transaction records


def instant(moment: datetime) -> str:
    """Return an instant as the ledger stores it: UTC with microseconds, so that texts sort like instants."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class Writer:
    """One transaction that adds to the ledger; `by` is the caller, `at` the instant.

    Added rows are collected, and inserted when the transaction ends or its connection is used.
    """

    def __init__(self, connection: Connection, by: str, now: Clock) -> None:
        self._connection, self.by = connection, by
        self._pending: list[tuple[Table, Row]] = []
        self._vouched: dict[str, list[Any]] = {}
        ((self.seq, self.hash),) = _LAST(connection)
        self.moment = now()  # after the head is locked: entries are in the order of their instants
        self.at = instant(self.moment)
        self.recorded: list[Recorded] = []

    @property
    def connection(self) -> Connection:
        """Return the connection, after inserting the collected rows."""
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
        """Add complete rows to a table: defaults are not filled in."""
        self._pending += ((table, row) for row in rows)

    def record_digest(self, name: str, value: Any) -> None:
        """Record a row that no entry records, by its digest, in one entry at the end of the transaction."""
        self._vouched.setdefault(name, []).append(value)

    def end(self) -> None:
        """Record the digests, and insert the collected rows."""
        if self._vouched:
            self.append(VOUCHED, self._vouched)
        self.send()

    def send(self) -> None:
        """Insert the collected rows."""
        if self._pending:
            send(self._connection, self._pending, self.seq, self.hash)
            self._pending = []


# Called at the end of every transaction that writes: what it adds is committed with the rest, and if it raises, nothing
# is. So a request that must take effect once can check that it did.
COMMIT_HOOK: Final[ContextVar[Callable[[Writer], None] | None]] = ContextVar("COMMIT_HOOK", default=None)


class Ledger:
    """A ledger at a URL. Every process opens its own connections."""

    def __init__(self, url: str, now: Clock = clock.utc) -> None:
        self.url, self.now = ledger_url(url), now
        self.listeners: list[Callable[[Sequence[Recorded]], None]] = []  # called with what this process has committed
        self.last_outage: tuple[Outage, float] | None = None  # why the last write failed, and when
        self._lock, self._thread_lock = threading.Lock(), threading.RLock()
        self._engines: dict[int, Engine] = {}

    @property
    def engine(self) -> Engine:
        """Return the engine of this process: connections do not survive a fork."""
        here = os.getpid()
        if here not in self._engines:
            with self._lock:
                if here not in self._engines:
                    self._engines[here] = engines.engine_at(self.url)
        return self._engines[here]

    def migrate(self) -> None:
        """Migrate the tables to this version. Raises LedgerUnavailable."""
        with opening(self.url), self._begun(writing=True) as connection:
            if self.url.get_backend_name() == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(7233736)"))
            config = migrations()
            config.attributes |= {"connection": connection, "now": self.now}
            command.upgrade(config, "head")
            if connection.execute(select(HEAD.c.one)).first() is None:
                connection.execute(insert(HEAD).values(one=1, seq=0, hash=chain.GENESIS))

    def is_current(self) -> bool:
        """Check, without writing, that the tables are those of this version. Raises LedgerUnavailable."""
        with opening(self.url), self.reading() as connection:
            heads = MigrationContext.configure(connection).get_current_heads()
        return set(heads) == set(ScriptDirectory.from_config(migrations()).get_heads())

    @property
    def is_read_only(self) -> bool:
        """Check whether the ledger is a file that cannot be written here."""
        return self.url.get_backend_name() == "sqlite" and not engines.is_writable(self.url)

    @property
    def name(self) -> str:
        """Return the URL without its password."""
        return self.url.render_as_string(hide_password=True)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Read the ledger."""
        with self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """Read one snapshot of the ledger, however long that takes and while others write."""
        options = {} if self.url.get_backend_name() == "sqlite" else {"isolation_level": "REPEATABLE READ"}
        with self.engine.connect().execution_options(**options) as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self, by: str) -> Iterator[Writer]:
        """Add to the ledger; nothing is committed if the block raises."""
        with self._noted(), self._in_turn(), self._begun(writing=True) as connection:
            writer = Writer(connection, by, self.now)
            yield writer
            if (hook := COMMIT_HOOK.get()) is not None:
                hook(writer)
            writer.end()
        self.last_outage = None
        self._notify(writer.recorded)

    @contextmanager
    def counting(self) -> Iterator[Connection]:
        """Read, and take numbers from counters; a counter is durable no later than the next write.

        On SQLite it does not wait for the disk: a number that is lost in a crash is in no entry, because entries are
        written after it into the same log. On PostgreSQL each statement is its own transaction, and that of `Numbers`
        does not wait either.
        """
        with self._noted(), self._in_turn(), self._begun(**_COUNTING[self.url.get_backend_name()]) as connection:
            yield connection

    @contextmanager
    def _begun(self, **options: Any) -> Iterator[Connection]:
        with self.engine.connect().execution_options(**options) as connection, connection.begin():
            yield connection

    @contextmanager
    def _noted(self) -> Iterator[None]:
        """Remember a lasting outage, until an entry can be added again."""
        try:
            yield
        except SQLAlchemyError as error:
            if (outage := outage_of(error)) in LASTING and outage is not None:
                self.last_outage = outage, clock.elapsed()
            raise

    @contextmanager
    def _in_turn(self) -> Iterator[None]:
        """Let the threads of this process write to SQLite one after another.

        SQLite has no queue: a thread that finds it locked sleeps and tries again, and may wait for a second.
        """
        if self.url.get_backend_name() != "sqlite":
            yield
            return
        if not self._thread_lock.acquire(timeout=engines.PATIENCE / 1000):
            raise LockTimeout("other threads have been writing to the ledger for too long")
        try:
            yield
        finally:
            self._thread_lock.release()

    def scrub(self) -> None:
        """Remove deleted data from SQLite's log too; PostgreSQL does this by its own vacuum."""
        if self.url.get_backend_name() == "sqlite":
            statement = "PRAGMA wal_checkpoint(TRUNCATE)"
            with self.engine.connect() as connection, cursor_of(connection, statement) as cursor:
                cursor.execute(statement).fetchall()

    def _notify(self, recorded: Sequence[Recorded]) -> None:
        for listener in self.listeners:
            try:
                listener(recorded)
            except Exception:  # the entries are committed, whatever a listener does
                logging.getLogger(__name__).exception("a listener of the ledger broke")

    def close(self) -> None:
        """Close this process's connections."""
        if (engine := self._engines.pop(os.getpid(), None)) is not None:
            engine.dispose()


def new_id(kind: str) -> str:
    """Return a new id such as dec_01J..., which sorts by the time when it was made."""
    return f"{kind}_{ULID()}"
