"""Find the facts sent as unknown that a rule would read if they were stated.

A rule that tests `known: false` treats such a fact as left out. That is right for what the customer gets, and for the
questions. But a machine must not carry out what a person would handle if the fact were stated.
"""

from __future__ import annotations

from collections.abc import Iterator, Set

from rules.compiling.pack import Pack
from rules.compiling.program import BoundRule
from rules.deciding.facts import CaseFacts, IssueFacts
from rules.deciding.match import truths
from rules.language.condition import All, Condition, Test
from rules.language.contract import BEFORE_SETTLE
from rules.language.evaluator import Truth
from rules.values.value import OPEN, Frame


class UnknownFacts:
    """Finds them in the cases of one pack; `mode` is the answer that says who carries a decision out."""

    def __init__(self, pack: Pack, mode: str) -> None:
        self.names = pack.program.names
        self.policies = pack.policies_behind({mode, *BEFORE_SETTLE})
        self.chains = tuple(dict.fromkeys(chain for _, chain in pack.program.days))
        self.slots = pack.program.slots

    def sought(self, facts: CaseFacts, frames: tuple[Frame, ...]) -> dict[str, list[int]]:
        """Return the facts sent as unknown that a rule or a governing day looks for, each with its issues."""
        found: dict[str, list[int]] = {}
        for issue, frame in zip(facts.issues, frames, strict=True):
            if unknown := {self.names[slot] for slot in issue.context.sent_unknown}:
                for name in sorted({*self._by_rules(unknown, frame), *self._by_days(unknown, issue)}):
                    found.setdefault(name, []).append(issue.number)
        return found

    def _by_rules(self, unknown: Set[str], frame: Frame) -> Iterator[str]:
        for policy in self.policies:
            found = truths(policy, frame)
            for bound, truth in zip(policy.rules, found, strict=True):
                about = {leaf.test.fact for leaf in bound.leaves} & unknown
                applies = not bound.parents or any(found[parent] is not False for parent in bound.parents)
                if about and truth is not None and applies and _may_hold(bound, about, frame):
                    yield from about

    def _by_days(self, unknown: Set[str], issue: IssueFacts) -> Iterator[str]:
        """Yield the facts before the first known one of a chain: another one governs only because they are unknown."""
        for chain in self.chains:
            for name in chain:
                if issue.frame[self.slots[name]] is not OPEN:
                    break
                if name in unknown:
                    yield name


def _may_hold(bound: BoundRule, unknown: Set[str], frame: Frame) -> bool:
    """Return whether a rule would be undecided if each test of these facts were, `known` included."""
    if not all(frame[force] for force in bound.forces):
        return False
    leaves = iter(None if leaf.test.fact in unknown else leaf.check(frame) for leaf in bound.leaves)
    return _truth(bound.rule.when, leaves) is None


def _truth(condition: Condition, leaves: Iterator[Truth]) -> Truth:
    if isinstance(condition, Test):
        return next(leaves)
    parts, decisive = [_truth(part, leaves) for part in condition.parts], not isinstance(condition, All)
    return decisive if decisive in parts else None if None in parts else not decisive
