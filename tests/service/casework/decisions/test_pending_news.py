"""While an approval waits, nobody without the authority voids it, and nothing that comes in is lost."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select

from service import clock
from service.audit.verification import verify
from service.auth import Caller
from service.casework.cases.events import RecordedEvent, record_event
from service.casework.cases.overdue import escalate
from service.casework.cases.timeline import printed
from service.casework.context import CaseContext
from service.casework.decisions.batch import Allowance, Worker, decide_all
from service.casework.decisions.deciding import Recorded, decide, find_decision
from service.casework.executions import claims
from service.casework.outcomes import approvals, outcomes
from service.casework.outcomes.appeals import appeal
from service.ledger.store import Ledger
from service.ledger.tables import DECISIONS, PROPOSALS
from service.packs import Ready
from service.settings import Settings
from tests.support.at_counter import Time, complaint
from tests.support.machines import MACHINE
from tests.support.people import ANN, BEN, LEO, LIN, MAY, mandarins, override
from tests.support.taking import WORDS, kinds, read, refused, state_of, take, together

NEWS = {"kind": "evidence_added", "facts": {"issue.spoiled_ratio": "0.20"}}
CUSTOMER = Caller("app", "back_end", frozenset({"decide"}))


@pytest.fixture
def context(cn: Ready, ledger: Ledger) -> CaseContext:
    return CaseContext(cn, ledger, Settings(), clock.now)


@pytest.fixture
def waiting(context: CaseContext) -> Recorded:
    """Return a decision for which ann proposed 100.00 of goodwill; a lead has to approve it."""
    decision = decide(context, mandarins(), ANN)
    take(context, decision, override(refund_fen=3960, goodwill_fen=10_000))
    return decision


def orders(many: int) -> Iterator[dict[str, Any]]:
    """Yield a case for each of some orders."""
    for number in range(many):
        case = mandarins()
        yield case | {"order": case["order"] | {"no": f"B-{number}"}}


def again(decision: Recorded, **changes: Any) -> dict[str, Any]:
    return mandarins(**changes) | {"complaint": {"no": decision.case_no}}


def proposal(context: CaseContext) -> str:
    with context.ledger.reading() as connection:
        return str(connection.execute(select(PROPOSALS.c.state)).scalar_one())


def ratio_of(context: CaseContext, decision: str) -> Any:
    found = find_decision(context, decision)
    assert found is not None
    return found["case"]["issues"][0]["spoiled_ratio"]


def sound(context: CaseContext) -> bool:
    return verify(context.ledger).sound


@pytest.mark.parametrize("by", [BEN, MACHINE, CUSTOMER, "job"], ids=lambda by: str(getattr(by, "name", by)))
def test_nobody_without_the_authority_decides_past_an_approval(
    context: CaseContext, waiting: Recorded, by: Any
) -> None:
    assert refused(lambda: decide(context, again(waiting), by)) == "approval_waits"
    assert refused(lambda: appeal(context, waiting.id, WORDS, None, BEN)) == "approval_waits"
    (result,) = decide_all(context, [again(waiting)], by, partial(map, Worker(context.ready, "mask")), Allowance())
    assert getattr(result, "code", None) == "approval_waits"
    assert (proposal(context), kinds(context)) == ("waiting", ["decision", "proposal"])
    assert approvals.approve(context, waiting.id, waiting.digest, None, LEO)["state"] == "changed"


@pytest.mark.parametrize("by", [ANN, LEO, MAY], ids=lambda by: by.name)
def test_the_proposer_and_possible_approvers_may_decide_again(
    context: CaseContext, waiting: Recorded, by: Caller
) -> None:
    assert decide(context, again(waiting), by).follows == waiting.id
    assert proposal(context) == "void"


def test_a_higher_approval_is_not_voided_by_a_role_between(context: CaseContext) -> None:
    decision = decide(context, mandarins(), ANN)
    take(context, decision, override(refund_fen=3960, goodwill_fen=10_001))
    assert refused(lambda: decide(context, again(decision), LEO)) == "approval_waits"
    assert decide(context, again(decision), MAY).follows == decision.id


def test_new_facts_are_recorded_and_no_machine_acts_meanwhile(context: CaseContext, waiting: Recorded) -> None:
    happened = record_event(context, waiting.case_no, NEWS, CUSTOMER)
    assert (happened.decision, happened.details["waits"], happened.details["mode"]) == (None, "approval", "agent")
    assert (proposal(context), state_of(context, waiting)[0]) == ("waiting", "waiting")
    assert approvals.waiting(context, LEO, None, 10)[0][1]["news"] == [happened.id]
    assert "审批后一并处理" in printed(context, waiting.case_no, "zh")[-1]
    assert "this is considered afterwards" in printed(context, waiting.case_no, "en")[-1]
    assert sound(context)


@pytest.mark.parametrize(("judge", "state"), [(approvals.approve, "changed"), (approvals.refuse, "superseded")])
def test_new_facts_are_decided_on_after_the_approval(
    context: CaseContext, waiting: Recorded, judge: Any, state: str
) -> None:
    happened = record_event(context, waiting.case_no, NEWS, CUSTOMER)
    answer = judge(context, waiting.id, waiting.digest, None, LEO)
    assert (answer["state"], state_of(context, waiting)[0]) == (state, state)
    later = find_decision(context, answer["followed_by"])
    assert later is not None
    assert (later["follows"], later["because"], later["by"], later["mode"]) == (
        waiting.id, "evidence_added", "leo", "agent",
    )  # fmt: skip
    assert ratio_of(context, later["id"]) == "0.20" != ratio_of(context, waiting.id)
    assert kinds(context)[-1] == "decision"
    assert later["at"] > happened.details["at"]
    assert sound(context)


def test_several_events_are_decided_on_together_in_their_order(context: CaseContext, waiting: Recorded) -> None:
    record_event(context, waiting.case_no, NEWS, CUSTOMER)
    restated = mandarins(spoiled_ratio="0.30")
    restated["customer"]["name"] = "王小明"
    record_event(context, waiting.case_no, {"kind": "evidence_added", "case": restated}, BEN)
    record_event(context, waiting.case_no, {"kind": "merchant_replied", "facts": {"issue.off_smell": True}}, MACHINE)
    answer = approvals.refuse(context, waiting.id, waiting.digest, None, LEO)
    later = find_decision(context, answer["followed_by"])
    assert later is not None
    assert (ratio_of(context, later["id"]), later["case"]["issues"][0]["off_smell"]) == ("0.30", True)
    assert (later["because"], later["case"]["customer"]["name"]) == ("merchant_replied", "王***")
    assert sound(context)


def test_a_decision_by_an_authorised_person_includes_pending_facts(context: CaseContext, waiting: Recorded) -> None:
    record_event(context, waiting.case_no, NEWS, CUSTOMER)
    happened = record_event(
        context, waiting.case_no, {"kind": "merchant_replied", "facts": {"issue.off_smell": True}}, LEO
    )
    assert happened.decision is not None
    assert (ratio_of(context, happened.decision.id), proposal(context)) == ("0.20", "void")
    decision = happened.decision.id
    assert refused(lambda: claims.claim(context, decision, MACHINE.name)) == "not_automatic"


def test_an_appeal_includes_pending_facts(context: CaseContext, waiting: Recorded) -> None:
    record_event(context, waiting.case_no, NEWS, CUSTOMER)
    assert ratio_of(context, appeal(context, waiting.id, WORDS, None, LEO).id) == "0.20"


def test_pending_facts_cannot_change_the_order_of_the_case(context: CaseContext, waiting: Recorded) -> None:
    other = {"kind": "evidence_added", "facts": {"order.no": "B-2"}}
    assert refused(lambda: record_event(context, waiting.case_no, other, CUSTOMER)) == "other_order"
    assert kinds(context) == ["decision", "proposal"]


def test_a_silent_merchant_does_not_void_a_proposal(office: CaseContext, time: Time) -> None:
    due = (time.moment).isoformat()
    decision = decide(office, complaint("late", merchant={"reply_due_at": due}), ANN)
    take(office, decision, override("refund", refund_fen=2560))
    assert state_of(office, decision)[0] == "waiting"
    time.pass_(hours=1)
    escalate(office, "clock")
    with office.ledger.reading() as connection:
        assert connection.execute(select(PROPOSALS.c.state)).scalar_one() == "waiting"
    lead = Caller("may", "specialist", LEO.scopes)
    answer = approvals.refuse(office, decision.id, decision.digest, None, lead)
    assert find_decision(office, answer["followed_by"])["because"] == "merchant_silent"  # type: ignore[index]


# ---- at once


def test_of_a_proposal_and_a_decision_at_once_the_proposal_is_never_void(context: CaseContext) -> None:
    for case in orders(4):
        decision = decide(context, case, ANN)
        came, later = together(
            lambda: outcomes.take(context, decision.id, _choice(), ANN),  # noqa: B023
            lambda: decide(context, case | {"complaint": {"no": decision.case_no}}, MACHINE),  # noqa: B023
        )
        assert (came == "not_latest") == isinstance(later, Recorded)
        assert (later == "approval_waits") == isinstance(came, dict)
    with context.ledger.reading() as connection:
        assert "void" not in {*connection.execute(select(PROPOSALS.c.state)).scalars()}


def test_of_an_approval_and_news_at_once_neither_is_lost(context: CaseContext) -> None:
    for case in orders(4):
        decision = decide(context, case, ANN)
        take(context, decision, override(refund_fen=3960, goodwill_fen=10_000))
        came, news = together(
            lambda: approvals.approve(context, decision.id, decision.digest, None, LEO),  # noqa: B023
            lambda: record_event(context, decision.case_no, NEWS, CUSTOMER),  # noqa: B023
        )
        assert isinstance(news, RecordedEvent)
        if came == "busy":  # it came in between: the approver looks again
            came = approvals.approve(context, decision.id, decision.digest, None, LIN)
        assert came["state"] == "changed"
        with context.ledger.reading() as connection:
            of_case = select(DECISIONS.c.id).where(DECISIONS.c.case_no == decision.case_no)
            (*_, latest) = connection.execute(of_case.order_by(DECISIONS.c.seq)).scalars()
        assert ratio_of(context, latest) == "0.20"
    assert sound(context)


def _choice() -> Any:
    return read(override(refund_fen=3960, goodwill_fen=10_000))
