"""The automation guards: why a decision is not automatic, as a sentence for each code, in Chinese and English.

A code without a sentence uses that of its head: `line:1` that of `line`, with `1` in its slot. Where the customer or
the order is missing, the sentence names the fact to add.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from service.i18n.filling import fill
from service.i18n.messages import Texts

_HELD: Final[Mapping[str, tuple[str, str]]] = {
    "customer:unknown": (
        "案件没有客户编号，机器不能自动付款，请补充 {fact}",
        "The case names no customer, so no machine may pay: add {fact}",
    ),
    "customer:rejected": ("客户未接受方案，由人工处理", "The customer turned the remedy down: a person decides"),
    "customer": (
        "客户编号的写法可能与他人混淆，由人工核对",
        "The customer's id may be taken for another: a person looks",
    ),
    "order:unknown": (
        "案件没有订单号，机器不能自动付款，请补充 {fact}",
        "The case names no order, so no machine may pay: add {fact}",
    ),
    "order:held": (
        "该订单已有执行记录，且订单内容与当时不同，由人工核对",
        "The order has an execution already, and is stated otherwise than then: a person looks",
    ),
    "order": (
        "订单号的写法可能与其他订单混淆，由人工核对",
        "The order's number may be taken for another: a person looks",
    ),
    "merchant": (
        "商家名称的写法可能与他人混淆，由人工核对",
        "The merchant's name may be taken for another: a person looks",
    ),
    "line:*": ("该订单已有执行记录，不再自动处理", "The order has an execution already: no machine pays it again"),
    **dict.fromkeys(
        ("line:mixed_scripts", "line:foreign_letters"),
        ("商品编号的写法可能与其他商品混淆，由人工核对", "The line's id may be taken for another: a person looks"),
    ),
    "line": ("商品 {0} 已有执行记录，不再自动处理", "Line {0} has an execution already: no machine pays it again"),
    "switch": ("自动处理已由开关 {0} 暂停", "Machines are stopped by the switch {0}"),
    "budget": ("自动付款已达当日限额（{0}）", "The day's budget for machines is used up ({0})"),
    "person_requested": ("客户要求人工处理", "The customer asked for a person"),
    "person:outcome": (
        "该案件或订单已有人作出处理结果，由人工继续处理",
        "Somebody took an outcome in this case or order: people go on with it",
    ),
    "person:proposal": ("有方案正在等待审批，由人工处理", "Something waits for approval: people go on with it"),
    "person:closed": ("案件曾由人工结案，由人工继续处理", "A person closed the case before: people go on with it"),
    "appeal": ("已有申诉，由人工处理", "The case was appealed: a person decides"),
    "event:unread": (
        "有新的材料尚未核实，请先查看案件进展",
        "Something came in that nobody has looked at: see the timeline",
    ),
    "case:executed": (
        "机器已在本案件中执行过一次，后续由人工处理",
        "A machine acted in this case once: a person goes on",
    ),
    "case:escalated": ("时限已过，案件已升级，由人工处理", "A deadline was missed and the case rose: a person decides"),
    "case:goes_on": ("案件已有新的决定，请按新决定处理", "The case was decided again: act on the later decision"),
    "case": ("案件当前状态为“{0:state}”，机器不能处理", "The case is {0:state}: no machine may act"),
    "decision:superseded": ("已有更新的决定，请按新决定处理", "A later decision has taken its place: act on that one"),
    "decision:waiting": ("有方案正在等待审批", "Something proposed for it waits for approval"),
    "decision:claimed": ("已有机器领取执行，不能再次领取", "A machine has claimed it: no other may"),
    "decision:executed": ("已执行完毕，不再执行", "It was carried out: nobody carries it out again"),
    "decision": ("已有处理结果，由人工处理", "Somebody took its outcome: people go on with it"),
    "refunded": (
        "决定之后该订单的已退金额有变化，由人工核对",
        "What was refunded of the order changed since: a person looks",
    ),
    "amount": ("金额尚不明确，由人工核对", "The amount is not clear: a person looks"),
    "record": ("留存的记录无法读取，由人工核对", "What was recorded cannot be read: a person looks"),
    "mode": ("该决定不由机器执行", "This decision is not for a machine"),
    "raised": ("案件已升级，由{0:role}处理", "The case rose to {0:role}"),
    "goods": ("商品退回并验收后，机器才能付款", "A machine pays once the goods are back and inspected"),
    "internal": ("系统内部出错，由人工处理", "Something went wrong inside: a person looks"),
}
HELD: Final[Mapping[str, Texts]] = {code: {"zh": zh, "en": en} for code, (zh, en) in _HELD.items()}
UNNAMED: Final[Texts] = {"zh": "由人工处理（{0}）", "en": "A person decides ({0})"}


def said(code: str, filed_under: Mapping[str, str]) -> dict[str, str]:
    """Return the sentence of a code in each language; `filed_under` names the facts of customer and order."""
    head, _, rest = code.partition(":")
    texts = HELD.get(code) or HELD.get(head)
    sentence, detail = (UNNAMED, code) if texts is None else (texts, rest)
    fact = filed_under.get(head, head)
    return {language: fill(sentence, language, detail, fact=fact) for language in sentence}
