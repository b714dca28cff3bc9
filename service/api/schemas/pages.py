"""The envelope of every list that comes in pages."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from service.api.schemas.base import Answer


class Page(Answer):
    """A page of a list; each list says what its items are."""

    items = fields.List(fields.Raw())
    next_cursor = fields.String(allow_none=True)


def many(item: type[Schema]) -> fields.List[Any]:
    """Describe a list of what a schema describes."""
    return fields.List(fields.Nested(item))
