"""GET /v1/export: cases as a sheet, or the ledger as JSON lines for an archive."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Final

from flask import Response
from flask_smorest import Blueprint

from service.api.describe import NO_LEDGER, parameter, problem
from service.api.problems import language
from service.api.requests import desk, query
from service.api.schemas.parameters import one_of
from service.errors import BadRequest
from service.export import entries, sheets
from service.rendering import csv_text
from service.validation import instants
from service.validation.issue import ValidationIssue

LINES, SHEET = "jsonl", "csv"

_MOMENT: Final = {"type": "string", "examples": instants.WANTED.split(", ")}
EXPORT: Final = {
    "operationId": "export",
    "parameters": [
        parameter("Accept-Language", {"type": "string", "default": "zh"}, "zh or en, for sheets", where="header"),
        parameter("format", {"enum": [SHEET, LINES], "default": SHEET}, "csv: a row a case; jsonl: a line an entry"),
        parameter(
            "sheet",
            {"enum": list(sheets.SHEETS), "default": "sheet"},
            "sheet: what was done with each case; record: how it was taken in",
        ),
        parameter("from", _MOMENT, "opened or recorded from this instant, or this day, on"),
        parameter("to", _MOMENT, "opened or recorded before this instant, or until the end of this day"),
    ],
    "responses": {
        "200": {
            "description": (
                "Names and contacts as they are kept; what was erased is told as erased. A line has the payload as it"
                " was recorded: of a decision, `mode` and `held` bind, and `recommendation.automation` is what policies"
                " said"
            ),
            "content": {kind: {"schema": {"type": "string"}} for kind in (csv_text.MEDIA_TYPE, entries.MEDIA_TYPE)},
        },
        "400": problem("a parameter does not fit, or there is no such parameter"),
        "403": problem("the caller may not read the ledger"),
        **NO_LEDGER,
    },
}

blueprint: Final = Blueprint("export", __name__, url_prefix="/v1", description="Take the ledger out")


@blueprint.route("/export")
@blueprint.doc(**EXPORT)
def export() -> Response:
    """Send all cases or entries of a stretch of time, as they are read."""
    at = desk()
    zone = at.ready.pack.zone
    asked = query(
        {
            "format": partial(one_of, (SHEET, LINES)),
            "sheet": partial(one_of, tuple(sheets.SHEETS)),
            "from": partial(instants.since, zone=zone),
            "to": partial(instants.until, zone=zone),
        }
    )
    since, until = asked.get("from"), asked.get("to")
    if asked.get("format") != LINES:
        name = asked.get("sheet", "sheet")
        table = csv_text.lines(sheets.rows(at, name, language(), since, until))
        return _sent((line.encode() for line in table), f"{csv_text.MEDIA_TYPE}; charset=utf-8", f"{name}.csv")
    if "sheet" in asked:
        raise BadRequest("bad_query", (ValidationIssue("?sheet", "bad_parameter", (f"format={SHEET}",)),))
    return _sent(entries.lines(at.ledger, at.sight, since, until), entries.MEDIA_TYPE, "entries.jsonl")


def _sent(parts: Iterator[bytes], media_type: str, name: str) -> Response:
    response = Response(parts, content_type=media_type)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response
