"""Report on deadlines that were due: met or missed, and by how much.

A deadline is missed once it has passed without being met, unless its case was closed before.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row, select

from service.ledger.store import instant
from service.ledger.tables import CASES, CLOCKS
from service.reports.report import Question
from service.reports.report import Row as ReportRow
from service.validation import instants

COLUMNS: Final = ("clock", "due", "met", "missed", "unmet", "late_average", "late_most")
MINUTE: Final = timedelta(minutes=1)


@dataclass(slots=True)
class Record:
    """The counts of one kind of deadline."""

    met: int = 0
    unmet: int = 0  # passed and still not met
    late: list[timedelta] = field(default_factory=list)

    def add(self, late: timedelta, is_met: bool) -> None:
        """Count a deadline that was due."""
        if late > timedelta():
            self.late.append(late)
            self.unmet += not is_met
        else:
            self.met += 1

    def as_row(self) -> dict[str, Any]:
        """Return the counts."""
        average = sum(self.late, timedelta()) / len(self.late) if self.late else None
        return {
            "due": self.met + len(self.late),
            "met": self.met,
            "missed": len(self.late),
            "unmet": self.unmet,
            "late_average": None if average is None else average // MINUTE,
            "late_most": max(self.late) // MINUTE if self.late else None,
        }


def clocks(connection: Connection, asked: Question) -> Iterator[ReportRow]:
    """Yield each kind of deadline by the period in which it was due, those missed most often first."""
    found: dict[tuple[str, str], Record] = defaultdict(Record)
    now, zone = instant(asked.now), asked.words.pack.zone
    for row in connection.execute(_due(asked, now)):
        day = datetime.fromisoformat(row.due_at).astimezone(zone).date().isoformat()
        late = datetime.fromisoformat(row.met_at or _closed(row) or now) - datetime.fromisoformat(row.due_at)
        found[asked.period.key(day), row.name].add(late, row.met_at is not None)
    for period, name in sorted(found, key=lambda key: (key[0], -len(found[key].late), key[1])):
        yield {"period": period, "clock": name, **found[period, name].as_row()}


def _closed(row: Row[Any]) -> str | None:
    """Return when the case of a deadline was closed; the deadline no longer runs after that."""
    closed: str | None = row.closed_at
    return closed


def _due(asked: Question, now: str) -> Any:
    zone, period = asked.words.pack.zone, asked.period
    begins, ends = instants.begin(period.first, zone), instants.end(period.last, zone)
    fell_due = (CLOCKS.c.due_at >= instant(begins), CLOCKS.c.due_at < instant(ends), CLOCKS.c.due_at <= now)
    columns = (CLOCKS.c.name, CLOCKS.c.due_at, CLOCKS.c.met_at, CASES.c.closed_at)
    of_pack = CASES.c.pack == asked.words.pack.name
    return select(*columns).join(CASES, CASES.c.no == CLOCKS.c.case_no).where(of_pack, *asked.sight.cases(), *fell_due)
