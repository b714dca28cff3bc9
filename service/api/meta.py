"""GET /v1/meta/enums: every value that a field with a fixed list of them may have, with its labels."""

from __future__ import annotations

from typing import Any, Final

from service.api.resource import Resource
from service.api.schemas.enums import LISTS, Enums
from service.api.schemas.parameters import Nothing

blueprint: Final = Resource("meta", __name__, url_prefix="/v1/meta", description="What the interface is made of")


@blueprint.route("/enums")
@blueprint.operation("enums")
@blueprint.arguments(Nothing, location="query")
@blueprint.response(200, Enums, description="Lists of values, each with its label in Chinese and English")
@blueprint.fails(400, "the address takes no parameters")
def enums(_: dict[str, Any]) -> dict[str, Any]:
    """List the values of every fixed list; one without a label is labelled with its name."""
    return {
        name: [{"value": value, "label": labels.get(value) or {"zh": value, "en": value}} for value in values]
        for name, (values, labels) in LISTS.items()
    }
