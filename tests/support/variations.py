"""Variations of a case: facts set to other values, sent as unknown or taken out, within what the vocabulary allows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final

from rules.language.vocabulary import Fact, Vocabulary
from rules.values.kind import Type

Case = dict[str, Any]

RATIOS: Final = ("0", "0.05", "0.10", "0.11", "0.30", "0.35", "0.50", "0.71", "0.95", "1")
NUMBERS: Final = (0, 1, 2, 3, 5, 6, 7, 8, 15, 24, 48, 49, 72, 90, 365)
SHIFTS: Final = tuple(
    timedelta(seconds=seconds) for seconds in (1, -1, 3_600, -3_600, 86_400, -86_400, 700_000, -700_000, 20_000_000)
)


def places(case: Case, vocabulary: Vocabulary, name: str) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield each part of a case in which a fact stands or could stand, and its key there."""
    *groups, key = vocabulary.path(name)
    lines, issues = case.get("order", {}).get("lines", []), case["issues"]
    for part in {"case": [case], "line": lines, "issue": issues}[vocabulary.scope(name)]:
        holder = part
        for group in groups:
            holder = holder.setdefault(group, {})
        yield holder, key


def put(case: Case, vocabulary: Vocabulary, name: str, value: Any) -> Case:
    """Return the case with a fact set wherever it can stand."""
    other = deepcopy(case)
    for part, key in places(other, vocabulary, name):
        part[key] = value
    return other


def take(case: Case, vocabulary: Vocabulary, name: str) -> Case:
    """Return the case without a fact."""
    other = deepcopy(case)
    for part, key in places(other, vocabulary, name):
        part.pop(key, None)
    return other


def stated(case: Case, vocabulary: Vocabulary) -> list[Fact]:
    """Return the facts that a case states."""
    probe = deepcopy(case)
    return [fact for name, fact in vocabulary.facts.items() if _stands(probe, vocabulary, name)]


def states(case: Case, vocabulary: Vocabulary, name: str) -> bool:
    """Return whether a case states a fact."""
    return _stands(deepcopy(case), vocabulary, name)


def _stands(probe: Case, vocabulary: Vocabulary, name: str) -> bool:
    return any(key in part for part, key in places(probe, vocabulary, name))


def variation(case: Case, vocabulary: Vocabulary, chance: Random) -> Case:
    """Return the case with one to four facts changed; most are facts that it states."""
    other = deepcopy(case)
    own, all_facts = stated(case, vocabulary), list(vocabulary.facts.values())
    for _ in range(chance.randint(1, 4)):
        fact = chance.choice(own if chance.random() < 0.7 else all_facts)
        for part, key in places(other, vocabulary, fact.name):
            _change(part, key, fact.type, chance, case)
    return other


def _change(part: dict[str, Any], key: str, kind: Type, chance: Random, case: Mapping[str, Any]) -> None:
    where = chance.random()
    if where < 0.12:
        part.pop(key, None)
    elif where < 0.18 and key not in ("submitted_at", "at"):
        part[key] = "unknown"
    elif (value := value_of(kind, part.get(key), chance, case)) is not None:
        part[key] = value


def value_of(kind: Type, old: Any, chance: Random, case: Mapping[str, Any]) -> Any:
    """Return another value that the type of a fact allows, or None where there is none to draw."""
    if kind.finite:
        return chance.choice(kind.finite)
    match kind.kind:
        case "instant":
            start = old if isinstance(old, str) and old != "unknown" else case["submitted_at"]
            return (datetime.fromisoformat(start) + chance.choice(SHIFTS)).isoformat()
        case "money":
            return max(
                0, (old if type(old) is int else 10_000) * chance.choice((0, 1, 1, 3, 10)) + chance.choice((-1, 0, 1))
            )
        case "ratio":
            return chance.choice(RATIOS)
        case "number":
            return chance.choice(NUMBERS)
        case "list" if kind.item is not None and kind.item.finite:
            return chance.sample(kind.item.finite, chance.randint(0, min(3, len(kind.item.finite))))
    return None
