"""Find the facts of a case that are still open and on which an answer, an amount or a derived fact rests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from rules.compiling.pack import Pack
from rules.compiling.program import BoundPolicy
from rules.deciding.facts import CaseFacts
from rules.deciding.match import truths
from rules.deciding.resolve import CollectedItem, resolve_policy
from rules.deciding.settlement import Settlement
from rules.deciding.tree import Variable
from rules.language.condition import FactOperand
from rules.language.output import output_operands
from rules.values.value import OPEN, Frame, Interval

LINE_PAID: Final = "line.paid_fen"
LINE_PRICE: Final = "line.price_fen"


class OpenFacts:
    """Finds the open facts of one case."""

    def __init__(self, pack: Pack, facts: CaseFacts) -> None:
        self.pack, self.facts, self.program = pack, facts, pack.program
        self.makers = pack.program.makers

    def behind_split(self, variable: Variable) -> tuple[str, ...]:
        """Return the facts of the case behind a split."""
        names = self.program.pairs.get(variable.slot, (self.program.names[variable.slot],))
        frame = self.facts.issues[max(variable.issue, 0)].frame
        bases = (base for name in names for base in self.behind(name, frame, set(), variable.item))
        return tuple(dict.fromkeys(bases))

    def behind(self, name: str, frame: Frame, visited: set[str], item: Any = None) -> Iterator[str]:
        """Yield the facts that a sender could still state, on which a name rests."""
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
            if item is not None:  # an open list: the evidence itself is asked for, by the item that it should show
                yield name
                return
            for read in reads:
                yield from self.behind(read, frame, visited)
            yield from self._incomplete(reads, frame, visited)
        elif name in self.makers:  # an output of settle is open only where an amount is; see `behind_amounts`
            yield from self._behind_policy(self.makers[name], frame, visited)

    def _incomplete(self, reads: Sequence[str], frame: Frame, visited: set[str]) -> Iterator[str]:
        """Yield the stated lists among the facts that an open derived fact reads, where only they can leave it open."""
        if not any(_unknown(frame[self.program.slots[read]]) for read in reads):
            for read in reads:
                if self.program.types[read].kind == "list" and read in self.pack.vocabulary.facts:
                    yield read

    def behind_amounts(self, frame: Frame, settlement: Settlement) -> Iterator[str]:
        """Yield the facts on which open amounts of an issue rest: operands of rules, and what settle reads."""
        visited: set[str] = set()
        for name in ("remedy.option", "remedy.compensation", "remedy.goodwill"):
            if name in self.makers:
                for item in frame[self.program.slots[name]]:
                    yield from self._behind_item(self.makers[name], name, item, frame, visited)
        chosen = [ranked[0] for ranked in settlement.options if ranked]
        read = ["order.refunded_fen"]
        read += ["line.paid_fen"] if settlement.totals["settled.paid_fen"] is OPEN else []
        if any(one.price == "recalculated" for one in chosen):
            read += ["order.promo_threshold_fen", "line.price_fen"]
        for name in read:
            if name in self.program.slots:
                yield from self.behind(name, frame, visited)

    def lines_without_price(self) -> Iterator[str]:
        """Yield the ids of the lines that no issue concerns and whose price the case leaves open."""
        slots, contexts = self.program.slots, [issue.context for issue in self.facts.issues]
        if LINE_PAID in slots:
            concerned = {context.line_index for context in contexts}
            for at, (line, values) in enumerate(zip(contexts[0].line_ids, self.facts.lines, strict=True)):
                prices = [values.get(slots[name], OPEN) for name in (LINE_PAID, LINE_PRICE) if name in slots]
                if at not in concerned and all(price is OPEN for price in prices):
                    yield line

    def _behind_policy(self, policy: BoundPolicy, frame: Frame, visited: set[str]) -> Iterator[str]:
        """Yield the facts behind the outputs of true and undecided rules, and behind `otherwise` where none fires."""
        found = truths(policy, frame)
        fired = {answer for answer, _ in resolve_policy(policy, found, frame).fired}
        rules = [bound.rule.then for bound, truth in zip(policy.rules, found, strict=True) if truth is not False]
        unanswered = {one.name for at, one in enumerate(policy.answers) if at not in fired}
        otherwise = {name: output for name, output in policy.policy.otherwise.items() if name in unanswered}
        for output in (output for outputs in (*rules, otherwise) for output in outputs.values()):
            for operand in output_operands(output):
                if isinstance(operand, FactOperand):
                    yield from self.behind(operand.name, frame, visited)

    def _behind_item(
        self, policy: BoundPolicy, name: str, item: CollectedItem, frame: Frame, visited: set[str]
    ) -> Iterator[str]:
        if any(part is OPEN for part in item.value.values()):
            for operand in output_operands(policy.rules[item.rule].rule.then[name]):
                if isinstance(operand, FactOperand):
                    yield from self.behind(operand.name, frame, visited)


def must_know_open(pack: Pack, facts: CaseFacts) -> dict[str, list[int]]:
    """Return the `must_know` facts that the case as sent leaves open, each with the issues for which it is open.

    Without them nothing is automatic.
    """
    slots = pack.program.slots
    needed = (name for name, fact in pack.vocabulary.facts.items() if fact.must_know and not fact.retired)
    found = {name: [one.number for one in facts.issues if one.frame[slots[name]] is OPEN] for name in needed}
    return {name: issues for name, issues in found.items() if issues}


def _unknown(value: Any) -> bool:
    """Return whether a value is not stated; an interval is only a hypothesis."""
    return value is OPEN or isinstance(value, Interval)
