"""What machines carry out: POST /v1/decisions/ID/execution, and the lists of what waits and of what was handed out.

A back end claims a decision, pays with its id as the payment's idempotency key, and reports that it was executed or
failed. Whatever stands in the way is listed by codes under `reasons`, and the decision goes to a person.
"""

from __future__ import annotations

from typing import Any, Final

from service.api.cursors import page
from service.api.idempotency import idempotent
from service.api.requests import caller, case_context, sight
from service.api.resource import Resource
from service.api.schemas import executions as schemas
from service.api.schemas.parameters import Paged
from service.casework.executions import claims, executions

Json = dict[str, Any]

blueprint: Final = Resource("executions", __name__, url_prefix="/v1", description="What machines carry out")


@blueprint.route("/decisions/<decision_id>/execution", methods=["POST"])
@blueprint.operation("execution")
@idempotent(required=True, runs_again=True)
@blueprint.arguments(schemas.ExecutionStep)
@blueprint.response(
    200,
    schemas.Claim,
    description="What was handed out, or what is recorded of it; the same again for the same request",
)
@blueprint.fails(403, "the caller may not do this")
@blueprint.fails(404, "there is no such decision")
@blueprint.fails(409, "not handed out, or not reported so; reasons that stand in the way are listed")
def execute(asked: Json, decision_id: str) -> Json:
    """Claim an automatic decision, or report what became of it."""
    if asked["action"] == schemas.CLAIM:
        return claims.claim(case_context(), decision_id, caller().name)
    return executions.report(case_context(), decision_id, caller(), *_reported(asked))


@blueprint.route("/decisions/<decision_id>/execution/settlement", methods=["POST"])
@blueprint.operation("settle")
@idempotent(required=True)
@blueprint.arguments(schemas.ExecutionReport)
@blueprint.response(200, schemas.Execution, description="What is recorded now; the same again for the same settlement")
@blueprint.fails(403, "the caller may not do this")
@blueprint.fails(409, "there is no claim, it is not late, or it was reported or settled otherwise")
def settle(asked: Json, decision_id: str) -> Json:
    """Say what became of the money of a late claim, which its claimer never reported on.

    For a lead or anybody above: what became of a claim that was not confirmed in time. `executed`: it was paid, with
    the reference of the payment; its budget and its lines stay held. `failed`: it was not paid, and why; both are
    released, and a person decides what is done now.
    """
    return executions.settle(case_context(), decision_id, caller(), *_reported(asked))


@blueprint.route("/executions/next")
@blueprint.operation("claimable")
@blueprint.arguments(Paged, location="query")
@blueprint.response(200, schemas.Claimables, description="Decisions that wait for a machine, the oldest first")
@blueprint.fails(403, "the caller may not do this")
def claimable(asked: Json) -> Json:
    """List the decisions that wait for a machine, the oldest first."""
    pack = case_context().ready.pack.name
    with case_context().ledger.reading() as connection:
        return page(lambda after, most: claims.claimable(connection, pack, after, most, sight()), asked, 0)


@blueprint.route("/executions")
@blueprint.operation("executions")
@blueprint.arguments(schemas.ExecutionsAsked, location="query")
@blueprint.response(200, schemas.Executions, description="What was handed out to machines, the oldest first")
@blueprint.fails(403, "the caller may not do this")
def listed(asked: Json) -> Json:
    """List what was handed out to machines, the oldest first."""
    ledger, state = case_context().ledger, asked.get("state")
    return page(lambda after, most: executions.listed(ledger, state, after, most, sight()), asked, 0)


@blueprint.route("/executions/sweep", methods=["POST"])
@blueprint.operation("sweep")
@blueprint.response(200, schemas.Swept, description="The decisions whose claims were found late and went to a person")
@blueprint.fails(403, "the caller may not do this")
def sweep() -> Json:
    """Find the claims that were not confirmed in time, and give them to a person."""
    return {"late": executions.sweep(case_context().ledger, caller().name, sight())}


def _reported(asked: Json) -> tuple[str, str, str | None]:
    return asked["action"], asked["said"], asked.get("account")
