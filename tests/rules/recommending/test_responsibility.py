"""Who answers, who finally bears what the case costs, and what is claimed back."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.small_packs import Json, MakePack, small_case


def final(*rules: str) -> str:
    listed = "\n".join(
        f"  - {{id: bear-{at}, when: {when.strip()}, then: {{responsibility.final: {party.strip()}}}}}"
        for at, (when, party) in enumerate(rule.split("=>") for rule in rules)
    )
    head = "policy: bear\nanswers: {responsibility.final: contract}\notherwise: {responsibility.final: none}"
    return f"{head}\nrules:\n{listed}\n"


PAY = """---
policy: remedy
answers: {remedy.option: contract}
hit: collect
rules:
  - {id: keep, when: {issue.kind: damage}, then: {remedy.option: {kind: refund, refund: 10.01 CNY}}}
  - {id: back, when: {issue.kind: delay}, then: {remedy.option: {kind: return_refund, return: true, refund: 30 CNY}}}
  - {id: nothing, when: {issue.kind: other}, then: {remedy.option: {kind: explanation}}}
"""
LATE = """---
policy: extra
answers: {remedy.compensation: contract}
hit: collect
rules: [{id: late, when: {issue.kind: delay}, then: {remedy.compensation: {head: delay, basis: rule, amount: 3 CNY}}}]
"""
GIFT = """---
policy: gift
answers: {remedy.goodwill: contract}
hit: collect
rules: [{id: gift, when: {}, then: {remedy.goodwill: {form: points, amount: 5 CNY}}}]
"""
WHO = """---
policy: who
answers: {responsibility.to_customer: contract}
otherwise: {responsibility.to_customer: undetermined}
rules:
  - {id: ours, when: {issue.kind: damage}, then: {responsibility.to_customer: merchant}}
  - {id: theirs, when: {issue.kind: delay}, then: {responsibility.to_customer: platform}}
"""


def responsibility_of(pack: MakePack, text: str, *kinds: str, **parts: Any) -> Json:
    found = pack(text, **parts).decide(small_case(*({"kind": kind} for kind in kinds)))["responsibility"]
    assert isinstance(found, dict)
    return found


# ---- shares


@pytest.mark.parametrize(
    ("party", "shown", "bears"),
    [
        ("logistics", {"logistics": 100}, {"logistics": 1_001}),
        ("{merchant: 30, logistics: rest}", {"merchant": 30, "logistics": 70}, {"merchant": 300, "logistics": 701}),
        # The odd fen goes by the contract's order of parties, so that the order of writing never matters.
        ("{logistics: 50, merchant: rest}", {"logistics": 50, "merchant": 50}, {"merchant": 501, "logistics": 500}),
        ("{merchant: 50, logistics: rest}", {"merchant": 50, "logistics": 50}, {"merchant": 501, "logistics": 500}),
        (
            "{producer: 33.3, logistics: 33.3, merchant: rest}",
            {"producer": "33.3", "logistics": "33.3", "merchant": "33.4"},
            {"producer": 333, "logistics": 333, "merchant": 335},  # 333.333, 333.333 and 334.334: the last fen
        ),
    ],
)
def test_the_loss_is_split_by_largest_remainder(
    pack: MakePack, party: str, shown: dict[str, Any], bears: dict[str, int]
) -> None:
    found = responsibility_of(pack, final(f"{{}} => {party}") + PAY, "damage")
    assert (found["final"], found["bears"]) == (shown, bears)
    assert sum(found["bears"].values()) == 1_001


def test_a_share_may_be_a_parameter(pack: MakePack) -> None:
    text = final("{} => {merchant: {parameter: our.share}, logistics: rest}") + PAY
    found = responsibility_of(pack, text, "damage", parameters="our.share: {type: {number: percent}, values: 40}")
    assert found["bears"] == {"merchant": 400, "logistics": 601}


def test_money_for_goods_that_come_back_is_nobodys_loss(pack: MakePack) -> None:
    assert responsibility_of(pack, final("{} => logistics") + PAY, "delay")["bears"] == {}
    assert responsibility_of(pack, final("{} => logistics") + PAY + LATE, "delay")["bears"] == {"logistics": 300}


def test_the_party_that_offers_goodwill_bears_it(pack: MakePack) -> None:
    assert responsibility_of(pack, final("{} => logistics") + PAY + GIFT, "damage")["bears"] == {
        "logistics": 1_001,
        "merchant": 500,
    }
    assert responsibility_of(pack, final("{} => merchant") + PAY + GIFT, "damage")["bears"] == {"merchant": 1_501}


def test_each_issue_falls_on_whom_it_is_due_to(pack: MakePack) -> None:
    text = final("{issue.kind: damage} => {merchant: 30, logistics: rest}", "{issue.kind: delay} => platform")
    found = responsibility_of(pack, text + PAY + LATE, "damage", "delay")
    assert found["bears"] == {"merchant": 300, "logistics": 701, "platform": 300}


def test_what_costs_nothing_is_borne_by_nobody(pack: MakePack) -> None:
    found = responsibility_of(pack, final("{} => merchant") + PAY, "other")
    assert (found["final"], found["bears"]) == ({"merchant": 100}, {})


def test_a_pack_that_does_not_say_who_bears_leaves_it_open(pack: MakePack) -> None:
    found = responsibility_of(pack, PAY.removeprefix("---"), "damage")
    assert (found["to_customer"], found["final"], found["bears"]) == ("merchant", None, None)


# ---- the headline


def test_the_issue_of_the_largest_sum_says_who_answers(pack: MakePack) -> None:
    text = final("{issue.kind: damage} => logistics", "{issue.kind: delay} => platform") + PAY + WHO
    found = responsibility_of(pack, text, "damage", "delay")
    assert (found["to_customer"], found["final"]) == ("platform", {"platform": 100})
    assert responsibility_of(pack, text, "damage", "other")["to_customer"] == "merchant"
    assert responsibility_of(pack, text, "other", "damage")["to_customer"] == "merchant"


def test_a_larger_refund_without_a_breach_does_not_take_the_case(pack: MakePack) -> None:
    own = """---
policy: own
answers: {responsibility.to_customer: contract}
otherwise: {responsibility.to_customer: customer}
rules:
  - {id: fake, when: {issue.kind: damage}, then: {responsibility.to_customer: merchant}}
  - {id: nobody, when: {issue.kind: other}, then: {responsibility.to_customer: none}}
"""
    text = final("{issue.kind: damage} => merchant", "{issue.kind: delay} => customer") + PAY + own
    assert responsibility_of(pack, text, "delay")["to_customer"] == "customer"
    for kinds in (("delay", "damage"), ("damage", "delay")):  # 30.00 for the delay, 10.01 for the damage
        assert responsibility_of(pack, text, *kinds)["to_customer"] == "merchant"
    assert responsibility_of(pack, text, "delay", "other")["to_customer"] == "customer"


def test_no_party_and_an_undetermined_one_are_answers(pack: MakePack) -> None:
    found = responsibility_of(pack, final("{issue.kind: damage} => undetermined") + PAY + WHO, "other")
    assert (found["to_customer"], found["final"], found["certainty"]) == ("undetermined", {"none": 100}, "settled")


# ---- certainty

LOST = "delivery.lost: {type: yes_no, who: carrier, ask: {en: Was it lost?}}"


def test_who_bears_is_only_likely_while_a_fact_is_open(pack: MakePack) -> None:
    text = final("{delivery.lost: true} => logistics", "{delivery.lost: false} => merchant") + PAY
    small_pack = pack(text, LOST)
    found = small_pack.decide(small_case({"kind": "damage"}))
    assert found["outcome"] == "remedy"
    assert found["responsibility"]["certainty"] == "likely"
    assert [(one["fact"], one["because"], one["ask"]) for one in found["missing"]] == [
        ("delivery.lost", "bearing", ["carrier"])
    ]
    found = small_pack.decide(small_case({"kind": "damage"}, delivery={"lost": True}))
    assert (found["responsibility"]["certainty"], found["responsibility"]["bears"]) == ("settled", {"logistics": 1_001})


def test_where_every_answer_leads_to_the_same_it_is_settled(pack: MakePack) -> None:
    text = final("{delivery.lost: true} => logistics", "{delivery.lost: false} => logistics") + PAY
    found = pack(text, LOST).decide(small_case({"kind": "damage"}))
    assert (found["responsibility"]["certainty"], found["missing"]) == ("settled", [])
    assert found["responsibility"]["bears"] == {"logistics": 1_001}


# ---- recovery

CLAIMS = """---
policy: claims
answers: {recovery: contract}
hit: collect
rules:
  - {id: carrier, when: {issue.kind: damage}, then: {recovery: {from: logistics, share: 70, clock: claim_by}}}
  - {id: plain, when: {issue.kind: delay}, then: {recovery: {from: producer, amount: {percent: 50, of: 0.05 CNY}}}}
---
policy: deadlines
answers: {clock: contract}
hit: collect
rules: [{id: claim, when: {issue.kind: damage}, then: {clock: {name: claim_by, after: decision, within: 3 days}}}]
"""


def test_a_claim_has_its_deadline(pack: MakePack) -> None:
    (claim,) = responsibility_of(pack, final("{} => logistics") + PAY + CLAIMS, "damage")["recovery"]
    assert claim["from"] == "logistics"
    assert claim["share"] == 70
    assert claim["clock"] == "claim_by"
    assert claim["by"] == "2026-03-05T23:59:59+08:00"


def test_claims_of_several_issues_are_all_shown(pack: MakePack) -> None:
    claims = responsibility_of(pack, final("{} => logistics") + PAY + CLAIMS, "damage", "delay")["recovery"]
    assert [(claim["issue"], claim["from"]) for claim in claims] == [(0, "logistics"), (1, "producer")]


def test_a_claim_may_have_its_own_amount(pack: MakePack) -> None:
    claims = responsibility_of(pack, final("{} => logistics") + PAY + CLAIMS, "damage", "delay")["recovery"]
    assert [claim["amount_fen"] for claim in claims] == [None, 3]
