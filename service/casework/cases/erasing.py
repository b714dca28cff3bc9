"""Erase cases: on a person's request, or because they were kept long enough."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, and_, delete, exists, func, or_, select, update

from service.casework.limits.operators import masked_reason
from service.casework.states import ACTIVE, ARCHIVED, CLOSED, OPEN, SUPERSEDED, UNCONFIRMED, VOID, WAITING
from service.ledger import retention
from service.ledger.store import Ledger, Writer
from service.ledger.tables import CASES, CLOCKS, DECISIONS, ENTRIES, EXECUTIONS, PAYLOADS, PROPOSALS

BATCH: Final = 100  # cases in a transaction, so that other writers get their turn
ERASABLE, GOES_ON, PAYS = "erasable", "goes_on", "pays"


@dataclass(frozen=True, slots=True)
class Standing:
    """A case that may be erased, and what stands against it."""

    no: str
    state: str
    payloads: int
    verdict: str

    def as_json(self) -> dict[str, Any]:
        """Return it as `redress erase --json` prints it."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Erased:
    """What came of erasing."""

    cases: tuple[str, ...]
    payloads: int
    left: tuple[Standing, ...]  # cases that could not be erased

    def as_json(self) -> dict[str, Any]:
        """Return it as `redress erase --json` prints it."""
        return {"cases": list(self.cases), "payloads": self.payloads, "left": [one.as_json() for one in self.left]}


Which = ColumnElement[bool]


def of_case(no: str) -> Which:
    """Choose one case."""
    return CASES.c.no == no


def of_customer(customer: str) -> Which:
    """Choose the cases of a customer, also those in which a decision alone names him."""
    decided = select(DECISIONS.c.case_no).where(DECISIONS.c.customer == customer)
    return or_(CASES.c.customer == customer, CASES.c.no.in_(decided))


def ended_before(instant: str) -> Which:
    """Choose the cases that were closed before an instant; what goes on is kept whatever its age."""
    return and_(CASES.c.state.in_((CLOSED, ARCHIVED)), CASES.c.closed_at < instant)


def standing(connection: Connection, which: Which, force: bool = False) -> list[Standing]:
    """Return the chosen cases of which something is still kept; `force` takes those that go on as well."""
    of_case = and_(ENTRIES.c.case_no == CASES.c.no, ENTRIES.c.kind != retention.ERASED)
    kept = select(func.count()).select_from(PAYLOADS.join(ENTRIES, ENTRIES.c.seq == PAYLOADS.c.seq)).where(of_case)
    paying = exists().where(EXECUTIONS.c.case_no == CASES.c.no, EXECUTIONS.c.state.in_(UNCONFIRMED))
    columns = select(CASES.c.no, CASES.c.state, kept.scalar_subquery().label("payloads"), paying.label("paying"))
    return [
        Standing(row.no, row.state, row.payloads, _verdict(row.state, row.paying, force))
        for row in connection.execute(columns.where(which).order_by(CASES.c.seq))
        if row.payloads
    ]


def _verdict(state: str, paying: bool, force: bool) -> str:
    if paying:
        return PAYS
    return GOES_ON if state in ACTIVE and not force else ERASABLE


def erase(ledger: Ledger, by: str, which: Which, because: str, reason: str, force: bool = False) -> Erased:
    """Erase the chosen cases and end them: nothing can be decided on what is no longer known."""
    with ledger.reading() as connection:
        numbers = [one.no for one in standing(connection, which, force)]
    done: list[str] = []
    left: list[Standing] = []
    payloads = 0
    for start in range(0, len(numbers), BATCH):
        with ledger.writing(by) as writer:
            still = and_(which, CASES.c.no.in_(numbers[start : start + BATCH]))
            found = standing(writer.connection, still, force)
            erasable = [one.no for one in found if one.verdict == ERASABLE]
            left += [one for one in found if one.verdict != ERASABLE]
            payloads += retention.erase(writer, erasable, because, masked_reason(writer.connection, reason))
            _end(writer, erasable)
        done += erasable
    ledger.scrub()
    return Erased(tuple(done), payloads, tuple(left))


def _end(writer: Writer, cases: Sequence[str]) -> None:
    """Archive cases; what was still to be done about them falls away."""
    connection = writer.connection
    closed_at = func.coalesce(CASES.c.closed_at, writer.at)
    values = {"state": ARCHIVED, "changed_at": writer.at, "closed_at": closed_at}
    connection.execute(update(CASES).where(CASES.c.no.in_(cases)).values(values))
    connection.execute(delete(CLOCKS).where(CLOCKS.c.case_no.in_(cases), CLOCKS.c.met_at.is_(None)))
    open_ones = (DECISIONS.c.case_no.in_(cases), DECISIONS.c.state.in_((OPEN, WAITING)))
    waiting = (
        PROPOSALS.c.decision.in_(select(DECISIONS.c.id).where(DECISIONS.c.case_no.in_(cases))),
        PROPOSALS.c.state == WAITING,
    )
    connection.execute(update(PROPOSALS).where(*waiting).values(state=VOID))
    connection.execute(update(DECISIONS).where(*open_ones).values(state=SUPERSEDED))
