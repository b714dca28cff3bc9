"""The types of facts and answers: what a value may be, how it is read from a case or a policy, how it is shown."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from fractions import Fraction
from functools import partial
from types import MappingProxyType
from typing import Any, Final
from zoneinfo import ZoneInfo

from rules.values.money import half_up
from rules.values.value import OPEN, Exact, Growing, Interval, Value

ORDERED: Final = frozenset({"instant", "date", "money", "number", "ratio"})
NUMBERS: Final = frozenset({"number", "ratio"})
PLAIN: Final = ("yes_no", "instant", "date", "money", "ratio", "number", "text")
LARGEST: Final = 2**53 - 1  # the largest integer that every JSON reader keeps exactly
MOST_MONEY: Final = 10**12 - 1  # minor units; no order comes near it, and what policies multiply stays exact
FIRST_YEAR, LAST_YEAR = 1900, 2200  # of instants
LONGEST_TEXT: Final = 2_000
LONGEST_LIST: Final = 500

_SHOWN_AS_THEY_ARE: Final = frozenset({"yes_no", "one_of", "text"})
SECOND: Final = 1_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_DECIMAL = re.compile(r"-?\d{1,15}(\.\d{1,15})?", re.ASCII)
_YEARS: Final = (str(FIRST_YEAR), str(LAST_YEAR))
_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


class Misfit(ValueError):
    """Raised when a value does not fit its type: a stable code, and where in the value the fault lies."""

    def __init__(self, code: str, at: tuple[str | int, ...] = (), expected: Iterable[str] = ()) -> None:
        super().__init__(code)
        self.code, self.at, self.expected = code, at, tuple(expected)


@dataclass(frozen=True, slots=True)
class Type:
    """What a value may be; `values` in their stated order, `item` of a list, `fields` of a record.

    `least` and `most` bound what a case may state: a number, or how many items a list has. What policies reckon and
    compare with is not bound by them.
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
        """Return the least and the most that a case may state, None where there is no bound."""
        return {"money": (0, MOST_MONEY), "ratio": (0, 1)}.get(self.kind, (self.least, self.most))

    @property
    def longest(self) -> int:
        """Return how many items a list may have."""
        return LONGEST_LIST if self.most is None else min(int(self.most), LONGEST_LIST)

    @property
    def unbound(self) -> Type:
        """Return the type without its bounds."""
        return self if self.least is None and self.most is None else replace(self, least=None, most=None)

    @property
    def ordered(self) -> bool:
        """Tell whether values stand in an order, so that ranges make sense."""
        return self.kind in ORDERED

    @property
    def lowest(self) -> int | None:
        """Return the smallest value there can be, or None."""
        return 0 if self.kind in ("money", "ratio") else None

    @property
    def highest(self) -> int | None:
        """Return the largest value there can be, or None."""
        return 1 if self.kind == "ratio" else None

    @property
    def finite(self) -> tuple[Value, ...]:
        """Return every value there can be, or nothing where they cannot be listed."""
        return (True, False) if self.kind == "yes_no" else self.values if self.kind == "one_of" else ()

    @property
    def plain(self) -> bool:
        """Tell whether JSON shows values as they are."""
        return self.kind in _SHOWN_AS_THEY_ARE

    @property
    def counts(self) -> bool:
        """Tell whether JSON shows integers as they are: amounts and numbers, not moments."""
        return self.kind == "money" or self.kind in NUMBERS

    def takes(self, other: Type) -> bool:
        """Tell whether what is of the other type may stand where this one is wanted."""
        if self.kind != other.kind:
            return self.kind in NUMBERS and other.kind in NUMBERS
        if self.item is not None and other.item is not None:
            return self.item.takes(other.item)
        return set(other.values) <= set(self.values) and self.fields.keys() == other.fields.keys()

    def parse(self, value: object) -> Value:
        """Return the internal value of one from a case; decimals exact, floats refused. Raises Misfit."""
        return _PARSERS.get(self.kind, _refuse)(self, value)

    def parser(self) -> Callable[[object], Value]:
        """Return `parse` with the search for its kind done, for reading many values."""
        return partial(_PARSERS.get(self.kind, _refuse), self)

    def show(self, value: Any, zone: ZoneInfo) -> Any:
        """Return the value as JSON shows it: instants RFC 3339 in the zone, decimals as text."""
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
        if isinstance(value, Growing):
            value = sorted(value.present)
        if self.kind == "list" and self.item is not None:
            return [self.item.show(item, zone) for item in value]
        if self.kind == "record":
            return {name: self.fields[name].show(part, zone) for name, part in value.items()}
        return value


def show_instant(moment: int, zone: ZoneInfo) -> str:
    """Return an instant in RFC 3339 with the zone's offset of that moment."""
    return local(moment, zone).isoformat()


def show_deadline(moment: int, zone: ZoneInfo) -> str:
    """Return the end of a period in RFC 3339; the last moment of a day is told as its last second."""
    return show_instant(moment - moment % SECOND, zone)


def local(moment: int, zone: tzinfo) -> datetime:
    """Return an instant by the clocks of a zone. Raises OverflowError outside the years 1 to 9999."""
    seconds, rest = divmod(moment, 1_000_000)
    try:
        shown = datetime.fromtimestamp(seconds, zone)  # exact for whole seconds, and the quickest way there is
    except ValueError as error:
        raise OverflowError("the instant lies outside the years 1 to 9999") from error
    return shown.replace(microsecond=rest) if rest else shown


def show_decimal(number: Exact) -> int | str:
    """Return an exact number as JSON carries it: an integer, a decimal, or a fraction where no decimal is exact."""
    if number.denominator == 1:
        return int(number)
    places = _decimal_places(number.denominator)
    if not places:
        return str(number)
    whole, rest = divmod(int(abs(number) * 10**places), 10**places)
    return f"{'-' if number < 0 else ''}{whole}.{rest:0{places}}"


def _decimal_places(denominator: int) -> int:
    for places in range(1, 31):
        if 10**places % denominator == 0:
            return places
    return 0


def _parse_yes_no(_: Type, value: object) -> Value:
    if isinstance(value, bool):
        return value
    raise Misfit("not_yes_no")


def _parse_one_of(kind: Type, value: object) -> Value:
    if isinstance(value, str) and value in kind.values:
        return value
    raise Misfit("not_one_of", expected=kind.values)


def _parse_instant(_: Type, value: object) -> Value:
    if not isinstance(value, str) or not _INSTANT.fullmatch(value):
        naive = isinstance(value, str) and _INSTANT.fullmatch(value + "Z")
        raise Misfit("naive_instant" if naive else "not_instant")
    try:
        moment = datetime.fromisoformat(value)
    except ValueError as error:
        raise Misfit("not_instant") from error
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise Misfit("year_range", expected=_YEARS)
    return (moment - _EPOCH) // _MICROSECOND


def _parse_date(_: Type, value: object) -> Value:
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        raise Misfit("not_date")
    try:
        return date.fromisoformat(value).toordinal()
    except ValueError as error:
        raise Misfit("not_date") from error


def _parse_money(_: Type, value: object) -> Value:
    if isinstance(value, bool) or not isinstance(value, int):
        raise Misfit("float_money" if isinstance(value, float | Decimal | Fraction) else "not_money")
    if not 0 <= value <= MOST_MONEY:
        raise Misfit("money_range", expected=(str(MOST_MONEY),))
    return value


def _parse_number(kind: Type, value: object) -> Value:
    number = _number(value)
    if kind.least is not None and number < kind.least:
        raise Misfit("too_small", expected=(str(show_decimal(kind.least)),))
    if kind.most is not None and number > kind.most:
        raise Misfit("too_great", expected=(str(show_decimal(kind.most)),))
    return number


def _number(value: object) -> Exact:
    if isinstance(value, (int, Fraction)) and not isinstance(value, bool):
        if not -LARGEST <= value <= LARGEST:
            raise Misfit("number_range")
        return value
    text = format(value, "f") if isinstance(value, Decimal) and _modest(value) else value
    if not isinstance(text, str) or not _DECIMAL.fullmatch(text):
        raise Misfit("not_number")
    exact = Fraction(text)
    return int(exact) if exact.denominator == 1 else exact


def _modest(number: Decimal) -> bool:
    """Refuse 1e999999999 before it is written out."""
    return number.is_finite() and -15 <= int(number.as_tuple().exponent) <= 15


def _parse_ratio(_: Type, value: object) -> Value:
    ratio = _number(value)
    if not 0 <= ratio <= 1:
        raise Misfit("ratio_range")
    return ratio


def _parse_text(_: Type, value: object) -> Value:
    if not isinstance(value, str):
        raise Misfit("not_text")
    if len(value) > LONGEST_TEXT:
        raise Misfit("text_length")
    if any("\ud800" <= letter <= "\udfff" for letter in value):
        raise Misfit("not_unicode")
    return value


def _parse_list(kind: Type, value: object) -> Value:
    if not isinstance(value, list | tuple):
        raise Misfit("not_list")
    if len(value) > kind.longest:
        raise Misfit("too_many", expected=(str(kind.longest),))
    assert kind.item is not None
    return tuple(_inside(kind.item, item, position) for position, item in enumerate(value))


def _parse_record(kind: Type, value: object) -> Value:
    if not isinstance(value, Mapping):
        raise Misfit("not_record")
    for name in value:
        if name not in kind.fields:
            raise Misfit("unknown_key", (str(name),), kind.fields)
    return {name: _inside(kind.fields[name], part, name) for name, part in value.items()}


def _inside(kind: Type, value: object, step: str | int) -> Value:
    try:
        return kind.parse(value)
    except Misfit as misfit:
        raise Misfit(misfit.code, (step, *misfit.at), misfit.expected) from misfit


def _refuse(kind: Type, _: object) -> Value:
    """Refuse what only policies say: shares, moments, durations, blocks of words."""
    raise Misfit(f"not_{kind.kind}")


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
