"""The remedy as JSON: what the customer gets, its reckoning line by line, and the alternatives by rank."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Final

from rules.deciding.settlement import ReckoningEntry, RemedyOption, Settlement
from rules.language.contract import EXECUTOR, KINDS
from rules.recommending.answers import joined
from rules.recommending.basis import Basis
from rules.values.json_values import show_decimal
from rules.values.value import OPEN, Interval

Json = dict[str, Any]

PAYOUT: Final = "pay_compensation"
STEPS: Final[Mapping[str, tuple[str, ...]]] = {
    "refund": ("refund",),
    "return_refund": ("send_back", "inspect", "refund"),
    "exchange": ("send_back", "inspect", "send_replacement"),
    "repair": ("send_back", "repair", "send_repaired"),
    "resend": ("send_replacement",),
    "price_difference": ("refund",),
    "compensation": (PAYOUT,),
    "explanation": ("explain",),
    "technical_fix": ("fix",),
    "refuse": ("explain",),
}
EXTENTS: Final = ("full", "partial", "none")  # of the refund
GIVES_NOTHING: Final = ("refuse", "explanation")
BY_CUSTOMER: Final = "send_back"
WHEN: Final = {
    "send_back": "return_by",
    "inspect": "inspect_by",
    "refund": "refund_by",
    PAYOUT: "refund_by",
}


def fen(amount: Any) -> int | None:
    """Return an amount as JSON; None where it is open."""
    return None if amount is OPEN or isinstance(amount, Interval) else int(amount)


def headline(settlement: Settlement) -> RemedyOption | None:
    """Return the option of the issue with the largest refund; among equals see `_largest`."""
    return _largest(settlement, settlement.refunds, range(len(settlement.options)))


def answered_for(settlement: Settlement, issues: Collection[int]) -> RemedyOption | None:
    """Return the option of the issue with the largest sum, compensation included, among those that are in breach.

    An issue in breach that gives nothing, such as an apology, does not speak for the case. Nor does a larger refund of
    an issue without a breach: a change of mind beside a fake leaves the merchant responsible for the fake.
    """
    entries = (*settlement.refunds, *settlement.compensation)
    giving = {entry.issue for entry in entries if fen(entry.amount_fen)}
    nothing = (*GIVES_NOTHING, "compensation")  # which is an apology where it has no sum
    giving |= {ranked[0].issue for ranked in settlement.options if ranked and ranked[0].kind not in nothing}
    return _largest(settlement, entries, giving.intersection(issues))


def _largest(settlement: Settlement, entries: Iterable[ReckoningEntry], issues: Collection[int]) -> RemedyOption | None:
    """Return the option of the issue with the largest sum; among equals one that gives something, then by its kind."""
    sums = dict.fromkeys(issues, 0)
    for entry in entries:
        sums[entry.issue] = sums.get(entry.issue, 0) + (fen(entry.amount_fen) or 0)
    chosen = [ranked[0] for ranked in settlement.options if ranked and ranked[0].issue in issues]
    return max(
        chosen,
        key=lambda option: (
            sums[option.issue],
            option.kind not in GIVES_NOTHING,
            -KINDS.index(option.kind),
            -option.issue,
        ),
        default=None,
    )


class RemedyWriter:
    """Writes the remedy of one decided case."""

    def __init__(self, basis: Basis) -> None:
        self.pack, self.frames, self.settlement = basis.pack, basis.frames, basis.settlement

    def remedy(self) -> Json | None:
        """Return the recommended remedy; None where no issue has an option."""
        option, totals = headline(self.settlement), self.settlement.totals
        if option is None:
            return None
        chosen = [ranked[0] for ranked in self.settlement.options if ranked]
        return {
            "kind": option.kind,
            "extent": self._extent(),
            "refund_fen": fen(totals["settled.refund_fen"]),
            "currency": self.pack.currency,
            "return_required": any(one.returns for one in chosen),
            "compensation": [self._compensation(entry) for entry in self.settlement.compensation],
            "goodwill": self._goodwill(self.settlement.goodwill),
            "additions": [{"kind": "voucher", "amount_fen": fen(one.voucher_fen)} for one in chosen if one.voucher_fen],
            "freight": {leg: self._joined(f"freight.{leg}") for leg in ("out", "back", "settlement")},
            "total_fen": fen(totals["settled.total_fen"]),
            "reckoning": list(self._reckoning()),
            "steps": [self._step(step) for step in dict.fromkeys(step for one in chosen for step in STEPS[one.kind])],
        }

    def alternatives(self) -> list[Json]:
        """Return every option by issue, the chosen one first."""
        return [
            self._option(option, chosen=at == 0)
            for ranked in self.settlement.options
            for at, option in enumerate(ranked)
        ]

    def _extent(self) -> str | None:
        """Return the extent of the refund, one of `EXTENTS`; None where it is open."""
        refund = self.settlement.totals["settled.refund_fen"]
        if refund is OPEN or refund == 0:
            return None if refund is OPEN else "none"
        paid = self.settlement.totals["settled.paid_fen"]
        return "full" if paid is not OPEN and refund >= paid else "partial"

    def _compensation(self, entry: ReckoningEntry) -> Json:
        by_another = {} if entry.executor == EXECUTOR else {"executor": entry.executor}
        return {
            "head": entry.item,
            "basis": entry.basis,
            "amount_fen": fen(entry.amount_fen),
            "issue": entry.issue,
            "rule": self._rule("remedy.compensation", entry.rule),
        } | by_another

    def _goodwill(self, entry: ReckoningEntry | None) -> Json | None:
        if entry is None:
            return None
        return {
            "form": entry.item,
            "amount_fen": fen(entry.amount_fen),
            "up_to_fen": fen(entry.up_to_fen),
            "needs": entry.needs or None,
            "rule": self._rule("remedy.goodwill", entry.rule),
        }

    def _reckoning(self) -> Iterator[Json]:
        """Yield the lines of the reckoning; they add up to the total to the fen."""
        gift = self.settlement.goodwill
        parts = [("remedy.option", entry) for entry in self.settlement.refunds]
        parts += [("remedy.compensation", entry) for entry in self.settlement.compensation]
        parts += [("remedy.goodwill", gift)] if gift is not None and gift.amount_fen else []
        for name, entry in parts:
            yield {
                "issue": entry.issue,
                "line": entry.line or None,
                "item": entry.item,
                "amount_fen": fen(entry.amount_fen),
                "rule": self._rule(name, entry.rule),
            }

    def _option(self, option: RemedyOption, chosen: bool) -> Json:
        return {
            "issue": option.issue,
            "kind": option.kind,
            "refund_fen": fen(option.refund_fen),
            "up_to_fen": fen(option.up_to_fen),
            "return_required": option.returns,
            "voucher_fen": fen(option.voucher_fen),
            "needs": option.needs or None,
            "rank": None if option.rank is OPEN else show_decimal(option.rank),
            "rule": self._rule("remedy.option", option.rule),
            "chosen": chosen,
        }

    def _step(self, step: str) -> Json:
        return {"step": step, "by": self._by(step), "clock": WHEN.get(step)}

    def _by(self, step: str) -> str:
        """Return who takes a step: a payout that one other party gives is that party's, everything else the shop's."""
        if step == BY_CUSTOMER:
            return "customer"
        executors = {entry.executor for entry in self.settlement.compensation}
        return executors.pop() if step == PAYOUT and len(executors) == 1 else EXECUTOR

    def _rule(self, answer: str, rule: int) -> str:
        return self.pack.program.makers[answer].rules[rule].rule.id

    def _joined(self, name: str) -> Any:
        value = joined(self.pack, self.frames, name) if name in self.pack.program.slots else OPEN
        return None if value is OPEN else value
