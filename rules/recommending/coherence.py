"""Check that a recommendation is coherent before it leaves: what contradicts itself goes to a person.

The checks know the kinds of remedy, the parties and the outputs of settle, and no rule, fact or block of a pack.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from rules.deciding.settlement import RemedyOption
from rules.language.contract import SETTLE_FACTS, TO_CUSTOMER
from rules.recommending.answers import answer
from rules.recommending.basis import Basis
from rules.recommending.remedy import GIVES_NOTHING
from rules.values.value import OPEN, Interval

Json = dict[str, Any]

EXPLAINED_AND_PAID: Final = "explained_and_paid"  # an explanation, and money beside it
NOBODY_ANSWERS: Final = "nobody_answers"  # something is given, and who answers for it is undetermined
REFUND_OF_NOTHING: Final = "refund_of_nothing"  # a refund against return that refunds nothing
RETURN_OF_NOTHING: Final = "return_of_nothing"  # goods go back that the customer does not have
RETURN_OF_REFUNDED: Final = "return_of_refunded"  # goods go back that are refunded without return
MONEY_UNSAID: Final = "money_unsaid"  # money is given that no text for the customer names
INCOHERENT: Final = (
    EXPLAINED_AND_PAID, NOBODY_ANSWERS, REFUND_OF_NOTHING, RETURN_OF_NOTHING, RETURN_OF_REFUNDED, MONEY_UNSAID,
)  # fmt: skip

SUMS: Final = frozenset(name for name, kind in SETTLE_FACTS.items() if kind.kind == "money")
WITH_CUSTOMER: Final = "goods.with_customer"


def incoherences(basis: Basis, words: Sequence[Json]) -> list[Json]:
    """Return a doubt for each contradiction in what is given, who answers for it, and what `words` say of it."""
    found: list[Json] = []
    for number in range(len(basis.frames)):
        option = basis.settlement.chosen(number)
        if option is not None:
            found += [{"code": code, "issue": number} for code in _of_issue(basis, option)]
    return [*found, *({"code": MONEY_UNSAID, "detail": part} for part in _unsaid(basis, words))]


def _of_issue(basis: Basis, option: RemedyOption) -> Iterator[str]:
    pack, frame = basis.pack, basis.frames[option.issue]
    paid = any(entry.issue == option.issue for entry in (*basis.settlement.refunds, *basis.settlement.compensation))
    if option.kind == "explanation" and paid:
        yield EXPLAINED_AND_PAID
    if (paid or option.kind not in GIVES_NOTHING) and answer(pack, frame, TO_CUSTOMER) == "undetermined":
        yield NOBODY_ANSWERS
    totals = basis.settlement.totals
    if option.kind == "return_refund" and not paid and totals["settled.paid_fen"] and not totals["settled.total_fen"]:
        yield REFUND_OF_NOTHING
    if option.returns and answer(pack, frame, WITH_CUSTOMER) is False:
        yield RETURN_OF_NOTHING
    if option.returns and option.kind == "refund":
        yield RETURN_OF_REFUNDED


def _unsaid(basis: Basis, words: Sequence[Json]) -> Iterator[str]:
    """Yield the parts of the remedy, by their names in settle, whose amount stands in no slot of the words.

    A part is named by its own amount, by the amounts of all its entries, or by the total. Without words there is no
    letter that could omit it, and a pack of which no text names an amount of settle leaves amounts to other letters.
    """
    if not words or not any(slot in SUMS for block in basis.pack.blocks for slot in block.slots):
        return
    settlement, said = basis.settlement, _amounts_said(basis, words)
    if settlement.totals["settled.total_fen"] in said:
        return
    parts = {"settled.refund_fen": settlement.refunds, "settled.compensation_fen": settlement.compensation}
    for name, entries in parts.items():
        if settlement.totals[name] not in (0, OPEN, *said) and any(entry.amount_fen not in said for entry in entries):
            yield name


def _amounts_said(basis: Basis, words: Sequence[Json]) -> set[Any]:
    """Return the amounts of money in the slots of the words."""
    program = basis.pack.program
    slots = {block.name: block.slots for block in basis.pack.blocks}
    said: set[Any] = set()
    for one in words:
        for slot in slots[one["block"]]:
            place = program.slots.get(slot)
            if place is not None and program.types[slot].kind == "money":
                value = basis.frames[one["issue"]][place]
                said |= set() if value is OPEN or isinstance(value, Interval) else {value}
    return said
