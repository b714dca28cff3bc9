"""Reports and exports: what may be asked of them, and reports in JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from service.api.schemas.base import Answer
from service.api.schemas.fields import issue
from service.api.schemas.pages import many
from service.api.schemas.parameters import Choice, Query
from service.api.schemas.periods import Day, since, until
from service.export.sheets import SHEETS
from service.reports.period import GROUPS

CSV, JSON, LINES = "csv", "json", "jsonl"


class ReportAsked(Query):
    """The days of a report, and how it is to be shown."""

    first = Day("the first day, in the pack's time zone", data_key="from")
    last = Day("the last day, which is in it; today where it is left out", data_key="to")
    group = Choice(GROUPS, "count each day, week or month apart")
    format = Choice((JSON, CSV), "csv: amounts have two decimals there", load_default=JSON)


class ReportKind(Answer):
    """A report that can be asked for."""

    name = fields.String()
    title = fields.String()
    about = fields.String()
    grouped = fields.Boolean()


class ReportKinds(Answer):
    """All reports."""

    items = many(ReportKind)


class ReportColumn(Answer):
    """A column of a report."""

    name = fields.String()
    label = fields.String()
    unit = fields.String()


class Report(Answer):
    """A report; amounts are integers of the smallest unit."""

    report = fields.String()
    title = fields.String()
    pack = fields.String()
    currency = fields.String()
    first = fields.String(data_key="from", attribute="from", metadata={"format": "date"})
    last = fields.String(data_key="to", attribute="to", metadata={"format": "date"})
    group = fields.String(allow_none=True, validate=validate.OneOf(GROUPS))
    columns = many(ReportColumn)
    items = fields.List(fields.Dict(values=fields.Raw(metadata={"type": ["string", "number", "null"]})))


class ExportAsked(Query):
    """What is to be exported, and how."""

    format = Choice((CSV, LINES), "csv: a row a case; jsonl: a line an entry", load_default=CSV)
    sheet = Choice(
        tuple(SHEETS), "sheet: what was done with each case; record: how it was taken in", load_default="sheet"
    )
    since = since("opened or recorded from this instant, or this day, on", data_key="from")
    until = until("opened or recorded before this instant, or until the end of this day", data_key="to")

    @validates_schema(pass_original=True)
    def _sheets_only(self, data: Mapping[str, Any], sent: Mapping[str, Any], **_: Any) -> None:
        """Refuse a sheet where lines are wanted."""
        if data["format"] == LINES and "sheet" in sent:
            raise ValidationError(issue("bad_parameter", f"format={CSV}"), "sheet")
