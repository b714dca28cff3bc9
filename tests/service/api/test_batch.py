from __future__ import annotations

import json
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from service.api.app import create_app
from service.api.batch import LARGEST_BODY
from service.api.schemas.batch import MOST_ITEMS
from service.casework.decisions import batch, recording
from service.ledger.store import Ledger
from service.ledger.tables import CASES, DECISIONS, ENTRIES
from service.packs import Ready, prepare, read_policies
from tests.support.budget import budget
from tests.support.cases import CASE
from tests.support.clients import post, refused
from tests.support.places import SHOP
from tests.support.random_json import JSON
from tests.support.serving import ask as ask_over


def ask(client: FlaskClient, items: Any, query: str = "", **headers: str) -> list[dict[str, Any]]:
    body = items if isinstance(items, bytes) else json.dumps({"items": items}).encode()
    sent = {"Content-Type": "application/json", **{name.replace("_", "-"): value for name, value in headers.items()}}
    answer = client.post(f"/v1/decisions/batch{query}", data=body, headers=sent)
    assert answer.status_code == 200, answer.json
    results: list[dict[str, Any]] = answer.json["items"]
    return results


def count(ledger: Ledger, table: Any) -> int:
    with ledger.reading() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


def statuses(results: list[dict[str, Any]]) -> list[int]:
    return [result["status"] for result in results]


def recorded(ready: Ready, case: dict[str, Any]) -> dict[str, Any]:
    """Return the recommendation for a case as it is shown of its decision, which nothing makes stricter."""
    recommendation: dict[str, Any] = json.loads(json.dumps(ready.decide(case), default=str))
    recommendation["automation"]["policy_mode"] = recommendation["automation"]["mode"]
    return recommendation


def paying(fen: int) -> dict[str, Any]:
    return {**CASE, "order": {"refunded_fen": 0, "lines": [{"id": "1", "paid_fen": fen, "quantity": 1}]}}


def test_each_case_is_decided_and_recorded_in_its_place(served: FlaskClient, ready: Ready, ledger: Ledger) -> None:
    cases = [paying(fen) for fen in range(1_000, 1_120)]
    results = ask(served, cases)
    assert statuses(results) == [201] * 120
    for case, result in zip(cases, results, strict=True):
        decision = result["decision"]
        assert decision["recommendation"] == recorded(ready, case)
        assert served.get(f"/v1/decisions/{decision['id']}").json["recommendation"] == decision["recommendation"]
    assert [result["decision"]["case_no"] for result in results] == [
        f"Tousu-20260814-{number:04}" for number in range(1, 121)
    ]
    assert count(ledger, DECISIONS) == count(ledger, CASES) == 120


def test_a_result_equals_the_answer_to_the_case_alone(served: FlaskClient) -> None:
    case = {**CASE, "order": {**CASE["order"], "old": "x"}}
    (result,) = ask(served, [case])
    alone = served.post("/v1/decisions", json=case).json
    assert result["decision"].keys() == alone.keys()
    for name in ("recommendation", "warnings", "mode", "digest", "because", "by", "follows"):
        assert result["decision"][name] == alone[name]


BAD = {
    b"7": (422, "case_does_not_fit"),
    b"null": (422, "case_does_not_fit"),
    b"[]": (422, "case_does_not_fit"),
    b"{}": (422, "case_does_not_fit"),
    b'{"issues": NaN}': (400, "bad_json"),
    b'{"issues": [{"kind": "late", "kind": "late"}]}': (400, "bad_json"),
    b'{"\\ud800": 1}': (400, "bad_json"),
}


@pytest.mark.parametrize("bad", BAD)
def test_an_invalid_item_does_not_affect_others(served: FlaskClient, ledger: Ledger, bad: bytes) -> None:
    good = json.dumps(CASE).encode()
    first, second, third = ask(served, b'{"items": [' + b",".join((good, bad, good)) + b"]}")
    assert (first["status"], third["status"], count(ledger, DECISIONS)) == (201, 201, 2)
    assert (second["status"], second["problem"]["code"]) == BAD[bad]
    assert second["problem"]["instance"] == "/v1/decisions/batch#/items/1"


def test_faults_point_into_the_case(served: FlaskClient) -> None:
    flawed = b'{"items": [{"order": {"refunded_fen": NaN}}, {"order": {"refunded_fen": 1.5}}]}'
    one, two = (result["problem"]["errors"] for result in ask(served, flawed))
    assert [(fault["pointer"], fault["code"]) for fault in one] == [("/order/refunded_fen", "not_finite")]
    assert ("/order/refunded_fen", "float_money") in [(fault["pointer"], fault["code"]) for fault in two]


CHANGED = st.dictionaries(st.sampled_from(["submitted_at", "at", "order", "issues", "x"]), JSON).map(
    lambda changes: {**CASE, **changes}
)


@settings(max_examples=budget(30, 1_000), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(items=st.lists(st.just(CASE) | CHANGED | JSON, min_size=1, max_size=5))
def test_any_item_is_answered_as_it_would_be_alone(client: FlaskClient, items: list[Any]) -> None:
    results = ask(client, items, "?mode=simulate")
    alone = [post(client, item) for item in items]
    assert statuses(results) == [answer.status_code for answer in alone]
    for result, answer in zip(results, alone, strict=True):
        assert result.get("decision", {}) == (answer.json if answer.status_code == 200 else {})


@pytest.fixture
def filing(tmp_path: Path, ledger: Ledger) -> Iterator[FlaskClient]:
    """Return a client of a service whose pack files cases under a number and an order."""
    folder = Path(copytree(SHOP, tmp_path / "shop"))
    with (folder / "pack.yaml").open("a", encoding="utf-8") as stream:
        stream.write("filed_under: {number: order.complaint, order: order.no}\n")
    with (folder / "vocabulary.yaml").open("a", encoding="utf-8") as stream:
        stream.write("  order.complaint: {type: text, carried: true}\n  order.no: {type: text, carried: true}\n")
    ready, problems = prepare(read_policies(folder))
    assert ready is not None, problems
    yield create_app({"PACK": ready, "LEDGER": ledger}).test_client()
    ready.close()


def numbered(name: str) -> dict[str, Any]:
    return {**CASE, "order": {**CASE["order"], "complaint": name}}


def test_a_number_that_was_never_given_is_refused_alone(filing: FlaskClient, ledger: Ledger) -> None:
    results = ask(filing, [CASE, numbered("Tousu-20260814-0099"), CASE])
    assert statuses(results) == [201, 404, 201]
    assert results[1]["problem"]["code"] == "no_case"
    assert results[2]["decision"]["case_no"] == "Tousu-20260814-0002"


def test_cases_that_name_the_same_number_follow_each_other(filing: FlaskClient, ledger: Ledger) -> None:
    (opened,) = ask(filing, [CASE])
    one, other, two = ask(filing, [numbered(opened["decision"]["case_no"]), CASE, numbered("Tousu-20260814-0001")])
    assert one["decision"]["follows"] == opened["decision"]["id"]
    assert two["decision"]["follows"] == one["decision"]["id"]
    assert other["decision"]["follows"] is None
    with ledger.reading() as connection:
        states = connection.execute(select(DECISIONS.c.state).order_by(DECISIONS.c.seq)).scalars().all()
        latest = connection.execute(select(CASES.c.decision).order_by(CASES.c.seq)).scalars().all()
    assert sorted(states) == ["open", "open", "superseded", "superseded"]
    assert latest == [two["decision"]["id"], other["decision"]["id"]]


def test_names_that_a_store_does_not_take_are_filed_all_the_same(filing: FlaskClient) -> None:
    case = {**CASE, "order": {**CASE["order"], "no": "A\0" + "1" * 1_000, "complaint": "x" * 1_000}, "merchant": "\0"}
    (result,) = ask(filing, [case])
    assert (result["status"], result["decision"]["case_no"]) == (201, "x" * 200)


def test_a_simulated_batch_is_not_recorded(served: FlaskClient, ready: Ready, ledger: Ledger) -> None:
    cases = [paying(fen) for fen in range(1_000, 1_060)]
    results = ask(served, [*cases, 7], "?mode=simulate")
    assert statuses(results) == [200] * 60 + [422]
    assert [result["decision"] for result in results[:-1]] == [
        {"recommendation": json.loads(json.dumps(ready.decide(case), default=str))} for case in cases
    ]
    assert count(ledger, ENTRIES) == 0


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        (b"[]", "", "not_record"),
        (b"{}", "/items", "missing"),
        (b'{"items": {}}', "/items", "not_list"),
        (b'{"items": []}', "/items", "too_few"),
        (b'{"items": [1], "mode": 1}', "/mode", "unknown_key"),
        (b'{"items": [' + b"1," * MOST_ITEMS + b"1]}", "/items", "too_many"),
    ],
)
def test_an_invalid_batch_is_refused(served: FlaskClient, body: bytes, pointer: str, code: str) -> None:
    answer = served.post("/v1/decisions/batch", data=body, content_type="application/json")
    (fault,) = refused(answer, 422, "batch_does_not_fit")["errors"]
    assert (fault["pointer"], fault["code"]) == (pointer, code)


def test_without_a_pack_no_batch_is_decided() -> None:
    client = create_app({"TESTING": True}).test_client()
    refused(client.post("/v1/decisions/batch", json={"items": [CASE]}), 503, "no_pack")


@pytest.mark.parametrize("body", [b"{", b'{"items": [1], "items": [2]}', b'{"items": [1], "x": NaN}'])
def test_a_body_that_is_no_json_around_the_items_is_refused(served: FlaskClient, body: bytes) -> None:
    answer = served.post("/v1/decisions/batch", data=body, content_type="application/json")
    refused(answer, 400, "bad_json")


def test_a_batch_may_be_larger_than_a_case_and_has_a_limit(served: FlaskClient) -> None:
    assert statuses(ask(served, b'{"items": [1]}' + b" " * 2 * 2**20)) == [422]
    answer = served.post("/v1/decisions/batch", data=b" " * (LARGEST_BODY + 1), content_type="application/json")
    assert "8 MiB" in refused(answer, 413, "too_large")["title"]
    answer = served.post("/v1/decisions", data=b" " * 2 * 2**20, content_type="application/json")
    assert "1 MiB" in refused(answer, 413, "too_large")["title"]


def test_a_case_that_cannot_be_recorded_does_not_affect_others(
    served: FlaskClient, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = recording._entered

    def breaking(context: Any, writer: Any, one: Any, *rest: Any) -> dict[str, Any]:
        if one.case["order"]["lines"][0]["paid_fen"] == 1_003:
            raise RuntimeError("out of order")
        return whole(context, writer, one, *rest)

    monkeypatch.setattr(recording, "_entered", breaking)
    results = ask(served, [paying(fen) for fen in range(1_000, 1_010)])
    assert statuses(results) == [201] * 3 + [500] + [201] * 6
    assert "out of order" not in json.dumps(results)
    assert count(ledger, DECISIONS) == count(ledger, ENTRIES) == 9


def test_cases_that_get_no_number_do_not_affect_others(
    served: FlaskClient, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, portions = batch.number_cases, iter(range(3))

    def silent(*asked: Any) -> Any:
        if next(portions) == 1:
            full = sqlite3.OperationalError("database or disk is full")
            full.sqlite_errorcode = sqlite3.SQLITE_FULL
            raise OperationalError("INSERT", None, full)
        return whole(*asked)

    monkeypatch.setattr(batch, "BATCH_CASES", 3)
    monkeypatch.setattr(batch, "number_cases", silent)
    results = ask(served, [paying(fen) for fen in range(1_000, 1_009)])
    assert statuses(results) == [201] * 3 + [503] * 3 + [201] * 3
    assert results[3]["problem"]["code"] == "ledger_full"
    assert count(ledger, DECISIONS) == 6


def test_a_batch_takes_effect_once_for_each_key(served: FlaskClient, ledger: Ledger) -> None:
    first, again = (ask(served, [CASE] * 60, Idempotency_Key="k-1") for _ in range(2))
    assert first == again
    assert count(ledger, DECISIONS) == 60


def test_results_are_as_specified(served: FlaskClient) -> None:
    spec = served.get("/openapi.json").json
    results = Draft202012Validator({"$ref": "#/components/schemas/BatchResults", "components": spec["components"]})
    results.validate({"items": ask(served, [CASE, 7])})
    results.validate({"items": ask(served, [CASE, 7], "?mode=simulate")})


def test_a_batch_is_spread_over_processes_to_the_same_effect(
    serving: tuple[subprocess.Popen[str], int],
    ready: Ready,
) -> None:
    _, port = serving
    cases = [paying(fen) for fen in range(1_000, 1_300)]
    status, content = ask_over(port, "POST", "/v1/decisions/batch", json.dumps({"items": cases}).encode())
    assert status == 200
    found = [result["decision"]["recommendation"] for result in json.loads(content)["items"]]
    assert found == [recorded(ready, case) for case in cases]


# ---- what one request may ask for


def test_items_beyond_the_work_limit_of_a_request_are_refused_and_not_recorded(
    served: FlaskClient, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch, "BATCH_CASES", 3)
    monkeypatch.setattr(batch, "MOST_STEPS", 1)
    for query, done in (("?mode=simulate", 200), ("", 201)):
        results = ask(served, [paying(1_000), 7, *(paying(fen) for fen in range(1_001, 1_006))], query)
        assert statuses(results) == [done, 422, done, done, 429, 429, 429]
        assert results[4]["problem"]["code"] == "batch_spent"
        assert results[4]["problem"]["instance"].endswith("items/4")
    assert count(ledger, DECISIONS) == 3
    assert statuses(ask(served, [paying(1_003)])) == [201]


def test_the_size_of_the_results_of_a_request_is_limited(served: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "BATCH_CASES", 2)
    monkeypatch.setattr(batch, "MOST_WRITTEN", 1)
    assert statuses(ask(served, [CASE] * 5)) == [201, 201, 429, 429, 429]


def test_cases_with_many_issues_are_taken_a_few_at_a_time(served: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, sizes = batch.number_cases, []

    def counted(context: Any, cases: Any) -> Any:
        sizes.append(len(cases))
        return whole(context, cases)

    monkeypatch.setattr(batch, "number_cases", counted)
    many = {**CASE, "issues": CASE["issues"] * 40}
    assert statuses(ask(served, [many] * 5 + [CASE] * 70)) == [201] * 75
    assert sizes == [2, 2, 50, 21]  # of 80, 80, 89 and 21 issues
