"""Normalize the names of orders, lines, merchants and customers.

Callers write the same name in different ways: with blanks, capitals, full-width or invisible characters, another
hyphen. Limits and counts use the `key` of a name, so that no spelling avoids them; sums use its `folded` name, which
never merges two orders. Both follow NFKC_Casefold of the Unicode Standard. A name whose letters look like those of
another has a `doubt`, and a person checks it. An invented order number is not detected; the budget of the day limits
its effect.
"""

from __future__ import annotations

import hashlib
import unicodedata
from typing import Final

import regex

UNNAMED: Final = "-"  # stands for a missing name
EVERY: Final = "*"  # stands for all: lines of an order, customers, merchants
KEYED: Final = ("customer", "merchant", "category")  # budgets and switches of these are stored by key
LONGEST: Final = 100
MIXED, FOREIGN = "mixed_scripts", "foreign_letters"  # doubts

_IGNORED: Final = regex.compile(r"\p{Default_Ignorable_Code_Point}+")
_UNSEEN: Final = regex.compile(r"[\p{Z}\p{C}\p{Default_Ignorable_Code_Point}]+")
_DIGIT: Final = regex.compile(r"(?![0-9])\p{Nd}")
_OF_LETTER: Final = r"\p{Latin}\p{Han}\p{Hiragana}\p{Katakana}"
_WRITINGS: Final = tuple(  # scripts that may be mixed: "highly restrictive" in UTS #39, section 5.2
    regex.compile(rf"[{scripts}\p{{Common}}\p{{Inherited}}]*")
    for scripts in (_OF_LETTER, r"\p{Latin}\p{Han}\p{Bopomofo}", r"\p{Latin}\p{Han}\p{Hangul}")
)
_ALONE: Final = tuple(  # other scripts in modern use: UAX #31, table 5
    regex.compile(rf"[\p{{{script}}}\p{{Common}}\p{{Inherited}}]*")
    for script in (
        *("Arabic", "Armenian", "Bengali", "Cyrillic", "Devanagari", "Ethiopic", "Georgian", "Greek", "Gujarati"),
        *("Gurmukhi", "Hebrew", "Kannada", "Khmer", "Lao", "Malayalam", "Myanmar", "Oriya", "Sinhala", "Tamil"),
        *("Telugu", "Thaana", "Thai", "Tibetan"),
    )
)
_LATIN: Final = frozenset("abcdefghijklmnopqrstuvwxyzæœøđðłþŋħŧ")  # letters of Europe, without marks
_OF_ID: Final = regex.compile(r"[0-9]|(?=\p{L})[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{Bopomofo}\p{Hangul}]")


def folded(name: str | None) -> str:
    """Return a name without blanks, invisible characters, and differences of case or width."""
    seen = _seen(_seen(name or ""))  # removals can leave letters that combine
    return _short(_DIGIT.sub(lambda found: str(unicodedata.decimal(found[0])), seen))


def key(name: str | None) -> str:
    """Return the letters and digits of a name; `-` if it has none."""
    return _letters(_caseless(_letters(folded(name)))) or UNNAMED


def name_of(scope: str, name: str) -> str:
    """Return the name of a budget or a switch as it is stored now; earlier versions stored it differently."""
    return key(name) if scope in KEYED and name != EVERY else name


def doubt(name: str | None, is_id: bool = True) -> str | None:
    """Return why a name can be confused with another: mixed scripts, or letters that are unusual in ids."""
    text = _caseless(_IGNORED.sub("", name or ""))
    if not any(writing.fullmatch(text) for writing in (*_WRITINGS, *_ALONE)):
        return MIXED
    return FOREIGN if is_id and not all(map(_is_of_id, filter(str.isalnum, text))) else None


def _seen(text: str) -> str:
    return _UNSEEN.sub("", _caseless(text))


def _caseless(text: str) -> str:
    """Return a text for compatibility caseless matching (Unicode Standard, D146)."""
    if text.isascii():
        return text.lower()
    once = unicodedata.normalize("NFKC", unicodedata.normalize("NFD", text).casefold())
    return unicodedata.normalize("NFKC", once.casefold())


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text))


def _is_of_id(letter: str) -> bool:
    return unicodedata.normalize("NFD", letter)[0] in _LATIN or _OF_ID.match(letter) is not None


def _short(name: str) -> str:
    return name if len(name) <= LONGEST else hashlib.sha256(name.encode()).hexdigest()
