"""Deciding as a whole: total, deterministic, the same for everyone who asks, and a person wherever it is not sure."""

from __future__ import annotations

import copy
import json
from typing import Any

import orjson
import pytest

from rules.decide import Decider, decide
from rules.deciding.tree import World
from tests.support.small_packs import Desk, Json, MakePack, codes, rules_told, small_case

CHAIN = """
policy: cause
answers: {cause: {one_of: [carrier, unproven]}}
otherwise: {cause: unproven}
rules: [{id: crushed, when: {issue.kind: damage, issue.crushed: true}, then: {cause: carrier}}]
---
policy: who
answers: {responsibility.to_customer: contract}
otherwise: {responsibility.to_customer: none}
rules: [{id: ours, when: {cause: carrier}, then: {responsibility.to_customer: merchant}}]
---
policy: remedy
answers: {remedy.option: contract}
hit: collect
rules:
  - id: pay
    when: {responsibility.to_customer: merchant}
    then: {remedy.option: {kind: refund, refund: {percent: 20, of: line.paid_fen}}}
  - {id: refuse, when: {responsibility.to_customer: none}, then: {remedy.option: {kind: refuse}}}
---
policy: freight
answers: {freight.back: {one_of: [merchant, customer], joins: first}}
otherwise: {freight.back: customer}
rules: [{id: free, when: {chosen.kind: refund, settled.refund_fen: {at_least: 20 CNY}}, then: {freight.back: merchant}}]
---
policy: automation
answers: {automation.mode: {one_of: [agent, auto], joins: first}}
otherwise: {automation.mode: agent}
rules:
  - {id: small, when: {settled.total_fen: {at_most: 20 CNY}, freight.back: merchant}, then: {automation.mode: auto}}
"""
CRUSHED = "issue.crushed: {type: yes_no}\n"


@pytest.fixture
def desk(pack: MakePack) -> Desk:
    return pack(CHAIN, CRUSHED)


def crushed(**more: Any) -> Json:
    return small_case({"kind": "damage", "crushed": True}, **more)


# ---- the path


def test_answers_lead_through_settle_to_who_carries_it_out(desk: Desk) -> None:
    told = desk.decide(crushed())
    assert (told["outcome"], told["remedy"]["refund_fen"]) == ("remedy", 2_000)
    assert told["remedy"]["freight"]["back"] == "merchant"
    assert told["automation"]["mode"] == "auto"
    assert rules_told(told) == ["crushed", "ours", "pay", "free", "small"]


def test_a_refusal_is_an_answer_of_a_rule(desk: Desk) -> None:
    told = desk.decide(small_case({"kind": "damage", "crushed": False}))
    assert (told["outcome"], told["remedy"]["kind"], told["responsibility"]["to_customer"]) == (
        "refuse",
        "refuse",
        "none",
    )


def test_a_question_goes_all_the_way_down(desk: Desk) -> None:
    told = desk.decide(small_case())
    assert (told["outcome"], [one["fact"] for one in told["missing"]]) == ("ask", ["issue.crushed"])
    assert [one["outcomes"] for one in told["missing"][0]["changes"]] == [
        [{"outcome": "remedy", "kind": "refund", "total_fen": 2_000, "mode": "auto"}],
        [{"outcome": "refuse", "kind": "refuse", "total_fen": 0, "mode": "agent"}],
    ]


def test_a_rule_says_the_same_whatever_comes_after_it(desk: Desk) -> None:
    # just above what the machine may pay: the refund stays, the mode changes
    told = desk.decide(crushed(lines=[{"id": "1", "paid_fen": 10_005}]))
    assert (told["remedy"]["refund_fen"], told["automation"]["mode"]) == (2_001, "agent")


def test_issues_settle_together(desk: Desk) -> None:
    told = desk.decide(small_case({"kind": "damage", "crushed": True}, {"kind": "delay"}))
    assert (told["outcome"], told["remedy"]["refund_fen"]) == ("remedy", 2_000)
    assert told["remedy"]["freight"]["back"] == "merchant"  # of the issue that is refused the customer pays
    assert told["automation"]["mode"] == "agent"


# ---- deterministic


def test_the_same_case_gives_the_same_bytes(pack: MakePack) -> None:
    one, other = pack(CHAIN, CRUSHED), pack(CHAIN, CRUSHED)
    for case in (crushed(), small_case()):
        first = orjson.dumps(one.decide(case))
        assert {orjson.dumps(one.decide(copy.deepcopy(case))) for _ in range(20)} == {first}
        assert orjson.dumps(other.decide(case)) == first
        assert orjson.dumps(decide(one.pack, one.matcher, case)) == first


def test_a_recommendation_is_json_with_no_floats(desk: Desk) -> None:
    def floats(value: Any) -> bool:
        if isinstance(value, dict):
            return any(floats(part) for part in value.values())
        if isinstance(value, list):
            return any(map(floats, value))
        return isinstance(value, float)

    told = desk.decide(crushed())
    assert json.loads(orjson.dumps(told)) == told
    assert not floats(told)


def test_one_case_leaves_no_trace_in_the_next(desk: Desk) -> None:
    first = desk.decide(crushed())
    for case in (small_case(), small_case({"kind": "delay"}), crushed(lines=[]), small_case({"kind": None})):
        desk.decide(case)
    assert desk.decide(crushed()) == first


def test_the_instant_of_deciding_is_an_input(pack: MakePack) -> None:
    clock = """
policy: deadlines
answers: {clock: contract}
hit: collect
rules: [{id: answer, when: {}, then: {clock: {name: reply_by, after: decision, within: 1 hours}}}]
"""
    desk = pack(clock)
    assert desk.decide(small_case())["clocks"][0]["at"] == "2026-03-02T11:00:00+08:00"
    later = small_case(at="2026-03-03T10:00:00+08:00")
    assert desk.decide(later)["clocks"][0]["at"] == "2026-03-03T11:00:00+08:00"


# ---- whatever goes wrong


@pytest.mark.parametrize(
    "case",
    [
        {},
        {"issues": []},
        {"submitted_at": "yesterday", "issues": [{"kind": "damage"}]},
        {"submitted_at": "2026-03-02T10:00:00+08:00", "issues": [{"kind": "flood"}]},
        {"submitted_at": "2026-03-02T10:00:00+08:00", "issues": [7]},
    ],
)
def test_a_case_that_no_schema_let_through_is_a_review(desk: Desk, case: Json) -> None:
    told = desk.decider.decide(case)
    assert (told["outcome"], told["automation"]["mode"], told["remedy"]) == ("review", "agent", None)
    assert codes(told) == ["internal_error"]


def test_an_amount_past_all_bounds_is_a_review(pack: MakePack) -> None:
    text = """
policy: remedy
answers: {remedy.option: contract}
hit: collect
rules: [{id: much, when: {}, then: {remedy.option: {kind: refund, refund: {times: issue.count, of: line.paid_fen}}}}]
"""
    desk = pack(text, "issue.count: {type: number}")
    told = desk.decider.decide(
        small_case({"kind": "damage", "count": 2**53 - 1}, lines=[{"id": "1", "paid_fen": 2**53 - 1}])
    )
    assert (told["outcome"], told["automation"]["mode"]) == ("review", "agent")
    orjson.dumps(told)


def test_a_fault_inside_is_told_by_its_kind_and_never_by_its_text(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: object) -> None:
        raise RuntimeError("the address of the customer is ...")

    monkeypatch.setattr(desk.decider.reader, "read", broken)
    told = desk.decider.decide(crushed())
    assert told["automation"]["reasons"] == [{"code": "internal_error", "details": ["RuntimeError"]}]
    assert "address" not in orjson.dumps(told).decode()


def test_only_a_case_that_hangs_on_something_open_is_explored(desk: Desk) -> None:
    assert isinstance(desk.run(crushed()).tree, World)
    assert not isinstance(desk.run(small_case()).tree, World)


def test_a_decider_serves_one_case_after_the_other(desk: Desk) -> None:
    fresh = Decider(desk.pack, desk.matcher)
    assert [fresh.decide(case) for case in (crushed(), small_case())] == [
        desk.decider.decide(case) for case in (crushed(), small_case())
    ]


# ---- what it rests on


def test_a_decision_tells_what_was_known_and_answered_of_each_issue(desk: Desk) -> None:
    decision = desk.decider.decision(crushed())
    assert decision.recommendation == desk.decide(crushed())
    (issue,) = decision.findings()
    assert issue["facts"]["issue.crushed"] is True
    assert issue["facts"]["line.paid_fen"] == 10_000
    assert "order.paid_at" not in issue["facts"]
    assert issue["answers"] == {
        "cause": "carrier",
        "responsibility.to_customer": "merchant",
        "freight.back": "merchant",
        "automation.mode": "auto",
    }


def test_a_decision_that_broke_rests_on_nothing(desk: Desk) -> None:
    assert desk.decider.decision({"submitted_at": "yesterday"}).findings() == []
