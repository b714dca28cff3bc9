from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete

from service.export import dossiers
from service.export.sheets import rows
from service.ledger.tables import CASES, ENTRIES, PAYLOADS
from service.packs import Ready
from tests.support.cases import PEACHES
from tests.support.reporting import MONDAY, Office
from tests.support.tampering import tampering

Make = Callable[..., dict[str, Any]]


def exported(office: Office, name: str = "sheet", language: str = "zh", **when: datetime) -> list[list[Any]]:
    headers, *found = rows(office.context, name, language, **when)
    assert len({len(headers), *map(len, found)}) == 1
    return found


@pytest.mark.meets("S-128")
def test_the_sheet_has_the_eight_columns_of_the_template(shop: Office) -> None:
    headers = ["日期", "姓名", "联系方式", "投诉内容", "处理过程", "解决方案", "处理人员", "备注"]
    assert list(rows(shop.context, "sheet", "zh")) == [headers]
    headers = ["投诉单号", "投诉人", "订单号", "提交时间", "接收人", "投诉类型", "期望解决方案", "初步判断"]
    assert list(rows(shop.context, "record", "zh")) == [headers]


def test_a_row_holds_the_case_from_complaint_to_solution(china: Office) -> None:
    decided = china.decide(PEACHES)
    china.go_to(MONDAY + timedelta(hours=2))
    china.enter("event", {"kind": "customer_accepted", "note": "客户同意"}, decided)
    china.go_to(MONDAY + timedelta(days=1))
    china.enter("outcome", {"way": "override", "kind": "refund", "total_fen": 3000, "note": "老客户"}, decided)
    assert exported(china) == [
        [
            "2026-08-10",
            "张***",
            "138****5678",
            "两成坏了",
            "2026-08-10 09:00 作出决定（处理方案）；2026-08-10 11:00 客户接受；2026-08-11 09:00 确定方案",
            "退款 30.00元",
            "李四",
            "客户同意；老客户",
        ]
    ]


def test_without_an_outcome_the_solution_is_what_is_recommended(china: Office) -> None:
    decided = china.decide(PEACHES)
    assert exported(china, language="en")[0][5] == "Remedy: refund of CNY 25.60 (in part), nothing to send back"
    china.enter("outcome", {"way": "accepted", "kind": "refund", "total_fen": 2560}, decided)
    again = deepcopy(PEACHES)
    again["complaint"]["no"] = decided.case_no
    again["issues"][0]["spoiled_ratio"] = "0.10"
    china.decide(again)
    assert exported(china, language="en")[0][5].startswith("Remedy: refund of CNY 12.80")


@pytest.mark.meets("S-030")
def test_the_record_holds_how_the_case_was_registered(china: Office) -> None:
    decided = china.decide(PEACHES)
    again = deepcopy(PEACHES)
    again["complaint"]["no"] = decided.case_no
    again["issues"][0]["spoiled_ratio"] = "0.10"
    china.decide(again)
    assert exported(china, "record") == [
        [
            decided.case_no,
            "张***",
            "A1001",
            "2026-08-14 15:00",
            "李四",
            "质量问题",
            "仅退款",
            "处理方案：退款 25.60元（部分），无需退货",
        ]
    ]


def test_an_issue_without_a_description_is_named_by_its_kind(shop: Office, case: Make) -> None:
    both = case()
    both["issues"].append({**both["issues"][0], "kind": "late"})
    shop.decide(both)
    assert exported(shop)[0][3] == "破损；晚到"
    assert exported(shop)[0][1:3] == ["", ""]  # this pack files no names


def test_an_erased_case_is_marked_as_erased(china: Office) -> None:
    china.decide(PEACHES)
    with china.ledger.writing("owner") as writer:
        writer.connection.execute(delete(PAYLOADS))
    (row,) = exported(china)
    assert row[:4] == ["2026-08-10", "内容已删除", "内容已删除", "内容已删除"]
    assert row[4:] == ["2026-08-10 09:00 作出决定（内容已删除）", "内容已删除", "李四", ""]
    assert exported(china, "record", "en")[0][-1] == "erased"


def test_a_case_whose_record_is_gone_keeps_its_row(shop: Office, case: Make) -> None:
    shop.decide(case())
    with tampering(shop.ledger) as connection:
        connection.execute(delete(ENTRIES))
    ((opened, *_, process, solution, handler, remarks),) = exported(shop)
    assert (opened, process, solution, handler, remarks) == ("2026-08-10", "", "内容已删除", "", "")


def test_a_case_is_exported_in_the_words_of_the_pack_that_decided_it(china: Office, ready: Ready) -> None:
    china.decide(PEACHES)
    elsewhere = replace(china.context, ready=ready)
    for language in ("zh", "en"):
        (_, row) = rows(elsewhere, "sheet", language)
        assert row[5] == exported(china, language=language)[0][5]


def test_cases_are_those_opened_in_the_time_asked_for(shop: Office, case: Make) -> None:
    for _ in range(3):
        shop.decide(case())
        shop.days_later(1)
    second, third = MONDAY + timedelta(days=1), MONDAY + timedelta(days=2)
    assert [row[0] for row in exported(shop, since=second)] == ["2026-08-11", "2026-08-12"]
    assert [row[0] for row in exported(shop, since=second, until=third)] == ["2026-08-11"]


def test_every_case_is_exported_whatever_the_size_of_a_batch(
    shop: Office, case: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dossiers, "AT_A_TIME", 2)
    numbers = [shop.decide(case()).case_no for _ in range(5)]
    assert [row[0] for row in exported(shop, "record")] == numbers


@pytest.mark.meets("S-128")
def test_a_case_without_a_handler_names_the_person_who_acted_last(shop: Office, case: Make) -> None:
    decided = shop.decide(case())
    assert exported(shop)[0][6] == "负责人"  # the operator had it decided
    assert exported(shop, language="en")[0][6] == "The owner"
    shop.enter("outcome", {"way": "override", "kind": "refund", "total_fen": 1, "by": "小李"}, decided)
    assert exported(shop)[0][6] == "小李"  # who proposed it, though another approved
    shop.enter("event", {"kind": "executed"}, decided, by="王芳")
    shop.enter("event", {"kind": "note", "note": "x"}, decided, by="陈刚")
    assert exported(shop)[0][6] == "王芳"
    assert exported(shop, "record")[0][4] == "负责人"  # the record says who took it in


def test_a_case_names_its_present_handler(china: Office) -> None:
    china.decide(PEACHES)
    china.change(CASES, CASES.c.no == CASES.c.no, handler="王五")
    assert exported(china)[0][6] == "王五"
