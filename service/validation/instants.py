"""Parse the ends of a period: an instant, or a day, which is included as a whole."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

WANTED_DAY: Final = "2026-08-14"
WANTED: Final = f"{WANTED_DAY}, 2026-08-14T15:00:00+08:00"
_FIRST: Final = datetime(1000, 1, 2, tzinfo=UTC)
_LAST: Final = datetime(9999, 12, 30, tzinfo=UTC)
_DAY: Final = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")


def day(text: str) -> date:
    """Return a day. Raises ValueError."""
    try:
        return date.fromisoformat(text if _DAY.fullmatch(text) else "")
    except ValueError:
        raise ValueError(WANTED_DAY) from None


def since(text: str, zone: ZoneInfo) -> datetime:
    """Return the first instant of a period. Raises ValueError."""
    return _instant(text) or begin(_day(text), zone)


def until(text: str, zone: ZoneInfo) -> datetime:
    """Return the instant at which a period ends, exclusive. Raises ValueError."""
    return _instant(text) or end(_day(text), zone)


def begin(day: date, zone: ZoneInfo) -> datetime:
    """Return the instant at which a day begins."""
    return _bounded(datetime.combine(day, time(), zone))


def end(day: date, zone: ZoneInfo) -> datetime:
    """Return the instant at which a day ends."""
    return begin(day + timedelta(days=1), zone) if day < date.max else _LAST


def _instant(text: str) -> datetime | None:
    """Parse an instant; an unescaped plus of its offset arrives as a blank in a URL."""
    if "T" not in text or not text.isascii():
        return None
    try:
        moment = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        return None
    return None if moment.tzinfo is None else _bounded(moment)


def _bounded(moment: datetime) -> datetime:
    """Keep an instant far enough from the ends of the calendar to be valid in every time zone."""
    return min(max(moment, _FIRST), _LAST)


def _day(text: str) -> date:
    try:
        return day(text)
    except ValueError:
        raise ValueError(WANTED) from None
