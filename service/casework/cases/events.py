"""Record the events of a case, and decide the case again if an event brings new facts.

An event and the decision that follows are written in one transaction: the ledger has both or neither, so a caller
without an answer can send the event again. The decision is made before that transaction, on the latest recorded case;
if the case was decided again meanwhile, it is made again. While an approval is pending that the caller may not void,
only the event is recorded; the case is decided on it after the approval.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from service.auth import Caller, caller_of
from service.casework.cases.effects import held_by, prepare, started_deadlines
from service.casework.cases.payments import report_payment
from service.casework.context import CaseContext
from service.casework.deadlines import deadlines_of, unknown_names
from service.casework.decisions.current import WAITS, CurrentCase, current_case
from service.casework.decisions.deciding import decide
from service.casework.decisions.facts import (
    FACTS,
    INSTANT_OF_DECIDING,
    case_after_event,
    personal_facts,
    under_case,
    with_rejected_option,
)
from service.casework.decisions.following import approval_of, identity_of, refuse_other_identity
from service.casework.decisions.handover import hand_over
from service.casework.decisions.pending_news import as_it_stands
from service.casework.decisions.recording import Recorded
from service.casework.payments.paid_before import stated
from service.casework.payments.references import without_account
from service.casework.projection.projector import apply, satisfied
from service.casework.projection.row_changes import before_of
from service.casework.states import EXECUTED, TRANSITIONS, next_state
from service.errors import DomainError, InvalidEvent
from service.ledger.changes import write
from service.ledger.store import Writer, instant, new_id
from service.normalization import key
from service.privacy.masking import KEEP, masked, masked_facts
from service.validation.case import scopes
from service.validation.issue import ValidationIssue

TRIES: Final = 5
SKEW: Final = timedelta(minutes=5)  # how far the clock of another machine may be ahead
TIMEOUTS: Final = ("merchant_silent",)  # events without new facts: the case is decided again at a later instant

Json = dict[str, Any]
Event = Mapping[str, Any]


class _CaseChanged(Exception):
    """Raised if the case was decided again, or its approval changed, meanwhile."""


@dataclass(frozen=True, slots=True)
class RecordedEvent:
    """A recorded event: the state that it led to, its other effects, and the decision that followed."""

    id: str
    case_no: str
    kind: str
    state: str
    details: Json
    decision: Recorded | None
    masked: tuple[str, ...]  # personal facts of the case that are known only in masked form

    def as_json(self) -> Json:
        """Return the event as the API shows it."""
        event = {"id": self.id, "case_no": self.case_no, "kind": self.kind, "state": self.state, **self.details}
        decision = None if self.decision is None else self.decision.as_json()
        return {**event, "decision": decision, "masked": list(self.masked)}


def record_event(
    context: CaseContext, case_no: str, event: Event, by: Caller | str, *, after: str | None = None
) -> RecordedEvent:
    """Record an event that has the shape of its kind; `after` is the decision that must still be the latest.

    Raises InvalidEvent if it does not fit the case, and DomainError if it is not allowed now or the case is unknown.
    """
    event = without_account(event)
    for _ in range(TRIES):
        try:
            return _record(context, case_no, event, caller_of(by), after)
        except _CaseChanged:
            continue
    raise DomainError("busy", case_no)


def _record(context: CaseContext, case_no: str, event: Event, by: Caller, after: str | None) -> RecordedEvent:
    current, faults = _current(context, case_no, event)
    if after not in (None, current.decision):
        raise DomainError("busy", case_no)
    bringing, unfit = with_rejected_option(event, current.body, context.ready.pack.vocabulary)
    case = None
    if any(key in bringing for key in FACTS) or event["kind"] in TIMEOUTS:
        case, found = case_after_event(bringing, _kept(context, current, bringing), case_no, context.ready)
        unfit += found or under_case(context.faults(case))
    if faults or unfit:
        raise InvalidEvent([*faults, *unfit])
    bringing = _masked(context, current, bringing)
    id = new_id("evt")
    if case is not None and (current.approval is None or current.approval.may_be_voided(by)):
        return _decided(context, current, bringing, id, case, by)
    if case is not None:
        before = as_it_stands(current, context.ready)
        refuse_other_identity(case_no, identity_of(context.ready.pack, before), identity_of(context.ready.pack, case))
    with context.ledger.writing(by.name) as writer:
        details = _enter(context, writer, current, bringing, id, read=False, waits=case is not None)
    return RecordedEvent(id, case_no, event["kind"], details.pop("state"), details, None, ())


def _decided(
    context: CaseContext, current: CurrentCase, event: Event, id: str, case: Json, by: Caller
) -> RecordedEvent:
    """Record an event and the decision that follows."""
    details: Json = {}
    decision = decide(
        context,
        case,
        by,
        because=event["kind"],
        event={"id": id, "kind": event["kind"]},
        case_no=current.case_no,
        first=lambda writer: details.update(_enter(context, writer, current, event, id, read=_is_news(current, case))),
    )
    state = TRANSITIONS["decided"][details.pop("state")]
    return RecordedEvent(id, current.case_no, event["kind"], state, details, decision, _masked_of(context, event, case))


def _is_news(current: CurrentCase, case: Json) -> bool:
    """Check whether a case states anything new, apart from its instant and what the ledger adds."""
    kept = {} if current.body is None else current.body["case"]
    before, now = (stated({**one, INSTANT_OF_DECIDING: None}, ()) for one in (kept, case))
    return now != before


def _masked_of(context: CaseContext, event: Event, case: Json) -> tuple[str, ...]:
    """Return the personal facts of a case that come from the ledger, masked, because nobody sent them again."""
    if context.settings.personal == KEEP or "case" in event:
        return ()
    stated = personal_facts(case, context.ready.pack.vocabulary)
    return tuple(name for name in stated if name not in event.get("facts", {}))


def _current(context: CaseContext, case_no: str, event: Event) -> tuple[CurrentCase, list[ValidationIssue]]:
    """Return the current state of a case, and the faults of the event against it."""
    with context.ledger.reading() as connection:
        current = current_case(connection, case_no)
        context.refuse_other_pack(current.pack)
        known = deadlines_of(connection, case_no)
    names = tuple(clock["name"] for clock in known)
    meets = event.get("meets", [])
    faults = [ValidationIssue(f"/meets/{position}", "no_such_clock", names) for position in unknown_names(meets, known)]
    faults += _unknown_lines(event, current)
    if "at" in event and datetime.fromisoformat(event["at"]) > context.ledger.now() + SKEW:
        faults.append(ValidationIssue("/at", "in_future"))
    return current, faults


def _unknown_lines(event: Event, current: CurrentCase) -> list[ValidationIssue]:
    """Return faults of lines that the order of the case does not have, before or after the event."""
    cases = [event.get("case"), {} if current.body is None else current.body["case"]]
    known = {key(str(line.get("id"))): str(line.get("id")) for case in cases for _, line in scopes(case or {}, "line")}
    unknown = [place for place, line in enumerate(event.get("lines", [])) if known and key(line) not in known]
    return [ValidationIssue(f"/lines/{place}", "no_such_line", tuple(known.values())) for place in unknown]


def _kept(context: CaseContext, current: CurrentCase, event: Event) -> Json:
    """Return the current case. Raises DomainError if it was erased and the event brings no whole case."""
    if current.body is not None:
        return as_it_stands(current, context.ready)
    if "case" in event:
        return {}
    raise DomainError("erased", current.decision)


def _enter(
    context: CaseContext,
    writer: Writer,
    current: CurrentCase,
    event: Event,
    id: str,
    *,
    read: bool,
    waits: bool = False,
) -> Json:
    """Record an event in an open transaction: its entry, the new state of the case, and its other effects.

    `read` says that a decision considers it, `waits` that one will after a pending approval.
    """
    before = before_of(writer.connection, current.case_no)
    if before.decision != current.decision:
        raise _CaseChanged
    if approval_of(writer.connection, current.decision) != current.approval:
        raise _CaseChanged
    details = prepare(context, writer, current, event, read=read)
    if waits:
        details = hand_over(writer.connection, current.decision) | details | {WAITS: "approval"}
    state = next_state(str(before.state), _transition(event))
    at = instant(datetime.fromisoformat(event["at"])) if "at" in event else writer.at
    body = _body(context, current, event, waits=waits) | {"state": state, **details}
    body |= started_deadlines(context, writer, current, event, at)
    entry = writer.append("event", body, case_no=current.case_no, about=current.decision, id=id)
    write(writer, apply(entry, body, replace(before, held=held_by(current))))
    if event["kind"] == EXECUTED:
        report_payment(writer, current.decision, event["reference"])
    return {"at": at, "state": state, **details}


def _transition(event: Event) -> str:
    """Return the transition of the case that an event causes."""
    if event["kind"] != "satisfaction":
        return str(event["kind"])
    return "satisfied" if satisfied(event) else "dissatisfied"


def _body(context: CaseContext, current: CurrentCase, event: Event, *, waits: bool) -> Json:
    """Return an event as the ledger keeps it, with personal data masked.

    A whole case is kept in the decision that follows, or in the event if that decision has to wait.
    """
    kept: Json = {key: value for key, value in event.items() if key not in FACTS}
    if event["kind"] == EXECUTED:
        kept["currency"] = context.ready.pack.currency
    if "case" in event:
        kept["restated"] = True
    if "case" in event and waits:
        kept["case"] = masked(event["case"], context.ready.pack, context.settings.personal)
    if "facts" in event:
        known = context.known(*_stated_by(current, event))
        kept["facts"] = masked_facts(event["facts"], context.ready.pack.vocabulary, known, context.settings.personal)
    return kept


def _masked(context: CaseContext, current: CurrentCase, event: Event) -> Event:
    """Return an event with its free texts masked; facts and cases are decided on as they came."""
    rest = {key: value for key, value in event.items() if key not in FACTS}
    return {**event, **context.mask(rest, *_stated_by(current, event))}


def _stated_by(current: CurrentCase, event: Event) -> tuple[Json, Json]:
    """Return the case and the facts that state which personal data to mask in an event."""
    case: Json = event.get("case") or ({} if current.body is None else current.body["case"])
    return case, event.get("facts", {})
