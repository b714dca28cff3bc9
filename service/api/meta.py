"""GET /v1/meta/enums: every value that a field with a fixed list of them may have, with its labels."""

from __future__ import annotations

from typing import Final

from flask import Response
from flask_smorest import Blueprint

from service.api.describe import answered, listed, problem, record
from service.api.enums import enums as every
from service.api.requests import answer, query

_TEXT: Final = {"type": "string"}
SCHEMAS: Final = {
    "Enum": record({"value": _TEXT, "label": {"type": "object", "additionalProperties": _TEXT}}),
    "Enums": {"type": "object", "additionalProperties": listed("Enum")},
}
ENUMS: Final = {
    "operationId": "enums",
    "responses": {
        "200": answered("Lists of values, each with its label in Chinese and English", "Enums"),
        "400": problem("the address takes no parameters"),
    },
}

blueprint: Final = Blueprint("meta", __name__, url_prefix="/v1/meta", description="What the interface is made of")


@blueprint.route("/enums")
@blueprint.doc(**ENUMS)
def enums() -> Response:
    """List the values of every fixed list."""
    query({})
    return answer(every())
