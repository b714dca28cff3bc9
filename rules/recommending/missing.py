"""List what is missing: every fact that matters, whom to ask, the question, and what each answer would change.

A fact matters if two answers to it, with all other facts alike, lead to different ends. The issues of a case stay as
sent: no fact is asked only because an answer could make two issues equal or different.

What matters only after an unexpected answer is asked for after it: `only_if` names that question and that answer.
Expected is what the likely world supposes: that evidence which may still come is shown, and what the pack supposes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from rules.compiling.pack import Pack
from rules.deciding.facts import CaseFacts
from rules.deciding.hypothesis import first_of_equals
from rules.deciding.question_order import QuestionOrder
from rules.deciding.tree import Split, Tree, Variable, World, leaves, splits
from rules.language.condition import FactOperand
from rules.recommending.changes import Changes
from rules.recommending.open_facts import LINE_PAID, OpenFacts
from rules.recommending.reduced_trees import ReducedTrees
from rules.recommending.views import WorldViews
from rules.values.value import OPEN

PAID: Final = "settled.paid_fen"
REASONS: Final = ("remedy", "automation", "bearing", "must_know")  # why a fact is asked for


class Questions:
    """Finds the facts to ask for, all at once."""

    def __init__(
        self, pack: Pack, facts: CaseFacts, tree: Tree, views: WorldViews, reduced: ReducedTrees, changes: Changes
    ) -> None:
        self.pack, self.facts, self.tree, self.views, self.reduced = pack, facts, tree, views, reduced
        self.program, self.changes = pack.program, changes
        self.open = OpenFacts(pack, facts)
        self.asked: dict[tuple[str, int, Any], dict[str, Any]] = {}
        self.decisive = False  # whether an answer could change what the customer gets or reads

    def all(self, needed: Mapping[str, Sequence[int]]) -> list[dict[str, Any]]:
        """Return the questions: what decides the remedy, what does so after an unexpected answer, then the others.

        `needed` are the facts, with their issues, without which nothing is automatic.
        """
        self._ask_splits(self.reduced.customer, "remedy")
        self._ask_amounts()
        self._ask_open_slots()
        self.decisive = bool(self.asked)
        self._ask_splits(self.reduced.automation, "automation")
        if isinstance(self.reduced.automation, Split):
            for end in leaves(self.tree):
                self._ask_prices(end, "automation")
        self._ask_splits(self.reduced.bearing, "bearing")
        self._ask_needed(needed)
        return sorted(self.asked.values(), key=lambda one: (one["because"] != "remedy", one["only_if"] is not None))

    def _ask_splits(self, tree: Any, reason: str) -> None:
        """Ask for the facts on which the ends of a reduced tree depend."""
        order = QuestionOrder(tree, self._expected)
        first: dict[Variable, Split] = {}
        for split in splits(tree):
            first.setdefault(split.variable, split)
        for variable, split in first.items():
            if variable in order.matters:
                names, own = self.open.behind_split(variable), self.program.names[variable.slot]
                changes = self.changes.of(split, order) if own in names else []
                only_if = self._only_if(order.before(variable))
                for name in names:  # of a fact behind a derived one, the answers would be about the derived fact
                    self._ask(name, variable.issue, variable.item, reason, changes if name == own else [], only_if)

    def _expected(self, variable: Variable) -> Any:
        """Return the expected answer about a variable, or OPEN where none is."""
        if variable.item is not None:
            return True
        fact = self.pack.vocabulary.facts.get(self.program.names[variable.slot])
        return OPEN if fact is None else fact.supposed

    def _only_if(self, before: Mapping[Variable, Any]) -> dict[str, Any] | None:
        """Return the question and the answer after which a fact is asked for."""
        for variable, value in before.items():
            name = self.program.names[variable.slot]
            shown = value if variable.item is not None else self.program.types[name].show(value, self.pack.zone)
            return {"fact": name, "value": self._shown_item(name, variable.item), "answer": shown}
        return None

    def _ask_amounts(self) -> None:
        """Ask for the facts behind open amounts."""
        for end in leaves(self.tree):
            if isinstance(end, World) and any(end.settlement.options) and _total(end) is OPEN:
                for number, frame in enumerate(end.frames):
                    for name in self.open.behind_amounts(frame, end.settlement):
                        self._ask(name, number, None, "remedy", [])
                self._ask_prices(end, "remedy")

    def _ask_prices(self, end: Any, reason: str) -> None:
        """Ask what the lines cost that no issue concerns, where the price of the order is open."""
        if isinstance(end, World) and end.settlement.totals[PAID] is OPEN:
            for line in self.open.lines_without_price():
                self._ask(LINE_PAID, -1, line, reason, [])

    def _ask_open_slots(self) -> None:
        """Ask for the facts that fill the slots of chosen word blocks."""
        for end in leaves(self.tree):
            if isinstance(end, World) and all(end.settlement.options):  # else a person answers the customer
                for number, frame in enumerate(end.frames):
                    for slot in self.views.open_slots(frame):
                        for name in self.open.behind(slot, frame, set()):
                            self._ask(name, number, None, "remedy", [])

    def _ask_needed(self, needed: Mapping[str, Sequence[int]]) -> None:
        """Ask for the facts that a machine needs: once for the case, where one is asked for an issue for each issue.

        One answer holds for all issues that state the same.
        """
        of_issues = {name for name, issue, _ in self.asked if issue >= 0}
        first = first_of_equals(self.facts)
        for name, issues in needed.items():
            for issue in dict.fromkeys(first[issue] if name in of_issues else -1 for issue in issues):
                self._ask(name, issue, None, "must_know", [])

    # ---- one question

    def _ask(
        self,
        name: str,
        issue: int,
        item: Any,
        reason: str,
        changes: list[dict[str, Any]],
        only_if: dict[str, Any] | None = None,
    ) -> None:
        key = (name, self._asked_of(name, issue), item)
        asked = self.asked.get(key)
        if asked is not None:
            asked["changes"] = asked["changes"] or changes
            return
        fact = self.pack.vocabulary.facts.get(name)
        derived = self.pack.derived.get(name)
        label, question, who = self._wording(name, item)
        assert fact is not None or derived is not None
        self.asked[key] = {
            "fact": name,
            "value": self._shown_item(name, item),
            "issue": None if key[1] < 0 else key[1],
            "label": label,
            "ask": who,
            "question": question,
            "because": "must_know" if fact is not None and fact.must_know else reason,
            "only_if": only_if,
            "changes": changes,
        }

    def _asked_of(self, name: str, issue: int) -> int:
        """Return the issue of which a fact is asked: none for the case's, the first on its line for a line's."""
        scope = self.pack.vocabulary.scope(name) if name in self.pack.vocabulary.facts else "issue"
        if scope == "case" or issue < 0:
            return -1
        return self.facts.first_on_line(issue) if scope == "line" else issue

    def _shown_item(self, name: str, item: Any) -> Any:
        kind = self.program.types[name].item
        return item if item is None or kind is None else kind.show(item, self.pack.zone)

    def _wording(self, name: str, item: Any) -> tuple[dict[str, str], dict[str, str], list[str]]:
        """Return the label of a fact, the question for it, and who can answer."""
        fact = self.pack.vocabulary.facts.get(name)
        if fact is not None:
            return dict(fact.label), dict(fact.ask), list(fact.who)
        derived = self.pack.derived[name]
        label = dict(derived.type.item.labels.get(item, {})) if derived.type.item is not None else {}
        feeding = [one.name for one in derived.reads() if isinstance(one, FactOperand)]
        source = self.pack.vocabulary.facts[feeding[0]]
        named = label or {language: str(item) for language in self.pack.languages}
        question = {
            language: text.replace("{item}", named.get(language, str(item))) for language, text in source.ask.items()
        }
        return named, question, list(source.who)


def _total(end: World) -> Any:
    return end.settlement.totals["settled.total_fen"]
