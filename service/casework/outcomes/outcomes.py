"""Take the outcome of a decision: as recommended, another option, or something else within the limits of a role.

An outcome beyond the role of its maker waits for the approval of another person, bound to the digest of the decision.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, select

from service.auth import Caller
from service.casework import choices
from service.casework.choices import Choice, Given, chosen
from service.casework.context import CaseContext
from service.casework.decisions.deciding import find_decision
from service.casework.limits.approval_authority import Limit, needed
from service.casework.limits.required_role import COMPENSATES_AGAIN, strictest
from service.casework.outcomes.preconditions import (
    compensated_elsewhere,
    given_beyond,
    gives_again,
    latest_decision,
    refuse_more_than_left,
    refuse_recommended_before,
    refuse_unless_open,
    refuse_who_decided_before,
)
from service.casework.payments.given_before import GivenBefore
from service.casework.projection.projector import apply
from service.casework.projection.row_changes import Before, before_of
from service.casework.states import ACCEPTED, CHANGED, WAITING, next_state
from service.errors import DomainError
from service.ledger.chain import payload_of, with_payloads
from service.ledger.changes import write
from service.ledger.store import Writer, new_id
from service.ledger.tables import DECISIONS, OUTCOMES, PROPOSALS
from service.webhooks import events

Json = dict[str, Any]


def take(context: CaseContext, decision_id: str, choice: Choice, caller: Caller) -> Json:
    """Take the outcome of a decision, or propose it to a person with the approval authority. Raises DomainError."""
    kept = decision_to_act_on(context, decision_id)
    recommendation = kept["recommendation"]
    given = chosen(choice, recommendation)
    with context.ledger.writing(caller.name) as writer:
        decision = latest_decision(writer.connection, decision_id)
        refuse_unless_open(writer.connection, decision)
        refuse_who_decided_before(writer.connection, decision.case_no, caller)
        before = GivenBefore(writer.connection, context.ready.pack, decision, kept)
        refuse_more_than_left(before, given)
        refuse_recommended_before(before, choice.way)
        more = choice.way != choices.OVERRIDE and given.total_fen > given.refund_fen
        twice = COMPENSATES_AGAIN if more and compensated_elsewhere(writer.connection, decision) else None
        beyond, again = given_beyond(writer.connection, decision), gives_again(before, given, choice.way)
        limit = Limit(strictest(decision.mode, twice), decision.day, beyond, again)
        needs, by_another = needed(context.ready.pack, choice, given, recommendation, limit)
        body = context.mask(_outcome_body(choice, given, kept), kept["case"]) | {"by": caller.name}
        if by_another or not caller.stands_for(needs):
            return _propose(writer, decision, body, needs)
        people = {"approved_by": None, "role": caller.role}
        return put_in_force(writer, decision, body | people, context.ready.pack.currency)


def put_in_force(writer: Writer, decision: Row[Any], body: Json, currency: str) -> Json:
    """Record an outcome in force and publish it; the case now waits for the customer."""
    before = before_of(writer.connection, decision.case_no)
    next_state(str(before.state), "outcome_taken")
    entry = writer.append("outcome", body, case_no=decision.case_no, about=decision.id)
    write(writer, apply(entry, body, before))
    state = ACCEPTED if body["way"] == choices.ACCEPTED else CHANGED
    holds = {name: body[name] for name in ("way", "kind", "total_fen")}
    events.outcome_in_force(writer, decision=decision.id, case_no=decision.case_no, currency=currency, **holds)
    return decision_status(decision, state, outcome=body | {"at": writer.at})


def outcome_of(context: CaseContext, decision_id: str) -> Json:
    """Return the outcome of a decision, or its pending proposal. Raises DomainError."""
    with context.ledger.reading() as connection:
        decision = connection.execute(select(DECISIONS).where(DECISIONS.c.id == decision_id)).first()
        if decision is None:
            raise DomainError("no_decision", decision_id)
        outcomes, proposals = (with_payloads(select(table), table.c.seq) for table in (OUTCOMES, PROPOSALS))
        taken = connection.execute(outcomes.where(OUTCOMES.c.decision == decision_id)).first()
        waiting = (PROPOSALS.c.decision == decision_id, PROPOSALS.c.state == WAITING)
        proposed = connection.execute(proposals.where(*waiting)).first()
    outcome = None if taken is None else body_of(taken) | {"at": taken.at}
    return decision_status(decision, decision.state, outcome, None if proposed is None else body_of(proposed))


def decision_to_act_on(context: CaseContext, decision_id: str) -> Json:
    """Return a recorded decision, to act on it.

    Raises DomainError if there is none, if it was erased, or if another pack made it.
    """
    kept = find_decision(context, decision_id)
    if kept is None:
        raise DomainError("no_decision", decision_id)
    context.refuse_other_pack(kept["pack"])
    return kept


def body_of(row: Row[Any]) -> Json:
    """Return the payload of an outcome or a proposal. Raises DomainError if it can no longer be read."""
    if (body := payload_of(row)) is None:
        raise DomainError("erased", row.decision)
    return body


def decision_status(decision: Row[Any], state: str, outcome: Json | None = None, proposal: Json | None = None) -> Json:
    """Return the status of a decision as the API shows it."""
    names = {"decision": decision.id, "case_no": decision.case_no, "digest": decision.digest, "state": state}
    return {
        **names,
        "outcome": None if outcome is None else with_choice(outcome),
        "proposal": None if proposal is None else with_choice(proposal),
    }


def with_choice(body: Json) -> Json:
    """Return an outcome or a proposal with `choice`, the name of the request for what records call `way`."""
    return {"choice": body["way"], **body} if "way" in body else body


def _outcome_body(choice: Choice, given: Given, kept: Json) -> Json:
    """Return the payload of an outcome's entry, with the recommended amount."""
    return {
        "way": choice.way,
        "option": choice.option,
        **given.as_json(),
        "recommended_fen": choices.recommended(kept["recommendation"]).total_fen,
        "reason": choice.reason,
        "note": choice.note,
        "digest": kept["digest"],
    }


def _propose(writer: Writer, decision: Row[Any], body: Json, needs: str) -> Json:
    """Record an outcome as a proposal that waits for approval."""
    proposal = {**body, "id": new_id("prp"), "needs": needs}
    entry = writer.append("proposal", proposal, case_no=decision.case_no, about=decision.id, id=proposal["id"])
    write(writer, apply(entry, proposal, Before()))
    return decision_status(decision, WAITING, proposal=proposal)
