"""The inputs and outputs of settle: issues, the order, options, amounts and their reckoning."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, NamedTuple

from rules.deciding.paid_before import ANYTHING, Counted, Payment, Subject, refunded
from rules.deciding.resolve import CollectedItem
from rules.language.contract import EXECUTOR
from rules.values.money import Discount, Line, paid_by_line, part_of
from rules.values.value import OPEN, Exact

NO_OPTION: Final = "none"  # the kind of an issue without an option


@dataclass(frozen=True, slots=True)
class IssueInput:
    """What settle reads of one issue: its line, its wish, the rejected kinds, and the policies' answers.

    `stated` are its facts as sent: they distinguish an issue that is sent twice from one about further units. In
    `breach` is an issue for which somebody answers to the customer; a change of mind is not.
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
    breach: bool = False

    def repeats(self, other: IssueInput, beyond: bool = False) -> bool:
        """Return whether this issue repeats another one of the case; one about further units does not.

        Units `beyond` those of the line are no further units.
        """
        if self.line != other.line:
            return False
        if self.stated is not None and self.stated == other.stated:
            return True
        return self.subject.repeats(other.subject) and (beyond or None in (self.quantity, other.quantity))


@dataclass(frozen=True)
class OrderInput:
    """What settle reads of the order; an unknown amount is OPEN. Its costs are computed once."""

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
        """What each line cost, less the units returned before or the amount refunded before, whichever is more."""
        return tuple(
            OPEN if cost is OPEN else max(cost - max(part_of(cost, line.quantity, line.gone), self._refunded(line)), 0)
            for line, cost in zip(self.lines, self.paid, strict=True)
        )

    def _refunded(self, line: Line) -> int:
        return refunded(self.payments, line.id)


class RemedyOption(NamedTuple):
    """One option of an issue, with its amounts in fen; OPEN where unknown."""

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
    emptied: tuple[str, bool] = ("", False)  # its kind and return before it turned out that nothing is left to pay

    @property
    def nothing_left(self) -> bool:
        """Return whether it would pay, and nothing is left to pay."""
        return bool(self.emptied[0])


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
    executor: str = EXECUTOR


@dataclass(frozen=True, slots=True)
class Settlement:
    """The settlement of a case. `options` are ranked, the chosen one of each issue first.

    `counted` is what is deducted for earlier payments; an issue that is `done` was paid in full before.
    """

    options: tuple[tuple[RemedyOption, ...], ...]
    refunds: tuple[ReckoningEntry, ...]
    compensation: tuple[ReckoningEntry, ...]
    goodwill: ReckoningEntry | None
    totals: Mapping[str, Any]
    counted: tuple[Counted, ...] = ()
    paid_before_at: Any = OPEN  # the instant of the last payment that is deducted

    @property
    def done(self) -> frozenset[int]:
        """Return the issues that were paid in full before."""
        giving = {entry.issue for entry in (*self.refunds, *self.compensation)}
        return frozenset(one.issue for one in self.counted) - giving

    def chosen(self, issue: int) -> RemedyOption | None:
        """Return the option chosen for an issue."""
        return self.options[issue][0] if self.options[issue] else None

    def alternative(self, issue: int) -> RemedyOption | None:
        """Return the best option of another kind that needs no approval."""
        free = [option for option in self.options[issue] if not option.needs]
        return next((option for option in free if option.kind != self.options[issue][0].kind), None)
