"""Deciding as a whole: total, deterministic, the same for everyone who asks, and a person wherever it is not sure."""

from __future__ import annotations

import copy
import json
from typing import Any

import orjson
import pytest

from rules.decide import Decider, decide
from rules.deciding.tree import World
from tests.support.small_packs import Json, MakePack, SmallPack, codes, rule_ids, small_case

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
def small_pack(pack: MakePack) -> SmallPack:
    return pack(CHAIN, CRUSHED)


def crushed(**more: Any) -> Json:
    return small_case({"kind": "damage", "crushed": True}, **more)


# ---- the path


def test_answers_lead_through_settle_to_who_carries_it_out(small_pack: SmallPack) -> None:
    result = small_pack.decide(crushed())
    assert (result["outcome"], result["remedy"]["refund_fen"]) == ("remedy", 2_000)
    assert result["remedy"]["freight"]["back"] == "merchant"
    assert result["automation"]["mode"] == "auto"
    assert rule_ids(result) == ["crushed", "ours", "pay", "free", "small"]


def test_a_refusal_is_an_answer_of_a_rule(small_pack: SmallPack) -> None:
    result = small_pack.decide(small_case({"kind": "damage", "crushed": False}))
    assert (result["outcome"], result["remedy"]["kind"], result["responsibility"]["to_customer"]) == (
        "refuse",
        "refuse",
        "none",
    )


def test_a_question_goes_all_the_way_down(small_pack: SmallPack) -> None:
    result = small_pack.decide(small_case())
    assert (result["outcome"], [one["fact"] for one in result["missing"]]) == ("ask", ["issue.crushed"])
    assert [one["outcomes"] for one in result["missing"][0]["changes"]] == [
        [{"outcome": "remedy", "kind": "refund", "total_fen": 2_000, "mode": "auto"}],
        [{"outcome": "refuse", "kind": "refuse", "total_fen": 0, "mode": "agent"}],
    ]


def test_a_rule_gives_the_same_whatever_follows_it(small_pack: SmallPack) -> None:
    # just above what the machine may pay: the refund stays, the mode changes
    result = small_pack.decide(crushed(lines=[{"id": "1", "paid_fen": 10_005}]))
    assert (result["remedy"]["refund_fen"], result["automation"]["mode"]) == (2_001, "agent")


def test_issues_settle_together(small_pack: SmallPack) -> None:
    result = small_pack.decide(small_case({"kind": "damage", "crushed": True}, {"kind": "delay"}))
    assert (result["outcome"], result["remedy"]["refund_fen"]) == ("remedy", 2_000)
    assert result["remedy"]["freight"]["back"] == "merchant"  # of the issue that is refused the customer pays
    assert result["automation"]["mode"] == "agent"


# ---- deterministic


def test_the_same_case_gives_the_same_bytes(pack: MakePack) -> None:
    one, other = pack(CHAIN, CRUSHED), pack(CHAIN, CRUSHED)
    for case in (crushed(), small_case()):
        first = orjson.dumps(one.decide(case))
        assert {orjson.dumps(one.decide(copy.deepcopy(case))) for _ in range(20)} == {first}
        assert orjson.dumps(other.decide(case)) == first
        assert orjson.dumps(decide(one.pack, one.matcher, case)) == first


def test_a_recommendation_is_json_with_no_floats(small_pack: SmallPack) -> None:
    def floats(value: Any) -> bool:
        if isinstance(value, dict):
            return any(floats(part) for part in value.values())
        if isinstance(value, list):
            return any(map(floats, value))
        return isinstance(value, float)

    result = small_pack.decide(crushed())
    assert json.loads(orjson.dumps(result)) == result
    assert not floats(result)


def test_one_case_leaves_no_trace_in_the_next(small_pack: SmallPack) -> None:
    first = small_pack.decide(crushed())
    for case in (small_case(), small_case({"kind": "delay"}), crushed(lines=[]), small_case({"kind": None})):
        small_pack.decide(case)
    assert small_pack.decide(crushed()) == first


def test_the_instant_of_deciding_is_an_input(pack: MakePack) -> None:
    clock = """
policy: deadlines
answers: {clock: contract}
hit: collect
rules: [{id: answer, when: {}, then: {clock: {name: reply_by, after: decision, within: 1 hours}}}]
"""
    small_pack = pack(clock)
    assert small_pack.decide(small_case())["clocks"][0]["at"] == "2026-03-02T11:00:00+08:00"
    later = small_case(at="2026-03-03T10:00:00+08:00")
    assert small_pack.decide(later)["clocks"][0]["at"] == "2026-03-03T11:00:00+08:00"


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
def test_a_case_that_no_schema_let_through_is_a_review(small_pack: SmallPack, case: Json) -> None:
    result = small_pack.decider.decide(case)
    assert (result["outcome"], result["automation"]["mode"], result["remedy"]) == ("review", "agent", None)
    assert codes(result) == ["internal_error"]


def test_an_amount_past_all_bounds_is_a_review(pack: MakePack) -> None:
    text = """
policy: remedy
answers: {remedy.option: contract}
hit: collect
rules: [{id: much, when: {}, then: {remedy.option: {kind: refund, refund: {times: issue.count, of: line.paid_fen}}}}]
"""
    small_pack = pack(text, "issue.count: {type: number}")
    result = small_pack.decider.decide(
        small_case({"kind": "damage", "count": 2**53 - 1}, lines=[{"id": "1", "paid_fen": 2**53 - 1}])
    )
    assert (result["outcome"], result["automation"]["mode"]) == ("review", "agent")
    orjson.dumps(result)


def test_an_error_inside_is_shown_by_its_kind_and_never_by_its_text(
    small_pack: SmallPack, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: object) -> None:
        raise RuntimeError("the address of the customer is ...")

    monkeypatch.setattr(small_pack.decider.reader, "read", broken)
    result = small_pack.decider.decide(crushed())
    assert result["automation"]["reasons"] == [{"code": "internal_error", "details": ["RuntimeError"]}]
    assert "address" not in orjson.dumps(result).decode()


def test_only_a_case_that_depends_on_something_open_is_explored(small_pack: SmallPack) -> None:
    assert isinstance(small_pack.run(crushed()).tree, World)
    assert not isinstance(small_pack.run(small_case()).tree, World)


def test_a_decider_serves_one_case_after_the_other(small_pack: SmallPack) -> None:
    fresh = Decider(small_pack.pack, small_pack.matcher)
    assert [fresh.decide(case) for case in (crushed(), small_case())] == [
        small_pack.decider.decide(case) for case in (crushed(), small_case())
    ]


# ---- what it rests on


def test_a_decision_has_the_facts_and_answers_of_each_issue(small_pack: SmallPack) -> None:
    decision = small_pack.decider.decision(crushed())
    assert decision.recommendation == small_pack.decide(crushed())
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


def test_a_decision_that_broke_rests_on_nothing(small_pack: SmallPack) -> None:
    assert small_pack.decider.decision({"submitted_at": "yesterday"}).findings() == []
