from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from rules.lab.expected import Difference, incoherence, judge

CLOCKS = [
    {"name": "reply_by", "within": "4 hours", "at": "2026-08-14T19:00:00+08:00"},
    {"name": "refund_by", "within": "24 hours", "at": None},
]


@pytest.mark.parametrize(
    ("expected", "found"),
    [
        ({"a": 1}, {"a": 1, "b": 2}),
        ({"a": {"b": "x"}}, {"a": {"b": "x", "c": 1}}),
        ("25.60 CNY", 2560),
        ("3 CNY", 300),
        (Fraction(1, 5), "0.2"),
        (20, "20"),
        (None, None),
        (False, False),
        ([{"name": "refund_by"}], CLOCKS),
        ([{"name": "refund_by"}, {"within": "4 hours"}], CLOCKS),
        ([2, 1], [1, 2, 3]),
        ({"is": []}, []),
        ({"is": ["a", "b"]}, ["a", "b"]),
        ({"is": {"merchant": 100}}, {"merchant": 100}),
        ({"contains": "桃"}, "您收到的水蜜桃"),
        ({"contains": ["水", "桃"]}, "您收到的水蜜桃"),
        ({"lacks": "梨"}, "水蜜桃"),
        ({"lacks": [{"name": "call_by"}]}, CLOCKS),
        ({"lacks": [{"name": "reply_by", "within": "5 hours"}]}, CLOCKS),
        ({"lacks": [{"name": "reply_by"}]}, []),
        ({"one_of": ["refund", "resend"]}, "resend"),
        ({"one_of": ["25.60 CNY", None]}, 2560),
        ({"one_of": ["25.60 CNY", None]}, None),
        ({"at_least": "25 CNY"}, 2500),
        ({"at_least": "25 CNY", "at_most": "30 CNY"}, 3000),
        ({"at_most": 3}, "2.5"),
    ],
)
def test_what_is_as_expected_differs_in_nothing(expected: Any, found: Any) -> None:
    assert judge(expected, found) == ()


@pytest.mark.parametrize(
    ("expected", "found"),
    [
        ({"a": 1}, {"a": 2}),
        ({"a": None}, {}),
        ({"a": 1}, None),
        ("25.60 CNY", 2561),
        (1, True),
        (False, 0),
        (None, 0),
        (0, None),
        ([], None),
        ([1, 4], [1, 2]),
        ([{"name": "refund_by"}, {"name": "call_by"}], CLOCKS),
        ({"is": ["a"]}, ["a", "b"]),
        ({"is": ["a", "b"]}, ["b", "a"]),
        ({"is": {"merchant": 100}}, {"merchant": 100, "logistics": 0}),
        ({"contains": "梨"}, "水蜜桃"),
        ({"contains": "x"}, None),
        ({"lacks": ["梨", "桃"]}, "水蜜桃"),
        ({"lacks": [{"name": "call_by"}, {"name": "reply_by"}]}, CLOCKS),
        ({"lacks": "x"}, None),
        ({"zhh": {"lacks": "绝对"}}, {"zh": "绝对"}),
        ({"one_of": ["refund", "resend"]}, "repair"),
        ({"at_least": "25 CNY"}, 2499),
        ({"at_least": "25 CNY", "at_most": "30 CNY"}, 3001),
        ({"at_least": 0}, None),
        ({"at_least": 0}, True),
        ({"at_least": 0}, "many"),
    ],
)
def test_what_is_not_as_expected_differs(expected: Any, found: Any) -> None:
    assert judge(expected, found)


def test_a_difference_names_the_path_the_expected_and_the_found_value() -> None:
    expected = {"remedy": {"refund_fen": "25.60 CNY", "kind": "refund"}, "severity": "urgent"}
    found = {"remedy": {"refund_fen": 2600, "kind": "refund"}}
    assert judge(expected, found) == (
        Difference("remedy.refund_fen", "25.60 CNY", "26.00 CNY"),
        Difference("severity", "urgent", "(left out)"),
    )


def test_of_a_list_the_nearest_item_is_shown() -> None:
    (difference,) = judge({"clocks": [{"name": "reply_by", "within": "1 hours"}]}, {"clocks": CLOCKS})
    assert difference == Difference("clocks[0].within", "1 hours", "4 hours")


def test_of_a_list_without_anything_like_it_the_whole_is_shown() -> None:
    (difference,) = judge({"clocks": [{"name": "call_by", "within": "2 hours"}]}, {"clocks": CLOCKS})
    assert difference == Difference("clocks[]", {"name": "call_by", "within": "2 hours"}, CLOCKS)


def test_one_item_may_be_expected_in_several_ways() -> None:
    words = [{"block": "sorry", "zh": "很抱歉"}, {"block": "offer", "zh": "退款25.60元"}]
    assert judge([{"block": "offer"}, {"zh": {"contains": "25.60元"}}], words) == ()


def test_a_recommendation_that_contradicts_itself_differs_whatever_is_expected() -> None:
    reasons: list[dict[str, Any]] = [{"rule": "small"}, {"code": "money_unsaid"}]
    (difference,) = incoherence({"automation": {"reasons": reasons}})
    assert (difference.path, difference.found) == ("automation.reasons", "money_unsaid")
    assert incoherence({"automation": {"reasons": reasons[:1]}}) == ()
