"""Show what each answer to a question leads to."""

from __future__ import annotations

from typing import Any

from rules.compiling.pack import Pack
from rules.deciding.tree import RuleConflict, Split, Variable, consequences
from rules.values.kind import Type
from rules.values.value import OPEN, Interval


class Changes:
    """Shows the consequences of the splits of one reduced tree."""

    def __init__(self, pack: Pack, summary: Any) -> None:
        self.pack, self.program = pack, pack.program
        self.ends = consequences(summary)

    def of(self, split: Split) -> list[dict[str, Any]]:
        """Return the outcomes of each answer; neighbouring answers with the same outcomes are shown as one range."""
        kind = self.program.types.get(self.program.names[split.variable.slot], Type("yes_no"))
        changes: list[tuple[Any, list[dict[str, Any]]]] = []
        for value, _ in split.branches:
            outcomes = [summary_as_json(end) for end in self.ends.get((split.variable, value), ())]
            if kind.ordered and changes and changes[-1][1] == outcomes:
                changes[-1] = ((changes[-1][0][0], value), outcomes)
            else:
                changes.append(((value, value), outcomes))
        return [
            {"answer": self._answer(kind, split.variable, *ends), "outcomes": outcomes} for ends, outcomes in changes
        ]

    def _answer(self, kind: Type, variable: Variable, first: Any, last: Any) -> Any:
        if variable.item is not None or kind.kind == "yes_no":
            return first
        if first == last and not isinstance(first, Interval):
            return kind.show(first, self.pack.zone)
        bounds = {
            "more_than": first.low if isinstance(first, Interval) else None,
            "at_least": None if isinstance(first, Interval) else first,
            "less_than": last.high if isinstance(last, Interval) else None,
            "at_most": None if isinstance(last, Interval) else last,
        }
        limits = {"at_least": kind.lowest, "at_most": kind.highest}  # a bound that every value meets is left out
        shown = {word: bound for word, bound in bounds.items() if bound is not None and limits.get(word) != bound}
        return {word: kind.show(bound, self.pack.zone) for word, bound in shown.items()}


def summary_as_json(end: Any) -> dict[str, Any]:
    """Return the end of a reduced tree as JSON: outcome, kind of remedy, total and mode."""
    if not isinstance(end, tuple):
        outcome = "review" if isinstance(end, RuleConflict) else "ask"
        return {"outcome": outcome, "kind": None, "total_fen": None, "mode": None}
    outcome, kinds, total, mode = end
    return {
        "outcome": outcome,
        "kind": kinds[0] if len(kinds) == 1 else list(kinds),
        "total_fen": None if total is OPEN or isinstance(total, Interval) else total,
        "mode": None if mode is OPEN else mode,
    }
