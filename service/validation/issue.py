"""A validation issue: its place, a stable code, and a message in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from rules.text.problem import shown
from service.i18n.faults import DID_YOU_MEAN, FAULTS, NOT_TAKEN
from service.i18n.filling import fill

Path = tuple[str | int, ...]

MOST_REPORTED: Final = 100  # issues reported a request
MOST_NEAREST: Final = 10  # unknown keys of a case that get a suggestion
SHOWN: Final = 12  # accepted values that a message lists


@dataclass(frozen=True, slots=True)
class ValidationIssue:
    """One value that is not accepted.

    `expected` are the accepted values, `sent` the word that was sent instead, `nearest` the most similar known word.
    """

    pointer: str
    code: str
    expected: tuple[str, ...] = ()
    nearest: str = ""
    sent: str = ""

    def message(self, language: str) -> str:
        """Describe the fault and what to send instead."""
        listed = ", ".join(self.expected[:SHOWN]) + (" ..." if len(self.expected) > SHOWN else "")
        text = fill(FAULTS[self.code], language, *self.expected, expected=listed)
        if self.sent:
            text = NOT_TAKEN[language].format(sent=shown(self.sent)[1:-1]) + text
        return text + DID_YOU_MEAN[language].format(nearest=self.nearest) if self.nearest else text

    def as_json(self, language: str) -> dict[str, str]:
        """Return the fault as an item of a problem document."""
        return {"pointer": self.pointer, "code": self.code, "message": self.message(language)}


def nearest(word: str, known: Iterable[str]) -> str:
    """Return the most similar known word, or nothing."""
    return next(iter(get_close_matches(word[:100], sorted(known), n=1, cutoff=0.7)), "")


def pointer(path: Iterable[str | int]) -> str:
    """Return a JSON Pointer (RFC 6901)."""
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in path)
