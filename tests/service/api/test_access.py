from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import create_engine
from werkzeug.test import TestResponse

from service import clock
from service.api.access import Gate
from service.api.app import create_app
from service.auth import ADDRESSES, Part
from service.ledger import keys
from service.ledger.store import Ledger
from service.packs import Ready
from tests.support.cases import CASE
from tests.support.clients import refused

OPEN = {address.partition(" ")[2] for address, need in ADDRESSES.items() if need.part is Part.OPEN}


def ask(client: FlaskClient, token: str | None = None, address: str = "127.0.0.1", **headers: str) -> TestResponse:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    if token is not None:
        sent["Authorization"] = f"Bearer {token}"
    return client.post("/v1/decisions", json=CASE, headers=sent, environ_base={"REMOTE_ADDR": address})


@pytest.fixture
def token(ledger: Ledger) -> str:
    return keys.make(ledger, "shop", "back_end", (), "owner")[1]


def test_without_any_key_this_machine_acts_as_the_owner(served: FlaskClient) -> None:
    for address in ("127.0.0.1", "127.0.0.9", "::1"):
        answer = ask(served, address=address)
        assert (answer.status_code, answer.json["by"]) == (201, "owner")


@pytest.mark.parametrize("address", ["192.168.1.7", "8.8.8.8", "fe80::1", "::ffff:10.0.0.1", ""])
def test_without_any_key_no_other_machine_is_served(served: FlaskClient, address: str) -> None:
    problem = refused(ask(served, address=address, Accept_Language="en"), 403, "this_machine_only")
    assert "redress keys make" in problem["title"]


@pytest.mark.parametrize(
    "headers",
    [
        {"X_Forwarded_For": "127.0.0.1"},
        {"X_Forwarded_For": ""},
        {"X_Forwarded_Proto": "https"},
        {"X_Forwarded_Prefix": "/redress"},
        {"X_Forwarded_Anything": "x"},
        {"Forwarded": "for=127.0.0.1"},
        {"X_Real_IP": "127.0.0.1"},
        {"Via": "1.1 proxy"},
        {"Host": "evil.example"},
        {"Host": "evil.example:8000"},
        {"Host": "localhost.evil.example"},
        {"Origin": "https://evil.example"},
        {"Origin": "http://localhost.evil.example:8000"},
        {"Origin": "null"},
        {"Origin": "http://[bad"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
    ],
)
def test_without_any_key_nothing_passed_on_is_served(served: FlaskClient, headers: dict[str, str]) -> None:
    refused(ask(served, **headers), 403, "this_machine_only")


def test_without_any_key_a_silent_proxy_is_recognised_by_its_http_version(served: FlaskClient) -> None:
    answer = served.post("/v1/decisions", json=CASE, environ_overrides={"SERVER_PROTOCOL": "HTTP/1.0"})
    refused(answer, 403, "this_machine_only")


@pytest.mark.parametrize("headers", [{"Origin": "http://localhost:8000"}, {"Sec_Fetch_Site": "same-origin"}])
def test_a_page_of_this_machine_is_served(served: FlaskClient, headers: dict[str, str]) -> None:
    assert ask(served, **headers).status_code == 201


@pytest.mark.parametrize("host", ["localhost", "localhost:8000", "127.0.0.1:8000", "[::1]", "[::1]:8000"])
def test_this_machine_has_several_names(served: FlaskClient, host: str) -> None:
    assert ask(served, Host=host).status_code == 201


def test_the_name_of_a_key_is_the_caller(served: FlaskClient, token: str) -> None:
    answer = ask(served, token, address="8.8.8.8", X_Forwarded_For="1.2.3.4", Host="redress.example")
    assert (answer.status_code, answer.json["by"]) == (201, "shop")


def test_a_key_may_do_what_its_scopes_allow(served: FlaskClient, token: str) -> None:
    id = ask(served, token).json["id"]
    headers = {"Authorization": f"bearer {token}"}
    assert served.get(f"/v1/decisions/{id}", headers=headers).status_code == 200
    refused(served.get("/v1/reports", headers=headers), 403, "not_allowed")


@pytest.mark.parametrize(
    "sent",
    [
        *(None, "", "Bearer", "Bearer ", "Bearer x", "Bearer rdr_x_y", "Bearer é", f"Bearer {'x' * 9999}"),
        *("Basic b3duZXI6", "Token {}", "{}"),
    ],
)
def test_requests_without_a_valid_key_get_the_same_answer(served: FlaskClient, token: str, sent: str | None) -> None:
    headers = {} if sent is None else {"Authorization": sent.format(token)}
    for path in ("/v1/decisions", "/v1/vocabulary", "/v1/nothing", "/elsewhere"):
        answer = served.get(path, headers=headers)
        refused(answer, 401, "no_key")
        assert answer.headers["WWW-Authenticate"] == 'Bearer realm="redress"'


def test_a_revoked_key_is_refused_at_once_and_the_owner_does_not_come_back(
    served: FlaskClient, ledger: Ledger, token: str
) -> None:
    assert ask(served, token).status_code == 201
    keys.revoke(ledger, "shop", "owner")
    refused(ask(served, token), 401, "no_key")
    refused(ask(served), 401, "no_key")


def test_open_addresses_stay_open(served: FlaskClient, token: str) -> None:
    for path in OPEN:
        assert served.get(path, environ_base={"REMOTE_ADDR": "8.8.8.8"}).status_code == 200


def test_the_methods_of_an_address_are_shown_to_authorised_callers(served: FlaskClient, ledger: Ledger) -> None:
    asked = served.options("/v1/decisions")
    assert (asked.status_code, {"GET", "POST"} <= {*asked.headers["Allow"].split(", ")}) == (200, True)
    token = keys.make(ledger, "shop", "editor", (), "owner")[1]
    served.application.config["GATE"] = Gate(ledger)
    refused(served.options("/v1/decisions"), 401, "no_key")
    assert served.options("/v1/webhooks", headers={"Authorization": f"Bearer {token}"}).status_code == 200


def test_a_first_key_is_noticed_within_a_second(
    served: FlaskClient, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = clock.elapsed()
    monkeypatch.setattr(clock, "elapsed", lambda: now)
    assert ask(served).status_code == 201
    keys.make(ledger, "shop", "back_end", (), "owner")
    monkeypatch.setattr(clock, "elapsed", lambda: now + 1.01)
    refused(ask(served), 401, "no_key")


def test_without_a_ledger_that_answers_nobody_is_authorised(
    ready: Ready, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = create_app({"PACK": ready, "LEDGER": ledger}).test_client()
    nowhere = create_engine("sqlite:////nowhere/at/all.db")
    monkeypatch.setattr(Ledger, "engine", property(lambda _: nowhere))
    refused(ask(client), 503, "ledger_silent")
    refused(ask(client, "rdr_x_y"), 503, "ledger_silent")


def test_the_specification_says_which_operations_need_a_key(served: FlaskClient) -> None:
    spec: dict[str, Any] = served.get("/openapi.json").json
    assert spec["components"]["securitySchemes"]["key"]["scheme"] == "bearer"
    for path, operations in spec["paths"].items():
        for operation in (value for method, value in operations.items() if method != "parameters"):
            assert ("security" in operation) is ("401" in operation["responses"]) is (path not in OPEN)


@pytest.mark.parametrize("path", ["/v1/cases/a%00b", "/v1/decisions/x%00", "/v1/cases/x%00/timeline"])
def test_a_name_with_a_nul_is_nowhere(served: FlaskClient, path: str) -> None:
    assert served.get(path).status_code == 404


def test_a_parameter_with_a_nul_is_refused(served: FlaskClient) -> None:
    answer = served.get("/v1/decisions?customer=a%00b")
    assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (400, "?customer")
