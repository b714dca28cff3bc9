"""Count days, working days and working hours in one time zone, and compute the legal ends of periods.

An instant is microseconds since 1970 UTC, a day its number (`date.toordinal`). A period of days, months or years
starts on the day after and ends at 24:00 of its last day. That end is represented by its last instant,
23:59:59.999999, so that `at_most` means "in time". Days follow the zone: they last 23 or 25 hours where clocks change.
Instants outside the years 1 to 9999 raise OverflowError.

The zone is a ZoneInfo that the caller made: it reads the time zone data of the system, or of the package tzdata.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from typing import Final
from zoneinfo import ZoneInfo

from rules.text.nodes import Node, Sequence
from rules.text.reader import Reader
from rules.values.json_values import local
from rules.values.value import Exact

UNITS: Final = (
    "minutes", "hours", "days", "months", "years", "working_hours", "working_days", "service_hours",
)  # fmt: skip
WORKING: Final = frozenset({"working_hours", "working_days"})

_MICROSECOND = timedelta(microseconds=1)
_MINUTE: Final = 60_000_000
HOUR: Final = 60 * _MINUTE
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MIDNIGHT = time()
_LAST_DAY: Final = date.max.toordinal()
_DURATION = re.compile(r"(\d{1,5}) ((?:working |service )?[a-z]+?)s?", re.ASCII)
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)|(24):(00)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Duration:
    """A duration as policies write it: '48 hours', '7 days', '4 working hours'."""

    count: int
    unit: str

    def __str__(self) -> str:
        unit = self.unit.replace("_", " ")
        return f"{self.count} {unit[:-1] if self.count == 1 else unit}"


def read_duration(text: str) -> Duration | None:
    """Parse a duration, or return None where the text is none."""
    found = _DURATION.fullmatch(text)
    unit = found[2].replace(" ", "_") + "s" if found else ""
    return Duration(int(found[1]), unit) if found and unit in UNITS else None


@dataclass(frozen=True, slots=True)
class Calendar:
    """Holidays, make-up working days and working hours of a time zone; outside its years only weekends are off.

    `holidays` are weekdays that are off, `make_up` the Saturdays and Sundays that are worked, each sorted. Working
    hours run from `opens` to `closes`, microseconds after 00:00 by the clock on the wall.
    """

    zone: ZoneInfo
    years: frozenset[int] = frozenset()
    holidays: tuple[int, ...] = ()
    make_up: tuple[int, ...] = ()
    opens: int = 9 * HOUR
    closes: int = 18 * HOUR

    def covers(self, day: int) -> bool:
        """Return whether the holidays of the day's year are listed."""
        return date.fromordinal(day).year in self.years

    def uncovered(self, start: int, end: int) -> tuple[int, ...]:
        """Return the years between two instants whose holidays are not listed."""
        first, last = self._local(start).year, self._local(end).year
        return tuple(year for year in range(first, last + 1) if year not in self.years)

    def day_of(self, moment: int) -> int:
        """Return the day on which an instant falls in this zone."""
        return self._local(moment).toordinal()

    def day_start(self, day: int) -> int:
        """Return the first instant of a day."""
        return self._at(day, 0)

    def day_end(self, after: int, days: int, *, moves: bool = False) -> int:
        """Return the end of the n-th day, where day 1 is the day after; with `moves`, of the next working day."""
        return self._end(self.day_of(after) + days, moves=moves)

    def is_working(self, day: int) -> bool:
        """Return whether a day is a working day: no weekend and no holiday, or a make-up working day."""
        return self._worked_through(day) > self._worked_through(day - 1)

    def working_days_between(self, start: int, end: int) -> int:
        """Count the working days after the day of one instant, up to and with the day of another."""
        return self._worked_through(self.day_of(end)) - self._worked_through(self.day_of(start))

    def add_working_days(self, after: int, days: int) -> int:
        """Return the end of the n-th working day after the day of an instant."""
        if days == 0:
            return self.day_end(after, 0)
        return self._end(self._working_day(self._worked_through(self.day_of(after)) + days))

    def working_hours_between(self, start: int, end: int) -> Fraction:
        """Return the working hours between two instants; a full working day counts as on the wall clock."""
        return Fraction(self._time_worked(end) - self._time_worked(start), HOUR)

    def add_working_hours(self, after: int, hours: Exact) -> int:
        """Return the first instant after so many working hours."""
        return self._worked_until(after, hours) if hours else after

    def service_hours_between(self, start: int, end: int) -> Fraction:
        """Return the hours between two instants within working hours of all days, weekends and holidays too."""
        return Fraction(self._time_worked(end, every_day=True) - self._time_worked(start, every_day=True), HOUR)

    def add_service_hours(self, after: int, hours: Exact) -> int:
        """Return the first instant after so many service hours."""
        return self._worked_until(after, hours, every_day=True) if hours else after

    def add(self, after: int, duration: Duration) -> int:
        """Return the end of a duration: minutes and hours are exact, other units end with their last day."""
        count = duration.count
        match duration.unit:
            case "minutes":
                return after + count * _MINUTE
            case "hours":
                return after + count * HOUR
            case "days":
                return self.day_end(after, count)
            case "working_hours":
                return self.add_working_hours(after, count)
            case "working_days":
                return self.add_working_days(after, count)
            case "service_hours":
                return self.add_service_hours(after, count)
            case _:
                return self._end(_months_on(self.day_of(after), count * (12 if duration.unit == "years" else 1)))

    def _local(self, moment: int) -> datetime:
        return local(moment, self.zone)

    def _at(self, day: int, clock: int) -> int:
        """Return the instant of a wall clock time, in microseconds after 00:00 of a day."""
        days, rest = divmod(clock, 24 * HOUR)
        if not 1 <= day + days <= _LAST_DAY:
            raise OverflowError("the day lies outside the years 1 to 9999")
        shown = datetime.combine(date.fromordinal(day + days), _MIDNIGHT, self.zone)
        if rest:
            shown += timedelta(microseconds=rest)  # within one zone, that is so much later on the wall
        return (shown - _EPOCH) // _MICROSECOND

    def _end(self, day: int, *, moves: bool = False) -> int:
        while moves and not self.is_working(day):
            day += 1
        return self._at(day, 24 * HOUR) - 1

    def _worked_through(self, day: int) -> int:
        """Count the working days from day 1, a Monday, to this day, both included."""
        weeks, rest = divmod(day, 7)
        weekdays = 5 * weeks + min(rest, 5)
        return weekdays - bisect_right(self.holidays, day) + bisect_right(self.make_up, day)

    def _working_day(self, number: int) -> int:
        """Return the day that is the n-th working day from day 1."""
        return bisect_left(range(_LAST_DAY + 1), number, key=self._worked_through)

    def _time_worked(self, moment: int, *, every_day: bool = False) -> int:
        """Return the working time from day 1 to an instant in microseconds."""
        day = self.day_of(moment)
        shift = self.closes - self.opens
        before = day - 1 if every_day else self._worked_through(day - 1)
        today = min(max(moment - self._at(day, self.opens), 0), shift) if every_day or self.is_working(day) else 0
        return before * shift + today

    def _worked_until(self, after: int, hours: Exact, *, every_day: bool = False) -> int:
        shift = self.closes - self.opens
        target = self._time_worked(after, every_day=every_day) + int(hours * HOUR)
        full = (target - 1) // shift
        day = full + 1 if every_day else self._working_day(full + 1)
        return self._at(day, self.opens) + target - full * shift


def _months_on(day: int, months: int) -> int:
    """Return the same day of a later month, or that month's last day where it has no such day."""
    start = date.fromordinal(day)
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    if not 1 <= year < 9999:
        raise OverflowError("the month lies outside the years 1 to 9999")
    following = date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1).toordinal()
    return min(date(year, month + 1, 1).toordinal() + start.day, following) - 1


# ---- calendar.yaml


def read_calendar(node: Node | None, reader: Reader, zone: ZoneInfo) -> Calendar:
    """Read calendar.yaml; a pack without one works Monday to Friday, 09:00 to 18:00."""
    if node is None:
        return Calendar(zone)
    parts = reader.mapping(node, ("working_hours", "years"))
    opens, closes = _read_hours(parts.get("working_hours"), reader)
    years = _read_years(parts.get("years"), reader)
    off = {day for holidays, _ in years.values() for day in holidays}
    on = {day for _, working in years.values() for day in working}
    return Calendar(
        zone=zone,
        years=frozenset(years),
        holidays=tuple(sorted(day for day in off if not _weekend(day))),
        make_up=tuple(sorted(day for day in on if _weekend(day))),
        opens=opens,
        closes=closes,
    )


def _weekend(day: int) -> bool:
    return date.fromordinal(day).weekday() >= 5


def _read_hours(node: Node | None, reader: Reader) -> tuple[int, int]:
    usual = (9 * HOUR, 18 * HOUR)
    if node is None:
        return usual
    parts = reader.mapping(node, ("from", "until"), ("from", "until"))
    opens, closes = (_read_clock(parts[key], reader) if key in parts else None for key in ("from", "until"))
    if opens is None or closes is None:
        return usual
    if opens >= closes:
        reader.report(parts["until"], "R312", "working hours end before they begin", "let until be later than from")
        return usual
    return opens, closes


def _read_clock(node: Node, reader: Reader) -> int | None:
    text = reader.text(node)
    found = _CLOCK.fullmatch(text) if text is not None else None
    if found:
        hours, minutes = (part for part in found.groups() if part is not None)
        return int(hours) * HOUR + int(minutes) * _MINUTE
    if text is not None:
        reader.report(node, "R312", f"'{text}' is not a time of day", "write it as '09:00', in quotes")
    return None


def _read_years(node: Node | None, reader: Reader) -> dict[int, tuple[set[int], set[int]]]:
    years = {}
    for key, body in reader.pairs(node):
        if re.fullmatch(r"[12]\d{3}", key.text, re.ASCII):
            years[int(key.text)] = _read_year(int(key.text), body, reader)
        else:
            reader.report(key, "R312", f"'{key.text}' is not a year", "write it as 2026")
    return years


def _read_year(year: int, node: Node, reader: Reader) -> tuple[set[int], set[int]]:
    parts = reader.mapping(node, ("holidays", "working"))
    written = parts.get("holidays")
    if written is None or (isinstance(written, Sequence) and not written.items):
        reader.report(node, "R312", f"the holidays of {year} are missing", "list them, or take the year out")
    holidays = _read_days(parts.get("holidays"), year, (), reader)
    working = _read_days(parts.get("working"), year, holidays, reader)
    return holidays, working


def _read_days(node: Node | None, year: int, taken: Iterable[int], reader: Reader) -> set[int]:
    days: set[int] = set()
    for item in reader.sequence(node) if node is not None else ():
        text = reader.text(item)
        day = _read_day(text) if text is not None else None
        if text is not None and day is None:
            reader.report(item, "R312", f"'{text}' is not a day", f"write it as {year}-01-31")
        elif day is not None and day.year != year:
            reader.report(item, "R312", f"{text} is listed under {year}", f"move it to {day.year}")
        elif day is not None and (day.toordinal() in days or day.toordinal() in taken):
            reader.report(item, "R312", f"{text} is listed twice in {year}", "keep it once, in one of the two lists")
        elif day is not None:
            days.add(day.toordinal())
    return days


def _read_day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.isoformat() == text else None
