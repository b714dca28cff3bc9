"""Query parameters, each sent once; those of a page are the same for every list."""

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

    def _issue(self, steps: Sequence[Any], one: Any) -> ValidationIssue:
        if one.code == "unknown_key":
            return ValidationIssue(f"?{steps[0]}", "unknown_parameter", (", ".join(one.expected),))
        return ValidationIssue(f"?{steps[0]}", one.code, one.expected)


class Parameter(fields.Field[Any]):
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


class Choice(Parameter, fields.String):
    """One of some words."""

    def __init__(self, values: Sequence[str], description: str = "", **more: Any) -> None:
        metadata = {"description": description} if description else {}
        super().__init__(validate=validate.OneOf(values), metadata=metadata, **more)
        self.values = values

    def read(self, text: str) -> str:
        """Return the word."""
        return one_of(self.values, text)


class Flag(Parameter, fields.Boolean):
    """The word true or false."""

    def __init__(self, description: str) -> None:
        super().__init__(metadata={"description": description})

    def read(self, text: str) -> bool:
        """Return the truth value."""
        return one_of(("true", "false"), text) == "true"


class Limit(Parameter, fields.Integer):
    """The greatest number of items of a page."""

    def __init__(self, usual: int) -> None:
        within = validate.Range(1, LARGEST_PAGE)
        super().__init__(load_default=usual, validate=within, metadata={"description": "items of a page, at most"})

    def read(self, text: str) -> int:
        """Return the size of a page."""
        if not (text.isascii() and text.isdecimal() and 1 <= int(text[:9]) <= LARGEST_PAGE):
            raise ValueError(f"1-{LARGEST_PAGE}")
        return int(text)


class Cursor(Parameter, fields.String):
    """The place where a page begins."""

    def __init__(self) -> None:
        meaning = "next_cursor of the page before, of the same list with the same filters"
        super().__init__(metadata={"description": meaning})


def paging(usual: int = USUAL_PAGE) -> tuple[Limit, Cursor]:
    """Return the two parameters of a list in pages, `limit` and `cursor`."""
    return Limit(usual), Cursor()


class Nothing(Query):
    """No parameters."""


class Paged(Query):
    """The page of a list that is wanted."""

    limit, cursor = paging()


def one_of(known: Sequence[str], text: str) -> str:
    """Read a parameter that is one of some words. Raises ValueError."""
    if text not in known:
        raise ValueError(", ".join(known))
    return text
