"""What /openapi.json says of outcomes, approvals and appeals."""

from __future__ import annotations

from typing import Any, Final

from rules.language.contract import KINDS, ROLES
from rules.values.kind import LARGEST, LONGEST_TEXT

from ..desk.appeals import PARTIES
from ..desk.choices import WAYS
from ..intake import reasons
from .idempotency import header
from .openapi import _INSTANT, _LANGUAGE, _REQUEST_ID, _TEXT, _TEXT_OR_NONE, _answer, _closed, _object, _problem, _ref
from .outcome_forms import MOST_EVIDENCE
from .requests import LARGEST_PAGE

Json = dict[str, Any]

_FEN: Final[Json] = {"type": "integer", "minimum": 0, "maximum": LARGEST, "description": "minor units (fen)"}
_SAYING: Final[Json] = {"type": "string", "minLength": 1, "maxLength": LONGEST_TEXT}
_ASKED: Final = [_LANGUAGE, _REQUEST_ID]
_REASON: Final[Json] = {
    "oneOf": [{"const": code, "title": " / ".join(label.values())} for code, label in reasons.REASONS.items()],
    "description": "why something else is done than recommended; `another` wants a note",
}


def _either(schema: Json) -> Json:
    return {"oneOf": [schema, {"type": "null"}]}


def _sent(schema: str) -> Json:
    return {"required": True, "content": {"application/json": {"schema": _ref(schema)}}}


def _responses(refusals: Json) -> Json:
    """Return the problems of every operation here, with what each says of 403, 404, 409 and 422."""
    common = {
        "400": _problem("the body is not JSON, or the address has parameters that do not fit"),
        "415": _problem("the body is not application/json"),
        "503": _problem("no pack or no ledger is in use"),
    }
    return common | {status: _problem(description) for status, description in refusals.items()}


TAKE: Final[Json] = {
    "operationId": "take_outcome",
    "parameters": [*_ASKED, header(required=True)],
    "requestBody": _sent("OutcomeChoice"),
    "responses": {
        "201": _answer("The outcome holds, and the case waits for the customer", "DecisionStanding"),
        "202": _answer("It waits for approval by another person", "DecisionStanding"),
        **_responses(
            {
                "403": "the caller may not override, or took part before the appeal",
                "404": "there is no such decision",
                "409": "it is not the latest decision of its case, was acted on, asks for facts, or less is left",
                "410": "what was kept of it was erased",
                "422": "the body does not fit, or the recommendation has no such alternative",
            }
        ),
    },
}
OUTCOME: Final[Json] = {
    "operationId": "outcome",
    "parameters": _ASKED,
    "responses": {
        "200": _answer("What was done with the decision, or what waits for approval", "DecisionStanding"),
        "403": _problem("the caller may not read the ledger"),
        "404": _problem("there is no such decision"),
        "410": _problem("what was kept of it was erased"),
        "503": _problem("no pack or no ledger is in use"),
    },
}
APPROVE: Final[Json] = {
    "operationId": "approve",
    "parameters": [*_ASKED, header(required=True)],
    "requestBody": _sent("ApprovalChoice"),
    "responses": {
        "201": _answer("It holds now; or it was refused, and the decision is open again", "DecisionStanding"),
        **_responses(
            {
                "403": "the caller may not approve, proposed it himself, has too low a role, or took part before",
                "404": "there is no such decision",
                "409": "nothing waits, there is a later decision, the digest is another, or there is not so much left",
                "410": "what was kept of it was erased",
                "422": "the body does not fit",
            }
        ),
    },
}
APPEAL: Final[Json] = {
    "operationId": "appeal",
    "parameters": [*_ASKED, header(required=False)],
    "requestBody": _sent("Appeal"),
    "responses": {
        "201": _answer("The new decision, for a level above the one before", "Decision"),
        **_responses(
            {
                "403": "the caller may not decide",
                "404": "there is no such decision",
                "409": "the decision is not the latest of its case, or the case sent along is another",
                "410": "what was kept of it was erased",
                "422": "the body does not fit, or the case in it does not fit the vocabulary",
            }
        ),
    },
}
WAITING: Final[Json] = {
    "operationId": "approvals",
    "parameters": [
        *_ASKED,
        {"name": "needs", "in": "query", "schema": {"enum": list(ROLES)}, "description": "the role that it waits for"},
        {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE}},
    ],
    "responses": {
        "200": _answer("What waits for approval, the oldest first", "Approvals"),
        "400": _problem("the address has parameters that do not fit"),
        "403": _problem("the caller may not approve"),
        "503": _problem("no pack or no ledger is in use"),
    },
}
REASONS: Final[Json] = {
    "operationId": "outcome_reasons",
    "parameters": [_REQUEST_ID],
    "responses": {"200": _answer("The reasons for an override", "OutcomeReasons")},
}

_GIVEN: Final[Json] = {
    "way": {"enum": list(WAYS)},
    "option": {"type": ["integer", "null"]},
    "kind": {"enum": list(KINDS)},
    **dict.fromkeys(("refund_fen", "compensation_fen", "goodwill_fen", "voucher_fen", "total_fen"), _FEN),
    "return_required": {"type": "boolean"},
    "recommended_fen": _FEN,
    "reason": _TEXT_OR_NONE,
    "note": _TEXT_OR_NONE,
    "digest": _TEXT,
    "by": _TEXT,
}
_OUTCOME: Final = _object(
    {
        **_GIVEN,
        "approved_by": _TEXT_OR_NONE,
        "role": _TEXT | {"description": "of whoever approved it, else of whoever took it"},
        "proposal": _TEXT,
        "at": _INSTANT,
    },
    [*_GIVEN, "approved_by", "role", "at"],
)
_PROPOSAL: Final = _object(
    {"id": _TEXT, "needs": {"enum": list(ROLES), "description": "the role that may approve it"}, **_GIVEN},
    ["id", "needs", "by"],
)
_STANDING: Final[Json] = {
    "decision": _TEXT,
    "case_no": _TEXT,
    "digest": _TEXT | {"description": "of the decision: an approval names it"},
    "state": {"enum": ["open", "waiting", "accepted", "changed", "superseded"]},
    "outcome": _either(_OUTCOME),
    "proposal": _either(_PROPOSAL),
}
_APPROVABLE: Final[Json] = {
    "decision": _TEXT,
    "case_no": _TEXT,
    "digest": _TEXT,
    "severity": _TEXT_OR_NONE,
    "may_approve": {"type": "boolean", "description": "whether whoever asks may approve it"},
    "proposal": _PROPOSAL,
}

SCHEMAS: Final[Json] = {
    "OutcomeChoice": _closed(
        {
            "choice": {"enum": list(WAYS)},
            "option": {"type": "integer", "minimum": 0, "description": "position among the alternatives"},
            "refund_fen": _FEN | {"description": "of the option: from its refund_fen to its up_to_fen"},
            "override": _closed(
                {"kind": {"enum": list(KINDS)}, "refund_fen": _FEN, "compensation_fen": _FEN, "goodwill_fen": _FEN},
                ["kind"],
            ),
            "reason": _REASON,
            "note": _SAYING,
        },
        ["choice"],
    ),
    "ApprovalChoice": _closed(
        {"approve": {"type": "boolean"}, "digest": _TEXT | {"description": "of the decision"}, "note": _SAYING},
        ["approve", "digest"],
    ),
    "Appeal": _closed(
        {
            "by": {"enum": list(PARTIES)},
            "grounds": _SAYING,
            "evidence": {
                "type": "array",
                "minItems": 1,
                "maxItems": MOST_EVIDENCE,
                "items": _closed({"kind": _SAYING, "ref": _SAYING, "note": _SAYING}, ["kind"]),
            },
            "case": _ref("Case") | {"description": "the whole case with facts that changed; else as it was kept"},
        },
        ["by", "grounds"],
    ),
    "DecisionStanding": _object(_STANDING, list(_STANDING)),
    "Approvals": _object({"items": {"type": "array", "items": _object(_APPROVABLE, list(_APPROVABLE))}}, ["items"]),
    "OutcomeReasons": _object(
        {"items": {"type": "array", "items": _object({"code": _TEXT, "label": {"type": "object"}}, ["code", "label"])}},
        ["items"],
    ),
}
