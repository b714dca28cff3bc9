from __future__ import annotations

from datetime import date

import pytest

from service.reports.period import Period

AUGUST = Period(date(2026, 8, 1), date(2026, 8, 31))


@pytest.mark.parametrize(
    ("group", "key"), [(None, ""), ("day", "2027-01-01"), ("week", "2026-W53"), ("month", "2027-01")]
)
def test_a_day_is_counted_under_its_part_of_the_period(group: str | None, key: str) -> None:
    assert Period(date(2026, 1, 1), date(2027, 12, 31), group).key("2027-01-01") == key


def test_the_period_before_is_as_long_and_ends_right_before() -> None:
    assert AUGUST.before() == Period(date(2026, 7, 1), date(2026, 7, 31))
    assert Period(date(2026, 8, 10), date(2026, 8, 10)).before() == Period(date(2026, 8, 9), date(2026, 8, 9))


def test_there_is_nothing_before_the_first_day_of_all() -> None:
    assert Period(date(1, 1, 1), date(1, 1, 7)).before().first == date(1, 1, 1)
