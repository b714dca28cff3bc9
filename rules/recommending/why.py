"""Why: the rules that spoke with the facts that they rest on, those set aside, and what was presumed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any, Final, NamedTuple

from rules.compiling.pack import Pack
from rules.compiling.program import BoundPolicy, BoundRule
from rules.deciding.facts import CaseFacts
from rules.deciding.resolve import CollectedItem, PolicyResult
from rules.language.condition import FactOperand
from rules.language.contract import ANSWERS, ENTITLEMENTS, JOINED
from rules.language.evaluator import Check
from rules.language.output import output_operands
from rules.language.strata import base_facts, rule_reads
from rules.values.json_values import show_decimal
from rules.values.kind import Type
from rules.values.money import half_up
from rules.values.value import OPEN, Frame, Interval

_AS_IT_IS: Final = frozenset({str, bool, int})
SHOWN: Final = frozenset({*ANSWERS, *JOINED} - {"say", "clock"})


class TestedFact(NamedTuple):
    """A fact that a rule tests: its slot, whether the case states it, and whether JSON shows its value as it is."""

    name: str
    slot: int
    sent: bool
    plain: bool


class RuleDescription(NamedTuple):
    """What is known of a rule before any case: how it is told, what it tests, the answers and the facts it rests on."""

    head: Mapping[str, Any]
    facts: tuple[TestedFact, ...]
    slots: frozenset[int]
    answers: frozenset[str]
    rests_on: frozenset[str]


class Explainer:
    """Gives account of a decision by one pack; what does not hang on the case is worked out once."""

    def __init__(self, pack: Pack) -> None:
        self.pack = pack
        policies = pack.program.policies
        self.answers = tuple(frozenset(answer.name for answer in policy.answers) for policy in policies)
        self.shown = tuple(any(name in SHOWN or name.startswith(ENTITLEMENTS) for name in own) for own in self.answers)
        answered = frozenset().union(*self.answers)
        self.known = tuple(
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
        """Tell whether a fact hangs on the case alone, and on no answer."""
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
        """Yield the answers and facts that a rule, with those above it, was decided and reckoned by."""
        for one in lineage(policy, bound):
            for name in rule_reads(one.rule):
                yield from base_facts(name, self.pack.derived)

    def _bases(self, policy: BoundPolicy, bound: BoundRule) -> Iterator[str]:
        """Yield the facts of the case that a rule, its ancestors and its exceptions rest on."""
        nearby = [*lineage(policy, bound), *(policy.rules[child] for child in bound.children)]
        for rule in nearby:
            for leaf in rule.leaves:
                yield from base_facts(leaf.test.fact, self.pack.derived)

    def _relevant(self, results: Sequence[PolicyResult]) -> list[PolicyResult]:
        """Return what belongs into the account: what is seen, and what was said on the way to it.

        Words and deadlines name their rules themselves.
        """
        needed: dict[int, set[str]] = {one.issue: set() for one in results}
        relevant = []
        for one in reversed(results):
            at, own = one.policy.position, needed[one.issue]
            if self.shown[at] or not own.isdisjoint(self.answers[at]):
                for _, rule in one.resolution.fired:
                    own |= self.known[at][rule].answers
                relevant.append(one)
        return relevant[::-1]

    def why(
        self,
        facts: CaseFacts,
        frames: Sequence[Frame],
        results: Sequence[PolicyResult],
        doubts: Sequence[dict[str, Any]],
        years: Iterable[int] = (),
    ) -> dict[str, Any]:
        """Return the rules that spoke, those set aside, presumptions and notes, as JSON.

        `years` are those whose holidays the deadlines lacked.
        """
        results = self._relevant(results)
        sent = [issue.frame for issue in facts.issues]
        rules = [entry for one in results for entry in self._rules(one, frames[one.issue], sent[one.issue])]
        aside = [
            {
                "policy": one.policy.policy.name,
                "rule": one.policy.rules[rule].rule.id,
                "by": one.policy.rules[by].rule.id,
                "issue": one.issue,
            }
            for one in results
            for rule, by in one.resolution.overridden
        ]
        return {
            "rules": rules,
            "set_aside": aside,
            "presumptions": self._presumptions(facts, frames, results),
            "notes": [*self._notes(facts, frames, results, years), *doubts],
        }

    def _rules(self, one: PolicyResult, frame: Frame, sent: Frame) -> Iterator[dict[str, Any]]:
        """Yield the rules that spoke; facts of the case are told as they were sent, never as they were supposed."""
        by_rule: dict[int, dict[str, Any]] = {}
        for at, rule in one.resolution.fired:
            name = one.policy.answers[at].name
            by_rule.setdefault(rule, {})[name] = self._value(one, at, rule)
        for rule, outputs in by_rule.items():
            known = self.known[one.policy.position][rule]
            facts = {}
            for name, slot, asked, plain in known.facts:
                value = sent[slot] if asked else frame[slot]
                facts[name] = None if value is OPEN else value if plain else self.show(name, value)
            yield {**known.head, "facts": facts, "says": outputs, "issue": one.issue}

    def _value(self, one: PolicyResult, at: int, rule: int) -> Any:
        answer, value = one.policy.answers[at], one.resolution.values[at]
        if answer.contracted is not None and answer.collected:
            kind = answer.type.item
            own = [
                value_as_json(item.value, kind)
                for item in value
                if isinstance(item, CollectedItem) and item.rule == rule
            ]
            return own[0] if len(own) == 1 else own
        return self.show(answer.name, value)

    def show(self, name: str, value: Any) -> Any:
        """Return the value of a fact as JSON."""
        kind = self.pack.program.types[name]
        if kind.kind == "shares":
            return None if value is OPEN else {party: value_as_json(share, None) for party, share in value}
        return kind.show(value, self.pack.zone)

    def _presumptions(
        self, facts: CaseFacts, frames: Sequence[Frame], results: Sequence[PolicyResult]
    ) -> list[dict[str, Any]]:
        used: dict[str, int] = {}
        for one in results:
            presumed = facts.issues[one.issue].presumed
            spoke = {rule for _, rule in one.resolution.fired}
            if len({at for at, _ in one.resolution.fired}) < len(one.policy.answers):
                tests = enumerate(self.tests[one.policy.position])
                spoke |= {rule for rule, own in tests if _kept_silent(own, frames[one.issue], presumed)}
            for rule in spoke:
                for name in self.known[one.policy.position][rule].rests_on & presumed:
                    used.setdefault(name, one.issue)
        vocabulary = self.pack.vocabulary.facts
        return [
            {
                "fact": name,
                "value": self.show(name, frames[used[name]][self.pack.program.slots[name]]),
                "because": vocabulary[name].because,
            }
            for name in sorted(used)
        ]

    def _notes(
        self, facts: CaseFacts, frames: Sequence[Frame], results: Sequence[PolicyResult], years: Iterable[int]
    ) -> Iterator[dict[str, Any]]:
        """Yield the years whose holidays the pack does not know, where something that is told counted their days."""
        lacking = set(years)
        if self.counting:
            used: list[set[int]] = [set() for _ in frames]
            for one in results:
                used[one.issue] |= self._counted_by(one)
            for issue, frame in zip(facts.issues, frames, strict=True):
                for derived, slots in self.counting:
                    if not slots.isdisjoint(used[issue.number]):
                        lacking.update(derived.years_missing(frame, issue.context))
        yield from ({"code": "holidays_unknown", "year": year} for year in sorted(lacking))

    def _counted_by(self, one: PolicyResult) -> set[int]:
        """Return the slots on which what was said rests: of the rules that spoke, or of `otherwise`."""
        position, speakers = one.policy.position, one.resolution.fired
        silent = len({at for at, _ in speakers}) < len(one.policy.answers)
        used = set(self.fallbacks[position]) if silent else set()
        for _, rule in speakers:
            used |= self.known[position][rule].slots
        return used


def _kept_silent(tests: Sequence[tuple[Check, frozenset[str]]], frame: Frame, presumed: frozenset[str]) -> bool:
    """Tell whether a rule fails by presumptions alone, given its tests with the facts that each rests on."""
    fails = False
    for check, bases in tests:
        if check(frame) is not True:
            if bases.isdisjoint(presumed) or check(frame) is None:
                return False
            fails = True
    return fails


def lineage(policy: BoundPolicy, bound: BoundRule) -> list[BoundRule]:
    """Return a rule and the rules that it is an exception to, the outermost first."""
    above = [bound]
    while above[0].rule.parent >= 0:
        above.insert(0, policy.rules[above[0].rule.parent])
    return above


def value_as_json(value: Any, kind: Type | None) -> Any:
    """Return something that was said as JSON: amounts of money whole, open parts null."""
    if type(value) in _AS_IT_IS:
        return value
    if isinstance(value, dict):
        fields = kind.fields if kind is not None else {}
        return {name: value_as_json(part, fields.get(name)) for name, part in value.items()}
    if isinstance(value, tuple):
        return [value_as_json(part, None) for part in value]
    if value is OPEN or isinstance(value, Interval):
        return None
    if isinstance(value, Fraction):
        return half_up(value) if kind is not None and kind.kind == "money" else show_decimal(value)
    return value
