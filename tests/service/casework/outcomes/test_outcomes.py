from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import insert

from service import clock
from service.auth import OWNER, Caller
from service.casework.context import CaseContext
from service.casework.decisions.deciding import decide
from service.casework.limits.holds import order_of
from service.casework.outcomes import approvals, outcomes
from service.casework.outcomes.appeals import appeal
from service.ledger.store import Ledger
from service.ledger.tables import EXECUTIONS, OUTCOMES
from service.packs import Ready
from service.settings import Settings
from tests.support.holding import hold
from tests.support.people import ANN, BEN, LEO, MAY, SUE, given, kettle, mandarins, override
from tests.support.taking import ACCEPTED, WORDS, count, kinds, refused, state_of, take, together


@pytest.fixture
def context(cn: Ready, ledger: Ledger) -> CaseContext:
    return CaseContext(cn, ledger, Settings(), clock.now)


# ---- in force at once


@pytest.mark.meets("S-096", "S-136")
def test_an_accepted_outcome_is_in_force_and_waits_for_the_customer(context: CaseContext) -> None:
    decision = decide(context, mandarins(), "ann")
    answer = take(context, decision, ACCEPTED)
    assert (answer["state"], answer["proposal"]) == ("accepted", None)
    assert {"way": "accepted", "kind": "refund", "total_fen": 3960, "by": "ann", "approved_by": None}.items() <= answer[
        "outcome"
    ].items()
    assert state_of(context, decision) == ("accepted", "awaiting_customer")
    assert outcomes.outcome_of(context, decision.id) == answer
    assert kinds(context) == ["decision", "outcome"]


def test_an_option_is_given_up_to_the_end_of_its_range(context: CaseContext) -> None:
    decision = decide(context, mandarins(), "ann")
    beyond = {"choice": "option", "option": 0, "refund_fen": 4951}
    assert refused(lambda: take(context, decision, beyond)) == "outside_option"
    answer = take(context, decision, {"choice": "option", "option": 0, "refund_fen": 4950})
    assert (answer["state"], answer["outcome"]["refund_fen"], answer["outcome"]["recommended_fen"]) == (
        "changed",
        4950,
        3960,
    )


def test_an_override_inside_the_own_limit_is_in_force(context: CaseContext) -> None:
    decision = decide(context, mandarins(), "ann")
    answer = take(context, decision, override(refund_fen=3960, goodwill_fen=2000))
    assert (answer["state"], answer["outcome"]["total_fen"], answer["outcome"]["reason"]) == (
        "changed",
        5960,
        "agreed_with_customer",
    )


def test_no_limit_is_passed_in_small_steps_over_the_cases_of_one_order(context: CaseContext) -> None:
    for person, goodwill, state in ((ANN, 1500, "changed"), (BEN, 500, "changed"), (BEN, 1, "waiting")):
        case = mandarins()
        case["order"]["lines"].append({"id": "2", "paid_fen": 20_000})  # so that the order has enough for all of them
        decision = decide(context, case, "ann")
        answer = take(context, decision, override(refund_fen=3960, goodwill_fen=goodwill), person)
        assert answer["state"] == state
    elsewhere = mandarins()
    elsewhere["order"]["no"] = "A1029"
    other = take(context, decide(context, elsewhere, "ann"), override(refund_fen=3960, goodwill_fen=2000))
    assert other["state"] == "changed"


def test_a_second_outcome_is_refused(context: CaseContext) -> None:
    decision = decide(context, mandarins(), "ann")
    take(context, decision, ACCEPTED)
    assert refused(lambda: take(context, decision, override(refund_fen=3960), LEO)) == "already_taken"
    assert count(context, OUTCOMES) == 1


# ---- beyond a role


@pytest.mark.parametrize(
    ("choice", "needs"),
    [
        ({"choice": "option", "option": 1}, "lead"),  # policies ask for a lead
        (override(refund_fen=3960, goodwill_fen=2001), "lead"),
        (override(refund_fen=9900, goodwill_fen=4061), "manager"),  # 100.01 beyond
        (override(refund_fen=3960, goodwill_fen=50_001), "specialist"),
        (override(refund_fen=3959), "lead"),  # less than recommended
        (override("explanation"), "lead"),
    ],
)
def test_an_outcome_beyond_an_agent_waits_for_the_lowest_role_that_may_approve(
    context: CaseContext, choice: Any, needs: str
) -> None:
    decision = decide(context, mandarins(), "ann")
    answer = take(context, decision, choice)
    assert (answer["state"], answer["outcome"], answer["proposal"]["needs"]) == ("waiting", None, needs)
    assert state_of(context, decision) == ("waiting", "in_progress")
    assert outcomes.outcome_of(context, decision.id) == answer
    assert kinds(context) == ["decision", "proposal"]
    assert refused(lambda: take(context, decision, ACCEPTED, LEO)) == "already_waiting"


@pytest.mark.parametrize("caller", [LEO, MAY, SUE, OWNER])
def test_a_caller_with_the_role_needs_no_approval(context: CaseContext, caller: Caller) -> None:
    decision = decide(context, mandarins(), "ann")
    assert take(context, decision, override(refund_fen=3960, goodwill_fen=10_000), caller)["state"] == "changed"


@pytest.mark.parametrize("caller", [LEO, MAY, SUE, OWNER])
def test_giving_less_takes_two_people_of_any_role(context: CaseContext, caller: Caller) -> None:
    decision = decide(context, mandarins(), "ann")
    assert take(context, decision, override(refund_fen=3000), caller)["proposal"]["needs"] == "lead"


def test_money_for_goods_that_were_to_come_back_counts_against_the_limits(context: CaseContext) -> None:
    decision = decide(context, kettle(), "ann")
    answer = take(context, decision, override(refund_fen=50_000))
    assert (answer["state"], answer["proposal"]["needs"]) == ("waiting", "manager")


@pytest.mark.parametrize("choice", [{"choice": "accepted"}, override(refund_fen=3960, goodwill_fen=1)])
def test_what_policies_leave_to_a_specialist_is_not_a_managers_to_accept_or_change(
    context: CaseContext, choice: Any
) -> None:
    decision = decide(context, mandarins(injury=True), "ann")
    assert (decision.mode, decision.recommendation["outcome"]) == ("specialist", "remedy")
    assert take(context, decision, choice, MAY)["proposal"]["needs"] == "specialist"
    assert approvals.approve(context, decision.id, decision.digest, None, SUE)["outcome"]["by"] == "may"


def test_several_issues_are_accepted_together(context: CaseContext) -> None:
    decision = decide(context, given("dented-late-and-rude") | {"complaint": {"group": False, "media": False}}, "ann")
    outcome = take(context, decision, ACCEPTED)["outcome"]
    # the platform itself pays the 3.00 for late dispatch (TB-SHIP-02)
    assert (outcome["refund_fen"], outcome["compensation_fen"], outcome["goodwill_fen"]) == (16_900, 0, 1_000)


# ---- what cannot be


def test_an_open_recommendation_is_not_accepted_but_may_be_overridden(context: CaseContext) -> None:
    decision = decide(context, mandarins(spoiled_ratio="unknown"), "ann")
    assert decision.recommendation["outcome"] == "ask"
    assert refused(lambda: take(context, decision, ACCEPTED)) == "not_settled"
    assert refused(lambda: take(context, decision, {"choice": "option", "option": 0})) == "not_settled"
    answer = take(context, decision, override(refund_fen=9900))  # nothing is owed for sure, so all of it counts
    assert answer["proposal"]["needs"] == "lead"


def test_no_more_is_refunded_than_was_paid_less_what_was_refunded(context: CaseContext) -> None:
    case = mandarins()
    case["order"]["refunded_fen"] = 1000
    decision = decide(context, case, "ann")
    assert refused(lambda: take(context, decision, override(refund_fen=8901), SUE)) == "more_than_left"
    assert take(context, decision, override(refund_fen=8900), SUE)["state"] == "changed"


def test_what_the_ledger_refunded_meanwhile_counts_too(context: CaseContext) -> None:
    decision = decide(context, mandarins(), "ann")
    with context.ledger.writing("machine") as writer:
        hold(writer.connection, "dec_other", order_of("-", "A1028", mandarins()), {"1": 6000})
    assert refused(lambda: take(context, decision, ACCEPTED)) == "more_than_left"
    assert take(context, decision, override("compensation", goodwill_fen=3960), LEO)["state"] == "waiting"


def test_where_nobody_knows_what_was_paid_no_more_is_refunded_than_is_offered(ready: Ready, ledger: Ledger) -> None:
    context = CaseContext(ready, ledger, Settings(), clock.now)
    case = {
        "submitted_at": "2026-08-14T15:00:00+08:00",
        "order": {"refunded_fen": 0, "lines": [{"id": "1", "quantity": 1}]},
        "issues": [{"kind": "late", "line": "1", "injury": False}],
    }
    decision = decide(context, case, "ann")
    assert refused(lambda: take(context, decision, override(refund_fen=1), SUE)) == "paid_not_known"
    assert take(context, decision, override("explanation", goodwill_fen=1), SUE)["state"] == "changed"


@pytest.mark.parametrize(
    ("execution", "expected"), [("claimed", "in_execution"), ("late", "in_execution"), ("failed", "")]
)
def test_what_a_machine_carries_out_is_left_to_it(context: CaseContext, execution: str, expected: str) -> None:
    decision = decide(context, mandarins(), "ann")
    row = {
        "decision": decision.id,
        "case_no": decision.case_no,
        "state": execution,
        "claimed_by": "machine",
        "claimed_at": "2026-11-09T08:05:00.000000Z",
        "confirm_by": "2026-11-09T08:20:00.000000Z",
        "total_fen": 3960,
        "refund_fen": 3960,
        "seq": 1,
    }
    with context.ledger.writing("machine") as writer:
        writer.connection.execute(insert(EXECUTIONS), row)
    if expected:
        assert refused(lambda: take(context, decision, ACCEPTED)) == expected
    else:
        assert take(context, decision, ACCEPTED)["state"] == "accepted"


def test_only_the_latest_decision_of_a_case_gets_an_outcome(context: CaseContext) -> None:
    former = decide(context, mandarins(), "ann")
    decide(context, mandarins(spoiled_ratio="0.20") | {"complaint": {"no": former.case_no}}, "ann")
    assert refused(lambda: take(context, former, ACCEPTED)) == "not_latest"
    assert refused(lambda: outcomes.take(context, "dec_none", ACCEPTED, ANN)) == "no_decision"


# ---- appeal: who may decide


def test_the_person_who_took_the_first_outcome_may_not_decide_the_appeal(context: CaseContext) -> None:
    first = decide(context, mandarins(), "ann")
    take(context, first, ACCEPTED, LEO)
    second = appeal(context, first.id, WORDS, None, ANN)
    assert second.mode == "manager"  # a lead decided, though the policies would have let a machine
    leo_later = Caller("leo", "manager", LEO.scopes)
    assert refused(lambda: take(context, second, ACCEPTED, leo_later)) == "decided_before"
    assert take(context, second, ACCEPTED, MAY)["state"] == "accepted"


# ---- at once


def test_of_outcomes_at_once_one_has_effect(context: CaseContext) -> None:
    decision = decide(context, mandarins(), "ann")
    found = together(*[lambda: take(context, decision, ACCEPTED)] * 4)
    assert sum(isinstance(one, dict) for one in found) == 1
    assert found.count("already_taken") == 3


def test_an_outcome_and_a_new_decision_at_once_leave_one_story(context: CaseContext) -> None:
    for number in range(4):
        case, other = mandarins(), mandarins(spoiled_ratio="0.20")
        case["order"]["no"] = other["order"]["no"] = f"A{number}"
        first = decide(context, case, "ann")
        again = other | {"complaint": {"no": first.case_no}}
        came, later = together(lambda: take(context, first, ACCEPTED), lambda: decide(context, again, "ben"))  # noqa: B023
        state = state_of(context, first)[0]
        assert (came, state) == ("not_latest", "superseded") or (came["state"], state) == ("accepted", "accepted")
        assert state_of(context, later) == ("open", "in_progress")
