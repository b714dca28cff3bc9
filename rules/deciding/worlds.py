"""What else could be: the case decided again in every world that its open facts allow.

Policies are run in their order. An answer that hangs on an open fact is left open; where something hangs on it that
the customer would see, the run splits over the values that the fact can take: those of an enum or a yes or no, and
for numbers and dates the intervals between the constants that undecided rules test. What was decided before the split
stands in every branch. The tree that comes of it, reduced, tells what still matters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ..language.condition import Truth
from ..language.hit import Hit
from ..match import truths
from ..pack import Pack
from ..program import BoundPolicy, Program
from ..values.value import OPEN, Frame, Growing
from .chooser import Chooser, Question
from .facts import CaseFacts, IssueFacts, assign
from .resolve import Said, Verdict, verdict
from .settle import Settlement
from .settling import settle_frames, write_settled
from .tree import Clash, Split, Tree, Unexplored, Variable, World
from .why import Spoken

# Past these bounds a case counts as unsettled; a decision stays well below a second whatever is left out.
MOST_WORLDS: Final = 200
MOST_STEPS: Final = 30_000  # policies asked in all worlds of a case, so that many issues cost no more than one

Frames = list[Frame]
Key = tuple[int, int, tuple[Any, ...]]
Outcome = tuple[list[Truth], Verdict]  # the truths of a policy's rules, and what it says with certainty
Step = tuple[int, BoundPolicy] | None  # which policy of which issue; None stands for settle


@dataclass(slots=True)
class Path:
    """A run under way: `supposed` are its hypotheses by issue and slot, `since` the first step with an open answer."""

    frames: Frames
    supposed: list[dict[int, Any]]
    spoken: list[Spoken | None]
    settlement: Settlement | None = None
    since: int = 10**9

    def copy(self) -> Path:
        """Return a path that goes on by itself."""
        return Path(
            [frame.copy() for frame in self.frames],
            [dict(supposed) for supposed in self.supposed],
            self.spoken.copy(),
            self.settlement,
        )

    def world(self) -> World:
        """Return the end that this path has come to."""
        assert self.settlement is not None
        return World(tuple(self.frames), tuple(one for one in self.spoken if one is not None), self.settlement)


class Walker:
    """Takes one case through its policies, step by step; each outcome of a policy is worked out once."""

    def __init__(self, pack: Pack, facts: CaseFacts) -> None:
        self.pack, self.program, self.facts = pack, pack.program, facts
        self.steps = steps(pack, len(facts.issues))
        self.worlds = 0
        self.taken = 0
        self.known: dict[Key, Outcome] = {}

    def start(self) -> Path:
        """Return a path at its first step."""
        issues = self.facts.issues
        return Path([issue.frame.copy() for issue in issues], [{} for _ in issues], [None] * len(self.steps))

    def settle(self, path: Path) -> None:
        """Settle the case as its frames stand."""
        path.settlement = settle_frames(self.pack, self.facts, path.frames)
        write_settled(self.program, self.facts, path.frames, path.supposed, path.settlement)

    def run(self, policy: BoundPolicy, issue: int, frame: Frame) -> Outcome:
        """Return the truths of a policy, and what it says with certainty."""
        key = _key(policy, issue, frame)
        known = self.known.get(key)
        if known is None:
            known = self.known[key] = self.first(policy, frame)
        return known

    def first(self, policy: BoundPolicy, frame: Frame) -> Outcome:
        """Return the same for a walk in which nothing comes twice, so that keeping it would only cost."""
        found = truths(policy, frame)
        return found, verdict(policy, found, frame)

    def remember(self, path: Path, outcomes: Mapping[int, Outcome]) -> None:
        """Keep the outcomes of a first walk, by step; what each hung on still stands in the frames at its end."""
        for step, outcome in outcomes.items():
            work = self.steps[step]
            if work is not None:
                issue, policy = work
                self.known[_key(policy, issue, path.frames[issue])] = outcome

    def write(self, path: Path, step: int, issue: int, policy: BoundPolicy, said: Verdict) -> None:
        """Put what a policy says into the frame of its issue."""
        path.spoken[step] = Spoken(issue, policy, said)
        frame, supposed = path.frames[issue], path.supposed[issue]
        dependents = self.program.dependents
        for slot, value in zip(policy.slots, said.values, strict=True):
            if slot in dependents:
                assign(self.program, self.facts.issues[issue], frame, supposed, slot, value)
            else:
                frame[slot] = supposed.get(slot, OPEN) if value is OPEN else value

    def as_it_stands(self) -> World:
        """Return the case as it stands, taking what is undecided as if it did not apply: likely, not certain."""
        path = self.start()
        for step, work in enumerate(self.steps):
            if work is None:
                self.settle(path)
                continue
            issue, policy = work
            frame = path.frames[issue]
            found, said = self.run(policy, issue, frame)
            self.write(path, step, issue, policy, verdict(policy, found, frame, likely=True) if None in found else said)
        return path.world()

    def settled(self, path: Path) -> Settlement | None:
        """Return what a path settles on, or nothing where it would split or meet a contradiction before that."""
        for step, work in enumerate(self.steps):
            if work is None:
                self.settle(path)
                break
            issue, policy = work
            found, said = self.run(policy, issue, path.frames[issue])
            if self.question(policy, issue, found, said, path.frames[issue]) is not None:
                break
            self.write(path, step, issue, policy, said)
        return path.settlement

    # ---- worlds

    def explore(self, path: Path, step: int = 0) -> Tree:
        """Return the tree of worlds from a step on; the path is used up."""
        while step < len(self.steps):
            work = self.steps[step]
            self.taken += 1
            if work is None:
                self.settle(path)
            else:
                issue, policy = work
                found, said = self.run(policy, issue, path.frames[issue])
                if None in found:
                    path.since = min(path.since, step)
                question = self.question(policy, issue, found, said, path.frames[issue])
                if isinstance(question, Clash):
                    self.worlds += 1
                    return question
                if question is not None:
                    return self._split(question, path)
                self.write(path, step, issue, policy, said)
            step += 1
        self.worlds += 1
        return path.world()

    def question(
        self, policy: BoundPolicy, issue: int, found: Sequence[Truth], said: Verdict, frame: Frame
    ) -> Question | Clash | None:
        """Return what must be asked before a policy whose answers are seen has spoken; or that its rules contradict."""
        if not policy.seen:
            return None
        clash = Clash(tuple((policy.position, rule) for rule in said.conflict))
        if said.conflict and _certain(policy, found, said):
            return clash
        if None in found:
            return Chooser(self.pack, frame, issue).choose(policy, found)
        if said.conflict:
            return clash
        if policy.reckons and _leaves_open(said):
            return Chooser(self.pack, frame, issue).behind_amounts(policy, said)
        return None

    def _split(self, question: Question, path: Path) -> Tree:
        variable, values = question
        branches: list[tuple[Any, Tree]] = []
        for value in values:
            if self.worlds >= MOST_WORLDS or (self.worlds and self.taken >= MOST_STEPS):
                branches.append((value, Unexplored()))
                continue
            branch = path.copy()
            self._suppose(branch, variable, value)
            branches.append((value, self.explore(branch, path.since)))
        return Split(variable, tuple(branches))

    def _suppose(self, path: Path, variable: Variable, value: Any) -> None:
        for issue in touched(self.pack, self.facts, variable):
            suppose(self.program, self.facts.issues[issue], path.frames[issue], path.supposed[issue], variable, value)


def _key(policy: BoundPolicy, issue: int, frame: Frame) -> Key:
    """Return what an outcome of a policy is known by: everything that it hangs on."""
    return policy.position, issue, tuple([frame[slot] for slot in policy.reads])


def _certain(policy: BoundPolicy, found: Sequence[Truth], said: Verdict) -> bool:
    """Tell whether no undecided rule could still settle a contradiction: by outranking it, or as an exception."""
    if policy.policy.hit not in (Hit.ANY, Hit.UNIQUE):
        return None not in found
    above = {policy.rules[at].parent for at, truth in enumerate(found) if truth is None}
    return above.isdisjoint(said.conflict)


def _leaves_open(said: Verdict) -> bool:
    """Tell whether an amount that was said is open."""
    return any(
        value is OPEN
        or (isinstance(value, tuple) and any(isinstance(one, Said) and _has_open_part(one.value) for one in value))
        for value in said.values
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


def _with_item(found: Any, item: Any, there: bool) -> Growing:
    present, lacking = (found.present, found.lacking) if isinstance(found, Growing) else (frozenset(), frozenset())
    return Growing(present | {item}, lacking) if there else Growing(present, lacking | {item})


def touched(pack: Pack, facts: CaseFacts, variable: Variable) -> Sequence[int]:
    """Return the issues that a hypothesis concerns: all for a fact of the case, those of its line for one of a line."""
    if variable.issue < 0:
        return range(len(facts.issues))
    name = pack.program.names[variable.slot]
    line = facts.issues[variable.issue].context.line_index
    if line is None or name not in pack.vocabulary.facts or pack.vocabulary.scope(name) != "line":
        return (variable.issue,)
    return [issue.number for issue in facts.issues if issue.context.line_index == line]
