"""Read JSON strictly, with all faults and their places at once, and write it: unique keys, exact decimals, no NaN."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from itertools import islice
from typing import Any, Final

import orjson

from service.validation.issue import MOST_REPORTED, Path, ValidationIssue, pointer

DEEPEST: Final = 64
LONGEST_INTEGER: Final = 18  # digits of the largest integer
LONGEST_DECIMAL: Final = 40

_MISSED: Final = {  # by the beginning of the parser's message
    "Expecting value": "value",
    "Expecting property name": "key",
    "Expecting ':'": "colon",
    "Expecting ','": "comma",
    "Unterminated string": "quote",
    "Invalid control character": "control",
    "Invalid \\": "escape",
    "Extra data": "extra",
}

_SURROGATE: Final = re.compile("[\ud800-\udfff]")


class _Flaw:
    """Stands in the tree for a value that JSON or this service does not allow."""

    def __init__(self, code: str) -> None:
        self.code = code


class _Repeating(dict[str, Any]):
    """An object with repeated keys."""

    twice: tuple[str, ...] = ()


def read(body: bytes) -> tuple[Any, tuple[ValidationIssue, ...]]:
    """Return the value of a JSON text, or all its faults. Decimals are read as Decimal."""
    value, faults = read_in_part(body)
    return None if faults else value, faults


def read_in_part(body: bytes) -> tuple[Any, tuple[ValidationIssue, ...]]:
    """Return the value of a JSON text with its faults; only parts without a fault are usable."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return None, (ValidationIssue("", "not_utf8", (str(error.start),)),)
    flawed: list[object] = []
    try:
        value = _decoder(flawed).decode(text)
    except json.JSONDecodeError as error:
        return None, (ValidationIssue("", "bad_json", (str(error.lineno), str(error.colno), _missed(error.msg))),)
    except RecursionError:
        return None, (ValidationIssue("", "too_deep"),)
    if flawed or "\\ud" in text or "\\uD" in text or text.count("[") + text.count("{") > DEEPEST:
        return value, tuple(islice(_faults(value), MOST_REPORTED))
    return value, ()


def write(value: Any) -> bytes:
    """Return JSON as UTF-8 bytes, keys in the given order, without blanks."""
    return orjson.dumps(value)


def _decoder(flawed: list[object]) -> json.JSONDecoder:
    def flaw(code: str) -> _Flaw:
        flawed.append(code)
        return _Flaw(code)

    def record(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        value = dict(pairs)
        if len(value) == len(pairs):
            return value
        repeating = _Repeating(value)
        repeating.twice = tuple(name for name, times in Counter(name for name, _ in pairs).items() if times > 1)
        flawed.append(repeating)
        return repeating

    return json.JSONDecoder(
        object_pairs_hook=record,
        parse_int=lambda digits: int(digits) if len(digits) <= LONGEST_INTEGER else flaw("huge_integer"),
        parse_float=lambda digits: Decimal(digits) if len(digits) <= LONGEST_DECIMAL else flaw("not_number"),
        parse_constant=lambda _: flaw("not_finite"),
    )


def _faults(root: Any) -> Iterator[ValidationIssue]:
    """Walk the tree in the order of the text, without recursion, since it may be deep."""
    rest: list[tuple[Path, Any]] = [((), root)]
    while rest:
        path, value = rest.pop()
        if isinstance(value, _Flaw):
            yield ValidationIssue(pointer(path), value.code)
        elif isinstance(value, str):
            if _broken(value):
                yield ValidationIssue(pointer(path), "not_unicode")
        elif isinstance(value, dict | list):
            if len(path) >= DEEPEST:
                yield ValidationIssue(pointer(path), "too_deep")
                continue
            yield from _faults_of_keys(path, value)
            entries = value.items() if isinstance(value, dict) else enumerate(value)
            rest.extend(reversed([((*path, step), part) for step, part in entries if not _broken(step)]))


def _faults_of_keys(path: Path, value: dict[str, Any] | list[Any]) -> Iterator[ValidationIssue]:
    if isinstance(value, _Repeating):
        yield from (ValidationIssue(pointer((*path, name)), "key_twice") for name in value.twice if not _broken(name))
    if isinstance(value, dict) and any(map(_broken, value)):
        yield ValidationIssue(pointer(path), "not_unicode")


def _broken(step: object) -> bool:
    return isinstance(step, str) and _SURROGATE.search(step) is not None


def _missed(message: str) -> str:
    """Return the term for the parser's message."""
    return next((term for begin, term in _MISSED.items() if message.startswith(begin)), "unexpected")
