"""Choose among the options of all issues and add up the amounts of the case, to the fen.

Refunds never exceed the price paid for a line or for the order, less earlier refunds; compensation is added; goodwill
is given once a case. What was given before for the same line and cause is not given again, and goods that were refunded
in full are not sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rules.deciding.options import against_the_price, ceiling_of, explained, minus, options_of, rounded, total
from rules.deciding.paid_before import GOODWILL, PaidBefore
from rules.deciding.refunds import as_settled, refunds_of
from rules.deciding.resolve import CollectedItem
from rules.deciding.settlement import IssueInput, OrderInput, ReckoningEntry, RemedyOption, Settlement
from rules.language.contract import EXECUTOR, PARTIES
from rules.values.kind import MAX_INTEGER
from rules.values.money import allocate
from rules.values.value import OPEN


def settle(inputs: Sequence[IssueInput], order: OrderInput) -> Settlement:
    """Return the settlement of a case; deterministic, whatever the order of rules.

    Earlier payments are deducted from refunds first, and the rest from compensation.
    """
    paid, before = order.paid, PaidBefore.of(order.payments)
    options = options_of(inputs, order, paid, before)
    refunds = refunds_of(inputs, options, order, paid)
    options = tuple(as_settled(ranked, refunds) for ranked in options)
    compensation = _less_compensation(inputs, _compensation(inputs), before)
    goodwill = _less_goodwill(inputs, _goodwill(inputs), before)
    bought = {issue.number for issue in inputs if (total(paid) if issue.line is None else paid[issue.line]) != 0}
    refunded = {issue.number for issue in inputs if ceiling_of(issue, order, paid) == 0} & bought
    paying = _paying(inputs, compensation)
    options = tuple(
        against_the_price(ranked, issue.wants, issue.number in paying) if issue.number in refunded else ranked
        for issue, ranked in zip(inputs, options, strict=True)
    )
    options = explained(options, refunds, paying, before, bought, refunded)
    totals = _totals(inputs, options, refunds, compensation, goodwill, paid)
    return Settlement(options, refunds, compensation, goodwill, totals, tuple(before.counted), before.last())


# ---- compensation and goodwill


def _compensation(inputs: Sequence[IssueInput]) -> tuple[ReckoningEntry, ...]:
    """Return the highest amount of each head, or the sum; of statutory multiples only the highest counts."""
    heads: dict[str, list[tuple[IssueInput, CollectedItem]]] = {}
    for issue in inputs:
        for item in issue.compensation:
            heads.setdefault(item.value["head"], []).append((issue, item))
    best = {head: _of_head(head, given) for head, given in heads.items()}
    statutory = [entry for entry in best.values() if entry.basis == "statute"]
    paid = [entry for entry in best.values() if entry.basis != "statute" or entry is _highest(statutory)]
    return tuple(sorted((entry for entry in paid if entry.amount_fen is OPEN or entry.amount_fen), key=_head))


def _less_compensation(
    inputs: Sequence[IssueInput], entries: Sequence[ReckoningEntry], before: PaidBefore
) -> tuple[ReckoningEntry, ...]:
    """Return compensation less what was paid before under the same head."""
    subjects = {issue.number: issue.subject for issue in inputs}
    left = (
        entry._replace(amount_fen=before.take(entry.issue, subjects[entry.issue], entry.item, entry.amount_fen))
        for entry in entries
    )
    return tuple(entry for entry in left if entry.amount_fen is OPEN or entry.amount_fen)


def _paying(inputs: Sequence[IssueInput], entries: Sequence[ReckoningEntry]) -> set[int]:
    """Return the issues that a head of compensation is given for, also where the entry names another of them."""
    heads = {entry.item for entry in entries}
    return {issue.number for issue in inputs for item in issue.compensation if item.value["head"] in heads}


def _less_goodwill(
    inputs: Sequence[IssueInput], entry: ReckoningEntry | None, before: PaidBefore
) -> ReckoningEntry | None:
    """Return goodwill and its upper bound less what was given before."""
    if entry is None:
        return None
    subject = next(issue.subject for issue in inputs if issue.number == entry.issue)
    up_to = minus(entry.up_to_fen, before.available(subject, GOODWILL))
    return entry._replace(amount_fen=before.take(entry.issue, subject, GOODWILL, entry.amount_fen), up_to_fen=up_to)


def _of_head(head: str, given: Sequence[tuple[IssueInput, CollectedItem]]) -> ReckoningEntry:
    """Return the highest amount of a head; where all issues state a bound `in_all`, their sum up to that bound."""
    highest = _highest([
        ReckoningEntry(
            issue.number, "", head, rounded(item.value["amount"]), item.rule, item.value["basis"],
            executor=item.value.get("executor", EXECUTOR),
        )
        for issue, item in given
    ])  # fmt: skip
    bounds = [item.value["in_all"] for _, item in given if "in_all" in item.value]
    if len(bounds) < len(given):
        return highest
    own: dict[int, list[Any]] = {}
    for issue, item in given:
        own.setdefault(issue.number, []).append(item.value["amount"])
    together, bound = total(map(_largest, own.values())), _largest(bounds)
    return highest._replace(amount_fen=OPEN if OPEN in (together, bound) else rounded(min(together, bound)))


def _largest(amounts: Sequence[Any]) -> Any:
    return OPEN if OPEN in amounts else max(amounts)


def _head(entry: ReckoningEntry) -> str:
    return entry.item


def _highest(entries: Sequence[ReckoningEntry]) -> ReckoningEntry:
    """Return the entry of the highest amount; an open one is the highest, the first wins among equals."""
    return min(entries, key=lambda entry: -MAX_INTEGER if entry.amount_fen is OPEN else -entry.amount_fen)


def _goodwill(inputs: Sequence[IssueInput]) -> ReckoningEntry | None:
    """Return the highest goodwill of the case: what needs no approval first."""
    entries = [
        ReckoningEntry(
            issue.number,
            "",
            item.value["form"],
            rounded(item.value["amount"]),
            item.rule,
            needs=item.value.get("needs", ""),
            up_to_fen=rounded(item.value.get("up_to", item.value["amount"])),
        )
        for issue in inputs
        for item in issue.goodwill
    ]
    return _highest(entries) if entries else None


# ---- totals


def _totals(
    inputs: Sequence[IssueInput],
    options: Sequence[tuple[RemedyOption, ...]],
    refunds: Sequence[ReckoningEntry],
    compensation: Sequence[ReckoningEntry],
    goodwill: ReckoningEntry | None,
    paid: Sequence[Any],
) -> dict[str, Any]:
    kept = [entry for entry in refunds if not options[entry.issue][0].returns]
    refund = total(entry.amount_fen for entry in refunds)
    extra = total(entry.amount_fen for entry in compensation)
    gift = goodwill.amount_fen if goodwill is not None else 0
    return {
        "settled.issues": len(inputs),
        "settled.paid_fen": total(paid),
        "settled.refund_fen": refund,
        "settled.kept_goods_fen": total(entry.amount_fen for entry in kept),
        "settled.kept_price_fen": _kept_price(inputs, kept, paid),
        "settled.compensation_fen": extra,
        "settled.goodwill_fen": gift,
        "settled.total_fen": total((refund, extra, gift)),
        "settled.heads": tuple(entry.item for entry in compensation),
    }


def _kept_price(inputs: Sequence[IssueInput], kept: Sequence[ReckoningEntry], paid: Sequence[Any]) -> Any:
    """Return the price of the goods that the customer keeps although they are refunded."""
    lines = {issue.line for issue in inputs if any(entry.issue == issue.number for entry in kept)}
    whole = None in lines
    return total(cost for at, cost in enumerate(paid) if whole or at in lines)


def bears(loss_fen: int, shares: Sequence[tuple[str, Any]]) -> dict[str, int]:
    """Split a loss among those who finally bear it, by largest remainder; the order of shares never matters."""
    shares = sorted(shares, key=lambda share: PARTIES.index(share[0]))
    parts = allocate(loss_fen, [share for _, share in shares])
    return {party: part for (party, _), part in zip(shares, parts, strict=True)}
