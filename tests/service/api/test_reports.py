from __future__ import annotations

import csv
import io

import pytest
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator

from service.reports.catalog import REPORTS
from tests.support.clients import record, refused

ENGLISH = {"Accept-Language": "en"}


def validator(client: FlaskClient, schema: str) -> Draft202012Validator:
    components = client.get("/openapi.json").json["components"]
    return Draft202012Validator({"$ref": f"#/components/schemas/{schema}", "components": components})


def test_the_reports_are_listed_with_a_line_each(served: FlaskClient) -> None:
    body = served.get("/v1/reports", headers=ENGLISH).json
    validator(served, "ReportKinds").validate(body)
    assert {item["name"]: item["title"] for item in body["items"]}["never-fired"] == "Rules never applied"
    assert served.get("/v1/reports").json["items"][0]["title"] == "按原因"


@pytest.mark.parametrize("name", REPORTS)
def test_every_report_is_as_specified(served: FlaskClient, name: str) -> None:
    record(served)
    body = served.get(f"/v1/reports/{name}?from=2026-01-01").json
    validator(served, "Report").validate(body)
    assert body["report"] == name
    names = [column["name"] for column in body["columns"]]
    assert all(list(item) == names for item in body["items"])


def test_amounts_are_integers_in_json_and_have_decimals_in_csv(served: FlaskClient) -> None:
    record(served)
    (item,) = served.get("/v1/reports/remedy?group=month").json["items"]
    assert (item["value"], item["cases"], item["total_fen"]) == ("refund", 1, 2560)
    answer = served.get("/v1/reports/remedy?group=month&format=csv", headers=ENGLISH)
    assert answer.content_type == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=remedy-")
    header, row = csv.reader(io.StringIO(answer.data.decode("utf-8-sig")))
    assert header == ["Period", "Code", "Name", "Complaints", "Open", "Closed", "Recommended (CNY)", "Given (CNY)"]
    assert row == [item["period"], "refund", "refund", "1", "1", "0", "25.60", "0.00"]
    chinese = served.get("/v1/reports/remedy?format=csv").data
    assert chinese.startswith("\ufeff代码,名称,投诉数,处理中,已了结,建议金额（CNY）,实际给予（CNY）\r\n".encode())


def test_columns_name_their_unit(served: FlaskClient) -> None:
    body = served.get("/v1/reports/remedy", headers=ENGLISH).json
    assert {column["name"]: column["unit"] for column in body["columns"]} == {
        "value": "text",
        "label": "text",
        **dict.fromkeys(("cases", "open", "closed"), "count"),
        **dict.fromkeys(("total_fen", "given_fen"), "money"),
    }


@pytest.mark.parametrize(
    ("path", "pointer"),
    [
        ("cause?group=year", "?group"),
        ("cause?from=2026-13-01", "?from"),
        ("cause?to=2026-08-14T00:00:00Z", "?to"),
        ("cause?format=xls", "?format"),
        ("cause?fast=1", "?fast"),
        ("cause?from=2026-08-02&to=2026-08-01", "?from"),
        ("daily?group=day", "?group"),
    ],
)
def test_what_does_not_fit_is_refused(served: FlaskClient, path: str, pointer: str) -> None:
    (fault,) = refused(served.get(f"/v1/reports/{path}"), 400, "bad_query")["errors"]
    assert fault["pointer"] == pointer


def test_the_error_for_an_unknown_report_lists_the_reports(served: FlaskClient) -> None:
    problem = refused(served.get("/v1/reports/weather"), 404, "no_report")
    assert "weather" in problem["title"] and "daily" in problem["title"]


def test_there_are_no_reports_without_a_ledger(client: FlaskClient) -> None:
    refused(client.get("/v1/reports/cause"), 503, "no_ledger")
