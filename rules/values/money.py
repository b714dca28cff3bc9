"""Exact money: rounding, allocation, discounts of lines, and refunds of promotions with a threshold.

Sums are integers of minor units (fen). A fraction is rounded once, at the end; nothing here is a float.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import Any, Final

from rules.values.value import OPEN, Exact, Open

PLATFORM: Final = "platform"  # who pays for the discounts that are taken off last


@dataclass(frozen=True, slots=True)
class Line:
    """A line of an order: price of one unit, amount paid for the line, units returned before (`gone`)."""

    id: str
    quantity: Exact
    price_fen: Exact | Open = OPEN
    paid_fen: int | Open = OPEN
    gone: Exact = 0

    @property
    def gross_fen(self) -> Exact | Open:
        """Return the price of the whole line before discounts."""
        if self.price_fen is OPEN:
            return OPEN
        return Fraction(self.price_fen) * self.quantity


@dataclass(frozen=True, slots=True)
class Discount:
    """A discount on the named lines, or on all lines; `funder` is the party that pays for it."""

    amount_fen: int | Open
    lines: tuple[str, ...] = ()
    funder: str | Open = OPEN


def discounts_of(records: Iterable[Mapping[str, Any]]) -> tuple[Discount, ...]:
    """Return discounts from records of a case; a missing amount is OPEN."""
    return tuple(
        Discount(record.get("amount_fen", OPEN), tuple(record.get("lines", ())), record.get("funder", OPEN))
        for record in records
    )


def half_up(amount: Exact) -> int:
    """Round to whole units, a half away from zero, so that a sum and its reversal always cancel."""
    whole, parts = abs(amount.numerator), amount.denominator
    size = (2 * whole + parts) // (2 * parts)
    return size if amount >= 0 else -size


def allocate(total: int, weights: Sequence[Exact]) -> tuple[int, ...]:
    """Split a total by weights with largest remainders, ties to the earlier; the parts add up exactly.

    Weights that are all zero split evenly. Raises ValueError for a negative weight, or a total without weights.
    """
    if any(weight < 0 for weight in weights) or (total and not weights):
        raise ValueError("shares need weights of zero or more")
    if total < 0:
        return tuple(-part for part in allocate(-total, weights))
    unit = lcm(*(weight.denominator for weight in weights))  # integers from here on, for speed
    shares = [int(weight * unit) for weight in weights] if any(weights) else [1] * len(weights)
    whole = sum(shares)
    exact = [divmod(total * share, whole) for share in shares]
    parts = [part for part, _ in exact]
    by_remainder = sorted(range(len(parts)), key=lambda position: -exact[position][1])
    for position in by_remainder[: total - sum(parts)]:
        parts[position] += 1
    return tuple(parts)


def paid_by_line(lines: Sequence[Line], discounts: Sequence[Discount] | Open = ()) -> tuple[int | Open, ...]:
    """Return the cost of each line: as sent, or else its price less its share of each discount.

    A discount is split over its lines by what they still cost: those of the shop are taken off first, then those of the
    platform. An unknown line or price leaves the amounts of its lines open.
    """
    if discounts is OPEN:
        return tuple(line.paid_fen for line in lines)
    left = _Left(lines)
    for discount in _by_tier(discounts):
        left.take_off(discount)
    return tuple(left.whole[at] if line.paid_fen is OPEN else line.paid_fen for at, line in enumerate(lines))


def funded_by_line(lines: Sequence[Line], discounts: Sequence[Discount], funder: str) -> tuple[int | Open, ...]:
    """Return what a party paid of each line by its discounts; shared as the cost of lines is."""
    left = _Left(lines)
    funded: list[int | Open] = [0] * len(lines)
    for discount in _by_tier(discounts):
        shares = left.take_off(discount)
        if discount.funder == funder:
            funded = [_plus(so_far, share) for so_far, share in zip(funded, shares, strict=True)]
    return tuple(funded)


def _plus(one: int | Open, other: int | Open) -> int | Open:
    return OPEN if one is OPEN or other is OPEN else one + other


def _by_tier(discounts: Sequence[Discount]) -> list[Discount]:
    return sorted(discounts, key=lambda discount: discount.funder == PLATFORM)


class _Left:
    """What the lines of an order still cost while discounts are taken off: in whole units, and exactly as weights."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self.ids = [line.id for line in lines]
        self.exact: list[Exact | Open] = [line.gross_fen for line in lines]
        self.whole: list[int | Open] = [gross if gross is OPEN else half_up(gross) for gross in self.exact]

    def take_off(self, discount: Discount) -> list[int | Open]:
        """Take a discount off its lines and return the share of each line of the order."""
        named = set(discount.lines)
        places = [at for at, id in enumerate(self.ids) if not named or id in named]
        shares: list[int | Open] = [0] * len(self.ids)
        weights = [exact for at in places if (exact := self.exact[at]) is not OPEN]
        rest = [whole for at in places if (whole := self.whole[at]) is not OPEN]
        amount = discount.amount_fen
        if named - set(self.ids) or amount is OPEN or len(rest) < len(places):
            for at in places:
                shares[at] = self.whole[at] = self.exact[at] = OPEN
            return shares
        amount, cost = min(amount, sum(rest)), sum(weights)
        taken = _shares(amount, weights, rest)
        for at, share, weight, whole in zip(places, taken, weights, rest, strict=True):
            shares[at], self.whole[at] = share, whole - share
            self.exact[at] = weight - Fraction(min(amount, cost)) * weight / cost if cost else 0
        return shares


def _shares(amount_fen: int, weights: Sequence[Exact], rest_fen: Sequence[int]) -> tuple[int, ...]:
    """Split a discount by exact amounts, or by amounts in fen where a line would fall below zero."""
    shares = allocate(amount_fen, weights)
    if all(share <= rest for share, rest in zip(shares, rest_fen, strict=True)):
        return shares
    return allocate(amount_fen, rest_fen)


def part_of(paid_fen: int, quantity: Exact, units: Exact, gone: Exact = 0) -> int:
    """Return the paid amount of some units of a line, when `gone` units were returned before.

    However the returns are split, their amounts add up to the cost of the line.
    """
    if quantity <= 0:
        return 0
    after = min(gone + max(units, 0), quantity)
    return half_up(Fraction(paid_fen) * after / quantity) - half_up(Fraction(paid_fen) * min(gone, after) / quantity)


def recalculated(
    lines: Sequence[Line], returned: Mapping[str, Exact], threshold_fen: int, refunded_fen: int, paid_total: int
) -> int | Open:
    """Return the refund for units returned from a promotion with a threshold, from 0 to the amount paid.

    If the kept units, at purchase price, are below the threshold, the refund is the amount paid less earlier refunds
    and less the purchase price of the kept units. Otherwise it is the returned units' share of the cost of their lines.
    """
    kept = _kept_at_purchase_price(lines, returned)
    if kept is OPEN:
        return OPEN
    ceiling = max(paid_total - refunded_fen, 0)
    if kept < threshold_fen:
        return max(ceiling - half_up(kept), 0)
    parts = [_returned_part(line, returned[line.id]) for line in lines if returned.get(line.id)]
    known = [part for part in parts if part is not OPEN]
    return OPEN if len(known) < len(parts) else min(sum(known), ceiling)


def _kept_at_purchase_price(lines: Sequence[Line], returned: Mapping[str, Exact]) -> Exact | Open:
    kept: Exact = 0
    for line in lines:
        units = max(line.quantity - max(line.gone, 0) - returned.get(line.id, 0), 0)
        if units and line.price_fen is OPEN:
            return OPEN
        kept += 0 if line.price_fen is OPEN else line.price_fen * units
    return kept


def _returned_part(line: Line, units: Exact) -> int | Open:
    return OPEN if line.paid_fen is OPEN else part_of(line.paid_fen, line.quantity, units, line.gone)
