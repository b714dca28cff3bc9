"""Mask personal data in a case before it is stored."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any, Final

from rules.compiling.pack import Pack
from rules.language.vocabulary import Fact, Vocabulary
from rules.values.kind import MAX_TEXT
from service.privacy.digits import compact
from service.privacy.free_text import Known, found

MASK, LEAVE_OUT, KEEP = "mask", "leave_out", "keep"
WAYS: Final = (MASK, LEAVE_OUT, KEEP)
FREE: Final = ("note", "grounds", "suggestion", "tag")  # free text beside a case
_STARS: Final = "***"
_LONG: Final = 12
_ROUNDS: Final = 3  # masking one piece can reveal another
_MASKED: Final = re.compile(r"[^*]{1,3}\*{3,4}(\d{4}|@[^*]*)?")
_PHONE: Final = 11  # digits of a mobile number; the last four of a shorter one would show too much


def masked(case: Mapping[str, Any], pack: Pack, way: str) -> Mapping[str, Any]:
    """Return the case with personal data masked, left out or kept; the same object where nothing changes.

    Personal data in free text is masked, not left out with the text: the rest of the text describes what happened.
    """
    if way == KEEP:
        return case
    copy = deepcopy(dict(case))
    known = known_of(case, pack)
    for holder, key, fact in _stated(copy, pack.vocabulary):
        if fact.free_text:
            holder[key] = veiled(holder[key], known, way) if isinstance(holder[key], str) else holder[key]
        elif fact.personal and way == LEAVE_OUT:
            del holder[key]
        elif fact.personal and isinstance(holder[key], str):
            holder[key] = mask(holder[key])
    return case if copy == case else copy


def known_of(case: Mapping[str, Any], pack: Pack) -> Known:
    """Return the personal data that a case states, and the texts that name its order, its parcel and the like."""
    private, public, customer = [], set(), pack.filed_under.get("customer")  # the id may be a phone number
    for holder, key, fact in _stated(case, pack.vocabulary):
        if fact.personal and isinstance(holder[key], str):
            private.append(holder[key])
        elif not fact.free_text and fact.name != customer and isinstance(holder[key], str):
            public.add(compact(holder[key]))
    return Known(tuple(private), frozenset(public), (pack.jurisdiction,))


def private_of(facts: Mapping[str, Any], vocabulary: Vocabulary) -> list[str]:
    """Return the personal values among facts by name."""
    return [value for name, value in facts.items() if isinstance(value, str) and vocabulary.facts[name].personal]


def masked_facts(facts: Mapping[str, Any], vocabulary: Vocabulary, known: Known, way: str) -> dict[str, Any]:
    """Return facts by name as the ledger stores them; `known` is what they and their case state."""
    if way == KEEP:
        return dict(facts)
    of = vocabulary.facts
    shown = {name: value for name, value in facts.items() if way != LEAVE_OUT or not of[name].personal}
    for name, value in shown.items():
        if isinstance(value, str) and (of[name].personal or of[name].free_text):
            shown[name] = mask(value) if of[name].personal else veiled(value, known, way)
    return shown


def kept(body: Any, known: Known, way: str) -> Any:
    """Return what a person wrote beside a case, with free texts masked."""
    if isinstance(body, list):
        return [kept(part, known, way) for part in body]
    if not isinstance(body, Mapping):
        return body
    return {
        name: veiled(part, known, way) if name in FREE and isinstance(part, str) else kept(part, known, way)
        for name, part in body.items()
    }


def veiled(text: str, known: Known, way: str) -> str:
    """Return a free text with personal data masked; with `leave_out` nothing of that data is shown."""
    if way == KEEP:
        return text
    for _ in range(_ROUNDS):
        pieces = found(text, known)
        for piece in reversed(pieces):
            shown = _STARS if way == LEAVE_OUT else mask(piece.shown)
            text = f"{text[: piece.start]}{shown}{text[piece.end :]}"
        if not pieces:
            break
    return text[:MAX_TEXT]  # a case that continues is validated again


def mask(text: str) -> str:
    """Return a text that only its owner recognises: 张***, 138****5678, z***@example.com."""
    if _MASKED.fullmatch(text):  # a case that continues contains masked values
        return text
    name, at, host = text.rpartition("@")
    if at:
        return f"{name[:1]}{_STARS}@{host}"
    if not text.strip("*") or len(text) == 1:
        return _STARS
    if sum(letter.isdigit() for letter in text) >= 7:
        return f"{text[:3]}****{text[-4:]}" if _PHONE <= len(text) < 2 * _LONG else f"{text[:3]}****"
    return f"{text[: 1 if len(text) <= _LONG else 3]}{_STARS}"


def _stated(case: Mapping[str, Any], vocabulary: Vocabulary) -> list[tuple[dict[str, Any], str, Fact]]:
    """Yield each carried fact that a case states: its object, its key there, and the fact."""
    facts = [fact for fact in vocabulary.facts.values() if fact.carried]
    found = []
    for fact in facts:
        *groups, key = vocabulary.path(fact.name)
        for part in _parts(case, vocabulary.scope(fact.name)):
            holder = part
            for group in groups:
                holder = holder.get(group) or {}
            if key in holder:
                found.append((holder, key, fact))
    return found


def _parts(case: Mapping[str, Any], scope: str) -> list[Any]:
    parts: Mapping[str, Callable[[], list[Any]]] = {
        "case": lambda: [case],
        "line": lambda: list((case.get("order") or {}).get("lines") or ()),
        "issue": lambda: list(case.get("issues") or ()),
    }
    return parts[scope]()
