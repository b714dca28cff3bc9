"""Check the texts that customers read for forbidden phrases."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from rules.language.rule import Policy
from rules.language.vocabulary import Vocabulary
from rules.language.words import Block
from rules.text.nodes import Mapping as MappingNode
from rules.text.nodes import Node
from rules.text.problem import Place, shown, suggest
from rules.text.reader import Reader

SLOT = "\N{HORIZONTAL ELLIPSIS}"  # placeholder for a slot, so that no phrase matches across it


Text = tuple[str, str, Node | Place]  # a language, the text in it, and where it stands


def check_forbidden_phrases(
    never_say: Node | None, texts: Iterable[Text], languages: Collection[str], reader: Reader
) -> None:
    """Report each text that contains a forbidden phrase."""
    phrases = list(_phrases(never_say, languages, reader))
    for language, text, where in texts:
        for phrase_language, phrase in phrases:
            if phrase_language == language and phrase.casefold() in text.casefold():
                hint = "write it without blame and without a promise that cannot be kept; the list is in pack.yaml"
                reader.report(
                    where, "R216", f"the text in {shown(language)} contains the forbidden phrase {shown(phrase)}", hint
                )


def texts_for_customers(
    words: Node | None, blocks: Iterable[Block], vocabulary: Vocabulary, policies: Iterable[Policy]
) -> Iterator[Text]:
    """Yield the texts of word blocks, the questions for facts and the titles of rules."""
    yield from _block_texts(words, blocks)
    yield from _other_texts(vocabulary, policies)


def _phrases(node: Node | None, languages: Collection[str], reader: Reader) -> Iterator[tuple[str, str]]:
    for key, body in reader.pairs(node):
        if key.text not in languages:
            hint = suggest(key.text, languages) or "take it out, or add it to languages"
            reader.report(key, "R105", f"{shown(key.text)} is not a language of the pack", hint)
        for phrase in reader.names(body):
            if phrase.strip():
                yield key.text, phrase
            else:
                reader.report(body, "R107", "the phrase is empty; write a forbidden phrase, or take it out")


def _block_texts(words: Node | None, blocks: Iterable[Block]) -> Iterator[Text]:
    for block in blocks:
        body = words.get(block.name) if isinstance(words, MappingNode) else None
        for language, template in block.texts.items():
            text = "".join(part if isinstance(part, str) else SLOT for part in template.parts)
            where = body.get(language) if isinstance(body, MappingNode) else None
            if where is not None:
                yield language, text, where


def _other_texts(vocabulary: Vocabulary, policies: Iterable[Policy]) -> Iterator[Text]:
    asked = ((fact.ask, fact.place) for fact in vocabulary.facts.values())
    titled = ((rule.title, rule.place) for policy in policies for rule in policy.rules)
    for texts, place in (*asked, *titled):
        for language, text in texts.items():
            yield language, text, place
