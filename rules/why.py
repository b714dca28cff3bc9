"""Why: the rules that spoke with the facts that they rest on, those set aside, and what was presumed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any, Final, NamedTuple

from .condition import Frame
from .contract import ANSWERS, ENTITLEMENTS, JOINED
from .facts import CaseFacts
from .kind import Type, show_decimal
from .money import half_up
from .pack import Pack
from .program import BoundDerived, BoundPolicy, BoundRule
from .resolve import Said, Verdict
from .strata import base_facts, rule_reads
from .value import OPEN, Interval

SHOWN: Final = frozenset({*ANSWERS, *JOINED} - {"say", "clock"})


class Spoken(NamedTuple):
    """What one policy said of one issue."""

    issue: int
    policy: BoundPolicy
    verdict: Verdict


class Account:
    """Gives account of a decision by one pack; what does not hang on the case is worked out once."""

    def __init__(self, pack: Pack) -> None:
        self.pack = pack
        self.known = {
            (policy.position, bound.position): self._describe(policy, bound)
            for policy in pack.program.policies
            for bound in policy.rules
        }
        self.reads = {
            (policy.position, bound.position): frozenset(self._read(policy, bound))
            for policy in pack.program.policies
            for bound in policy.rules
        }
        self.rests_on = {
            (policy.position, bound.position): frozenset(self._bases(policy, bound))
            for policy in pack.program.policies
            for bound in policy.rules
        }

    def _describe(
        self, policy: BoundPolicy, bound: BoundRule
    ) -> tuple[dict[str, Any], tuple[tuple[str, int, bool], ...]]:
        rule = bound.rule
        facts = dict.fromkeys(
            (leaf.test.fact, self.pack.program.slots[leaf.test.fact], leaf.test.fact in self.pack.vocabulary.facts)
            for ancestor in lineage(policy, bound)
            for leaf in ancestor.leaves
        )
        head = {
            "policy": policy.policy.name,
            "rule": rule.id,
            "title": dict(rule.title or policy.policy.asks),
            "source": list(rule.source),
        }
        return head, tuple(facts)

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

    def _told(self, spoken: Sequence[Spoken]) -> list[Spoken]:
        """Return what belongs into the account: what is seen, and what was said on the way to it.

        Words and deadlines name their rules themselves.
        """
        needed: set[tuple[int, str]] = set()
        told = []
        for one in reversed(spoken):
            names = [answer.name for answer in one.policy.answers]
            own = any(name in SHOWN or name.startswith(ENTITLEMENTS) for name in names)
            if own or any((one.issue, name) in needed for name in names):
                rules = {rule for _, rule in one.verdict.speakers}
                needed |= {(one.issue, name) for rule in rules for name in self.reads[one.policy.position, rule]}
                told.append(one)
        return told[::-1]

    def why(
        self, facts: CaseFacts, frames: Sequence[Frame], spoken: Sequence[Spoken], doubts: Sequence[dict[str, Any]]
    ) -> dict[str, Any]:
        """Return the rules that spoke, those set aside, presumptions and notes, as JSON."""
        spoken = self._told(spoken)
        sent = [issue.frame for issue in facts.issues]
        rules = [entry for one in spoken for entry in self._rules(one, frames[one.issue], sent[one.issue])]
        aside = [
            {
                "policy": one.policy.policy.name,
                "rule": one.policy.rules[rule].rule.id,
                "by": one.policy.rules[by].rule.id,
                "issue": one.issue,
            }
            for one in spoken
            for rule, by in one.verdict.aside
        ]
        return {
            "rules": rules,
            "set_aside": aside,
            "presumptions": self._presumptions(facts, frames, spoken),
            "notes": [*self._notes(facts, frames, spoken), *doubts],
        }

    def _rules(self, one: Spoken, frame: Frame, sent: Frame) -> Iterator[dict[str, Any]]:
        """Yield the rules that spoke; facts of the case are told as they were sent, never as they were supposed."""
        says: dict[int, dict[str, Any]] = {}
        for at, rule in one.verdict.speakers:
            name = one.policy.answers[at].name
            says.setdefault(rule, {})[name] = self._value(one, at, rule)
        for rule, said in says.items():
            head, facts = self.known[one.policy.position, rule]
            yield {
                **head,
                "facts": {name: self.show(name, (sent if asked else frame)[slot]) for name, slot, asked in facts},
                "says": said,
                "issue": one.issue,
            }

    def _value(self, one: Spoken, at: int, rule: int) -> Any:
        answer, value = one.policy.answers[at], one.verdict.values[at]
        if answer.contracted is not None and answer.collected:
            kind = answer.type.item
            own = [said_as_json(item.value, kind) for item in value if isinstance(item, Said) and item.rule == rule]
            return own[0] if len(own) == 1 else own
        return self.show(answer.name, value)

    def show(self, name: str, value: Any) -> Any:
        """Return the value of a fact as JSON."""
        kind = self.pack.program.types[name]
        if kind.kind == "shares":
            return None if value is OPEN else {party: said_as_json(share, None) for party, share in value}
        return kind.show(value, self.pack.zone)

    def _presumptions(
        self, facts: CaseFacts, frames: Sequence[Frame], spoken: Sequence[Spoken]
    ) -> list[dict[str, Any]]:
        used: dict[str, int] = {}
        for one in spoken:
            presumed = facts.issues[one.issue].presumed
            for _, rule in one.verdict.speakers:
                for name in self.rests_on[one.policy.position, rule] & presumed:
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

    def _notes(self, facts: CaseFacts, frames: Sequence[Frame], spoken: Sequence[Spoken]) -> Iterator[dict[str, Any]]:
        """Yield where a rule that spoke counted working days of years whose holidays the pack does not know."""
        used = {
            (one.issue, slot)
            for one in spoken
            for _, rule in one.verdict.speakers
            for _, slot, _ in self.known[one.policy.position, rule][1]
        }
        years = {
            year
            for issue, frame in zip(facts.issues, frames, strict=True)
            for derived in self.pack.program.derived
            if self._used(derived, issue.number, used)
            for year in derived.years_missing(frame, issue.context)
        }
        yield from ({"code": "holidays_unknown", "year": year} for year in sorted(years))

    def _used(self, derived: BoundDerived, issue: int, used: set[tuple[int, int]]) -> bool:
        hanging = (other.slot for other in self.pack.program.dependents.get(derived.slot, ()))
        return any((issue, slot) in used for slot in (derived.slot, *hanging))


def lineage(policy: BoundPolicy, bound: BoundRule) -> list[BoundRule]:
    """Return a rule and the rules that it is an exception to, the outermost first."""
    above = [bound]
    while above[0].rule.parent >= 0:
        above.insert(0, policy.rules[above[0].rule.parent])
    return above


def said_as_json(value: Any, kind: Type | None) -> Any:
    """Return something that was said as JSON: amounts of money whole, open parts null."""
    if isinstance(value, dict):
        fields = kind.fields if kind is not None else {}
        return {name: said_as_json(part, fields.get(name)) for name, part in value.items()}
    if isinstance(value, tuple):
        return [said_as_json(part, None) for part in value]
    if value is OPEN or isinstance(value, Interval):
        return None
    if isinstance(value, Fraction):
        return half_up(value) if kind is not None and kind.kind == "money" else show_decimal(value)
    return value
