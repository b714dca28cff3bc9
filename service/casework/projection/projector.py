"""What each entry changes in the projected tables.

`apply` is the only place that says so: recording writes its changes, `verify` and `rebuild` follow them in memory. The
changes of entries that belong to no case stand beside what records them, and are listed here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from rules.language.contract import ROLES
from service.casework import choices, deadlines
from service.casework.limits import budgets, switches
from service.casework.limits.holds import by_line
from service.casework.limits.required_role import APPEAL, ESCALATION, SEEN
from service.casework.projection import entry_fields
from service.casework.projection.decision_changes import decided
from service.casework.projection.row_changes import Before, case_change, deadline_change, decision_change, moved
from service.casework.states import (
    ACCEPTED,
    APPROVED,
    ARCHIVED,
    CHANGED,
    CLAIMED,
    EXECUTED,
    FAILED,
    LATE,
    OPEN,
    REFUSED,
    SUPERSEDED,
    TRANSITIONS,
    VOID,
    WAITING,
    state_columns,
)
from service.ledger import keys
from service.ledger.chain import Entry
from service.ledger.changes import Change, Delete, Insert, Update
from service.ledger.retention import ERASED
from service.ledger.store import instant
from service.ledger.tables import CASES, CLOCKS, DECISIONS, EXECUTED_LINES, EXECUTIONS, OUTCOMES, PROPOSALS
from service.webhooks import endpoints

PERSON: Final = ROLES[0]  # who decides if no machine may act
WITHOUT_ROWS: Final = frozenset({"execution.contradicted", "upgraded", "vouched"})  # entries that change no row
NOBODY: Final = {"customer": None, "order_no": None}  # personal columns of a case and of a decision, once erased

Json = dict[str, Any]
Body = Mapping[str, Any]


def apply(entry: Entry, body: Body, before: Before) -> Iterator[Change]:
    """Yield the row changes of an entry. Raises KeyError for a kind that no ledger has."""
    if entry.kind in _OF_CASE:
        yield from _OF_CASE[entry.kind](entry, body, before)
    elif entry.kind not in WITHOUT_ROWS:
        yield from _OF_LEDGER[entry.kind](entry, body)


def _meet(entry: Entry, names: Iterable[str], at: str) -> Iterator[Change]:
    """Mark deadlines as met; a deadline that was met before keeps its time."""
    if met := tuple(names):
        yield Update(CLOCKS, {"case_no": entry.case_no, "name": met, "met_at": None}, {"met_at": at})


# ---- what happens


def satisfied(event: Body) -> bool:
    """Check whether a customer is satisfied: as stated, else by a score of at least four of five."""
    return bool(event.get("satisfied", event["score"] >= 4))


def listed(tags: str | None, event: Body) -> Json:
    """Return the columns for listing a case that an event changes, given its previous tags."""
    match event["kind"]:
        case "assigned":
            return {"handler": event["handler"]}
        case "satisfaction":
            return {"satisfied": satisfied(event)}
        case "tag":
            kept = {*(tags or "").split("|")} - {event["tag"], ""} | (set() if event.get("off") else {event["tag"]})
            return {"tags": "".join(f"|{tag}" for tag in sorted(kept)) + "|" if kept else None}
    return {}


def _event(entry: Entry, body: Body, before: Before) -> Iterator[Change]:
    at = instant(datetime.fromisoformat(body["at"])) if "at" in body else entry.at
    person = {"person_at": entry.at} if body["kind"] == "person_requested" else {}
    yield case_change(
        entry, state_columns(str(before.state), body["state"], entry.at), listed(before.tags, body), person
    )
    if body.get("person") == "has_it_now":
        yield decision_change(entry, mode=body["mode"])
    elif body.get("person") == "looks_afterwards":
        yield decision_change(entry, drawn=True, reviewed_at=None)
    yield from _meet(entry, body.get("meets", ()), at)
    if body["kind"] == EXECUTED:
        yield from _paid(entry, body, before, at)
    yield from _begin(entry, body)


def _begin(entry: Entry, body: Body) -> Iterator[Change]:
    """Start the deadlines that count from an entry; earlier versions did not record their ends."""
    for deadline in body.get("begins", ()):
        yield deadline_change(entry, str(entry.about), deadline)


def _paid(entry: Entry, body: Body, before: Before, at: str) -> Iterator[Change]:
    """Record a payment by a person, which replaces a failed one by a machine."""
    yield Delete(EXECUTIONS, {"decision": entry.about})
    yield Insert(EXECUTIONS, entry_fields.payment(entry, body, at))
    yield Update(DECISIONS, {"id": entry.about, "state": OPEN}, {"state": EXECUTED})
    if before.held is not None and before.held.is_named:
        first, *others = before.held.lines
        yield from _hold(entry, before.held.order, {first: body["refund_fen"], **dict.fromkeys(others, 0)})


def _hold(entry: Entry, order: Json, refunds: Mapping[str, int]) -> Iterator[Change]:
    """Hold lines of an order, in any spelling."""
    for line, fen in by_line(refunds).items():
        yield Insert(EXECUTED_LINES, {"decision": entry.about, "line": line, "refund_fen": fen, **order})


def _escalation(entry: Entry, body: Body, _: Before) -> Iterator[Change]:
    if body.get("mode") is not None:
        yield decision_change(entry, mode=body["mode"])
    yield Update(CLOCKS, {"case_no": entry.case_no, "name": body["clock"]}, {"escalated_at": entry.at})


def _appeal(entry: Entry, _: Body, before: Before) -> Iterator[Change]:
    yield moved(entry, before, "appealed")


def _review(entry: Entry, _: Body, __: Before) -> Iterator[Change]:
    yield decision_change(entry, drawn=True, reviewed_at=entry.at)


# ---- people


def _proposal(entry: Entry, body: Body, _: Before) -> Iterator[Change]:
    yield Insert(PROPOSALS, entry_fields.proposal(entry, body) | {"state": WAITING})
    yield decision_change(entry, state=WAITING)


def _approval(entry: Entry, body: Body, _: Before) -> Iterator[Change]:
    yield Update(PROPOSALS, {"id": body["proposal"]}, {"state": APPROVED if body["approve"] else REFUSED})
    if not body["approve"]:
        yield decision_change(entry, state=OPEN)


def _outcome(entry: Entry, body: Body, before: Before) -> Iterator[Change]:
    yield Insert(OUTCOMES, entry_fields.outcome(entry, body))
    yield decision_change(entry, state=ACCEPTED if body["way"] == choices.ACCEPTED else CHANGED)
    yield moved(entry, before, "outcome_taken")


# ---- machines


def _refused(entry: Entry, _: Body, __: Before) -> Iterator[Change]:
    yield decision_change(entry, mode=PERSON)


def _claimed(entry: Entry, body: Body, before: Before) -> Iterator[Change]:
    yield Insert(EXECUTIONS, entry_fields.claim(entry, body))
    yield from budgets.reserved(entry_fields.shares(body))
    yield decision_change(entry, state=CLAIMED)
    if before.held is not None:
        yield from _hold(entry, before.held.order, body["lines"])


def _late(entry: Entry, _: Body, before: Before) -> Iterator[Change]:
    yield _execution(entry, state=LATE)
    yield _reopened(entry, before)


def _executed(entry: Entry, body: Body, before: Before) -> Iterator[Change]:
    """End an execution and its decision, and its case if it is still the latest decision."""
    paid = entry_fields.paid_as(body["reference"], body.get("account_key"))
    yield _execution(entry, state=EXECUTED, ended_at=entry.at, **paid)
    yield from _meet(entry, [deadlines.PAID_BY], entry.at)
    yield from _begin(entry, body)
    yield Update(DECISIONS, {"id": entry.about, "state": (CLAIMED, OPEN)}, {"state": EXECUTED})
    if before.decision == entry.about and before.state in TRANSITIONS[EXECUTED]:
        yield moved(entry, before, EXECUTED)


def _failed(entry: Entry, _: Body, before: Before) -> Iterator[Change]:
    yield _execution(entry, state=FAILED, ended_at=entry.at, **entry_fields.paid_as(None))
    yield Delete(EXECUTED_LINES, {"decision": entry.about})
    yield from budgets.released(before.reserved)
    yield _reopened(entry, before)


def _execution(entry: Entry, **values: Any) -> Change:
    return Update(EXECUTIONS, {"decision": entry.about}, values)


def _reopened(entry: Entry, before: Before) -> Change:
    """Hand the decision of an execution to a person, unless a later decision has replaced it."""
    values = {"mode": PERSON, "state": OPEN if before.decision == entry.about else SUPERSEDED}
    return Update(DECISIONS, {"id": entry.about, "state": CLAIMED}, values)


# ---- erasing


def _erased(entry: Entry, body: Body, before: Before) -> Iterator[Change]:
    yield from case_erased(entry, body, before)
    yield budgets.forgotten(entry.at)


def case_erased(entry: Entry, body: Body, before: Before) -> Iterator[Change]:
    """Archive a case, drop what was still to be done about it, and clear its customer.

    The key of an order for which people gave something is kept, so that it is not paid for again.
    """
    of_case = {"case_no": entry.case_no}
    yield Update(CASES, {"no": entry.case_no, "closed_at": None}, {"closed_at": entry.at})
    yield case_change(entry, NOBODY, state=ARCHIVED, changed_at=entry.at)
    yield Delete(CLOCKS, {**of_case, "met_at": None})
    yield Update(PROPOSALS, {"decision": before.decisions, "state": WAITING}, {"state": VOID})
    yield Update(DECISIONS, {**of_case, "state": (OPEN, WAITING)}, {"state": SUPERSEDED})
    yield Update(DECISIONS, of_case, NOBODY)
    yield Update(DECISIONS, {"id": before.unpaid}, {"order_key": None})
    if "spent" in body:  # earlier versions left it where it was
        yield Update(EXECUTIONS, of_case, {"reserved": entry_fields.NOTHING_RESERVED})


_OF_CASE: Final[Mapping[str, Callable[[Entry, Any, Before], Iterator[Change]]]] = {
    "decision": decided,
    "event": _event,
    ESCALATION: _escalation,
    SEEN: _escalation,
    APPEAL: _appeal,
    "review": _review,
    "proposal": _proposal,
    "approval": _approval,
    "outcome": _outcome,
    "execution.refused": _refused,
    "execution.claimed": _claimed,
    "execution.late": _late,
    "execution.executed": _executed,
    "execution.failed": _failed,
    ERASED: _erased,
}
_OF_LEDGER: Final[Mapping[str, Callable[[Entry, Any], Iterator[Change]]]] = {
    switches.ON: switches.turned_on,
    switches.OFF: switches.turned_off,
    budgets.SET: budgets.limited,
    keys.MADE: keys.made,
    keys.REVOKED: keys.revoked,
    endpoints.ADDED: endpoints.added,
    endpoints.ROTATED: endpoints.rotated,
    endpoints.REMOVED: endpoints.removed,
}
CHANGING: Final = frozenset({*_OF_CASE, *_OF_LEDGER})  # the kinds of entries that change rows
