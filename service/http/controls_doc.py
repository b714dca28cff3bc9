"""What /openapi.json says of switches, budgets and reviews."""

from __future__ import annotations

from typing import Any, Final

from ..desk import budgets
from ..desk.holds import SCOPES
from .executions_doc import BAD_BODY, BAD_QUERY, COMMON, CURSOR, FEN, LIMIT, MAY_NOT, body, listed
from .openapi import _INSTANT, _TEXT, _TEXT_OR_NONE, _answer, _closed, _object, _problem, _ref

Json = dict[str, Any]

NOTHING_ASKED: Final[Json] = {"400": _problem("the address takes no parameters"), **MAY_NOT}
SWITCHES: Final[Json] = {
    "operationId": "switches",
    "parameters": COMMON,
    "responses": {"200": _answer("The switches that are on", "Switches"), **NOTHING_ASKED},
}
SWITCH: Final[Json] = {
    "operationId": "switch",
    "parameters": COMMON,
    "requestBody": body("SwitchTo"),
    "responses": {
        "200": _answer("How the switch stands now; `met` is false where no decision so far had that name", "Switch"),
        "404": _problem("there is no such scope"),
        **BAD_BODY,
    },
}
BUDGETS: Final[Json] = {
    "operationId": "budgets",
    "parameters": COMMON,
    "responses": {"200": _answer("The limits of a day, and what was taken today", "Budgets"), **NOTHING_ASKED},
}
BUDGET: Final[Json] = {
    "operationId": "setBudget",
    "parameters": COMMON,
    "requestBody": body("Budget"),
    "responses": {"200": _answer("The budget as it was set", "Budget"), **BAD_BODY},
}
REVIEWS: Final[Json] = {
    "operationId": "reviews",
    "parameters": [*COMMON, LIMIT, CURSOR],
    "responses": {"200": _answer("Automatic decisions that wait for a review, the oldest first", "Drawn"), **BAD_QUERY},
}
REVIEW: Final[Json] = {
    "operationId": "review",
    "parameters": COMMON,
    "requestBody": body("Verdict"),
    "responses": {
        "200": _answer("The review as it was recorded", "Review"),
        "404": _problem("there is no such decision"),
        "409": _problem("the decision was not drawn, or was reviewed already"),
        **BAD_BODY,
    },
}

_YES_NO: Final[Json] = {"type": "boolean"}
_COUNT: Final[Json] = {"type": "integer", "minimum": 0}
_SWITCH: Final[Json] = {
    "scope": {"enum": list(SCOPES)},
    "name": _TEXT,
    "on": _YES_NO,
    "since": _INSTANT,
    "by": _TEXT,
    "reason": _TEXT,
    "met": _YES_NO,
}
_BUDGET: Final[Json] = {
    "scope": {"enum": list(budgets.SCOPES)},
    "name": _TEXT | {"description": "* for each; the budget of the day is for all together"},
    "most": _COUNT | {"description": "how often in a day"},
    "most_fen": _COUNT | {"description": "how much in a day, in minor units (fen)"},
}
_SPENT: Final[Json] = {"scope": _TEXT, "name": _TEXT, "many": _COUNT, "fen": FEN}
_VERDICT: Final[Json] = {"right": _YES_NO, "note": _TEXT}
_DRAWN: Final[Json] = {
    "id": _TEXT,
    "case_no": _TEXT,
    "at": _INSTANT,
    "outcome": _TEXT,
    "mode": _TEXT,
    "state": _TEXT,
    "remedy": _TEXT_OR_NONE,
    "total_fen": FEN,
    "merchant": _TEXT_OR_NONE,
    "cause": _TEXT_OR_NONE,
}
SCHEMAS: Final[Json] = {
    "Switch": _object(_SWITCH, ["scope", "name", "on"]),
    "Switches": _object({"items": {"type": "array", "items": _ref("Switch")}}, ["items"]),
    "SwitchTo": _closed({"on": _YES_NO, "reason": _TEXT}, ["on", "reason"]),
    "Budget": _closed(_BUDGET, list(_BUDGET)),
    "Budgets": _object(
        {
            "day": {"type": "string", "format": "date"},
            "items": {"type": "array", "items": _ref("Budget")},
            "spent": {"type": "array", "items": _object(_SPENT, list(_SPENT))},
        },
        ["day", "items", "spent"],
    ),
    "Verdict": _closed(_VERDICT, list(_VERDICT)),
    "Review": _object({"decision": _TEXT, **_VERDICT, "by": _TEXT, "at": _INSTANT}, ["decision", "right"]),
    "Drawn": listed(_object(_DRAWN, list(_DRAWN))),
}
