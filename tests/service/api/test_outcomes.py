from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, settings
from hypothesis import given as supposed
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from service.api.app import create_app
from service.ledger.store import Ledger
from service.packs import Ready
from tests.support.asking import believe
from tests.support.budget import budget
from tests.support.cases import CASE
from tests.support.clients import refused, validator
from tests.support.people import ANN, BEN, LEO, LIN, MAY, mandarins, override, person

PEOPLE = {one.name: one for one in (ANN, BEN, LEO, LIN, MAY, person("eve", "editor"), person("bot", "back_end"))}
APPEAL = {"by": "customer", "grounds": "More of them were rotten"}


@pytest.fixture
def people(cn: Ready, ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    """Return a client of a service that takes everyone for who he says he is."""
    believe(monkeypatch, "X-Test-As", PEOPLE, "ann")
    config = {"PACK": cn, "LEDGER": ledger, "CLOCK": lambda _: "2026-11-09T17:00:00+08:00", "TESTING": True}
    return create_app(config).test_client()


def post(client: FlaskClient, path: str, body: Any, by: str = "ann") -> TestResponse:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"X-Test-As": by, "Content-Type": "application/json", "Accept-Language": "en"}
    headers["Idempotency-Key"] = uuid4().hex
    return client.post(path, data=data, headers=headers)


def get(client: FlaskClient, path: str, by: str = "ann") -> TestResponse:
    return client.get(path, headers={"X-Test-As": by, "Accept-Language": "en"})


@pytest.fixture
def decision(people: FlaskClient) -> Mapping[str, Any]:
    decision: Mapping[str, Any] = post(people, "/v1/decisions", mandarins()).json
    return decision


@pytest.fixture
def path(decision: Mapping[str, Any]) -> str:
    return f"/v1/decisions/{decision['id']}"


def agreed(decision: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
    return {"approve": True, "digest": decision["digest"], **changes}


def test_from_an_override_above_the_limit_to_its_approval_by_another(
    people: FlaskClient, decision: Mapping[str, Any], path: str
) -> None:
    proposed = post(people, f"{path}/outcome", override(refund_fen=3960, goodwill_fen=9000))
    assert (proposed.status_code, proposed.json["state"]) == (202, "waiting")
    (item,) = get(people, "/v1/approvals", "leo").json["items"]
    assert (item["decision"], item["may_approve"], item["proposal"]["by"]) == (decision["id"], True, "ann")
    approved = post(people, f"{path}/approval", agreed(decision, note="good"), "leo")
    assert (approved.status_code, approved.json["state"]) == (201, "changed")
    assert get(people, f"{path}/outcome").json == approved.json
    story = get(people, f"/v1/cases/{decision['case_no']}/timeline").json["items"]
    chosen = [proposed.json["proposal"], approved.json["outcome"], *(item["body"] for item in story[1::2])]
    assert [(one["choice"], one["way"]) for one in chosen] == [("override", "override")] * len(chosen)
    assert get(people, "/v1/approvals", "leo").json == {"items": [], "next_cursor": None}
    assert get(people, path).json["state"] == "changed"


def test_no_outcome_and_no_approval_without_an_idempotency_key(people: FlaskClient, path: str) -> None:
    for action in ("outcome", "approval"):
        refused(people.post(f"{path}/{action}", json={}, headers={"X-Test-As": "leo"}), 400, "key_missing")


def test_an_outcome_that_holds_and_its_repetition(people: FlaskClient, path: str) -> None:
    assert post(people, f"{path}/outcome", {"choice": "accepted"}).status_code == 201
    problem = refused(post(people, f"{path}/outcome", {"choice": "accepted"}), 409, "already_taken")
    assert path.rpartition("/")[2] in problem["title"]


def test_an_appeal_is_a_new_decision(people: FlaskClient, decision: Mapping[str, Any], path: str) -> None:
    answer = post(people, f"{path}/appeal", APPEAL | {"case": mandarins(spoiled_ratio="0.50")})
    assert (answer.status_code, answer.json["follows"], answer.json["mode"]) == (201, decision["id"], "agent")
    assert get(people, answer.headers["Location"]).json["because"] == "appeal"
    assert post(people, f"{path}/outcome", {"choice": "accepted"}).json["code"] == "not_latest"


def test_answers_are_as_specified(people: FlaskClient, decision: Mapping[str, Any], path: str) -> None:
    spec: dict[str, Any] = people.get("/openapi.json").json
    validator(spec, "DecisionStanding").validate(get(people, f"{path}/outcome").json)
    body = {**override(refund_fen=3960, goodwill_fen=9000), "note": "as agreed"}
    validator(spec, "OutcomeChoice").validate(body)
    validator(spec, "DecisionStanding").validate(post(people, f"{path}/outcome", body).json)
    validator(spec, "Approvals").validate(get(people, "/v1/approvals", "may").json)
    validator(spec, "ApprovalChoice").validate(agreed(decision))
    validator(spec, "DecisionStanding").validate(post(people, f"{path}/approval", agreed(decision), "leo").json)
    validator(spec, "Appeal").validate(APPEAL)
    validator(spec, "Decision").validate(post(people, f"{path}/appeal", APPEAL).json)
    validator(spec, "OutcomeReasons").validate(get(people, "/v1/outcome-reasons").json)
    validator(spec, "Problem").validate(post(people, f"{path}/outcome", {}).json)


def test_every_reason_has_a_label_in_both_languages(people: FlaskClient) -> None:
    items = get(people, "/v1/outcome-reasons").json["items"]
    assert {"agreed_with_customer", "another"} <= {item["code"] for item in items}
    assert all(item["label"]["zh"] and item["label"]["en"] for item in items)


# ---- who may


@pytest.mark.parametrize(
    ("action", "body", "by", "scope"),
    [
        ("outcome", {"choice": "accepted"}, "eve", "override"),
        ("outcome", {"choice": "accepted"}, "bot", "override"),
        ("approval", {"approve": True, "digest": "x"}, "ann", "approve"),
    ],
)
def test_each_action_has_its_scope(people: FlaskClient, path: str, action: str, body: Any, by: str, scope: str) -> None:
    assert scope in refused(post(people, f"{path}/{action}", body, by), 403, "not_allowed")["title"]


def test_lists_have_their_scopes(people: FlaskClient, path: str) -> None:
    refused(get(people, "/v1/approvals", "ann"), 403, "not_allowed")
    refused(get(people, f"{path}/outcome", "bot"), 404, "no_decision")


def test_the_proposer_learns_that_another_person_must_approve(
    people: FlaskClient, decision: Mapping[str, Any], path: str
) -> None:
    post(people, f"{path}/outcome", override(refund_fen=1000), "leo")
    own = post(people, f"{path}/approval", agreed(decision), "leo")
    assert "another person" in refused(own, 403, "own_proposal")["title"]
    post(people, f"{path}/approval", agreed(decision, approve=False), "lin")
    post(people, f"{path}/outcome", override(refund_fen=3960, goodwill_fen=20_000))
    assert "manager" in refused(post(people, f"{path}/approval", agreed(decision), "lin"), 403, "role_too_low")["title"]


def test_refusals_in_chinese_have_no_codes_and_readable_amounts(
    people: FlaskClient, decision: Mapping[str, Any], path: str
) -> None:
    def title(action: str, body: Any, by: str) -> str:
        headers = {"X-Test-As": by, "Idempotency-Key": uuid4().hex}
        return str(people.post(f"{path}/{action}", json=body, headers=headers).json["title"])

    much = title("outcome", override(refund_fen=9901), "leo")
    assert much == "退款 99.01元 超出可退金额：实付减去已退款项和该订单其他投诉单已答应而尚未支付的款项后，还剩 99.00元"
    post(people, f"{path}/outcome", override(refund_fen=3960, goodwill_fen=20_000))
    assert title("approval", agreed(decision), "lin") == "需要经理或更高级别的人员审批"
    assert title("approval", agreed(decision), "ann") == "此密钥没有“审批（approve）”权限，请使用有此权限的密钥"


# ---- bodies that do not fit


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        ([], [("", "not_record")]),
        ({}, [("/choice", "missing")]),
        ({"choice": "maybe"}, [("/choice", "not_one_of")]),
        ({"choice": "accepted", "chioce": 1}, [("/chioce", "unknown_key")]),
        ({"choice": "accepted", "option": 0}, [("/option", "not_wanted")]),
        ({"choice": "accepted", "refund_fen": 1}, [("/refund_fen", "not_wanted")]),
        ({"choice": "option"}, [("/option", "missing")]),
        ({"choice": "option", "option": -1}, [("/option", "not_position")]),
        ({"choice": "option", "option": True}, [("/option", "not_position")]),
        ({"choice": "option", "option": 10_000}, [("/option", "not_position")]),
        ({"choice": "option", "option": "0"}, [("/option", "not_position")]),
        ({"choice": "option", "option": 0, "refund_fen": 1.5}, [("/refund_fen", "float_money")]),
        ({"choice": "option", "option": 0, "refund_fen": 2**53}, [("/refund_fen", "money_range")]),
        ({"choice": "override"}, [("/override", "missing"), ("/reason", "missing")]),
        ({"choice": "override", "override": 5, "reason": "another"}, [("/override", "not_record")]),
        ({"choice": "override", "override": {}, "reason": "policy_gap"}, [("/override/kind", "missing")]),
        (override("present"), [("/override/kind", "not_one_of")]),
        (override(refund_fen=-1), [("/override/refund_fen", "money_range")]),
        (override(goodwill=1), [("/override/goodwill", "unknown_key")]),
        (override(), [("/override/refund_fen", "amount_wanted")]),
        (override("refuse", refund_fen=1), [("/override/refund_fen", "gives_nothing")]),
        (override("compensation"), [("/override/compensation_fen", "amount_wanted")]),
        ({**override(refund_fen=1), "reason": "review_deleted"}, [("/reason", "not_one_of")]),
        ({**override(refund_fen=1), "reason": "another"}, [("/note", "note_for_other")]),
        ({**override(refund_fen=1), "note": " "}, [("/note", "blank")]),
        ({**override(refund_fen=1), "note": "x" * 2001}, [("/note", "text_length")]),
        ({**override(refund_fen=1), "note": 7}, [("/note", "not_text")]),
    ],
)
@pytest.mark.meets("S-100", "S-254")
def test_an_outcome_that_does_not_fit_is_refused_with_every_fault(
    people: FlaskClient, path: str, body: Any, faults: list[tuple[str, str]]
) -> None:
    problem = refused(post(people, f"{path}/outcome", body), 422, "body_does_not_fit")
    assert [(fault["pointer"], fault["code"]) for fault in problem["errors"]] == faults


@pytest.mark.parametrize(
    ("action", "body", "faults"),
    [
        ("approval", {"approve": 1, "digest": "x"}, [("/approve", "not_yes_no")]),
        ("approval", {"approve": True}, [("/digest", "missing")]),
        ("approval", [1], [("", "not_record")]),
        ("appeal", {"by": "press", "grounds": "x"}, [("/by", "not_one_of")]),
        ("appeal", {"by": "customer"}, [("/grounds", "missing")]),
        ("appeal", {**APPEAL, "grounds": "\n"}, [("/grounds", "blank")]),
        ("appeal", {**APPEAL, "evidence": []}, [("/evidence", "too_few")]),
        ("appeal", {**APPEAL, "evidence": [{"ref": "1"}]}, [("/evidence/0/kind", "missing")]),
        ("appeal", {**APPEAL, "evidence": [None]}, [("/evidence/0", "not_record")]),
        ("appeal", {**APPEAL, "by": None, "grounds": 1}, [("/by", "missing"), ("/grounds", "not_text")]),
        ("appeal", "no", [("", "not_record")]),
    ],
)
def test_approvals_and_appeals_that_do_not_fit_are_refused(
    people: FlaskClient, path: str, action: str, body: Any, faults: list[tuple[str, str]]
) -> None:
    problem = refused(post(people, f"{path}/{action}", body, "leo"), 422, "body_does_not_fit")
    assert [(fault["pointer"], fault["code"]) for fault in problem["errors"]] == faults


def test_a_case_that_does_not_fit_is_refused_with_pointers_into_the_appeal(people: FlaskClient, path: str) -> None:
    problem = refused(post(people, f"{path}/appeal", {**APPEAL, "case": {"chanel": 1}}), 422, "case_does_not_fit")
    assert ("/case/chanel", "unknown_key") in {(fault["pointer"], fault["code"]) for fault in problem["errors"]}
    refused(post(people, f"{path}/appeal", {**APPEAL, "case": 5}), 422, "case_does_not_fit")


def test_null_says_that_a_part_is_left_out(people: FlaskClient, path: str) -> None:
    body = {"choice": "accepted", "option": None, "override": None, "note": None}
    assert post(people, f"{path}/outcome", body).status_code == 201


@pytest.mark.parametrize("action", ["outcome", "approval", "appeal"])
def test_what_is_no_json_and_what_is_not_there_is_refused(people: FlaskClient, path: str, action: str) -> None:
    refused(post(people, f"{path}/{action}", b"{", "leo"), 400, "bad_json")
    bodies = {"outcome": {"choice": "accepted"}, "approval": {"approve": True, "digest": "x"}, "appeal": APPEAL}
    refused(post(people, f"/v1/decisions/dec_none/{action}", bodies[action], "leo"), 404, "no_decision")
    refused(
        people.post(f"{path}/{action}", data={"a": "b"}, headers={"X-Test-As": "leo", "Idempotency-Key": "k"}),
        415,
        "not_json",
    )


@pytest.mark.parametrize("query", ["needs=boss", "limit=0", "limit=201", "limit=x", "page=2"])
def test_the_list_of_what_waits_knows_its_parameters(people: FlaskClient, query: str) -> None:
    refused(get(people, f"/v1/approvals?{query}", "leo"), 400, "bad_query")


def test_without_a_ledger_nothing_can_be_taken(client: FlaskClient) -> None:
    headers = {"Idempotency-Key": "k"}
    refused(client.post("/v1/decisions/dec_1/outcome", json={"choice": "accepted"}, headers=headers), 503, "no_ledger")


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
_NAMES = st.sampled_from(["choice", "option", "override", "reason", "note", "refund_fen", "by", "grounds", "case"])


@supposed(action=st.sampled_from(["outcome", "approval", "appeal"]), body=st.dictionaries(_NAMES, _JSON) | _JSON)
@settings(max_examples=budget(30, 300), suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_outcome_is_answered_or_refused(served: FlaskClient, action: str, body: Any) -> None:
    answer = post(served, f"/v1/decisions/dec_none/{action}", body)
    assert answer.status_code in (400, 404, 422)


def test_the_owner_of_an_open_machine_decides_alone_but_gives_less_with_another(served: FlaskClient) -> None:
    first = served.post("/v1/decisions", json=CASE).json
    answer = post(served, f"/v1/decisions/{first['id']}/outcome", override(refund_fen=5000))
    assert answer.status_code == 201
    second = served.post("/v1/decisions", json=CASE).json
    answer = post(served, f"/v1/decisions/{second['id']}/outcome", override(refund_fen=2000))
    assert answer.status_code == 202


def test_no_address_lets_another_caller_void_a_pending_approval(
    people: FlaskClient, decision: Mapping[str, Any], path: str
) -> None:
    post(people, f"{path}/outcome", override(refund_fen=3960, goodwill_fen=9000))
    again, no = mandarins() | {"complaint": {"no": decision["case_no"]}}, decision["case_no"]
    problem = refused(post(people, "/v1/decisions", again, "ben"), 409, "approval_waits")
    assert "waiting for approval by a lead" in problem["title"]
    (item,) = post(people, "/v1/decisions/batch", {"items": [again]}, "ben").json["items"]
    assert (item["status"], item["problem"]["code"]) == (409, "approval_waits")
    refused(post(people, f"{path}/appeal", APPEAL, "ben"), 409, "approval_waits")
    news = {"kind": "evidence_added", "facts": {"issue.spoiled_ratio": "0.20"}}
    event = post(people, f"/v1/cases/{no}/events", news, "ben")
    assert (event.status_code, event.json["decision"], event.json["waits"]) == (201, None, "approval")
    (waiting,) = get(people, "/v1/approvals", "leo").json["items"]
    assert (waiting["decision"], waiting["news"]) == (decision["id"], [event.json["id"]])
    approved = post(people, f"{path}/approval", agreed(decision), "leo").json
    assert (approved["state"], approved["outcome"]["total_fen"]) == ("changed", 12_960)
    later = get(people, f"/v1/decisions/{approved['followed_by']}").json
    assert (later["follows"], later["because"], later["mode"]) == (decision["id"], "evidence_added", "agent")
    assert later["case"]["issues"][0]["spoiled_ratio"] == "0.20"


def test_every_answer_that_shows_a_decision_shows_the_mode_that_binds(
    people: FlaskClient, decision: Mapping[str, Any], path: str
) -> None:
    case, no = mandarins(), decision["case_no"]
    case["complaint"] = case["complaint"] | {"no": no}
    post(people, f"/v1/cases/{no}/events", {"kind": "evidence_added", "note": "a photograph"}, "ben")
    (item,) = post(people, "/v1/decisions/batch", {"items": [case]}, "ben").json["items"]
    facts = {"kind": "evidence_added", "facts": {"issue.spoiled_ratio": "0.20"}}
    event = post(people, f"/v1/cases/{no}/events", facts, "ben").json["decision"]
    appealed = post(people, f"/v1/decisions/{event['id']}/appeal", APPEAL).json
    for shown in (item["decision"], event, appealed, *(get(people, f"/v1/decisions/{event['id']}").json,)):
        automation = shown["recommendation"]["automation"]
        assert shown["mode"] == automation["mode"] != "auto" == automation["policy_mode"]
        assert {*shown["held"]} <= {reason.get("code") for reason in automation["reasons"]}
        assert shown["held"]
    simulated = post(people, "/v1/decisions?mode=simulate", case, "ben").json["recommendation"]
    assert "policy_mode" not in simulated["automation"]


@pytest.mark.parametrize(
    ("language", "title"), [("zh", "订单是 A1028，收到的是 B2"), ("en", "order A1028, but B2 was sent")]
)
def test_another_order_under_a_number_is_refused_in_the_readers_language(
    people: FlaskClient, decision: Mapping[str, Any], language: str, title: str
) -> None:
    other = mandarins()["order"] | {"no": "B2"}
    case = mandarins() | {"complaint": {"no": decision["case_no"]}, "order": other}
    headers = {"X-Test-As": "ben", "Accept-Language": language}
    problem = refused(
        people.post("/v1/decisions", json=json.loads(json.dumps(case)), headers=headers), 409, "other_order"
    )
    assert title in problem["title"]
    assert problem["reasons"] == ["other:order"]
