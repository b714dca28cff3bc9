"""Decide one case: read its facts, run the policies, settle, explore the worlds of its open facts, and recommend.

`decide` is total and deterministic: the same pack, case and instant give the same recommendation. It reads no clock
and never raises on data: an error inside becomes `review`, which goes to a person and is never a verdict.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from rules.compiling.pack import Pack
from rules.deciding.budget import STEP_LIMIT, Budget
from rules.deciding.checked_walk import ENGINE_DIFFERS, ENGINE_FAILED, CheckedWalk
from rules.deciding.facts import FactReader
from rules.deciding.match import Matcher
from rules.deciding.tree import RuleConflict, Tree, Unexplored, leaves
from rules.deciding.walker import Walker
from rules.deciding.worlds import Explorer
from rules.recommending.carried import with_carried_facts
from rules.recommending.recommendation import DecidedCase, Recommender

__all__ = ["BROKEN", "ENGINE_DIFFERS", "ENGINE_FAILED", "Decider", "Decision", "decide"]

RULES_CONFLICT: Final = "rules_conflict"
OVER_BUDGET: Final = "over_budget"
BROKEN: Final = "internal_error"


@dataclass(frozen=True, slots=True)
class Decision:
    """A recommendation, and on demand the facts and answers of each issue.

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
        """Return the recommendation for a case; an error inside makes it a review."""
        return self.decision(case).recommendation

    def decision(self, case: Mapping[str, Any]) -> Decision:
        """Return the recommendation for a case, with what it rests on."""
        return self._safely(partial(self.run, case))

    def run(self, case: Mapping[str, Any]) -> DecidedCase:
        """Return the decided case before it is written as a recommendation. May raise on a case that is not valid."""
        facts = self.reader.read(case)
        walker = Walker(self.pack, facts, Budget(STEP_LIMIT))
        checked = CheckedWalk(walker, self.matcher)
        path = checked.walk()
        doubts = tuple(checked.doubts())
        if not checked.unsettled:
            world = path.world()
            return DecidedCase(facts, world, world, walker.likely_after, doubts, walker.budget.taken)
        walker.cache(path, checked.outcomes)
        tree = checked.conflict() or Explorer(walker).explore(walker.start())
        likely, steps = walker.likely_world(), walker.budget.taken
        if walker.budget.spent:
            tree, doubts = Unexplored(), (*doubts, {"code": OVER_BUDGET})
        else:
            doubts = (*doubts, *self._conflicts(tree))
        return DecidedCase(facts, likely, tree, walker.likely_after, doubts, steps)

    def _conflicts(self, tree: Tree) -> list[dict[str, Any]]:
        """Name the rules in conflict where every world has a conflict."""
        ends = list(leaves(tree))
        conflicts = [end for end in ends if isinstance(end, RuleConflict)]
        if len(conflicts) < len(ends):
            return []
        policies = self.pack.program.policies
        rules = {rule for conflict in conflicts for rule in conflict.rules}
        named = {f"{policies[at].policy.name}/{policies[at].rules[rule].rule.id}" for at, rule in rules}
        return [{"code": RULES_CONFLICT, "rules": sorted(named)}]

    def _safely(self, run: Callable[[], DecidedCase]) -> Decision:
        recommender = self.recommender
        try:
            decided = run()
            return Decision(
                recommender.recommend(decided),
                partial(recommender.findings, decided),
                partial(self._with_carried_facts, decided),
                decided.steps,
            )
        except Exception as error:  # a decision that breaks must reach a person, whatever broke it
            return Decision(recommender.broken(BROKEN, [type(error).__name__]), lambda: [], self.decision)

    def _with_carried_facts(self, decided: DecidedCase, case: Mapping[str, Any]) -> Decision:
        return self._safely(lambda: with_carried_facts(decided, self.reader.read(case), self.carried))


def decide(pack: Pack, matcher: Matcher, case: Mapping[str, Any]) -> dict[str, Any]:
    """Return the recommendation for one case; for many cases, make one Decider."""
    return Decider(pack, matcher).decide(case)
