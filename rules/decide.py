"""Decide one case: facts, policies in their order, settle, worlds, and the recommendation that comes of them.

`decide` is total and deterministic: the same pack, case and instant give the same recommendation. It reads no clock and never
raises on data: whatever goes wrong inside becomes `review`, which goes to a person and is never a verdict.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from .condition import Truth
from .engine import EngineFault
from .facts import CaseFacts, FactReader
from .match import Matcher, differences, truths
from .pack import Pack
from .recommend import Decided, Recommender
from .resolve import verdict
from .settle import Settlement
from .settling import settle_frames, write_settled
from .why import Spoken
from .worlds import Explorer, Frames, Tree, World, write_verdict

ENGINE_DIFFERS: Final = "engine_differs"
ENGINE_FAILED: Final = "engine_failed"
RULES_CONFLICT: Final = "rules_conflict"
BROKEN: Final = "internal_error"


@dataclass(slots=True)
class Run:
    """A case as it stands: undecided rules do not speak; where the first of them stood, worlds are explored from."""

    frames: Frames
    spoken: list[Spoken] = field(default_factory=list)
    settlement: Settlement | None = None
    conflicts: tuple[tuple[int, int], ...] = ()
    differing: list[str] = field(default_factory=list)
    fault: str = ""
    start: tuple[int, Frames, Settlement | None, tuple[tuple[int, int], ...]] | None = None


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
        run = self._stand(facts)
        tree = self._worlds(facts, run)
        assert run.settlement is not None
        return Decided(facts, tuple(run.frames), tuple(run.spoken), run.settlement, tree, tuple(self._doubts(run)))

    def _doubts(self, run: Run) -> Iterator[dict[str, Any]]:
        if run.differing:
            yield {"code": ENGINE_DIFFERS, "rules": run.differing}
        if run.fault:
            yield {"code": ENGINE_FAILED, "detail": run.fault}
        if run.conflicts:
            policies = self.pack.program.policies
            named = {f"{policies[at].policy.name}/{policies[at].rules[rule].rule.id}" for at, rule in run.conflicts}
            yield {"code": RULES_CONFLICT, "rules": sorted(named)}

    # ---- the case as it stands

    def _stand(self, facts: CaseFacts) -> Run:
        run = Run([issue.frame.copy() for issue in facts.issues])
        program = self.pack.program
        step = 0
        for after in (False, True):
            if after:
                run.settlement = settle_frames(self.pack, facts, run.frames)
                write_settled(program, facts, run.frames, run.settlement)
                step += 1
            for issue in range(len(run.frames)):
                step = self._issue(facts, run, issue, after, step)
        return run

    def _issue(self, facts: CaseFacts, run: Run, issue: int, after: bool, step: int) -> int:
        """Run one issue through the policies before or after settle, stratum by stratum."""
        program, frame = self.pack.program, run.frames[issue]
        policies = program.policies[program.settle_at :] if after else program.policies[: program.settle_at]
        for stratum in dict.fromkeys(policy.stratum for policy in policies):
            said = self._match(run, stratum, issue)
            found: dict[int, list[Truth]] = {}
            for policy in policies:
                if policy.stratum != stratum:
                    continue
                found[policy.position] = truth = truths(policy, frame)
                if run.start is None and None in truth:
                    run.start = (step, [one.copy() for one in run.frames], run.settlement, run.conflicts)
                says = verdict(policy, truth, frame)
                write_verdict(self.pack, facts, run.frames, issue, policy, says)
                run.conflicts += tuple((policy.position, rule) for rule in says.conflict)
                run.spoken.append(Spoken(issue, policy, says))
                step += 1
            if said is not None:
                run.differing += differences(program, stratum, said, found)
        return step

    def _match(self, run: Run, stratum: int, issue: int) -> frozenset[tuple[int, int]] | None:
        try:
            return self.matcher.true_rules(stratum, run.frames[issue])
        except EngineFault as fault:
            run.fault = str(fault)
            return None

    # ---- the worlds that are still possible

    def _worlds(self, facts: CaseFacts, run: Run) -> Tree:
        assert run.settlement is not None
        if run.start is None:
            return World(tuple(run.frames), run.settlement, run.conflicts)
        step, frames, settlement, conflicts = run.start
        return Explorer(self.pack, facts).explore(frames, step, settlement, conflicts)


def decide(pack: Pack, matcher: Matcher, case: Mapping[str, Any]) -> dict[str, Any]:
    """Return the recommendation for one case; a Decider spares the preparation when there are many."""
    return Decider(pack, matcher).decide(case)
