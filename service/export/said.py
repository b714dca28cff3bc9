"""The words of the sheets, in Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ..intake.messages import Texts

SHEET: Final[Mapping[str, tuple[str, ...]]] = {  # the columns of S-128
    "zh": ("日期", "姓名", "联系方式", "投诉内容", "处理过程", "解决方案", "处理人员", "备注"),
    "en": ("Date", "Name", "Contact", "Complaint", "What was done", "Solution", "Handler", "Remarks"),
}
RECORD: Final[Mapping[str, tuple[str, ...]]] = {  # the columns of S-030
    "zh": ("投诉单号", "投诉人", "订单号", "提交时间", "接收人", "投诉类型", "期望解决方案", "初步判断"),
    "en": ("Case", "Customer", "Order", "Submitted", "Taken by", "Kind", "Asked for", "First judgement"),
}
ERASED: Final[Texts] = {"zh": "内容已删除", "en": "erased"}
HAPPENED: Final[Mapping[str, Texts]] = {  # by the kind of an entry or, of an event, its own
    kind: {"zh": zh, "en": en}
    for kind, zh, en in (
        ("decision", "作出决定", "decided"),
        ("outcome", "确定方案", "outcome taken"),
        ("proposal", "提交审批", "sent for approval"),
        ("approval", "审批", "approval answered"),
        ("appeal", "申诉", "appealed"),
        ("review", "抽查复核", "reviewed"),
        ("execution.claimed", "开始执行", "execution begun"),
        ("execution.executed", "执行完成", "carried out"),
        ("execution.failed", "执行失败", "execution failed"),
        ("execution.late", "执行未确认", "execution not confirmed"),
        ("execution.refused", "转人工", "given to a person"),
        ("escalation", "升级", "escalated"),
        ("event", "登记事项", "an event"),  # of which no more is known
        ("erased", "删除内容", "erased"),
        ("evidence_added", "补充凭证", "evidence added"),
        ("merchant_replied", "商家答复", "the merchant replied"),
        ("merchant_silent", "商家逾期未答复", "the merchant kept silent"),
        ("return_shipped", "客户寄回", "return shipped"),
        ("return_inspected", "退货验收", "return inspected"),
        ("customer_accepted", "客户接受", "the customer accepted"),
        ("customer_rejected", "客户不接受", "the customer rejected"),
        ("person_requested", "客户要求人工", "the customer asked for a person"),
        ("executed", "执行完成", "carried out"),
        ("followed_up", "回访", "followed up"),
        ("satisfaction", "满意度", "satisfaction told"),
        ("satisfied", "客户满意", "the customer is satisfied"),
        ("dissatisfied", "客户不满意", "the customer is not satisfied"),
        ("decided", "作出决定", "decided"),
        ("outcome_taken", "确定方案", "outcome taken"),
        ("appealed", "申诉", "appealed"),
        ("dispute_negotiated", "协商争议", "dispute negotiated"),
        ("summary", "总结", "summed up"),
        ("tag", "标记", "tagged"),
        ("assigned", "指派", "assigned"),
        ("note", "备注", "note"),
        ("closed", "关闭", "closed"),
        ("archived", "归档", "archived"),
        ("reopened", "重新打开", "opened again"),
    )
}
