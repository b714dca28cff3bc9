"""What /openapi.json says is what happens: every operation answers, and each problem that it names can be had."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from sqlalchemy import select
from sqlalchemy.exc import DisconnectionError
from werkzeug.test import TestResponse

from service.api.app import create_app
from service.auth import SCOPES, Caller
from service.ledger import keys
from service.ledger.store import Ledger
from service.ledger.tables import METADATA
from service.packs import Ready, prepare, read_policies
from service.policy_tests import examples
from service.reports.catalog import REPORTS
from service.settings import Settings
from tests.support.asking import believe
from tests.support.documented import Document, document
from tests.support.machines import CN, MACHINE, OTHER, PERSON, storm
from tests.support.places import PACKS, ROOT

LIBRARY = PACKS / "library"
ADMIN = Caller("root", "admin", frozenset(SCOPES))
CALLERS = {caller.name: caller for caller in (ADMIN, MACHINE, OTHER, PERSON)}
HOST = "127.0.0.1:9"
APPEAL = {"by": "customer", "grounds": "More of them were rotten"}
BODIES: dict[str, Any] = {  # one that fits, for each operation that takes a body
    "decide": storm(complaint__no="Tousu-20260101-9999"),
    "decide_batch": {"items": [storm()]},
    "recordEvent": {"kind": "note", "note": "called"},
    "take_outcome": {"choice": "accepted"},
    "approve": {"approve": True, "digest": "0"},
    "appeal": APPEAL,
    "execution": {"action": "claim"},
    "settle": {"action": "failed", "reason": "the bank knows of no payment"},
    "switch": {"on": False, "reason": "over"},
    "setBudget": {"scope": "day", "name": "*", "most": 1, "most_fen": 1},
    "review": {"right": True, "note": "as it should be"},
    "addWebhook": {"url": f"http://{HOST}/", "events": ["execution.late"]},
    "rotateWebhookSecret": {"grace_hours": 1},
}


@pytest.fixture
def app(cn: Ready, ledger: Ledger) -> Flask:
    """Return a service without keys, which takes this machine for its owner."""
    settings = Settings(webhook_hosts=(HOST,), drawn_percent=100)
    return create_app({"PACK": cn, "LEDGER": ledger, "SETTINGS": settings, "EXAMPLES": examples(CN, cn.pack)})


@pytest.fixture
def documented(app: Flask) -> Document:
    return document(app)


def ask(client: FlaskClient, method: str, path: str, by: str = ADMIN.name, **more: Any) -> TestResponse:
    headers = {"X-As": by, "Idempotency-Key": uuid4().hex, **more.pop("headers", {})}
    return client.open(path, method=method, headers=headers, **more)


def operations(documented: Document) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, some in documented.spec["paths"].items():
        for method, operation in some.items():
            if method != "parameters":
                yield method, path, operation


# ---- examples


def exampled(part: Any, at: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every schema of the document that has examples, with its place."""
    if isinstance(part, dict):
        if isinstance(part.get("examples"), list):
            yield at, part
        for name, inner in part.items():
            if name != "examples":
                yield from exampled(inner, f"{at}/{name}")
    elif isinstance(part, list):
        for number, inner in enumerate(part):
            yield from exampled(inner, f"{at}/{number}")


def test_every_example_fits_its_schema(documented: Document) -> None:
    found = dict(exampled(documented.spec))
    assert "/components/schemas/Case" in found
    for at, schema in found.items():
        validator = Draft202012Validator({**schema, "components": documented.spec["components"]})
        for example in schema["examples"]:
            assert list(validator.iter_errors(example)) == [], at


def test_every_example_of_a_case_is_decided(app: Flask, documented: Document) -> None:
    cases = documented.spec["components"]["schemas"]["Case"]["examples"]
    assert cases
    for case in cases:
        assert ask(app.test_client(), "POST", "/v1/decisions", json=case).status_code == 201


FINE = {
    "submitted_at": "2026-03-02T10:00:00+01:00",
    "order": {"lines": [{"id": "1", "paid_fen": 501}]},
    "issues": [{"loan": {"reader": "adult", "days_late": 2}}],
}


def test_a_pack_without_kinds_of_issues_is_served_and_described() -> None:
    ready, problems = prepare(read_policies(LIBRARY))
    assert ready is not None, problems
    client = create_app({"PACK": ready}).test_client()
    spec: dict[str, Any] = client.get("/openapi.json").json
    validator = Draft202012Validator({**spec["components"]["schemas"]["Case"], "components": spec["components"]})
    for case, status in ((FINE, 200), ({**FINE, "issues": [{"kind": "late"}]}, 422)):
        answer = client.post("/v1/decisions?mode=simulate", json=case)
        assert (answer.status_code, validator.is_valid(case)) == (status, status == 200)
    ready.close()


@pytest.mark.parametrize("name", ["cn", "eu"])
def test_the_document_of_each_pack_is_openapi_3_1(name: str) -> None:
    folder = ROOT / "policies" / name
    ready, problems = prepare(read_policies(folder))
    assert ready is not None, problems
    spec = document(create_app({"PACK": ready, "EXAMPLES": examples(folder, ready.pack)})).spec
    assert [error.message for error in OpenAPIV31SpecValidator(spec).iter_errors()] == []
    ready.close()


# ---- every operation


def test_every_operation_answers_as_documented(app: Flask, ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """Walk through the whole interface; the client holds each answer against the document."""
    believe(monkeypatch, "X-As", CALLERS, ADMIN.name)
    client = app.test_client()

    def get(path: str, by: str = ADMIN.name) -> Any:
        answer = ask(client, "GET", path, by)
        assert answer.status_code == 200, answer.text
        return answer.json if answer.is_json else answer.text

    def post(path: str, body: Any, status: int, by: str = ADMIN.name, method: str = "POST") -> Any:
        answer = ask(client, method, path, by, json=body)
        assert answer.status_code == status, answer.text
        return answer.json

    hook = post("/v1/webhooks", BODIES["addWebhook"], 201)["id"]
    post(f"/v1/webhooks/{hook}/secret", {"grace_hours": 1}, 200)
    post("/v1/decisions?mode=simulate", storm(), 200)
    post("/v1/decisions/batch", {"items": [storm(7), storm(8)]}, 200)
    first, second, third, fourth = (post("/v1/decisions", storm(number), 201) for number in (1, 2, 3, 4))
    post(f"/v1/decisions/{first['id']}/execution", {"action": "claim"}, 200, MACHINE.name)
    post(f"/v1/decisions/{first['id']}/execution", {"action": "executed", "reference": "P1"}, 200, MACHINE.name)
    post(f"/v1/decisions/{first['id']}/review", BODIES["review"], 200, PERSON.name)
    post(f"/v1/decisions/{second['id']}/execution", {"action": "claim"}, 200, MACHINE.name)
    override = {"choice": "override", "override": {"kind": "refund", "refund_fen": 12800}, "reason": "hardship"}
    waits = post(f"/v1/decisions/{third['id']}/outcome", override, 202, PERSON.name)
    assert waits["proposal"]["choice"] == waits["proposal"]["way"] == "override"
    get("/v1/approvals")
    accepted = post(f"/v1/decisions/{fourth['id']}/outcome", {"choice": "accepted"}, 201, PERSON.name)
    assert accepted["outcome"]["choice"] == "accepted"
    approved = post(f"/v1/decisions/{third['id']}/approval", {"approve": True, "digest": third["digest"]}, 201)
    assert approved["outcome"]["choice"] == "override"
    assert get(f"/v1/decisions/{third['id']}/outcome") == approved
    post(f"/v1/decisions/{third['id']}/appeal", APPEAL, 201)
    post(f"/v1/cases/{first['case_no']}/events", {"kind": "note", "note": "called"}, 201)
    now = ledger.now
    monkeypatch.setattr(ledger, "now", lambda: now() + timedelta(days=60))
    post("/v1/executions/sweep", None, 200, MACHINE.name)
    post(f"/v1/decisions/{second['id']}/execution/settlement", BODIES["settle"], 200, PERSON.name)
    for path in ("/v1/decisions", "/v1/cases", "/v1/executions", "/v1/executions/next", "/v1/reviews", "/v1/overdue"):
        assert get(path)["items"], path
    post("/v1/overdue/escalation", None, 200)
    post("/v1/budgets", BODIES["setBudget"], 200, method="PUT")
    post("/v1/switches/all/*", {"on": True, "reason": "drill"}, 200, method="PUT")
    reports = [f"/v1/reports/{one['name']}" for one in get("/v1/reports")["items"]]
    for path in (
        *reports,
        f"{reports[0]}?format=csv",
        *("/v1/switches", "/v1/budgets", "/v1/webhooks", "/v1/outcome-reasons", "/v1/meta/enums", "/v1/vocabulary"),
        *("/v1/export", "/v1/export?format=jsonl", "/healthz", "/readyz", "/metrics"),
        f"/v1/decisions/{first['id']}",
        f"/v1/cases/{first['case_no']}",
        f"/v1/cases/{first['case_no']}/timeline",
        f"/v1/webhooks/{hook}/deliveries",
    ):
        get(path)
    assert ask(client, "DELETE", f"/v1/webhooks/{hook}").status_code == 204
    documented = document(app)
    good = {(one["operationId"], status) for _, _, one in operations(documented) for status in one["responses"]}
    assert {one for one in good if one[1] < "300"} - documented.seen == set()


def rows(ledger: Ledger) -> bytes:
    """Return every row of every table as text."""
    with ledger.reading() as connection:
        kept = {table.name: connection.execute(select(table)).all() for table in METADATA.sorted_tables}
    return repr({name: sorted(map(repr, found)) for name, found in kept.items()}).encode()


def test_reading_leaves_every_table_as_it_was(
    app: Flask, documented: Document, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though a claim is late, deadlines were missed and a message waits: what is due is for others to do."""
    believe(monkeypatch, "X-As", CALLERS, ADMIN.name)
    client = app.test_client()
    hook = ask(client, "POST", "/v1/webhooks", json=BODIES["addWebhook"]).json["id"]
    decision = ask(client, "POST", "/v1/decisions", json=storm()).json
    ask(client, "POST", f"/v1/decisions/{decision['id']}/execution", MACHINE.name, json={"action": "claim"})
    now = ledger.now
    monkeypatch.setattr(ledger, "now", lambda: now() + timedelta(days=60))
    names = {"decision_id": decision["id"], "case_no": decision["case_no"], "webhook_id": hook, **KNOWN}
    before = rows(ledger)
    for method, path, _ in operations(documented):
        if method == "get":
            address = re.sub(r"{(\w+)}", lambda part: names[part[1]], path)
            assert ask(client, "GET", address).status_code == 200, address
            assert rows(ledger) == before, address
    assert ask(client, "GET", "/v1/executions?state=late").json["items"]


# ---- every problem

Send = Callable[..., TestResponse]
KNOWN = {"scope": "all", "name": next(iter(REPORTS))}  # parts of addresses that are looked at before a body is
UNPROVOKED = ("409", "410", "500")  # of states, erased payloads and defects: each has its own tests


def sender(client: FlaskClient, **environment: str) -> Send:
    """Return what sends a good request to an operation at names that nothing has, or another body to what there is."""

    def send(method: str, path: str, operation: dict[str, Any], **more: Any) -> TestResponse:
        known = KNOWN if more else {}
        address = re.sub(r"{(\w+)}", lambda part: known.get(part[1], "nowhere"), path)
        if "requestBody" in operation and not more:
            more = {"json": BODIES[operation["operationId"]]}
        return ask(client, method, address, environ_overrides=environment, **more)

    return send


def bad_request(send: Any, method: str, path: str, operation: dict[str, Any]) -> TestResponse:
    """Send a body that is no JSON, or a parameter that there is not."""
    if "requestBody" in operation:
        answer: TestResponse = send(method, path, operation, data=b"{", content_type="application/json")
        return answer
    sent: TestResponse = send(method, path, operation, query_string={"nonsense": "1"})
    return sent


def differing(documented: Document, provoked: Mapping[str, Send]) -> list[tuple[str, str, int]]:
    """Return the operations that do not answer a status that they document, with what they answer instead."""
    answers = [
        (operation["operationId"], status, provoked[status](method, path, operation).status_code)
        for method, path, operation in operations(documented)
        for status in sorted({*operation["responses"]} & {*provoked})
    ]
    return [one for one in answers if int(one[1]) != one[2]]


def test_each_problem_that_is_documented_happens(app: Flask, documented: Document) -> None:
    send = sender(app.test_client())
    provoked: dict[str, Send] = {
        "400": lambda *one: bad_request(send, *one),
        "403": sender(app.test_client(), REMOTE_ADDR="192.0.2.1"),
        "404": send,
        "413": lambda *one: send(*one, data=b"x" * (33 * 2**20), content_type="application/json"),
        "415": lambda *one: send(*one, data=b"{}", content_type="text/plain"),
        "422": lambda *one: send(*one, data=b"[]", content_type="application/json"),
    }
    assert differing(documented, provoked) == []


def test_without_a_key_and_without_a_ledger_every_operation_says_so(
    app: Flask, documented: Document, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, token = keys.make(ledger, "till", "back_end", (), "owner")
    assert differing(documented, {"401": sender(app.test_client())}) == []

    def broken(*_: object) -> None:
        raise DisconnectionError

    monkeypatch.setattr(keys, "find", broken)
    without = {"503": sender(app.test_client(), HTTP_AUTHORIZATION=f"Bearer {token}")}
    assert differing(documented, without) == [("readyz", "503", 200)]  # it asks for no key, and its ledger can be read
    assert create_app().test_client().get("/readyz").status_code == 503


def test_no_other_status_is_documented(documented: Document) -> None:
    for _, _, operation in operations(documented):
        known = {"200", "201", "202", "204", "400", "401", "403", "404", "413", "415", "422", "503", *UNPROVOKED}
        assert set(operation["responses"]) <= known, operation["operationId"]
        assert json.dumps(operation).count("DEFAULT_ERROR") == 0
