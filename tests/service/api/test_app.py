from __future__ import annotations

import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator

from service.api.app import create_app
from service.packs import Ready
from tests.support.cases import CASE
from tests.support.clients import post, validator


def test_an_unknown_address_is_a_problem_document(client: FlaskClient) -> None:
    answer = client.get("/v1/nothing")
    assert (answer.status_code, answer.content_type, answer.json["code"]) == (
        404,
        "application/problem+json",
        "not_found",
    )


def test_a_wrong_method_names_the_right_ones(client: FlaskClient) -> None:
    answer = client.put("/v1/decisions")
    assert (answer.status_code, answer.json["code"]) == (405, "method_not_allowed")
    assert "POST" in answer.headers["Allow"]


def test_the_callers_request_id_is_echoed(client: FlaskClient) -> None:
    answer = post(client, b"{}", X_Request_ID="abc-123:x")
    assert answer.headers["X-Request-ID"] == answer.json["request_id"] == "abc-123:x"


@pytest.mark.parametrize("sent", ["", "a b", "a\tb", "é", "x" * 129])
def test_a_request_id_that_is_not_fit_to_be_logged_is_replaced(client: FlaskClient, sent: str) -> None:
    answer = client.get("/healthz", headers={"X-Request-ID": sent})
    assert len(answer.headers["X-Request-ID"]) == 32


def test_requests_get_ids_of_their_own(client: FlaskClient) -> None:
    assert client.get("/healthz").headers["X-Request-ID"] != client.get("/healthz").headers["X-Request-ID"]


def test_health_and_readiness(client: FlaskClient, ready: Ready) -> None:
    assert client.get("/healthz").json == {"status": "ok"}
    body = client.get("/readyz").json
    assert (body["status"], body["pack"], body["digest"]) == ("ready", "shop", ready.pack.digest)
    assert body["age_seconds"] >= 0


def test_a_service_without_a_pack_is_alive_and_not_ready() -> None:
    client = create_app().test_client()
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 503


def test_the_vocabulary_lists_every_fact(client: FlaskClient, ready: Ready) -> None:
    vocabulary = client.get("/v1/vocabulary").json
    items = {item["name"]: item for item in vocabulary["items"]}
    assert items.keys() == ready.pack.vocabulary.facts.keys()
    assert items["issue.kind"]["type"]["values"][0] == {"value": "late", "label": {"zh": "晚到", "en": "Late"}}
    assert items["issue.spoiled_ratio"]["ask"]["en"] == "How much is spoiled?"
    assert items["issue.spoiled_ratio"]["path"] == "/issues/-/spoiled_ratio"
    assert items["line.paid_fen"]["path"] == "/order/lines/-/paid_fen"
    assert items["order.paid_at"]["path"] == "/order/paid_at"
    assert (items["issue.closed"]["presume"], items["issue.closed"]["because"]) == (True, "systems_know")
    assert "presume" not in items["issue.injury"]
    assert items["order.old"]["retired"]


def test_ranges_are_listed_in_the_vocabulary_and_the_specification(client: FlaskClient) -> None:
    items = {item["name"]: item["type"] for item in client.get("/v1/vocabulary").json["items"]}
    assert items["line.quantity"] == {"kind": "number", "unit": "pieces", "minimum": 1, "maximum": 1000}
    assert items["line.paid_fen"] == {"kind": "money", "minimum": 0, "maximum": 10**12 - 1}
    assert items["evidence.items"]["max_items"] == 100
    case = client.get("/openapi.json").json["components"]["schemas"]["Case"]["properties"]
    line = case["order"]["properties"]["lines"]["items"]["properties"]
    quantity, paid = (line[name]["anyOf"][0] for name in ("quantity", "paid_fen"))
    assert (quantity["minimum"], quantity["maximum"], paid["maximum"]) == (1, 1000, 10**12 - 1)
    evidence = case["issues"]["items"]["properties"]["evidence"]["properties"]
    assert evidence["items"]["anyOf"][0]["maxItems"] == 100


# ---- what /openapi.json says is so


@pytest.fixture
def spec(client: FlaskClient) -> dict[str, Any]:
    document: dict[str, Any] = client.get("/openapi.json").json
    return document


def test_the_specification_names_every_route_and_method(ready: Ready, spec: dict[str, Any]) -> None:
    routes = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in create_app({"PACK": ready}).url_map.iter_rules()
        if rule.rule != "/openapi.json"
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    documented = {
        (path, method) for path, operations in spec["paths"].items() for method in operations if method != "parameters"
    }
    assert spec["openapi"] == "3.1.0"
    assert documented == routes


def test_every_schema_of_the_specification_is_valid(spec: dict[str, Any]) -> None:
    for schema in spec["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_answers_are_as_specified(client: FlaskClient, spec: dict[str, Any]) -> None:
    for path, schema in (("/healthz", "Health"), ("/readyz", "Readiness"), ("/v1/vocabulary", "Vocabulary")):
        validator(spec, schema).validate(client.get(path).json)
    validator(spec, "Simulated").validate(post(client, CASE).json)
    for answer in (client.get("/nothing"), client.put("/v1/decisions"), post(client, b"{"), post(client, b"{}")):
        validator(spec, "Problem").validate(answer.json)


@pytest.mark.parametrize(
    ("change", "fits"),
    [
        ({}, True),
        ({"channel": None}, True),
        ({"channel": "unknown"}, True),
        ({"channel": "pigeon"}, False),
        ({"chanel": "chat"}, False),
        ({"issues": []}, False),
        ({"issues": [{"kind": "late", "evidence": {"items": [{"kind": "photo", "shows": ["label"]}]}}]}, True),
        ({"issues": [{"kind": "late", "evidence": {"items": [{"kind": "photo", "shown": []}]}}]}, False),
        ({"issues": [{}]}, False),
        ({"order": {"refunded_fen": 1.5}}, False),
        ({"order": {"lines": [{"paid_fen": 1}]}}, False),
        ({"submitted_at": None}, False),
    ],
)
def test_the_specified_case_is_the_case_that_is_accepted(
    client: FlaskClient, spec: dict[str, Any], change: dict[str, Any], fits: bool
) -> None:
    case = {**CASE, "issues": [{"kind": "late"}], **change}
    assert validator(spec, "Case").is_valid(case) is fits
    assert (post(client, case).status_code == 200) is fits


# ---- the instance of a problem


@pytest.mark.parametrize(
    ("path", "instance"),
    [
        ("/v1/nothing", "/v1/nothing"),
        ("/v1/决定/a b", "/v1/%E5%86%B3%E5%AE%9A/a%20b"),
        ("/v1/\"<x>\\^`{|}'", "/v1/%22%3Cx%3E%5C%5E%60%7B%7C%7D'"),
        ("/v1/50%#x", "/v1/50%25%23x"),
        ("/a:b@c;d=e,f", "/a:b@c;d=e,f"),
        ("//evil.example/x", "/evil.example/x"),
    ],
)
def test_the_instance_of_a_problem_is_a_uri_reference_without_the_query(
    client: FlaskClient, path: str, instance: str
) -> None:
    problem = client.get("/", environ_overrides={"PATH_INFO": path.encode().decode("latin-1"), "QUERY_STRING": "t=S"})
    assert problem.status_code == 404
    assert problem.json["instance"] == instance
