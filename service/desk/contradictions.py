"""A payment that is reported on an execution which ended otherwise: money may have gone out twice.

The report changes nothing, but it is kept as an entry of its case and published, so that a person compares the ledger
with the provider of payments.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import Connection, func, select

from ..hooks import events
from ..ledger.payloads import payload_of, with_payloads
from ..ledger.store import Writer
from ..ledger.tables import ENTRIES, EXECUTIONS
from .states import EXECUTED

KIND: Final = "execution.contradicted"
REPORTED_LATER: Final = (
    select(func.max(ENTRIES.c.seq)).where(ENTRIES.c.about == EXECUTIONS.c.decision, ENTRIES.c.kind == KIND)
).scalar_subquery()
"""The entry that says an execution was reported as paid though it had ended otherwise."""


def contradicts(row: Any, state: str, said: str) -> bool:
    """Tell whether a report differs from how an execution has ended; `said` is a payment's reference, or a reason."""
    return bool(row.state != state or (state == EXECUTED and row.reference != said))


def keep(writer: Writer, row: Any, reference: str) -> None:
    """Keep that a payment was reported on an execution that ended otherwise; once, however often it is reported."""
    if any(body is not None and body["reference"] == reference for body in _kept(writer.connection, row.decision)):
        return
    body = {"reference": reference, "recorded": row.state, "recorded_reference": row.reference}
    writer.append(KIND, body, case_no=row.case_no, about=row.decision)
    events.execution_contradicted(writer, row, reference, row.state)


def reported(connection: Connection, but: str) -> Iterator[tuple[str, str, str]]:
    """Yield the decisions but one that were reported as paid so, each with its case and the payment's reference."""
    query = with_payloads(select(ENTRIES.c.about, ENTRIES.c.case_no), ENTRIES.c.seq)
    for row in connection.execute(query.where(ENTRIES.c.kind == KIND, ENTRIES.c.about != but).order_by(ENTRIES.c.seq)):
        if body := payload_of(row):
            yield row.about, row.case_no, body["reference"]


def has_claimed(connection: Connection, decision: str, name: str) -> bool:
    """Tell whether a caller was given an execution, whoever has paid it since."""
    claims = select(ENTRIES.c.seq).where(ENTRIES.c.kind == "execution.claimed", ENTRIES.c.about == decision)
    return connection.execute(claims.where(ENTRIES.c.by == name)).first() is not None


def _kept(connection: Connection, decision: str) -> list[Any]:
    query = with_payloads(select(ENTRIES), ENTRIES.c.seq)
    rows = connection.execute(query.where(ENTRIES.c.kind == KIND, ENTRIES.c.about == decision))
    return [payload_of(row) for row in rows]
