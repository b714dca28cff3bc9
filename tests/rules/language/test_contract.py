"""What the code knows by name, and that a pack which does not keep to it is refused."""

from __future__ import annotations

import pytest

from rules.compiling.load import load
from rules.language.contract import (
    ANSWERS,
    AUTOMATIC,
    BEFORE_SETTLE,
    CASE_FACTS,
    ENTITLEMENT,
    ISSUE_FACTS,
    JOINED,
    KINDS,
    LINE_FACTS,
    MODES,
    PARTIES,
    ROLES,
    SETTLE_FACTS,
)
from rules.text.problem import Problem
from tests.support.small_packs import HEAD, POLICIES, VOCABULARY, MakePack, small_case

# as section 4 of the design has them
FIELDS = {
    "remedy.option": {"kind", "refund", "up_to", "return", "price", "rank", "needs", "voucher"},
    "remedy.compensation": {"head", "basis", "amount", "in_all", "executor"},
    "remedy.goodwill": {"form", "amount", "up_to", "needs"},
    "recovery": {"from", "share", "amount", "clock"},
    "clock": {"name", "after", "within", "on_timeout"},
}


def problems(*policies: str, facts: str = "") -> tuple[Problem, ...]:
    """Return what is wrong with a pack of these policies and nothing else."""
    files = {"pack.yaml": HEAD, "vocabulary.yaml": VOCABULARY + facts, "policies.yaml": "---\n".join(policies)}
    pack, found = load({name: text.encode() for name, text in files.items()})
    assert (pack is None) is bool(found)
    return found


def without(answer: str) -> list[str]:
    return [text for name, text in POLICIES.items() if name != answer]


# ---- the words of the contract


def test_parties_kinds_roles_and_modes_are_those_of_the_design() -> None:
    assert set(PARTIES) == {
        "merchant", "logistics", "customer", "force_majeure", "platform", "producer", "none", "undetermined",
    }  # fmt: skip
    assert set(KINDS) == {
        "refund", "return_refund", "exchange", "repair", "resend", "price_difference", "compensation", "explanation",
        "technical_fix", "refuse",
    }  # fmt: skip
    assert ROLES == ("agent", "lead", "manager", "specialist")
    assert MODES == ("specialist", "manager", "lead", "agent", "auto_appeal", "auto")  # the strictest first
    assert AUTOMATIC == ("auto", "auto_appeal")
    assert ENTITLEMENT == ("granted", "denied", "not_asked")


@pytest.mark.parametrize("answer", FIELDS)
def test_a_list_answer_has_the_fields_of_the_design(answer: str) -> None:
    contracted = ANSWERS[answer]
    assert contracted.collected
    assert contracted.type.item is not None
    assert set(contracted.type.item.fields) == FIELDS[answer]
    assert set(contracted.fields) <= FIELDS[answer]


def test_settle_waits_for_what_it_reads() -> None:
    assert set(BEFORE_SETTLE) == {
        "responsibility.to_customer", "responsibility.final", "remedy.option", "remedy.compensation", "remedy.goodwill",
    }  # fmt: skip
    assert set(ANSWERS) - set(BEFORE_SETTLE) == {
        "recovery", "clock", "say", "responsibility.disputed", "goods.with_customer",
    }  # fmt: skip


def test_settle_gives_the_facts_of_the_design() -> None:
    assert {f"settled.{name}" for name in (
        "issues", "refund_fen", "kept_goods_fen", "kept_price_fen", "compensation_fen", "goodwill_fen", "heads",
    )} <= set(SETTLE_FACTS)  # fmt: skip
    assert {"chosen.kind", "chosen.return", "chosen.refund_fen"} <= set(SETTLE_FACTS)
    assert set(JOINED) == {"freight.out", "freight.back", "severity", "automation.mode"}
    assert not {*LINE_FACTS, *CASE_FACTS, *ISSUE_FACTS} & {*SETTLE_FACTS, *ANSWERS}


# ---- packs that keep to it or do not


def test_the_least_pack_is_good() -> None:
    assert problems(*without("automation.mode")) == ()


@pytest.mark.parametrize("answer", ["remedy.option", "responsibility.to_customer"])
def test_a_pack_without_a_required_answer_is_refused(answer: str) -> None:
    (found,) = problems(*without(answer))
    assert (found.code, answer in found.message) == ("R306", True)


WHO = """
policy: who
answers: {{responsibility.to_customer: {type}}}
hit: {hit}
{otherwise}rules: [{{id: ours, when: {{}}, then: {{responsibility.to_customer: {party}}}}}]
"""


@pytest.mark.parametrize(
    ("type", "hit", "otherwise", "party", "code"),
    [
        ("contract", "any", "none", "merchant", ""),
        ("contract", "unique", "none", "merchant", ""),
        ("contract", "priority", "none", "merchant", ""),
        ("{one_of: [merchant, none]}", "any", "none", "merchant", "R208"),  # its type is fixed
        ("contract", "collect", "none", "merchant", "R308"),
        ("contract", "any", "none", "shop", "R202"),
        ("contract", "any", "", "merchant", "R307"),  # nobody says what holds when no rule speaks
    ],
)
def test_an_answer_of_the_contract_is_declared_as_the_contract_has_it(
    type: str, hit: str, otherwise: str, party: str, code: str
) -> None:
    text = WHO.format(
        type=type,
        hit=hit,
        party=party,
        otherwise=f"otherwise: {{responsibility.to_customer: {otherwise}}}\n" if otherwise else "",
    )
    found = {problem.code for problem in problems(text, *without("responsibility.to_customer"))}
    assert code in found if code else not found


@pytest.mark.parametrize(
    ("option", "code"),
    [
        ("{kind: refund, refund: 3 CNY}", ""),
        ("{refund: 3 CNY}", "R106"),  # an option says its kind
        ("{kind: cashback}", "R202"),
        ("{kind: refund, needs: boss}", "R202"),
        ("{kind: refund, price: half}", "R202"),
        ("{kind: refund, amount: 3 CNY}", "R105"),
        ("{kind: refund, refund: 3}", "R210"),
        ("{kind: refund, return: maybe}", "R210"),
    ],
)
def test_an_option_takes_only_what_settle_understands(option: str, code: str) -> None:
    text = (
        "policy: remedy\nanswers: {remedy.option: contract}\nhit: collect\n"
        f"rules: [{{id: one, when: {{}}, then: {{remedy.option: {option}}}}}]\n"
    )
    found = {problem.code for problem in problems(text, *without("remedy.option"))}
    assert found == ({code} if code else set())


@pytest.mark.parametrize("name", ["settled.refund_fen", "chosen.kind"])
def test_what_settle_gives_is_nobody_elses(name: str) -> None:
    group = name.partition(".")[0]
    vocabulary = VOCABULARY.replace("evidence: {of: issue}", f"evidence: {{of: issue}}, {group}: {{of: case}}")
    files = {"pack.yaml": HEAD, "vocabulary.yaml": f"{vocabulary}  {name}: {{type: text}}\n"}
    files["policies.yaml"] = "---\n".join(POLICIES.values())
    _, found = load({path: text.encode() for path, text in files.items()})
    assert "R214" in {problem.code for problem in found}


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ("{eligibility.return: {one_of: [granted, denied, not_asked]}}", ""),
        ("{eligibility.return: {one_of: [granted, denied]}}", "R208"),
        ("{eligibility.return: yes_no}", "R208"),
        ("{eligibility.return.until: date}", "R208"),
    ],
)
def test_an_entitlement_is_granted_denied_or_not_asked(answers: str, code: str) -> None:
    name = answers[1:].partition(": ")[0]
    value = "denied" if "one_of" in answers else "false" if "yes_no" in answers else "2026-01-01"
    text = (
        f"policy: window\nanswers: {answers}\notherwise: {{{name}: {value}}}\n"
        f"rules: [{{id: one, when: {{}}, then: {{{name}: {value}}}}}]\n"
    )
    found = {problem.code for problem in problems(text, *POLICIES.values())}
    assert code in found if code else not found


def test_facts_that_settle_reads_are_optional(pack: MakePack) -> None:
    vocabulary = "groups: {issue: {of: issue}}\nfacts: {issue.kind: {type: {one_of: [damage]}}}\n"
    text = """
policy: remedy
answers: {remedy.option: contract}
hit: collect
rules: [{id: pay, when: {}, then: {remedy.option: {kind: refund, refund: 3 CNY}}}]
"""
    reported = pack(text, vocabulary=vocabulary).decide(
        {"submitted_at": small_case()["submitted_at"], "issues": [{"kind": "damage"}]}
    )
    assert (reported["outcome"], reported["remedy"]["refund_fen"], reported["missing"]) == ("remedy", 300, [])
