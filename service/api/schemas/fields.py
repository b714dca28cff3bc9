"""Fields of requests, strict and with issues instead of messages, and fields of responses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from marshmallow import ValidationError, fields, validate

from rules.values.kind import MAX_MONEY, Type
from service.validation.fields import Known
from service.validation.issue import ValidationIssue

LONGEST_LINE: Final = 200
LONGEST_NOTE: Final = 2_000
LARGEST_POSITION: Final = 9_999
FEN: Final = "minor units (fen)"


def issue(code: str, *expected: str) -> list[Any]:
    """Return an issue as marshmallow stores one; its JSON Pointer is filled in when the body is read."""
    return [ValidationIssue("", code, expected)]


def messages(code: str, *expected: str) -> dict[str, Any]:
    """Return the issues of a field: one for a value that is left out, another for a value of another type."""
    wrong = issue(code, *expected)
    return {"required": issue("missing"), "null": wrong, "invalid": wrong, "validator_failed": wrong}


class Length(validate.Length):
    """Want a text that is not too long, nor blank where a least length is given."""

    def __call__(self, value: Any) -> Any:
        """Raise ValidationError with our issue."""
        if self.min and not value.strip():
            raise ValidationError(issue("missing"))
        if self.max is not None and len(value) > self.max:
            raise ValidationError(issue("text_length"))
        return value


class Range(validate.Range):
    """Want a number within bounds."""

    def __call__(self, value: Any) -> Any:
        """Raise ValidationError with our issue."""
        if not self.min <= value <= self.max:
            raise ValidationError(issue("number_range"))
        return value


class Text(fields.String):
    """Any text up to some length."""

    default_error_messages = messages("not_text")

    def __init__(self, longest: int, **more: Any) -> None:
        super().__init__(validate=Length(max=longest), **more)


class Line(fields.String):
    """A text on one line."""

    default_error_messages = messages("not_text")

    def __init__(self, description: str = "on one line", **more: Any) -> None:
        super().__init__(validate=Length(1, LONGEST_LINE), metadata={"description": description}, **more)

    def _deserialize(self, value: Any, *rest: Any, **more: Any) -> Any:
        return _printable(super()._deserialize(value, *rest, **more), [value], LONGEST_LINE)


class Note(fields.String):
    """A text that may have several lines."""

    default_error_messages = messages("not_text")

    def __init__(self, **more: Any) -> None:
        super().__init__(validate=Length(1, LONGEST_NOTE), **more)

    def _deserialize(self, value: Any, *rest: Any, **more: Any) -> Any:
        read = super()._deserialize(value, *rest, **more)
        return _printable(read, read.split("\n"), LONGEST_NOTE)


class YesNo(fields.Boolean):
    """True or false, and nothing that marshmallow would take for one of both."""

    default_error_messages = messages("not_yes_no")

    def _deserialize(self, value: Any, *rest: Any, **more: Any) -> Any:
        if not isinstance(value, bool):
            raise self.make_error("invalid")
        return value


class Count(fields.Integer):
    """A whole number from zero."""

    default_error_messages = messages("not_count")

    def __init__(self, description: str = "", **more: Any) -> None:
        metadata = {"description": description} if description else {}
        super().__init__(strict=True, validate=Range(0, MAX_MONEY), metadata=metadata, **more)

    def _deserialize(self, value: Any, *rest: Any, **more: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.make_error("invalid")
        return value


class Whole(fields.Integer):
    """A whole number within bounds."""

    def __init__(self, least: int, most: int, **more: Any) -> None:
        wrong = messages("not_whole", f"{least} - {most}")
        super().__init__(validate=validate.Range(least, most), **{"error_messages": wrong, **more})
        self.least, self.most = least, most

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not self.least <= value <= self.most:
            raise self.make_error("invalid")
        return value


class Position(Whole):
    """A position in a list, from 0."""

    def __init__(self, **more: Any) -> None:
        super().__init__(0, LARGEST_POSITION, error_messages=messages("not_position"), **more)


class Statement(Known):
    """A text that is not blank."""

    def __init__(self, *, metadata: Mapping[str, Any] | None = None, **more: Any) -> None:
        stated = {"minLength": 1, "pattern": r"\S", **(metadata or {})}
        super().__init__(Type("text"), metadata=stated, **more)

    def faults(self, value: Any) -> Any:
        """Return the faults of a text."""
        return super().faults(value) or (None if value.strip() else ["blank"])


class Object(fields.Dict):
    """An object whose keys the pack checks."""

    def __init__(self, **more: Any) -> None:
        super().__init__(error_messages=messages("not_record"), **more)


class Part(fields.Nested):
    """An object that another schema reads."""

    default_error_messages = messages("not_record")


class Several(fields.List[Any]):
    """A list with bounds on its length."""

    default_error_messages = messages("not_list")

    def __init__(self, each: fields.Field[Any], least: int, most: int, **more: Any) -> None:
        super().__init__(each, validate=validate.Length(least, most), **more)
        self.least, self.most = least, most

    def bounded(self, value: Any) -> list[Any]:
        """Return a list whose length fits, without a look at its items."""
        if not isinstance(value, list):
            raise self.make_error("invalid")
        if len(value) < self.least:
            raise ValidationError(issue("too_few", str(self.least)))
        if len(value) > self.most:
            raise ValidationError(issue("too_many", str(self.most)))
        return value

    def _deserialize(self, value: Any, *rest: Any, **more: Any) -> list[Any]:
        return super()._deserialize(self.bounded(value), *rest, **more)


class OneOf(fields.String):
    """One of some words."""

    def __init__(self, values: Sequence[str], **more: Any) -> None:
        wrong = messages("not_one_of", *values)
        super().__init__(validate=_Among(values), error_messages=wrong, **more)


class _Among(validate.OneOf):
    def __call__(self, value: Any) -> Any:
        if value not in self.choices:
            raise ValidationError(issue("not_one_of", *self.choices))
        return value


def by_language() -> fields.Dict:
    """Describe a text in each language."""
    return fields.Dict(values=fields.String())


def constant(value: str) -> fields.String:
    """Describe a text of a response that is always the same."""
    return fields.String(validate=validate.Equal(value))


def fen(description: str = FEN, **more: Any) -> fields.Integer:
    """Describe an amount of a response."""
    return fields.Integer(metadata={"description": description}, **more)


def instant(**more: Any) -> fields.String:
    """Describe an instant of a response: the ledger keeps it as text."""
    return fields.String(metadata={"format": "date-time", "description": "RFC 3339 with its offset"}, **more)


def _printable(read: str, parts: Sequence[str], longest: int) -> str:
    """Return a text all of whose lines are printable; one that is blank or too long is reported as that alone."""
    if read.strip() and len(read) <= longest and not all(part.isprintable() for part in parts):
        raise ValidationError(issue("control_characters"))
    return read
