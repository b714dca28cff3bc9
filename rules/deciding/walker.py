"""Take one case through its policies, step by step."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from types import MappingProxyType
from typing import Any, NamedTuple

from rules.compiling.pack import Pack
from rules.compiling.program import BoundPolicy
from rules.deciding.budget import Budget
from rules.deciding.chooser import Question, SplitChooser
from rules.deciding.facts import CaseFacts
from rules.deciding.hypothesis import first_of_equals, issues_of, with_item
from rules.deciding.match import truths
from rules.deciding.path import NEVER, Path, steps
from rules.deciding.resolve import CollectedItem, PolicyResult, Resolution, resolve_policy
from rules.deciding.settlement import Settlement
from rules.deciding.settler import Settler
from rules.deciding.tree import RuleConflict, Variable, World
from rules.language.evaluator import Truth
from rules.language.hit_policy import HitPolicy
from rules.values.value import OPEN, Frame

Key = tuple[int, int, tuple[Any, ...]]


class Outcome(NamedTuple):
    """The truths of a policy's rules, and their resolution without guesses."""

    truths: list[Truth]
    resolution: Resolution

    @property
    def undecided(self) -> bool:
        """Return whether the truth of a rule is unknown."""
        return None in self.truths


class Walker:
    """Runs the policies of one case and writes their answers; the same policy on the same facts is evaluated once."""

    def __init__(self, pack: Pack, facts: CaseFacts, budget: Budget) -> None:
        self.pack, self.program, self.facts, self.budget = pack, pack.program, facts, budget
        self.steps = steps(pack, len(facts.issues))
        self.before = pack.program.settle_at  # how many policies each issue has before settle, and after it
        self.after = len(pack.program.policies) - self.before
        self.settle_step = self.before * len(facts.issues)
        self.first_equal = first_of_equals(facts)
        self.settler = Settler(pack, facts)
        self.outcomes: dict[Key, Outcome] = {}

    def start(self) -> Path:
        """Return a path at its first step."""
        issues = self.facts.issues
        return Path(
            frames=[issue.frame.copy() for issue in issues],
            supposed=[{} for _ in issues],
            results=[None] * len(self.steps),
            next=[self.before * issue.number for issue in issues],
            since=[NEVER] * len(issues),
            owns=set(range(len(issues))),
        )

    # ---- steps

    def outcome(self, issue: int, policy: BoundPolicy, frame: Frame) -> Outcome:
        """Return the outcome of a policy, from the cache where the same facts were evaluated before."""
        key = self._key(issue, policy, frame)
        cached = self.outcomes.get(key)
        if cached is None:
            cached = self.outcomes[key] = self.evaluate(policy, frame)
        return cached

    def evaluate(self, policy: BoundPolicy, frame: Frame) -> Outcome:
        """Return the outcome of a policy without the cache, which a single walk does not need."""
        found = truths(policy, frame)
        return Outcome(found, resolve_policy(policy, found, frame))

    def cache(self, path: Path, outcomes: Mapping[int, Outcome]) -> None:
        """Cache the outcomes of a walk, by step; the frames at its end still hold all that each was computed from."""
        for step, outcome in outcomes.items():
            work = self.steps[step]
            if work is not None:
                issue, policy = work
                self.outcomes[self._key(issue, policy, path.frames[issue])] = outcome

    def write(self, path: Path, step: int, resolution: Resolution) -> None:
        """Write the answers of a step's policy into the frame of its issue."""
        work = self.steps[step]
        assert work is not None
        issue, policy = work
        path.results[step] = PolicyResult(issue, policy, resolution)
        frame, supposed = path.own(issue), path.supposed[issue]
        dependents = self.program.dependents
        for slot, value in zip(policy.slots, resolution.values, strict=True):
            if slot in dependents:
                self._assign(path, issue, slot, value)
            else:
                frame[slot] = supposed.get(slot, OPEN) if value is OPEN else value

    def settle(self, path: Path) -> None:
        """Settle the case as its frames are; an issue whose settled answers change resumes behind settle."""
        self.budget.take(len(path.frames))
        path.settlement = self.settler.settle(path.frames)
        for issue, outputs in enumerate(self.settler.outputs(path.settlement)):
            new = {slot: value for slot, value in outputs if _differs(path, issue, slot, value)}
            for slot, value in new.items():
                self._assign(path, issue, slot, value)
            if new or path.next[issue] <= self.settle_step:
                path.next[issue] = self.settle_step + 1 + self.after * issue
                if path.since[issue] > self.settle_step:
                    path.since[issue] = NEVER

    def suppose(self, path: Path, issue: int, variable: Variable, value: Any) -> None:
        """Write a hypothesis into the frame of an issue."""
        slot, frame = variable.slot, path.own(issue)
        supposed = value if variable.item is None else with_item(frame[slot], variable.item, value)
        path.supposed[issue][slot] = supposed
        self._assign(path, issue, slot, supposed)

    def _assign(self, path: Path, issue: int, slot: int, value: Any) -> None:
        self.facts.issues[issue].assign(self.program, path.own(issue), path.supposed[issue], slot, value)

    def _key(self, issue: int, policy: BoundPolicy, frame: Frame) -> Key:
        """Return the cache key of an outcome: everything that it depends on."""
        return policy.position, self.first_equal[issue], tuple([frame[slot] for slot in policy.reads])

    # ---- whole walks

    def likely_world(self, hypotheses: Mapping[Variable, Any] = MappingProxyType({})) -> World:
        """Return the likely world, in which what the pack supposes holds and evidence still to come is shown.

        Other undecided rules do not apply in it. With hypotheses, it is what is likely under them.
        """
        path = self.start()
        self.budget.take(len(self.steps))
        for variable, supposed in hypotheses.items():
            self._suppose_of_all(path, variable, supposed)
        for slot, value in self.supposed:
            for issue, frame in enumerate(path.frames):
                if frame[slot] is OPEN:
                    self.suppose(path, issue, Variable(slot, issue), value)
        for step, work in enumerate(self.steps):
            if work is None:
                self.settle(path)
            else:
                self.write(path, step, self._likely(path, *work))
        return path.world()

    @cached_property
    def supposed(self) -> tuple[tuple[int, Any], ...]:
        """The slots of the facts of which the pack supposes a value, with the value."""
        facts, slots = self.pack.vocabulary.facts.values(), self.program.slots
        return tuple((slots[one.name], one.supposed) for one in facts if one.supposed is not OPEN and one.name in slots)

    def likely_after(self, steps: int) -> Callable[[Mapping[Variable, Any]], World | None]:
        """Return `likely_if` as it is after so many steps, so that a case that is shown twice is shown alike."""
        self.budget.taken = steps
        return self.likely_if

    def likely_if(self, hypotheses: Mapping[Variable, Any]) -> World | None:
        """Return the likely world under hypotheses; None where the case has no step left."""
        return None if self.budget.spent else self.likely_world(hypotheses)

    def _likely(self, path: Path, issue: int, policy: BoundPolicy) -> Resolution:
        while True:
            found, resolution = self.outcome(issue, policy, path.frames[issue])
            if None not in found:
                return resolution
            item = None if self.budget.spent else self._chooser(issue, path.frames[issue]).still_to_show(policy, found)
            if item is None:
                return resolve_policy(policy, found, path.frames[issue], likely=True)
            self.budget.take()
            self._suppose_of_all(path, item, True)

    def _suppose_of_all(self, path: Path, variable: Variable, value: Any) -> None:
        for issue in issues_of(self.pack, self.facts, variable, self.first_equal):
            self.suppose(path, issue, variable, value)

    def settlement(self, path: Path) -> Settlement | None:
        """Return the settlement of a path, or nothing where it would split or meet a rule conflict before that."""
        for step, work in enumerate(self.steps):
            self.budget.take()
            if work is None:
                self.settle(path)
                break
            issue, policy = work
            outcome = self.outcome(issue, policy, path.frames[issue])
            if self.question(issue, policy, outcome, path.frames[issue]) is not None:
                break
            self.write(path, step, outcome.resolution)
        return path.settlement

    # ---- open answers

    def question(
        self, issue: int, policy: BoundPolicy, outcome: Outcome, frame: Frame
    ) -> Question | RuleConflict | None:
        """Return what to split on before a policy whose answers are visible can be resolved, or its rule conflict."""
        if not policy.seen:
            return None
        found, resolution = outcome
        conflict = RuleConflict(tuple((policy.position, rule) for rule in resolution.conflict))
        if resolution.conflict and _certain(policy, found, resolution):
            return conflict
        if outcome.undecided:
            return self._chooser(issue, frame).choose(policy, found)
        if resolution.conflict:
            return conflict
        if policy.reckons and leaves_open(resolution):
            return self._chooser(issue, frame).behind_amounts(policy, resolution)
        return None

    def _chooser(self, issue: int, frame: Frame) -> SplitChooser:
        return SplitChooser(self.pack, frame, issue, self.facts.first_on_line(issue))


def leaves_open(resolution: Resolution) -> bool:
    """Return whether an amount among the answers is open."""
    return any(
        value is OPEN
        or (
            isinstance(value, tuple)
            and any(isinstance(one, CollectedItem) and _has_open_part(one.value) for one in value)
        )
        for value in resolution.values
    )


def _has_open_part(value: Any) -> bool:
    return isinstance(value, dict) and any(part is OPEN for part in value.values())


def _differs(path: Path, issue: int, slot: int, value: Any) -> bool:
    """Return whether a value would change its slot; an open value falls back on its hypothesis."""
    return bool(path.frames[issue][slot] != (path.supposed[issue].get(slot, OPEN) if value is OPEN else value))


def _certain(policy: BoundPolicy, found: Sequence[Truth], resolution: Resolution) -> bool:
    """Return whether no undecided rule could still end a conflict: by outranking it, or as an exception."""
    if policy.policy.hit not in (HitPolicy.ANY, HitPolicy.UNIQUE):
        return None not in found
    above = {parent for at, truth in enumerate(found) if truth is None for parent in policy.rules[at].parents}
    return above.isdisjoint(resolution.conflict)
