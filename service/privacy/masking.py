"""Mask what is personal in a case before it is kept."""

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
FREE: Final = ("note", "grounds", "suggestion", "tag")  # what people write beside a case
_STARS: Final = "***"
_LONG: Final = 12
_ROUNDS: Final = 3  # where one piece is masked another may stand apart
_MASKED: Final = re.compile(r"[^*]{1,3}\*{3,4}(\d{4}|@[^*]*)?")
_PHONE: Final = 11  # digits of a mobile number; a shorter one would show too much by its end


def masked(case: Mapping[str, Any], pack: Pack, way: str) -> Mapping[str, Any]:
    """Return the case with what is personal masked, left out or kept; the same object where nothing changes.

    What is personal in free text is masked either way: the rest of the text says what happened.
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
    """Return what a case states of people, and the texts that name its order, its parcel and the like."""
    private, public, customer = [], set(), pack.filed_under.get("customer")  # whose id may be his phone number
    for holder, key, fact in _stated(case, pack.vocabulary):
        if fact.personal and isinstance(holder[key], str):
            private.append(holder[key])
        elif not fact.free_text and fact.name != customer and isinstance(holder[key], str):
            public.add(compact(holder[key]))
    return Known(tuple(private), frozenset(public), (pack.jurisdiction,))


def private_of(facts: Mapping[str, Any], vocabulary: Vocabulary) -> list[str]:
    """Return the values of personal facts among facts by their names."""
    return [value for name, value in facts.items() if isinstance(value, str) and vocabulary.facts[name].personal]


def masked_facts(facts: Mapping[str, Any], vocabulary: Vocabulary, known: Known, way: str) -> dict[str, Any]:
    """Return facts by their names as the ledger keeps them, where `known` is what they and their case state."""
    if way == KEEP:
        return dict(facts)
    of = vocabulary.facts
    shown = {name: value for name, value in facts.items() if way != LEAVE_OUT or not of[name].personal}
    for name, value in shown.items():
        if isinstance(value, str) and (of[name].personal or of[name].free_text):
            shown[name] = mask(value) if of[name].personal else veiled(value, known, way)
    return shown


def kept(told: Any, known: Known, way: str) -> Any:
    """Return what people wrote beside a case, with its free texts veiled."""
    if isinstance(told, list):
        return [kept(part, known, way) for part in told]
    if not isinstance(told, Mapping):
        return told
    return {
        name: veiled(part, known, way) if name in FREE and isinstance(part, str) else kept(part, known, way)
        for name, part in told.items()
    }


def veiled(text: str, known: Known, way: str) -> str:
    """Return a free text in which what is personal is masked; nothing of it is shown where it is to be left out."""
    if way == KEEP:
        return text
    for _ in range(_ROUNDS):
        pieces = found(text, known)
        for piece in reversed(pieces):
            shown = _STARS if way == LEAVE_OUT else mask(piece.shown)
            text = f"{text[: piece.start]}{shown}{text[piece.end :]}"
        if not pieces:
            break
    return text[:MAX_TEXT]  # a case that goes on has to fit again


def mask(text: str) -> str:
    """Return a text that its owner recognises and nobody else: 张***, 138****5678, z***@example.com."""
    if _MASKED.fullmatch(text):  # a case that goes on brings what was masked before
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
    """Return each carried fact that a case states: the object it stands in, its key there, and what it is."""
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
