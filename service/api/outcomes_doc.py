"""What /openapi.json says of outcomes, approvals and appeals."""

from __future__ import annotations

from typing import Any, Final

from rules.language.contract import KINDS, ROLES
from rules.values.kind import MAX_MONEY, MAX_TEXT
from service.api.cursors import parameters
from service.api.describe import (
    COMMON,
    INSTANT,
    NO_LEDGER,
    REQUEST_ID,
    TEXT,
    TEXT_OR_NONE,
    answered,
    closed,
    page,
    problem,
    record,
    ref,
    sent,
    shaped,
)
from service.api.idempotency import header
from service.api.outcome_forms import AMOUNTS, MOST_EVIDENCE, PARTS, REQUIRED
from service.casework.choices import WAYS
from service.casework.outcomes.appeals import PARTIES
from service.i18n.terms import ANOTHER, TERMS
from service.i18n.terms import REASONS as REASON_LABELS

Json = dict[str, Any]

_FEN: Final[Json] = {"type": "integer", "minimum": 0, "maximum": MAX_MONEY, "description": "minor units (fen)"}
_SAYING: Final[Json] = {"type": "string", "minLength": 1, "maxLength": MAX_TEXT, "pattern": r"\S"}
_REASON: Final[Json] = {
    "oneOf": [{"const": code, "title": " / ".join(label.values())} for code, label in REASON_LABELS.items()],
    "description": "why something else is done than recommended; `another` wants a note",
}


def _either(schema: Json) -> Json:
    return {"oneOf": [schema, {"type": "null"}]}


def _responses(refusals: Json) -> Json:
    """Return the problems of every operation here, with what each says of 403, 404, 409 and 422."""
    common = {
        "400": problem("the body is not JSON, or the address has parameters that do not fit"),
        "415": problem("the body is not application/json"),
        **NO_LEDGER,
    }
    return common | {status: problem(description) for status, description in refusals.items()}


TAKE: Final[Json] = {
    "operationId": "take_outcome",
    "parameters": [*COMMON, header(required=True)],
    "requestBody": sent("OutcomeChoice"),
    "responses": {
        "201": answered("The outcome holds, and the case waits for the customer", "DecisionStanding"),
        "202": answered("It waits for approval by another person", "DecisionStanding"),
        **_responses(
            {
                "403": "the caller may not override, or took part before the appeal",
                "404": "there is no such decision",
                "409": "it is not the latest decision of its case, was acted on, asks for facts, or less is left",
                "410": "what was kept of it was erased, or is no longer what was recorded",
                "422": "the body does not fit, or the recommendation has no such alternative",
            }
        ),
    },
}
OUTCOME: Final[Json] = {
    "operationId": "outcome",
    "parameters": COMMON,
    "responses": {
        "200": answered("What was done with the decision, or what waits for approval", "DecisionStanding"),
        "403": problem("the caller may not read the ledger"),
        "404": problem("there is no such decision"),
        "410": problem("what was kept of it was erased, or is no longer what was recorded"),
        **NO_LEDGER,
    },
}
APPROVE: Final[Json] = {
    "operationId": "approve",
    "parameters": [*COMMON, header(required=True)],
    "requestBody": sent("ApprovalChoice"),
    "responses": {
        "201": answered("It holds now; or it was refused, and the decision is open again", "DecisionStanding"),
        **_responses(
            {
                "403": "the caller may not approve, made the proposal, has too low a role, or took part before",
                "404": "there is no such decision",
                "409": "nothing waits, there is a later decision, the digest is another, or there is not so much left",
                "410": "what was kept of it was erased, or is no longer what was recorded",
                "422": "the body does not fit",
            }
        ),
    },
}
APPEAL: Final[Json] = {
    "operationId": "appeal",
    "parameters": [*COMMON, header(required=False)],
    "requestBody": sent("Appeal"),
    "responses": {
        "201": answered("The new decision, for a level above the one before", "Decision"),
        **_responses(
            {
                "403": "the caller may not decide",
                "404": "there is no such decision",
                "409": "it is not the latest decision, the case sent along is another, or an approval waits in it",
                "410": "what was kept of it was erased, or is no longer what was recorded",
                "422": "the body does not fit, or the case in it does not fit the vocabulary",
            }
        ),
    },
}
WAITING: Final[Json] = {
    "operationId": "approvals",
    "parameters": [
        *COMMON,
        {"name": "needs", "in": "query", "schema": {"enum": list(ROLES)}, "description": "the role that it waits for"},
        *parameters(),
    ],
    "responses": {
        "200": answered("What waits for approval, the oldest first", "Approvals"),
        "400": problem("the address has parameters that do not fit"),
        "403": problem("the caller may not approve"),
        **NO_LEDGER,
    },
}
REASONS: Final[Json] = {
    "operationId": "outcome_reasons",
    "parameters": [REQUEST_ID],
    "responses": {"200": answered("The reasons for an override", "OutcomeReasons")},
}

_GIVEN: Final[Json] = {
    "choice": {"enum": list(WAYS)},
    "way": {"enum": list(WAYS), "deprecated": True, "description": "the same as `choice`; goes with the next version"},
    "option": {"type": ["integer", "null"]},
    "kind": {"enum": list(KINDS)},
    **dict.fromkeys(("refund_fen", "compensation_fen", "goodwill_fen", "voucher_fen", "total_fen"), _FEN),
    "return_required": {"type": "boolean"},
    "recommended_fen": _FEN,
    "reason": _either(_REASON),
    "note": TEXT_OR_NONE,
    "digest": TEXT,
    "by": TEXT,
}
_OUTCOME: Final = shaped(
    {
        **_GIVEN,
        "approved_by": TEXT_OR_NONE,
        "role": TEXT | {"description": "of whoever approved it, else of whoever took it"},
        "proposal": TEXT,
        "at": INSTANT,
    },
    [*_GIVEN, "approved_by", "role", "at"],
)
_PROPOSAL: Final = shaped(
    {"id": TEXT, "needs": {"enum": list(ROLES), "description": "the role that may approve it"}, **_GIVEN},
    ["id", "needs", "by"],
)
_STANDING: Final[Json] = {
    "decision": TEXT,
    "case_no": TEXT,
    "digest": TEXT | {"description": "of the decision: an approval names it"},
    "state": {"enum": list(TERMS["decision"])},
    "outcome": _either(_OUTCOME),
    "proposal": _either(_PROPOSAL),
}
_APPROVABLE: Final[Json] = {
    "decision": TEXT,
    "case_no": TEXT,
    "digest": TEXT,
    "severity": TEXT_OR_NONE,
    "news": {"type": "array", "items": TEXT, "description": "events with facts that came in since it was proposed"},
    "may_approve": {"type": "boolean", "description": "whether whoever asks may approve it"},
    "proposal": _PROPOSAL,
}

_CHOICES: Final[Json] = {
    "option": {"type": "integer", "minimum": 0, "description": "position among the alternatives"},
    "refund_fen": _FEN | {"description": "of the option: from its refund_fen to its up_to_fen"},
    "override": closed({"kind": {"enum": list(KINDS)}, **dict.fromkeys(AMOUNTS, _FEN)}, ["kind"]),
    "reason": _REASON,
    "note": _SAYING,
}
_NOTED: Final[Json] = {  # a reason that says nothing by itself wants a note
    "if": {"properties": {"reason": {"const": ANOTHER}}, "required": ["reason"]},
    "then": {"properties": {"note": _SAYING}, "required": ["note"]},
}


def _choice(way: str) -> Json:
    """Describe the body for a choice: what it needs, what it may have, and null for the rest, which is left out."""
    needed = REQUIRED.get(way, ())
    may = {"reason", "note", *PARTS.get(way, ())}
    parts = {
        name: schema if name in needed else _either(schema) if name in may else {"type": "null"}
        for name, schema in _CHOICES.items()
    }
    return closed({"choice": {"const": way}, **parts}, ["choice", *needed]) | {"title": way, **_NOTED}


_EVIDENCE: Final[Json] = {
    "type": "array",
    "minItems": 1,
    "maxItems": MOST_EVIDENCE,
    "items": closed({"kind": _SAYING, "ref": _SAYING, "note": _SAYING}, ["kind"]),
}

SCHEMAS: Final[Json] = {
    "OutcomeChoice": {"oneOf": [_choice(way) for way in WAYS]},
    "ApprovalChoice": closed(
        {
            "approve": {"type": "boolean"},
            "digest": _SAYING | {"description": "of the decision"},
            "note": _either(_SAYING),
        },
        ["approve", "digest"],
    ),
    "Appeal": closed(
        {
            "by": {"enum": list(PARTIES)},
            "grounds": _SAYING,
            "evidence": _either(_EVIDENCE),
            "case": _either(ref("Case")) | {"description": "the whole case with facts that changed; else as kept"},
        },
        ["by", "grounds"],
    ),
    "DecisionStanding": shaped(
        _STANDING | {"followed_by": TEXT | {"description": "the decision on what came in while the approval waited"}},
        list(_STANDING),
    ),
    "Approvals": page(record(_APPROVABLE)),
    "OutcomeReasons": shaped(
        {"items": {"type": "array", "items": shaped({"code": TEXT, "label": {"type": "object"}}, ["code", "label"])}},
        ["items"],
    ),
}
