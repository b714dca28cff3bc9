from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from service.ledger.tables import DECISIONS
from tests.support.cases import PEACHES
from tests.support.reporting import Office, rows

Make = Callable[..., dict[str, Any]]


@pytest.mark.meets("S-109")
def test_complaints_are_counted_by_what_they_led_to(shop: Office, case: Make) -> None:
    for ratio in ("0.20", "0.50"):
        shop.decide(case(ratio=ratio))  # 25.60 and 64.00
    shop.decide(case("late"))
    assert rows(shop.report("remedy"), "value", "label", "cases", "total_fen") == [
        ("refund", "refund", 2, 8960),
        ("explanation", "explanation", 1, 0),
    ]
    assert rows(shop.report("party"), "value", "cases") == [("merchant", 2), ("none", 1)]
    assert rows(shop.report("kind", lang="zh"), "value", "label", "cases") == [
        ("broken", "破损", 2),
        ("late", "晚到", 1),
    ]


def test_what_was_given_is_the_outcome_else_what_was_executed(shop: Office, case: Make) -> None:
    accepted, changed, executed, failed, untouched = (shop.decide(case()) for _ in range(5))  # 25.60 each
    shop.outcome(accepted, "accepted", 2560)
    shop.outcome(changed, "override", 5000)
    shop.execution(executed, "executed", 2560)
    shop.execution(failed, "failed", 2560)
    assert untouched.mode
    assert rows(shop.report("outcome"), "value", "cases", "total_fen", "given_fen") == [
        ("remedy", 5, 5 * 2560, 2560 + 5000 + 2560)
    ]


def test_a_complaint_that_ended_is_no_longer_open(shop: Office, case: Make) -> None:
    ended, _ = shop.decide(case()), shop.decide(case())
    shop.end(ended)
    assert rows(shop.report("remedy"), "cases", "open", "closed") == [(2, 1, 1)]


def test_a_complaint_with_two_kinds_of_issue_counts_under_each(shop: Office, case: Make) -> None:
    both = case()
    both["issues"].append({**both["issues"][0], "kind": "late"})
    shop.decide(both)
    assert rows(shop.report("kind"), "value", "cases") == [("broken", 1), ("late", 1)]


def test_days_weeks_and_months_add_up(shop: Office, case: Make) -> None:
    shop.decide(case())  # Monday, 10 August
    shop.days_later(1)
    shop.decide(case())
    shop.days_later(6)
    shop.decide(case())  # Monday, 17 August
    assert rows(shop.report("remedy", group="day"), "period", "cases") == [
        ("2026-08-10", 1),
        ("2026-08-11", 1),
        ("2026-08-17", 1),
    ]
    assert rows(shop.report("remedy", group="week"), "period", "cases") == [("2026-W33", 2), ("2026-W34", 1)]
    assert rows(shop.report("remedy", group="month"), "period", "cases") == [("2026-08", 3)]
    assert rows(shop.report("remedy", "2026-08-11", "2026-08-16"), "cases") == [(1,)]
    assert rows(shop.report("remedy", "2026-08-18"), "cases") == []


def test_a_day_is_that_of_the_packs_time_zone(shop: Office, case: Make) -> None:
    shop.go_to(shop.moment.replace(hour=23, minute=59))
    shop.decide(case())
    shop.go_to(shop.moment.replace(day=11, hour=0, minute=0))
    shop.decide(case())
    assert rows(shop.report("remedy", group="day"), "period", "cases") == [("2026-08-10", 1), ("2026-08-11", 1)]


def test_decisions_of_another_pack_are_left_to_its_own_reports(shop: Office, case: Make) -> None:
    other = shop.decide(case())
    shop.decide(case())
    shop.change(DECISIONS, DECISIONS.c.id == other.id, pack="other")
    assert rows(shop.report("remedy"), "cases") == [(1,)]


# ---- on the China pack


def test_a_complaint_decided_again_counts_once_as_it_stands(china: Office) -> None:
    first = china.decide(PEACHES)
    china.days_later(1)
    again = deepcopy(PEACHES)
    again["issues"][0]["spoiled_ratio"] = "0.10"
    again["complaint"]["no"] = first.case_no
    second = china.decide(again, "evidence_added")
    assert second.follows == first.id
    (row,) = china.report("cause", group="day").rows
    assert (row["period"], row["value"], row["label"], row["cases"]) == (
        "2026-08-10", "spoiled", "spoiled before delivery", 1,
    )  # fmt: skip
    assert row["total_fen"] == second.recommendation["remedy"]["total_fen"] == 1280


@pytest.mark.parametrize(("name", "value", "said"), [("category", "fresh", "生鲜"), ("cause", "spoiled", "签收前变质")])
def test_values_are_called_what_the_pack_calls_them(china: Office, name: str, value: str, said: str) -> None:
    china.decide(PEACHES)
    assert rows(china.report(name, lang="zh"), "value", "label", "total_fen") == [(value, said, 2560)]
