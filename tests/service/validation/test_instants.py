from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from service.validation import instants

SHANGHAI = ZoneInfo("Asia/Shanghai")


def test_an_instant_is_itself() -> None:
    for read in (instants.since, instants.until):
        assert read("2026-08-14T15:00:00+08:00", SHANGHAI).isoformat() == "2026-08-14T15:00:00+08:00"
        assert read("2026-08-14T07:00:00Z", SHANGHAI).isoformat() == "2026-08-14T07:00:00+00:00"


def test_a_plus_that_the_address_does_not_escape_is_still_one() -> None:
    assert instants.since("2026-08-14T15:00:00 08:00", SHANGHAI).isoformat() == "2026-08-14T15:00:00+08:00"


def test_a_day_belongs_to_the_time_whole_in_its_own_zone() -> None:
    assert instants.since("2026-08-14", SHANGHAI).isoformat() == "2026-08-14T00:00:00+08:00"
    assert instants.until("2026-08-14", SHANGHAI).isoformat() == "2026-08-15T00:00:00+08:00"


@pytest.mark.parametrize("text", ["0001-01-01", "9999-12-31", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])
def test_the_ends_of_the_calendar_have_their_place_in_every_time_zone(text: str) -> None:
    for read in (instants.since, instants.until):
        assert read(text, SHANGHAI).astimezone(ZoneInfo("America/Los_Angeles"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "2026-08-14T15:00:00",
        "2026-02-30",
        "20260814",
        "2026-W33-5",
        "2026-08-14T25:00:00Z",
        "２０２６-08-14",
    ],
)
def test_what_is_no_moment_is_refused_with_what_would_be(text: str) -> None:
    for read in (instants.since, instants.until):
        with pytest.raises(ValueError, match="2026-08-14"):
            read(text, SHANGHAI)


def test_a_day_alone_is_a_day() -> None:
    assert instants.day("2026-08-14") == date(2026, 8, 14)
    with pytest.raises(ValueError, match=r"^2026-08-14$"):
        instants.day("2026-08-14T15:00:00Z")
