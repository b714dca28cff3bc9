"""The ordinary case of a kind: everyday values for what its decision needs."""

from __future__ import annotations

from fractions import Fraction

import pytest

from rules.lab.ordinary_case import SUBMITTED_AT, first_value, ordinary_case
from rules.values.kind import Type
from tests.support.small_packs import MONDAY, Json, MakePack, SmallPack

POLICIES = """
policy: cause
answers: {finding.cause: {one_of: [spoiled, unproven]}}
otherwise: {finding.cause: unproven}
rules:
  - id: spoiled
    when: {issue.kind: damage, issue.share: {more_than: 0}, issue.thawed: false, evidence.shows: {includes: whole_box}}
    then: {finding.cause: spoiled}
---
policy: remedy
answers: {remedy.option: contract}
hit: collect
rules:
  - {id: paid, when: {finding.cause: spoiled}, then: {remedy.option: {kind: refund, refund: line.paid_fen}}}
  - {id: unproven, when: {finding.cause: unproven}, then: {remedy.option: {kind: refuse}}}
"""
FACTS = f"""
submitted_at: {{type: instant, example: {MONDAY}}}
order.risk: {{type: {{one_of: [flagged, low]}}, must_know: true, supposed: low, who: system, ask: {{en: What risk?}}}}
issue.share: {{type: ratio, example: 0.3}}
issue.thawed: {{type: yes_no, presume: false, because: not_alleged}}
issue.seen_at: {{type: instant}}
evidence.items:
  type: {{list_of: {{kind: {{one_of: [photo, video]}}, shows: {{list_of: {{one_of: [label, whole_box]}}}}, ref: text}}}}
  who: customer
  ask: {{en: 'Please send {{item}}.'}}
"""
SHOWS = "evidence.shows: {gather: {items: evidence.items, field: shows}}"


@pytest.fixture
def spoiled(pack: MakePack) -> SmallPack:
    return pack(POLICIES, FACTS, derived=SHOWS)


def test_it_states_the_examples_what_must_be_known_and_what_is_asked(spoiled: SmallPack) -> None:
    found = ordinary_case(spoiled.pack, "damage", spoiled.decide)
    assert found.case == {
        "pack": "small",
        "submitted_at": MONDAY,
        "order": {"refunded_fen": 0, "risk": "low", "lines": [{"id": "1", "paid_fen": 100_00}]},
        "issues": [
            {
                "kind": "damage", "line": "1", "share": "0.3",
                "evidence": {"items": [{"kind": "photo", "shows": ["whole_box"]}]},
            }
        ],
    }  # fmt: skip
    assert found.recommendation["outcome"] == "remedy"
    assert found.recommendation == spoiled.decide(found.case)


def test_what_can_matter_besides_is_left_out(spoiled: SmallPack) -> None:
    others = ordinary_case(spoiled.pack, "damage", spoiled.decide).others
    assert others == {"issue.thawed": "remedy", "issue.wants": "remedy"}


def test_facts_that_other_kinds_need_are_not_stated(spoiled: SmallPack) -> None:
    (issue,) = ordinary_case(spoiled.pack, "delay", spoiled.decide).case["issues"]
    assert issue == {"kind": "delay", "line": "1"}


def test_a_kind_may_have_examples_of_its_own(pack: MakePack) -> None:
    facts = FACTS.replace("example: 0.3", "example: 0.3, examples: {delay: 0.5, damage: 0.2}")
    small = pack(POLICIES, facts, derived=SHOWS)
    (issue,) = ordinary_case(small.pack, "damage", small.decide).case["issues"]
    assert issue["share"] == "0.2"
    (issue,) = ordinary_case(small.pack, "delay", small.decide).case["issues"]
    assert "share" not in issue  # nothing about this kind reads it


def test_a_kind_may_leave_out_what_others_state_or_are_asked_for(pack: MakePack) -> None:
    asked = "who: customer, ask: {en: How much?}"
    facts = FACTS.replace("example: 0.3", f"example: 0.3, examples: {{damage: (left out)}}, {asked}")
    small = pack(POLICIES, facts, derived=SHOWS)
    found = ordinary_case(small.pack, "damage", small.decide)
    assert "share" not in found.case["issues"][0]
    assert [one["fact"] for one in found.recommendation["missing"]] == ["issue.share"]
    assert found.others["issue.share"] == "remedy"


def test_a_time_without_an_example_is_that_of_the_complaint(pack: MakePack) -> None:
    late = """
    policy: remedy
    answers: {remedy.option: contract}
    hit: collect
    rules:
      - {id: late, when: {issue.seen_at: {after: 2026-01-01T00:00:00Z}}, then: {remedy.option: {kind: explanation}}}
      - {id: never, when: {issue.on: {after: 2026-01-01}}, then: {remedy.option: {kind: refuse}}}
    """
    small = pack(late, "issue.seen_at: {type: instant}\nissue.on: {type: date}")
    (issue,) = ordinary_case(small.pack, "delay", small.decide).case["issues"]
    assert (issue["seen_at"], issue["on"]) == (SUBMITTED_AT, SUBMITTED_AT[:10])


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Type("yes_no"), False),
        (Type("one_of", values=("none", "some")), "none"),
        (Type("number"), 1),
        (Type("number", least=0, most=10), 1),
        (Type("number", least=3), 3),
        (Type("number", least=0, most=0), 0),
        (Type("number", least=Fraction(3, 2)), 2),
        (Type("number", least=Fraction(1, 2), most=Fraction(4, 5)), "0.8"),
        (Type("list", item=Type("text")), []),
    ],
)
def test_the_first_value_of_a_type(kind: Type, value: Json) -> None:
    assert first_value(kind) == value
    kind.parse(value)
