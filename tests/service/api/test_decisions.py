from __future__ import annotations

import json
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.api.app import create_app
from service.packs import Ready
from service.validation import json_text
from tests.support.budget import budget
from tests.support.cases import CASE
from tests.support.clients import post, refused
from tests.support.random_json import JSON


def test_a_case_is_answered_with_what_deciding_it_gives(client: FlaskClient, ready: Ready) -> None:
    answer = post(client, CASE)
    assert (answer.status_code, answer.content_type) == (200, "application/json")
    assert answer.data == b'{"recommendation":' + json_text.write(ready.decide(CASE)) + b"}"


def test_a_case_without_its_instant_is_decided_at_the_services_clock(client: FlaskClient, ready: Ready) -> None:
    dated = {**CASE, "at": "2026-08-14T16:00:00+08:00"}
    answer = post(client, {key: value for key, value in CASE.items() if key != "at"})
    assert answer.json == {"recommendation": json.loads(json_text.write(ready.decide(dated)))}


def test_a_retired_fact_is_warned_of(client: FlaskClient) -> None:
    answer = post(client, {**CASE, "order": {**CASE["order"], "old": "x"}}, Accept_Language="en")
    assert answer.status_code == 200
    (warning,) = answer.json["warnings"]
    assert (warning["pointer"], warning["code"]) == ("/order/old", "retired")
    assert "retired" in warning["message"]


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        (b'{"issues": [', "", "bad_json"),
        (b"", "", "bad_json"),
        (b'{"order": {"refunded_fen": 0, "refunded_fen": 0}}', "/order/refunded_fen", "key_twice"),
        (b'{"order": {"refunded_fen": NaN}}', "/order/refunded_fen", "not_finite"),
        (b"\xff\xfe", "", "not_utf8"),
        (b"[" * 10_000, "", "too_deep"),
    ],
)
def test_a_body_that_is_no_json_is_refused(client: FlaskClient, body: bytes, pointer: str, code: str) -> None:
    (error,) = refused(post(client, body), 400, "bad_json")["errors"]
    assert (error["pointer"], error["code"]) == (pointer, code)


def test_a_case_that_does_not_fit_is_refused_with_every_fault(client: FlaskClient) -> None:
    body = b"""{"submitted_at": "2026-08-14T15:00:00", "chanel": "chat", "order": {"refunded_fen": 25.60},
                "issues": [{"kind": 7}]}"""
    problem = refused(post(client, body), 422, "case_does_not_fit")
    assert {(error["pointer"], error["code"]) for error in problem["errors"]} == {
        ("/submitted_at", "naive_instant"),
        ("/chanel", "unknown_key"),
        ("/order/refunded_fen", "float_money"),
        ("/issues/0/kind", "not_one_of"),
    }


def test_a_body_that_is_not_declared_json_is_refused(client: FlaskClient) -> None:
    answer = client.post("/v1/decisions", data={"a": "b"})
    refused(answer, 415, "not_json")


def test_a_body_over_one_mebibyte_is_refused(client: FlaskClient) -> None:
    refused(post(client, b" " * (2**20 + 1)), 413, "too_large")


def test_parameters_that_would_be_ignored_are_refused(client: FlaskClient) -> None:
    problem = refused(client.post("/v1/decisions?mode=guess&fast=1", json=CASE), 400, "bad_query")
    assert [(fault["pointer"], fault["code"]) for fault in problem["errors"]] == [
        ("?mode", "bad_parameter"),
        ("?fast", "unknown_parameter"),
    ]


def test_nothing_is_decided_without_a_pack() -> None:
    client = create_app().test_client()
    refused(post(client, CASE), 503, "no_pack")
    refused(client.get("/v1/vocabulary"), 503, "no_pack")


def test_problems_are_in_chinese_unless_english_is_requested(client: FlaskClient) -> None:
    chinese, german, english = (
        refused(post(client, b"{}", **headers), 422, "case_does_not_fit")
        for headers in ({}, {"Accept_Language": "de"}, {"Accept_Language": "en-GB, zh;q=0.5"})
    )
    assert chinese["title"] == german["title"] != english["title"]
    assert english["title"].isascii()
    assert english["errors"][0]["message"] == "this is missing"


def test_a_key_that_is_no_text_of_unicode_does_not_break_the_answer(client: FlaskClient) -> None:
    refused(post(client, b'{"\\ud800": 1}'), 400, "bad_json")


@settings(max_examples=budget(50, 1_000), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.dictionaries(st.sampled_from(["submitted_at", "at", "channel", "order", "issues", "x"]), JSON))
def test_any_case_is_answered_or_refused(client: FlaskClient, changes: dict[str, Any]) -> None:
    answer = post(client, {**CASE, **changes})
    assert answer.status_code in (200, 400, 422)
    assert answer.json


def test_an_internal_error_gives_no_verdict(ready: Ready, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("out of order")

    monkeypatch.setattr("service.packs.Ready.decide", broken)
    client = create_app({"PACK": ready}).test_client()
    problem = refused(post(client, CASE), 500, "internal")
    assert "out of order" not in json.dumps(problem)
