"""The words of the spreadsheets, in Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from service.i18n.terms import TERMS
from service.i18n.texts import Texts

SHEET: Final[Mapping[str, tuple[str, ...]]] = {  # the columns of S-128
    "zh": ("日期", "姓名", "联系方式", "投诉内容", "处理过程", "解决方案", "处理人员", "备注"),
    "en": ("Date", "Name", "Contact", "Complaint", "What was done", "Solution", "Handler", "Remarks"),
}
RECORD: Final[Mapping[str, tuple[str, ...]]] = {  # the columns of S-030
    "zh": ("投诉单号", "投诉人", "订单号", "提交时间", "接收人", "投诉类型", "期望解决方案", "初步判断"),
    "en": ("Case", "Customer", "Order", "Submitted", "Taken by", "Kind", "Asked for", "First judgement"),
}
ERASED: Final[Texts] = {"zh": "内容已删除", "en": "erased"}
_OF_ENTRIES: Final[Mapping[str, Texts]] = {
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
        ("execution.contradicted", "执行记录不符", "contradicted by a payment"),
        ("execution.refused", "转人工", "given to a person"),
        ("escalation", "升级", "escalated"),
        ("escalation.seen", "逾期复核", "missed deadline seen again"),
        ("event", "登记事项", "an event"),  # of an unknown kind
        ("erased", "删除内容", "erased"),
        ("satisfaction", "满意度", "satisfaction recorded"),
    )
}
ENTRY_NAMES: Final[Mapping[str, Texts]] = {**_OF_ENTRIES, **TERMS["event"]}  # by the kind of an entry, or of an event
