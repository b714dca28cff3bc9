"""Compare amounts between worlds: known ones by value, open ones by their rule and its operands.

Two open amounts are equal where one rule computes them from the same operands: then they stay equal whatever the
missing operands are. Two different formulas that always give the same amount count as different.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import copy
from typing import Any, Final

from rules.compiling.pack import Pack
from rules.deciding.settlement import ReckoningEntry, Settlement
from rules.values.value import OPEN, Frame, Interval

OPTION: Final = "remedy.option"
COMPENSATION: Final = "remedy.compensation"
GOODWILL: Final = "remedy.goodwill"


class ComparableAmounts:
    """Makes the amounts of one case comparable; `sent` are its frames without hypotheses."""

    def __init__(self, pack: Pack, sent: Sequence[Frame] = ()) -> None:
        self.program, self.sent = pack.program, sent
        facts = {pack.program.slots[name] for name in pack.vocabulary.facts}
        self.ranged = {slot for slot in facts if not pack.program.types[pack.program.names[slot]].finite}

    def of(self, sent: Sequence[Frame]) -> ComparableAmounts:
        """Return the comparison for a case."""
        one = copy(self)
        one.sent = sent
        return one

    def values(self, frames: Sequence[Frame], settlement: Settlement, issue: int = -1) -> tuple[Any, ...]:
        """Return the amounts of a world with its hypotheses; of the whole case, or of one issue."""
        return tuple(
            (key, *self._value(frames[entry.issue], answer, entry))
            for key, answer, entry in _entries(settlement)
            if issue in (-1, entry.issue)
        )

    def forms(self, frames: Sequence[Frame], settlement: Settlement) -> tuple[Any, ...]:
        """Return the amounts of a world without the hypotheses about numbers, dates and amounts."""
        return tuple(
            (key, *self._form(frames[entry.issue], answer, entry)) for key, answer, entry in _entries(settlement)
        )

    def _value(self, frame: Frame, answer: str, entry: ReckoningEntry) -> tuple[Any, ...]:
        if entry.amount_fen is not OPEN:
            return (entry.amount_fen,)
        operands = [_known(frame[slot]) for slot in self._operands(answer, entry.rule)]
        return (OPEN, entry.rule, entry.up_to_fen, *operands)

    def _form(self, frame: Frame, answer: str, entry: ReckoningEntry) -> tuple[Any, ...]:
        operands = [self._unsupposed(entry.issue, slot, frame) for slot in self._operands(answer, entry.rule)]
        return (OPEN, entry.rule, *operands) if OPEN in operands else self._value(frame, answer, entry)

    def _operands(self, answer: str, rule: int) -> tuple[int, ...]:
        return self.program.makers[answer].rules[rule].reckons

    def _unsupposed(self, issue: int, slot: int, frame: Frame) -> Any:
        supposed = slot in self.ranged and self.sent and self.sent[issue][slot] is OPEN
        return OPEN if supposed else _known(frame[slot])


def _entries(settlement: Settlement) -> Iterator[tuple[int | str, str, ReckoningEntry]]:
    """Yield each amount with its key and its answer; a refund also where it is zero."""
    refunds = {entry.issue: entry for entry in settlement.refunds}
    for ranked in settlement.options:
        for one in ranked[:1]:
            yield one.issue, OPTION, refunds.get(one.issue) or ReckoningEntry(one.issue, "", one.kind, 0, one.rule)
    yield from ((entry.item, COMPENSATION, entry) for entry in settlement.compensation)
    if settlement.goodwill is not None:
        yield settlement.goodwill.item, GOODWILL, settlement.goodwill


def _known(value: Any) -> Any:
    """Return a value; OPEN for an interval, which is only a hypothesis."""
    return OPEN if isinstance(value, Interval) else value
