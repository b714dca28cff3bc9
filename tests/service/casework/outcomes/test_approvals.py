from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from sqlalchemy import select, update

from service import clock
from service.auth import Caller
from service.casework.context import CaseContext
from service.casework.decisions.deciding import Recorded, decide, find_decision
from service.casework.limits.holds import order_of
from service.casework.outcomes import approvals, outcomes
from service.casework.outcomes.appeals import appeal
from service.ledger import chain
from service.ledger.store import Ledger
from service.ledger.tables import OUTCOMES, PAYLOADS, PROPOSALS
from service.packs import Ready
from service.settings import Settings
from tests.support.holding import hold
from tests.support.people import BEN, LEO, LIN, MAX, MAY, SAM, SUE, mandarins, override
from tests.support.taking import ACCEPTED, WORDS, count, kinds, refused, state_of, take, together


@pytest.fixture
def context(cn: Ready, ledger: Ledger) -> CaseContext:
    return CaseContext(cn, ledger, Settings(), clock.now)


@pytest.fixture
def waiting(context: CaseContext) -> Recorded:
    """Return a decision for which an agent proposed 100.00 of goodwill."""
    decision = decide(context, mandarins(), "ann")
    take(context, decision, override(refund_fen=3960, goodwill_fen=10_000))
    return decision


def test_an_approval_puts_in_force_what_was_proposed(context: CaseContext, waiting: Recorded) -> None:
    answer = approvals.approve(context, waiting.id, waiting.digest, "as agreed by telephone", LEO)
    assert (answer["state"], answer["outcome"]["total_fen"]) == ("changed", 13_960)
    assert (answer["outcome"]["by"], answer["outcome"]["approved_by"], answer["outcome"]["role"]) == (
        "ann",
        "leo",
        "lead",
    )
    assert outcomes.outcome_of(context, waiting.id) == answer
    assert state_of(context, waiting) == ("changed", "awaiting_customer")
    assert kinds(context) == ["decision", "proposal", "approval", "outcome"]
    assert refused(lambda: approvals.approve(context, waiting.id, waiting.digest, None, LIN)) == "nothing_waits"


def test_a_refusal_opens_the_decision_again(context: CaseContext, waiting: Recorded) -> None:
    answer = approvals.refuse(context, waiting.id, waiting.digest, "too much", LEO)
    assert (answer["state"], answer["outcome"], answer["proposal"]) == ("open", None, None)
    assert take(context, waiting, ACCEPTED)["state"] == "accepted"
    assert kinds(context) == ["decision", "proposal", "approval", "outcome"]


@pytest.mark.parametrize("judge", [approvals.approve, approvals.refuse])
def test_the_proposer_may_not_judge_the_proposal_in_any_role(context: CaseContext, judge: Any) -> None:
    decision = decide(context, mandarins(), "ann")
    take(context, decision, override(refund_fen=3000), LEO)
    assert refused(lambda: judge(context, decision.id, decision.digest, None, LEO)) == "own_proposal"
    assert judge(context, decision.id, decision.digest, None, LIN)["proposal"] is None


def test_a_role_that_is_too_low_may_not_judge_the_proposal(context: CaseContext) -> None:
    decision = decide(context, mandarins(), "ann")
    take(context, decision, override(refund_fen=3960, goodwill_fen=10_001))
    assert refused(lambda: approvals.approve(context, decision.id, decision.digest, None, LEO)) == "role_too_low"
    assert approvals.approve(context, decision.id, decision.digest, None, SUE)["state"] == "changed"


def test_an_approval_holds_for_the_decision_that_was_seen(context: CaseContext, waiting: Recorded) -> None:
    assert refused(lambda: approvals.approve(context, waiting.id, "0" * 64, None, LEO)) == "other_digest"
    assert state_of(context, waiting)[0] == "waiting"


def test_a_later_decision_asks_for_approval_again(context: CaseContext, waiting: Recorded) -> None:
    changed = mandarins(spoiled_ratio="0.20") | {"complaint": {"no": waiting.case_no}}
    later = decide(context, changed, "ann", because="evidence_added")
    assert refused(lambda: approvals.approve(context, waiting.id, waiting.digest, None, LEO)) == "not_latest"
    assert refused(lambda: approvals.approve(context, later.id, waiting.digest, None, LEO)) == "other_digest"
    assert refused(lambda: approvals.approve(context, later.id, later.digest, None, LEO)) == "nothing_waits"
    assert approvals.waiting(context, LEO, None, 10) == []
    assert state_of(context, waiting)[0] == "superseded"
    assert take(context, later, override(refund_fen=9900, goodwill_fen=100))["state"] == "waiting"


def test_money_that_left_meanwhile_is_seen_at_approval(context: CaseContext) -> None:
    decision = decide(context, mandarins(), "ann")
    take(context, decision, override(refund_fen=9900))
    with context.ledger.writing("machine") as writer:
        hold(writer.connection, "dec_other", order_of("-", "A1028", mandarins()), {"1": 1})
    assert refused(lambda: approvals.approve(context, decision.id, decision.digest, None, LEO)) == "more_than_left"
    assert state_of(context, decision)[0] == "waiting"


def test_a_proposal_that_was_changed_since_is_not_approved_but_can_be_refused(
    context: CaseContext, waiting: Recorded
) -> None:
    forged = chain.pack({**outcomes.outcome_of(context, waiting.id)["proposal"], "goodwill_fen": 1_000_000})
    with context.ledger.writing("somebody") as writer:
        seq = select(PROPOSALS.c.seq).scalar_subquery()
        writer.connection.execute(update(PAYLOADS).where(PAYLOADS.c.seq == seq).values(body=forged))
    assert approvals.waiting(context, LEO, None, 10)[0][1]["proposal"].keys() == {"id", "by", "needs"}
    assert refused(lambda: approvals.approve(context, waiting.id, waiting.digest, None, LEO)) == "erased"
    assert approvals.refuse(context, waiting.id, waiting.digest, None, LEO)["state"] == "open"


def test_what_waits_is_listed_with_whether_the_reader_may_approve_it(context: CaseContext, waiting: Recorded) -> None:
    other = decide(context, mandarins(), "leo")
    take(context, other, override(refund_fen=3960, goodwill_fen=10_001), LEO)
    listed = [item for _, item in approvals.waiting(context, LEO, None, 10)]
    assert [(item["decision"], item["proposal"]["needs"], item["may_approve"]) for item in listed] == [
        (waiting.id, "lead", True),
        (other.id, "manager", False),
    ]
    assert listed[0]["digest"] == waiting.digest
    assert [item["decision"] for _, item in approvals.waiting(context, LEO, "manager", 10)] == [other.id]
    assert [item["decision"] for _, item in approvals.waiting(context, LEO, None, 1)] == [waiting.id]
    approvals.approve(context, waiting.id, waiting.digest, None, LEO)
    assert [item["decision"] for _, item in approvals.waiting(context, MAX, None, 10)] == [other.id]


def test_the_approver_may_not_approve_after_an_appeal(context: CaseContext, waiting: Recorded) -> None:
    approvals.approve(context, waiting.id, waiting.digest, None, MAY)
    second = appeal(context, waiting.id, WORDS, None, BEN)
    assert second.mode == "specialist"
    take(context, second, override(refund_fen=9900), MAX)
    may_later = Caller("may", "specialist", MAY.scopes)
    digest = second.digest
    assert refused(lambda: approvals.approve(context, second.id, digest, None, may_later)) == "decided_before"
    assert approvals.approve(context, second.id, digest, None, SAM)["outcome"]["approved_by"] == "sam"


# ---- at once


def test_of_two_approvals_at_once_one_has_effect(context: CaseContext, waiting: Recorded) -> None:
    approve = partial(approvals.approve, context, waiting.id, waiting.digest, None)
    found = together(*(partial(approve, who) for who in (LEO, LIN, MAY, SUE)))
    assert sum(isinstance(one, dict) for one in found) == 1
    assert [one for one in found if not isinstance(one, dict)] == ["nothing_waits"] * 3
    assert (count(context, OUTCOMES), kinds(context).count("outcome")) == (1, 1)


def test_of_an_approval_and_a_refusal_at_once_one_has_effect(context: CaseContext, waiting: Recorded) -> None:
    found = together(
        lambda: approvals.approve(context, waiting.id, waiting.digest, None, LEO),
        lambda: approvals.refuse(context, waiting.id, waiting.digest, None, LIN),
    )
    assert found.count("nothing_waits") == 1
    assert kinds(context).count("approval") == 1


def test_an_approval_and_a_new_decision_at_once_leave_one_story(context: CaseContext, waiting: Recorded) -> None:
    again = mandarins(spoiled_ratio="0.20") | {"complaint": {"no": waiting.case_no}}
    came, later = together(
        lambda: approvals.approve(context, waiting.id, waiting.digest, None, LEO), lambda: decide(context, again, LIN)
    )
    with context.ledger.reading() as connection:
        proposal = connection.execute(select(PROPOSALS.c.state)).scalar_one()
    assert (came, proposal) == ("not_latest", "void") or (came["state"], proposal) == ("changed", "approved")
    assert find_decision(context, later.id)["state"] == "open"  # type: ignore[index]
