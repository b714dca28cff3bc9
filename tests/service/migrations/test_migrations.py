"""What an earlier version kept is found by this one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Table, insert, select, text, update

from service.audit.verification import verify
from service.casework.context import CaseContext
from service.casework.executions import claims, executions
from service.casework.limits import budgets, switches
from service.casework.outcomes.promises import promised
from service.ledger import keys
from service.ledger.location import MIGRATIONS
from service.ledger.store import Ledger
from service.ledger.tables import CASES, DECISIONS, ENTRIES, EXECUTED_LINES, KEYS, LIMITS, SPENT, SWITCHES
from tests.support.machines import GIVES, MACHINE, automatic, decided, not_claimed, spent, storm
from tests.support.people import BEN
from tests.support.rows import bodies
from tests.support.taking import ACCEPTED, take
from tests.support.tampering import tampering

UPGRADED = "0004"  # the revision that records what entries of before do not say
ROLES = "0003"  # the revision that binds keys to merchants
NAMES = "0002"  # the revision that normalizes names anew
HIDDEN = "A\u3164-1"  # an order number with a filler that nobody sees
BEFORE = "a\u1160-1", "a\u11601"  # as revision 0001 folded it, and its key


def upgrade(ledger: Ledger, revision: str) -> None:
    """Run one revision again on tables of now, in which rows stand as the revision before left them."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with ledger.engine.connect().execution_options(writing=True) as connection, connection.begin():
        config.attributes |= {"connection": connection, "now": ledger.now}
        command.stamp(config, ScriptDirectory.from_config(config).get_revision(revision).down_revision)
        command.upgrade(config, revision)
        command.stamp(config, "head")


def as_before(ledger: Ledger, *changes: Any) -> None:
    with tampering(ledger) as connection:
        for change in changes:
            connection.execute(change)


def rows(ledger: Ledger, table: Table) -> list[tuple[Any, ...]]:
    with ledger.reading() as connection:
        return [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key.columns))]


NUMBERED = {"order_no": BEFORE[0], "order_key": BEFORE[1]}


def test_what_was_paid_before_still_holds_its_order(context: CaseContext, ledger: Ledger) -> None:
    decision = automatic(context, storm(order__no=HIDDEN))
    claims.claim(context, decision, MACHINE.name)
    customer = {"name": "c\u11601"}
    as_before(
        ledger,
        update(DECISIONS).values(order_key=BEFORE[1]),
        update(EXECUTED_LINES).values(NUMBERED),
        update(SPENT).where(SPENT.c.scope == "customer").values(customer),
    )
    assert not verify(ledger).sound
    upgrade(ledger, NAMES)
    assert verify(ledger).sound
    assert decided(context, storm(1)).held == ("line:1",)
    assert spent(ledger)["customer", "c1"] == (1, GIVES)
    executions.report(context, decision, MACHINE, "failed", "no such account")
    assert spent(ledger)["customer", "c1"] == (0, 0)


def test_what_was_promised_before_is_still_promised(context: CaseContext, ledger: Ledger) -> None:
    decision = decided(context, storm(order__no=HIDDEN))
    take(context, decision, ACCEPTED, BEN)
    as_before(ledger, update(DECISIONS).values(order_key=BEFORE[1]))
    upgrade(ledger, NAMES)
    with ledger.reading() as connection:
        assert promised(connection, "Shop One", "A-1") == GIVES


def test_the_key_of_a_number_that_was_erased_is_normalized(context: CaseContext, ledger: Ledger) -> None:
    decided(context, storm(order__no=HIDDEN))
    as_before(ledger, update(DECISIONS).values(order_no=None, order_key=BEFORE[1]))
    upgrade(ledger, NAMES)
    with ledger.reading() as connection:
        assert connection.execute(select(DECISIONS.c.order_key)).scalar_one() == "a1"


def test_switches_and_budgets_of_before_still_bound(context: CaseContext, ledger: Ledger) -> None:
    with ledger.writing("root") as writer:  # entries as revision 0001 wrote them
        for kind, body in (
            ("switch.on", {"scope": "merchant", "name": "shop\u1160one", "reason": "fraud"}),
            ("budget.set", {"scope": "customer", "name": "c\u11602", "most": 0, "most_fen": 0}),
        ):
            writer.append(kind, body)
        switch = {"scope": "merchant", "name": "shop\u1160one", "since": writer.at, "by": "root", "reason": "fraud"}
        writer.connection.execute(insert(SWITCHES).values(switch))
        writer.connection.execute(insert(LIMITS).values(scope="customer", name="c\u11602", most=0, most_fen=0))
    upgrade(ledger, NAMES)
    assert verify(ledger).sound
    assert decided(context, storm(1)).held == ("switch:merchant:shopone",)
    with ledger.writing("root") as writer:
        switches.turn_off(writer, "merchant", "Shop One", "over")
        assert budgets.limit_of(writer.connection, "customer", "c2") == budgets.Limit(0, 0)
    assert not_claimed(context, automatic(context, storm(2))) == ("budget:customer:c2",)
    assert verify(ledger).sound


def test_rows_that_become_one_are_merged(ledger: Ledger) -> None:
    held = {"merchant": "m1", **NUMBERED, "told": "t"}
    of_day = {"scope": "customer", "day": "2026-08-14"}
    as_before(
        ledger,
        insert(EXECUTED_LINES).values(decision="dec_1", line="1", refund_fen=300, **held),
        insert(EXECUTED_LINES).values(decision="dec_1", line="1\u1160", refund_fen=500, **held),
        insert(EXECUTED_LINES).values(decision="dec_2", line="*", refund_fen=700, **held),
        insert(SPENT).values(name="c1", many=1, fen=100, **of_day),
        insert(SPENT).values(name="c\u11601", many=2, fen=200, **of_day),
        insert(LIMITS).values(scope="customer", name="c1", most=1, most_fen=900),
        insert(LIMITS).values(scope="customer", name="c\u11601", most=5, most_fen=500),
        insert(LIMITS).values(scope="customer", name="*", most=7, most_fen=700),
    )
    upgrade(ledger, NAMES)
    of_order = ("m1", "a-1", "a1", "t")
    assert rows(ledger, EXECUTED_LINES) == [("dec_1", "1", *of_order, 800), ("dec_2", "*", *of_order, 700)]
    assert rows(ledger, SPENT) == [("customer", "c1", "2026-08-14", 3, 300)]
    assert rows(ledger, LIMITS) == [("customer", "*", 7, 700), ("customer", "c1", 1, 500)]


@pytest.mark.parametrize("table", [EXECUTED_LINES, SPENT, DECISIONS], ids=lambda table: table.name)
def test_what_is_named_as_now_stays_as_it_is(context: CaseContext, ledger: Ledger, table: Table) -> None:
    claims.claim(context, automatic(context, storm()), MACHINE.name)
    before = rows(ledger, table)
    upgrade(ledger, NAMES)
    assert rows(ledger, table) == before


# ---- who may do what


def test_decisions_and_keys_of_before_are_those_of_their_merchants_and_roles(
    context: CaseContext, ledger: Ledger
) -> None:
    decided(context, storm(1, merchant__id="ＳＨＯＰ One"))
    decided(context, storm(2, merchant=None))
    for role in ("agent", "editor"):
        keys.make(ledger, role, role, (), "owner")
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with ledger.engine.connect().execution_options(writing=True) as connection, connection.begin():
        config.attributes["connection"] = connection
        command.stamp(config, ROLES)
        command.downgrade(config, "-1")
        connection.execute(text("UPDATE keys SET scopes = 'decide ledger:read'"))
        command.upgrade(config, ROLES)
        command.stamp(config, "head")
    with ledger.reading() as connection:
        for table in (CASES, DECISIONS):
            found = connection.execute(select(table.c.merchant_key).order_by(table.c.seq)).scalars().all()
            assert found == ["shopone", "-"]
    assert {key.name: key.scopes for key in keys.every(ledger)} == {
        "agent": ("simulate", "decide", "record", "ledger:read"),
        "editor": ("simulate", "ledger:read"),
    }


# ---- what was not recorded


def test_what_was_not_recorded_before_is_recorded_at_the_time_of_the_ledger(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, _ = keys.make(ledger, "agent", "agent", (), "owner")
    monkeypatch.setattr(ledger, "now", lambda: datetime(2031, 1, 2, tzinfo=UTC))
    upgrade(ledger, UPGRADED)
    with ledger.reading() as connection:
        entry = connection.execute(select(ENTRIES).order_by(ENTRIES.c.seq.desc())).first()
        hashed = connection.execute(select(KEYS.c.hash)).scalar_one()
    assert entry is not None
    assert (entry.kind, entry.at) == ("upgraded", "2031-01-02T00:00:00.000000Z")
    (body,) = bodies(ledger, "upgraded")
    assert body["keys"] == {key.id: {"hash": hashed}}
    assert verify(ledger).sound
