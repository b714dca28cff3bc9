"""Resolve the answers of a policy from the truths of its rules: exceptions, then the hit policy, then `otherwise`.

A rule fires for an answer where it is true and no true exception replaces or silences it.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from typing import Any, NamedTuple

from rules.compiling.program import BoundPolicy
from rules.language.evaluator import Truth
from rules.language.hit_policy import NO_MATCH, Conflict, HitPolicy, Row, resolve
from rules.values.value import OPEN, Frame

Firing = tuple[int, int]  # an answer and the rule that fires for it, both by position
Overriding = tuple[int, int]  # a true rule and the rule that overrides it


class CollectedItem(NamedTuple):
    """An item of a collected answer, and the rule that gave it."""

    rule: int
    value: Any


class Resolution(NamedTuple):
    """The resolved answers of a policy: a value an answer, the firing and overridden rules, and rules in conflict."""

    values: tuple[Any, ...]
    fired: tuple[Firing, ...]
    overridden: tuple[Overriding, ...]
    conflict: tuple[int, ...] = ()


class PolicyResult(NamedTuple):
    """The resolution of one policy for one issue."""

    issue: int
    policy: BoundPolicy
    resolution: Resolution


def resolve_policy(policy: BoundPolicy, truths: Sequence[Truth], frame: Frame, likely: bool = False) -> Resolution:
    """Return the resolution of a policy in a frame; an answer that an undecided rule could change is open.

    With `likely`, true rules fire although an undecided exception could still silence them.
    """
    resolution = _resolve(policy, truths, frame)
    if likely or None not in truths:
        return resolution
    undecided = _undecided_answers(policy, truths)
    values = tuple(
        OPEN if at in undecided and answer.contracted is None else value
        for at, (answer, value) in enumerate(zip(policy.answers, resolution.values, strict=True))
    )
    return resolution._replace(values=values)


def _undecided_answers(policy: BoundPolicy, truths: Sequence[Truth]) -> set[int]:
    """Return the answers that undecided rules could change: by their output, or by silencing or restoring a rule."""
    found: set[int] = set()
    for bound, truth in zip(policy.rules, truths, strict=True):
        if truth is not None:
            continue
        found |= bound.says.keys()
        above = [(parent, bound.silent) for parent in bound.parents]
        while above:
            parent, silent = above.pop()
            rule = policy.rules[parent]
            if silent or rule.silent:
                found |= rule.says.keys()
            above += [(one, silent or rule.silent) for one in rule.parents]
    return found


def _resolve(policy: BoundPolicy, truths: Sequence[Truth], frame: Frame) -> Resolution:
    if True not in truths:
        return _without_true_rules(policy, truths, frame)
    fired, overridden = _without_exceptions(policy, truths) if policy.plain else _ExceptionWalk(policy, truths).walk()
    if policy.policy.table and policy.plain:
        return _row_by_row(policy, fired, frame)
    values: list[Any] = []
    conflict: list[int] = []
    by_answer: list[list[int]] = [[] for _ in policy.answers]
    for at, rule in fired:
        by_answer[at].append(rule)
    for at, answer in enumerate(policy.answers):
        own = by_answer[at]
        if answer.collected:
            values.append(_collected(policy, at, own, frame))
        elif len(own) == 1:
            values.append(_as_shares(policy, at, _output_value(policy, at, own[0], frame)))
        elif own:
            value, winners = _by_hit_policy(policy, at, own, frame, conflict)
            values.append(value)
            overridden += [(rule, winners[0]) for rule in own if winners and rule not in winners]
            fired = [one for one in fired if one[0] != at or one[1] in winners]
        else:
            values.append(_otherwise(policy, at, truths, frame))
    return Resolution(tuple(values), tuple(fired), tuple(overridden), tuple(conflict))


def _without_true_rules(policy: BoundPolicy, truths: Sequence[Truth], frame: Frame) -> Resolution:
    """Resolve a policy that has no true rule: an empty list, or the value of `otherwise`."""
    table = policy.policy.table and policy.plain
    lists = table and policy.policy.hit.lists
    values = tuple(
        [
            () if lists or (answer.collected and not table) else _otherwise(policy, at, truths, frame)
            for at, answer in enumerate(policy.answers)
        ]
    )
    return Resolution(values, (), ())


def _without_exceptions(policy: BoundPolicy, truths: Sequence[Truth]) -> tuple[list[Firing], list[Overriding]]:
    rules = policy.rules
    return [(at, position) for position in policy.in_order if truths[position] for at in rules[position].says], []


class _ExceptionWalk:
    """Walks the exceptions of true rules: for each answer the deepest true rule fires."""

    def __init__(self, policy: BoundPolicy, truths: Sequence[Truth]) -> None:
        self.rules, self.truths, self.in_order = policy.rules, truths, policy.in_order
        self.fired: list[Firing] = []
        self.overridden: list[Overriding] = []
        self.given: dict[int, Set[int]] = {}  # the answers of each visited rule: an exception to several fires once

    def walk(self) -> tuple[list[Firing], list[Overriding]]:
        for position in self.in_order:
            if self.truths[position] and not self.rules[position].parents:
                self._visit(position)
        return sorted(self.fired, key=self._order), self.overridden

    def _order(self, firing: Firing) -> tuple[int, int]:
        at, position = firing
        return at, self.in_order.index(position)

    def _visit(self, position: int) -> Set[int]:
        """Return the answers that a true rule and its exceptions give, which fire at the first visit."""
        if position not in self.given:
            self.given[position] = self._fire(position)
        return self.given[position]

    def _fire(self, position: int) -> Set[int]:
        bound = self.rules[position]
        below: set[int] = set()
        silencer = -1
        for child in bound.children:
            if self.truths[child]:
                answered = self._visit(child)
                below |= answered
                if self.rules[child].silent and self._holds(child):
                    silencer = child
                elif answered & bound.says.keys():
                    self.overridden.append((position, child))
        if silencer >= 0:
            self.overridden.append((position, silencer))
            return below
        mine = bound.says.keys() - below
        self.fired += [(at, position) for at in mine]
        return below | mine

    def _holds(self, position: int) -> bool:
        """Return whether no true exception cancels this one; only a silent one cancels an exception with outputs."""
        if not self.truths[position]:
            return False
        silent = self.rules[position].silent
        cancelling = [child for child in self.rules[position].children if silent or self.rules[child].silent]
        return not any(self._holds(child) for child in cancelling)


# ---- one answer


def _output_value(policy: BoundPolicy, answer: int, rule: int, frame: Frame) -> Any:
    return policy.rules[rule].says[answer](frame)


def _as_shares(policy: BoundPolicy, answer: int, value: Any) -> Any:
    """Return a single party as its whole share, where an answer is shares of parties."""
    if policy.answers[answer].type.kind == "shares" and isinstance(value, str):
        return ((value, 100),)
    return value


def _otherwise(policy: BoundPolicy, answer: int, truths: Sequence[Truth], frame: Frame) -> Any:
    """Return the value of `otherwise`; OPEN while a rule that gives the answer is undecided."""
    if None in truths and any(
        truth is None and answer in bound.says for bound, truth in zip(policy.rules, truths, strict=True)
    ):
        return OPEN
    output = policy.otherwise[answer]
    return OPEN if output is None else _as_shares(policy, answer, output(frame))


def _collected(policy: BoundPolicy, answer: int, rules: Sequence[int], frame: Frame) -> Any:
    """Return all items in the order of the rules' ids, so that their order in the file never matters."""
    ordered = sorted(rules, key=lambda rule: policy.rules[rule].rule.id) if len(rules) > 1 else rules
    items = tuple(
        CollectedItem(rule, value) for rule in ordered for value in _output_value(policy, answer, rule, frame)
    )
    if policy.answers[answer].contracted is not None:
        return items
    return tuple(dict.fromkeys(one.value for one in items))


def _by_hit_policy(
    policy: BoundPolicy, answer: int, rules: Sequence[int], frame: Frame, conflict: list[int]
) -> tuple[Any, list[int]]:
    """Return the value that the hit policy makes of several rules, and the rules that it keeps."""
    rows = [Row(str(rule), (_output_value(policy, answer, rule, frame),)) for rule in rules]
    found = resolve(policy.policy.hit, rows, (policy.orders[answer],))
    assert found is not NO_MATCH
    if isinstance(found, Conflict):
        conflict += [int(rule) for rule in found.rules]
        return OPEN, []
    return _as_shares(policy, answer, found.outputs[0]), [int(rule) for rule in found.rules]


# ---- tables


def _row_by_row(policy: BoundPolicy, fired: Sequence[Firing], frame: Frame) -> Resolution:
    """Resolve whole rows, since a table's outputs go together."""
    hit = policy.policy.hit
    matched = list(dict.fromkeys(rule for _, rule in fired))
    answers = range(len(policy.answers))
    rows = [Row(str(rule), tuple(_cell(policy, at, rule, frame) for at in answers)) for rule in matched]
    found = resolve(hit, rows, policy.orders)
    assert found is not NO_MATCH
    if isinstance(found, Conflict):
        return Resolution((OPEN,) * len(policy.answers), (), (), tuple(int(rule) for rule in found.rules))
    values = tuple(_with_rules(policy, at, found.outputs[at], found.rules) for at in answers)
    kept = {int(rule) for rule in found.rules}
    return Resolution(values, tuple(one for one in fired if one[1] in kept), ())


def _cell(policy: BoundPolicy, answer: int, rule: int, frame: Frame) -> Any:
    value = _output_value(policy, answer, rule, frame)
    return (
        value[0] if policy.answers[answer].collected and isinstance(value, tuple) else _as_shares(policy, answer, value)
    )


def _with_rules(policy: BoundPolicy, answer: int, value: Any, rules: tuple[str, ...]) -> Any:
    """Return the items of a collected answer of the contract with the rows that gave them."""
    if policy.answers[answer].contracted is not None and policy.policy.hit is HitPolicy.COLLECT:
        return tuple(CollectedItem(int(rule), one) for rule, one in zip(rules, value, strict=True))
    return value
