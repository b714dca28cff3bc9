from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from service.api.schemas.events import FORMS
from service.auth import Caller
from tests.support.at_counter import Time, complaint
from tests.support.budget import budget
from tests.support.cases import GOOD
from tests.support.clients import refused
from tests.support.random_json import JSON


@pytest.fixture
def no(served_office: FlaskClient) -> str:
    """Return the number of a case."""
    answer = served_office.post("/v1/decisions", json=complaint())
    assert answer.status_code == 201
    return str(answer.json["case_no"])


def happen(client: FlaskClient, no: str, kind: str, **event: Any) -> Any:
    return client.post(f"/v1/cases/{no}/events", json={"kind": kind, **event}, headers={"Accept-Language": "en"})


def test_a_case_is_continued_over_http(served_office: FlaskClient, no: str) -> None:
    answer = happen(served_office, no, "return_inspected", result="swapped", facts={"return.result": "swapped"})
    assert answer.status_code == 201
    body = answer.json
    assert (body["kind"], body["state"], body["masked"]) == ("return_inspected", "in_progress", ["customer.name"])
    assert body["decision"]["recommendation"]["outcome"] == "refuse"
    assert served_office.get(f"/v1/decisions/{body['decision']['id']}").json["because"] == "return_inspected"
    story = served_office.get(answer.headers["Location"], headers={"Accept-Language": "en"}).json
    assert [item["kind"] for item in story["items"]] == ["decision", "event", "decision"]
    assert story["items"][1]["text"].startswith("The owner inspected the return")


@pytest.mark.meets("S-140")
def test_an_event_without_facts_is_noted_alone(served_office: FlaskClient, no: str) -> None:
    body = happen(served_office, no, "note", note="已致电").json
    assert (body["decision"], body["state"]) == (None, "in_progress")


def test_a_payment_by_hand_wants_the_outcome_first(served_office: FlaskClient, no: str) -> None:
    decision = served_office.get(f"/v1/cases/{no}").json["decision"]
    problem = refused(happen(served_office, no, "executed", reference="P1", refund_fen=2560), 409, "outcome_first")
    assert f"record the outcome first, at /v1/decisions/{decision}/outcome" in problem["title"]
    address, key = f"/v1/decisions/{decision}/outcome", {"Idempotency-Key": "1"}
    assert served_office.post(address, json={"choice": "accepted"}, headers=key).status_code == 201
    refused(happen(served_office, no, "executed", reference="P1", refund_fen=2561), 409, "more_than_outcome")
    refused(happen(served_office, no, "executed", reference="P1", refund_fen=2560), 409, "goods_first")
    assert happen(served_office, no, "return_inspected", result="passed").status_code == 201
    assert happen(served_office, no, "executed", reference="P1", refund_fen=2560).json["state"] == "done"


def test_cases_are_listed_filtered_and_shown(served_office: FlaskClient, no: str, time: Time) -> None:
    other = served_office.post("/v1/decisions", json=complaint(customer={"id": "C2"})).json["case_no"]
    assert [item["no"] for item in served_office.get("/v1/cases").json["items"]] == [other, no]
    assert [item["no"] for item in served_office.get("/v1/cases?customer=C2&state=in_progress").json["items"]] == [
        other
    ]
    page = served_office.get("/v1/cases?limit=1").json
    rest = served_office.get(f"/v1/cases?limit=1&cursor={page['next_cursor']}").json
    assert ([item["no"] for item in rest["items"]], rest["next_cursor"]) == ([no], None)
    happen(served_office, no, "note", note="x", meets=["respond_by"])
    time.pass_(days=1)
    assert [item["no"] for item in served_office.get("/v1/cases?overdue=true").json["items"]] == [other]
    assert served_office.get(f"/v1/cases/{no}").json["latest"]["mode"] == "auto"


def test_missed_deadlines_are_listed_and_escalated_once(served_office: FlaskClient, no: str, time: Time) -> None:
    time.pass_(days=1)
    assert [item["case_no"] for item in served_office.get("/v1/overdue").json["items"]] == [no]
    assert [item["mode"] for item in served_office.post("/v1/overdue/escalation").json["items"]] == ["lead"]
    assert served_office.post("/v1/overdue/escalation").json == {"items": []}


def test_an_invalid_event_is_refused_with_pointers(served_office: FlaskClient, no: str) -> None:
    problem = refused(happen(served_office, no, "satisfaction", score=9, mood="good"), 422, "event_does_not_fit")
    assert [fault["pointer"] for fault in problem["errors"]] == ["/mood", "/score"]
    problem = refused(
        happen(served_office, no, "evidence_added", facts={"return.result": "x"}), 422, "event_does_not_fit"
    )
    assert [fault["pointer"] for fault in problem["errors"]] == ["/facts/return.result"]
    refused(happen(served_office, no, "archived"), 409, "not_now")
    refused(served_office.post(f"/v1/cases/{no}/events", data="x"), 415, "not_json")


@pytest.mark.parametrize("path", ["", "/timeline", "/events"])
def test_a_missing_case_is_not_found(served_office: FlaskClient, path: str) -> None:
    address = f"/v1/cases/Tousu-20261122-0404{path}"
    answer = served_office.post(address, json={"kind": "closed"}) if path == "/events" else served_office.get(address)
    refused(answer, 404, "no_case")


@pytest.mark.parametrize(
    "query",
    [
        "state=going",
        "limit=0",
        "limit=201",
        "limit=x",
        "cursor=-1",
        "overdue=yes",
        "customer=",
        "colour=red",
        "state=done&state=done",
    ],
)
def test_parameters_that_do_not_fit_are_refused(served_office: FlaskClient, query: str) -> None:
    refused(served_office.get(f"/v1/cases?{query}"), 400, "bad_query")


@pytest.mark.parametrize(
    ("method", "path", "body", "scope"),
    [
        ("GET", "", None, "ledger:read"),
        ("GET", "/X", None, "ledger:read"),
        ("GET", "/X/timeline", None, "ledger:read"),
        ("POST", "/X/events", {"kind": "closed"}, "record"),
        ("POST", "/X/events", {"kind": "executed", "reference": "P", "refund_fen": 1}, "override"),
    ],
)
def test_each_operation_asks_for_its_scope(
    served_office: FlaskClient, monkeypatch: pytest.MonkeyPatch, method: str, path: str, body: Any, scope: str
) -> None:
    scopes = frozenset({"record", "ledger:read"} if scope == "override" else ())
    monkeypatch.setattr("service.api.access.OWNER", Caller("guest", "editor", scopes))
    problem = refused(served_office.open(f"/v1/cases{path}", method=method, json=body), 403, "not_allowed")
    assert scope in problem["title"]


def test_only_an_administrator_escalates(served_office: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.api.access.OWNER", Caller("guest", "lead", frozenset({"ledger:read"})))
    refused(served_office.post("/v1/overdue/escalation"), 403, "not_allowed")
    assert served_office.get("/v1/overdue").status_code == 200


def test_answers_are_as_specified(served_office: FlaskClient, no: str, time: Time) -> None:
    spec: Any = served_office.get("/openapi.json").json

    def validate(schema: str, value: Any) -> None:
        whole = {"$ref": f"#/components/schemas/{schema}", "components": spec["components"]}
        Draft202012Validator(whole).validate(value)

    validate("EventRecorded", happen(served_office, no, "note", note="x").json)
    validate("EventRecorded", happen(served_office, no, "person_requested").json)
    validate("EventRecorded", happen(served_office, no, "evidence_added", facts={"evidence.count": 1}).json)
    time.pass_(days=1)
    validate("Overdue", served_office.get("/v1/overdue").json)
    validate("Escalated", served_office.post("/v1/overdue/escalation").json)
    validate("CasePage", served_office.get("/v1/cases").json)
    validate("CaseStanding", served_office.get(f"/v1/cases/{no}").json)
    validate("Timeline", served_office.get(f"/v1/cases/{no}/timeline").json)
    for event in GOOD:
        if "case" not in event:
            validate("Event", event)


EVENTS = st.fixed_dictionaries(
    {"kind": st.sampled_from(sorted(FORMS))},
    optional={
        name: JSON | st.just(value)
        for name, value in {
            "note": "x", "at": "2026-11-22T10:00:00+08:00", "meets": ["respond_by"], "facts": {"evidence.count": 1},
            "issue": 0, "line": "1", "case": complaint(), "references": ["x"], "tracking_no": "x", "result": "passed",
            "option": 0, "reference": "x", "refund_fen": 1, "score": 5, "tag": "x", "handler": "x",
        }.items()
    },
)  # fmt: skip


@settings(max_examples=budget(40, 600), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(event=EVENTS)
def test_any_event_is_recorded_or_refused(served_office: FlaskClient, no: str, event: dict[str, Any]) -> None:
    answer = served_office.post(f"/v1/cases/{no}/events", json=event)
    assert answer.status_code in (201, 400, 409, 422)
    assert answer.json
