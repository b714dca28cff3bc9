"""Every address with every role, without a key, with a revoked one, and with one that is bound to another merchant."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.api.app import create_app
from service.auth import ADDRESSES, CALLERS, GRANTED, READ, SCOPES, Need, Part, allowed
from service.ledger import keys
from service.ledger.store import Ledger
from service.packs import Ready
from tests.support.clients import refused
from tests.support.machines import storm

LISTED = {address for address in ADDRESSES if "?" not in address and "#" not in address}
OF_A_CASE = ("<decision_id>", "<case_no>")


@dataclass(frozen=True)
class House:
    """A service with a decision of one merchant, and a token for each who may ask."""

    client: FlaskClient
    tokens: dict[str, str]
    names: dict[str, str]  # what stands for each parameter of an address

    def ask(self, address: str, who: str | None, **sent: Any) -> TestResponse:
        method, _, path = address.partition(" ")
        for parameter, value in self.names.items():
            path = path.replace(parameter, value)
        headers = {"Idempotency-Key": uuid4().hex, "Accept-Language": "en"}
        if who is not None:
            headers["Authorization"] = f"Bearer {self.tokens[who]}"
        body = {"json": sent.get("json", {})} if method in ("POST", "PUT") else {}
        return self.client.open(path, method=method, headers=headers, **body)


@pytest.fixture
def house(cn: Ready, ledger: Ledger) -> House:
    tokens = {role: keys.make(ledger, role, role, (), "owner")[1] for role in CALLERS}
    tokens["bound"] = keys.make(ledger, "bound", "admin", (), "owner", ["Shop Two"])[1]
    tokens["revoked"] = keys.make(ledger, "revoked", "admin", (), "owner")[1]
    keys.revoke(ledger, "revoked", "owner")
    client = create_app({"PACK": cn, "LEDGER": ledger}).test_client()
    decision = client.post("/v1/decisions", json=storm(), headers={"Authorization": f"Bearer {tokens['agent']}"}).json
    names = {
        "<decision_id>": decision["id"],
        "<case_no>": decision["case_no"],
        "<webhook_id>": "whk_0",
        "<scope>": "all",
    }
    return House(client, tokens, names | {"<name>": "cause", "<path:name>": "*"})


def routes(client: FlaskClient) -> Iterator[str]:
    for rule in client.application.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield f"{method} {rule.rule}"


def wanted(address: str, need: Need, role: str) -> int:
    """Return the status by which the matrix says that a role is refused; 0 where it is not."""
    if not allowed(need, frozenset(GRANTED[role])):
        return 403
    unseen = need.part is Part.OWN and READ not in GRANTED[role]  # for somebody else decided it
    return 404 if unseen and any(name in address for name in OF_A_CASE) else 0


def test_every_address_is_listed_and_nothing_else_is(house: House) -> None:
    assert set(routes(house.client)) == LISTED


@pytest.mark.parametrize("role", CALLERS)
def test_every_address_answers_each_role_as_listed(house: House, role: str) -> None:
    found = {address: house.ask(address, role) for address in LISTED}
    refusals = {
        address: answer.status_code
        for address, answer in found.items()
        if answer.status_code in (401, 403)
        or (answer.status_code == 404 and answer.json["code"] in ("no_case", "no_decision"))
    }
    listed = {address: wanted(address, ADDRESSES[address], role) for address in LISTED}
    assert refusals == {address: status for address, status in listed.items() if status}
    assert max(answer.status_code for answer in found.values()) < 500


@pytest.mark.parametrize("who", [None, "revoked"])
def test_without_a_key_in_force_only_what_is_open_answers(house: House, who: str | None) -> None:
    for address in LISTED:
        answer = house.ask(address, who)
        if ADDRESSES[address].part is Part.OPEN:
            assert answer.status_code == 200
        else:
            refused(answer, 401, "no_key")


def test_a_key_bound_to_another_merchant_finds_nothing_of_this_one(house: House) -> None:
    for address in LISTED:
        answer = house.ask(address, "bound")
        if ADDRESSES[address].part is Part.WHOLE:
            refused(answer, 403, "key_is_bound")
        elif any(name in address for name in OF_A_CASE):
            refused(answer, 404, "no_case" if "<case_no>" in address else "no_decision")
        else:
            assert answer.status_code not in (401, 403)
            assert house.names["<decision_id>"] not in answer.text
            assert house.names["<case_no>"] not in answer.text


@pytest.mark.parametrize("name", OF_A_CASE)
def test_objects_of_another_merchant_are_answered_as_missing(house: House, name: str) -> None:
    there, nowhere = house.names[name], "dec_01KZZZZZZZZZZZZZZZZZZZZZZZ"
    elsewhere = House(house.client, house.tokens, house.names | {name: nowhere})
    for address in (address for address in LISTED if name in address):
        one, other = house.ask(address, "bound"), elsewhere.ask(address, "bound")
        assert one.status_code == other.status_code == 404
        ours, none = ({**answer.json, "request_id": ""} for answer in (one, other))
        assert {key: str(value).replace(there, nowhere) for key, value in ours.items()} == none | {"status": "404"}


@pytest.mark.parametrize("role", CALLERS)
def test_simulating_and_booking_a_payment_ask_for_scopes_of_their_own(house: House, role: str) -> None:
    scopes = frozenset(GRANTED[role])
    for path in ("/v1/decisions", "/v1/decisions/batch"):
        simulated = house.ask(f"POST {path}?mode=simulate", role)
        assert (simulated.status_code != 403) is allowed(ADDRESSES[f"POST {path}?mode=simulate"], scopes)
    executed = {"kind": "executed", "reference": "P", "refund_fen": 1}
    answer = house.ask("POST /v1/cases/<case_no>/events", role, json=executed)
    needs = [ADDRESSES[f"POST /v1/cases/<case_no>/events{kind}"] for kind in ("", "#executed")]
    assert (answer.status_code != 403) is (all(allowed(need, scopes) for need in needs) or role == "back_end")


@pytest.mark.parametrize("kind", ["closed", "return_inspected", "note"])
def test_an_editor_simulates_and_reads_but_changes_nothing(house: House, kind: str) -> None:
    assert (
        house.client.post(
            "/v1/decisions?mode=simulate", json=storm(2), headers={"Authorization": f"Bearer {house.tokens['editor']}"}
        ).status_code
        == 200
    )
    assert house.ask("GET /v1/reports/<name>", "editor").status_code == 200
    assert house.ask("GET /v1/decisions/<decision_id>", "editor").status_code == 200
    refused(house.ask("POST /v1/decisions", "editor", json=storm(2)), 403, "not_allowed")
    refused(house.ask("POST /v1/decisions/batch", "editor", json={"items": [storm(2)]}), 403, "not_allowed")
    refused(house.ask("POST /v1/cases/<case_no>/events", "editor", json={"kind": kind}), 403, "not_allowed")
    refused(house.ask("POST /v1/decisions/<decision_id>/appeal", "editor"), 403, "not_allowed")


def test_an_address_that_is_not_listed_is_refused(house: House, cn: Ready, ledger: Ledger) -> None:
    app = create_app({"PACK": cn, "LEDGER": ledger})
    app.add_url_rule("/v1/forgotten", "forgotten", lambda: "answered")
    asked = {"Authorization": f"Bearer {house.tokens['admin']}"}
    refused(app.test_client().get("/v1/forgotten", headers=asked), 403, "not_listed")


def test_every_scope_is_asked_for_and_granted() -> None:
    assert {scope for need in ADDRESSES.values() for scope in need.scopes} == {*SCOPES}
    assert {scope for scopes in GRANTED.values() for scope in scopes} == {*SCOPES}
