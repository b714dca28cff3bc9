"""Format values in each language of a pack: money, dates, ratios, lists."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta, tzinfo
from types import MappingProxyType
from typing import Any, Final

from rules.language.words import Slot, Template, read_template
from rules.text.nodes import Node
from rules.text.problem import shown
from rules.text.reader import Reader
from rules.values.json_values import local
from rules.values.kind import Type
from rules.values.money import half_up
from rules.values.value import OPEN, Exact, Interval, OpenList

DAY: Final = ("year", "month", "day", "month_name")
CLOCK: Final = ("hour", "minute", "second")
FORMAT_SLOTS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "money": ("amount", "currency"),
        "number": ("number",),
        "ratio": ("percent",),
        "share": ("party", "percent"),
        "date": DAY,
        "instant": (*DAY, *CLOCK),
        "day_end": DAY,
    }
)
REQUIRED_SLOTS: Final = ("amount", "number", "percent", "party")  # a format without these loses the value
TEXTS: Final[Mapping[str, str]] = MappingProxyType(
    {"list": "separator", "decimal": "decimal", "thousands": "thousands"}
)
FORMAT_KEYS: Final = (*FORMAT_SLOTS, *TEXTS, "yes_no", "months")
FIRST_SECOND: Final = (0, 0, 0)
LAST_SECOND: Final = (23, 59, 59)

_PLACES: Final = 2  # decimals of a number without a short exact decimal
_EXACT_PLACES: Final = 4


def _numeric_date(*rest: str | Slot) -> Template:
    return Template((Slot("year"), "-", Slot("month", 2), "-", Slot("day", 2), *rest))


_TEMPLATES: Final[Mapping[str, Template]] = MappingProxyType(
    {
        "money": Template((Slot("amount"), " ", Slot("currency"))),
        "number": Template((Slot("number"),)),
        "ratio": Template((Slot("percent"), "%")),
        "share": Template((Slot("party"), " ", Slot("percent"), "%")),
        "date": _numeric_date(),
        "instant": _numeric_date(" ", Slot("hour", 2), ":", Slot("minute", 2)),
        "day_end": _numeric_date(" 24:00"),
    }
)


@dataclass(frozen=True, slots=True)
class Format:
    """The formats of one language; defaults are numeric."""

    templates: Mapping[str, Template] = field(default_factory=lambda: _TEMPLATES)
    yes_no: tuple[str, str] = ("yes", "no")
    months: tuple[str, ...] = tuple(str(month) for month in range(1, 13))
    separator: str = ", "
    decimal: str = "."
    thousands: str = ""


@dataclass(frozen=True, slots=True)
class Formats:
    """The formats of a pack by language, and its currency with the digits of its minor unit."""

    languages: Mapping[str, Format]
    currency: str
    digits: int = 2

    def of(self, language: str) -> Format:
        """Return the format of a language; numeric where the pack lacks the language."""
        return self.languages.get(language) or Format()


def read_formats(
    node: Node | None, reader: Reader, languages: Collection[str], currency: str, digits: int = 2
) -> Formats:
    """Read `formats:` of pack.yaml; a pack without it, or a key left out, gets numeric formats."""
    parts = reader.mapping(node, languages, languages)
    return Formats(
        MappingProxyType({language: _read_format(parts.get(language), reader) for language in languages}),
        currency,
        digits,
    )


def _read_format(node: Node | None, reader: Reader) -> Format:
    parts = reader.mapping(node, FORMAT_KEYS)
    templates = {name: template for name in FORMAT_SLOTS if (template := _read_template(name, parts.get(name), reader))}
    texts = {own: text for name, own in TEXTS.items() if (text := reader.text(parts.get(name))) is not None}
    yes_no = _read_texts("yes_no", 2, parts.get("yes_no"), reader)
    months = _read_texts("months", 12, parts.get("months"), reader)
    plain = Format()
    return replace(
        plain,
        templates=MappingProxyType({**_defaults(templates), **templates}),
        yes_no=(yes_no[0], yes_no[1]) if yes_no else plain.yes_no,
        months=months or plain.months,
        **texts,
    )


def _defaults(given: Collection[str]) -> dict[str, Template]:
    """Return the numeric formats, without day_end where the language has its own format of instants."""
    return {name: plain for name, plain in _TEMPLATES.items() if name != "day_end" or "instant" not in given}


def _read_template(name: str, node: Node | None, reader: Reader) -> Template | None:
    text = reader.text(node)
    template = None if text is None or node is None else read_template(text, node, reader, padded=True)
    if template is None or node is None:
        return None
    for slot in template.slots:
        if slot not in FORMAT_SLOTS[name]:
            hint = f"it has: {_braced(FORMAT_SLOTS[name])}"
            reader.report(node, "R209", f"the format of {shown(name)} has no {_braced([slot])}", hint)
    missing = [slot for slot in FORMAT_SLOTS[name] if slot in REQUIRED_SLOTS and slot not in template.slots]
    if missing:
        reader.report(node, "R209", f"the format of {shown(name)} lacks {_braced(missing)}; add it")
    return template


def _braced(slots: Iterable[str]) -> str:
    return ", ".join(f"{{{slot}}}" for slot in slots)


def _read_texts(name: str, count: int, node: Node | None, reader: Reader) -> tuple[str, ...]:
    """Read a list of `count` texts; () where it is missing or invalid."""
    items = reader.sequence(node)
    if node is not None and len(items) != count:
        reader.report(node, "R107", f"{shown(name)} takes a list of {count} texts, not {len(items)}")
    texts = tuple(text for text in map(reader.text, items) if text is not None)
    return texts if len(texts) == count else ()


# ---- formatting a value


def format_value(value: Any, kind: Type, language: str, formats: Formats, zone: tzinfo) -> str | None:
    """Format a value in a language, instants in the zone; None where it is unknown.

    A one_of is shown by its label. A record has no format.
    """
    if value is OPEN or isinstance(value, Interval):
        return None
    form = formats.of(language)
    match kind.kind:
        case "yes_no":
            return form.yes_no[0 if value else 1]
        case "one_of" | "text":
            return _label(value, kind, language)
        case "money":
            return _fill(form, "money", amount=_money(value, formats.digits, form), currency=formats.currency)
        case "number" | "ratio":
            return _format_number(value, kind, form)
        case "date":
            return _fill(form, "date", **_day(date.fromordinal(value), form))
        case "instant":
            return _format_instant(value, form, zone)
        case "list":
            return _format_list(value, kind, language, formats, zone)
        case "shares":
            return _format_shares(value, kind, language, form)
    return None


def _fill(form: Format, name: str, **words: str) -> str | None:
    return form.templates[name].fill(words.get)


def _money(minor: Exact, digits: int, form: Format) -> str:
    scaled = abs(half_up(minor))
    return _placed(scaled, digits, "-" if minor < 0 and scaled else "", form)


def _format_number(value: Exact, kind: Type, form: Format) -> str | None:
    if kind.kind == "ratio":
        return _fill(form, "ratio", percent=_short(value * 100, form))
    if kind.unit == "percent":
        return _fill(form, "ratio", percent=_short(value, form))
    return _fill(form, "number", number=_short(value, form))


def _short(number: Exact, form: Format) -> str:
    """Write a number exactly where few decimals suffice, else rounded, without trailing zeros."""
    if number.denominator == 1:
        return _decimal(int(number), 0, form)
    exact = 10**_EXACT_PLACES % number.denominator == 0
    texts = _decimal(number, _EXACT_PLACES if exact else _PLACES, form)
    return texts.rstrip("0").removesuffix(form.decimal)


def _decimal(number: Exact, places: int, form: Format) -> str:
    """Write a number with a number of decimals, rounded half up."""
    scaled = abs(half_up(number * 10**places))
    return _placed(scaled, places, "-" if number < 0 and scaled else "", form)


def _placed(scaled: int, places: int, sign: str, form: Format) -> str:
    """Write an integer scaled by 10**places as a decimal."""
    whole, rest = divmod(scaled, 10**places)
    texts = sign + f"{whole:,}".replace(",", form.thousands)
    return texts + form.decimal + str(rest).zfill(places) if places else texts


def _day(day: date, form: Format) -> dict[str, str]:
    return {
        "year": str(day.year),
        "month": str(day.month),
        "day": str(day.day),
        "month_name": form.months[day.month - 1],
    }


def _format_instant(value: int, form: Format, zone: tzinfo) -> str | None:
    try:
        moment = local(value, zone)
    except OverflowError:
        return None
    ended = _day_ended(moment)
    if ended is not None and "day_end" in form.templates:
        return _fill(form, "day_end", **_day(ended, form))
    words = _day(moment, form)
    words |= {"hour": str(moment.hour), "minute": str(moment.minute), "second": str(moment.second)}
    return _fill(form, "instant", **words)


def _day_ended(moment: datetime) -> date | None:
    """Return the day that ends at this time: midnight, or the second before it; else None."""
    clock = (moment.hour, moment.minute, moment.second)
    if clock == FIRST_SECOND and not moment.microsecond:
        return moment.date() - timedelta(days=1)
    return moment.date() if clock == LAST_SECOND else None


def _format_list(value: Any, kind: Type, language: str, formats: Formats, zone: tzinfo) -> str | None:
    if kind.item is None:
        return None
    items = sorted(value.present) if isinstance(value, OpenList) else value
    return _join([format_value(item, kind.item, language, formats, zone) for item in items], formats.of(language))


def _format_shares(value: str | Iterable[tuple[str, Exact]], kind: Type, language: str, form: Format) -> str | None:
    """Format the shares of parties; a single party without its 100 percent."""
    if isinstance(value, str):
        return _label(value, kind, language)
    texts = ((_label(party, kind, language), _short(percent, form)) for party, percent in value)
    return _join((_fill(form, "share", party=party, percent=percent) for party, percent in texts), form)


def _join(texts: Iterable[str | None], form: Format) -> str | None:
    """Join texts; None where one is missing or there are none."""
    words = list(texts)
    known = [word for word in words if word is not None]
    return form.separator.join(known) if known and len(known) == len(words) else None


def _label(value: str, kind: Type, language: str) -> str:
    return kind.labels.get(value, {}).get(language, value)
