"""A fault of a request or a case: where it stands, a stable code, and a message in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from rules.text.problem import shown
from service.i18n.filling import fill
from service.i18n.messages import DID_YOU_MEAN, FAULTS, NOT_TAKEN

Path = tuple[str | int, ...]

MOST_REPORTED: Final = 100  # told of one request
MOST_NEAREST: Final = 10  # of the unknown keys of a case, for how many the nearest known one is looked for
SHOWN: Final = 12  # of the values that would have fitted, how many a message lists


@dataclass(frozen=True, slots=True)
class ValidationIssue:
    """One thing that does not fit.

    `expected` is what would have, `sent` the word that stands there instead, `nearest` the known word most like it.
    """

    pointer: str
    code: str
    expected: tuple[str, ...] = ()
    nearest: str = ""
    sent: str = ""

    def message(self, language: str) -> str:
        """Say what is wrong and what to send instead."""
        listed = ", ".join(self.expected[:SHOWN]) + (" ..." if len(self.expected) > SHOWN else "")
        told = fill(FAULTS[self.code], language, *self.expected, expected=listed)
        if self.sent:
            told = NOT_TAKEN[language].format(sent=shown(self.sent)[1:-1]) + told
        return told + DID_YOU_MEAN[language].format(nearest=self.nearest) if self.nearest else told

    def as_json(self, language: str) -> dict[str, str]:
        """Return the fault as a problem document carries it."""
        return {"pointer": self.pointer, "code": self.code, "message": self.message(language)}


def nearest(word: str, known: Iterable[str]) -> str:
    """Return the known word that is most like this one, or nothing."""
    return next(iter(get_close_matches(word[:100], sorted(known), n=1, cutoff=0.7)), "")


def pointer(path: Iterable[str | int]) -> str:
    """Return a JSON Pointer (RFC 6901)."""
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in path)
