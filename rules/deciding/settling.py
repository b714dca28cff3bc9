"""Between frames and settle: what settle reads of each issue, and what it gives back to later policies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..language.contract import LINE_FACTS
from ..pack import Pack
from ..program import Program
from ..values.money import Line, discounts_of
from ..values.value import OPEN, Frame, Growing, Interval
from .facts import CaseFacts, assign
from .settle import NOTHING, Claim, Order, Settlement, settle

PAID = "line.paid_fen"


def settle_frames(pack: Pack, facts: CaseFacts, frames: list[Frame]) -> Settlement:
    """Settle the issues of a case as their frames stand."""
    slots = pack.program.slots
    priced = PAID in slots  # a pack that does not know what lines cost holds no refund to it
    claims = [
        Claim(
            number=issue.number,
            line=issue.context.line_index if priced else None,
            quantity=_known(_get(slots, frame, "issue.quantity"), None),
            wants=_known(_get(slots, frame, "issue.wants"), ""),
            rejected=_listed(_get(slots, frame, "issue.rejected")),
            options=_said(slots, frame, "remedy.option"),
            compensation=_said(slots, frame, "remedy.compensation"),
            goodwill=_said(slots, frame, "remedy.goodwill"),
        )
        for issue, frame in zip(facts.issues, frames, strict=True)
    ]
    return settle(claims, _order(slots, facts, frames[0], priced))


def _get(slots: Mapping[str, int], frame: Frame, name: str, absent: Any = OPEN) -> Any:
    """Return a fact that settle reads; what is only supposed to lie in a range is not known."""
    if name not in slots:
        return absent
    value = frame[slots[name]]
    return OPEN if isinstance(value, Interval | Growing) else value


def _known(value: Any, otherwise: Any) -> Any:
    return otherwise if value is OPEN else value


def _listed(value: Any) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else ()


def _said(slots: Mapping[str, int], frame: Frame, name: str) -> Any:
    return _known(_get(slots, frame, name), ())


def _order(slots: Mapping[str, int], facts: CaseFacts, frame: Frame, priced: bool) -> Order:
    ids = facts.issues[0].context.line_ids
    lines = tuple(_line(id, slots, values) for id, values in zip(ids, facts.lines, strict=True)) if priced else ()
    discounts = _get(slots, frame, "order.discounts")
    return Order(
        lines=lines,
        discounts=() if discounts is OPEN else discounts_of(discounts),
        refunded_fen=_get(slots, frame, "order.refunded_fen", absent=0),
        threshold_fen=_get(slots, frame, "order.promo_threshold_fen", absent=0),
    )


def _line(id: str, slots: Mapping[str, int], values: Mapping[int, Any]) -> Line:
    """Return a line of the order; of unknown quantity, its price is not known either."""
    quantity, price, paid, gone = (values.get(slots.get(name, -1), OPEN) for name in LINE_FACTS)
    return Line(id, 1, OPEN, paid) if quantity is OPEN else Line(id, quantity, price, paid, _known(gone, 0))


def write_settled(
    program: Program,
    facts: CaseFacts,
    frames: Sequence[Frame],
    supposed: Sequence[Mapping[int, Any]],
    settlement: Settlement,
) -> None:
    """Give every issue the facts that settle gives."""
    refunds = {entry.issue: entry.amount_fen for entry in settlement.refunds}
    for issue, frame in zip(facts.issues, frames, strict=True):
        option, other = settlement.chosen(issue.number), settlement.alternative(issue.number)
        given = {
            **settlement.totals,
            "chosen.kind": option.kind if option is not None else NOTHING,
            "chosen.return": option.returns if option is not None else False,
            "chosen.refund_fen": refunds.get(issue.number, 0),
            "chosen.up_to_fen": option.up_to_fen if option is not None else 0,
            "alternative.kind": other.kind if other is not None else NOTHING,
            "alternative.refund_fen": other.refund_fen if other is not None else 0,
        }
        for name, value in given.items():
            assign(program, issue, frame, supposed[issue.number], program.slots[name], value)
