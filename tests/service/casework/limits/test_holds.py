from __future__ import annotations

from typing import Any

import pytest

from service.casework.context import CaseContext
from service.casework.decisions.preloaded import preload
from service.casework.executions.claims import claim
from service.casework.limits.holds import Order, lines_held, refunded
from service.ledger.store import Ledger
from service.normalization import key
from tests.support.holding import give_back, hold
from tests.support.machines import MACHINE, automatic, decided, held, storm, two_lines


def order(merchant: str = "m1", number: str = "a-1", fingerprint: str = "t") -> Order:
    return Order(merchant, number, key(number), fingerprint)


@pytest.fixture
def holding(ledger: Ledger) -> Ledger:
    """Return a ledger in which line 1 of an order is held, and 500 fen of it refunded."""
    with ledger.writing("x") as writer:
        hold(writer.connection, "dec_1", order(), {"1": 500})
    return ledger


@pytest.mark.parametrize(
    ("asked", "lines", "found"),
    [
        (order(), ["1"], ["line:1"]),
        (order(), ["2"], []),
        (order(), ["2", "*"], ["line:1"]),
        (order(), [" １ "], ["line:1"]),
        (order(merchant="-"), ["2"], ["order:held"]),
        (order(merchant="m2"), ["2"], ["order:held"]),
        (order(number="a1"), ["2"], ["order:held"]),
        (order(fingerprint="other"), ["2"], ["order:held"]),
        (order(number="a-2"), ["1"], []),
    ],
)
def test_a_line_is_held_however_it_is_named(holding: Ledger, asked: Order, lines: list[str], found: list[str]) -> None:
    with holding.reading() as connection:
        (state,) = preload(connection, [("T-1", asked.key)])
        assert lines_held(state["held"], asked, lines) == found


@pytest.mark.parametrize(
    ("merchant", "number", "fen"),
    [
        ("m1", "a-1", 500),
        ("Ｍ 1", " A-1", 500),
        ("-", "a-1", 500),
        ("m2", "a-1", 0),
        ("m1", "a1", 0),  # another order, for all that is sure: its line is held, its refund not reduced
    ],
)
def test_refunds_are_added_up_by_order(holding: Ledger, merchant: str, number: str, fen: int) -> None:
    with holding.reading() as connection:
        assert refunded(connection, merchant, number) == fen


def test_what_was_paid_after_the_number_was_erased_is_known_by_the_key_that_was_left(ledger: Ledger) -> None:
    with ledger.writing("x") as writer:
        hold(writer.connection, "dec_1", order(number="a1"), {"*": 500})
        hold(writer.connection, "dec_2", order(number="b1"), {"1": 700})
        assert refunded(writer.connection, "m1", "A-1") == 500
        assert refunded(writer.connection, "m1", "B-1") == 0  # another order, for all that is sure


def test_an_order_held_as_a_whole_holds_every_line(ledger: Ledger) -> None:
    with ledger.writing("x") as writer:
        hold(writer.connection, "dec_1", order(), {"*": 500})
        (known,) = preload(writer.connection, [("T-1", order().key)])
    assert lines_held(known["held"], order(), ["7"]) == ["line:*"]


def test_lines_of_one_name_are_added_up_and_given_back(ledger: Ledger) -> None:
    with ledger.writing("x") as writer:
        hold(writer.connection, "dec_1", order(), {"1": 1, " 1": 2, "2": 4})
    assert held(ledger) == [("dec_1", "1", 3), ("dec_1", "2", 4)]
    with ledger.writing("x") as writer:
        give_back(writer.connection, "dec_1")
    assert held(ledger) == []


# ---- as cases are decided


@pytest.mark.parametrize(
    "way",
    [
        {"channel": "phone"},
        {"order__no": "a1"},
        {"order__no": "Ａ－１ "},
        {"merchant__id": "ＳＨＯＰ one"},
        {"merchant__id": None},
        {"merchant__id": "another shop"},
        {"customer__id": "somebody else"},
        {"order__refunded_fen": 0},
    ],
)
def test_a_line_that_a_machine_was_given_gets_no_second_machine(context: CaseContext, way: dict[str, Any]) -> None:
    claim(context, automatic(context, storm()), MACHINE.name)
    found = decided(context, storm(1, **way))
    assert found.mode == "agent"
    assert set(found.held) & {"line:1", "order:held"}


def test_a_line_under_another_name_is_no_other_line(context: CaseContext) -> None:
    claim(context, automatic(context, storm()), MACHINE.name)
    case = storm()
    case["order"]["lines"][0]["id"] = case["issues"][0]["line"] = "first"
    assert decided(context, case).held == ("order:held",)


def test_lines_that_changed_places_are_no_other_lines(context: CaseContext) -> None:
    claim(context, automatic(context, two_lines(1, "1")), MACHINE.name)
    assert decided(context, two_lines(1, "2")).held == ()
    case = two_lines(1, "2")
    case["order"]["lines"][1]["name"] = "pears"
    assert decided(context, case).held == ("order:held",)


def test_a_complaint_about_no_line_is_about_all(context: CaseContext) -> None:
    claim(context, automatic(context, two_lines(1, "1")), MACHINE.name)
    case = two_lines(1, "2")
    case["issues"][0]["line"] = None
    found = decided(context, case)
    assert found.mode not in ("auto", "auto_appeal")
