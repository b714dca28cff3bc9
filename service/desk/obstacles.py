"""Why no machine may carry out a decision, though the policies would let it: asked when it is recorded and claimed.

Each reason is a code such as `switch:all:*` or `line:1`. A decision with a reason goes to a person.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, and_, bindparam, literal_column, or_, select

from ..ledger.prepared import Prepared
from ..ledger.tables import DECISIONS, EXECUTIONS, OUTCOMES, PROPOSALS
from .holds import Order, lines_held, switched_off
from .persons import person_wanted
from .spelling import UNNAMED, key

_BEFORE: Final = Prepared(
    select(EXECUTIONS.c.decision).where(EXECUTIONS.c.case_no == bindparam("case_no")).limit(literal_column("1"))
)
_SAME_CASE: Final = DECISIONS.c.case_no == bindparam("case_no")
_SAME_ORDER: Final = DECISIONS.c.order_key == bindparam("order")
_PEOPLE: Final = {
    "person:outcome": Prepared(
        select(OUTCOMES.c.decision)
        .join(DECISIONS, DECISIONS.c.id == OUTCOMES.c.decision)
        .where(or_(_SAME_CASE, and_(_SAME_ORDER, OUTCOMES.c.total_fen > 0)))
        .limit(literal_column("1"))
    ),
    "person:proposal": Prepared(
        select(PROPOSALS.c.decision)
        .join(DECISIONS, DECISIONS.c.id == PROPOSALS.c.decision)
        .where(PROPOSALS.c.state == "waiting", or_(_SAME_CASE, _SAME_ORDER))
        .limit(literal_column("1"))
    ),
}


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
    return ["case:executed"] if _BEFORE(connection, case_no=case_no).first() else []


def _with_people(connection: Connection, concern: Concern) -> list[str]:
    """What people give for the same case or order, or are asked to approve, is not given by a machine as well."""
    order = concern.order.key if concern.order else UNNAMED
    return [code for code, asked in _PEOPLE.items() if asked(connection, case_no=concern.case_no, order=order).first()]
