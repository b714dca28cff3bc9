"""The recommendation: its parts in the order of reading, of one issue and of several."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from tests.support.small_packs import Json, MakePack, SmallPack, small_case

KEYS = [
    "outcome", "provisional", "remedy", "alternatives", "eligibility", "responsibility", "severity", "clocks",
    "automation", "missing", "words", "why", "why_not", "issues", "paid_before", "policy",
]  # fmt: skip

BY_KIND = """
policy: remedy
answers: {remedy.option: contract}
hit: collect
rules:
  - {id: sealed, when: {issue.kind: damage, issue.opened: false}, then: {remedy.option: {kind: refund, refund: 5 CNY}}}
  - {id: opened, when: {issue.kind: damage, issue.opened: true}, then: {remedy.option: {kind: refuse}}}
  - {id: late, when: {issue.kind: delay}, then: {remedy.option: {kind: refuse}}}
"""
OPENED = "issue.opened: {type: yes_no}\n"

# what an issue of each outcome looks like
ISSUES: dict[str, Json] = {
    "remedy": {"kind": "damage", "opened": False},
    "refuse": {"kind": "delay"},
    "ask": {"kind": "damage"},
    "review": {"kind": "other"},
}


@pytest.fixture
def small_pack(pack: MakePack) -> SmallPack:
    return pack(BY_KIND, OPENED)


# ---- the outcome


@pytest.mark.parametrize("outcome", ["remedy", "refuse", "ask", "review"])
def test_the_parts_stand_in_the_order_of_reading(small_pack: SmallPack, outcome: str) -> None:
    result = small_pack.decide(small_case(ISSUES[outcome]))
    assert list(result) == KEYS
    assert result["outcome"] == outcome
    assert result["provisional"] is (outcome in ("ask", "review"))


@pytest.mark.parametrize(
    ("issues", "outcome"),
    [
        (("remedy", "refuse"), "remedy"),
        (("refuse", "refuse"), "refuse"),
        (("remedy", "ask"), "ask"),
        (("refuse", "ask"), "ask"),
        (("remedy", "review"), "review"),
        (("ask", "review"), "review"),
    ],
)
def test_the_outcome_of_a_case_is_the_first_present(
    small_pack: SmallPack, issues: tuple[str, ...], outcome: str
) -> None:
    for order in permutations(issues):
        assert small_pack.decide(small_case(*(ISSUES[one] for one in order)))["outcome"] == outcome


def test_each_issue_keeps_its_own(pack: MakePack) -> None:
    lines = [{"id": "a", "paid_fen": 300}, {"id": "b", "paid_fen": 10_000}]
    result = pack(BY_KIND, OPENED).decide(
        small_case({**ISSUES["refuse"], "line": "b"}, {**ISSUES["remedy"], "line": "a"}, lines=lines)
    )
    assert result["issues"] == [
        {
            "issue": 0, "line": "b", "kind": "delay", "ground": None, "outcome": "refuse",
            "remedy": {"kind": "refuse", "refund_fen": 0, "return_required": False},
            "to_customer": "merchant", "final": None,
        },
        {
            "issue": 1, "line": "a", "kind": "damage", "ground": None, "outcome": "remedy",
            "remedy": {"kind": "refund", "refund_fen": 300, "return_required": False},
            "to_customer": "merchant", "final": None,
        },
    ]  # fmt: skip


GROUNDS = """
---
policy: grounds
answers: {issue.ground: {one_of: [damage, delay, other]}}
otherwise: {issue.ground: issue.kind}
rules: [{id: broken-box, when: {not: {issue.opened: {known: false}}, issue.opened: true}, then: {issue.ground: damage}}]
"""
RESTS = (
    "policy: compensation\nanswers: {remedy.compensation: contract}\nhit: collect\nrules: "
    "[{id: late, when: {issue.ground: damage}, then: {remedy.compensation: {head: care, basis: rule, amount: 7 CNY}}}]"
)


@pytest.mark.parametrize(
    ("issue", "ground"),
    [
        ({"kind": "delay", "opened": True}, {"value": "damage", "rule": "broken-box"}),
        ({"kind": "delay", "opened": False}, {"value": "delay", "rule": None}),
        ({"kind": "delay"}, {"value": "delay", "rule": None}),
        ({}, None),  # nothing was ticked, and no fact says what it rests on
    ],
)
def test_an_issue_names_its_ground_and_the_rule_that_says_so(pack: MakePack, issue: Json, ground: Json | None) -> None:
    result = pack(RESTS + GROUNDS, OPENED).decide(small_case(issue))
    assert [one["ground"] for one in result["issues"]] == [ground]


@pytest.mark.parametrize(
    ("first", "again", "given"),
    [
        ({"kind": "delay", "ground": "damage"}, {"kind": "other", "opened": True}, 0),  # the same ground, other ticked
        ({"kind": "damage"}, {"kind": "other", "opened": True}, 0),  # the sender knows no grounds
        ({"kind": "other"}, {"kind": "other", "opened": True}, 0),
        ({"kind": "delay"}, {"kind": "other", "opened": True}, 700),
        ({"kind": "other", "ground": "delay"}, {"kind": "damage"}, 700),
    ],
)
def test_a_claim_is_not_paid_again_where_another_kind_is_ticked(
    pack: MakePack, first: Json, again: Json, given: int
) -> None:
    case = small_case(again) | {"paid_before": [{**first, "item": "care", "amount_fen": 700}]}
    result = pack(RESTS + GROUNDS, OPENED).decide(case)
    assert sum(one["amount_fen"] for one in result["remedy"]["compensation"]) == given


def test_beside_an_issue_that_asks_the_settled_one_keeps_its_outcome(small_pack: SmallPack) -> None:
    result = small_pack.decide(small_case(ISSUES["remedy"], ISSUES["ask"]))
    assert [one["outcome"] for one in result["issues"]] == ["remedy", "ask"]


def test_an_issue_without_an_option_has_no_remedy(small_pack: SmallPack) -> None:
    result = small_pack.decide(small_case(ISSUES["remedy"], ISSUES["review"]))
    assert [one["remedy"] is None for one in result["issues"]] == [False, True]
    assert [one["outcome"] for one in result["issues"]] == ["remedy", "review"]


def test_an_issue_of_no_line_names_none(small_pack: SmallPack) -> None:
    lines = [{"id": "a", "paid_fen": 300}, {"id": "b", "paid_fen": 10_000}]
    result = small_pack.decide(small_case(ISSUES["remedy"], lines=lines))
    assert result["issues"][0]["line"] is None
    assert result["remedy"]["refund_fen"] == 500


def test_what_is_likely_stands_beside_the_questions(pack: MakePack) -> None:
    text = BY_KIND + "  - {id: whatever, when: {issue.kind: damage}, then: {remedy.option: {kind: repair, rank: 90}}}\n"
    result = pack(text, OPENED).decide(small_case(ISSUES["ask"]))
    assert (result["outcome"], result["provisional"], result["remedy"]["kind"]) == ("ask", True, "repair")


# ---- entitlements

WINDOW = """
policy: window
answers:
  eligibility.return: {one_of: [granted, denied, not_asked]}
  eligibility.return.from: instant
  eligibility.return.until: instant
  eligibility.return.day: number
otherwise:
  eligibility.return: not_asked
  eligibility.return.from: {fact: delivery.signed_at}
  eligibility.return.until: {fact: delivery.until}
  eligibility.return.day: {fact: issue.day}
rules:
  - {id: in-time, when: {issue.kind: damage, issue.day: {at_most: 7}}, then: {eligibility.return: granted}}
  - {id: late, when: {issue.kind: damage, issue.day: {more_than: 7}}, then: {eligibility.return: denied}}
---
policy: proof
answers: {eligibility.proof: {one_of: [granted, denied, not_asked]}}
otherwise: {eligibility.proof: not_asked}
rules: [{id: any, when: {issue.kind: delay}, then: {eligibility.proof: granted}}]
"""
DERIVED = """
delivery.until: {day_end: {after: delivery.signed_at, days: 7}}
issue.day: {days: {from: delivery.signed_at, to: submitted_at}}
"""


@pytest.mark.parametrize(
    ("signed", "answer", "until", "day"),
    [
        ("2026-02-25T22:00:00+08:00", "granted", "2026-03-04T23:59:59", 5),
        ("2026-02-23T00:00:00+08:00", "granted", "2026-03-02T23:59:59", 7),
        ("2026-02-22T23:59:59+08:00", "denied", "2026-03-01T23:59:59", 8),
    ],
)
def test_an_entitlement_shows_its_window_and_the_day_counted(
    pack: MakePack, signed: str, answer: str, until: str, day: int
) -> None:
    result = pack(WINDOW, "delivery.signed_at: {type: instant}", derived=DERIVED).decide(
        small_case(delivery={"signed_at": signed})
    )
    (found,) = result["eligibility"]
    assert list(found) == ["issue", "entitlement", "answer", "from", "until", "day"]
    assert (found["issue"], found["entitlement"], found["answer"], found["day"]) == (0, "return", answer, day)
    assert found["from"] == signed
    assert found["until"] == f"{until}+08:00"  # the last second of the day


def test_what_was_not_asked_is_not_shown_and_each_issue_shows_its_own(pack: MakePack) -> None:
    small_pack = pack(WINDOW, "delivery.signed_at: {type: instant}", derived=DERIVED)
    result = small_pack.decide(
        small_case(
            {"kind": "delay"},
            {"kind": "damage"},
            {"kind": "other"},
            delivery={"signed_at": "2026-03-01T09:00:00+08:00"},
        )
    )
    assert [(one["issue"], one["entitlement"], one["answer"]) for one in result["eligibility"]] == [
        (0, "proof", "granted"),
        (1, "return", "granted"),
    ]
    assert [one["day"] for one in result["eligibility"]] == [None, 1]


def test_an_open_fact_behind_a_visible_denial_is_asked_for(pack: MakePack) -> None:
    result = pack(WINDOW, "delivery.signed_at: {type: instant}", derived=DERIVED).decide(small_case())
    assert all(one["answer"] in ("granted", "denied") for one in result["eligibility"])


# ---- what governed


def test_the_recommendation_names_pack_digest_engine_and_governing_days(pack: MakePack) -> None:
    sources = (
        "documents: {law: {title: {en: Law}, as_of: order.paid_at}}\narticles: {L: {document: law, says: {en: So.}}}"
    )
    small_pack = pack(sources=sources)
    result = small_pack.decide(small_case(order={"paid_at": "2026-02-01T00:00:00+08:00"}))["policy"]
    assert list(result) == ["pack", "digest", "governing", "engine"]
    assert (result["pack"], result["governing"]) == ("small", {"law": "2026-02-01"})
    assert result["digest"] == small_pack.pack.digest
    assert result["digest"].startswith("sha256:")
    assert result["engine"].startswith("durable_rules ")


# ---- what could not be decided


def test_a_case_that_breaks_has_every_part_and_a_person(small_pack: SmallPack) -> None:
    broken = small_pack.decider.recommender.broken("internal_error", ["TypeError"])
    assert list(broken) == KEYS
    good = small_pack.decide(small_case(ISSUES["remedy"]))
    for part in ("responsibility", "automation", "why", "policy"):
        assert broken[part].keys() == good[part].keys()
    assert (broken["outcome"], broken["automation"]["mode"], broken["provisional"]) == ("review", "agent", True)
    assert broken["why"]["notes"] == [{"code": "internal_error", "details": ["TypeError"]}]


@pytest.mark.parametrize(
    ("issues", "severity"),
    [([{"kind": "damage"}], "normal"), ([{"kind": "damage"}, {"kind": "delay"}], "urgent")],
)
def test_severity_is_that_of_the_whole_case(pack: MakePack, issues: list[Json], severity: str) -> None:
    text = """
policy: triage
answers: {severity: {one_of: [urgent, normal], joins: first}}
otherwise: {severity: normal}
rules: [{id: late, when: {issue.kind: delay}, then: {severity: urgent}}]
"""
    assert pack(text).decide(small_case(*issues))["severity"] == severity


def test_where_all_worlds_agree_for_the_customer_one_of_them_is_shown(pack: MakePack) -> None:
    text = """
policy: remedy
answers: {remedy.option: contract}
hit: collect
rules:
  - {id: opened, when: {issue.opened: true}, then: {remedy.option: {kind: refund, refund: 5 CNY}}}
  - {id: sealed, when: {issue.opened: false}, then: {remedy.option: {kind: refund, refund: 5 CNY}}}
"""
    result: dict[str, Any] = pack(text, OPENED).decide(small_case())
    assert (result["outcome"], result["remedy"]["refund_fen"], len(result["alternatives"])) == ("remedy", 500, 1)
