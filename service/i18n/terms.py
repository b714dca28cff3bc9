"""The names of the API's codes, in Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from service.i18n.texts import Texts

_TERMS: Final[Mapping[str, Mapping[str, tuple[str, str]]]] = {
    "role": {
        "agent": ("客服", "an agent"),
        "lead": ("组长", "a lead"),
        "manager": ("经理", "a manager"),
        "specialist": ("专员", "a specialist"),
        "editor": ("政策编辑", "a policy editor"),
        "back_end": ("后端系统", "a back end"),
        "admin": ("管理员", "an administrator"),
    },
    "scope": {  # of a key
        "simulate": ("试算", "simulate"),
        "decide": ("提交投诉", "submit cases"),
        "record": ("登记事项", "record events"),
        "override": ("登记处理结果", "record outcomes"),
        "approve": ("审批", "approve"),
        "execute": ("执行方案", "carry out decisions"),
        "ledger:read": ("查阅台账", "read the ledger"),
        "ledger:own": ("查阅自己经办的投诉", "read its own cases"),
        "admin": ("管理", "administer"),
    },
    "switch": {  # the scope of a switch
        "all": ("全部", "all"),
        "pack": ("政策包", "a pack"),
        "rule": ("规则", "a rule"),
        "merchant": ("商家", "a merchant"),
    },
    "budget": {  # the scope of a budget
        "customer": ("客户", "customer"),
        "merchant": ("商家", "merchant"),
        "category": ("品类", "category"),
        "day": ("当日合计", "total of the day"),
    },
    "filed": {  # filed values of a case
        "order": ("订单", "order"),
        "customer": ("客户", "customer"),
        "merchant": ("商家", "merchant"),
    },
    "mode": {
        "auto": ("自动处理", "automatic"),
        "auto_appeal": ("自动处理，可申诉", "automatic, open to appeal"),
        "agent": ("客服处理", "an agent decides"),
        "lead": ("组长处理", "a lead decides"),
        "manager": ("经理处理", "a manager decides"),
        "specialist": ("专员处理", "a specialist decides"),
    },
    "kind": {  # of a remedy
        "refund": ("退款", "refund"),
        "return_refund": ("退货退款", "return and refund"),
        "exchange": ("换货", "exchange"),
        "repair": ("维修", "repair"),
        "resend": ("补发", "new delivery"),
        "price_difference": ("退还差价", "refund of the price difference"),
        "compensation": ("赔付", "compensation"),
        "explanation": ("解释说明", "explanation"),
        "technical_fix": ("技术处理", "technical fix"),
        "refuse": ("不予支持", "refused"),
        "none": ("暂无方案", "no solution yet"),
    },
    "way": {  # the choice of an outcome
        "accepted": ("采纳建议", "the recommended remedy"),
        "option": ("选用备选方案", "an alternative"),
        "override": ("另定方案", "another remedy"),
    },
    "state": {  # of a case
        "pending": ("待受理", "pending"),
        "in_progress": ("处理中", "in progress"),
        "awaiting_customer": ("待客户确认", "waiting for the customer"),
        "done": ("已完成", "carried out"),
        "closed": ("已关闭", "closed"),
        "archived": ("已归档", "archived"),
    },
    "decision": {  # the state of a decision
        "open": ("待处理", "open"),
        "waiting": ("待审批", "waiting for approval"),
        "accepted": ("已采纳", "accepted"),
        "changed": ("已改用其他方案", "changed"),
        "superseded": ("已被新的决定取代", "superseded by a newer decision"),
        "claimed": ("执行中", "being carried out"),
        "executed": ("已执行", "carried out"),
    },
    "execution": {  # the state of an execution
        "claimed": ("执行中", "being carried out"),
        "executed": ("已执行", "carried out"),
        "failed": ("执行失败", "failed"),
        "late": ("逾期未确认", "not confirmed in time"),
    },
    "doubt": {  # why a name can be confused with another
        "order:mixed_scripts": ("订单号混用了不同的文字", "the order number mixes scripts"),
        "order:foreign_letters": ("订单号含有不常用的文字", "the order number contains letters that look like others"),
        "customer:mixed_scripts": ("客户编号混用了不同的文字", "the customer's id mixes scripts"),
        "customer:foreign_letters": (
            "客户编号含有不常用的文字",
            "the customer's id contains letters that look like others",
        ),
        "merchant:mixed_scripts": ("商家名称混用了不同的文字", "the merchant's name mixes scripts"),
        "line:mixed_scripts": ("商品行编号混用了不同的文字", "the id of an order line mixes scripts"),
        "line:foreign_letters": (
            "商品行编号含有不常用的文字",
            "the id of an order line contains letters that look like others",
        ),
    },
    "event": {  # transitions of a case
        "decided": ("作出决定", "decided"),
        "evidence_added": ("补充凭证", "evidence added"),
        "merchant_replied": ("商家答复", "the merchant replied"),
        "merchant_silent": ("商家逾期未答复", "the merchant did not reply in time"),
        "return_shipped": ("客户寄回", "return shipped"),
        "return_inspected": ("退货验收", "return inspected"),
        "outcome_taken": ("确定方案", "outcome recorded"),
        "customer_accepted": ("客户接受", "the customer accepted"),
        "customer_rejected": ("客户不接受", "the customer rejected"),
        "person_requested": ("客户要求人工", "the customer asked for a person"),
        "executed": ("执行完成", "carried out"),
        "followed_up": ("回访", "followed up"),
        "satisfied": ("客户满意", "the customer is satisfied"),
        "dissatisfied": ("客户不满意", "the customer is not satisfied"),
        "appealed": ("申诉", "appealed"),
        "dispute_negotiated": ("协商争议", "dispute negotiated"),
        "assigned": ("指派", "assigned"),
        "summary": ("总结", "summary"),
        "tag": ("标记", "tag"),
        "note": ("备注", "note"),
        "closed": ("关闭", "closed"),
        "archived": ("归档", "archived"),
        "reopened": ("重新打开", "reopened"),
    },
    "json": {  # errors of the JSON parser
        "value": ("此处应有一个值", "a value is expected here"),
        "key": ("此处应有双引号括起的键", "a key in double quotes is expected here"),
        "colon": ("此处应有冒号", "a colon is expected here"),
        "comma": ("此处应有逗号或结尾的括号", "a comma or a closing bracket is expected here"),
        "quote": ("从此处起的文字缺少结尾的双引号", "the text that begins here has no closing quote"),
        "control": ("文字中含有未转义的控制字符", "the text contains a control character that is not escaped"),
        "escape": ("反斜杠之后不是合法的转义", "the backslash is not followed by a valid escape"),
        "extra": ("JSON 到此已结束，之后不应再有内容", "the JSON has already ended before this"),
        "unexpected": ("此处有误", "the syntax is wrong here"),
    },
}

TERMS: Final[Mapping[str, Mapping[str, Texts]]] = {
    group: {code: {"zh": zh, "en": en} for code, (zh, en) in words.items()} for group, words in _TERMS.items()
}


ANOTHER: Final = "another"  # requires a note


REASONS: Final[Mapping[str, Mapping[str, str]]] = {
    "agreed_with_customer": {"zh": "与客户协商一致", "en": "Agreed with the customer"},
    "facts_wrong": {"zh": "案件事实有误或有遗漏", "en": "Facts of the case are wrong or missing"},
    "evidence_weighed": {"zh": "对证据的判断不同", "en": "The evidence is judged differently"},
    "service_failure": {"zh": "我方服务失误", "en": "Failure of our own service"},
    "hardship": {"zh": "客户有特殊困难", "en": "The customer has special difficulties"},
    "valued_customer": {"zh": "维护老客户或重要客户", "en": "Valued customer"},
    "cannot_be_done": {
        "zh": "推荐方案无法履行（如缺货）",
        "en": "The recommendation cannot be carried out, for example out of stock",
    },
    "suspected_abuse": {"zh": "疑似滥用售后", "en": "Signs of abuse"},
    "policy_gap": {"zh": "现行政策未涵盖此情形", "en": "The policies do not cover this case"},
    ANOTHER: {"zh": "其他（请在备注中说明）", "en": "Other: explain it in the note"},
}
