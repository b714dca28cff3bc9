"""What /openapi.json says of switches, budgets and reviews."""

from __future__ import annotations

from typing import Any, Final

from service.api.cursors import parameters
from service.api.describe import (
    COMMON,
    FEN,
    INSTANT,
    TEXT,
    TEXT_OR_NONE,
    answered,
    closed,
    listed,
    page,
    problem,
    record,
    sent,
    shaped,
)
from service.api.executions_doc import BAD_BODY, BAD_QUERY, LINE, MAY_NOT, NOTE
from service.casework.limits.scopes import BUDGETED, SWITCHED

Json = dict[str, Any]

NOTHING_ASKED: Final[Json] = {"400": problem("the address takes no parameters"), **MAY_NOT}
SWITCHES: Final[Json] = {
    "operationId": "switches",
    "parameters": COMMON,
    "responses": {"200": answered("The switches that are on", "Switches"), **NOTHING_ASKED},
}
SWITCH: Final[Json] = {
    "operationId": "switch",
    "parameters": COMMON,
    "requestBody": sent("SwitchTo"),
    "responses": {
        "200": answered("How the switch stands now; `met` is false where no decision so far had that name", "Switch"),
        "404": problem("there is no such scope"),
        **BAD_BODY,
    },
}
BUDGETS: Final[Json] = {
    "operationId": "budgets",
    "parameters": COMMON,
    "responses": {"200": answered("The limits of a day, and what was taken today", "Budgets"), **NOTHING_ASKED},
}
BUDGET: Final[Json] = {
    "operationId": "setBudget",
    "parameters": COMMON,
    "requestBody": sent("Budget"),
    "responses": {"200": answered("The budget as it was set", "Budget"), **BAD_BODY},
}
REVIEWS: Final[Json] = {
    "operationId": "reviews",
    "parameters": [*COMMON, *parameters()],
    "responses": {"200": answered("Automatic decisions that wait for a review, oldest first", "Drawn"), **BAD_QUERY},
}
REVIEW: Final[Json] = {
    "operationId": "review",
    "parameters": COMMON,
    "requestBody": sent("Verdict"),
    "responses": {
        "200": answered("The review as it was recorded", "Review"),
        "404": problem("there is no such decision"),
        "409": problem("the decision was not drawn, or was reviewed already"),
        **BAD_BODY,
    },
}

_YES_NO: Final[Json] = {"type": "boolean"}
_COUNT: Final[Json] = {"type": "integer", "minimum": 0}
_SWITCH: Final[Json] = {
    "scope": {"enum": list(SWITCHED)},
    "name": TEXT,
    "on": _YES_NO,
    "since": INSTANT,
    "by": TEXT,
    "reason": TEXT,
    "met": _YES_NO,
}
_BUDGET: Final[Json] = {
    "scope": {"enum": list(BUDGETED)},
    "name": LINE | {"description": "* for each; the budget of the day is for all together"},
    "most": _COUNT | {"description": "how often in a day"},
    "most_fen": _COUNT | {"description": "how much in a day, in minor units (fen)"},
}
_SPENT: Final[Json] = {"scope": TEXT, "name": TEXT, "many": _COUNT, "fen": FEN}
_VERDICT: Final[Json] = {"right": _YES_NO, "note": NOTE}
_DRAWN: Final[Json] = {
    "id": TEXT,
    "case_no": TEXT,
    "at": INSTANT,
    "outcome": TEXT,
    "mode": TEXT,
    "state": TEXT,
    "remedy": TEXT_OR_NONE,
    "total_fen": FEN,
    "merchant": TEXT_OR_NONE,
    "cause": TEXT_OR_NONE,
}
SCHEMAS: Final[Json] = {
    "Switch": shaped(_SWITCH, ["scope", "name", "on"]),
    "Switches": shaped({"items": listed("Switch")}, ["items"]),
    "SwitchTo": closed({"on": _YES_NO, "reason": NOTE}, ["on", "reason"]),
    "Budget": closed(_BUDGET, list(_BUDGET)),
    "Budgets": shaped(
        {
            "day": {"type": "string", "format": "date"},
            "items": listed("Budget"),
            "spent": {"type": "array", "items": record(_SPENT)},
        },
        ["day", "items", "spent"],
    ),
    "Verdict": closed(_VERDICT, list(_VERDICT)),
    "Review": shaped({"decision": TEXT, **_VERDICT, "by": TEXT, "at": INSTANT}, ["decision", "right"]),
    "Drawn": page(record(_DRAWN)),
}
