from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from service.audit.verification import verify
from service.auth import Caller
from service.casework.cases.events import record_event
from service.casework.cases.timeline import printed
from service.casework.context import CaseContext
from service.casework.decisions.deciding import decide
from service.casework.executions import executions
from service.casework.executions.claims import claim
from service.casework.executions.executions import report, settle, sweep
from service.casework.states import OF_EXECUTION
from service.casework.visibility import WHOLE
from service.ledger.store import Ledger
from service.ledger.tables import CASES, CLOCKS, DECISIONS, OUTCOMES, SPENT
from tests.support import machines
from tests.support.machines import (
    ADMIN,
    GIVES,
    MACHINE,
    OTHER,
    PERSON,
    at_once,
    automatic,
    decided,
    held,
    refusal,
    spent,
    standing,
    storm,
)
from tests.support.rows import entries_of


@pytest.fixture
def claimed(context: CaseContext) -> str:
    """Return a decision that a machine has claimed."""
    decision = automatic(context, storm())
    claim(context, decision, MACHINE.name)
    return decision


def later(monkeypatch: pytest.MonkeyPatch, ledger: Ledger, minutes: int) -> None:
    now = ledger.now
    monkeypatch.setattr(ledger, "now", lambda: now() + timedelta(minutes=minutes))


def case_state(ledger: Ledger) -> str:
    with ledger.reading() as connection:
        return str(connection.execute(select(CASES.c.state)).scalar_one())


def test_what_was_executed_keeps_its_budget_and_its_lines(context: CaseContext, ledger: Ledger, claimed: str) -> None:
    answer = report(context, claimed, MACHINE, "executed", "PAY-1")
    assert (answer["state"], answer["reference"], answer["lines"]) == (
        "executed",
        "PAY-1",
        [{"line": "1", "refund_fen": GIVES}],
    )
    assert standing(ledger, claimed) == ("auto", "executed")
    assert case_state(ledger) == "done"
    assert held(ledger) == [(claimed, "1", GIVES)]
    assert spent(ledger) == {
        ("customer", "c1"): (1, GIVES),
        ("merchant", "shopone"): (1, GIVES),
        ("category", "fresh"): (1, GIVES),
        ("day", "*"): (1, GIVES),
    }
    ((_, by, entry),) = entries_of(ledger, "execution.executed")
    assert [deadline["name"] for deadline in entry.pop("begins")] == ["follow_up_by"]
    assert (by, entry) == ("till", {"reference": "PAY-1", "late": False, "refund_fen": GIVES, "given_by": None})


def test_what_was_paid_is_paid_in_time(context: CaseContext, ledger: Ledger, claimed: str) -> None:
    due = select(CLOCKS.c.met_at).where(CLOCKS.c.name == "refund_by")
    with ledger.reading() as connection:
        assert connection.execute(due).scalar_one() is None
    report(context, claimed, MACHINE, "executed", "PAY-1")
    with ledger.reading() as connection:
        assert connection.execute(due).scalar_one() is not None


def test_what_failed_gives_back_its_budget_and_its_lines_and_goes_to_a_person(
    context: CaseContext, ledger: Ledger, claimed: str
) -> None:
    answer = report(context, claimed, MACHINE, "failed", "the account is closed")
    assert (answer["state"], answer["reference"], answer["lines"]) == ("failed", None, [])
    assert standing(ledger, claimed) == ("agent", "open")
    assert case_state(ledger) == "in_progress"
    assert held(ledger) == []
    assert set(spent(ledger).values()) == {(0, 0)}
    assert refusal(lambda: claim(context, claimed, MACHINE.name))[0] == "claim_ended"
    ((_, _, entry),) = entries_of(ledger, "execution.failed")
    assert entry["reason"] == "the account is closed"


def test_a_budget_is_given_back_to_the_day_it_was_taken_of(
    context: CaseContext, ledger: Ledger, claimed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    later(monkeypatch, ledger, 2 * 24 * 60)
    claim(context, automatic(context, storm(2)), MACHINE.name)
    report(context, claimed, MACHINE, "failed", "the account is closed")
    with ledger.reading() as connection:
        rows = connection.execute(select(SPENT.c.many).where(SPENT.c.scope == "day").order_by(SPENT.c.day)).scalars()
        assert list(rows) == [0, 1]


@pytest.mark.parametrize(
    ("state", "said", "other"), [("executed", "PAY-1", "failed"), ("failed", "closed", "executed")]
)
def test_a_report_is_taken_once_and_never_contradicted(
    context: CaseContext, ledger: Ledger, claimed: str, state: str, said: str, other: str
) -> None:
    first = report(context, claimed, MACHINE, state, said)
    assert report(context, claimed, MACHINE, state, said) == first
    assert refusal(lambda: report(context, claimed, MACHINE, other, said))[0] == "reported_otherwise"
    assert len(entries_of(ledger, "execution.executed", "execution.failed")) == 1
    assert len(held(ledger)) == (state == "executed")


def test_a_second_payment_is_no_repetition(context: CaseContext, claimed: str) -> None:
    report(context, claimed, MACHINE, "executed", "PAY-1")
    assert refusal(lambda: report(context, claimed, MACHINE, "executed", "PAY-2"))[0] == "reported_otherwise"


def test_only_the_claimer_reports_or_an_administrator(context: CaseContext, claimed: str) -> None:
    assert refusal(lambda: report(context, claimed, OTHER, "failed", "x"))[0] == "claimed_by_another"
    assert report(context, claimed, ADMIN, "executed", "PAY-1")["state"] == "executed"


def test_a_report_without_a_claim_is_refused(context: CaseContext) -> None:
    decision = automatic(context, storm())
    assert refusal(lambda: report(context, decision, MACHINE, "executed", "P"))[0] == "not_claimed"
    assert refusal(lambda: report(context, "dec_none", MACHINE, "executed", "P"))[0] == "no_decision"


def test_contrary_reports_at_once_have_one_effect(context: CaseContext, ledger: Ledger, claimed: str) -> None:
    states = ["executed", "failed"] * 3
    at_once([lambda state=state: report(context, claimed, MACHINE, state, "x") for state in states])
    ((kind, _, _),) = entries_of(ledger, "execution.executed", "execution.failed")
    assert spent(ledger)["day", "*"] == ((1, GIVES) if kind == "execution.executed" else (0, 0))


# ---- never confirmed


def test_a_claim_that_is_never_confirmed_goes_to_a_person_with_all_it_holds(
    context: CaseContext, ledger: Ledger, claimed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert sweep(ledger, "clock", WHOLE) == []
    later(monkeypatch, ledger, 16)
    assert sweep(ledger, "clock", WHOLE) == [claimed]
    assert sweep(ledger, "clock", WHOLE) == []
    assert machines.executions(ledger) == {claimed: "late"}
    assert standing(ledger, claimed) == ("agent", "open")
    assert (spent(ledger)["day", "*"], len(held(ledger))) == ((1, GIVES), 1)
    assert entries_of(ledger, "execution.late") == [("execution.late", "clock", {"claimed_by": "till"})]
    assert decided(context, storm(1, channel="phone")).held == ("line:1",)


def test_the_next_claim_finds_a_late_one(
    context: CaseContext, ledger: Ledger, claimed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    later(monkeypatch, ledger, 16)
    assert refusal(lambda: claim(context, claimed, MACHINE.name))[0] == "claim_ended"
    assert machines.executions(ledger) == {claimed: "late"}


@pytest.mark.parametrize(("state", "kept"), [("executed", (1, GIVES)), ("failed", (0, 0))])
def test_a_late_report_of_the_claimer_is_accepted(
    context: CaseContext, ledger: Ledger, claimed: str, monkeypatch: pytest.MonkeyPatch, state: str, kept: Any
) -> None:
    later(monkeypatch, ledger, 16)
    assert report(context, claimed, MACHINE, state, "x")["state"] == state
    assert spent(ledger)["day", "*"] == kept
    late, ((_, _, entry),) = entries_of(ledger, "execution.late"), entries_of(ledger, f"execution.{state}")
    assert (len(late), entry["late"]) == (1, True)
    assert standing(ledger, claimed) == ("agent", "executed" if state == "executed" else "open")


def test_a_late_payment_says_that_a_person_has_paid_as_well(
    context: CaseContext, ledger: Ledger, claimed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    later(monkeypatch, ledger, 16)
    sweep(ledger, "clock", WHOLE)
    row = {
        "decision": claimed,
        "seq": 1,
        "way": "accepted",
        "total_fen": GIVES,
        "by": "wang",
        "role": "agent",
        "at": "",
    }
    with ledger.writing("wang") as writer:
        writer.connection.execute(insert(OUTCOMES).values(row))
        writer.connection.execute(update(DECISIONS).values(state="accepted"))
    report(context, claimed, MACHINE, "executed", "PAY-1")
    assert entries_of(ledger, "execution.executed")[0][2]["given_by"] == "wang"
    assert standing(ledger, claimed) == ("agent", "accepted")


def test_two_sweeps_at_once_find_a_late_claim_once(
    context: CaseContext, ledger: Ledger, claimed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    later(monkeypatch, ledger, 16)
    found = at_once([lambda: sweep(ledger, "clock", WHOLE)] * 4)
    assert sorted(found) == [[], [], [], [claimed]]


# ---- settled by a lead


@pytest.fixture
def late(context: CaseContext, ledger: Ledger, claimed: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return a decision whose claim was never confirmed."""
    later(monkeypatch, ledger, 16)
    sweep(ledger, "clock", WHOLE)
    return claimed


def test_a_lead_settles_a_late_claim_as_paid(context: CaseContext, ledger: Ledger, late: str) -> None:
    answer = settle(context, late, PERSON, "executed", "PAY-1")
    assert (answer["state"], answer["reference"], answer["claimed_by"]) == ("executed", "PAY-1", "till")
    assert standing(ledger, late) == ("agent", "executed")
    assert (spent(ledger)["day", "*"], held(ledger), case_state(ledger)) == ((1, GIVES), [(late, "1", GIVES)], "done")
    ((_, by, entry),) = entries_of(ledger, "execution.executed")
    assert (by, entry["settled_by"], entry["reference"], entry["late"]) == ("wang", "wang", "PAY-1", True)


def test_a_lead_settles_a_late_claim_as_not_paid(context: CaseContext, ledger: Ledger, late: str) -> None:
    answer = settle(context, late, PERSON, "failed", "the bank knows of no payment")
    assert (answer["state"], answer["reference"], answer["lines"]) == ("failed", None, [])
    assert standing(ledger, late) == ("agent", "open")
    assert (spent(ledger)["day", "*"], held(ledger)) == ((0, 0), [])
    ((_, by, entry),) = entries_of(ledger, "execution.failed")
    assert (by, entry["settled_by"], entry["reason"]) == ("wang", "wang", "the bank knows of no payment")


@pytest.mark.parametrize(
    ("state", "said", "zh", "en"),
    [
        ("executed", "PAY-1", "wang核实，款项已付，退款25.60元，凭证号PAY-1", "checked that it was paid: CNY 25.60"),
        ("failed", "无此付款", "wang核实，款项未付，理由：无此付款", "checked that it was not paid, because: 无此付款"),
    ],
)
def test_the_timeline_says_who_settled_it(
    context: CaseContext, late: str, state: str, said: str, zh: str, en: str
) -> None:
    case_no = settle(context, late, PERSON, state, said)["case_no"]
    assert zh in "\n".join(printed(context, case_no, "zh"))
    assert en in "\n".join(printed(context, case_no, "en"))


def test_only_a_lead_or_above_settles(context: CaseContext, late: str) -> None:
    agent = Caller("li", "agent", frozenset({"decide", "override", "approve"}))
    for caller in (agent, OTHER):
        assert refusal(lambda caller=caller: settle(context, late, caller, "executed", "P"))[0] == "lead_settles"
    manager = Caller("chen", "manager", frozenset({"approve"}))
    assert settle(context, late, manager, "executed", "PAY-1")["state"] == "executed"


def test_a_claim_is_not_settled_before_it_is_late(context: CaseContext, ledger: Ledger, claimed: str) -> None:
    assert refusal(lambda: settle(context, claimed, PERSON, "failed", "x"))[0] == "not_late"
    assert refusal(lambda: settle(context, "dec_none", PERSON, "failed", "x"))[0] == "no_decision"
    assert machines.executions(ledger) == {claimed: "claimed"}


@pytest.mark.parametrize(
    ("state", "said", "other"), [("executed", "PAY-1", "failed"), ("failed", "closed", "executed")]
)
def test_settling_again_changes_nothing_and_nobody_contradicts_it(
    context: CaseContext, ledger: Ledger, late: str, state: str, said: str, other: str
) -> None:
    first = settle(context, late, PERSON, state, said)
    assert settle(context, late, ADMIN, state, said) == report(context, late, MACHINE, state, said) == first
    for act, caller in ((settle, PERSON), (report, MACHINE)):
        contrary = lambda act=act, caller=caller: act(context, late, caller, other, "PAY-2")  # noqa: E731
        assert refusal(contrary)[0] == "reported_otherwise"
    assert len(entries_of(ledger, "execution.executed", "execution.failed")) == 1


def test_a_payment_that_contradicts_a_settlement_is_recorded_once_and_published(
    context: CaseContext, ledger: Ledger, late: str
) -> None:
    case_no = settle(context, late, PERSON, "failed", "the bank knows of no payment")["case_no"]
    for reference in ("PAY-1", "PAY-1", "PAY-2"):
        paid = lambda reference=reference: report(context, late, MACHINE, "executed", reference)  # noqa: E731
        assert refusal(paid)[0] == "reported_otherwise"
    kept = entries_of(ledger, "execution.contradicted")
    assert [(by, body["reference"], body["recorded"]) for _, by, body in kept] == [
        ("till", "PAY-1", "failed"),
        ("till", "PAY-2", "failed"),
    ]
    assert "till回报另一笔付款，凭证号PAY-1，与此前的执行记录不符，请核对是否重复付款" in "\n".join(
        printed(context, case_no, "zh")
    )
    assert verify(ledger).sound


def test_a_report_of_a_machine_is_accepted_after_a_payment_by_hand(
    context: CaseContext, ledger: Ledger, late: str
) -> None:
    case_no = settle(context, late, PERSON, "failed", "the bank knows of no payment")["case_no"]
    record_event(context, case_no, {"kind": "executed", "reference": "BANK-1", "refund_fen": GIVES}, "wang")
    assert refusal(lambda: report(context, late, MACHINE, "executed", "PAY-1"))[0] == "reported_otherwise"
    assert refusal(lambda: report(context, late, OTHER, "executed", "PAY-1"))[0] == "claimed_by_another"
    ((_, _, body),) = entries_of(ledger, "execution.contradicted")
    assert body == {"reference": "PAY-1", "recorded": "executed", "recorded_reference": "BANK-1"}


def test_a_settled_claim_agrees_with_the_record(context: CaseContext, ledger: Ledger, late: str) -> None:
    settle(context, late, PERSON, "failed", "the bank knows of no payment")
    assert verify(ledger).sound


# ---- a case that goes on meanwhile


def test_a_case_that_went_on_is_not_done_by_what_was_executed(context: CaseContext, ledger: Ledger) -> None:
    first = decided(context, storm())
    claim(context, first.id, MACHINE.name)
    second = decide(context, storm(complaint__no=first.case_no), "wang")
    assert (second.mode, standing(ledger, first.id)) == ("agent", ("auto", "claimed"))
    report(context, first.id, MACHINE, "executed", "PAY-1")
    assert (standing(ledger, first.id)[1], case_state(ledger)) == ("executed", "in_progress")


def test_what_failed_meanwhile_is_superseded(context: CaseContext, ledger: Ledger) -> None:
    first = decided(context, storm())
    claim(context, first.id, MACHINE.name)
    decide(context, storm(complaint__no=first.case_no), "wang")
    report(context, first.id, MACHINE, "failed", "closed")
    assert standing(ledger, first.id) == ("agent", "superseded")


def test_the_payment_of_a_closed_case_is_recorded(context: CaseContext, ledger: Ledger, claimed: str) -> None:
    with ledger.writing("wang") as writer:
        writer.connection.execute(update(CASES).values(state="closed"))
    assert report(context, claimed, MACHINE, "executed", "PAY-1")["state"] == "executed"
    assert case_state(ledger) == "closed"


def test_executions_are_listed_by_state_and_place(context: CaseContext, ledger: Ledger, claimed: str) -> None:
    other = automatic(context, storm(2))
    claim(context, other, MACHINE.name)
    report(context, claimed, MACHINE, "failed", "closed")
    found = executions.listed(ledger, None, 0, 10, WHOLE)
    assert [one["decision"] for _, one in found] == [claimed, other]
    assert executions.listed(ledger, None, found[0][0], 10, WHOLE) == found[1:]
    assert [one["decision"] for _, one in executions.listed(ledger, "failed", 0, 10, WHOLE)] == [claimed]


def test_a_claim_is_listed_as_late_before_and_after_it_is_swept(
    context: CaseContext, ledger: Ledger, claimed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def states() -> dict[str, list[str]]:
        listed = {state: executions.listed(ledger, state, 0, 10, WHOLE) for state in OF_EXECUTION}
        return {state: [one["state"] for _, one in found] for state, found in listed.items() if found}

    assert states() == {"claimed": ["claimed"]}
    later(monkeypatch, ledger, 16)
    before = executions.listed(ledger, None, 0, 10, WHOLE)
    assert states() == {"late": ["late"]}
    assert machines.executions(ledger) == {claimed: "claimed"}
    assert sweep(ledger, "clock", WHOLE) == [claimed]
    assert states() == {"late": ["late"]}
    assert executions.listed(ledger, None, 0, 10, WHOLE) == before
