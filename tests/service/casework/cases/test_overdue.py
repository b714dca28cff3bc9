from __future__ import annotations

import threading
from typing import Any

import pytest

from service.casework.cases.overdue import escalate, overdue
from service.casework.context import CaseContext
from service.casework.decisions.deciding import decide, find_decision
from service.casework.visibility import WHOLE
from service.ledger.tables import PAYLOADS
from service.packs import Ready
from tests.support.at_counter import Time, complaint, say
from tests.support.rows import bodies, mode_of, under_way


def late(office: CaseContext) -> list[tuple[str, str]]:
    return [(item["case_no"], item["clock"]) for _, item in overdue(office.ledger, WHOLE, 100)]


def test_missed_deadlines_are_listed_the_longest_ago_first(office: CaseContext, time: Time) -> None:
    one = decide(office, complaint(), "小李").case_no
    two = decide(office, complaint(submitted_at="2026-11-21T20:00:00+08:00"), "小李").case_no
    assert late(office) == []
    time.pass_(days=1)
    assert late(office) == [(two, "respond_by"), (one, "respond_by")]
    time.pass_(days=7)
    assert [clock for _, clock in late(office)] == ["respond_by", "respond_by", "return_by", "return_by"]


def test_what_is_met_or_over_is_not_late(office: CaseContext, time: Time) -> None:
    met, closed, going = (decide(office, complaint(), "小李").case_no for _ in range(3))
    say(office, met, "note", note="已致电", meets=["respond_by"])
    say(office, closed, "closed")
    time.pass_(days=1)
    assert late(office) == [(going, "respond_by")]


@pytest.mark.meets("S-231")
def test_a_missed_deadline_is_escalated_once_and_gives_the_case_to_a_person(office: CaseContext, time: Time) -> None:
    first = decide(office, complaint(), "shop")
    time.pass_(days=1)
    (done,) = escalate(office, "clock")
    assert (done["clock"], done["mode"]) == ("respond_by", "lead")  # its policy says escalate_to_lead
    assert mode_of(office, first.id) == "lead"
    assert escalate(office, "clock") == []
    (body,) = bodies(office.ledger, "escalation")
    due = "2026-11-23T01:30:00.000000Z"
    assert body == {"clock": "respond_by", "due_at": due, "on_timeout": "escalate_to_lead", "mode": "lead"}
    assert late(office) == [(first.case_no, "respond_by")]  # it is still to be met


def test_a_deadline_that_names_no_role_raises_by_one_level(office: CaseContext, time: Time) -> None:
    first = decide(office, complaint(), "shop")
    say(office, first.case_no, "note", note="x", meets=["respond_by"])
    time.pass_(days=8)
    assert [done["mode"] for done in escalate(office, "clock")] == ["agent"]


def test_a_decision_rises_once_however_many_of_its_deadlines_were_missed(office: CaseContext, time: Time) -> None:
    first = decide(office, complaint(), "shop")
    time.pass_(days=8)
    assert [(done["clock"], done["mode"]) for done in escalate(office, "clock")] == [
        ("respond_by", "lead"),
        ("return_by", "lead"),
    ]
    assert mode_of(office, first.id) == "lead"


def test_what_is_decided_later_stays_at_the_level_until_the_case_is_closed(office: CaseContext, time: Time) -> None:
    no = decide(office, complaint(), "shop").case_no
    time.pass_(days=1)
    assert [done["mode"] for done in escalate(office, "clock")] == ["lead"]
    again = decide(office, complaint(complaint={"no": no}), "shop")
    assert (again.mode, again.held) == ("lead", ("case:escalated",))
    assert decide(office, complaint(complaint={"no": no}), "shop").mode == "lead"
    assert decide(office, complaint(), "shop").mode == "auto"  # another case
    say(office, no, "closed")
    anew = decide(office, complaint(complaint={"no": no}), "shop")
    assert (anew.mode, anew.held) == ("agent", ("case:escalated", "person:closed"))


def test_a_case_rises_once_for_a_deadline_and_again_for_another(office: CaseContext, time: Time) -> None:
    no = decide(office, complaint(), "shop").case_no
    time.pass_(days=1)
    escalate(office, "clock")
    again = decide(office, complaint(complaint={"no": no}), "shop")
    assert late(office) == [(no, "respond_by")]  # at the same instant as before
    assert escalate(office, "clock") == []
    assert mode_of(office, again.id) == "lead"
    time.pass_(days=8)
    assert [(done["clock"], done["mode"]) for done in escalate(office, "clock")] == [("return_by", "manager")]


@pytest.mark.parametrize("state", ["claimed", "late"])
def test_what_a_machine_holds_stays_with_it(office: CaseContext, time: Time, state: str) -> None:
    first = decide(office, complaint(), "shop")
    under_way(office, first.id, first.case_no, state)
    time.pass_(days=1)
    assert [done["mode"] for done in escalate(office, "clock")] == [None]
    assert mode_of(office, first.id) == "auto"


def test_two_who_escalate_at_once_escalate_once(office: CaseContext, time: Time) -> None:
    for _ in range(3):
        decide(office, complaint(), "shop")
    time.pass_(days=1)
    done: list[Any] = []
    threads = [threading.Thread(target=lambda: done.extend(escalate(office, "clock"))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) == len(bodies(office.ledger, "escalation")) == 3


def test_a_merchant_who_does_not_reply_is_found_and_the_case_decided_on_what_there_is(
    office: CaseContext, time: Time
) -> None:
    first = decide(office, complaint("late", merchant={"reply_due_at": "2026-11-22T20:00:00+08:00"}), "shop")
    time.pass_(hours=11)
    (done,) = escalate(office, "clock")
    assert (done["clock"], done["mode"]) == ("merchant_reply_by", "auto")
    second = find_decision(office, done["decision"])
    assert second is not None
    assert (second["follows"], second["because"], second["mode"]) == (first.id, "merchant_silent", "auto")
    assert second["recommendation"]["remedy"]["kind"] == "refund"
    assert escalate(office, "clock") == []
    assert [body["kind"] for body in bodies(office.ledger)] == ["merchant_silent"]


def test_a_silence_is_decided_on_by_the_pack_that_asked_the_merchant(
    office: CaseContext, ready: Ready, time: Time
) -> None:
    decide(office, complaint("late", merchant={"reply_due_at": "2026-11-22T20:00:00+08:00"}), "shop")
    elsewhere = CaseContext(ready, office.ledger, office.settings, office.clock)
    time.pass_(hours=11)
    assert escalate(elsewhere, "clock") == []
    assert [(done["clock"], done["mode"]) for done in escalate(office, "clock")] == [("merchant_reply_by", "auto")]


def test_where_the_case_was_erased_the_silence_of_the_merchant_goes_to_a_person(
    office: CaseContext, time: Time
) -> None:
    first = decide(office, complaint("late", merchant={"reply_due_at": "2026-11-22T20:00:00+08:00"}), "shop")
    with office.ledger.writing("admin") as writer:
        writer.connection.execute(PAYLOADS.delete())
    time.pass_(hours=11)
    assert [(done["clock"], done["mode"]) for done in escalate(office, "clock")] == [("merchant_reply_by", "agent")]
    assert mode_of(office, first.id) == "agent"


def test_two_who_hear_the_silence_at_once_decide_once(office: CaseContext, time: Time) -> None:
    decide(office, complaint("late", merchant={"reply_due_at": "2026-11-22T20:00:00+08:00"}), "shop")
    time.pass_(hours=11)
    threads = [threading.Thread(target=escalate, args=(office, "clock")) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(bodies(office.ledger, "decision")) == 2
