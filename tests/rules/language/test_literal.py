"""How the values of policies are written, and what is no value of a type."""

from datetime import date
from fractions import Fraction

import pytest

from rules.language.literal import describe, parse_literal, read_literal
from rules.text.reader import Reader
from rules.values.kind import InvalidValue, Type
from tests.support.base_packs import node_of


@pytest.mark.parametrize(
    ("kind", "written", "value"),
    [
        ("yes_no", "true", True),
        ("money", "3 EUR", 300),
        ("money", "0.05 EUR", 5),
        ("money", "12.5 EUR", 1250),
        ("money", "9999999999999 EUR", 999_999_999_999_900),
        ("money", "0", 0),
        ("money", "0.00", 0),
        ("number", "0.1", Fraction(1, 10)),
        ("number", "-7", -7),
        ("ratio", "0.20", Fraction(1, 5)),
        ("date", "2026-08-14", date(2026, 8, 14).toordinal()),
        ("date", "'2026-08-14'", date(2026, 8, 14).toordinal()),
        ("instant", "1970-01-01T00:00:01Z", 1_000_000),
        ("text", "14", "14"),
        ("text", "2026-08-14", "2026-08-14"),
    ],
)
def test_a_value_of_a_policy_is_read(kind: str, written: str, value: object) -> None:
    reader = Reader()
    read = read_literal(node_of(written), Type(kind), "EUR", reader)
    assert reader.problems == []
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize(
    "written",
    [
        "3", "3.5", "3EUR", "3 eur", "3 USD", "3  EUR", "EUR 3", "3. EUR", ".5 EUR", "3.505 EUR", "-3 EUR", "1,000 EUR",
        "３ EUR", "1e3 EUR", "'3'", "false", "[3 EUR]", "{a: 3 EUR}", "~", "99999999999999 EUR",
    ],
)  # fmt: skip
def test_money_says_its_currency_and_nothing_else(written: str) -> None:
    reader = Reader()
    assert read_literal(node_of(written), Type("money"), "EUR", reader) is None
    assert [problem.code for problem in reader.problems] == ["R210"]


def test_a_number_names_the_value_that_is_spelled_like_it() -> None:
    kind = Type("one_of", values=("7", "14"))
    assert read_literal(node_of("14"), kind, "EUR", Reader()) == "14"


def test_a_list_is_read_item_by_item() -> None:
    kind = Type("list", item=Type("money"))
    assert read_literal(node_of("[1 EUR, 0]"), kind, "EUR", Reader()) == (100, 0)
    reader = Reader()
    assert read_literal(node_of("[1 EUR, 2, 3]"), kind, "EUR", reader) is None
    assert [problem.place.column for problem in reader.problems] == [9, 12]


@pytest.mark.parametrize("kind", ["yes_no", "money", "number", "ratio", "instant", "date", "one_of"])
@pytest.mark.parametrize("length", [5_000, 100_000])
def test_no_length_breaks_a_literal(kind: str, length: int) -> None:
    for text in ("9" * length, "9" * length + " EUR", "0." + "9" * length + " EUR", "x" * length):
        with pytest.raises(InvalidValue):
            parse_literal(text, Type(kind, values=("a",)), "EUR")


def test_a_message_shows_a_long_value_in_part() -> None:
    reader = Reader()
    read_literal(node_of("x" * 10_000), Type("number"), "EUR", reader)
    assert len(str(reader.problems[0])) < 200


def test_a_type_is_named_in_words() -> None:
    assert describe(Type("one_of", values=("a", "b"))) == "one of a, b"
    assert describe(Type("money")) == "an amount of money"
