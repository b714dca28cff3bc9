"""Exact money: rounding, shares that add up, what a line cost after discounts, and bundles settled anew.

Sums are whole minor units (fen). A fraction is rounded once, at the end; nothing here is a float.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import Any

from rules.values.value import OPEN, Exact, Open


@dataclass(frozen=True, slots=True)
class Line:
    """A line of an order: the price of one unit, what the whole line cost, and the units that went back before."""

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
    """A sum taken off the lines it names, or off all where it names none; `funder` says who gave it."""

    amount_fen: int | Open
    lines: tuple[str, ...] = ()
    funder: str = ""


def discounts_of(records: Iterable[Mapping[str, Any]]) -> tuple[Discount, ...]:
    """Return discounts from records of a case; an amount that is not told is OPEN."""
    return tuple(Discount(record.get("amount_fen", OPEN), tuple(record.get("lines", ()))) for record in records)


def half_up(amount: Exact) -> int:
    """Round to whole units, a half away from zero, so that a sum and its reversal always cancel."""
    whole, parts = abs(amount.numerator), amount.denominator
    size = (2 * whole + parts) // (2 * parts)
    return size if amount >= 0 else -size


def allocate(total: int, weights: Sequence[Exact]) -> tuple[int, ...]:
    """Split a total by weights with largest remainders, ties to the earlier; the parts add up exactly.

    Weights that are all zero split evenly. Raises ValueError for a negative weight, or a sum and nobody to take it.
    """
    if any(weight < 0 for weight in weights) or (total and not weights):
        raise ValueError("shares need weights of zero or more")
    if total < 0:
        return tuple(-part for part in allocate(-total, weights))
    unit = lcm(*(weight.denominator for weight in weights))  # so that all that follows is in integers, which is quick
    shares = [int(weight * unit) for weight in weights] if any(weights) else [1] * len(weights)
    whole = sum(shares)
    exact = [divmod(total * share, whole) for share in shares]
    parts = [part for part, _ in exact]
    by_remainder = sorted(range(len(parts)), key=lambda position: -exact[position][1])
    for position in by_remainder[: total - sum(parts)]:
        parts[position] += 1
    return tuple(parts)


def paid_by_line(lines: Sequence[Line], discounts: Sequence[Discount] | Open = ()) -> tuple[int | Open, ...]:
    """Return what each line cost: as sent, or else its price less its share of each discount.

    A discount is shared over its lines by their gross amounts; one that names a line which is not here, or touches
    a line of unknown price, leaves the amounts of its lines open.
    """
    if discounts is OPEN:
        return tuple(line.paid_fen for line in lines)
    left: list[int | Open] = [gross if (gross := line.gross_fen) is OPEN else half_up(gross) for line in lines]
    gross_fen = tuple(left)
    for discount in discounts:
        _take_off(discount, lines, gross_fen, left)
    return tuple(left[at] if line.paid_fen is OPEN else line.paid_fen for at, line in enumerate(lines))


def _take_off(
    discount: Discount, lines: Sequence[Line], gross_fen: Sequence[int | Open], left: list[int | Open]
) -> None:
    named = set(discount.lines)
    places = [at for at, line in enumerate(lines) if not named or line.id in named]
    strangers = named - {line.id for line in lines} if named else named
    weights = [gross for at in places if (gross := gross_fen[at]) is not OPEN]
    rest = [amount for at in places if (amount := left[at]) is not OPEN]
    if strangers or discount.amount_fen is OPEN or len(rest) < len(places):
        shares: Sequence[int | Open] = [OPEN] * len(places)
    else:
        shares = _shares(discount.amount_fen, weights, rest)
    for at, share in zip(places, shares, strict=True):
        amount = left[at]
        left[at] = OPEN if amount is OPEN or share is OPEN else amount - share


def _shares(amount_fen: int, gross_fen: Sequence[int], rest_fen: Sequence[int]) -> tuple[int, ...]:
    """Share a discount by gross amounts, or by what is left where a line would fall below zero."""
    amount_fen = min(amount_fen, sum(rest_fen))
    shares = allocate(amount_fen, gross_fen)
    if all(share <= rest for share, rest in zip(shares, rest_fen, strict=True)):
        return shares
    return allocate(amount_fen, rest_fen)


def part_of(paid_fen: int, quantity: Exact, units: Exact, gone: Exact = 0) -> int:
    """Return the paid amount of some units of a line, when `gone` units went back before.

    Whatever the steps in which units go back, their amounts add up to what the line cost.
    """
    if quantity <= 0:
        return 0
    after = min(gone + max(units, 0), quantity)
    return half_up(Fraction(paid_fen) * after / quantity) - half_up(Fraction(paid_fen) * min(gone, after) / quantity)


def recalculated(
    lines: Sequence[Line], returned: Mapping[str, Exact], threshold_fen: int, refunded_fen: int, paid_total: int
) -> int | Open:
    """Return the refund for units returned from a promotion that needs a threshold: never negative, never above paid.

    If what is kept, at purchase price, no longer reaches the threshold, the refund is what was paid, less refunded
    before, less the purchase price of what is kept. Otherwise the returned units' share of what their lines cost.
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
