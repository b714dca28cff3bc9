"""Describe the rules of a pack once, before any case: what they test, and on which facts and answers they rest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from rules.compiling.pack import Pack
from rules.compiling.program import BoundPolicy, BoundRule
from rules.language.condition import FactOperand
from rules.language.contract import ANSWERS, ENTITLEMENTS, JOINED
from rules.language.output import output_operands
from rules.language.strata import base_facts, rule_reads

SHOWN: Final = frozenset({*ANSWERS, *JOINED} - {"say", "clock"})


class TestedFact(NamedTuple):
    """A fact that a rule tests: its slot, whether it depends on the case alone, and whether JSON takes it as it is."""

    name: str
    slot: int
    sent: bool
    plain: bool


class RuleDescription(NamedTuple):
    """A rule as the recommendation shows it, its tested facts, and the slots, answers and facts that it rests on."""

    head: Mapping[str, Any]
    facts: tuple[TestedFact, ...]
    slots: frozenset[int]
    answers: frozenset[str]
    rests_on: frozenset[str]


class RuleIndex:
    """The descriptions of all rules of a pack, by the positions of policy and rule."""

    def __init__(self, pack: Pack) -> None:
        self.pack = pack
        policies = pack.program.policies
        self.answers = tuple(frozenset(answer.name for answer in policy.answers) for policy in policies)
        self.shown = tuple(any(name in SHOWN or name.startswith(ENTITLEMENTS) for name in own) for own in self.answers)
        answered = frozenset().union(*self.answers)
        self.rules = tuple(
            tuple(self._describe(policy, bound, answered) for bound in policy.rules) for policy in policies
        )
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

    def _describe(self, policy: BoundPolicy, bound: BoundRule, answered: frozenset[str]) -> RuleDescription:
        rule, program = bound.rule, self.pack.program
        tested = dict.fromkeys(leaf.test.fact for one in lineage(policy, bound) for leaf in one.leaves)
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
            answers=answered.intersection(self._read(policy, bound)),
            rests_on=frozenset(self._bases(policy, bound)),
        )

    def _read(self, policy: BoundPolicy, bound: BoundRule) -> Iterator[str]:
        """Yield the answers and facts that a rule and its parents test and compute with."""
        for one in lineage(policy, bound):
            for name in rule_reads(one.rule):
                yield from base_facts(name, self.pack.derived)

    def _bases(self, policy: BoundPolicy, bound: BoundRule) -> Iterator[str]:
        """Yield the facts of the case that a rule, its parents and its exceptions rest on."""
        nearby = [*lineage(policy, bound), *(policy.rules[child] for child in bound.children)]
        for rule in nearby:
            for leaf in rule.leaves:
                yield from base_facts(leaf.test.fact, self.pack.derived)


def lineage(policy: BoundPolicy, bound: BoundRule) -> list[BoundRule]:
    """Return a rule and the rules that it is an exception to, the outermost first."""
    above = [bound]
    while above[0].rule.parent >= 0:
        above.insert(0, policy.rules[above[0].rule.parent])
    return above
