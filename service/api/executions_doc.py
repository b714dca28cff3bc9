"""What /openapi.json says of executions."""

from __future__ import annotations

from typing import Any, Final

from service.api.cursors import parameters
from service.api.describe import (
    COMMON,
    FEN,
    INSTANT,
    NO_LEDGER,
    OF_RECIPIENT,
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
from service.api.schemas.fields import LONGEST_LINE, LONGEST_NOTE
from service.casework.states import OF_EXECUTION

Json = dict[str, Any]

LINE: Final[Json] = {"type": "string", "minLength": 1, "maxLength": LONGEST_LINE, "description": "on one line"}
NOTE: Final[Json] = {"type": "string", "minLength": 1, "maxLength": LONGEST_NOTE}
MAY_NOT: Final[Json] = {"403": problem("the caller may not do this"), **NO_LEDGER}
BAD_QUERY: Final[Json] = {"400": problem("the parameters of the address do not fit"), **MAY_NOT}
BAD_BODY: Final[Json] = {
    "400": problem("the body is not JSON, or a key stands twice in an object"),
    "415": problem("the body is not application/json"),
    "422": problem("the body does not fit; every fault is told"),
    **MAY_NOT,
}
EXECUTION: Final[Json] = {
    "operationId": "execution",
    "parameters": [*COMMON, header(required=True)],
    "requestBody": sent("ExecutionStep"),
    "responses": {
        "200": answered("What was handed out, or what is recorded of it; the same again for the same request", "Claim"),
        "404": problem("there is no such decision"),
        "409": problem("not handed out, or not reported so; reasons that stand in the way are listed"),
        **BAD_BODY,
    },
}
SETTLEMENT: Final[Json] = {
    "operationId": "settle",
    "description": (
        "For a lead or anybody above: what became of a claim that was not confirmed in time. `executed`: it was paid,"
        " with the reference of the payment; its budget and its lines stay held. `failed`: it was not paid, and why;"
        " both are released, and a person decides what is done now."
    ),
    "parameters": [*COMMON, header(required=True)],
    "requestBody": sent("ExecutionReport"),
    "responses": {
        "200": answered("What is recorded now; the same again for the same settlement", "Execution"),
        "409": problem("there is no claim, it is not late, or it was reported or settled otherwise"),
        **BAD_BODY,
    },
}
NEXT: Final[Json] = {
    "operationId": "claimable",
    "parameters": [*COMMON, *parameters()],
    "responses": {"200": answered("Decisions that wait for a machine, the oldest first", "Claimables"), **BAD_QUERY},
}
EXECUTIONS: Final[Json] = {
    "operationId": "executions",
    "parameters": [*COMMON, *parameters(), {"name": "state", "in": "query", "schema": {"enum": list(OF_EXECUTION)}}],
    "responses": {"200": answered("What was handed out to machines, the oldest first", "Executions"), **BAD_QUERY},
}
SWEEP: Final[Json] = {
    "operationId": "sweep",
    "parameters": COMMON,
    "responses": {
        "200": answered("The decisions whose claims were found late and went to a person", "Swept"),
        **MAY_NOT,
    },
}

_LINES: Final[Json] = {
    "type": "array",
    "items": shaped({"line": TEXT | {"description": "* for the order as a whole"}, "refund_fen": FEN}, ["line"]),
}
_EXECUTION: Final[Json] = {
    "decision": TEXT | {"description": "also the payment's idempotency key"},
    "case_no": TEXT,
    "state": {"enum": list(OF_EXECUTION)},
    "claimed_by": TEXT,
    "claimed_at": INSTANT,
    "confirm_by": INSTANT,
    "ended_at": {"type": ["string", "null"], "format": "date-time"},
    "reference": TEXT_OR_NONE | {"description": "of the payment"},
    "total_fen": FEN,
    "refund_fen": FEN,
    "currency": TEXT,
    "order_no": TEXT_OR_NONE,
    "lines": _LINES,
}
_WAITING: Final[Json] = {
    "id": TEXT,
    "case_no": TEXT,
    "at": INSTANT,
    "mode": TEXT,
    "remedy": TEXT_OR_NONE,
    "total_fen": FEN,
    "refund_fen": FEN,
    "order_no": TEXT_OR_NONE,
    "merchant": TEXT_OR_NONE,
}
_CLAIM: Final = closed({"action": {"const": "claim"}}, ["action"])
_REPORTS: Final = [
    closed(
        {"action": {"const": "executed"}, "reference": LINE, "account": LINE | OF_RECIPIENT}, ["action", "reference"]
    ),
    closed({"action": {"const": "failed"}, "reason": NOTE}, ["action", "reason"]),
]
SCHEMAS: Final[Json] = {
    "ExecutionStep": {"oneOf": [_CLAIM, *_REPORTS]},
    "ExecutionReport": {"oneOf": _REPORTS},
    "Execution": record(_EXECUTION),
    "Claim": shaped(
        {**_EXECUTION, "remedy": {"type": "object", "description": "what to carry out; on a claim"}}, list(_EXECUTION)
    ),
    "Executions": page(ref("Execution")),
    "Claimables": page(record(_WAITING)),
    "Swept": shaped({"late": {"type": "array", "items": TEXT}}, ["late"]),
}
