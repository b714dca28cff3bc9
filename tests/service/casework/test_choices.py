from __future__ import annotations

from typing import Any

import pytest

from service.casework.choices import (
    NOTHING,
    OPTION,
    OVERRIDE,
    Choice,
    Given,
    beyond,
    chosen,
    cuts,
    needs_of,
    recommended,
)
from service.errors import DomainError

REFUND = Given("refund", refund_fen=1000)
SEND_BACK = Given("return_refund", refund_fen=1000, return_required=True)
EXCHANGE = Given("exchange", return_required=True)


def option(issue: int, kind: str, refund: int | None, up_to: int | None = None, **other: Any) -> dict[str, Any]:
    made = {"issue": issue, "kind": kind, "refund_fen": refund, "up_to_fen": refund if up_to is None else up_to}
    return {**made, "return_required": False, "voucher_fen": 0, "needs": None, "chosen": False, **other}


def recommendation(*alternatives: dict[str, Any], **changes: Any) -> dict[str, Any]:
    taken = [one for one in alternatives if one["chosen"]]
    remedy = {
        "kind": taken[0]["kind"] if taken else "refuse",
        "refund_fen": sum(one["refund_fen"] for one in taken),
        "compensation": [{"amount_fen": 300}],
        "goodwill": {"amount_fen": 500, "needs": None},
        "additions": [],
        "return_required": any(one["return_required"] for one in taken),
    }
    return {"outcome": "remedy", "provisional": False, "remedy": remedy, "alternatives": list(alternatives), **changes}


TWO_ISSUES = recommendation(
    option(0, "return_refund", 1000, return_required=True, chosen=True),
    option(0, "resend", 0),
    option(1, "refund", 200, up_to=350, chosen=True),
    option(1, "refund", 400, voucher_fen=50, needs="lead"),
    option(1, "explanation", 0),
)


def instead_of(owed: Given, given: Given) -> tuple[bool, int]:
    """Return whether an override cuts what was recommended, and what it gives beyond."""
    remedy = {
        "kind": owed.kind,
        "refund_fen": owed.refund_fen,
        "compensation": [{"amount_fen": owed.compensation_fen}],
        "goodwill": {"amount_fen": owed.goodwill_fen},
        "additions": [{"kind": "voucher", "amount_fen": owed.voucher_fen}],
        "return_required": owed.return_required,
    }
    return cuts(Choice(OVERRIDE, override=given), given, {"remedy": remedy}), beyond(given, owed)


@pytest.mark.parametrize(
    ("owed", "given", "less", "extra"),
    [
        (REFUND, REFUND, False, 0),
        (REFUND, Given("refund", 1000, goodwill_fen=1), False, 1),
        (REFUND, Given("refund", 999), True, 0),
        (REFUND, Given("refund", 0, goodwill_fen=1000), True, 0),  # a coupon is no money
        (REFUND, Given("compensation", 0, compensation_fen=1000), False, 0),
        (REFUND, Given("explanation", goodwill_fen=2000), True, 1000),
        (REFUND, Given("return_refund", 1000, return_required=True), True, 0),  # he has to send it back
        (SEND_BACK, REFUND, False, 1000),  # he keeps what was to come back
        (SEND_BACK, Given("refund", 600), True, 600),
        (SEND_BACK, Given("return_refund", 1100, return_required=True), False, 100),
        (EXCHANGE, NOTHING, True, 0),
        (EXCHANGE, Given("repair", return_required=True), True, 0),
        (EXCHANGE, Given("return_refund", 700, return_required=True), False, 700),
        (NOTHING, REFUND, False, 1000),
        (Given("refund", 1000, voucher_fen=30), REFUND, True, 0),
        (Given("refund", 1000, voucher_fen=30), Given("refund", 1000, goodwill_fen=30), False, 30),
    ],
)
def test_what_an_override_takes_away_and_what_it_adds(owed: Given, given: Given, less: bool, extra: int) -> None:
    assert instead_of(owed, given) == (less, extra)


def test_what_another_party_pays_itself_is_not_paid_here() -> None:
    found = recommendation(option(0, "refund", 1000, chosen=True))
    assert recommended(found).compensation_fen == 300
    found["remedy"]["compensation"] = [{"amount_fen": 300, "executor": "platform"}, {"amount_fen": 40}]
    assert recommended(found).compensation_fen == 40


def test_an_option_replaces_that_of_its_issue_alone() -> None:
    given = chosen(Choice(OPTION, option=3), TWO_ISSUES)
    assert given == Given("return_refund", 1400, 300, 500, 50, True)
    given = chosen(Choice(OPTION, option=1), TWO_ISSUES)
    assert given == Given("resend", 200, 300, 500, 0, False)


def test_the_recommendation_is_the_sum_of_what_was_chosen() -> None:
    assert chosen(Choice("accepted"), TWO_ISSUES).total_fen == 1200 + 300 + 500


@pytest.mark.parametrize(("wanted", "refund"), [(None, 1200), (200, 1200), (350, 1350)])
def test_the_amount_of_an_option_stays_inside_its_range(wanted: int | None, refund: int) -> None:
    assert chosen(Choice(OPTION, option=2, refund_fen=wanted), TWO_ISSUES).refund_fen == refund


@pytest.mark.parametrize(
    ("choice", "code"),
    [
        (Choice(OPTION, option=2, refund_fen=199), "outside_option"),
        (Choice(OPTION, option=2, refund_fen=351), "outside_option"),
        (Choice(OPTION, option=5), "no_option"),
    ],
)
def test_an_option_that_is_not_offered_cannot_be_taken(choice: Choice, code: str) -> None:
    with pytest.raises(DomainError) as refused:
        chosen(choice, TWO_ISSUES)
    assert refused.value.code == code


@pytest.mark.parametrize("change", [{"outcome": "ask"}, {"outcome": "review", "remedy": None}, {"provisional": True}])
def test_an_open_recommendation_cannot_be_accepted(change: dict[str, Any]) -> None:
    for choice in (Choice("accepted"), Choice(OPTION, option=0)):
        with pytest.raises(DomainError) as refused:
            chosen(choice, {**TWO_ISSUES, **change})
        assert refused.value.code == "not_settled"


def test_an_option_whose_amount_is_open_is_not_taken() -> None:
    settled = [option(0, "refund", 1000, chosen=True), option(0, "refund", None)]
    with pytest.raises(DomainError) as refused:
        chosen(Choice(OPTION, option=1), recommendation(*settled))
    assert refused.value.code == "not_settled"


def test_only_giving_nothing_makes_an_option_a_cut() -> None:
    less = [cuts(Choice(OPTION, option=at), NOTHING, TWO_ISSUES) for at in range(5)]
    assert less == [False, False, False, False, True]


def test_the_roles_that_policies_ask_for_are_those_of_what_is_taken() -> None:
    assert "lead" not in needs_of(Choice("accepted"), TWO_ISSUES)
    assert "lead" in needs_of(Choice(OPTION, option=3), TWO_ISSUES)
    goodwill = {**TWO_ISSUES["remedy"], "goodwill": {"amount_fen": 500, "needs": "manager"}}
    assert "manager" in needs_of(Choice("accepted"), {**TWO_ISSUES, "remedy": goodwill})
