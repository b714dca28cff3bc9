"""The preloaded state of cases and orders, read in one statement while other writers wait for the chain's head."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import BindParameter, Connection, Select, Table, bindparam, literal_column, or_, select

from service.casework.limits.holds import HELD, ON
from service.ledger.prepared import Answers, CombinedQuery
from service.ledger.tables import CASES, DECISIONS, ENTRIES, EXECUTIONS, OUTCOMES, PROPOSALS
from service.webhooks.outbox import ACTIVE_ENDPOINTS

HANDOVER_ENTRIES: Final = or_(*(ENTRIES.c.kind == literal_column(f"'{kind}'") for kind in ("event", "escalation")))
"""The entries that can hand a case to people."""


class Latest(NamedTuple):
    """The latest decision of a case, with the state and the tags of the case."""

    id: str
    pack: str
    merchant: str
    order_no: str | None
    order_key: str | None
    customer: str | None
    state: str
    tags: str | None


_CASE: Final[BindParameter[str]] = bindparam("case_no")
_OF_CASE: Final = DECISIONS.c.case_no == _CASE
_OF_ORDER: Final = DECISIONS.c.order_key == bindparam("order")


def _of_people(table: Table) -> Select[Any]:
    """Select the decisions of the case or its order in a table of what people did."""
    return select(table.c.decision).join(DECISIONS, DECISIONS.c.id == table.c.decision).where(or_(_OF_CASE, _OF_ORDER))


_PERSON: Final = select(CASES.c.no).where(CASES.c.person_at.is_not(None))
_PRELOADED: Final = CombinedQuery(
    ("case_no", "order"),
    rows={
        "latest": select(*(DECISIONS.c[name] for name in Latest._fields[:-2]), CASES.c.state, CASES.c.tags)
        .join(CASES, CASES.c.decision == DECISIONS.c.id)
        .where(CASES.c.no == _CASE),
        "approval": select(PROPOSALS.c.decision, PROPOSALS.c.maker, PROPOSALS.c.needs)
        .join(CASES, CASES.c.decision == PROPOSALS.c.decision)
        .where(CASES.c.no == _CASE, PROPOSALS.c.state == literal_column("'waiting'")),
        "held": HELD,
        "switches": ON,
        "endpoints": ACTIVE_ENDPOINTS,
    },
    exist={
        "person_of_case": _PERSON.where(CASES.c.no == _CASE),
        "person_of_order": _PERSON.join(DECISIONS, DECISIONS.c.case_no == CASES.c.no).where(_OF_ORDER),
        "happened": select(ENTRIES.c.id).where(ENTRIES.c.case_no == _CASE, HANDOVER_ENTRIES),
        "executions": select(EXECUTIONS.c.decision).where(EXECUTIONS.c.case_no == _CASE),
        "outcomes": _of_people(OUTCOMES),
        "proposals": _of_people(PROPOSALS).where(PROPOSALS.c.state == literal_column("'waiting'")),
    },
)


def preload(connection: Connection, cases: Sequence[tuple[str, str]]) -> Sequence[Answers]:
    """Return the state of cases, each by its number and the key of its order, by the names above."""
    return _PRELOADED(connection, [{"case_no": case_no, "order": order_key} for case_no, order_key in cases])


def latest_of(state: Answers) -> Latest | None:
    """Return the latest decision of a case; None where the case is new."""
    return next((Latest(*row) for row in state["latest"]), None)
