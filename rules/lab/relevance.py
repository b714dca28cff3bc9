"""Find the facts that can matter for a kind of issue, those first that most rules about this kind read.

The policies are read, not run: a rule is left out only where the kind of the issue, the ground that it raises, or an
answer that no remaining rule gives excludes it. So the list may hold a fact too many, and lacks none that a rule reads.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from rules.compiling.pack import Pack
from rules.language.condition import Condition, FactOperand, Literal, Test, tests
from rules.language.contract import GROUND, TICKED
from rules.language.output import output_operands
from rules.language.rule import Policy, Rule
from rules.recommending.related import Values, possible

OF_REMEDY: Final = ("remedy.", "eligibility.", "freight.", "responsibility.to_customer")  # beginnings of answers
REMEDY, HANDLING = DECIDES = ("remedy", "handling")  # what the customer gets; who carries it out, and what is said


@dataclass(slots=True)
class _Reader:
    """Reads the policies of a pack in order; `possible` are the values that a name may still have."""

    pack: Pack
    possible: dict[str, Values]
    found: dict[str, str] = field(default_factory=dict)
    weight: Counter[str] = field(default_factory=Counter)  # how many rules about this kind read a fact

    def read(self, policy: Policy, decides: str) -> None:
        """Collect the facts of the rules that may hold, and the answers that they may give."""
        alive: dict[int, Rule] = {}
        for position, rule in enumerate(policy.rules):
            if (rule.parent < 0 or rule.parent in alive) and possible(rule.when, self.possible):
                alive[position] = rule
        about: set[int] = set()
        for position, rule in alive.items():
            named = {test.fact for test in tests(rule.when)}
            if rule.parent in about or not named.isdisjoint((TICKED, GROUND)):
                about.add(position)
            for name in dict.fromkeys(self._names(rule)):
                self._collect(name, decides, position in about, set())
        for name in policy.answers:
            outputs = [rule.then[name] for rule in alive.values() if name in rule.then]
            outputs += [policy.otherwise[name]] if name in policy.otherwise else []
            if all(isinstance(output, Literal) for output in outputs):
                self.possible[name] = frozenset(output.value for output in outputs if isinstance(output, Literal))

    def _names(self, rule: Rule) -> Iterator[str]:
        for test in self._open_tests(rule.when):
            yield test.fact
            yield from (operand.name for operand in test.operands if isinstance(operand, FactOperand))
        for output in rule.then.values():
            yield from (operand.name for operand in output_operands(output) if isinstance(operand, FactOperand))

    def _open_tests(self, condition: Condition) -> Iterator[Test]:
        """Yield the tests of the parts that may hold."""
        if isinstance(condition, Test):
            yield condition
            return
        for part in condition.parts:
            if possible(part, self.possible):
                yield from self._open_tests(part)

    def _collect(self, name: str, decides: str, about: bool, visited: set[str]) -> None:
        fact = self.pack.vocabulary.facts.get(name)
        if fact is not None and not (fact.retired or fact.carried or name == TICKED):
            self.found.setdefault(name, decides)
            self.weight[name] += about
        elif name in self.pack.derived and name not in visited:
            visited.add(name)
            for operand in self.pack.derived[name].reads():
                if isinstance(operand, FactOperand):
                    self._collect(operand.name, decides, about, visited)


def relevant(pack: Pack, kind: str) -> dict[str, str]:
    """Return the facts that can matter for a kind, those with the most weight first, each with what it decides."""
    reader = _Reader(pack, {TICKED: frozenset({kind}), GROUND: frozenset({kind})})
    deciding = _deciding(pack)
    policies = [bound.policy for bound in pack.program.policies]
    for policy in sorted(policies, key=lambda one: GROUND in one.answers):  # what raises another ground comes last
        reader.read(policy, REMEDY if policy.name in deciding else HANDLING)
    return dict(sorted(reader.found.items(), key=lambda one: (DECIDES.index(one[1]), -reader.weight[one[0]])))


def _deciding(pack: Pack) -> set[str]:
    """Return the policies on whose answers the remedy rests, by name."""
    makers, found, seen = pack.program.makers, set[str](), set[str]()
    waiting = [name for name in makers if name.startswith(OF_REMEDY)]
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        if name in makers:
            found.add(makers[name].policy.name)
            waiting += [pack.program.names[slot] for slot in makers[name].reads]
        elif name in pack.derived:
            waiting += [one.name for one in pack.derived[name].reads() if isinstance(one, FactOperand)]
    return found
