"""What settle reads of a case and what it gives: issues, the order, options, amounts and their reckoning."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, NamedTuple

from rules.deciding.paid_before import ANYTHING, Counted, Payment, Subject, refunded
from rules.deciding.resolve import CollectedItem
from rules.values.money import Discount, Line, paid_by_line, part_of
from rules.values.value import OPEN, Exact

NO_OPTION: Final = "none"  # the kind of an issue without an option


@dataclass(frozen=True, slots=True)
class IssueInput:
    """One issue as settle sees it: its line, its wish, the kinds already rejected, and what the policies answered.

    `stated` are its facts as sent, by which an issue that is sent twice is told from one about further units.
    """

    number: int
    line: int | None
    quantity: Exact | None
    wants: Any
    options: tuple[CollectedItem, ...]
    compensation: tuple[CollectedItem, ...]
    goodwill: tuple[CollectedItem, ...]
    rejected: tuple[str, ...] = ()
    subject: Subject = ANYTHING
    stated: Any = None

    def repeats(self, other: IssueInput, beyond: bool = False) -> bool:
        """Return whether this asks for what another issue of the case asks for; further units are something else.

        They are not where they would be `beyond` what the line has.
        """
        if self.line != other.line:
            return False
        if self.stated is not None and self.stated == other.stated:
            return True
        return self.subject.repeats(other.subject) and (beyond or None in (self.quantity, other.quantity))


@dataclass(frozen=True)
class OrderInput:
    """What settle reads of the order; an amount that is not known is OPEN. What it comes to is worked out once."""

    lines: tuple[Line, ...]
    discounts: tuple[Discount, ...]
    refunded_fen: Any
    threshold_fen: Any
    payments: tuple[Payment, ...] = ()

    @cached_property
    def paid(self) -> tuple[Any, ...]:
        """What each line cost."""
        return paid_by_line(self.lines, self.discounts)

    @cached_property
    def left(self) -> tuple[Any, ...]:
        """What each line cost without the units that went back before, or without what was refunded of it."""
        return tuple(
            OPEN if cost is OPEN else max(cost - max(part_of(cost, line.quantity, line.gone), self._refunded(line)), 0)
            for line, cost in zip(self.lines, self.paid, strict=True)
        )

    def _refunded(self, line: Line) -> int:
        return refunded(self.payments, line.id)


class RemedyOption(NamedTuple):
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


class ReckoningEntry(NamedTuple):
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
    """What a case comes to. `options` are ranked, the chosen one of each issue first.

    `counted` is what earlier payments take off; an issue that is `done` was given all of it before.
    """

    options: tuple[tuple[RemedyOption, ...], ...]
    refunds: tuple[ReckoningEntry, ...]
    compensation: tuple[ReckoningEntry, ...]
    goodwill: ReckoningEntry | None
    totals: Mapping[str, Any]
    counted: tuple[Counted, ...] = ()
    paid_before_at: Any = OPEN  # when the last of what is counted was paid

    @property
    def done(self) -> frozenset[int]:
        """Return the issues for which nothing is left to give, since it was given before."""
        giving = {entry.issue for entry in (*self.refunds, *self.compensation)}
        return frozenset(one.issue for one in self.counted) - giving

    def chosen(self, issue: int) -> RemedyOption | None:
        """Return the option chosen for an issue."""
        return self.options[issue][0] if self.options[issue] else None

    def alternative(self, issue: int) -> RemedyOption | None:
        """Return the best option of another kind that needs nobody's approval."""
        free = [option for option in self.options[issue] if not option.needs]
        return next((option for option in free if option.kind != self.options[issue][0].kind), None)
