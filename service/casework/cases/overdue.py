"""Missed deadlines of open cases, and their escalation.

A missed deadline of the merchant, for which the pack names one of `SILENCE`, leads to a new decision on the available
facts, by that pack; a service of another pack leaves it alone. Any other missed deadline hands the decision to a higher
role.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Connection, and_, or_, select, tuple_

from rules.language.contract import ROLES
from service.casework.cases.events import record_event
from service.casework.cases.listing import ENDED, past_due
from service.casework.context import CaseContext
from service.casework.deadlines import as_json
from service.casework.decisions.handover import next_level
from service.casework.limits.required_role import ESCALATION, SEEN, escalations
from service.casework.projection.projector import apply
from service.casework.projection.row_changes import Before
from service.casework.visibility import WHOLE, Sight
from service.errors import DomainError, InvalidEvent
from service.ledger.changes import write
from service.ledger.store import Ledger, Writer, instant
from service.ledger.tables import CASES, CLOCKS, DECISIONS
from service.webhooks import events

SILENCE: Final = ("decide_on_the_evidence", "refund_as_claimed")  # what a pack names if the merchant does not reply
SILENT: Final = "merchant_silent"
ROLE_PREFIX: Final = "escalate_to_"
BATCH: Final = 500  # deadlines in one transaction, while other writers wait

_PLACE: Final = ("due_at", "case_no", "clock")  # the position of a deadline in the list

Json = dict[str, Any]


def overdue(
    ledger: Ledger, sight: Sight, limit: int, after: Sequence[str] | None = None
) -> list[tuple[list[str], Json]]:
    """Return the missed deadlines, the oldest first, each with its position in the list."""
    with ledger.reading() as connection:
        found = _missed(connection, sight, instant(ledger.now()), limit, after)
    return [([missed[name] for name in _PLACE], missed) for missed in found]


def escalate(context: CaseContext, by: str) -> list[Json]:
    """Escalate each missed deadline once, and return what was done; several processes may do so at a time."""
    done: list[Json] = []
    while batch := _unseen(context):
        silent = [missed for missed in batch if missed["on_timeout"] in SILENCE]
        done += filter(None, [_decide_on_silence(context, missed, by) for missed in silent])
        done += _escalate_some(context, by)
    return done


def _unseen(context: CaseContext) -> list[Json]:
    with context.ledger.reading() as connection:
        return _missed(connection, WHOLE, instant(context.ledger.now()), BATCH, unseen_by=context.ready.pack.name)


def _decide_on_silence(context: CaseContext, missed: Json, by: str) -> Json | None:
    """Decide a case again because its merchant did not reply; None if that fails and a person must look."""
    try:
        happened = record_event(context, missed["case_no"], {"kind": SILENT}, by, after=missed["decision"])
    except (DomainError, InvalidEvent):
        return None
    decision = happened.decision
    return None if decision is None else missed | {"mode": decision.mode, "entry": happened.id, "decision": decision.id}


def _escalate_some(context: CaseContext, by: str) -> list[Json]:
    with context.ledger.writing(by) as writer:
        late = _missed(writer.connection, WHOLE, writer.at, BATCH, unseen_by=context.ready.pack.name)
        new = _new(writer.connection, late)
        _record_seen(writer, [missed for missed in late if missed not in new])
        levels = {decision: next_level(writer.connection, decision, least) for decision, least in _wanted(new).items()}
        return [_escalate_one(writer, missed, levels[missed["decision"]]) for missed in new]


def _new(connection: Connection, late: list[Json]) -> list[Json]:
    """Return the missed deadlines that were not escalated before; a later decision may have set them again."""
    cases = {missed["case_no"] for missed in late}
    before = {(no, body["clock"], body["due_at"]) for no in cases for body in escalations(connection, no)}
    return [missed for missed in late if (missed["case_no"], missed["clock"], missed["due_at"]) not in before]


def _record_seen(writer: Writer, again: list[Json]) -> None:
    """Record that missed deadlines were seen which were escalated before."""
    for missed in again:
        body = {name: missed[name] for name in ("clock", "due_at")}
        entry = writer.append(SEEN, body, case_no=missed["case_no"], about=missed["decision"])
        write(writer, apply(entry, body, Before()))


def _wanted(late: list[Json]) -> dict[str, str | None]:
    """Return the decisions to escalate, and the highest role that their deadlines name."""
    wanted: dict[str, str | None] = {}
    for missed in late:
        roles = [role for role in (wanted.get(missed["decision"]), _role(missed["on_timeout"])) if role is not None]
        wanted[missed["decision"]] = max(roles, key=ROLES.index, default=None)
    return wanted


def _role(on_timeout: str | None) -> str | None:
    """Return the role that the pack names for a missed deadline, as in `escalate_to_lead`."""
    named = (on_timeout or "").removeprefix(ROLE_PREFIX)
    return named if named in ROLES else None


def _escalate_one(writer: Writer, missed: Json, level: str | None) -> Json:
    """Record a missed deadline, with the role that now has the decision."""
    body = {name: missed[name] for name in ("clock", "due_at", "on_timeout")} | {"mode": level}
    entry = writer.append(ESCALATION, body, case_no=missed["case_no"], about=missed["decision"])
    write(writer, apply(entry, body, Before()))
    published = {name: missed[name] for name in ("case_no", "decision", "clock", "due_at", "on_timeout")}
    events.overdue(writer, **published)
    return missed | {"escalated_at": writer.at, "mode": level, "entry": entry.id}


def _missed(
    connection: Connection,
    sight: Sight,
    now: str,
    limit: int,
    after: Sequence[str] | None = None,
    *,
    unseen_by: str | None = None,
) -> list[Json]:
    """Return missed deadlines; `unseen_by` a pack leaves out those that were escalated, or decided on as silence.

    A pack sees no silence in a case of another pack.
    """
    columns = (
        CLOCKS.c.case_no,
        CLOCKS.c.name.label("clock"),
        CLOCKS.c.due_at,
        CLOCKS.c.on_timeout,
        CLOCKS.c.escalated_at,
    )
    late = select(*columns, CASES.c.decision, CASES.c.state, CASES.c.severity, CASES.c.handler)
    late = late.join(CASES, CASES.c.no == CLOCKS.c.case_no).join(DECISIONS, DECISIONS.c.id == CASES.c.decision)
    conditions = [*sight.cases(), *past_due(now), CASES.c.state.not_in(ENDED)]
    if unseen_by is not None:
        settled = or_(DECISIONS.c.because == SILENT, DECISIONS.c.pack != unseen_by)
        heard = and_(CLOCKS.c.on_timeout.is_not(None), CLOCKS.c.on_timeout.in_(SILENCE), settled)
        conditions += [CLOCKS.c.escalated_at.is_(None), ~heard]
    place = (CLOCKS.c.due_at, CLOCKS.c.case_no, CLOCKS.c.name)
    if after is not None:
        conditions.append(tuple_(*place) > tuple_(*after))
    ordered = late.where(*conditions).order_by(*place).limit(limit)
    return [as_json(row) for row in connection.execute(ordered)]
