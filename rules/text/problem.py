"""Describe a problem in a file as a value: what is wrong, where, and what to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher

MIN_SIMILARITY = 0.7  # below this a suggestion is misleading
MAX_SHOWN = 60


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Hold the position of a character in a file; line and column count from 1, the column in characters."""

    file: str
    line: int
    column: int
    path: str = "$"

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"

    def seen_from(self, here: Place) -> str:
        """Return the line, with the file where it is not the file of `here`."""
        return f"line {self.line}" if self.file == here.file else f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """Hold one problem; problems sort by file, line and column."""

    place: Place
    code: str
    message: str
    hint: str = ""

    def __str__(self) -> str:
        line = f"{self.place}: {self.code} {self.message}"
        return f"{line} ({self.hint})" if self.hint else line

    def as_json(self) -> dict[str, str | int]:
        """Return the fields of the printed line."""
        return {
            "file": self.place.file,
            "line": self.place.line,
            "column": self.place.column,
            "path": self.place.path,
            "code": self.code,
            "message": self.message,
            "hint": self.hint,
        }


def suggest(word: str, known: Iterable[str]) -> str:
    """Return "did you mean 'x'?" for the most similar known word, or "" where none is similar."""
    if len(word) > MAX_SHOWN:
        return ""
    matcher = SequenceMatcher(None, autojunk=False)
    matcher.set_seq2(word.casefold())  # the matcher caches its analysis of the second word
    likeness, nearest = max(((_similarity(matcher, word, other), other) for other in known), default=(0.0, ""))
    return f"did you mean {shown(nearest)}?" if likeness >= MIN_SIMILARITY else ""


def shown(text: str) -> str:
    """Quote a word for a message, on one line and not too long."""
    short = text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 3] + "..."
    return "'" + "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in short) + "'"


def _similarity(matcher: SequenceMatcher[str], word: str, other: str) -> float:
    """Return the similarity of two words; the slow full comparison is skipped where an upper bound is too low."""
    if word == other:
        return 0.0  # a word is no suggestion for itself
    if other.endswith("." + word):
        return 1.0  # the group of a dotted name is missing
    matcher.set_seq1(other.casefold())
    bounds = (matcher.real_quick_ratio, matcher.quick_ratio)
    return matcher.ratio() if all(bound() >= MIN_SIMILARITY for bound in bounds) else 0.0
