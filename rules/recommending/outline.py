"""The outline of a recommendation: its keys and kinds of values, which policy tests and the API schema must match."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

Outline = Any  # a leaf's kind; a list of one outline; or a dict of them, where "*" stands for any key

BILINGUAL: Final[Outline] = {"*": "text"}
OPTION: Final[Mapping[str, Outline]] = {"kind": "text", "refund_fen": "money", "return_required": "yes_no"}

RECOMMENDATION: Final[Mapping[str, Outline]] = {
    "outcome": "text",
    "provisional": "yes_no",
    "remedy": {
        **OPTION,
        "extent": "text",
        "currency": "text",
        "compensation": [
            {"head": "text", "basis": "text", "amount_fen": "money", "issue": "any", "rule": "text", "executor": "text"}
        ],
        "goodwill": {"form": "text", "amount_fen": "money", "up_to_fen": "money", "needs": "text", "rule": "text"},
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
            "needs": "text",
            "rank": "number",
            "rule": "text",
            "chosen": "yes_no",
        }
    ],
    "eligibility": [
        {"issue": "any", "entitlement": "text", "answer": "text", "from": "text", "until": "text", "day": "any"}
    ],
    "responsibility": {
        "to_customer": "text",
        "final": {"*": "number"},
        "bears": {"*": "money"},
        "certainty": "text",
        "recovery": [
            {"issue": "any", "from": "text", "share": "number", "amount_fen": "money", "clock": "text", "by": "text"}
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
        "mode": "text",
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
                    "outcomes": [{"outcome": "text", "kind": "any", "total_fen": "money", "mode": "text"}],
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
            "outcome": "text",
            "remedy": {**OPTION},
            "to_customer": "text",
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
