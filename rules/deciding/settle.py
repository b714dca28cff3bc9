"""Choose among the options of all issues and add up what the case comes to, to the fen.

Options without approval come first, then those that the customer has not rejected, then his wish, then rank. Refunds
never exceed what was paid for a line, less what was refunded before, nor that of the whole order; compensation stands
on top; goodwill is given once a case.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final, NamedTuple

from ..language.contract import KINDS, PARTIES
from ..values.kind import LARGEST
from ..values.money import Discount, Line, allocate, half_up, paid_by_line, part_of, recalculated
from ..values.value import OPEN, Exact
from .resolve import Said

REFUND_ONLY: Final = "refund_only"  # a wish: money back, goods kept
NOTHING: Final = "none"


@dataclass(frozen=True, slots=True)
class Claim:
    """One issue as settle sees it: its line, its wish, the kinds already rejected, and what the policies answered."""

    number: int
    line: int | None
    quantity: Exact | None
    wants: Any
    options: tuple[Said, ...]
    compensation: tuple[Said, ...]
    goodwill: tuple[Said, ...]
    rejected: tuple[str, ...] = ()


@dataclass(frozen=True)
class Order:
    """What settle reads of the order; an amount that is not known is OPEN. What it comes to is worked out once."""

    lines: tuple[Line, ...]
    discounts: tuple[Discount, ...]
    refunded_fen: Any
    threshold_fen: Any

    @cached_property
    def paid(self) -> tuple[Any, ...]:
        """What each line cost."""
        return paid_by_line(self.lines, self.discounts)

    @cached_property
    def left(self) -> tuple[Any, ...]:
        """What each line cost without the units of it that went back before."""
        return tuple(
            OPEN if cost is OPEN else cost - part_of(cost, line.quantity, line.gone)
            for line, cost in zip(self.lines, self.paid, strict=True)
        )


class Option(NamedTuple):
    """One option of an issue, with its amounts in fen (OPEN where not known yet)."""

    issue: int
    rule: int
    kind: str
    refund_fen: Any
    up_to_fen: Any
    returns: bool
    price: str
    rank: Any
    needs: str
    voucher_fen: Any


class Entry(NamedTuple):
    """A line of the reckoning: an amount, what it is for, and the rule that gave it."""

    issue: int
    line: str
    item: str
    amount_fen: Any
    rule: int
    basis: str = ""
    needs: str = ""
    up_to_fen: Any = 0


@dataclass(frozen=True, slots=True)
class Settlement:
    """What a case comes to. `options` are ranked, the chosen one of each issue first."""

    options: tuple[tuple[Option, ...], ...]
    refunds: tuple[Entry, ...]
    compensation: tuple[Entry, ...]
    goodwill: Entry | None
    totals: Mapping[str, Any]

    def chosen(self, issue: int) -> Option | None:
        """Return the option chosen for an issue."""
        return self.options[issue][0] if self.options[issue] else None

    def alternative(self, issue: int) -> Option | None:
        """Return the best option of another kind that needs nobody's approval."""
        free = [option for option in self.options[issue] if not option.needs]
        return next((option for option in free if option.kind != self.options[issue][0].kind), None)


def settle(claims: Sequence[Claim], order: Order) -> Settlement:
    """Return what a case comes to; deterministic, whatever the order of rules."""
    paid = order.paid
    options = tuple(_ranked(claim, _ceiling(claim, order, paid)) for claim in claims)
    refunds = _refunds(claims, options, order, paid)
    options = tuple(_as_settled(ranked, refunds) for ranked in options)
    compensation = _compensation(claims)
    goodwill = _goodwill(claims)
    return Settlement(
        options, refunds, compensation, goodwill, _totals(claims, options, refunds, compensation, goodwill, paid)
    )


# ---- choosing


def _ranked(claim: Claim, ceiling_fen: Any) -> tuple[Option, ...]:
    """Return an issue's options, the best first; what ties in all that matters stays in the order of rule ids."""
    options = [_option(claim, said, ceiling_fen) for said in claim.options]
    return tuple(sorted(options, key=lambda option: _preference(option, claim.wants, claim.rejected)))


def _option(claim: Claim, said: Said, ceiling_fen: Any) -> Option:
    value = said.value
    refund = _rounded(value.get("refund", 0))
    return Option(
        issue=claim.number,
        rule=said.rule,
        kind=value["kind"],
        refund_fen=_at_most(refund, ceiling_fen),
        up_to_fen=_at_most(_rounded(value["up_to"]) if "up_to" in value else refund, ceiling_fen),
        returns=value.get("return", False) is True,
        price=value.get("price", "paid"),
        rank=value.get("rank", 50),
        needs=value.get("needs", ""),
        voucher_fen=_rounded(value.get("voucher", 0)),
    )


def _preference(option: Option, wants: Any, rejected: Sequence[str]) -> tuple[Any, ...]:
    """Return what options are ranked by: at the end, among equals, what is better for the customer."""
    amounts = (option.refund_fen, option.voucher_fen, option.up_to_fen)
    return (
        bool(option.needs),
        option.kind in rejected,
        not wished(option.kind, option.returns, wants),
        option.rank if option.rank is not OPEN else LARGEST,
        KINDS.index(option.kind),
        option.returns,
        tuple(0 if amount is OPEN else -amount for amount in amounts),
    )


def _ceiling(claim: Claim, order: Order, paid: Sequence[Any]) -> Any:
    """Return the most that an issue alone can give back: what is left of its line, within that of the order."""
    if not paid or OPEN in paid or order.refunded_fen is OPEN:
        return OPEN
    left = max(sum(paid) - order.refunded_fen, 0)
    return left if claim.line is None else min(order.left[claim.line], left)


def _at_most(amount: Any, ceiling: Any) -> Any:
    return amount if OPEN in (amount, ceiling) else min(amount, ceiling)


def wished(kind: str, returns: bool, wants: Any) -> bool:
    """Tell whether an option is what the customer asked for."""
    return bool(wants == kind or (wants == REFUND_ONLY and kind == "refund" and not returns))


def _rounded(amount: Any) -> Any:
    """Return an amount in whole fen, never below zero. Raises OverflowError for one that no order can come to."""
    if amount is OPEN:
        return OPEN
    if amount > LARGEST:
        raise OverflowError("an amount of money past all bounds")
    return max(half_up(amount), 0)


# ---- refunds


def _refunds(
    claims: Sequence[Claim], options: Sequence[tuple[Option, ...]], order: Order, paid: Sequence[Any]
) -> tuple[Entry, ...]:
    chosen = [ranked[0] if ranked else None for ranked in options]
    amounts = [0 if option is None else option.refund_fen for option in chosen]
    _count_on(claims, order, paid, amounts)
    _recalculate(claims, chosen, order, paid, amounts)
    _cap_lines(claims, order, amounts)
    _cap_order(order, paid, amounts)
    return tuple(
        Entry(claim.number, _line_id(claim, order), option.kind, amount, option.rule, up_to_fen=option.refund_fen)
        for claim, option, amount in zip(claims, chosen, amounts, strict=True)
        if option is not None and (amount is OPEN or amount)
    )


def _as_settled(ranked: tuple[Option, ...], refunds: Sequence[Entry]) -> tuple[Option, ...]:
    """Let the chosen option show what is paid in the end, and no more room than there is."""
    if not ranked:
        return ranked
    chosen = ranked[0]
    paid = next((entry.amount_fen for entry in refunds if entry.issue == chosen.issue), 0)
    if paid == chosen.refund_fen:
        return ranked
    return (chosen._replace(refund_fen=paid, up_to_fen=paid), *ranked[1:])


def _line_id(claim: Claim, order: Order) -> str:
    return order.lines[claim.line].id if claim.line is not None else ""


def _count_on(claims: Sequence[Claim], order: Order, paid: Sequence[Any], amounts: list[Any]) -> None:
    """Let units of a line that issues give back whole come after each other, so that all of them come to the line."""
    gone = [line.gone for line in order.lines]
    for at, claim in enumerate(claims):
        if claim.line is None or claim.quantity is None or OPEN in (amounts[at], paid[claim.line]):
            continue
        cost, line = paid[claim.line], order.lines[claim.line]
        if amounts[at] == part_of(cost, line.quantity, claim.quantity, line.gone):
            amounts[at] = part_of(cost, line.quantity, claim.quantity, gone[claim.line])
            gone[claim.line] += max(claim.quantity, 0)


def _recalculate(
    claims: Sequence[Claim], chosen: Sequence[Option | None], order: Order, paid: Sequence[Any], amounts: list[Any]
) -> None:
    """Settle lines that are returned together anew, where keeping the rest loses the promotion's threshold."""
    together = [
        at
        for at, option in enumerate(chosen)
        if option is not None and option.price == "recalculated" and claims[at].line is not None
    ]
    if not together or order.threshold_fen == 0:
        return
    whole = _recalculated(claims, together, order, paid)
    if whole is OPEN:
        for at in together:
            amounts[at] = OPEN
        return
    plain = [amounts[at] for at in together]
    if OPEN in plain or sum(plain) <= whole:
        shares = tuple(plain) if OPEN not in plain else allocate(whole, [1] * len(together))
    else:
        shares = allocate(whole, plain)
    for at, share in zip(together, shares, strict=True):
        amounts[at] = share


def _recalculated(claims: Sequence[Claim], together: Sequence[int], order: Order, paid: Sequence[Any]) -> Any:
    if OPEN in (order.threshold_fen, order.refunded_fen, *paid):
        return OPEN
    returned: dict[str, Exact] = {}
    for at in together:
        line = order.lines[claims[at].line or 0]
        units = claims[at].quantity
        returned[line.id] = min(returned.get(line.id, 0) + (line.quantity if units is None else units), line.quantity)
    lines = [replace(line, paid_fen=cost) for line, cost in zip(order.lines, paid, strict=True)]
    return recalculated(lines, returned, order.threshold_fen, order.refunded_fen, sum(paid))


def _cap_lines(claims: Sequence[Claim], order: Order, amounts: list[Any]) -> None:
    issues: dict[int, list[int]] = {}
    for number, claim in enumerate(claims):
        if claim.line is not None:
            issues.setdefault(claim.line, []).append(number)
    for line, of_line in issues.items():
        _cap([order.left[line]], of_line, amounts)


def _cap_order(order: Order, paid: Sequence[Any], amounts: list[Any]) -> None:
    if not paid:
        return
    refunded = order.refunded_fen
    _cap([*paid, OPEN if refunded is OPEN else -refunded], range(len(amounts)), amounts)


def _cap(limits: Sequence[Any], issues: Sequence[int], amounts: list[Any]) -> None:
    """Hold the amounts of some issues, the first ones first, to what is left; not known stays not known."""
    wanted = [amounts[at] for at in issues]
    if not any(amount is OPEN or amount for amount in wanted):
        return
    if OPEN in limits:
        for at in issues:
            amounts[at] = OPEN if amounts[at] is OPEN or amounts[at] else 0
        return
    left = max(sum(limits), 0)
    for at in issues:
        if amounts[at] is not OPEN:
            amounts[at] = min(amounts[at], left)
            left -= amounts[at]


# ---- on top


def _compensation(claims: Sequence[Claim]) -> tuple[Entry, ...]:
    """Return the highest of each head, or what comes together; statutory multiples never add to each other."""
    heads: dict[str, list[tuple[Claim, Said]]] = {}
    for claim in claims:
        for said in claim.compensation:
            heads.setdefault(said.value["head"], []).append((claim, said))
    best = {head: _of_head(head, given) for head, given in heads.items()}
    statutory = [entry for entry in best.values() if entry.basis == "statute"]
    paid = [entry for entry in best.values() if entry.basis != "statute" or entry is _highest(statutory)]
    return tuple(sorted((entry for entry in paid if entry.amount_fen is OPEN or entry.amount_fen), key=_head))


def _of_head(head: str, given: Sequence[tuple[Claim, Said]]) -> Entry:
    """Return the highest amount of a head; of issues that say how much it is `in_all`, the sum, up to that."""
    highest = _highest([
        Entry(claim.number, "", head, _rounded(said.value["amount"]), said.rule, said.value["basis"])
        for claim, said in given
    ])  # fmt: skip
    bounds = [said.value["in_all"] for _, said in given if "in_all" in said.value]
    if len(bounds) < len(given):
        return highest
    own: dict[int, list[Any]] = {}
    for claim, said in given:
        own.setdefault(claim.number, []).append(said.value["amount"])
    together, bound = _sum(map(_largest, own.values())), _largest(bounds)
    return highest._replace(amount_fen=OPEN if OPEN in (together, bound) else _rounded(min(together, bound)))


def _largest(amounts: Sequence[Any]) -> Any:
    return OPEN if OPEN in amounts else max(amounts)


def _head(entry: Entry) -> str:
    return entry.item


def _highest(entries: Sequence[Entry]) -> Entry:
    """Return the entry of the highest amount, an open one above all, the first among equals."""
    return min(entries, key=lambda entry: -LARGEST if entry.amount_fen is OPEN else -entry.amount_fen)


def _goodwill(claims: Sequence[Claim]) -> Entry | None:
    """Return the highest goodwill of the case: what needs no approval first."""
    entries = [
        Entry(
            claim.number,
            "",
            said.value["form"],
            _rounded(said.value["amount"]),
            said.rule,
            needs=said.value.get("needs", ""),
            up_to_fen=_rounded(said.value.get("up_to", said.value["amount"])),
        )
        for claim in claims
        for said in claim.goodwill
    ]
    return _highest(entries) if entries else None


# ---- totals


def _totals(
    claims: Sequence[Claim],
    options: Sequence[tuple[Option, ...]],
    refunds: Sequence[Entry],
    compensation: Sequence[Entry],
    goodwill: Entry | None,
    paid: Sequence[Any],
) -> dict[str, Any]:
    kept = [entry for entry in refunds if not options[entry.issue][0].returns]
    refund = _sum(entry.amount_fen for entry in refunds)
    extra = _sum(entry.amount_fen for entry in compensation)
    gift = goodwill.amount_fen if goodwill is not None else 0
    return {
        "settled.issues": len(claims),
        "settled.paid_fen": _sum(paid),
        "settled.refund_fen": refund,
        "settled.kept_goods_fen": _sum(entry.amount_fen for entry in kept),
        "settled.kept_price_fen": _kept_price(claims, kept, paid),
        "settled.compensation_fen": extra,
        "settled.goodwill_fen": gift,
        "settled.total_fen": _sum((refund, extra, gift)),
        "settled.heads": tuple(entry.item for entry in compensation),
    }


def _kept_price(claims: Sequence[Claim], kept: Sequence[Entry], paid: Sequence[Any]) -> Any:
    """Return what was paid for the goods that stay with the customer while money goes back."""
    lines = {claim.line for claim in claims if any(entry.issue == claim.number for entry in kept)}
    whole = None in lines
    return _sum(cost for at, cost in enumerate(paid) if whole or at in lines)


def _sum(amounts: Any) -> Any:
    parts = list(amounts)
    return OPEN if any(part is OPEN for part in parts) else sum(parts)


def bears(loss_fen: int, shares: Sequence[tuple[str, Any]]) -> dict[str, int]:
    """Split a loss among those who finally bear it, by largest remainder; the order of writing never matters."""
    shares = sorted(shares, key=lambda share: PARTIES.index(share[0]))
    parts = allocate(loss_fen, [share for _, share in shares])
    return {party: part for (party, _), part in zip(shares, parts, strict=True)}
