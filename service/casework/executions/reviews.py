"""Automatic decisions that were drawn for review, and the reviews of people."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Connection, select

from rules.language.contract import AUTOMATIC, ROLES
from service.auth import Caller
from service.casework.context import CaseContext
from service.casework.executions.executions import hand_to_person
from service.casework.projection.projector import apply
from service.casework.projection.row_changes import Before
from service.casework.states import OPEN
from service.casework.visibility import Sight
from service.errors import DomainError
from service.ledger.changes import write
from service.ledger.tables import DECISIONS

Json = dict[str, Any]
FIELDS: Final = ("id", "case_no", "at", "outcome", "mode", "state", "remedy", "total_fen", "merchant", "cause")


def drawn(connection: Connection, pack: str, after: int, most: int, sight: Sight) -> list[tuple[int, Json]]:
    """Return the decisions of a pack that wait for review, the oldest first, each with its position in the list."""
    queue = select(*(DECISIONS.c[name] for name in (*FIELDS, "seq")))
    queue = queue.where(DECISIONS.c.drawn.is_(True), DECISIONS.c.reviewed_at.is_(None), DECISIONS.c.seq > after)
    queue = queue.where(DECISIONS.c.pack == pack, *sight.decisions())
    rows = connection.execute(queue.order_by(DECISIONS.c.seq).limit(most))
    return [(row.seq, {name: getattr(row, name) for name in FIELDS}) for row in rows]


def review(context: CaseContext, decision: str, caller: Caller, right: bool, note: str) -> Json:
    """Record the review of a drawn decision; one that is found wrong in time is taken from the machines.

    Raises DomainError.
    """
    if caller.role not in (*ROLES, "admin"):
        raise DomainError("for_people", caller.role)
    with context.ledger.writing(caller.name) as writer:
        row = writer.connection.execute(select(DECISIONS).where(DECISIONS.c.id == decision)).first()
        if row is None:
            raise DomainError("no_decision", decision)
        context.refuse_other_pack(row.pack)
        if not row.drawn or row.reviewed_at is not None:
            raise DomainError("reviewed_already" if row.drawn else "not_drawn", decision)
        body = context.mask_about(writer.connection, row, {"right": right, "note": note})
        entry = writer.append("review", body, case_no=row.case_no, about=row.id)
        write(writer, apply(entry, body, Before()))
        if not right and row.mode in AUTOMATIC and row.state == OPEN:
            hand_to_person(writer, row, ["review:wrong"])
        return {"decision": row.id, **body, "by": writer.by, "at": writer.at}
