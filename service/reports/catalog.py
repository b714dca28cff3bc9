"""All reports: their columns, whether days can be grouped, and their default period."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Final

from sqlalchemy import Connection

from service.casework.context import CaseContext
from service.i18n.reports import TITLES
from service.rendering.glossary import Glossary
from service.reports import automatic, clocks, counts, rules, sheets
from service.reports.period import Period
from service.reports.report import Question, Report, Row

Make = Callable[[Connection, Question], Iterable[Row]]

MONTH: Final = 30
WEEK: Final = 7


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of report."""

    make: Make
    columns: tuple[str, ...]
    grouped: bool = True  # whether its days can be grouped
    days: int = MONTH  # days until today, the default period


REPORTS: Final[Mapping[str, Kind]] = {
    **{
        name: Kind(partial(counts.count, dimension=name), counts.COLUMNS)
        for name in ("cause", "category", "party", "remedy", "outcome", "kind")
    },
    "overrides": Kind(rules.overrides, rules.OVERRIDES),
    "never-fired": Kind(rules.never_fired, rules.NEVER_FIRED, grouped=False),
    "clocks": Kind(clocks.clocks, clocks.COLUMNS),
    "automatic": Kind(automatic.automatic, automatic.COLUMNS),
    "daily": Kind(sheets.daily, sheets.DAILY, grouped=False, days=1),
    "weekly": Kind(sheets.weekly, sheets.WEEKLY, grouped=False, days=WEEK),
}


def period(context: CaseContext, name: str, first: date | None, last: date | None, group: str | None) -> Period:
    """Return the requested period, else the default one."""
    today = context.ledger.now().astimezone(context.ready.pack.zone).date()
    until = last or max(today, first or today)
    return Period(first or until - timedelta(days=REPORTS[name].days - 1), until, group)


def report(context: CaseContext, name: str, of: Period, language: str) -> Report:
    """Make a report from the present state of the ledger."""
    kind = REPORTS[name]
    asked = Question(Glossary(context.ready.pack, language), of, context.ledger.now(), context.sight)
    with context.ledger.reading() as connection:
        rows = list(kind.make(connection, asked))
    return Report(name, asked, (*(("period",) if of.group else ()), *kind.columns), rows)


def described(language: str) -> list[dict[str, object]]:
    """Return the reports, each with its description."""
    return [
        {"name": name, "title": TITLES[name][language][0], "about": TITLES[name][language][1], "grouped": kind.grouped}
        for name, kind in REPORTS.items()
    ]
