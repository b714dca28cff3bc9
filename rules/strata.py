"""The order of work: which policy waits for which, and where settle stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from .clause import Rule
from .condition import FactOperand, tests
from .contract import BEFORE_SETTLE, GIVEN
from .derived import Derived
from .policy import Policy
from .saying import parts_read
from .shape import Reader

SETTLE: Final = "settle"


@dataclass(frozen=True, slots=True)
class Order:
    """Policies with their strata, in the order of work; `settle_at` of them come before settle."""

    policies: tuple[tuple[Policy, int], ...]
    settle_at: int
    strata: int


def arrange(policies: list[Policy], derived: Mapping[str, Derived], reader: Reader) -> Order | None:
    """Put each policy behind those whose answers it reads; report a circle by both its ends."""
    answered = {name: policy.name for policy in policies for name in policy.answers}
    waits = {policy.name: _waits_for(policy, answered, derived) for policy in policies}
    waits[SETTLE] = {answered[name]: name for name in BEFORE_SETTLE if name in answered}
    circle = _circle(waits)
    if circle:
        _report(circle, waits, policies, reader)
        return None
    level: dict[str, int] = {}
    for name in waits:
        _measure(name, waits, level)
    placed = sorted(policies, key=lambda policy: (level[policy.name], policy.name))
    before = [policy for policy in placed if level[policy.name] < level[SETTLE]]
    after = [policy for policy in placed if level[policy.name] >= level[SETTLE]]
    levels = sorted({level[policy.name] for policy in before}) + sorted({level[policy.name] + 1000 for policy in after})
    stratum = {name: at for at, name in enumerate(levels)}
    ordered = tuple((policy, stratum[level[policy.name]]) for policy in before) + tuple(
        (policy, stratum[level[policy.name] + 1000]) for policy in after
    )
    return Order(ordered, len(before), len(levels))


def rule_reads(rule: Rule) -> Iterator[str]:
    """Yield every fact that a rule tests or reckons with."""
    for test in tests(rule.when):
        yield test.fact
        yield from (operand.name for operand in test.operands if isinstance(operand, FactOperand))
    for saying in rule.then.values():
        yield from (operand.name for operand in parts_read(saying) if isinstance(operand, FactOperand))


def policy_reads(policy: Policy) -> Iterator[str]:
    """Yield every fact that a policy reads."""
    for rule in policy.rules:
        yield from rule_reads(rule)
    for saying in policy.otherwise.values():
        yield from (operand.name for operand in parts_read(saying) if isinstance(operand, FactOperand))


def base_facts(name: str, derived: Mapping[str, Derived]) -> Iterator[str]:
    """Yield the facts that a fact rests on: itself, or what it is derived from."""
    if name in derived:
        for operand in derived[name].reads():
            if isinstance(operand, FactOperand):
                yield from base_facts(operand.name, derived)
    else:
        yield name


def _waits_for(policy: Policy, answered: Mapping[str, str], derived: Mapping[str, Derived]) -> dict[str, str]:
    """Return the policies that this one waits for, each with the fact that it reads of it."""
    waits: dict[str, str] = {}
    for read in policy_reads(policy):
        for name in base_facts(read, derived):
            giver = SETTLE if name in GIVEN else answered.get(name)
            if giver is not None:
                waits.setdefault(giver, name)
    return waits


def _measure(name: str, waits: Mapping[str, Mapping[str, str]], level: dict[str, int]) -> int:
    if name not in level:
        level[name] = 1 + max((_measure(other, waits, level) for other in waits[name]), default=-1)
    return level[name]


def _circle(waits: Mapping[str, Mapping[str, str]]) -> list[str]:
    """Return policies that wait for each other, first and last the same, or nothing."""
    done: set[str] = set()

    def follow(name: str, path: list[str]) -> list[str]:
        if name in path:
            return [*path[path.index(name) :], name]
        if name in done:
            return []
        for other in sorted(waits[name]):
            found = follow(other, [*path, name])
            if found:
                return found
        done.add(name)
        return []

    return next((found for name in sorted(waits) if (found := follow(name, []))), [])


def _report(circle: list[str], waits: Mapping[str, Mapping[str, str]], policies: list[Policy], reader: Reader) -> None:
    places = {policy.name: policy.place for policy in policies}
    steps = [f"'{one}' reads {waits[one][other]} of '{other}'" for one, other in zip(circle, circle[1:], strict=False)]
    ends = [f"'{name}' ({places[name]})" for name in dict.fromkeys(circle) if name in places]
    where = next(places[name] for name in circle if name in places)
    message = f"policies wait for each other in a circle: {', '.join(steps)}"
    reader.report(where, "R301", message, f"take one of these reads out: {' and '.join(ends)}")
