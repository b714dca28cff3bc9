"""Whether a machine may carry a decision out: only where a policy says so, and nothing speaks against it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from rules.compiling.pack import Pack
from rules.deciding.facts import CaseFacts
from rules.deciding.resolve import PolicyResult
from rules.deciding.tree import Unexplored, View, leaves
from rules.language.contract import AUTOMATIC, MODES
from rules.recommending.missing import ReducedTrees, must_know_open
from rules.values.value import OPEN

MODE = "automation.mode"
PERSON = "agent"


def automation(
    pack: Pack,
    facts: CaseFacts,
    results: Sequence[PolicyResult],
    reduced: ReducedTrees,
    outcome: str,
    doubts: Sequence[dict[str, Any]],
) -> dict[str, Any]:
    """Return who carries the decision out, with the rules that say so and what speaks against a machine."""
    modes = _modes(reduced)
    wanted = modes[0] if modes else None
    against = [*doubts, *_obstacles(pack, facts, reduced, wanted)]
    machine = wanted in AUTOMATIC and not against and outcome in ("remedy", "refuse")
    # Whoever asks needs the role that every answer will need; whoever decides, the strictest that one may need.
    person = next((mode for mode in (modes[-1:] if outcome == "ask" else modes) if mode not in AUTOMATIC), PERSON)
    return {
        "mode": wanted if machine else person,
        "settled": reduced.settled,
        "reasons": [*_rules(results), *against],
    }


def _obstacles(pack: Pack, facts: CaseFacts, reduced: ReducedTrees, wanted: str | None) -> Iterator[dict[str, Any]]:
    if not reduced.settled:
        yield {"code": "not_settled"}
    for name in must_know_open(pack, facts):
        yield {"code": "must_know", "fact": name}
    if wanted is None and not isinstance(reduced.automation, Unexplored):
        yield {"code": "no_policy"}
    elif not (isinstance(reduced.automation, View) and reduced.automation.known):
        yield {"code": "automation_open"}


def _modes(reduced: ReducedTrees) -> list[str]:
    """Return the modes of all worlds, the strictest first."""
    modes = {end.value[0] for end in leaves(reduced.automation) if isinstance(end, View)}
    return sorted((mode for mode in modes if mode is not OPEN), key=MODES.index)


def _rules(results: Sequence[PolicyResult]) -> Iterator[dict[str, Any]]:
    for one in results:
        for at, rule in one.resolution.fired:
            if one.policy.answers[at].name == MODE:
                bound = one.policy.rules[rule].rule
                yield {"rule": bound.id, "title": dict(bound.title), "issue": one.issue}
