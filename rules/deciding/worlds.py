"""What else could be: the case decided again in every world that its open facts allow.

Policies are run in their order. An answer that hangs on an open fact is left open; where something hangs on it that
the customer would see, the run splits over the values that the fact can take: those of an enum or a yes or no, and
for numbers and dates the intervals between the constants that undecided rules test. What was decided before the split
stands in every branch. The tree that comes of it, reduced, tells what still matters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from rules.compiling.pack import Pack
from rules.compiling.program import BoundPolicy, Program
from rules.deciding.budget import DEPTH_LIMIT, Budget
from rules.deciding.chooser import Question, SplitChooser
from rules.deciding.facts import CaseFacts, IssueFacts, assign
from rules.deciding.match import truths
from rules.deciding.resolve import CollectedItem, PolicyResult, Resolution, resolve_policy
from rules.deciding.settlement import Settlement
from rules.deciding.settler import Settler
from rules.deciding.tree import RuleConflict, Split, Tree, Unexplored, Variable, World
from rules.language.evaluator import Truth
from rules.language.hit_policy import HitPolicy
from rules.values.value import OPEN, Frame, OpenList

# Past these bounds, once there is one world, what else could be stays unexplored: the open facts are asked for.
WORLD_LIMIT: Final = 200
EXPLORATION_LIMIT: Final = 30_000  # steps in all worlds of a case, so that many issues cost no more than one

NEVER: Final = 10**9  # a step that no case has

Frames = list[Frame]
Key = tuple[int, int, tuple[Any, ...]]
Outcome = tuple[list[Truth], Resolution]  # the truths of a policy's rules, and what it says with certainty
Step = tuple[int, BoundPolicy] | None  # which policy of which issue; None stands for settle


@dataclass(slots=True)
class Path:
    """A run under way: by issue its hypotheses by slot, its `next` step, and the first step `since` which one is open.

    Branches share frames with the path that they come from; a path writes only to the frames that it `owns`.
    """

    frames: Frames
    supposed: list[dict[int, Any]]
    results: list[PolicyResult | None]
    next: list[int]
    since: list[int]
    owns: set[int]
    settlement: Settlement | None = None
    deep: int = 0

    def copy(self) -> Path:
        """Return a path that goes on by itself, one hypothesis deeper."""
        return replace(
            self,
            frames=self.frames.copy(),
            supposed=self.supposed.copy(),
            results=self.results.copy(),
            next=self.next.copy(),
            since=self.since.copy(),
            owns=set(),
            deep=self.deep + 1,
        )

    def own(self, issue: int) -> Frame:
        """Return the frame of an issue, to be written to."""
        if issue not in self.owns:
            self.owns.add(issue)
            self.frames[issue] = self.frames[issue].copy()
            self.supposed[issue] = self.supposed[issue].copy()
        return self.frames[issue]

    def world(self) -> World:
        """Return the end that this path has come to."""
        assert self.settlement is not None
        return World(tuple(self.frames), tuple(one for one in self.results if one is not None), self.settlement)


class Walker:
    """Takes one case through its policies, step by step; each outcome of a policy is worked out once."""

    def __init__(self, pack: Pack, facts: CaseFacts, budget: Budget) -> None:
        self.pack, self.program, self.facts, self.budget = pack, pack.program, facts, budget
        self.steps = steps(pack, len(facts.issues))
        self.before = pack.program.settle_at  # how many policies each issue has before settle, and after it
        self.after = len(pack.program.policies) - self.before
        self.settles_at = self.before * len(facts.issues)
        self.same = first_of_equals(facts)
        self.settler = Settler(pack, facts)
        self.worlds = 0
        self.known: dict[Key, Outcome] = {}

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

    def settle(self, path: Path) -> None:
        """Settle the case as its frames stand; issues to which that gives something new go on from there again."""
        self.budget.take(len(path.frames))
        path.settlement = self.settler.settle(path.frames)
        for issue, given in enumerate(self.settler.gives(path.settlement)):
            new = {slot: value for slot, value in given if _differs(path, issue, slot, value)}
            if new:
                frame, supposed = path.own(issue), path.supposed[issue]
                for slot, value in new.items():
                    assign(self.program, self.facts.issues[issue], frame, supposed, slot, value)
            if new or path.next[issue] <= self.settles_at:
                path.next[issue] = self.settles_at + 1 + self.after * issue
                if path.since[issue] > self.settles_at:
                    path.since[issue] = NEVER

    def run(self, policy: BoundPolicy, issue: int, frame: Frame) -> Outcome:
        """Return the truths of a policy, and what it says with certainty."""
        key = self._key(policy, issue, frame)
        known = self.known.get(key)
        if known is None:
            known = self.known[key] = self.first(policy, frame)
        return known

    def first(self, policy: BoundPolicy, frame: Frame) -> Outcome:
        """Return the same for a walk in which nothing comes twice, so that keeping it would only cost."""
        found = truths(policy, frame)
        return found, resolve_policy(policy, found, frame)

    def remember(self, path: Path, outcomes: Mapping[int, Outcome]) -> None:
        """Keep the outcomes of a first walk, by step; what each hung on still stands in the frames at its end."""
        for step, outcome in outcomes.items():
            work = self.steps[step]
            if work is not None:
                issue, policy = work
                self.known[self._key(policy, issue, path.frames[issue])] = outcome

    def write(self, path: Path, step: int, issue: int, policy: BoundPolicy, resolution: Resolution) -> None:
        """Put what a policy says into the frame of its issue."""
        path.results[step] = PolicyResult(issue, policy, resolution)
        frame, supposed = path.own(issue), path.supposed[issue]
        dependents = self.program.dependents
        for slot, value in zip(policy.slots, resolution.values, strict=True):
            if slot in dependents:
                assign(self.program, self.facts.issues[issue], frame, supposed, slot, value)
            else:
                frame[slot] = supposed.get(slot, OPEN) if value is OPEN else value

    def as_it_stands(self) -> World:
        """Return the case as it stands, taking what is undecided as if it did not apply: likely, not certain."""
        path = self.start()
        self.budget.take(len(self.steps))
        for step, work in enumerate(self.steps):
            if work is None:
                self.settle(path)
                continue
            issue, policy = work
            frame = path.frames[issue]
            found, resolution = self.run(policy, issue, frame)
            self.write(
                path,
                step,
                issue,
                policy,
                resolve_policy(policy, found, frame, likely=True) if None in found else resolution,
            )
        return path.world()

    def settled(self, path: Path) -> Settlement | None:
        """Return what a path settles on, or nothing where it would split or meet a contradiction before that."""
        for step, work in enumerate(self.steps):
            self.budget.take()
            if work is None:
                self.settle(path)
                break
            issue, policy = work
            found, resolution = self.run(policy, issue, path.frames[issue])
            if self.question(policy, issue, found, resolution, path.frames[issue]) is not None:
                break
            self.write(path, step, issue, policy, resolution)
        return path.settlement

    # ---- worlds

    def explore(self, path: Path) -> Tree:
        """Return the tree of worlds from where a path stands; the path is used up."""
        issues = range(len(path.frames))
        for issue in issues:
            if (end := self._walk(path, issue, self.before * (issue + 1))) is not None:
                return end
        if path.settlement is None:
            self.settle(path)
        for issue in issues:
            if (end := self._walk(path, issue, self.settles_at + 1 + self.after * (issue + 1))) is not None:
                return end
        self.worlds += 1
        return path.world()

    def _walk(self, path: Path, issue: int, until: int) -> Tree | None:
        """Take an issue to a step, or return what comes where it cannot get there on one path."""
        while path.next[issue] < until:
            self.budget.take()
            if self.budget.spent:
                return Unexplored()
            step = path.next[issue]
            work = self.steps[step]
            assert work is not None
            _, policy = work
            found, resolution = self.run(policy, issue, path.frames[issue])
            if None in found or (policy.reckons and _leaves_open(resolution)):
                path.since[issue] = min(path.since[issue], step)
            question = self.question(policy, issue, found, resolution, path.frames[issue])
            if isinstance(question, RuleConflict):
                self.worlds += 1
                return question
            if question is not None:
                return self._split(question, path)
            self.write(path, step, issue, policy, resolution)
            path.next[issue] = step + 1
        return None

    def question(
        self, policy: BoundPolicy, issue: int, found: Sequence[Truth], resolution: Resolution, frame: Frame
    ) -> Question | RuleConflict | None:
        """Return what must be asked before a policy whose answers are seen has spoken; or that its rules contradict."""
        if not policy.seen:
            return None
        clash = RuleConflict(tuple((policy.position, rule) for rule in resolution.conflict))
        if resolution.conflict and _certain(policy, found, resolution):
            return clash
        if None in found:
            return SplitChooser(self.pack, frame, issue, self.facts.first_on_line(issue)).choose(policy, found)
        if resolution.conflict:
            return clash
        if policy.reckons and _leaves_open(resolution):
            return SplitChooser(self.pack, frame, issue, self.facts.first_on_line(issue)).behind_amounts(
                policy, resolution
            )
        return None

    def _split(self, question: Question, path: Path) -> Tree:
        variable, values = question
        if path.deep >= DEPTH_LIMIT:
            self.budget.end()
        branches: list[tuple[Any, Tree]] = []
        for value in values:
            enough = self.worlds >= WORLD_LIMIT or (self.worlds and self.budget.taken >= EXPLORATION_LIMIT)
            branches.append(
                (value, Unexplored() if enough or self.budget.spent else self._branch(path, variable, value))
            )
        return Split(variable, tuple(branches))

    def _branch(self, path: Path, variable: Variable, value: Any) -> Tree:
        """Return what follows from a hypothesis; issues that it concerns go on from their first open answer."""
        branch = path.copy()
        for issue in touched(self.pack, self.facts, variable, self.same):
            frame = branch.own(issue)
            suppose(self.program, self.facts.issues[issue], frame, branch.supposed[issue], variable, value)
            branch.next[issue] = min(branch.next[issue], branch.since[issue])
            branch.since[issue] = NEVER
            if branch.next[issue] < self.settles_at:
                branch.settlement = None
        return self.explore(branch)

    def _key(self, policy: BoundPolicy, issue: int, frame: Frame) -> Key:
        """Return what an outcome of a policy is known by: everything that it hangs on."""
        return policy.position, self.same[issue], tuple([frame[slot] for slot in policy.reads])


def _differs(path: Path, issue: int, slot: int, value: Any) -> bool:
    """Tell whether a slot would change if it were given a value; what is not known stays as it was supposed."""
    return bool(path.frames[issue][slot] != (path.supposed[issue].get(slot, OPEN) if value is OPEN else value))


def _certain(policy: BoundPolicy, found: Sequence[Truth], resolution: Resolution) -> bool:
    """Tell whether no undecided rule could still settle a contradiction: by outranking it, or as an exception."""
    if policy.policy.hit not in (HitPolicy.ANY, HitPolicy.UNIQUE):
        return None not in found
    above = {policy.rules[at].parent for at, truth in enumerate(found) if truth is None}
    return above.isdisjoint(resolution.conflict)


def _leaves_open(resolution: Resolution) -> bool:
    """Tell whether an amount that was said is open."""
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


def steps(pack: Pack, issues: int) -> list[Step]:
    """Return the order of work over all issues."""
    before, after = pack.program.policies[: pack.program.settle_at], pack.program.policies[pack.program.settle_at :]
    return [
        *((issue, policy) for issue in range(issues) for policy in before),
        None,
        *((issue, policy) for issue in range(issues) for policy in after),
    ]


def suppose(
    program: Program, issue: IssueFacts, frame: Frame, supposed: dict[int, Any], variable: Variable, value: Any
) -> None:
    """Put a hypothesis into the frame of an issue."""
    slot = variable.slot
    supposed[slot] = value if variable.item is None else _with_item(frame[slot], variable.item, value)
    assign(program, issue, frame, supposed, slot, supposed[slot])


def _with_item(found: Any, item: Any, there: bool) -> OpenList:
    present, lacking = (found.present, found.lacking) if isinstance(found, OpenList) else (frozenset(), frozenset())
    return OpenList(present | {item}, lacking) if there else OpenList(present, lacking | {item})


def touched(pack: Pack, facts: CaseFacts, variable: Variable, same: Sequence[int]) -> Sequence[int]:
    """Return the issues that a hypothesis concerns: all for a fact of the case, those of its line for one of a line.

    Equal issues are one, so what is supposed of one is supposed of all of them.
    """
    if variable.issue < 0:
        return range(len(facts.issues))
    name = pack.program.names[variable.slot]
    line = facts.issues[variable.issue].context.line_index
    if line is None or name not in pack.vocabulary.facts or pack.vocabulary.scope(name) != "line":
        return [issue.number for issue in facts.issues if same[issue.number] == same[variable.issue]]
    return [issue.number for issue in facts.issues if issue.context.line_index == line]


def first_of_equals(facts: CaseFacts) -> tuple[int, ...]:
    """Return for each issue the number of the first one that states the same."""
    firsts: list[IssueFacts] = []
    found: list[int] = []
    for issue in facts.issues:
        first = next((one for one in firsts if one.frame == issue.frame and one.context == issue.context), issue)
        if first is issue:
            firsts.append(issue)
        found.append(first.number)
    return tuple(found)
