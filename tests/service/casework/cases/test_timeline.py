from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from service.casework.cases.overdue import escalate
from service.casework.cases.timeline import printed, timeline
from service.casework.context import CaseContext
from service.casework.decisions.deciding import decide
from service.casework.outcomes.outcomes import put_in_force
from service.errors import DomainError
from service.ledger import chain
from service.ledger.tables import CASES, DECISIONS, KEYS, PAYLOADS
from tests.support.at_counter import Time, complaint, say

HERE = Path(__file__).parent
ROLES = {"小李": "agent", "王芳": "lead", "shop-erp": "back_end", "陈刚": "manager"}


def keys(office: CaseContext) -> None:
    with office.ledger.writing("owner") as writer:
        for name, role in ROLES.items():
            row = {"id": f"key_{role}", "name": name, "role": role, "scopes": "", "hash": role, "made_at": writer.at}
            writer.connection.execute(insert(KEYS), row)


def enter(office: CaseContext, case_no: str, by: str, kind: str, /, **body: Any) -> None:
    """Add an entry as another part of the service does."""
    with office.ledger.writing(by) as writer:
        writer.append(kind, body, case_no=case_no, about="dec_x")


def in_force(office: CaseContext, case_no: str, outcome: dict[str, Any]) -> None:
    """Put an outcome in force that the pack of this counter has no option for."""
    with office.ledger.writing(outcome["by"]) as writer:
        latest = select(DECISIONS).join(CASES, CASES.c.decision == DECISIONS.c.id).where(CASES.c.no == case_no)
        put_in_force(writer, writer.connection.execute(latest).one(), outcome, "CNY")


def line(office: CaseContext, kind: str, by: str = "小李", language: str = "zh", /, **body: Any) -> str:
    """Return the sentence of an entry."""
    no = decide(office, complaint(), "小李").case_no
    enter(office, no, by, kind, **body)
    return str(timeline(office, no, language)[-1]["text"])


def whole_story(office: CaseContext, time: Time) -> str:
    """Let a case run from the complaint to its end, and return its number."""
    keys(office)
    no = decide(office, complaint(), "shop-erp").case_no
    time.pass_(minutes=5)
    say(office, no, "assigned", "王芳", handler="小李")
    time.pass_(minutes=5)
    proposal = {"choice": "override", "kind": "refund", "total_fen": 2560, "refund_fen": 2560, "reason": "老客户"}
    enter(office, no, "小李", "proposal", **proposal, note="商品易碎，寄回意义不大", needs="manager")
    time.pass_(hours=1)
    enter(office, no, "陈刚", "approval", approve=False, note="请先收回商品", proposal="ent_x")
    time.pass_(minutes=1)
    accepted = {"choice": "accepted", "kind": "return_refund", "total_fen": 2560, "refund_fen": 2560}
    enter(office, no, "小李", "outcome", **accepted, reason=None, note=None)
    time.pass_(hours=3)
    say(office, no, "customer_accepted", option=0, meets=["respond_by"])
    time.pass_(days=1)
    say(office, no, "return_shipped", "shop-erp", tracking_no="SF1024", carrier="顺丰", at="2026-11-23T09:00:00+08:00")
    time.pass_(days=2)
    facts = {"return.result": "swapped", "evidence.count": 2}
    say(office, no, "return_inspected", "王芳", result="swapped", facts=facts, references=["仓库照片 1", "仓库照片 2"])
    time.pass_(hours=2)
    enter(office, no, "shop-erp", "appeal", by="customer", grounds="我寄的就是原件")
    say(office, no, "person_requested", "shop-erp")
    time.pass_(days=36)
    half = {"way": "option", "kind": "refund", "total_fen": 1280, "refund_fen": 1280, "reason": None, "by": "王芳"}
    in_force(office, no, half | {"note": "协商一致", "approved_by": "陈刚", "role": "manager"})
    say(office, no, "executed", "王芳", reference="ALI-77", refund_fen=1280)
    time.pass_(days=2)
    assert [done["clock"] for done in escalate(office, "owner")] == ["follow_up_by"]
    say(office, no, "followed_up", note="款项已到账", meets=["follow_up_by"])
    say(office, no, "satisfaction", score=4, suggestion="验货请拍视频")
    say(office, no, "tag", tag="typical")
    say(office, no, "summary", "王芳", note="调包争议，以协商半额退款了结")
    say(office, no, "archived", "王芳")
    return no


@pytest.mark.meets(
    "S-005",
    "S-092",
    "S-104",
    "S-120",
    "S-123",
    "S-126",
    "S-203",
    "S-204",
    "S-211",
    "S-220",
)
def test_the_timeline_covers_a_case_from_the_complaint_to_its_end(office: CaseContext, time: Time) -> None:
    no = whole_story(office, time)
    for language in ("zh", "en"):
        expected = (HERE / f"story.{language}.txt").read_text(encoding="utf-8").splitlines()
        assert printed(office, no, language) == expected


@pytest.mark.parametrize(
    ("kind", "body", "zh", "en"),
    [
        ("execution.claimed", {}, "系统 shop-erp 开始执行方案", "shop-erp (back end) started the execution"),
        (
            "execution.executed",
            {"refund_fen": 2560, "reference": "P9"},
            "系统 shop-erp 确认执行完成，退款25.60元，凭证号P9",
            "shop-erp (back end) confirmed the execution: CNY 25.60 refunded, reference P9",
        ),
        (
            "execution.failed",
            {"reason": "余额不足"},
            "系统 shop-erp 报告执行失败，理由：余额不足",
            "shop-erp (back end) reported that the execution failed, because: 余额不足",
        ),
        (
            "review",
            {"right": False, "note": "应先验货"},
            "系统 shop-erp 抽查复核，认为处理有误；备注：应先验货",
            "shop-erp (back end) reviewed it and found it wrong; note: 应先验货",
        ),
        (
            "execution.late",
            {},
            "执行结果未按时确认，转由人工核实",
            "The execution was not confirmed in time: a person has to check it",
        ),
        (
            "execution.refused",
            {"reasons": ["switch:all:*", "line:1", "line:2"]},
            "未能自动执行（自动处理已暂停、该商品已有处理在执行），转由人工处理",
            "The automatic execution was not possible (automatic handling is switched off, this item already has an"
            " execution); a person handles it now",
        ),
        (
            "outcome",
            {"way": "override", "kind": "refund", "total_fen": 2560, "reason": "valued_customer", "by": "小李",
             "approved_by": "陈刚"},
            "客服小李改为退款25.60元，理由：维护老客户或重要客户，已经陈刚批准",
            "小李 (agent) changed it to: refund of CNY 25.60, because: Valued customer, approved by 陈刚",
        ),
        (
            "execution.refused",
            {"reasons": ["customer:unknown", "case:goes_on", "internal:KeyError"]},
            "未能自动执行（客户身份不明、案件已有新进展、系统内部出错），转由人工处理",
            "The automatic execution was not possible (the customer is not known, the case has changed, an internal"
            " error occurred); a person handles it now",
        ),
        ("approval", {"approve": True}, "系统 shop-erp 批准了上述方案", "shop-erp (back end) approved it"),
        ("outcome", {}, "系统 shop-erp 作出处理：暂无方案", "shop-erp (back end) settled it: no solution yet"),
        ("erased", {"reason": "客户要求"}, "系统 shop-erp 按规定删除了留存内容，理由：客户要求",
         "shop-erp (back end) erased the stored data, because: 客户要求"),
        ("mystery", {"x": [1]}, "系统 shop-erp 登记：mystery", "shop-erp (back end) recorded: mystery"),
        ("event", {"kind": "dissatisfied"}, "系统 shop-erp 登记：客户不满意",
         "shop-erp (back end) recorded: the customer is not satisfied"),
        ("event", {"kind": "mystery"}, "系统 shop-erp 登记：mystery", "shop-erp (back end) recorded: mystery"),
        ("event", {"kind": "note", "note": "a\n\u202eb"}, "系统 shop-erp 备注：a b", "shop-erp (back end) noted: a b"),
    ],
)  # fmt: skip
def test_every_kind_of_entry_has_a_line(office: CaseContext, kind: str, body: dict[str, Any], zh: str, en: str) -> None:
    keys(office)
    assert (line(office, kind, "shop-erp", "zh", **body), line(office, kind, "shop-erp", "en", **body)) == (zh, en)


@pytest.mark.parametrize("kind", ["outcome", "proposal", "approval", "appeal", "erased", "execution.executed"])
def test_an_empty_entry_has_a_line_too(office: CaseContext, kind: str) -> None:
    assert line(office, kind)


def test_an_erased_entry_is_marked_as_erased(office: CaseContext) -> None:
    no = decide(office, complaint(), "小李").case_no
    say(office, no, "note", note="电话 13812345678")
    with office.ledger.writing("owner") as writer:
        writer.connection.execute(PAYLOADS.delete())
    items = timeline(office, no, "zh")
    assert [(item["erased"], item["body"], item["text"]) for item in items] == [
        (True, None, "小李的一条记录（判定），内容已按规定删除"),
        (True, None, "小李的一条记录（经过），内容已按规定删除"),
    ]


def test_a_changed_entry_is_marked_as_changed_and_not_shown(office: CaseContext) -> None:
    no = decide(office, complaint(), "小李").case_no
    with office.ledger.writing("owner") as writer:
        writer.connection.execute(update(PAYLOADS).values(body=chain.pack({"recommendation": "all of it"})))
    (item,) = timeline(office, no, "zh")
    assert (item["erased"], item["body"]) == (False, None)
    assert item["text"] == "小李的一条记录（判定），内容已与原始记录不符，不予显示"


def test_the_timeline_says_why_no_machine_acts(office: CaseContext) -> None:
    first = decide(office, complaint(), "小李")
    say(office, first.case_no, "person_requested")
    decide(office, complaint(complaint={"no": first.case_no}), "小李")
    texts = [item["text"] for item in timeline(office, first.case_no, "zh")]
    assert texts[1:] == [
        "小李登记：客户要求人工处理，转由客服处理",
        "小李重新判定：处理方案为退货退款25.60元，由客服处理（本可自动处理，因客户要求人工处理转由人工）",
    ]


def test_the_timeline_comes_in_pages(office: CaseContext) -> None:
    no = decide(office, complaint(), "小李").case_no
    for note in "abc":
        say(office, no, "note", note=note)
    first = timeline(office, no, "en", 2)
    second = timeline(office, no, "en", 2, first[-1]["seq"])
    assert [item["kind"] for item in first + second] == ["decision", "event", "event", "event"]
    assert timeline(office, no, "en", 2, second[-1]["seq"]) == []


def test_a_role_is_shown_only_for_names_that_have_one(office: CaseContext) -> None:
    keys(office)
    with office.ledger.writing("owner") as writer:
        row = {"id": "key_2", "name": "小李", "role": "lead", "scopes": "", "hash": "2", "made_at": writer.at}
        writer.connection.execute(insert(KEYS), row)
    assert line(office, "execution.claimed") == "小李开始执行方案"
    assert line(office, "execution.claimed", "owner") == "负责人开始执行方案"


def test_a_missing_case_has_no_timeline(office: CaseContext) -> None:
    with pytest.raises(DomainError):
        timeline(office, "Tousu-20261122-0404", "zh")
