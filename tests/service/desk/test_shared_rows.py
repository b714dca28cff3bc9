"""Who takes away what bounds machines is found."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import delete, insert, update

from service.desk import budgets, switches
from service.desk.verifying import verify
from service.ledger.store import Ledger
from service.ledger.tables import LIMITS, SWITCHES
from tests.service.tampering import tampering


@pytest.fixture
def bounded(ledger: Ledger) -> Ledger:
    """Return a ledger in which all machines are off and a budget is set, after some back and forth."""
    with ledger.writing("root") as writer:
        for reason in ("drill", "again"):
            switches.turn_on(writer, "all", "*", reason)
        switches.turn_on(writer, "merchant", "Shop One", "fraud")
        switches.turn_off(writer, "merchant", "shop one", "cleared")
        for most in (5, 1):
            budgets.set_limit(writer, "day", "*", budgets.Limit(most, 1000))
    return ledger


def found(ledger: Ledger) -> list[tuple[str, str | None, str]]:
    report = verify(ledger)
    assert report.record == ()
    return [(one.code, one.kind, one.detail) for one in report.rows]


def test_what_is_as_it_was_set_is_sound(bounded: Ledger) -> None:
    assert found(bounded) == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (delete(SWITCHES), ("row_missing", "switch", "that of all * is gone")),
        (delete(LIMITS), ("row_missing", "budget", "that of day * is gone")),
        (update(LIMITS).values(most=99), ("row_differs", "budget", "day *: most is 99, recorded 1")),
        (
            update(SWITCHES).values(reason="drill"),
            ("row_differs", "switch", "all *: reason is 'drill', recorded 'again'"),
        ),
        (
            insert(LIMITS).values(scope="customer", name="c1", most=1, most_fen=1),
            ("row_alone", "budget", "customer c1: no entry tells of this budget"),
        ),
    ],
)
def test_what_was_changed_behind_the_ledger_is_named(bounded: Ledger, change: Any, told: tuple[str, ...]) -> None:
    with tampering(bounded) as connection:
        connection.execute(change)
    assert found(bounded) == [told]
