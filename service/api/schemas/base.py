"""What schemas of requests and of responses have in common: unknown keys, issues of a body, required fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from marshmallow import EXCLUDE, RAISE, Schema, ValidationError, fields, post_load, pre_load
from marshmallow.exceptions import SCHEMA

from service.api.schemas.fields import issue
from service.validation.fields import Mismatch, issues_of
from service.validation.issue import ValidationIssue, pointer


class Described(Schema):
    """A schema with what JSON Schema can say of the whole of it, and fields cannot."""

    keywords: ClassVar[Mapping[str, Any]] = {}  # such as oneOf


class Request(Described):
    """A body with these keys and no others."""

    code: ClassVar[str] = "body_does_not_fit"  # of the problem document
    may_be_absent: ClassVar[bool] = False
    error_messages: Any = {"type": issue("not_record")[0]}  # noqa: RUF012 - marshmallow declares it so

    class Meta:
        unknown = RAISE

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        known = [field.data_key or name for name, field in self.fields.items()]
        self.error_messages = {**self.error_messages, "unknown": Mismatch("unknown_key", known)}

    def issues(self, error: ValidationError) -> tuple[ValidationIssue, ...]:
        """Return every issue of a body: of an object first those of keys left out, then the others in its order."""
        return tuple(self._issue(steps, one) for steps, one in _placed(error.messages, error.data))

    def _issue(self, steps: Sequence[Any], one: Any) -> ValidationIssue:
        if isinstance(one, ValidationIssue):  # its pointer begins at the place where it was found
            return replace(one, pointer=f"{pointer(steps)}{one.pointer}")
        (found,) = issues_of([one], tuple(steps))
        return found


class KeptAsSent(Request):
    """A body that the ledger keeps, in the order in which it was sent."""

    @post_load(pass_original=True)
    def as_sent(self, data: dict[str, Any], sent: Mapping[str, Any], **_: Any) -> dict[str, Any]:
        """Return the body in the order in which it was sent."""
        return {name: data[name] for name in sent if name in data}


class NullLeftOut(Request):
    """A body in which null says that a part is left out."""

    @pre_load
    def without_nulls(self, data: Any, **_: Any) -> Any:
        """Return what was sent beside null."""
        return {name: part for name, part in data.items() if part is not None} if isinstance(data, dict) else data

    def issues(self, error: ValidationError) -> tuple[ValidationIssue, ...]:
        """Return every issue; a key with null is left out, too."""
        error.data = self.without_nulls(error.data)
        return super().issues(error)


class Variants(Request):
    """A body of several forms; a key, which the class declares as a field, says which form it has."""

    key: ClassVar[str]
    forms: ClassVar[Mapping[str, type[Request]]]  # by the value of the key

    def load(self, data: Any, **more: Any) -> Any:
        """Read a body by its form; where the key names none, only the key is known."""
        chosen = data.get(self.key) if isinstance(data, Mapping) else None
        form = self.forms.get(chosen) if isinstance(chosen, str) else None
        return super().load(data, **more) if form is None else form().load(data, **more)


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


def _placed(messages: Any, data: Any, steps: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Yield each issue with the steps that lead to it."""
    if not isinstance(messages, Mapping):
        yield from ((steps, one) for one in messages)
        return
    sent = data if isinstance(data, Mapping) else dict(enumerate(data)) if isinstance(data, list) else {}
    place = {key: at for at, key in enumerate(sent)}
    for key, inner in sorted(messages.items(), key=lambda one: place.get(one[0], -1)):
        below = (data, steps) if key == SCHEMA else (sent.get(key), (*steps, key))
        yield from _placed(inner, *below)
