"""What a person paid is recorded where somebody decided to give that much, or a machine was to and could not."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import delete, select, update

from service import clock
from service.casework.cases import erasing
from service.casework.cases.events import RecordedEvent, record_event
from service.casework.context import CaseContext
from service.casework.decisions.deciding import Recorded, decide
from service.casework.executions import claims, executions
from service.casework.limits import switches
from service.casework.outcomes import approvals
from service.ledger.store import Ledger
from service.ledger.tables import DECISIONS, EXECUTED_LINES, EXECUTIONS, PAYLOADS
from service.packs import Ready
from service.settings import Settings
from tests.support.machines import MACHINE, not_claimed
from tests.support.people import LEO, LIN, SUE, kettle, mandarins, override
from tests.support.taking import ACCEPTED, kinds, refused, state_of, take

OFFERED = 3960  # of the 99.00 that were paid, for the rotten ones among them
KETTLE = 50000  # what it cost; it comes back for all of it


@pytest.fixture
def context(cn: Ready, ledger: Ledger) -> CaseContext:
    return CaseContext(cn, ledger, Settings(), clock.now)


@pytest.fixture
def decision(context: CaseContext) -> Recorded:
    return decide(context, mandarins(), "ann")


@pytest.fixture
def left(context: CaseContext, decision: Recorded) -> Recorded:
    """Return a decision that a machine was to carry out and could not."""
    claims.claim(context, decision.id, MACHINE.name)
    executions.report(context, decision.id, MACHINE, "failed", "no such account")
    return decision


def pay(context: CaseContext, decision: Recorded, refund_fen: int = OFFERED, **event: Any) -> RecordedEvent:
    payment = {"kind": "executed", "reference": "P1", "refund_fen": refund_fen, **event}
    return record_event(context, decision.case_no, payment, "ann")


def held(context: CaseContext) -> list[tuple[str, ...]]:
    columns = (EXECUTED_LINES.c[name] for name in ("order_no", "order_key", "line", "refund_fen"))
    with context.ledger.reading() as connection:
        return [tuple(row) for row in connection.execute(select(*columns))]


def erase(context: CaseContext, decision: Recorded) -> None:
    chosen = erasing.of_case(decision.case_no)
    assert erasing.erase(context.ledger, "root", chosen, "request", "asked for", force=True).cases


# ---- within an outcome


def test_goods_that_must_come_back_are_inspected_before_the_payment(context: CaseContext) -> None:
    returned = decide(context, kettle(), "ann")
    take(context, returned, ACCEPTED)
    assert refused(lambda: pay(context, returned, KETTLE)) == "goods_first"
    record_event(context, returned.case_no, {"kind": "return_shipped", "tracking_no": "SF1"}, "ann")
    assert refused(lambda: pay(context, returned, KETTLE)) == "goods_first"
    record_event(context, returned.case_no, {"kind": "return_inspected", "result": "passed"}, "ann")
    assert pay(context, returned, KETTLE).state == "done"


def test_a_role_that_may_waive_the_return_has_the_payment_made_at_once(context: CaseContext) -> None:
    kept = decide(context, kettle(), "ann")
    assert take(context, kept, override(refund_fen=KETTLE), SUE)["state"] == "changed"
    assert pay(context, kept, KETTLE).state == "done"


def test_nothing_is_paid_before_an_outcome_is_taken(context: CaseContext, decision: Recorded) -> None:
    for fen in (OFFERED, 1, 0):
        assert refused(lambda fen=fen: pay(context, decision, fen)) == "outcome_first"
    assert (kinds(context), state_of(context, decision)) == (["decision"], ("open", "in_progress"))
    take(context, decision, ACCEPTED)
    assert pay(context, decision).state == "done"


@pytest.mark.parametrize(
    ("payment", "fits"),
    [
        ({"refund_fen": 3960, "total_fen": 4960}, True),
        ({"refund_fen": 3960}, True),
        ({"refund_fen": 0, "total_fen": 1000}, True),
        ({"refund_fen": 0, "total_fen": 1001}, False),  # a refund that is reported as something else frees the order
        ({"refund_fen": 3961}, False),
        ({"refund_fen": 4960, "total_fen": 4960}, False),  # goodwill is no refund
        ({"refund_fen": 3960, "total_fen": 4961}, False),
    ],
)
def test_no_more_is_paid_than_the_outcome_gives(
    context: CaseContext, decision: Recorded, payment: dict[str, int], fits: bool
) -> None:
    take(context, decision, override(refund_fen=3960, goodwill_fen=1000))
    if fits:
        assert pay(context, decision, **payment).state == "done"
    else:
        assert refused(lambda: pay(context, decision, **payment)) == "more_than_outcome"


def test_an_outcome_covers_one_payment(context: CaseContext, decision: Recorded) -> None:
    take(context, decision, ACCEPTED)
    pay(context, decision, 1000)
    assert refused(lambda: pay(context, decision, 1000)) == "execution_open"


def test_the_outcome_of_an_earlier_decision_covers_nothing(context: CaseContext, decision: Recorded) -> None:
    take(context, decision, ACCEPTED)
    decide(context, mandarins() | {"complaint": {"no": decision.case_no}}, "ann", because="evidence_added")
    assert refused(lambda: pay(context, decision)) == "outcome_first"


def test_what_was_paid_already_is_recorded_once_a_lead_gives_that_much(
    context: CaseContext, decision: Recorded
) -> None:
    paid = OFFERED + 5000
    assert refused(lambda: pay(context, decision, paid)) == "outcome_first"
    assert take(context, decision, override(refund_fen=paid), LEO)["state"] == "changed"
    assert pay(context, decision, paid).state == "done"


# ---- what a machine left


def test_a_person_pays_what_a_machine_failed_to_pay(context: CaseContext, left: Recorded) -> None:
    assert refused(lambda: pay(context, left, OFFERED + 1)) == "outcome_first"
    assert pay(context, left).state == "done"
    assert state_of(context, left) == ("executed", "done")
    with context.ledger.reading() as connection:
        row = connection.execute(select(EXECUTIONS)).one()
    assert (row.state, row.reference, row.claimed_by) == ("executed", "P1", "ann")


def test_a_decision_that_no_machine_claimed_is_for_a_person(context: CaseContext, decision: Recorded) -> None:
    with context.ledger.writing("root") as writer:
        switches.turn_on(writer, "all", "*", "drill")
    assert not_claimed(context, decision.id) == ("switch:all:*",)
    assert refused(lambda: pay(context, decision)) == "outcome_first"


def test_an_outcome_goes_before_what_a_machine_was_to_pay(context: CaseContext, left: Recorded) -> None:
    take(context, left, override("refuse"), LEO)
    approvals.approve(context, left.id, left.digest, None, LIN)
    assert refused(lambda: pay(context, left)) == "more_than_outcome"


def test_what_went_to_a_higher_level_is_paid_with_its_outcome(context: CaseContext, left: Recorded) -> None:
    with context.ledger.writing("clock") as writer:
        writer.connection.execute(update(DECISIONS).values(mode="lead"))
    assert refused(lambda: pay(context, left)) == "outcome_first"
    take(context, left, ACCEPTED, LEO)
    assert pay(context, left).state == "done"


def test_the_money_may_be_promised_elsewhere_by_the_time_a_person_pays_it(context: CaseContext, left: Recorded) -> None:
    other = decide(context, mandarins(), "ann")
    take(context, other, override(refund_fen=9900 - OFFERED + 1), SUE)
    assert refused(lambda: pay(context, left)) == "more_than_left"
    pay(context, other, 1, reference="P2")
    assert refused(lambda: pay(context, left)) == "more_than_left"  # the rest is promised still
    record_event(context, other.case_no, {"kind": "closed"}, "ann")
    assert refused(lambda: pay(context, left)) == "refunded_since"


# ---- after erasing


def test_a_case_that_was_erased_and_then_paid_holds_its_whole_order(context: CaseContext, decision: Recorded) -> None:
    take(context, decision, ACCEPTED)
    erase(context, decision)
    record_event(context, decision.case_no, {"kind": "reopened", "note": "the customer has not got it"}, "ann")
    pay(context, decision)
    assert held(context) == [("a1028", "a1028", "*", OFFERED)]
    again = decide(context, mandarins(), "ann")
    assert again.held == ("order:held", "person:outcome")
    assert refused(lambda: take(context, again, override(refund_fen=9900 - OFFERED + 1), SUE)) == "more_than_left"


def test_what_a_machine_left_is_not_paid_once_nobody_can_read_what_that_was(
    context: CaseContext, left: Recorded
) -> None:
    with context.ledger.writing("root") as writer:
        writer.connection.execute(delete(PAYLOADS))
    assert refused(lambda: pay(context, left)) == "outcome_first"
