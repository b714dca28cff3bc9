"""Batches of cases, and a result for each."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from marshmallow import fields

from service.api.schemas.base import Answer, Request
from service.api.schemas.case import Case
from service.api.schemas.fields import Part, Several
from service.api.schemas.pages import many
from service.api.schemas.problems import Problem

MOST_ITEMS: Final = 1_000


class AnyCase(Part):
    """A case that is checked by itself, after the batch."""

    def deserialize(self, value: Any, *_: Any, **__: Any) -> Any:
        """Return what was sent."""
        return value


class Batch(Request):
    """Cases to be decided."""

    code: ClassVar[str] = "batch_does_not_fit"

    items = Several(AnyCase(Case), 1, MOST_ITEMS, required=True)


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
