"""What a person paid is recorded where somebody decided to give that much, or a machine was to and could not."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import delete, select, update

from service import clock
from service.casework.cases import erasing
from service.casework.cases.events import Happened, happen
from service.casework.decisions.deciding import Recorded, decide
from service.casework.executions import claims, executions
from service.casework.limits import switches
from service.casework.outcomes import approvals
from service.casework.workspace import Workspace
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
def desk(cn: Ready, ledger: Ledger) -> Workspace:
    return Workspace(cn, ledger, Settings(), clock.now)


@pytest.fixture
def decision(desk: Workspace) -> Recorded:
    return decide(desk, mandarins(), "ann")


@pytest.fixture
def left(desk: Workspace, decision: Recorded) -> Recorded:
    """Return a decision that a machine was to carry out and could not."""
    claims.claim(desk, decision.id, MACHINE.name)
    executions.report(desk, decision.id, MACHINE, "failed", "no such account")
    return decision


def pay(desk: Workspace, decision: Recorded, refund_fen: int = OFFERED, **event: Any) -> Happened:
    told = {"kind": "executed", "reference": "P1", "refund_fen": refund_fen, **event}
    return happen(desk, decision.case_no, told, "ann")


def held(desk: Workspace) -> list[tuple[str, ...]]:
    columns = (EXECUTED_LINES.c[name] for name in ("order_no", "order_key", "line", "refund_fen"))
    with desk.ledger.reading() as connection:
        return [tuple(row) for row in connection.execute(select(*columns))]


def erase(desk: Workspace, decision: Recorded) -> None:
    chosen = erasing.of_case(decision.case_no)
    assert erasing.erase(desk.ledger, "root", chosen, "request", "asked for", force=True).cases


# ---- within an outcome


def test_what_has_to_come_back_is_inspected_before_it_is_paid(desk: Workspace) -> None:
    returned = decide(desk, kettle(), "ann")
    take(desk, returned, ACCEPTED)
    assert refused(lambda: pay(desk, returned, KETTLE)) == "goods_first"
    happen(desk, returned.case_no, {"kind": "return_shipped", "tracking_no": "SF1"}, "ann")
    assert refused(lambda: pay(desk, returned, KETTLE)) == "goods_first"
    happen(desk, returned.case_no, {"kind": "return_inspected", "result": "passed"}, "ann")
    assert pay(desk, returned, KETTLE).state == "done"


def test_who_may_let_the_goods_stay_has_them_paid_for_at_once(desk: Workspace) -> None:
    kept = decide(desk, kettle(), "ann")
    assert take(desk, kept, override(refund_fen=KETTLE), SUE)["state"] == "changed"
    assert pay(desk, kept, KETTLE).state == "done"


def test_nothing_is_paid_before_somebody_took_the_outcome(desk: Workspace, decision: Recorded) -> None:
    for fen in (OFFERED, 1, 0):
        assert refused(lambda fen=fen: pay(desk, decision, fen)) == "outcome_first"
    assert (kinds(desk), state_of(desk, decision)) == (["decision"], ("open", "in_progress"))
    take(desk, decision, ACCEPTED)
    assert pay(desk, decision).state == "done"


@pytest.mark.parametrize(
    ("payment", "fits"),
    [
        ({"refund_fen": 3960, "total_fen": 4960}, True),
        ({"refund_fen": 3960}, True),
        ({"refund_fen": 0, "total_fen": 1000}, True),
        ({"refund_fen": 0, "total_fen": 1001}, False),  # a refund that is told as something else frees the order
        ({"refund_fen": 3961}, False),
        ({"refund_fen": 4960, "total_fen": 4960}, False),  # goodwill is no refund
        ({"refund_fen": 3960, "total_fen": 4961}, False),
    ],
)
def test_no_more_is_paid_than_the_outcome_gives(
    desk: Workspace, decision: Recorded, payment: dict[str, int], fits: bool
) -> None:
    take(desk, decision, override(refund_fen=3960, goodwill_fen=1000))
    if fits:
        assert pay(desk, decision, **payment).state == "done"
    else:
        assert refused(lambda: pay(desk, decision, **payment)) == "more_than_outcome"


def test_an_outcome_covers_one_payment(desk: Workspace, decision: Recorded) -> None:
    take(desk, decision, ACCEPTED)
    pay(desk, decision, 1000)
    assert refused(lambda: pay(desk, decision, 1000)) == "execution_open"


def test_the_outcome_of_an_earlier_decision_covers_nothing(desk: Workspace, decision: Recorded) -> None:
    take(desk, decision, ACCEPTED)
    decide(desk, mandarins() | {"complaint": {"no": decision.case_no}}, "ann", because="evidence_added")
    assert refused(lambda: pay(desk, decision)) == "outcome_first"


def test_what_was_paid_already_is_recorded_once_a_lead_gives_that_much(desk: Workspace, decision: Recorded) -> None:
    paid = OFFERED + 5000
    assert refused(lambda: pay(desk, decision, paid)) == "outcome_first"
    assert take(desk, decision, override(refund_fen=paid), LEO)["state"] == "changed"
    assert pay(desk, decision, paid).state == "done"


# ---- what a machine left


def test_what_a_machine_could_not_pay_a_person_pays_as_it_was_decided(desk: Workspace, left: Recorded) -> None:
    assert refused(lambda: pay(desk, left, OFFERED + 1)) == "outcome_first"
    assert pay(desk, left).state == "done"
    assert state_of(desk, left) == ("executed", "done")
    with desk.ledger.reading() as connection:
        row = connection.execute(select(EXECUTIONS)).one()
    assert (row.state, row.reference, row.claimed_by) == ("executed", "P1", "ann")


def test_what_a_machine_never_got_is_for_a_person_to_take(desk: Workspace, decision: Recorded) -> None:
    with desk.ledger.writing("root") as writer:
        switches.turn_on(writer, "all", "*", "drill")
    assert not_claimed(desk, decision.id) == ("switch:all:*",)
    assert refused(lambda: pay(desk, decision)) == "outcome_first"


def test_an_outcome_goes_before_what_a_machine_was_to_pay(desk: Workspace, left: Recorded) -> None:
    take(desk, left, override("refuse"), LEO)
    approvals.approve(desk, left.id, left.digest, None, LIN)
    assert refused(lambda: pay(desk, left)) == "more_than_outcome"


def test_what_went_to_a_higher_level_is_paid_with_its_outcome(desk: Workspace, left: Recorded) -> None:
    with desk.ledger.writing("clock") as writer:
        writer.connection.execute(update(DECISIONS).values(mode="lead"))
    assert refused(lambda: pay(desk, left)) == "outcome_first"
    take(desk, left, ACCEPTED, LEO)
    assert pay(desk, left).state == "done"


def test_the_money_may_be_promised_elsewhere_by_the_time_a_person_pays_it(desk: Workspace, left: Recorded) -> None:
    other = decide(desk, mandarins(), "ann")
    take(desk, other, override(refund_fen=9900 - OFFERED + 1), SUE)
    assert refused(lambda: pay(desk, left)) == "more_than_left"
    pay(desk, other, 1, reference="P2")
    assert refused(lambda: pay(desk, left)) == "more_than_left"  # the rest is promised still
    happen(desk, other.case_no, {"kind": "closed"}, "ann")
    assert refused(lambda: pay(desk, left)) == "refunded_since"


# ---- after erasing


def test_a_case_that_was_erased_and_then_paid_holds_its_whole_order(desk: Workspace, decision: Recorded) -> None:
    take(desk, decision, ACCEPTED)
    erase(desk, decision)
    happen(desk, decision.case_no, {"kind": "reopened", "note": "the customer has not got it"}, "ann")
    pay(desk, decision)
    assert held(desk) == [("a1028", "a1028", "*", OFFERED)]
    again = decide(desk, mandarins(), "ann")
    assert again.held == ("order:held", "person:outcome")
    assert refused(lambda: take(desk, again, override(refund_fen=9900 - OFFERED + 1), SUE)) == "more_than_left"


def test_what_a_machine_left_is_not_paid_once_nobody_can_read_what_that_was(desk: Workspace, left: Recorded) -> None:
    with desk.ledger.writing("root") as writer:
        writer.connection.execute(delete(PAYLOADS))
    assert refused(lambda: pay(desk, left)) == "outcome_first"
