"""Decide one case: facts, policies in their order, settle, worlds, and the recommendation that comes of them.

`decide` is total and deterministic: the same pack, case and instant give the same recommendation. It reads no clock
and never raises on data: whatever goes wrong inside becomes `review`, which goes to a person and is never a verdict.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from rules.compiling.pack import Pack
from rules.deciding.budget import STEP_LIMIT, Budget
from rules.deciding.facts import FactReader
from rules.deciding.match import Matcher, differences
from rules.deciding.tree import RuleConflict, Tree, Unexplored, leaves
from rules.deciding.worlds import Outcome, Path, Walker
from rules.engine import EngineError
from rules.language.evaluator import Truth
from rules.recommending.carried import with_carried_facts
from rules.recommending.recommendation import DecidedCase, Recommender
from rules.values.value import Frame

ENGINE_DIFFERS: Final = "engine_differs"
ENGINE_FAILED: Final = "engine_failed"
RULES_CONFLICT: Final = "rules_conflict"
OVER_BUDGET: Final = "over_budget"
BROKEN: Final = "internal_error"


@dataclass(frozen=True, slots=True)
class Decision:
    """A recommendation, and what was known and answered of each issue, worked out when it is called for.

    `with_carried_facts` decides a case that differs in carried facts alone, for a quarter of the work.
    `steps` is how much work it was.
    """

    recommendation: dict[str, Any]
    findings: Callable[[], list[dict[str, Any]]]
    with_carried_facts: Callable[[Mapping[str, Any]], Decision]
    steps: int = 0


class Decider:
    """Decides cases by one pack and its engine; made once, it serves every thread."""

    def __init__(self, pack: Pack, matcher: Matcher) -> None:
        self.pack, self.matcher = pack, matcher
        self.reader = FactReader(pack)
        self.recommender = Recommender(pack, matcher.version)
        facts, slots = pack.vocabulary.facts, pack.program.slots
        self.carried = tuple(slots[name] for name, fact in facts.items() if fact.carried and not fact.retired)

    def decide(self, case: Mapping[str, Any]) -> dict[str, Any]:
        """Return the recommendation for a case; whatever breaks makes it a review."""
        return self.decision(case).recommendation

    def decision(self, case: Mapping[str, Any]) -> Decision:
        """Return the recommendation for a case, with what it rests on."""
        return self._safely(partial(self.run, case))

    def _safely(self, decide: Callable[[], DecidedCase]) -> Decision:
        told = self.recommender
        try:
            decided = decide()
            return Decision(
                told.recommend(decided),
                partial(told.findings, decided),
                partial(self._retold, decided),
                decided.steps,
            )
        except Exception as error:  # a decision that breaks must reach a person, whatever broke it
            return Decision(told.broken(BROKEN, [type(error).__name__]), lambda: [], self.decision)

    def _retold(self, decided: DecidedCase, case: Mapping[str, Any]) -> Decision:
        return self._safely(lambda: with_carried_facts(decided, self.reader.read(case), self.carried))

    def run(self, case: Mapping[str, Any]) -> DecidedCase:
        """Return the decided case before it is written as a recommendation. May raise on a case that is not valid."""
        facts = self.reader.read(case)
        walker = Walker(self.pack, facts, Budget(STEP_LIMIT))
        checked = _Checked(walker, self.matcher)
        path = checked.walk()
        if not checked.questions:
            world = path.world()
            return DecidedCase(facts, world, world, tuple(checked.doubts()), walker.budget.taken)
        walker.remember(path, checked.outcomes)
        tree = checked.clash() or walker.explore(walker.start())
        stands, steps = walker.as_it_stands(), walker.budget.taken
        if walker.budget.spent:
            return DecidedCase(facts, stands, Unexplored(), (*checked.doubts(), {"code": OVER_BUDGET}), steps)
        return DecidedCase(facts, stands, tree, (*checked.doubts(), *self._conflicts(tree)), steps)

    def _conflicts(self, tree: Tree) -> list[dict[str, Any]]:
        """Name the rules that contradict each other where no world is without a contradiction."""
        ends = list(leaves(tree))
        clashes = [end for end in ends if isinstance(end, RuleConflict)]
        if len(clashes) < len(ends):
            return []
        policies = self.pack.program.policies
        rules = {rule for clash in clashes for rule in clash.rules}
        named = {f"{policies[at].policy.name}/{policies[at].rules[rule].rule.id}" for at, rule in rules}
        return [{"code": RULES_CONFLICT, "rules": sorted(named)}]


class _Checked:
    """Walks a case as it was sent, stratum by stratum, and holds the engine's answers against the evaluator's."""

    def __init__(self, walker: Walker, matcher: Matcher) -> None:
        self.walker, self.matcher = walker, matcher
        self.differing: list[str] = []
        self.fault = ""
        self.outcomes: dict[int, Outcome] = {}  # by step
        self.clashes: list[RuleConflict] = []
        self.questions = False  # whether something seen hangs on an open fact or on a contradiction

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

    def clash(self) -> RuleConflict | None:
        """Return all contradictions of what is known, which no answer can settle, or nothing."""
        return (
            RuleConflict(tuple(sorted({rule for clash in self.clashes for rule in clash.rules})))
            if self.clashes
            else None
        )

    def doubts(self) -> Iterator[dict[str, Any]]:
        """Yield what engine and evaluator did not agree on."""
        if self.differing:
            yield {"code": ENGINE_DIFFERS, "rules": self.differing}
        if self.fault:
            yield {"code": ENGINE_FAILED, "details": [self.fault]}

    def _stratum(self, path: Path, at: int, issue: int, stratum: int) -> int:
        """Run the policies of one stratum and return the step behind them."""
        walker, frame = self.walker, path.frames[issue]
        engine_true = self._ask_engine(stratum, frame)
        found: dict[int, list[Truth]] = {}
        while at < len(walker.steps) and (work := walker.steps[at]) is not None and work[0] == issue:
            policy = work[1]
            if policy.stratum != stratum:
                break
            truths, resolution = self.outcomes[at] = walker.first(policy, frame)
            found[policy.position] = truths
            question = walker.question(policy, issue, truths, resolution, frame)
            self.questions = self.questions or question is not None
            if isinstance(question, RuleConflict):
                self.clashes.append(question)
            walker.write(path, at, issue, policy, resolution)
            at += 1
        if engine_true is not None:
            self.differing += differences(walker.program, stratum, engine_true, found)
        return at

    def _ask_engine(self, stratum: int, frame: Frame) -> frozenset[tuple[int, int]] | None:
        try:
            return self.matcher.true_rules(stratum, frame)
        except EngineError as fault:
            self.fault = str(fault)
            return None


def decide(pack: Pack, matcher: Matcher, case: Mapping[str, Any]) -> dict[str, Any]:
    """Return the recommendation for one case; a Decider spares the preparation when there are many."""
    return Decider(pack, matcher).decide(case)
