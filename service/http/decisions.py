"""POST /v1/decisions: one case in, one recommendation out."""

from __future__ import annotations

from typing import Final

from flask import Response, current_app, request
from flask_smorest import Blueprint

from ..intake import jsontext
from .openapi import DECISION
from .problems import language, problem

blueprint: Final = Blueprint("decisions", __name__, url_prefix="/v1", description="Decide after-sales cases")


@blueprint.route("/decisions", methods=["POST"])
@blueprint.doc(**DECISION)
def decide() -> Response:
    """Decide a case. A refusal or a question is an answer too."""
    ready = current_app.config["PACK"]
    if request.mimetype != "application/json":
        return problem(415, "not_json")
    if request.query_string:
        return problem(400, "no_parameters")
    body = request.get_data(cache=False)
    if ready is None:
        return problem(503, "no_pack")
    case, faults = jsontext.read(body)
    if faults:
        return problem(400, "bad_json", faults)
    if faults := ready.schema.faults(case):
        return problem(422, "case_does_not_fit", faults)
    answer = {"recommendation": ready.decide(case, current_app.config["CLOCK"])}
    if warnings := ready.schema.warnings(case):
        answer["warnings"] = [warning.as_json(language()) for warning in warnings]
    return Response(jsontext.write(answer), content_type="application/json")
