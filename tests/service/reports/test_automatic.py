from __future__ import annotations

from copy import deepcopy
from typing import Any

from service.ledger.store import instant
from service.ledger.tables import DECISIONS, SWITCHES
from tests.support.at_counter import pay
from tests.support.cases import PEACHES
from tests.support.reporting import Office, rows


def peaches(order: str, **changed: Any) -> dict[str, Any]:
    made = deepcopy(PEACHES)
    made["order"]["no"] = order
    made["issues"][0] |= changed
    return made


def measures(office: Office, **when: Any) -> dict[tuple[str, str | None], tuple[int, float | None]]:
    found = rows(office.report("automatic", **when), "measure", "reason", "decisions", "percent")
    return {(measure, reason): (many, percent) for measure, reason, many, percent in found}


def test_the_report_counts_automatic_decisions_and_why_people_got_the_rest(china: Office) -> None:
    executed, taken, _ = (china.decide(peaches(f"A{number}")) for number in range(3))
    assert {executed.mode, taken.mode} == {"auto"}
    china.insert(SWITCHES, scope="all", name="*", since=instant(china.moment), by="owner", reason="test")
    held = china.decide(peaches("A3"))
    assert held.held == ("switch:all:*",)
    china.decide(peaches("A4", injury=True))  # never for a machine
    china.execution(executed, "executed", 2560)
    china.enter("execution.refused", {"reasons": ["budget:day:*", "budget:customer:c1"], "mode": "auto"}, taken)
    china.change(DECISIONS, DECISIONS.c.id == taken.id, mode="agent")
    assert measures(china) == {
        ("decided", None): (5, 100.0),
        ("wanted", None): (4, 80.0),
        ("automatic", None): (2, 40.0),
        ("degraded", None): (2, 50.0),
        ("degraded", "budget"): (1, 25.0),
        ("degraded", "switch"): (1, 25.0),
        ("executed", None): (1, 25.0),
    }
    (row,) = (row for row in china.report("automatic").rows if row["measure"] == "executed")
    assert (row["label"], row["total_fen"]) == ("carried out", 2560)


def test_a_payment_by_a_person_does_not_count_as_automatic(china: Office) -> None:
    decided = china.decide(peaches("A0"))
    pay(china.context, decided.case_no, 2560)
    assert ("executed", None) not in measures(china)


def test_the_report_counts_what_reviews_found(china: Office) -> None:
    decided = [china.decide(peaches(f"A{number}")) for number in range(4)]
    for one in decided[:3]:
        china.change(DECISIONS, DECISIONS.c.id == one.id, drawn=True)
    for one, right in ((decided[0], True), (decided[1], False)):
        china.change(DECISIONS, DECISIONS.c.id == one.id, reviewed_at=instant(china.moment))
        china.enter("review", {"right": right, "note": ""}, one)
    found = measures(china)
    assert found["drawn", None] == (3, 75.0)
    assert found["reviewed", None] == (2, 66.7)
    assert found["wrong", None] == (1, 50.0)


def test_each_month_has_shares_of_its_own(china: Office) -> None:
    china.decide(peaches("A1"))
    china.days_later(31)
    china.decide(peaches("A2", injury=True))
    found = rows(china.report("automatic", last="2026-09-30", group="month"), "period", "measure", "decisions")
    assert found == [
        ("2026-08", "decided", 1), ("2026-08", "wanted", 1), ("2026-08", "automatic", 1), ("2026-09", "decided", 1),
    ]  # fmt: skip


def test_nothing_decided_is_an_empty_report(china: Office) -> None:
    assert china.report("automatic").rows == []
