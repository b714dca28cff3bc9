"""Find the rules that can hold for a claim on one ground: an explanation names no others.

The ground of an issue is kept, and every fact may still change. What an answer can be follows from the rules that can
hold, policy by policy, so that a rule is left out only where no fact at all would make it hold.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from rules.compiling.pack import Pack
from rules.compiling.program import BoundPolicy, BoundRule
from rules.language.condition import All, Condition, FactOperand, Literal, Test
from rules.language.contract import GROUND, TICKED
from rules.language.output import Output

Values = frozenset[Any] | None  # the values that a fact or an answer can have; None for any

CHOICES: Final = ("one_of", "yes_no")


class RelatedRules:
    """The rules that can hold on each ground of a pack; on each ticked kind where the pack derives no ground."""

    def __init__(self, pack: Pack) -> None:
        self.policies = pack.program.policies
        self.kept = GROUND if GROUND in pack.program.makers else TICKED
        self.slot = pack.program.slots.get(self.kept)
        self.found: dict[Any, Mapping[int, frozenset[int]]] = {}

    def of(self, policy: BoundPolicy, ground: Any) -> frozenset[int]:
        """Return the positions of a policy's rules that can hold on a ground."""
        if ground not in self.found:
            self.found[ground] = self._explore(ground)
        return self.found[ground][policy.position]

    def _explore(self, ground: Any) -> Mapping[int, frozenset[int]]:
        can_be: dict[str, Values] = {self.kept: frozenset({ground})}
        found: dict[int, frozenset[int]] = {}
        for policy in self.policies:
            holding = [bound for bound in policy.rules if _may_hold(policy, bound, can_be)]
            found[policy.position] = frozenset(bound.position for bound in holding)
            for answer in policy.answers:
                if answer.name != self.kept and answer.type.kind in CHOICES and not answer.collected:
                    outputs = [bound.rule.then[answer.name] for bound in holding if answer.name in bound.rule.then]
                    outputs += [policy.policy.otherwise[answer.name]] if answer.name in policy.policy.otherwise else []
                    can_be[answer.name] = _values(outputs, can_be)
        return found


def _may_hold(policy: BoundPolicy, bound: BoundRule, can_be: Mapping[str, Values]) -> bool:
    above = [policy.rules[parent] for parent in bound.parents]
    return possible(bound.rule.when, can_be) and (not above or any(_may_hold(policy, one, can_be) for one in above))


def possible(condition: Condition, can_be: Mapping[str, Values]) -> bool:
    """Return whether a condition can hold while names have these values; a name that is left out can have any."""
    if not isinstance(condition, Test):
        parts = (possible(part, can_be) for part in condition.parts)
        return all(parts) if isinstance(condition, All) else any(parts)
    values = can_be.get(condition.fact)
    if values is None or condition.op not in ("is", "is_not", "includes"):
        return True
    if not all(isinstance(operand, Literal) for operand in condition.operands):
        return True
    wanted = {operand.value for operand in condition.operands if isinstance(operand, Literal)}
    return bool(values - wanted) if condition.op == "is_not" else bool(values & wanted)


def _values(outputs: Iterable[Output], can_be: Mapping[str, Values]) -> Values:
    values: set[Any] = set()
    for output in outputs:
        of_output = frozenset({output.value}) if isinstance(output, Literal) else None
        if isinstance(output, FactOperand):
            of_output = can_be.get(output.name)
        if of_output is None:
            return None
        values |= of_output
    return frozenset(values)
