"""GET /v1/reports: what became of complaints, as JSON or as CSV for spreadsheets."""

from __future__ import annotations

from typing import Any, Final

from flask import Response

from service.api.problems import language
from service.api.requests import case_context
from service.api.resource import Resource
from service.api.schemas import reports as schemas
from service.api.schemas.parameters import Nothing
from service.errors import BadRequest, DomainError
from service.rendering import csv_text
from service.reports import catalog
from service.reports.period import Period
from service.validation.issue import ValidationIssue

Json = dict[str, Any]

_NAME: Final = {"in": "path", "name": "name", "schema": {"type": "string", "enum": list(catalog.REPORTS)}}

blueprint: Final = Resource("reports", __name__, url_prefix="/v1", description="What became of complaints")


@blueprint.route("/reports")
@blueprint.operation("reports")
@blueprint.arguments(Nothing, location="query")
@blueprint.response(200, schemas.ReportKinds, description="The reports that there are")
@blueprint.fails(400, "the address takes no parameters")
@blueprint.fails(403, "the caller may not read the ledger")
def reports(_: Json) -> Json:
    """List the reports, with a line each."""
    return {"items": catalog.described(language())}


def _known(name: str) -> None:
    """Raise DomainError if there is no such report."""
    case_context()
    if name not in catalog.REPORTS:
        raise DomainError("no_report", name, ", ".join(catalog.REPORTS))


@blueprint.route("/reports/<name>", parameters=[_NAME])
@blueprint.operation("report")
@blueprint.requires(_known)
@blueprint.arguments(schemas.ReportAsked, location="query")
@blueprint.alt_response(200, schema={"type": "string"}, content_type=csv_text.MEDIA_TYPE, success=True)
@blueprint.response(200, schemas.Report, description="The report; amounts are integers of the smallest unit")
@blueprint.fails(403, "the caller may not read the ledger")
@blueprint.fails(404, "there is no such report")
def report(asked: Json, name: str) -> Json | Response:
    """Report on some days."""
    context = case_context()
    if "group" in asked and not catalog.REPORTS[name].grouped:
        raise BadRequest("bad_query", (ValidationIssue("?group", "unknown_parameter", ("from, to, format",)),))
    of = catalog.period(context, name, asked.get("first"), asked.get("last"), asked.get("group"))
    if of.first > of.last:
        raise BadRequest("bad_query", (ValidationIssue("?from", "bad_parameter", (f"<= {of.last}",)),))
    made = catalog.report(context, name, of, language())
    return _csv(name, of, made.table()) if asked["format"] == schemas.CSV else made.as_json()


def _csv(name: str, of: Period, table: Any) -> Response:
    response = Response("".join(csv_text.lines(table)), content_type=f"{csv_text.MEDIA_TYPE}; charset=utf-8")
    response.headers.set("Content-Disposition", "attachment", filename=f"{name}-{of.first}-{of.last}.csv")
    return response
