"""What /openapi.json says of cases, their events and their deadlines."""

from __future__ import annotations

from typing import Any, Final

from rules.language.contract import MODES, ROLES

from ..desk.states import STATES
from ..intake.event import INSPECTED, KINDS, NEGOTIATED
from .idempotency import header
from .openapi import _INSTANT, _LANGUAGE, _REQUEST_ID, _TEXT, _TEXT_OR_NONE, _answer, _object, _problem, _ref

Json = dict[str, Any]

_ASIDE: Final = [_LANGUAGE, _REQUEST_ID]
_NOWHERE: Final = _problem("there is no such case")
_UNUSABLE: Final = {
    "403": _problem("the caller may not do this"),
    "503": _problem("no pack or no ledger is in use"),
}
_BAD_QUERY: Final = {"400": _problem("a parameter of the address does not fit")}


def _in_query(name: str, schema: Json, description: str) -> Json:
    return {"name": name, "in": "query", "schema": schema, "description": description}


_LIMIT: Final = _in_query("limit", {"type": "integer", "minimum": 1, "maximum": 200}, "how many at most")
_CURSOR: Final = _in_query("cursor", _TEXT, "next_cursor of the page before")

CASES: Final[Json] = {
    "operationId": "cases",
    "parameters": [
        *_ASIDE,
        _in_query("state", {"enum": list(STATES)}, "in this state"),
        *(_in_query(name, _TEXT, f"of this {name}") for name in ("customer", "order", "merchant", "handler", "tag")),
        _in_query("overdue", {"type": "boolean"}, "true: go on and missed a deadline; false: go on and missed none"),
        _LIMIT,
        _CURSOR,
    ],
    "responses": {"200": _answer("Cases, the newest first", "CasePage"), **_BAD_QUERY, **_UNUSABLE},
}
CASE: Final[Json] = {
    "operationId": "case",
    "parameters": _ASIDE,
    "responses": {"200": _answer("The case as it stands", "CaseStanding"), "404": _NOWHERE, **_UNUSABLE},
}
EVENTS: Final[Json] = {
    "operationId": "recordEvent",
    "description": (
        "An event that brings facts, or a whole case, leads to a further decision, recorded together with it. Personal"
        " facts that the ledger masked stay masked in it unless they are sent anew; `masked` lists them."
    ),
    "parameters": [*_ASIDE, header(required=False)],
    "requestBody": {"required": True, "content": {"application/json": {"schema": _ref("Event")}}},
    "responses": {
        "201": _answer("The event, the state it led to, and the decision that followed", "EventRecorded"),
        "400": _problem("the body is not JSON, or a key stands twice in an object"),
        "404": _NOWHERE,
        "409": _problem("the event cannot come in the case's state, or something has to be settled first"),
        "410": _problem("the case that was kept was erased; send it whole, as `case`"),
        "413": _problem("the body is over 1 MiB"),
        "415": _problem("the body is not application/json"),
        "422": _problem("the event does not fit its kind or its case; every fault is told"),
        **_UNUSABLE,
    },
}
TIMELINE: Final[Json] = {
    "operationId": "timeline",
    "parameters": [*_ASIDE, _LIMIT, _CURSOR],
    "responses": {
        "200": _answer("The entries of the case, oldest first", "Timeline"),
        "404": _NOWHERE,
        **_BAD_QUERY,
        **_UNUSABLE,
    },
}
OVERDUE: Final[Json] = {
    "operationId": "overdue",
    "parameters": [*_ASIDE, _LIMIT],
    "responses": {"200": _answer("Missed deadlines, the longest ago first", "Overdue"), **_BAD_QUERY, **_UNUSABLE},
}
ESCALATION: Final[Json] = {
    "operationId": "escalate",
    "description": "Each missed deadline is escalated once; its decision goes a level up, or where the pack says.",
    "parameters": _ASIDE,
    "responses": {"200": _answer("What was escalated now", "Overdue"), **_BAD_QUERY, **_UNUSABLE},
}

_CASE: Final[Json] = {
    "no": _TEXT,
    "pack": _TEXT,
    "state": {"enum": list(STATES)},
    "opened_at": _INSTANT,
    "changed_at": _INSTANT,
    "closed_at": _TEXT_OR_NONE,
    "decision": _TEXT | {"description": "the latest"},
    "severity": _TEXT_OR_NONE,
    "order_no": _TEXT_OR_NONE,
    "customer": _TEXT_OR_NONE,
    "merchant": _TEXT_OR_NONE,
    "handler": _TEXT_OR_NONE,
    "satisfied": {"type": ["boolean", "null"]},
    "tags": {"type": "array", "items": _TEXT},
    "person_requested_at": _TEXT_OR_NONE
    | {"description": "since when the customer wants a person; no machine acts then"},
}
_LATEST: Final[Json] = {
    "id": _TEXT, "because": _TEXT, "at": _INSTANT, "by": _TEXT, "outcome": _TEXT, "mode": {"enum": list(MODES)},
    "remedy": _TEXT_OR_NONE, "total_fen": {"type": "integer"}, "state": _TEXT,
}  # fmt: skip
_CLOCK: Final[Json] = {
    "name": _TEXT,
    "decision": _TEXT,
    "due_at": _INSTANT,
    "on_timeout": _TEXT_OR_NONE,
    "met_at": _TEXT_OR_NONE,
    "escalated_at": _TEXT_OR_NONE,
}
_ENTRY: Final[Json] = {
    "seq": {"type": "integer"},
    "id": _TEXT,
    "kind": _TEXT,
    "about": _TEXT_OR_NONE | {"description": "the decision that it is about"},
    "at": _INSTANT,
    "by": _TEXT,
    "erased": {"type": "boolean"},
    "body": {"type": ["object", "null"], "description": "null where it was erased"},
    "text": _TEXT | {"description": "the entry as a sentence in the language of the reader"},
}
_MISSED: Final[Json] = {
    "case_no": _TEXT,
    "clock": _TEXT,
    "due_at": _INSTANT,
    "on_timeout": _TEXT_OR_NONE,
    "escalated_at": _TEXT_OR_NONE,
    "decision": _TEXT,
    "state": _TEXT,
    "severity": _TEXT_OR_NONE,
    "handler": _TEXT_OR_NONE,
    "mode": {"enum": [*ROLES, None], "description": "the level it went to; null where it could go no higher"},
    "entry": _TEXT,
}
_EVENT: Final[Json] = {
    "kind": {"enum": list(KINDS)},
    "at": _INSTANT | {"description": "when it happened, where that is not now"},
    "note": _TEXT,
    "meets": {"type": "array", "items": _TEXT, "description": "the deadlines of the case that are met with it"},
    "facts": {"type": "object", "description": "values by the names of the vocabulary"},
    "issue": {"type": "integer", "description": "of which issue the facts are, counted from 0"},
    "line": _TEXT | {"description": "of which line of the order the facts are"},
    "case": _ref("Case") | {"description": "the whole case, stated anew"},
    "references": {"type": "array", "items": _TEXT, "description": "where the evidence lies"},
    "tracking_no": _TEXT,
    "carrier": _TEXT,
    "result": {"enum": [*INSPECTED, *NEGOTIATED]},
    "option": {"type": "integer", "description": "its place among the alternatives, counted from 0"},
    "reference": _TEXT | {"description": "of the payment"},
    "refund_fen": {"type": "integer"},
    "total_fen": {"type": "integer"},
    "score": {"type": "integer", "minimum": 1, "maximum": 5},
    "satisfied": {"type": "boolean"},
    "suggestion": _TEXT,
    "tag": _TEXT,
    "off": {"type": "boolean", "description": "true: take the tag off"},
    "handler": _TEXT,
}


def _items(of: Json) -> Json:
    return {"type": "array", "items": of}


def _page(name: str) -> Json:
    return _object({"items": _items(_ref(name)), "next_cursor": _TEXT_OR_NONE}, ["items", "next_cursor"])


SCHEMAS: Final[dict[str, Json]] = {
    "CaseFiled": _object(_CASE, list(_CASE)),
    "CasePage": _page("CaseFiled"),
    "CaseStanding": _object(
        _CASE | {"latest": _object(_LATEST, list(_LATEST)), "clocks": _items(_object(_CLOCK, list(_CLOCK)))},
        [*_CASE, "latest", "clocks"],
    ),
    "Event": {
        "oneOf": [
            {
                "title": kind,
                "type": "object",
                "properties": {name: _EVENT[name] for name in part.parts} | {"kind": {"const": kind}},
                "required": ["kind", *part.wanted],
                "additionalProperties": False,
            }
            for kind, part in KINDS.items()
        ]
    },
    "EventRecorded": _object(
        {
            "id": _TEXT,
            "case_no": _TEXT,
            "kind": _TEXT,
            "at": _INSTANT,
            "state": {"enum": list(STATES)},
            "person": {"enum": ["has_it_now", "has_it_already", "looks_afterwards"]},
            "mode": {"enum": list(MODES)},
            "execution": _TEXT,
            "decision": {"anyOf": [_ref("Decision"), {"type": "null"}]},
            "masked": _items(_TEXT),
        },
        ["id", "case_no", "kind", "at", "state", "decision", "masked"],
    ),
    "TimelineEntry": _object(_ENTRY, list(_ENTRY)),
    "Timeline": _object(
        {"case_no": _TEXT, "items": _items(_ref("TimelineEntry")), "next_cursor": _TEXT_OR_NONE},
        ["case_no", "items", "next_cursor"],
    ),
    "Missed": _object(_MISSED, [name for name in _MISSED if name not in ("mode", "entry")]),
    "Overdue": _object({"items": _items(_ref("Missed"))}, ["items"]),
}
