"""Connect frames and settle: read its inputs from the frames, and return its outputs for later policies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rules.compiling.pack import Pack
from rules.deciding.facts import CaseFacts, IssueFacts
from rules.deciding.paid_before import ANY, Payment, Subject, refunded
from rules.deciding.settle import settle
from rules.deciding.settlement import NO_OPTION, IssueInput, OrderInput, Settlement
from rules.language.contract import GROUND, LINE_FACTS, NOT_IN_BREACH, TICKED, TO_CUSTOMER
from rules.values.money import Line, discounts_of
from rules.values.value import OPEN, Frame, Interval, OpenList

PAID = "line.paid_fen"


class Settler:
    """Settles the issues of one case in any world; what does not depend on a world is computed once."""

    def __init__(self, pack: Pack, facts: CaseFacts) -> None:
        self.slots, self.facts = pack.program.slots, facts
        self.cause = pack.filed_under.get("cause", "")
        self.priced = PAID in self.slots  # a pack without prices of lines has no limit on refunds
        named = zip(facts.issues[0].context.line_ids, facts.lines, strict=True)
        self.lines = tuple(_line(id, self.slots, values) for id, values in named) if self.priced else ()
        self.orders: list[tuple[tuple[Any, ...], OrderInput]] = []

    def settle(self, frames: Sequence[Frame]) -> Settlement:
        """Return the settlement for the frames of a world."""
        slots = self.slots
        inputs = [
            IssueInput(
                number=issue.number,
                line=issue.context.line_index if self.priced else None,
                quantity=_known(_get(slots, frame, "issue.quantity"), None),
                wants=_known(_get(slots, frame, "issue.wants"), ""),
                rejected=_listed(_get(slots, frame, "issue.rejected")),
                options=_said(slots, frame, "remedy.option"),
                compensation=_said(slots, frame, "remedy.compensation"),
                goodwill=_said(slots, frame, "remedy.goodwill"),
                subject=self._subject(issue, frame),
                stated=self._stated(issue),
                breach=_get(slots, frame, TO_CUSTOMER) not in (*NOT_IN_BREACH, OPEN),
            )
            for issue, frame in zip(self.facts.issues, frames, strict=True)
        ]
        return settle(inputs, self._order(frames[0]))

    def outputs(self, settlement: Settlement) -> Iterator[list[tuple[int, Any]]]:
        """Yield for each issue the slots that settle writes, with their values."""
        slots = self.slots
        refunds = {entry.issue: entry.amount_fen for entry in settlement.refunds}
        before = {
            "settled.paid_before_fen": sum(one.fen for one in settlement.counted),
            "settled.paid_before_at": settlement.paid_before_at,
        }
        totals = [(slots[name], value) for name, value in {**settlement.totals, **before}.items()]
        for issue in self.facts.issues:
            option, other = settlement.chosen(issue.number), settlement.alternative(issue.number)
            own = {
                "chosen.kind": option.kind if option is not None else NO_OPTION,
                "chosen.return": option.returns if option is not None else False,
                "chosen.refund_fen": refunds.get(issue.number, 0),
                "chosen.nothing_left": option.nothing_left if option is not None else False,
                "chosen.up_to_fen": option.up_to_fen if option is not None else 0,
                "alternative.kind": other.kind if other is not None else NO_OPTION,
                "alternative.refund_fen": other.refund_fen if other is not None else 0,
            }
            yield [*totals, *((slots[name], value) for name, value in own.items())]

    def _subject(self, issue: IssueFacts, frame: Frame) -> Subject:
        """Return the subject of an issue: its line, the kind that was ticked, what it rests on, and the cause found."""
        names = (TICKED, GROUND, self.cause)
        kind, ground, cause = (_known(_get(self.slots, frame, name), ANY) for name in names)
        context = issue.context
        line = ANY if context.line_index is None else context.line_ids[context.line_index]
        return Subject(line, str(kind), str(cause), str(ground))

    def _stated(self, issue: IssueFacts) -> Any:
        """Return an issue as sent, where the case has several."""
        return self.facts.case["issues"][issue.number] if len(self.facts.issues) > 1 else None

    def _order(self, frame: Frame) -> OrderInput:
        """Return the order of a frame, the same object for the same facts, since its costs are computed once."""
        slots = self.slots
        discounts = _get(slots, frame, "order.discounts")
        before = _refunded(_get(slots, frame, "order.refunded_fen", absent=0), self.facts.payments)
        threshold = _get(slots, frame, "order.promo_threshold_fen", absent=0)
        read = (discounts, before, threshold)
        for known, order in self.orders:
            if known == read:
                return order
        taken_off = () if discounts is OPEN else discounts_of(discounts)
        order = OrderInput(self.lines, taken_off, before, threshold, self.facts.payments)
        self.orders.append((read, order))
        return order


def _get(slots: Mapping[str, int], frame: Frame, name: str, absent: Any = OPEN) -> Any:
    """Return a fact that settle reads; OPEN for an interval or an open list, which are only hypotheses."""
    if name not in slots:
        return absent
    value = frame[slots[name]]
    return OPEN if isinstance(value, Interval | OpenList) else value


def _known(value: Any, otherwise: Any) -> Any:
    return otherwise if value is OPEN else value


def _listed(value: Any) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else ()


def _said(slots: Mapping[str, int], frame: Frame, name: str) -> Any:
    return _known(_get(slots, frame, name), ())


def _refunded(stated: Any, payments: Sequence[Payment]) -> Any:
    """Return the earlier refunds of the order: as stated, or the sum of its payments, whichever is more."""
    return OPEN if stated is OPEN else max(stated, refunded(payments))


def _line(id: str, slots: Mapping[str, int], values: Mapping[int, Any]) -> Line:
    """Return a line of the order; of unknown quantity, its price is not known either."""
    quantity, price, paid, gone = (values.get(slots.get(name, -1), OPEN) for name in LINE_FACTS)
    return Line(id, 1, OPEN, paid) if quantity is OPEN else Line(id, quantity, price, paid, _known(gone, 0))
