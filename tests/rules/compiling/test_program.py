"""A pack bound for deciding: slots, what is read, what hangs on what, and when rules are in force."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from datetime import date
from typing import Any

import pytest

from rules.compiling.program import ALWAYS, BoundPolicy, Program
from rules.values.value import OPEN
from tests.support.small_packs import MakePack, SmallPack, codes, small_case

DERIVED = """
issue.days: {days: {from: delivery.signed_at, to: submitted_at}}
issue.twice: {times: 2, of: issue.days}
issue.other: {times: 3, of: issue.count}
"""
FACTS = "delivery.signed_at: {type: instant}\nissue.count: {type: number}\nissue.opened: {type: yes_no}\n"
RATE = """
policy: rate
answers: {rate: {number: percent}}
otherwise: {rate: {parameter: least.percent}}
rules:
  - id: late
    when: {issue.twice: {more_than: {parameter: most.days}}, issue.kind: damage}
    then: {rate: {percent: 50, of: issue.count}}
    except: [{id: opened, when: {issue.opened: {known: false}}}]
"""
PARAMETERS = """
most.days: {type: {number: days}, values: {2020-01-01: 7, 2026-01-01: 5}}
least.percent: {type: {number: percent}, values: 3}
"""


@pytest.fixture
def small_pack(pack: MakePack) -> SmallPack:
    return pack(RATE, FACTS, derived=DERIVED, parameters=PARAMETERS)


def policy(small_pack: SmallPack, name: str) -> BoundPolicy:
    return next(one for one in small_pack.pack.program.policies if one.policy.name == name)


def names(program: Program, slots: Any) -> set[str]:
    return {program.names[slot] for slot in slots}


# ---- slots


def test_every_name_has_a_slot_of_its_own(small_pack: SmallPack) -> None:
    program = small_pack.pack.program
    assert len(set(program.slots.values())) == len(program.slots) == program.size
    assert [program.slots[name] for name in program.names] == list(range(program.size))
    for name in ("line.paid_fen", "issue.twice", "rate", "chosen.kind", "settled.heads", "submitted_at", "at"):
        assert program.types[name]
        assert name in program.slots


def test_a_frame_has_a_place_for_everything(small_pack: SmallPack) -> None:
    assert len(small_pack.frame(small_case())) == small_pack.pack.program.size


def test_a_program_does_not_change(small_pack: SmallPack) -> None:
    program: Any = small_pack.pack.program
    with pytest.raises(FrozenInstanceError):
        program.size = 1
    with pytest.raises(TypeError):
        program.slots["new"] = 1


def test_an_answer_has_one_maker(small_pack: SmallPack) -> None:
    assert {name: one.policy.name for name, one in small_pack.pack.program.makers.items()} == {
        "rate": "rate",
        "remedy.option": "remedy",
        "responsibility.to_customer": "who",
        "automation.mode": "automation",
    }


# ---- what is read


def test_a_policy_reads_what_its_outcome_depends_on(small_pack: SmallPack) -> None:
    read = names(small_pack.pack.program, policy(small_pack, "rate").reads)
    assert {"issue.twice", "issue.kind", "issue.count", "$sent issue.opened"} <= read
    assert not {"issue.days", "line.paid_fen", "rate"} & read
    assert not any(name.startswith("$parameter") for name in read)  # these never change within a case


def test_a_derived_fact_depends_on_its_operands(small_pack: SmallPack) -> None:
    program = small_pack.pack.program
    hanging = {
        program.names[slot]: [program.names[one.slot] for one in derived]
        for slot, derived in program.dependents.items()
    }
    assert hanging["delivery.signed_at"] == ["issue.days", "issue.twice"]  # each after what it builds on
    assert hanging["issue.days"] == ["issue.twice"]
    assert hanging["issue.count"] == ["issue.other"]
    assert "issue.opened" not in hanging


def test_policies_stand_in_the_order_of_work(pack: MakePack) -> None:
    text = """
policy: a-last
answers: {last: yes_no}
otherwise: {last: false}
rules: [{id: paid, when: {settled.refund_fen: {more_than: 0}, z-first: true}, then: {last: true}}]
---
policy: z-first
answers: {z-first: yes_no}
otherwise: {z-first: false}
rules: [{id: damaged, when: {issue.kind: damage}, then: {z-first: true}}]
---
policy: remedy
answers: {remedy.option: contract}
hit: collect
rules: [{id: pay, when: {z-first: true}, then: {remedy.option: {kind: refund, refund: 1 CNY}}}]
"""
    program = pack(text).pack.program
    order = [one.policy.name for one in program.policies]
    assert order.index("z-first") < order.index("remedy") < program.settle_at <= order.index("a-last")
    strata = {one.policy.name: one.stratum for one in program.policies}
    assert strata["z-first"] < strata["remedy"] < strata["a-last"]
    assert [one.position for one in program.policies] == list(range(len(order)))


# ---- rules


def test_a_rule_knows_its_exceptions_and_they_know_it(small_pack: SmallPack) -> None:
    late, opened = policy(small_pack, "rate").rules
    assert (late.parents, late.children, late.silent) == ((), (1,), False)
    assert (opened.parents, opened.children, opened.silent) == ((0,), (), True)
    assert not policy(small_pack, "rate").plain
    assert policy(small_pack, "who").plain


@pytest.mark.parametrize(("name", "seen"), [("remedy", True), ("who", True), ("automation", True), ("rate", False)])
def test_a_policy_is_seen_if_settle_or_the_recommendation_reads_its_answers(
    small_pack: SmallPack, name: str, seen: bool
) -> None:
    assert policy(small_pack, name).seen is seen


KINDS = """
policy: report
answers: {reported: {one_of: [a, b, none]}}
hit: priority
otherwise: {reported: none}
rules:
  - id: of-damage
    when: {issue.kind: damage}
    then: {reported: a}
    except: [{id: opened, when: {issue.opened: true}, then: {reported: b}}]
  - {id: of-both, when: {issue.kind: [damage, delay]}, then: {reported: b}}
  - {id: of-any, when: {issue.opened: true}, then: {reported: b}}
  - {id: of-others, when: {issue.kind: {is_not: damage}}, then: {reported: b}}
"""


@pytest.mark.parametrize(
    ("kind", "worth_asking"),
    [
        ("damage", {"of-damage", "opened", "of-both", "of-any", "of-others"}),
        ("delay", {"of-both", "of-any", "of-others"}),
        ("other", {"of-any", "of-others"}),
        (None, {"of-damage", "opened", "of-both", "of-any", "of-others"}),
    ],
)
def test_only_rules_that_can_be_true_are_asked(pack: MakePack, kind: str | None, worth_asking: set[str]) -> None:
    small_pack = pack(KINDS, "issue.opened: {type: yes_no}")
    bound = policy(small_pack, "report")
    asked = bound.index.candidates(small_pack.frame(small_case({"kind": kind})))
    assert {bound.rules[at].rule.id for at in asked} == worth_asking
    assert list(asked) == sorted(asked)  # parents first


# ---- when a rule is in force


def day(text: str) -> int:
    return date.fromisoformat(text).toordinal()


def test_a_parameter_has_the_value_of_the_day(small_pack: SmallPack) -> None:
    program = small_pack.pack.program
    dated = next(one for one in program.governed if program.names[one.slot] == "$parameter most.days")
    assert [dated.value(day(text)) for text in ("2019-12-31", "2020-01-01", "2025-12-31", "2026-01-01")] == [
        OPEN,
        7,
        7,
        5,
    ]
    assert dated.always is OPEN
    always = next(one for one in program.governed if program.names[one.slot] == "$parameter least.percent")
    assert always.always == 3
    assert small_pack.pack.parameters["least.percent"].since == ALWAYS


@pytest.mark.parametrize(
    ("submitted", "rate"),
    [
        ("2019-12-31T12:00:00+08:00", 3),  # the parameter has no value yet: no rule, `otherwise` holds
        ("2020-01-01T12:00:00+08:00", 25),
        ("2026-01-01T12:00:00+08:00", 25),
    ],
)
def test_a_rule_without_its_parameter_is_not_in_force(small_pack: SmallPack, submitted: str, rate: int) -> None:
    case = small_case({"kind": "damage", "opened": True, "count": 50}, submitted_at=submitted)
    case["delivery"] = {"signed_at": "2019-01-01T12:00:00+08:00"}
    said, _ = small_pack.resolve("rate", case)
    assert said == {"rate": rate}


SHOP = """
policy: remedy
answers: {remedy.option: contract}
hit: collect
rules:
  - {id: kind, when: {shop.style: kind}, then: {remedy.option: {kind: refund, refund: {fact: shop.gift}}}}
  - {id: strict, when: {shop.style: strict}, then: {remedy.option: {kind: refuse}}}
"""
SET = """
shop.style: {type: {one_of: [kind, strict]}, shop_sets: true, values: strict}
shop.gift: {type: money, shop_sets: true, values: {2020-01-01: 3 CNY, 2026-01-01: 4 CNY}}
"""


@pytest.mark.parametrize(("settings", "kind", "fen"), [(None, "refuse", 0), ({"shop.style": "kind"}, "refund", 400)])
def test_what_the_shop_sets_is_read_like_a_fact(
    pack: MakePack, settings: dict[str, object] | None, kind: str, fen: int
) -> None:
    reported = pack(SHOP, settings=settings, parameters=SET).decide(small_case())
    assert (reported["remedy"]["kind"], reported["remedy"]["refund_fen"]) == (kind, fen)
    assert codes(reported) == []


def test_settings_make_another_digest(pack: MakePack) -> None:
    plain, kind = pack(SHOP, parameters=SET), pack(SHOP, settings={"shop.style": "kind"}, parameters=SET)
    assert plain.pack.digest != kind.pack.digest
    assert plain.pack.digest == pack(SHOP, parameters=SET).pack.digest
