"""The named functions of derived facts, called as the pack writes them."""

from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from rules.values.calendar import Calendar, read_duration
from rules.values.kind import Type
from rules.values.registry import FUNCTIONS, Context
from rules.values.value import OPEN, Interval, OpenList

SECOND = 1_000_000


def at(text: str) -> int:
    """Return an instant of Chinese time in microseconds."""
    moment = datetime.fromisoformat(f"{text}+08:00") - datetime(1970, 1, 1, tzinfo=UTC)
    return round(moment.total_seconds()) * SECOND


def day(text: str) -> int:
    return date.fromisoformat(text).toordinal()


FESTIVAL = tuple(day(f"2026-02-{number}") for number in (16, 17, 18, 19, 20, 23))
CONTEXT = Context(
    Calendar(ZoneInfo("Asia/Shanghai"), frozenset({2026}), FESTIVAL, (day("2026-02-14"), day("2026-02-28"))),
    line_index=0,
    line_ids=("A", "B"),
)
SIGNED, ASKED = at("2026-08-14T10:00:00"), at("2026-08-14T15:30:00")


def call(name: str, context: Context = CONTEXT, **arguments: Any) -> Any:
    return FUNCTIONS[name].call(context, **arguments)


# ---- time


def test_hours_are_exact() -> None:
    assert call("hours", **{"from": SIGNED, "to": ASKED}) == Fraction(11, 2)
    assert call("hours", **{"from": SIGNED, "to": SIGNED + 1}) == Fraction(1, 3_600_000_000)


def test_the_day_after_signing_is_day_one() -> None:
    assert call("days", **{"from": SIGNED, "to": at("2026-08-14T23:59:59")}) == 0
    assert call("days", **{"from": SIGNED, "to": at("2026-08-15T00:00:00")}) == 1


def test_working_time_skips_the_festival() -> None:
    span = {"from": at("2026-02-13T17:00:00"), "to": at("2026-02-24T10:00:00")}
    assert call("working_hours", **span) == 1 + 9 + 1  # Friday, the make-up Saturday, Tuesday
    assert call("working_days", **span) == 2


def test_the_last_second_of_a_window_is_in_time_and_the_next_is_not() -> None:
    until = call("day_end", after=SIGNED, days=7)
    assert at("2026-08-21T23:59:59") <= until < at("2026-08-22T00:00:00")


def test_a_window_may_end_on_the_day_of_signing() -> None:
    assert call("day_end", after=SIGNED, days=0) + 1 == at("2026-08-15T00:00:00")  # TB-FR-05


def test_a_window_that_moves_ends_after_the_rest_days() -> None:
    signed = at("2026-02-09T10:00:00")
    assert call("day_end", after=signed, days=7, moves=True) + 1 == at("2026-02-25T00:00:00")
    assert call("day_end", after=signed, days=7, moves=False) + 1 == at("2026-02-17T00:00:00")


@pytest.mark.parametrize("days", [Fraction(1, 2), 2**53, -(2**53)])
def test_a_window_of_no_day_there_is_stays_open(days: Fraction | int) -> None:
    assert call("day_end", after=SIGNED, days=days) is OPEN


def test_later_takes_a_duration_or_a_number_with_its_unit() -> None:
    assert call("later", after=SIGNED, within=read_duration("48 hours")) == at("2026-08-16T10:00:00")
    assert call("later", after=SIGNED, within=48, unit="hours") == at("2026-08-16T10:00:00")
    assert call("later", after=SIGNED, within=Fraction(1, 2), unit="hours") == at("2026-08-14T10:30:00")
    assert call("later", after=SIGNED, within=6, unit="months") + 1 == at("2027-02-15T00:00:00")
    assert call("later", after=SIGNED, within=Fraction(1, 2), unit="days") is OPEN
    assert call("later", after=SIGNED, within=48) is OPEN


def test_days_and_instants_turn_into_each_other() -> None:
    assert call("day_of", instant=at("2026-08-14T00:00:00")) == day("2026-08-14")
    assert call("day_of", instant=at("2026-08-14T00:00:00") - 1) == day("2026-08-13")
    assert call("day_start", date=day("2026-08-14")) == at("2026-08-14T00:00:00")


def test_the_latest_and_the_earliest_need_all() -> None:
    assert call("latest", of=(SIGNED, ASKED)) == ASKED
    assert call("earliest", of=(SIGNED, ASKED)) == SIGNED
    assert call("latest", of=(SIGNED, OPEN)) is OPEN


# ---- the calendar's years


@pytest.mark.parametrize(
    ("name", "arguments", "years"),
    [
        ("working_days", {"from": at("2025-12-30T10:00:00"), "to": at("2026-01-05T10:00:00")}, (2025,)),
        ("working_hours", {"from": SIGNED, "to": ASKED}, ()),
        ("day_end", {"after": at("2026-12-30T10:00:00"), "days": 7}, ()),  # counts no working day
        ("day_end", {"after": at("2026-12-30T10:00:00"), "days": 7, "moves": True}, (2027,)),
        ("later", {"after": at("2026-12-30T10:00:00"), "within": read_duration("5 working days")}, (2027,)),
        ("later", {"after": at("2026-12-30T10:00:00"), "within": 9, "unit": "working_hours"}, ()),
        ("later", {"after": at("2026-12-30T10:00:00"), "within": read_duration("7 days")}, ()),
        ("working_days", {"from": OPEN, "to": SIGNED}, ()),
    ],
)
def test_a_result_says_which_years_it_lacked(name: str, arguments: dict[str, Any], years: tuple[int, ...]) -> None:
    result = call(name, **arguments)
    assert FUNCTIONS[name].years_missing(CONTEXT, arguments, result) == years


def test_an_end_that_is_only_supposed_lacks_no_year() -> None:
    arguments = {"after": OPEN, "days": 7, "moves": True}
    assert FUNCTIONS["day_end"].years_missing(CONTEXT, arguments, at("2031-01-05T00:00")) == ()


# ---- facts and lists


def test_the_first_that_is_known_is_taken() -> None:
    assert call("first_known", of=(OPEN, 5, 7)) == 5
    assert call("first_known", of=(False, True)) is False
    assert call("first_known", of=(OPEN, OPEN)) is OPEN


def test_a_member_of_a_set_of_values() -> None:
    assert call("member", fact="phone", **{"in": ("phone", "computer")}) is True
    assert call("member", fact="books", **{"in": ("phone", "computer")}) is False
    assert call("member", fact=OPEN, **{"in": ("phone",)}) is OPEN


GIFTS = (
    {"name": "cup", "marked_fen": 1900, "returned": False},
    {"name": "bag", "marked_fen": 3000, "returned": True},
    {"name": "pen", "marked_fen": 500, "returned": False},
)


def test_items_are_counted_and_added_up() -> None:
    assert call("count", of=GIFTS) == 3
    assert call("count", of=GIFTS, where={"returned": False}) == 2
    assert call("count", of=("a", "b")) == 2
    assert call("tally", items=GIFTS, field="marked_fen") == 5400
    assert call("tally", items=GIFTS, field="marked_fen", where={"returned": False}) == 2400
    assert call("tally", items=(), field="marked_fen") == 0


def test_an_item_that_may_count_leaves_the_count_open() -> None:
    unsure = (*GIFTS, {"name": "hat", "marked_fen": 800})
    assert call("count", of=unsure, where={"returned": False}) is OPEN
    assert call("count", of=unsure, where={"returned": False, "name": "cup"}) == 1  # the hat is no cup
    assert call("tally", items=unsure, field="marked_fen", where={"returned": False}) is OPEN
    assert call("tally", items=({"name": "hat"},), field="marked_fen") is OPEN


PHOTOS = (
    {"kind": "photo", "shows": ("damage", "whole_lot")},
    {"kind": "note"},
    {"kind": "video", "shows": ("waybill",)},
)


def test_what_evidence_shows_may_still_grow() -> None:
    shown = call("gather", items=PHOTOS, field="shows", lacking=("unboxing",))
    assert shown == OpenList(frozenset({"damage", "whole_lot", "waybill"}), frozenset({"unboxing"}))
    assert [shown.includes(item) for item in ("damage", "unboxing", "label")] == [True, False, None]


def test_what_is_shown_is_not_lacking() -> None:
    assert call("gather", items=PHOTOS, field="kind", lacking=("photo",)).includes("photo") is True


def test_nothing_sent_shows_nothing_yet() -> None:
    assert call("gather", items=OPEN, field="shows", lacking=OPEN).includes("damage") is None
    assert call("gather", items=(), field="shows").includes("damage") is None


def test_a_closed_list_is_what_is_shown_so_far() -> None:
    assert call("gather", items=PHOTOS, field="shows", closed=True) == ("damage", "whole_lot", "waybill")
    assert call("gather", items=PHOTOS[:1], field="kind", closed=True) == ("photo",)
    assert call("gather", items=(), field="shows", closed=True) == ()
    assert call("gather", items=OPEN, field="shows", closed=True) is OPEN


# ---- money and lines


def test_a_ratio_is_exact_and_open_where_there_is_nothing_to_divide_by() -> None:
    assert call("ratio", of=1, **{"in": 3}) == Fraction(1, 3)
    assert call("ratio", of=1, **{"in": 0}) is OPEN


def test_what_remains_is_never_below_zero() -> None:
    assert call("remaining", of=10000, less=(2500, 500)) == 7000
    assert call("remaining", of=10000, less=(9000, 2000)) == 0
    assert call("remaining", of=10000, less=(OPEN,)) is OPEN


def test_the_total_needs_every_line() -> None:
    assert call("total", of=(9600, 8000, 6400)) == 24000
    assert call("total", of=(9600, OPEN)) is OPEN
    assert call("total", of=()) is OPEN


def test_the_greatest_needs_every_line() -> None:
    assert call("greatest", of=(SIGNED, ASKED)) == max(SIGNED, ASKED)
    assert call("greatest", of=(SIGNED, OPEN)) is OPEN
    assert call("greatest", of=()) is OPEN


COUPONS = ({"amount_fen": 2000, "funder": "merchant"}, {"amount_fen": 3000, "funder": "platform"})
S13: dict[str, Any] = {"paid": (OPEN, OPEN), "price": (20000, 10000), "quantity": (1, 1), "discounts": COUPONS}


def test_coupons_are_allocated_as_in_s13() -> None:
    assert call("allocated", **S13) == 16667
    assert call("allocated", Context(CONTEXT.calendar, 1, ("A", "B")), **S13) == 8333


def test_an_allocation_needs_a_line_and_what_it_costs() -> None:
    assert call("allocated", Context(CONTEXT.calendar), **S13) is OPEN
    assert call("allocated", **{**S13, "discounts": OPEN}) is OPEN
    assert call("allocated", **{**S13, "quantity": (1, OPEN)}) is OPEN
    assert call("allocated", **{**S13, "paid": (9900, OPEN), "discounts": OPEN}) == 9900
    assert call("allocated", **{**S13, "discounts": ({"amount_fen": 1000, "lines": ("B",)},)}) == 20000


FUNDED: dict[str, Any] = {"by": "platform", "price": (20000, 10000), "quantity": (1, 1), "discounts": COUPONS}


def test_what_a_party_paid_by_its_discounts() -> None:
    assert call("funded", **FUNDED) == 2000
    assert call("funded", **{**FUNDED, "by": "merchant"}) == 1333
    assert call("funded", **{**FUNDED, "discounts": OPEN}) == 0  # none is listed
    assert call("funded", Context(CONTEXT.calendar), **FUNDED) is OPEN
    assert call("funded", Context(CONTEXT.calendar), **{**FUNDED, "discounts": COUPONS[:1]}) == 0


S12: dict[str, Any] = {
    "price": (8000, 12000, 10000),
    "quantity": (1, 1, 1),
    "paid": (OPEN, OPEN, OPEN),
    "discounts": ({"amount_fen": 6000},),
    "threshold": 30000,
    "refunded": 0,
}
BOOKS = Context(CONTEXT.calendar, 0, ("80", "120", "100"))


def test_a_bundle_is_recalculated_as_in_s12() -> None:
    assert call("recalculated", BOOKS, **S12) == 2000
    assert call("recalculated", BOOKS, **{**S12, "threshold": 22000}) == 6400
    assert call("recalculated", BOOKS, **{**S12, "discounts": OPEN, "paid_total": 24000}) == 2000
    assert call("recalculated", BOOKS, **{**S12, "refunded": 1500}) == 500


def test_a_bundle_needs_what_was_paid_and_which_line() -> None:
    assert call("recalculated", BOOKS, **{**S12, "discounts": OPEN}) is OPEN
    assert call("recalculated", Context(CONTEXT.calendar), **S12) is OPEN
    assert call("recalculated", BOOKS, **{**S12, "threshold": OPEN}) is OPEN
    assert call("recalculated", BOOKS, **S12, returned=-1) is OPEN


def test_pieces_that_go_back_one_by_one_come_to_the_whole_line() -> None:
    steps = [call("pieces", units=1, of=10_000, before=gone, **{"in": 3}) for gone in (0, 1, 2)]
    assert steps == [3_333, 3_334, 3_333]
    assert call("pieces", units=3, of=10_000, **{"in": 3}) == 10_000
    assert call("pieces", units=2, of=10_000, before=2, **{"in": 3}) == 3_333  # no more than there were
    assert call("pieces", units=OPEN, of=10_000, **{"in": 3}) is OPEN


def test_part_of_a_line_may_go_back() -> None:
    one_line: dict[str, Any] = {"price": (10000,), "quantity": (3,), "paid": (27000,), "threshold": 0, "refunded": 0}
    assert call("recalculated", Context(CONTEXT.calendar, 0, ("A",)), **one_line, returned=2) == 18000


# ---- all functions

SAMPLES: dict[str, dict[str, Any]] = {
    "hours": {"from": SIGNED, "to": ASKED},
    "days": {"from": SIGNED, "to": ASKED},
    "working_hours": {"from": SIGNED, "to": ASKED},
    "working_days": {"from": SIGNED, "to": ASKED},
    "day_of": {"instant": SIGNED},
    "day_start": {"date": day("2026-08-14")},
    "day_end": {"after": SIGNED, "days": 7},
    "pieces": {"units": 1, "in": 3, "of": 10_000},
    "later": {"after": SIGNED, "within": 7, "unit": "days"},
    "latest": {"of": (SIGNED, ASKED)},
    "earliest": {"of": (SIGNED, ASKED)},
    "first_known": {"of": (1, 2)},
    "member": {"fact": 1, "in": (1, 2)},
    "count": {"of": GIFTS},
    "tally": {"items": GIFTS, "field": "marked_fen"},
    "gather": {"items": PHOTOS, "field": "shows"},
    "ratio": {"of": 1, "in": 2},
    "remaining": {"of": 2, "less": (1,)},
    "total": {"of": (1, 2)},
    "greatest": {"of": (1, 2)},
    "allocated": S13,
    "funded": FUNDED,
    "recalculated": S12,
}
REQUIRED = [(name, parameter) for name, function in FUNCTIONS.items() for parameter in function.required]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_works_on_its_sample_and_says_what_it_gives(name: str) -> None:
    assert call(name, Context(CONTEXT.calendar, 0), **SAMPLES[name]) is not OPEN
    assert FUNCTIONS[name].summary
    assert FUNCTIONS[name].first in SAMPLES[name]


@pytest.mark.parametrize(("name", "parameter"), REQUIRED)
@pytest.mark.parametrize("unknown", [OPEN, Interval(1, 5)])
def test_what_is_not_known_leaves_the_fact_open(name: str, parameter: str, unknown: Any) -> None:
    spec = FUNCTIONS[name].parameters[parameter]
    if not (spec.takes_open or spec.literal):
        given = (unknown,) if spec.many or spec.column else unknown
        assert call(name, **{**SAMPLES[name], parameter: given}) is OPEN


def test_a_list_that_may_grow_cannot_be_counted() -> None:
    assert call("count", of=OpenList(frozenset({"damage"}), frozenset())) is OPEN


MONEY, NUMBER, INSTANT, DATE = (Type(kind) for kind in ("money", "number", "instant", "date"))


@pytest.mark.parametrize(
    ("name", "types", "result"),
    [
        ("hours", {"from": (INSTANT,), "to": (INSTANT,)}, NUMBER),
        ("latest", {"of": (DATE, DATE)}, DATE),
        ("latest", {"of": (DATE, INSTANT)}, None),
        ("first_known", {"of": (MONEY, MONEY)}, MONEY),
        ("first_known", {"of": (MONEY, NUMBER)}, None),
        ("ratio", {"of": (MONEY,), "in": (MONEY,)}, Type("ratio")),
        ("ratio", {"of": (MONEY,), "in": (NUMBER,)}, None),
        ("ratio", {"of": (Type("ratio"),), "in": (NUMBER,)}, Type("ratio")),
        ("remaining", {"of": (MONEY,), "less": (MONEY, NUMBER)}, None),
        ("remaining", {"of": (MONEY,), "less": (MONEY,)}, MONEY),
        ("total", {"of": (MONEY,)}, MONEY),
        ("greatest", {"of": (INSTANT,)}, INSTANT),
        ("gather", {"items": (Type("list"),), "field": (Type("text"),)}, Type("list", item=Type("text"))),
        ("gather", {"items": (Type("list"),), "field": (Type("list", item=NUMBER),)}, Type("list", item=NUMBER)),
        ("tally", {"items": (Type("list"),), "field": (MONEY,)}, MONEY),
        ("tally", {"items": (Type("list"),), "field": (Type("text"),)}, None),
        ("tally", {"items": (Type("list"),)}, None),
        ("member", {"fact": (Type("text"),)}, Type("yes_no")),
        ("allocated", {}, MONEY),
    ],
)
def test_the_type_of_a_result_follows_from_the_arguments(
    name: str, types: dict[str, tuple[Type, ...]], result: Type | None
) -> None:
    assert FUNCTIONS[name].result(types) == result
