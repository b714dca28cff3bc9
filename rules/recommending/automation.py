"""Whether a machine may carry a decision out: only where a policy says so, and nothing speaks against it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from rules.compiling.pack import Pack
from rules.deciding.facts import CaseFacts
from rules.deciding.resolve import Spoken
from rules.deciding.tree import Seen, Unexplored, leaves
from rules.language.contract import AUTOMATIC, MODES
from rules.recommending.missing import Facets, must_know_open
from rules.values.value import OPEN

MODE = "automation.mode"
PERSON = "agent"


def automation(
    pack: Pack,
    facts: CaseFacts,
    spoken: Sequence[Spoken],
    seen: Facets,
    outcome: str,
    doubts: Sequence[dict[str, Any]],
) -> dict[str, Any]:
    """Return who carries the decision out, with the rules that say so and what speaks against a machine."""
    modes = _modes(seen)
    wanted = modes[0] if modes else None
    against = [*doubts, *_obstacles(pack, facts, seen, wanted)]
    machine = wanted in AUTOMATIC and not against and outcome in ("remedy", "refuse")
    # Whoever asks needs the role that every answer will need; whoever decides, the strictest that one may need.
    person = next((mode for mode in (modes[-1:] if outcome == "ask" else modes) if mode not in AUTOMATIC), PERSON)
    return {
        "mode": wanted if machine else person,
        "settled": seen.settled,
        "reasons": [*_rules(spoken), *against],
    }


def _obstacles(pack: Pack, facts: CaseFacts, seen: Facets, wanted: str | None) -> Iterator[dict[str, Any]]:
    if not seen.settled:
        yield {"code": "not_settled"}
    for name in must_know_open(pack, facts):
        yield {"code": "must_know", "fact": name}
    if wanted is None and not isinstance(seen.automation, Unexplored):
        yield {"code": "no_policy"}
    elif not (isinstance(seen.automation, Seen) and seen.automation.known):
        yield {"code": "automation_open"}


def _modes(seen: Facets) -> list[str]:
    """Return the modes of all worlds, the strictest first."""
    modes = {end.value[0] for end in leaves(seen.automation) if isinstance(end, Seen)}
    return sorted((mode for mode in modes if mode is not OPEN), key=MODES.index)


def _rules(spoken: Sequence[Spoken]) -> Iterator[dict[str, Any]]:
    for one in spoken:
        for at, rule in one.verdict.speakers:
            if one.policy.answers[at].name == MODE:
                bound = one.policy.rules[rule].rule
                yield {"rule": bound.id, "title": dict(bound.title), "issue": one.issue}
