from __future__ import annotations

import csv
import io
import json

import pytest
from flask.testing import FlaskClient

from tests.support.clients import record, refused


def test_cases_come_as_a_sheet(served: FlaskClient) -> None:
    made = record(served)
    answer = served.get("/v1/export")
    assert answer.content_type == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == "attachment; filename=sheet.csv"
    header, row = csv.reader(io.StringIO(answer.data.decode("utf-8-sig")))
    assert header[0] == "日期"
    assert row[5] == "处理方案：退款 25.60 元（部分），无需退货"
    _, row = csv.reader(io.StringIO(served.get("/v1/export?sheet=record&format=csv").data.decode("utf-8-sig")))
    assert row[0] == made["case_no"]


def test_entries_come_as_lines(served: FlaskClient) -> None:
    made = [record(served)["id"] for _ in range(2)]
    answer = served.get("/v1/export?format=jsonl")
    assert answer.content_type == "application/x-ndjson"
    assert [json.loads(line)["id"] for line in answer.data.splitlines()] == made
    assert served.get("/v1/export?format=jsonl&to=2020-01-01").data == b""


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("format=xls", "?format"),
        ("sheet=all", "?sheet"),
        ("format=jsonl&sheet=record", "?sheet"),
        ("from=soon", "?from"),
        ("limit=1", "?limit"),
    ],
)
def test_what_does_not_fit_is_refused(served: FlaskClient, query: str, pointer: str) -> None:
    (fault,) = refused(served.get(f"/v1/export?{query}"), 400, "bad_query")["errors"]
    assert fault["pointer"] == pointer


def test_there_is_no_export_without_a_ledger(client: FlaskClient) -> None:
    refused(client.get("/v1/export"), 503, "no_ledger")
