"""Decide whether a machine may carry a decision out: only where a policy allows it and nothing prevents it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from rules.deciding.resolve import PolicyResult
from rules.deciding.tree import Unexplored, View, leaves
from rules.language.contract import AUTOMATIC, MODES, TICKED
from rules.recommending.answers import answer
from rules.recommending.basis import Basis
from rules.recommending.open_facts import must_know_open
from rules.recommending.reduced_trees import ReducedTrees
from rules.recommending.unknown_facts import UnknownFacts
from rules.values.value import OPEN

MODE = "automation.mode"
NO_MACHINE_RULE = "no_machine_rule"  # no rule lets a machine carry this out
AMOUNT_OPEN = "amount_open"  # an amount follows from no stated fact
NOT_COVERED = "not_covered"  # no rule gives a remedy
PERSON = "agent"


def needed_by_machines(basis: Basis, unknown: UnknownFacts) -> dict[str, list[int]]:
    """Return the facts without which nothing is automatic, each with the issues for which it is open.

    They are the `must_know` facts, and where a machine would act those sent as unknown that a rule looks for.
    """
    needed = must_know_open(basis.pack, basis.facts)
    if not any(mode in AUTOMATIC for mode in _modes(basis.reduced)):
        return needed
    return unknown.sought(basis.facts, tuple(basis.frames)) | needed


def automation(basis: Basis, outcome: str, doubts: Sequence[dict[str, Any]], needed: Iterable[str]) -> dict[str, Any]:
    """Return who carries the decision out, with the rules that chose the mode and what prevents a machine.

    Without the facts that are `needed`, no machine does.
    """
    modes = _modes(basis.reduced)
    wanted = modes[0] if modes else None
    obstacles = [*doubts, *_obstacles(basis, wanted, needed), *(_open_amounts(basis) if outcome == "review" else ())]
    machine = wanted in AUTOMATIC and not obstacles and outcome in ("remedy", "refuse")
    # Asking needs the role that every answer will need; deciding, the strictest that an answer may need.
    person = next((mode for mode in (modes[-1:] if outcome == "ask" else modes) if mode not in AUTOMATIC), PERSON)
    rules = list(_rules(basis.results))
    reasons = [*rules, *(_uncovered(basis, rules) if outcome == "review" and not doubts else ()), *obstacles]
    return {
        "mode": wanted if machine else person,
        "settled": basis.reduced.settled,
        "reasons": reasons if machine or reasons else [{"code": NO_MACHINE_RULE}],
    }


def _uncovered(basis: Basis, rules: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield each issue for which no rule gives a remedy, and no rule says why a person decides it."""
    explained = {rule["issue"] for rule in rules}
    for number, frame in enumerate(basis.frames):
        if not basis.settlement.options[number] and number not in explained:
            kind = answer(basis.pack, frame, TICKED)
            yield {"code": NOT_COVERED, "issue": number} | ({} if kind is OPEN else {"fact": TICKED, "detail": kind})


def _obstacles(basis: Basis, wanted: str | None, needed: Iterable[str]) -> Iterator[dict[str, Any]]:
    reduced = basis.reduced
    if not reduced.settled:
        yield {"code": "not_settled"}
    for name in needed:
        yield {"code": "must_know", "fact": name}
    if wanted is None and not isinstance(reduced.automation, Unexplored):
        yield {"code": "no_policy"}
    elif not (isinstance(reduced.automation, View) and reduced.automation.known):
        yield {"code": "automation_open"}


def _open_amounts(basis: Basis) -> Iterator[dict[str, Any]]:
    """Yield each amount of the case that its facts leave open: no answer to a question would settle it."""
    for name in ("settled.refund_fen", "settled.compensation_fen", "settled.goodwill_fen"):
        if basis.settlement.totals[name] is OPEN:
            yield {"code": AMOUNT_OPEN, "detail": name}


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
