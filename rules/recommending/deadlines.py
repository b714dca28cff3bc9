"""The deadlines of a case, from the answers to `clock`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final
from zoneinfo import ZoneInfo

from rules.compiling.pack import Pack
from rules.language.rule import Rule
from rules.recommending.answers import collected_items
from rules.values.calendar import HOUR, WORKING, Calendar, Duration
from rules.values.json_values import show_deadline, show_decimal
from rules.values.value import OPEN, Frame, Interval

DECISION: Final = "decision"


@dataclass(frozen=True, slots=True)
class Deadline:
    """A deadline; `at` is None while it counts from an event to come. `rule` is the rule that sets it."""

    name: str
    rule: Rule
    at: int | None
    after: str
    count: Any
    unit: str
    on_timeout: str
    years_missing: tuple[int, ...] = ()

    def as_json(self, zone: ZoneInfo) -> dict[str, Any]:
        """Return the deadline as JSON; the end of a day is shown as its last second."""
        count = None if self.count is OPEN else show_decimal(self.count)
        return {
            "name": self.name,
            "at": None if self.at is None else show_deadline(self.at, zone),
            "after": self.after,
            "within": None if count is None else f"{count} {self.unit.replace('_', ' ')}",
            "on_timeout": self.on_timeout or None,
            "rule": self.rule.id,
            "title": dict(self.rule.title),
            "source": list(self.rule.source),
        }


def deadlines_of(pack: Pack, frames: Sequence[Frame], at: int) -> dict[str, Deadline]:
    """Return the deadlines of a case by name: of each name the earliest."""
    found: dict[str, Deadline] = {}
    maker = pack.program.makers.get("clock")
    rules = maker.rules if maker is not None else ()
    for frame in frames:
        for one in collected_items(pack, frame, "clock"):
            deadline = _deadline(pack.calendar, rules[one.rule].rule, one.value, at)
            other = found.get(deadline.name)
            if other is None or _sort_key(deadline) < _sort_key(other):
                found[deadline.name] = deadline
    return {name: found[name] for name in sorted(found, key=lambda name: (*_sort_key(found[name])[:2], name))}


def _sort_key(deadline: Deadline) -> tuple[Any, ...]:
    known = deadline.at is not None
    return (
        not known,
        deadline.at if known else 0,
        deadline.unit,
        deadline.count if deadline.count is not OPEN else 0,
        deadline.after,
    )


def _deadline(calendar: Calendar, rule: Rule, value: Mapping[str, Any], at: int) -> Deadline:
    after, start = value["after"]
    count, unit = value["within"]
    if after == DECISION:
        start = at
    end = (
        None
        if start is OPEN or count is OPEN or isinstance(start, Interval)
        else period_end(calendar, start, count, unit)
    )
    years = calendar.uncovered(start, end) if end is not None and unit in WORKING else ()
    return Deadline(str(value["name"]), rule, end, after, count, unit, str(value.get("on_timeout", "")), years)


def period_end(calendar: Calendar, start: int, count: int | Fraction, unit: str) -> int | None:
    """Return the end of a period; None past the calendar's last year."""
    try:
        if unit == "hours":
            return start + int(count * HOUR)
        return calendar.add(start, Duration(int(count), unit))
    except OverflowError:
        return None
