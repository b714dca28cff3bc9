"""How a case stands before an entry, and the row changes that entries of several kinds share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from service.casework import deadlines
from service.casework.limits.budgets import Share
from service.casework.limits.holds import Order
from service.casework.projection import entry_fields
from service.casework.states import TRANSITIONS, state_columns
from service.errors import DomainError
from service.ledger.chain import Entry
from service.ledger.changes import Change, Insert, Update
from service.ledger.tables import CASES, CLOCKS, DECISIONS

Json = dict[str, Any]


class Held(NamedTuple):
    """What an execution of a decision holds: lines of an order, which by hand are held only where it has a number."""

    lines: list[str]
    order: Json
    is_named: bool = True


@dataclass(frozen=True, slots=True)
class Before:
    """How a case stands before an entry; it has no state before its first."""

    state: str | None = None
    decision: str | None = None
    tags: str | None = None
    held: Held | None = None  # by the decision that the entry is about
    reserved: Sequence[Share] = ()  # of budgets, by the execution of that decision
    decisions: tuple[str, ...] = ()  # of the case, for an entry that is about all of them
    unpaid: tuple[str, ...] = ()  # those of them for which people gave nothing
    pack_of: entry_fields.PackOf = lambda _: None


def before_of(connection: Connection, case_no: str) -> Before:
    """Return how a case stands. Raises DomainError where there is none."""
    case = select(CASES.c.state, CASES.c.decision, CASES.c.tags).where(CASES.c.no == case_no)
    row = connection.execute(case).first()
    if row is None:
        raise DomainError("no_case", case_no)
    return Before(row.state, row.decision, row.tags)


def held_of(order: Order) -> Json:
    """Return how an order is held."""
    return {"merchant": order.merchant, "order_no": order.number, "order_key": order.key, "told": order.lines_digest}


def case_change(entry: Entry, *values: Mapping[str, Any], **more: Any) -> Change:
    """Return what changes in the row of an entry's case."""
    changed = {name: value for some in (*values, more) for name, value in some.items()}
    return Update(CASES, {"no": entry.case_no}, changed)


def decision_change(entry: Entry, **values: Any) -> Change:
    """Return what changes in the row of the decision that an entry is about."""
    return Update(DECISIONS, {"id": entry.about}, values)


def moved(entry: Entry, before: Before, event: str) -> Change:
    """Return the step of a case to the state that an event leads to."""
    state = str(before.state)
    return case_change(entry, state_columns(state, TRANSITIONS[event][state], entry.at))


def deadline_change(entry: Entry, decision: str, deadline: Json, *, unless_there: bool = False) -> Change:
    """Return the new row of a deadline."""
    return Insert(CLOCKS, deadlines.row(str(entry.case_no), decision, deadline), unless_there)
