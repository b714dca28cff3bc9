"""A case as it stands, with its latest decision."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from ..ledger.tables import CASES, DECISIONS
from .desk import Refused
from .kept import kept_of

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Standing:
    """A case as it stands; `body` is its latest decision as it was kept, None where that cannot be read any more.

    `order` is the number of its order; where that was erased, the key that was left lest the order be paid twice.
    """

    case_no: str
    decision: str
    merchant: str
    order: str | None
    tags: str
    body: Json | None


def standing_of(connection: Connection, case_no: str) -> Standing:
    """Return a case as it stands. Raises Refused where there is none."""
    latest = select(DECISIONS, CASES.c.tags).join(CASES, CASES.c.decision == DECISIONS.c.id)
    row = connection.execute(latest.where(CASES.c.no == case_no)).first()
    if row is None:
        raise Refused(404, "no_case", case_no)
    # the order is the decision's own: a case may have been told of its order only later
    order = row.order_key if row.order_no is None else row.order_no
    return Standing(case_no, row.id, row.merchant, order, row.tags or "", kept_of(connection, row))
