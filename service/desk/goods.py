"""Goods that have to come back before money goes out for them: which remedies, and whether they are back."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, and_, exists, or_, select

from rules.deciding.remedy import BY_CUSTOMER, STEPS

from ..intake.event import PASSED
from ..ledger.payloads import payload_of, with_payloads
from ..ledger.tables import DECISIONS, ENTRIES

INSPECTED: Final = "return_inspected"  # the event of a case that tells what came back
COMES_BACK: Final = tuple(kind for kind, steps in STEPS.items() if BY_CUSTOMER in steps)  # kinds of remedy


def are_back(connection: Connection, case_no: str) -> bool:
    """Tell whether the goods of a case came back: intact, or else the case was decided on what was found."""
    anew = select(DECISIONS.c.id).where(DECISIONS.c.case_no == case_no, DECISIONS.c.because == INSPECTED).limit(1)
    if connection.execute(anew).first() is not None:
        return True
    events = with_payloads(select(ENTRIES.c.id), ENTRIES.c.seq)
    rows = connection.execute(events.where(ENTRIES.c.case_no == case_no, ENTRIES.c.kind == "event"))
    return any(_passed(payload_of(row) or {}) for row in rows)


def may_be_back() -> ColumnElement[bool]:
    """Return what is so of decisions that wait for no goods, or for whose case something has happened since."""
    event = and_(ENTRIES.c.case_no == DECISIONS.c.case_no, ENTRIES.c.kind == "event")
    return or_(DECISIONS.c.remedy.not_in(COMES_BACK), exists().where(event))


def _passed(event: dict[str, Any]) -> bool:
    return event.get("kind") == INSPECTED and event.get("result") == PASSED
