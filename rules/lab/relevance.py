"""Find the facts that can matter for a kind of issue, those first that most rules about this kind alone read.

The policies are read, not run: a rule is left out only where the kind of the issue, the ground that it raises, or an
answer that no remaining rule gives excludes it. So the list may hold a fact too many, and lacks none that a rule reads.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Final

from rules.compiling.pack import Pack
from rules.language.condition import Condition, FactOperand, Literal, Test, tests
from rules.language.contract import CASE_FACTS, GROUND, ISSUE_FACTS, LINE_FACTS, TICKED
from rules.language.output import Output, output_operands
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
    weight: dict[str, float] = field(default_factory=lambda: defaultdict(float))  # rules about this kind that read it
    read_by: dict[str, list[frozenset[str]]] = field(default_factory=dict)  # by answer: what its rules read

    def read(self, policy: Policy, decides: str) -> None:
        """Collect the facts of the rules that may hold, and the answers that they may give."""
        alive: dict[int, Rule] = {}
        for position, rule in enumerate(policy.rules):
            if (not rule.parents or any(one in alive for one in rule.parents)) and possible(rule.when, self.possible):
                alive[position] = rule
        about: dict[int, float] = {}  # 1 where a rule holds for this kind alone, 1/3 for one of three kinds
        reads: dict[int, frozenset[str]] = {}
        for position, rule in alive.items():
            above = (about.get(parent, 0.0) for parent in rule.parents)
            about[position] = max((0.0, *above, *map(self._about, tests(rule.when))))
            reads[position] = self.collect(self._names(rule), decides)
            for name in reads[position]:
                self.weight[name] += about[position]
        for name in policy.answers:
            outputs = [rule.then[name] for rule in alive.values() if name in rule.then]
            self.read_by[name] = [reads[position] for position, rule in alive.items() if name in rule.then]
            if name in policy.otherwise:
                outputs.append(policy.otherwise[name])
                self.read_by[name].append(self.collect(_operands(policy.otherwise[name]), decides))
            if all(isinstance(output, Literal) for output in outputs):
                self.possible[name] = frozenset(output.value for output in outputs if isinstance(output, Literal))

    def weigh(self) -> None:
        """Pass the weight of each answer on to what the rules that give it read, to each in proportion."""
        for name, rules in reversed(self.read_by.items()):
            for read in chain.from_iterable(rules):
                self.weight[read] += self.weight[name] / len(rules)

    def _about(self, test: Test) -> float:
        """Return how much a test is about this kind alone."""
        if test.fact not in (TICKED, GROUND):
            return 0.0
        named = len(test.operands)
        return 1 / max(1, named if test.op == "is" else len(self.pack.program.types[test.fact].values) - named)

    def _names(self, rule: Rule) -> Iterator[str]:
        for test in self._open_tests(rule.when):
            yield test.fact
            yield from (operand.name for operand in test.operands if isinstance(operand, FactOperand))
        for output in rule.then.values():
            yield from _operands(output)

    def _open_tests(self, condition: Condition) -> Iterator[Test]:
        """Yield the tests of the parts that may hold."""
        if isinstance(condition, Test):
            yield condition
            return
        for part in condition.parts:
            if possible(part, self.possible):
                yield from self._open_tests(part)

    def collect(self, names: Iterable[str], decides: str) -> frozenset[str]:
        """Return the facts and answers behind some names, derived facts followed; note the facts that are found."""
        behind = dict.fromkeys(name for one in dict.fromkeys(names) for name in self._behind(one, set()))
        for name in behind:
            if name in self.pack.vocabulary.facts and self.found.get(name) != REMEDY:
                self.found[name] = decides
        return frozenset(behind)

    def _behind(self, name: str, visited: set[str]) -> Iterator[str]:
        fact = self.pack.vocabulary.facts.get(name)
        if fact is not None and not (fact.retired or fact.carried or name == TICKED):
            yield name
        elif name in self.pack.derived and name not in visited:
            visited.add(name)
            for operand in self.pack.derived[name].reads():
                if isinstance(operand, FactOperand):
                    yield from self._behind(operand.name, visited)
        elif name in self.pack.program.makers:
            yield name


def _operands(output: Output) -> Iterator[str]:
    return (operand.name for operand in output_operands(output) if isinstance(operand, FactOperand))


def kinds(pack: Pack) -> tuple[str, ...]:
    """Return the kinds of issue that a case of the pack can name."""
    ticked = pack.vocabulary.facts.get(TICKED)
    return ticked.type.values if ticked is not None else ()


def relevant(pack: Pack, kind: str | None) -> dict[str, str]:
    """Return the facts that can matter for a kind, those with the most weight first, each with what it decides.

    None is the kind of a pack whose cases name none.
    """
    reader = _Reader(pack, {} if kind is None else {TICKED: frozenset({kind}), GROUND: frozenset({kind})})
    ends = [answer for answer in pack.program.makers if answer.startswith(OF_REMEDY)]
    deciding = {bound.policy.name for bound in pack.policies_behind(ends)}
    policies = [bound.policy for bound in pack.program.policies]
    for policy in sorted(policies, key=lambda one: GROUND in one.answers):  # what raises another ground comes last
        reader.read(policy, REMEDY if policy.name in deciding else HANDLING)
    reader.collect((*LINE_FACTS, *CASE_FACTS, *ISSUE_FACTS), REMEDY)  # settle reads them, whether a rule does or not
    reader.weigh()
    return dict(sorted(reader.found.items(), key=lambda one: (DECIDES.index(one[1]), -reader.weight[one[0]])))
