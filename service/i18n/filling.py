"""Fill the slots of message texts, with names in place of codes.

Each slot declares its content. `{0}` is a number, a name or an id as given. `{0:role}` is a code, or several between
commas, replaced by the names in that group of terms. `{0:role()}` adds the code, for readers who have to type it.
`{0:money}` is an amount of minor units.
"""

from __future__ import annotations

from collections.abc import Callable
from string import Formatter
from typing import Any, Final

from service.i18n.problems import PROBLEMS
from service.i18n.terms import TERMS
from service.i18n.texts import Texts

MONEY: Final = "money"
VEIL: Final = "***"  # replaces a value that the reader may not see
AND_CODE: Final = "()"
BETWEEN: Final = ", "  # separates the codes of a slot
_CALLED: Final = {"zh": "{}（{}）", "en": "{} ({})"}
_LISTED: Final = {"zh": "、", "en": ", "}

Say = Callable[[int], str]


def major(minor: int) -> str:
    """Format an amount of minor units in major ones, with two decimals, where its currency is not known."""
    return f"{'-' * (minor < 0)}{abs(minor) // 100}.{abs(minor) % 100:02}"


def problem(code: str, language: str, details: tuple[str, ...] = (), money: Say = major) -> str:
    """Return the message of an error, the title of a problem document."""
    return fill(PROBLEMS[code], language, *details, money=money)


def fill(texts: Texts, language: str, *details: object, money: Say = major, **named: object) -> str:
    """Fill the text of a language."""
    return _Filler(language, money).vformat(texts[language], details, named)


def called(group: str, code: str, language: str) -> str:
    """Return the name of a code, or the code itself where it has none."""
    return TERMS[group].get(code, {}).get(language, code)


class _Filler(Formatter):
    def __init__(self, language: str, money: Say) -> None:
        self.language, self.money = language, money

    def format_field(self, value: Any, format_spec: str) -> str:
        if format_spec == MONEY and value != VEIL:
            return self.money(int(value))
        if not format_spec or value == VEIL:
            return str(value)
        group, names = format_spec.removesuffix(AND_CODE), []
        for code in str(value).split(BETWEEN):
            name = called(group, code, self.language)
            names.append(_CALLED[self.language].format(name, code) if format_spec.endswith(AND_CODE) else name)
        return _LISTED[self.language].join(names)
