from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from service.api.app import create_app
from service.auth import GRANTED, Caller
from service.ledger.store import Ledger
from service.packs import Ready
from service.settings import Settings
from tests.support.clients import refused, validator
from tests.support.webhooks import happen

LISTED = "127.0.0.1:9"
URL = f"http://{LISTED}/hooks"
ADD = {"url": URL, "events": ["decision.created"]}


@pytest.fixture
def admin(ready: Ready, ledger: Ledger) -> FlaskClient:
    settings = Settings(webhook_hosts=(LISTED,))
    return create_app({"PACK": ready, "LEDGER": ledger, "SETTINGS": settings, "TESTING": True}).test_client()


@pytest.fixture
def spec(admin: FlaskClient) -> dict[str, Any]:
    document: dict[str, Any] = admin.get("/openapi.json").json
    return document


def add(admin: FlaskClient) -> dict[str, Any]:
    added: dict[str, Any] = admin.post("/v1/webhooks", json=ADD).json
    return added


def test_a_webhook_is_added_listed_without_its_secret_and_removed(admin: FlaskClient, spec: dict[str, Any]) -> None:
    answer = admin.post("/v1/webhooks", json=ADD)
    added = answer.json
    assert answer.status_code == 201
    validator(spec, "AddedWebhook").validate(added)
    validator(spec, "NewWebhook").validate(ADD)
    secret = added.pop("secret")
    assert secret.startswith("whsec_")
    answer = admin.get("/v1/webhooks")
    assert answer.json == {"items": [added]}
    assert secret not in answer.text
    validator(spec, "Webhooks").validate(answer.json)
    answer = admin.delete(f"/v1/webhooks/{added['id']}")
    assert (answer.status_code, answer.data) == (204, b"")
    assert admin.get("/v1/webhooks").json == {"items": []}
    refused(admin.delete(f"/v1/webhooks/{added['id']}"), 404, "no_webhook")


def test_a_rotated_secret_is_another(admin: FlaskClient, spec: dict[str, Any]) -> None:
    added = add(admin)
    path = f"/v1/webhooks/{added['id']}/secret"
    first, second = admin.post(path), admin.post(path, json={"grace_hours": 0})
    validator(spec, "WebhookSecret").validate(first.json)
    assert (first.json["grace_hours"], second.json["grace_hours"]) == (24, 0)
    assert len({added["secret"], first.json["secret"], second.json["secret"]}) == 3
    refused(admin.post("/v1/webhooks/whk_0/secret"), 404, "no_webhook")


def test_hours_in_a_chunked_body_are_read(admin: FlaskClient) -> None:
    answer = admin.post(
        f"/v1/webhooks/{add(admin)['id']}/secret",
        json={"grace_hours": 0},
        headers={"Transfer-Encoding": "chunked"},
        environ_overrides={"wsgi.input_terminated": True},  # as gunicorn says of a chunked body
    )
    assert answer.json["grace_hours"] == 0


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        ([], {("", "not_record")}),
        ({}, {("/url", "missing"), ("/events", "missing")}),
        ({"url": 7, "events": "x"}, {("/url", "not_text"), ("/events", "not_list")}),
        ({**ADD, "event": "x"}, {("/event", "unknown_key")}),
        ({**ADD, "events": []}, {("/events", "too_few")}),
        ({**ADD, "events": ["case.overdue"] * 1000}, {("/events", "too_many")}),
        ({**ADD, "events": ["case.overdue", "case.overdue"]}, {("/events/1", "not_one_of")}),
        ({**ADD, "events": [None, {}]}, {("/events/0", "not_one_of"), ("/events/1", "not_one_of")}),
        ({**ADD, "url": "https://" + "x" * 3000}, {("/url", "text_length")}),
    ],
)
def test_a_body_that_does_not_fit_is_refused_with_every_fault(
    admin: FlaskClient, spec: dict[str, Any], body: Any, faults: set[tuple[str, str]]
) -> None:
    problem = refused(admin.post("/v1/webhooks", json=body), 422, "webhook_does_not_fit")
    assert {(fault["pointer"], fault["code"]) for fault in problem["errors"]} == faults
    assert not validator(spec, "NewWebhook").is_valid(body)


@pytest.mark.parametrize("grace", [-1, 169, 1.5, "24", True, None, 10**17])
def test_a_grace_that_does_not_fit_is_refused(admin: FlaskClient, spec: dict[str, Any], grace: Any) -> None:
    answer = admin.post(f"/v1/webhooks/{add(admin)['id']}/secret", json={"grace_hours": grace})
    (fault,) = refused(answer, 422, "webhook_does_not_fit")["errors"]
    assert (fault["pointer"], fault["code"]) == ("/grace_hours", "not_integer")
    assert not validator(spec, "WebhookGrace").is_valid({"grace_hours": grace})


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://127.0.0.1:10/hooks", "webhook_host"),
        ("http://localhost:9/hooks", "webhook_host"),
        ("ftp://127.0.0.1:9/hooks", "webhook_url"),
        ("http://a:b@127.0.0.1:9/hooks", "webhook_url"),
        ("\x00", "webhook_url"),
    ],
)
def test_an_address_that_may_not_be_sent_to_is_refused(admin: FlaskClient, url: str, code: str) -> None:
    problem = refused(admin.post("/v1/webhooks", json={**ADD, "url": url}), 422, code)
    assert "{0}" not in problem["title"]
    assert admin.get("/v1/webhooks").json == {"items": []}


def test_deliveries_are_listed_page_by_page(admin: FlaskClient, spec: dict[str, Any], ledger: Ledger) -> None:
    path = f"/v1/webhooks/{add(admin)['id']}/deliveries"
    happen(ledger, *"abc")
    every = admin.get(path).json
    validator(spec, "WebhookDeliveries").validate(every)
    assert (len(every["items"]), every["next_cursor"]) == (3, None)
    first = admin.get(f"{path}?limit=2").json
    rest = admin.get(f"{path}?limit=2&cursor={first['next_cursor']}").json
    assert (first["items"] + rest["items"], rest["next_cursor"]) == (every["items"], None)
    assert admin.get(f"{path}?state=waiting").json == every
    assert admin.get(f"{path}?state=given_up").json["items"] == []
    assert admin.get(f"{path}?limit=3").json["next_cursor"] is None


def test_deliveries_of_a_removed_webhook_are_listed_still(admin: FlaskClient, ledger: Ledger) -> None:
    added = add(admin)
    happen(ledger, "dec_1")
    admin.delete(f"/v1/webhooks/{added['id']}")
    (delivery,) = admin.get(f"/v1/webhooks/{added['id']}/deliveries").json["items"]
    assert (delivery["state"], delivery["said"]) == ("given_up", "the endpoint was removed")
    refused(admin.get("/v1/webhooks/whk_0/deliveries"), 404, "no_webhook")


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=x", "limit=²", "cursor=x", "state=lost", "page=2"])
def test_a_query_that_does_not_fit_is_refused(admin: FlaskClient, query: str) -> None:
    refused(admin.get(f"/v1/webhooks/{add(admin)['id']}/deliveries?{query}"), 400, "bad_query")


@pytest.fixture
def agent(admin: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    monkeypatch.setattr("service.api.access.OWNER", Caller("wang", "manager", frozenset(GRANTED["manager"])))
    return admin


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/webhooks"),
        ("GET", "/v1/webhooks"),
        ("DELETE", "/v1/webhooks/whk_0"),
        ("POST", "/v1/webhooks/whk_0/secret"),
        ("GET", "/v1/webhooks/whk_0/deliveries"),
    ],
)
def test_only_an_administrator_may(agent: FlaskClient, method: str, path: str) -> None:
    refused(agent.open(path, method=method, json=ADD), 403, "not_allowed")


def test_without_a_ledger_there_are_no_webhooks(client: FlaskClient) -> None:
    refused(client.get("/v1/webhooks"), 503, "no_ledger")
