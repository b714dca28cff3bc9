"""Decide one case: facts, policies in their order, settle, worlds, and the recommendation that comes of them.

`decide` is total and deterministic: the same pack, case and instant give the same recommendation. It reads no clock and never
raises on data: whatever goes wrong inside becomes `review`, which goes to a person and is never a verdict.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from .condition import Frame, Truth
from .engine import EngineFault
from .facts import FactReader
from .match import Matcher, differences
from .pack import Pack
from .recommend import Decided, Recommender
from .worlds import Path, Walker, World

ENGINE_DIFFERS: Final = "engine_differs"
ENGINE_FAILED: Final = "engine_failed"
RULES_CONFLICT: Final = "rules_conflict"
BROKEN: Final = "internal_error"


class Decider:
    """Decides cases by one pack and its engine; made once, it serves every thread."""

    def __init__(self, pack: Pack, matcher: Matcher) -> None:
        self.pack, self.matcher = pack, matcher
        self.reader = FactReader(pack)
        self.recommender = Recommender(pack, matcher.version)

    def decide(self, case: Mapping[str, Any]) -> dict[str, Any]:
        """Return the recommendation for a case; whatever breaks makes it a review."""
        try:
            return self.recommender.recommend(self.run(case))
        except Exception as error:  # a decision that breaks must reach a person, whatever broke it
            return self.recommender.broken(BROKEN, [type(error).__name__])

    def run(self, case: Mapping[str, Any]) -> Decided:
        """Return the decided case before it is written as a recommendation. May raise on a case that is not valid."""
        facts = self.reader.read(case)
        walker = Walker(self.pack, facts)
        path, doubts = _Checked(walker, self.matcher).walk()
        if not any(None in found for policy, found in walker.outcomes() if policy.seen):
            world = path.world()
            return Decided(facts, world, world, (*doubts, *self._conflicts(world)))
        tree = walker.explore(walker.start())
        stands = walker.as_it_stands()
        return Decided(facts, stands, tree, (*doubts, *self._conflicts(stands)))

    def _conflicts(self, world: World) -> list[dict[str, Any]]:
        policies = self.pack.program.policies
        named = {f"{policies[at].policy.name}/{policies[at].rules[rule].rule.id}" for at, rule in world.conflicts}
        return [{"code": RULES_CONFLICT, "rules": sorted(named)}] if named else []


class _Checked:
    """Walks a case as it was sent, stratum by stratum, and holds the engine's answers against the evaluator's."""

    def __init__(self, walker: Walker, matcher: Matcher) -> None:
        self.walker, self.matcher = walker, matcher
        self.differing: list[str] = []
        self.fault = ""

    def walk(self) -> tuple[Path, list[dict[str, Any]]]:
        """Return the path walked, and what engine and evaluator did not agree on."""
        walker, path = self.walker, self.walker.start()
        at = 0
        while at < len(walker.steps):
            work = walker.steps[at]
            if work is None:
                walker.settle(path)
                at += 1
            else:
                at = self._stratum(path, at, work[0], work[1].stratum)
        doubts: list[dict[str, Any]] = [{"code": ENGINE_DIFFERS, "rules": self.differing}] if self.differing else []
        return path, [*doubts, *([{"code": ENGINE_FAILED, "details": [self.fault]}] if self.fault else [])]

    def _stratum(self, path: Path, at: int, issue: int, stratum: int) -> int:
        """Run the policies of one stratum and return the step behind them."""
        walker, frame = self.walker, path.frames[issue]
        said = self._ask_engine(stratum, frame)
        found: dict[int, list[Truth]] = {}
        while at < len(walker.steps) and (work := walker.steps[at]) is not None and work[0] == issue:
            policy = work[1]
            if policy.stratum != stratum:
                break
            truths, verdict = walker.run(policy, issue, frame)
            found[policy.position] = truths
            walker.write(path, at, issue, policy, verdict)
            at += 1
        if said is not None:
            self.differing += differences(walker.program, stratum, said, found)
        return at

    def _ask_engine(self, stratum: int, frame: Frame) -> frozenset[tuple[int, int]] | None:
        try:
            return self.matcher.true_rules(stratum, frame)
        except EngineFault as fault:
            self.fault = str(fault)
            return None


def decide(pack: Pack, matcher: Matcher, case: Mapping[str, Any]) -> dict[str, Any]:
    """Return the recommendation for one case; a Decider spares the preparation when there are many."""
    return Decider(pack, matcher).decide(case)
