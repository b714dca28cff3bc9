"""Earlier payments lessen what a case gives for the same line and cause, and each fen of them counts once."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.deciding.paid_before import PaidBefore, Payment, Subject, read_payments, refunded
from rules.deciding.resolve import CollectedItem
from rules.deciding.settle import settle
from rules.deciding.settlement import IssueInput, OrderInput, Settlement
from rules.values.kind import InvalidValue
from rules.values.money import Line
from rules.values.value import OPEN

PEACH = Subject("1", "quality", "spoiled")


def payment(
    amount: int,
    line: str = "1",
    kind: str = "quality",
    cause: str = "spoiled",
    item: str = "refund",
    ground: str = "",
) -> Payment:
    return Payment(line, kind, cause, item, amount, None, {}, ground)


def claim(*options: dict[str, Any], number: int = 0, subject: Subject = PEACH, **more: Any) -> IssueInput:
    listed = {
        name: tuple(CollectedItem(at, one) for at, one in enumerate(more.pop(name, ())))
        for name in ("compensation", "goodwill")
    }
    own = {"line": 0, "quantity": None, "wants": "", **more}
    return IssueInput(
        number, options=tuple(map(CollectedItem, range(len(options)), options)), subject=subject, **listed, **own
    )


def settled(
    *claims: IssueInput, payments: tuple[Payment, ...] = (), refunded_fen: int = 0, cost: int = 10_000, units: int = 1
) -> Settlement:
    return settle(claims, OrderInput((Line("1", units, OPEN, cost),), (), refunded_fen, 0, payments))


def refund(fen: Any, **more: Any) -> dict[str, Any]:
    return {"kind": "refund", "refund": fen, **more}


# ---- what a payment was for


@pytest.mark.parametrize(
    ("paid", "meets"),
    [
        ({}, True),
        ({"line": "2"}, False),
        ({"line": ""}, True),  # of the whole order, or stated otherwise
        ({"kind": "damage"}, True),  # the same cause
        ({"cause": "frozen"}, True),  # the same kind
        ({"kind": "damage", "cause": "crushed"}, False),
        ({"kind": "damage", "cause": ""}, False),
        ({"kind": "", "cause": ""}, True),
    ],
)
def test_a_payment_was_for_the_same_line_and_the_same_kind_or_cause(paid: dict[str, str], meets: bool) -> None:
    assert PEACH.meets(payment(100, **paid)) is meets


@pytest.mark.parametrize(
    ("paid", "meets"),
    [
        ({"kind": "damage", "cause": "", "ground": "mismatch"}, True),  # the same ground, another kind ticked
        ({"kind": "mismatch", "cause": ""}, True),  # the sender states the ground as the kind
        ({"kind": "quality", "cause": "crushed", "ground": "damage"}, True),  # the same kind ticked
        ({"kind": "damage", "cause": "", "ground": "damage"}, False),
        ({"kind": "", "cause": "", "ground": "damage"}, False),
    ],
)
def test_a_payment_on_the_same_ground_counts_whatever_was_ticked(paid: dict[str, str], meets: bool) -> None:
    subject = PEACH._replace(ground="mismatch")
    assert subject.meets(payment(100, **paid)) is meets


@pytest.mark.parametrize(
    ("one", "other", "repeats"),
    [
        (("damage", "crushed", ""), ("quality", "crushed", ""), True),
        (("damage", "crushed", "x"), ("damage", "frozen", "x"), False),
        (("damage", "", "mismatch"), ("quality", "", "mismatch"), True),
        (("damage", "", "mismatch"), ("damage", "", "damage"), False),
        (("damage", "", ""), ("damage", "", ""), True),
    ],
)
def test_issues_repeat_each_other_by_cause_then_ground_then_kind(
    one: tuple[str, ...], other: tuple[str, ...], repeats: bool
) -> None:
    assert Subject("1", *one).repeats(Subject("1", *other)) is repeats


def test_what_is_refunded_of_a_line_is_so_whatever_the_cause() -> None:
    paid = (payment(100), payment(20, line="2"), payment(3, line=""), payment(4, item="delay"))
    assert (refunded(paid), refunded(paid, "1"), refunded(paid, "2")) == (123, 103, 23)


def test_a_payment_without_an_amount_is_refused() -> None:
    with pytest.raises(InvalidValue):
        read_payments({"paid_before": [{"amount_fen": "12.80"}]})


@given(st.lists(st.integers(0, 500), max_size=5), st.lists(st.integers(0, 500), max_size=5))
def test_each_fen_is_counted_once(paid: list[int], owed: list[int]) -> None:
    account = PaidBefore.of([payment(fen) for fen in paid])
    left = [account.take(at, PEACH, "refund", fen) for at, fen in enumerate(owed)]
    counted = sum(one.fen for one in account.counted)
    assert counted == min(sum(paid), sum(owed))
    assert sum(left) == sum(owed) - counted


# ---- settling


@pytest.mark.parametrize(
    ("before", "left", "kind"),
    [(0, 2_560, "refund"), (1_000, 1_560, "refund"), (2_560, 0, "explanation"), (9_000, 0, "explanation")],
)
def test_a_refund_is_less_by_what_was_paid_before(before: int, left: int, kind: str) -> None:
    payments = (payment(before),) if before else ()
    found = settled(claim(refund(2_560, up_to=3_840)), payments=payments, refunded_fen=before)
    option = found.chosen(0)
    assert option is not None
    assert (option.kind, found.totals["settled.refund_fen"]) == (kind, left)
    assert option.up_to_fen == max(3_840 - before, 0)
    assert found.done == ({0} if before >= 2_560 else set())


def test_an_earlier_payment_does_not_change_which_remedy_is_chosen() -> None:
    options = (refund(2_000, rank=10), {"kind": "return_refund", "refund": 10_000, "return": True, "rank": 20})
    found = settled(claim(*options), payments=(payment(2_000),), refunded_fen=2_000)
    assert [one.refund_fen for one in found.options[0]] == [0, 8_000]
    assert found.totals["settled.refund_fen"] == 0


def test_two_issues_share_one_earlier_payment() -> None:
    crushed = Subject("1", "damage", "spoiled")
    two = claim(refund(3_000)), claim(refund(2_000), number=1, subject=crushed, quantity=1)
    found = settled(*two, payments=(payment(4_000),), refunded_fen=4_000)
    assert found.totals["settled.refund_fen"] == 0  # both are about one cause, of which 3,000 are owed in all
    assert sum(one.fen for one in found.counted) == 3_000


def test_another_cause_of_the_line_gets_at_most_what_the_line_has_left() -> None:
    other = claim(refund(8_000), subject=Subject("1", "damage", "crushed"))
    found = settled(other, payments=(payment(4_000),), refunded_fen=0)
    assert found.totals["settled.refund_fen"] == 6_000


@pytest.mark.parametrize(("item", "left"), [("delay", 200), ("", 200), ("multiple", 500), ("refund", 200)])
def test_compensation_is_less_by_what_was_paid_under_its_head(item: str, left: int) -> None:
    owed = {"head": "delay", "basis": "rule", "amount": 500}
    found = settled(claim({"kind": "compensation"}, compensation=(owed,)), payments=(payment(300, item=item),))
    assert found.totals["settled.compensation_fen"] == left


def test_a_refund_counts_against_compensation_by_what_is_not_owed_as_a_refund() -> None:
    owed = {"head": "delay", "basis": "rule", "amount": 500}
    both = claim(refund(2_000), compensation=(owed,))
    for paid, left in ((2_000, 500), (2_300, 200), (9_000, 0)):
        found = settled(both, payments=(payment(paid),), refunded_fen=paid)
        assert found.totals["settled.refund_fen"] == 0
        assert found.totals["settled.compensation_fen"] == left


def test_compensation_that_was_paid_leaves_nothing_but_to_explain() -> None:
    owed = {"head": "delay", "basis": "rule", "amount": 500}
    found = settled(claim({"kind": "compensation"}, compensation=(owed,)), payments=(payment(500, item="delay"),))
    option = found.chosen(0)
    assert option is not None
    assert (option.kind, found.totals["settled.total_fen"], found.done) == ("explanation", 0, {0})


def test_a_refund_paid_before_leaves_the_compensation_that_was_not() -> None:
    owed = {"head": "delay", "basis": "rule", "amount": 500}
    found = settled(claim(refund(2_000), compensation=(owed,)), payments=(payment(2_000),), refunded_fen=2_000)
    option = found.chosen(0)
    assert option is not None
    assert (option.kind, found.totals["settled.total_fen"], found.done) == ("compensation", 500, set())


def test_goodwill_and_vouchers_are_given_once() -> None:
    asked = claim(refund(100, voucher=300), goodwill=({"form": "coupon", "amount": 1_000, "up_to": 2_000},))
    found = settled(asked, payments=(payment(300, item="voucher"), payment(600, item="goodwill")))
    assert found.goodwill is not None
    assert (found.goodwill.amount_fen, found.goodwill.up_to_fen, found.options[0][0].voucher_fen) == (400, 1_400, 0)


def test_an_amount_that_is_not_known_yet_stays_open() -> None:
    found = settled(claim(refund(OPEN)), payments=(payment(100),), refunded_fen=100)
    assert found.totals["settled.refund_fen"] is OPEN


# ---- equal issues of one case


def test_equal_issues_are_one() -> None:
    five = [claim(refund(2_560), number=at, stated={"kind": "quality", "line": "1"}) for at in range(5)]
    assert settled(*five).totals["settled.refund_fen"] == 2_560


def test_of_issues_about_one_line_and_cause_the_highest_counts() -> None:
    result = [claim(refund(fen), number=at, stated={"sent": at}) for at, fen in enumerate((1_000, 3_000, 2_000))]
    assert settled(*result).totals["settled.refund_fen"] == 3_000


def test_issues_about_further_units_add_up_and_those_of_another_cause_too() -> None:
    units = [claim(refund(2_000), number=at, quantity=1, stated={"sent": at}) for at in range(2)]
    assert settled(*units, units=2).totals["settled.refund_fen"] == 4_000
    other = claim(refund(2_000), number=1, subject=Subject("1", "damage", "crushed"))
    assert settled(claim(refund(2_000)), other).totals["settled.refund_fen"] == 4_000


def test_issues_about_more_units_than_a_line_has_are_about_the_same_ones() -> None:
    three = [claim(refund(2_000), number=at, quantity=4, stated={"sent": at}) for at in range(3)]
    assert settled(*three, units=4).totals["settled.refund_fen"] == 2_000
    four = [claim(refund(1_000), number=at, quantity=2, stated={"sent": at}) for at in range(4)]
    assert settled(*four, units=5).totals["settled.refund_fen"] == 2_000


@given(st.integers(0, 12_000), st.integers(0, 12_000), st.integers(1, 10_000))
def test_what_was_and_what_is_paid_for_a_line_never_exceeds_it(owed: int, before: int, cost: int) -> None:
    before = min(before, cost)
    found = settled(claim(refund(owed)), payments=(payment(before),), refunded_fen=before, cost=cost)
    assert before + found.totals["settled.refund_fen"] == max(before, min(owed, cost))
