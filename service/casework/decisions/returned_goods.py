"""Goods that must be returned before they are paid for: which remedies, which lines, and whether they are back.

An inspection counts for the lines that it names, and for the order of its case at that time. An inspection without
lines counts for the lines that the decision of that time wanted back.
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

PASSED: Final = "passed"  # the result of an inspection that found nothing wrong
INSPECTED: Final = "return_inspected"  # the event that reports returned goods
COMES_BACK: Final = tuple(kind for kind, steps in STEPS.items() if BY_CUSTOMER in steps)  # kinds of remedy

Json = dict[str, Any]


def are_back(connection: Connection, decision: Row[Any], kept: Json) -> bool:
    """Check that all lines to return are back: intact, or the decision considered their inspection."""
    back = {line for event in _inspections(connection, decision) for line in _lines_of(connection, decision, event)}
    wanted, every = _wanted(kept), _all_lines(kept["case"])
    return wanted <= back or (EVERYTHING in wanted and every != set() and every <= back)


def concerns(event: Mapping[str, Any], kept: Json) -> bool:
    """Check whether an inspection concerns goods that a decision wants back; without lines it may concern any."""
    named = _named(event, kept)
    wanted = _wanted(kept)
    return named is None or EVERYTHING in wanted or bool(named & wanted)


def may_be_back() -> ColumnElement[bool]:
    """Return the condition on decisions that wait for no goods, or whose case has had an event since."""
    event = and_(ENTRIES.c.case_no == DECISIONS.c.case_no, ENTRIES.c.kind == "event")
    return or_(DECISIONS.c.remedy.not_in(COMES_BACK), exists().where(event))


def _inspections(connection: Connection, decision: Row[Any]) -> Iterator[Json]:
    """Yield the inspections that count for a decision, each with the decision that it is about."""
    events = with_payloads(select(ENTRIES.c.seq, ENTRIES.c.about), ENTRIES.c.seq)
    of_case = (ENTRIES.c.case_no == decision.case_no, ENTRIES.c.kind == "event")
    for row in connection.execute(events.where(*of_case)).all():
        event = payload_of(row) or {}
        if event.get("kind") == INSPECTED and (event.get("result") == PASSED or _was_considered(event, row, decision)):
            yield {**event, "about": row.about}


def _was_considered(event: Json, row: Row[Any], decision: Row[Any]) -> bool:
    """Check whether a decision considers an inspection; one that nobody judged yet was handed to a person."""
    return row.seq < decision.seq and "person" not in event


def _lines_of(connection: Connection, decision: Row[Any], event: Json) -> set[str]:
    """Return the lines that an inspection brought back for the order of a decision."""
    about = connection.execute(select(DECISIONS).where(DECISIONS.c.id == event["about"])).first()
    kept = None if about is None else decision_payload(connection, about)
    if about is None or kept is None or _order(about) != _order(decision):
        return set()
    named = _named(event, kept)
    return _back_by_default(kept) if named is None else named


def _order(row: Row[Any]) -> tuple[str, str]:
    return key(row.merchant), key(row.order_key)


def _named(event: Mapping[str, Any], kept: Json) -> set[str] | None:
    """Return the lines that an event names, directly or by an issue; None if it names none."""
    issues = kept["recommendation"]["issues"]
    if "lines" in event:
        return _keys(event["lines"], kept)
    if "line" in event:
        return _keys([event["line"]], kept)
    if event.get("issue", len(issues)) < len(issues):
        return _keys([issues[event["issue"]]["line"] or EVERYTHING], kept)
    return None


def _back_by_default(kept: Json) -> set[str]:
    """Return the lines that came back if none is named: those wanted back, else the only line."""
    if (kept["recommendation"]["remedy"] or {}).get("return_required"):
        return _wanted(kept)
    lines = _keys(lines_of(kept["recommendation"]), kept)
    return lines if len(lines) == 1 else set()


def _wanted(kept: Json) -> set[str]:
    """Return the lines that a decision wants back."""
    issues = [one for one in kept["recommendation"]["issues"] if (one["remedy"] or {}).get("return_required")]
    return _keys([one["line"] or EVERYTHING for one in issues] or lines_of(kept["recommendation"]), kept)


def _keys(lines: Iterable[str], kept: Json) -> set[str]:
    """Return lines by their keys; for an order with one line, "all lines" is that line."""
    named, every = set(by_line(dict.fromkeys(lines, 0))), _all_lines(kept["case"])
    return every if EVERYTHING in named and len(every) == 1 else named


def _all_lines(case: Mapping[str, Any]) -> set[str]:
    return set(by_line({str(line["id"]): 0 for _, line in scopes(case, "line") if "id" in line}))
