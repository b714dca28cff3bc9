"""Why a person did something else than what was recommended: a fixed list, so that overrides can be counted by reason.

None of them has to do with what a customer writes about the shop: payment is never tied to a review.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

ANOTHER: Final = "another"  # says nothing by itself, so it wants a note

REASONS: Final[Mapping[str, Mapping[str, str]]] = {
    "agreed_with_customer": {"zh": "与客户协商一致", "en": "Agreed with the customer"},
    "facts_wrong": {"zh": "案件事实有误或有遗漏", "en": "Facts of the case are wrong or left out"},
    "evidence_weighed": {"zh": "对证据的判断不同", "en": "The evidence weighs differently"},
    "service_failure": {"zh": "我方服务失误", "en": "Our own service failed"},
    "hardship": {"zh": "客户有特殊困难", "en": "Particular hardship of the customer"},
    "valued_customer": {"zh": "维护老客户或重要客户", "en": "To keep a valued customer"},
    "cannot_be_done": {
        "zh": "推荐方案无法履行（如缺货）",
        "en": "It cannot be done, such as out of stock",
    },
    "suspected_abuse": {"zh": "疑似滥用售后", "en": "Signs of abuse"},
    "policy_gap": {"zh": "现行政策未涵盖此情形", "en": "The policies do not cover this"},
    ANOTHER: {"zh": "其他（请在备注中说明）", "en": "Other; say what in the note"},
}
