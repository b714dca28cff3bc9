"""Earlier payments for the lines and causes of a case, which are deducted from what this decision gives.

A case carries earlier payments as `paid_before`, one entry an amount. An entry that names no line, kind or cause may
be of any: what is not known never lets a customer be paid twice. Nor does another kind that is ticked for the same
facts: where a pack derives the ground of a claim, a payment is also for this if it was made on the same ground.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from rules.values.kind import Type
from rules.values.value import OPEN

REFUND, GOODWILL, VOUCHER = "refund", "goodwill", "voucher"  # items; any other is a head of compensation
ANY: Final = ""  # an item, a line, a kind, a ground or a cause that is not known
PAID_BEFORE: Final = "paid_before"  # the part of a case that states earlier payments; also why a person decides

PAYMENT: Final = (
    "line", "kind", "ground", "cause", "item", "amount_fen", "at", "by", "case_no", "decision", "reference",
)  # fmt: skip
"""What an earlier payment states: what it was for, and when, by whom, in which case and by which decision."""

_MONEY: Final = Type("money")
_INSTANT: Final = Type("instant")


class Payment(NamedTuple):
    """An amount given before, in fen, and what for. `entry` is the entry of the case that states it."""

    line: str
    kind: str
    cause: str
    item: str
    amount_fen: int
    at: int | None
    entry: Mapping[str, Any]
    ground: str = ANY


class Subject(NamedTuple):
    """What an issue asks about: its line, what was ticked, what was found, what it rests on; empty where not known."""

    line: str
    kind: str
    cause: str
    ground: str = ANY

    def meets(self, payment: Payment) -> bool:
        """Return whether a payment may have been for this: the same line, and the same kind, ground or cause."""
        if ANY not in (self.line, payment.line) and self.line != payment.line:
            return False
        found = [self.cause == payment.cause] if ANY not in (self.cause, payment.cause) else []
        if (own := self._claimed()) and (paid := {payment.kind, payment.ground} - {ANY}):
            found.append(not own.isdisjoint(paid))
        return any(found) or not found

    def repeats(self, other: Subject) -> bool:
        """Return whether an issue of the same case has the same cause; where none is known, the same ground or kind."""
        pairs = (self.cause, other.cause), (self.ground, other.ground), (self.kind, other.kind)
        return next((one == two for one, two in pairs if ANY not in (one, two)), False)

    def _claimed(self) -> set[str]:
        """Return what was ticked and what the claim rests on, as far as known; callers may state either as a kind."""
        return {self.kind, self.ground} - {ANY}


ANYTHING: Final = Subject(ANY, ANY, ANY)


class Counted(NamedTuple):
    """The part of an earlier payment that is deducted from what an issue gets."""

    issue: int
    payment: int
    fen: int


def read_payments(case: Mapping[str, Any]) -> tuple[Payment, ...]:
    """Return the earlier payments that a case states. Raises InvalidValue for a value that validation refuses."""
    return tuple(_payment(entry) for entry in case.get(PAID_BEFORE) or ())


def _payment(entry: Mapping[str, Any]) -> Payment:
    line, kind, ground, cause, item = (str(entry.get(name) or ANY) for name in PAYMENT[:5])
    at = entry.get("at")
    amount: Any = _MONEY.parse(entry["amount_fen"])
    instant: Any = None if at is None else _INSTANT.parse(at)
    return Payment(line, kind, cause, item, amount, instant, entry, ground)


def refunded(payments: Sequence[Payment], line: str | None = None) -> int:
    """Return what was refunded of a line, or of all lines, whatever the cause."""
    lines = (line, ANY)
    return sum(one.amount_fen for one in payments if one.item == REFUND and (line is None or one.line in lines))


@dataclass(slots=True)
class PaidBefore:
    """The earlier payments of a case: each fen is deducted once, from the first issue that it matches."""

    payments: Sequence[Payment]
    left: list[int]
    counted: list[Counted]

    @classmethod
    def of(cls, payments: Sequence[Payment]) -> PaidBefore:
        """Return earlier payments of which nothing has been deducted."""
        return cls(payments, [payment.amount_fen for payment in payments], [])

    def available(self, subject: Subject, item: str) -> int:
        """Return how much was paid for a subject and an item and is not deducted yet."""
        return sum(self.left[at] for at in self._meeting(subject, item))

    def take(self, issue: int, subject: Subject, item: str, amount: Any) -> Any:
        """Deduct earlier payments from an amount, and return the rest; OPEN stays OPEN."""
        if amount is OPEN:
            return OPEN
        for at in self._meeting(subject, item):
            if fen := min(amount, self.left[at]):
                self.left[at] -= fen
                self.counted.append(Counted(issue, at, fen))
                amount -= fen
        return amount

    def counted_of(self, issue: int) -> int:
        """Return what was deducted from an issue."""
        return sum(one.fen for one in self.counted if one.issue == issue)

    def last(self) -> Any:
        """Return the instant of the last payment that was deducted; OPEN where no payment states it."""
        return max((at for one in self.counted if (at := self.payments[one.payment].at) is not None), default=OPEN)

    def _meeting(self, subject: Subject, item: str) -> Iterable[int]:
        """Yield the payments that may have been for this; the excess of a refund counts as compensation."""
        items = (item, ANY) if item in (REFUND, VOUCHER) else (item, ANY, REFUND)
        return (at for at, payment in enumerate(self.payments) if payment.item in items and subject.meets(payment))
