"""Executions: claims of machines, their reports, and claims that were never confirmed.

A claim that is not confirmed in time is late: a person has to look, because the money may have moved. Its budget and
its lines stay held, and no machine gets it again. A later report of the machine is still accepted; if there is none, a
lead reports what became of the money.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import orjson
from sqlalchemy import ColumnElement, Connection, and_, case, select

from service.auth import Caller
from service.casework import deadlines
from service.casework.context import CaseContext
from service.casework.limits import budgets
from service.casework.payments import contradictions
from service.casework.payments.contradictions import Report
from service.casework.payments.references import account_key, refuse_reference_used
from service.casework.projection.projector import apply
from service.casework.projection.row_changes import Before, before_of
from service.casework.recorded import decision_payload
from service.casework.states import CLAIMED, EXECUTED, FAILED, LATE
from service.casework.visibility import Sight
from service.errors import DomainError
from service.ledger.changes import write
from service.ledger.store import Ledger, Writer, instant
from service.ledger.tables import DECISIONS, EXECUTED_LINES, EXECUTIONS, OUTCOMES
from service.webhooks import events

REPORTS: Final = (EXECUTED, FAILED)
LEAD: Final = "lead"  # the lowest role that may settle a late claim
FIELDS: Final = (
    "decision",
    "case_no",
    "state",
    "claimed_by",
    "claimed_at",
    "confirm_by",
    "ended_at",
    "reference",
    "total_fen",
    "refund_fen",
    "currency",
)

Json = dict[str, Any]


def execution_of(connection: Connection, decision: str) -> Any:
    """Return the row of a decision's execution, or None."""
    return connection.execute(select(EXECUTIONS).where(EXECUTIONS.c.decision == decision)).first()


def _claimed(context: CaseContext, connection: Connection, decision: str) -> Any:
    """Return the row of a decision's execution. Raises DomainError if there is none, or if another pack decided."""
    pack = connection.execute(select(DECISIONS.c.pack).where(DECISIONS.c.id == decision)).scalar()
    if pack is None:
        raise DomainError("no_decision", decision)
    context.refuse_other_pack(pack)
    if (row := execution_of(connection, decision)) is None:
        raise DomainError("not_claimed", decision)
    return row


def as_json(connection: Connection, row: Any) -> Json:
    """Return an execution as the API shows it."""
    lines = select(EXECUTED_LINES.c.order_no, EXECUTED_LINES.c.line, EXECUTED_LINES.c.refund_fen)
    held = connection.execute(lines.where(EXECUTED_LINES.c.decision == row.decision).order_by(EXECUTED_LINES.c.line))
    refunds = [{"line": line.line, "refund_fen": line.refund_fen} for line in held]
    order = select(DECISIONS.c.order_no).where(DECISIONS.c.id == row.decision)
    return {name: getattr(row, name) for name in FIELDS} | {
        "order_no": connection.execute(order).scalar(),
        "lines": refunds,
    }


def listed(ledger: Ledger, state: str | None, after: int, most: int, sight: Sight) -> list[tuple[int, Json]]:
    """Return executions, the oldest first, each with its position in the list.

    A claim that was not confirmed in time is listed as late, also before a sweep finds it.
    """
    stands = case((_not_confirmed(instant(ledger.now())), LATE), else_=EXECUTIONS.c.state)
    columns = [column for column in EXECUTIONS.c if column is not EXECUTIONS.c.state]
    seen = sight.about_cases(EXECUTIONS.c.case_no)
    found = select(*columns, stands.label("state")).where(EXECUTIONS.c.seq > after, *seen)
    found = found.order_by(EXECUTIONS.c.seq).limit(most)
    with ledger.reading() as connection:
        rows = connection.execute(found if state is None else found.where(stands == state)).all()
        return [(row.seq, as_json(connection, row)) for row in rows]


def hand_to_person(writer: Writer, row: Any, reasons: list[str]) -> None:
    """Hand a decision from the machines to a person, with the reasons."""
    body = {"reasons": reasons, "mode": row.mode}
    entry = writer.append("execution.refused", body, case_no=row.case_no, about=row.id)
    events.execution_refused(writer, decision=row.id, case_no=row.case_no, reasons=reasons)
    write(writer, apply(entry, body, Before()))


def report(
    context: CaseContext, decision: str, caller: Caller, state: str, detail: str, account: str | None = None
) -> Json:
    """Record the report on an execution: `detail` is the reference of the payment, or why it failed.

    `account` is that of the recipient, because one reference may pay several. The same report again changes nothing.
    Raises DomainError.
    """
    sweep(context.ledger, caller.name, context.sight)
    with context.ledger.writing(caller.name) as writer:
        row = _claimed(context, writer.connection, decision)
        if caller.role != "admin" and not _is_claimer(writer.connection, row, caller.name):
            raise DomainError("claimed_by_another", decision)
        found = _reported(context, writer, row, _report_of(state, detail, account))
    return _unless_refused(found)


def settle(
    context: CaseContext, decision: str, caller: Caller, state: str, detail: str, account: str | None = None
) -> Json:
    """Record a lead's report on a late claim: `detail` is the reference of the payment, or why nothing was paid.

    `account` as in `report`. The same report again changes nothing. Raises DomainError.
    """
    if not caller.stands_for(LEAD):
        raise DomainError("lead_settles", LEAD)
    sweep(context.ledger, caller.name, context.sight)
    with context.ledger.writing(caller.name) as writer:
        row = _claimed(context, writer.connection, decision)
        if row.state == CLAIMED:
            raise DomainError("not_late", decision, row.confirm_by)
        found = _reported(context, writer, row, _report_of(state, detail, account), settled_by=caller.name)
    return _unless_refused(found)


def sweep(ledger: Ledger, by: str, sight: Sight) -> list[str]:
    """Mark the claims that were not confirmed in time as late, hand them to a person, and return their decisions.

    Only visible cases change, because the timeline of a case names the caller.
    """
    with ledger.reading() as connection:
        if not _overdue(connection, ledger, sight):
            return []
    with ledger.writing(by) as writer:
        late = _overdue(writer.connection, ledger, sight)
        for row in late:
            before, body = before_of(writer.connection, row.case_no), {"claimed_by": row.claimed_by}
            entry = writer.append("execution.late", body, case_no=row.case_no, about=row.decision)
            write(writer, apply(entry, body, before))
            events.execution_late(writer, row)
        return [row.decision for row in late]


def _overdue(connection: Connection, ledger: Ledger, sight: Sight) -> Any:
    late = _not_confirmed(instant(ledger.now()))
    waiting = select(EXECUTIONS).where(late, *sight.about_cases(EXECUTIONS.c.case_no))
    return connection.execute(waiting.order_by(EXECUTIONS.c.seq)).all()


def _not_confirmed(now: str) -> ColumnElement[bool]:
    """Return the condition on a claim that was not confirmed in time and that no sweep has found yet."""
    return and_(EXECUTIONS.c.state == CLAIMED, EXECUTIONS.c.confirm_by < now)


def _is_claimer(connection: Connection, row: Any, name: str) -> bool:
    """Check that a caller has claimed an execution, or had before a person paid by hand."""
    return row.claimed_by == name or contradictions.has_claimed(connection, row.decision, name)


def _report_of(state: str, detail: str, account: str | None) -> Report:
    """Return a report as it is kept, with a digest of the account."""
    return Report(state, detail, None if account is None else account_key(account))


def _reported(context: CaseContext, writer: Writer, row: Any, report: Report, **settled: str) -> Json | DomainError:
    """Return a reported execution, or the error to raise after the transaction, so that its entry is kept."""
    if row.state not in REPORTS:
        _end(context, writer, row, report, **settled)
    elif contradictions.contradicts(row, report):
        if report.state == EXECUTED:
            contradictions.record(writer, row, report)
        return DomainError("reported_otherwise", row.decision, row.state)
    return as_json(writer.connection, execution_of(writer.connection, row.decision))


def _unless_refused(found: Json | DomainError) -> Json:
    if isinstance(found, DomainError):
        raise found  # after the transaction, in which the contradiction is recorded
    return found


def _end(context: CaseContext, writer: Writer, row: Any, report: Report, **settled: str) -> None:
    done, late = report.state == EXECUTED, row.state == LATE
    if done:
        refuse_reference_used(writer.connection, row.decision, report.detail, report.account_key)
    given = select(OUTCOMES.c.by).where(OUTCOMES.c.decision == row.decision)
    begun = _begun(context, writer, row) if done else []
    body = {
        **(report.as_paid() if done else {"reason": _why(context, writer, row, report.detail)}),
        "late": late,
        "refund_fen": row.refund_fen if done else 0,
        "begins": begun,
        "given_by": writer.connection.execute(given).scalar(),  # a person who took an outcome too: it may be paid twice
        **settled,  # by a person, if the claimer never reported
    }
    shares = [budgets.Share(*share) for share in orjson.loads(row.reserved)]
    before = replace(before_of(writer.connection, row.case_no), reserved=shares)
    entry = writer.append(f"execution.{report.state}", body, case_no=row.case_no, about=row.decision)
    write(writer, apply(entry, body, before))
    if done:
        events.execution_paid(writer, row, report.detail, late=late)
    else:
        events.execution_failed(writer, row, late=late)


def _why(context: CaseContext, writer: Writer, row: Any, detail: str) -> str:
    """Return why nothing was paid, with personal data masked."""
    decision = writer.connection.execute(select(DECISIONS).where(DECISIONS.c.id == row.decision)).one()
    return str(context.mask_about(writer.connection, decision, {"note": detail})["note"])


def _begun(context: CaseContext, writer: Writer, row: Any) -> list[Json]:
    """Return the deadlines that count from the execution, if the decision can still be read."""
    decision = writer.connection.execute(select(DECISIONS).where(DECISIONS.c.id == row.decision)).one()
    kept = decision_payload(writer.connection, decision)
    if kept is None:
        return []
    known, recommendation = deadlines.deadlines_of(writer.connection, row.case_no), kept["recommendation"]
    return deadlines.starting(known, recommendation, context.ready.pack, deadlines.EXECUTION, writer.at)
