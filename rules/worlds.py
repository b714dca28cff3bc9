"""What else could be: the case decided again in every world that its open facts allow.

Policies are run in their order. An answer that hangs on an open fact is left open; where something hangs on it that
the customer would see, the run splits over the values that the fact can take: those of an enum or a yes or no, and
for numbers and dates the intervals between the constants that undecided rules test. What was decided before the split
stands in every branch. The tree that comes of it, reduced, tells what still matters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from .condition import Frame, Leaf, Truth
from .facts import CaseFacts, IssueFacts, assign
from .hit import Hit
from .kind import Type
from .match import truths
from .pack import Pack
from .program import BoundPolicy, Program
from .resolve import Said, Verdict, verdict
from .settle import Settlement
from .settling import settle_frames, write_settled
from .value import OPEN, Growing, Interval
from .why import Spoken

# Past these bounds a case counts as unsettled; a decision stays well below a second whatever is left out.
MOST_WORLDS: Final = 200
MOST_STEPS: Final = 30_000  # policies asked in all worlds of a case, so that many issues cost no more than one

Frames = list[Frame]
Key = tuple[int, int, tuple[Any, ...]]
Outcome = tuple[list[Truth], Verdict]  # the truths of a policy's rules, and what it says with certainty
Step = tuple[int, BoundPolicy] | None  # which policy of which issue; None stands for settle


@dataclass(frozen=True, slots=True)
class Variable:
    """What a split asks: a fact (its slot), an item of a list, or a whole test; of an issue, or of the case (-1)."""

    slot: int
    issue: int
    item: Any = None


@dataclass(frozen=True, slots=True)
class World:
    """The end of one run: the frames, what every policy said, and the settlement."""

    frames: tuple[Frame, ...]
    spoken: tuple[Spoken, ...]
    settlement: Settlement


@dataclass(frozen=True, slots=True)
class Split:
    """A fact that decided something, with what follows from each of its values."""

    variable: Variable
    branches: tuple[tuple[Any, Tree], ...]


@dataclass(frozen=True, slots=True)
class Clash:
    """A world in which rules contradict each other: a person would have to look."""

    rules: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Unexplored:
    """Where the bound was reached."""


Tree = World | Split | Clash | Unexplored
Question = tuple[Variable, tuple[Any, ...]]  # what to split on, and the values to try


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
        self.runs = 0
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
        self.runs += 1
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


# ---- choosing what to ask


@dataclass(slots=True)
class Chooser:
    """Finds the open fact behind an undecided rule of one issue."""

    pack: Pack
    frame: Frame
    issue: int

    def choose(self, policy: BoundPolicy, found: Sequence[Truth]) -> Question | Clash | None:
        """Return what to split on so that a rule gets decided; a contradiction where nothing else can be asked."""
        undecided = [
            leaf
            for bound, truth in zip(policy.rules, found, strict=True)
            if truth is None
            for leaf in bound.leaves
            if leaf.check(self.frame) is None
        ]
        return _first(self._of_leaf(leaf, undecided) for leaf in undecided)

    def behind_amounts(self, policy: BoundPolicy, said: Verdict) -> Question | Clash | None:
        """Return what an open amount of a speaking rule hangs on besides amounts that only the sender can give."""
        rules = dict.fromkeys(rule for _, rule in said.speakers)
        slots = (slot for rule in rules for slot in policy.rules[rule].reckons if self.frame[slot] is OPEN)
        return _first(self._behind(slot) for slot in slots)

    def _of_leaf(self, leaf: Leaf, undecided: Sequence[Leaf]) -> Question | Clash:
        slot = _open_side(leaf, self.frame)
        if slot is None:
            return self._variable(leaf.pair), (True, False)
        behind = self._behind(slot)
        if behind is not None:
            return behind
        kind = self.pack.program.types[self.pack.program.names[slot]]
        if leaf.test.op in ("includes", "excludes"):
            if slot != leaf.slot:
                return self._variable(leaf.pair), (True, False)
            return self._variable(slot, _open_item(leaf, self.frame)), (True, False)
        return self._variable(slot), tuple(_cells(kind, slot, undecided, self.frame)) if kind.ordered else kind.finite

    def _behind(self, slot: int) -> Question | Clash | None:
        """Return the fact of few values, or the undecided rule of another policy, on which an open slot rests."""
        program = self.pack.program
        name = program.names[slot]
        if name in self.pack.vocabulary.facts:
            finite = program.types[name].finite
            return (self._variable(slot), finite) if finite and self.frame[slot] is OPEN else None
        if name in self.pack.derived:
            reads = [program.slots[one.name] for one in self.pack.derived[name].reads() if one.name in program.slots]
            unknown = [inner for inner in reads if self.frame[inner] is OPEN]
            return _first(self._behind(inner) for inner in unknown)
        maker = program.makers.get(name)
        if maker is None or self.frame[slot] is not OPEN:
            return None
        found = truths(maker, self.frame)
        if None in found:
            return self.choose(maker, found)
        said = verdict(maker, found, self.frame)
        if said.conflict:
            return Clash(tuple((maker.position, rule) for rule in said.conflict))
        return self.behind_amounts(maker, said)

    def _variable(self, slot: int, item: Any = None) -> Variable:
        """Name what is asked; a fact of the case is asked once for all issues."""
        name = self.pack.program.names[slot]
        facts = self.pack.vocabulary.facts
        shared = name in facts and self.pack.vocabulary.scope(name) == "case"
        return Variable(slot, -1 if shared else self.issue, item)


def _first(found: Iterable[Question | Clash | None]) -> Question | Clash | None:
    """Return the first question; where there is none, the first contradiction."""
    clash = None
    for one in found:
        if one is not None and not isinstance(one, Clash):
            return one
        clash = clash or one
    return clash


def _open_side(leaf: Leaf, frame: Frame) -> int | None:
    """Return the side of a test that is open, or None where facts on both sides are."""
    sides = [leaf.slot, *(term.slot for term in leaf.terms if term.slot >= 0)]
    unknown = [slot for slot in sides if frame[slot] is OPEN or isinstance(frame[slot], Interval | Growing)]
    return unknown[0] if len(unknown) == 1 or leaf.pair < 0 else None


def _open_item(leaf: Leaf, frame: Frame) -> Any:
    """Return the first item of which it is not known whether the list has it."""
    found = frame[leaf.slot]
    items = [term.value(frame) for term in leaf.terms]
    return next(item for item in items if found is OPEN or found.includes(item) is None)


def _cells(kind: Type, slot: int, undecided: Sequence[Leaf], frame: Frame) -> Iterator[Any]:
    """Yield the constants that undecided tests compare a slot with, and the intervals between them, in order."""
    known = frame[slot]
    whole = known if isinstance(known, Interval) else Interval(kind.lowest, kind.highest)
    comparing = [leaf for leaf in undecided if leaf.test.op not in ("includes", "excludes")]
    cuts = {value for leaf in comparing for value in _bounds(leaf, slot, frame)}
    inside = sorted(cut for cut in cuts if whole.meets(cut) is None)
    if whole is not known and whole.low is not None:
        yield whole.low
    for start, end in pairwise([whole.low, *inside, whole.high]):
        yield Interval(start, end)
        if end is not None and end in inside:
            yield end
    if whole is not known and whole.high is not None:
        yield whole.high


def _bounds(leaf: Leaf, slot: int, frame: Frame) -> Iterator[Any]:
    if leaf.slot == slot:
        values = [term.value(frame) for term in leaf.terms]
    elif any(term.slot == slot for term in leaf.terms):
        values = [frame[leaf.slot]]
    else:
        return
    yield from (value for value in values if value is not OPEN and not isinstance(value, Interval))


# ---- reading the tree


def reduce(tree: Tree, key: Callable[[World], Any]) -> Any:
    """Return the tree with worlds replaced by what `key` sees, and splits that make no difference taken out.

    The result is a Split over such results, or what all worlds agree on; Clash and Unexplored stay themselves.
    """
    if isinstance(tree, World):
        return key(tree)
    if isinstance(tree, Clash | Unexplored):
        return tree
    branches = tuple((value, reduce(branch, key)) for value, branch in tree.branches)
    first = branches[0][1]
    return first if all(branch == first for _, branch in branches) else Split(tree.variable, branches)


def leaves(tree: Any) -> Iterator[Any]:
    """Yield the ends of a tree, reduced or not."""
    if isinstance(tree, Split):
        for _, branch in tree.branches:
            yield from leaves(branch)
    else:
        yield tree


def splits(tree: Any) -> Iterator[Split]:
    """Yield every split of a tree, from the root on."""
    if isinstance(tree, Split):
        yield tree
        for _, branch in tree.branches:
            yield from splits(branch)


def consequences(tree: Any) -> dict[tuple[Variable, Any], dict[Any, None]]:
    """Return, for each value of each split, what ends can follow from it; of a reduced tree, in one pass."""
    found: dict[tuple[Variable, Any], dict[Any, None]] = {}

    def follow(node: Any) -> dict[Any, None]:
        if not isinstance(node, Split):
            return {node: None}
        ends: dict[Any, None] = {}
        for value, branch in node.branches:
            below = follow(branch)
            found.setdefault((node.variable, value), {}).update(below)
            ends.update(below)
        return ends

    follow(tree)
    return found
