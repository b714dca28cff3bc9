"""What was given for a line and a cause is given once, in whatever case, channel, appeal or issue it is asked for."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from sqlalchemy import event

from rules.deciding.paid_before import PAID_BEFORE
from service.casework.cases.events import record_event
from service.casework.choices import IN_KIND
from service.casework.context import CaseContext
from service.casework.decisions.deciding import Recorded, decide
from service.casework.executions import claims, executions
from service.casework.outcomes import appeals, approvals, outcomes
from service.casework.outcomes.preconditions import latest_decision
from service.casework.payments.earlier import given_before
from service.casework.payments.given_before import GivenBefore
from service.casework.payments.paid_before import payments_of
from service.packs import Ready
from tests.support.machines import GIVES, MACHINE, not_claimed, storm, two_lines
from tests.support.people import ANN, BEN, LEO, LIN, MAY, SUE, given, kettle, override
from tests.support.taking import ACCEPTED, WORDS, refused, take

PAID = 12800  # what the peaches cost; a fifth of them was spoiled


def pay(context: CaseContext, decision: Recorded, refund_fen: int = GIVES, reference: str = "", **more: Any) -> None:
    event = {"kind": "executed", "reference": reference or f"R-{decision.id}", "refund_fen": refund_fen, **more}
    record_event(context, decision.case_no, event, "ann")


def paid(context: CaseContext, case: dict[str, Any]) -> Recorded:
    """Return a decision whose outcome was taken and paid."""
    decision = decide(context, case, "ann")
    take(context, decision, ACCEPTED)
    pay(context, decision)
    return decision


def refund(decision: Recorded) -> int:
    fen = decision.recommendation["remedy"]["refund_fen"]
    assert isinstance(fen, int)
    return fen


@pytest.fixture
def first(context: CaseContext) -> Recorded:
    return paid(context, storm())


# ---- the same claim again


def test_the_same_case_again_gives_nothing_more(context: CaseContext, first: Recorded) -> None:
    for channel in ("review", "chat", "phone", "app", "message_board"):
        again = decide(context, storm(channel=channel), "ann")
        assert (again.mode, refund(again)) == ("agent", 0)
        assert again.recommendation["remedy"]["total_fen"] == 0
        assert [one["refund_fen"] for one in again.recommendation["alternatives"] if one["chosen"]] == [0]


def test_a_decision_lists_earlier_payments_and_promises_nothing_again(context: CaseContext, first: Recorded) -> None:
    again = decide(context, storm(), "ann")
    (before,) = again.recommendation["paid_before"]
    assert before["at"] is not None
    payment = {name: before[name] for name in ("line", "kind", "item", "amount_fen", "counted_fen", "by", "reference")}
    assert payment == {
        "line": "1", "kind": "quality", "item": "refund", "amount_fen": GIVES, "counted_fen": GIVES, "by": "ann",
        "reference": f"R-{first.id}",
    }  # fmt: skip
    assert (before["case_no"], before["decision"]) == (first.case_no, first.id)
    (words,) = again.recommendation["words"]
    assert words["block"] == "paid-before"
    assert "25.60元" in words["zh"]
    assert {"code": "paid_before"} in again.recommendation["automation"]["reasons"]


def test_another_ticked_kind_does_not_pay_the_same_line_again(context: CaseContext, first: Recorded) -> None:
    for kind in ("mismatch", "damage", "not_received", "missing"):
        case = storm()
        case["issues"][0]["kind"] = kind
        again = decide(context, case, "ann")
        assert again.mode == "agent" or again.mode not in ("auto", "auto_appeal")
        assert not again.recommendation["remedy"] or (refund(again) or 0) <= PAID - GIVES


def test_more_of_the_same_line_gives_what_is_still_owed(context: CaseContext, first: Recorded) -> None:
    again = decide(context, storm() | {"issues": [{**storm()["issues"][0], "spoiled_ratio": "0.30"}]}, "ann")
    assert refund(again) == 3840 - GIVES
    assert again.mode == "agent"


def test_another_line_of_the_order_is_another_matter(context: CaseContext) -> None:
    paid(context, two_lines(1, "1"))
    other = decide(context, two_lines(1, "2"), "ann")
    assert refund(other) == GIVES
    assert [one["counted_fen"] for one in other.recommendation["paid_before"]] == [0]


def test_a_line_described_differently_may_be_the_one_that_was_paid(context: CaseContext) -> None:
    paid(context, two_lines(1, "1"))
    renamed = two_lines(1, "2")
    renamed["order"]["lines"] = [{**line, "id": f"x{line['id']}"} for line in renamed["order"]["lines"]]
    renamed["issues"][0]["line"] = "x2"
    assert refund(decide(context, renamed, "ann")) == 0


def test_what_a_machine_paid_is_not_paid_again(context: CaseContext) -> None:
    first = decide(context, storm(), MACHINE.name)
    claims.claim(context, first.id, MACHINE.name)
    unconfirmed = decide(context, storm(), "ann")  # the money may be on its way
    assert refund(unconfirmed) == 0
    executions.report(context, first.id, MACHINE, "executed", "PAY-1")
    again = decide(context, storm(), "ann")
    assert refund(again) == 0
    assert [one["block"] for one in again.recommendation["words"]] == ["paid-before"]


def test_what_a_machine_failed_to_pay_is_still_owed(context: CaseContext) -> None:
    first = decide(context, storm(), MACHINE.name)
    claims.claim(context, first.id, MACHINE.name)
    executions.report(context, first.id, MACHINE, "failed", "no such account")
    assert refund(decide(context, storm(), "ann")) == GIVES


def test_an_appeal_does_not_pay_again_at_any_level(context: CaseContext, first: Recorded) -> None:
    decision = first
    for level in ("lead", "manager", "specialist"):
        decision = appeals.appeal(context, decision.id, WORDS, None, ANN)
        assert (decision.mode, refund(decision)) == (level, 0)


def test_equal_issues_of_one_case_are_one(context: CaseContext) -> None:
    case = storm()
    case["issues"] = [deepcopy(case["issues"][0]) for _ in range(5)]
    assert refund(decide(context, case, "ann")) == GIVES
    for at, issue in enumerate(case["issues"]):
        issue["description"] = f"spoiled, in other words {at}"
    assert refund(decide(context, case, "ann")) == GIVES


def test_a_case_without_an_order_is_not_paid_again_by_its_own_appeal(context: CaseContext) -> None:
    case = storm(order__no=None)
    first = paid(context, case)
    assert refund(appeals.appeal(context, first.id, WORDS, None, ANN)) == 0


def test_what_only_the_sender_knows_counts_as_well(context: CaseContext) -> None:
    payments = [{"line": "1", "kind": "quality", "item": "refund", "amount_fen": 1000, "by": "the old system"}]
    decision = decide(context, storm() | {PAID_BEFORE: payments}, "ann")
    assert refund(decision) == GIVES - 1000


# ---- what was given of no amount


def test_a_payment_of_nothing_is_no_earlier_payment(context: CaseContext, first: Recorded) -> None:
    nothing = decide(context, storm(), "ann")
    waits = decide(context, storm(), "ann")
    take(context, nothing, ACCEPTED)
    pay(context, nothing, 0)
    assert [one["decision"] for one in decide(context, storm(), "ann").recommendation["paid_before"]] == [first.id]
    assert take(context, waits, ACCEPTED, BEN)["state"] == "accepted"  # nothing was given since


@pytest.mark.parametrize("kind", IN_KIND)
def test_what_was_given_in_kind_is_an_earlier_payment_of_no_amount(context: CaseContext, kind: str) -> None:
    repaired = decide(context, kettle(), "ann")
    if take(context, repaired, override(kind))["state"] == "waiting":
        approvals.approve(context, repaired.id, repaired.digest, None, LEO)
    if kind == "exchange":
        record_event(context, repaired.case_no, {"kind": "return_inspected", "result": "passed"}, "ann")
    pay(context, repaired, 0)
    (given,) = decide(context, kettle(), "ben").recommendation["paid_before"]
    assert (given["item"], given["amount_fen"], given["decision"]) == (kind, 0, repaired.id)


# ---- what is asked of the ledger


def test_what_was_given_is_read_in_as_many_statements_however_often_it_was(context: CaseContext) -> None:
    asked: list[str] = []
    listen = lambda *args: asked.append(args[2])  # noqa: E731 - the statement is the third argument
    counts = []
    for _ in range(3):
        paid_again(context)
        decision = decide(context, storm(), "ann")
        kept = outcomes.decision_to_act_on(context, decision.id)
        with context.ledger.reading() as connection:
            row = latest_decision(connection, decision.id)
            event.listen(context.ledger.engine, "before_cursor_execute", listen)
            try:
                before = GivenBefore(connection, context.ready.pack, row, kept)
                counts.append((len(before.payments), len(asked)))
            finally:
                event.remove(context.ledger.engine, "before_cursor_execute", listen)
        asked.clear()
    assert counts == [(1, 2), (2, 2), (3, 2)]


def paid_again(context: CaseContext) -> None:
    """Pay something for the same line and cause, which another person approves where it is not the first."""
    decision = decide(context, storm(), "ann")
    if take(context, decision, override(refund_fen=100))["state"] == "waiting":
        approvals.approve(context, decision.id, decision.digest, None, LEO)
    pay(context, decision, 100)


# ---- a second payment needs another person


def test_more_beside_a_payment_that_only_the_sender_knows_needs_another_person(context: CaseContext) -> None:
    payments = [{"line": "1", "kind": "quality", "item": "refund", "amount_fen": 1000, "by": "the old system"}]
    decision = decide(context, storm() | {PAID_BEFORE: payments}, "ann")
    assert refused(lambda: take(context, decision, override(refund_fen=PAID - 999), MAY)) == "more_than_left"
    assert take(context, decision, override(refund_fen=100), MAY)["state"] == "waiting"


def test_a_second_payment_for_the_same_line_and_cause_needs_another_person(
    context: CaseContext, first: Recorded
) -> None:
    again = decide(context, storm(), "ann")
    waits = take(context, again, override(refund_fen=100), MAY)  # a manager, within any limit
    assert (waits["state"], waits["proposal"]["needs"]) == ("waiting", "lead")
    assert refused(lambda: approvals.approve(context, again.id, again.digest, None, MAY)) == "own_proposal"
    approved = approvals.approve(context, again.id, again.digest, None, LEO)
    assert (approved["state"], approved["outcome"]["approved_by"]) == ("changed", "leo")
    pay(context, again, 100)
    third = decide(context, storm(), "ann")
    assert sum(one["amount_fen"] for one in third.recommendation["paid_before"]) == GIVES + 100


def test_what_was_recommended_before_a_payment_is_not_taken_after_it(context: CaseContext) -> None:
    one, two = decide(context, storm(), "ann"), decide(context, storm(), "ann")
    take(context, one, ACCEPTED)
    pay(context, one)
    assert refused(lambda: take(context, two, ACCEPTED, BEN)) == "refunded_since"


def test_an_override_of_one_case_bars_the_outcome_of_another_from_being_paid_as_well(context: CaseContext) -> None:
    one, two = decide(context, storm(), "ann"), decide(context, storm(), "ann")
    take(context, one, ACCEPTED)
    assert take(context, two, override(refund_fen=GIVES), BEN)["state"] == "changed"
    pay(context, two)
    assert refused(lambda: pay(context, one)) == "given_since"


def test_what_waited_for_approval_is_not_approved_after_a_payment(context: CaseContext) -> None:
    one, two = decide(context, storm(), "ann"), decide(context, storm(), "ann")
    assert take(context, two, override(refund_fen=GIVES + 5000), ANN)["state"] == "waiting"
    take(context, one, ACCEPTED)
    pay(context, one)
    assert refused(lambda: approvals.approve(context, two.id, two.digest, None, SUE)) == "given_since"


def test_more_than_a_line_cost_needs_another_person_though_the_order_has_room(context: CaseContext) -> None:
    decision = decide(context, two_lines(1, "1"), "ann")
    assert take(context, decision, override(refund_fen=PAID + 1), SUE)["state"] == "waiting"
    decision = decide(context, two_lines(2, "1"), "ann")
    assert take(context, decision, override(refund_fen=PAID), SUE)["state"] == "changed"


def test_a_machine_pays_nothing_of_which_something_was_given_since(context: CaseContext) -> None:
    automatic = decide(context, storm(), MACHINE.name)
    assert automatic.mode == "auto"
    compensated = decide(context, storm(), "ann")
    take(context, compensated, override("compensation", compensation_fen=GIVES), LIN)
    pay(context, compensated, 0, total_fen=GIVES)
    assert "refunded:changed" in not_claimed(context, automatic.id)


# ---- orders and lines that are described differently


def lines(*costs: int, ids: str = "12345") -> list[dict[str, Any]]:
    """Return lines of an order, by what each cost."""
    (line,) = storm()["order"]["lines"]
    return [{**line, "id": id, "price_fen": cost, "paid_fen": cost} for id, cost in zip(ids, costs, strict=False)]


def case_with(order_lines: list[dict[str, Any]], line: str = "1", **issue: Any) -> dict[str, Any]:
    case = storm(order__lines=order_lines)
    return case | {"issues": [{**case["issues"][0], "line": line, **issue}]}


def test_an_order_number_spelled_differently_is_paid_for_once(context: CaseContext, first: Recorded) -> None:
    for number in ("A1", "a 1", "Ａ－１"):
        assert refund(decide(context, storm(order__no=number), "ann")) == 0


def test_a_case_that_names_its_order_after_the_payment_counts_for_that_order(context: CaseContext) -> None:
    nameless = storm(order__no=None)
    first = paid(context, nameless)
    decide(context, storm(complaint=nameless["complaint"] | {"no": first.case_no}), "ann")
    other = decide(context, storm(), "ann")
    assert (other.mode, refund(other)) == ("agent", 0)


def test_a_line_spelled_differently_is_paid_for_once(context: CaseContext) -> None:
    (line,) = storm()["order"]["lines"]
    paid(context, case_with([{**line, "id": "L-1"}], "L-1"))
    for id in ("L1", "Ｌ1", "l 1"):
        assert refund(decide(context, case_with([{**line, "id": id}], id), "ann")) == 0


def test_a_line_more_than_before_may_be_the_one_that_was_paid(context: CaseContext, first: Recorded) -> None:
    assert refund(decide(context, case_with(lines(PAID, PAID), "2"), "ann")) == 0


def test_a_line_that_cost_more_than_before_needs_another_person(context: CaseContext) -> None:
    whole = decide(context, case_with(lines(PAID), off_smell=True, inedible=True), "ann")
    take(context, whole, ACCEPTED)
    pay(context, whole, PAID)
    dearer = decide(context, case_with(lines(2 * PAID), off_smell=True, inedible=True), "ann")
    assert refund(dearer) == PAID  # what is left by the new price
    waits = take(context, dearer, ACCEPTED, MAY)
    assert (waits["state"], waits["proposal"]["needs"]) == ("waiting", "lead")


def test_what_another_pack_paid_counts_whatever_it_calls_a_kind(
    context: CaseContext, ready: Ready, first: Recorded
) -> None:
    with context.ledger.reading() as connection:
        earlier = given_before(connection, first.case_no, "Shop One", "A-1")
    (given,) = payments_of(ready.pack, earlier, storm())
    assert {"line", "amount_fen"} <= given.keys()
    assert not {"kind", "cause"} & given.keys()


# ---- more of a line than it cost, by two ways at once


def test_a_line_that_another_case_promises_needs_another_person(context: CaseContext) -> None:
    order = lines(PAID, PAID)
    take(context, decide(context, case_with(order, off_smell=True, inedible=True), "ann"), ACCEPTED)
    for number in ("A-1", "A1"):
        case = case_with(order, kind="mismatch")
        other = decide(context, case | {"order": case["order"] | {"no": number}}, "ben")
        assert take(context, other, override(refund_fen=2000), BEN)["state"] == "waiting"


# ---- one thing in the place of another


def test_a_refund_in_the_place_of_compensation_is_not_compensated_again(context: CaseContext) -> None:
    first = decide(context, given("late-dispatch"), "ann")
    owed = first.recommendation["remedy"]["total_fen"]
    assert (owed > 0, refund(first)) == (True, 0)
    take(context, first, override(refund_fen=owed))
    pay(context, first, owed)
    assert decide(context, given("late-dispatch"), "ann").recommendation["remedy"]["total_fen"] == 0


def test_goods_that_were_sent_once_more_and_money_need_another_person(context: CaseContext) -> None:
    first = decide(context, kettle(), "ann")
    exchange = [one["kind"] for one in first.recommendation["alternatives"]].index("exchange")
    assert take(context, first, {"choice": "option", "option": exchange})["state"] == "changed"
    money = take(context, decide(context, kettle(), "ben"), ACCEPTED, MAY)
    assert (money["state"], money["proposal"]["needs"]) == ("waiting", "lead")


def test_goods_that_are_sent_after_all_was_paid_back_need_another_person(context: CaseContext) -> None:
    first = decide(context, kettle(), "ann")
    take(context, first, ACCEPTED)
    record_event(context, first.case_no, {"kind": "return_inspected", "result": "passed"}, "ann")
    pay(context, first, 50000)
    again = decide(context, kettle(), "ben")
    assert "exchange" not in {option["kind"] for option in again.recommendation["alternatives"]}
    assert take(context, again, override("exchange"), MAY)["state"] == "waiting"


def test_goods_and_money_at_once_that_nobody_recommended_need_another_person(context: CaseContext) -> None:
    decision = decide(context, storm(), "ann")
    assert take(context, decision, override("resend", refund_fen=GIVES), MAY)["state"] == "waiting"


# ---- a machine that says first that it failed, then that it paid


def test_what_a_machine_reports_as_paid_after_all_is_not_paid_again(context: CaseContext) -> None:
    failed = decide(context, storm(), MACHINE.name)
    claims.claim(context, failed.id, MACHINE.name)
    executions.report(context, failed.id, MACHINE, "failed", "no answer")
    other = decide(context, storm(), "ann")
    take(context, failed, ACCEPTED)
    report = (context, failed.id, MACHINE, "executed", "PAY-9")
    assert refused(lambda: executions.report(*report)) == "reported_otherwise"
    assert refused(lambda: pay(context, failed)) == "given_since"
    elsewhere = decide(context, storm(2), "ann")
    take(context, elsewhere, ACCEPTED)
    assert refused(lambda: pay(context, elsewhere, reference="pay 9")) == "reference_used"
    assert refused(lambda: take(context, other, ACCEPTED, BEN)) == "refunded_since"
    assert refund(decide(context, storm(), "ann")) == 0


def test_another_person_may_have_it_paid_nevertheless(context: CaseContext) -> None:
    failed = decide(context, storm(), MACHINE.name)
    claims.claim(context, failed.id, MACHINE.name)
    executions.report(context, failed.id, MACHINE, "failed", "no answer")
    assert refused(lambda: executions.report(context, failed.id, MACHINE, "executed", "PAY-9"))
    assert refused(lambda: pay(context, failed)) == "refunded_since"
    assert take(context, failed, override(refund_fen=GIVES))["state"] == "waiting"
    approvals.approve(context, failed.id, failed.digest, None, LEO)
    pay(context, failed)


# ---- a case that goes on


def test_what_the_ledger_knows_does_not_count_among_the_payments_that_a_case_may_state(
    context: CaseContext, first: Recorded
) -> None:
    own = [{"amount_fen": 0}] * 200
    again = decide(context, storm(paid_before=own), "ann")
    assert len(again.recommendation["paid_before"]) == len(own) + 1
    then = record_event(
        context, again.case_no, {"kind": "evidence_added", "facts": {"issue.statement": "More"}}, "ann"
    ).decision
    assert then is not None
    assert refund(then) == 0
    appealed = appeals.appeal(context, then.id, WORDS, None, LEO)
    assert len(appealed.recommendation["paid_before"]) == len(own) + 1


def test_however_its_number_is_written_no_more_of_an_order_is_given_than_it_cost(context: CaseContext) -> None:
    paid(context, two_lines(1, "1"))
    other = two_lines(1, "2")
    other["order"]["no"] = "A1"
    decision = decide(context, other, "ann")
    more = override(refund_fen=2 * PAID - GIVES + 1)
    assert refused(lambda: take(context, decision, more, SUE)) == "more_than_left"


def test_more_of_an_order_under_another_number_was_refunded_by_a_decision_that_was_known(context: CaseContext) -> None:
    failed = decide(context, two_lines(1, "1"), MACHINE.name)
    claims.claim(context, failed.id, MACHINE.name)
    executions.report(context, failed.id, MACHINE, "failed", "no answer")
    assert refused(lambda: executions.report(context, failed.id, MACHINE, "executed", "PAY-9"))
    case = two_lines(1, "2")
    other = decide(context, case | {"order": case["order"] | {"no": "A1"}}, "ben")
    assert refund(other) == GIVES
    assert take(context, failed, override(refund_fen=PAID))["state"] == "waiting"
    approvals.approve(context, failed.id, failed.digest, None, SUE)
    pay(context, failed, PAID)
    assert refused(lambda: take(context, other, ACCEPTED, BEN)) == "refunded_since"
