"""Show what each answer to a question leads to: what is then likely, or that more has to be asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import islice
from typing import Any, Final

from rules.compiling.pack import Pack
from rules.deciding.question_order import QuestionOrder
from rules.deciding.tree import CONFLICT, Split, Variable, World, paths, supposing
from rules.recommending.views import WorldViews
from rules.values.kind import Type
from rules.values.value import OPEN, Interval

MOST: Final = 8  # combinations of other answers that are followed for an answer
REVIEW: Final = {"outcome": "review", "kind": None, "total_fen": None, "mode": None}  # where rules contradict

LikelyIf = Callable[[Mapping[Variable, Any]], World | None]  # the likely world under hypotheses; None past the budget


class Changes:
    """Shows the consequences of the answers to the questions of one case."""

    def __init__(self, pack: Pack, views: WorldViews, customer: Any, likely_if: LikelyIf) -> None:
        self.pack, self.program, self.views = pack, pack.program, views
        self.customer, self.likely_if = customer, likely_if  # the reduced tree of what the customer sees

    def of(self, split: Split, order: QuestionOrder) -> list[dict[str, Any]]:
        """Return the outcomes of each answer, neighbours with the same ones as one range; none past the budget."""
        kind = self.program.types.get(self.program.names[split.variable.slot], Type("yes_no"))
        changes: list[tuple[Any, list[dict[str, Any]]]] = []
        for value, _ in split.branches:
            outcomes = self._outcomes({**order.before(split.variable), split.variable: value}, order)
            if outcomes is None:
                return []
            if order.asks_more(split.variable, value):
                outcomes = [{**outcomes[0], "outcome": "ask"}]
            if kind.ordered and changes and changes[-1][1] == outcomes:
                changes[-1] = ((changes[-1][0][0], value), outcomes)
            else:
                changes.append(((value, value), outcomes))
        return [
            {"answer": self._answer(kind, split.variable, *ends), "outcomes": outcomes} for ends, outcomes in changes
        ]

    def _outcomes(self, hypotheses: Mapping[Variable, Any], order: QuestionOrder) -> list[dict[str, Any]] | None:
        """Return what is likely under hypotheses: one outcome, or one for each answer to what else matters then.

        None where the case has no step left.
        """
        found: list[dict[str, Any]] = []
        for also, end in islice(paths(supposing(self.customer, {**order.expected, **hypotheses})), MOST):
            outcome = dict(REVIEW) if end is CONFLICT else self._outcome({**hypotheses, **also})
            if outcome is None:
                return None
            if outcome not in found:
                found.append(outcome)
        return found

    def _outcome(self, hypotheses: Mapping[Variable, Any]) -> dict[str, Any] | None:
        world = self.likely_if(hypotheses)
        if world is None:
            return None
        outcome, kinds, total, mode = self.views.summary(world.frames, world.settlement)
        return {
            "outcome": outcome,
            "kind": kinds[0] if len(kinds) == 1 else list(kinds),
            "total_fen": None if total is OPEN or isinstance(total, Interval) else total,
            "mode": None if mode is OPEN else mode,
        }

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
