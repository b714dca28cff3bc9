"""Marshmallow fields for the parts of a case: each reports all its faults and changes nothing."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from marshmallow import ValidationError, fields
from marshmallow.exceptions import SCHEMA

from rules.language.type_reader import UNKNOWN
from rules.values.kind import InvalidValue, Type
from service.validation.issue import MOST_NEAREST, Path, ValidationIssue, nearest, pointer

Messages = Any  # as marshmallow nests them: a list of codes, or a dict of messages by key or position


class Checked(fields.Field[Any], ABC):
    """A field that checks a value without changing it; nested fields are called directly, which is fast."""

    null = "missing"

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings, error_messages={"required": "missing", "null": self.null})

    @abstractmethod
    def faults(self, value: Any) -> Messages:
        """Return the faults of a value, empty where it is valid."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> Any:
        if faults := self.faults(value):
            raise ValidationError(faults)
        return value


class Known(Checked):
    """A value that must be known, such as the time of submission or the id of a line."""

    def __init__(self, kind: Type, **settings: Any) -> None:
        super().__init__(**settings)
        self.kind = kind

    def faults(self, value: Any) -> Messages:
        """Return the faults of a value of this type."""
        if value is None:
            return ["missing"]
        try:
            self.kind.parse(value)
        except InvalidValue:
            return _misfits(self.kind, value)
        return None


class Stated(Known):
    """A fact that the sender states; null and "unknown" mean that it is not known."""

    def __init__(self, kind: Type, retired: bool = False) -> None:
        super().__init__(kind, allow_none=True)
        self.retired = retired

    def faults(self, value: Any) -> Messages:
        """Return the faults of a stated value."""
        return None if value is None or value == UNKNOWN or self.retired else super().faults(value)


class Part(Checked):
    """An object within the case; only the keys that are sent are checked."""

    null = "not_record"

    def __init__(self, parts: Mapping[str, Checked], **settings: Any) -> None:
        super().__init__(**settings)
        self.parts = parts
        self.wanted = tuple(name for name, part in parts.items() if part.required)

    def faults(self, value: Any) -> Messages:
        """Return the faults of all keys, and the missing keys."""
        if not isinstance(value, dict):
            return ["not_record"]
        found: dict[str, Messages] = {name: ["missing"] for name in self.wanted if name not in value}
        for name, item in value.items():
            part = self.parts.get(name)
            if faults := part.faults(item) if part is not None else [Mismatch("unknown_key", self.parts)]:
                found[name] = faults
        return found


class Many(Checked):
    """A list of like objects."""

    null = "not_list"

    def __init__(self, part: Part, least: int, most: int, **settings: Any) -> None:
        super().__init__(**settings)
        self.part, self.least, self.most = part, least, most

    def faults(self, value: Any) -> Messages:
        """Return the faults of all items, or that there are too few or too many."""
        if not isinstance(value, list):
            return ["not_list"]
        if len(value) < self.least:
            return [Mismatch("too_few", (str(self.least),))]
        if len(value) > self.most:
            return [Mismatch("too_many", (str(self.most),))]
        return {position: faults for position, item in enumerate(value) if (faults := self.part.faults(item))}


class Mismatch:
    """A fault code with the accepted values, and the word that was sent instead of one of them."""

    def __init__(self, code: str, expected: Collection[str] = (), sent: str = "") -> None:
        self.code, self.expected, self.sent = code, expected, sent


def _misfits(kind: Type, value: object) -> Messages:
    """Return all faults of a value in marshmallow's nesting; `Type.parse` stops at the first."""
    if kind.kind == "list" and kind.item is not None and isinstance(value, list) and len(value) <= kind.longest:
        item = kind.item
        return {position: faults for position, part in enumerate(value) if (faults := _misfits(item, part))}
    if kind.kind == "record" and isinstance(value, dict):
        return {name: faults for name, part in value.items() if (faults := _misfits_of_field(kind, name, part))}
    try:
        kind.parse(value)
    except InvalidValue as misfit:
        sent = value if misfit.code == "not_one_of" and isinstance(value, str) else ""
        return [Mismatch(misfit.code, misfit.expected, sent)]
    return []


def _misfits_of_field(record: Type, name: str, value: object) -> Messages:
    if name not in record.fields:
        return [Mismatch("unknown_key", record.fields)]
    return _misfits(record.fields[name], value)


def issues_of(errors: Any, path: Path = (), known: Collection[str] = ()) -> Iterator[ValidationIssue]:
    """Flatten marshmallow's nested messages to issues with pointers; `known` are the keys of the case itself.

    Only the first unknown keys and values get the most similar known word, since finding it is slow.
    """
    looked = iter(range(MOST_NEAREST))
    for place, fault in _flat(errors, path, known):
        is_key = fault.code == "unknown_key"
        word = str(place[-1]) if is_key and place else fault.sent
        like = nearest(word, fault.expected) if word and next(looked, None) is not None else ""
        yield ValidationIssue(pointer(place), fault.code, () if is_key else tuple(fault.expected), like, fault.sent)


def _flat(errors: Any, path: Path, known: Collection[str]) -> Iterator[tuple[Path, Mismatch]]:
    if isinstance(errors, dict):
        for step, inner in errors.items():
            yield from _flat(inner, path if step == SCHEMA else (*path, step), known)
        return
    for error in errors:
        if isinstance(error, Mismatch):
            yield path, error
        else:
            yield path, Mismatch(error, known if error == "unknown_key" else ())
