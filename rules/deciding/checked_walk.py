"""Walk a case as it was sent, stratum by stratum, and compare the engine's true rules with the evaluator's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from rules.deciding.match import Matcher, differences
from rules.deciding.path import Path
from rules.deciding.tree import RuleConflict
from rules.deciding.walker import Outcome, Walker
from rules.engine import EngineError
from rules.language.evaluator import Truth
from rules.values.value import Frame

ENGINE_DIFFERS: Final = "engine_differs"
ENGINE_FAILED: Final = "engine_failed"


class CheckedWalk:
    """One walk through the policies of a case, checked by the engine."""

    def __init__(self, walker: Walker, matcher: Matcher) -> None:
        self.walker, self.matcher = walker, matcher
        self.differing: list[str] = []
        self.error = ""
        self.outcomes: dict[int, Outcome] = {}  # by step
        self.conflicts: list[RuleConflict] = []
        self.unsettled = False  # whether a visible answer depends on an open fact or on a rule conflict

    def walk(self) -> Path:
        """Return the path walked."""
        walker, path = self.walker, self.walker.start()
        walker.budget.take(len(walker.steps))
        at = 0
        while at < len(walker.steps):
            work = walker.steps[at]
            if work is None:
                walker.settle(path)
                at += 1
            else:
                at = self._stratum(path, at, work[0], work[1].stratum)
        return path

    def conflict(self) -> RuleConflict | None:
        """Return all rule conflicts of the stated facts as one, which no answer can end, or nothing."""
        rules = {rule for conflict in self.conflicts for rule in conflict.rules}
        return RuleConflict(tuple(sorted(rules))) if self.conflicts else None

    def doubts(self) -> Iterator[dict[str, Any]]:
        """Yield where engine and evaluator differ, and the engine's error."""
        if self.differing:
            yield {"code": ENGINE_DIFFERS, "rules": self.differing}
        if self.error:
            yield {"code": ENGINE_FAILED, "details": [self.error]}

    def _stratum(self, path: Path, at: int, issue: int, stratum: int) -> int:
        """Run the policies of one stratum and return the step behind them."""
        walker, frame = self.walker, path.frames[issue]
        engine_true = self._true_by_engine(stratum, frame)
        found: dict[int, list[Truth]] = {}
        while at < len(walker.steps) and (work := walker.steps[at]) is not None and work[0] == issue:
            policy = work[1]
            if policy.stratum != stratum:
                break
            outcome = self.outcomes[at] = walker.evaluate(policy, frame)
            found[policy.position] = outcome.truths
            question = walker.question(issue, policy, outcome, frame)
            self.unsettled = self.unsettled or question is not None
            if isinstance(question, RuleConflict):
                self.conflicts.append(question)
            walker.write(path, at, outcome.resolution)
            at += 1
        if engine_true is not None:
            self.differing += differences(walker.program, stratum, engine_true, found)
        return at

    def _true_by_engine(self, stratum: int, frame: Frame) -> frozenset[tuple[int, int]] | None:
        try:
            return self.matcher.true_rules(stratum, frame)
        except EngineError as error:
            self.error = str(error)
            return None
