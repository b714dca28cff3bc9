"""Approve or refuse the proposal of another person: never one's own, and bound to one decision."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Row, select

from service.auth import Caller
from service.casework.choices import Given
from service.casework.context import CaseContext
from service.casework.decisions.current import news
from service.casework.decisions.pending_news import DecidedNews, decide_news, record_news
from service.casework.outcomes.outcomes import body_of, decision_status, decision_to_act_on, put_in_force, with_choice
from service.casework.outcomes.preconditions import (
    latest_decision,
    refuse_in_execution,
    refuse_more_than_left,
    refuse_paid_since,
    refuse_recommended_before,
    refuse_who_decided_before,
)
from service.casework.payments.given_before import GivenBefore
from service.casework.projection.projector import apply
from service.casework.projection.row_changes import Before
from service.casework.states import APPROVED, OPEN, REFUSED, SUPERSEDED, WAITING
from service.errors import DomainError
from service.ledger.chain import payload_of, with_payloads
from service.ledger.changes import write
from service.ledger.store import Writer
from service.ledger.tables import DECISIONS, PROPOSALS

OF_PROPOSAL: Final = ("id", "needs")  # fields that only a proposal has

Json = dict[str, Any]


def approve(context: CaseContext, decision_id: str, digest: str, note: str | None, caller: Caller) -> Json:
    """Put the proposal for a decision in force; `digest` is the one that the approver has seen. Raises DomainError.

    Then the case is decided on facts that arrived while the approval was pending.
    """
    kept = decision_to_act_on(context, decision_id)
    decided = decide_news(context, kept["case_no"])
    with context.ledger.writing(caller.name) as writer:
        decision, proposal = _proposed(writer, decision_id, digest, caller)
        proposed = {name: value for name, value in body_of(proposal).items() if name not in OF_PROPOSAL}
        refuse_in_execution(writer.connection, decision)
        before = GivenBefore(writer.connection, context.ready.pack, decision, kept)
        refuse_more_than_left(before, _given(proposed))
        refuse_recommended_before(before, proposed["way"])
        refuse_paid_since(before, proposal.seq)
        _close(writer, proposal, decision.case_no, APPROVED, context.mask({"note": note}, kept["case"]))
        people = {"approved_by": caller.name, "role": caller.role, "proposal": proposal.id}
        held = put_in_force(writer, decision, proposed | people, context.ready.pack.currency)
        return held | _followed(context, writer, decision.case_no, decided, caller)


def refuse(context: CaseContext, decision_id: str, digest: str, note: str | None, caller: Caller) -> Json:
    """Refuse the proposal for a decision, which is open again for another outcome. Raises DomainError.

    If facts arrived while the approval was pending, the case is decided on them instead.
    """
    decided = decide_news(context, _case_of(context, decision_id))
    with context.ledger.writing(caller.name) as writer:
        decision, proposal = _proposed(writer, decision_id, digest, caller)
        said = context.mask_about(writer.connection, decision, {"note": note})
        _close(writer, proposal, decision.case_no, REFUSED, said)
        followed = _followed(context, writer, decision.case_no, decided, caller)
        return decision_status(decision, SUPERSEDED if followed else OPEN) | followed


def waiting(
    context: CaseContext, caller: Caller, needs: str | None, limit: int, after: int = 0
) -> list[tuple[int, Json]]:
    """Return the pending approvals of this pack, the oldest first, each with its position in the list.

    Each says whether the caller may approve it.
    """
    proposals = select(PROPOSALS, DECISIONS.c.case_no, DECISIONS.c.severity)
    proposals = proposals.join(DECISIONS, DECISIONS.c.id == PROPOSALS.c.decision)
    ours = DECISIONS.c.pack == context.ready.pack.name
    further = (PROPOSALS.c.state == WAITING, PROPOSALS.c.seq > after, ours, *context.sight.decisions())
    query = with_payloads(proposals.where(*further), PROPOSALS.c.seq)
    if needs is not None:
        query = query.where(PROPOSALS.c.needs == needs)
    with context.ledger.reading() as connection:
        rows = connection.execute(query.order_by(PROPOSALS.c.seq).limit(limit)).all()
        since = [[event["id"] for event in news(connection, row)] for row in rows]
    return [(row.seq, _item(row, caller, ids)) for row, ids in zip(rows, since, strict=True)]


def _case_of(context: CaseContext, decision_id: str) -> str:
    with context.ledger.reading() as connection:
        decision = connection.execute(select(DECISIONS).where(DECISIONS.c.id == decision_id)).first()
    if decision is None:
        raise DomainError("no_decision", decision_id)
    context.refuse_other_pack(decision.pack)
    return str(decision.case_no)


def _followed(context: CaseContext, writer: Writer, case_no: str, decided: DecidedNews, by: Caller) -> Json:
    """Record the decision on facts that arrived while the approval was pending, if any, and return its id."""
    recorded = record_news(context, writer, case_no, decided, by)
    return {} if recorded is None else {"followed_by": recorded.id}


def _item(row: Row[Any], caller: Caller, since: list[str]) -> Json:
    may = caller.name != row.maker and caller.stands_for(row.needs)
    names = {"id": row.id, "by": row.maker, "needs": row.needs}
    proposal = payload_of(row) or names  # an unreadable proposal can still be refused
    of_case = {"decision": row.decision, "case_no": row.case_no, "severity": row.severity, "news": since}
    return {**of_case, "digest": row.digest, "may_approve": may, "proposal": with_choice(proposal)}


def _proposed(writer: Writer, decision_id: str, digest: str, caller: Caller) -> tuple[Row[Any], Row[Any]]:
    """Return a decision and its proposal, if the caller may approve or refuse it. Raises DomainError."""
    decision = latest_decision(writer.connection, decision_id)
    if decision.digest != digest:
        raise DomainError("other_digest", decision.digest)
    waits = (PROPOSALS.c.decision == decision.id, PROPOSALS.c.state == WAITING)
    proposals = with_payloads(select(PROPOSALS), PROPOSALS.c.seq)
    proposal = writer.connection.execute(proposals.where(*waits)).first()
    if proposal is None:
        raise DomainError("nothing_waits", decision.id)
    if caller.name == proposal.maker:
        raise DomainError("own_proposal")
    if not caller.stands_for(proposal.needs):
        raise DomainError("role_too_low", proposal.needs)
    refuse_who_decided_before(writer.connection, decision.case_no, caller)
    return decision, proposal


def _given(proposed: Json) -> Given:
    return Given(**{name: proposed[name] for name in Given.__slots__})


def _close(writer: Writer, proposal: Row[Any], case_no: str, state: str, said: Json) -> None:
    """Record the approval or refusal of a proposal."""
    body = {"proposal": proposal.id, "approve": state == APPROVED, **said, "digest": proposal.digest}
    entry = writer.append("approval", body, case_no=case_no, about=proposal.decision)
    write(writer, apply(entry, body, Before()))
