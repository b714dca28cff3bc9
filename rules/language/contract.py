"""The contract: answers and facts that settle and the recommendation read, and the facts that settle gives.

The code knows no other names of a pack. A pack without a required answer is rejected; the rest is optional.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from rules.values.kind import Type

PARTIES: Final = (
    "merchant",
    "logistics",
    "customer",
    "force_majeure",
    "platform",
    "producer",
    "none",
    "undetermined",
)
KINDS: Final = (
    "refund",
    "return_refund",
    "exchange",
    "repair",
    "resend",
    "price_difference",
    "compensation",
    "explanation",
    "technical_fix",
    "refuse",
)
ROLES: Final = ("agent", "lead", "manager", "specialist")
BASES: Final = ("rule", "promise", "statute")
EXECUTOR: Final = "merchant"  # who carries out what a rule gives, unless the rule names another party
MODES: Final = ("specialist", "manager", "lead", "agent", "auto_appeal", "auto")
AUTOMATIC: Final = ("auto", "auto_appeal")
ENTITLEMENT: Final = ("granted", "denied", "not_asked")
MOMENTS: Final = (
    "decision",
    "execution",
    "inspection",
)  # future events of a case; `decision` is the instant of deciding


@dataclass(frozen=True, slots=True)
class ContractAnswer:
    """An answer that the code reads: its type, whether it is collected, and its required fields."""

    type: Type
    collected: bool = False
    required: bool = False
    fields: tuple[str, ...] = ()


def _record(**fields: Type) -> Type:
    return Type("list", item=Type("record", fields=MappingProxyType(fields)))


MONEY: Final = Type("money")
NUMBER: Final = Type("number")
TEXT: Final = Type("text")
YES_NO: Final = Type("yes_no")
ROLE: Final = Type("one_of", values=ROLES)
PARTY: Final = Type("one_of", values=PARTIES)
KIND: Final = Type("one_of", values=KINDS)

OPTION: Final = _record(
    kind=KIND,
    refund=MONEY,
    up_to=MONEY,
    price=Type("one_of", values=("paid", "recalculated")),
    rank=NUMBER,
    needs=ROLE,
    voucher=MONEY,
    **{"return": YES_NO},
)
COMPENSATION: Final = _record(head=TEXT, basis=Type("one_of", values=BASES), amount=MONEY, in_all=MONEY, executor=PARTY)
GOODWILL: Final = _record(form=TEXT, amount=MONEY, up_to=MONEY, needs=ROLE)
RECOVERY: Final = _record(share=NUMBER, amount=MONEY, clock=TEXT, **{"from": PARTY})
CLOCK: Final = _record(name=TEXT, after=Type("moment"), within=Type("duration"), on_timeout=TEXT)

ANSWERS: Final[Mapping[str, ContractAnswer]] = MappingProxyType(
    {
        "responsibility.to_customer": ContractAnswer(PARTY, required=True),
        "responsibility.final": ContractAnswer(Type("shares", values=PARTIES)),
        "remedy.option": ContractAnswer(OPTION, collected=True, required=True, fields=("kind",)),
        "remedy.compensation": ContractAnswer(COMPENSATION, collected=True, fields=("head", "basis", "amount")),
        "remedy.goodwill": ContractAnswer(GOODWILL, collected=True, fields=("form", "amount")),
        "recovery": ContractAnswer(RECOVERY, collected=True, fields=("from",)),
        "clock": ContractAnswer(CLOCK, collected=True, fields=("name", "after", "within")),
        "say": ContractAnswer(Type("list", item=Type("block")), collected=True),
        "responsibility.disputed": ContractAnswer(YES_NO),
        "goods.with_customer": ContractAnswer(YES_NO),
    }
)
BEFORE_SETTLE: Final = tuple(ANSWERS)[:5]  # read by settle; the others are read after it
JOINED: Final = (
    "freight.out",
    "freight.back",
    "severity",
    "automation.mode",
)  # one_of answers that are combined over all issues
ENTITLEMENTS: Final = "eligibility."  # eligibility.X: granted, denied or not_asked; eligibility.X.until: an instant

SETTLE_FACTS: Final[Mapping[str, Type]] = MappingProxyType(
    {
        "chosen.kind": Type("one_of", values=(*KINDS, "none")),
        "chosen.return": YES_NO,
        "chosen.refund_fen": MONEY,
        "chosen.nothing_left": YES_NO,
        "chosen.up_to_fen": MONEY,
        "alternative.kind": Type("one_of", values=(*KINDS, "none")),
        "alternative.refund_fen": MONEY,
        "settled.issues": NUMBER,
        "settled.paid_fen": MONEY,
        "settled.refund_fen": MONEY,
        "settled.kept_goods_fen": MONEY,
        "settled.kept_price_fen": MONEY,
        "settled.compensation_fen": MONEY,
        "settled.goodwill_fen": MONEY,
        "settled.total_fen": MONEY,
        "settled.heads": Type("list", item=TEXT),
        "settled.paid_before_fen": MONEY,
        "settled.paid_before_at": Type("instant"),
    }
)

# Facts of the case that settle reads where the vocabulary has them.
LINE_FACTS: Final = ("line.quantity", "line.price_fen", "line.paid_fen", "line.refunded_quantity")
CASE_FACTS: Final = ("order.refunded_fen", "order.discounts", "order.promo_threshold_fen")
TICKED: Final = "issue.kind"  # the kind that somebody ticked
TO_CUSTOMER: Final = "responsibility.to_customer"  # who answers to the customer for an issue
NOT_IN_BREACH: Final = ("customer", "none", "undetermined")  # its values where nobody broke a duty, or nobody knows
GROUND: Final = "issue.ground"  # an answer: what the claim rests on, where a pack derives it from facts and the kind
ISSUE_FACTS: Final = ("issue.wants", "issue.rejected", "issue.quantity")
WORD_SLOTS: Final = ("reason", "questions")  # filled by the recommendation: the reason of a refusal, the questions
REQUEST: Final = "ask-for-facts"  # the text block for a case that asks, with {questions}
WAITING: Final = "wait-for-others"  # the text block for a case that asks another party than the customer
PAID_BEFORE: Final = "paid-before"  # the text block about earlier payments
HANDOVER: Final = "needs-a-person"  # the text block for a case that a person must review

# The index fields of a case in the ledger; a pack names a fact or an answer for each.
CASE_INDEX: Final = (
    "number", "order", "customer", "merchant", "name", "contact", "category", "cause", "channel", "text", "handler",
)  # fmt: skip
