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
LIMIT_MEANING: Final = "items of a page, at most"
CURSOR_MEANING: Final = "next_cursor of the page before, of the same list with the same filters"


def limit(text: str) -> int:
    """Read how many items a page may have. Raises ValueError."""
    if not (text.isascii() and text.isdecimal() and 1 <= int(text[:9]) <= LARGEST_PAGE):
        raise ValueError(f"1-{LARGEST_PAGE}")
    return int(text)


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

    def read(self, text: str) -> Any:
        """Return the value of a text. Raises ValueError with what is wanted."""
        return text

    def _deserialize(self, value: str, *_: Any, **__: Any) -> Any:
        try:
            return self.read(value)
        except ValueError as error:
            raise ValidationError(issue("bad_parameter", str(error))) from None


class Limit(_Parameter, fields.Integer):
    """How many items a page may have."""

    def __init__(self, usual: int) -> None:
        within = validate.Range(1, LARGEST_PAGE)
        super().__init__(load_default=usual, validate=within, metadata={"description": LIMIT_MEANING})

    def read(self, text: str) -> int:
        """Return the size of a page."""
        return limit(text)


class Cursor(_Parameter, fields.String):
    """Where a page begins."""

    def __init__(self) -> None:
        super().__init__(metadata={"description": CURSOR_MEANING})


class Choice(_Parameter, fields.String):
    """One of some words."""

    def __init__(self, values: Sequence[str], description: str) -> None:
        super().__init__(validate=validate.OneOf(values), metadata={"description": description})
        self.values = values

    def read(self, text: str) -> str:
        """Return the word."""
        return one_of(self.values, text)


class Nothing(Query):
    """No parameters."""


class Paged(Query):
    """Which part of a list is wanted."""

    limit = Limit(USUAL_PAGE)
    cursor = Cursor()


def one_of(known: Sequence[str], text: str) -> str:
    """Read a parameter that is one of some words. Raises ValueError."""
    if text not in known:
        raise ValueError(", ".join(known))
    return text
