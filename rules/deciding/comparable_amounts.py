"""How amounts are compared between worlds: known ones by their value, others by their rule and what it reckons with.

Two amounts that are not known are the same where one rule gave them from the same operands: then they stay the same
whatever the missing operands are. That two different formulas always come to the same is not seen.
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
    """Compares the amounts of one case; `sent` are its frames before anything is supposed."""

    def __init__(self, pack: Pack, sent: Sequence[Frame] = ()) -> None:
        self.program, self.sent = pack.program, sent
        facts = {pack.program.slots[name] for name in pack.vocabulary.facts}
        self.ranged = {slot for slot in facts if not pack.program.types[pack.program.names[slot]].finite}

    def of(self, sent: Sequence[Frame]) -> ComparableAmounts:
        """Return the same for a case."""
        one = copy(self)
        one.sent = sent
        return one

    def values(self, frames: Sequence[Frame], settlement: Settlement, issue: int = -1) -> tuple[Any, ...]:
        """Return what is refunded and paid on top in a world, as it stands there; of the whole case, or of an issue."""
        return tuple(
            (key, *self._value(frames[entry.issue], answer, entry))
            for key, answer, entry in _entries(settlement)
            if issue in (-1, entry.issue)
        )

    def forms(self, frames: Sequence[Frame], settlement: Settlement) -> tuple[Any, ...]:
        """Return the same as it would stand if nothing were supposed of the numbers, dates and amounts behind it."""
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
    """Yield each amount with what it is for and the answer that gave it: a refund also where it is nothing."""
    refunds = {entry.issue: entry for entry in settlement.refunds}
    for ranked in settlement.options:
        for one in ranked[:1]:
            yield one.issue, OPTION, refunds.get(one.issue) or ReckoningEntry(one.issue, "", one.kind, 0, one.rule)
    yield from ((entry.item, COMPENSATION, entry) for entry in settlement.compensation)
    if settlement.goodwill is not None:
        yield settlement.goodwill.item, GOODWILL, settlement.goodwill


def _known(value: Any) -> Any:
    """Return a value; what is only supposed to lie in a range is not known."""
    return OPEN if isinstance(value, Interval) else value
