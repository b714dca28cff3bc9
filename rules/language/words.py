"""Read text blocks in several languages, with slots for facts and results."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from rules.text.nodes import Mapping as MappingNode
from rules.text.nodes import Node
from rules.text.problem import shown, suggest
from rules.text.reader import Reader

DISPUTED: Final = "disputed"  # the key that names what a block is replaced by while the responsibility is disputed
LITERAL_BRACES: Final = "write {{ and }} for literal braces"

_PIECE = re.compile(r"(?P<brace>\{\{|\}\})|\{(?P<slot>[^{}]*)\}|(?P<stray>[{}])|(?P<text>[^{}]+)")
_SLOT = re.compile(r"(?P<name>[^\W\d][\w-]*(\.\w[\w-]*)*)(:0(?P<width>[1-9]))?")


@dataclass(frozen=True, slots=True)
class Slot:
    """A slot of a text for a value; `width` pads a number with zeros."""

    name: str
    width: int = 0


@dataclass(frozen=True, slots=True)
class Template:
    """A text with slots."""

    parts: tuple[str | Slot, ...]

    @property
    def slots(self) -> tuple[str, ...]:
        """Return the names of the slots, each once."""
        return tuple(dict.fromkeys(part.name for part in self.parts if isinstance(part, Slot)))

    def fill(self, value_of: Callable[[str], str | None]) -> str | None:
        """Return the text with `value_of` each slot, or None where a value is missing."""
        filled = []
        for part in self.parts:
            if isinstance(part, str):
                filled.append(part)
                continue
            word = value_of(part.name)
            if word is None:
                return None
            filled.append(word.zfill(part.width) if part.width else word)
        return "".join(filled)


@dataclass(frozen=True, slots=True)
class Block:
    """A text in every language of the pack, with the same slots in each.

    `disputed` names the block that is said instead while the responsibility is disputed; empty without one.
    """

    name: str
    texts: Mapping[str, Template]
    disputed: str = ""

    @property
    def slots(self) -> tuple[str, ...]:
        """Return the names of the slots, each once."""
        return next((text.slots for text in self.texts.values()), ())


def read_words(node: Node | None, reader: Reader, languages: Collection[str]) -> tuple[Block, ...]:
    """Read words.yaml; blocks appear in a reply in the order of the file."""
    found = [_read_block(key.text, body, reader, languages) for key, body in reader.pairs(node)]
    names = {key.text for key, _ in reader.pairs(node)}
    for key, body in reader.pairs(node):
        if isinstance(body, MappingNode) and (instead := body.get(DISPUTED)) is not None:
            _check_replacement(instead, names - {key.text}, reader)
    return tuple(block for block in found if block is not None)


def _check_replacement(node: Node, names: Collection[str], reader: Reader) -> None:
    name = reader.text(node)
    if name is not None and name not in names:
        reader.report(node, "R209", f"there is no block {shown(name)}", suggest(name, names) or "add it to words.yaml")


def _read_block(name: str, body: Node, reader: Reader, languages: Collection[str]) -> Block | None:
    problems = len(reader.problems)
    disputed = ""
    if isinstance(body, MappingNode):
        disputed = reader.text(body.get(DISPUTED)) or ""
        body = replace(body, items=tuple(item for item in body.items if item[0].text != DISPUTED))
    translations = reader.texts(body)
    if isinstance(body, MappingNode):
        _check_languages(name, body, translations, reader, languages)
        texts = {
            language: read_template(translations[language], body.get(language) or body, reader)
            for language in translations
        }
        read = MappingProxyType({language: text for language, text in texts.items() if text is not None})
        block = Block(name, read, disputed)
        _check_slots(body, block.texts, reader)
        return block if len(reader.problems) == problems else None
    return None


def _check_languages(
    name: str, body: Node, translations: Iterable[str], reader: Reader, languages: Collection[str]
) -> None:
    for language in languages:
        if language not in translations:
            reader.report(body, "R106", f"block {shown(name)} has no text in {shown(language)}; add it")
    for language in translations:
        if language not in languages:
            hint = suggest(language, languages) or "add it to languages in pack.yaml, or take the text out"
            reader.report(
                body,
                "R105",
                f"block {shown(name)} has a text in {shown(language)}, which is not a language of the pack",
                hint,
            )


def _check_slots(body: MappingNode, texts: Mapping[str, Template], reader: Reader) -> None:
    """Report each text that lacks a slot of another language."""
    everywhere = list(dict.fromkeys(slot for text in texts.values() for slot in text.slots))
    for language, text in texts.items():
        missing = [slot for slot in everywhere if slot not in text.slots]
        if missing:
            message = f"the text in {shown(language)} lacks {', '.join(f'{{{slot}}}' for slot in missing)}"
            hint = suggest(missing[0], set(text.slots)) or "a block has the same slots in every language"
            reader.report(body.get(language) or body, "R209", message, hint)


def read_template(text: str, node: Node, reader: Reader, padded: bool = False) -> Template | None:
    """Read a text with slots; report invalid slots. `padded` allows {hour:02}."""
    parts: list[str | Slot] = []
    faults = []
    for piece in _PIECE.finditer(text):
        slot = _SLOT.fullmatch(piece["slot"] or "")
        if piece["stray"]:
            faults.append((f"{shown(piece['stray'])} is unbalanced in {shown(text)}", LITERAL_BRACES))
        elif piece["slot"] is None:
            parts.append(piece["text"] or piece["brace"][0])
        elif slot is None or (slot["width"] and not padded):
            faults.append((f"{shown(piece[0])} is not a slot", "write a name in braces, such as {order.no}"))
        else:
            parts.append(Slot(slot["name"], int(slot["width"] or 0)))
    for message, hint in faults:
        reader.report(node, "R209", message, hint)
    return None if faults else Template(_joined(parts))


def _joined(parts: Iterable[str | Slot]) -> tuple[str | Slot, ...]:
    """Join adjacent texts."""
    joined: list[str | Slot] = []
    for part in parts:
        last = joined[-1] if joined else None
        if isinstance(part, str) and isinstance(last, str):
            joined[-1] = last + part
        else:
            joined.append(part)
    return tuple(joined)
