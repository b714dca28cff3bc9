"""Stratify policies: order them by their dependencies, with settle between them."""

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
    """Policies with their strata, in evaluation order; the first `settle_at` come before settle."""

    policies: tuple[tuple[Policy, int], ...]
    settle_at: int
    strata: int


def stratify(policies: list[Policy], derived: Mapping[str, Derived], reader: Reader) -> Stratification | None:
    """Order each policy after those whose answers it reads; report each cycle with all its members."""
    policies = list({policy.name: policy for policy in policies if policy.name}.values())  # others have been reported
    answered = {name: policy.name for policy in policies for name in policy.answers}
    depends = {policy.name: _dependencies(policy, answered, derived) for policy in policies}
    depends[SETTLE] = {answered[name]: name for name in BEFORE_SETTLE if name in answered}
    try:
        order = tuple(TopologicalSorter(depends).static_order())
    except CycleError:
        _report_cycles(depends, policies, reader)
        return None
    level: dict[str, int] = {}
    for name in order:
        level[name] = 1 + max((level[other] for other in depends[name]), default=-1)
    placed = sorted(policies, key=lambda policy: (level[policy.name], policy.name))
    before = [policy for policy in placed if level[policy.name] < level[SETTLE]]
    after = [policy for policy in placed if level[policy.name] >= level[SETTLE]]
    strata = sorted({(False, level[policy.name]) for policy in before} | {(True, level[one.name]) for one in after})
    ordered = [(policy, strata.index((False, level[policy.name]))) for policy in before]
    ordered += [(policy, strata.index((True, level[policy.name]))) for policy in after]
    return Stratification(tuple(ordered), len(before), len(strata))


def rule_reads(rule: Rule) -> Iterator[str]:
    """Yield every fact that a rule reads."""
    for test in tests(rule.when):
        yield test.fact
        yield from (operand.name for operand in test.operands if isinstance(operand, FactOperand))
    for output in rule.then.values():
        yield from (operand.name for operand in output_operands(output) if isinstance(operand, FactOperand))


def policy_reads(policy: Policy) -> Iterator[str]:
    """Yield every fact that a policy reads."""
    for rule in policy.rules:
        yield from rule_reads(rule)
    for output in policy.otherwise.values():
        yield from (operand.name for operand in output_operands(output) if isinstance(operand, FactOperand))


def base_facts(name: str, derived: Mapping[str, Derived]) -> Iterator[str]:
    """Yield the underived facts that a fact depends on, each once: itself, or those that it is derived from."""
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
    """Return the policies that this one depends on, each with a fact that it reads of it."""
    depends: dict[str, str] = {}
    for read in dict.fromkeys(policy_reads(policy)):
        for name in base_facts(read, derived):
            giver = SETTLE if name in SETTLE_FACTS else answered.get(name)
            if giver is not None:
                depends.setdefault(giver, name)
    return depends


def _report_cycles(depends: Mapping[str, Mapping[str, str]], policies: list[Policy], reader: Reader) -> None:
    """Report all cycles; a policy of one cycle is left out of the search for the next."""
    places = {policy.name: policy.place for policy in policies}
    left = {name: dict(dependencies) for name, dependencies in depends.items()}
    while cycle := _find_cycle(left):
        steps = [f"'{one}' reads {depends[one][other]} of '{other}'" for one, other in pairwise(cycle)]
        ends = [f"'{name}' ({places[name]})" for name in dict.fromkeys(cycle) if name in places]
        where = next(places[name] for name in cycle if name in places)
        message = f"policies depend on each other in a cycle: {', '.join(steps)}"
        reader.report(where, "R301", message, f"take one of these reads out: {' and '.join(ends)}")
        left = {
            name: {other: read for other, read in dependencies.items() if other not in cycle}
            for name, dependencies in left.items()
            if name not in cycle
        }


def _find_cycle(depends: Mapping[str, Mapping[str, str]]) -> list[str]:
    """Return policies of which each depends on the next, the first also last; [] where there is no cycle."""
    try:
        TopologicalSorter({name: sorted(dependencies) for name, dependencies in sorted(depends.items())}).prepare()
    except CycleError as error:
        cycle: list[str] = error.args[1][::-1]
        start = cycle.index(min(cycle))
        return [*cycle[start:-1], *cycle[:start], cycle[start]]
    return []
