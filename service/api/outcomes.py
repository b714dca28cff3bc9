"""What people do with a decision: take its outcome, approve what another proposed, record an appeal."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any, Final

from flask import Response
from flask_smorest import Blueprint

from rules.language.contract import ROLES
from service.api import outcome_forms, outcomes_doc
from service.api.cursors import PAGED, page
from service.api.idempotency import idempotent
from service.api.requests import answer, body, caller, desk, query
from service.api.schemas.parameters import one_of
from service.casework.outcomes import appeals, approvals, outcomes
from service.errors import BadRequest
from service.i18n.terms import REASONS

blueprint: Final = Blueprint("outcomes", __name__, url_prefix="/v1", description="What people do with decisions")


@blueprint.route("/decisions/<decision_id>/outcome", methods=["POST"])
@blueprint.doc(**outcomes_doc.TAKE)
@idempotent(required=True)
def take(decision_id: str) -> Response:
    """Take the outcome of a decision: 201 where it holds, 202 where it waits for another person's approval."""
    asking = caller()
    choice = outcome_forms.outcome(body())
    told = outcomes.take(desk(), decision_id, choice, asking)
    return answer(told, 202 if told["proposal"] else 201)


@blueprint.route("/decisions/<decision_id>/outcome")
@blueprint.doc(**outcomes_doc.OUTCOME)
def outcome(decision_id: str) -> Response:
    """Tell what was done with a decision, or what waits for approval."""
    return answer(outcomes.outcome_of(desk(), decision_id))


@blueprint.route("/decisions/<decision_id>/approval", methods=["POST"])
@blueprint.doc(**outcomes_doc.APPROVE)
@idempotent(required=True)
def approve(decision_id: str) -> Response:
    """Approve or refuse what another person proposed for a decision."""
    asking = caller()
    told = outcome_forms.approval(body())
    judge = approvals.approve if told["approve"] else approvals.refuse
    return answer(judge(desk(), decision_id, told["digest"], told["note"], asking), 201)


@blueprint.route("/decisions/<decision_id>/appeal", methods=["POST"])
@blueprint.doc(**outcomes_doc.APPEAL)
@idempotent(required=False)
def appeal(decision_id: str) -> Response:
    """Record an appeal, and decide the case again at a higher level."""
    asking = caller()
    told, case = outcome_forms.appeal(body())
    _refuse_misfits(case)
    decided = appeals.appeal(desk(), decision_id, told, case, asking)
    return answer(decided.as_json(), 201, Location=f"/v1/decisions/{decided.id}")


@blueprint.route("/approvals")
@blueprint.doc(**outcomes_doc.WAITING)
def waiting() -> Response:
    """List what waits for approval, the oldest first."""
    asking = caller()
    wanted = query({"needs": partial(one_of, ROLES), **PAGED})
    needs = wanted.get("needs")
    return answer(page(lambda after, most: approvals.waiting(desk(), asking, needs, most, after), wanted, 0))


@blueprint.route("/outcome-reasons")
@blueprint.doc(**outcomes_doc.REASONS)
def reasons() -> Response:
    """List why a person may override a decision."""
    return answer({"items": [{"code": code, "label": dict(label)} for code, label in REASONS.items()]})


def _refuse_misfits(case: Any) -> None:
    """Refuse a case that does not fit the vocabulary, with pointers from where it stands in the body."""
    if case is None:
        return
    if found := desk().faults(case):
        faults = [replace(one, pointer=f"/case{one.pointer}") for one in found]
        raise BadRequest("case_does_not_fit", tuple(faults))
