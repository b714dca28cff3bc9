"""The outline of a recommendation: its keys and kinds of values, which policy tests and the API schema must match."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rules.language.contract import BASES, ENTITLEMENT, KINDS, MODES, PARTIES, ROLES
from rules.recommending.answers import OUTCOMES
from rules.recommending.remedy import EXTENTS
from rules.recommending.responsibility import CERTAINTIES

Outline = Any  # a leaf's kind, or the tuple of its values; a list of one outline; or a dict, where "*" is any key

BILINGUAL: Final[Outline] = {"*": "text"}
OPTION: Final[Mapping[str, Outline]] = {"kind": KINDS, "refund_fen": "money", "return_required": "yes_no"}

RECOMMENDATION: Final[Mapping[str, Outline]] = {
    "outcome": OUTCOMES,
    "provisional": "yes_no",
    "remedy": {
        **OPTION,
        "extent": EXTENTS,
        "currency": "text",
        "compensation": [
            {"head": "text", "basis": BASES, "amount_fen": "money", "issue": "any", "rule": "text", "executor": PARTIES}
        ],
        "goodwill": {"form": "text", "amount_fen": "money", "up_to_fen": "money", "needs": ROLES, "rule": "text"},
        "additions": [{"kind": "text", "amount_fen": "money"}],
        "freight": {"out": "text", "back": "text", "settlement": "text"},
        "total_fen": "money",
        "reckoning": [{"issue": "any", "line": "text", "item": "text", "amount_fen": "money", "rule": "text"}],
        "steps": [{"step": "text", "by": "text", "clock": "text"}],
    },
    "alternatives": [
        {
            **OPTION,
            "issue": "any",
            "up_to_fen": "money",
            "voucher_fen": "money",
            "needs": ROLES,
            "rank": "number",
            "rule": "text",
            "chosen": "yes_no",
        }
    ],
    "eligibility": [
        {"issue": "any", "entitlement": "text", "answer": ENTITLEMENT, "from": "text", "until": "text", "day": "any"}
    ],
    "responsibility": {
        "to_customer": PARTIES,
        "final": {"*": "number"},
        "bears": {"*": "money"},
        "certainty": CERTAINTIES,
        "recovery": [
            {"issue": "any", "from": PARTIES, "share": "number", "amount_fen": "money", "clock": "text", "by": "text"}
        ],
    },
    "severity": "text",
    "clocks": [
        {
            "name": "text",
            "at": "text",
            "after": "text",
            "within": "text",
            "on_timeout": "text",
            "rule": "text",
            "title": BILINGUAL,
            "source": ["text"],
        }
    ],
    "automation": {
        "mode": MODES,
        "settled": "yes_no",
        "reasons": [
            {
                "rule": "text",
                "title": BILINGUAL,
                "issue": "any",
                "code": "text",
                "rules": ["text"],
                "fact": "text",
                "block": "text",
                "detail": "text",
                "details": ["text"],
            }
        ],
    },
    "missing": [
        {
            "fact": "text",
            "value": "any",
            "issue": "any",
            "label": BILINGUAL,
            "ask": ["text"],
            "question": BILINGUAL,
            "because": "text",
            "only_if": {"fact": "text", "value": "any", "answer": "any"},
            "changes": [
                {
                    "answer": "any",
                    "outcomes": [{"outcome": OUTCOMES, "kind": "any", "total_fen": "money", "mode": MODES}],
                }
            ],
        }
    ],
    "words": [{"block": "text", "issue": "any", "*": "text"}],
    "why": {
        "rules": [
            {
                "policy": "text",
                "rule": "text",
                "title": BILINGUAL,
                "source": ["text"],
                "facts": {"*": "any"},
                "says": {"*": "any"},
                "issue": "any",
            }
        ],
        "set_aside": [{"policy": "text", "rule": "text", "by": "text", "issue": "any"}],
        "presumptions": [{"fact": "text", "value": "any", "because": "text"}],
        "notes": ["any"],
    },
    "why_not": [
        {
            "issue": "any",
            "wanted": "text",
            "rule": "text",
            "title": BILINGUAL,
            "needs": "text",
            "failed": [{"fact": "text", "label": BILINGUAL, "needs": "any", "is": "any"}],
            "nearest": "any",
        }
    ],
    "issues": [
        {
            "issue": "any",
            "line": "text",
            "kind": "text",
            "ground": {"value": "text", "rule": "text"},
            "outcome": OUTCOMES,
            "remedy": {**OPTION},
            "to_customer": PARTIES,
            "final": "any",
        }
    ],
    "paid_before": [
        {
            "line": "text",
            "kind": "text",
            "ground": "text",
            "cause": "text",
            "item": "text",
            "amount_fen": "money",
            "counted_fen": "money",
            "at": "text",
            "by": "text",
            "case_no": "text",
            "decision": "text",
            "reference": "text",
        }
    ],
    "policy": {"pack": "text", "digest": "text", "governing": {"*": "text"}, "engine": "text"},
}  # fmt: skip
