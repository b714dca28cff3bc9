"""Rebuilding makes every projected table again as it was, and restores rows that were forged."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, delete, func, insert, select, update

from service.audit.rebuild import KEPT, TABLES, rebuild
from service.audit.verification import verify
from service.errors import LedgerUnsound
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
    KEYS,
    LIMITS,
    METADATA,
    OUTCOMES,
    PROPOSALS,
    SPENT,
    SWITCHES,
)
from service.packs import Ready
from tests.support.budget import DEEP
from tests.support.busy import Walk
from tests.support.emptying import empty
from tests.support.tampering import tampering

MANY = 2_000 if DEEP else 500  # entries
SEED = 8

Tables = dict[str, list[tuple[Any, ...]]]


@pytest.fixture(scope="module")
def walk(stored: Ledger, cn: Ready) -> Iterator[Walk]:
    """Return a walk through a ledger, by whose time the ledger goes, in which each thing has happened."""
    now, walk = stored.now, Walk(cn, empty(stored), SEED)
    stored.now = lambda: walk.moment
    walk.everything()
    yield walk
    stored.now = now


@pytest.fixture
def busy(walk: Walk) -> Ledger:
    """Return the ledger of the walk; each test leaves it as it was."""
    return walk.ledger


def _entries(ledger: Ledger) -> int:
    with ledger.reading() as connection:
        return int(connection.execute(select(func.count()).select_from(ENTRIES)).scalar_one())


def tables(ledger: Ledger) -> Tables:
    """Return all rows of all tables."""
    with ledger.reading() as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key))]
            for table in METADATA.sorted_tables
        }


def set_all(table: Any, *where: Any, **values: Any) -> Callable[[Connection], Any]:
    return lambda connection: connection.execute(update(table).where(*where).values(values))


def drop_all(table: Any, *where: Any) -> Callable[[Connection], Any]:
    return lambda connection: connection.execute(delete(table).where(*where))


def copy_first(table: Any, **values: Any) -> Callable[[Connection], Any]:
    def copied(connection: Connection) -> None:
        row = connection.execute(select(table).order_by(*table.primary_key)).first()
        assert row is not None
        connection.execute(insert(table), {**row._mapping, **values})

    return copied


ERASED_CASES = select(ENTRIES.c.case_no).where(ENTRIES.c.kind == "erased")
WHOLE = CASES.c.no.not_in(ERASED_CASES)
OF_WHOLE = DECISIONS.c.case_no.not_in(ERASED_CASES)
OF_WHOLE_CASES = select(DECISIONS.c.id).where(OF_WHOLE)

FORGERIES: dict[str, Callable[[Connection], Any]] = {
    "cases closed": set_all(CASES, WHOLE, state="closed"),
    "cases gone": drop_all(CASES, WHOLE),
    "decisions opened": set_all(DECISIONS, OF_WHOLE, state="open", mode="auto", total_fen=1),
    "decisions gone": drop_all(DECISIONS, OF_WHOLE),
    "a decision of nobody": copy_first(DECISIONS, id="dec_forged", seq=3, case_no="forged"),
    "deadlines met": set_all(CLOCKS, CLOCKS.c.case_no.not_in(ERASED_CASES), met_at="2026-08-14T08:00:00.000000Z"),
    "deadlines gone": drop_all(CLOCKS, CLOCKS.c.case_no.not_in(ERASED_CASES)),
    "a deadline of nobody": copy_first(CLOCKS, case_no="forged"),
    "proposals approved": set_all(PROPOSALS, PROPOSALS.c.decision.in_(OF_WHOLE_CASES), state="approved"),
    "outcomes of more": set_all(OUTCOMES, OUTCOMES.c.decision.in_(OF_WHOLE_CASES), total_fen=1_000_00),
    "executions gone": drop_all(EXECUTIONS, EXECUTIONS.c.case_no.not_in(ERASED_CASES)),
    "lines not held": drop_all(EXECUTED_LINES, EXECUTED_LINES.c.decision.in_(OF_WHOLE_CASES)),
    "wider limits": set_all(LIMITS, most_fen=10**9),
    "a limit of nobody": copy_first(LIMITS, name="forged"),
    "nothing spent by anybody": set_all(SPENT, SPENT.c.scope != "customer", many=0, fen=0),
    "switches off": drop_all(SWITCHES),
    "roles raised": set_all(KEYS, role="admin"),
    "keys gone": drop_all(KEYS),
    "a key of nobody": copy_first(KEYS, id="key_forged", hash="0" * 64),
    "counters back": set_all(COUNTERS, last=1),
    "counters gone": drop_all(COUNTERS),
    "endpoints that have ended": set_all(ENDPOINTS, ended_at="2026-08-14T08:00:00.000000Z", events=""),
    "an endpoint of nobody": copy_first(ENDPOINTS, id="whk_forged"),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_rows_that_were_forged_are_restored(busy: Ledger, name: str) -> None:
    before = tables(busy)
    with tampering(busy) as connection:
        FORGERIES[name](connection)
    assert tables(busy) != before
    done = rebuild(busy)
    assert tables(busy) == before
    assert done.sound
    assert any(one.changed or one.added or one.removed for one in done.changes)


def test_an_unsound_chain_is_refused_and_nothing_is_changed(busy: Ledger) -> None:
    with busy.reading() as connection:
        entry = connection.execute(select(ENTRIES).order_by(ENTRIES.c.seq)).first()
    assert entry is not None
    of_entry = ENTRIES.c.seq == entry.seq
    with tampering(busy) as connection:
        connection.execute(update(ENTRIES).where(of_entry).values(by="another"))
        connection.execute(update(SWITCHES).values(reason="forged"))
    before = tables(busy)
    with pytest.raises(LedgerUnsound, match=entry.id):
        rebuild(busy)
    assert tables(busy) == before
    with tampering(busy) as connection:
        connection.execute(update(ENTRIES).where(of_entry).values(by=entry.by))
    assert rebuild(busy).sound


def test_a_secret_that_no_entry_holds_is_kept_and_reported(busy: Ledger) -> None:
    with busy.reading() as connection:
        before = {row.id: row.secrets for row in connection.execute(select(ENDPOINTS))}
    with tampering(busy) as connection:
        connection.execute(update(ENDPOINTS).values(secrets='[["whsec_AAAA",null]]'))
    done = rebuild(busy)
    assert not done.sound
    assert {(one.code, one.kind) for one in done.report.rows} == {("row_differs", "endpoint")}
    with tampering(busy) as connection:
        for id, secrets in before.items():
            connection.execute(update(ENDPOINTS).where(ENDPOINTS.c.id == id).values(secrets=secrets))
    assert verify(busy).sound


def test_every_table_is_rebuilt_or_named_as_kept() -> None:
    named = {name for kept in KEPT for name in METADATA.tables if name in kept}
    assert {*(table.name for table in TABLES), *named} | {"entries", "payloads", "head"} == set(METADATA.tables)


def test_every_table_is_equal_to_before(walk: Walk) -> None:
    while _entries(walk.ledger) < MANY:
        walk.go(100)
    before = tables(walk.ledger)
    assert [name for name, rows in before.items() if not rows] == []
    done = rebuild(walk.ledger)
    assert tables(walk.ledger) == before
    assert done.sound
    assert {(one.changed, one.added, one.removed) for one in done.changes} == {(0, 0, 0)}
    assert {one.table: one.rows for one in done.changes} == {table.name: len(before[table.name]) for table in TABLES}
