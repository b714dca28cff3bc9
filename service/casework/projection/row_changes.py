"""The state of a case before an entry, and row changes that several kinds of entries share."""

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
    """The lines that an execution holds; a payment by hand holds them only if the order has a number."""

    lines: list[str]
    order: Json
    is_named: bool = True


@dataclass(frozen=True, slots=True)
class Before:
    """The state of a case before an entry; None before its first entry."""

    state: str | None = None
    decision: str | None = None
    tags: str | None = None
    held: Held | None = None  # by the decision that the entry is about
    reserved: Sequence[Share] = ()  # of budgets, by the execution of that decision
    decisions: tuple[str, ...] = ()  # of the case, for an entry that is about all of them
    unpaid: tuple[str, ...] = ()  # those of them for which people gave nothing
    pack_of: entry_fields.PackOf = lambda _: None


def before_of(connection: Connection, case_no: str) -> Before:
    """Return the state of a case. Raises DomainError if there is no such case."""
    case = select(CASES.c.state, CASES.c.decision, CASES.c.tags).where(CASES.c.no == case_no)
    row = connection.execute(case).first()
    if row is None:
        raise DomainError("no_case", case_no)
    return Before(row.state, row.decision, row.tags)


def held_of(order: Order) -> Json:
    """Return the columns by which the lines of an order are held."""
    return {"merchant": order.merchant, "order_no": order.number, "order_key": order.key, "told": order.lines_digest}


def case_change(entry: Entry, *values: Mapping[str, Any], **more: Any) -> Change:
    """Return the change of the row of an entry's case."""
    changed = {name: value for some in (*values, more) for name, value in some.items()}
    return Update(CASES, {"no": entry.case_no}, changed)


def decision_change(entry: Entry, **values: Any) -> Change:
    """Return the change of the row of the decision that an entry is about."""
    return Update(DECISIONS, {"id": entry.about}, values)


def moved(entry: Entry, before: Before, event: str) -> Change:
    """Return the change of a case to the state after an event."""
    state = str(before.state)
    return case_change(entry, state_columns(state, TRANSITIONS[event][state], entry.at))


def deadline_change(entry: Entry, decision: str, deadline: Json, *, unless_there: bool = False) -> Change:
    """Return the new row of a deadline."""
    return Insert(CLOCKS, deadlines.row(str(entry.case_no), decision, deadline), unless_there)
