"""Every row of a case is compared with the entries that it was made from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from sqlalchemy import BigInteger, Boolean, Column, Connection, Integer, Row, Table, delete, insert, select, update

from service.audit import record as walk
from service.audit.consistency import ROW_NAMES
from service.audit.finding import Finding
from service.audit.verification import verify
from service.casework.cases import erasing
from service.casework.cases.events import record_event
from service.casework.cases.overdue import escalate
from service.casework.choices import Choice
from service.casework.context import CaseContext
from service.casework.decisions.deciding import decide
from service.casework.executions import claims, executions, reviews
from service.casework.outcomes import appeals, approvals, outcomes
from service.casework.visibility import WHOLE
from service.ledger.store import Ledger
from service.ledger.tables import CASES, DECISIONS, ENTRIES, EXECUTED_LINES, EXECUTIONS, OUTCOMES, PACKS, PROPOSALS
from service.settings import Settings
from tests.support.at_counter import Time, complaint, pay, say
from tests.support.machines import MACHINE, PERSON, automatic, decided, storm
from tests.support.people import ANN, LEO, mandarins, override
from tests.support.taking import read
from tests.support.tampering import tampering

MORE = {"refund_fen": 9900}  # than ann may give


def claimed(context: CaseContext, number: object = 1) -> str:
    """Return a decision that a machine was given."""
    id = automatic(context, storm(number))
    claims.claim(context, id, MACHINE.name)
    return id


def paid(context: CaseContext) -> str:
    """Return a decision that a machine carried out."""
    id = claimed(context)
    executions.report(context, id, MACHINE, "executed", "P1")
    return id


def approved(context: CaseContext) -> str:
    """Return a decision of which a person gave more than was recommended, and another approved it."""
    made = decide(context, mandarins(), "ann")
    outcomes.take(context, made.id, read(override(**MORE)), ANN)
    approvals.approve(context, made.id, made.digest, None, LEO)
    return made.id


def of_order(number: str) -> dict[str, Any]:
    """Return a case about an order."""
    found = mandarins()
    return found | {"order": found["order"] | {"no": number}}


MAKERS: dict[Table, Callable[[CaseContext], str]] = {
    CASES: paid,
    DECISIONS: paid,
    EXECUTIONS: paid,
    EXECUTED_LINES: claimed,
    PROPOSALS: approved,
    OUTCOMES: approved,
}


def found(ledger: Ledger) -> list[Finding]:
    report = verify(ledger)
    assert report.record == ()
    return list(report.rows)


def another(column: Column[Any], value: Any) -> Any:
    """Return another value that the column takes."""
    if isinstance(column.type, Boolean):
        return not value
    if isinstance(column.type, BigInteger | Integer):
        return (value or 0) + 1000
    return "x" if value is None else f"{value[:-1]}{'y' if value.endswith('x') else 'x'}"


@pytest.mark.parametrize("table", MAKERS, ids=lambda table: table.name)
def test_each_changed_column_is_named(context: CaseContext, table: Table) -> None:
    MAKERS[table](context)
    assert found(context.ledger) == []
    with context.ledger.reading() as connection:
        before = dict(connection.execute(select(table)).mappings().one())
    for column in table.c:
        value = another(column, before[column.name])
        with tampering(context.ledger) as connection:
            connection.execute(update(table).values({column.name: value}))
        findings = found(context.ledger)
        if column.primary_key:
            kinds = {(one.code, one.kind) for one in findings}
            assert {("row_missing", ROW_NAMES[table]), ("row_alone", ROW_NAMES[table])} <= kinds, column.name
        else:
            (one,) = (one for one in findings if one.kind == ROW_NAMES[table] and one.code == "row_differs")
            assert one.detail.endswith(f"{column.name} is {value!r}, recorded {before[column.name]!r}")
            assert one.case_no is not None
        with tampering(context.ledger) as connection:
            connection.execute(update(table).values({column.name: before[column.name]}))
    assert found(context.ledger) == []


@pytest.mark.parametrize("table", MAKERS, ids=lambda table: table.name)
def test_a_removed_row_is_found(context: CaseContext, table: Table) -> None:
    id = MAKERS[table](context)
    with tampering(context.ledger) as connection:
        connection.execute(delete(table))
    (one,) = (one for one in found(context.ledger) if one.kind == ROW_NAMES[table])
    assert one.code == "row_missing"
    assert one.case_no == case_of(context, id)


def case_of(context: CaseContext, decision: str) -> str:
    with context.ledger.reading() as connection:
        return str(connection.execute(select(ENTRIES.c.case_no).where(ENTRIES.c.id == decision)).scalar_one())


@pytest.mark.parametrize("table", [EXECUTIONS, EXECUTED_LINES, OUTCOMES], ids=lambda table: table.name)
@pytest.mark.parametrize("of_another", [True, False])
def test_an_inserted_row_is_named(context: CaseContext, table: Table, of_another: bool) -> None:
    MAKERS[table](context)
    other = automatic(context, storm(2)) if of_another else "dec_of_nobody"
    with tampering(context.ledger) as connection:
        row = dict(connection.execute(select(table)).mappings().one())
        new = {"decision": other} | ({"seq": 1000} if "seq" in row else {})
        connection.execute(insert(table), row | new)
    (one,) = found(context.ledger)
    assert (one.code, one.kind, one.id) == ("row_alone", ROW_NAMES[table], other)


def test_a_decision_of_a_person_is_not_drawn_by_chance(context: CaseContext) -> None:
    assert decided(context, storm(customer__id=None)).mode == "agent"
    with tampering(context.ledger) as connection:
        connection.execute(update(DECISIONS).values(drawn=True))
    (one,) = found(context.ledger)
    assert one.detail == "drawn is True, recorded False"


def test_a_change_that_would_make_a_machine_pay_again_is_found(context: CaseContext) -> None:
    id = paid(context)
    with tampering(context.ledger) as connection:
        for table in (EXECUTIONS, EXECUTED_LINES):
            connection.execute(delete(table))
        connection.execute(update(DECISIONS).values(state="open"))
        connection.execute(update(CASES).values(state="in_progress"))
    assert [(one.code, one.kind) for one in found(context.ledger)] == [
        ("row_differs", "case"),
        ("row_differs", "decision"),
        ("row_missing", "execution"),
        ("row_missing", "executed_line"),
    ]
    assert claims.claim(context, id, MACHINE.name)["state"] == "claimed"  # which is what it was done for


# ---- every course of a case agrees with its rows


def test_rows_agree_with_entries_after_automatic_executions(
    context: CaseContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    paid(context)
    executions.report(context, claimed(context, 2), MACHINE, "failed", "no such account")
    late = claimed(context, 3)
    asked = automatic(context, storm(4))
    record_event(context, case_of(context, asked), {"kind": "person_requested"}, "root")
    broken = automatic(context, storm(5))
    with monkeypatch.context() as patch:
        patch.setattr("service.casework.executions.claims.automation_guards", lambda *_: ["switch:all:*"])
        with pytest.raises(Exception, match="not_for_machines"):
            claims.claim(context, broken, MACHINE.name)
    again = claimed(context, 6)
    record_event(
        context, case_of(context, again), {"kind": "evidence_added", "facts": {"issue.statement": "Late"}}, "root"
    )
    executions.report(context, again, MACHINE, "executed", "P6")
    now = context.ledger.now()
    monkeypatch.setattr(context.ledger, "now", lambda: now.replace(year=now.year + 1))
    assert executions.sweep(context.ledger, "root", WHOLE) == [late]
    assert found(context.ledger) == []
    executions.report(context, late, MACHINE, "executed", "P3")
    assert found(context.ledger) == []


def test_rows_agree_with_entries_after_outcomes_and_appeals(context: CaseContext) -> None:
    first = approved(context)
    statement = {"by": "customer", "grounds": "The box was crushed"}
    second = appeals.appeal(context, first, statement, None, ANN)
    refused, overtaken = (decide(context, of_order(number), "ann") for number in ("A8", "A9"))
    for made in (refused, overtaken):
        outcomes.take(context, made.id, read(override(**MORE)), ANN)
    approvals.refuse(context, refused.id, refused.digest, None, LEO)
    outcomes.take(context, refused.id, Choice("accepted"), ANN)
    decide(context, of_order("A9") | {"complaint": {"no": overtaken.case_no}}, "ann", because="evidence_added")
    assert second.mode not in ("auto", "agent")
    assert found(context.ledger) == []


def test_rows_agree_with_entries_after_events(office: CaseContext, time: Time) -> None:
    no = decide(office, complaint(), "shop-erp").case_no
    say(office, no, "assigned", handler="小李")
    say(office, no, "tag", tag="typical")
    say(office, no, "tag", tag="vip")
    say(office, no, "tag", tag="typical", off=True)
    pay(office, no, 1280, at="2026-11-22T09:00:00+08:00")
    say(office, no, "return_shipped", tracking_no="SF1", carrier="顺丰")
    time.pass_(days=40)
    escalate(office, "owner")
    say(office, no, "satisfaction", score=4)
    say(office, no, "person_requested")
    say(office, no, "closed", note="done")
    say(office, no, "archived")
    say(office, no, "reopened", note="again")
    assert found(office.ledger) == []


def test_rows_agree_with_entries_after_a_payment_by_hand_for_a_failed_execution(context: CaseContext) -> None:
    id = claimed(context)
    executions.report(context, id, MACHINE, "failed", "closed")
    assert found(context.ledger) == []
    record_event(context, case_of(context, id), {"kind": "executed", "reference": "P2", "refund_fen": 2560}, "ann")
    assert found(context.ledger) == []


def test_rows_agree_with_entries_after_a_payment_for_an_order_without_a_number(context: CaseContext) -> None:
    made = decided(context, storm(order__no=None))
    outcomes.take(context, made.id, Choice("accepted"), ANN)
    record_event(context, made.case_no, {"kind": "executed", "reference": "P1", "refund_fen": 2560}, "ann")
    assert found(context.ledger) == []
    with context.ledger.reading() as connection:
        assert connection.execute(select(EXECUTIONS.c.refund_fen)).scalars().all() == [2560]
        assert connection.execute(select(EXECUTED_LINES)).all() == []


def test_rows_agree_with_entries_after_a_review(context: CaseContext) -> None:
    all_drawn = CaseContext(context.ready, context.ledger, Settings(drawn_percent=100), context.clock)
    id = automatic(all_drawn, storm())
    reviews.review(all_drawn, id, PERSON, False, "no")
    assert found(context.ledger) == []
    with tampering(context.ledger) as connection:
        connection.execute(update(DECISIONS).values(drawn=False))
    (one,) = found(context.ledger)
    assert one.detail == "drawn is False, recorded True"


# ---- what cannot be compared


def test_an_erased_case_names_nobody_and_keeps_what_was_given(context: CaseContext) -> None:
    id = paid(context)
    assert erasing.erase(context.ledger, "root", erasing.of_case(case_of(context, id)), "request", "asked").cases
    assert found(context.ledger) == []
    for table, kind in ((DECISIONS, "decision"), (CASES, "case")):
        with tampering(context.ledger) as connection:
            connection.execute(update(table).values(customer="c-1"))
        (one,) = found(context.ledger)
        assert (one.kind, one.detail) == (kind, "customer is 'c-1', recorded None")
        with tampering(context.ledger) as connection:
            connection.execute(update(table).values(customer=None))
    with tampering(context.ledger) as connection:
        connection.execute(delete(EXECUTIONS))
    assert {(one.code, one.kind) for one in found(context.ledger)} == {("row_missing", "execution")}


def test_how_an_erased_case_stands_is_compared_until_something_happens_on_it(context: CaseContext) -> None:
    id = paid(context)
    no = case_of(context, id)
    assert erasing.erase(context.ledger, "root", erasing.of_case(no), "request", "asked", force=True).cases
    for table, name, value in (
        (CASES, "state", "done"),
        (EXECUTIONS, "reserved", '[["customer","c1","2026-08-14",1]]'),
    ):
        with context.ledger.reading() as connection:
            before = connection.execute(select(table.c[name])).scalar_one()
        with tampering(context.ledger) as connection:
            connection.execute(update(table).values({name: value}))
        (one,) = found(context.ledger)
        assert (one.kind, one.detail) == (ROW_NAMES[table], f"{name} is {value!r}, recorded {before!r}")
        with tampering(context.ledger) as connection:
            connection.execute(update(table).values({name: before}))
    record_event(context, no, {"kind": "tag", "tag": "vip"}, "root")
    assert found(context.ledger) == []


def test_without_its_pack_a_decision_is_compared_with_its_entry_alone(context: CaseContext) -> None:
    claimed(context)
    with tampering(context.ledger) as connection:
        connection.execute(update(PACKS).values(files=b"no pack"))
        connection.execute(update(DECISIONS).values(order_no="another", rules="another"))
    findings = {(one.code, one.kind) for one in found(context.ledger)}
    assert findings == {("row_differs", "decision"), ("pack_changed", "pack")}


def test_senseless_payloads_are_reported_once_and_the_rest_is_compared(context: CaseContext) -> None:
    made = automatic(context, storm())
    with context.ledger.writing("root") as writer:
        writer.append("escalation", [], case_no=case_of(context, made), about=made)
    other = automatic(context, storm(2))
    with tampering(context.ledger) as connection:
        connection.execute(update(DECISIONS).where(DECISIONS.c.id == other).values(rules=""))
    one, two = found(context.ledger)
    assert one.detail == "its payloads do not make a case"
    assert (two.id, two.detail.startswith("rules is ''")) == (other, True)


def test_a_case_is_compared_with_all_its_entries_across_pages(
    context: CaseContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.audit.record.PAGE", 2)
    for number in range(3):
        claimed(context, number)
    paid_now = claimed(context, 4)
    executions.report(context, paid_now, MACHINE, "executed", "P1")
    assert found(context.ledger) == []
    with tampering(context.ledger) as connection:
        connection.execute(update(EXECUTIONS).where(EXECUTIONS.c.decision == paid_now).values(state="claimed"))
    (one,) = found(context.ledger)
    assert (one.id, one.detail) == (paid_now, "state is 'claimed', recorded 'executed'")


def test_entries_written_during_verification_are_no_finding(
    context: CaseContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [automatic(context, storm(number)) for number in range(4)]
    pages = walk._pages

    def between(connection: Connection) -> Iterator[Sequence[Row[Any]]]:
        for page in pages(connection):
            yield page
            if ids:
                claims.claim(context, ids.pop(), MACHINE.name)
                automatic(context, storm(f"new-{len(ids)}"))

    monkeypatch.setattr(walk, "PAGE", 1)
    monkeypatch.setattr(walk, "_pages", between)
    report = verify(context.ledger)
    assert (report.sound, report.entries, report.head_seq) == (True, 4, 4)
    assert (verify(context.ledger).sound, verify(context.ledger).entries) == (True, 12)
