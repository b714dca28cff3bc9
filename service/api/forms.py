"""Bodies that are small forms: which keys, which values, and every fault at once."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from typing import Any, Final

from marshmallow import ValidationError, fields

from service.api.requests import body
from service.api.schemas.fields import Line, Note, OneOf
from service.errors import BadRequest
from service.validation.issue import MOST_REPORTED, ValidationIssue, nearest, pointer

Reader = Callable[[Any], ValidationIssue | None]  # what is wrong with a value; the pointer is filled in later


def form_by(key: str, forms: Mapping[str, Mapping[str, Reader]], optional: Container[str] = ()) -> dict[str, Any]:
    """Return the body of the request, of which one key says what the others are. Raises BadRequest.

    The optional ones may be left out.
    """
    sent = body()
    chosen = sent.get(key) if isinstance(sent, dict) else None
    others = forms.get(chosen, {}) if isinstance(chosen, str) else {}
    return _fitting(sent, {key: one_of(*forms), **others}, optional)


def _fitting(sent: Any, wanted: Mapping[str, Reader], optional: Container[str] = ()) -> dict[str, Any]:
    if not isinstance(sent, dict):
        raise BadRequest("body_does_not_fit", (ValidationIssue("", "not_record"),))
    faults = [
        ValidationIssue(pointer((name,)), "missing") for name in wanted if name not in sent and name not in optional
    ]
    for name, value in sent.items():
        if name not in wanted:
            faults.append(ValidationIssue(pointer((name,)), "unknown_key", nearest=nearest(name, wanted)))
        elif (fault := wanted[name](value)) is not None:
            faults.append(ValidationIssue(pointer((name,)), fault.code, fault.expected))
    if faults:
        raise BadRequest("body_does_not_fit", tuple(faults[:MOST_REPORTED]))
    return sent


def reader(field: fields.Field[Any]) -> Reader:
    """Return what finds the first issue of a value as a field of a schema does."""

    def first_issue(value: Any) -> ValidationIssue | None:
        try:
            field.deserialize(value)
        except ValidationError as error:
            found: Any = error.messages[0]
            return found  # type: ignore[no-any-return]
        return None

    return first_issue


line: Final = reader(Line())
note: Final = reader(Note())


def one_of(*values: str) -> Reader:
    """Want one of some words."""
    return reader(OneOf(values))
