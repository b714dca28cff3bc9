"""What /openapi.json says beyond the operations: schemas that a pack describes, and problems of every operation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from apispec import BasePlugin
from apispec.ext.marshmallow import MarshmallowPlugin
from apispec.ext.marshmallow.openapi import OpenAPIConverter
from flask_smorest import Api
from marshmallow import fields

from rules.language.vocabulary import Vocabulary
from service.api.problems import MEDIA_TYPE
from service.api.schemas import case, recommendation
from service.api.schemas.base import PassedThrough, Variants
from service.api.schemas.messages import MESSAGES, Signature
from service.validation.fields import Known

Json = dict[str, Any]


def refusal(why: str) -> Json:
    """Describe a response that is a problem document."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {"description": why, "content": content}


class Converter(OpenAPIConverter):
    """Adds the keywords of a schema and the types of the core, and says nothing of a schema that a pack describes."""

    def init_attribute_functions(self) -> None:
        """Describe a type first, so that the field adds to it."""
        super().init_attribute_functions()  # type: ignore[no-untyped-call]
        self.attribute_functions.insert(1, _known)

    def schema2jsonschema(self, schema: Any) -> Json:
        """Return a schema as JSON Schema."""
        if isinstance(schema, PassedThrough):
            return {}
        if isinstance(schema, Variants):
            return {"oneOf": [{"title": name} | self.schema2jsonschema(form()) for name, form in schema.forms.items()]}
        made: Json = super().schema2jsonschema(schema)  # type: ignore[no-untyped-call]
        return made | dict(getattr(schema, "keywords", {}))  # flask-smorest brings a schema of its own


def _known(field: fields.Field[Any], **_: Any) -> Json:
    """Describe a value of one of the core's types."""
    if not isinstance(field, Known):
        return {}
    said = [{"const": value, "title": " / ".join(label.values())} for value, label in field.kind.labels.items()]
    described = {"oneOf": said} if said else case.of_type(field.kind)
    return {"anyOf": [described, {"type": "null"}]} if field.allow_none else described


class SchemaPlugin(MarshmallowPlugin):
    """apispec's plugin for schemas, with our converter."""

    Converter = Converter


class ProblemsEverywhere(BasePlugin):
    """Says of each operation what every one may answer, and of those with a body that it may be too large."""

    def operation_helper(self, path: str | None = None, operations: Json | None = None, **_: Any) -> None:
        """Add the problems that are not written at each operation."""
        for operation in (operations or {}).values():
            operation["responses"].setdefault("500", refusal("something went wrong inside; a person has to decide"))
            if "requestBody" in operation:
                operation["responses"].setdefault("413", refusal("the body is over 1 MiB"))


def describe_pack(api: Api, vocabulary: Vocabulary | None, examples: Sequence[Json]) -> None:
    """Add the schemas that are made from the vocabulary of a pack and from the outline of the core."""
    api.spec.components.schema("NotKnown", case.NOT_KNOWN)
    for schema, described in (
        (case.Case, case.described(vocabulary, examples)),
        (recommendation.Recommendation, recommendation.described()),
        (recommendation.RecordedRecommendation, recommendation.described_as_recorded()),
    ):
        api.spec.components.schema(schema.__name__, described, schema=schema)


def describe_webhooks(api: Api) -> None:
    """Add the messages that webhooks are sent."""
    taken = {"2XX": {"description": "taken"}, "410": {"description": "send nothing here any more"}}
    webhooks = {
        event: {
            "post": {
                "summary": message.when,
                "parameters": [{"in": "header", "schema": Signature}],
                "requestBody": {"required": True, "content": {"application/json": {"schema": message.schema}}},
                "responses": taken,
            }
        }
        for event, message in MESSAGES.items()
    }
    for operations in webhooks.values():
        api.ma_plugin.operation_helper(operations=operations)
    api.spec.options["webhooks"] = webhooks
