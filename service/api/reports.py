"""GET /v1/reports: what became of complaints, as JSON or as CSV for spreadsheets."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from flask import Response
from flask_smorest import Blueprint

from service.api.describe import NO_LEDGER, answered, listed, parameter, problem, record
from service.api.problems import language
from service.api.requests import answer, desk, query
from service.api.schemas.parameters import one_of
from service.errors import BadRequest, DomainError
from service.rendering import csv_text
from service.reports import catalog
from service.reports.period import GROUPS, Period
from service.validation import instants
from service.validation.issue import ValidationIssue

FORMATS: Final = ("json", "csv")

_TEXT: Final = {"type": "string"}
_DAY: Final = {"type": "string", "format": "date"}
_LANGUAGE: Final = parameter("Accept-Language", _TEXT | {"default": "zh"}, "zh or en, for all names", where="header")
SCHEMAS: Final = {
    "ReportKind": record({"name": _TEXT, "title": _TEXT, "about": _TEXT, "grouped": {"type": "boolean"}}),
    "ReportKinds": record({"items": listed("ReportKind")}),
    "ReportColumn": record({"name": _TEXT, "label": _TEXT, "unit": _TEXT}),
    "Report": record(
        {
            **dict.fromkeys(("report", "title", "pack", "currency"), _TEXT),
            **dict.fromkeys(("from", "to"), _DAY),
            "group": {"enum": [*GROUPS, None]},
            "columns": listed("ReportColumn"),
            "items": {
                "type": "array",
                "items": {"type": "object", "additionalProperties": {"type": ["string", "number", "null"]}},
            },
        }
    ),
}
REPORTS: Final = {
    "operationId": "reports",
    "parameters": [_LANGUAGE],
    "responses": {
        "200": answered("The reports that there are", "ReportKinds"),
        "400": problem("the address takes no parameters"),
        "403": problem("the caller may not read the ledger"),
    },
}
REPORT: Final = {
    "operationId": "report",
    "parameters": [
        _LANGUAGE,
        parameter("name", {"enum": list(catalog.REPORTS)}, where="path"),
        parameter("from", _DAY, "the first day, in the pack's time zone"),
        parameter("to", _DAY, "the last day, which is in it; today where it is left out"),
        parameter("group", {"enum": list(GROUPS)}, "count each day, week or month apart"),
        parameter("format", {"enum": list(FORMATS), "default": "json"}, "csv: amounts have two decimals there"),
    ],
    "responses": {
        "200": answered("The report; amounts are integers of the smallest unit", "Report", csv_text.MEDIA_TYPE),
        "400": problem("a parameter does not fit, or there is no such parameter"),
        "403": problem("the caller may not read the ledger"),
        "404": problem("there is no such report"),
        **NO_LEDGER,
    },
}

blueprint: Final = Blueprint("reports", __name__, url_prefix="/v1", description="What became of complaints")


@blueprint.route("/reports")
@blueprint.doc(**REPORTS)
def reports() -> Response:
    """List the reports, with a line each."""
    query({})
    return answer({"items": catalog.described(language())})


@blueprint.route("/reports/<name>")
@blueprint.doc(**REPORT)
def report(name: str) -> Response:
    """Tell a report of some days."""
    at = desk()
    if name not in catalog.REPORTS:
        raise DomainError("no_report", name, ", ".join(catalog.REPORTS))
    asked = query(_READERS if catalog.REPORTS[name].grouped else _UNGROUPED)
    of = catalog.period(at, name, asked.get("from"), asked.get("to"), asked.get("group"))
    if of.first > of.last:
        raise BadRequest("bad_query", (ValidationIssue("?from", "bad_parameter", (f"<= {of.last}",)),))
    made = catalog.report(at, name, of, language())
    return answer(made.as_json()) if asked.get("format") != "csv" else _csv(name, of, made.table())


_READERS: Final[dict[str, Any]] = {
    "from": instants.day,
    "to": instants.day,
    "group": partial(one_of, GROUPS),
    "format": partial(one_of, FORMATS),
}
_UNGROUPED: Final = {key: reader for key, reader in _READERS.items() if key != "group"}


def _csv(name: str, of: Period, table: Any) -> Response:
    response = Response("".join(csv_text.lines(table)), content_type=f"{csv_text.MEDIA_TYPE}; charset=utf-8")
    response.headers.set("Content-Disposition", "attachment", filename=f"{name}-{of.first}-{of.last}.csv")
    return response
