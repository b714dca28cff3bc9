"""Formats: how money, moments, ratios and lists are said, in the way that the pack lays down for each language."""

from datetime import date, datetime, timedelta, timezone
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.language.formats import Formats, format_value, read_formats
from rules.text.reader import Reader
from rules.text.yaml_parser import read_yaml
from rules.values.kind import Type
from rules.values.value import OPEN, Interval, OpenList

SHANGHAI = ZoneInfo("Asia/Shanghai")
PACK = """
zh:
  money: '{amount}元'
  date: '{month}月{day}日'
  instant: '{month}月{day}日{hour:02}:{minute:02}'
  day_end: '{month}月{day}日24:00'
  yes_no: [是, 否]
  list: '、'
  share: '{party}{percent}%'
en:
  money: '{currency} {amount}'
  date: '{day} {month_name}'
  instant: '{day} {month_name} {hour}:{minute:02}'
  months: [January, February, March, April, May, June, July, August, September, October, November, December]
  thousands: ','
"""
LABELS = {"damage": {"zh": "破损", "en": "damaged"}, "late": {"zh": "延误"}}
CAUSE = Type("one_of", values=("damage", "late", "other"), labels=LABELS)


def formats(text: str = PACK, digits: int = 2) -> tuple[Formats, list[str]]:
    (document, *_), problems = read_yaml(text.encode(), "pack.yaml")
    assert not problems
    reader = Reader()
    found = read_formats(document, reader, ("zh", "en"), "CNY", digits)
    return found, [str(problem) for problem in sorted(reader.problems)]


def said(value: Any, kind: str | Type, language: str = "zh", text: str = PACK, digits: int = 2) -> str | None:
    found, problems = formats(text, digits)
    assert problems == []
    return format_value(value, Type(kind) if isinstance(kind, str) else kind, language, found, SHANGHAI)


def moment(text: str) -> int:
    return int(
        (datetime.fromisoformat(text) - datetime.fromisoformat("1970-01-01T00:00+00:00")) / timedelta(microseconds=1)
    )


@pytest.mark.parametrize(
    ("fen", "zh", "en"),
    [
        (2560, "25.60元", "CNY 25.60"),
        (0, "0.00元", "CNY 0.00"),
        (5, "0.05元", "CNY 0.05"),
        (-2560, "-25.60元", "CNY -25.60"),
        (123456789, "1234567.89元", "CNY 1,234,567.89"),
        (10**17 + 1, "1000000000000000.01元", "CNY 1,000,000,000,000,000.01"),
    ],
)
def test_money_has_the_digits_of_its_currency(fen: int, zh: str, en: str) -> None:
    assert (said(fen, "money"), said(fen, "money", "en")) == (zh, en)


def test_a_currency_without_minor_units_has_no_decimals() -> None:
    assert said(1280, "money", digits=0) == "1280元"


def test_a_language_may_write_the_decimal_comma() -> None:
    text = "{zh: {}, en: {money: '{amount} €', decimal: ',', thousands: '.'}}"
    assert said(123456, "money", "en", text) == "1.234,56 €"


@pytest.mark.parametrize(
    ("ratio", "percent"),
    [
        (Fraction(1, 5), "20%"),
        (Fraction(1, 3), "33.33%"),
        (Fraction(2, 3), "66.67%"),
        (Fraction(1, 8), "12.5%"),
        (Fraction(1, 800), "0.125%"),
        (Fraction(1, 30000), "0%"),
        (1, "100%"),
        (0, "0%"),
    ],
)
def test_ratios_are_written_in_percent(ratio: Fraction | int, percent: str) -> None:
    assert said(ratio, "ratio") == percent


@pytest.mark.parametrize(
    ("number", "zh"),
    [(48, "48"), (100, "100"), (Fraction(1, 2), "0.5"), (Fraction(-10, 3), "-3.33"), (Fraction(1, 1000), "0.001")],
)
def test_numbers_are_exact_where_a_short_decimal_is(number: Fraction | int, zh: str) -> None:
    assert said(number, "number") == zh


def test_a_number_of_percent_carries_the_sign() -> None:
    assert said(30, Type("number", unit="percent")) == "30%"


def test_dates() -> None:
    day = date(2026, 8, 4).toordinal()
    assert (said(day, "date"), said(day, "date", "en")) == ("8月4日", "4 August")


def test_instants_are_written_in_the_zone_of_the_pack() -> None:
    at = moment("2026-08-14T01:05:00+00:00")
    assert (said(at, "instant"), said(at, "instant", "en")) == ("8月14日09:05", "14 August 9:05")


@pytest.mark.parametrize(
    "end", ["2026-08-14T23:59:59+08:00", "2026-08-14T23:59:59.999999+08:00", "2026-08-15T00:00:00+08:00"]
)
def test_the_end_of_a_day_is_written_as_its_end(end: str) -> None:
    assert said(moment(end), "instant") == "8月14日24:00"


@pytest.mark.parametrize(
    ("near", "zh"),
    [("2026-08-14T23:59:58+08:00", "8月14日23:59"), ("2026-08-15T00:00:01+08:00", "8月15日00:00")],
)
def test_what_is_near_the_end_of_a_day_is_not_its_end(near: str, zh: str) -> None:
    assert said(moment(near), "instant") == zh


def test_a_language_without_words_for_the_end_of_a_day_says_the_instant() -> None:
    assert said(moment("2026-08-15T00:00:00+08:00"), "instant", "en") == "15 August 0:00"


def test_the_end_of_a_day_depends_on_the_zone() -> None:
    found, _ = formats()
    midnight = moment("2026-08-15T00:00:00+08:00")
    assert format_value(midnight, Type("instant"), "zh", found, timezone(timedelta(hours=9))) == "8月15日01:00"


def test_yes_and_no() -> None:
    assert (said(True, "yes_no"), said(False, "yes_no"), said(True, "yes_no", "en")) == ("是", "否", "yes")


def test_a_value_of_a_choice_is_written_as_its_label_or_its_name() -> None:
    assert (said("damage", CAUSE), said("damage", CAUSE, "en")) == ("破损", "damaged")
    assert (said("late", CAUSE, "en"), said("other", CAUSE)) == ("late", "other")


def test_text_is_written_unchanged() -> None:
    assert said("{水蜜桃}", "text") == "{水蜜桃}"


def test_lists_are_joined_as_the_language_does() -> None:
    causes = Type("list", item=CAUSE)
    assert said(("damage", "late"), causes) == "破损、延误"
    assert said(("damage", "late"), causes, "en") == "damaged, late"
    assert said(OpenList(frozenset({"late", "damage"}), frozenset()), causes) == "破损、延误"


def test_shares_name_each_party() -> None:
    parties = Type("shares", values=("merchant", "logistics"), labels={"merchant": {"zh": "商家"}})
    shares = (("merchant", 30), ("logistics", Fraction(70)))
    assert said(shares, parties) == "商家30%、logistics70%"
    assert said(shares, parties, "en") == "merchant 30%, logistics 70%"
    assert said("merchant", parties) == "商家"


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (OPEN, Type("money")),
        (Interval(0, 5), Type("number")),
        ((), Type("list", item=CAUSE)),
        (("damage", OPEN), Type("list", item=CAUSE)),
        ({"head": "delay"}, Type("record")),
        (10**30, Type("instant")),
    ],
)
def test_what_cannot_be_said(value: Any, kind: Type) -> None:
    assert said(value, kind) is None


def test_a_pack_without_formats_says_values_in_digits() -> None:
    found = read_formats(None, Reader(), ("zh",), "CNY")
    at = moment("2026-08-04T09:05:00+08:00")
    values = [(2560, "money"), (at, "instant"), (date(2026, 8, 4).toordinal(), "date"), (Fraction(1, 5), "ratio")]
    assert [format_value(value, Type(kind), "zh", found, SHANGHAI) for value, kind in values] == [
        "25.60 CNY",
        "2026-08-04 09:05",
        "2026-08-04",
        "20%",
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("zh: {}", "R106 key 'en' is missing"),
        ("{zh: {}, en: {}, fr: {}}", "R105 unknown key 'fr'"),
        (
            "{zh: {mony: '{amount}'}, en: {}}",
            "R105 unknown key 'mony'; correct it or take it out (did you mean 'money'?)",
        ),
        ("{zh: {money: '元'}, en: {}}", "pack.yaml:1:14: R209 the format of 'money' lacks {amount}; add it"),
        ("{zh: {money: '{sum}元'}, en: {}}", "R209 the format of 'money' has no {sum} (it has: {amount}, {currency})"),
        ("{zh: {date: '{hour}'}, en: {}}", "R209 the format of 'date' has no {hour}"),
        ("{zh: {date: '{day:2}'}, en: {}}", "R209 '{day:2}' is not a slot"),
        ("{zh: {yes_no: [是]}, en: {}}", "R107 'yes_no' takes a list of 2 texts, not 1"),
        ("{zh: {months: [Jan, Feb]}, en: {}}", "R107 'months' takes a list of 12 texts, not 2"),
        ("{zh: {list: 3}, en: {}}", "R107"),
    ],
)
def test_faulty_formats(text: str, problem: str) -> None:
    assert any(problem in found for found in formats(text)[1])


@given(st.integers(-(10**20), 10**20))
def test_written_money_can_be_read_again(fen: int) -> None:
    amount = format_value(fen, Type("money"), "zh", read_formats(None, Reader(), ("zh",), "CNY"), SHANGHAI)
    assert amount is not None and Fraction(amount.removesuffix(" CNY")) * 100 == fen
