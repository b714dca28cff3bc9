"""Fill the texts of the catalogues: a code that a person would read is told by what it is called.

A text says of each of its slots what stands in it. `{0}` takes what it is given as it is: a number, a name, an id.
`{0:role}` calls a code by its name in that group of terms, and each of several between commas. `{0:role()}` lets the
code follow, for readers who have to write it. `{0:money}` is an amount of minor units.
"""

from __future__ import annotations

from collections.abc import Callable
from string import Formatter
from typing import Any, Final

from service.i18n.messages import PROBLEMS, Texts
from service.i18n.terms import TERMS

MONEY: Final = "money"
VEIL: Final = "***"  # stands for what the reader may not see, in any slot
AND_CODE: Final = "()"
BETWEEN: Final = ", "  # the codes of a slot
_CALLED: Final = {"zh": "{}（{}）", "en": "{} ({})"}
_LISTED: Final = {"zh": "、", "en": ", "}

Say = Callable[[int], str]


def major(minor: int) -> str:
    """Say an amount of minor units in major ones, with two decimals, where its currency is not known."""
    return f"{'-' * (minor < 0)}{abs(minor) // 100}.{abs(minor) % 100:02}"


def problem(code: str, language: str, details: tuple[str, ...] = (), money: Say = major) -> str:
    """Say what cannot be done, as a problem document is titled."""
    return fill(PROBLEMS[code], language, *details, money=money)


def fill(texts: Texts, language: str, *details: object, money: Say = major, **named: object) -> str:
    """Fill the text of a language."""
    return _Filler(language, money).vformat(texts[language], details, named)


def called(group: str, code: str, language: str) -> str:
    """Return what a code is called, or the code itself where it has no name."""
    return TERMS[group].get(code, {}).get(language, code)


class _Filler(Formatter):
    def __init__(self, language: str, money: Say) -> None:
        self.language, self.money = language, money

    def format_field(self, value: Any, format_spec: str) -> str:
        if format_spec == MONEY and value != VEIL:
            return self.money(int(value))
        if not format_spec or value == VEIL:
            return str(value)
        group, told = format_spec.removesuffix(AND_CODE), []
        for code in str(value).split(BETWEEN):
            name = called(group, code, self.language)
            told.append(_CALLED[self.language].format(name, code) if format_spec.endswith(AND_CODE) else name)
        return _LISTED[self.language].join(told)
