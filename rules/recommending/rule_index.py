"""Describe the rules of a pack once, before any case: what they test, and on which facts and answers they rest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from rules.compiling.pack import Pack
from rules.compiling.program import BoundPolicy, BoundRule
from rules.deciding.match import truths
from rules.language.condition import FactOperand
from rules.language.contract import ANSWERS, ENTITLEMENTS, JOINED
from rules.language.evaluator import Truth
from rules.language.output import output_operands
from rules.language.strata import base_facts, rule_reads
from rules.values.value import Frame

SHOWN: Final = frozenset({*ANSWERS, *JOINED} - {"say", "clock"})


class TestedFact(NamedTuple):
    """A fact that a rule tests: its slot, whether it depends on the case alone, and whether JSON takes it as it is."""

    name: str
    slot: int
    sent: bool
    plain: bool


class RuleDescription(NamedTuple):
    """A rule as the recommendation shows it, its tested facts, and the slots, answers and facts that it rests on.

    It `branches` where it, or a rule above it, is an exception to several rules.
    """

    head: Mapping[str, Any]
    facts: tuple[TestedFact, ...]
    slots: frozenset[int]
    answers: frozenset[str]
    rests_on: frozenset[str]
    branches: bool


class RuleIndex:
    """The descriptions of all rules of a pack, by the positions of policy and rule."""

    def __init__(self, pack: Pack) -> None:
        self.pack = pack
        policies = pack.program.policies
        self.answers = tuple(frozenset(answer.name for answer in policy.answers) for policy in policies)
        self.shown = tuple(any(name in SHOWN or name.startswith(ENTITLEMENTS) for name in own) for own in self.answers)
        self.answered = frozenset().union(*self.answers)
        self.rules = tuple(
            tuple(self._describe(policy, lineage(policy, bound)) for bound in policy.rules) for policy in policies
        )
        self.branching: dict[tuple[int, tuple[int, ...]], RuleDescription] = {}
        self.fallbacks = tuple(
            frozenset(
                pack.program.slots[operand.name]
                for saying in policy.policy.otherwise.values()
                for operand in output_operands(saying)
                if isinstance(operand, FactOperand)
            )
            for policy in policies
        )
        self.tests = tuple(
            tuple(
                tuple((leaf.check, frozenset(base_facts(leaf.test.fact, pack.derived))) for leaf in bound.leaves)
                for bound in policy.rules
            )
            for policy in policies
        )
        self.counting = tuple(
            (
                derived,
                frozenset({derived.slot, *(other.slot for other in pack.program.dependents.get(derived.slot, ()))}),
            )
            for derived in pack.program.derived
            if derived.derived.function is not None and derived.derived.function.counts
        )

    def _sent(self, name: str) -> bool:
        """Return whether a fact depends on the case alone, and on no answer."""
        return all(base in self.pack.vocabulary.facts for base in base_facts(name, self.pack.derived))

    def of(self, policy: BoundPolicy, rule: int, frame: Frame) -> RuleDescription:
        """Return the description of a rule in a frame: of several rules above it, only those that are true count."""
        description = self.rules[policy.position][rule]
        if not description.branches:
            return description
        line = lineage(policy, policy.rules[rule], truths(policy, frame))
        key = policy.position, tuple(one.position for one in line)
        if key not in self.branching:
            self.branching[key] = self._describe(policy, line)
        return self.branching[key]

    def _describe(self, policy: BoundPolicy, line: Sequence[BoundRule]) -> RuleDescription:
        """Describe the last rule of a line of exceptions."""
        bound, program = line[-1], self.pack.program
        rule = bound.rule
        tested = dict.fromkeys(leaf.test.fact for one in line for leaf in one.leaves)
        facts = tuple(
            TestedFact(name, program.slots[name], self._sent(name), program.types[name].plain) for name in tested
        )
        head = {
            "policy": policy.policy.name,
            "rule": rule.id,
            "title": dict(rule.title or policy.policy.asks),
            "source": list(rule.source),
        }
        return RuleDescription(
            head,
            facts,
            slots=frozenset((*(fact.slot for fact in facts), *bound.reckons)),
            answers=self.answered.intersection(self._read(line)),
            rests_on=frozenset(self._bases((*line, *(policy.rules[child] for child in bound.children)))),
            branches=any(len(one.parents) > 1 for one in line),
        )

    def _read(self, line: Iterable[BoundRule]) -> Iterator[str]:
        """Yield the answers and facts that rules test and compute with."""
        for one in line:
            for name in rule_reads(one.rule):
                yield from base_facts(name, self.pack.derived)

    def _bases(self, rules: Iterable[BoundRule]) -> Iterator[str]:
        """Yield the facts of the case that the conditions of rules rest on."""
        for rule in rules:
            for leaf in rule.leaves:
                yield from base_facts(leaf.test.fact, self.pack.derived)


def lineage(policy: BoundPolicy, bound: BoundRule, found: Sequence[Truth] = ()) -> list[BoundRule]:
    """Return a rule behind all rules above it, the outermost first.

    Given the truths of the rules, an exception to several rules is followed to those of them that are true.
    """
    line, left = {bound.position}, [bound]
    while left:
        parents = left.pop().parents
        true = [parent for parent in parents if found and found[parent]]
        left += [policy.rules[parent] for parent in true or parents if parent not in line]
        line |= {*(true or parents)}
    return [policy.rules[position] for position in sorted(line)]
