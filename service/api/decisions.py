"""POST /v1/decisions: one case in, one recommendation out. GET /v1/decisions/ID: what was decided, and why."""

from __future__ import annotations

from typing import Any, Final

from flask import current_app, request

from service.api.idempotency import idempotent
from service.api.problems import language
from service.api.requests import caller, case_context, pack, sight
from service.api.resource import Resource
from service.api.schemas import decisions as schemas
from service.api.schemas.case import Case
from service.casework.cases.showing import show
from service.casework.decisions.deciding import decide as record
from service.errors import BadRequest, DomainError
from service.ledger.filing import merchant_of

Json = dict[str, Any]

blueprint: Final = Resource("decisions", __name__, url_prefix="/v1", description="Decide after-sales cases")


@blueprint.route("/decisions", methods=["POST"])
@blueprint.operation("decide")
@idempotent(required=False)
@blueprint.arguments(schemas.Mode, location="query")
@blueprint.arguments(Case)
@blueprint.response(
    201, schemas.Decision, description="The decision; a refusal, a question and a review are answers too"
)
@blueprint.alt_response(
    200, schema=schemas.Simulated, description="What would be recommended; nothing was kept", success=True
)
@blueprint.fails(403, "the caller may not decide")
@blueprint.fails(404, "the case names a number that was never given")
@blueprint.fails(
    409,
    "the case is archived, or is about another merchant, order or customer than its number; an approval waits in it"
    " that the caller could not give; or the request with this Idempotency-Key runs or lost its answer",
)
@blueprint.fails(422, "the case does not fit the vocabulary, every fault is listed; or the key is another request's")
def decide(asked: Json, case: Any) -> tuple[Json, int] | tuple[Json, int, Json]:
    """Decide a case, and record what was decided. A refusal or a question is an answer too."""
    ready, simulated = pack(), "mode" in asked
    if faults := ready.schema.faults(case) if simulated else case_context().faults(case):
        raise BadRequest("case_does_not_fit", faults)
    if not sight().decides(ready.pack, case):
        raise DomainError("other_merchant", merchant_of(ready.pack, case))
    warnings = [warning.as_json(language()) for warning in ready.schema.warnings(case)]
    doubts = {"warnings": warnings} if warnings else {}
    if simulated:
        return {"recommendation": ready.decide(case, current_app.config["CLOCK"]), **doubts}, 200
    decided = record(case_context(), case, caller()).as_json()
    return decided | doubts, 201, {"Location": f"{request.path}/{decided['id']}"}


@blueprint.route("/decisions/<decision_id>")
@blueprint.operation("decision")
@blueprint.response(200, schemas.KeptDecision, description="The decision with the case as it was kept")
@blueprint.fails(403, "the caller may not read the ledger")
@blueprint.fails(404, "there is no such decision")
@blueprint.fails(410, "what was kept of it was erased, or is no longer what was recorded")
def decision(decision_id: str) -> Json:
    """Show what was decided, for which case as it was kept, why, and who may act on it now."""
    found = show(case_context(), decision_id)
    if found is None:
        raise DomainError("no_decision", decision_id)
    return found
