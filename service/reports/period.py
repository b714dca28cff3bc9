"""The period of a report, and how its days are grouped."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Final

DAY, WEEK, MONTH = "day", "week", "month"
GROUPS: Final = (DAY, WEEK, MONTH)


@dataclass(frozen=True, slots=True)
class Period:
    """Consecutive days, both ends included, in the pack's time zone."""

    first: date
    last: date
    group: str | None = None

    def before(self) -> Period:
        """Return the preceding period of the same length."""
        days = self.last.toordinal() - self.first.toordinal() + 1
        first, last = (max(1, end.toordinal() - days) for end in (self.first, self.last))
        return replace(self, first=date.fromordinal(first), last=date.fromordinal(last))

    def key(self, day: str) -> str:
        """Return the group of a day (YYYY-MM-DD), such as 2026-W33; empty without grouping."""
        if self.group == WEEK:
            year, week, _ = date.fromisoformat(day).isocalendar()
            return f"{year}-W{week:02}"
        return {DAY: day, MONTH: day[:7]}.get(self.group or "", "")
