from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.cases import PEACHES
from tests.support.reporting import Office, rows

Make = Callable[..., dict[str, Any]]


@pytest.mark.meets("S-229")
def test_overrides_are_counted_by_the_rules_that_decided(shop: Office, case: Make) -> None:
    more, less, option, accepted, late = (shop.decide(case()) for _ in range(5))  # 25.60 each
    shop.outcome(more, "override", 4000)
    shop.outcome(less, "override", 560)
    shop.outcome(option, "option", 3000)
    shop.outcome(accepted, "accepted", 2560)
    shop.decide(case("late"))  # by other rules, and nobody changed it
    names = ("rule", "label", "decided", "options", "overridden", "more_fen", "less_fen")
    sums = (5, 1, 2, (4000 - 2560) + (3000 - 2560), 2560 - 560)
    assert late.mode
    assert rows(shop.report("overrides"), *names) == [
        ("fault/broken", "Broken on arrival", *sums),
        ("remedy/refund", "Refund by the spoiled share", *sums),
    ]


def test_overrides_are_counted_for_each_week(shop: Office, case: Make) -> None:
    shop.outcome(shop.decide(case()), "override", 2600)
    shop.days_later(7)
    shop.outcome(shop.decide(case()), "override", 2700)
    found = rows(shop.report("overrides", group="week"), "period", "rule", "decided", "more_fen")
    assert ("2026-W33", "fault/broken", 1, 40) in found
    assert ("2026-W34", "fault/broken", 1, 140) in found


def test_rules_that_fired_in_no_decision_of_the_period_are_listed(shop: Office, case: Make) -> None:
    assert rows(shop.report("never-fired"), "rule") == [("fault/broken",), ("remedy/refund",), ("remedy/explain",)]
    shop.decide(case())
    (row,) = shop.report("never-fired", lang="zh").rows
    assert (row["rule"], row["label"], row["question"]) == ("remedy/explain", "说明情况", "客户得到什么")
    assert len(shop.report("never-fired", "2026-09-01", "2026-09-30").rows) == 3


def test_rules_of_words_and_deadlines_are_not_listed_as_idle(china: Office) -> None:
    before = {row["rule"] for row in china.report("never-fired").rows}
    decided = china.decide(PEACHES)
    after = {row["rule"] for row in china.report("never-fired").rows}
    spoke = {f"{one['policy']}/{one['rule']}" for one in decided.recommendation["why"]["rules"]}
    assert before - after == spoke
    assert not {rule for rule in before if rule.partition("/")[0] in ("words", "clocks")}
