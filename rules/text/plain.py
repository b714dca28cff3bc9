"""Read text without quotes as a value, or refuse what different tools would read differently."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

Value = str | int | Fraction | bool | None

DIGITS = 18  # what fits 64 bits
LONGEST = 64  # longer than anything that means a number

_WORDS: dict[str, Value] = {"true": True, "false": False, "null": None, "~": None, "": None}
_INTEGER = re.compile(r"-?(0|[1-9][0-9]*)")
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]*)\.[0-9]+")


@dataclass(frozen=True, slots=True)
class Refusal:
    """Say why text without quotes is not taken; the message follows the quoted text."""

    code: str
    message: str


_YES = Refusal("R108", "is yes to some tools and text to others; write true, or put it in quotes")
_NO = Refusal("R108", "is no to some tools and text to others; write false, or put it in quotes")
_TRAPS: dict[str, Refusal] = {
    **dict.fromkeys(("yes", "on", "y"), _YES),
    **dict.fromkeys(("no", "off", "n"), _NO),
    "true": Refusal("R108", "is not taken with capital letters; write true, or put it in quotes"),
    "false": Refusal("R108", "is not taken with capital letters; write false, or put it in quotes"),
    "null": Refusal("R108", "is not taken with capital letters; write null, or put it in quotes"),
}
_FORMS: tuple[tuple[re.Pattern[str], Refusal], ...] = tuple(
    (re.compile(form, re.IGNORECASE), Refusal(code, message + ("" if "quotes" in message else ", or put it in quotes")))
    for form, code, message in (
        (r"[-+]?0[xob][0-9a-f_]+", "R114", "is not a decimal number; write it with the digits 0 to 9"),
        (r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)e[-+]?[0-9]+", "R114", "is a power of ten; write the number out"),
        (r"[-+]?\.(inf|nan)", "R114", "is not a number that can be reckoned with; write a number"),
        (r"(?=.*_)[-+]?[0-9][0-9_]*(\.[0-9_]*)?", "R108", "has '_' in a number; write the digits only"),
        (
            r"[-+]?[0-9]+(:[0-9]+)+(\.[0-9]*)?",
            "R108",
            "is a time to some tools and a number to others; put it in quotes",
        ),
        (r"[-+]?0[0-9]+(\.[0-9]*)?", "R108", "begins with 0; leave the 0 out of a number"),
        (r"\+[0-9]+(\.[0-9]*)?|[-+]?\.[0-9]+", "R114", "is not a plain number; write it like 5 or 0.5"),
        (r"-?[0-9]+\.", "R114", "ends in a point; leave the point out"),
    )
)


def plain(text: str) -> Value | Refusal:
    """Give the value of text that stands without quotes: yes or no, nothing, an exact number, else the text itself.

    Dates and times stay text; whoever knows the type of the fact reads them.
    """
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in "+-.0123456789":
        return _TRAPS.get(text.lower(), text)
    return _number(text)


def _number(text: str) -> Value | Refusal:
    whole, decimal = _INTEGER.fullmatch(text), _DECIMAL.fullmatch(text)
    if not whole and not decimal:
        if len(text) > LONGEST:
            return text
        return next((refusal for form, refusal in _FORMS if form.fullmatch(text)), text)
    if sum(map(str.isdigit, text)) > DIGITS:
        return Refusal("R114", f"has more than {DIGITS} digits; put it in quotes if it is not a number")
    return int(text) if whole else Fraction(text)
