"""What to ask first: by the expected answers, and what follows an unexpected one."""

from __future__ import annotations

from typing import Any

from rules.deciding.question_order import QuestionOrder
from rules.deciding.tree import Split, Variable
from rules.values.value import OPEN

PHOTO, TEST, RISK = (Variable(slot, 0) for slot in range(3))


def split(variable: Variable, so: Any, not_so: Any) -> Split:
    return Split(variable, ((True, so), (False, not_so)))


def order(tree: Any, *expected: Variable) -> QuestionOrder:
    return QuestionOrder(tree, lambda one: True if one in expected else OPEN)


def test_a_fact_that_matters_only_without_a_photo_is_asked_after_it() -> None:
    found = order(split(PHOTO, "refund", split(TEST, "repair", "refusal")), PHOTO)
    assert found.after == {TEST: (PHOTO, False)}
    assert found.asks_more(PHOTO, False)
    assert not found.asks_more(PHOTO, True)
    assert found.before(TEST) == {PHOTO: False}
    assert found.before(PHOTO) == {}


def test_it_does_not_matter_which_of_them_the_tree_splits_on_first() -> None:
    found = order(split(TEST, split(PHOTO, "refund", "repair"), split(PHOTO, "refund", "refusal")), PHOTO)
    assert found.after == {TEST: (PHOTO, False)}


def test_a_fact_that_matters_in_any_case_is_asked_now() -> None:
    found = order(split(RISK, split(PHOTO, "a", "b"), split(PHOTO, "c", "d")), PHOTO)
    assert found.matters == {RISK, PHOTO}
    assert found.after == {}


def test_without_expected_answers_everything_is_asked_now() -> None:
    assert order(split(PHOTO, "refund", split(TEST, "repair", "refusal"))).after == {}


def test_what_only_two_unexpected_answers_make_matter_is_asked_now() -> None:
    inner = split(PHOTO, "refund", split(RISK, "refund", split(TEST, "repair", "refusal")))
    assert TEST not in order(inner, PHOTO, RISK).after
