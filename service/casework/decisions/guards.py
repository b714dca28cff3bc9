"""The automation guards: reasons why no machine may carry out a decision that the policies leave to machines.

They are checked when a decision is recorded and when it is claimed. Each reason is a code such as `switch:all:*` or
`line:1`. A decision with a reason goes to a person.
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
}  # codes by event of a case

PERSON: Final = "person_requested"  # holds for all later decisions of the case and of its order
_CODES: Final = {  # by preloaded question: any row is a reason
    "person_of_case": PERSON,
    "person_of_order": PERSON,
    "executions": "case:executed",  # a machine acts once in a case; a person takes the next step
    "outcomes": "person:outcome",  # a person gave or refused something
    "proposals": "person:proposal",  # a person is asked to
}


@dataclass(frozen=True, slots=True)
class GuardedDecision:
    """What the guards check of a decision."""

    case_no: str
    pack: str
    rules: tuple[str, ...]
    merchant: str
    customer: str | None
    order: Order | None
    lines: tuple[str, ...]

    @property
    def order_key(self) -> str:
        """Return the key of the order."""
        return UNNAMED if self.order is None else self.order.key


def automation_guards(connection: Connection, guarded: GuardedDecision, preloaded: Answers) -> list[str]:
    """Return every reason why no machine may carry out a decision; most come from the preloaded state."""
    stands = {code for question, code in _CODES.items() if preloaded[question]}
    found = [PERSON] if PERSON in stands else []
    found += switched_off(preloaded["switches"], guarded.pack, guarded.rules, guarded.merchant)
    if key(guarded.customer) == UNNAMED:
        found.append("customer:unknown")  # a payment to an unknown customer has no budget
    if guarded.order is None or guarded.order.key == UNNAMED:
        found.append("order:unknown")
    else:
        found += lines_held(preloaded["held"], guarded.order, guarded.lines)
    found += sorted(_doubts(guarded))
    if preloaded["happened"]:
        found += sorted(set(_handed_to_people(connection, guarded.case_no)))
    return found + sorted(stands - {PERSON})


def _doubts(guarded: GuardedDecision) -> Iterator[str]:
    """Yield why a name can be confused with another, such as `order:mixed_scripts`; a merchant's name is free text."""
    doubts = {
        "order": None if guarded.order is None else guarded.order.doubt,
        "customer": doubt(guarded.customer),
        "merchant": doubt(guarded.merchant, is_id=False),
        "line": next(filter(None, map(doubt, guarded.lines)), None),
    }
    yield from (f"{what}:{why}" for what, why in doubts.items() if why is not None)


def _handed_to_people(connection: Connection, case_no: str) -> Iterator[str]:
    """Yield why a case was handed to people, who keep it even if it is decided again."""
    happened = with_payloads(select(ENTRIES.c.kind), ENTRIES.c.seq).where(
        ENTRIES.c.case_no == case_no, HANDOVER_ENTRIES
    )
    for row in connection.execute(happened):
        event = payload_of(row) or {"kind": None, "person": None}  # an unreadable event may have been of any kind
        if row.kind == "escalation":
            yield "case:escalated"
        elif event["kind"] in EVENT_GUARDS:
            yield EVENT_GUARDS[event["kind"]]
        elif "person" in event and event["kind"] != PERSON:
            yield "event:unread"
