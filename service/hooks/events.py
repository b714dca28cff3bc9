"""Which events others may be told of, and what is said of each.

What is said is small and names no person: whoever wants more asks for the decision or the case, with a key of its own.
Each of these functions is called in the transaction of what it tells of.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from ..ledger.store import Writer
from . import outbox

DECIDED, OUTCOME, OVERDUE = "decision.created", "decision.outcome", "case.overdue"
EVENTS: Final = (DECIDED, OUTCOME, OVERDUE)


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
    """Tell that a decision was recorded; `live` as `outbox.put` has it."""
    data = {"id": id, "case_no": case_no, "outcome": outcome, "mode": mode}
    outbox.put(writer, DECIDED, data | {"total_fen": total_fen, "currency": currency, "at": writer.at}, live)


def outcome_in_force(
    writer: Writer, *, decision: str, case_no: str, way: str, kind: str | None, total_fen: int, currency: str
) -> None:
    """Tell that what was done with a decision is in force: accepted, another option, or an override."""
    data = {"decision": decision, "case_no": case_no, "way": way, "kind": kind}
    outbox.put(writer, OUTCOME, data | {"total_fen": total_fen, "currency": currency, "at": writer.at})


def overdue(writer: Writer, *, case_no: str, decision: str, clock: str, due_at: str, on_timeout: str | None) -> None:
    """Tell that a deadline of a case has passed without what it waited for."""
    data = {"case_no": case_no, "decision": decision, "clock": clock, "due_at": due_at, "on_timeout": on_timeout}
    outbox.put(writer, OVERDUE, data | {"at": writer.at})
