"""GET /v1/decisions: decisions by what they are filed under, newest first, a page at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final
from zoneinfo import ZoneInfo

from flask import Response
from flask_smorest import Blueprint

from rules.language.contract import KINDS, MODES
from rules.recommending.answers import OUTCOMES
from service.api.cursors import PAGED, page, parameters
from service.api.describe import NO_LEDGER, answered, listed, parameter, problem, record
from service.api.requests import answer, desk, query, yes_no
from service.api.schemas.parameters import one_of
from service.ledger.search import FILTERS, Search, find
from service.validation import instants

LONGEST: Final = 200  # characters of a value

Reader = Callable[[str], Any]

_ONE_OF: Final[Mapping[str, tuple[str, ...]]] = {"outcome": OUTCOMES, "mode": MODES, "remedy": KINDS}
_TEXT: Final = {"type": "string"}
_INTEGER: Final = {"type": "integer"}
_NULLABLE: Final = {"type": ["string", "null"]}
_MOMENT: Final = {"type": "string", "examples": instants.WANTED.split(", ")}
_ROW: Final[Mapping[str, Any]] = {
    **dict.fromkeys(("id", "case_no", "because", "day", "by", "pack", "pack_digest", "engine", "digest"), _TEXT),
    **dict.fromkeys(("outcome", "state"), _TEXT),
    "mode": _TEXT | {"description": "for whom it was recorded; what a machine may claim is at /v1/executions/next"},
    "at": _TEXT | {"format": "date-time"},
    **dict.fromkeys(("follows", "remedy", "party", "severity", "order", "customer", "merchant"), _NULLABLE),
    **dict.fromkeys(("category", "cause", "channel", "reviewed_at"), _NULLABLE),
    **dict.fromkeys(("total_fen", "refund_fen"), _INTEGER),
    "rules": {"type": "array", "items": _TEXT, "description": "policy/rule of each that spoke"},
    "kinds": {"type": "array", "items": _TEXT, "description": "what the issues are about"},
    "held": {"type": "array", "items": _TEXT, "description": "why no machine may, though the policies would let it"},
    "drawn": {"type": "boolean", "description": "for review by a person"},
}
SCHEMAS: Final = {
    "DecisionRow": record(_ROW),
    "DecisionPage": record({"items": listed("DecisionRow"), "next_cursor": _NULLABLE}),
}
SEARCH: Final = {
    "operationId": "decisions",
    "parameters": [
        *(parameter(name, {"enum": list(_ONE_OF[name])} if name in _ONE_OF else _TEXT) for name in FILTERS),
        parameter("rule", _TEXT, "policy/rule: decisions in which it spoke"),
        parameter("drawn", {"type": "boolean"}, "those drawn for review by a person, or those that were not"),
        parameter("from", _MOMENT, "recorded from this instant, or this day, on"),
        parameter("to", _MOMENT, "recorded before this instant, or until the end of this day"),
        *parameters(),
    ],
    "responses": {
        "200": answered("Decisions, newest first; next_cursor leads to the older ones", "DecisionPage"),
        "400": problem("a parameter does not fit, or there is no such parameter"),
        "403": problem("the caller may not read the ledger"),
        **NO_LEDGER,
    },
}

blueprint: Final = Blueprint("search", __name__, url_prefix="/v1", description="Search what was decided")


@blueprint.route("/decisions")
@blueprint.doc(**SEARCH)
def decisions() -> Response:
    """List decisions, newest first, without what they say."""
    at = desk()
    asked = query(_readers(at.ready.pack.zone))
    search = Search(
        {name: asked[name] for name in FILTERS if name in asked},
        asked.get("rule"),
        asked.get("drawn"),
        asked.get("from"),
        asked.get("to"),
    )
    seen = at.sight.decisions(filtered=bool(search.by))
    with at.ledger.reading() as connection:
        return answer(page(lambda before, most: find(connection, search, seen, most, before), asked))


def _readers(zone: ZoneInfo) -> Mapping[str, Reader]:
    filters = {name: partial(one_of, _ONE_OF[name]) if name in _ONE_OF else _text for name in FILTERS}
    return {
        **filters,
        "rule": _rule,
        "drawn": yes_no,
        "from": partial(instants.since, zone=zone),
        "to": partial(instants.until, zone=zone),
        **PAGED,
    }


def _text(text: str) -> str:
    if not (0 < len(text) <= LONGEST and text.isprintable()):
        raise ValueError(f"1-{LONGEST}")
    return text


def _rule(text: str) -> str:
    policy, slash, rule = _text(text).partition("/")
    if not (policy and slash and rule) or " " in text:
        raise ValueError("policy/rule")
    return text
