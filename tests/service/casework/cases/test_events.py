from __future__ import annotations

import threading
from typing import Any

import pytest
from sqlalchemy import func, insert, select, update

from service.casework.cases import events
from service.casework.context import CaseContext
from service.casework.decisions.deciding import decide, find_decision
from service.errors import DomainError, InvalidEvent
from service.ledger.store import Ledger
from service.ledger.tables import CASES, CLOCKS, DECISIONS, ENTRIES, EXECUTED_LINES, EXECUTIONS, PAYLOADS, PROPOSALS
from service.settings import Settings
from tests.support.at_counter import Time, complaint, pay, say
from tests.support.rows import bodies, mode_of, under_way


def case_of(office: CaseContext, no: str) -> Any:
    with office.ledger.reading() as connection:
        return connection.execute(select(CASES).where(CASES.c.no == no)).one()


def clocks(office: CaseContext, no: str) -> dict[str, tuple[str, str | None]]:
    with office.ledger.reading() as connection:
        rows = connection.execute(select(CLOCKS).where(CLOCKS.c.case_no == no)).all()
    return {row.name: (row.due_at, row.met_at) for row in rows}


def faults(error: pytest.ExceptionInfo[InvalidEvent]) -> set[tuple[str, str]]:
    return {(fault.pointer, fault.code) for fault in error.value.faults}


# ---- events that lead to a decision


def test_facts_of_an_event_join_the_case_and_lead_to_a_linked_decision(office: CaseContext) -> None:
    first = decide(office, complaint(), "小李")
    happened = say(
        office,
        first.case_no,
        "return_inspected",
        result="swapped",
        facts={"return.result": "swapped", "evidence.count": 2},
    )
    second = happened.decision
    assert second is not None
    assert (second.follows, second.because, second.recommendation["outcome"]) == (
        first.id,
        "return_inspected",
        "refuse",
    )
    kept = find_decision(office, second.id)
    assert kept is not None
    assert kept["case"]["return"] == {"result": "swapped"}
    assert kept["case"]["issues"] == [{"kind": "broken", "line": "1", "evidence": {"count": 2}}]
    assert case_of(office, first.case_no).decision == second.id
    (event,) = bodies(office.ledger)
    assert (event["kind"], event["facts"]["return.result"]) == ("return_inspected", "swapped")
    assert bodies(office.ledger, "decision")[1]["event"] == {"id": happened.id, "kind": "return_inspected"}


def test_a_later_decision_is_made_at_a_later_instant(office: CaseContext, time: Time) -> None:
    first = decide(office, complaint("late", merchant={"reply_due_at": "2026-11-23T10:00:00+08:00"}), "小李")
    time.pass_(days=2)
    silent = say(office, first.case_no, "merchant_silent").decision
    assert silent is not None
    kinds = [one.recommendation["remedy"]["kind"] for one in (first, silent)]
    assert kinds == ["explanation", "refund"]


def test_a_whole_case_replaces_the_previous_one(office: CaseContext) -> None:
    no = decide(office, complaint(), "小李").case_no
    happened = say(office, no, "evidence_added", case=complaint("late"))
    assert happened.decision is not None
    assert (happened.decision.case_no, happened.decision.recommendation["remedy"]["kind"]) == (no, "explanation")
    assert "case" not in bodies(office.ledger)[0]


def test_an_option_turned_down_is_not_offered_again_where_the_pack_knows_of_it(office: CaseContext) -> None:
    first = decide(office, complaint(), "小李")
    happened = say(office, first.case_no, "customer_rejected", option=0)
    assert first.recommendation["alternatives"][0]["kind"] == "return_refund"
    assert happened.decision is not None
    kept = find_decision(office, happened.decision.id)
    assert kept is not None
    assert kept["case"]["issues"][0]["rejected"] == ["return_refund"]


def test_the_event_and_its_decision_stand_in_the_ledger_together_or_not_at_all(
    office: CaseContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    no = decide(office, complaint(), "小李").case_no

    def broken(*_: object) -> None:
        raise RuntimeError("the process ends here")

    monkeypatch.setattr("service.casework.decisions.recording._recorded", broken)
    with pytest.raises(RuntimeError):
        say(office, no, "return_inspected", result="swapped", facts={"return.result": "swapped"})
    assert bodies(office.ledger) == []
    assert len(bodies(office.ledger, "decision")) == 1
    monkeypatch.undo()


def test_concurrent_events_lose_no_facts(office: CaseContext) -> None:
    no = decide(office, complaint(), "小李").case_no
    facts: list[dict[str, Any]] = [{"evidence.count": 3}, {"return.result": "passed"}, {"issue.rejected": ["refund"]}]
    threads = [
        threading.Thread(target=say, args=(office, no, "evidence_added"), kwargs={"facts": one}) for one in facts
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    kept = find_decision(office, case_of(office, no).decision)
    assert kept is not None
    assert kept["case"]["return"] == {"result": "passed"}
    assert kept["case"]["issues"] == [{"kind": "broken", "line": "1", "evidence": {"count": 3}, "rejected": ["refund"]}]


def test_personal_facts_stay_masked_and_the_answer_says_so(office: CaseContext) -> None:
    no = decide(office, complaint(), "小李").case_no
    happened = say(office, no, "evidence_added", facts={"evidence.count": 1})
    assert happened.masked == ("customer.name",)
    sent = say(office, no, "evidence_added", facts={"customer.name": "张大满"})
    assert sent.masked == ()
    assert sent.decision is not None
    kept = find_decision(office, sent.decision.id)
    assert kept is not None
    assert kept["case"]["customer"]["name"] == "张***"
    assert bodies(office.ledger)[1]["facts"] == {"customer.name": "张***"}


def test_personal_facts_can_be_left_out_of_events_too(counter: Any, ledger: Ledger, time: Time) -> None:
    office = CaseContext(counter, ledger, Settings(personal="leave_out"), time.text)
    no = decide(office, complaint(), "小李").case_no
    say(office, no, "evidence_added", facts={"customer.name": "张大满"})
    assert bodies(ledger)[0]["facts"] == {}


def test_personal_facts_of_events_can_be_kept(counter: Any, ledger: Ledger, time: Time) -> None:
    office = CaseContext(counter, ledger, Settings(personal="keep"), time.text)
    no = decide(office, complaint(), "小李").case_no
    happened = say(office, no, "evidence_added", facts={"customer.name": "张大满"}, note="联系人：张大满")
    assert happened.decision is not None
    kept = find_decision(office, happened.decision.id)
    assert kept is not None
    assert (kept["case"]["customer"]["name"], happened.masked) == ("张大满", ())
    (body,) = bodies(ledger)
    assert (body["facts"], body["note"]) == ({"customer.name": "张大满"}, "联系人：张大满")


def test_an_erased_case_takes_a_whole_case_but_no_single_facts(office: CaseContext) -> None:
    first = decide(office, complaint(), "小李")
    with office.ledger.writing("admin") as writer:
        seq = select(ENTRIES.c.seq).where(ENTRIES.c.id == first.id).scalar_subquery()
        writer.connection.execute(PAYLOADS.delete().where(PAYLOADS.c.seq == seq))
    with pytest.raises(DomainError) as refused:
        say(office, first.case_no, "evidence_added", facts={"evidence.count": 1})
    assert refused.value.code == "erased"
    assert say(office, first.case_no, "evidence_added", case=complaint()).decision is not None


# ---- what does not fit


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ({"facts": {"evidence.counts": 1}}, {("/facts/evidence.counts", "unknown_key")}),
        ({"facts": {"evidence.count": "x", "return.result": 1}},
         {("/facts/evidence.count", "not_number"), ("/facts/return.result", "not_one_of")}),
        ({"facts": {"issue.rejected": ["refund", "gold"]}}, {("/facts/issue.rejected/1", "not_one_of")}),
        ({"facts": {"evidence.count": 1}, "issue": 1}, {("/issue", "no_such_issue")}),
        ({"facts": {"line.paid_fen": 1}, "line": "2"}, {("/line", "no_such_line")}),
        ({"facts": {"complaint.no": "Tousu-20261122-0002"}}, {("/facts/complaint.no", "other_case")}),
        ({"case": {"submitted_at": "x"}}, {("/case/submitted_at", "not_instant"), ("/case/issues", "missing")}),
        ({"case": complaint(complaint={"no": "X"})}, {("/case/complaint/no", "other_case")}),
        ({"meets": ["respond_by", "nothing_by"]}, {("/meets/1", "no_such_clock")}),
        ({"at": "2026-11-23T10:00:00+08:00"}, {("/at", "in_future")}),
    ],
)  # fmt: skip
def test_an_invalid_event_is_refused_completely(
    office: CaseContext, event: dict[str, Any], expected: set[tuple[str, str]]
) -> None:
    no = decide(office, complaint(), "小李").case_no
    with pytest.raises(InvalidEvent) as unfit:
        say(office, no, "evidence_added", **event)
    assert faults(unfit) == expected
    assert bodies(office.ledger) == []


def test_an_event_on_a_case_of_several_issues_must_name_one(office: CaseContext) -> None:
    two = {"no": "A1", "refunded_fen": 0, "lines": [{"id": "1", "paid_fen": 100}, {"id": "2", "paid_fen": 100}]}
    issues = [{"kind": "broken", "line": "1"}, {"kind": "late", "line": "2"}]
    no = decide(office, complaint(order=two, issues=issues), "小李").case_no
    with pytest.raises(InvalidEvent) as unfit:
        say(office, no, "evidence_added", facts={"evidence.count": 1, "line.paid_fen": 90})
    assert faults(unfit) == {("/issue", "which_issue"), ("/line", "which_line")}
    decision = say(
        office, no, "evidence_added", facts={"evidence.count": 1, "line.paid_fen": 90}, issue=1, line="2"
    ).decision
    assert decision is not None
    kept = find_decision(office, decision.id)
    assert kept is not None
    assert [line["paid_fen"] for line in kept["case"]["order"]["lines"]] == [100, 90]
    assert kept["case"]["issues"][1]["evidence"] == {"count": 1}


def test_an_option_that_was_not_offered_cannot_be_accepted(office: CaseContext) -> None:
    no = decide(office, complaint(), "小李").case_no
    with pytest.raises(InvalidEvent) as unfit:
        say(office, no, "customer_accepted", option=7)
    assert faults(unfit) == {("/option", "no_such_option")}


def test_there_are_no_events_without_a_case(office: CaseContext) -> None:
    with pytest.raises(DomainError) as refused:
        say(office, "Tousu-20261122-0009", "note", note="x")
    assert refused.value.code == "no_case"


def test_an_event_that_always_loses_the_race_is_refused_and_may_be_sent_again(
    office: CaseContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    no = decide(office, complaint(), "小李").case_no
    looked_at = events._current

    def overtaken(*of_event: Any) -> Any:
        found = looked_at(*of_event)
        decide(office, complaint(), "小王", case_no=no)
        return found

    with monkeypatch.context() as patch:
        patch.setattr(events, "_current", overtaken)
        with pytest.raises(DomainError) as refused:
            say(office, no, "note", note="x")
    assert refused.value.code == "busy"
    assert bodies(office.ledger) == []
    assert say(office, no, "note", note="x").case_no == no


# ---- a person


def test_a_customer_who_asks_for_a_person_gets_one(office: CaseContext) -> None:
    first = decide(office, complaint(), "shop")
    assert first.mode == "auto"
    assert say(office, first.case_no, "person_requested").details["person"] == "has_it_now"
    assert mode_of(office, first.id) == "agent"
    assert say(office, first.case_no, "person_requested").details["person"] == "has_it_already"


def test_a_request_for_a_person_holds_for_later_decisions(office: CaseContext) -> None:
    first = decide(office, complaint(), "shop")
    say(office, first.case_no, "person_requested")
    later = decide(office, complaint(complaint={"no": first.case_no}), "shop")
    assert (later.mode, later.held) == ("agent", ("person_requested",))


@pytest.mark.parametrize("state", ["claimed", "executed", "late"])
def test_a_person_reviews_an_execution_under_way_afterwards(office: CaseContext, state: str) -> None:
    first = decide(office, complaint(), "shop")
    under_way(office, first.id, first.case_no, state)
    answer = say(office, first.case_no, "person_requested").details
    assert (answer["person"], answer["execution"], mode_of(office, first.id)) == ("looks_afterwards", state, "auto")
    with office.ledger.reading() as connection:
        assert connection.execute(select(DECISIONS.c.drawn).where(DECISIONS.c.id == first.id)).scalar_one()


def test_a_failed_execution_goes_to_the_requested_person(office: CaseContext) -> None:
    first = decide(office, complaint(), "shop")
    under_way(office, first.id, first.case_no, "failed")
    assert say(office, first.case_no, "person_requested").details["person"] == "has_it_now"


@pytest.mark.parametrize(
    "event",
    [
        {"kind": "evidence_added"},
        {"kind": "merchant_replied"},
        {"kind": "return_inspected", "result": "empty"},
        {"kind": "customer_rejected"},
        {"kind": "dispute_negotiated", "result": "not_agreed", "note": "x"},
    ],
    ids=lambda event: event["kind"],
)
@pytest.mark.meets("S-232")
def test_no_machine_acts_on_a_fact_that_no_policy_reads(office: CaseContext, event: dict[str, Any]) -> None:
    first = decide(office, complaint(), "shop")
    assert say(office, first.case_no, **event).details["person"] == "has_it_now"
    assert mode_of(office, first.id) == "agent"


def test_a_return_that_is_as_it_should_be_stays_with_the_machine(office: CaseContext) -> None:
    first = decide(office, complaint(), "shop")
    say(office, first.case_no, "return_inspected", result="passed")
    assert mode_of(office, first.id) == "auto"


# ---- deadlines


def test_an_event_meets_the_deadlines_that_it_names(office: CaseContext) -> None:
    no = decide(office, complaint(), "小李").case_no
    assert clocks(office, no)["respond_by"] == ("2026-11-23T01:30:00.000000Z", None)
    say(office, no, "note", note="已致电", meets=["respond_by"], at="2026-11-22T09:45:00+08:00")
    say(office, no, "note", note="再次致电", meets=["respond_by"])
    assert clocks(office, no)["respond_by"][1] == "2026-11-22T01:45:00.000000Z"


def test_deadlines_that_wait_for_the_execution_begin_with_it_and_outlast_the_next_decision(office: CaseContext) -> None:
    no = decide(office, complaint(), "小李").case_no
    assert "follow_up_by" not in clocks(office, no)
    pay(office, no, 2560, at="2026-11-22T09:50:00+08:00")
    assert clocks(office, no)["follow_up_by"] == ("2026-11-23T01:50:00.000000Z", None)
    say(office, no, "evidence_added", facts={"evidence.count": 1})
    assert clocks(office, no)["follow_up_by"] == ("2026-11-23T01:50:00.000000Z", None)


# ---- what people do


@pytest.mark.meets("S-125")
def test_a_refund_by_hand_lessens_what_the_order_has_left(office: CaseContext) -> None:
    first = decide(office, complaint(), "小李")
    happened = pay(office, first.case_no, 2000)
    assert happened.state == "done"
    with office.ledger.reading() as connection:
        row = connection.execute(select(EXECUTIONS)).one()
        held = connection.execute(select(EXECUTED_LINES)).one()
    assert (row.decision, row.state, row.reference, row.claimed_by) == (first.id, "executed", "P1", "小李")
    assert (held.order_no, held.line, held.refund_fen) == ("a1", "1", 2000)
    again = decide(office, complaint(), "shop")
    assert (again.recommendation["remedy"]["total_fen"], again.held) == (560, ("line:1", "person:outcome"))


@pytest.mark.parametrize(
    ("state", "taken"), [("claimed", False), ("executed", False), ("late", False), ("failed", True)]
)
def test_a_payment_by_hand_is_refused_while_a_machine_holds_the_decision(
    office: CaseContext, state: str, taken: bool
) -> None:
    first = decide(office, complaint(), "小李")
    under_way(office, first.id, first.case_no, state)
    if taken:
        say(office, first.case_no, "executed", reference="P1", refund_fen=1)
        return
    with pytest.raises(DomainError) as refused:
        say(office, first.case_no, "executed", reference="P1", refund_fen=1)
    assert (refused.value.code, refused.value.details) == ("execution_open", (first.id, state))


@pytest.mark.meets("S-222")
def test_a_case_is_not_closed_while_money_is_on_its_way_or_an_approval_waits(office: CaseContext) -> None:
    first = decide(office, complaint(), "小李")
    under_way(office, first.id, first.case_no, "claimed")
    with pytest.raises(DomainError) as refused:
        say(office, first.case_no, "closed")
    assert refused.value.code == "still_executing"
    waiting = {
        "id": "p",
        "decision": first.id,
        "digest": "",
        "maker": "小李",
        "needs": "lead",
        "state": "waiting",
        "seq": 1,
    }
    with office.ledger.writing("x") as writer:
        writer.connection.execute(update(EXECUTIONS).values(state="failed"))
        writer.connection.execute(insert(PROPOSALS), waiting)
    for kind, rest in (("closed", {}), ("executed", {"reference": "P1", "refund_fen": 1})):
        with pytest.raises(DomainError) as refused:
            say(office, first.case_no, kind, **rest)
        assert refused.value.code == "still_waiting"
    with office.ledger.writing("x") as writer:
        writer.connection.execute(update(PROPOSALS).values(state="void"))
    assert say(office, first.case_no, "closed").state == "closed"


@pytest.mark.parametrize(
    ("event", "state", "satisfied"),
    [
        ({"score": 5}, "closed", True),
        ({"score": 3}, "done", False),
        ({"score": 2, "satisfied": True}, "closed", True),
        ({"score": 5, "satisfied": False}, "done", False),
    ],
)
@pytest.mark.meets("S-093", "S-094", "S-110", "S-271")
def test_a_satisfied_customer_closes_the_case_and_no_other(
    office: CaseContext, event: dict[str, Any], state: str, satisfied: bool
) -> None:
    no = decide(office, complaint(), "小李").case_no
    pay(office, no, 1)
    assert say(office, no, "satisfaction", **event).state == state
    assert case_of(office, no).satisfied is satisfied


@pytest.mark.meets("S-049", "S-090", "S-119", "S-122")
def test_a_case_has_a_handler_and_tags(office: CaseContext) -> None:
    no = decide(office, complaint(), "小李").case_no
    say(office, no, "assigned", handler="小王")
    for event in ({"tag": "typical"}, {"tag": "易碎"}, {"tag": "typical"}, {"tag": "易碎", "off": True}):
        say(office, no, "tag", **event)
    assert (case_of(office, no).handler, case_of(office, no).tags) == ("小王", "|typical|")


@pytest.mark.meets("S-006")
def test_every_event_is_one_entry_of_the_chain(office: CaseContext) -> None:
    no = decide(office, complaint(), "小李").case_no
    say(office, no, "note", note="x")
    with office.ledger.reading() as connection:
        assert connection.execute(select(func.count()).select_from(ENTRIES)).scalar_one() == 2
        entry = connection.execute(select(ENTRIES).where(ENTRIES.c.kind == "event")).one()
    assert (entry.case_no, entry.by, entry.about) == (no, "小李", case_of(office, no).decision)
