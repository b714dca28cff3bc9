"""POST /v1/decisions: one case in, one recommendation out. GET /v1/decisions/ID: what was decided, and why."""

from __future__ import annotations

from typing import Any, Final

from flask import Response, current_app, request
from flask_smorest import Blueprint

from service.api.idempotency import idempotent
from service.api.openapi import DECISION, DECISIONS
from service.api.problems import language
from service.api.requests import answer, body, caller, desk, query, sight
from service.casework.cases.showing import show
from service.casework.decisions.deciding import decide as record
from service.errors import BadRequest, DomainError
from service.ledger.filing import merchant_of

SIMULATE: Final = "simulate"

blueprint: Final = Blueprint("decisions", __name__, url_prefix="/v1", description="Decide after-sales cases")


@blueprint.route("/decisions", methods=["POST"])
@blueprint.doc(**DECISIONS)
@idempotent(required=False)
def decide() -> Response:
    """Decide a case, and record what was decided. A refusal or a question is an answer too."""
    asking = caller()
    simulated = query({"mode": mode})
    ready = current_app.config["PACK"]
    case = body()
    if ready is None:
        raise BadRequest("no_pack")
    if faults := ready.schema.faults(case) if simulated else desk().faults(case):
        raise BadRequest("case_does_not_fit", faults)
    if not sight().decides(ready.pack, case):
        raise DomainError("other_merchant", merchant_of(ready.pack, case))
    if simulated:
        told: dict[str, Any] = {"recommendation": ready.decide(case, current_app.config["CLOCK"])}
    else:
        told = record(desk(), case, asking).as_json()
    if warnings := ready.schema.warnings(case):
        told["warnings"] = [warning.as_json(language()) for warning in warnings]
    if simulated:
        return answer(told)
    return answer(told, 201, Location=f"{request.path}/{told['id']}")


@blueprint.route("/decisions/<decision_id>")
@blueprint.doc(**DECISION)
def decision(decision_id: str) -> Response:
    """Tell what was decided, for which case as it was kept, why, and who may act on it now."""
    found = show(desk(), decision_id)
    if found is None:
        raise DomainError("no_decision", decision_id)
    return answer(found)


def mode(text: str) -> str:
    """Read the parameter mode. Raises ValueError."""
    if text != SIMULATE:
        raise ValueError(SIMULATE)
    return text
