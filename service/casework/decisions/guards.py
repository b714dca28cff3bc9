"""Why no machine may carry out a decision, though the policies would let it: asked when it is recorded and claimed.

Each reason is a code such as `switch:all:*` or `line:1`. A decision with a reason goes to a person.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, select

from service.casework.decisions.preloaded import HANDOVER_ENTRIES
from service.casework.limits.holds import Order, lines_held, switched_off
from service.ledger.chain import payload_of, with_payloads
from service.ledger.prepared import Answers
from service.ledger.tables import ENTRIES
from service.normalization import UNNAMED, doubt, key

EVENT_GUARDS: Final = {
    "customer_rejected": "customer:rejected",
    "closed": "person:closed",
}  # by what happened on a case

PERSON: Final = "person_requested"  # which holds for all that is decided later of the case or its order
_CODES: Final = {  # of what stands in the way wherever there is any of it
    "person_of_case": PERSON,
    "person_of_order": PERSON,
    "executions": "case:executed",  # a machine acts once in a case; the next step is a person's
    "outcomes": "person:outcome",  # where people gave or refused something, or
    "proposals": "person:proposal",  # are asked to, no machine gives as well
}


@dataclass(frozen=True, slots=True)
class GuardedDecision:
    """What a decision is about, as far as it can stand in a machine's way."""

    case_no: str
    pack: str
    rules: tuple[str, ...]
    merchant: str
    customer: str | None
    order: Order | None
    lines: tuple[str, ...]

    @property
    def order_key(self) -> str:
        """Return by what the order is held."""
        return UNNAMED if self.order is None else self.order.key


def automation_guards(connection: Connection, concern: GuardedDecision, known: Answers) -> list[str]:
    """Return every reason why no machine may carry a decision out, of which `known_of` its case gives most."""
    stands = {code for question, code in _CODES.items() if known[question]}
    found = [PERSON] if PERSON in stands else []
    found += switched_off(known["switches"], concern.pack, concern.rules, concern.merchant)
    if key(concern.customer) == UNNAMED:
        found.append("customer:unknown")  # a payment to nobody known has no bounds
    if concern.order is None or concern.order.key == UNNAMED:
        found.append("order:unknown")
    else:
        found += lines_held(known["held"], concern.order, concern.lines)
    found += sorted(_doubts(concern))
    if known["happened"]:
        found += sorted(set(_handed_to_people(connection, concern.case_no)))
    return found + sorted(stands - {PERSON})


def _doubts(concern: GuardedDecision) -> Iterator[str]:
    """Yield why a name may be taken for another, such as `order:mixed_scripts`; a merchant is named as he likes."""
    doubts = {
        "order": None if concern.order is None else concern.order.doubt,
        "customer": doubt(concern.customer),
        "merchant": doubt(concern.merchant, is_id=False),
        "line": next(filter(None, map(doubt, concern.lines)), None),
    }
    yield from (f"{what}:{why}" for what, why in doubts.items() if why is not None)


def _handed_to_people(connection: Connection, case_no: str) -> Iterator[str]:
    """Yield what has brought a case to people, who keep it though it be decided again."""
    happened = with_payloads(select(ENTRIES.c.kind), ENTRIES.c.seq).where(
        ENTRIES.c.case_no == case_no, HANDOVER_ENTRIES
    )
    for row in connection.execute(happened):
        event = payload_of(row) or {"kind": None, "person": None}  # what cannot be read may have been anything
        if row.kind == "escalation":
            yield "case:escalated"
        elif event["kind"] in EVENT_GUARDS:
            yield EVENT_GUARDS[event["kind"]]
        elif "person" in event and event["kind"] != PERSON:
            yield "event:unread"
