"""Goods that have to come back before money goes out for them: which remedies, which lines, and whether they are back.

What came back counts for the lines that an inspection names, and for the order that its case had then. One that names
no lines is of those that the decision of the time wanted back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, and_, exists, or_, select

from rules.recommending.remedy import BY_CUSTOMER, STEPS
from service.casework.limits.holds import EVERYTHING, by_line, lines_of
from service.casework.recorded import decision_payload
from service.ledger.chain import payload_of, with_payloads
from service.ledger.tables import DECISIONS, ENTRIES
from service.normalization import key
from service.validation.case import scopes
from service.validation.event import PASSED

INSPECTED: Final = "return_inspected"  # the event of a case that says what came back
COMES_BACK: Final = tuple(kind for kind, steps in STEPS.items() if BY_CUSTOMER in steps)  # kinds of remedy

Json = dict[str, Any]


def are_back(connection: Connection, decision: Row[Any], kept: Json) -> bool:
    """Return whether all lines that have to come back did: intact, or the decision took the inspection into account."""
    back = {line for event in _inspections(connection, decision) for line in _lines_of(connection, decision, event)}
    wanted, every = _wanted(kept), _all_lines(kept["case"])
    return wanted <= back or (EVERYTHING in wanted and every != set() and every <= back)


def concerns(event: Mapping[str, Any], kept: Json) -> bool:
    """Return whether an inspection is of goods that a decision wants back; one that names no lines may be of any."""
    named = _named(event, kept)
    wanted = _wanted(kept)
    return named is None or EVERYTHING in wanted or bool(named & wanted)


def may_be_back() -> ColumnElement[bool]:
    """Return what is so of decisions that wait for no goods, or for whose case something has happened since."""
    event = and_(ENTRIES.c.case_no == DECISIONS.c.case_no, ENTRIES.c.kind == "event")
    return or_(DECISIONS.c.remedy.not_in(COMES_BACK), exists().where(event))


def _inspections(connection: Connection, decision: Row[Any]) -> Iterator[Json]:
    """Yield the inspections of a case that bring goods back for one of its decisions, each with what it is about."""
    events = with_payloads(select(ENTRIES.c.seq, ENTRIES.c.about), ENTRIES.c.seq)
    of_case = (ENTRIES.c.case_no == decision.case_no, ENTRIES.c.kind == "event")
    for row in connection.execute(events.where(*of_case)).all():
        event = payload_of(row) or {}
        if event.get("kind") == INSPECTED and (event.get("result") == PASSED or _was_heard(event, row, decision)):
            yield {**event, "about": row.about}


def _was_heard(event: Json, row: Row[Any], decision: Row[Any]) -> bool:
    """Return whether a decision takes account of what was found; what nobody has judged yet was given to a person."""
    return row.seq < decision.seq and "person" not in event


def _lines_of(connection: Connection, decision: Row[Any], event: Json) -> set[str]:
    """Return the lines that came back for the order of a decision."""
    about = connection.execute(select(DECISIONS).where(DECISIONS.c.id == event["about"])).first()
    kept = None if about is None else decision_payload(connection, about)
    if about is None or kept is None or _order(about) != _order(decision):
        return set()
    named = _named(event, kept)
    return _back_by_default(kept) if named is None else named


def _order(row: Row[Any]) -> tuple[str, str]:
    return key(row.merchant), key(row.order_key)


def _named(event: Mapping[str, Any], kept: Json) -> set[str] | None:
    """Return the lines that an event names, by themselves or by an issue; None where it names none."""
    issues = kept["recommendation"]["issues"]
    if "lines" in event:
        return _keys(event["lines"], kept)
    if "line" in event:
        return _keys([event["line"]], kept)
    if event.get("issue", len(issues)) < len(issues):
        return _keys([issues[event["issue"]]["line"] or EVERYTHING], kept)
    return None


def _back_by_default(kept: Json) -> set[str]:
    """Return the lines that came back where nobody said which: those wanted back, else the only one there is."""
    if (kept["recommendation"]["remedy"] or {}).get("return_required"):
        return _wanted(kept)
    lines = _keys(lines_of(kept["recommendation"]), kept)
    return lines if len(lines) == 1 else set()


def _wanted(kept: Json) -> set[str]:
    """Return the lines that a decision wants back."""
    issues = [one for one in kept["recommendation"]["issues"] if (one["remedy"] or {}).get("return_required")]
    return _keys([one["line"] or EVERYTHING for one in issues] or lines_of(kept["recommendation"]), kept)


def _keys(lines: Iterable[str], kept: Json) -> set[str]:
    """Return lines as they are held; of an order of one line, all of it is that line."""
    named, every = set(by_line(dict.fromkeys(lines, 0))), _all_lines(kept["case"])
    return every if EVERYTHING in named and len(every) == 1 else named


def _all_lines(case: Mapping[str, Any]) -> set[str]:
    return set(by_line({str(line["id"]): 0 for _, line in scopes(case, "line") if "id" in line}))
