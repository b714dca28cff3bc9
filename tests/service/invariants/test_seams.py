"""What is given for an order line is given once, whichever way its case goes on, and people keep what came to them."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import func, select, update

from service.audit.replay import replay_recorded
from service.audit.verification import verify
from service.casework.cases import erasing
from service.casework.cases.events import RecordedEvent, record_event
from service.casework.cases.listing import show_case
from service.casework.cases.overdue import escalate
from service.casework.choices import Choice
from service.casework.context import CaseContext
from service.casework.decisions import batch
from service.casework.decisions.deciding import Recorded
from service.casework.executions import claims, executions
from service.casework.limits import switches
from service.casework.outcomes import appeals, approvals, outcomes
from service.casework.visibility import WHOLE
from service.ledger import chain
from service.ledger.pack_archive import Archive
from service.ledger.tables import DECISIONS, ENTRIES, EXECUTIONS, PAYLOADS, SPENT
from tests.support.machines import (
    ADMIN,
    GIVES,
    MACHINE,
    at_once,
    automatic,
    decided,
    not_claimed,
    refusal,
    standing,
    storm,
)
from tests.support.people import ANN, LEO, MAY
from tests.support.taking import read
from tests.support.tampering import tampering

ACCEPTED = Choice("accepted")
PAID: dict[str, Any] = {"kind": "executed", "reference": "P1", "refund_fen": GIVES}
SAID: dict[str, Any] = {"facts": {"issue.statement": "It came late"}}
WHY = {"reason": "agreed_with_customer"}
MORE = read({"choice": "override", "override": {"kind": "refund", "refund_fen": 90_00}} | WHY)


def case_of(context: CaseContext, decision: str) -> str:
    with context.ledger.reading() as connection:
        return str(connection.execute(select(DECISIONS.c.case_no).where(DECISIONS.c.id == decision)).scalar_one())


def say(context: CaseContext, decision: str, kind: str, **event: Any) -> RecordedEvent:
    return record_event(context, case_of(context, decision), {"kind": kind, **event}, "root")


def next_of(context: CaseContext, decision: str, kind: str, **event: Any) -> Recorded:
    found = say(context, decision, kind, **event).decision
    assert found is not None
    return found


def take_and_pay(context: CaseContext, case_no: str) -> None:
    outcomes.take(context, show_case(context.ledger, case_no)["latest"]["id"], ACCEPTED, ANN)
    record_event(context, case_no, PAID, ANN.name)


def erase(context: CaseContext, decision: str) -> None:
    chosen = erasing.of_case(case_of(context, decision))
    assert erasing.erase(context.ledger, "root", chosen, "request", "asked for", force=True).cases


# ---- what came to people stays with them


@pytest.mark.parametrize(
    ("event", "code"),
    [
        ({"kind": "evidence_added", "references": ["a photograph"]}, "event:unread"),
        ({"kind": "merchant_replied", "facts": {}}, "event:unread"),
        ({"kind": "return_inspected", "result": "swapped", "facts": {}}, "event:unread"),
        ({"kind": "customer_rejected"}, "customer:rejected"),
        ({"kind": "customer_rejected", "option": 0, **SAID}, "customer:rejected"),
        ({"kind": "person_requested"}, "person_requested"),
        ({"kind": "closed"}, "person:closed"),
    ],
)
def test_a_machine_gets_no_case_back_because_it_is_decided_again(context: CaseContext, event: Any, code: str) -> None:
    first = automatic(context, storm())
    say(context, first, **event)
    again = next_of(context, first, "merchant_replied", **SAID)
    assert again.mode == "agent"
    assert code in again.held


def test_a_machine_gets_no_case_back_by_changing_what_the_customer_said(context: CaseContext) -> None:
    first = automatic(context, storm())
    say(context, first, kind="customer_rejected")
    with tampering(context.ledger) as connection:
        said = select(ENTRIES.c.seq).where(ENTRIES.c.kind == "event")
        changed = update(PAYLOADS).where(PAYLOADS.c.seq.in_(said))
        connection.execute(changed.values(body=chain.pack({"kind": "note", "note": "all is well"})))
    assert "event:unread" in next_of(context, first, "evidence_added", **SAID).held


def test_facts_that_change_nothing_are_not_read_as_news(context: CaseContext) -> None:
    first = next_of(context, automatic(context, storm()), "evidence_added", **SAID)
    assert first.mode == "auto"
    assert next_of(context, first.id, "evidence_added", **SAID).held == ("event:unread",)


def test_an_escalated_case_is_not_given_back_to_machines(context: CaseContext, monkeypatch: pytest.MonkeyPatch) -> None:
    first = automatic(context, storm())
    now = context.ledger.now()
    monkeypatch.setattr(context.ledger, "now", lambda: now + timedelta(days=90))
    assert escalate(context, "clock")
    assert "case:escalated" in next_of(context, first, "evidence_added", **SAID).held


def test_who_asked_for_a_person_has_one_for_the_order_under_any_number(context: CaseContext) -> None:
    first, waiting = automatic(context, storm(1)), automatic(context, storm(1))
    say(context, first, "person_requested")
    assert decided(context, storm(1, order__no="a 1")).held == ("person_requested",)
    assert not_claimed(context, waiting) == ("person_requested",)


# ---- people and machines on one order


def test_a_payment_by_hand_is_counted_for_an_order_that_is_named_later(context: CaseContext) -> None:
    first = decided(context, storm(1, order__no=None))
    assert next_of(context, first.id, "evidence_added", facts={"order.no": "A-1"}).mode == "auto"
    take_and_pay(context, case_of(context, first.id))
    assert decided(context, storm(1)).held == ("line:1", "person:outcome")


def test_what_is_paid_by_hand_waits_for_no_machine(context: CaseContext) -> None:
    first = automatic(context, storm())
    take_and_pay(context, case_of(context, first))
    assert standing(context.ledger, first) == ("auto", "accepted")
    with context.ledger.reading() as connection:
        assert claims.claimable(connection, context.ready.pack.name, 0, 10, WHOLE) == []
    assert refusal(lambda: claims.claim(context, first, ANN.name))[0] == "claim_ended"


@pytest.mark.parametrize("late", [False, True])
def test_a_person_gives_nothing_while_a_machine_may_be_paying_in_the_case(context: CaseContext, late: bool) -> None:
    first = automatic(context, storm())
    claims.claim(context, first, MACHINE.name)
    then = next_of(context, first, "evidence_added", **SAID)
    if late:
        with context.ledger.writing("root") as writer:
            writer.connection.execute(update(EXECUTIONS).values(state="late"))
    assert refusal(lambda: outcomes.take(context, then.id, ACCEPTED, ANN))[0] == "in_execution"
    assert refusal(lambda: say(context, first, **PAID))[0] == "execution_open"
    executions.report(context, first, ADMIN, "failed", "no such account")
    assert refusal(lambda: outcomes.take(context, then.id, ACCEPTED, ANN))[0] == "not_given"
    decided(context, storm(1, complaint__no=then.case_no))
    take_and_pay(context, then.case_no)


def test_a_person_gives_nothing_while_a_machine_may_be_paying_for_the_order(context: CaseContext) -> None:
    first, second = automatic(context, storm(1)), automatic(context, storm(1, order__no="a1"))
    claims.claim(context, first, MACHINE.name)
    assert refusal(lambda: outcomes.take(context, second, ACCEPTED, ANN))[0] == "in_execution"
    executions.report(context, first, MACHINE, "failed", "no such account")
    assert outcomes.take(context, second, ACCEPTED, ANN)["state"] == "accepted"


def test_what_was_recommended_before_a_machine_paid_for_the_order_is_not_given_as_well(context: CaseContext) -> None:
    first, second = automatic(context, storm(1)), automatic(context, storm(1))
    claims.claim(context, first, MACHINE.name)
    executions.report(context, first, MACHINE, "executed", "P1")
    assert refusal(lambda: outcomes.take(context, second, ACCEPTED, ANN))[0] == "refunded_since"
    again = decided(context, storm(1, complaint__no=case_of(context, second)))
    assert (again.follows, again.held) == (second, ("line:1",))
    assert outcomes.take(context, again.id, ACCEPTED, ANN)["state"] == "accepted"


def test_nothing_is_paid_by_hand_past_an_approval_that_waits(context: CaseContext) -> None:
    first = automatic(context, storm())
    proposed = outcomes.take(context, first, MORE, ANN)
    assert refusal(lambda: say(context, first, **PAID))[0] == "still_waiting"
    assert approvals.refuse(context, first, proposed["digest"], None, MAY)["state"] == "open"
    assert refusal(lambda: say(context, first, **PAID))[0] == "outcome_first"
    take_and_pay(context, case_of(context, first))
    assert refusal(lambda: outcomes.take(context, first, MORE, ANN))[0] == "already_taken"


def test_what_people_refused_no_machine_gives_under_another_number(context: CaseContext) -> None:
    first = automatic(context, storm(1))
    nothing = read({"choice": "override", "override": {"kind": "refuse"}} | WHY)
    proposed = outcomes.take(context, first, nothing, ANN)
    approvals.approve(context, first, proposed["digest"], None, MAY)
    assert decided(context, storm(1)).held == ("person:outcome",)


def test_a_switch_of_a_merchant_stops_cases_that_name_no_merchant(context: CaseContext) -> None:
    first = automatic(context, storm(merchant=None))
    with context.ledger.writing("root") as writer:
        switches.turn_on(writer, "merchant", "Shop One", "a fault in its prices")
    assert not_claimed(context, first) == ("switch:merchant:shopone",)


def test_what_people_gave_still_counts_for_the_order_after_its_case_is_erased(context: CaseContext) -> None:
    first = automatic(context, storm(1))
    outcomes.take(context, first, ACCEPTED, ANN)
    erase(context, first)
    assert decided(context, storm(1)).held == ("person:outcome",)


def test_no_past_budget_names_an_erased_customer(context: CaseContext) -> None:
    first = automatic(context, storm())
    claims.claim(context, first, MACHINE.name)
    executions.report(context, first, MACHINE, "executed", "P1")
    with context.ledger.writing("root") as writer:
        writer.connection.execute(update(SPENT).values(day="2026-01-01"))
    erase(context, first)
    with context.ledger.reading() as connection:
        assert "customer" not in connection.execute(select(SPENT.c.scope)).scalars().all()
        assert connection.execute(select(EXECUTIONS.c.reserved)).scalar_one() == "[]"


def test_of_one_order_in_one_batch_one_decision_is_handed_out(context: CaseContext) -> None:
    cases = [storm(1), storm(1), storm(1, order__no="ａ １", merchant=None)]
    working = batch.Worker(context.ready, "mask")
    made = list(batch.decide_all(context, cases, "till", lambda jobs: map(working, jobs), batch.Allowance()))
    first, *others = [one.id for one in made if isinstance(one, Recorded)]
    claims.claim(context, first, MACHINE.name)
    assert len(others) == 2
    assert all({"line:1", "order:held"} & {*not_claimed(context, other)} for other in others)


def test_batches_machines_and_people_at_once_pay_for_an_order_once(context: CaseContext) -> None:
    waiting = [automatic(context, storm()) for _ in range(2)]
    working = batch.Worker(context.ready, "mask")

    def decide_and_claim() -> list[Any]:
        made = batch.decide_all(context, [storm()] * 3, "till", lambda jobs: map(working, jobs), batch.Allowance())
        return at_once([partial(claims.claim, context, one.id, "till") for one in made if isinstance(one, Recorded)])

    def give() -> None:
        take_and_pay(context, decided(context, storm()).case_no)

    at_once(
        [decide_and_claim, give, decide_and_claim, *(partial(claims.claim, context, one, "till") for one in waiting)]
    )
    with context.ledger.reading() as connection:
        assert connection.execute(select(func.sum(EXECUTIONS.c.refund_fen))).scalar_one() == GIVES
    assert verify(context.ledger).sound


# ---- a whole story


def test_a_long_story_is_sound_and_each_decision_can_be_made_again(
    context: CaseContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_machine, by_people, erased = (
        automatic(context, storm(1)),
        automatic(context, storm(2)),
        automatic(context, storm(3)),
    )
    claims.claim(context, by_machine, MACHINE.name)
    executions.report(context, by_machine, MACHINE, "executed", "P1")
    appeals.appeal(context, by_machine, {"by": "customer", "grounds": "too little"}, None, ANN)
    proposed = outcomes.take(context, by_people, MORE, ANN)
    approvals.approve(context, by_people, proposed["digest"], "agreed", LEO)
    say(context, by_people, "customer_accepted")
    say(context, by_people, **PAID | {"refund_fen": 90_00, "reference": "P2"})
    third = next_of(context, erased, "evidence_added", **SAID)
    now = context.ledger.now()
    monkeypatch.setattr(context.ledger, "now", lambda: now + timedelta(days=90))
    assert escalate(context, "clock")
    assert verify(context.ledger).sound
    say(context, third.id, "closed")
    erase(context, third.id)
    assert verify(context.ledger).sound
    archive = Archive(context.ledger)
    found = Counter(one.verdict for one in replay_recorded(archive))
    archive.close()
    assert found == {"equal": 3, "erased": 2}
