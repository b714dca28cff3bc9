"""Tell what to ask first from what matters only after an unexpected answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rules.deciding.dependence import decisive
from rules.deciding.tree import Variable, splits, supposing
from rules.values.value import OPEN


class QuestionOrder:
    """The variables on which the ends of a reduced tree depend, and after which answer each of them matters.

    `expected` gives the expected value of a variable, or OPEN. A variable that still matters where all others have
    their expected values is asked for now. Another is asked `after` the first question whose unexpected answer alone
    makes it matter; one that only several such answers make matter is asked for now, too.
    """

    def __init__(self, tree: Any, expected: Callable[[Variable], Any]) -> None:
        self.matters = decisive(tree)
        self.after: dict[Variable, tuple[Variable, Any]] = {}
        known = self.expected = {one: value for one in self.matters if (value := expected(one)) is not OPEN}
        if not known:
            return
        now = decisive(supposing(tree, known))
        now |= {one for one in known if one in decisive(supposing(tree, _without(known, one)))}
        answers = {
            (split.variable, value): None
            for split in splits(tree)
            if split.variable in known and split.variable in now
            for value, _ in split.branches
            if value != known[split.variable]
        }
        for gate, value in answers:
            for one in decisive(supposing(tree, {**known, gate: value})) - now:
                self.after.setdefault(one, (gate, value))

    def before(self, variable: Variable) -> dict[Variable, Any]:
        """Return the question and the answer after which a variable is asked for; nothing where it is asked for now."""
        return dict([self.after[variable]]) if variable in self.after else {}

    def asks_more(self, variable: Variable, value: Any) -> bool:
        """Return whether another question follows an answer."""
        return (variable, value) in self.after.values()


def _without(known: dict[Variable, Any], left_out: Variable) -> dict[Variable, Any]:
    return {one: value for one, value in known.items() if one != left_out}
