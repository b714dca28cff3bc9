"""What schemas of requests and of responses have in common: unknown keys, issues of a body, required fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from marshmallow import EXCLUDE, RAISE, Schema, ValidationError, fields

from service.api.schemas.fields import issue
from service.validation.issue import ValidationIssue, nearest, pointer

_WHOLE = "_schema"  # marshmallow's key for what is wrong with an object itself


class Described(Schema):
    """A schema with what JSON Schema can say of the whole of it, and fields cannot."""

    keywords: ClassVar[Mapping[str, Any]] = {}  # such as oneOf


class Request(Described):
    """A body with these keys and no others."""

    code: ClassVar[str] = "body_does_not_fit"  # of the problem document
    may_be_absent: ClassVar[bool] = False
    error_messages = {  # noqa: RUF012 - marshmallow declares it so
        "type": issue("not_record")[0],
        "unknown": issue("unknown_key")[0],
    }

    class Meta:
        unknown = RAISE

    def issues(self, error: ValidationError) -> tuple[ValidationIssue, ...]:
        """Return every issue of a body: first those of keys left out, then the others in the body's order."""
        place = {key: at for at, key in enumerate(error.data)} if isinstance(error.data, dict) else {}
        found = sorted(_placed(error.messages), key=lambda one: place.get(next(iter(one[0]), None), -1))
        return tuple(self._issue(steps, one) for steps, one in found)

    def _issue(self, steps: list[Any], one: ValidationIssue) -> ValidationIssue:
        unknown = one.code == "unknown_key"
        return ValidationIssue(
            pointer(steps), one.code, one.expected, nearest=nearest(str(steps[-1]), self.fields) if unknown else ""
        )


class Answer(Described):
    """A response; its fields are always there, but for those that are named as optional."""

    optional: ClassVar[frozenset[str]] = frozenset()

    class Meta:
        unknown = EXCLUDE  # readers ignore what they do not know

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        """Say of a field whether it is always there."""
        field_obj.required = field_name not in self.optional


class PassedThrough(Request):
    """JSON that other modules check or make; its description is made for each pack, see `openapi`."""

    def load(self, data: Any, **_: Any) -> Any:
        """Return what was sent."""
        return data

    def dump(self, obj: Any, **_: Any) -> Any:
        """Return what is to be sent."""
        return obj


def _placed(messages: Any, steps: tuple[Any, ...] = ()) -> Iterator[tuple[list[Any], ValidationIssue]]:
    """Yield each issue with the steps that lead to it."""
    if isinstance(messages, Mapping):
        for key, inner in messages.items():
            yield from _placed(inner, steps if key == _WHOLE else (*steps, key))
    else:
        yield from ((list(steps), one) for one in messages)
