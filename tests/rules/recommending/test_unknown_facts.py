"""Facts sent as unknown that a rule would read if they were stated: no machine acts without them."""

from __future__ import annotations

import pytest

from tests.support.small_packs import HEAD, MONDAY, Json, MakePack, small_case

FACTS = """
issue.objection: {type: {one_of: [none, used]}}
issue.colour: {type: {one_of: [red, blue]}}
"""
RULES = """
policy: automation
answers: {automation.mode: {one_of: [specialist, manager, lead, agent, auto_appeal, auto], joins: first}}
hit: priority
otherwise: {automation.mode: agent}
rules:
  - {id: plain, when: {issue.kind: [damage, delay]}, then: {automation.mode: auto}}
  - id: disputed
    when: {issue.kind: damage, not: {issue.objection: {known: false}}, issue.objection: used}
    then: {automation.mode: lead}
"""
WORDS = """---
policy: words
answers: {say: contract}
hit: collect
rules: [{id: red, when: {not: {issue.colour: {known: false}}, issue.colour: red}, then: {say: hello}}]
"""


@pytest.mark.parametrize(
    ("issue", "mode", "asked"),
    [
        ({}, "auto", []),
        ({"objection": "none"}, "auto", []),
        ({"objection": "used"}, "lead", []),
        ({"objection": "unknown"}, "agent", ["issue.objection"]),
        ({"objection": None}, "agent", ["issue.objection"]),
        ({"kind": "delay", "objection": "unknown"}, "auto", []),  # the rule is about another kind
        ({"kind": "other", "objection": "unknown"}, "agent", []),  # no machine would act anyway
        ({"colour": "unknown"}, "auto", []),  # no decision rests on words
    ],
)
def test_no_machine_acts_where_a_rule_looks_for_what_is_sent_as_unknown(
    pack: MakePack, issue: Json, mode: str, asked: list[str]
) -> None:
    result = pack(RULES + WORDS, FACTS, words="hello: {en: Hello}").decide(small_case({"kind": "damage", **issue}))
    assert result["outcome"] == "remedy"
    assert result["automation"]["mode"] == mode
    assert [one["fact"] for one in result["missing"]] == asked
    if asked:
        assert {"code": "must_know", "fact": asked[0]} in result["automation"]["reasons"]


@pytest.mark.parametrize(("paid_at", "mode"), [(MONDAY, "auto"), ("unknown", "agent"), (None, "agent")])
def test_no_machine_acts_where_the_day_that_governs_is_sent_as_unknown(
    pack: MakePack, paid_at: str | None, mode: str
) -> None:
    dated = RULES.replace("- {id: plain,", "- {id: plain, in_force: {from: 2020-01-01},")
    head = HEAD.replace("}", ", as_of: [order.paid_at, submitted_at]}")
    result = pack(dated, FACTS, pack=head).decide(small_case(order={"paid_at": paid_at}))
    assert result["automation"]["mode"] == mode


BEHIND_A_DERIVED_FACT = """
policy: wait
answers: {wait.hours: number}
hit: unique
otherwise: {wait.hours: 1}
rules:
  - {id: used, when: {not: {issue.objection: {known: false}}, issue.objection: used}, then: {wait.hours: 9}}
---
policy: automation
answers: {automation.mode: {one_of: [specialist, manager, lead, agent, auto_appeal, auto], joins: first}}
hit: priority
otherwise: {automation.mode: agent}
rules:
  - {id: short, when: {wait.all: {at_most: 2}}, then: {automation.mode: auto}}
"""


@pytest.mark.parametrize(("objection", "mode"), [("none", "auto"), ("used", "agent"), ("unknown", "agent")])
def test_a_rule_behind_a_derived_fact_counts_too(pack: MakePack, objection: str, mode: str) -> None:
    derived = "wait.all: {label: {en: all}, first_known: [wait.hours]}"
    result = pack(BEHIND_A_DERIVED_FACT, FACTS, derived=derived).decide(small_case({"objection": objection}))
    assert result["automation"]["mode"] == mode
