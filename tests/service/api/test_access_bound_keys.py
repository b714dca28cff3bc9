"""A key that is bound to merchants, and one that reads only what it made: what they see, and what stays hidden."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update
from werkzeug.test import TestResponse

from service.api.app import create_app
from service.audit.verification import verify
from service.ledger import keys
from service.ledger.store import Ledger
from service.ledger.tables import DECISIONS
from service.packs import Ready
from service.reports.catalog import REPORTS
from service.settings import Settings
from tests.support.clients import refused
from tests.support.machines import storm

ONE, TWO = "Shop One", "店铺二"
OVERRIDE = {
    "choice": "override",
    "override": {"kind": "refund", "refund_fen": 12000},
    "reason": "agreed_with_customer",
    "note": "as said on the telephone",
}


@dataclass
class Shops:
    """A service for two merchants, with keys of several kinds."""

    client: FlaskClient
    ledger: Ledger
    tokens: dict[str, str] = field(default_factory=dict)
    decided: dict[str, list[Mapping[str, Any]]] = field(default_factory=lambda: {ONE: [], TWO: []})

    def key(self, name: str, role: str, *merchants: str, scopes: tuple[str, ...] = ()) -> str:
        self.tokens[name] = keys.make(self.ledger, name, role, scopes, "owner", merchants)[1]
        return name

    def send(self, who: str, method: str, path: str, body: Any = None, **headers: str) -> TestResponse:
        sent = {"Authorization": f"Bearer {self.tokens[who]}", "Idempotency-Key": uuid4().hex, "Accept-Language": "en"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.open(path, method=method, json=body, headers=sent)

    def get(self, who: str, path: str) -> TestResponse:
        return self.send(who, "GET", path)

    def decide(self, who: str, merchant: str, number: str, **changes: Any) -> Mapping[str, Any]:
        answer = self.send(who, "POST", "/v1/decisions", storm(number, merchant__id=merchant, **changes))
        assert answer.status_code == 201, answer.text
        self.decided[merchant].append(answer.json)
        body: Mapping[str, Any] = answer.json
        return body

    def names(self, merchant: str) -> set[str]:
        """Return the ids and numbers of all that a merchant has."""
        return {one[name] for one in self.decided[merchant] for name in ("id", "case_no")}

    def mentioned(self, answer: TestResponse) -> set[str]:
        return {name for merchant in self.decided for name in self.names(merchant) if name in answer.text}


@pytest.fixture
def empty(cn: Ready, ledger: Ledger) -> Shops:
    shops = Shops(
        create_app({"PACK": cn, "LEDGER": ledger, "SETTINGS": Settings(drawn_percent=100)}).test_client(), ledger
    )
    shops.key("anybody", "admin")
    shops.key("agent", "agent")
    shops.key("till", "back_end")
    shops.key("one", "admin", "ＳＨＯＰ-one")
    shops.key("both", "admin", ONE, TWO)
    return shops


@pytest.fixture
def shops(empty: Shops) -> Shops:
    """Return the service with three cases for each: one waits for a machine, one is claimed, one waits for approval."""
    for merchant, letter in ((ONE, "x"), (TWO, "y")):
        empty.decide("agent", merchant, f"{letter}1")
        claimed = empty.decide("till", merchant, f"{letter}2")
        waits = empty.decide("agent", merchant, f"{letter}3")
        answer = empty.send("till", "POST", f"/v1/decisions/{claimed['id']}/execution", {"action": "claim"})
        assert answer.status_code == 200
        assert empty.send("agent", "POST", f"/v1/decisions/{waits['id']}/outcome", OVERRIDE).status_code == 202
        tag = {"kind": "tag", "tag": "typical"}
        assert empty.send("agent", "POST", f"/v1/cases/{waits['case_no']}/events", tag).status_code == 201
    return empty


LISTS = {
    "/v1/decisions": 6,
    "/v1/decisions?limit=1": 2,
    "/v1/decisions?merchant=Shop One": 6,
    "/v1/cases": 6,
    "/v1/overdue": 6,
    "/v1/approvals": 2,
    "/v1/reviews": 4,
    "/v1/executions": 2,
    "/v1/executions/next": 2,
    "/v1/reports/weekly": 1,
    "/v1/export?sheet=record": 3,
    "/v1/export?format=jsonl": 6,
}


@pytest.mark.parametrize("path", LISTS)
def test_lists_show_what_belongs_to_the_merchants_of_a_key(shops: Shops, path: str) -> None:
    found = shops.mentioned(shops.get("one", path))
    assert found <= shops.names(ONE)
    assert len(found) >= min(LISTS[path], 2) - 1
    everything = shops.mentioned(shops.get("both", path))
    assert everything == shops.mentioned(shops.get("anybody", path))
    if "merchant" not in path and "limit" not in path:
        assert found == everything & shops.names(ONE) != everything


def test_a_list_of_another_merchant_is_empty(shops: Shops) -> None:
    for path in ("/v1/decisions", "/v1/cases"):
        answer = shops.get("one", f"{path}?merchant={TWO}").json
        assert answer == {"items": [], "next_cursor": None}


def test_pages_skip_what_a_key_may_not_see(shops: Shops) -> None:
    for merchant in (TWO, ONE):
        shops.decide("agent", merchant, f"z{merchant}")
    for path in ("/v1/decisions", "/v1/cases"):
        found, cursor = [], ""
        while cursor is not None:
            page = shops.get("one", f"{path}?limit=1{cursor and f'&cursor={cursor}'}").json
            found += [one.get("case_no") or one.get("no") for one in page["items"]]
            cursor = page["next_cursor"]
        assert found == [one["case_no"] for one in reversed(shops.decided[ONE])]


@pytest.mark.parametrize("name", REPORTS)
def test_reports_count_the_cases_of_the_merchants_of_a_key(empty: Shops, name: str) -> None:
    empty.key("three", "admin", "Shop Three")
    path = f"/v1/reports/{name}?from=2026-01-01&to=2027-12-31"
    nothing = empty.get("anybody", path).json["items"]
    for merchant, letter in ((ONE, "x"), (TWO, "y")):
        decided = empty.decide("agent", merchant, f"{letter}1")
        more = {**OVERRIDE, "override": {"kind": "refund", "refund_fen": 2600}}
        assert empty.send("agent", "POST", f"/v1/decisions/{decided['id']}/outcome", more).status_code == 201
    counted = empty.get("one", path).json["items"]
    assert empty.get("three", path).json["items"] == nothing != counted
    if name == "cause":
        assert [row["cases"] for row in counted] == [1]
        assert [row["cases"] for row in empty.get("both", path).json["items"]] == [2]


def test_lines_are_exported_as_they_are_for_everybody(shops: Shops) -> None:
    def lines(who: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in shops.get(who, "/v1/export?format=jsonl").text.splitlines()]

    ours = [line for line in lines("anybody") if line["case_no"] in shops.names(ONE)]
    assert lines("one") == ours
    assert {line["kind"] for line in ours} >= {"decision", "proposal", "event", "execution.claimed"}


# ---- deciding


@pytest.mark.parametrize("merchant", [TWO, "Shop Оne", "-", "", None])  # the third with a Cyrillic letter
def test_a_case_of_another_merchant_or_of_none_is_refused(empty: Shops, merchant: str | None) -> None:
    case = storm(1, merchant__id=merchant)
    for query in ("", "?mode=simulate"):
        problem = refused(empty.send("one", "POST", f"/v1/decisions{query}", case), 403, "other_merchant")
        assert "bound" in problem["title"]
        (item,) = empty.send("one", "POST", f"/v1/decisions/batch{query}", {"items": [case]}).json["items"]
        assert (item["status"], item["problem"]["code"]) == (403, "other_merchant")
    chinese = empty.send("one", "POST", "/v1/decisions", case, Accept_Language="zh")
    assert "此密钥只限于指定商家" in chinese.json["title"]
    assert empty.get("anybody", "/v1/decisions").json["items"] == []


@pytest.mark.parametrize("merchant", [ONE, "shop one", "SHOP_ONE", "ｓｈｏｐ　ｏｎｅ", "Shop\u200b One"])
def test_a_merchant_is_the_same_however_it_is_spelled(empty: Shops, merchant: str) -> None:
    answer = empty.send("one", "POST", "/v1/decisions", storm(1, merchant__id=merchant))
    assert answer.status_code == 201
    assert empty.get("one", f"/v1/cases/{answer.json['case_no']}").status_code == 200


def test_a_batch_decides_what_is_of_the_merchants_of_the_key(empty: Shops) -> None:
    items = [storm(1, merchant__id=TWO), storm(2, merchant__id=ONE)]
    answer = empty.send("one", "POST", "/v1/decisions/batch", {"items": items}).json
    assert [item["status"] for item in answer["items"]] == [403, 201]


def test_no_case_is_taken_to_another_merchant(shops: Shops) -> None:
    ours = shops.decided[ONE][0]
    case = storm("x1", merchant__id=TWO)
    appeal = {"by": "customer", "grounds": "no", "case": case}
    refused(shops.send("one", "POST", f"/v1/decisions/{ours['id']}/appeal", appeal), 403, "other_merchant")
    for event in ({"case": case}, {"facts": {"merchant.id": TWO}}):
        happened = {"kind": "evidence_added", "note": "a photo", **event}
        refused(shops.send("one", "POST", f"/v1/cases/{ours['case_no']}/events", happened), 403, "other_merchant")


def test_a_case_of_another_merchant_cannot_be_continued_by_its_number(shops: Shops) -> None:
    theirs = shops.decided[TWO][0]
    before = shops.get("anybody", f"/v1/cases/{theirs['case_no']}").json
    case = storm("x9", merchant__id=ONE, complaint={"no": theirs["case_no"]})
    problem = refused(shops.send("one", "POST", "/v1/decisions", case), 404, "no_case")
    (item,) = shops.send("one", "POST", "/v1/decisions/batch", {"items": [case]}).json["items"]
    assert (item["status"], item["problem"]["title"]) == (404, problem["title"])
    never = storm("x9", merchant__id=ONE, complaint={"no": "Tousu-20260814-9999"})
    title = refused(shops.send("one", "POST", "/v1/decisions", never), 404, "no_case")["title"]
    assert title.replace("Tousu-20260814-9999", theirs["case_no"]) == problem["title"]
    assert shops.get("anybody", f"/v1/cases/{theirs['case_no']}").json == before


def test_a_case_of_the_own_merchant_is_continued_by_its_number(shops: Shops) -> None:
    ours = shops.decided[ONE][0]
    again = shops.decide("one", ONE, "x1", complaint={"no": ours["case_no"]})
    assert (again["case_no"], again["follows"]) == (ours["case_no"], ours["id"])


def test_a_number_of_the_shops_own_is_not_taken_over(empty: Shops) -> None:
    empty.decide("agent", TWO, "y1", complaint={"no": "OUR-7"})
    refused(
        empty.send("one", "POST", "/v1/decisions", storm("x1", merchant__id=ONE, complaint={"no": "OUR-7"})),
        404,
        "no_case",
    )


def test_a_refusal_names_nothing_of_another_merchant(shops: Shops) -> None:
    """The order of one merchant may have the number of another's, of which an execution is under way."""
    theirs = shops.decided[TWO][1]
    ours = shops.decide("agent", ONE, "y2")
    path, accepted = f"/v1/decisions/{ours['id']}/outcome", {"choice": "accepted"}
    assert theirs["id"] in refused(shops.send("anybody", "POST", path, accepted), 409, "in_execution")["title"]
    answer = shops.send("one", "POST", path, accepted)
    assert "***" in refused(answer, 409, "in_execution")["title"]
    assert not shops.mentioned(answer) & shops.names(TWO)


def test_the_same_key_of_another_binding_gets_no_answer_of_before(empty: Shops) -> None:
    empty.key("till of a shop", "back_end", ONE)
    case = storm(1, merchant__id=ONE)
    first = empty.send("till of a shop", "POST", "/v1/decisions", case, Idempotency_Key="k-1")
    again = empty.send("till of a shop", "POST", "/v1/decisions", case, Idempotency_Key="k-1")
    assert (first.status_code, again.data) == (201, first.data)
    keys.revoke(empty.ledger, "till of a shop", "owner")
    empty.key("till of a shop", "back_end", TWO)
    refused(empty.send("till of a shop", "POST", "/v1/decisions", case, Idempotency_Key="k-1"), 422, "other_request")


def test_a_row_without_the_key_of_a_merchant_is_nobodys(shops: Shops) -> None:
    with shops.ledger.engine.connect().execution_options(writing=True) as connection, connection.begin():
        connection.execute(update(DECISIONS).values(merchant_key=None))
    assert shops.get("both", "/v1/decisions").json["items"] == []


def test_a_case_that_names_its_merchant_later_belongs_to_him_from_then_on(empty: Shops) -> None:
    first = empty.send("agent", "POST", "/v1/decisions", storm("x1", merchant=None)).json
    refused(empty.get("one", f"/v1/cases/{first['case_no']}"), 404, "no_case")
    later = storm("x1", merchant__id=ONE, complaint={"no": first["case_no"]})
    assert empty.send("one", "POST", "/v1/decisions", later).status_code == 404
    second = empty.send("agent", "POST", "/v1/decisions", later)
    assert second.status_code == 201
    for path in (f"/v1/cases/{first['case_no']}", f"/v1/decisions/{second.json['id']}"):
        assert empty.get("one", path).status_code == 200
    refused(empty.get("one", f"/v1/decisions/{first['id']}"), 404, "no_decision")
    assert verify(empty.ledger).sound


def test_no_name_of_one_merchant_appears_in_the_timeline_of_another(
    shops: Shops, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shops.ledger, "now", lambda: datetime.now(UTC) + timedelta(days=1))
    assert shops.get("one", "/v1/executions?state=late").json["items"] != []
    theirs = shops.get("anybody", f"/v1/cases/{shops.decided[TWO][1]['case_no']}/timeline").json["items"]
    assert {entry["by"] for entry in theirs} == {"till"}
    assert [one["case_no"] for one in shops.get("anybody", "/v1/executions?state=late").json["items"]] == [
        shops.decided[merchant][1]["case_no"] for merchant in (ONE, TWO)
    ]


def test_what_was_paid_in_a_case_of_no_merchant_is_taken_off_and_not_named(empty: Shops) -> None:
    first = empty.send("till", "POST", "/v1/decisions", storm("x1", merchant=None)).json
    path = f"/v1/decisions/{first['id']}/execution"
    for body in ({"action": "claim"}, {"action": "executed", "reference": "R-77"}):
        assert empty.send("till", "POST", path, body).status_code == 200
    ours = empty.decide("one", ONE, "x1")
    (paid,) = ours["recommendation"]["paid_before"]
    assert (paid["amount_fen"], paid["counted_fen"]) == (2560, 2560)
    assert (paid["case_no"], paid["reference"], paid["by"]) == (None, None, None)
    for address in (f"/v1/decisions/{ours['id']}", f"/v1/cases/{ours['case_no']}/timeline", "/v1/export?format=jsonl"):
        answer = empty.get("one", address)
        assert answer.status_code == 200
        assert not [name for name in (first["case_no"], "R-77") if name in answer.text]
    (known,) = empty.decide("agent", ONE, "x1")["recommendation"]["paid_before"]
    assert known["decision"] == first["id"]  # a caller who sees both finds the payment by it


# ---- a back end


def test_a_back_end_reads_what_it_made_and_nothing_else(shops: Shops) -> None:
    own = {one[name] for merchant in (ONE, TWO) for one in [shops.decided[merchant][1]] for name in ("id", "case_no")}
    for path in ("/v1/decisions", "/v1/cases", "/v1/overdue", "/v1/executions"):
        assert shops.mentioned(shops.get("till", path)) <= own
        assert shops.mentioned(shops.get("till", path)) != set()
    for path in ("/v1/reports/cause", "/v1/export", "/v1/approvals", "/metrics"):
        refused(shops.get("till", path), 403, "not_allowed")
    mine, others = shops.decided[ONE][1], shops.decided[ONE][0]
    for path, status in ((mine, 200), (others, 404)):
        for address in (f"/v1/decisions/{path['id']}", f"/v1/cases/{path['case_no']}/timeline"):
            assert shops.get("till", address).status_code == status


def test_a_back_end_acts_on_its_own_cases_and_claims_what_waits(shops: Shops) -> None:
    mine, others = shops.decided[ONE][1], shops.decided[ONE][0]
    note = {"kind": "note", "note": "called"}
    assert shops.send("till", "POST", f"/v1/cases/{mine['case_no']}/events", note).status_code == 201
    refused(shops.send("till", "POST", f"/v1/cases/{others['case_no']}/events", note), 404, "no_case")
    case = storm("x1", merchant__id=ONE, complaint={"no": others["case_no"]})
    refused(shops.send("till", "POST", "/v1/decisions", case), 404, "no_case")
    appeal = {"by": "customer", "grounds": "no"}
    refused(shops.send("till", "POST", f"/v1/decisions/{others['id']}/appeal", appeal), 404, "no_decision")
    claimed = shops.send("till", "POST", f"/v1/decisions/{others['id']}/execution", {"action": "claim"})
    assert claimed.status_code == 200
    assert shops.get("till", f"/v1/decisions/{others['id']}").status_code == 200


def test_a_bound_back_end_claims_for_its_merchants_alone(shops: Shops) -> None:
    shops.key("robot", "back_end", TWO)
    ours, theirs = shops.decided[ONE][0]["id"], shops.decided[TWO][0]["id"]
    assert [one["id"] for one in shops.get("robot", "/v1/executions/next").json["items"]] == [theirs]
    refused(shops.send("robot", "POST", f"/v1/decisions/{ours}/execution", {"action": "claim"}), 404, "no_decision")
    assert shops.send("robot", "POST", f"/v1/decisions/{theirs}/execution", {"action": "claim"}).status_code == 200


def test_a_key_that_records_needs_to_read_for_the_cases_of_others(shops: Shops) -> None:
    shops.key("warehouse", "back_end", scopes=("record", "ledger:read"))
    note = {"kind": "note", "note": "the parcel came back"}
    path = f"/v1/cases/{shops.decided[ONE][0]['case_no']}/events"
    assert shops.send("warehouse", "POST", path, note).status_code == 201
