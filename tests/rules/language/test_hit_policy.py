"""Hit policies: which of several matched rows speaks, and when they contradict each other."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.language.hit_policy import NO_MATCH, Conflict, HitPolicy, Result, Row, resolve
from rules.values.value import OPEN

REFUND = Row("refund", ("refund",))
REFUSE = Row("refuse", ("refuse",))
REFUND_TOO = Row("refund-too", ("refund",))
STRICTEST = (("refuse", "refund"),)


@pytest.mark.parametrize("hit", HitPolicy)
def test_nothing_matched_leaves_the_answer_to_otherwise(hit: HitPolicy) -> None:
    assert resolve(hit, []) is NO_MATCH


@pytest.mark.parametrize("hit", [hit for hit in HitPolicy if not (hit.lists or hit.aggregates)])
def test_a_single_row_applies(hit: HitPolicy) -> None:
    assert resolve(hit, [REFUND], STRICTEST) == Result(("refund",), ("refund",))


def test_unique_rows_conflict_even_when_they_agree() -> None:
    assert resolve(HitPolicy.UNIQUE, [REFUND, REFUND_TOO]) == Conflict(("refund", "refund-too"))


def test_any_lets_agreeing_rows_apply_together() -> None:
    assert resolve(HitPolicy.ANY, [REFUND, REFUND_TOO]) == Result(("refund",), ("refund", "refund-too"))


def test_any_names_all_rows_of_a_conflict() -> None:
    assert resolve(HitPolicy.ANY, [REFUND, REFUSE, REFUND_TOO]) == Conflict(("refund", "refuse", "refund-too"))


def test_any_compares_every_output() -> None:
    rows = [Row("a", ("approved", 1)), Row("b", ("approved", 2))]
    assert resolve(HitPolicy.ANY, rows) == Conflict(("a", "b"))


def test_any_stays_open_beside_an_open_value() -> None:
    assert resolve(HitPolicy.ANY, [Row("a", (100,)), Row("b", (OPEN,))]) == Result((OPEN,), ("a", "b"))


def test_any_conflicts_beside_an_open_value_when_the_known_ones_differ() -> None:
    assert resolve(HitPolicy.ANY, [Row("a", (100,)), Row("b", (OPEN,)), Row("c", (200,))]) == Conflict(("a", "b", "c"))


def test_first_takes_the_upper_row() -> None:
    assert resolve(HitPolicy.FIRST, [REFUND, REFUSE]) == Result(("refund",), ("refund",))


def test_priority_takes_the_value_listed_first_wherever_its_row_stands() -> None:
    assert resolve(HitPolicy.PRIORITY, [REFUND, REFUSE], STRICTEST) == Result(("refuse",), ("refuse",))


def test_priority_compares_the_first_output_first() -> None:
    orders = (("approved", "declined"), ("best", "standard"))
    rows = [Row("a", ("declined", "best")), Row("b", ("approved", "standard"))]
    assert resolve(HitPolicy.PRIORITY, rows, orders) == Result(("approved", "standard"), ("b",))


def test_priority_compares_the_next_output_between_equals() -> None:
    orders = (("approved", "declined"), ("best", "standard"))
    rows = [Row("a", ("approved", "standard")), Row("b", ("approved", "best"))]
    assert resolve(HitPolicy.PRIORITY, rows, orders) == Result(("approved", "best"), ("b",))


def test_priority_cannot_choose_between_equals_that_differ_in_an_unlisted_output() -> None:
    rows = [Row("a", ("approved", 1)), Row("b", ("approved", 2)), Row("c", ("declined", 3))]
    assert resolve(HitPolicy.PRIORITY, rows, (("approved", "declined"), ())) == Conflict(("a", "b"))


def test_an_unlisted_value_comes_last() -> None:
    assert resolve(HitPolicy.PRIORITY, [Row("odd", ("other",)), REFUND], STRICTEST) == Result(("refund",), ("refund",))


@pytest.mark.parametrize("hit", [HitPolicy.COLLECT, HitPolicy.RULE_ORDER])
def test_lists_keep_the_order_of_rows_and_repetitions(hit: HitPolicy) -> None:
    said = resolve(hit, [REFUND, REFUSE, REFUND_TOO])
    assert said == Result((("refund", "refuse", "refund"),), ("refund", "refuse", "refund-too"))


def test_output_order_sorts_by_listed_values_and_keeps_rows_in_step() -> None:
    rows = [Row("a", ("declined", 1)), Row("b", ("approved", 2)), Row("c", ("declined", 3))]
    said = resolve(HitPolicy.OUTPUT_ORDER, rows, (("approved", "declined"),))
    assert said == Result((("approved", "declined", "declined"), (2, 1, 3)), ("b", "a", "c"))


NUMBERS = [Row("third", (Fraction(1, 3),)), Row("two", (2,)), Row("again", (2,))]


@pytest.mark.parametrize(
    ("hit", "value", "rules"),
    [
        (HitPolicy.SUM, Fraction(13, 3), ("third", "two", "again")),
        (HitPolicy.MIN, Fraction(1, 3), ("third",)),
        (HitPolicy.MAX, 2, ("two", "again")),
        (HitPolicy.COUNT, 3, ("third", "two", "again")),
    ],
)
def test_aggregates_are_exact_and_count_equal_outputs(hit: HitPolicy, value: object, rules: tuple[str, ...]) -> None:
    assert resolve(hit, NUMBERS) == Result((value,), rules)


@pytest.mark.parametrize("hit", [HitPolicy.SUM, HitPolicy.MIN, HitPolicy.MAX])
def test_an_open_output_leaves_the_aggregate_open(hit: HitPolicy) -> None:
    assert resolve(hit, [Row("a", (1,)), Row("b", (OPEN,))]) == Result((OPEN,), ("a", "b"))


def test_rows_count_whatever_their_outputs_are() -> None:
    assert resolve(HitPolicy.COUNT, [Row("a", (1,)), Row("b", (OPEN,))]) == Result((2,), ("a", "b"))


rows_in_two_orders = st.lists(st.sampled_from(["refuse", "refund"]), min_size=1, max_size=5).flatmap(
    lambda values: st.permutations([Row(str(number), (value,)) for number, value in enumerate(values)])
)


@given(rows_in_two_orders, st.sampled_from([HitPolicy.UNIQUE, HitPolicy.ANY, HitPolicy.PRIORITY, HitPolicy.COUNT]))
def test_the_order_of_rows_does_not_matter(rows: list[Row], hit: HitPolicy) -> None:
    ordered = resolve(hit, sorted(rows, key=lambda row: row.rule), STRICTEST)
    said = resolve(hit, rows, STRICTEST)
    assert type(said) is type(ordered)
    assert isinstance(said, Conflict) or (isinstance(ordered, Result) and said.outputs == ordered.outputs)  # type: ignore[union-attr]
