"""The remedy as shown: what the customer gets, reckoned line by line, and the alternatives in rank."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.small_packs import Json, MakePack, small_case


def options(*fields: str) -> str:
    """Return a policy that offers these options; each is said by a rule option-0, option-1 ..."""
    listed = "\n".join(
        f"  - {{id: option-{at}, when: {{}}, then: {{remedy.option: {{{one}}}}}}}" for at, one in enumerate(fields)
    )
    return f"policy: remedy\nanswers: {{remedy.option: contract}}\nhit: collect\nrules:\n{listed}\n"


def by_kind(**fields: str) -> str:
    """Return a policy that offers one option for each kind of issue."""
    listed = "\n".join(
        f"  - {{id: of-{kind}, when: {{issue.kind: {kind}}}, then: {{remedy.option: {{{one}}}}}}}"
        for kind, one in fields.items()
    )
    return f"policy: remedy\nanswers: {{remedy.option: contract}}\nhit: collect\nrules:\n{listed}\n"


EXTRA = """---
policy: extra
answers: {remedy.compensation: contract}
hit: collect
rules:
  - id: late
    when: {}
    then: {remedy.compensation: {head: delay, basis: rule, amount: {percent: 1, of: line.paid_fen, at_least: 3 CNY}}}
  - {id: promised, when: {issue.kind: delay}, then: {remedy.compensation: {head: visit, basis: promise, amount: 2 CNY}}}
---
policy: gift
answers: {remedy.goodwill: contract}
hit: collect
rules: [{id: sorry, when: {}, then: {remedy.goodwill: {form: points, amount: 5 CNY, up_to: 20 CNY, needs: agent}}}]
"""

# ---- the whole


@pytest.mark.parametrize(
    ("refund", "refunded", "extent", "fen"),
    [
        ("line.paid_fen", 0, "full", 10_000),
        ("{percent: 25, of: line.paid_fen}", 0, "partial", 2_500),
        ("line.paid_fen", 1, "partial", 9_999),
        ("line.paid_fen", 10_000, "none", 0),
        ("{percent: 0, of: line.paid_fen}", 0, "none", 0),
    ],
)
def test_extent_follows_from_the_amounts(pack: MakePack, refund: str, refunded: int, extent: str, fen: int) -> None:
    result = pack(options(f"kind: refund, refund: {refund}")).decide(small_case(order={"refunded_fen": refunded}))
    assert (result["remedy"]["extent"], result["remedy"]["refund_fen"]) == (extent, fen)


def test_a_refund_of_one_line_of_two_is_partial(pack: MakePack) -> None:
    lines = [{"id": "a", "paid_fen": 100}, {"id": "b", "paid_fen": 1}]
    result = pack().decide(small_case({"kind": "damage", "line": "a"}, lines=lines))
    assert (result["remedy"]["extent"], result["remedy"]["refund_fen"]) == ("partial", 100)


def test_an_amount_that_is_not_known_is_null(pack: MakePack) -> None:
    result = pack(options("kind: refund, refund: line.paid_fen") + EXTRA).decide(small_case(lines=[{"id": "1"}]))
    remedy = result["remedy"]
    assert (remedy["extent"], remedy["refund_fen"], remedy["total_fen"]) == (None, None, None)
    assert [one["amount_fen"] for one in remedy["compensation"]] == [None]
    assert remedy["goodwill"]["amount_fen"] == 500


def test_without_an_option_there_is_no_remedy(pack: MakePack) -> None:
    result = pack(by_kind(other="kind: refuse")).decide(small_case())
    assert (result["remedy"], result["alternatives"], result["outcome"]) == (None, [], "review")


def test_the_headline_is_the_issue_of_the_largest_sum(pack: MakePack) -> None:
    text = by_kind(
        damage="kind: refund, refund: 3 CNY", delay="kind: price_difference, refund: 4 CNY", other="kind: repair"
    )
    small_pack = pack(text)
    kinds = [{"kind": "other"}, {"kind": "damage"}, {"kind": "delay"}]
    assert small_pack.decide(small_case(*kinds))["remedy"]["kind"] == "price_difference"
    assert small_pack.decide(small_case(*kinds[:2]))["remedy"]["kind"] == "refund"
    assert small_pack.decide(small_case({"kind": "other"}))["remedy"]["kind"] == "repair"
    assert small_pack.decide(small_case({"kind": "damage"}, {"kind": "damage"}))["remedy"]["kind"] == "refund"


def test_something_is_sent_back_if_any_issue_wants_it(pack: MakePack) -> None:
    text = by_kind(damage="kind: refund, refund: 3 CNY", delay="kind: return_refund, return: true, refund: 1 CNY")
    result = pack(text).decide(small_case({"kind": "damage"}, {"kind": "delay"}))
    assert (result["remedy"]["kind"], result["remedy"]["return_required"]) == ("refund", True)
    assert [one["remedy"]["return_required"] for one in result["issues"]] == [False, True]


# ---- parts


def test_compensation_and_goodwill_name_their_rules(pack: MakePack) -> None:
    remedy = pack(options("kind: refund, refund: 50 CNY") + EXTRA).decide(small_case({"kind": "delay"}))["remedy"]
    assert remedy["compensation"] == [
        {"head": "delay", "basis": "rule", "amount_fen": 300, "issue": 0, "rule": "late"},
        {"head": "visit", "basis": "promise", "amount_fen": 200, "issue": 0, "rule": "promised"},
    ]
    assert remedy["goodwill"] == {
        "form": "points", "amount_fen": 500, "up_to_fen": 2_000, "needs": "agent", "rule": "sorry",
    }  # fmt: skip
    assert remedy["total_fen"] == 5_000 + 300 + 200 + 500


def test_the_reckoning_adds_up_to_the_fen(pack: MakePack) -> None:
    third = "kind: refund, refund: {part: 1, in: 3, of: line.paid_fen}"
    lines = [{"id": "a", "paid_fen": 10_000}, {"id": "b", "paid_fen": 5_000}]
    result = pack(by_kind(damage=third, delay=third) + EXTRA).decide(
        small_case({"kind": "damage", "line": "b"}, {"kind": "delay", "line": "a"}, lines=lines)
    )
    reckoning = result["remedy"]["reckoning"]
    assert [(one["issue"], one["line"], one["item"], one["amount_fen"], one["rule"]) for one in reckoning] == [
        (0, "b", "refund", 1_667, "of-damage"),
        (1, "a", "refund", 3_333, "of-delay"),
        (0, None, "delay", 300, "late"),
        (1, None, "visit", 200, "promised"),
        (0, None, "points", 500, "sorry"),
    ]
    assert sum(one["amount_fen"] for one in reckoning) == result["remedy"]["total_fen"] == 6_000


def test_what_comes_to_nothing_is_not_reckoned(pack: MakePack) -> None:
    nothing = """---
policy: gift
answers: {remedy.goodwill: contract}
hit: collect
rules: [{id: none, when: {}, then: {remedy.goodwill: {form: points, amount: 0}}}]
"""
    result = pack(options("kind: refuse") + nothing).decide(small_case())
    assert (result["remedy"]["reckoning"], result["remedy"]["total_fen"]) == ([], 0)


@pytest.mark.parametrize(("voucher", "additions"), [("20 CNY", [{"kind": "voucher", "amount_fen": 2_000}]), ("0", [])])
def test_a_voucher_is_an_addition(pack: MakePack, voucher: str, additions: list[Json]) -> None:
    remedy = pack(options(f"kind: refund, refund: 5 CNY, voucher: {voucher}")).decide(small_case())["remedy"]
    assert (remedy["additions"], remedy["total_fen"]) == (additions, 500)


SWAP = "kind: exchange, return: true, voucher: 3 CNY"


def test_the_vouchers_of_all_issues_are_additions(pack: MakePack) -> None:
    text = by_kind(
        damage="kind: refund, refund: 5 CNY", delay=SWAP, other="kind: refund, refund: 1 CNY, voucher: 2 CNY"
    )
    small_pack = pack(text)
    both = small_pack.decide(small_case({"kind": "damage"}, {"kind": "delay"}))["remedy"]
    assert sum(one["amount_fen"] for one in both["additions"]) == 300
    three = small_pack.decide(small_case({"kind": "damage"}, {"kind": "delay"}, {"kind": "other"}))["remedy"]
    assert sum(one["amount_fen"] for one in three["additions"]) == 500


def test_the_steps_of_all_issues_are_shown(pack: MakePack) -> None:
    small_pack = pack(by_kind(damage="kind: refund, refund: 5 CNY", delay=SWAP))
    remedy = small_pack.decide(small_case({"kind": "damage"}, {"kind": "delay"}))["remedy"]
    assert remedy["return_required"]
    assert {"refund", "send_back", "inspect", "send_replacement"} == {one["step"] for one in remedy["steps"]}
    assert len(remedy["steps"]) == 4


FREIGHT = """---
policy: freight
answers:
  freight.out: {one_of: [customer, merchant, nobody], joins: first}
  freight.back: {one_of: [customer, merchant, nobody], joins: first}
otherwise: {freight.out: nobody, freight.back: nobody}
rules: [{id: back, when: {chosen.return: true}, then: {freight.back: merchant}}]
"""


def test_freight_is_shown_both_ways_and_joined_over_the_issues(pack: MakePack) -> None:
    text = (
        by_kind(damage="kind: refund, refund: 3 CNY", delay="kind: return_refund, return: true, refund: 1 CNY")
        + FREIGHT
    )
    small_pack = pack(text)
    assert small_pack.decide(small_case())["remedy"]["freight"] == {
        "out": "nobody",
        "back": "nobody",
        "settlement": None,
    }
    both = small_pack.decide(small_case({"kind": "damage"}, {"kind": "delay"}))["remedy"]["freight"]
    assert both == {"out": "nobody", "back": "merchant", "settlement": None}


@pytest.mark.parametrize(
    ("kind", "steps"),
    [
        ("refund, refund: 5 CNY", [("refund", "merchant", "refund_by")]),
        (
            "return_refund, return: true, refund: 5 CNY",
            [
                ("send_back", "customer", "return_by"),
                ("inspect", "merchant", "inspect_by"),
                ("refund", "merchant", "refund_by"),
            ],
        ),
        ("refuse", [("explain", "merchant", None)]),
        ("resend", [("send_replacement", "merchant", None)]),
        ("compensation", [("pay_compensation", "merchant", "refund_by")]),
    ],
)
def test_steps_say_who_does_what_by_which_clock(pack: MakePack, kind: str, steps: list[Any]) -> None:
    remedy = pack(options(f"kind: {kind}")).decide(small_case())["remedy"]
    assert [(one["step"], one["by"], one["clock"]) for one in remedy["steps"]] == steps


def test_a_payout_that_another_party_gives_is_its_step(pack: MakePack) -> None:
    extra = EXTRA.replace("at_least: 3 CNY}", "at_least: 3 CNY}, executor: platform").replace(
        "basis: promise, amount: 2 CNY", "basis: promise, amount: 2 CNY, executor: platform"
    )
    remedy = pack(options("kind: compensation") + extra).decide(small_case({"kind": "delay"}))["remedy"]
    assert [one["executor"] for one in remedy["compensation"]] == ["platform", "platform"]
    assert [(one["step"], one["by"]) for one in remedy["steps"]] == [("pay_compensation", "platform")]
    mixed = pack(options("kind: compensation") + EXTRA.replace("amount: 2 CNY", "amount: 2 CNY, executor: platform"))
    assert [one["by"] for one in mixed.decide(small_case({"kind": "delay"}))["remedy"]["steps"]] == ["merchant"]


# ---- alternatives


def test_alternatives_stand_in_rank_the_chosen_one_first(pack: MakePack) -> None:
    text = options(
        "kind: repair, rank: 30",
        "kind: exchange, rank: 20",
        "kind: refund, refund: 40 CNY, up_to: 60 CNY, rank: 10, needs: lead",
        "kind: return_refund, return: true, refund: line.paid_fen, rank: 40, voucher: 3 CNY",
    )
    result = pack(text).decide(small_case({"kind": "damage", "wants": "return_refund"}))
    assert [(one["kind"], one["rule"], one["chosen"]) for one in result["alternatives"]] == [
        ("return_refund", "option-3", True),  # the wish
        ("exchange", "option-1", False),
        ("repair", "option-0", False),
        ("refund", "option-2", False),  # needs somebody's approval
    ]
    assert result["alternatives"][3] == {
        "issue": 0, "kind": "refund", "refund_fen": 4_000, "up_to_fen": 6_000, "return_required": False,
        "voucher_fen": 0, "needs": "lead", "rank": 10, "rule": "option-2", "chosen": False,
    }  # fmt: skip
    assert result["alternatives"][0]["voucher_fen"] == 300


def test_alternatives_are_limited_to_what_was_paid_too(pack: MakePack) -> None:
    text = options("kind: refund, refund: 40 CNY, up_to: 900 CNY", "kind: refund, refund: 900 CNY, needs: lead")
    result = pack(text).decide(small_case(order={"refunded_fen": 2_500}))
    assert [(one["refund_fen"], one["up_to_fen"]) for one in result["alternatives"]] == [(4_000, 7_500), (7_500, 7_500)]


def test_each_issue_has_alternatives_of_its_own(pack: MakePack) -> None:
    text = by_kind(damage="kind: refund, refund: 3 CNY", delay="kind: repair")
    result = pack(text).decide(small_case({"kind": "delay"}, {"kind": "damage"}))
    assert [(one["issue"], one["kind"], one["chosen"]) for one in result["alternatives"]] == [
        (0, "repair", True),
        (1, "refund", True),
    ]


def test_what_is_offered_as_chosen_is_what_is_paid(pack: MakePack) -> None:
    result = pack(options("kind: refund, refund: 60 CNY")).decide(small_case({"kind": "damage"}, {"kind": "delay"}))
    assert [one["amount_fen"] for one in result["remedy"]["reckoning"]] == [6_000, 4_000]  # one line of 100.00
    assert [one["refund_fen"] for one in result["alternatives"]] == [6_000, 4_000]
    assert [one["remedy"]["refund_fen"] for one in result["issues"]] == [6_000, 4_000]


BOOKS = """
order.promo_threshold_fen: {type: money}
line.quantity: {type: number}
line.price_fen: {type: money}
"""


def test_what_is_offered_as_chosen_is_recalculated_too(pack: MakePack) -> None:
    lines = [
        {"id": str(at), "quantity": 1, "price_fen": price, "paid_fen": price * 4 // 5}
        for at, price in enumerate((12_000, 10_000, 8_000))
    ]
    text = options("kind: return_refund, return: true, refund: line.paid_fen, price: recalculated")
    result = pack(text, BOOKS).decide(
        small_case({"kind": "other", "line": "2"}, lines=lines, order={"promo_threshold_fen": 30_000})
    )
    assert result["remedy"]["refund_fen"] == 2_000  # S12: 240.00 less 220.00
    assert result["issues"][0]["remedy"]["refund_fen"] == 2_000
    assert (result["alternatives"][0]["refund_fen"], result["alternatives"][0]["up_to_fen"]) == (2_000, 2_000)


def test_two_books_that_go_back_together(pack: MakePack) -> None:
    lines = [
        {"id": str(at), "quantity": 1, "price_fen": price, "paid_fen": price * 4 // 5}
        for at, price in enumerate((12_000, 10_000, 8_000))
    ]
    text = options("kind: return_refund, return: true, refund: line.paid_fen, price: recalculated")
    two = [{"kind": "other", "line": "1"}, {"kind": "other", "line": "2"}]
    result = pack(text, BOOKS).decide(small_case(*two, lines=lines, order={"promo_threshold_fen": 30_000}))
    assert result["remedy"]["refund_fen"] == 12_000  # 240.00 less the book of 120.00 that is kept
