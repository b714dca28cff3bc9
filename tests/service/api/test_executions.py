from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.api.app import create_app
from service.auth import Caller
from service.casework.limits.switches import turn_on
from service.ledger.store import Ledger
from service.packs import Ready
from tests.support.asking import believe
from tests.support.clients import refused, specified
from tests.support.machines import ADMIN, GIVES, MACHINE, OTHER, PERSON, bound, executions, standing, storm

APPROVING = Caller("li", "agent", frozenset({"approve"}))  # a scope beyond those of the role
CALLERS = {caller.name: caller for caller in (MACHINE, OTHER, PERSON, ADMIN, APPROVING)}


@pytest.fixture
def shop(cn: Ready, ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    """Return a client of a service whose decisions machines may carry out; `X-As` says who asks."""
    believe(monkeypatch, "X-As", CALLERS, MACHINE.name)
    return create_app({"PACK": cn, "LEDGER": ledger}).test_client()


def act(client: FlaskClient, decision: str, by: str = MACHINE.name, **body: Any) -> TestResponse:
    headers = {"X-As": by, "Idempotency-Key": body.pop("key", None) or uuid4().hex}
    return client.post(f"/v1/decisions/{decision}/execution", json=body, headers=headers)


def decided(client: FlaskClient, case: dict[str, Any]) -> str:
    answer = client.post("/v1/decisions", json=case)
    assert (answer.status_code, answer.json["mode"], answer.json["held"]) == (201, "auto", [])
    return str(answer.json["id"])


def test_a_machine_claims_pays_and_reports(shop: FlaskClient) -> None:
    decision = decided(shop, storm())
    waiting = shop.get("/v1/executions/next").json
    assert [one["id"] for one in waiting["items"]] == [decision]
    claimed = act(shop, decision, action="claim")
    assert (claimed.status_code, claimed.json["decision"], claimed.json["total_fen"]) == (200, decision, GIVES)
    assert act(shop, decision, action="claim").data == claimed.data
    assert shop.get("/v1/executions/next").json["items"] == []
    paid = act(shop, decision, action="executed", reference="PAY-1")
    assert (paid.status_code, paid.json["state"]) == (200, "executed")
    assert act(shop, decision, action="executed", reference="PAY-1").data == paid.data
    listed = shop.get("/v1/executions?state=executed").json
    assert listed == {"items": [paid.json], "next_cursor": None}
    for schema, value in (
        ("Claimables", waiting),
        ("Claim", claimed.json),
        ("Claim", paid.json),
        ("Executions", listed),
    ):
        specified(shop, schema, value)


def test_a_machine_and_a_lead_say_to_which_account_they_paid(
    shop: FlaskClient, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = decided(shop, storm(1)), decided(shop, storm(2))
    for decision in (one, two):
        act(shop, decision, action="claim")
    body = {"action": "executed", "reference": "P", "account": "6222 0001"}
    specified(shop, "ExecutionStep", body)
    assert "account" not in act(shop, one, **body).json
    now = ledger.now
    monkeypatch.setattr(ledger, "now", lambda: now() + timedelta(minutes=16))
    for account, status in (("6222-0001", 409), ("6222 0002", 200)):
        headers = {"X-As": PERSON.name, "Idempotency-Key": uuid4().hex}
        settled = shop.post(
            f"/v1/decisions/{two}/execution/settlement", json=body | {"account": account}, headers=headers
        )
        assert settled.status_code == status


def test_a_refused_claim_names_the_guards_by_code(shop: FlaskClient, ledger: Ledger) -> None:
    decision = decided(shop, storm())
    bound(ledger, "day", "*", 0, 0)
    problem = refused(act(shop, decision, action="claim"), 409, "not_for_machines")
    assert problem["reasons"] == ["budget:day:*"]
    assert decision in problem["title"]
    specified(shop, "Problem", problem)
    assert standing(ledger, decision) == ("agent", "open")


def test_another_caller_gets_a_conflict(shop: FlaskClient) -> None:
    decision = decided(shop, storm())
    act(shop, decision, action="claim")
    refused(act(shop, decision, OTHER.name, action="claim"), 409, "claimed_already")
    refused(act(shop, decision, OTHER.name, action="executed", reference="P"), 403, "claimed_by_another")
    assert act(shop, decision, ADMIN.name, action="failed", reason="the account is closed").status_code == 200
    refused(act(shop, decision, action="executed", reference="P"), 409, "reported_otherwise")


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        ([], [("", "not_record")]),
        ({}, [("/action", "missing")]),
        ({"action": 7}, [("/action", "not_one_of")]),
        ({"action": []}, [("/action", "not_one_of")]),
        ({"action": "pay"}, [("/action", "not_one_of")]),
        ({"action": "claim", "reference": "x"}, [("/reference", "unknown_key")]),
        ({"action": "executed"}, [("/reference", "missing")]),
        ({"action": "executed", "reference": " "}, [("/reference", "missing")]),
        ({"action": "executed", "reference": "x" * 201}, [("/reference", "text_length")]),
        ({"action": "executed", "reference": "a\u0000b"}, [("/reference", "control_characters")]),
        ({"action": "executed", "reference": "P", "account": "6222\n"}, [("/account", "control_characters")]),
        ({"action": "executed", "reference": "P", "account": None}, [("/account", "not_text")]),
        ({"action": "failed", "reason": "x", "account": "6222"}, [("/account", "unknown_key")]),
        ({"action": "claim", "account": "6222"}, [("/account", "unknown_key")]),
        ({"action": "failed", "reason": 5, "x/y": 1}, [("/reason", "not_text"), ("/x~1y", "unknown_key")]),
    ],
)
def test_a_body_that_does_not_fit_is_refused_with_every_fault(
    shop: FlaskClient, body: Any, faults: list[tuple[str, str]]
) -> None:
    answer = shop.post("/v1/decisions/dec_x/execution", json=body, headers={"Idempotency-Key": "k"})
    problem = refused(answer, 422, "body_does_not_fit")
    assert [(fault["pointer"], fault["code"]) for fault in problem["errors"]] == faults


def test_people_do_not_claim_and_machines_do_not_review(shop: FlaskClient) -> None:
    refused(act(shop, "dec_x", PERSON.name, action="claim"), 403, "not_allowed")
    refused(shop.get("/v1/executions/next", headers={"X-As": PERSON.name}), 403, "not_allowed")
    assert shop.get("/v1/executions", headers={"X-As": PERSON.name}).status_code == 200
    refused(shop.get("/v1/reviews"), 403, "not_allowed")


def test_lists_come_in_pages(shop: FlaskClient) -> None:
    decisions = [decided(shop, storm(number)) for number in range(5)]
    found, further = [], ""
    while further is not None:
        page = shop.get(f"/v1/executions/next?limit=2{further}").json
        found += [one["id"] for one in page["items"]]
        further = page["next_cursor"] and f"&cursor={page['next_cursor']}"
    assert found == decisions


@pytest.mark.parametrize("query", ["state=paid", "limit=0", "limit=201", "limit=x", "cursor=-1", "cursor=x", "x=1"])
def test_a_query_that_does_not_fit_is_refused(shop: FlaskClient, query: str) -> None:
    refused(shop.get(f"/v1/executions?{query}"), 400, "bad_query")


def test_late_claims_are_swept(shop: FlaskClient, ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    decision = decided(shop, storm())
    act(shop, decision, action="claim")
    assert shop.post("/v1/executions/sweep").json == {"late": []}
    now = ledger.now
    monkeypatch.setattr(ledger, "now", lambda: now() + timedelta(minutes=16))
    assert shop.post("/v1/executions/sweep").json == {"late": [decision]}
    assert shop.get("/v1/executions?state=late").json["items"][0]["decision"] == decision


def test_a_lead_settles_a_late_claim_and_a_machine_does_not(
    shop: FlaskClient, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    def settle(by: str, key: str, **body: Any) -> TestResponse:
        headers = {"X-As": by, "Idempotency-Key": key}
        return shop.post(f"/v1/decisions/{decision}/execution/settlement", json=body, headers=headers)

    decision = decided(shop, storm())
    act(shop, decision, action="claim")
    refused(settle(PERSON.name, "k1", action="executed", reference="PAY-1"), 409, "not_late")
    now = ledger.now
    monkeypatch.setattr(ledger, "now", lambda: now() + timedelta(minutes=16))
    refused(settle(OTHER.name, "k2", action="executed", reference="PAY-1"), 403, "not_allowed")
    refused(settle(APPROVING.name, "k6", action="executed", reference="PAY-1"), 403, "lead_settles")
    refused(settle(PERSON.name, "k3", action="claim"), 422, "body_does_not_fit")
    paid = settle(PERSON.name, "k4", action="executed", reference="PAY-1")
    assert (paid.status_code, paid.json["state"], paid.json["reference"]) == (200, "executed", "PAY-1")
    specified(shop, "Execution", paid.json)
    refused(settle(PERSON.name, "k5", action="failed", reason="not paid"), 409, "reported_otherwise")


# ---- the key of a request


def test_no_execution_without_an_idempotency_key(shop: FlaskClient) -> None:
    decision = decided(shop, storm())
    refused(shop.post(f"/v1/decisions/{decision}/execution", json={"action": "claim"}), 400, "key_missing")


def test_the_same_key_again_is_the_same_claim_and_with_another_body_none(shop: FlaskClient) -> None:
    decision = decided(shop, storm())
    first, again = (act(shop, decision, action="claim", key="k1") for _ in range(2))
    assert (first.status_code, again.status_code, again.json) == (200, 200, first.json)
    assert (first.headers.get("Idempotency-Replayed"), again.headers["Idempotency-Replayed"]) == (None, "true")
    refused(act(shop, decision, action="executed", reference="P1", key="k1"), 422, "other_request")


def test_a_claim_is_not_handed_out_from_memory_while_machines_are_stopped(shop: FlaskClient, ledger: Ledger) -> None:
    decision = decided(shop, storm())
    assert act(shop, decision, action="claim", key="k1").status_code == 200
    with ledger.writing("root") as writer:
        turn_on(writer, "all", "*", "drill")
    refused(act(shop, decision, action="claim", key="k1"), 409, "not_for_machines")


# ---- things that break


@pytest.mark.parametrize(
    "step",
    [
        "casework.decisions.recording.write",
        "casework.decisions.recording.automation_guards",
        "ledger.pack_archive.Archive.keep",
        "casework.decisions.recording._recorded",
    ],
)
def test_a_decision_that_is_not_recorded_is_none(
    shop: FlaskClient, ledger: Ledger, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("out of order")

    with monkeypatch.context() as patch:
        patch.setattr(f"service.{step}", broken)
        problem = refused(shop.post("/v1/decisions", json=storm()), 500, "internal")
    assert "recommendation" not in problem
    assert shop.get("/v1/executions/next").json["items"] == []


def test_a_ledger_that_does_not_take_the_entry_gives_no_verdict(
    shop: FlaskClient, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    decision = decided(shop, storm(1))

    def full(*_: object, **__: object) -> None:
        raise OSError("no space left")

    with monkeypatch.context() as patch:
        patch.setattr("service.ledger.store.Writer.send", full)
        refused(shop.post("/v1/decisions", json=storm(2)), 500, "internal")
        refused(act(shop, decision, action="claim"), 500, "internal")
    assert executions(ledger) == {}
    assert [one["id"] for one in shop.get("/v1/executions/next").json["items"]] == [decision]


def test_without_a_ledger_there_is_nothing_to_claim(cn: Ready) -> None:
    client = create_app({"PACK": cn}).test_client()
    refused(act(client, "dec_x", action="claim"), 503, "no_ledger")
