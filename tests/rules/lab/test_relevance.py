"""Which facts can matter for a kind of issue, and in which order."""

from __future__ import annotations

from rules.lab.relevance import kinds, relevant
from tests.support.base_packs import pack_of
from tests.support.places import PACKS
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
SETTLE = ("line.paid_fen", "order.refunded_fen", "issue.wants")  # it reads them, though no rule here does
SUM = "sum.fen: {sum: [order.bag_fen, order.bag_fen]}"


def test_only_rules_that_the_kind_leaves_count_and_what_most_of_them_read_comes_first(pack: MakePack) -> None:
    found = relevant(pack(POLICIES, FACTS, derived=SUM).pack, "damage")
    assert list(found.items()) == [
        ("issue.share", "remedy"),
        ("issue.thawed", "remedy"),
        ("order.bag_fen", "remedy"),
        *((name, "remedy") for name in SETTLE),
        ("customer.risky", "handling"),
    ]


def test_an_answer_that_no_remaining_rule_gives_excludes_what_hangs_on_it(pack: MakePack) -> None:
    found = relevant(pack(POLICIES, FACTS, derived=SUM).pack, "delay")
    assert list(found) == ["delivery.at", "issue.week", *SETTLE, "customer.risky"]


def test_what_an_answer_rests_on_has_the_weight_of_the_answer(pack: MakePack) -> None:
    policies = """
    policy: promise
    answers: {promise.hours: {number: hours}}
    otherwise: {promise.hours: order.hours}
    rules: [{id: told, when: {order.told: true}, then: {promise.hours: 24}}]
    ---
    policy: remedy
    answers: {remedy.option: contract}
    hit: collect
    rules:
      - {id: seen, when: {issue.kind: [damage, delay, other], issue.seen: true}, then: {remedy.option: {kind: refuse}}}
      - {id: late, when: {issue.kind: delay, promise.hours: {less_than: 48}}, then: {remedy.option: {kind: refuse}}}
    """
    facts = "issue.seen: {type: yes_no}\norder.told: {type: yes_no}\norder.hours: {type: {number: hours}}"
    found = relevant(pack(policies, facts).pack, "delay")
    assert list(found) == [
        "order.told",
        "order.hours",
        "issue.seen",
        *SETTLE,
    ]  # half of a rule each, and a third of one


def test_a_rule_about_one_kind_alone_counts_more_than_one_about_many(pack: MakePack) -> None:
    policies = """
    policy: remedy
    answers: {remedy.option: contract}
    hit: collect
    rules:
      - {id: all, when: {issue.kind: {is_not: other}, issue.seen: true}, then: {remedy.option: {kind: explanation}}}
      - {id: one, when: {issue.kind: delay, issue.late: true}, then: {remedy.option: {kind: refuse}}}
    """
    found = relevant(pack(policies, "issue.seen: {type: yes_no}\nissue.late: {type: yes_no}").pack, "delay")
    assert list(found) == ["issue.late", "issue.seen", *SETTLE]


def test_a_pack_may_have_no_kinds() -> None:
    library = pack_of({}, {path.name: path.read_bytes() for path in (PACKS / "library").glob("*.yaml")})
    assert kinds(library) == ()
    assert relevant(library, None) == dict.fromkeys(("loan.reader", "loan.days_late", "line.paid_fen"), "remedy")


def test_without_a_kind_the_facts_of_each_kind_can_matter(pack: MakePack) -> None:
    small = pack(POLICIES, FACTS, derived=SUM).pack
    assert kinds(small) == ("damage", "delay", "other")
    assert set(relevant(small, None)) >= {*relevant(small, "damage"), *relevant(small, "delay")}
