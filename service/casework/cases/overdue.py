"""Deadlines that were missed in cases that go on, and their escalation, so that nothing waits unseen.

A deadline of the merchant, which its pack ends with one of `SILENCE`, leads to a new decision on what there is, by
that pack; a service of another pack leaves it. Any other missed deadline gives the decision to a higher level.
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

SILENCE: Final = ("decide_on_the_evidence", "refund_as_claimed")  # the merchant had to reply, and did not
SILENT: Final = "merchant_silent"
ROLE_PREFIX: Final = "escalate_to_"
BATCH: Final = 500  # escalated in one transaction, while others wait to write

_PLACE: Final = ("due_at", "case_no", "clock")  # of a deadline in the list

Json = dict[str, Any]


def overdue(
    ledger: Ledger, sight: Sight, limit: int, after: Sequence[str] | None = None
) -> list[tuple[list[str], Json]]:
    """Return the deadlines that were missed and are not met, the longest ago first, each with its place in the list."""
    with ledger.reading() as connection:
        found = _missed(connection, sight, instant(ledger.now()), limit, after)
    return [([missed[name] for name in _PLACE], missed) for missed in found]


def escalate(context: CaseContext, by: str) -> list[Json]:
    """Escalate each missed deadline once, and tell what was done; several processes may do so at a time."""
    done: list[Json] = []
    while batch := _unseen(context):
        done += [
            told
            for missed in batch
            if missed["on_timeout"] in SILENCE and (told := _decide_on_silence(context, missed, by))
        ]
        done += _escalate_some(context, by)
    return done


def _unseen(context: CaseContext) -> list[Json]:
    with context.ledger.reading() as connection:
        return _missed(connection, WHOLE, instant(context.ledger.now()), BATCH, unseen_by=context.ready.pack.name)


def _decide_on_silence(context: CaseContext, missed: Json, by: str) -> Json | None:
    """Decide a case again because its merchant is silent; None where that cannot be, and a person has to see it."""
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
    """Return the missed deadlines but for those for which a case rose already; a later decision sets them again."""
    cases = {missed["case_no"] for missed in late}
    before = {(no, told["clock"], told["due_at"]) for no in cases for told in escalations(connection, no)}
    return [missed for missed in late if (missed["case_no"], missed["clock"], missed["due_at"]) not in before]


def _record_seen(writer: Writer, again: list[Json]) -> None:
    """Record that missed deadlines were looked at for which their cases rose before."""
    for missed in again:
        body = {name: missed[name] for name in ("clock", "due_at")}
        entry = writer.append(SEEN, body, case_no=missed["case_no"], about=missed["decision"])
        write(writer, apply(entry, body, Before()))


def _wanted(late: list[Json]) -> dict[str, str | None]:
    """Return the decisions that rise, each once, and the highest role that one of its deadlines names."""
    wanted: dict[str, str | None] = {}
    for missed in late:
        roles = [role for role in (wanted.get(missed["decision"]), _role(missed["on_timeout"])) if role is not None]
        wanted[missed["decision"]] = max(roles, key=ROLES.index, default=None)
    return wanted


def _role(on_timeout: str | None) -> str | None:
    """Return the role that a pack names for a missed deadline, as in `escalate_to_lead`."""
    named = (on_timeout or "").removeprefix(ROLE_PREFIX)
    return named if named in ROLES else None


def _escalate_one(writer: Writer, missed: Json, level: str | None) -> Json:
    """Record that a deadline was missed, with the level that its decision rose to."""
    body = {name: missed[name] for name in ("clock", "due_at", "on_timeout")} | {"mode": level}
    entry = writer.append(ESCALATION, body, case_no=missed["case_no"], about=missed["decision"])
    write(writer, apply(entry, body, Before()))
    told = {name: missed[name] for name in ("case_no", "decision", "clock", "due_at", "on_timeout")}
    events.overdue(writer, **told)
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
    """Return deadlines that were missed; those that a pack has not seen were neither escalated nor decided upon.

    It sees no silence in a case of another pack.
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
