"""Who speaks: among true rules, exceptions silence their rules; then the hit policy, then `otherwise`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from rules.compiling.program import BoundPolicy
from rules.language.evaluator import Truth
from rules.language.hit_policy import NO_MATCH, Conflict, HitPolicy, Row, resolve
from rules.values.value import OPEN, Frame


class Said(NamedTuple):
    """An item of a collected answer, and the rule that said it."""

    rule: int
    value: Any


class Verdict(NamedTuple):
    """What a policy says: a value an answer, who spoke for it, who was set aside by whom, and rules in conflict."""

    values: tuple[Any, ...]
    speakers: tuple[tuple[int, int], ...]
    aside: tuple[tuple[int, int], ...]
    conflict: tuple[int, ...] = ()


def verdict(policy: BoundPolicy, truths: Sequence[Truth], frame: Frame, likely: bool = False) -> Verdict:
    """Return what a policy says in a frame; an answer that an undecided rule could change is open.

    With `likely`, true rules speak although an undecided exception could still silence them.
    """
    said = _verdict(policy, truths, frame)
    if likely or None not in truths:
        return said
    open_answers = _touched(policy, truths)
    values = tuple(
        OPEN if at in open_answers and answer.contracted is None else value
        for at, (answer, value) in enumerate(zip(policy.answers, said.values, strict=True))
    )
    return Verdict(values, said.speakers, said.aside, said.conflict)


def _touched(policy: BoundPolicy, truths: Sequence[Truth]) -> set[int]:
    """Return the answers that undecided rules could change: what they say, and what they silence or let speak again."""
    found: set[int] = set()
    for bound, truth in zip(policy.rules, truths, strict=True):
        if truth is not None:
            continue
        found |= bound.says.keys()
        silent, above = bound.silent, bound.parent
        while above >= 0:
            rule = policy.rules[above]
            if silent or rule.silent:
                found |= rule.says.keys()
            silent, above = silent or rule.silent, rule.parent
    return found


def _verdict(policy: BoundPolicy, truths: Sequence[Truth], frame: Frame) -> Verdict:
    if True not in truths:
        return _unspoken(policy, truths, frame)
    speakers, aside = _plain(policy, truths) if policy.plain else _Hearing(policy, truths).hear()
    if policy.policy.table and policy.plain:
        return _row_by_row(policy, speakers, frame)
    values: list[Any] = []
    conflict: list[int] = []
    voices: list[list[int]] = [[] for _ in policy.answers]
    for at, rule in speakers:
        voices[at].append(rule)
    for at, answer in enumerate(policy.answers):
        own = voices[at]
        if answer.collected:
            values.append(_collected(policy, at, own, frame))
        elif len(own) == 1:
            values.append(_settled(policy, at, _say(policy, at, own[0], frame)))
        elif own:
            value, winners = _one(policy, at, own, frame, conflict)
            values.append(value)
            aside += [(rule, winners[0]) for rule in own if winners and rule not in winners]
            speakers = [one for one in speakers if one[0] != at or one[1] in winners]
        else:
            values.append(_otherwise(policy, at, truths, frame))
    return Verdict(tuple(values), tuple(speakers), tuple(aside), tuple(conflict))


def _unspoken(policy: BoundPolicy, truths: Sequence[Truth], frame: Frame) -> Verdict:
    """Return what a policy says where no rule is true: an empty list, or what holds otherwise."""
    table = policy.policy.table and policy.plain
    lists = table and policy.policy.hit.lists
    values = tuple(
        [
            () if lists or (answer.collected and not table) else _otherwise(policy, at, truths, frame)
            for at, answer in enumerate(policy.answers)
        ]
    )
    return Verdict(values, (), ())


def _plain(policy: BoundPolicy, truths: Sequence[Truth]) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    rules = policy.rules
    return [(at, position) for position in policy.in_order if truths[position] for at in rules[position].says], []


class _Hearing:
    """Walks the exceptions of true rules: for each answer the deepest true rule speaks."""

    def __init__(self, policy: BoundPolicy, truths: Sequence[Truth]) -> None:
        self.rules, self.truths, self.in_order = policy.rules, truths, policy.in_order
        self.speakers: list[tuple[int, int]] = []
        self.aside: list[tuple[int, int]] = []

    def hear(self) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
        for position in self.in_order:
            if self.truths[position] and self.rules[position].parent < 0:
                self._visit(position)
        return sorted(self.speakers, key=self._place), self.aside

    def _place(self, speaker: tuple[int, int]) -> tuple[int, int]:
        at, position = speaker
        return at, self.in_order.index(position)

    def _visit(self, position: int) -> set[int]:
        """Let a true rule and its exceptions speak; return the answers spoken for."""
        bound = self.rules[position]
        below: set[int] = set()
        silencer = -1
        for child in bound.children:
            if self.truths[child]:
                spoken = self._visit(child)
                below |= spoken
                if self.rules[child].silent and self._stands(child):
                    silencer = child
                elif spoken & bound.says.keys():
                    self.aside.append((position, child))
        if silencer >= 0:
            self.aside.append((position, silencer))
            return below
        mine = bound.says.keys() - below
        self.speakers += [(at, position) for at in mine]
        return below | mine

    def _stands(self, position: int) -> bool:
        """Tell whether no true exception lifts this one; an exception that speaks is lifted by silent ones only."""
        if not self.truths[position]:
            return False
        silent = self.rules[position].silent
        lifting = [child for child in self.rules[position].children if silent or self.rules[child].silent]
        return not any(self._stands(child) for child in lifting)


# ---- one answer


def _say(policy: BoundPolicy, answer: int, rule: int, frame: Frame) -> Any:
    return policy.rules[rule].says[answer](frame)


def _settled(policy: BoundPolicy, answer: int, value: Any) -> Any:
    """Give shares of parties one form."""
    if policy.answers[answer].type.kind == "shares" and isinstance(value, str):
        return ((value, 100),)
    return value


def _otherwise(policy: BoundPolicy, answer: int, truths: Sequence[Truth], frame: Frame) -> Any:
    """Return what holds when no rule speaks; while a rule that could speak is undecided, that is not known."""
    if None in truths and any(
        truth is None and answer in bound.says for bound, truth in zip(policy.rules, truths, strict=True)
    ):
        return OPEN
    say = policy.otherwise[answer]
    return OPEN if say is None else _settled(policy, answer, say(frame))


def _collected(policy: BoundPolicy, answer: int, voices: Sequence[int], frame: Frame) -> Any:
    """Return all that is said, in the order of the rules' ids, so that their order in the file never matters."""
    named = sorted(voices, key=lambda rule: policy.rules[rule].rule.id) if len(voices) > 1 else voices
    said = tuple(Said(rule, value) for rule in named for value in _say(policy, answer, rule, frame))
    if policy.answers[answer].contracted is not None:
        return said
    return tuple(dict.fromkeys(one.value for one in said))


def _one(
    policy: BoundPolicy, answer: int, voices: Sequence[int], frame: Frame, conflict: list[int]
) -> tuple[Any, list[int]]:
    """Return what several rules come to under the hit policy, and those that speak in the end."""
    rows = [Row(str(rule), (_say(policy, answer, rule, frame),)) for rule in voices]
    found = resolve(policy.policy.hit, rows, (policy.orders[answer],))
    assert found is not NO_MATCH
    if isinstance(found, Conflict):
        conflict += [int(rule) for rule in found.rules]
        return OPEN, []
    return _settled(policy, answer, found.outputs[0]), [int(rule) for rule in found.rules]


# ---- tables


def _row_by_row(policy: BoundPolicy, speakers: Sequence[tuple[int, int]], frame: Frame) -> Verdict:
    """Resolve whole rows, since a table's outputs go together."""
    hit = policy.policy.hit
    matched = list(dict.fromkeys(rule for _, rule in speakers))
    answers = range(len(policy.answers))
    rows = [Row(str(rule), tuple(_output(policy, at, rule, frame) for at in answers)) for rule in matched]
    found = resolve(hit, rows, policy.orders)
    assert found is not NO_MATCH
    if isinstance(found, Conflict):
        return Verdict((OPEN,) * len(policy.answers), (), (), tuple(int(rule) for rule in found.rules))
    values = tuple(_listed(policy, at, found.outputs[at], found.rules) for at in answers)
    spoke = {int(rule) for rule in found.rules}
    return Verdict(values, tuple(one for one in speakers if one[1] in spoke), ())


def _output(policy: BoundPolicy, answer: int, rule: int, frame: Frame) -> Any:
    value = _say(policy, answer, rule, frame)
    return (
        value[0] if policy.answers[answer].collected and isinstance(value, tuple) else _settled(policy, answer, value)
    )


def _listed(policy: BoundPolicy, answer: int, value: Any, rules: tuple[str, ...]) -> Any:
    if policy.answers[answer].contracted is not None and policy.policy.hit is HitPolicy.COLLECT:
        return tuple(Said(int(rule), one) for rule, one in zip(rules, value, strict=True))
    return value


class Spoken(NamedTuple):
    """What one policy said of one issue."""

    issue: int
    policy: BoundPolicy
    verdict: Verdict
