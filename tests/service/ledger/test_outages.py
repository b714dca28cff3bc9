from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from secrets import token_hex
from typing import Any

import pytest
from psycopg import errors
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError

from service.ledger import outages
from service.ledger.outages import described, outage_of
from service.ledger.store import Ledger
from tests.support.failing import end_connections, fill, named, small_disk


def raised(act: Callable[[], Any]) -> SQLAlchemyError:
    with pytest.raises(SQLAlchemyError) as found:
        act()
    return found.value


def write(ledger: Ledger) -> None:
    with ledger.writing("owner") as writer:
        writer.append("note", {"text": token_hex(50_000)})  # which cannot be packed small


@pytest.fixture
def server(schema_of_our_own: str) -> Iterator[Ledger]:
    ledger = Ledger(schema_of_our_own)
    ledger.migrate()
    yield ledger
    ledger.close()


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Ledger]:
    ledger = Ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    ledger.migrate()
    yield ledger
    ledger.close()


# ---- PostgreSQL


def test_a_connection_that_the_server_ends_is_silence(server: Ledger) -> None:
    def ended() -> None:
        with server.reading() as connection:
            number = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
            connection.exec_driver_sql(f"SELECT pg_terminate_backend({number})")

    error = raised(ended)
    assert outage_of(error) is outages.SILENT
    assert described(error) == {"class": "AdminShutdown", "sqlstate": "57P01"}


def test_an_unreachable_server_is_a_silent_outage() -> None:
    error = raised(Ledger("postgresql://root@127.0.0.1:1/test").engine.connect)
    assert outage_of(error) is outages.SILENT
    assert "Connection refused" in described(error)["text"]


def test_a_refused_connection_is_an_outage_of_a_crowded_server(server: Ledger) -> None:
    name = f"redress_crowd_{os.getpid()}"
    with server.writing("owner") as writer:
        writer.connection.exec_driver_sql(f"DROP ROLE IF EXISTS {name}")
        writer.connection.exec_driver_sql(f"CREATE ROLE {name} LOGIN CONNECTION LIMIT 0")
    try:
        crowded = Ledger(server.url.set(username=name).render_as_string())
        assert outage_of(raised(crowded.engine.connect)) is outages.CROWDED
    finally:
        with server.writing("owner") as writer:
            writer.connection.exec_driver_sql(f"DROP ROLE {name}")


def test_a_conflict_between_snapshots_is_worth_another_try(server: Ledger) -> None:
    def conflict() -> None:
        with server.snapshot() as connection:
            connection.exec_driver_sql("SELECT seq FROM head")
            write(server)
            connection.exec_driver_sql("UPDATE head SET seq = seq")

    error = raised(conflict)
    assert outage_of(error) is outages.BUSY
    assert described(error)["sqlstate"] == "40001"


def test_a_server_that_lets_nobody_write_is_read_only(server: Ledger) -> None:
    options = f"{server.url.query['options']} -cdefault_transaction_read_only=on"
    reader = Ledger(server.url.update_query_dict({"options": options}).render_as_string())
    assert outage_of(raised(lambda: write(reader))) is outages.READ_ONLY
    reader.close()


@pytest.mark.parametrize(
    ("error", "outage"),
    [
        (errors.DiskFull, outages.FULL),
        (errors.TooManyConnections, outages.CROWDED),
        (errors.OutOfMemory, outages.CROWDED),
        (errors.DeadlockDetected, outages.BUSY),
        (errors.LockNotAvailable, outages.BUSY),
        (errors.QueryCanceled, outages.BUSY),
        (errors.CannotConnectNow, outages.SILENT),
        (errors.CrashShutdown, outages.SILENT),
        (errors.ConnectionFailure, outages.SILENT),
        (errors.IoError, outages.FAULTY),
        (errors.DataCorrupted, outages.FAULTY),
        (errors.UniqueViolation, None),
        (errors.UndefinedTable, None),
        (errors.InternalError_, None),
    ],
)
def test_outages_follow_from_the_codes_of_postgresql(error: type[errors.Error], outage: outages.Outage | None) -> None:
    assert outage_of(DBAPIError("INSERT", None, error("x"))) is outage


def test_the_report_of_an_error_holds_no_value(server: Ledger) -> None:
    def twice() -> None:
        with server.reading() as connection:
            connection.exec_driver_sql("CREATE TEMPORARY TABLE people (phone text CONSTRAINT one_phone PRIMARY KEY)")
            connection.exec_driver_sql("INSERT INTO people VALUES ('13800138000'), ('13800138000')")

    error = raised(twice)
    assert isinstance(error, IntegrityError)
    assert "13800138000" in str(error)  # so that the next line can fail
    assert described(error) == {"class": "UniqueViolation", "sqlstate": "23505", "concerns": "people one_phone"}


def test_all_connections_that_the_server_ended_are_replaced_at_once(schema_of_our_own: str) -> None:
    ledger = Ledger(named(schema_of_our_own))
    with ledger.reading() as first, ledger.reading() as second:
        before = {one.exec_driver_sql("SELECT pg_backend_pid()").scalar_one() for one in (first, second)}
    end_connections(schema_of_our_own)
    for _ in range(3):
        with ledger.reading() as first, ledger.reading() as second:
            after = {one.exec_driver_sql("SELECT pg_backend_pid()").scalar_one() for one in (first, second)}
        assert not before & after
    ledger.close()


def test_what_is_written_waits_for_the_disk_of_a_server_that_is_set_up_not_to(schema_of_our_own: str) -> None:
    def waits(how: str) -> str:
        url = make_url(schema_of_our_own)
        options = f"{url.query['options']} -csynchronous_commit={how}"
        ledger = Ledger(url.update_query_dict({"options": options}).render_as_string(hide_password=False))
        with ledger.reading() as connection:
            found = connection.exec_driver_sql("SHOW synchronous_commit").scalar_one()
        ledger.close()
        return str(found)

    assert [waits(how) for how in ("off", "local", "remote_apply")] == ["on", "local", "remote_apply"]


# ---- SQLite


def test_a_full_disk_keeps_nothing_of_what_it_cannot_keep_all_of(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        ledger = Ledger(f"sqlite:///{disk / 'ledger.db'}")
        ledger.migrate()
        write(ledger)
        filling = fill(disk)
        error = raised(lambda: write(ledger))
        assert outage_of(error) is outages.FULL
        assert described(error) == {"class": "OperationalError", "sqlite": "SQLITE_FULL"}
        with ledger.reading() as connection:
            assert connection.exec_driver_sql("SELECT count(*) FROM entries").scalar_one() == 1
        filling.unlink()
        write(ledger)
        ledger.close()


def test_a_database_that_may_not_grow_is_full(file: Ledger) -> None:
    with file.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1")
    assert outage_of(raised(lambda: write(file))) is outages.FULL


def test_another_process_that_writes_for_too_long_makes_it_busy(file: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.ledger.engines.PATIENCE", 10)
    file.close()  # a new connection waits no longer than that
    with closing(sqlite3.connect(file.url.database or "", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert outage_of(raised(lambda: write(file))) is outages.BUSY


def test_a_file_that_is_no_database_is_faulty(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").write_bytes(b"no database at all" * 1000)
    assert outage_of(raised(Ledger(f"sqlite:///{tmp_path / 'ledger.db'}").engine.connect)) is outages.FAULTY


def test_a_folder_that_is_gone_is_silence(tmp_path: Path) -> None:
    nowhere = Ledger(f"sqlite:///{tmp_path / 'nowhere' / 'ledger.db'}")
    assert outage_of(raised(nowhere.engine.connect)) is outages.SILENT


def test_a_row_that_does_not_fit_is_no_outage(file: Ledger) -> None:
    def misfit() -> None:
        with file.reading() as connection:
            connection.exec_driver_sql("INSERT INTO head (one, seq, hash) VALUES (1, 0, 'x')")

    error = raised(misfit)
    assert outage_of(error) is None
    assert described(error) == {"class": "IntegrityError", "sqlite": "SQLITE_CONSTRAINT_PRIMARYKEY"}
