"""List cases, and show one case with its latest decision."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, exists, select

from service.casework.deadlines import as_json, deadlines_of
from service.casework.states import ARCHIVED, CLOSED
from service.casework.visibility import Sight
from service.errors import DomainError
from service.ledger.store import Ledger, instant
from service.ledger.tables import CASES, CLOCKS, DECISIONS

FILTERS: Final = {
    "state": CASES.c.state,
    "customer": CASES.c.customer,
    "order": CASES.c.order_no,
    "merchant": CASES.c.merchant,
    "handler": CASES.c.handler,
}
INTERNAL: Final = ("seq", "person_at", "merchant_key")
ENDED: Final = (CLOSED, ARCHIVED)

Json = dict[str, Any]


def list_cases(
    ledger: Ledger, sight: Sight, filters: Mapping[str, Any], limit: int, before: int | None = None
) -> list[tuple[int, Json]]:
    """Return cases, the newest first, each with its position in the list.

    `filters` may name the columns above, a tag, and whether a deadline was missed.
    """
    filed = [column == filters[name] for name, column in FILTERS.items() if name in filters]
    conditions = [*filed, *sight.cases(filtered=bool(filed))]
    if "tag" in filters:
        conditions.append(CASES.c.tags.contains(f"|{filters['tag']}|", autoescape=True))
    if "overdue" in filters:
        late = exists().where(CLOCKS.c.case_no == CASES.c.no, *past_due(instant(ledger.now())))
        conditions += [late if filters["overdue"] else ~late, CASES.c.state.not_in(ENDED)]
    if before is not None:
        conditions.append(CASES.c.seq < before)
    found = select(CASES).where(*conditions).order_by(CASES.c.seq.desc()).limit(limit)
    with ledger.reading() as connection:
        return [(row.seq, _listed(row)) for row in connection.execute(found).all()]


def show_case(ledger: Ledger, case_no: str) -> Json:
    """Return a case with its latest decision and its deadlines. Raises DomainError if there is no such case."""
    with ledger.reading() as connection:
        row = connection.execute(select(CASES).where(CASES.c.no == case_no)).first()
        if row is None:
            raise DomainError("no_case", case_no)
        return _listed(row) | {
            "latest": _latest(connection, row.decision),
            "clocks": [
                {key: clock[key] for key in clock if key != "case_no"} for clock in deadlines_of(connection, case_no)
            ],
        }


def past_due(now: str) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions on a deadline that was missed and is not met yet."""
    return (CLOCKS.c.due_at < now, CLOCKS.c.met_at.is_(None))


def _latest(connection: Connection, decision: str) -> Json:
    columns = [
        DECISIONS.c[name] for name in ("id", "because", "at", "by", "outcome", "mode", "remedy", "total_fen", "state")
    ]
    return as_json(connection.execute(select(*columns).where(DECISIONS.c.id == decision)).one())


def _listed(row: Row[Any]) -> Json:
    shown = {name: value for name, value in as_json(row).items() if name not in INTERNAL}
    tags = [tag for tag in (row.tags or "").split("|") if tag]
    return shown | {"tags": tags, "person_requested_at": row.person_at}
