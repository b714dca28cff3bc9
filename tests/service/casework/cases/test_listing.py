from __future__ import annotations

from typing import Any

import pytest

from service.casework.cases.listing import list_cases, show_case
from service.casework.context import CaseContext
from service.casework.decisions.deciding import decide
from service.casework.visibility import WHOLE
from service.errors import DomainError
from tests.support.at_counter import Time, complaint, say


def numbers(office: CaseContext, **filters: Any) -> list[str]:
    return [item["no"] for _, item in list_cases(office.ledger, WHOLE, filters, 50)]


@pytest.mark.meets("S-127")
def test_cases_are_listed_newest_first_and_by_what_they_are_filed_under(office: CaseContext, time: Time) -> None:
    one = decide(office, complaint(), "小李").case_no
    two = decide(office, complaint(customer={"id": "C2"}), "小李").case_no
    say(office, one, "assigned", handler="小王")
    say(office, one, "tag", tag="10%_typical")
    assert numbers(office) == [two, one]
    assert numbers(office, customer="C2") == [two]
    assert numbers(office, handler="小王") == numbers(office, tag="10%_typical") == [one]
    assert numbers(office, tag="10") == numbers(office, tag="10x_typical") == numbers(office, order="A2") == []
    say(office, two, "closed")
    assert numbers(office, state="closed") == [two]
    time.pass_(days=1)
    assert numbers(office, overdue=True) == [one]
    assert numbers(office, overdue=False) == []


def test_pages_follow_one_another_without_gap(office: CaseContext) -> None:
    all_of_them = [decide(office, complaint(), "小李").case_no for _ in range(5)][::-1]
    found: list[str] = []
    place = None
    while page := list_cases(office.ledger, WHOLE, {}, 2, place):
        found += [item["no"] for _, item in page]
        place = page[-1][0]
    assert found == all_of_them


def test_a_case_is_shown_with_its_latest_decision_and_its_deadlines(office: CaseContext) -> None:
    no = decide(office, complaint(), "小李").case_no
    say(office, no, "return_inspected", result="swapped", facts={"return.result": "swapped"})
    shown = show_case(office.ledger, no)
    assert (shown["state"], shown["latest"]["outcome"], shown["latest"]["mode"]) == ("in_progress", "refuse", "lead")
    assert [clock["name"] for clock in shown["clocks"]] == ["respond_by"]
    with pytest.raises(DomainError):
        show_case(office.ledger, "none")
