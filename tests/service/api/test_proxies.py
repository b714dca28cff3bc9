from __future__ import annotations

import pytest
from flask import Flask, Response, request
from flask.testing import FlaskClient

from service.api.app import create_app
from service.ledger import keys
from service.ledger.store import Ledger
from service.packs import Ready
from service.settings import Settings
from tests.support.failing import BROKEN

THROUGH = {
    "X-Forwarded-For": "6.6.6.6, 8.8.8.8",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "redress.example",
    "X-Forwarded-Prefix": "/cases",
}


def app(ready: Ready, ledger: Ledger, proxies: int) -> Flask:
    made = create_app({"PACK": ready, "LEDGER": ledger, "SETTINGS": Settings(proxies=proxies)})

    @made.after_request
    def _whence(response: Response) -> Response:
        response.headers["Whence"] = f"{request.remote_addr} {request.url}"
        return response

    return made


@pytest.fixture
def behind_one(ready: Ready, ledger: Ledger) -> FlaskClient:
    return app(ready, ledger, 1).test_client()


def test_behind_a_proxy_nobody_is_served_until_there_is_a_key(behind_one: FlaskClient, ledger: Ledger) -> None:
    for headers in ({}, THROUGH):
        answer = behind_one.post("/v1/decisions", json=BROKEN, headers={**headers, "Accept-Language": "en"})
        assert (answer.status_code, answer.json["code"]) == (403, "this_machine_only")
        assert "redress keys make" in answer.json["title"]
    not_ready = behind_one.get("/readyz")
    assert (not_ready.status_code, not_ready.json["code"]) == (503, "this_machine_only")
    _, token = keys.make(ledger, "shop", "lead", (), "owner")
    assert behind_one.get("/readyz").status_code == 200
    asked = {**THROUGH, "Authorization": f"Bearer {token}"}
    assert behind_one.post("/v1/decisions", json=BROKEN, headers=asked).status_code == 201


def test_as_many_proxies_are_believed_as_there_are(ready: Ready, ledger: Ledger) -> None:
    answers = [app(ready, ledger, many).test_client().get("/healthz", headers=THROUGH) for many in (0, 1)]
    assert [answer.headers["Whence"] for answer in answers] == [
        "127.0.0.1 http://localhost/healthz",
        "8.8.8.8 https://redress.example/cases/healthz",
    ]


def test_an_address_is_given_as_the_caller_reaches_it(behind_one: FlaskClient, ledger: Ledger) -> None:
    _, token = keys.make(ledger, "shop", "lead", (), "owner")
    asked = {**THROUGH, "Authorization": f"Bearer {token}"}
    answer = behind_one.post("/v1/decisions", json=BROKEN, headers=asked)
    assert answer.headers["Location"] == f"/cases/v1/decisions/{answer.json['id']}"
    assert behind_one.get("/v1/cases/none", headers=asked).json["instance"] == "/cases/v1/cases/none"
