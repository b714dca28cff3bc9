"""What a request may ask at most: instants to come, values outside of their ranges, and cases that take too long."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from rules.deciding.budget import STEP_LIMIT
from service.api.app import create_app
from service.casework.decisions import facts
from service.packs import Ready
from service.validation import fields
from service.validation.issue import MOST_NEAREST, MOST_REPORTED
from tests.support.at_counter import complaint

IN_A_DAY = "2026-11-23T10:00:00+08:00"  # the counter's clock says 2026-11-22T10:00:00+08:00
LATER = "2026-11-23T10:00:01+08:00"


def bare(*issues: dict[str, Any], at: str = "2026-08-14T15:00:00+08:00") -> dict[str, Any]:
    return {"submitted_at": at, "at": at, "issues": list(issues)}


def alone(client: FlaskClient, case: dict[str, Any], query: str = "") -> tuple[int, dict[str, Any]]:
    answer = client.post(f"/v1/decisions{query}", json=case, headers={"Accept-Language": "en"})
    return answer.status_code, answer.json


def in_a_batch(client: FlaskClient, case: dict[str, Any], query: str = "") -> tuple[int, dict[str, Any]]:
    answer = client.post(f"/v1/decisions/batch{query}", json={"items": [case]}, headers={"Accept-Language": "en"})
    (result,) = answer.json["items"]
    return result["status"], result["problem"] if "problem" in result else result["decision"]


Asked = Callable[..., tuple[int, dict[str, Any]]]


@pytest.mark.parametrize("asked", [alone, in_a_batch])
def test_no_decision_takes_effect_at_an_instant_to_come(served_office: FlaskClient, asked: Asked) -> None:
    assert asked(served_office, complaint(at=IN_A_DAY))[0] == 201
    status, body = asked(served_office, complaint(at=LATER))
    assert (status, body["code"]) == (422, "case_does_not_fit")
    (fault,) = body["errors"]
    assert (fault["pointer"], fault["code"]) == ("/at", "not_yet")
    assert "?mode=simulate" in fault["message"]


@pytest.mark.parametrize("asked", [alone, in_a_batch])
def test_what_is_only_tried_may_lie_in_the_future(served_office: FlaskClient, asked: Asked) -> None:
    assert asked(served_office, complaint(at=LATER), "?mode=simulate")[0] == 200


def test_events_and_appeals_cannot_bring_a_case_of_the_future(served_office: FlaskClient) -> None:
    _, first = alone(served_office, complaint())
    ahead = complaint(at=LATER)
    event = served_office.post(f"/v1/cases/{first['case_no']}/events", json={"kind": "person_requested", "case": ahead})
    assert [(fault["pointer"], fault["code"]) for fault in event.json["errors"]] == [("/case/at", "not_yet")]
    appeal = {"by": "customer", "grounds": "x", "case": ahead}
    answer = served_office.post(
        f"/v1/decisions/{first['id']}/appeal", json=appeal, headers={"Idempotency-Key": "appeal-1"}
    )
    assert [(fault["pointer"], fault["code"]) for fault in answer.json["errors"]] == [("/case/at", "not_yet")]


# ---- the packs


@pytest.fixture(scope="module")
def shop_of_china(cn: Ready) -> FlaskClient:
    return create_app({"PACK": cn, "TESTING": True}).test_client()


def test_values_outside_of_their_ranges_are_refused_with_pointers(shop_of_china: FlaskClient) -> None:
    case = bare({"kind": "quality", "line": "1", "quantity": 0})
    case["order"] = {
        "refunded_fen": 10**12,
        "lines": [{"id": "1", "quantity": 0, "paid_fen": -1, "refunded_quantity": -1}],
    }
    case["customer"] = {"orders_180d": -1, "refunds_180d": 0}
    status, body = alone(shop_of_china, case, "?mode=simulate")
    assert status == 422
    assert {(fault["pointer"], fault["code"]) for fault in body["errors"]} == {
        ("/issues/0/quantity", "too_small"),
        ("/order/refunded_fen", "money_range"),
        ("/order/lines/0/quantity", "too_small"),
        ("/order/lines/0/paid_fen", "money_range"),
        ("/order/lines/0/refunded_quantity", "too_small"),
        ("/customer/orders_180d", "too_small"),
    }


def test_every_number_of_the_vocabulary_has_a_range(shop_of_china: FlaskClient) -> None:
    facts = shop_of_china.get("/v1/vocabulary").json["items"]
    numbers = {item["name"]: item["type"] for item in facts if item["type"]["kind"] in ("number", "money", "ratio")}
    assert len(numbers) > 80
    assert [name for name, kind in numbers.items() if kind.get("minimum", -1) < 0 or "maximum" not in kind] == []


def test_fifty_equal_issues_cost_little_and_ask_nothing_that_one_does_not_ask(
    shop_of_china: FlaskClient, cn: Ready
) -> None:
    case = bare(*[{"kind": "quality"}] * 50)
    assert cn.decider.decision(case).steps < STEP_LIMIT
    status, body = alone(shop_of_china, case, "?mode=simulate")
    one = alone(shop_of_china, bare({"kind": "quality"}), "?mode=simulate")[1]["recommendation"]
    assert (status, body["recommendation"]["outcome"]) == (200, "ask")
    asked, asked_of_one = (
        {(question["fact"], question["value"]) for question in each["missing"]}
        for each in (body["recommendation"], one)
    )
    assert asked <= asked_of_one  # what matters only after another answer may be asked for later
    assert len(asked) > len(asked_of_one) - 3


def test_fifty_issues_of_which_nothing_is_known_go_to_a_person(shop_of_china: FlaskClient, cn: Ready) -> None:
    case = bare(*[{"kind": "quality", "description": f"no. {number}"} for number in range(50)])
    recommendation = alone(shop_of_china, case, "?mode=simulate")[1]["recommendation"]
    assert (recommendation["outcome"], recommendation["automation"]["mode"]) == ("review", "agent")
    assert {"code": "over_budget"} in recommendation["automation"]["reasons"]
    assert alone(shop_of_china, case, "?mode=simulate")[1]["recommendation"] == recommendation
    assert cn.decider.decision(case).steps < STEP_LIMIT + 3 * 50 * len(cn.pack.program.policies)


# ---- the errors that a request gets


def strange(name: str, many: int = 300) -> dict[str, int]:
    return {f"{name}_{n}": 1 for n in range(many)}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/v1/decisions", bare({"kind": "late"}) | strange("submitted_att")),
        ("POST", "/v1/cases/{}/events", {"kind": "note", "note": "x"} | strange("notes")),
        ("POST", "/v1/cases/{}/events", {"kind": "evidence_added", "note": "x", "facts": strange("submitted_att")}),
        ("POST", "/v1/webhooks", strange("events")),
        ("PUT", "/v1/budgets", strange("scope")),
        ("GET", "/v1/decisions?" + "&".join(strange("orders")), None),
    ],
)
def test_at_most_a_hundred_errors_are_reported(served_office: FlaskClient, method: str, path: str, body: Any) -> None:
    _, first = alone(served_office, complaint())
    answer = served_office.open(path.format(first["case_no"]), method=method, json=body)
    assert answer.status_code in (400, 422)
    assert len(answer.json["errors"]) == MOST_REPORTED


def test_validation_stops_after_the_errors_that_are_reported(
    served_office: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[str] = []
    for module in (fields, facts):
        monkeypatch.setattr(module, "nearest", lambda word, known: looked.append(word) or "")
    _, first = alone(served_office, complaint())
    event = {"kind": "evidence_added", "note": "x", "facts": strange("submitted_att")}
    served_office.post(f"/v1/cases/{first['case_no']}/events", json=event)
    assert 0 < len(looked) <= MOST_REPORTED
    looked.clear()
    served_office.post("/v1/decisions", json=bare({"kind": "late"}) | strange("submitted_att"))
    assert len(looked) == MOST_NEAREST
