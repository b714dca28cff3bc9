"""Mask what is personal in a case before it is kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any, Final

from rules.language.vocabulary import Vocabulary

MASK, LEAVE_OUT, KEEP = "mask", "leave_out", "keep"
WAYS: Final = (MASK, LEAVE_OUT, KEEP)
_STARS: Final = "***"
_LONG: Final = 12
_MASKED: Final = re.compile(r"[^*]{1,3}\*{3,4}(\d{4}|@[^*]*)?")
_PHONE: Final = 11  # digits of a mobile number; a shorter one would show too much by its end


def masked(case: Mapping[str, Any], vocabulary: Vocabulary, way: str) -> Mapping[str, Any]:
    """Return the case with its personal facts masked, left out or kept; the same object where nothing changes."""
    paths = [
        (vocabulary.scope(name), vocabulary.path(name)) for name, fact in vocabulary.facts.items() if fact.personal
    ]
    if way == KEEP or not any(_holders(case, scope, path) for scope, path in paths):
        return case
    copy = deepcopy(dict(case))
    for scope, path in paths:
        for holder in _holders(copy, scope, path):
            if way == LEAVE_OUT:
                del holder[path[-1]]
            elif isinstance(holder[path[-1]], str):
                holder[path[-1]] = mask(holder[path[-1]])
    return copy


def mask(text: str) -> str:
    """Return a text that its owner recognises and nobody else: 张***, 138****5678, z***@example.com."""
    if _MASKED.fullmatch(text):  # a case that goes on brings what was masked before
        return text
    name, at, host = text.partition("@")
    if at:
        return f"{name[:1]}{_STARS}@{host}"
    if not text.strip("*") or len(text) == 1:
        return _STARS
    if sum(letter.isdigit() for letter in text) >= 7:
        return f"{text[:3]}****{text[-4:]}" if _PHONE <= len(text) < 2 * _LONG else f"{text[:3]}****"
    return f"{text[: 1 if len(text) <= _LONG else 3]}{_STARS}"


def _holders(case: Mapping[str, Any], scope: str, path: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return the objects of a case in which a fact stands."""
    found = []
    for part in _parts(case, scope):
        holder = part
        for key in path[:-1]:
            holder = holder.get(key) or {}
        if path[-1] in holder:
            found.append(holder)
    return found


def _parts(case: Mapping[str, Any], scope: str) -> list[Any]:
    parts: Mapping[str, Callable[[], list[Any]]] = {
        "case": lambda: [case],
        "line": lambda: list((case.get("order") or {}).get("lines") or ()),
        "issue": lambda: list(case.get("issues") or ()),
    }
    return parts[scope]()
