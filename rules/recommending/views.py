"""Views of a world: the parts of it that the customer, automation or the bearers of the cost see, made comparable."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from typing import Any

from rules.compiling.pack import Pack
from rules.deciding.comparable_amounts import ComparableAmounts
from rules.deciding.facts import CaseFacts
from rules.deciding.settlement import NO_OPTION, Settlement
from rules.deciding.tree import FilledBlocks, View
from rules.language.contract import SETTLE_FACTS
from rules.recommending.answers import FREIGHT, OUTCOMES, answer, joined, outcome_of, said_blocks
from rules.recommending.deadlines import Deadline, deadlines_of
from rules.values.value import OPEN, Frame, Interval


class WorldViews:
    """Makes the views of the worlds of one case."""

    def __init__(self, pack: Pack, at: int = 0) -> None:
        self.pack, self.at, self.amounts = pack, at, ComparableAmounts(pack)
        self.slots = {block.name: block.slots for block in pack.blocks}
        self.carried = {name for name, fact in pack.vocabulary.facts.items() if fact.carried}

    def of(self, facts: CaseFacts) -> WorldViews:
        """Return the views of a case; what depends on the pack alone is shared."""
        views = copy(self)
        views.at, views.amounts = facts.at, self.amounts.of([issue.frame for issue in facts.issues])
        return views

    def customer(self, frames: Sequence[Frame], settlement: Settlement) -> View:
        """Return everything that the customer gets, pays or reads; without any option that is nothing yet."""
        issues = tuple(self._issue(frame, settlement, number) for number, frame in enumerate(frames))
        words = self._words(frames)
        if not any(settlement.options):
            return View((issues,), not _has_open(issues), words, (issues,))
        rest = (issues, *(joined(self.pack, frames, name) for name in FREIGHT if name in self.pack.program.slots))
        amounts = self.amounts.values(frames, settlement)
        sent_words = words if all(settlement.options) else frozenset()  # else a person answers, and no words are sent
        known = not _has_open((rest, amounts, sent_words))
        form = (rest, self.amounts.forms(frames, settlement), self._unfilled(sent_words))
        return View((rest, amounts, sent_words), known, words, form)

    def alone(self, frames: Sequence[Frame], settlement: Settlement) -> View:
        """Return the customer's view of the only world: nothing can differ, so only open amounts and answers count."""
        issues = tuple(self._issue(frame, settlement, number) for number, frame in enumerate(frames))
        freight = tuple(joined(self.pack, frames, name) for name in FREIGHT if name in self.pack.program.slots)
        totals = tuple(value for name, value in settlement.totals.items() if name != "settled.paid_fen")
        known = not _has_open((issues, freight, totals)) and not any(self.open_slots(frame) for frame in frames)
        return View((issues, freight, totals), known, frozenset() if known else self._words(frames))

    def issue(self, frames: Sequence[Frame], settlement: Settlement, number: int) -> View:
        """Return what the customer gets for one issue."""
        own = self.amounts.values(frames, settlement, number)
        value = (self._issue(frames[number], settlement, number), own)
        return View(value, not _has_open(value))

    def _issue(self, frame: Frame, settlement: Settlement, number: int) -> tuple[Any, ...]:
        option = settlement.chosen(number)
        party = answer(self.pack, frame, "responsibility.to_customer")
        if option is None:
            return (None, party)
        # Whether anything is left to pay follows from the amounts, which are compared by themselves.
        kind, returns = option.emptied if option.nothing_left else (option.kind, option.returns)
        return (kind, returns, option.voucher_fen, party)

    def _words(self, frames: Sequence[Frame]) -> FilledBlocks:
        """Return the chosen blocks with the values of their slots; equal ones of several issues are one."""
        times = deadlines_of(self.pack, frames, self.at)
        return frozenset(
            (name, tuple([self._slot(frame, slot, times.get(slot)) for slot in self.slots[name]]))
            for frame in frames
            for name, _ in said_blocks(self.pack, frame)
        )

    def _unfilled(self, words: FilledBlocks) -> FilledBlocks:
        """Return filled blocks without the outputs of settle, which follow from the amounts."""
        return frozenset(
            (
                block,
                tuple(
                    [
                        None if slot in SETTLE_FACTS else text
                        for slot, text in zip(self.slots[block], filled, strict=True)
                    ]
                ),
            )
            for block, filled in words
        )

    def _slot(self, frame: Frame, slot: str, deadline: Deadline | None) -> Any:
        """Return the value of a slot; a carried fact, such as a name, may be unknown."""
        at = self.pack.program.slots.get(slot)
        if at is None:
            return None if deadline is None else (deadline.at, deadline.after, deadline.count, deadline.unit)
        return None if slot in self.carried and frame[at] is OPEN else frame[at]

    def open_slots(self, frame: Frame) -> list[str]:
        """Return the slots of chosen blocks whose fact is still open."""
        slots, carried = self.pack.program.slots, self.carried
        used = dict.fromkeys([slot for name, _ in said_blocks(self.pack, frame) for slot in self.slots[name]])
        return [slot for slot in used if slot in slots and frame[slots[slot]] is OPEN and slot not in carried]

    def automation(self, frames: Sequence[Frame]) -> View:
        """Return who may carry the decision out."""
        mode = joined(self.pack, frames, "automation.mode")
        return View((mode,), known=mode is not OPEN)

    def bearing(self, frames: Sequence[Frame]) -> View:
        """Return who finally bears the cost."""
        name = "responsibility.final"
        value = tuple(answer(self.pack, frame, name) for frame in frames) if name in self.pack.program.slots else ()
        return View(value, known=not _has_open(value))

    def summary(self, frames: Sequence[Frame], settlement: Settlement) -> tuple[Any, ...]:
        """Return the summary of a world: outcome, kinds of remedy, total, mode of automation."""
        issues = [outcome_of(settlement, number) for number in range(len(frames))]
        outcome = next(one for one in OUTCOMES if one in issues)
        kinds = tuple(
            option.kind if (option := settlement.chosen(number)) else NO_OPTION for number in range(len(frames))
        )
        return (outcome, kinds, settlement.totals["settled.total_fen"], joined(self.pack, frames, "automation.mode"))


def _has_open(value: Any) -> bool:
    if isinstance(value, tuple | frozenset):
        return any(_has_open(part) for part in value)
    return value is OPEN or isinstance(value, Interval)
