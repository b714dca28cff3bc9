"""Problem documents (RFC 9457), as `problems` makes them."""

from __future__ import annotations

from marshmallow import fields

from service.api.schemas.base import Answer
from service.api.schemas.pages import many


class Fault(Answer):
    """One thing that is wrong with a request, or that is doubtful in it."""

    pointer = fields.String()
    code = fields.String()
    message = fields.String()


class Problem(Answer):
    """Why a request was refused."""

    optional = frozenset({"detail", "errors", "reasons"})

    type = fields.String(metadata={"format": "uri"})
    title = fields.String()
    status = fields.Integer()
    detail = fields.String()
    instance = fields.String(metadata={"format": "uri-reference"})
    code = fields.String()
    request_id = fields.String()
    errors = many(Fault)
    reasons = fields.List(fields.String(), metadata={"description": "codes of what stands in the way"})
