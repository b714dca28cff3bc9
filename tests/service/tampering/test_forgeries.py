"""A forged row of any table is found and named, although the forger can write to the database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, Table, and_, delete, func, insert, select, update

from service.audit import consistency, ledger_findings
from service.audit.finding import Finding
from service.audit.verification import verify
from service.ledger.chain import GENESIS
from service.ledger.store import Ledger
from service.ledger.tables import (
    CASES,
    CLOCKS,
    COUNTERS,
    DECISIONS,
    ENDPOINTS,
    ENTRIES,
    EXECUTED_LINES,
    EXECUTIONS,
    HEAD,
    KEYS,
    LIMITS,
    METADATA,
    OUTBOX,
    OUTCOMES,
    PACKS,
    PAYLOADS,
    PROPOSALS,
    REPLAYS,
    SPENT,
    SWITCHES,
)
from service.packs import Ready
from tests.support.busy import Walk
from tests.support.tampering import tampering

TABLES = METADATA.sorted_tables
OF_DECISIONS = ENTRIES.c.kind == "decision"
UNSEEN = and_(DECISIONS.c.drawn, DECISIONS.c.reviewed_at.is_(None))
UNMET = CLOCKS.c.met_at.is_(None)
NEWEST = REPLAYS.c.at == select(func.max(REPLAYS.c.at)).scalar_subquery()
PAID = EXECUTIONS.c.state == "executed"
RECORD = {ENTRIES: "entry", PAYLOADS: "payload", HEAD: "head"}  # which the walk along the chain itself compares
SEED = 8


@pytest.fixture(scope="module")
def busy(stored: Ledger, cn: Ready) -> Iterator[Ledger]:
    """Return a ledger in which much has happened; each test leaves it as it was."""
    with stored.engine.connect().execution_options(writing=True) as connection, connection.begin():
        for table in reversed(METADATA.sorted_tables):
            connection.execute(table.delete())
        connection.execute(insert(HEAD).values(one=1, seq=0, hash=GENESIS))
    now = stored.now
    walk = Walk(cn, stored, SEED)
    stored.now = lambda: walk.moment
    walk.everything()
    yield stored
    stored.now = now


@pytest.fixture
def restored(busy: Ledger) -> Iterator[None]:
    """Put back afterwards what stood in the ledger before."""
    with busy.reading() as connection:
        before = {table: [dict(row) for row in connection.execute(select(table)).mappings()] for table in TABLES}
    yield
    with tampering(busy) as connection:
        for table in reversed(TABLES):
            connection.execute(table.delete())
        for table in TABLES:
            if before[table]:
                connection.execute(insert(table), before[table])


def found(ledger: Ledger) -> list[Finding]:
    report = verify(ledger)
    assert report.unlisted == 0
    return [*report.record, *report.rows]


def first(connection: Connection, table: Table, *conditions: Any) -> Any:
    """Return the first row of a table that meets conditions."""
    return connection.execute(select(table).where(*conditions).order_by(*table.primary_key)).first()


def change(connection: Connection, table: Table, *conditions: Any, **values: Any) -> str:
    """Change the first row of a table that meets conditions, and return its key."""
    row = first(connection, table, *conditions)
    assert row is not None
    key = [column == getattr(row, column.name) for column in table.primary_key]
    changed = {name: value(getattr(row, name)) if callable(value) else value for name, value in values.items()}
    connection.execute(update(table).where(*key).values(changed))
    return str(getattr(row, next(iter(table.primary_key)).name))


def drop(connection: Connection, table: Table, *conditions: Any) -> str:
    """Remove the first row of a table that meets conditions, and return its key."""
    row = first(connection, table, *conditions)
    assert row is not None
    connection.execute(delete(table).where(*(column == getattr(row, column.name) for column in table.primary_key)))
    return str(getattr(row, next(iter(table.primary_key)).name))


def add(connection: Connection, table: Table, *conditions: Any, **values: Any) -> str:
    """Insert a row like the first of a table, and return its key."""
    row = first(connection, table, *conditions)
    assert row is not None
    connection.execute(insert(table), {**row._mapping, **values})
    return str({**row._mapping, **values}[next(iter(table.primary_key)).name])


def more(value: int) -> int:
    return value + 1


FORGERIES: dict[str, tuple[str, str, Callable[[Connection], str]]] = {  # by name: code, kind, and what is done
    "an entry by another": ("entry_changed", "decision", lambda it: change(it, ENTRIES, OF_DECISIONS, by="another")),
    "a payload of another": ("payload_changed", "webhook.added", lambda it: change(it, PAYLOADS, body=b"{}")),
    "a payload of no entry": ("row_alone", "payload", lambda it: add(it, PAYLOADS, seq=10**6)),
    "a head of another hash": ("head_differs", "vouched", lambda it: change(it, HEAD, hash="f" * 64) and ""),
    "a second head": ("row_alone", "head", lambda it: add(it, HEAD, one=2)),
    "a pack of other files": ("pack_changed", "pack", lambda it: change(it, PACKS, files=b"no pack")),
    "a pack of another name": ("row_differs", "pack", lambda it: change(it, PACKS, name="eu")),
    "a number to be given again": ("row_differs", "counter", lambda it: change(it, COUNTERS, last=1)),
    "a counter that is gone": ("row_missing", "counter", lambda it: drop(it, COUNTERS)),
    "a case that is closed": ("row_differs", "case", lambda it: change(it, CASES, CASES.c.state == "done", state="x")),
    "a decision not to be drawn": (
        "row_differs",
        "decision",
        lambda it: change(it, DECISIONS, DECISIONS.c.drawn, drawn=False),
    ),
    "a decision reviewed": (
        "row_differs",
        "decision",
        lambda it: change(it, DECISIONS, UNSEEN, reviewed_at="2026-08-14T08:00:00.000000Z"),
    ),
    "a deadline put off": ("row_differs", "clock", lambda it: change(it, CLOCKS, due_at="2027-01-01T00:00:00.000000Z")),
    "a deadline met": (
        "row_differs",
        "clock",
        lambda it: change(it, CLOCKS, UNMET, met_at="2026-08-14T08:00:00.000000Z"),
    ),
    "a deadline that is gone": ("row_missing", "clock", lambda it: drop(it, CLOCKS)),
    "a deadline of nothing": ("row_alone", "clock", lambda it: add(it, CLOCKS, name="never")),
    "a proposal approved": ("row_differs", "proposal", lambda it: change(it, PROPOSALS, needs="agent")),
    "an outcome of more": ("row_differs", "outcome", lambda it: change(it, OUTCOMES, total_fen=more)),
    "an execution that failed": ("row_differs", "execution", lambda it: change(it, EXECUTIONS, PAID, state="failed")),
    "a line not held": ("row_missing", "executed_line", lambda it: drop(it, EXECUTED_LINES)),
    "a wider limit": ("row_differs", "budget", lambda it: change(it, LIMITS, most_fen=more)),
    "a budget not spent": ("row_differs", "spent", lambda it: change(it, SPENT, SPENT.c.scope == "day", fen=0)),
    "a budget that is gone": ("row_missing", "spent", lambda it: drop(it, SPENT, SPENT.c.scope == "merchant")),
    "a customer's budget not spent": (
        "row_differs",
        "spent",
        lambda it: change(it, SPENT, SPENT.c.scope == "customer", SPENT.c.many > 0, many=0, fen=0),
    ),
    "a switch turned off": ("row_missing", "switch", lambda it: drop(it, SWITCHES)),
    "a role raised": ("row_differs", "key", lambda it: change(it, KEYS, role="admin")),
    "a key come back": (
        "row_differs",
        "key",
        lambda it: change(it, KEYS, KEYS.c.revoked_at.is_not(None), revoked_at=None),
    ),
    "a key of nobody": ("row_alone", "key", lambda it: add(it, KEYS, id="key_forged", hash="0" * 64)),
    "a secret of another": ("row_differs", "key", lambda it: change(it, KEYS, hash="0" * 64)),
    "a key bound to another merchant": ("row_differs", "key", lambda it: change(it, KEYS, merchants='["Shop Two"]')),
    "a case of another merchant": ("row_differs", "case", lambda it: change(it, CASES, merchant_key="shoptwo")),
    "a decision of another merchant": ("row_differs", "decision", lambda it: change(it, DECISIONS, merchant_key="x")),
    "a request to run again": ("row_missing", "request", lambda it: drop(it, REPLAYS, NEWEST) and ""),
    "a request that had no effect": ("row_differs", "request", lambda it: change(it, REPLAYS, state="running")),
    "a request of somebody": ("row_alone", "request", lambda it: add(it, REPLAYS, key="0" * 64)),
    "a request to be forgotten": (
        "row_differs",
        "request",
        lambda it: change(it, REPLAYS, at="2026-08-01T00:00:00.000000Z"),
    ),
    "messages to another": (
        "row_differs",
        "endpoint",
        lambda it: change(it, ENDPOINTS, url=lambda url: url.replace("t0p", "other")),
    ),
    "an endpoint with another secret": (
        "row_differs",
        "endpoint",
        lambda it: change(it, ENDPOINTS, ENDPOINTS.c.ended_at.is_(None), secrets='[["whsec_AAAA",null]]'),
    ),
    "an endpoint of nobody": ("row_alone", "endpoint", lambda it: add(it, ENDPOINTS, id="whk_forged")),
    "a message of another": ("row_differs", "message", lambda it: change(it, OUTBOX, body=b"{}")),
    "a message of nobody": ("row_alone", "message", lambda it: add(it, OUTBOX, id="msg_forged")),
    "a message that is gone": ("row_missing", "message", lambda it: drop(it, OUTBOX)),
}


def test_a_busy_ledger_is_sound(busy: Ledger) -> None:
    assert found(busy) == []
    with busy.reading() as connection:
        empty = [table.name for table in TABLES if first(connection, table) is None]
    assert empty == []


@pytest.mark.parametrize("name", FORGERIES)
@pytest.mark.usefixtures("restored")
def test_a_forgery_is_found_and_its_row_named(busy: Ledger, name: str) -> None:
    code, kind, forge = FORGERIES[name]
    with tampering(busy) as connection:
        named = forge(connection)
    findings = found(busy)
    fitting = [str(one) for one in findings if (one.code, one.kind) == (code, kind)]
    assert any(named in one for one in fitting), (named, [str(one) for one in findings])


def test_every_table_is_compared() -> None:
    compared = {table.name for table in (*RECORD, *consistency.ROW_NAMES, *ledger_findings.ROW_NAMES)}
    assert compared == set(METADATA.tables)
    forged = {kind for _, kind, _ in FORGERIES.values()}
    assert {*consistency.ROW_NAMES.values(), *ledger_findings.ROW_NAMES.values()} <= forged
