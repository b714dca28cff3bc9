"""What /openapi.json says of cases, their events and their deadlines."""

from __future__ import annotations

from typing import Any, Final

from rules.language.contract import MODES, ROLES
from service.api.cursors import parameters
from service.api.describe import (
    COMMON,
    INSTANT,
    NO_LEDGER,
    OF_RECIPIENT,
    TEXT,
    TEXT_OR_NONE,
    answered,
    items,
    listed,
    page,
    parameter,
    problem,
    record,
    ref,
    shaped,
)
from service.api.idempotency import header
from service.api.schemas.parameters import LARGEST_PAGE
from service.casework.states import STATES
from service.validation.event import INSPECTED, KINDS, NEGOTIATED

Json = dict[str, Any]

_NOWHERE: Final = problem("there is no such case")
_UNUSABLE: Final = {"403": problem("the caller may not do this"), **NO_LEDGER}
_BAD_QUERY: Final = {"400": problem("a parameter of the address does not fit")}


CASES: Final[Json] = {
    "operationId": "cases",
    "parameters": [
        *COMMON,
        parameter("state", {"enum": list(STATES)}, "in this state"),
        *(parameter(name, TEXT, f"of this {name}") for name in ("customer", "order", "merchant", "handler", "tag")),
        parameter("overdue", {"type": "boolean"}, "true: go on and missed a deadline; false: go on and missed none"),
        *parameters(),
    ],
    "responses": {"200": answered("Cases, the newest first", "CasePage"), **_BAD_QUERY, **_UNUSABLE},
}
CASE: Final[Json] = {
    "operationId": "case",
    "parameters": COMMON,
    "responses": {"200": answered("The case as it stands", "CaseStanding"), "404": _NOWHERE, **_UNUSABLE},
}
EVENTS: Final[Json] = {
    "operationId": "recordEvent",
    "description": (
        "An event that brings facts, or a whole case, leads to a further decision, recorded together with it. Personal"
        " facts that the ledger masked stay masked in it unless they are sent anew; `masked` lists them. While an"
        " approval waits that the caller could not give, the event is recorded alone, and the case is decided on it"
        " once that is settled. A case keeps its merchant, order and customer. `executed`"
        " says what a person has paid: no more than the outcome of the latest decision gives, or than a machine that"
        " failed was to pay, and no refund before goods that have to come back were inspected."
    ),
    "parameters": [*COMMON, header(required=False)],
    "requestBody": {"required": True, "content": {"application/json": {"schema": ref("Event")}}},
    "responses": {
        "201": answered("The event, the state it led to, and the decision that followed", "EventRecorded"),
        "400": problem("the body is not JSON, or a key stands twice in an object"),
        "404": _NOWHERE,
        "409": problem(
            "the event cannot come in the case's state, something has to come first: an outcome, an approval, goods;"
            " it names another merchant, order or customer than the case, or another pack decided that"
        ),
        "410": problem(
            "the case that was kept was erased, or is no longer what was recorded; send it whole, as `case`"
        ),
        "413": problem("the body is over 1 MiB"),
        "415": problem("the body is not application/json"),
        "422": problem("the event does not fit its kind or its case; every fault is told"),
        **_UNUSABLE,
    },
}
TIMELINE: Final[Json] = {
    "operationId": "timeline",
    "parameters": [*COMMON, *parameters(LARGEST_PAGE)],
    "responses": {
        "200": answered("The entries of the case, oldest first", "Timeline"),
        "404": _NOWHERE,
        **_BAD_QUERY,
        **_UNUSABLE,
    },
}
OVERDUE: Final[Json] = {
    "operationId": "overdue",
    "parameters": [*COMMON, *parameters(LARGEST_PAGE)],
    "responses": {"200": answered("Missed deadlines, the longest ago first", "Overdue"), **_BAD_QUERY, **_UNUSABLE},
}
ESCALATION: Final[Json] = {
    "operationId": "escalate",
    "description": (
        "Each missed deadline is escalated once; its decision goes a level up, or where the pack says, and those that"
        " follow stay there until the case is closed."
    ),
    "parameters": COMMON,
    "responses": {"200": answered("What was escalated now", "Escalated"), **_BAD_QUERY, **_UNUSABLE},
}

_CASE: Final[Json] = {
    "no": TEXT,
    "pack": TEXT,
    "state": {"enum": list(STATES)},
    "opened_at": INSTANT,
    "changed_at": INSTANT,
    "closed_at": TEXT_OR_NONE,
    "decision": TEXT | {"description": "the latest"},
    "severity": TEXT_OR_NONE,
    "order_no": TEXT_OR_NONE,
    "customer": TEXT_OR_NONE,
    "merchant": TEXT_OR_NONE,
    "handler": TEXT_OR_NONE,
    "satisfied": {"type": ["boolean", "null"]},
    "tags": {"type": "array", "items": TEXT},
    "person_requested_at": TEXT_OR_NONE
    | {"description": "since when the customer wants a person; no machine acts then"},
}
_LATEST: Final[Json] = {
    "id": TEXT, "because": TEXT, "at": INSTANT, "by": TEXT, "outcome": TEXT, "mode": {"enum": list(MODES)},
    "remedy": TEXT_OR_NONE, "total_fen": {"type": "integer"}, "state": TEXT,
}  # fmt: skip
_CLOCK: Final[Json] = {
    "name": TEXT,
    "decision": TEXT,
    "due_at": INSTANT,
    "on_timeout": TEXT_OR_NONE,
    "met_at": TEXT_OR_NONE,
    "escalated_at": TEXT_OR_NONE,
}
_ENTRY: Final[Json] = {
    "seq": {"type": "integer"},
    "id": TEXT,
    "kind": TEXT,
    "about": TEXT_OR_NONE | {"description": "the decision that it is about"},
    "at": INSTANT,
    "by": TEXT,
    "erased": {"type": "boolean"},
    "body": {"type": ["object", "null"], "description": "null where it was erased, or is no longer what was recorded"},
    "text": TEXT | {"description": "the entry as a sentence in the language of the reader"},
}
_MISSED: Final[Json] = {
    "case_no": TEXT,
    "clock": TEXT,
    "due_at": INSTANT,
    "on_timeout": TEXT_OR_NONE,
    "escalated_at": TEXT_OR_NONE,
    "decision": TEXT,
    "state": TEXT,
    "severity": TEXT_OR_NONE,
    "handler": TEXT_OR_NONE,
    "mode": {"enum": [*ROLES, None], "description": "the level it went to; null where it could go no higher"},
    "entry": TEXT,
}
_EVENT: Final[Json] = {
    "kind": {"enum": list(KINDS)},
    "at": INSTANT | {"description": "when it happened, where that is not now"},
    "note": TEXT,
    "meets": {"type": "array", "items": TEXT, "description": "the deadlines of the case that are met with it"},
    "facts": {"type": "object", "description": "values by the names of the vocabulary"},
    "issue": {"type": "integer", "description": "of which issue the facts are, counted from 0"},
    "line": TEXT | {"description": "of which line of the order the facts are"},
    "lines": {
        "type": "array",
        "items": TEXT,
        "description": "which lines of the order came back; without them, those that the latest decision wants back",
    },
    "case": ref("Case") | {"description": "the whole case, stated anew"},
    "references": {"type": "array", "items": TEXT, "description": "where the evidence lies"},
    "tracking_no": TEXT,
    "carrier": TEXT,
    "result": {"enum": [*INSPECTED, *NEGOTIATED]},
    "option": {"type": "integer", "description": "its place among the alternatives, counted from 0"},
    "reference": TEXT | {"description": "of the payment"},
    "account": TEXT | OF_RECIPIENT,
    "refund_fen": {"type": "integer"},
    "total_fen": {"type": "integer"},
    "score": {"type": "integer", "minimum": 1, "maximum": 5},
    "satisfied": {"type": "boolean"},
    "suggestion": TEXT,
    "tag": TEXT,
    "off": {"type": "boolean", "description": "true: take the tag off"},
    "handler": TEXT,
}


SCHEMAS: Final[dict[str, Json]] = {
    "CaseFiled": record(_CASE),
    "CasePage": page(ref("CaseFiled")),
    "CaseStanding": shaped(
        _CASE | {"latest": record(_LATEST), "clocks": items(record(_CLOCK))},
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
    "EventRecorded": shaped(
        {
            "id": TEXT,
            "case_no": TEXT,
            "kind": TEXT,
            "at": INSTANT,
            "state": {"enum": list(STATES)},
            "person": {"enum": ["has_it_now", "has_it_already", "looks_afterwards"]},
            "mode": {"enum": list(MODES)},
            "execution": TEXT,
            "waits": {"const": "approval", "description": "its facts are decided on once that is settled"},
            "decision": {"anyOf": [ref("Decision"), {"type": "null"}]},
            "masked": items(TEXT),
        },
        ["id", "case_no", "kind", "at", "state", "decision", "masked"],
    ),
    "TimelineEntry": record(_ENTRY),
    "Timeline": shaped(
        {"case_no": TEXT, "items": listed("TimelineEntry"), "next_cursor": TEXT_OR_NONE},
        ["case_no", "items", "next_cursor"],
    ),
    "Missed": shaped(_MISSED, [name for name in _MISSED if name not in ("mode", "entry")]),
    "Overdue": page(ref("Missed")),
    "Escalated": shaped({"items": listed("Missed")}, ["items"]),
}
