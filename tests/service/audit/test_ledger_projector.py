"""Who takes away what bounds machines is found."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update

from rules.compiling.pack_files import digest_of
from service.audit.verification import verify
from service.casework.cases import erasing
from service.casework.context import CaseContext
from service.casework.executions import claims, executions
from service.casework.limits import budgets, switches
from service.ledger import chain
from service.ledger.store import Ledger
from service.ledger.tables import DECISIONS, LIMITS, PACKS, SPENT, SWITCHES
from tests.support.machines import GIVES, MACHINE, automatic, storm
from tests.support.tampering import tampering


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


def test_untouched_rows_are_sound(bounded: Ledger) -> None:
    assert found(bounded) == []


@pytest.mark.parametrize(
    ("change", "expected"),
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
            ("row_alone", "budget", "customer c1: no entry records this budget"),
        ),
    ],
)
def test_a_row_that_was_changed_without_an_entry_is_named(
    bounded: Ledger, change: Any, expected: tuple[str, ...]
) -> None:
    with tampering(bounded) as connection:
        connection.execute(change)
    assert found(bounded) == [expected]


# ---- budgets of customers who were erased


def claimed(context: CaseContext, number: int) -> str:
    """Return a decision that a machine was given."""
    id = automatic(context, storm(number))
    claims.claim(context, id, MACHINE.name)
    return id


def erased(context: CaseContext, number: int) -> None:
    """Let a machine pay, and erase the case."""
    id = claimed(context, number)
    executions.report(context, id, MACHINE, "executed", f"P{number}")
    with context.ledger.reading() as connection:
        case_no = connection.execute(select(DECISIONS.c.case_no).where(DECISIONS.c.id == id)).scalar_one()
    assert erasing.erase(context.ledger, "root", erasing.of_case(case_no), "request", "asked").cases == (case_no,)


def test_the_spending_of_erased_customers_is_compared_as_a_sum(context: CaseContext) -> None:
    claimed(context, 1)
    for number in (2, 3):
        erased(context, number)
    assert found(context.ledger) == []
    with tampering(context.ledger) as connection:
        connection.execute(update(SPENT).where(SPENT.c.scope == "customer", SPENT.c.name == "c2").values(many=0, fen=0))
    ((code, kind, detail),) = found(context.ledger)
    assert (code, kind) == ("row_differs", "spent")
    assert detail.startswith(f"customers whose cases were erased have 1 with {GIVES} of ")
    assert detail.endswith(f", recorded 2 with {2 * GIVES}")


def test_nothing_is_returned_to_an_erased_budget(context: CaseContext, monkeypatch: pytest.MonkeyPatch) -> None:
    first = claimed(context, 1)
    later = context.ledger.now() + timedelta(days=3)
    monkeypatch.setattr(context.ledger, "now", lambda: later)
    erased(context, 2)  # with which the budgets of customers of days that are past are forgotten
    executions.report(context, first, MACHINE, "failed", "no such account")
    assert found(context.ledger) == []


def test_the_budgets_of_a_past_day_are_deleted_with_an_erased_case_of_that_day(
    context: CaseContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = claimed(context, 1)
    executions.report(context, id, MACHINE, "executed", "P1")
    later = context.ledger.now() + timedelta(days=3)
    monkeypatch.setattr(context.ledger, "now", lambda: later)
    erasing.erase(context.ledger, "root", erasing.of_customer("c-1"), "request", "asked", force=True)
    with context.ledger.reading() as connection:
        assert connection.execute(select(SPENT).where(SPENT.c.scope == "customer")).all() == []
    assert found(context.ledger) == []


# ---- packs


def test_a_pack_that_this_version_cannot_load_is_compared_by_its_digest(ledger: Ledger) -> None:
    files = {"pack.yaml": "written: for a version to come"}
    digest = digest_of({path: text.encode() for path, text in files.items()})
    row = {"digest": digest, "name": "new", "files": chain.pack(files), "since": "2026-08-14T08:00:00.000000Z"}
    with tampering(ledger) as connection:
        connection.execute(insert(PACKS).values(row))
    assert found(ledger) == []
    with tampering(ledger) as connection:
        connection.execute(update(PACKS).values(files=chain.pack(files | {"more.yaml": ""})))
    assert [(code, kind) for code, kind, _ in found(ledger)] == [("pack_changed", "pack")]
