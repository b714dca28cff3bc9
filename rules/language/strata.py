"""The order of work: which policy waits for which, and where settle stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from typing import Final

from rules.language.condition import FactOperand, tests
from rules.language.contract import BEFORE_SETTLE, SETTLE_FACTS
from rules.language.derived import Derived
from rules.language.output import output_operands
from rules.language.rule import Policy, Rule
from rules.text.reader import Reader

SETTLE: Final = "settle"


@dataclass(frozen=True, slots=True)
class Stratification:
    """Policies with their strata, in the order of work; `settle_at` of them come before settle."""

    policies: tuple[tuple[Policy, int], ...]
    settle_at: int
    strata: int


def stratify(policies: list[Policy], derived: Mapping[str, Derived], reader: Reader) -> Stratification | None:
    """Put each policy behind those whose answers it reads; report each circle by all its ends."""
    policies = list({policy.name: policy for policy in policies if policy.name}.values())  # others were told of
    answered = {name: policy.name for policy in policies for name in policy.answers}
    waits = {policy.name: _dependencies(policy, answered, derived) for policy in policies}
    waits[SETTLE] = {answered[name]: name for name in BEFORE_SETTLE if name in answered}
    try:
        order = tuple(TopologicalSorter(waits).static_order())
    except CycleError:
        _report_cycles(waits, policies, reader)
        return None
    level: dict[str, int] = {}
    for name in order:
        level[name] = 1 + max((level[other] for other in waits[name]), default=-1)
    placed = sorted(policies, key=lambda policy: (level[policy.name], policy.name))
    before = [policy for policy in placed if level[policy.name] < level[SETTLE]]
    after = [policy for policy in placed if level[policy.name] >= level[SETTLE]]
    strata = sorted({(False, level[policy.name]) for policy in before} | {(True, level[one.name]) for one in after})
    ordered = [(policy, strata.index((False, level[policy.name]))) for policy in before]
    ordered += [(policy, strata.index((True, level[policy.name]))) for policy in after]
    return Stratification(tuple(ordered), len(before), len(strata))


def rule_reads(rule: Rule) -> Iterator[str]:
    """Yield every fact that a rule tests or reckons with."""
    for test in tests(rule.when):
        yield test.fact
        yield from (operand.name for operand in test.operands if isinstance(operand, FactOperand))
    for saying in rule.then.values():
        yield from (operand.name for operand in output_operands(saying) if isinstance(operand, FactOperand))


def policy_reads(policy: Policy) -> Iterator[str]:
    """Yield every fact that a policy reads."""
    for rule in policy.rules:
        yield from rule_reads(rule)
    for saying in policy.otherwise.values():
        yield from (operand.name for operand in output_operands(saying) if isinstance(operand, FactOperand))


def base_facts(name: str, derived: Mapping[str, Derived]) -> Iterator[str]:
    """Yield the facts that a fact rests on, each once: itself, or what it is derived from."""
    seen: set[str] = set()
    left = [name]
    while left:
        one = left.pop()
        if one in derived and one not in seen:
            left += [operand.name for operand in derived[one].reads() if isinstance(operand, FactOperand)][::-1]
        elif one not in seen:
            yield one
        seen.add(one)


def _dependencies(policy: Policy, answered: Mapping[str, str], derived: Mapping[str, Derived]) -> dict[str, str]:
    """Return the policies that this one waits for, each with the fact that it reads of it."""
    waits: dict[str, str] = {}
    for read in dict.fromkeys(policy_reads(policy)):
        for name in base_facts(read, derived):
            giver = SETTLE if name in SETTLE_FACTS else answered.get(name)
            if giver is not None:
                waits.setdefault(giver, name)
    return waits


def _report_cycles(waits: Mapping[str, Mapping[str, str]], policies: list[Policy], reader: Reader) -> None:
    """Report one circle after the other; a policy that stood in one is left out of the search for the next."""
    places = {policy.name: policy.place for policy in policies}
    left = {name: dict(waited) for name, waited in waits.items()}
    while circle := _find_cycle(left):
        steps = [f"'{one}' reads {waits[one][other]} of '{other}'" for one, other in pairwise(circle)]
        ends = [f"'{name}' ({places[name]})" for name in dict.fromkeys(circle) if name in places]
        where = next(places[name] for name in circle if name in places)
        message = f"policies wait for each other in a circle: {', '.join(steps)}"
        reader.report(where, "R301", message, f"take one of these reads out: {' and '.join(ends)}")
        left = {
            name: {other: read for other, read in waited.items() if other not in circle}
            for name, waited in left.items()
            if name not in circle
        }


def _find_cycle(waits: Mapping[str, Mapping[str, str]]) -> list[str]:
    """Return policies of which each waits for the next, the first and last the same, or nothing."""
    try:
        TopologicalSorter({name: sorted(waited) for name, waited in sorted(waits.items())}).prepare()
    except CycleError as error:
        circle: list[str] = error.args[1][::-1]
        start = circle.index(min(circle))
        return [*circle[start:-1], *circle[:start], circle[start]]
    return []
