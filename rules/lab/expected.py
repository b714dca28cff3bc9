"""Compare a recommendation with what a policy test expects: mappings by their keys, lists by their items."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from rules.language.vocabulary import LEFT_OUT
from rules.recommending.coherence import INCOHERENT

OPERATORS: Final = ("is", "contains", "lacks", "one_of")
BOUNDS: Final = ("at_least", "at_most")

_MONEY = re.compile(r"(\d{1,15})(?:\.(\d\d?))? [A-Z]{3}", re.ASCII)
_DECIMAL = re.compile(r"-?\d+(\.\d+)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Difference:
    """Where a recommendation differs from what was expected."""

    path: str
    expected: Any
    found: Any


def judge(expected: Any, found: Any, path: str = "") -> tuple[Difference, ...]:
    """Return every difference; none where the recommendation is as expected.

    A mapping needs the expected keys, a list the expected items, at any position.
    "25.60 CNY" equals 2560. {is: ...} wants exactly this, {contains: ...} a part of a text, {lacks: ...} none of these
    items or parts, {one_of: [...]} any of these, {at_least: ..., at_most: ...} a number or an amount within bounds.
    """
    return tuple(_differences(expected, found, path))


def incoherence(found: Mapping[str, Any]) -> tuple[Difference, ...]:
    """Return a difference where a recommendation contradicts itself, whatever was expected of it."""
    codes = [reason["code"] for reason in found["automation"]["reasons"] if reason.get("code") in INCOHERENT]
    return (Difference("automation.reasons", "a coherent recommendation", ", ".join(codes)),) if codes else ()


def operator(expected: Any) -> str | None:
    """Return the operator that a mapping is, if it is one; of two bounds the first."""
    if not isinstance(expected, Mapping) or not expected:
        return None
    if all(key in BOUNDS for key in expected):
        return str(next(iter(expected)))
    return next((name for name in OPERATORS if name in expected), None) if len(expected) == 1 else None


def currency_of(text: str) -> str | None:
    """Return the currency of an amount that is written with it."""
    return text[-3:] if _MONEY.fullmatch(text) else None


def _differences(expected: Any, found: Any, path: str) -> Iterator[Difference]:
    if operator(expected) is not None:
        if not _holds(expected, found):
            yield Difference(path, expected, found)
    elif isinstance(expected, Mapping) and isinstance(found, Mapping):
        for key, inner in expected.items():
            yield from _differences(inner, found.get(key, LEFT_OUT), f"{path}.{key}" if path else str(key))
    elif isinstance(expected, list) and isinstance(found, list):
        yield from _items(expected, found, path)
    elif not _same(expected, found):
        yield Difference(path, expected, _written_like(expected, found))


def _holds(expected: Mapping[str, Any], found: Any) -> bool:
    if "is" in expected:
        return _same(expected["is"], found)
    if "one_of" in expected:
        return any(_same(value, found) for value in expected["one_of"])
    if "lacks" in expected:
        there = found != LEFT_OUT and isinstance(found, str | list)
        return there and not any(_has(found, part) for part in _parts(expected["lacks"]))
    if "contains" in expected:
        return isinstance(found, str) and all(_has(found, part) for part in _parts(expected["contains"]))
    return _within(expected, found)


def _parts(wanted: Any) -> list[Any]:
    return wanted if isinstance(wanted, list) else [wanted]


def _has(found: str | list[Any], part: Any) -> bool:
    """Return whether a text has this part, or a list an item like this."""
    return str(part) in found if isinstance(found, str) else any(not judge(part, item) for item in found)


def _within(bounds: Mapping[str, Any], found: Any) -> bool:
    """Return whether a number lies within bounds; neither a yes, a text nor nothing does."""
    number = None if isinstance(found, bool) else _number(found)
    if number is None:
        return False
    limits = {name: _number(value) for name, value in bounds.items()}
    low, high = limits.get("at_least"), limits.get("at_most")
    return (low is None or number >= low) and (high is None or number <= high)


def _same(expected: Any, found: Any) -> bool:
    """Return whether two values are one and the same, however the number is written."""
    if isinstance(expected, Mapping):
        return isinstance(found, Mapping) and expected.keys() == found.keys() and all(
            _same(value, found[key]) for key, value in expected.items()
        )  # fmt: skip
    if isinstance(expected, list):
        return isinstance(found, list) and len(expected) == len(found) and all(map(_same, expected, found))
    if isinstance(expected, bool) or isinstance(found, bool) or expected is None or found is None:
        return expected is found
    return bool(expected == found or _number(expected) == _number(found) is not None)


def _written_like(expected: Any, found: Any) -> Any:
    """Return an amount with its currency where one was expected so."""
    amount = _MONEY.fullmatch(expected) if isinstance(expected, str) else None
    if amount is None or not isinstance(found, int) or isinstance(found, bool):
        return found
    return f"{found // 100}.{found % 100:02} {expected[-3:]}"


def _number(value: Any) -> Fraction | None:
    """Return the number that a value or its text is; an amount with its currency is its minor units."""
    if isinstance(value, int | Fraction):
        return Fraction(value)
    if isinstance(value, str) and (amount := _MONEY.fullmatch(value)):
        return Fraction(int(amount[1]) * 100 + int((amount[2] or "0").ljust(2, "0")))
    return Fraction(value) if isinstance(value, str) and _DECIMAL.fullmatch(value) else None


# ---- lists


def _items(expected: list[Any], found: list[Any], path: str) -> Iterator[Difference]:
    for wanted in expected:
        judged = [judge(wanted, item, f"{path}[{at}]") for at, item in enumerate(found)]
        best = min(judged, key=len, default=None)
        if best is None or (best and not _alike(wanted, best)):
            yield Difference(f"{path}[]", wanted, found)
        else:
            yield from best


def _alike(wanted: Any, differences: tuple[Difference, ...]) -> bool:
    """Return whether an item is so near the wanted one that its differences say more than the whole list."""
    return isinstance(wanted, Mapping) and len(differences) < len(wanted)
