"""Choosing among options and adding up, to the fen."""

from __future__ import annotations

from fractions import Fraction
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.deciding.options import wished
from rules.deciding.resolve import CollectedItem
from rules.deciding.settle import bears, settle
from rules.deciding.settlement import IssueInput, OrderInput, Settlement
from rules.values.money import Discount, Line, part_of
from rules.values.value import OPEN
from tests.support.small_packs import MakePack, rule_ids, small_case

Record = dict[str, Any]


def claim(*options: Record, number: int = 0, line: int | None = 0, wants: str = "", **more: Any) -> IssueInput:
    """Return an issue whose policies gave these options; each is said by a rule of its own."""
    said: dict[str, Any] = {
        name: tuple(CollectedItem(at, one) for at, one in enumerate(more.get(name, ())))
        for name in ("compensation", "goodwill")
    }
    said["rejected"], said["breach"] = more.get("rejected", ()), more.get("breach", False)
    return IssueInput(
        number, line, more.get("quantity"), wants, tuple(CollectedItem(*one) for one in enumerate(options)), **said
    )


def order(*paid: Any, refunded: Any = 0, threshold: Any = 0, discounts: tuple[Discount, ...] = ()) -> OrderInput:
    lines = tuple(one if isinstance(one, Line) else Line(str(at), 1, OPEN, one) for at, one in enumerate(paid))
    return OrderInput(lines, discounts, refunded, threshold)


def refund(amount: Any, **more: Any) -> Record:
    return {"kind": "refund", "refund": amount, **more}


def give_back(amount: Any, **more: Any) -> Record:
    return {"kind": "return_refund", "refund": amount, "return": True, **more}


def amounts(found: Settlement) -> dict[int, Any]:
    return {entry.issue: entry.amount_fen for entry in found.refunds}


# ---- which option

EXCHANGE, REPAIR = {"kind": "exchange"}, {"kind": "repair"}


@pytest.mark.parametrize(
    ("options", "wants", "kind"),
    [
        ([{**EXCHANGE, "needs": "agent"}, {**REPAIR, "rank": 90}], "exchange", "repair"),  # no approval before the wish
        ([{**EXCHANGE, "rank": 1}, {**REPAIR, "rank": 90}], "repair", "repair"),  # the wish before rank
        ([{**EXCHANGE, "rank": 60}, {**REPAIR, "rank": 40}], "refund", "repair"),  # then rank, low first
        ([{**EXCHANGE, "rank": 51}, REPAIR], "", "repair"),  # an option without a rank has 50
        ([EXCHANGE, {**REPAIR, "rank": 51}], "", "exchange"),
        ([{**EXCHANGE, "needs": "lead"}, {**REPAIR, "needs": "agent"}], "exchange", "exchange"),  # both need approval
        ([{**EXCHANGE, "rank": Fraction(1, 2)}, {**REPAIR, "rank": 1}], "", "exchange"),
    ],
)
def test_no_approval_then_the_wish_then_rank(options: list[Record], wants: str, kind: str) -> None:
    for said in permutations(options):
        chosen = settle([claim(*said, wants=wants)], order(10_000)).chosen(0)
        assert chosen is not None
        assert chosen.kind == kind


@pytest.mark.parametrize(
    ("rejected", "kind"),
    [
        ((), "exchange"),  # the wish
        (("exchange",), "repair"),  # what was rejected comes after what was not, whatever the wish
        (("exchange", "repair"), "exchange"),  # all that may be given freely was rejected: a person looks further
        (("resend",), "exchange"),
    ],
)
def test_what_the_customer_rejected_comes_last_among_what_needs_no_approval(
    rejected: tuple[str, ...], kind: str
) -> None:
    options = [EXCHANGE, {**REPAIR, "rank": 90}, {**give_back(5_000), "needs": "lead", "rank": 1}]
    for said in permutations(options):
        chosen = settle([claim(*said, wants="exchange", rejected=rejected)], order(10_000)).chosen(0)
        assert chosen is not None
        assert chosen.kind == kind


@pytest.mark.parametrize(
    ("options", "kind", "amount"),
    [
        ([refund(2_000, rank=1), give_back(5_000, rank=2), {**EXCHANGE, "rank": 3}], "return_refund", 5_000),
        ([refund(2_000, rank=1), refund(1_000, rank=2), {**EXCHANGE, "rank": 3}], "exchange", 0),  # of another kind
        ([refund(2_000, rank=1), {**EXCHANGE, "needs": "lead"}], None, None),  # one that needs approval is no offer
        ([refund(2_000, rank=1), give_back(50_000, rank=2)], "return_refund", 10_000),  # never more than was paid
        ([], None, None),
    ],
)
def test_the_alternative_is_the_best_other_kind_that_may_be_given_freely(
    options: list[Record], kind: str | None, amount: int | None
) -> None:
    found = settle([claim(*options)], order(10_000)).alternative(0)
    assert (found.kind if found else None, found.refund_fen if found else None) == (kind, amount)


@pytest.mark.parametrize(
    ("kind", "returns", "wants", "fits"),
    [
        ("refund", False, "refund", True),
        ("refund", False, "refund_only", True),
        ("refund", True, "refund_only", False),
        ("return_refund", True, "refund_only", False),
        ("return_refund", True, "return_refund", True),
        ("exchange", False, "repair", False),
        ("exchange", False, OPEN, False),
        ("exchange", False, "", False),
    ],
)
def test_what_is_a_wish_fulfilled(kind: str, returns: bool, wants: Any, fits: bool) -> None:
    assert wished(kind, returns, wants) is fits


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        (refund(400), refund(300)),
        (refund(300, voucher=100), refund(300)),
        (refund(300, up_to=500), refund(300)),
        (refund(300), give_back(300)),
    ],
)
def test_what_ties_is_decided_for_the_customer(better: Record, worse: Record) -> None:
    for said in ((better, worse), (worse, better)):
        first = settle([claim(*said)], order(10_000)).options[0][0]
        assert (first.kind, first.refund_fen, first.voucher_fen) == (
            better["kind"],
            better["refund"],
            better.get("voucher", 0),
        )


def rules_in(order_: str) -> str:
    """Return a policy of two options that tie in all that matters, its rules in one order or the other."""
    rules = {
        "a": "  - {id: a-low, when: {}, then: {remedy.option: {kind: refund, refund: 3 CNY}}}",
        "b": "  - {id: b-high, when: {}, then: {remedy.option: {kind: refund, refund: 4 CNY}}}",
        "c": "  - {id: c-as-high, when: {}, then: {remedy.option: {kind: refund, refund: 4 CNY}}}",
    }
    listed = "\n".join(rules[one] for one in order_)
    return f"policy: remedy\nanswers: {{remedy.option: contract}}\nhit: collect\nrules:\n{listed}\n"


TWO_OPTIONS = """
policy: remedy
answers: {remedy.option: contract}
hit: collect
rules:
  - {id: money, when: {}, then: {remedy.option: {kind: refund, refund: 50 CNY, rank: 1}}}
  - {id: anew,  when: {}, then: {remedy.option: {kind: exchange, rank: 2}}}
---
policy: afterwards
answers: {second: {one_of: [money, goods]}}
otherwise: {second: money}
rules: [{id: goods, when: {alternative.kind: exchange, alternative.refund_fen: 0}, then: {second: goods}}]
"""


def test_what_was_rejected_makes_room_for_the_alternative(pack: MakePack) -> None:
    small_pack = pack(TWO_OPTIONS, facts="issue.rejected: {type: {list_of: {one_of: [refund, exchange]}}}")
    said = [
        (small_pack.decide(case)["remedy"]["kind"], small_pack.answer(case, "second"))
        for rejected in ([], ["refund"])
        for case in (small_case({"kind": "damage", "line": "1", "rejected": rejected}),)
    ]
    assert said == [("refund", "goods"), ("exchange", "money")]


def test_a_fact_of_that_name_and_another_type_changes_nothing(pack: MakePack) -> None:
    small_pack = pack(TWO_OPTIONS, facts="issue.rejected: {type: yes_no}")
    case = small_case({"kind": "damage", "line": "1", "rejected": True})
    assert small_pack.decide(case)["remedy"]["kind"] == "refund"


def test_the_order_of_rules_in_a_file_decides_nothing(pack: MakePack) -> None:
    order_parts = [pack(rules_in("".join(one))).decide(small_case()) for one in permutations("abc")]
    assert {one["remedy"]["refund_fen"] for one in order_parts} == {400}
    assert {one["remedy"]["reckoning"][0]["rule"] for one in order_parts} == {"b-high"}  # of equals the first by its id
    apart = {"policy": None, "why": None}  # the digest differs, and the account follows the file
    assert all({**one, **apart} == {**order_parts[0], **apart} for one in order_parts)
    assert {tuple(sorted(rule_ids(one))) for one in order_parts} == {
        ("a-low", "b-high", "c-as-high", "machine", "ours")
    }


def test_an_issue_without_any_option_has_no_remedy() -> None:
    found = settle([claim()], order(10_000))
    assert found.chosen(0) is None
    assert (found.refunds, found.totals["settled.total_fen"]) == ((), 0)


# ---- what was paid is the most that goes back


@pytest.mark.parametrize(
    ("wanted", "paid", "refunded", "given"),
    [
        (10_000, 10_000, 0, 10_000),
        (12_000, 10_000, 0, 10_000),
        (10_000, 10_000, 3_000, 7_000),
        (10_000, 10_000, 10_000, None),
        (10_000, 10_000, 12_000, None),  # more was refunded than paid: nothing is left, nothing is owed
        (-500, 10_000, 0, None),  # nobody is asked for money
    ],
)
def test_a_refund_is_limited_to_what_was_paid_less_what_was_refunded(
    wanted: int, paid: int, refunded: int, given: int | None
) -> None:
    found = settle([claim(refund(wanted))], order(paid, refunded=refunded))
    assert amounts(found) == ({} if given is None else {0: given})
    assert found.totals["settled.refund_fen"] == (given or 0)


def test_a_refund_is_limited_by_the_cost_of_the_line_and_what_the_order_has_left() -> None:
    two = [claim(refund(9_000), number=0, line=0), claim(refund(9_000), number=1, line=1)]
    assert amounts(settle(two, order(5_000, 8_000))) == {0: 5_000, 1: 8_000}
    assert amounts(settle(two, order(5_000, 8_000, refunded=2_000))) == {0: 5_000, 1: 6_000}


def test_issues_of_one_line_share_what_it_cost() -> None:
    three = [claim(refund(4_000), number=number) for number in range(3)]
    found = settle(three, order(10_000, 50_000))
    assert amounts(found) == {0: 4_000, 1: 4_000, 2: 2_000}
    assert found.totals["settled.refund_fen"] == 10_000


def test_a_breach_gets_the_money_before_a_change_of_mind_about_the_same_goods() -> None:
    mind, fake = give_back(10_000), give_back(10_000)
    found = settle([claim(mind), claim(fake, number=1, breach=True)], order(10_000))
    assert amounts(found) == {1: 10_000}
    assert (found.options[0][0].kind, found.options[0][0].returns) == ("explanation", False)
    assert amounts(settle([claim(mind), claim(fake, number=1)], order(10_000))) == {0: 10_000}
    of_no_line = [claim(mind, line=None), claim(fake, number=1, line=None, breach=True)]
    assert amounts(settle(of_no_line, order(10_000, 5_000))) == {0: 5_000, 1: 10_000}


@pytest.mark.parametrize(
    ("wants", "compensation", "kinds"),
    [
        ("resend", (), []),  # only a person can agree on a new payment
        ("exchange", (), []),
        ("refund_only", (), ["explanation"]),
        ("", (), ["explanation"]),
        ("resend", ({"head": "delay", "basis": "rule", "amount": 300},), ["compensation"]),
    ],
)
def test_no_goods_are_sent_for_nothing_after_a_full_refund(
    wants: str, compensation: tuple[Record, ...], kinds: list[str]
) -> None:
    options = ({"kind": "resend", "rank": 1}, refund(10_000, rank=2), {**EXCHANGE, "rank": 3})
    found = settle([claim(*options, wants=wants, compensation=compensation)], order(10_000, refunded=10_000))
    assert [option.kind for option in found.options[0]] == kinds
    assert amounts(found) == {}


def test_goods_are_sent_where_a_part_of_their_price_is_left_and_where_they_cost_nothing() -> None:
    sent = claim({"kind": "resend"}, refund(10_000, rank=60), wants="resend")
    assert [option.kind for option in settle([sent], order(10_000, refunded=9_999)).options[0]] == ["resend", "refund"]
    assert [option.kind for option in settle([sent], order(0, refunded=0)).options[0]] == ["resend", "refund"]


def test_a_refusal_stands_where_goods_are_wanted_after_a_full_refund() -> None:
    refused = claim({"kind": "refuse"}, {**EXCHANGE, "needs": "agent"}, wants="exchange")
    found = settle([refused], order(100, refunded=100))
    assert [option.kind for option in found.options[0]] == ["refuse"]


@pytest.mark.parametrize(
    ("gone", "units", "fen"),
    [
        (0, (1, 1, 1), [333, 334, 333]),
        (0, (2, 2), [667, 333]),
        (1, (1, 1), [334, 333]),
        (2, (1, 1), [333, 0]),
        (3, (1,), [0]),
        (0, (-1, 1), [0, 333]),
    ],
)
def test_pieces_that_several_issues_give_back_come_to_the_line(
    gone: int, units: tuple[int, ...], fen: list[int]
) -> None:
    line = Line("1", 3, 400, 1_000, gone)
    claims = [claim(give_back(part_of(1_000, 3, one, gone)), number=at, quantity=one) for at, one in enumerate(units)]
    found = settle(claims, order(line, 9_000))
    assert [amounts(found).get(at, 0) for at in range(len(units))] == fen


def test_what_is_no_whole_piece_counts_for_itself() -> None:
    line = Line("1", 1, 1_000, 1_000)
    found = settle([claim(refund(100), quantity=1), claim(give_back(1_000), number=1, quantity=1)], order(line))
    assert amounts(found) == {0: 100, 1: 900}


def test_a_line_of_which_pieces_went_back_before_gives_back_the_rest_whatever_the_order_has_left() -> None:
    found = settle([claim(refund(1_000), refund(600, up_to=1_000, rank=60))], order(Line("1", 3, 400, 1_000, 2), 9_000))
    assert [(option.refund_fen, option.up_to_fen) for option in found.options[0]] == [(333, 333), (333, 333)]
    assert found.totals["settled.refund_fen"] == 333


def test_an_issue_without_a_line_is_limited_by_the_order() -> None:
    assert amounts(settle([claim(refund(9_000), line=None)], order(3_000, 4_000))) == {0: 7_000}


def test_the_range_of_the_agent_is_limited_to_what_was_paid_too() -> None:
    option = settle([claim(refund(2_000, up_to=50_000))], order(10_000, refunded=1_000)).options[0][0]
    assert (option.refund_fen, option.up_to_fen) == (2_000, 9_000)


def test_a_refund_of_nothing_is_no_line_of_the_reckoning() -> None:
    found = settle([claim({"kind": "refuse"})], order(10_000))
    assert found.refunds == ()
    assert found.totals["settled.refund_fen"] == 0


def test_amounts_are_rounded_once_half_up() -> None:
    assert amounts(settle([claim(refund(Fraction(501, 2)))], order(10_000))) == {0: 251}
    assert amounts(settle([claim(refund(Fraction(2_499, 10)))], order(10_000))) == {0: 250}


@pytest.mark.parametrize(("wanted", "paid", "refunded"), [(OPEN, 10_000, 0), (5_000, OPEN, 0), (5_000, 10_000, OPEN)])
def test_an_amount_that_is_not_known_leaves_the_sum_open(wanted: Any, paid: Any, refunded: Any) -> None:
    found = settle([claim(refund(wanted))], order(paid, refunded=refunded))
    assert amounts(found) == {0: OPEN}
    assert found.totals["settled.refund_fen"] is OPEN
    assert found.totals["settled.total_fen"] is OPEN


@pytest.mark.parametrize(
    ("refunded", "given"),
    [(0, 5_000), (5_000, 5_000), (5_001, OPEN), (OPEN, OPEN)],  # line 0 alone leaves 10,000 less what was refunded
)
def test_what_another_line_cost_may_only_leave_more(refunded: Any, given: Any) -> None:
    found = settle([claim(refund(5_000))], order(10_000, OPEN, refunded=refunded))
    assert amounts(found) == {0: given}


@pytest.mark.parametrize(
    ("refunded", "given"),
    [(0, {0: OPEN, 1: 4_000}), (1_000, {0: OPEN, 1: 4_000}), (1_001, {0: OPEN, 1: OPEN})],
)
def test_an_open_amount_takes_no_more_than_its_line_from_the_next(refunded: int, given: dict[int, Any]) -> None:
    claims = [claim(refund(OPEN)), claim(refund(4_000), number=1, line=1)]
    assert amounts(settle(claims, order(2_000, 5_000, refunded=refunded))) == given


def test_an_open_amount_of_the_same_line_or_of_no_line_leaves_the_next_open() -> None:
    for line in (0, None):
        claims = [claim(refund(OPEN), line=line), claim(refund(4_000), number=1)]
        assert amounts(settle(claims, order(5_000))) == {0: OPEN, 1: OPEN}


def test_an_amount_that_is_not_known_may_be_the_best_for_the_customer() -> None:
    assert amounts(settle([claim(refund(300), refund(OPEN))], order(10_000))) == {0: OPEN}
    assert amounts(settle([claim(refund(300), refund(OPEN, rank=60))], order(10_000))) == {0: 300}


@pytest.mark.parametrize(
    ("options", "given"),
    [
        ([refund(300, rank=50), refund(500, rank=OPEN)], OPEN),
        ([refund(300, rank=OPEN), {**EXCHANGE, "rank": OPEN}], OPEN),
        ([refund(300, rank=OPEN)], 300),
        ([refund(300, rank=50), refund(500, rank=OPEN, needs="lead")], 300),  # no rank comes before approval
    ],
)
def test_a_rank_that_is_not_known_leaves_open_what_is_given(options: list[Record], given: Any) -> None:
    assert settle([claim(*options)], order(10_000)).totals["settled.refund_fen"] == given


def test_what_pays_nothing_back_needs_no_price() -> None:
    found = settle([claim(EXCHANGE)], order(OPEN, refunded=OPEN))
    assert found.totals["settled.refund_fen"] == 0


def test_an_amount_past_all_bounds_is_no_amount() -> None:
    with pytest.raises(OverflowError):
        settle([claim(refund(2**60))], order(10_000))


@given(
    paid=st.lists(st.integers(0, 10**6), min_size=1, max_size=4),
    wanted=st.lists(st.tuples(st.integers(0, 3), st.integers(-100, 2 * 10**6)), min_size=1, max_size=6),
    refunded=st.integers(0, 2 * 10**6),
)
def test_refunds_never_exceed_what_was_paid(paid: list[int], wanted: list[tuple[int, int]], refunded: int) -> None:
    claims = [
        claim(refund(amount), number=number, line=line % len(paid)) for number, (line, amount) in enumerate(wanted)
    ]
    given_back = amounts(settle(claims, order(*paid, refunded=refunded)))
    assert all(amount > 0 for amount in given_back.values())
    assert sum(given_back.values()) <= max(sum(paid) - refunded, 0)
    for at, cost in enumerate(paid):
        assert sum(given_back.get(one.number, 0) for one in claims if one.line == at) <= cost


# ---- discounts and promotions

HEATER_AND_LAMP = (Line("a", 1, 20_000), Line("b", 1, 10_000))
COUPONS = (Discount(2_000), Discount(3_000))


@pytest.mark.parametrize(("line", "fen"), [(0, 16_667), (1, 8_333)])
def test_what_a_line_cost_after_two_coupons_as_in_s13(line: int, fen: int) -> None:
    found = settle([claim(give_back(20_000), line=line)], order(*HEATER_AND_LAMP, discounts=COUPONS))
    assert amounts(found) == {0: fen}
    assert found.totals["settled.paid_fen"] == 25_000


BOOKS = (Line("a", 1, 12_000), Line("b", 1, 10_000), Line("c", 1, 8_000))
SIXTY_OFF = (Discount(6_000),)


def returned(*lines: int, **more: Any) -> list[IssueInput]:
    shares = (9_600, 8_000, 6_400)  # what each book cost after its part of the 60.00
    return [
        claim(give_back(shares[line], price="recalculated"), number=number, line=line, **more)
        for number, line in enumerate(lines)
    ]


def books(**more: Any) -> OrderInput:
    return order(*BOOKS, threshold=30_000, discounts=SIXTY_OFF, **more)


@pytest.mark.parametrize(
    ("lines", "fen"),
    [
        ((2,), 2_000),  # kept 220.00 at purchase price: 240.00 - 220.00, as in S12
        ((0,), 6_000),  # kept 180.00
        ((1, 2), 12_000),  # returned together: kept 120.00
        ((0, 1, 2), 24_000),  # nothing is kept
    ],
)
def test_books_that_go_back_together_are_recalculated_together(lines: tuple[int, ...], fen: int) -> None:
    found = settle(returned(*lines), books())
    assert found.totals["settled.refund_fen"] == fen
    assert sum(amounts(found).values()) == fen


def test_the_sum_of_several_is_split_by_what_they_cost() -> None:
    # 120.00 for two books that cost 80.00 and 64.00: 66.666 and 53.333, the larger remainder takes the odd fen
    assert amounts(settle(returned(1, 2), books())) == {0: 6_667, 1: 5_333}


def test_a_threshold_that_is_still_reached_takes_nothing_off() -> None:
    reached = order(*BOOKS, threshold=20_000, discounts=SIXTY_OFF)
    assert amounts(settle(returned(2), reached)) == {0: 6_400}
    assert amounts(settle(returned(2), order(*BOOKS, discounts=SIXTY_OFF))) == {0: 6_400}  # no promotion at all


def test_what_was_refunded_before_is_taken_off() -> None:
    assert amounts(settle(returned(2), books(refunded=500))) == {0: 1_500}
    assert amounts(settle(returned(2), books(refunded=5_000))) == {}


def test_some_units_of_a_line_leave_the_others_with_the_customer() -> None:
    # five of 30.00, reaching 150.00 for 30.00 off: paid 120.00; two go back, kept 90.00: 120.00 - 90.00
    five = order(Line("a", 5, 3_000, 12_000), threshold=15_000)
    one = claim(give_back(4_800, price="recalculated"), quantity=2)
    assert amounts(settle([one], five)) == {0: 3_000}


@pytest.mark.parametrize("what", [{"threshold": OPEN}, {"refunded": OPEN}])
def test_without_the_threshold_or_earlier_refunds_the_sum_is_open(what: dict[str, Any]) -> None:
    order_parts: dict[str, Any] = {"threshold": 30_000, "discounts": SIXTY_OFF} | what
    assert settle(returned(2), order(*BOOKS, **order_parts)).totals["settled.refund_fen"] is OPEN


def test_without_the_price_of_a_kept_book_the_sum_is_open() -> None:
    order_parts = order(Line("a", 1, OPEN, 9_600), Line("b", 1, 10_000, 8_000), threshold=30_000)
    assert settle(returned(1), order_parts).totals["settled.refund_fen"] is OPEN
    # what goes back needs no price
    order_parts = order(Line("a", 1, 12_000, 9_600), Line("b", 1, OPEN, 8_000), threshold=30_000)
    assert settle(returned(1), order_parts).totals["settled.refund_fen"] == 17_600 - 12_000


def test_an_option_at_the_price_paid_is_not_recalculated() -> None:
    assert amounts(settle([claim(give_back(6_400), line=2)], books())) == {0: 6_400}


# ---- compensation, on top


def paying(*entries: tuple[str, str, Any], number: int = 0) -> IssueInput:
    said = tuple({"head": head, "basis": basis, "amount": amount} for head, basis, amount in entries)
    return claim(number=number, compensation=said)


def heads(*claims: IssueInput, paid: int = 10_000) -> dict[str, Any]:
    return {entry.item: entry.amount_fen for entry in settle(claims, order(paid)).compensation}


def test_of_a_head_the_highest_is_paid_and_heads_add() -> None:
    found = settle([paying(("delay", "rule", 300), ("delay", "promise", 500), ("visit", "rule", 200))], order(10_000))
    assert [(entry.item, entry.amount_fen, entry.basis) for entry in found.compensation] == [
        ("delay", 500, "promise"),
        ("visit", 200, "rule"),
    ]
    assert found.totals["settled.compensation_fen"] == 700
    assert found.totals["settled.heads"] == ("delay", "visit")


def test_a_head_is_paid_once_over_all_issues() -> None:
    both = paying(("delay", "rule", 300)), paying(("delay", "rule", 400), number=1)
    found = settle(both, order(10_000))
    assert [(entry.issue, entry.amount_fen) for entry in found.compensation] == [(1, 400)]


@pytest.mark.parametrize("first_too", [True, False], ids=["both have it", "the second has it"])
def test_what_an_issue_is_shown_as_does_not_hang_on_which_issue_a_shared_head_is_booked_on(first_too: bool) -> None:
    given = {"head": "harm", "basis": "rule", "amount": 100}
    first = claim(refund(1), compensation=(given,) if first_too else ())
    second = claim(refund(0), number=1, compensation=(given,))
    found = settle([first, second], order(300))
    assert [one[0].kind for one in found.options] == ["refund", "refund"]
    assert [entry.issue for entry in found.compensation] == [0 if first_too else 1]


def sharing(amount: Any, in_all: Any, number: int = 0, **more: Any) -> IssueInput:
    entry = {"head": "delivery", "basis": "rule", "amount": amount, "in_all": in_all}
    return claim(number=number, compensation=(entry, *more.get("beside", ())))


@pytest.mark.parametrize(
    ("claims", "fen"),
    [
        ([sharing(Fraction(5, 2), 5), sharing(Fraction(5, 2), 5, 1)], 5),  # rounded once, at the end
        ([sharing(300, 490), sharing(196, 490, 1)], 490),  # never more than in all
        ([sharing(294, 490), sharing(98, 600, 1)], 392),
        ([sharing(294, 490), sharing(900, 600, 1)], 600),  # the highest bound
        ([sharing(294, 490, beside=[{"head": "delivery", "basis": "rule", "amount": 10, "in_all": 490}])], 294),
        ([sharing(294, 490), paying(("delivery", "rule", 300), number=1)], 300),  # one that is not to be shared
        ([sharing(OPEN, 490), sharing(98, 490, 1)], OPEN),
        ([sharing(294, OPEN), sharing(98, 490, 1)], OPEN),
    ],
)
def test_what_issues_share_of_a_head_adds_up(claims: list[IssueInput], fen: Any) -> None:
    assert heads(*claims) == {"delivery": fen}


def test_compensation_is_added_to_the_price_paid() -> None:
    both = IssueInput(
        0, 0, None, "", (CollectedItem(0, refund(10_000)),), paying(("fraud", "statute", 30_000)).compensation, ()
    )
    totals = settle([both], order(10_000)).totals
    assert (totals["settled.refund_fen"], totals["settled.compensation_fen"]) == (10_000, 30_000)
    assert totals["settled.total_fen"] == 40_000


def test_statutory_multiples_never_add_to_each_other() -> None:
    entries = (("fraud", "statute", 30_000), ("food", "statute", 100_000), ("delay", "rule", 300))
    assert heads(paying(*entries)) == {"food": 100_000, "delay": 300}
    assert heads(paying(entries[0]), paying(entries[1], number=1)) == {"food": 100_000}
    assert heads(paying(("fraud", "statute", 500), ("food", "statute", 500))) == {"fraud": 500}


def test_a_statutory_multiple_that_is_not_paid_prevents_no_other() -> None:
    entries = (("fraud", "statute", 300), ("fraud", "promise", 400), ("food", "statute", 200))
    assert heads(paying(*entries)) == {"fraud": 400, "food": 200}


def test_nothing_is_no_head() -> None:
    assert heads(paying(("delay", "rule", 0), ("visit", "rule", -100))) == {}


def test_compensation_that_is_not_known_leaves_the_total_open() -> None:
    found = settle([paying(("delay", "rule", OPEN), ("delay", "rule", 300))], order(10_000))
    assert [entry.amount_fen for entry in found.compensation] == [OPEN]
    assert found.totals["settled.total_fen"] is OPEN


# ---- goodwill and vouchers


def test_goodwill_is_given_once_a_case_and_the_highest() -> None:
    one = claim(
        goodwill=({"form": "voucher", "amount": 500}, {"form": "money", "amount": 800, "up_to": 2_000, "needs": "lead"})
    )
    other = claim(number=1, goodwill=({"form": "points", "amount": 700},))
    found = settle([one, other], order(10_000))
    assert found.goodwill is not None
    assert (found.goodwill.item, found.goodwill.amount_fen, found.goodwill.up_to_fen) == ("money", 800, 2_000)
    assert (found.goodwill.needs, found.goodwill.issue) == ("lead", 0)
    assert found.totals["settled.goodwill_fen"] == 800
    assert found.totals["settled.total_fen"] == 800


def test_goodwill_without_a_range_ends_at_its_amount() -> None:
    found = settle([claim(goodwill=({"form": "points", "amount": 700},))], order(10_000)).goodwill
    assert found is not None
    assert found.up_to_fen == 700


def test_no_goodwill_is_none() -> None:
    assert settle([claim(EXCHANGE)], order(10_000)).goodwill is None


def test_a_voucher_is_no_money() -> None:
    found = settle([claim({**EXCHANGE, "voucher": Fraction(1_999, 2)})], order(10_000))
    assert found.options[0][0].voucher_fen == 1_000
    assert found.totals["settled.total_fen"] == 0


# ---- the outputs for later policies


def test_refunds_for_kept_goods_are_counted_apart_from_those_for_returned_goods() -> None:
    kept, back = claim(refund(2_000), line=0), claim(give_back(5_000), number=1, line=1)
    totals = settle([kept, back], order(10_000, 5_000)).totals
    assert totals["settled.issues"] == 2
    assert totals["settled.paid_fen"] == 15_000
    assert totals["settled.refund_fen"] == 7_000
    assert totals["settled.kept_goods_fen"] == 2_000
    assert totals["settled.kept_price_fen"] == 10_000


def test_the_price_of_goods_that_stay_counts_once_a_line() -> None:
    twice = [claim(refund(1_000), number=number) for number in range(2)]
    assert settle(twice, order(10_000, 5_000)).totals["settled.kept_price_fen"] == 10_000


def test_goods_that_come_back_are_not_kept() -> None:
    assert settle([claim(give_back(5_000))], order(10_000)).totals["settled.kept_price_fen"] == 0


# ---- who bears


@pytest.mark.parametrize(
    ("loss", "shares", "borne"),
    [
        (100, (("merchant", 100),), {"merchant": 100}),
        (101, (("merchant", 30), ("logistics", 70)), {"merchant": 30, "logistics": 71}),  # 30.3 and 70.7
        (100, (("merchant", Fraction(100, 3)), ("logistics", Fraction(200, 3))), {"merchant": 33, "logistics": 67}),
        (1, (("merchant", 50), ("logistics", 50)), {"merchant": 1, "logistics": 0}),
        (0, (("merchant", 50), ("logistics", 50)), {"merchant": 0, "logistics": 0}),
    ],
)
def test_a_loss_is_split_by_largest_remainder(
    loss: int, shares: tuple[tuple[str, Any], ...], borne: dict[str, int]
) -> None:
    assert bears(loss, shares) == borne
