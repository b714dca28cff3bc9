"""GET /v1/vocabulary?kind=K: the facts that can matter for a kind of issue."""

from __future__ import annotations

from typing import Any

from flask.testing import FlaskClient

from rules.lab.relevance import relevant
from service.packs import Ready


def test_the_facts_of_a_kind_come_in_the_order_in_which_they_decide(client: FlaskClient, ready: Ready) -> None:
    items = client.get("/v1/vocabulary?kind=broken").json["items"]
    assert {item["name"]: item["decides"] for item in items} == relevant(ready.pack, "broken")
    assert [item["name"] for item in items] == list(relevant(ready.pack, "broken"))
    assert items[0]["name"] == "issue.spoiled_ratio"


def test_without_a_kind_no_fact_says_what_it_decides(client: FlaskClient) -> None:
    assert not any("decides" in item for item in client.get("/v1/vocabulary").json["items"])


def test_an_example_is_listed(client: FlaskClient) -> None:
    items = {item["name"]: item for item in client.get("/v1/vocabulary").json["items"]}
    assert items["line.quantity"]["example"] == 1
    assert "example" not in items["line.paid_fen"]


def test_a_kind_that_the_pack_does_not_know_is_refused_with_those_that_it_knows(client: FlaskClient) -> None:
    answer = client.get("/v1/vocabulary?kind=brokn")
    problem: Any = answer.json
    assert (answer.status_code, problem["code"]) == (400, "bad_query")
    assert [(fault["pointer"], fault["code"]) for fault in problem["errors"]] == [("?kind", "bad_parameter")]
    assert "late, broken" in problem["errors"][0]["message"]


def test_other_parameters_are_refused(client: FlaskClient) -> None:
    assert client.get("/v1/vocabulary?word=late").status_code == 400
