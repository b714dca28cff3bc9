"""Bodies that are small forms: which keys, which values, and every fault at once."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from typing import Any

from service.api.requests import body
from service.api.schemas.fields import LONGEST_LINE, LONGEST_NOTE
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


def line(value: Any) -> ValidationIssue | None:
    """Want a text on one line."""
    if fault := _text(value, LONGEST_LINE):
        return fault
    return None if value.isprintable() else ValidationIssue("", "control_characters")


def note(value: Any) -> ValidationIssue | None:
    """Want a text that may have several lines."""
    if fault := _text(value, LONGEST_NOTE):
        return fault
    return None if all(part.isprintable() for part in value.split("\n")) else ValidationIssue("", "control_characters")


def one_of(*values: str) -> Reader:
    """Want one of some words."""
    return lambda value: (
        None if isinstance(value, str) and value in values else ValidationIssue("", "not_one_of", values)
    )


def _text(value: Any, longest: int) -> ValidationIssue | None:
    if not isinstance(value, str):
        return ValidationIssue("", "not_text")
    if not value.strip():
        return ValidationIssue("", "missing")
    return None if len(value) <= longest else ValidationIssue("", "text_length")
