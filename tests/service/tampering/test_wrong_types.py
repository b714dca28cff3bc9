"""SQLite keeps any value in any column: verify names what does not fit, and never breaks on it."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Column, Integer, LargeBinary, Table, select, text, update
from sqlalchemy.exc import OperationalError

from service.audit.consistency import ROW_NAMES
from service.audit.finding import Finding
from service.audit.ledger_findings import ROW_NAMES as SHARED
from service.audit.verification import verify
from service.ledger import chain
from service.ledger.chain import Entry
from service.ledger.store import Ledger
from service.ledger.tables import ENTRIES, HEAD, METADATA, PAYLOADS
from service.packs import Ready
from tests.support.busy import Walk
from tests.support.filed import run
from tests.support.tampering import tampering

VALUES = {  # by name: what is put into each column, as SQLite writes it
    "nothing": "NULL",
    "binary": "x'00ff28b52ffd'",
    "text": "'two words'",
    "text with a NUL": "'a' || char(0) || 'b'",
    "no UTF-8": "CAST(x'e4bdff' AS TEXT)",
    "a number": "9223372036854775807",
    "a float": "-1.5e300",
}


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory, cn: Ready) -> Iterator[Ledger]:
    """Return a ledger in a file in which something of every kind has happened, and that checks nothing any more."""
    ledger = Ledger(f"sqlite:///{tmp_path_factory.mktemp('types') / 'ledger.db'}")
    ledger.migrate()
    walk = Walk(cn, ledger, 8)
    ledger.now = lambda: walk.moment
    walk.everything()
    with tampering(ledger) as connection:
        connection.execute(text("PRAGMA writable_schema=ON"))
        connection.execute(text("UPDATE sqlite_master SET sql = replace(sql, ' NOT NULL', '') WHERE type = 'table'"))
    ledger.close()
    yield ledger
    ledger.close()


def found(ledger: Ledger) -> list[Finding]:
    """Return what is found; all of it can be printed, and written as JSON."""
    report = verify(ledger)
    for one in (*report.record, *report.rows, *report.notes):
        str(one).encode()
        json.dumps(one.as_json()).encode()
    return [*report.record, *report.rows]


@pytest.fixture
def restored(busy: Ledger) -> Iterator[Ledger]:
    """Return the same ledger in a copy of its file."""
    copy = busy.url.set(database=f"{busy.url.database}.copy")
    shutil.copy(str(busy.url.database), str(copy.database))
    ledger = Ledger(copy.render_as_string())
    ledger.now = busy.now
    yield ledger
    ledger.close()


def put(ledger: Ledger, table: Table, values: Mapping[str, str]) -> None:
    """Put values into columns of the last row of a table."""
    sets = ", ".join(f'"{name}" = {value}' for name, value in values.items())
    with tampering(ledger) as connection:
        connection.execute(text("PRAGMA foreign_keys=OFF"))
        last = f"(SELECT max(rowid) FROM {table.name})"
        connection.execute(text(f"UPDATE OR REPLACE {table.name} SET {sets} WHERE rowid = {last}"))


def columns(table: Table) -> list[Column[Any]]:
    """Return the columns of a table in which SQLite keeps any value."""
    return [column for column in table.c if not (isinstance(column.type, Integer) and column.primary_key)]


@pytest.mark.parametrize("value", VALUES)
def test_a_value_in_every_column_of_every_table_breaks_nothing(restored: Ledger, value: str) -> None:
    for table in METADATA.sorted_tables:
        put(restored, table, {column.name: VALUES[value] for column in columns(table)})
    findings = found(restored)
    assert {*ROW_NAMES.values(), *SHARED.values()} <= {one.kind for one in findings}


@pytest.mark.parametrize("table", METADATA.sorted_tables, ids=lambda table: table.name)
def test_a_value_of_another_type_is_named_with_its_column(restored: Ledger, table: Table) -> None:
    (*_, column) = (one for one in columns(table) if not one.primary_key)
    put(restored, table, {column.name: "'two words'" if isinstance(column.type, LargeBinary) else "x'00ff'"})
    called = ({HEAD: "head"} | ROW_NAMES | SHARED).get(table)
    fitting = [one for one in found(restored) if one.code in ("wrong_type", "row_alone")]
    assert any(column.name in one.detail and one.kind == (called or one.kind) for one in fitting)


def test_the_same_is_found_wherever_pages_end(restored: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    with tampering(restored) as connection:
        connection.execute(text("UPDATE entries SET \"by\" = x'00ff' WHERE kind <> 'decision'"))
    whole = Counter(map(str, found(restored)))
    monkeypatch.setattr("service.audit.record.PAGE", 3)
    assert Counter(map(str, found(restored))) == whole
    assert any("by is binary" in one for one in whole)


def test_a_ledger_without_one_of_its_tables_is_not_called_sound(restored: Ledger) -> None:
    with tampering(restored) as connection:
        connection.execute(text("DROP TABLE clocks"))
    with pytest.raises(OperationalError, match="no such table: clocks"):
        verify(restored)


# ---- what a sound chain can hold


def recorded(ledger: Ledger, kind: str, packed: bytes, case_no: str | None = "T-1") -> int:
    """Record an entry as the program does, whatever its payload is; return its number."""
    with ledger.writing("root") as writer:
        seq = writer.append(kind, {}, case_no=case_no, about="dec_1").seq
    with tampering(ledger) as connection:
        row = connection.execute(select(ENTRIES).where(ENTRIES.c.seq == seq)).one()
        before = connection.execute(select(ENTRIES.c.hash).where(ENTRIES.c.seq == seq - 1)).scalar() or chain.GENESIS
        entry = replace(Entry(*row[:-1]), digest=chain.digest(b"salt", packed))
        hash = entry.hash(before)
        connection.execute(update(PAYLOADS).where(PAYLOADS.c.seq == seq).values(salt=b"salt", body=packed))
        connection.execute(update(ENTRIES).where(ENTRIES.c.seq == seq).values(digest=entry.digest, hash=hash))
        connection.execute(update(HEAD).values(hash=hash))
    return seq


BODIES = {
    "no JSON": chain.zstd.compress(b"{not json"),
    "nothing": b"",
    "no Zstandard": b"\x28\xb5\x2f\xfd and then something else",
    "cut off": chain.pack({"a": 1})[:-3],
    "a list": chain.pack([]),
    "a text": chain.pack("decision"),
    "nothing said": chain.pack(None),
    "no keys": chain.pack({}),
    "other types": chain.pack({"recommendation": 1, "id": [], "scope": {}, "budgets": [1], "spent": 3, "messages": 1}),
    "deep": chain.zstd.compress(b"[" * 10_000 + b"]" * 10_000),
    "huge": chain.zstd.compress(b'"' + b"x" * (chain.LARGEST + 1) + b'"'),
    "a huge number": chain.zstd.compress(b'{"id": ' + b"9" * 300 + b"}"),
}


FITTING = {(body, kind) for body in ("no keys", "a huge number") for kind in ("vouched", "erased")}  # they need no key


@pytest.mark.parametrize("body", BODIES)
def test_a_senseless_body_is_a_finding_for_every_kind(ledger: Ledger, body: str) -> None:
    for kind in sorted(chain.ENTRY_KINDS):
        recorded(ledger, kind, BODIES[body], f"T-{kind}" if kind in chain.OF_CASE else None)
    kinds = {one.kind for one in found(ledger) if one.code in ("payload_senseless", "row_missing")}
    assert kinds >= chain.ENTRY_KINDS - {kind for one, kind in FITTING if one == body}


def test_an_unknown_kind_is_a_finding(ledger: Ledger) -> None:
    with ledger.writing("root") as writer:
        seq = writer.append("execution.doubled", {}).seq
    (one,) = found(ledger)
    assert (one.code, one.seq, one.kind) == ("unknown_kind", seq, "execution.doubled")


def test_time_that_runs_backwards_is_a_note_and_no_finding(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    for hour in (8, 10, 9, 11):
        monkeypatch.setattr(ledger, "now", lambda hour=hour: datetime(2026, 8, 14, hour, tzinfo=UTC))
        with ledger.writing("root") as writer:
            writer.append("vouched", {})
    report = verify(ledger)
    (note,) = report.notes
    assert (note.code, note.grade, note.seq) == ("time_backwards", "note", 3)
    assert "2026-08-14T09:00:00.000000Z" in note.detail
    assert report.sound
    code, output = run(ledger, "verify")
    assert code == 0
    assert output.splitlines()[0].startswith("3 vouched ")
    assert output.splitlines()[-2] == "sound, 1 note"
    code, output = run(ledger, "verify", "--json")
    assert (code, [one["grade"] for one in json.loads(output)["notes"]]) == (0, ["note"])
