"""Explain a decision: the firing rules with their facts, the rules set aside, and the presumptions used."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import Any, Final

from rules.compiling.pack import Pack
from rules.deciding.facts import CaseFacts
from rules.deciding.resolve import CollectedItem, PolicyResult
from rules.language.evaluator import Check
from rules.recommending.basis import Basis
from rules.recommending.related import RelatedRules
from rules.recommending.rule_index import RuleIndex
from rules.values.json_values import show_decimal
from rules.values.kind import Type
from rules.values.money import half_up
from rules.values.value import OPEN, Frame, Interval

_AS_IT_IS: Final = frozenset({str, bool, int})


class Explainer:
    """Explains decisions by one pack."""

    def __init__(self, pack: Pack) -> None:
        self.pack, self.index, self.related = pack, RuleIndex(pack), RelatedRules(pack)

    def why(self, basis: Basis, doubts: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """Return the firing rules, those set aside, presumptions and notes, as JSON."""
        facts, frames = basis.facts, basis.frames
        results = self._relevant(basis.results, frames)
        sent = [issue.frame for issue in facts.issues]
        years = {year for deadline in basis.deadlines.values() for year in deadline.years_missing}
        return {
            "rules": [shown for one in results for shown in self._rules(one, frames[one.issue], sent[one.issue])],
            "set_aside": [
                {
                    "policy": one.policy.policy.name,
                    "rule": one.policy.rules[rule].rule.id,
                    "by": one.policy.rules[by].rule.id,
                    "issue": one.issue,
                }
                for one in results
                for rule, by in one.resolution.overridden
            ],
            "presumptions": self._presumptions(facts, frames, results),
            "notes": [*self._notes(facts, frames, results, years), *doubts],
        }

    def _relevant(self, results: Sequence[PolicyResult], frames: Sequence[Frame]) -> list[PolicyResult]:
        """Return the results to explain: those with shown answers, and those that these rest on.

        Word blocks and deadlines name their rules themselves.
        """
        needed: dict[int, set[str]] = {one.issue: set() for one in results}
        relevant = []
        for one in reversed(results):
            at, own = one.policy.position, needed[one.issue]
            if self.index.shown[at] or not own.isdisjoint(self.index.answers[at]):
                for _, rule in one.resolution.fired:
                    own |= self.index.of(one.policy, rule, frames[one.issue]).answers
                relevant.append(one)
        return relevant[::-1]

    def _rules(self, one: PolicyResult, frame: Frame, sent: Frame) -> Iterator[dict[str, Any]]:
        """Yield the firing rules; facts of the case are shown as sent, never as supposed."""
        by_rule: dict[int, dict[str, Any]] = {}
        for at, rule in one.resolution.fired:
            name = one.policy.answers[at].name
            by_rule.setdefault(rule, {})[name] = self._value(one, at, rule)
        for rule, outputs in by_rule.items():
            description = self.index.of(one.policy, rule, frame)
            facts = {}
            for name, slot, asked, plain in description.facts:
                value = sent[slot] if asked else frame[slot]
                facts[name] = None if value is OPEN else value if plain else self.show(name, value)
            yield {**description.head, "facts": facts, "says": outputs, "issue": one.issue}

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
            fired = {rule for _, rule in one.resolution.fired}
            if len({at for at, _ in one.resolution.fired}) < len(one.policy.answers):
                tests = enumerate(self.index.tests[one.policy.position])
                fired |= {rule for rule, own in tests if _fails_by_presumption(own, frames[one.issue], presumed)}
            for rule in fired:
                for name in self.index.of(one.policy, rule, frames[one.issue]).rests_on & presumed:
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
        """Yield the years whose holidays the pack lacks, where a shown answer or deadline counts their days."""
        lacking = set(years)
        if self.index.counting:
            used: list[set[int]] = [set() for _ in frames]
            for one in results:
                used[one.issue] |= self._counted_by(one, frames[one.issue])
            for issue, frame in zip(facts.issues, frames, strict=True):
                for derived, slots in self.index.counting:
                    if not slots.isdisjoint(used[issue.number]):
                        lacking.update(derived.years_missing(frame, issue.context))
        yield from ({"code": "holidays_unknown", "year": year} for year in sorted(lacking))

    def _counted_by(self, one: PolicyResult, frame: Frame) -> set[int]:
        """Return the slots on which a result rests: those of its firing rules, and of `otherwise`."""
        position, firing = one.policy.position, one.resolution.fired
        silent = len({at for at, _ in firing}) < len(one.policy.answers)
        used = set(self.index.fallbacks[position]) if silent else set()
        for _, rule in firing:
            used |= self.index.of(one.policy, rule, frame).slots
        return used


def _fails_by_presumption(
    tests: Sequence[tuple[Check, frozenset[str]]], frame: Frame, presumed: frozenset[str]
) -> bool:
    """Return whether a rule fails by presumptions alone, given its tests and the facts that each rests on."""
    fails = False
    for check, bases in tests:
        if check(frame) is not True:
            if bases.isdisjoint(presumed) or check(frame) is None:
                return False
            fails = True
    return fails


def value_as_json(value: Any, kind: Type | None) -> Any:
    """Return an answer as JSON: money in whole fen, open parts null."""
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
