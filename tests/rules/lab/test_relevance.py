"""Which facts can matter for a kind of issue, and in which order."""

from __future__ import annotations

from rules.lab.relevance import relevant
from tests.support.small_packs import MakePack

POLICIES = """
policy: cause
answers: {finding.cause: {one_of: [spoiled, late, unproven]}}
otherwise: {finding.cause: unproven}
rules:
  - {id: spoiled, when: {issue.kind: damage, issue.share: {more_than: 0}}, then: {finding.cause: spoiled}}
  - id: cold
    when: {issue.kind: damage, issue.share: {at_most: 0}, issue.thawed: true}
    then: {finding.cause: spoiled}
  - {id: late, when: {issue.kind: delay, delivery.at: {known: false}}, then: {finding.cause: late}}
---
policy: remedy
answers: {remedy.option: contract}
hit: collect
rules:
  - {id: late, when: {finding.cause: late, issue.week: true}, then: {remedy.option: {kind: explanation}}}
  - {id: paid, when: {finding.cause: spoiled}, then: {remedy.option: {kind: refund, refund: sum.fen}}}
---
policy: automation
answers: {automation.mode: {one_of: [agent, auto], joins: first}}
otherwise: {automation.mode: agent}
rules: [{id: small, when: {customer.risky: false}, then: {automation.mode: auto}}]
"""
FACTS = """
issue.share: {type: ratio}
issue.thawed: {type: yes_no}
issue.week: {type: yes_no}
delivery.at: {type: instant}
customer.risky: {type: yes_no}
order.bag_fen: {type: money}
issue.old: {type: yes_no, retired: 2026-01-01}
"""
SUM = "sum.fen: {sum: [order.bag_fen, order.bag_fen]}"


def test_only_rules_that_the_kind_leaves_count_and_what_most_of_them_read_comes_first(pack: MakePack) -> None:
    found = relevant(pack(POLICIES, FACTS, derived=SUM).pack, "damage")
    assert list(found.items()) == [
        ("issue.share", "remedy"),
        ("issue.thawed", "remedy"),
        ("order.bag_fen", "remedy"),
        ("customer.risky", "handling"),
    ]


def test_an_answer_that_no_remaining_rule_gives_excludes_what_hangs_on_it(pack: MakePack) -> None:
    found = relevant(pack(POLICIES, FACTS, derived=SUM).pack, "delay")
    assert list(found) == ["delivery.at", "issue.week", "customer.risky"]
