from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient

from service.api.app import create_app
from service.ledger.store import Ledger
from service.packs import Ready
from service.settings import Settings
from tests.support.clients import refused, specified
from tests.support.machines import PERSON, standing, storm
from tests.support.rows import entries_of

RULE = "automation/goods-stay"


@pytest.fixture
def owner(cn: Ready, ledger: Ledger) -> FlaskClient:
    """Return a client for the owner of the machine; every automatic decision is drawn."""
    return create_app({"PACK": cn, "LEDGER": ledger, "SETTINGS": Settings(drawn_percent=100)}).test_client()


def decide(client: FlaskClient, number: int = 1) -> Any:
    return client.post("/v1/decisions", json=storm(number)).json


def claim(client: FlaskClient, decision: str) -> Any:
    headers = {"Idempotency-Key": uuid4().hex}
    return client.post(f"/v1/decisions/{decision}/execution", json={"action": "claim"}, headers=headers)


def test_a_switch_of_a_rule_is_in_force_at_once(owner: FlaskClient) -> None:
    before = decide(owner, 1)
    on = owner.put(f"/v1/switches/rule/{RULE}", json={"on": True, "reason": "drill"})
    assert (on.status_code, on.json["name"], on.json["on"], on.json["met"]) == (200, RULE, True, True)
    assert decide(owner, 2)["held"] == [f"switch:rule:{RULE}"]
    problem = refused(claim(owner, before["id"]), 409, "not_for_machines")
    assert problem["reasons"] == [f"switch:rule:{RULE}"]
    listed = owner.get("/v1/switches").json
    assert [(one["scope"], one["name"], one["reason"]) for one in listed["items"]] == [("rule", RULE, "drill")]
    off = owner.put(f"/v1/switches/rule/{RULE}", json={"on": False, "reason": "over"})
    assert off.json == {"scope": "rule", "name": RULE, "on": False}
    assert decide(owner, 3)["mode"] == "auto"
    for schema, value in (("Switched", on.json), ("Switches", listed), ("Switched", off.json)):
        specified(owner, schema, value)


def test_all_machines_have_one_switch(owner: FlaskClient) -> None:
    assert owner.put("/v1/switches/all/*", json={"on": True, "reason": "drill"}).json["name"] == "*"
    assert decide(owner)["held"] == ["switch:all:*"]


@pytest.mark.parametrize("address", ["customer/c1", "merchant/a%07b", "merchant/" + "x" * 201])
def test_there_are_no_other_switches(owner: FlaskClient, address: str) -> None:
    refused(owner.put(f"/v1/switches/{address}", json={"on": True, "reason": "x"}), 404, "no_scope")


@pytest.mark.parametrize("body", [{"on": True}, {"on": "yes", "reason": "x"}, {"on": True, "reason": "", "x": 1}, []])
def test_a_switch_needs_a_reason(owner: FlaskClient, ledger: Ledger, body: Any) -> None:
    refused(owner.put("/v1/switches/all/*", json=body), 422, "body_does_not_fit")
    assert entries_of(ledger, "switch.on") == []


def test_a_budget_limits_machines_as_soon_as_it_is_set(owner: FlaskClient) -> None:
    wanted = {"scope": "merchant", "name": "Shop One", "most": 1, "most_fen": 10_000}
    answer = owner.put("/v1/budgets", json=wanted)
    assert (answer.status_code, answer.json) == (200, {**wanted, "name": "shopone"})
    first, second = decide(owner, 1), decide(owner, 2)
    assert claim(owner, first["id"]).status_code == 200
    problem = refused(claim(owner, second["id"]), 409, "not_for_machines")
    assert problem["reasons"] == ["budget:merchant:shopone"]
    found = owner.get("/v1/budgets").json
    assert answer.json in found["items"]
    assert {"scope": "merchant", "name": "shopone", "many": 1, "fen": 2560} in found["spent"]
    specified(owner, "Budgets", found)


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"scope": "planet"}, "/scope", "not_one_of"),
        ({"name": ""}, "/name", "missing"),
        ({"name": 5}, "/name", "not_text"),
        ({"name": "\n" + "x" * 200}, "/name", "text_length"),
        ({"name": "a\nb"}, "/name", "control_characters"),
        ({"most": -1}, "/most", "number_range"),
        ({"most": True}, "/most", "not_count"),
        ({"most": 1.5}, "/most", "not_count"),
        ({"most_fen": 2**53}, "/most_fen", "number_range"),
        ({"most_fem": 1}, "/most_fem", "unknown_key"),
    ],
)
def test_a_budget_that_does_not_fit_is_refused(
    owner: FlaskClient, ledger: Ledger, change: dict[str, Any], pointer: str, code: str
) -> None:
    body = {"scope": "day", "name": "*", "most": 1, "most_fen": 1, **change}
    problem = refused(owner.put("/v1/budgets", json=body), 422, "body_does_not_fit")
    assert [(fault["pointer"], fault["code"]) for fault in problem["errors"]] == [(pointer, code)]
    assert entries_of(ledger, "budget.set") == []


def test_what_was_drawn_is_reviewed(owner: FlaskClient, ledger: Ledger) -> None:
    decision = decide(owner)["id"]
    waiting = owner.get("/v1/reviews").json
    assert [one["id"] for one in waiting["items"]] == [decision]
    answer = owner.post(f"/v1/decisions/{decision}/review", json={"right": False, "note": "the photo is old"})
    assert (answer.status_code, answer.json["right"]) == (200, False)
    assert owner.get("/v1/reviews").json["items"] == []
    assert standing(ledger, decision) == ("agent", "open")
    specified(owner, "Drawn", waiting)
    specified(owner, "Review", answer.json)
    refused(owner.post(f"/v1/decisions/{decision}/review", json={"right": "no"}), 422, "body_does_not_fit")


def test_only_an_administrator_bounds_machines(cn: Ready, ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.api.access.OWNER", PERSON)
    client = create_app({"PACK": cn, "LEDGER": ledger}).test_client()
    for answer in (
        client.get("/v1/switches"),
        client.put("/v1/switches/all/*", json={"on": True, "reason": "x"}),
        client.get("/v1/budgets"),
        client.put("/v1/budgets", json={"scope": "day", "name": "*", "most": 1, "most_fen": 1}),
    ):
        refused(answer, 403, "not_allowed")
