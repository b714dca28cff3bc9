"""Explore the worlds that the open facts of a case allow.

An answer that depends on an open fact stays open. Where the customer would see the difference, the path splits over the
values of the fact: those of an enum or a yes or no, and for numbers and dates the intervals between the constants that
undecided rules test. Branches keep all that was decided before the split. Reduced, the tree shows which facts matter.
"""

from __future__ import annotations

from typing import Any, Final

from rules.deciding.budget import DEPTH_LIMIT
from rules.deciding.chooser import Question
from rules.deciding.hypothesis import issues_of
from rules.deciding.path import NEVER, Path
from rules.deciding.tree import RuleConflict, Split, Tree, Unexplored, Variable
from rules.deciding.walker import Walker, leaves_open

# Past these limits, once there is one world, the other branches stay unexplored, and the open facts are asked for.
WORLD_LIMIT: Final = 200
EXPLORATION_LIMIT: Final = 30_000  # steps in all worlds of a case, so that many issues cost no more than one


class Explorer:
    """Builds the tree of worlds of one case."""

    def __init__(self, walker: Walker) -> None:
        self.walker, self.budget = walker, walker.budget
        self.worlds = 0

    def explore(self, path: Path) -> Tree:
        """Return the tree of worlds from where a path is; the path is used up."""
        walker, issues = self.walker, range(len(path.frames))
        for issue in issues:
            if (end := self._walk(path, issue, walker.before * (issue + 1))) is not None:
                return end
        if path.settlement is None:
            walker.settle(path)
        for issue in issues:
            if (end := self._walk(path, issue, walker.settle_step + 1 + walker.after * (issue + 1))) is not None:
                return end
        self.worlds += 1
        return path.world()

    def _walk(self, path: Path, issue: int, until: int) -> Tree | None:
        """Take an issue to a step; return the tree instead where the path ends or splits before it."""
        walker = self.walker
        while path.next[issue] < until:
            self.budget.take()
            if self.budget.spent:
                return Unexplored()
            step = path.next[issue]
            work = walker.steps[step]
            assert work is not None
            _, policy = work
            outcome = walker.outcome(issue, policy, path.frames[issue])
            if outcome.undecided or (policy.reckons and leaves_open(outcome.resolution)):
                path.since[issue] = min(path.since[issue], step)
            question = walker.question(issue, policy, outcome, path.frames[issue])
            if isinstance(question, RuleConflict):
                self.worlds += 1
                return question
            if question is not None:
                return self._split(question, path)
            walker.write(path, step, outcome.resolution)
            path.next[issue] = step + 1
        return None

    def _split(self, question: Question, path: Path) -> Tree:
        variable, values = question
        if path.depth >= DEPTH_LIMIT:
            self.budget.end()
        branches: list[tuple[Any, Tree]] = []
        for value in values:
            enough = self.worlds >= WORLD_LIMIT or (self.worlds and self.budget.taken >= EXPLORATION_LIMIT)
            branches.append(
                (value, Unexplored() if enough or self.budget.spent else self._branch(path, variable, value))
            )
        return Split(variable, tuple(branches))

    def _branch(self, path: Path, variable: Variable, value: Any) -> Tree:
        """Return the tree under a hypothesis; the issues that it concerns resume at their first open answer."""
        walker, branch = self.walker, path.copy()
        for issue in issues_of(walker.pack, walker.facts, variable, walker.first_equal):
            walker.suppose(branch, issue, variable, value)
            branch.next[issue] = min(branch.next[issue], branch.since[issue])
            branch.since[issue] = NEVER
            if branch.next[issue] < walker.settle_step:
                branch.settlement = None
        return self.explore(branch)
