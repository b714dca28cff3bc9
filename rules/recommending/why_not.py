"""Explain why a wish was not granted: the conditions that failed, and the nearest change that would grant it.

A nearest change is checked: the case is decided again with it, and it counts only if the wish is then chosen.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from rules.compiling.program import BoundPolicy, BoundRule
from rules.deciding.budget import Budget
from rules.deciding.match import truths
from rules.deciding.options import wished
from rules.deciding.tree import Variable
from rules.deciding.walker import Walker
from rules.language.condition import OPPOSITES, Literal, ParameterOperand, Test
from rules.language.contract import ENTITLEMENTS, TICKED
from rules.language.evaluator import Leaf, Truth
from rules.language.output import Items, Record
from rules.recommending.basis import Basis
from rules.recommending.why import Explainer
from rules.values.value import OPEN, Frame, Interval

TRY_LIMIT: Final = 32
TRY_STEP_LIMIT: Final = 20_000  # of all tries of a case; past it no nearest change is reported
TRY_DEPTH_LIMIT: Final = 4
NO_WISH: Final = ("none", "")
OPTION: Final = "remedy.option"
WANTS: Final = "issue.wants"


class WhyNot:
    """Explains wishes that were not granted, for one decided case."""

    def __init__(self, basis: Basis, explainer: Explainer) -> None:
        self.pack, self.facts, self.frames, self.explainer = basis.pack, basis.facts, basis.frames, explainer
        self.settlement = basis.settlement
        pack = basis.pack
        self.program = pack.program
        self.makers = pack.program.makers
        self.walker = Walker(pack, basis.facts, Budget(TRY_STEP_LIMIT))
        self.tries = 0

    def explain(self) -> list[dict[str, Any]]:
        """Return the failed conditions of each issue whose wish was not chosen."""
        if WANTS not in self.program.slots or OPTION not in self.makers:
            return []
        return [
            self._issue(issue.number, self.frames[issue.number][self.program.slots[WANTS]])
            for issue in self.facts.issues
            if self._not_granted(issue.number)
        ]

    def _not_granted(self, issue: int) -> bool:
        wants = self.frames[issue][self.program.slots[WANTS]]
        option = self.settlement.chosen(issue)
        if wants is OPEN or wants in NO_WISH:
            return False
        if option is not None and option.nothing_left:  # the wish was granted before, or deductions take all of it
            return False
        return option is None or not wished(option.kind, option.returns, wants)

    def _issue(self, issue: int, wants: str) -> dict[str, Any]:
        """Explain one wish: the rule nearest to granting it, and the conditions that prevented it."""
        policy, frame = self.makers[OPTION], self.frames[issue]
        found, related = truths(policy, frame), self._related(policy, frame)
        candidates = [
            (self._obstacles(policy, bound, found, frame), bound)
            for bound in policy.rules
            if bound.position in related and self._grants(bound, frame, wants)
        ]
        obstacles, best = min(candidates, key=_distance, default=([], None))
        waiting = [one for one in self.settlement.options[issue] if one.needs and wished(one.kind, one.returns, wants)]
        return {
            "issue": issue,
            "wanted": wants,
            "rule": None if best is None else best.rule.id,
            "title": None if best is None else dict(best.rule.title),
            "needs": waiting[0].needs if waiting else None,
            "failed": [self._failed(leaf, truth, frame) for leaf, truth in obstacles],
            "nearest": self._nearest(issue, wants, [leaf for leaf, _ in obstacles]),
        }

    def _related(self, policy: BoundPolicy, frame: Frame) -> frozenset[int]:
        """Return the rules that have to do with the claim: those that can hold on its ground."""
        rules = self.explainer.related
        ground = OPEN if rules.slot is None else frame[rules.slot]
        return frozenset(range(len(policy.rules))) if ground is OPEN else rules.of(policy, ground)

    def _obstacles(
        self, policy: BoundPolicy, bound: BoundRule, found: Sequence[Truth], frame: Frame
    ) -> list[tuple[Leaf, bool]]:
        """Return the tests that would have to change: failing tests of the rule, or else true tests of an exception."""
        failing = [(leaf, False) for leaf in self._failing(policy, bound, frame)]
        exceptions = [policy.rules[child] for child in bound.children if found[child]]
        return failing or [(leaf, True) for one in exceptions for leaf in one.leaves if leaf.check(frame)]

    def _grants(self, bound: BoundRule, frame: Frame, wants: str) -> bool:
        saying = bound.rule.then.get(OPTION)
        records = saying.items if isinstance(saying, Items) else ()
        return any(
            isinstance(record, Record)
            and wished(
                str(getattr(record.parts["kind"], "value", "")),
                getattr(record.parts.get("return"), "value", False) is True,
                wants,
            )
            for record in records
        )

    def _failing(self, policy: BoundPolicy, bound: BoundRule, frame: Frame) -> list[Leaf]:
        """Return the failing tests of a rule and of the rule above it: of several, of the one where fewest fail."""
        above = [self._failing(policy, policy.rules[parent], frame) for parent in bound.parents]
        return [*min(above, key=len, default=[]), *(leaf for leaf in bound.leaves if leaf.check(frame) is False)]

    def _failed(self, leaf: Leaf, truth: bool, frame: Frame) -> dict[str, Any]:
        name, needed = leaf.test.fact, OPPOSITES[leaf.test.op] if truth else leaf.test.op
        fact = self.pack.vocabulary.facts.get(name)
        derived = self.pack.derived.get(name)
        label = fact.label if fact is not None else derived.label if derived is not None else {}
        return {
            "fact": name,
            "label": dict(label) or dict(self.makers[name].policy.asks if name in self.makers else {}),
            "needs": {needed: [self._operand(leaf.test, operand, frame) for operand in leaf.test.operands]},
            "is": self.explainer.show(name, frame[leaf.slot]) if leaf.test.op not in ("unknown", "known") else None,
        }

    def _operand(self, test: Test, operand: Any, frame: Frame) -> Any:
        kind = self.program.types[test.fact]
        item = kind.item if test.op in ("includes", "excludes") and kind.item is not None else kind
        if isinstance(operand, Literal):
            return item.show(operand.value, self.pack.zone)
        name = f"$parameter {operand.name}" if isinstance(operand, ParameterOperand) else operand.name
        return item.show(frame[self.program.slots[name]], self.pack.zone)

    # ---- the nearest change

    def _nearest(self, issue: int, wants: str, failing: Sequence[Leaf]) -> dict[str, Any] | None:
        tried: set[tuple[int, Any]] = set()
        for variable, value in self._changes(issue, failing, 0, set()):
            if (variable.slot, value) in tried:
                continue
            tried.add((variable.slot, value))
            self.tries += 1
            if self.tries > TRY_LIMIT or self.walker.budget.spent:
                return None
            if self._granted(issue, wants, variable, value):
                name = self.program.names[variable.slot]
                frame = self.facts.issues[issue].frame
                return {
                    "fact": name,
                    "is": self.explainer.show(name, frame[variable.slot]),
                    "would_be": self._shown(name, value),
                }
        return None

    def _changes(
        self, issue: int, leaves: Sequence[Leaf], depth: int, visited: set[str]
    ) -> Iterator[tuple[Variable, Any]]:
        """Yield single changes of facts that might change a test, through answers down to the facts behind them."""
        for leaf in leaves:
            name = leaf.test.fact
            if name in (
                TICKED,
                self.explainer.related.kept,
            ):  # what was ticked, and what the claim rests on, are no advice
                continue
            if name in self.makers:
                if name not in visited and depth < TRY_DEPTH_LIMIT:
                    yield from self._behind(issue, self.makers[name], depth, visited | {name})
            elif name in self.pack.vocabulary.facts or name in self.pack.derived:
                for value in self._values(leaf, self.facts.issues[issue].frame):
                    yield Variable(leaf.slot, issue), value

    def _behind(self, issue: int, policy: BoundPolicy, depth: int, visited: set[str]) -> Iterator[tuple[Variable, Any]]:
        frame = self.frames[issue]
        found = truths(policy, frame)
        rules = [policy.rules[position] for position in policy.in_order]
        true = [leaf for bound in rules if found[bound.position] for leaf in bound.leaves]
        yield from self._changes(issue, true, depth + 1, visited)
        near = [failing for bound in rules if len(failing := self._failing(policy, bound, frame)) == 1]
        yield from self._changes(issue, [leaf for failing in near for leaf in failing], depth + 1, visited)

    def _values(self, leaf: Leaf, frame: Frame) -> Iterator[Any]:
        if leaf.type.finite:
            yield from (value for value in leaf.type.finite if value != frame[leaf.slot])
        elif leaf.type.ordered:
            for term in leaf.terms:
                bound = term.value(frame)
                if bound is not OPEN and not isinstance(bound, Interval):
                    yield from (Interval(None, bound), bound, Interval(bound, None))

    def _granted(self, issue: int, wants: str, variable: Variable, value: Any) -> bool:
        path = self.walker.start()
        self.walker.suppose(path, issue, variable, value)
        settlement = self.walker.settlement(path)
        option = settlement.chosen(issue) if settlement is not None else None
        return option is not None and wished(option.kind, option.returns, wants)

    def _shown(self, name: str, value: Any) -> Any:
        if isinstance(value, Interval):
            bounds = (("more_than", value.low), ("less_than", value.high))
            return {word: self.explainer.show(name, bound) for word, bound in bounds if bound is not None}
        return self.explainer.show(name, value)


def _distance(candidate: tuple[Sequence[tuple[Leaf, bool]], BoundRule]) -> tuple[int, bool, str]:
    """Return the sort key of a rule: few obstacles first, then those that test an entitlement."""
    obstacles, bound = candidate
    entitled = any(leaf.test.fact.startswith(ENTITLEMENTS) for leaf, _ in obstacles)
    return len(obstacles), not entitled, bound.rule.id
