"""What /openapi.json says of executions."""

from __future__ import annotations

from typing import Any, Final

from ..desk.executions import STATES
from .idempotency import header
from .openapi import _INSTANT, _LANGUAGE, _REQUEST_ID, _TEXT, _TEXT_OR_NONE, _answer, _closed, _object, _problem, _ref
from .requests import LARGEST_PAGE

Json = dict[str, Any]

FEN: Final[Json] = {"type": "integer", "description": "minor units (fen)"}
LIMIT: Final[Json] = {
    "name": "limit",
    "in": "query",
    "schema": {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE},
}
CURSOR: Final[Json] = {"name": "cursor", "in": "query", "schema": _TEXT, "description": "next_cursor of a page"}
NO_LEDGER: Final[Json] = {"503": _problem("no pack or no ledger is in use")}
MAY_NOT: Final[Json] = {"403": _problem("the caller may not do this"), **NO_LEDGER}
BAD_QUERY: Final[Json] = {"400": _problem("the parameters of the address do not fit"), **MAY_NOT}
BAD_BODY: Final[Json] = {
    "400": _problem("the body is not JSON, or a key stands twice in an object"),
    "415": _problem("the body is not application/json"),
    "422": _problem("the body does not fit; every fault is told"),
    **MAY_NOT,
}
COMMON: Final[list[Json]] = [_LANGUAGE, _REQUEST_ID]


def body(schema: str) -> Json:
    """Return the statement of a body that is required."""
    return {"required": True, "content": {"application/json": {"schema": _ref(schema)}}}


def listed(item: Json) -> Json:
    """Return the schema of a page of a list."""
    return _object({"items": {"type": "array", "items": item}, "next_cursor": _TEXT_OR_NONE}, ["items", "next_cursor"])


EXECUTION: Final[Json] = {
    "operationId": "execution",
    "parameters": [*COMMON, header(required=True)],
    "requestBody": body("ExecutionStep"),
    "responses": {
        "200": _answer("What was handed out, or what is recorded of it; the same again for the same request", "Claim"),
        "404": _problem("there is no such decision"),
        "409": _problem("not handed out, or not reported so; reasons that stand in the way are listed"),
        **BAD_BODY,
    },
}
NEXT: Final[Json] = {
    "operationId": "claimable",
    "parameters": [*COMMON, LIMIT, CURSOR],
    "responses": {"200": _answer("Decisions that wait for a machine, the oldest first", "Claimables"), **BAD_QUERY},
}
EXECUTIONS: Final[Json] = {
    "operationId": "executions",
    "parameters": [*COMMON, LIMIT, CURSOR, {"name": "state", "in": "query", "schema": {"enum": list(STATES)}}],
    "responses": {"200": _answer("What was handed out to machines, the oldest first", "Executions"), **BAD_QUERY},
}
SWEEP: Final[Json] = {
    "operationId": "sweep",
    "parameters": COMMON,
    "responses": {
        "200": _answer("The decisions whose claims were found late and went to a person", "Swept"),
        **MAY_NOT,
    },
}

_LINES: Final[Json] = {
    "type": "array",
    "items": _object({"line": _TEXT | {"description": "* for the order as a whole"}, "refund_fen": FEN}, ["line"]),
}
_EXECUTION: Final[Json] = {
    "decision": _TEXT | {"description": "also the payment's idempotency key"},
    "case_no": _TEXT,
    "state": {"enum": list(STATES)},
    "claimed_by": _TEXT,
    "claimed_at": _INSTANT,
    "confirm_by": _INSTANT,
    "ended_at": {"type": ["string", "null"], "format": "date-time"},
    "reference": _TEXT_OR_NONE | {"description": "of the payment"},
    "total_fen": FEN,
    "refund_fen": FEN,
    "currency": _TEXT,
    "order_no": _TEXT_OR_NONE,
    "lines": _LINES,
}
_WAITING: Final[Json] = {
    "id": _TEXT,
    "case_no": _TEXT,
    "at": _INSTANT,
    "mode": _TEXT,
    "remedy": _TEXT_OR_NONE,
    "total_fen": FEN,
    "refund_fen": FEN,
    "order_no": _TEXT_OR_NONE,
    "merchant": _TEXT_OR_NONE,
}
SCHEMAS: Final[Json] = {
    "ExecutionStep": {
        "oneOf": [
            _closed({"action": {"const": "claim"}}, ["action"]),
            _closed({"action": {"const": "executed"}, "reference": _TEXT}, ["action", "reference"]),
            _closed({"action": {"const": "failed"}, "reason": _TEXT}, ["action", "reason"]),
        ]
    },
    "Execution": _object(_EXECUTION, list(_EXECUTION)),
    "Claim": _object(
        {**_EXECUTION, "remedy": {"type": "object", "description": "what to carry out; on a claim"}}, list(_EXECUTION)
    ),
    "Executions": listed(_ref("Execution")),
    "Claimables": listed(_object(_WAITING, list(_WAITING))),
    "Swept": _object({"late": {"type": "array", "items": _TEXT}}, ["late"]),
}
