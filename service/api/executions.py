"""What machines carry out: POST /v1/decisions/ID/execution, and the lists of what waits and of what was handed out.

A back end claims a decision, pays with its id as the payment's idempotency key, and reports that it was executed or
failed. Whatever stands in the way is told by codes under `reasons`, and the decision goes to a person.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Final

from flask import Response
from flask_smorest import Blueprint

from service.api import executions_doc as doc
from service.api.cursors import PAGED, page
from service.api.forms import Reader, form_by, line, note
from service.api.idempotency import idempotent
from service.api.requests import answer, caller, desk, query, sight
from service.api.schemas.parameters import one_of
from service.casework.executions import claims, executions
from service.casework.payments.references import ACCOUNT
from service.casework.states import EXECUTED, FAILED, OF_EXECUTION

CLAIM: Final = "claim"
REPORTS: Final[Mapping[str, Mapping[str, Reader]]] = {
    EXECUTED: {"reference": line, ACCOUNT: line},
    FAILED: {"reason": note},
}
ACTIONS: Final[Mapping[str, Mapping[str, Reader]]] = {CLAIM: {}, **REPORTS}

blueprint: Final = Blueprint("executions", __name__, url_prefix="/v1", description="What machines carry out")


@blueprint.route("/decisions/<decision_id>/execution", methods=["POST"])
@blueprint.doc(**doc.EXECUTION)
@idempotent(required=True, runs_again=True)
def execute(decision_id: str) -> Response:
    """Claim an automatic decision, or report what became of it."""
    asking = caller()
    asked = form_by("action", ACTIONS, optional=(ACCOUNT,))
    action, account = asked.pop("action"), asked.pop(ACCOUNT, None)
    if action == CLAIM:
        return answer(claims.claim(desk(), decision_id, asking.name))
    (said,) = asked.values()
    return answer(executions.report(desk(), decision_id, asking, action, said, account))


@blueprint.route("/decisions/<decision_id>/execution/settlement", methods=["POST"])
@blueprint.doc(**doc.SETTLEMENT)
@idempotent(required=True)
def settle(decision_id: str) -> Response:
    """Say what became of the money of a late claim, which its claimer never reported on."""
    asking = caller()
    asked = form_by("action", REPORTS, optional=(ACCOUNT,))
    action, account = asked.pop("action"), asked.pop(ACCOUNT, None)
    (said,) = asked.values()
    return answer(executions.settle(desk(), decision_id, asking, action, said, account))


@blueprint.route("/executions/next")
@blueprint.doc(**doc.NEXT)
def claimable() -> Response:
    """List the decisions that wait for a machine, the oldest first."""
    asked = query(PAGED)
    pack = desk().ready.pack.name
    with desk().ledger.reading() as connection:
        return answer(page(lambda after, most: claims.claimable(connection, pack, after, most, sight()), asked, 0))


@blueprint.route("/executions")
@blueprint.doc(**doc.EXECUTIONS)
def listed() -> Response:
    """List what was handed out to machines, the oldest first."""
    asked = query({"state": partial(one_of, OF_EXECUTION), **PAGED})
    ledger, state = desk().ledger, asked.get("state")
    return answer(page(lambda after, most: executions.listed(ledger, state, after, most, sight()), asked, 0))


@blueprint.route("/executions/sweep", methods=["POST"])
@blueprint.doc(**doc.SWEEP)
def sweep() -> Response:
    """Find the claims that were not confirmed in time, and give them to a person."""
    asking = caller()
    return answer({"late": executions.sweep(desk().ledger, asking.name, sight())})
