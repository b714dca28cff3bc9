from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from service.ledger.tables import CASES
from tests.support.cases import PEACHES
from tests.support.reporting import Office, rows

Make = Callable[..., dict[str, Any]]


@pytest.mark.meets("S-242")
def test_the_daily_sheet_counts_a_day_by_every_dimension(china: Office) -> None:
    china.decide(PEACHES)
    closed = china.decide({**PEACHES, "channel": "phone", "order": {**PEACHES["order"], "no": "A2"}})
    china.end(closed)
    china.days_later(1)
    china.decide({**PEACHES, "order": {**PEACHES["order"], "no": "A3"}})
    report = china.report("daily", "2026-08-10", "2026-08-10", lang="zh")
    assert rows(report, "section", "value", "label", "cases", "open", "closed") == [
        ("total", None, "合计", 2, 1, 1),
        ("state", "closed", "已关闭", 1, 0, 1),
        ("state", "in_progress", "处理中", 1, 1, 0),
        ("channel", "chat", "在线客服", 1, 1, 0),
        ("channel", "phone", "电话", 1, 0, 1),
        ("kind", "quality", "质量问题", 2, 1, 1),
        ("cause", "spoiled", "签收前变质", 2, 1, 1),
        ("severity", "normal", "一般", 2, 1, 1),
        ("category", "fresh", "生鲜", 2, 1, 1),
    ]


def test_what_the_pack_files_under_nothing_is_not_known(shop: Office, case: Make) -> None:
    shop.decide(case())
    assert ("category", None, "not known", 1) in rows(shop.report("daily"), "section", "value", "label", "cases")


@pytest.mark.meets("S-112", "S-226", "S-227", "S-272")
def test_the_weekly_sheet_compares_with_the_week_before(shop: Office, case: Make) -> None:
    for kind in ("broken", "late", "late"):
        shop.decide(case(kind))
    shop.days_later(7)
    for kind in ("broken", "broken"):
        shop.decide(case(kind))  # 25.60 each
    report = shop.report("weekly", "2026-08-17", "2026-08-23")
    found = rows(report, "section", "value", "cases", "before", "change", "total_fen")
    assert [row for row in found if row[0] in ("total", "kind")] == [
        ("total", None, 2, 3, -1, 5120),
        ("kind", "broken", 2, 1, 1, 5120),
        ("kind", "late", 0, 2, -2, 0),
    ]


@pytest.mark.meets("S-228")
def test_typical_cases_stand_in_the_weekly_sheet(shop: Office, case: Make) -> None:
    typical, other = shop.decide(case()), shop.decide(case("late"))
    shop.change(CASES, CASES.c.no == typical.case_no, tags="|media|typical|")
    shop.change(CASES, CASES.c.no == other.case_no, tags="|atypical|")
    (row,) = (row for row in shop.report("weekly").rows if row["section"] == "typical")
    assert (row["value"], row["label"], row["total_fen"]) == (typical.case_no, "Broken, refund", 2560)


def test_an_empty_day_has_an_empty_sheet(shop: Office) -> None:
    assert rows(shop.report("daily"), "section", "cases") == [("total", 0)]
