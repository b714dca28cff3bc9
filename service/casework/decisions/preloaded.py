"""The preloaded state of a case and its order, read in one statement while other writers wait for the chain's head."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import BindParameter, Connection, Integer, Select, Table, bindparam, literal_column, or_, select

from service.casework.limits.holds import HELD, ON
from service.ledger.prepared import Answers, CombinedQuery
from service.ledger.tables import CASES, DECISIONS, ENTRIES, EXECUTIONS, OUTCOMES, PROPOSALS
from service.webhooks.outbox import ACTIVE_ENDPOINTS

HANDOVER_ENTRIES: Final = or_(*(ENTRIES.c.kind == literal_column(f"'{kind}'") for kind in ("event", "escalation")))
"""The entries that can hand a case to people."""

LATEST_COLUMNS: Final = ("id", "pack", "merchant", "order_no", "order_key", "customer")
"""The columns that are read of a case's latest decision."""

_CASE: Final[BindParameter[str]] = bindparam("case_no")
_OF_CASE: Final = DECISIONS.c.case_no == _CASE
_OF_ORDER: Final = DECISIONS.c.order_key == bindparam("order")
_ONE: Final = literal_column("1", Integer)


def _of_people(table: Table) -> Select[Any]:
    """Select the decisions of the case or its order in a table of what people did."""
    return select(table.c.decision).join(DECISIONS, DECISIONS.c.id == table.c.decision).where(or_(_OF_CASE, _OF_ORDER))


_PERSON: Final = select(CASES.c.no).where(CASES.c.person_at.is_not(None))
_PRELOADED: Final = CombinedQuery(
    latest=select(*(DECISIONS.c[name] for name in LATEST_COLUMNS))
    .join(CASES, CASES.c.decision == DECISIONS.c.id)
    .where(CASES.c.no == _CASE),
    approval=select(PROPOSALS.c.decision, PROPOSALS.c.maker, PROPOSALS.c.needs)
    .join(CASES, CASES.c.decision == PROPOSALS.c.decision)
    .where(CASES.c.no == _CASE, PROPOSALS.c.state == literal_column("'waiting'")),
    person_of_case=_PERSON.where(CASES.c.no == _CASE),
    person_of_order=_PERSON.join(DECISIONS, DECISIONS.c.case_no == CASES.c.no).where(_OF_ORDER).limit(_ONE),
    switches=ON,
    held=HELD,
    happened=select(ENTRIES.c.id).where(ENTRIES.c.case_no == _CASE, HANDOVER_ENTRIES).limit(_ONE),
    executions=select(EXECUTIONS.c.decision).where(EXECUTIONS.c.case_no == _CASE).limit(_ONE),
    outcomes=_of_people(OUTCOMES).limit(_ONE),
    proposals=_of_people(PROPOSALS).where(PROPOSALS.c.state == literal_column("'waiting'")).limit(_ONE),
    endpoints=ACTIVE_ENDPOINTS,
)


def preload(connection: Connection, case_no: str, order_key: str) -> Answers:
    """Return the rows of each question above."""
    return _PRELOADED(connection, case_no=case_no, order=order_key)
