"""One spelling for what callers name: an order, a line, a merchant, a customer.

Names come from callers and cannot be trusted to be written the same way twice: with blanks, in capitals, full-width,
with a hyphen more. What is held or counted by name is held by its `key`, so that no spelling gets round it; what is
added up is added by its `folded` name, which never takes two orders for one. What is trusted is only that an order
number, read letter by letter, is that of the order: a caller who makes one up is bounded by the budget of the day.
"""

from __future__ import annotations

import hashlib
import unicodedata
from typing import Final

UNNAMED: Final = "-"  # for what has no name
LONGEST: Final = 100


def folded(name: str | None) -> str:
    """Return a name without blanks, invisible signs, and differences of case or width."""
    once = unicodedata.normalize("NFKC", name or "").casefold()
    plain = unicodedata.normalize("NFKC", once)
    return _short("".join(_digit(letter) for letter in plain if unicodedata.category(letter)[0] not in "ZC"))


def key(name: str | None) -> str:
    """Return the letters and digits of a name; `-` where it has none."""
    return "".join(letter for letter in folded(name) if letter.isalnum()) or UNNAMED


def _digit(letter: str) -> str:
    return str(unicodedata.decimal(letter)) if letter.isdecimal() else letter


def _short(name: str) -> str:
    return name if len(name) <= LONGEST else hashlib.sha256(name.encode()).hexdigest()
