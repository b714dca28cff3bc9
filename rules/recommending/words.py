"""The words for the customer: the blocks that policies chose, filled from the case and its decision."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final

from rules.deciding.resolve import PolicyResult
from rules.deciding.tree import View, leaves
from rules.language.contract import ENTITLEMENTS, HANDOVER, PAID_BEFORE, REQUEST, WAITING, WORD_SLOTS
from rules.language.formats import format_value
from rules.language.words import Block
from rules.recommending.answers import said_blocks
from rules.recommending.basis import Basis
from rules.recommending.reduced_trees import ReducedTrees
from rules.values.kind import Type
from rules.values.value import OPEN, Interval

INSTANT: Final = Type("instant")
QUESTIONS: Final = "questions"
CUSTOMER: Final = "customer"
OPTION: Final = "remedy.option"

Json = dict[str, Any]


class WordsWriter:
    """Fills the word blocks of one decided case."""

    def __init__(self, basis: Basis, missing: Sequence[Json]) -> None:
        self.pack, self.frames, self.deadlines, self.results = basis.pack, basis.frames, basis.deadlines, basis.results
        self.reduced = basis.reduced
        self.done, self.options = basis.settlement.done, basis.settlement.options
        self.paid_before = (PAID_BEFORE,) if basis.settlement.counted else ()
        asked = [one for one in missing if one["because"] == "remedy" and one["only_if"] is None]
        self.questions = [one["question"] for one in asked if CUSTOMER in one["ask"]]
        self.waits = len(self.questions) < len(asked)
        self.unfilled: list[str] = []

    def words(self, outcome: str, doubted: bool = False) -> tuple[list[Json], list[str]]:
        """Return the filled blocks, and the names of those that could not be filled; none where rules are `doubted`.

        While a case asks, these are the blocks that are the same in all worlds, and the request for answers. Where a
        person decides, these are the blocks of issues without a remedy, and the block that hands over.
        """
        if outcome in ("remedy", "refuse"):
            return list(self._blocks(None, self.paid_before)), self.unfilled
        if outcome == "review":
            weighed = {number for number, options in enumerate(self.options) if not options}
            only = frozenset() if doubted else None if self.reduced.settled else _same_in_all_worlds(self.reduced)
            return list(self._blocks(only, (HANDOVER,), weighed)), self.unfilled
        also = (REQUEST, WAITING) if self.waits else (REQUEST,)
        return list(self._blocks(_same_in_all_worlds(self.reduced), also)), self.unfilled

    def _blocks(
        self, only: frozenset[str] | None, also: Sequence[str], of: Collection[int] | None = None
    ) -> Iterator[Json]:
        """Yield the filled blocks in the order of the pack; a text that several issues share comes once."""
        chosen = self._chosen(range(len(self.frames)) if of is None else of)
        for block in self.pack.blocks:
            if block.name not in chosen and block.name not in also:
                continue
            issues = chosen.get(block.name, {}) if only is None or block.name in only else {}
            filled: list[dict[str, str]] = []
            added = block.name in also and (QUESTIONS not in block.slots or self.questions)
            for number in issues or ((0,) if added else ()):
                text = self._fill(block, number)
                if text is not None and text not in filled:
                    filled.append(text)
                    yield {"block": block.name, "issue": number, "rule": issues.get(number), **text}

    def _chosen(self, issues: Collection[int]) -> dict[str, dict[int, str]]:
        """Return by block and issue the rule that chose it; an issue that was paid in full before chooses none."""
        chosen: dict[str, dict[int, str]] = {}
        maker = self.pack.program.makers.get("say")
        for number, frame in enumerate(self.frames):
            if number in self.done or number not in issues:
                continue
            for name, rule in said_blocks(self.pack, frame):
                assert maker is not None
                chosen.setdefault(name, {}).setdefault(number, maker.rules[rule].rule.id)
        return chosen

    def _fill(self, block: Block, issue: int) -> dict[str, str] | None:
        texts = {}
        for language, template in block.texts.items():
            text = template.fill(partial(self._slot, issue, language))
            if text is None:
                if not self._lacks_name(block, issue):
                    self.unfilled.append(block.name)
                return None
            texts[language] = text
        return texts

    def _lacks_name(self, block: Block, issue: int) -> bool:
        """Return whether only carried facts are missing, such as a name; the block is then left out without harm."""
        facts, slots = self.pack.vocabulary.facts, self.pack.program.slots
        frame, languages = self.frames[issue], self.pack.languages
        empty = [slot for slot in block.slots if any(self._slot(issue, one, slot) is None for one in languages)]
        return all(slot in facts and facts[slot].carried and frame[slots[slot]] is OPEN for slot in empty)

    def _slot(self, issue: int, language: str, slot: str) -> str | None:
        frame = self.frames[issue]
        if slot in WORD_SLOTS:
            return (self._asked(language) if slot == QUESTIONS else self._reason(issue, language)) or None
        if slot in self.deadlines:
            at = self.deadlines[slot].at
            return None if at is None else self._formatted(at, INSTANT, language)
        place = self.pack.program.slots.get(slot)
        if place is None or frame[place] is OPEN or isinstance(frame[place], Interval):
            return None
        return self._formatted(frame[place], self.pack.program.types[slot], language)

    def _formatted(self, value: Any, kind: Type, language: str) -> str | None:
        return format_value(value, kind, language, self.pack.formats, self.pack.zone)

    def _asked(self, language: str) -> str:
        """Return the questions to the customer, one a line."""
        return "\n".join(dict.fromkeys(text[language] for text in self.questions if text.get(language)))

    def _reason(self, issue: int, language: str) -> str:
        """Return why an issue is refused, as text; empty where a title is missing."""
        titles = _reasons([one for one in self.results if one.issue == issue])
        texts = dict.fromkeys(title.get(language, "") for title in titles)
        return "" if "" in texts else self.pack.formats.of(language).separator.join(texts)


def _same_in_all_worlds(reduced: ReducedTrees) -> frozenset[str]:
    """Return the blocks that have the same text in every world."""
    ends = list(leaves(reduced.customer))
    if not all(isinstance(end, View) for end in ends):
        return frozenset()
    filled = [_by_block(end.words) for end in ends]
    return frozenset(block for block, texts in filled[0].items() if all(world.get(block) == texts for world in filled))


def _by_block(words: Iterable[tuple[str, tuple[Any, ...]]]) -> dict[str, set[tuple[Any, ...]]]:
    blocks: dict[str, set[tuple[Any, ...]]] = {}
    for block, filled in words:
        blocks.setdefault(block, set()).add(filled)
    return blocks


def _reasons(results: Sequence[PolicyResult]) -> list[Mapping[str, str]]:
    """Return the titles of the rules that denied an entitlement, or else of those that gave the refusal."""
    denied, refused = [], []
    for one in results:
        for at, rule in one.resolution.fired:
            title, value = one.policy.rules[rule].rule.title, one.resolution.values[at]
            if one.policy.answers[at].name.startswith(ENTITLEMENTS) and value == "denied":
                denied.append(title)
            elif one.policy.answers[at].name == OPTION and any(
                item.rule == rule and item.value["kind"] == "refuse" for item in value
            ):
                refused.append(title)
    return denied or refused
