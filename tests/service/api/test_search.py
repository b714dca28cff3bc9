from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator

from tests.support.clients import record, refused


def ids(client: FlaskClient, query: str = "") -> list[str]:
    answer = client.get(f"/v1/decisions{query}")
    assert answer.status_code == 200, answer.json
    return [item["id"] for item in answer.json["items"]]


def test_decisions_are_listed_newest_first_as_specified(served: FlaskClient) -> None:
    made = [record(served) for _ in range(3)]
    listed = served.get("/v1/decisions").json
    assert [item["id"] for item in listed["items"]] == [one["id"] for one in reversed(made)]
    assert listed["next_cursor"] is None
    spec = served.get("/openapi.json").json
    page = {"$ref": "#/components/schemas/DecisionPage", "components": spec["components"]}
    Draft202012Validator(page).validate(listed)
    assert listed["items"][0].keys() == spec["components"]["schemas"]["DecisionRow"]["properties"].keys()


def test_a_row_says_under_what_it_is_filed(served: FlaskClient) -> None:
    made = record(served)
    (row,) = served.get("/v1/decisions").json["items"]
    assert {name: row[name] for name in ("case_no", "outcome", "remedy", "total_fen", "kinds", "state")} == {
        "case_no": made["case_no"],
        "outcome": "remedy",
        "remedy": "refund",
        "total_fen": 2560,  # a fifth of 128.00
        "kinds": ["broken"],
        "state": "open",
    }
    assert "fault/broken" in row["rules"]
    assert "recommendation" not in row


def test_pages_follow_each_other(served: FlaskClient) -> None:
    made = [record(served)["id"] for _ in range(5)]
    found: list[str] = []
    query = "?limit=2"
    while query:
        page = served.get(f"/v1/decisions{query}").json
        found += [item["id"] for item in page["items"]]
        query = f"?limit=2&cursor={page['next_cursor']}" if page["next_cursor"] else ""
    assert found == made[::-1]


def test_filters_narrow_what_is_listed(served: FlaskClient) -> None:
    broken, late = record(served), record(served, "late")
    assert ids(served, "?remedy=refund") == [broken["id"]]
    assert ids(served, "?rule=remedy/explain&outcome=remedy") == [late["id"]]
    assert ids(served, f"?case_no={late['case_no']}") == [late["id"]]
    assert ids(served, "?from=2026-01-01&to=2026-01-02") == []
    assert ids(served, f"?from={late['at']}") == [late["id"]]
    assert ids(served, f"?to={late['at']}") == [broken["id"]]


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("fast=1", "?fast"),
        ("limit=0", "?limit"),
        ("limit=201", "?limit"),
        ("limit=%EF%BC%95", "?limit"),
        ("limit=99999999999999999999", "?limit"),
        ("cursor=AAAA", "?cursor"),
        ("cursor=", "?cursor"),
        ("outcome=perhaps", "?outcome"),
        ("mode=robot", "?mode"),
        ("drawn=1", "?drawn"),
        ("rule=cause", "?rule"),
        ("from=yesterday", "?from"),
        ("to=2026-08-14T15:00:00", "?to"),
        ("customer=%00", "?customer"),
        ("customer=", "?customer"),
        ("state=open&state=waiting", "?state"),
    ],
)
def test_what_does_not_fit_is_refused(served: FlaskClient, query: str, pointer: str) -> None:
    (fault,) = refused(served.get(f"/v1/decisions?{query}"), 400, "bad_query")["errors"]
    assert fault["pointer"] == pointer


def test_nothing_is_listed_without_a_ledger(client: FlaskClient) -> None:
    refused(client.get("/v1/decisions"), 503, "no_ledger")
