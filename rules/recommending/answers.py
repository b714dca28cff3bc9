"""Read the answers of a case: those of one issue, and those that its issues join."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from rules.compiling.pack import Pack
from rules.deciding.resolve import CollectedItem
from rules.deciding.settlement import Settlement
from rules.values.value import OPEN, Frame, Interval, OpenList

DISPUTED: Final = "responsibility.disputed"
FREIGHT: Final = ("freight.out", "freight.back")


OUTCOMES: Final = ("review", "ask", "remedy", "refuse")  # of a case: the first that one of its issues has


def answer(pack: Pack, frame: Frame, name: str) -> Any:
    """Return the answer of an issue, OPEN where the pack has no such answer."""
    slot = pack.program.slots.get(name)
    return OPEN if slot is None else frame[slot]


def collected_items(pack: Pack, frame: Frame, name: str) -> tuple[CollectedItem, ...]:
    """Return the items of a collected answer of the contract."""
    found = answer(pack, frame, name)
    return () if found is OPEN else found


def said_blocks(pack: Pack, frame: Frame) -> list[tuple[str, int]]:
    """Return the text blocks that rules chose for an issue, each with its rule.

    While the responsibility is disputed, a block that states a finding is replaced by the one that it names.
    """
    chosen = [(one.value, one.rule) for one in collected_items(pack, frame, "say")]
    if answer(pack, frame, DISPUTED) is not True:
        return chosen
    instead = {block.name: block.disputed for block in pack.blocks if block.disputed}
    return [(instead.get(name, name), rule) for name, rule in chosen]


def joined(pack: Pack, frames: Sequence[Frame], name: str) -> Any:
    """Return the answer of the whole case: the first in stated order that an issue has; OPEN where one is not known."""
    values = [answer(pack, frame, name) for frame in frames]
    if len(values) == 1:
        return OPEN if isinstance(values[0], Interval | OpenList) else values[0]
    if any(value is OPEN or isinstance(value, Interval | OpenList) for value in values):
        return OPEN
    order = pack.program.types[name].values
    return min(values, key=order.index)


def outcome_of(settlement: Settlement, issue: int) -> str:
    """Return the outcome of an issue in a world where everything is known."""
    option = settlement.chosen(issue)
    if option is None:
        return "review"
    return "refuse" if option.kind == "refuse" else "remedy"
