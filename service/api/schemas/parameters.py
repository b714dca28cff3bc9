"""Parameters of an address, each sent once; those of a page are the same for every list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final

from marshmallow import ValidationError, fields, missing, validate

from service.api.schemas.base import Request
from service.api.schemas.fields import issue
from service.validation.issue import ValidationIssue

LARGEST_PAGE: Final = 200
USUAL_PAGE: Final = 50


class Query(Request):
    """The parameters of an address, and no others."""

    code: ClassVar[str] = "bad_query"

    def _issue(self, steps: list[Any], one: ValidationIssue) -> ValidationIssue:
        if one.code == "unknown_key":
            return ValidationIssue(f"?{steps[0]}", "unknown_parameter", (", ".join(self.fields),))
        return ValidationIssue(f"?{steps[0]}", one.code, one.expected)


class _Parameter(fields.Field[Any]):
    """A field whose value is the list of what was sent under its name."""

    def deserialize(self, value: Any, attr: str | None = None, data: Mapping[str, Any] | None = None, **_: Any) -> Any:
        """Read the one value that was sent."""
        if value is missing:
            return super().deserialize(value, attr, data)
        if len(value) > 1:
            raise ValidationError(issue("key_twice"))
        if "\0" in value[0]:
            raise ValidationError(issue("not_line"))
        return super().deserialize(value[0], attr, data)


class Limit(_Parameter, fields.Integer):
    """How many items a page may have."""

    def __init__(self, usual: int) -> None:
        told = {"description": "items of a page, at most"}
        super().__init__(load_default=usual, validate=validate.Range(1, LARGEST_PAGE), metadata=told)

    def _deserialize(self, value: str, *_: Any, **__: Any) -> int:
        if not (value.isascii() and value.isdecimal() and 1 <= int(value[:9]) <= LARGEST_PAGE):
            raise ValidationError(issue("bad_parameter", f"1-{LARGEST_PAGE}"))
        return int(value)


class Cursor(_Parameter, fields.String):
    """Where a page begins."""


class Choice(_Parameter, fields.String):
    """One of some words."""

    def __init__(self, values: Sequence[str], description: str) -> None:
        super().__init__(validate=validate.OneOf(values), metadata={"description": description})
        self.values = values

    def _deserialize(self, value: str, *_: Any, **__: Any) -> str:
        if value not in self.values:
            raise ValidationError(issue("bad_parameter", ", ".join(self.values)))
        return value


class Nothing(Query):
    """No parameters."""


class Paged(Query):
    """Which part of a list is wanted."""

    limit = Limit(USUAL_PAGE)
    cursor = Cursor(metadata={"description": "next_cursor of the page before, of the same list with the same filters"})
