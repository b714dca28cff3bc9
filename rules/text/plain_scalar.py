"""Parse a plain scalar, a YAML text without quotes; reject forms that YAML tools read in different ways."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

Value = str | int | Fraction | bool | None

MAX_DIGITS = 18  # any such number fits in 64 bits
MAX_LENGTH = 64  # longer than any number

_KEYWORDS: dict[str, Value] = {"true": True, "false": False, "null": None, "~": None, "": None}
_INTEGER = re.compile(r"-?(0|[1-9][0-9]*)")
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]*)\.[0-9]+")


@dataclass(frozen=True, slots=True)
class InvalidScalar:
    """Describe why a plain scalar is rejected; the message follows the quoted text."""

    code: str
    message: str


_YES = InvalidScalar("R108", "is read as yes by some tools and as text by others; write true, or put it in quotes")
_NO = InvalidScalar("R108", "is read as no by some tools and as text by others; write false, or put it in quotes")
_AMBIGUOUS: dict[str, InvalidScalar] = {
    **dict.fromkeys(("yes", "on", "y"), _YES),
    **dict.fromkeys(("no", "off", "n"), _NO),
    "true": InvalidScalar("R108", "is not allowed with capital letters; write true, or put it in quotes"),
    "false": InvalidScalar("R108", "is not allowed with capital letters; write false, or put it in quotes"),
    "null": InvalidScalar("R108", "is not allowed with capital letters; write null, or put it in quotes"),
}
_INVALID_FORMS: tuple[tuple[re.Pattern[str], InvalidScalar], ...] = tuple(
    (
        re.compile(form, re.IGNORECASE),
        InvalidScalar(code, message + ("" if "quotes" in message else ", or put it in quotes")),
    )
    for form, code, message in (
        (r"[-+]?0[xob][0-9a-f_]+", "R114", "is not a decimal number; write it with the digits 0 to 9"),
        (r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)e[-+]?[0-9]+", "R114", "is a power of ten; write the number out"),
        (r"[-+]?\.(inf|nan)", "R114", "is not a finite number; write a number"),
        (r"(?=.*_)[-+]?[0-9][0-9_]*(\.[0-9_]*)?", "R108", "has '_' in a number; write the digits only"),
        (
            r"[-+]?[0-9]+(:[0-9]+)+(\.[0-9]*)?",
            "R108",
            "is read as a time by some tools and as a number by others; put it in quotes",
        ),
        (r"[-+]?0[0-9]+(\.[0-9]*)?", "R108", "begins with 0; leave the 0 out of a number"),
        (r"\+[0-9]+(\.[0-9]*)?|[-+]?\.[0-9]+", "R114", "is not a plain number; write it like 5 or 0.5"),
        (r"-?[0-9]+\.", "R114", "ends in a point; leave the point out"),
    )
)


def parse_plain_scalar(text: str) -> Value | InvalidScalar:
    """Return the value of a plain scalar: a boolean, None, an exact number, or else the text itself.

    Dates and times stay text; they are parsed by the type of the fact.
    """
    if text in _KEYWORDS:
        return _KEYWORDS[text]
    if text[0] not in "+-.0123456789":
        return _AMBIGUOUS.get(text.lower(), text)
    return _number(text)


def _number(text: str) -> Value | InvalidScalar:
    whole, decimal = _INTEGER.fullmatch(text), _DECIMAL.fullmatch(text)
    if not whole and not decimal:
        if len(text) > MAX_LENGTH:
            return text
        return next((refusal for form, refusal in _INVALID_FORMS if form.fullmatch(text)), text)
    if sum(map(str.isdigit, text)) > MAX_DIGITS:
        return InvalidScalar("R114", f"has more than {MAX_DIGITS} digits; put it in quotes if it is not a number")
    return int(text) if whole else Fraction(text)
