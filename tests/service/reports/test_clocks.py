from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from service.ledger.store import instant
from service.ledger.tables import CLOCKS
from tests.support.cases import PEACHES
from tests.support.reporting import Office, rows

Make = Callable[..., dict[str, Any]]

NAMES = ("clock", "due", "met", "missed", "unmet", "late_average", "late_most")


def at(text: str) -> str:
    return instant(datetime.fromisoformat(f"2026-08-{text}+08:00"))


def test_deadlines_are_met_or_missed_and_by_how_much(shop: Office, case: Make) -> None:
    met, late, passed, early = (shop.decide(case()) for _ in range(4))
    for decided, due, done in (
        (met, "10T12:00", "10T12:00"),
        (late, "10T12:00", "10T12:30"),
        (passed, "11T11:00", None),  # for an hour and a half by then
        (early, "12T12:00", "10T10:00"),  # not due yet
    ):
        shop.insert(
            CLOCKS, case_no=decided.case_no, name="respond_by", decision=decided.id, due_at=at(due),
            met_at=done and at(done),
        )  # fmt: skip
    shop.go_to(datetime.fromisoformat("2026-08-11T12:30:00+08:00"))
    assert rows(shop.report("clocks"), *NAMES) == [("respond_by", 3, 1, 2, 1, (30 + 90) // 2, 90)]
    assert rows(shop.report("clocks", group="day"), "period", "due", "missed") == [
        ("2026-08-10", 2, 1),
        ("2026-08-11", 1, 1),
    ]


def test_the_case_that_was_closed_before_has_missed_nothing(shop: Office, case: Make) -> None:
    closed = shop.decide(case())
    shop.insert(CLOCKS, case_no=closed.case_no, name="follow_up_by", decision=closed.id, due_at=at("12T12:00"))
    shop.end(closed)
    shop.days_later(5)
    assert rows(shop.report("clocks"), *NAMES) == [("follow_up_by", 1, 1, 0, 0, None, None)]


def test_a_deadline_falls_due_on_a_day_of_the_packs_time_zone(shop: Office, case: Make) -> None:
    decided = shop.decide(case())
    shop.insert(CLOCKS, case_no=decided.case_no, name="ask_by", decision=decided.id, due_at=at("11T00:30"))
    shop.days_later(5)
    assert rows(shop.report("clocks", group="day"), "period") == [("2026-08-11",)]
    assert rows(shop.report("clocks", "2026-08-10", "2026-08-10"), "clock") == []


def test_deadlines_of_real_decisions_are_counted(china: Office) -> None:
    decided = china.decide(PEACHES)
    due = {clock["name"] for clock in decided.recommendation["clocks"] if clock["at"]}
    china.go_to(datetime.fromisoformat("2026-12-31T00:00:00+08:00"))
    reported = china.report("clocks", "2026-08-01", "2026-12-31").rows
    assert {row["clock"] for row in reported} == due
    assert all(row["missed"] == row["unmet"] == 1 for row in reported)
