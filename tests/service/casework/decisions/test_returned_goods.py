"""Goods that came back count for the order and the lines that came back."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from service.casework.cases.timeline import printed
from service.casework.context import CaseContext
from service.casework.decisions.deciding import Recorded, decide, find_decision
from service.casework.decisions.returned_goods import are_back, concerns
from service.casework.executions.claims import claim
from service.errors import DomainError, InvalidEvent
from service.ledger.tables import DECISIONS
from tests.support.at_counter import complaint, say

GOODS_FIRST = "goods_first"


def about(*lines: str | None, of: tuple[str, ...] = ("1", "2"), **more: Any) -> dict[str, Any]:
    """Return a complaint about broken lines of an order, which have to come back."""
    order = {"no": "A1", "refunded_fen": 0, "lines": [{"id": line, "paid_fen": 2560} for line in of]}
    issues = [{"kind": "broken"} | ({} if line is None else {"line": line}) for line in lines]
    return complaint(order=order, issues=issues, **more)


def next_of(context: CaseContext, first: Recorded, *lines: str | None, **more: Any) -> Recorded:
    """Decide on other lines of the same case."""
    return decide(context, about(*lines, complaint={"no": first.case_no}, **more), "shop")


def waits(context: CaseContext, decision: Recorded) -> bool:
    """Tell whether a decision waits for its goods; else a machine has it now."""
    assert decision.mode == "auto"
    try:
        claim(context, decision.id, "till")
    except DomainError as error:
        return error.code == GOODS_FIRST
    return False


def back(context: CaseContext, decision: Recorded) -> bool:
    """Return whether the goods of a decision are back."""
    kept = find_decision(context, decision.id)
    assert kept is not None
    with context.ledger.reading() as connection:
        row = connection.execute(select(DECISIONS).where(DECISIONS.c.id == decision.id)).one()
        return are_back(connection, row, kept)


def inspected(context: CaseContext, decision: Recorded, **event: Any) -> None:
    say(context, decision.case_no, "return_inspected", **{"result": "passed", **event})


def test_a_line_that_came_back_brings_no_other_back(office: CaseContext) -> None:
    first = decide(office, about("1"), "shop")
    inspected(office, first)
    assert waits(office, next_of(office, first, "2"))
    assert not waits(office, next_of(office, first, "1"))


@pytest.mark.parametrize(
    ("named", "one", "two"), [(["1"], False, True), (["2"], True, False), (["1", "２"], False, False)]
)
def test_an_inspection_says_which_lines_came_back(office: CaseContext, named: list[str], one: bool, two: bool) -> None:
    for line, still in (("1", one), ("2", two)):
        first = decide(office, about("1"), "shop")
        inspected(office, first, lines=named)
        assert waits(office, next_of(office, first, line)) == still


def test_a_decision_about_two_lines_waits_for_both(office: CaseContext) -> None:
    both = decide(office, about("1", "2"), "shop")
    inspected(office, both, lines=["1"])
    assert waits(office, both)
    inspected(office, both, lines=["2"])
    assert not waits(office, both)


def test_an_inspection_that_names_no_line_is_of_all_that_was_wanted_back(office: CaseContext) -> None:
    both = decide(office, about("1", "2"), "shop")
    inspected(office, both)
    assert not waits(office, both)


def test_a_decision_about_no_line_waits_for_all_of_the_order(office: CaseContext) -> None:
    whole = decide(office, about(None), "shop")
    assert whole.recommendation["issues"][0]["line"] is None
    inspected(office, whole, lines=["1"])
    assert not back(office, whole)
    inspected(office, whole, lines=["2"])
    assert back(office, whole)


def test_of_an_order_of_one_line_all_is_that_line(office: CaseContext) -> None:
    whole = decide(office, about(None, of=("1",)), "shop")
    inspected(office, whole)
    assert back(office, next_of(office, whole, "1", of=("1",)))
    other = decide(office, about(None), "shop")
    inspected(office, other)
    assert not back(office, next_of(office, other, "1"))  # of two lines nobody knows which came back


def test_what_came_back_before_a_case_had_its_order_is_of_no_order(office: CaseContext) -> None:
    first = decide(office, complaint(order={"refunded_fen": 0, "lines": [{"id": "1", "paid_fen": 2560}]}), "shop")
    inspected(office, first)
    assert waits(office, next_of(office, first, "1", of=("1",)))


def test_what_was_found_counts_for_decisions_that_heard_it(office: CaseContext) -> None:
    first = decide(office, about("1"), "shop")
    happened = say(office, first.case_no, "return_inspected", result="used", facts={"return.result": "passed"})
    assert happened.decision is not None
    assert not waits(office, happened.decision)


def test_a_line_that_the_order_does_not_have_is_refused(office: CaseContext) -> None:
    first = decide(office, about("1"), "shop")
    with pytest.raises(InvalidEvent) as error:
        inspected(office, first, lines=["1", "9"])
    assert [(fault.pointer, fault.code, fault.expected) for fault in error.value.faults] == [
        ("/lines/1", "no_such_line", ("1", "2"))
    ]


def test_deadlines_of_an_inspection_begin_with_goods_of_the_decision_alone(office: CaseContext) -> None:
    kept = find_decision(office, decide(office, about("1"), "shop").id)
    assert kept is not None
    assert concerns({}, kept) and concerns({"lines": ["1", "2"]}, kept)
    assert not concerns({"lines": ["2"]}, kept)


def test_the_story_names_the_lines(office: CaseContext) -> None:
    first = decide(office, about("1", "2"), "shop")
    inspected(office, first, lines=["1", "2"])
    assert "（商品行：1、2）" in printed(office, first.case_no, "zh")[-1]
    assert "(lines 1, 2)" in printed(office, first.case_no, "en")[-1]
