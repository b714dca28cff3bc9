"""The sentences of a case's timeline, in Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from service.i18n.terms import TERMS
from service.i18n.texts import Texts

_SENTENCES: Final[Mapping[str, tuple[str, str]]] = {
    # decisions
    "first": ("{who}受理投诉，{result}", "{who} registered the complaint: {result}"),
    "again": ("{who}重新判定：{result}", "{who} decided again: {result}"),
    "after_event": ("系统据此重新判定：{result}", "After this the case was decided again: {result}"),
    "after_appeal": ("申诉后重新判定：{result}", "After the appeal the case was decided again: {result}"),
    "remedy": ("处理方案为{remedy}，{mode}", "{remedy}, {mode}"),
    "ask": ("尚需补充信息，{mode}", "more information is needed, {mode}"),
    "review": ("需人工判断，{mode}", "a person has to decide, {mode}"),
    "refuse": ("不予支持，{mode}", "refused, {mode}"),
    "held": ("（本可自动处理，因{reasons}转由人工）", " (not automatic because {reasons})"),
    # events; one without a sentence is `recorded` by its name
    "evidence_added": ("{who}登记：收到补充证据", "{who} recorded: additional evidence received"),
    "merchant_replied": ("{who}登记：商家已答复", "{who} recorded: the merchant replied"),
    "merchant_silent": ("{who}登记：商家逾期未答复", "{who} recorded: the merchant did not reply in time"),
    "return_shipped": (
        "{who}登记：客户已寄回商品，运单号{tracking_no}",
        "{who} recorded: the customer sent the goods back, tracking number {tracking_no}",
    ),
    "return_inspected": ("{who}验收退货：{result}", "{who} inspected the return: {result}"),
    "customer_accepted": ("{who}登记：客户接受方案{offered}", "{who} recorded: the customer accepted{offered}"),
    "customer_rejected": ("{who}登记：客户未接受方案{offered}", "{who} recorded: the customer rejected{offered}"),
    "offered": ("（{0}）", ": {0}"),
    "person_requested": (
        "{who}登记：客户要求人工处理{person}",
        "{who} recorded: the customer asks for a person{person}",
    ),
    "executed": (
        "{who}已人工执行方案，退款{refund}，凭证号{reference}",
        "{who} carried the solution out manually: {refund} refunded, reference {reference}",
    ),
    "followed_up": ("{who}回访客户：{note}", "{who} followed up: {note}"),
    "satisfaction": (
        "{who}登记：客户评分{score}分（满分5分），{content}",
        "{who} recorded: the customer gave {score} of 5 ({content})",
    ),
    "summary": ("{who}填写小结：{note}", "{who} summed up: {note}"),
    "tag": ("{who}添加标签“{tag}”", "{who} tagged the case '{tag}'"),
    "untag": ("{who}取消标签“{tag}”", "{who} removed the tag '{tag}'"),
    "assigned": ("{who}将投诉单交由{handler}负责", "{who} assigned the case to {handler}"),
    "dispute_negotiated": (
        "{who}登记平台与商家协商（{result}）：{note}",
        "{who} recorded negotiations between platform and merchant ({result}): {note}",
    ),
    "note": ("{who}备注：{note}", "{who} noted: {note}"),
    "closed": ("{who}结案", "{who} closed the case"),
    "archived": ("{who}归档", "{who} archived the case"),
    "reopened": ("{who}重新开启投诉单：{note}", "{who} reopened the case: {note}"),
    # what agents do
    "accepted": ("{who}采纳方案：{remedy}", "{who} accepted the remedy: {remedy}"),
    "option": ("{who}选用其他方案：{remedy}", "{who} took another option: {remedy}"),
    "override": ("{who}改为{remedy}", "{who} changed it to: {remedy}"),
    "proposed": ("{who}提议：{remedy}", "{who} proposed: {remedy}"),
    "outcome": ("{who}作出处理：{remedy}", "{who} settled it: {remedy}"),
    "reason": ("，理由：{0}", ", because: {0}"),
    "awaiting": ("，待{0}批准", ", to be approved by {0}"),
    "approved_by": ("，已经{0}批准", ", approved by {0}"),
    "approved": ("{who}批准了上述方案", "{who} approved it"),
    "not_approved": ("{who}未批准上述方案", "{who} did not approve it"),
    "right": ("{who}抽查复核，认为处理正确", "{who} reviewed it and found it right"),
    "wrong": ("{who}抽查复核，认为处理有误", "{who} reviewed it and found it wrong"),
    "appeal": ("{party}申诉", "{party} appealed"),
    "appeal_of": ("，理由：{0}", ": {0}"),
    # executions
    "execution.claimed": ("{who}开始执行方案", "{who} started the execution"),
    "execution.executed": ("{who}确认执行完成{paid}", "{who} confirmed the execution{paid}"),
    "execution.failed": ("{who}报告执行失败", "{who} reported that the execution failed"),
    "settled.executed": ("{who}核实，款项已付{paid}", "{who} checked that it was paid{paid}"),
    "settled.failed": ("{who}核实，款项未付", "{who} checked that it was not paid"),
    "execution.contradicted": (
        "{who}回报另一笔付款{paid}，与此前的执行记录不符，请核对是否重复付款",
        "{who} reported a payment that contradicts what was recorded{paid}: check whether it was paid twice",
    ),
    "execution.late": (
        "执行结果未按时确认，转由人工核实",
        "The execution was not confirmed in time: a person has to check it",
    ),
    "execution.refused": (
        "未能自动执行{why}，转由人工处理",
        "The automatic execution was not possible{why}; a person handles it now",
    ),
    "why": ("（{0}）", " ({0})"),
    "paid": ("，退款{0}", ": {0} refunded"),
    "reference": ("，凭证号{0}", ", reference {0}"),
    # deadlines and the rest
    "escalation": ("时限已过：{clock}（应于{due}完成）{level}", "A deadline was missed: {clock} (due {due}){level}"),
    "level": ("，转由{0}处理", "; escalated to {0}"),
    "erased": ("{who}按规定删除了留存内容", "{who} erased the stored data"),
    "erased_entry": (
        "{who}的一条记录（{kind}），内容已按规定删除",
        "An entry by {who} ({kind}); its content was erased",
    ),
    "altered_entry": (
        "{who}的一条记录（{kind}），内容已与原始记录不符，不予显示",
        "An entry by {who} ({kind}) does not match what was recorded and is not shown",
    ),
    "recorded": ("{who}登记：{kind}", "{who} recorded: {kind}"),
    # additions to a sentence
    "amount": ("{kind}{money}", "{kind} of {money}"),
    "and_closed": ("，投诉单结案", ", and the case is closed"),
    "with_note": ("；备注：{0}", "; note: {0}"),
    "with_facts": ("；新情况：{0}", "; new facts: {0}"),
    "fact": ("{label}为{value}", "{label}: {value}"),
    "with_lines": ("（商品行：{0}）", " (lines {0})"),
    "waits": (
        "；有方案正在审批，审批后一并处理",
        "; a proposal is waiting for approval, and this is considered afterwards",
    ),
    "restated": ("；案情已全部更新", "; the whole case was updated"),
    "suggestion": ("，建议：{0}", ", suggesting: {0}"),
    "with_references": ("（{0}）", " ({0})"),
    "carrier": ("（{0}）", " ({0})"),
    "happened": ("（发生于{0}）", " (happened on {0})"),
    "meets": ("；已完成时限事项：{0}", "; deadline met: {0}"),
    "title": ("投诉单 {0}", "Case {0}"),
}
_NAMES: Final[Mapping[str, Mapping[str, tuple[str, str]]]] = {
    "role": {
        "agent": ("客服{0}", "{0} (agent)"),
        "lead": ("组长{0}", "{0} (lead)"),
        "manager": ("经理{0}", "{0} (manager)"),
        "specialist": ("专员{0}", "{0} (specialist)"),
        "editor": ("政策编辑{0}", "{0} (policy editor)"),
        "back_end": ("系统{0}", "{0} (back end)"),
        "admin": ("管理员{0}", "{0} (admin)"),
    },
    "inspected": {
        "passed": ("合格", "passed"),
        "used": ("商品已使用", "the goods were used"),
        "missing": ("缺少部分商品或配件", "parts are missing"),
        "swapped": ("退回的并非原商品", "not the goods that were sent"),
        "empty": ("包裹是空的", "the parcel was empty"),
        "damaged": ("商品已损坏", "the goods are damaged"),
        "unfit": ("不符合退货要求", "not fit for return"),
    },
    "negotiated": {
        "going_on": ("协商中", "going on"),
        "agreed": ("已达成一致", "agreed"),
        "not_agreed": ("未达成一致", "not agreed"),
    },
    "content": {"True": ("表示满意", "satisfied"), "False": ("表示不满意", "not satisfied")},
    "person": {
        "has_it_now": ("，转由客服处理", "; an agent handles it now"),
        "has_it_already": ("，已在人工处理中", "; a person handles it already"),
        "looks_afterwards": (
            "，方案已在执行，由人工事后复核",
            "; it is being carried out, and a person reviews it afterwards",
        ),
    },
    "held": {
        "person_requested": ("客户要求人工处理", "the customer asked for a person"),
        "switch": ("自动处理已暂停", "automatic handling is switched off"),
        "line": ("该商品已有处理在执行", "this item already has an execution"),
        "order": ("该订单已有处理在执行", "this order already has an execution"),
        "order:unknown": ("订单不明", "the order is not known"),
        "appeal": ("客户已申诉", "the customer appealed"),
        "budget": ("超出自动处理的额度", "the budget is used up"),
        "case": ("案件已有新进展", "the case has changed"),
        "person": ("已由人工处理", "people are already handling it"),
        "customer": ("客户身份不明", "the customer is not known"),
        "refunded": ("已退金额有变", "the refunded amount has changed"),
        "amount": ("金额不明", "the amount is not clear"),
        "mode": ("该方案不应自动处理", "it is not handled automatically"),
        "record": ("留存的记录无法读取", "the record cannot be read"),
        "internal": ("系统内部出错", "an internal error occurred"),
    },
    "handler": {
        "auto": ("由系统自动处理", "handled automatically"),
        "auto_appeal": ("由系统自动处理，可申诉", "handled automatically, open to appeal"),
        "agent": ("由客服处理", "for an agent to handle"),
        "lead": ("由组长处理", "for a lead to handle"),
        "manager": ("由经理处理", "for a manager to handle"),
        "specialist": ("由专员处理", "for a specialist to handle"),
    },
    "who": {
        "owner": ("负责人", "The owner"),
        "customer": ("客户", "The customer"),
        "merchant": ("商家", "The merchant"),
    },
    "tag": {"typical": ("典型案例", "typical")},
    "entry": {
        "decision": ("判定", "a decision"),
        "event": ("经过", "an event"),
        "outcome": ("处理结果", "an outcome"),
        "proposal": ("待批方案", "a proposal"),
        "approval": ("批准", "an approval"),
        "appeal": ("申诉", "an appeal"),
        "review": ("复核", "a review"),
        "escalation": ("升级", "an escalation"),
        "escalation.seen": ("逾期复核", "a second check of a missed deadline"),
        "execution.claimed": ("执行", "an execution"),
        "execution.executed": ("执行完成", "an execution"),
        "execution.failed": ("执行失败", "a failed execution"),
        "execution.refused": ("未能自动执行", "a refused execution"),
        "execution.late": ("执行逾期", "a late execution"),
        "execution.contradicted": ("执行记录不符", "a payment that contradicts the record"),
    },
}
MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
SENTENCES: Final = {key: {"zh": zh, "en": en} for key, (zh, en) in _SENTENCES.items()}
_SAID: Final[Mapping[str, Mapping[str, Texts]]] = {
    group: {key: {"zh": zh, "en": en} for key, (zh, en) in names.items()} for group, names in _NAMES.items()
}
NAMES: Final = {**_SAID, "event": TERMS["event"], "held": {**_SAID["held"], **TERMS["doubt"]}}
