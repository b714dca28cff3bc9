"""Whatever happens to a ledger, it is sound: verify finds nothing where nobody forged anything."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, text

from service.audit.verification import verify
from service.ledger import chain, keys
from service.ledger.chain import Entry
from service.ledger.store import VOUCHED, Ledger, Writer
from service.ledger.tables import KEYS, SPENT
from service.packs import Ready
from tests.support.busy import Walk
from tests.support.places import SERVICE
from tests.support.tampering import tampering

SINCE = {  # what entries record since the version that compares every table
    "decision": ("drawn", "counted"),
    "event": ("begins", "currency"),
    "execution.executed": ("begins",),
    "erased": ("spent",),
    "key.made": ("hash", "merchants"),
    "webhook.added": ("seal",),
    "webhook.rotated": ("seal",),
}
KINDS_SINCE = (VOUCHED, "escalation.seen")


@pytest.fixture
def walk(cn: Ready, ledger: Ledger) -> Iterator[Walk]:
    """Return a walk on an empty ledger; the ledger takes the time from the walk."""
    now, walk = ledger.now, Walk(cn, ledger, 0)
    ledger.now = lambda: walk.moment
    yield walk
    ledger.now = now


def found(ledger: Ledger) -> list[str]:
    report = verify(ledger)
    return [str(one) for one in (*report.record, *report.rows)]


@pytest.mark.parametrize("seed", range(3))
def test_a_ledger_is_sound_whatever_happens(walk: Walk, seed: int) -> None:
    walk.chance.seed(seed)
    for _ in range(4):
        walk.go(40)
        assert found(walk.ledger) == []
    assert verify(walk.ledger).notes == ()


@pytest.mark.parametrize("seed", range(2))
def test_a_ledger_of_an_earlier_version_is_sound(walk: Walk, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    walk.chance.seed(seed)
    with monkeypatch.context() as patch:
        as_before(patch)
        walk.everything()
    take_back(walk.ledger)
    walk.ledger.migrate()
    assert found(walk.ledger) == []
    assert {note.code for note in verify(walk.ledger).notes} == {"not_compared"}
    walk.go(60)
    assert found(walk.ledger) == []


def take_back(ledger: Ledger) -> None:
    """Let the tables be those of the version that did not compare every table."""
    since = ("reference_key", "account_key")  # columns of executions that came later
    with tampering(ledger) as connection:
        connection.execute(text("DROP INDEX ix_executions_reference_key"))
        for column in since:
            connection.execute(text(f"ALTER TABLE executions DROP COLUMN {column}"))
        connection.execute(text("UPDATE alembic_version SET version_num = '0003'"))


def as_before(patch: pytest.MonkeyPatch) -> None:
    """Let entries be written as the version did that did not compare every table."""
    append = Writer.append

    def appended(writer: Writer, kind: str, body: Any, **names: Any) -> Entry | None:
        if kind in KINDS_SINCE:
            return None
        return append(writer, kind, {name: body[name] for name in body if name not in SINCE.get(kind, ())}, **names)

    patch.setattr(Writer, "append", appended)


def test_an_upgrade_records_missing_rows_and_verification_compares_them_from_then_on(walk: Walk) -> None:
    with pytest.MonkeyPatch.context() as patch:
        as_before(patch)
        walk.key()
        walk.endpoint()
        walk.decide()
    take_back(walk.ledger)
    walk.ledger.migrate()
    with tampering(walk.ledger) as connection:
        connection.execute(text(f"UPDATE keys SET hash = '{'0' * 64}'"))
        connection.execute(text("UPDATE endpoints SET url = 'http://127.0.0.1:9/hook?token=other'"))
        connection.execute(text("UPDATE outbox SET event = 'execution.executed'"))
    findings = {(one.code, one.kind) for one in verify(walk.ledger).rows}
    assert findings == {("row_differs", "key"), ("row_differs", "endpoint"), ("row_differs", "message")}


def test_customers_that_an_earlier_version_erased_are_no_finding(walk: Walk) -> None:
    with pytest.MonkeyPatch.context() as patch:
        as_before(patch)
        walk.decide()
        walk.claim()
    take_back(walk.ledger)
    with tampering(walk.ledger) as connection:
        connection.execute(delete(SPENT).where(SPENT.c.scope == "customer"))
    walk.moment += timedelta(days=1)  # only days that are past lose the budgets of customers
    walk.ledger.migrate()
    assert found(walk.ledger) == []
    with tampering(walk.ledger) as connection:
        connection.execute(delete(SPENT))
    assert {one.code for one in verify(walk.ledger).rows} == {"row_missing"}


def test_a_key_that_was_gone_at_the_upgrade_and_is_there_again_is_noted(walk: Walk) -> None:
    with pytest.MonkeyPatch.context() as patch:
        as_before(patch)
        made, _ = keys.make(walk.ledger, "till", "agent", (), "owner")
    with walk.ledger.reading() as connection:
        row = dict(connection.execute(select(KEYS)).mappings().one())
    with tampering(walk.ledger) as connection:
        connection.execute(delete(KEYS))
    take_back(walk.ledger)
    walk.ledger.migrate()
    (one,) = verify(walk.ledger).rows
    assert (one.code, one.kind, one.detail) == ("row_missing", "key", f"that of {made.id} is gone")
    with tampering(walk.ledger) as connection:
        connection.execute(insert(KEYS), row)
    report = verify(walk.ledger)
    assert report.sound
    assert [note.detail for note in report.notes] == ["hash of 1 of them was not recorded when they were made"]


def test_every_kind_that_is_recorded_is_known() -> None:
    recorded = set()
    for path in SERVICE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "append":
                first = node.args[0] if node.args else None
                if isinstance(first, ast.Constant) and isinstance(first.value, str) and len(node.args) > 1:
                    recorded.add(first.value)
    assert recorded <= chain.ENTRY_KINDS
    assert "decision" in recorded
