"""Erase cases: on a person's request, or because they were kept long enough.

Amounts, outcomes, rules and instants stay in the tables: accounts and reports need them, and they name nobody. The
order number of a payment stays too, so that an order is not refunded twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import orjson
from sqlalchemy import ColumnElement, Connection, and_, exists, func, or_, select

from service.casework.limits.operators import masked_reason
from service.casework.limits.scopes import CUSTOMER
from service.casework.projection.projector import apply
from service.casework.projection.row_changes import Before
from service.casework.states import ACTIVE, ARCHIVED, CLOSED, FAILED, UNCONFIRMED
from service.ledger import retention
from service.ledger.changes import Change, write
from service.ledger.store import Ledger, Writer
from service.ledger.tables import CASES, DECISIONS, ENTRIES, EXECUTIONS, OUTCOMES, PAYLOADS

BATCH: Final = 100  # cases in one transaction, so that other writers need not wait long
ERASABLE, GOES_ON, PAYS = "erasable", "goes_on", "pays"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A chosen case, and whether it can be erased."""

    no: str
    state: str
    payloads: int
    verdict: str

    def as_json(self) -> dict[str, Any]:
        """Return it as `redress erase --json` prints it."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Erased:
    """The result of erasing."""

    cases: tuple[str, ...]
    payloads: int
    left: tuple[Candidate, ...]  # cases that could not be erased

    def as_json(self) -> dict[str, Any]:
        """Return it as `redress erase --json` prints it."""
        return {"cases": list(self.cases), "payloads": self.payloads, "left": [one.as_json() for one in self.left]}


Which = ColumnElement[bool]


def of_case(no: str) -> Which:
    """Choose one case."""
    return CASES.c.no == no


def of_customer(customer: str) -> Which:
    """Choose the cases of a customer, also if only a decision names the customer."""
    decided = select(DECISIONS.c.case_no).where(DECISIONS.c.customer == customer)
    return or_(CASES.c.customer == customer, CASES.c.no.in_(decided))


def ended_before(instant: str) -> Which:
    """Choose the cases that were closed before an instant; open cases are kept at any age."""
    return and_(CASES.c.state.in_((CLOSED, ARCHIVED)), CASES.c.closed_at < instant)


def candidates(connection: Connection, which: Which, force: bool = False) -> list[Candidate]:
    """Return the chosen cases that still have payloads; with `force` open cases can be erased too."""
    of_case = and_(ENTRIES.c.case_no == CASES.c.no, ENTRIES.c.kind != retention.ERASED)
    kept = select(func.count()).select_from(PAYLOADS.join(ENTRIES, ENTRIES.c.seq == PAYLOADS.c.seq)).where(of_case)
    paying = exists().where(EXECUTIONS.c.case_no == CASES.c.no, EXECUTIONS.c.state.in_(UNCONFIRMED))
    columns = select(CASES.c.no, CASES.c.state, kept.scalar_subquery().label("payloads"), paying.label("paying"))
    return [
        Candidate(row.no, row.state, row.payloads, _verdict(row.state, row.paying, force))
        for row in connection.execute(columns.where(which).order_by(CASES.c.seq))
        if row.payloads
    ]


def _verdict(state: str, paying: bool, force: bool) -> str:
    if paying:
        return PAYS
    return GOES_ON if state in ACTIVE and not force else ERASABLE


def erase(ledger: Ledger, by: str, which: Which, because: str, reason: str, force: bool = False) -> Erased:
    """Erase the chosen cases and archive them: without their facts nothing can be decided."""
    with ledger.reading() as connection:
        numbers = [one.no for one in candidates(connection, which, force)]
    done: list[str] = []
    left: list[Candidate] = []
    payloads = 0
    for start in range(0, len(numbers), BATCH):
        with ledger.writing(by) as writer:
            still = and_(which, CASES.c.no.in_(numbers[start : start + BATCH]))
            found = candidates(writer.connection, still, force)
            erasable = [one.no for one in found if one.verdict == ERASABLE]
            left += [one for one in found if one.verdict != ERASABLE]
            said = {"because": because, "reason": masked_reason(writer.connection, reason)}
            payloads += _erase(writer, erasable, said) if erasable else 0
        done += erasable
    ledger.scrub()
    return Erased(tuple(done), payloads, tuple(left))


def _erase(writer: Writer, cases: Sequence[str], said: dict[str, str]) -> int:
    """Erase cases and end them, with an entry each; return the number of erased payloads."""
    connection = writer.connection
    changes: list[Change] = []
    many = 0
    retention.overwrite_deleted(connection)
    before = {case_no: _before(connection, case_no) for case_no in cases}
    retention.delete_messages(connection, [*cases, *(id for one in before.values() for id in one.decisions)])
    for case_no in cases:
        seqs = retention.erase_payloads(connection, case_no)
        body = {"entries": seqs, **said, "spent": _spent(connection, case_no)}
        changes += apply(writer.append(retention.ERASED, body, case_no=case_no), body, before[case_no])
        many += len(seqs)
    write(writer, changes)
    return many


def _before(connection: Connection, case_no: str) -> Before:
    """Return the decisions of a case, and those of them for which people gave nothing."""
    given = exists().where(OUTCOMES.c.decision == DECISIONS.c.id, OUTCOMES.c.total_fen > 0).label("given")
    rows = connection.execute(select(DECISIONS.c.id, given).where(DECISIONS.c.case_no == case_no)).all()
    unpaid = tuple(row.id for row in rows if not row.given)
    return Before(decisions=tuple(row.id for row in rows), unpaid=unpaid)


def _spent(connection: Connection, case_no: str) -> list[list[Any]]:
    """Return the budget shares of a case's executions, since their entries are erased; without customer names."""
    of_case = (EXECUTIONS.c.case_no == case_no, EXECUTIONS.c.state != FAILED)
    held = connection.execute(select(EXECUTIONS.c.reserved).where(*of_case)).scalars()
    shares = [share for reserved in held for share in orjson.loads(reserved)]
    return [[scope, None if scope == CUSTOMER else name, day, fen] for scope, name, day, fen in shares]
