"""Requests to the service, and the checks of its answers."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from werkzeug.test import TestResponse

from tests.support.cases import CASE


def post(client: FlaskClient, body: Any, **headers: str) -> TestResponse:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    sent = {"Content-Type": "application/json", **{name.replace("_", "-"): value for name, value in headers.items()}}
    return client.post("/v1/decisions?mode=simulate", data=data, headers=sent)


def refused(answer: TestResponse, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"
    problem: dict[str, Any] = answer.json
    assert (problem["status"], problem["code"]) == (status, code)
    assert {"type", "title", "instance", "request_id"} <= problem.keys()
    return problem


def record(client: FlaskClient, kind: str = "broken") -> dict[str, Any]:
    case = deepcopy(CASE)
    case["issues"][0]["kind"] = kind
    answer = client.post("/v1/decisions", json=case)
    assert answer.status_code == 201
    recorded: dict[str, Any] = answer.json
    return recorded


def validator(spec: dict[str, Any], schema: str) -> Draft202012Validator:
    return Draft202012Validator({"$ref": f"#/components/schemas/{schema}", "components": spec["components"]})


def specified(client: FlaskClient, schema: str, value: Any) -> None:
    components = client.get("/openapi.json").json["components"]
    Draft202012Validator({"$ref": f"#/components/schemas/{schema}", "components": components}).validate(value)
