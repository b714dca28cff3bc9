"""A payment report that contradicts how its execution ended: the money may have been paid twice.

The report changes no row. It is recorded as an entry of the case and published, so that a person compares the ledger
with the payment provider.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, func, select

from service.casework.states import EXECUTED
from service.ledger.chain import payload_of, with_payloads
from service.ledger.store import Writer
from service.ledger.tables import DECISIONS, ENTRIES, EXECUTIONS
from service.webhooks import events

KIND: Final = "execution.contradicted"
REPORTED_LATER: Final = (
    select(func.max(ENTRIES.c.seq)).where(ENTRIES.c.about == EXECUTIONS.c.decision, ENTRIES.c.kind == KIND)
).scalar_subquery()
"""The latest entry with a payment report that contradicts how the execution ended."""


class Report(NamedTuple):
    """A report on an execution: `detail` is the reference of the payment, or why nothing was paid.

    `account_key` is a digest of the recipient's account, None if the report does not name it.
    """

    state: str
    detail: str
    account_key: str | None

    def as_paid(self) -> dict[str, str]:
        """Return the payment as an entry records it."""
        account = {} if self.account_key is None else {"account_key": self.account_key}
        return {"reference": self.detail, **account}


class Paid(NamedTuple):
    """A payment for a decision, with its reference and a digest of the recipient's account, if that was named."""

    decision: str
    case_no: str
    reference: str
    account_key: str | None


def contradicts(row: Any, report: Report) -> bool:
    """Check whether a report differs from how the execution ended."""
    if row.state != report.state:
        return True
    same = row.reference == report.detail and may_be_same(row.account_key, report.account_key)
    return report.state == EXECUTED and not same


def may_be_same(one: str | None, other: str | None) -> bool:
    """Check whether two accounts may be the same, by their digests; an unnamed account may be any."""
    return None in (one, other) or one == other


def record(writer: Writer, row: Any, report: Report) -> None:
    """Record a contradicting payment report, once for each reference and account."""
    paid = report.as_paid()
    if any(body is not None and paid.items() <= body.items() for body in _kept(writer.connection, row.decision)):
        return
    body = {**paid, "recorded": row.state, "recorded_reference": row.reference}
    writer.append(KIND, body, case_no=row.case_no, about=row.decision)
    events.execution_contradicted(writer, row, report.detail, row.state)


def reported(connection: Connection, pack: str, but: str) -> Iterator[Paid]:
    """Yield the payments of contradicting reports for the decisions of a pack, except one decision."""
    query = with_payloads(select(ENTRIES.c.about, ENTRIES.c.case_no), ENTRIES.c.seq)
    query = query.join(DECISIONS, DECISIONS.c.id == ENTRIES.c.about).where(DECISIONS.c.pack == pack)
    for row in connection.execute(query.where(ENTRIES.c.kind == KIND, ENTRIES.c.about != but).order_by(ENTRIES.c.seq)):
        if body := payload_of(row):
            yield Paid(row.about, row.case_no, body["reference"], body.get("account_key"))


def has_claimed(connection: Connection, decision: str, name: str) -> bool:
    """Check that a caller claimed an execution, even if somebody else paid it since."""
    claims = select(ENTRIES.c.seq).where(ENTRIES.c.kind == "execution.claimed", ENTRIES.c.about == decision)
    return connection.execute(claims.where(ENTRIES.c.by == name)).first() is not None


def _kept(connection: Connection, decision: str) -> list[Any]:
    query = with_payloads(select(ENTRIES), ENTRIES.c.seq)
    rows = connection.execute(query.where(ENTRIES.c.kind == KIND, ENTRIES.c.about == decision))
    return [payload_of(row) for row in rows]
