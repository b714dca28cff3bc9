"""What is missing: each fact once, whom to ask, in what words, why, and what the answers would change."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.small_packs import Json, MakePack, codes, small_case

BILINGUAL = "{pack: small, currency: CNY, time_zone: Asia/Shanghai, languages: [zh, en]}"


def questions(result: Json) -> list[tuple[str, str]]:
    return [(one["fact"], one["because"]) for one in result["missing"]]


def rule(then: str, when: str = "{issue.opened: true}") -> str:
    return f"rules: [{{id: one, when: {when}, then: {then}}}]\n"


REFUSE_OPENED = """
policy: remedy
answers: {remedy.option: contract}
hit: collect
rules:
  - {id: opened, when: {issue.opened: true}, then: {remedy.option: {kind: refuse}}}
  - {id: sealed, when: {issue.opened: false}, then: {remedy.option: {kind: refund, refund: 5 CNY}}}
"""
MODE = """
---
policy: automation
answers: {automation.mode: {one_of: [manager, agent, auto], joins: first}}
otherwise: {automation.mode: auto}
rules: [{id: risky, when: {customer.risky: true}, then: {automation.mode: manager}}]
"""
BEARS = """
---
policy: bear
answers: {responsibility.final: contract}
otherwise: {responsibility.final: merchant}
rules: [{id: lost, when: {delivery.lost: true}, then: {responsibility.final: logistics}}]
"""
OPENED = "issue.opened: {type: yes_no}\n"
RISKY, LOST = "customer.risky: {type: yes_no}\n", "delivery.lost: {type: yes_no}\n"
HURT = "issue.hurt: {type: yes_no, must_know: true}\n"


# ---- the question


def test_a_question_says_what_whom_and_how_in_every_language(pack: MakePack) -> None:
    fact = """
    issue.opened:
      type: yes_no
      label: {zh: 已拆封, en: opened}
      who: [customer, merchant]
      ask: {zh: 商品拆封了吗？, en: Was it opened?}
    """
    (asked,) = pack(REFUSE_OPENED, fact, pack=BILINGUAL).decide(small_case())["missing"]
    assert list(asked) == ["fact", "value", "issue", "label", "ask", "question", "because", "only_if", "changes"]
    assert asked["label"] == {"zh": "已拆封", "en": "opened"}
    assert asked["ask"] == ["customer", "merchant"]
    assert asked["question"] == {"zh": "商品拆封了吗？", "en": "Was it opened?"}
    assert (asked["value"], asked["issue"], asked["because"]) == (None, 0, "remedy")


def test_nothing_is_missing_where_everything_is_known(pack: MakePack) -> None:
    result = pack(REFUSE_OPENED + MODE + BEARS, OPENED + RISKY + LOST + HURT).decide(
        small_case(
            {"kind": "damage", "opened": True, "hurt": False}, customer={"risky": False}, delivery={"lost": False}
        )
    )
    assert result["missing"] == []


def test_everything_is_asked_at_once_what_decides_the_remedy_first(pack: MakePack) -> None:
    result = pack(REFUSE_OPENED + MODE + BEARS, OPENED + RISKY + LOST + HURT).decide(small_case())
    assert questions(result) == [
        ("issue.opened", "remedy"),
        ("customer.risky", "automation"),
        ("delivery.lost", "bearing"),
        ("issue.hurt", "must_know"),
    ]


def test_a_fact_is_asked_once_and_for_what_matters_most(pack: MakePack) -> None:
    text = (
        REFUSE_OPENED + MODE.replace("customer.risky", "issue.opened") + BEARS.replace("delivery.lost", "issue.opened")
    )
    assert questions(pack(text, OPENED).decide(small_case())) == [("issue.opened", "remedy")]


# ---- what an answer would change


def test_an_answer_that_changes_only_who_carries_out_keeps_the_remedy(pack: MakePack) -> None:
    result = pack(MODE.removeprefix("\n---\n"), RISKY).decide(small_case())
    assert (result["outcome"], result["provisional"], result["automation"]["settled"]) == ("remedy", False, True)
    (asked,) = result["missing"]
    assert (asked["fact"], asked["issue"], asked["because"]) == ("customer.risky", None, "automation")
    paid = {"outcome": "remedy", "kind": "refund", "total_fen": 10_000}
    assert asked["changes"] == [
        {"answer": True, "outcomes": [{**paid, "mode": "manager"}]},
        {"answer": False, "outcomes": [{**paid, "mode": "auto"}]},
    ]


def test_the_kinds_of_several_issues_are_shown_one_by_one(pack: MakePack) -> None:
    result = pack(REFUSE_OPENED, OPENED).decide(small_case({"kind": "damage", "opened": True}, {"kind": "damage"}))
    (asked,) = result["missing"]
    assert asked["issue"] == 1
    assert [one["outcomes"][0]["kind"] for one in asked["changes"]] == [["refuse", "refuse"], ["refuse", "refund"]]
    # of a case a remedy comes before a refusal
    assert [one["outcomes"][0]["outcome"] for one in asked["changes"]] == ["refuse", "remedy"]


def test_an_answer_that_leads_to_several_ends_shows_them_all(pack: MakePack) -> None:
    text = REFUSE_OPENED.replace("{issue.opened: false}", "{issue.opened: false, issue.kind: damage}")
    asked = pack(text, OPENED).decide(small_case({"kind": None}))["missing"]
    changes = {one["fact"]: {str(change["answer"]): change["outcomes"] for change in one["changes"]} for one in asked}
    assert changes.keys() == {"issue.opened", "issue.kind"}
    assert [end["outcome"] for end in changes["issue.opened"]["False"]] == ["remedy", "review"]  # damage, or else
    assert [end["outcome"] for end in changes["issue.opened"]["True"]] == ["refuse"]


# ---- what to ask first

SHOWN = """
policy: remedy
answers: {remedy.option: contract}
hit: collect
rules:
  - {id: shown, when: {evidence.shows: {includes: dent}}, then: {remedy.option: {kind: refund, refund: 5 CNY}}}
  - id: tested
    when: {not: {evidence.shows: {includes: dent}}, issue.test: fault}
    then: {remedy.option: {kind: repair}}
  - id: nothing
    when: {not: {evidence.shows: {includes: dent}}, issue.test: {is_not: fault}}
    then: {remedy.option: {kind: refuse}}
"""
EVIDENCE = """
evidence.items: {type: {list_of: {shows: {one_of: [dent, seal]}}}, who: customer, ask: {en: 'Please show {item}.'}}
evidence.lacking: {type: {list_of: {one_of: [dent, seal]}}}
issue.test: {type: {one_of: [fault, misuse]}, who: merchant, ask: {en: What did the test find?}, label: {en: the test}}
"""
GATHER = "evidence.shows: {gather: {items: evidence.items, field: shows, lacking: evidence.lacking}}"


def test_what_matters_only_after_an_unexpected_answer_is_asked_for_after_it(pack: MakePack) -> None:
    first, then = pack(SHOWN, EVIDENCE, derived=GATHER).decide(small_case())["missing"]
    assert (first["fact"], first["value"], first["only_if"]) == ("evidence.shows", "dent", None)
    assert (then["fact"], then["only_if"]) == (
        "issue.test",
        {"fact": "evidence.shows", "value": "dent", "answer": False},
    )
    assert [(one["answer"], [end["outcome"] for end in one["outcomes"]]) for one in first["changes"]] == [
        (True, ["remedy"]),
        (False, ["ask"]),
    ]
    assert [(one["answer"], [end["kind"] for end in one["outcomes"]]) for one in then["changes"]] == [
        ("fault", ["repair"]),
        ("misuse", ["refuse"]),
    ]


def test_a_supposed_fact_is_asked_for_and_what_hangs_on_it_follows(pack: MakePack) -> None:
    text = REFUSE_OPENED.replace("{issue.opened: true}", "{issue.opened: true, issue.sealed: true}")
    vocabulary = "issue.opened: {type: yes_no, supposed: false}\nissue.sealed: {type: yes_no}\n"
    asked = pack(text, vocabulary).decide(small_case())["missing"]
    assert [(one["fact"], one["only_if"] and one["only_if"]["answer"]) for one in asked] == [
        ("issue.opened", None),
        ("issue.sealed", True),
    ]


def test_an_answer_about_a_derived_fact_tells_nothing_about_the_fact_behind_it(pack: MakePack) -> None:
    text = REFUSE_OPENED.replace("{issue.opened: true}", "{order.sum_fen: {more_than: 30 CNY}}").replace(
        "{issue.opened: false}", "{order.sum_fen: {at_most: 30 CNY}}"
    )
    facts, derived = (
        "order.gift_fen: {type: money}\norder.bag_fen: {type: money}\n",
        ("order.sum_fen: {sum: [order.gift_fen, order.bag_fen]}"),
    )
    asked = pack(text, facts, derived=derived).decide(small_case(order={"bag_fen": 1_000}))["missing"]
    assert [(one["fact"], one["changes"]) for one in asked] == [("order.gift_fen", [])]


# ---- what is not seen is not asked


@pytest.mark.parametrize(
    "text",
    [
        "policy: note\nanswers: {note: yes_no}\notherwise: {note: false}\n" + rule("{note: true}"),
        "policy: claims\nanswers: {recovery: contract}\nhit: collect\n" + rule("{recovery: {from: logistics}}"),
        "policy: times\nanswers: {clock: contract}\nhit: collect\n"
        + rule("{clock: {name: call_by, after: decision, within: 2 hours}}"),
    ],
)
def test_what_nobody_outside_sees_is_not_asked(pack: MakePack, text: str) -> None:
    result = pack(text, OPENED).decide(small_case())
    assert (result["missing"], result["outcome"]) == ([], "remedy")


def test_a_fact_that_another_answer_would_settle_is_asked_only_where_it_matters(pack: MakePack) -> None:
    text = REFUSE_OPENED.replace("{issue.opened: true}", "{issue.kind: delay, issue.opened: true}").replace(
        "{issue.opened: false}", "{issue.kind: damage}"
    )
    assert pack(text, OPENED).decide(small_case())["missing"] == []
    assert questions(pack(text, OPENED).decide(small_case({"kind": "delay"}))) == [("issue.opened", "remedy")]


# ---- amounts


@pytest.mark.parametrize(
    ("refund", "unsent", "asked"),
    [
        ("line.paid_fen", "line.paid_fen", ["line.paid_fen"]),
        ("{percent: 50, of: line.paid_fen}", "line.paid_fen", ["line.paid_fen"]),
        ("5 CNY", "line.paid_fen", ["line.paid_fen"]),  # it is held to what was paid
        ("5 CNY", "order.refunded_fen", ["order.refunded_fen"]),
        ("{share: issue.share, of: line.paid_fen}", "", ["issue.share"]),
        ("{share: issue.share, of: line.paid_fen}", "line.paid_fen", ["issue.share", "line.paid_fen"]),
        ("{times: issue.count, of: 2 CNY}", "", ["issue.count"]),
    ],
)
def test_an_open_amount_asks_for_what_it_waits_for(pack: MakePack, refund: str, unsent: str, asked: list[str]) -> None:
    text = f"""
policy: remedy
answers: {{remedy.option: contract}}
hit: collect
rules: [{{id: pay, when: {{}}, then: {{remedy.option: {{kind: refund, refund: {refund}}}}}}}]
"""
    case = small_case()
    if unsent == "line.paid_fen":
        case["order"]["lines"] = [{"id": "1"}]
    elif unsent:
        del case["order"]["refunded_fen"]
    result = pack(text, "issue.share: {type: ratio}\nissue.count: {type: number}").decide(case)
    assert (result["outcome"], result["automation"]["settled"]) == ("ask", False)
    assert sorted(one["fact"] for one in result["missing"]) == sorted(asked)
    assert {one["because"] for one in result["missing"]} == {"remedy"}


def test_an_open_amount_of_an_option_that_is_not_chosen_is_not_asked_for(pack: MakePack) -> None:
    text = """
policy: remedy
answers: {remedy.option: contract}
hit: collect
rules:
  - {id: pay, when: {}, then: {remedy.option: {kind: refund, refund: 5 CNY}}}
  - id: more
    when: {}
    then: {remedy.option: {kind: refund, refund: {share: issue.share, of: line.paid_fen}, needs: lead}}
"""
    result = pack(text, "issue.share: {type: ratio}").decide(small_case())
    assert (result["outcome"], result["missing"], result["remedy"]["refund_fen"]) == ("remedy", [], 500)


def test_compensation_and_goodwill_wait_for_facts_too(pack: MakePack) -> None:
    text = """
policy: extra
answers: {remedy.compensation: contract}
hit: collect
rules:
  - id: late
    when: {}
    then: {remedy.compensation: {head: delay, basis: rule, amount: {times: issue.count, of: 1 CNY}}}
---
policy: gift
answers: {remedy.goodwill: contract}
hit: collect
rules: [{id: gift, when: {}, then: {remedy.goodwill: {form: points, amount: {times: issue.points, of: 1 CNY}}}}]
"""
    small_pack = pack(text, "issue.count: {type: number}\nissue.points: {type: number}")
    assert questions(small_pack.decide(small_case())) == [("issue.count", "remedy"), ("issue.points", "remedy")]
    result = small_pack.decide(small_case({"kind": "damage", "count": 3, "points": 2}))
    assert (result["outcome"], result["remedy"]["total_fen"]) == ("remedy", 10_500)


def test_the_books_of_an_unknown_threshold_ask_for_it(pack: MakePack) -> None:
    facts = """
    order.promo_threshold_fen: {type: money, who: system, ask: {en: What was the threshold?}}
    order.discounts: {type: {list_of: {amount_fen: money, lines: {list_of: text}}}}
    line.quantity: {type: number}
    line.price_fen: {type: money}
    """
    text = """
policy: remedy
answers: {remedy.option: contract}
hit: collect
rules:
  - id: back
    when: {}
    then: {remedy.option: {kind: return_refund, return: true, refund: line.paid_fen, price: recalculated}}
"""
    lines = [
        {"id": "a", "quantity": 1, "price_fen": 12_000, "paid_fen": 9_600},
        {"id": "b", "quantity": 1, "price_fen": 10_000, "paid_fen": 8_000},
        {"id": "c", "quantity": 1, "price_fen": 8_000, "paid_fen": 6_400},
    ]
    small_pack, issue = pack(text, facts), {"kind": "damage", "line": "c"}
    result = small_pack.decide(small_case(issue, lines=lines))
    assert result["outcome"] == "ask"
    assert questions(result) == [("order.promo_threshold_fen", "remedy")]
    result = small_pack.decide(small_case(issue, lines=lines, order={"promo_threshold_fen": 30_000}))
    assert result["remedy"]["refund_fen"] == 2_000  # 240.00 paid less 220.00 kept at purchase price, as in S12


BASE = """
policy: base
answers: {base: money}
otherwise: {base: 0}
rules:
  - {id: damaged, when: {issue.kind: damage}, then: {base: {times: issue.count, of: 2 CNY}}}
  - {id: late, when: {issue.kind: delay}, then: {base: {times: issue.hours, of: 3 CNY}}}
---
policy: remedy
answers: {remedy.option: contract}
hit: collect
rules: [{id: pay, when: {}, then: {remedy.option: {kind: refund, refund: REFUND}}}]
"""


@pytest.mark.parametrize(("refund", "fen"), [("base", 600), ("issue.rest", 9_400)])
def test_an_open_amount_behind_an_answer_asks_for_what_the_firing_rule_computes_with(
    pack: MakePack, refund: str, fen: int
) -> None:
    small_pack = pack(
        BASE.replace("REFUND", refund),
        "issue.count: {type: number}\nissue.hours: {type: number}",
        derived="issue.rest: {minus: [line.paid_fen, base]}",
    )
    assert questions(small_pack.decide(small_case())) == [("issue.count", "remedy")]
    assert questions(small_pack.decide(small_case({"kind": "delay"}))) == [("issue.hours", "remedy")]
    assert small_pack.decide(small_case({"kind": "damage", "count": 3}))["remedy"]["refund_fen"] == fen


def test_an_open_amount_of_otherwise_is_asked_for_only_if_no_rule_fires(pack: MakePack) -> None:
    text = BASE.replace("REFUND", "base").replace("{base: 0}", "{base: {times: issue.each, of: 1 CNY}}")
    small_pack = pack(text, "issue.count: {type: number}\nissue.hours: {type: number}\nissue.each: {type: number}")
    assert questions(small_pack.decide(small_case({"kind": "other"}))) == [("issue.each", "remedy")]
    assert questions(small_pack.decide(small_case())) == [("issue.count", "remedy")]
    assert small_pack.decide(small_case({"kind": "other", "each": 7}))["remedy"]["refund_fen"] == 700


@pytest.mark.parametrize(("kind", "asked"), [("damage", ["issue.count"]), ("delay", ["issue.hours"])])
def test_a_fact_of_otherwise_is_asked_for_if_no_rule_fires(pack: MakePack, kind: str, asked: list[str]) -> None:
    damaged = "  - {id: damaged, when: {issue.kind: damage}, then: {base: {times: issue.count, of: 2 CNY}}}\n"
    text = (
        BASE.replace("REFUND", "base")
        .replace(damaged, "")
        .replace("base: 0}", "base: {times: issue.count, of: 2 CNY}}")
    )
    small_pack = pack(text, "issue.count: {type: number}\nissue.hours: {type: number}")
    assert [fact for fact, _ in questions(small_pack.decide(small_case({"kind": kind})))] == asked


def test_goodwill_of_an_open_amount_leaves_open_who_bears_what(pack: MakePack) -> None:
    text = """
policy: gift
answers: {remedy.goodwill: contract}
hit: collect
rules: [{id: gift, when: {}, then: {remedy.goodwill: {form: points, amount: {times: issue.points, of: 1 CNY}}}}]
---
policy: bear
answers: {responsibility.final: contract}
otherwise: {responsibility.final: none}
rules: [{id: all, when: {}, then: {responsibility.final: logistics}}]
"""
    small_pack = pack(text, "issue.points: {type: number}")
    assert small_pack.decide(small_case())["responsibility"]["bears"] is None
    result = small_pack.decide(small_case({"kind": "damage", "points": 5}))["responsibility"]
    assert result["bears"] == {"logistics": 10_000, "merchant": 500}


# ---- what must be known


@pytest.mark.parametrize("sent", [{}, {"hurt": None}])
def test_what_must_be_known_is_asked_although_nothing_depends_on_it(pack: MakePack, sent: dict[str, Any]) -> None:
    result = pack(facts=HURT).decide(small_case({"kind": "damage", **sent}))
    assert (result["outcome"], result["automation"]["mode"]) == ("remedy", "agent")
    assert questions(result) == [("issue.hurt", "must_know")]
    assert codes(result) == ["must_know"]


def test_what_must_be_known_of_one_issue_is_asked(pack: MakePack) -> None:
    result = pack(facts=HURT).decide(small_case({"kind": "damage", "hurt": False}, {"kind": "delay"}))
    assert questions(result) == [("issue.hurt", "must_know")]
    assert result["automation"]["mode"] == "agent"


def test_what_must_be_known_and_decides_is_asked_once_for_each_issue(pack: MakePack) -> None:
    fact = "issue.opened: {type: yes_no, must_know: true}"
    (asked,) = pack(REFUSE_OPENED, fact).decide(small_case())["missing"]
    assert (asked["fact"], asked["issue"], asked["because"]) == ("issue.opened", 0, "must_know")
    assert len(asked["changes"]) == 2
    for_damage = REFUSE_OPENED.replace("issue.opened: false", "issue.opened: false, issue.kind: damage").replace(
        "issue.opened: true", "issue.opened: true, issue.kind: damage"
    )
    result = pack(for_damage, fact).decide(small_case({"kind": "damage"}, {"kind": "delay"}))
    assert [(one["fact"], one["issue"]) for one in result["missing"]] == [("issue.opened", 0), ("issue.opened", 1)]


def test_what_must_be_known_is_asked_once_of_issues_that_state_the_same(pack: MakePack) -> None:
    fact = "issue.opened: {type: yes_no, must_know: true}"
    result = pack(REFUSE_OPENED, fact).decide(small_case({"kind": "damage"}, {"kind": "damage"}, {"kind": "delay"}))
    assert [(one["fact"], one["issue"]) for one in result["missing"]] == [("issue.opened", 0), ("issue.opened", 2)]


def test_a_retired_fact_is_never_asked(pack: MakePack) -> None:
    result = pack(facts="issue.hurt: {type: yes_no, must_know: true, retired: 2026-01-01}").decide(small_case())
    assert (result["missing"], result["automation"]["mode"]) == ([], "auto")


# ---- what is unlikely to be sent


def test_a_presumption_is_not_asked_about_and_a_stated_doubt_is(pack: MakePack) -> None:
    small_pack = pack(REFUSE_OPENED, "issue.opened: {type: yes_no, presume: false, because: not_alleged}")
    assert small_pack.decide(small_case())["missing"] == []
    assert questions(small_pack.decide(small_case({"kind": "damage", "opened": None}))) == [("issue.opened", "remedy")]


def test_what_follows_from_a_derived_fact_is_not_shown_as_true_of_the_fact_behind_it(pack: MakePack) -> None:
    text = """
policy: remedy
answers: {remedy.option: contract}
hit: collect
rules:
  - {id: small, when: {issue.both_fen: {at_most: 30 CNY}}, then: {remedy.option: {kind: exchange}}}
  - {id: large, when: {issue.both_fen: {more_than: 30 CNY}}, then: {remedy.option: {kind: refuse}}}
"""
    facts = "issue.one_fen: {type: money}\nissue.other_fen: {type: money}"
    small_pack = pack(text, facts, derived="issue.both_fen: {sum: [issue.one_fen, issue.other_fen]}")
    found = small_pack.decide(small_case({"kind": "damage", "other_fen": 2_000}))
    (asked,) = [one for one in found["missing"] if one["fact"] == "issue.one_fen"]
    assert (found["outcome"], asked["changes"]) == ("ask", [])  # 30.00 is a bound of both together
