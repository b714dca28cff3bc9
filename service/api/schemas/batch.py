"""Batches of cases, and a result for each."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from marshmallow import ValidationError, fields, validate

from service.api.schemas.base import Answer, Request
from service.api.schemas.case import Case
from service.api.schemas.fields import issue, messages
from service.api.schemas.pages import many
from service.api.schemas.problems import Problem

MOST_ITEMS: Final = 1_000


class Cases(fields.List[Any]):
    """Some cases; each is checked by itself."""

    default_error_messages = messages("not_list")

    def __init__(self, **more: Any) -> None:
        super().__init__(fields.Nested(Case), validate=validate.Length(1, MOST_ITEMS), **more)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> list[Any]:
        if not isinstance(value, list):
            raise self.make_error("invalid")
        if not value:
            raise ValidationError(issue("too_few", "1"))
        if len(value) > MOST_ITEMS:
            raise ValidationError(issue("too_many", str(MOST_ITEMS)))
        return value


class Batch(Request):
    """Cases to be decided."""

    code: ClassVar[str] = "batch_does_not_fit"

    items = Cases(required=True)


class BatchResult(Answer):
    """What became of one case of a batch: a decision or a problem."""

    optional = frozenset({"decision", "problem"})
    keywords: ClassVar[dict[str, Any]] = {
        "description": "the response that the case at the same place would get alone; 429 if the cases before it used "
        "up the work or the size of the response that one request may have: send it in another batch",
        "oneOf": [{"required": ["decision"]}, {"required": ["problem"]}],
    }

    status = fields.Integer()
    decision = fields.Raw(
        metadata={"anyOf": [{"$ref": f"#/components/schemas/{name}"} for name in ("Decision", "Simulated")]}
    )
    problem = fields.Nested(Problem)


class BatchResults(Answer):
    """A result for each case, at its place."""

    items = many(BatchResult)
