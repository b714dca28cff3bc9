"""Exact money: rounding, shares that add up to the fen, what a line cost, and bundles settled anew."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.values.money import (
    Discount,
    Line,
    allocate,
    funded_by_line,
    half_up,
    paid_by_line,
    part_of,
    recalculated,
)
from rules.values.value import OPEN

FEN = st.integers(0, 10**9)
WEIGHTS = st.lists(st.integers(0, 10**7) | st.fractions(0, 1000), min_size=1, max_size=8)
BOOKS = (Line("120", 1, 12000, 9600), Line("100", 1, 10000, 8000), Line("80", 1, 8000, 6400))


@st.composite
def orders(draw: st.DrawFn) -> list[Line]:
    pairs = draw(st.lists(st.tuples(st.integers(1, 20), st.integers(0, 10**6)), min_size=1, max_size=6))
    return [Line(str(at), quantity, price) for at, (quantity, price) in enumerate(pairs)]


@pytest.mark.parametrize(
    ("amount", "rounded"),
    [
        (Fraction(5, 2), 3),
        (Fraction(249, 100), 2),
        (Fraction(-5, 2), -3),
        (Fraction(-1, 3), 0),
        (7, 7),
        (-7, -7),
        (0, 0),
    ],
)
def test_a_half_rounds_away_from_zero(amount: Fraction | int, rounded: int) -> None:
    assert half_up(amount) == rounded


@given(st.decimals(-(10**9), 10**9, places=3))
def test_rounding_agrees_with_the_decimal_module(amount: Decimal) -> None:
    assert half_up(Fraction(amount)) == int(amount.quantize(Decimal(1), ROUND_HALF_UP))


def test_the_largest_remainders_take_what_is_left_over() -> None:
    assert allocate(100, [1, 2, 3]) == (17, 33, 50)  # 16.67, 33.33, 50


def test_the_earlier_of_equals_takes_the_odd_fen() -> None:
    assert allocate(100, [1, 1, 1]) == (34, 33, 33)
    assert allocate(-100, [1, 1, 1]) == (-34, -33, -33)


def test_weights_of_nothing_share_alike() -> None:
    assert allocate(3, [0, 0]) == (2, 1)
    assert allocate(0, []) == ()


@pytest.mark.parametrize("weights", [[], [1, -1]])
def test_a_sum_that_nobody_can_take_is_a_fault_of_the_program(weights: list[int]) -> None:
    with pytest.raises(ValueError, match="weights"):
        allocate(1, weights)


@given(FEN, WEIGHTS)
def test_shares_add_up_and_stay_within_a_fen_of_their_part(total: int, weights: list[int | Fraction]) -> None:
    parts = allocate(total, weights)
    assert sum(parts) == total
    whole = sum(weights)
    assert not whole or all(abs(p - Fraction(total) * w / whole) < 1 for p, w in zip(parts, weights, strict=True))


def test_two_coupons_on_the_whole_order_as_in_s13() -> None:
    lines = (Line("A", 1, 20000), Line("B", 1, 10000))
    assert paid_by_line(lines, [Discount(2000, funder="merchant"), Discount(3000, funder="platform")]) == (16667, 8333)


def test_a_coupon_of_the_platform_is_shared_over_what_the_coupons_of_the_shop_left() -> None:
    lines = (Line("A", 1, 1000), Line("B", 1, 9000))
    shop, platform = Discount(200, ("A",), "merchant"), Discount(1000, funder="platform")
    assert paid_by_line(lines, [shop, platform]) == (718, 8082)  # 8.00 of 98.00 is left: 0.82
    assert paid_by_line(lines, [platform, shop]) == (718, 8082)
    assert funded_by_line(lines, [platform, shop], "platform") == (82, 918)
    assert funded_by_line(lines, [platform, shop], "merchant") == (200, 0)
    assert funded_by_line((*lines, Line("C", 1)), [platform, shop], "platform") == (OPEN, OPEN, OPEN)


def test_ten_per_cent_off_three_at_100_makes_two_of_them_cost_180() -> None:
    (paid,) = paid_by_line([Line("1", 3, 10000)], [Discount(3000)])
    assert part_of(paid, 3, 2) == 18000  # not 200.00, the list price of wish 1


def test_a_discount_touches_only_the_lines_it_names() -> None:
    assert paid_by_line([Line("A", 1, 20000), Line("B", 1, 10000)], [Discount(500, ("B",))]) == (20000, 9500)


def test_an_amount_that_was_sent_stands() -> None:
    assert paid_by_line([Line("A", 1, 20000, 15000), Line("B", 1, 10000)], [Discount(3000)]) == (15000, 9000)


def test_what_is_not_known_of_a_discount_leaves_its_lines_open() -> None:
    lines = (Line("A", 1, 20000), Line("B", 1, 10000), Line("C", 1))
    assert paid_by_line(lines) == (20000, 10000, OPEN)
    assert paid_by_line(lines, [Discount(1000)]) == (OPEN, OPEN, OPEN)  # the weight of C is missing
    assert paid_by_line(lines, [Discount(OPEN, ("A",))]) == (OPEN, 10000, OPEN)
    assert paid_by_line(lines, [Discount(100, ("A", "gone"))]) == (OPEN, 10000, OPEN)
    assert paid_by_line((*lines, Line("D", 1, OPEN, 7)), OPEN) == (OPEN, OPEN, OPEN, 7)


def test_a_line_that_is_free_already_takes_no_more_off_and_the_rest_moves_on() -> None:
    lines = (Line("A", 1, 1000), Line("B", 1, 9000))
    assert paid_by_line(lines, [Discount(1000, ("A",)), Discount(1000)]) == (0, 8000)


@given(orders(), st.lists(st.integers(0, 10**6), max_size=4))
def test_lines_cost_what_the_order_cost_to_the_fen(lines: list[Line], discounts: list[int]) -> None:
    paid = paid_by_line(lines, [Discount(amount) for amount in discounts])
    gross = sum(line.quantity * int(str(line.price_fen)) for line in lines)
    assert sum(part for part in paid if part is not OPEN) == max(gross - sum(discounts), 0)
    assert all(part is not OPEN and part >= 0 for part in paid)


@given(FEN, st.integers(1, 30), st.data())
def test_units_that_go_back_in_steps_are_worth_the_line(paid: int, quantity: int, data: st.DataObject) -> None:
    first = data.draw(st.integers(0, quantity))
    assert part_of(paid, quantity, first) + part_of(paid, quantity, quantity - first, first) == paid


def test_more_units_than_there_are_are_worth_no_more() -> None:
    assert part_of(1000, 2, 5) == 1000
    assert part_of(1000, 2, 1, gone=2) == 0
    assert part_of(1000, 0, 1) == 0


def test_law_settles_the_books_of_s12_at_purchase_price() -> None:
    assert recalculated(BOOKS, {"80": 1}, 30000, 0, 24000) == 2000  # 240 - (120 + 100)


def test_a_promotion_that_is_still_reached_gives_back_the_paid_part() -> None:
    assert recalculated(BOOKS, {"80": 1}, 22000, 0, 24000) == 6400  # 80 x 0.8: the pro-rata figure of S12


def test_a_bundle_returned_whole_gives_back_everything() -> None:
    assert recalculated(BOOKS, {"120": 1, "100": 1, "80": 1}, 30000, 0, 24000) == 24000


def test_recalculating_takes_nothing_from_the_customer() -> None:
    assert recalculated(BOOKS, {"80": 1}, 30000, 5000, 24000) == 0  # 240 - 50 - 220 would be -30
    assert recalculated(BOOKS, {"80": 1}, 0, 20000, 24000) == 4000  # no more than is left of what was paid


def test_units_that_went_back_before_are_not_kept() -> None:
    lines = (Line("A", 3, 10000, 27000, gone=1),)
    assert recalculated(lines, {"A": 1}, 30000, 9000, 27000) == 8000  # 270 - 90 - 100
    assert recalculated(lines, {"A": 1}, 10000, 9000, 27000) == 9000


def test_fewer_than_none_never_went_back() -> None:
    none, fewer = (Line("A", 2, 10000, 18000, gone) for gone in (0, -1))
    assert part_of(18000, 2, 1, -1) == part_of(18000, 2, 1) == 9000
    assert recalculated((fewer,), {"A": 1}, 20000, 0, 18000) == recalculated((none,), {"A": 1}, 20000, 0, 18000) == 8000


def test_recalculating_needs_only_the_prices_of_what_is_kept() -> None:
    assert recalculated((Line("A", 1, 10000), Line("B", 1)), {"B": 1}, 15000, 0, 12000) == 2000
    assert recalculated((Line("A", 1, 10000), Line("B", 1)), {"A": 1}, 15000, 0, 12000) is OPEN
    assert recalculated((Line("A", 1, 10000), Line("B", 1)), {"B": 1}, 5000, 0, 12000) is OPEN


@given(orders(), st.integers(0, 10**6), st.integers(0, 10**7), st.integers(0, 10**7), st.data())
def test_no_refund_goes_above_what_was_paid(
    lines: list[Line], discount: int, threshold: int, refunded: int, data: st.DataObject
) -> None:
    paid = paid_by_line(lines, [Discount(discount)])
    total = sum(part for part in paid if part is not OPEN)
    known = [Line(line.id, line.quantity, line.price_fen, part) for line, part in zip(lines, paid, strict=True)]
    returned = {line.id: data.draw(st.integers(0, int(line.quantity))) for line in lines}
    refund = recalculated(known, returned, threshold, refunded, total)
    assert refund is not OPEN
    assert 0 <= refund <= max(total - refunded, 0)
