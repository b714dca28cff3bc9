from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Event

import pytest
from sqlalchemy.exc import SQLAlchemyError

from service.errors import LedgerUnavailable
from service.ledger.store import Ledger


def test_a_connection_that_the_server_closed_is_replaced(
    monkeypatch: pytest.MonkeyPatch, schema_of_our_own: str
) -> None:
    monkeypatch.setattr("service.ledger.engines.IDLE", -1.0)  # every connection counts as one that was idle for long
    ledger, other = Ledger(schema_of_our_own), Ledger(schema_of_our_own)
    with ledger.reading() as connection:
        closed = connection.connection.dbapi_connection
        number = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
    with other.reading() as connection:
        connection.exec_driver_sql(f"SELECT pg_terminate_backend({number})")
    with ledger.reading() as connection:
        assert connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one() != number
    assert closed.closed
    ledger.close()
    other.close()


def test_a_writer_that_waits_too_long_for_sqlite_gets_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.ledger.engines.PATIENCE", 10)
    ledger = Ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    ledger.migrate()
    holds, done = Event(), Event()

    def hold() -> None:
        with ledger.writing("one"):
            holds.set()
            done.wait()

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(hold)
        holds.wait()
        with pytest.raises(SQLAlchemyError, match="for too long"), ledger.writing("other"):
            pass
        done.set()
        first.result()
    with ledger.writing("other") as writer:
        writer.append("note", {})
    ledger.close()


@pytest.fixture
def taken(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """Return a connection that writes to a new file, as another process does while it creates a ledger."""
    with closing(sqlite3.connect(tmp_path / "ledger.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield other


def test_opening_waits_for_another_process_that_creates_the_ledger(taken: sqlite3.Connection, tmp_path: Path) -> None:
    ledger = Ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    with ThreadPoolExecutor(1) as pool:
        opening = pool.submit(ledger.migrate)
        with pytest.raises(TimeoutError):
            opening.result(timeout=0.2)
        taken.execute("COMMIT")
        opening.result(timeout=60)
    assert ledger.is_current()
    ledger.close()


@pytest.mark.usefixtures("taken")
def test_opening_fails_if_another_process_keeps_the_new_file_locked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.ledger.engines.PATIENCE", 10)
    with pytest.raises(LedgerUnavailable, match="database is locked"):
        Ledger(f"sqlite:///{tmp_path / 'ledger.db'}").migrate()


def test_a_writer_that_waits_too_long_for_postgresql_gets_an_error(
    monkeypatch: pytest.MonkeyPatch, schema_of_our_own: str
) -> None:
    monkeypatch.setattr("service.ledger.engines.PATIENCE", 50)
    first, other = Ledger(schema_of_our_own), Ledger(schema_of_our_own)
    first.migrate()
    with first.writing("one") as writer:
        with pytest.raises(SQLAlchemyError, match="lock timeout"), other.writing("other"):
            pass
        last = writer.append("note", {}).seq
    with other.writing("other") as writer:
        assert writer.seq == last
    first.close()
    other.close()
