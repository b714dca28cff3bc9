"""The words to say: the blocks that policies chose, filled from the case and its decision, in every language."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final

from rules.compiling.pack import Pack
from rules.deciding.resolve import PolicyResult
from rules.deciding.settlement import Settlement
from rules.deciding.tree import View, leaves
from rules.language.contract import ENTITLEMENTS, HANDOVER, PAID_BEFORE, REQUEST, WAITING, WORD_SLOTS
from rules.language.formats import format_value
from rules.language.words import Block
from rules.recommending.answers import collected_items
from rules.recommending.deadlines import Deadline
from rules.recommending.missing import ReducedTrees
from rules.values.kind import Type
from rules.values.value import OPEN, Frame, Interval

INSTANT: Final = Type("instant")
QUESTIONS: Final = "questions"
CUSTOMER: Final = "customer"
OPTION: Final = "remedy.option"

Json = dict[str, Any]


class WordsWriter:
    """Fills the blocks of one decided case."""

    def __init__(
        self,
        pack: Pack,
        frames: Sequence[Frame],
        deadlines: Mapping[str, Deadline],
        results: Sequence[PolicyResult],
        missing: Sequence[Json],
        settlement: Settlement,
    ) -> None:
        self.pack, self.frames, self.deadlines, self.results = pack, frames, deadlines, results
        self.done = settlement.done
        self.paid_before = (PAID_BEFORE,) if settlement.counted else ()
        asked = [one for one in missing if one["because"] == "remedy"]
        self.questions = [one["question"] for one in asked if CUSTOMER in one["ask"]]
        self.waits = len(self.questions) < len(asked)
        self.unfilled: list[str] = []

    def words(self, outcome: str, reduced: ReducedTrees) -> tuple[list[Json], list[str]]:
        """Return what to say, and the blocks that could not be filled.

        While a case asks, only that is said which holds whatever the answers, and the request for them.
        """
        if outcome in ("remedy", "refuse"):
            return list(self._blocks(None, self.paid_before)), self.unfilled
        if outcome == "review":
            return list(self._blocks(frozenset(), (HANDOVER,))), self.unfilled
        also = (REQUEST, WAITING) if self.waits else (REQUEST,)
        return list(self._blocks(_same_in_all_worlds(reduced), also)), self.unfilled

    def _blocks(self, only: frozenset[str] | None, also: Sequence[str]) -> Iterator[Json]:
        """Yield the blocks in the order of the pack; what several issues say alike is said once.

        Of an issue for which all was given before no policy speaks: what it promises was kept already.
        """
        chosen: dict[str, dict[int, str]] = {}
        maker = self.pack.program.makers.get("say")
        for number, frame in enumerate(self.frames):
            if number in self.done:
                continue
            for one in collected_items(self.pack, frame, "say"):
                assert maker is not None
                chosen.setdefault(one.value, {}).setdefault(number, maker.rules[one.rule].rule.id)
        for block in self.pack.blocks:
            if block.name not in chosen and block.name not in also:
                continue
            issues = chosen.get(block.name, {}) if only is None or block.name in only else {}
            filled: list[dict[str, str]] = []
            also_said = block.name in also and (QUESTIONS not in block.slots or self.questions)
            for number in issues or ((0,) if also_said else ()):
                text = self._fill(block, number)
                if text is not None and text not in filled:
                    filled.append(text)
                    yield {"block": block.name, "issue": number, "rule": issues.get(number), **text}

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
        """Tell whether all that is missing is carried, such as a name: then the block is left out, and no harm done."""
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
            return None if at is None else self._say(at, INSTANT, language)
        place = self.pack.program.slots.get(slot)
        if place is None or frame[place] is OPEN or isinstance(frame[place], Interval):
            return None
        return self._say(frame[place], self.pack.program.types[slot], language)

    def _say(self, value: Any, kind: Type, language: str) -> str | None:
        return format_value(value, kind, language, self.pack.formats, self.pack.zone)

    def _asked(self, language: str) -> str:
        """Return what is asked of the customer, a line each."""
        return "\n".join(dict.fromkeys(text[language] for text in self.questions if text.get(language)))

    def _reason(self, issue: int, language: str) -> str:
        """Return why an issue is refused: the titles of the rules that denied it, or else of those that refused it."""
        titles = _reasons([one for one in self.results if one.issue == issue])
        collected_items = dict.fromkeys(title.get(language, "") for title in titles)
        return "" if "" in collected_items else self.pack.formats.of(language).separator.join(collected_items)


def _same_in_all_worlds(reduced: ReducedTrees) -> frozenset[str]:
    """Return the blocks that are said with the same words in every world."""
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
    """Return why something is refused: the titles of the rules that denied it, or of those that gave the refusal."""
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
