"""The automation guards: why a decision is not automatic, as a sentence for each code, in Chinese and English.

A code without a sentence uses that of its head: `line:1` that of `line`, with `1` in its slot. Where the customer or
the order is missing, the sentence names the fact to add.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from service.i18n.filling import fill
from service.i18n.texts import Texts

_HELD: Final[Mapping[str, tuple[str, str]]] = {
    "customer:unknown": (
        "案件没有客户编号，机器不能自动付款，请补充 {fact}",
        "The case has no customer id, so automatic payment is not allowed: add {fact}",
    ),
    "customer:rejected": ("客户未接受方案，由人工处理", "The customer rejected the remedy: a person decides"),
    "customer": (
        "客户编号的写法可能与他人混淆，由人工核对",
        "The customer's id can be confused with another one: a person checks it",
    ),
    "order:unknown": (
        "案件没有订单号，机器不能自动付款，请补充 {fact}",
        "The case has no order number, so automatic payment is not allowed: add {fact}",
    ),
    "order:held": (
        "该订单已有执行记录，且订单内容与当时不同，由人工核对",
        "The order already has an execution and is stated differently now: a person checks it",
    ),
    "order": (
        "订单号的写法可能与其他订单混淆，由人工核对",
        "The order number can be confused with another one: a person checks it",
    ),
    "merchant": (
        "商家名称的写法可能与他人混淆，由人工核对",
        "The merchant's name can be confused with another one: a person checks it",
    ),
    "line:*": (
        "该订单已有执行记录，不再自动处理",
        "The order already has an execution: it is not paid automatically again",
    ),
    **dict.fromkeys(
        ("line:mixed_scripts", "line:foreign_letters"),
        (
            "商品编号的写法可能与其他商品混淆，由人工核对",
            "The line's id can be confused with another one: a person checks it",
        ),
    ),
    "line": (
        "商品 {0} 已有执行记录，不再自动处理",
        "Line {0} already has an execution: it is not paid automatically again",
    ),
    "switch": ("自动处理已由开关 {0} 暂停", "The switch {0} has stopped automatic handling"),
    "budget": ("自动付款已达当日限额（{0}）", "The day's budget for automatic payments is used up ({0})"),
    "person_requested": ("客户要求人工处理", "The customer asked for a person"),
    "person:outcome": (
        "该案件或订单已有人作出处理结果，由人工继续处理",
        "A person has already recorded an outcome for this case or order: people continue",
    ),
    "person:proposal": ("有方案正在等待审批，由人工处理", "A proposal is waiting for approval: people continue"),
    "person:closed": ("案件曾由人工结案，由人工继续处理", "A person closed the case before: people continue"),
    "appeal": ("已有申诉，由人工处理", "There is an appeal: a person decides"),
    "event:unread": (
        "有新的材料尚未核实，请先查看案件进展",
        "New information has not been checked yet: see the timeline",
    ),
    "case:executed": (
        "机器已在本案件中执行过一次，后续由人工处理",
        "The case was handled automatically once: a person continues",
    ),
    "case:escalated": (
        "时限已过，案件已升级，由人工处理",
        "A deadline was missed and the case was escalated: a person decides",
    ),
    "case:goes_on": ("案件已有新的决定，请按新决定处理", "The case was decided again: use the later decision"),
    "case": ("案件当前状态为“{0:state}”，机器不能处理", "The case is {0:state}: automatic handling is not allowed"),
    "decision:superseded": ("已有更新的决定，请按新决定处理", "A later decision has replaced it: use that decision"),
    "decision:waiting": ("有方案正在等待审批", "A proposal for it is waiting for approval"),
    "decision:claimed": ("已有机器领取执行，不能再次领取", "It is already claimed and cannot be claimed again"),
    "decision:executed": ("已执行完毕，不再执行", "It was already carried out and is not carried out again"),
    "decision": ("已有处理结果，由人工处理", "A person has already recorded an outcome: people continue"),
    "refunded": (
        "决定之后该订单的已退金额有变化，由人工核对",
        "The refunded amount of the order has changed since the decision: a person checks it",
    ),
    "amount": ("金额尚不明确，由人工核对", "The amount is not clear: a person checks it"),
    "record": ("留存的记录无法读取，由人工核对", "The record cannot be read: a person checks it"),
    "mode": ("该决定不由机器执行", "This decision is not handled automatically"),
    "raised": ("案件已升级，由{0:role}处理", "The case was escalated to {0:role}"),
    "goods": (
        "商品退回并验收后，机器才能付款",
        "Automatic payment is possible once the goods are returned and inspected",
    ),
    "internal": ("系统内部出错，由人工处理", "An internal error occurred: a person checks it"),
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
