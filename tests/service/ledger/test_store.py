from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect, select, text
from sqlalchemy.exc import OperationalError

from service.audit.verification import verify
from service.errors import LedgerUnavailable
from service.ledger import chain
from service.ledger.chain import GENESIS
from service.ledger.location import MIGRATIONS
from service.ledger.store import Ledger, instant, new_id
from service.ledger.tables import COUNTERS, ENTRIES, HEAD, METADATA, PAYLOADS
from tests.support.places import ROOT
from tests.support.stores import SERVER

FORKED = """
import os, sys
from service.ledger.store import Ledger
ledger = Ledger(sys.argv[1])
with ledger.writing("before the fork") as writer:
    writer.append("vouched", {})
before = ledger.engine
child = os.fork()
assert (ledger.engine is before) == (child != 0)
for number in range(20):
    with ledger.writing("parent" if child else "child") as writer:
        writer.append("vouched", {})
if child:
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def shown(ledger: Ledger) -> str:
    return ledger.url.render_as_string(hide_password=False)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ledger]:
    """Return a ledger without any tables."""
    if request.param == "sqlite":
        ledger = Ledger(f"sqlite:///{tmp_path / 'empty.db'}")
        yield ledger
        ledger.close()
        return
    server = create_engine(SERVER.replace("postgresql:", "postgresql+psycopg:"))
    name = f"redress_empty_{os.getpid()}_{id(request)}"
    try:
        with server.begin() as connection:
            connection.execute(text(f"CREATE SCHEMA {name}"))
    except OperationalError as error:
        server.dispose()
        pytest.skip(f"no PostgreSQL answers at {SERVER}: {str(error).splitlines()[0]}")
    ledger = Ledger(f"{SERVER}{'&' if '?' in SERVER else '?'}options=-csearch_path%3D{name}")
    yield ledger
    ledger.close()
    with server.begin() as connection:
        connection.execute(text(f"DROP SCHEMA {name} CASCADE"))
    server.dispose()


# ---- writing


def test_an_entry_is_kept_with_who_when_and_its_payload(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    at = datetime(2026, 8, 14, 15, 0, 0, 1, tzinfo=timezone(timedelta(hours=8)))
    monkeypatch.setattr(ledger, "now", lambda: at)
    with ledger.writing("agent 7") as writer:
        entry = writer.append("note", {"text": "早"}, case_no="T-1", about="dec_1")
    with ledger.reading() as connection:
        row = connection.execute(select(ENTRIES)).one()
        payload = connection.execute(select(PAYLOADS)).one()
        head = connection.execute(select(HEAD.c.seq, HEAD.c.hash)).one()
    assert (row.seq, row.kind, row.case_no, row.about, row.by) == (1, "note", "T-1", "dec_1", "agent 7")
    assert row.at == "2026-08-14T07:00:00.000001Z"
    assert chain.unpack(payload.body) == {"text": "早"}
    assert (row.digest, row.hash) == (chain.digest(payload.salt, payload.body), entry.hash(GENESIS))
    assert tuple(head) == (1, row.hash)


def test_equal_payloads_have_salts_of_their_own(ledger: Ledger) -> None:
    with ledger.writing("owner") as writer:
        one, other = writer.append("note", {}), writer.append("note", {})
    assert one.digest != other.digest


def test_nothing_is_kept_where_the_block_raises(ledger: Ledger) -> None:
    with pytest.raises(ZeroDivisionError), ledger.writing("owner") as writer:
        writer.append("note", {})
        raise ZeroDivisionError
    report = verify(ledger)
    assert (report.sound, report.entries, report.head_hash) == (True, 0, GENESIS)
    with ledger.writing("owner") as writer:
        assert writer.append("note", {}).seq == 1


def test_writers_of_many_threads_build_one_chain(ledger: Ledger) -> None:
    def write(number: int) -> None:
        with ledger.writing(f"thread {number}") as writer:
            writer.append("vouched", {})

    with ThreadPoolExecutor(20) as pool:
        list(pool.map(write, range(100)))
    report = verify(ledger)
    assert (report.sound, report.entries) == (True, 100)
    with ledger.reading() as connection:
        assert len(set(connection.execute(select(ENTRIES.c.by)).scalars())) == 100


def test_what_a_writer_has_seen_holds_until_it_writes(ledger: Ledger) -> None:
    def one_more(_: int) -> None:
        with ledger.writing("owner") as writer:
            seen = writer.connection.execute(select(COUNTERS.c.last)).scalar()
            change = COUNTERS.insert() if seen is None else COUNTERS.update()
            writer.connection.execute(change.values(name="n", last=(seen or 0) + 1))

    with ThreadPoolExecutor(10) as pool:
        list(pool.map(one_more, range(50)))
    with ledger.reading() as connection:
        assert connection.execute(select(COUNTERS.c.last)).scalar() == 50


def test_a_snapshot_does_not_see_what_is_written_meanwhile(ledger: Ledger) -> None:
    with ledger.snapshot() as connection:
        before = connection.execute(select(HEAD.c.seq)).scalar_one()
        with ledger.writing("owner") as writer:
            writer.append("note", {})
        assert connection.execute(select(HEAD.c.seq)).scalar_one() == before == 0
    with ledger.snapshot() as connection:
        assert connection.execute(select(HEAD.c.seq)).scalar_one() == 1


def test_a_forked_process_uses_connections_of_its_own(ledger: Ledger) -> None:
    words = [sys.executable, "-c", FORKED, shown(ledger)]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    report = verify(ledger)
    assert (report.sound, report.entries) == (True, 41)


# ---- instants and ids


def test_instants_sort_as_texts_whatever_their_offset() -> None:
    base = datetime(2026, 8, 14, 23, 59, 59, 999_999, tzinfo=UTC)
    moments = [base + timedelta(microseconds=step) for step in (-1_000_000, -1, 0, 1, 60_000_000)]
    zoned = [moment.astimezone(timezone(timedelta(hours=hours))) for hours, moment in enumerate(moments, -2)]
    texts = [instant(moment) for moment in zoned]
    assert texts == sorted(texts)
    assert len({len(one) for one in texts}) == 1


def test_ids_say_their_kind_and_are_never_the_same() -> None:
    ids = {new_id("dec") for _ in range(1000)}
    assert len(ids) == 1000
    assert all(id.startswith("dec_") and len(id) <= 40 for id in ids)


# ---- opening


@pytest.mark.parametrize(
    ("url", "advice"),
    [
        ("", "write sqlite:///FILE or postgresql://"),
        ("redress.db", "write sqlite:///FILE or postgresql://"),
        ("mysql://localhost/a", "write sqlite:///FILE or postgresql://"),
        ("postgresql://host:port/a", "write sqlite:///FILE or postgresql://"),
        ("sqlite://", "write sqlite:///FILE"),
        ("sqlite:///:memory:", "write sqlite:///FILE"),
    ],
)
def test_the_error_for_an_unusable_url_shows_a_usable_one(url: str, advice: str) -> None:
    with pytest.raises(LedgerUnavailable, match=advice):
        Ledger(url)


@pytest.mark.parametrize("url", ["postgressql://someone:secret@host/a", "postgresql://someone:secret@host:port/a"])
def test_the_error_for_a_wrong_url_hides_the_password(url: str) -> None:
    with pytest.raises(LedgerUnavailable) as raised:
        Ledger(url)
    assert "secret" not in str(raised.value)
    assert "@host" in str(raised.value)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("sqlite:////no/such/folder/a.db", "unable to open database file"),
        (f"sqlite:////tmp/{'x' * 300}.db", "File name too long; REDRESS_LEDGER names a file"),
        ("postgresql://someone:secret@127.0.0.1:1/none", "cannot open the ledger at postgresql.*someone:\\*\\*\\*@"),
    ],
)
def test_the_error_for_an_unusable_place_hides_the_password(url: str, expected: str) -> None:
    ledger = Ledger(url)
    with pytest.raises(LedgerUnavailable, match=expected) as raised:
        ledger.migrate()
    assert "secret" not in str(raised.value)
    ledger.close()


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.db").write_text("dear diary " * 100)
    ledger = Ledger(f"sqlite:///{tmp_path / 'a.db'}")
    with pytest.raises(LedgerUnavailable, match="file is not a database"):
        ledger.migrate()
    ledger.close()


def test_the_error_for_a_missing_driver_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(LedgerUnavailable, match=r"install redress\[postgresql\]"):
        Ledger("postgresql://127.0.0.1/none").migrate()


def test_a_ledger_of_a_newer_version_is_left_alone(empty: Ledger) -> None:
    empty.migrate()
    with empty.engine.connect().execution_options(writing=True) as connection, connection.begin():
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(LedgerUnavailable, match="a newer version"):
        empty.migrate()
    with empty.reading() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == "9999"


def test_opening_again_changes_nothing(ledger: Ledger) -> None:
    with ledger.writing("owner") as writer:
        writer.append("note", {})
    ledger.migrate()
    assert verify(ledger).entries == 1


def test_a_new_ledger_is_opened_by_many_at_once(empty: Ledger) -> None:
    ledgers = [Ledger(shown(empty)) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(Ledger.migrate, ledgers))
    for ledger in ledgers:
        ledger.close()
    assert verify(empty).sound


# ---- migrations


def migrate_to(ledger: Ledger, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with ledger.engine.connect().execution_options(writing=True) as connection, connection.begin():
        config.attributes["connection"] = connection
        (command.downgrade if revision == "base" else command.upgrade)(config, revision)


def test_the_migrations_make_the_tables_that_the_code_knows(empty: Ledger) -> None:
    empty.migrate()
    with empty.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, METADATA) == []


def test_the_migrations_can_be_taken_back_and_made_again(empty: Ledger) -> None:
    empty.migrate()
    migrate_to(empty, "base")
    with empty.reading() as connection:
        assert set(inspect(connection).get_table_names()) == {"alembic_version"}
    empty.migrate()
    assert verify(empty).sound
