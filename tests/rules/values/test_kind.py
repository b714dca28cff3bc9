"""What values of each type may be, how they are read, shown, and which type may stand for another."""

from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.values.json_values import local, show_decimal
from rules.values.kind import MAX_INTEGER, InvalidValue, Type
from rules.values.value import OPEN, Interval, OpenList

BERLIN = ZoneInfo("Europe/Berlin")
COLOUR = Type("one_of", values=("red", "green", "绿"))
PART = Type("record", fields={"colour": COLOUR, "amount": Type("money")})
TYPES = {
    "yes_no": Type("yes_no"),
    "one_of": COLOUR,
    "instant": Type("instant"),
    "date": Type("date"),
    "money": Type("money"),
    "number": Type("number"),
    "ratio": Type("ratio"),
    "text": Type("text"),
    "list": Type("list", item=COLOUR),
    "record": PART,
    "records": Type("list", item=PART),
    "shares": Type("shares", values=("merchant", "customer")),
    "moment": Type("moment"),
    "duration": Type("duration"),
    "block": Type("block"),
}


def microseconds(*moment: int) -> int:
    return int(datetime(*moment, tzinfo=UTC).timestamp()) * 1_000_000  # type: ignore[misc, arg-type]


@pytest.mark.parametrize(
    ("kind", "sent", "value"),
    [
        ("yes_no", True, True),
        ("yes_no", False, False),
        ("one_of", "绿", "绿"),
        ("instant", "1970-01-01T00:00:01Z", 1_000_000),
        ("instant", "1970-01-01 01:00:00.5+01:00", 500_000),
        ("instant", "2026-08-14T15:00:00+08:00", microseconds(2026, 8, 14, 7)),
        ("instant", "2026-08-14T15:00:00.000001-00:30", microseconds(2026, 8, 14, 15, 30) + 1),
        ("date", "0001-01-01", 1),
        ("date", "0001-02-01", 32),
        ("date", "2024-02-29", date(2024, 2, 29).toordinal()),
        ("money", 0, 0),
        ("money", 10**12 - 1, 10**12 - 1),
        ("number", -(2**53 - 1), -(2**53 - 1)),
        ("number", "0.1", Fraction(1, 10)),
        ("number", "-2.50", Fraction(-5, 2)),
        ("number", "3.000", 3),
        ("number", Decimal("0.30"), Fraction(3, 10)),
        ("number", Decimal("2E+3"), 2000),
        ("ratio", "1.00", 1),
        ("ratio", 0, 0),
        ("ratio", "0.000000000000001", Fraction(1, 10**15)),
        ("text", "", ""),
        ("text", "水蜜桃 \U0001f351", "水蜜桃 \U0001f351"),
        ("text", "x" * 2000, "x" * 2000),
        ("list", [], ()),
        ("list", ["red", "red"], ("red", "red")),
        ("list", ("green",), ("green",)),
        ("record", {}, {}),
        ("record", {"amount": 5}, {"amount": 5}),
        ("records", [{"colour": "red", "amount": 0}], ({"colour": "red", "amount": 0},)),
    ],
)
def test_a_value_of_a_case_is_read(kind: str, sent: object, value: object) -> None:
    read = TYPES[kind].parse(sent)
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize(
    ("kind", "sent", "code"),
    [
        ("yes_no", 1, "not_yes_no"),
        ("yes_no", "true", "not_yes_no"),
        ("one_of", "Red", "not_one_of"),
        ("one_of", "red ", "not_one_of"),
        ("one_of", 0, "not_one_of"),
        ("one_of", "\ud800", "not_one_of"),
        ("instant", "2026-08-14T15:00:00", "naive_instant"),
        ("instant", "2026-08-14 15:00:00.25", "naive_instant"),
        ("instant", "2026-08-14", "not_instant"),
        ("instant", "2026-08-14T15:00Z", "not_instant"),
        ("instant", "2026-02-30T15:00:00Z", "not_instant"),
        ("instant", "2026-08-14T24:00:01Z", "not_instant"),
        ("instant", "2026-08-14T15:00:60Z", "not_instant"),
        ("instant", "2026-08-14T15:00:00+25:00", "not_instant"),
        ("instant", "1899-12-31T23:59:59Z", "year_range"),
        ("instant", "2201-01-01T00:00:00Z", "year_range"),
        ("instant", "0000-01-01T00:00:00Z", "not_instant"),
        ("instant", "２０２６-08-14T15:00:00Z", "not_instant"),
        ("instant", 1_000_000, "not_instant"),
        ("date", "2026-02-29", "not_date"),
        ("date", "20260228", "not_date"),
        ("date", "2026-08-14T00:00:00Z", "not_date"),
        ("date", "0000-01-01", "not_date"),
        ("date", 20260814, "not_date"),
        ("money", 12.5, "float_money"),
        ("money", 12.0, "float_money"),
        ("money", Decimal("12"), "float_money"),
        ("money", Fraction(1, 2), "float_money"),
        ("money", True, "not_money"),
        ("money", "12", "not_money"),
        ("money", -1, "money_range"),
        ("money", 10**12, "money_range"),
        ("money", 10**10_000, "money_range"),
        ("number", 0.5, "not_number"),
        ("number", True, "not_number"),
        ("number", 2**53, "number_range"),
        ("number", -(10**10_000), "number_range"),
        ("number", Fraction(2**54), "number_range"),
        ("number", "1e3", "not_number"),
        ("number", "1_000", "not_number"),
        ("number", " 1", "not_number"),
        ("number", "1.", "not_number"),
        ("number", ".5", "not_number"),
        ("number", "+1", "not_number"),
        ("number", "٣", "not_number"),
        ("number", "9" * 10_000, "not_number"),
        ("number", Decimal("1e400000"), "not_number"),
        ("number", Decimal("1e-400000"), "not_number"),
        ("number", Decimal("NaN"), "not_number"),
        ("number", Decimal("-Infinity"), "not_number"),
        ("number", Decimal("9" * 10_000), "not_number"),
        ("ratio", "1.01", "ratio_range"),
        ("ratio", "-0.01", "ratio_range"),
        ("ratio", 20, "ratio_range"),
        ("ratio", "20%", "not_number"),
        ("text", 5, "not_text"),
        ("text", "x" * 2001, "text_length"),
        ("text", "x" * 10_000, "text_length"),
        ("text", "a\ud83d", "not_unicode"),
        ("list", "red", "not_list"),
        ("list", {"red": True}, "not_list"),
        ("list", ["red"] * 501, "too_many"),
        ("record", [], "not_record"),
        ("record", "red", "not_record"),
    ],
    ids=lambda value: ascii(value)[:30] if isinstance(value, str) else type(value).__name__,
)
def test_what_does_not_fit_is_refused(kind: str, sent: object, code: str) -> None:
    with pytest.raises(InvalidValue) as reported:
        TYPES[kind].parse(sent)
    assert reported.value.code == code


def test_the_bounds_of_a_number_hold_for_what_a_case_states_and_not_for_what_policies_write() -> None:
    pieces = Type("number", least=1, most=Fraction(5, 2))
    assert [pieces.parse(sent) for sent in (1, "2.5")] == [1, Fraction(5, 2)]
    for sent, code, bound in ((0, "too_small", "1"), ("0.999", "too_small", "1"), ("2.51", "too_great", "2.5")):
        with pytest.raises(InvalidValue) as reported:
            pieces.parse(sent)
        assert (reported.value.code, reported.value.expected) == (code, (bound,))
    assert pieces.unbound.parse(0) == 0
    assert pieces == Type("number")


def test_a_list_has_no_more_items_than_it_may() -> None:
    few = Type("list", item=Type("text"), most=2)
    assert few.parse(["a", "b"]) == ("a", "b")
    with pytest.raises(InvalidValue, match="too_many"):
        few.parse(["a", "b", "c"])
    assert few.unbound.longest == 500


@pytest.mark.parametrize(("kind", "ends"), [("money", (0, 10**12 - 1)), ("ratio", (0, 1)), ("number", (None, None))])
def test_money_and_ratios_have_bounds_of_their_own(kind: str, ends: tuple[int | None, int | None]) -> None:
    assert Type(kind).range == ends


WRONG = [None, True, 5, 2.5, "x", [], {}, [None], {"x": 1}, b"x", float("nan"), float("inf"), 10**5000]


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("sent", WRONG, ids=lambda sent: str(type(sent).__name__))
def test_no_json_value_breaks_a_type(kind: str, sent: object) -> None:
    """Null is never a value: who reads a case takes it for not known."""
    try:
        TYPES[kind].parse(sent)
    except InvalidValue:
        return
    assert sent is not None


@pytest.mark.parametrize("kind", ["shares", "moment", "duration", "block"])
def test_what_only_policies_say_no_case_states(kind: str) -> None:
    with pytest.raises(InvalidValue):
        TYPES[kind].parse("merchant")


def test_a_invalid_value_has_the_path_of_the_fault() -> None:
    with pytest.raises(InvalidValue) as reported:
        TYPES["records"].parse([{"colour": "red"}, {"amount": 1.5}])
    assert (reported.value.code, reported.value.at) == ("float_money", (1, "amount"))
    with pytest.raises(InvalidValue) as reported:
        TYPES["records"].parse([{"color": "red"}])
    assert (reported.value.code, reported.value.at, reported.value.expected) == (
        "unknown_key",
        (0, "color"),
        ("colour", "amount"),
    )


def test_a_invalid_value_has_what_was_expected() -> None:
    with pytest.raises(InvalidValue) as reported:
        COLOUR.parse("blue")
    assert reported.value.expected == ("red", "green", "绿")


@given(st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.decimals(), st.binary()))
def test_parsing_is_total(sent: object) -> None:
    for kind in TYPES.values():
        try:
            value = kind.parse(sent)
        except InvalidValue:
            continue
        assert not isinstance(value, float | Decimal)


# ---- order and finiteness


def test_times_and_amounts_have_an_order() -> None:
    ordered = {name for name, kind in TYPES.items() if kind.ordered}
    assert ordered == {"instant", "date", "money", "number", "ratio"}


def test_few_types_can_be_listed() -> None:
    assert TYPES["yes_no"].finite == (True, False)
    assert COLOUR.finite == ("red", "green", "绿")
    assert TYPES["number"].finite == TYPES["list"].finite == ()


# ---- which type may stand for another


@pytest.mark.parametrize(
    ("wanted", "other", "fits"),
    [
        (Type("number"), Type("ratio"), True),
        (Type("ratio"), Type("number", unit="percent"), True),
        (Type("money"), Type("number"), False),
        (Type("instant"), Type("date"), False),
        (COLOUR, Type("one_of", values=("green",)), True),
        (COLOUR, Type("one_of", values=("green", "blue")), False),
        (Type("text"), COLOUR, False),
        (Type("shares", values=("red", "green")), Type("one_of", values=("green",)), True),  # it has the whole
        (Type("shares", values=("red", "green")), Type("one_of", values=("blue",)), False),
        (TYPES["list"], Type("list", item=Type("one_of", values=("red",))), True),
        (TYPES["list"], Type("list", item=Type("text")), False),
        (PART, Type("record", fields={"colour": COLOUR}), False),
        (PART, PART, True),
    ],
)
def test_a_type_takes_what_has_no_value_beside_its_own(wanted: Type, other: Type, fits: bool) -> None:
    assert wanted.takes(other) is fits


# ---- showing


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        ("yes_no", False, False),
        ("instant", 0, "1970-01-01T01:00:00+01:00"),
        ("instant", microseconds(2026, 7, 1, 12), "2026-07-01T14:00:00+02:00"),
        ("date", 1, "0001-01-01"),
        ("money", 2560, 2560),
        ("money", Fraction(5, 2), 3),  # half a cent is rounded up
        ("number", Fraction(1, 8), "0.125"),
        ("number", Fraction(-1, 8), "-0.125"),
        ("number", Fraction(1, 3), "1/3"),
        ("number", Fraction(6, 2), 3),
        ("list", ("red", "绿"), ["red", "绿"]),
        ("list", OpenList(frozenset({"绿", "green"}), frozenset({"red"})), ["green", "绿"]),
        ("record", {"colour": "red", "amount": Fraction(1, 4)}, {"colour": "red", "amount": 0}),
        ("record", {"colour": OPEN}, {"colour": None}),
        ("number", OPEN, None),
        ("number", Interval(1, None), None),
    ],
)
def test_a_value_is_shown_as_json_has_it(kind: str, value: Any, shown: object) -> None:
    assert TYPES[kind].show(value, BERLIN) == shown


def test_the_items_of_a_list_that_grows_are_shown_like_any_other() -> None:
    days = Type("list", item=Type("date"))
    assert days.show(OpenList(frozenset({2, 1}), frozenset()), BERLIN) == ["0001-01-01", "0001-01-02"]


def test_a_decimal_is_shown_to_its_last_digit() -> None:
    number = 123_456_789_012 + Fraction(1, 2**24)
    assert show_decimal(number) == "123456789012.000000059604644775390625"


@given(st.integers(-MAX_INTEGER, MAX_INTEGER), st.integers(0, 12))
def test_a_decimal_that_is_shown_is_read_back(digits: int, places: int) -> None:
    number = Fraction(digits, 10**places)
    assert Fraction(str(show_decimal(number))) == number


@given(st.datetimes(datetime(1900, 1, 2), datetime(2200, 12, 30)))
def test_an_instant_that_is_shown_is_read_back(moment: datetime) -> None:
    kind = TYPES["instant"]
    value = kind.parse(moment.replace(tzinfo=UTC).isoformat())
    assert kind.parse(kind.show(value, BERLIN)) == value


def test_an_instant_after_the_year_9999_is_shown_by_no_clock() -> None:
    last = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    after = (round(last.timestamp()) + 1) * 1_000_000
    assert local(after - 1_000_000, UTC) == last
    with pytest.raises(OverflowError):
        local(after, UTC)
