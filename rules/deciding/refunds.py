"""Compute the refunds of the chosen options: never more than a line or the order cost, less earlier refunds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from rules.deciding.settlement import IssueInput, OrderInput, ReckoningEntry, RemedyOption
from rules.values.money import allocate, part_of, recalculated
from rules.values.value import OPEN, Exact


def refunds_of(
    inputs: Sequence[IssueInput], options: Sequence[tuple[RemedyOption, ...]], order: OrderInput, paid: Sequence[Any]
) -> tuple[ReckoningEntry, ...]:
    """Return what is refunded of each issue; an issue without a refund has no entry.

    Where several issues ask for the same money, a breach gets it before a change of mind, whose freight it would be.
    """
    chosen = [ranked[0] if ranked else None for ranked in options]
    amounts = [0 if option is None else option.refund_fen for option in chosen]
    _count_on(inputs, order, paid, amounts)
    _recalculate(inputs, chosen, order, paid, amounts)
    _cap_lines(inputs, order, amounts)
    _cap_order(inputs, order, paid, amounts)
    return tuple(
        ReckoningEntry(
            issue.number, _line_id(issue, order), option.kind, amount, option.rule, up_to_fen=option.refund_fen
        )
        for issue, option, amount in zip(inputs, chosen, amounts, strict=True)
        if option is not None and (amount is OPEN or amount)
    )


def as_settled(ranked: tuple[RemedyOption, ...], refunds: Sequence[ReckoningEntry]) -> tuple[RemedyOption, ...]:
    """Return the options with the final refund in the chosen one."""
    if not ranked:
        return ranked
    chosen = ranked[0]
    paid = next((entry.amount_fen for entry in refunds if entry.issue == chosen.issue), 0)
    if paid == chosen.refund_fen:
        return ranked
    return (chosen._replace(refund_fen=paid, up_to_fen=paid), *ranked[1:])


def _line_id(issue: IssueInput, order: OrderInput) -> str:
    return order.lines[issue.line].id if issue.line is not None else ""


def _count_on(inputs: Sequence[IssueInput], order: OrderInput, paid: Sequence[Any], amounts: list[Any]) -> None:
    """Count the fully refunded units of a line on from issue to issue, so that all units add up to the line."""
    gone = [line.gone for line in order.lines]
    for at, issue in enumerate(inputs):
        if issue.line is None or issue.quantity is None or OPEN in (amounts[at], paid[issue.line]):
            continue
        cost, line = paid[issue.line], order.lines[issue.line]
        if amounts[at] == part_of(cost, line.quantity, issue.quantity, line.gone):
            amounts[at] = part_of(cost, line.quantity, issue.quantity, gone[issue.line])
            gone[issue.line] += max(issue.quantity, 0)


def _recalculate(
    inputs: Sequence[IssueInput],
    chosen: Sequence[RemedyOption | None],
    order: OrderInput,
    paid: Sequence[Any],
    amounts: list[Any],
) -> None:
    """Recalculate lines that are returned together where the kept lines miss the promotion's threshold."""
    together = [
        at
        for at, option in enumerate(chosen)
        if option is not None and option.price == "recalculated" and inputs[at].line is not None
    ]
    if not together or order.threshold_fen == 0:
        return
    whole = _recalculated(inputs, together, order, paid)
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


def _recalculated(inputs: Sequence[IssueInput], together: Sequence[int], order: OrderInput, paid: Sequence[Any]) -> Any:
    if OPEN in (order.threshold_fen, order.refunded_fen, *paid):
        return OPEN
    returned: dict[str, Exact] = {}
    for at in together:
        line = order.lines[inputs[at].line or 0]
        units = inputs[at].quantity
        returned[line.id] = min(returned.get(line.id, 0) + (line.quantity if units is None else units), line.quantity)
    lines = [replace(line, paid_fen=cost) for line, cost in zip(order.lines, paid, strict=True)]
    return recalculated(lines, returned, order.threshold_fen, order.refunded_fen, sum(paid))


def _cap_lines(inputs: Sequence[IssueInput], order: OrderInput, amounts: list[Any]) -> None:
    for line, positions in _by_line(inputs).items():
        left = order.left[line]
        if left is OPEN:
            for at in positions:
                amounts[at] = OPEN if amounts[at] is OPEN or amounts[at] else 0
        else:
            _cap(left, positions, amounts)


def _by_line(inputs: Sequence[IssueInput]) -> dict[int, list[int]]:
    positions: dict[int, list[int]] = {}
    for at in _in_turn(inputs):
        line = inputs[at].line
        if line is not None:
            positions.setdefault(line, []).append(at)
    return positions


def _in_turn(inputs: Sequence[IssueInput]) -> list[int]:
    """Return the positions of the issues in the order in which they get money: those in breach, then the others."""
    return sorted(range(len(inputs)), key=lambda at: not inputs[at].breach)


def _cap_order(inputs: Sequence[IssueInput], order: OrderInput, paid: Sequence[Any], amounts: list[Any]) -> None:
    if not paid:
        return
    if OPEN not in (*paid, order.refunded_fen, *amounts):
        _cap(max(sum(paid) - order.refunded_fen, 0), _in_turn(inputs), amounts)
        return
    for at in [at for at, amount in enumerate(amounts) if amount is not OPEN and amount]:
        if order.refunded_fen is OPEN or _left_at_least(inputs[: at + 1], order, paid, amounts) < order.refunded_fen:
            amounts[at] = OPEN


def _left_at_least(inputs: Sequence[IssueInput], order: OrderInput, paid: Sequence[Any], amounts: Sequence[Any]) -> int:
    """Return the least that is left of the order after some issues: no issue takes more than its line cost.

    An issue without a line may take all of it while its amount is open.
    """
    left = sum(cost for cost in paid if cost is not OPEN)
    for line, positions in _by_line(inputs).items():
        given = [amounts[at] for at in positions]
        if paid[line] is not OPEN:
            left -= order.left[line] if OPEN in given else sum(given)
    free = [amounts[at] for at, issue in enumerate(inputs) if issue.line is None]
    return -1 if OPEN in free else left - sum(free)


def _cap(limit: int, positions: Sequence[int], amounts: list[Any]) -> None:
    """Cap the amounts of some issues, in their order, to a limit.

    An open amount stays open, and makes the amounts behind it open.
    """
    left, certain = limit, True
    for at in positions:
        if amounts[at] is OPEN:
            certain = False
        elif certain:
            amounts[at] = min(amounts[at], left)
            left -= amounts[at]
        elif amounts[at]:
            amounts[at] = OPEN if left else 0
