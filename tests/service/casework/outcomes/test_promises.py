"""The money of one order is promised once, however many cases it has."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from service import clock
from service.casework.cases import erasing
from service.casework.cases.events import record_event
from service.casework.context import CaseContext
from service.casework.decisions.deciding import Recorded, decide
from service.casework.executions import claims, executions
from service.casework.outcomes import approvals
from service.casework.outcomes.promises import promise_of, promised
from service.ledger.store import Ledger
from service.packs import Ready
from service.settings import Settings
from tests.support.machines import MACHINE
from tests.support.people import BEN, LEO, LIN, SAM, SUE, given, mandarins, override
from tests.support.taking import ACCEPTED, refused, take, together

PAID, OFFERED = 9900, 3960  # of the order, and for the rotten ones among them
LEFT = PAID - OFFERED


@pytest.fixture
def context(cn: Ready, ledger: Ledger) -> CaseContext:
    return CaseContext(cn, ledger, Settings(), clock.now)


def case(order: str = "A1028", merchant: str | None = None) -> dict[str, Any]:
    made = mandarins() | ({} if merchant is None else {"merchant": {"id": merchant}})
    made["order"]["no"] = order
    return made


def of_line(id: str) -> dict[str, Any]:
    """Return a case about one of two lines of an order."""
    made = case()
    made["order"]["lines"] = [made["order"]["lines"][0] | {"id": id} for id in ("1", "2")]
    made["issues"][0]["line"] = id
    return made


def asked(context: CaseContext, order: str = "A1028", merchant: str = "-") -> int:
    with context.ledger.reading() as connection:
        return promised(connection, merchant, order)


@pytest.fixture
def first(context: CaseContext) -> Recorded:
    """Return a decision of which an agent took the outcome: it promises what is offered."""
    decision = decide(context, case(), "ann")
    assert take(context, decision, ACCEPTED)["outcome"]["refund_fen"] == OFFERED
    return decision


def test_what_one_case_promises_another_of_the_order_cannot_give(context: CaseContext, first: Recorded) -> None:
    second = decide(context, case(), "ann")
    assert refused(lambda: take(context, second, override(refund_fen=LEFT + 1), SUE)) == "more_than_left"
    assert take(context, second, override(refund_fen=LEFT), SUE)["state"] == "changed"
    assert asked(context) == PAID
    third = decide(context, case(), "ann")
    assert refused(lambda: take(context, third, ACCEPTED)) == "more_than_left"


def test_once_it_is_paid_the_payment_counts_in_its_place(context: CaseContext, first: Recorded) -> None:
    record_event(context, first.case_no, {"kind": "executed", "reference": "P1", "refund_fen": OFFERED}, "ann")
    assert asked(context) == 0
    second = decide(context, case(), "ann")
    assert refused(lambda: take(context, second, override(refund_fen=LEFT + 1), SUE)) == "more_than_left"
    assert take(context, second, override(refund_fen=LEFT), SUE)["state"] == "waiting"  # it gives for the same again
    assert approvals.approve(context, second.id, second.digest, None, SAM)["state"] == "changed"


def test_what_was_promised_stays_so_until_another_outcome_takes_its_place(
    context: CaseContext, first: Recorded
) -> None:
    again = decide(context, case() | {"complaint": {"no": first.case_no}}, "ann", because="evidence_added")
    assert asked(context) == OFFERED
    other = decide(context, case(), "ann")
    assert refused(lambda: take(context, other, override(refund_fen=PAID), SUE)) == "more_than_left"
    take(context, again, override(refund_fen=OFFERED + 1), SUE)
    assert asked(context) == OFFERED + 1


def test_what_was_paid_in_part_is_promised_for_the_rest_until_the_case_is_closed(
    context: CaseContext, first: Recorded
) -> None:
    record_event(context, first.case_no, {"kind": "executed", "reference": "P1", "refund_fen": 1000}, "ann")
    assert asked(context) == OFFERED - 1000
    record_event(context, first.case_no, {"kind": "closed"}, "ann")
    assert asked(context) == 0


def test_what_was_recommended_is_not_given_for_the_same_goods_in_two_cases(
    context: CaseContext, first: Recorded
) -> None:
    second = decide(context, case("a 1028"), "ben")
    assert refused(lambda: take(context, second, ACCEPTED)) == "promised_elsewhere"
    record_event(context, first.case_no, {"kind": "executed", "reference": "P1", "refund_fen": OFFERED}, "ann")
    assert refused(lambda: take(context, second, ACCEPTED)) == "refunded_since"


def test_other_goods_of_the_order_may_be_given_meanwhile(context: CaseContext) -> None:
    for id in ("1", "2"):
        assert take(context, decide(context, of_line(id), "ann"), ACCEPTED)["state"] == "accepted"
    assert refused(lambda: take(context, decide(context, of_line("2"), "ann"), ACCEPTED)) == "promised_elsewhere"


def test_compensation_in_a_second_case_of_an_order_needs_a_lead(context: CaseContext) -> None:
    late, elsewhere = given("late-delivery"), given("late-delivery")
    elsewhere["order"] = elsewhere["order"] | {"no": "A9999"}
    first = take(context, decide(context, late, "ann"), ACCEPTED)
    assert (first["outcome"]["refund_fen"], first["outcome"]["compensation_fen"]) == (0, 500)
    second = take(context, decide(context, late, "ben"), ACCEPTED, BEN)
    assert (second["state"], second["proposal"]["needs"]) == ("waiting", "lead")
    assert take(context, decide(context, late, "leo"), ACCEPTED, LEO)["state"] == "accepted"
    assert take(context, decide(context, elsewhere, "ben"), ACCEPTED, BEN)["state"] == "accepted"


def test_what_a_machine_failed_to_pay_is_promised_by_the_person_who_gives_it(context: CaseContext) -> None:
    decision = decide(context, case(), "ann")
    claims.claim(context, decision.id, MACHINE.name)
    executions.report(context, decision.id, MACHINE, "failed", "no such account")
    assert asked(context) == 0
    take(context, decision, ACCEPTED)
    assert asked(context) == OFFERED


def test_what_waits_promises_nothing_and_is_looked_at_again_when_it_is_approved(context: CaseContext) -> None:
    one, two = (decide(context, case(), "ann") for _ in range(2))
    for decision in (one, two):
        assert take(context, decision, override(refund_fen=PAID))["state"] == "waiting"
    assert asked(context) == 0
    assert approvals.approve(context, two.id, two.digest, None, LEO)["state"] == "changed"
    assert refused(lambda: approvals.approve(context, one.id, one.digest, None, LIN)) == "more_than_left"


@pytest.mark.parametrize(
    ("order", "merchant", "known"),
    [
        ("A1028", "Shop One", OFFERED),
        (" ａ 1028", "SHOP-ONE", OFFERED),
        ("A1028", "-", OFFERED),  # a merchant who is not named may be any
        ("A1028", "Shop Two", 0),
        ("A-1028", "Shop One", 0),  # what is added up never takes two orders for one
        ("A1029", "Shop One", 0),
    ],
)
def test_promises_distinguish_orders_as_refunds_do(context: CaseContext, order: str, merchant: str, known: int) -> None:
    take(context, decide(context, case(merchant="Shop One"), "ann"), ACCEPTED)
    assert asked(context, order, merchant) == known


def test_a_promise_whose_words_were_erased_may_all_be_a_refund(context: CaseContext) -> None:
    decision = decide(context, case(), "ann")
    take(context, decision, override(refund_fen=OFFERED, goodwill_fen=1000))
    assert asked(context) == OFFERED
    erasing.erase(context.ledger, "root", erasing.of_case(decision.case_no), "request", "asked for", force=True)
    assert asked(context) == OFFERED + 1000
    with context.ledger.reading() as connection:
        found = promise_of(connection, decision.id)
    assert found is not None
    assert (found.refund_fen, found.total_fen) == (OFFERED + 1000, OFFERED + 1000)


def test_a_promise_whose_words_were_erased_may_be_for_other_goods_of_the_order(context: CaseContext) -> None:
    first = decide(context, of_line("1"), "ann")
    take(context, first, ACCEPTED)
    erasing.erase(context.ledger, "root", erasing.of_case(first.case_no), "request", "asked for", force=True)
    assert refused(lambda: take(context, decide(context, of_line("2"), "ann"), ACCEPTED)) == "promised_elsewhere"


def test_of_outcomes_of_one_order_at_once_no_more_is_promised_than_was_paid(context: CaseContext) -> None:
    made = [decide(context, case(), "ann") for _ in range(4)]
    found = together(*(partial(take, context, decision, ACCEPTED) for decision in made))
    assert sum(isinstance(one, dict) for one in found) == 1
    assert found.count("promised_elsewhere") == 3
