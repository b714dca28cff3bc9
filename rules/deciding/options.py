"""Rank the options of each issue, and deduct what was given before.

Options without approval come first, then those that the customer has not rejected, then his wish, then rank. They are
ranked by the whole amount owed, so that an earlier payment changes the amount, never the choice.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final

from rules.deciding.paid_before import REFUND, VOUCHER, PaidBefore
from rules.deciding.resolve import CollectedItem
from rules.deciding.settlement import IssueInput, OrderInput, ReckoningEntry, RemedyOption
from rules.language.contract import KINDS
from rules.values.kind import MAX_INTEGER
from rules.values.money import half_up
from rules.values.value import OPEN

REFUND_ONLY: Final = "refund_only"  # a wish: money back, goods kept
PAYS: Final = (
    "refund",
    "return_refund",
    "price_difference",
    "compensation",
)  # once paid before, nothing is left to give
REFUNDS: Final = PAYS[:3]
SENDS: Final = ("exchange", "resend")  # goods for the customer, which are owed against their price


def options_of(
    inputs: Sequence[IssueInput], order: OrderInput, paid: Sequence[Any], before: PaidBefore
) -> tuple[tuple[RemedyOption, ...], ...]:
    """Return the options of each issue, ranked by the amount owed, less what equal issues and earlier payments give."""
    owed: list[tuple[RemedyOption, ...]] = []
    left: list[tuple[RemedyOption, ...]] = []
    for at, issue in enumerate(inputs):
        ceiling, earlier = ceiling_of(issue, order, paid), before.available(issue.subject, REFUND)
        beyond = _beyond(inputs[: at + 1], order)
        equal = [owed[other][0] for other in range(at) if owed[other] and issue.repeats(inputs[other], beyond)]
        ranked = _ranked(issue, OPEN if ceiling is OPEN else ceiling + earlier)
        owed.append(tuple(_further(option, equal) for option in ranked))
        left.append(tuple(_unpaid(option, issue, ceiling, before) for option in owed[at]))
        for option in owed[at][:1]:
            before.take(issue.number, issue.subject, REFUND, option.refund_fen)
            before.take(issue.number, issue.subject, VOUCHER, option.voucher_fen)
    return tuple(left)


def _beyond(inputs: Sequence[IssueInput], order: OrderInput) -> bool:
    """Return whether the last issue and earlier issues about the same ask for more units than the line has."""
    last = inputs[-1]
    if last.line is None or last.quantity is None:
        return False
    units = [one.quantity or 0 for one in inputs if one.line == last.line and last.subject.repeats(one.subject)]
    return sum(units) > order.lines[last.line].quantity


def _further(option: RemedyOption, equal: Sequence[RemedyOption]) -> RemedyOption:
    """Return an option less what equal issues of the case already give."""
    refunds = total(one.refund_fen for one in equal)
    return option._replace(
        refund_fen=minus(option.refund_fen, refunds),
        up_to_fen=minus(option.up_to_fen, refunds),
        voucher_fen=minus(option.voucher_fen, total(one.voucher_fen for one in equal)),
    )


def _unpaid(option: RemedyOption, issue: IssueInput, ceiling: Any, before: PaidBefore) -> RemedyOption:
    """Return an option less what was paid before for it."""
    earlier = before.available(issue.subject, REFUND)
    return option._replace(
        refund_fen=_at_most(minus(option.refund_fen, earlier), ceiling),
        up_to_fen=_at_most(minus(option.up_to_fen, earlier), ceiling),
        voucher_fen=minus(option.voucher_fen, before.available(issue.subject, VOUCHER)),
    )


def minus(amount: Any, less: Any) -> Any:
    """Return an amount less another one, never below zero; OPEN where it is open."""
    if amount is OPEN or less is OPEN:
        return 0 if amount == 0 else OPEN
    return max(amount - less, 0)


def total(amounts: Iterable[Any]) -> Any:
    """Return a sum of amounts; OPEN where one of them is."""
    parts = list(amounts)
    return OPEN if OPEN in parts else sum(parts)


def against_the_price(ranked: Sequence[RemedyOption], wants: Any, paying: bool) -> tuple[RemedyOption, ...]:
    """Return the options of an issue whose goods were refunded in full: none sends goods for nothing.

    A customer who wants the goods pays the price again, which only a person can arrange: a refund of nothing or an
    explanation is no answer to that. Compensation is given all the same where the issue is `paying`.
    """
    left = tuple(option for option in ranked if option.kind not in SENDS)
    if len(left) == len(ranked) or wants not in SENDS or paying:
        return left
    return tuple(option for option in left if option.kind not in (*PAYS, "explanation"))


def explained(
    options: Sequence[tuple[RemedyOption, ...]],
    refunds: Sequence[ReckoningEntry],
    paying: Collection[int],
    before: PaidBefore,
    bought: Collection[int],
    refunded: Collection[int],
) -> tuple[tuple[RemedyOption, ...], ...]:
    """Turn an option that would pay, and pays nothing, into the compensation that is due, else into an explanation.

    Issues that are `paying` get compensation. Nothing is left to pay where it was paid before, where the line or the
    order was `refunded` before, or where deductions take all of it. Nothing is sent back for that. Issues about goods
    that cost nothing are not `bought`: such goods may go back without a refund.
    """
    refunding = {entry.issue for entry in refunds}

    def explain(option: RemedyOption) -> RemedyOption:
        if option.kind not in PAYS or option.issue in refunding:
            return option
        unpaid = option.issue in refunded or (option.issue in bought and option.issue not in paying)
        empty = unpaid and _is_empty(option)
        if not empty and not before.counted_of(option.issue):
            return option
        kind = "compensation" if option.issue in paying else "explanation"
        return option._replace(kind=kind, returns=False, emptied=(option.kind, option.returns))

    return tuple((explain(ranked[0]), *ranked[1:]) if ranked else () for ranked in options)


def _is_empty(option: RemedyOption) -> bool:
    """Return whether a refund refunds nothing, gives no voucher, and leaves no amount to discuss."""
    return option.kind in REFUNDS and (option.refund_fen, option.up_to_fen, option.voucher_fen) == (0, 0, 0)


def _ranked(issue: IssueInput, ceiling_fen: Any) -> tuple[RemedyOption, ...]:
    """Return an issue's options, the best first; ties keep the order of rule ids.

    Where an open rank could put another option first, the amounts of the first are open.
    """
    options = [_option(issue, item, ceiling_fen) for item in issue.options]
    ranked = sorted(options, key=lambda option: _preference(option, issue.wants, issue.rejected))
    if any(option.rank is OPEN for option in ranked) and _outranked(issue, ranked):
        ranked[0] = ranked[0]._replace(refund_fen=OPEN, up_to_fen=OPEN)
    return tuple(ranked)


def _outranked(issue: IssueInput, ranked: Sequence[RemedyOption]) -> bool:
    """Return whether only the rank chose the first option, and one of the ranks is open."""
    first, *others = (_standing(option, issue.wants, issue.rejected) for option in ranked)
    rivals = [option for option, standing in zip(ranked[1:], others, strict=True) if standing == first]
    return bool(rivals) and OPEN in (ranked[0].rank, *(rival.rank for rival in rivals))


def _option(issue: IssueInput, item: CollectedItem, ceiling_fen: Any) -> RemedyOption:
    value = item.value
    refund = rounded(value.get("refund", 0))
    return RemedyOption(
        issue=issue.number,
        rule=item.rule,
        kind=value["kind"],
        refund_fen=_at_most(refund, ceiling_fen),
        up_to_fen=_at_most(rounded(value["up_to"]) if "up_to" in value else refund, ceiling_fen),
        returns=value.get("return", False) is True,
        price=value.get("price", "paid"),
        rank=value.get("rank", 50),
        needs=value.get("needs", ""),
        voucher_fen=rounded(value.get("voucher", 0)),
    )


def _preference(option: RemedyOption, wants: Any, rejected: Sequence[str]) -> tuple[Any, ...]:
    """Return the sort key of an option; among equals, the one that is better for the customer comes first.

    An open amount may be the best, so it comes first, and the amount of the issue stays open.
    """
    amounts = (option.refund_fen, option.voucher_fen, option.up_to_fen)
    return (
        *_standing(option, wants, rejected),
        option.rank if option.rank is not OPEN else MAX_INTEGER,
        KINDS.index(option.kind),
        option.returns,
        tuple(-MAX_INTEGER if amount is OPEN else -amount for amount in amounts),
    )


def _standing(option: RemedyOption, wants: Any, rejected: Sequence[str]) -> tuple[bool, ...]:
    """Return the part of the sort key before the rank."""
    return bool(option.needs), option.kind in rejected, not wished(option.kind, option.returns, wants)


def ceiling_of(issue: IssueInput, order: OrderInput, paid: Sequence[Any]) -> Any:
    """Return the most that one issue can refund: what is left of its line, within what is left of the order."""
    if not paid or order.refunded_fen is OPEN:
        return OPEN
    left = max(sum(cost for cost in paid if cost is not OPEN) - order.refunded_fen, 0)
    own = OPEN if issue.line is None else order.left[issue.line]
    if OPEN in paid:  # what the other lines cost can only leave more
        return own if own is not OPEN and own <= left else OPEN
    return left if issue.line is None else min(own, left)


def _at_most(amount: Any, ceiling: Any) -> Any:
    return amount if OPEN in (amount, ceiling) else min(amount, ceiling)


def wished(kind: str, returns: bool, wants: Any) -> bool:
    """Return whether an option is what the customer asked for."""
    return bool(wants == kind or (wants == REFUND_ONLY and kind == "refund" and not returns))


def rounded(amount: Any) -> Any:
    """Return an amount in whole fen, never below zero. Raises OverflowError for one that no order can reach."""
    if amount is OPEN:
        return OPEN
    if amount > MAX_INTEGER:
        raise OverflowError("an amount of money past all bounds")
    return max(half_up(amount), 0)
