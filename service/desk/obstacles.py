"""Why no machine may carry out a decision, though the policies would let it: asked when it is recorded and claimed.

Each reason is a code such as `switch:all:*` or `line:1`. A decision with a reason goes to a person.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, and_, or_, select

from ..ledger.tables import DECISIONS, EXECUTIONS, OUTCOMES, PROPOSALS
from .holds import Order, lines_held, switched_off
from .persons import person_wanted
from .spelling import UNNAMED, key


@dataclass(frozen=True, slots=True)
class Concern:
    """What a decision is about, as far as it can stand in a machine's way."""

    case_no: str
    pack: str
    rules: tuple[str, ...]
    merchant: str
    customer: str | None
    order: Order | None
    lines: tuple[str, ...]


def obstacles(connection: Connection, concern: Concern) -> list[str]:
    """Return every reason why no machine may carry a decision out."""
    found = person_wanted(connection, concern.case_no)
    found += switched_off(connection, concern.pack, concern.rules, concern.merchant)
    if key(concern.customer) == UNNAMED:
        found.append("customer:unknown")  # a payment to nobody known has no bounds
    if concern.order is None or concern.order.key == UNNAMED:
        found.append("order:unknown")
    else:
        found += lines_held(connection, concern.order, concern.lines)
    return found + _executed_before(connection, concern.case_no) + _with_people(connection, concern)


def _executed_before(connection: Connection, case_no: str) -> list[str]:
    """A machine acts once in a case; whatever came of that, the next step is a person's."""
    before = select(EXECUTIONS.c.decision).where(EXECUTIONS.c.case_no == case_no).limit(1)
    return ["case:executed"] if connection.execute(before).first() else []


def _with_people(connection: Connection, concern: Concern) -> list[str]:
    """What people give for the same case or order, or are asked to approve, is not given by a machine as well."""
    same_case = DECISIONS.c.case_no == concern.case_no
    same_order = DECISIONS.c.order_key == (concern.order.key if concern.order else UNNAMED)
    given = select(OUTCOMES.c.decision).join(DECISIONS, DECISIONS.c.id == OUTCOMES.c.decision)
    given = given.where(or_(same_case, and_(same_order, OUTCOMES.c.total_fen > 0))).limit(1)
    waiting = select(PROPOSALS.c.decision).join(DECISIONS, DECISIONS.c.id == PROPOSALS.c.decision)
    waiting = waiting.where(PROPOSALS.c.state == "waiting", or_(same_case, same_order)).limit(1)
    asked = {"person:outcome": given, "person:proposal": waiting}
    return [code for code, query in asked.items() if connection.execute(query).first()]
