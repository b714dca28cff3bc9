"""Where the law of a pack changes: the days on which rules and figures begin or end, and the amounts that it names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rules.compiling.pack import Pack
from rules.language.condition import Literal, tests


def days_of_change(pack: Pack) -> tuple[int, ...]:
    """Return the days on which rules and figures begin, those after rules end, and those on which conditions change.

    A condition that names a day changes on it or, as `at_most` does, on the next one; both are returned.
    """
    found = {day for parameter in pack.parameters.values() for day in parameter.days}
    for rule in (rule for policy in pack.policies for rule in policy.rules):
        found |= set() if rule.since is None else {rule.since}
        found |= set() if rule.until is None else {rule.until + 1}  # `until` is the last day in force
    named = {*_tested(pack, "date"), *map(pack.calendar.day_of, _tested(pack, "instant"))}
    return tuple(sorted(found | named | {day + 1 for day in named}))


def amounts_of_change(pack: Pack) -> frozenset[int]:
    """Return the amounts of the pack's parameters, and those that conditions name."""
    parameters = [parameter for parameter in pack.parameters.values() if parameter.type.kind == "money"]
    return frozenset({int(value) for one in parameters for value in one.values}.union(_tested(pack, "money")))


def amounts_in(value: Any) -> set[int]:
    """Return every amount that a part of a case states."""
    if isinstance(value, dict):
        own = {inner for key, inner in value.items() if key.endswith("_fen") and type(inner) is int}
        return own.union(*map(amounts_in, value.values()))
    return set[int]().union(*map(amounts_in, value)) if isinstance(value, list) else set()


def _tested(pack: Pack, kind: str) -> Iterator[int]:
    """Yield the values of a type that conditions compare with."""
    types = pack.program.types
    for test in (test for policy in pack.policies for rule in policy.rules for test in tests(rule.when)):
        if test.fact in types and types[test.fact].kind == kind:
            yield from (one.value for one in test.operands if isinstance(one, Literal) and type(one.value) is int)
