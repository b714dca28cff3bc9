"""Responsibility: who answers to the customer, who finally bears the cost, and what is recovered from whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from rules.compiling.pack import Pack
from rules.deciding.settle import bears
from rules.deciding.settlement import Settlement
from rules.deciding.tree import View
from rules.language.contract import NOT_IN_BREACH, TO_CUSTOMER
from rules.recommending.answers import DISPUTED, answer, collected_items
from rules.recommending.basis import Basis
from rules.recommending.remedy import answered_for, headline
from rules.recommending.why import Explainer
from rules.values.json_values import show_decimal
from rules.values.money import half_up
from rules.values.value import OPEN, Frame

OFFERS_GOODWILL: Final = "merchant"
CERTAINTIES: Final = ("settled", "likely", "disputed")
FINAL: Final = "responsibility.final"


def responsibility(basis: Basis, explainer: Explainer) -> dict[str, Any]:
    """Return the responsibility of the issue that speaks for the case, and the shares of the whole case."""
    pack, frames, settlement = basis.pack, basis.frames, basis.settlement
    breached = [at for at, frame in enumerate(frames) if answer(pack, frame, TO_CUSTOMER) not in (*NOT_IN_BREACH, OPEN)]
    option = answered_for(settlement, breached) or headline(settlement)
    frame = frames[option.issue if option is not None else 0]
    final = answer(pack, frame, FINAL)
    return {
        "to_customer": explainer.show(TO_CUSTOMER, answer(pack, frame, TO_CUSTOMER)),
        "final": None if final is OPEN else {party: show_decimal(share) for party, share in final},
        "bears": _borne(pack, frames, settlement),
        "certainty": _certainty(basis, frame),
        "recovery": [
            _recovery(basis, number, claim.value)
            for number, own in enumerate(frames)
            for claim in collected_items(pack, own, "recovery")
        ],
    }


def _certainty(basis: Basis, frame: Frame) -> str:
    """Return how certain it is who answers: `disputed` where the pack says so, else whether all worlds agree."""
    bearing = basis.reduced.bearing
    if answer(basis.pack, frame, DISPUTED) is True:
        return "disputed"
    return "settled" if isinstance(bearing, View) and bearing.known else "likely"


def _borne(pack: Pack, frames: Sequence[Frame], settlement: Settlement) -> dict[str, int] | None:
    """Split the cost of the case among those who bear it.

    A refund for goods that come back is no cost; goodwill is borne by its giver.
    """
    borne: dict[str, int] = {}
    kept = [entry for entry in settlement.refunds if not settlement.options[entry.issue][0].returns]
    for number, frame in enumerate(frames):
        losses = [entry.amount_fen for entry in (*kept, *settlement.compensation) if entry.issue == number]
        final = answer(pack, frame, FINAL)
        if final is OPEN or OPEN in losses:
            return None
        for party, part in bears(sum(losses), final).items():
            borne[party] = borne.get(party, 0) + part
    gift = settlement.totals["settled.goodwill_fen"]
    if gift is OPEN:
        return None
    borne[OFFERS_GOODWILL] = borne.get(OFFERS_GOODWILL, 0) + gift
    return {party: part for party, part in borne.items() if part}


def _recovery(basis: Basis, issue: int, value: Mapping[str, Any]) -> dict[str, Any]:
    name = value.get("clock")
    deadline = basis.deadlines.get(str(name))
    share, amount = value.get("share", 100), value.get("amount", OPEN)
    return {
        "issue": issue,
        "from": value["from"],
        "share": None if share is OPEN else show_decimal(share),
        "amount_fen": None if amount is OPEN else max(half_up(amount), 0),
        "clock": name,
        "by": None if deadline is None else deadline.as_json(basis.pack.zone)["at"],
    }
