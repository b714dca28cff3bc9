"""What is missing: every fact that still matters, whom to ask, in what words, and what each answer would change.

A fact matters if two answers to it, with all others alike, lead to different ends. The issues of a case stay those that
were sent: that an answer could make two of them the same, or tell them apart, is no reason to ask.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from rules.compiling.pack import Pack
from rules.compiling.program import BoundPolicy
from rules.deciding.dependence import decisive
from rules.deciding.facts import CaseFacts
from rules.deciding.match import truths
from rules.deciding.resolve import CollectedItem, resolve_policy
from rules.deciding.settlement import Settlement
from rules.deciding.tree import RuleConflict, Split, Tree, Variable, View, World, consequences, leaves, reduce, splits
from rules.language.condition import FactOperand
from rules.language.output import output_operands
from rules.recommending.views import WorldViews
from rules.values.kind import Type
from rules.values.value import OPEN, Frame, Interval

REASONS: Final = ("remedy", "automation", "bearing", "must_know")  # why a fact is asked for


@dataclass(frozen=True, slots=True)
class ReducedTrees:
    """The tree of worlds as each side sees it, splits without effect on that side taken out."""

    customer: Any
    automation: Any
    bearing: Any
    summary: Any

    @property
    def settled(self) -> bool:
        """Tell whether everything that the customer gets, pays or is told agrees in all worlds."""
        return isinstance(self.customer, View) and self.customer.known


def reduce_views(tree: Tree, views: WorldViews) -> ReducedTrees:
    """Look at the worlds from every side."""
    if isinstance(tree, World):
        mode = views.automation(tree.frames)
        return ReducedTrees(views.alone(tree.frames, tree.settlement), mode, views.bearing(tree.frames), None)

    def seen_by_customer(world: World) -> View:
        return views.customer(world.frames, world.settlement)

    def summary(world: World) -> Any:
        return views.summary(world.frames, world.settlement)

    return ReducedTrees(
        customer=reduce(tree, seen_by_customer),
        automation=reduce(tree, lambda world: views.automation(world.frames)),
        bearing=reduce(tree, lambda world: views.bearing(world.frames)),
        summary=reduce(tree, summary),
    )


class Questions:
    """Finds the facts to ask for, all at once."""

    def __init__(self, pack: Pack, facts: CaseFacts, tree: Tree, views: WorldViews, reduced: ReducedTrees) -> None:
        self.pack, self.facts, self.tree, self.views, self.reduced = pack, facts, tree, views, reduced
        self.program = pack.program
        self.makers = pack.program.makers
        self.asked: dict[tuple[str, int, Any], dict[str, Any]] = {}
        self.follows = consequences(reduced.summary)
        self.decisive = False  # whether an answer could change what the customer gets or is told

    def all(self) -> list[dict[str, Any]]:
        """Return the questions: first what decides the remedy, then who carries it out, then who bears."""
        self._ask_splits(self.reduced.customer, "remedy")
        self._ask_amounts()
        self._ask_open_slots()
        self.decisive = bool(self.asked)
        self._ask_splits(self.reduced.automation, "automation")
        self._ask_splits(self.reduced.bearing, "bearing")
        self._ask_must_know()
        return list(self.asked.values())

    # ---- facts that divide the worlds

    def _ask_splits(self, tree: Any, reason: str) -> None:
        matters = decisive(tree)
        for split in splits(tree):
            variable = split.variable
            if variable not in matters:
                continue
            changes = [] if variable.slot in self.program.pairs else self._changes(split)
            for name in self._asks_for(variable):
                self._ask(name, variable.issue, variable.item, reason, changes)

    def _asks_for(self, variable: Variable) -> tuple[str, ...]:
        """Return the facts of the case behind a split."""
        names = self.program.pairs.get(variable.slot, (self.program.names[variable.slot],))
        frame = self.facts.issues[max(variable.issue, 0)].frame
        bases = (base for name in names for base in self._open_bases(name, frame, set(), variable.item))
        return tuple(dict.fromkeys(bases))

    def _open_bases(self, name: str, frame: Frame, visited: set[str], item: Any = None) -> Iterator[str]:
        """Yield the facts that a sender could still give, on which a name rests."""
        if name in visited:
            return
        visited.add(name)
        if name in self.pack.vocabulary.facts:
            if item is not None or _unknown(frame[self.program.slots[name]]):
                yield name
        elif name in self.pack.derived:
            if item is None and not _unknown(frame[self.program.slots[name]]):
                return
            reads = [one.name for one in self.pack.derived[name].reads() if isinstance(one, FactOperand)]
            if item is not None:  # a list that grows: the evidence itself is asked for, by the item that it should show
                yield name
                return
            for read in reads:
                yield from self._open_bases(read, frame, visited)
        elif name in self.makers:  # what settle gives is open only where an amount is, and amounts are asked for apart
            yield from self._of_policy(self.makers[name], frame, visited)

    def _of_policy(self, policy: BoundPolicy, frame: Frame, visited: set[str]) -> Iterator[str]:
        """Yield what the rules reckon with that speak, or still may; and `otherwise`, where no rule is sure to."""
        found = truths(policy, frame)
        fired = {answer for answer, _ in resolve_policy(policy, found, frame).fired}
        rules = [bound.rule.then for bound, truth in zip(policy.rules, found, strict=True) if truth is not False]
        silent = {one.name for at, one in enumerate(policy.answers) if at not in fired}
        otherwise = {name: saying for name, saying in policy.policy.otherwise.items() if name in silent}
        for saying in (saying for item in (*rules, otherwise) for saying in item.values()):
            for operand in output_operands(saying):
                if isinstance(operand, FactOperand):
                    yield from self._open_bases(operand.name, frame, visited)

    def _changes(self, split: Split) -> list[dict[str, Any]]:
        """Return what each answer leads to; answers side by side that lead to the same are told as one range."""
        kind = self.program.types.get(self.program.names[split.variable.slot], Type("yes_no"))
        changes: list[tuple[Any, list[dict[str, Any]]]] = []
        for value, _ in split.branches:
            outcomes = [_summary(end) for end in self.follows.get((split.variable, value), ())]
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
        ends = {"at_least": kind.lowest, "at_most": kind.highest}  # a bound that every value keeps says nothing
        told = {word: bound for word, bound in bounds.items() if bound is not None and ends.get(word) != bound}
        return {word: kind.show(bound, self.pack.zone) for word, bound in told.items()}

    # ---- amounts that wait for a fact

    def _ask_amounts(self) -> None:
        for end in leaves(self.tree):
            if isinstance(end, World) and any(end.settlement.options) and _total(end) is OPEN:
                for number, frame in enumerate(end.frames):
                    outcomes = [_summary(self.views.summary(end.frames, end.settlement))]
                    for name in self._behind_amounts(frame, end.settlement):
                        self._ask(name, number, None, "remedy", [{"answer": None, "outcomes": outcomes}])

    def _behind_amounts(self, frame: Frame, settlement: Settlement) -> Iterator[str]:
        """Yield the facts on which open amounts of one issue rest: what rules reckon with, and what settle reads."""
        visited: set[str] = set()
        for name in ("remedy.option", "remedy.compensation", "remedy.goodwill"):
            if name in self.makers:
                for item in frame[self.program.slots[name]]:
                    yield from self._behind(self.makers[name], name, item, frame, visited)
        chosen = [ranked[0] for ranked in settlement.options if ranked]
        read = ["order.refunded_fen"]
        read += ["line.paid_fen"] if settlement.totals["settled.paid_fen"] is OPEN else []
        read += (
            ["order.promo_threshold_fen", "line.price_fen"]
            if any(one.price == "recalculated" for one in chosen)
            else []
        )
        for name in read:
            if name in self.program.slots:
                yield from self._open_bases(name, frame, visited)

    def _behind(
        self, policy: BoundPolicy, name: str, item: CollectedItem, frame: Frame, visited: set[str]
    ) -> Iterator[str]:
        if any(part is OPEN for part in item.value.values()):
            for operand in output_operands(policy.rules[item.rule].rule.then[name]):
                if isinstance(operand, FactOperand):
                    yield from self._open_bases(operand.name, frame, visited)

    def _ask_open_slots(self) -> None:
        """Ask for the facts that what is said still lacks."""
        for end in leaves(self.tree):
            if isinstance(end, World) and all(end.settlement.options):  # else a person speaks
                for number, frame in enumerate(end.frames):
                    for slot in self.views.open_slots(frame):
                        for name in self._open_bases(slot, frame, set()):
                            self._ask(name, number, None, "remedy", [])

    # ---- what must be known

    def _ask_must_know(self) -> None:
        for name in must_know_open(self.pack, self.facts):
            self._ask(name, -1, None, "must_know", [])

    def _ask(self, name: str, issue: int, item: Any, reason: str, changes: list[dict[str, Any]]) -> None:
        key = (name, self._asked_of(name, issue), item)
        known = self.asked.get(key)
        if known is not None:
            known["changes"] = known["changes"] or changes
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
        """Return what a fact is called, how to ask for it, and who can give it."""
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


def must_know_open(pack: Pack, facts: CaseFacts) -> list[str]:
    """Return the facts that must be known for anything automatic, and that the case as it was sent does not tell."""
    slots = pack.program.slots
    needed = [name for name, fact in pack.vocabulary.facts.items() if fact.must_know and not fact.retired]
    return [name for name in needed if any(issue.frame[slots[name]] is OPEN for issue in facts.issues)]


def _unknown(value: Any) -> bool:
    """Tell whether no one has said what a value is; that it may lie in a range is only a hypothesis."""
    return value is OPEN or isinstance(value, Interval)


def _total(end: World) -> Any:
    return end.settlement.totals["settled.total_fen"]


def _summary(end: Any) -> dict[str, Any]:
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
