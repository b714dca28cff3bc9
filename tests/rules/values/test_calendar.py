"""Windows, working days and working hours, in Chinese time and where clocks change."""

from datetime import date, datetime
from fractions import Fraction
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.text.reader import Reader
from rules.text.yaml_parser import read_yaml
from rules.values.calendar import Calendar, Duration, read_calendar, read_duration
from tests.support.places import CN

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")
CALENDAR_CN = CN / "calendar.yaml"
SECOND = 1_000_000
HOUR = 3600 * SECOND


def instant(text: str, zone: ZoneInfo = SHANGHAI) -> int:
    """Return the instant that the wall clock of a zone shows, in microseconds."""
    return round(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp()) * SECOND


def day(text: str) -> int:
    return date.fromisoformat(text).toordinal()


def parsed(text: str, zone: ZoneInfo = SHANGHAI) -> tuple[Calendar, list[str]]:
    (node,), problems = read_yaml(text.encode(), "calendar.yaml")
    reader = Reader(problems)
    calendar = read_calendar(node, reader, zone)
    return calendar, [str(problem) for problem in reader.problems]


@cache
def calendar_of_china() -> Calendar:
    calendar, problems = parsed(CALENDAR_CN.read_text(encoding="utf-8"))
    assert problems == []
    return calendar


@pytest.fixture
def china() -> Calendar:
    return calendar_of_china()


PLAIN = Calendar(SHANGHAI)
INSTANTS = st.integers(instant("2014-01-01T00:00"), instant("2026-12-31T00:00"))
MINUTES = st.integers(0, 100_000)
ZONES = st.sampled_from([PLAIN, Calendar(BERLIN), Calendar(ZoneInfo("America/New_York"))])


# ---- days and the ends of windows


def test_the_seventh_day_ends_at_24_00_as_in_s03() -> None:
    end = PLAIN.day_end(instant("2026-11-10T11:00:00"), 7)  # signed on the 10th: day 1 is the 11th
    assert instant("2026-11-17T23:59:59") <= end  # the last second is in time
    assert instant("2026-11-17T23:59:59") + SECOND > end  # one second later is not


def test_the_hour_of_signing_does_not_matter() -> None:
    ends = {PLAIN.day_end(instant(f"2026-11-10T{hour}"), 7) for hour in ("00:00:00", "11:00:00", "23:59:59")}
    assert len(ends) == 1


def test_day_thirty_of_price_protection_as_in_s05() -> None:
    assert PLAIN.day_end(instant("2026-11-01T12:00:00"), 30) + 1 == instant("2026-12-02T00:00:00")


def test_day_zero_is_the_day_itself() -> None:
    assert PLAIN.day_end(instant("2026-11-10T11:00:00"), 0) + 1 == instant("2026-11-11T00:00:00")


def test_a_day_is_one_of_the_zone() -> None:
    late = instant("2026-11-10T23:30:00", ZoneInfo("UTC"))
    assert PLAIN.day_of(late) == day("2026-11-11")
    assert Calendar(BERLIN).day_of(late) == day("2026-11-11")
    assert Calendar(ZoneInfo("America/New_York")).day_of(late) == day("2026-11-10")


@pytest.mark.parametrize(
    ("zone", "of", "hours"),
    [
        (BERLIN, "2026-03-29", 23),
        (BERLIN, "2026-10-25", 25),
        (BERLIN, "2026-07-01", 24),
        (SHANGHAI, "1986-05-04", 23),  # Shanghai had summer time from 1986 to 1991
        (SHANGHAI, "2026-03-29", 24),
    ],
)
def test_days_last_as_long_as_the_clock_says(zone: ZoneInfo, of: str, hours: int) -> None:
    calendar = Calendar(zone)
    assert calendar.day_start(day(of) + 1) - calendar.day_start(day(of)) == hours * HOUR


def test_a_window_ends_at_24_00_although_clocks_changed_in_it() -> None:
    calendar = Calendar(BERLIN)
    end = calendar.day_end(instant("2026-03-25T10:00:00", BERLIN), 14)
    assert end + 1 == instant("2026-04-09T00:00:00", BERLIN)


def test_an_end_that_moves_goes_on_to_the_next_working_day(china: Calendar) -> None:
    signed = instant("2026-02-09T10:00:00")  # day 7 is 16 February, in the Spring Festival
    assert china.day_end(signed, 7) + 1 == instant("2026-02-17T00:00:00")
    assert china.day_end(signed, 7, moves=True) + 1 == instant("2026-02-25T00:00:00")  # the 24th is worked


def test_an_end_on_a_working_day_stays(china: Calendar) -> None:
    signed = instant("2026-02-07T10:00:00")  # day 7 is Saturday 14 February, a make-up working day
    assert china.day_end(signed, 7, moves=True) == china.day_end(signed, 7)


# ---- working days


@pytest.mark.parametrize("off", [f"2026-02-{number}" for number in range(15, 24)])
def test_the_spring_festival_of_2026_is_off(china: Calendar, off: str) -> None:
    assert not china.is_working(day(off))


@pytest.mark.parametrize("on", ["2026-02-14", "2026-02-28", "2026-10-10", "2026-02-24", "2025-01-26", "2024-02-18"])
def test_make_up_saturdays_and_sundays_are_worked(china: Calendar, on: str) -> None:
    assert china.is_working(day(on))


@pytest.mark.parametrize(
    ("of", "worked"),
    [("2019-10-07", False), ("2019-10-08", True), ("2020-01-31", False), ("2015-09-03", False), ("2026-11-14", False)],
)
def test_holidays_of_other_years(china: Calendar, of: str, worked: bool) -> None:
    assert china.is_working(day(of)) is worked


def test_the_calendar_says_which_years_it_knows(china: Calendar) -> None:
    assert china.covers(day("2014-01-01"))
    assert china.covers(day("2026-12-31"))
    assert not china.covers(day("2027-01-01"))
    assert china.uncovered(instant("2026-12-30T00:00"), instant("2028-01-01T00:00")) == (2027, 2028)
    assert china.uncovered(instant("2026-01-01T00:00"), instant("2026-12-31T23:59")) == ()


def test_without_a_calendar_weekends_are_off() -> None:
    week = [PLAIN.is_working(number) for number in range(day("2026-02-16"), day("2026-02-23"))]
    assert week == [True] * 5 + [False] * 2
    assert not PLAIN.covers(day("2026-02-16"))


def test_working_days_over_the_spring_festival(china: Calendar) -> None:
    friday, tuesday = instant("2026-02-13T10:00:00"), instant("2026-02-24T09:00:00")
    assert china.working_days_between(friday, tuesday) == 2  # Saturday the 14th and Tuesday the 24th
    assert china.working_days_between(tuesday, friday) == -2
    assert china.add_working_days(friday, 2) + 1 == instant("2026-02-25T00:00:00")


def test_seven_working_days_over_an_ordinary_weekend(china: Calendar) -> None:
    assert china.add_working_days(instant("2026-11-02T08:00:00"), 7) + 1 == instant("2026-11-12T00:00:00")


@given(INSTANTS, st.integers(0, 400), ZONES)
def test_adding_working_days_agrees_with_counting_them(start: int, days: int, calendar: Calendar) -> None:
    assert calendar.working_days_between(start, calendar.add_working_days(start, days)) == days


@given(st.integers(day("2014-01-01"), day("2026-12-31")), st.integers(0, 60))
def test_counting_days_one_by_one_gives_the_same(start: int, days: int) -> None:
    china = calendar_of_china()
    worked = sum(china.is_working(number) for number in range(start + 1, start + days + 1))
    assert china.working_days_between(china.day_start(start), china.day_start(start + days)) == worked


# ---- working hours


def test_the_working_clock_stops_at_night_and_over_the_weekend() -> None:
    friday = instant("2026-11-13T16:00:00")
    assert PLAIN.add_working_hours(friday, 4) == instant("2026-11-16T11:00:00")  # 2 h on Friday, 2 h on Monday
    assert PLAIN.working_hours_between(friday, instant("2026-11-16T11:00:00")) == 4


def test_working_hours_over_the_spring_festival(china: Calendar) -> None:
    asked = instant("2026-02-13T20:00:00")  # after hours; Saturday the 14th is worked
    assert china.add_working_hours(asked, 9) == instant("2026-02-14T18:00:00")
    assert china.add_working_hours(asked, 10) == instant("2026-02-24T10:00:00")


def test_service_hours_run_every_day(china: Calendar) -> None:
    asked = instant("2026-02-16T16:00:00")
    assert china.add_service_hours(asked, 4) == instant("2026-02-17T11:00:00")  # JD-01: 09:00-18:00, every day
    assert china.service_hours_between(asked, instant("2026-02-17T11:00:00")) == 4
    assert china.working_hours_between(asked, instant("2026-02-17T11:00:00")) == 0


def test_minutes_count() -> None:
    start, end = instant("2026-11-13T09:10:00"), instant("2026-11-13T09:30:00")
    assert PLAIN.working_hours_between(start, end) * 60 == 20


@given(INSTANTS, MINUTES, ZONES)
def test_adding_working_hours_agrees_with_counting_them(start: int, minutes: int, calendar: Calendar) -> None:
    hours = Fraction(minutes, 60)
    assert calendar.working_hours_between(start, calendar.add_working_hours(start, hours)) == hours
    assert calendar.service_hours_between(start, calendar.add_service_hours(start, hours)) == hours


@given(INSTANTS, st.integers(0, 10**15), st.integers(0, 10**15), ZONES)
def test_working_time_adds_up(start: int, first: int, second: int, calendar: Calendar) -> None:
    between = calendar.working_hours_between
    middle, end = start + first, start + first + second
    assert between(start, middle) + between(middle, end) == between(start, end)
    assert between(start, middle) >= 0


# ---- durations


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("24 hours", Duration(24, "hours")),
        ("1 hour", Duration(1, "hours")),
        ("30 minutes", Duration(30, "minutes")),
        ("7 days", Duration(7, "days")),
        ("4 working hours", Duration(4, "working_hours")),
        ("5 working days", Duration(5, "working_days")),
        ("4 service hours", Duration(4, "service_hours")),
        ("6 months", Duration(6, "months")),
        ("1 year", Duration(1, "years")),
    ],
)
def test_durations_are_read_and_shown(text: str, duration: Duration) -> None:
    assert read_duration(text) == duration
    assert str(duration) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "7",
        "7days",
        "seven days",
        "1.5 hours",
        "-1 days",
        "7 dayss",
        "7 weeks",
        "7 working months",
        "999999 days",
        "٧ days",
    ],
)
def test_what_is_no_duration_is_not_read(text: str) -> None:
    assert read_duration(text) is None


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("48 hours", "2026-08-16T10:00:00"),
        ("30 minutes", "2026-08-14T10:30:00"),
        ("7 days", "2026-08-22T00:00:00"),
        ("1 working day", "2026-08-18T00:00:00"),  # the 14th is a Friday
        ("9 working hours", "2026-08-17T10:00:00"),
        ("9 service hours", "2026-08-15T10:00:00"),
        ("6 months", "2027-02-15T00:00:00"),
        ("2 years", "2028-08-15T00:00:00"),
    ],
)
def test_every_duration_has_its_end(text: str, end: str) -> None:
    duration = read_duration(text)
    assert duration is not None
    ended = PLAIN.add(instant("2026-08-14T10:00:00"), duration)
    assert ended + (0 if duration.unit in ("hours", "minutes", "working_hours", "service_hours") else 1) == instant(end)


@pytest.mark.parametrize(
    ("start", "months", "last"),
    [
        ("2026-08-31", 6, "2027-02-28"),
        ("2027-08-31", 6, "2028-02-29"),
        ("2026-12-31", 12, "2027-12-31"),
        ("2026-11-30", 1, "2026-12-30"),
    ],
)
def test_a_month_without_the_day_ends_with_its_last(start: str, months: int, last: str) -> None:
    end = PLAIN.add(instant(f"{start}T10:00:00"), Duration(months, "months"))
    assert PLAIN.day_of(end) == day(last)
    assert PLAIN.day_of(end + 1) == day(last) + 1


def test_hours_pass_by_the_clock_where_it_changes() -> None:
    before = instant("2026-03-28T12:00:00", BERLIN)
    assert Calendar(BERLIN).add(before, Duration(24, "hours")) == instant("2026-03-29T13:00:00", BERLIN)


@pytest.mark.parametrize("unit", ["days", "months", "years", "working_days"])
def test_an_end_beyond_the_last_year_overflows(unit: str) -> None:
    with pytest.raises(OverflowError):
        PLAIN.add(instant("2026-08-14T10:00:00"), Duration(10**8, unit))


# ---- calendar.yaml


def test_hours_of_work_are_those_of_the_file() -> None:
    calendar, problems = parsed("working_hours: {from: '08:00', until: '24:00'}")
    assert problems == []
    assert calendar.service_hours_between(instant("2026-08-14T00:00"), instant("2026-08-15T00:00")) == 16


def test_a_pack_without_a_calendar_has_plain_weeks() -> None:
    assert read_calendar(None, Reader(), SHANGHAI) == PLAIN


@pytest.mark.parametrize(
    ("text", "reported"),
    [
        ("working_hours: {from: '18:00', until: '09:00'}", "1:39: R312 working hours end before they begin"),
        ("working_hours: {from: '9:00', until: '18:00'}", "1:23: R312 '9:00' is not a time of day"),
        ("working_hours: {from: [9], until: '18:00'}", "1:23: R107 text is expected here"),
        ("years: {26: {holidays: []}}", "1:9: R312 '26' is not a year"),
        ("years: {2026: {holidays: [2026-02-30]}}", "1:27: R312 '2026-02-30' is not a day"),
        ("years: {2026: {holidays: [2025-12-31]}}", "1:27: R312 2025-12-31 is listed under 2026"),
        ("years: {2026: {holidays: [2026-01-01, 2026-01-01]}}", "1:39: R312 2026-01-01 is listed twice in 2026"),
        ("years: {2026: {holidays: [2026-01-04], working: [2026-01-04]}}", "1:50: R312 2026-01-04 is listed twice"),
    ],
)
def test_faults_of_the_file_are_reported_with_their_place(text: str, reported: str) -> None:
    _, problems = parsed(text)
    assert len(problems) == 1
    assert problems[0].startswith(f"calendar.yaml:{reported}")


def test_all_faults_are_reported_at_once() -> None:
    _, problems = parsed("working_hours: {from: '25:00', until: '18:00'}\nyears: {2026: {holidays: [x, y], off: []}}")
    assert len(problems) == 4
