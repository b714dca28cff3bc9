"""The words of reports, in Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from service.i18n.terms import TERMS
from service.i18n.texts import Texts

COUNT, MONEY, PERCENT, MINUTES = "count", "money", "percent", "minutes"
UNITS: Final[Mapping[str, str]] = {  # of columns; the others hold texts
    **dict.fromkeys(("cases", "open", "closed", "before", "change", "decided", "options", "overridden"), COUNT),
    **dict.fromkeys(("due", "met", "missed", "unmet", "decisions"), COUNT),
    **dict.fromkeys(("total_fen", "given_fen", "more_fen", "less_fen"), MONEY),
    **dict.fromkeys(("late_average", "late_most"), MINUTES),
    "percent": PERCENT,
}


def _texts(said: Mapping[str, tuple[str, str]]) -> Mapping[str, Texts]:
    return {key: {"zh": zh, "en": en} for key, (zh, en) in said.items()}


COLUMNS: Final = _texts(
    {
        "period": ("时段", "Period"),
        "value": ("代码", "Code"),
        "label": ("名称", "Name"),
        "section": ("维度", "By"),
        "section_label": ("维度名称", "Dimension"),
        "cases": ("投诉数", "Complaints"),
        "open": ("处理中", "Open"),
        "closed": ("已了结", "Closed"),
        "total_fen": ("建议金额", "Recommended"),
        "given_fen": ("实际给予", "Given"),
        "rule": ("规则", "Rule"),
        "question": ("所属问题", "Question"),
        "decided": ("适用次数", "Times applied"),
        "options": ("改选方案", "Other option chosen"),
        "overridden": ("推翻", "Overridden"),
        "more_fen": ("多给", "Given more"),
        "less_fen": ("少给", "Given less"),
        "clock": ("时限", "Deadline"),
        "due": ("到期数", "Due"),
        "met": ("按时", "Met"),
        "missed": ("逾期", "Missed"),
        "unmet": ("逾期未办", "Still open"),
        "late_average": ("平均逾期（分钟）", "Average delay (minutes)"),
        "late_most": ("最长逾期（分钟）", "Longest delay (minutes)"),
        "measure": ("指标", "Measure"),
        "reason": ("原因", "Reason"),
        "decisions": ("决定数", "Decisions"),
        "percent": ("占比（%）", "Share (%)"),
        "before": ("上期", "Previous period"),
        "change": ("变化", "Change"),
    }
)

TITLES: Final[Mapping[str, Mapping[str, tuple[str, str]]]] = {  # of reports: name and description
    name: {"zh": zh, "en": en}
    for name, zh, en in (
        (
            "cause",
            ("按原因", "各原因的投诉数、建议金额和实际给予金额"),
            ("By cause", "complaints by cause, with the amounts recommended and given"),
        ),
        (
            "category",
            ("按品类", "各商品品类的投诉数和金额"),
            ("By category", "complaints and amounts by category of goods"),
        ),
        (
            "party",
            ("按责任方", "对客户负责的各方的投诉数和金额"),
            ("By responsible party", "complaints and amounts by the party responsible to the customer"),
        ),
        (
            "remedy",
            ("按处理方案", "各类处理方案的投诉数和金额"),
            ("By remedy", "complaints and amounts by kind of remedy"),
        ),
        (
            "outcome",
            ("按处理结果", "支持、补充信息、转人工、不予支持的投诉数和金额"),
            ("By outcome", "complaints and amounts by outcome: remedy, ask, review, refuse"),
        ),
        (
            "kind",
            ("按问题类型", "各问题类型的投诉数和金额；一单有多项诉求的，各计一次"),
            (
                "By kind of issue",
                "complaints and amounts by kind of issue; a complaint with several issues counts once for each",
            ),
        ),
        (
            "overrides",
            ("被改动的规则", "在被改动的决定中适用过的规则：适用次数、被改动次数和金额差异"),
            (
                "Overrides by rule",
                "rules applied in changed decisions: times applied, times changed, difference in amount",
            ),
        ),
        (
            "never-fired",
            ("未适用的规则", "期间没有在任何决定中起作用的规则；话术和时限的规则不在此列"),
            (
                "Rules never applied",
                "rules that applied in no decision of the period, except rules for texts and deadlines",
            ),
        ),
        (
            "clocks",
            ("逾期的时限", "各时限到期、按时和逾期的次数，以及逾期多久"),
            ("Missed deadlines", "how often each deadline was due, met or missed, and the delay"),
        ),
        (
            "automatic",
            ("自动处理", "自动处理的占比、执行结果、转人工的原因和抽查结果"),
            (
                "Automatic handling",
                "share of automatic decisions, results of executions, reasons for handover, results of reviews",
            ),
        ),
        (
            "daily",
            ("口碑分析日报", "按渠道、问题类型、原因、紧急程度、品类和状态统计的投诉数；默认当日"),
            ("Daily report", "complaints by channel, kind, cause, severity, category and state; default: today"),
        ),
        (
            "weekly",
            ("客诉复盘周报", "高频问题、高发品类、典型案例，以及与上一期相比的变化；默认最近7天"),
            (
                "Weekly report",
                "frequent problems, categories, typical cases, and changes; default: the last 7 days",
            ),
        ),
    )
}

SECTIONS: Final = _texts(
    {
        "total": ("合计", "Total"),
        "state": ("状态", "State"),
        "channel": ("渠道", "Channel"),
        "kind": ("问题类型", "Kind of issue"),
        "cause": ("原因", "Cause"),
        "severity": ("紧急程度", "Severity"),
        "category": ("品类", "Category"),
        "typical": ("典型案例", "Typical case"),
    }
)
MEASURES: Final = _texts(
    {
        "decided": ("全部决定", "all decisions"),
        "wanted": ("政策允许自动处理", "automatic handling allowed by the policies"),
        "automatic": ("自动处理", "automatic"),
        "degraded": ("转人工", "handed over to a person"),
        "claimed": ("执行中", "being carried out"),
        "executed": ("已执行", "carried out"),
        "failed": ("执行失败", "failed"),
        "late": ("未确认", "not confirmed"),
        "drawn": ("抽查", "drawn for review"),
        "reviewed": ("已复核", "reviewed"),
        "wrong": ("复核有误", "found wrong"),
    }
)
_REASONS: Final = _texts(  # reasons for handover to a person
    {  # by code, else by the part before the colon
        "switch": ("开关关闭", "a switch has stopped automatic handling"),
        "line": ("商品已有执行", "the item already has an execution"),
        "budget": ("超出预算", "a budget is used up"),
        "case": ("案件已有进展", "the case has changed"),
        "person": ("已由人工处理", "people are already handling it"),
        "person_requested": ("客户要求人工处理", "the customer asked for a person"),
        "appeal": ("客户或商家已申诉", "there is an appeal"),
        "internal": ("系统内部出错", "an internal error occurred"),
        "customer": ("客户不明", "the customer is not known"),
        "order": ("订单不明", "the order is not known"),
        "order:held": ("订单已有执行", "the order already has an execution"),
        "refunded": ("已退金额有变", "the refunded amount has changed"),
        "amount": ("金额不明", "the amount is not clear"),
        "mode": ("不应自动处理", "not handled automatically"),
        "record": ("记录不可读", "the record cannot be read"),
        "review": ("复核有误", "found wrong"),
        "erased": ("内容已删除", "erased"),
    }
)
REASONS: Final[Mapping[str, Texts]] = {**_REASONS, **TERMS["doubt"]}
