"""Every list comes in pages, and a cursor leads on in the list and search that it was given for, and nowhere else."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.api.app import create_app
from service.casework.context import CaseContext
from service.webhooks import endpoints
from tests.support.machines import automatic, storm


@pytest.fixture
def shop(context: CaseContext) -> FlaskClient:
    """Return a client of its owner, at a service in which five claims, deadlines and messages wait."""
    app = create_app({"PACK": context.ready, "LEDGER": context.ledger})
    endpoints.add(context.ledger, "owner", "http://127.0.0.1:9/", ["decision.created"], ["127.0.0.1:9"])
    for number in range(5):
        automatic(context, storm(number))
    return app.test_client()


def lists(client: FlaskClient) -> list[str]:
    """Return the address of every list that has at least four items."""
    (webhook,) = client.get("/v1/webhooks").json["items"]
    (case, *_) = client.get("/v1/cases").json["items"]
    for text in "abcd":
        assert client.post(f"/v1/cases/{case['no']}/events", json={"kind": "note", "note": text}).status_code == 201
    return [
        "/v1/cases",
        "/v1/decisions",
        "/v1/executions/next",
        "/v1/overdue",
        f"/v1/cases/{case['no']}/timeline",
        f"/v1/webhooks/{webhook['id']}/deliveries",
    ]


def strange(answer: TestResponse) -> bool:
    """Tell whether a request was refused for its cursor alone."""
    faults = answer.json.get("errors", [])
    return (answer.status_code, [fault["code"] for fault in faults]) == (400, ["strange_cursor"])


@pytest.fixture
def late(context: CaseContext, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every deadline have passed."""
    now = context.ledger.now
    monkeypatch.setattr(context.ledger, "now", lambda: now() + timedelta(days=60))


def walked(client: FlaskClient, address: str) -> list[Any]:
    """Return all items of a list, two a page."""
    found: list[Any] = []
    further = ""
    while further is not None:
        page = client.get(f"{address}?limit=2{further}").json
        assert 0 < len(page["items"]) <= 2
        found += page["items"]
        further = page["next_cursor"] and f"&cursor={page['next_cursor']}"
    return found


def test_pages_hold_each_item_once_in_the_order_of_the_whole_list(shop: FlaskClient, late: None) -> None:
    for address in lists(shop):
        whole = shop.get(f"{address}?limit=200").json
        assert len(whole["items"]) >= 4, address
        assert whole["next_cursor"] is None
        assert walked(shop, address) == whole["items"], address


def test_a_cursor_of_another_list_or_search_is_refused(shop: FlaskClient, late: None) -> None:
    addresses = lists(shop)
    for address in addresses:
        cursor = shop.get(f"{address}?limit=2").json["next_cursor"]
        assert shop.get(f"{address}?limit=1&cursor={cursor}").status_code == 200
        for other in addresses:
            assert strange(shop.get(f"{other}?cursor={cursor}")) is (other != address)
    cursor = shop.get("/v1/decisions?limit=2").json["next_cursor"]
    for filters in ("state=open", "customer=c-1", "drawn=false", "from=2026-08-01"):
        assert strange(shop.get(f"/v1/decisions?{filters}&cursor={cursor}"))


def test_a_cursor_that_was_changed_is_refused(shop: FlaskClient) -> None:
    cursor = shop.get("/v1/cases?limit=2").json["next_cursor"]
    for at, letter in enumerate(cursor):
        changed = f"{cursor[:at]}{'B' if letter != 'B' else 'C'}{cursor[at + 1 :]}"
        assert strange(shop.get(f"/v1/cases?limit=2&cursor={changed}")), changed
    for changed in (cursor[:-1], cursor + "A", cursor + "=", f"{cursor}\n"):
        assert strange(shop.get("/v1/cases", query_string={"cursor": changed})), changed


@pytest.mark.parametrize("cursor", ["", "0", "7", "x", "####", "AAAA", "é", "A" * 40, "/" * 22, "_" * 22, "msg_1"])
def test_a_cursor_that_was_never_given_is_refused(served: FlaskClient, cursor: str) -> None:
    for address in ("/v1/cases", "/v1/approvals", "/v1/reviews", "/v1/executions", "/v1/overdue"):
        assert strange(served.get(address, query_string={"cursor": cursor})), address
