"""What people do with a decision: take its outcome, approve what another proposed, record an appeal."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from service.api.cursors import page
from service.api.idempotency import idempotent
from service.api.requests import caller, case_context
from service.api.resource import Resource
from service.api.schemas import outcomes as schemas
from service.api.schemas.decisions import Decision
from service.casework.choices import Choice
from service.casework.outcomes import appeals, approvals, outcomes
from service.errors import BadRequest
from service.i18n.terms import REASONS

Json = dict[str, Any]

blueprint: Final = Resource("outcomes", __name__, url_prefix="/v1", description="What people do with decisions")
unknown: Final = blueprint.fails(404, "there is no such decision")
erased: Final = blueprint.fails(410, "what was kept of it was erased, or is no longer what was recorded")


@blueprint.route("/decisions/<decision_id>/outcome", methods=["POST"])
@blueprint.operation("take_outcome")
@idempotent(required=True)
@blueprint.arguments(schemas.OutcomeChoice)
@blueprint.response(202, schemas.DecisionStanding, description="It waits for approval by another person")
@blueprint.response(201, schemas.DecisionStanding, description="The outcome holds, and the case waits for the customer")
@blueprint.fails(403, "the caller may not override, or took part before the appeal")
@unknown
@blueprint.fails(409, "it is not the latest decision of its case, was acted on, asks for facts, or less is left")
@erased
@blueprint.fails(422, "the body does not fit, or the recommendation has no such alternative")
def take(choice: Choice, decision_id: str) -> tuple[Json, int]:
    """Take the outcome of a decision: 201 where it holds, 202 where it waits for another person's approval."""
    taken = outcomes.take(case_context(), decision_id, choice, caller())
    return taken, 202 if taken["proposal"] else 201


@blueprint.route("/decisions/<decision_id>/outcome")
@blueprint.operation("outcome")
@blueprint.response(
    200, schemas.DecisionStanding, description="What was done with the decision, or what waits for approval"
)
@blueprint.fails(403, "the caller may not read the ledger")
@unknown
@erased
def outcome(decision_id: str) -> Json:
    """Show what was done with a decision, or what waits for approval."""
    return outcomes.outcome_of(case_context(), decision_id)


@blueprint.route("/decisions/<decision_id>/approval", methods=["POST"])
@blueprint.operation("approve")
@idempotent(required=True)
@blueprint.arguments(schemas.ApprovalChoice)
@blueprint.response(
    201, schemas.DecisionStanding, description="It holds now; or it was refused, and the decision is open again"
)
@blueprint.fails(403, "the caller may not approve, made the proposal, has too low a role, or took part before")
@unknown
@blueprint.fails(409, "nothing waits, there is a later decision, the digest is another, or there is not so much left")
@erased
def approve(asked: Json, decision_id: str) -> Json:
    """Approve or refuse what another person proposed for a decision."""
    judge = approvals.approve if asked["approve"] else approvals.refuse
    return judge(case_context(), decision_id, asked["digest"], asked.get("note"), caller())


@blueprint.route("/decisions/<decision_id>/appeal", methods=["POST"])
@blueprint.operation("appeal")
@idempotent(required=False)
@blueprint.arguments(schemas.Appeal)
@blueprint.response(201, Decision, description="The new decision, for a level above the one before")
@blueprint.fails(403, "the caller may not decide")
@unknown
@blueprint.fails(409, "it is not the latest decision, the case sent along is another, or an approval waits in it")
@erased
@blueprint.fails(422, "the body does not fit, or the case in it does not fit the vocabulary")
def appeal(asked: Json, decision_id: str) -> tuple[Json, int, Json]:
    """Record an appeal, and decide the case again at a higher level."""
    case = asked.pop("case", None)
    _refuse_misfits(case)
    decided = appeals.appeal(case_context(), decision_id, asked, case, caller())
    return decided.as_json(), 201, {"Location": f"/v1/decisions/{decided.id}"}


@blueprint.route("/approvals")
@blueprint.operation("approvals")
@blueprint.arguments(schemas.ApprovalsAsked, location="query")
@blueprint.response(200, schemas.Approvals, description="What waits for approval, the oldest first")
@blueprint.fails(403, "the caller may not approve")
def waiting(asked: Json) -> Json:
    """List what waits for approval, the oldest first."""
    needs = asked.get("needs")
    return page(lambda after, most: approvals.waiting(case_context(), caller(), needs, most, after), asked, 0)


@blueprint.route("/outcome-reasons")
@blueprint.operation("outcome_reasons")
@blueprint.response(200, schemas.OutcomeReasons, description="The reasons for an override")
def reasons() -> Json:
    """List why a person may override a decision."""
    return {"items": [{"code": code, "label": dict(label)} for code, label in REASONS.items()]}


def _refuse_misfits(case: Any) -> None:
    """Refuse a case that does not fit the vocabulary, with pointers from where it stands in the body."""
    if case is None:
        return
    if found := case_context().faults(case):
        raise BadRequest("case_does_not_fit", tuple(replace(one, pointer=f"/case{one.pointer}") for one in found))
