"""GET /v1/export: cases as a sheet, or the ledger as JSON lines for an archive."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from flask import Response

from service.api.problems import language
from service.api.requests import case_context
from service.api.resource import Resource
from service.api.schemas.reports import LINES, ExportAsked
from service.export import entries, sheets
from service.rendering import csv_text

TEXT: Final = {"type": "string"}

blueprint: Final = Resource("export", __name__, url_prefix="/v1", description="Take the ledger out")


@blueprint.route("/export")
@blueprint.operation("export")
@blueprint.requires(case_context)
@blueprint.arguments(ExportAsked, location="query")
@blueprint.alt_response(200, schema=TEXT, content_type=entries.MEDIA_TYPE, success=True)
@blueprint.response(
    200,
    TEXT,
    content_type=csv_text.MEDIA_TYPE,
    description="Names and contacts as they are kept; what was erased is marked as erased. A line has the payload as it"
    " was recorded: of a decision, `mode` and `held` bind, and `recommendation.automation` is what policies said",
)
@blueprint.fails(403, "the caller may not read the ledger")
def export(asked: dict[str, Any]) -> Response:
    """Stream all cases or entries of a period."""
    context, since, until = case_context(), asked.get("since"), asked.get("until")
    if asked["format"] == LINES:
        return _sent(entries.lines(context.ledger, context.sight, since, until), entries.MEDIA_TYPE, "entries.jsonl")
    table = csv_text.lines(sheets.rows(context, asked["sheet"], language(), since, until))
    media_type = f"{csv_text.MEDIA_TYPE}; charset=utf-8"
    return _sent((line.encode() for line in table), media_type, f"{asked['sheet']}.csv")


def _sent(parts: Iterator[bytes], media_type: str, name: str) -> Response:
    response = Response(parts, content_type=media_type)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response
