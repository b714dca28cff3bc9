"""The webhook events and their content.

The content is small and names no person: a receiver reads the decision or the case with a key of its own. Each function
runs in the transaction of the change that it publishes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from service.ledger.store import Writer
from service.webhooks import outbox

DECIDED, OUTCOME, OVERDUE = "decision.created", "decision.outcome", "case.overdue"
PAID, FAILED, LATE, REFUSED = "execution.executed", "execution.failed", "execution.late", "execution.refused"
CONTRADICTED: Final = "execution.contradicted"
OF_CUSTOMER: Final = "budget:customer"
EVENTS: Final = (DECIDED, OUTCOME, OVERDUE, PAID, FAILED, LATE, REFUSED, CONTRADICTED)


def decided(
    writer: Writer,
    *,
    id: str,
    case_no: str,
    outcome: str,
    mode: str | None,
    total_fen: int,
    currency: str,
    live: Iterable[Sequence[str]] | None = None,
) -> None:
    """Publish that a decision was recorded; `live` as in `outbox.put`."""
    data = {"id": id, "case_no": case_no, "outcome": outcome, "mode": mode}
    outbox.put(writer, DECIDED, data | {"total_fen": total_fen, "currency": currency, "at": writer.at}, live)


def outcome_in_force(
    writer: Writer, *, decision: str, case_no: str, way: str, kind: str | None, total_fen: int, currency: str
) -> None:
    """Publish that the outcome of a decision is in force: accepted, another option, or an override."""
    data = {"decision": decision, "case_no": case_no, "choice": way, "way": way, "kind": kind}
    outbox.put(writer, OUTCOME, data | {"total_fen": total_fen, "currency": currency, "at": writer.at})


def overdue(writer: Writer, *, case_no: str, decision: str, clock: str, due_at: str, on_timeout: str | None) -> None:
    """Publish that a deadline of a case was missed."""
    data = {"case_no": case_no, "decision": decision, "clock": clock, "due_at": due_at, "on_timeout": on_timeout}
    outbox.put(writer, OVERDUE, data | {"at": writer.at})


def execution_paid(writer: Writer, row: Any, reference: str, *, late: bool) -> None:
    """Publish that the payment of an execution is confirmed: by the machine, or by a person."""
    outbox.put(writer, PAID, _of_execution(row) | {"reference": reference, "late": late, "at": writer.at})


def execution_failed(writer: Writer, row: Any, *, late: bool) -> None:
    """Publish that an execution paid nothing: its decision needs a person now."""
    outbox.put(writer, FAILED, _of_execution(row) | {"late": late, "at": writer.at})


def execution_late(writer: Writer, row: Any) -> None:
    """Publish that a claim was not confirmed in time: a person has to check whether money moved."""
    outbox.put(writer, LATE, _of_execution(row) | {"confirm_by": row.confirm_by, "at": writer.at})


def execution_contradicted(writer: Writer, row: Any, reference: str, recorded: str) -> None:
    """Publish that a payment was reported on an execution that ended otherwise: it may have been paid twice."""
    data = _of_execution(row) | {"reference": reference, "recorded": recorded}
    outbox.put(writer, CONTRADICTED, data | {"at": writer.at})


def execution_refused(writer: Writer, *, decision: str, case_no: str, reasons: Sequence[str]) -> None:
    """Publish that a claim was refused and its decision handed to a person, with the codes of the reasons."""
    data = {"decision": decision, "case_no": case_no, "reasons": [_unnamed(reason) for reason in reasons]}
    outbox.put(writer, REFUSED, data | {"at": writer.at})


def _of_execution(row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in ("decision", "case_no", "total_fen", "refund_fen", "currency")}


def _unnamed(reason: str) -> str:
    """Return the code of a reason without the customer of a budget."""
    return OF_CUSTOMER if reason.startswith(f"{OF_CUSTOMER}:") else reason
