"""The role that is required for a decision, an amount beyond the recommendation, an appeal or a missed deadline."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, Final

from sqlalchemy import Connection, select

from rules.compiling.pack import Pack
from rules.language.contract import MODES, ROLES
from rules.values.value import OPEN
from service.casework.states import ARCHIVED, CLOSED
from service.ledger.chain import payload_of, with_payloads
from service.ledger.retention import ERASED
from service.ledger.tables import DECISIONS, ENTRIES, OUTCOMES

APPEAL: Final = "appeal"  # the cause of a decision
ESCALATION: Final = "escalation"  # the entry of an escalated deadline
SEEN: Final = "escalation.seen"  # the entry of a missed deadline that was escalated before
GIVES_LESS: Final = "lead"  # the lowest role that may give a customer less
COMPENSATES_AGAIN: Final = "lead"  # the lowest role that may compensate in a second case of an order

Json = dict[str, Any]


def highest(roles: Iterable[str | None]) -> str:
    """Return the highest of some roles; the role of an agent for machines and for no role."""
    return max((role for role in roles if role in ROLES), key=ROLES.index, default=ROLES[0])


def role_to_give(pack: Pack, extra_fen: int, day: str) -> str:
    """Return the lowest role whose limit on a day covers an amount beyond the recommendation."""
    limits = {role: limit.on(date.fromisoformat(day).toordinal()) for role, limit in pack.limits.items()}
    covers = (role for role in ROLES if limits.get(role, OPEN) is not OPEN and limits[role] >= extra_fen)
    return ROLES[0] if extra_fen <= 0 else next(covers, ROLES[-1])


def strictest(*modes: str | None) -> str | None:
    """Return the strictest mode, which leaves least to machines and lower roles; None if there is none."""
    return min((mode for mode in modes if mode is not None), key=MODES.index, default=None)


def least_mode(connection: Connection, case_no: str, appealed: str | None) -> str | None:
    """Return the least strict mode of a further decision of a case; None if the policies alone decide.

    An appeal goes one role above the one that decided before; later decisions stay there.
    """
    last = select(DECISIONS.c.mode).where(DECISIONS.c.case_no == case_no, DECISIONS.c.because == APPEAL)
    reached = connection.execute(last.order_by(DECISIONS.c.seq.desc()).limit(1)).scalar()
    return strictest(reached, None if appealed is None else _above(connection, appealed))


def escalated_mode(connection: Connection, case_no: str) -> str | None:
    """Return the mode that a case reached by missed deadlines since it was last closed, or None.

    Erasing a case closes it too: after that its escalations can no longer be read.
    """
    return strictest(*(body["mode"] for body in escalations(connection, case_no)))


def escalations(connection: Connection, case_no: str) -> list[Json]:
    """Return the payloads of the escalations of a case since it was last closed."""
    entries = with_payloads(select(ENTRIES.c.kind), ENTRIES.c.seq)
    of_case = (ENTRIES.c.case_no == case_no, ENTRIES.c.kind.in_((ESCALATION, "event", ERASED)))
    found: list[Json] = []
    for row in connection.execute(entries.where(*of_case).order_by(ENTRIES.c.seq)):
        body = payload_of(row) or {}
        if row.kind == ERASED or body.get("state") in (CLOSED, ARCHIVED):
            found = []
        elif row.kind == ESCALATION and body.get("mode"):
            found.append(body)
    return found


def _above(connection: Connection, decision: str) -> str:
    """Return the role above the one that decided, at most the highest."""
    of_decision = select(DECISIONS.c.mode, OUTCOMES.c.role).outerjoin(OUTCOMES, OUTCOMES.c.decision == DECISIONS.c.id)
    decided = connection.execute(of_decision.where(DECISIONS.c.id == decision)).one()
    levels = [ROLES.index(level) for level in decided if level in ROLES]
    return ROLES[min(max(levels, default=-1) + 1, len(ROLES) - 1)]
