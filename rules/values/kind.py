"""Types of facts and answers: parse and validate values, and format them for JSON."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import partial
from types import MappingProxyType
from typing import Any, Final
from zoneinfo import ZoneInfo

from rules.values.json_values import show_decimal, show_instant
from rules.values.money import half_up
from rules.values.value import OPEN, Exact, Interval, OpenList, Value

ORDERED: Final = frozenset({"instant", "date", "money", "number", "ratio"})
NUMBERS: Final = frozenset({"number", "ratio"})
PLAIN: Final = ("yes_no", "instant", "date", "money", "ratio", "number", "text")
MAX_INTEGER: Final = 2**53 - 1  # the largest integer that is exact in every JSON reader
MAX_MONEY: Final = 10**12 - 1  # minor units; far above any order
FIRST_YEAR, LAST_YEAR = 1900, 2200  # of instants
MAX_TEXT: Final = 2_000
MAX_LIST: Final = 500

_SHOWN_AS_THEY_ARE: Final = frozenset({"yes_no", "one_of", "text"})
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_DECIMAL = re.compile(r"-?\d{1,15}(\.\d{1,15})?", re.ASCII)
_YEARS: Final = (str(FIRST_YEAR), str(LAST_YEAR))
_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


class InvalidValue(ValueError):
    """Raised for a value that does not fit its type, with a stable code and the path of the invalid part."""

    def __init__(self, code: str, at: tuple[str | int, ...] = (), expected: Iterable[str] = ()) -> None:
        super().__init__(code)
        self.code, self.at, self.expected = code, at, tuple(expected)


@dataclass(frozen=True, slots=True)
class Type:
    """What a value may be; `values` in their stated order, `item` of a list, `fields` of a record.

    `least` and `most` bound a number, or the length of a list, in a case only; values in policies are not bounded.
    """

    kind: str
    values: tuple[str, ...] = ()
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: _NOTHING, compare=False)
    unit: str = ""
    item: Type | None = None
    fields: Mapping[str, Type] = field(default_factory=lambda: _NOTHING, compare=False)
    least: Exact | None = field(default=None, compare=False)
    most: Exact | None = field(default=None, compare=False)

    @property
    def range(self) -> tuple[Exact | None, Exact | None]:
        """Return the bounds of values in a case, None where there is no bound."""
        return {"money": (0, MAX_MONEY), "ratio": (0, 1)}.get(self.kind, (self.least, self.most))

    @property
    def longest(self) -> int:
        """Return the maximum length of a list."""
        return MAX_LIST if self.most is None else min(int(self.most), MAX_LIST)

    @property
    def unbound(self) -> Type:
        """Return the type without its bounds."""
        return self if self.least is None and self.most is None else replace(self, least=None, most=None)

    @property
    def ordered(self) -> bool:
        """Return whether values are ordered, so that ranges make sense."""
        return self.kind in ORDERED

    @property
    def lowest(self) -> int | None:
        """Return the smallest possible value, or None."""
        return 0 if self.kind in ("money", "ratio") else None

    @property
    def highest(self) -> int | None:
        """Return the largest possible value, or None."""
        return 1 if self.kind == "ratio" else None

    @property
    def finite(self) -> tuple[Value, ...]:
        """Return every possible value, or () where they are not finite."""
        return (True, False) if self.kind == "yes_no" else self.values if self.kind == "one_of" else ()

    @property
    def plain(self) -> bool:
        """Return whether values are the same in JSON."""
        return self.kind in _SHOWN_AS_THEY_ARE

    @property
    def counts(self) -> bool:
        """Return whether integers are the same in JSON: amounts and numbers, not instants."""
        return self.kind == "money" or self.kind in NUMBERS

    def takes(self, other: Type) -> bool:
        """Return whether a value of the other type is accepted for this type."""
        if self.kind == "shares" and other.kind == "one_of":  # a single party has the whole share
            return set(other.values) <= set(self.values)
        if self.kind != other.kind:
            return self.kind in NUMBERS and other.kind in NUMBERS
        if self.item is not None and other.item is not None:
            return self.item.takes(other.item)
        return set(other.values) <= set(self.values) and self.fields.keys() == other.fields.keys()

    def parse(self, value: object) -> Value:
        """Parse a value of a case; decimals are exact, floats are rejected. Raises InvalidValue."""
        return _PARSERS.get(self.kind, _refuse)(self, value)

    def parser(self) -> Callable[[object], Value]:
        """Return the bound parser of this type, for many values."""
        return partial(_PARSERS.get(self.kind, _refuse), self)

    def show(self, value: Any, zone: ZoneInfo) -> Any:
        """Format a value for JSON: instants as RFC 3339 in the zone, decimals as text."""
        if self.kind in _SHOWN_AS_THEY_ARE:
            return None if value is OPEN else value
        if value is OPEN or isinstance(value, Interval):
            return None
        if self.kind == "instant":
            return show_instant(value, zone)
        if self.kind == "date":
            return date.fromordinal(value).isoformat()
        if isinstance(value, Fraction):
            return half_up(value) if self.kind == "money" else show_decimal(value)
        if isinstance(value, OpenList):
            value = sorted(value.present)
        if self.kind == "list" and self.item is not None:
            return [self.item.show(item, zone) for item in value]
        if self.kind == "record":
            return {name: self.fields[name].show(part, zone) for name, part in value.items()}
        return value


def _parse_yes_no(_: Type, value: object) -> Value:
    if isinstance(value, bool):
        return value
    raise InvalidValue("not_yes_no")


def _parse_one_of(kind: Type, value: object) -> Value:
    if isinstance(value, str) and value in kind.values:
        return value
    raise InvalidValue("not_one_of", expected=kind.values)


def _parse_instant(_: Type, value: object) -> Value:
    if not isinstance(value, str) or not _INSTANT.fullmatch(value):
        naive = isinstance(value, str) and _INSTANT.fullmatch(value + "Z")
        raise InvalidValue("naive_instant" if naive else "not_instant")
    try:
        moment = datetime.fromisoformat(value)
    except ValueError as error:
        raise InvalidValue("not_instant") from error
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise InvalidValue("year_range", expected=_YEARS)
    return (moment - _EPOCH) // _MICROSECOND


def _parse_date(_: Type, value: object) -> Value:
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        raise InvalidValue("not_date")
    try:
        return date.fromisoformat(value).toordinal()
    except ValueError as error:
        raise InvalidValue("not_date") from error


def _parse_money(_: Type, value: object) -> Value:
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidValue("float_money" if isinstance(value, float | Decimal | Fraction) else "not_money")
    if not 0 <= value <= MAX_MONEY:
        raise InvalidValue("money_range", expected=(str(MAX_MONEY),))
    return value


def _parse_number(kind: Type, value: object) -> Value:
    number = _number(value)
    if kind.least is not None and number < kind.least:
        raise InvalidValue("too_small", expected=(str(show_decimal(kind.least)),))
    if kind.most is not None and number > kind.most:
        raise InvalidValue("too_great", expected=(str(show_decimal(kind.most)),))
    return number


def _number(value: object) -> Exact:
    if isinstance(value, (int, Fraction)) and not isinstance(value, bool):
        if not -MAX_INTEGER <= value <= MAX_INTEGER:
            raise InvalidValue("number_range")
        return value
    text = format(value, "f") if isinstance(value, Decimal) and _modest(value) else value
    if not isinstance(text, str) or not _DECIMAL.fullmatch(text):
        raise InvalidValue("not_number")
    exact = Fraction(text)
    return int(exact) if exact.denominator == 1 else exact


def _modest(number: Decimal) -> bool:
    """Return whether the exponent is small; 1e999999999 must not be expanded."""
    return number.is_finite() and -15 <= int(number.as_tuple().exponent) <= 15


def _parse_ratio(_: Type, value: object) -> Value:
    ratio = _number(value)
    if not 0 <= ratio <= 1:
        raise InvalidValue("ratio_range")
    return ratio


def _parse_text(_: Type, value: object) -> Value:
    if not isinstance(value, str):
        raise InvalidValue("not_text")
    if len(value) > MAX_TEXT:
        raise InvalidValue("text_length")
    if any("\ud800" <= letter <= "\udfff" for letter in value):
        raise InvalidValue("not_unicode")
    return value


def _parse_list(kind: Type, value: object) -> Value:
    if not isinstance(value, list | tuple):
        raise InvalidValue("not_list")
    if len(value) > kind.longest:
        raise InvalidValue("too_many", expected=(str(kind.longest),))
    assert kind.item is not None
    return tuple(_inside(kind.item, item, position) for position, item in enumerate(value))


def _parse_record(kind: Type, value: object) -> Value:
    if not isinstance(value, Mapping):
        raise InvalidValue("not_record")
    for name in value:
        if name not in kind.fields:
            raise InvalidValue("unknown_key", (str(name),), kind.fields)
    return {name: _inside(kind.fields[name], part, name) for name, part in value.items()}


def _inside(kind: Type, value: object, step: str | int) -> Value:
    try:
        return kind.parse(value)
    except InvalidValue as misfit:
        raise InvalidValue(misfit.code, (step, *misfit.at), misfit.expected) from misfit


def _refuse(kind: Type, _: object) -> Value:
    """Reject types that only policies use: shares, moments, durations, text blocks."""
    raise InvalidValue(f"not_{kind.kind}")


_PARSERS: Final[Mapping[str, Callable[[Type, object], Value]]] = {
    "yes_no": _parse_yes_no,
    "one_of": _parse_one_of,
    "instant": _parse_instant,
    "date": _parse_date,
    "money": _parse_money,
    "number": _parse_number,
    "ratio": _parse_ratio,
    "text": _parse_text,
    "list": _parse_list,
    "record": _parse_record,
}
