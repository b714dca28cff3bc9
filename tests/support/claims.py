"""What the facts of a pack are to a claim: photos, proof, findings, earlier payments, and what the law treats alike."""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Any, Final, NamedTuple


class Statement(NamedTuple):
    """Facts that are stated in addition, and the grounds of the claims that they are about; all claims where empty.

    The law says nothing about a case without the fact of `requires`, or with one of `excluded_by`.
    """

    facts: Mapping[str, Any]
    grounds: tuple[str, ...] = ()
    requires: str = ""
    excluded_by: tuple[str, ...] = ()

    def fits(self, ground: str, stated: Set[str]) -> bool:
        """Return whether a claim on this ground, with these facts, is one that the statement is about."""
        about = not self.grounds or ground in self.grounds
        return about and (not self.requires or self.requires in stated) and stated.isdisjoint(self.excluded_by)


GOODS: Final = ("no_reason", "quality", "mismatch", "damage", "wrong_item", "missing_item", "food_safety")  # that came
FOUND_BY_OTHERS: Final = (
    "test.result",
    "defect.authority_finding",
    "authenticity.appraisal",
    "deception.found",
    "dispute.ordered",
)
CONSENT: Final = ("order.labels", "merchant.asked_at", "merchant.position", "merchant.consents_refund_only")  # it binds
ORDERED: Final = ("dispute.ordered",)  # so does an order
OPENED_AGAIN: Final = ("dispute.appeal", "dispute.new_evidence", "defect.authority_finding", "defect.recalled")
NO_TEST: Final = (  # claims with rules of their own, which a test of the goods does not decide
    "issue.fresh_fault",
    "line.pet_kind",
    "issue.animal_state",
    "issue.allergy",
    "medicine.cold_chain_broken",
)
ON_THE_WAY: Final = ("return.leg_event",)  # what was lost or broken on its way back is the carrier's
PROVEN: Final = {"return.state_proven": True}

PHOTOS: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {  # what a photo of the customer shows of a claim
    "cn": {
        "quality": ("fault", "test", "whole_lot", "condition"),
        "mismatch": ("difference", "listing"),
        "damage": ("damage", "packaging"),
        "missing_item": ("contents",),
        "wrong_item": ("wrong_goods",),
        "counterfeit": ("difference", "test"),
        "food_safety": ("food_defect",),
        "not_received": ("no_delivery",),
        "false_ship": ("no_delivery",),
        "refusal": ("refusal",),
        "price": ("price_now",),
        "owed": ("agreement",),
    },
    "eu": {"fault": ("lack",), "damage": ("lack",)},
}
PROOFS: Final[Mapping[str, tuple[Statement, ...]]] = {  # findings, admissions and consent for a claim
    "cn": (
        Statement({"test.result": "product_fault"}, ("quality",)),
        Statement({"defect.authority_finding": True}, ("quality",)),
        Statement({"defect.beyond_standard": True}, ("quality",)),
        Statement({"defect.seller_knew": True}),
        Statement({"damage.at_delivery": True}, ("damage",)),
        Statement({"listing.matches": False}, ("mismatch",)),
        Statement({"listing.size_chart_wrong": True}, ("mismatch", "no_reason")),
        Statement({"issue.shown_at_sign_off": True}, ("missing_item", "wrong_item")),
        Statement({"delivery.part_lost": True}, ("missing_item",)),
        Statement({"packaging.record": "short"}, ("missing_item",)),
        Statement({"delivery.proxy_consent": False}, ("not_received",)),
        Statement({"authenticity.appraisal": "fake"}, ("counterfeit",)),
        Statement({"authenticity.proof": ["laboratory"]}, ("counterfeit",)),
        Statement({"authenticity.proof": ["merchant_admits"]}, ("counterfeit",)),
        Statement({"food.standard_breach": True}, ("food_safety",)),
        Statement({"medicine.substandard": True}, ("quality",)),
        Statement({"deception.found": True}, ("counterfeit", "mismatch", "deceived")),
        Statement({"return.inspection": "pass"}, ("no_reason",)),
        Statement({"merchant.position": "agrees"}),
        Statement({"merchant.consents_refund_only": True}),
        Statement({"order.platform_knew": True}),
    ),
    "eu": (
        Statement({"defect.origin": "at_delivery"}, ("fault",)),
        Statement({"merchant.position": "agrees"}),
    ),
}
FINDINGS: Final[Mapping[str, tuple[Statement, ...]]] = {  # of a person, an expert or an authority, against a claim
    "cn": (
        # what was settled later stands, and an appeal or a finding by an authority opens what a platform refused
        Statement({"dispute.ordered": "nothing_due"}, excluded_by=("dispute.settled", *OPENED_AGAIN)),
        Statement({"dispute.sham_proven": True}, excluded_by=("dispute.settled",)),
        Statement({"evidence.fabricated": True}, GOODS, excluded_by=FOUND_BY_OTHERS),
        Statement({"test.result": "user_caused"}, ("quality",), excluded_by=(*CONSENT, *ORDERED, *NO_TEST)),
        Statement({"authenticity.appraisal": "genuine"}, ("counterfeit",), excluded_by=(*CONSENT, *ORDERED)),
        Statement({"return.inspection": "fail_swap", **PROVEN}, ("no_reason",), "return.received_at", ON_THE_WAY),
        Statement({"return.inspection": "empty", **PROVEN}, ("no_reason",), "return.received_at", ON_THE_WAY),
        Statement({"conduct.bad_faith": True}, ("no_reason",), "delivery.signed_at", ON_THE_WAY),
    ),
    "eu": (
        # a guarantee covers what comes later, and the trader may agree to it
        Statement({"defect.origin": "later"}, ("fault",), excluded_by=("promise.covers", "merchant.position")),
        Statement({"defect.accepted": True}, ("fault",), excluded_by=("promise.covers", "merchant.position")),
    ),
}
PAID: Final[Mapping[str, tuple[str, ...]]] = {  # what the customer got before
    "cn": ("order.refunded_fen", "line.refunded_quantity", "return.insurance_paid_fen", "issue.awarded_fen"),
    "eu": ("order.refunded_fen", "line.refunded_quantity"),
}
BY_LAW_ALONE: Final = (
    "no_reason", "not_received", "cancel", "refusal", "wrong_item", "missing_item", "deposit", "minor", "prepaid",
)  # fmt: skip
PLATFORMS: Final = (
    "kuaishou",
    "douyin",
    "pdd",
    "other",
)  # without rules of their own; WeChat lays down hours of dispatch
CATEGORIES: Final = ("household", "toys", "home_textile", "apparel", "bags")  # likewise; shoes have a rule on boxes
