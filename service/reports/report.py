"""A report: its question, its columns and its rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, FromClause

from service.casework.visibility import Sight
from service.i18n.reports import COLUMNS, MONEY, TITLES, UNITS
from service.ledger.tables import DECISIONS
from service.rendering.csv_text import Cell, major
from service.rendering.glossary import Glossary
from service.reports.period import Period

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Question:
    """The question of a report: period, pack, language and the present instant.

    `sight` limits the cases.
    """

    words: Glossary
    period: Period
    now: datetime
    sight: Sight

    def days(self, decisions: FromClause = DECISIONS) -> list[ColumnElement[bool]]:
        """Return the conditions on the decisions of the report."""
        first, last = self.period.first.isoformat(), self.period.last.isoformat()
        ours = decisions.c.pack == self.words.pack.name  # another pack can use another currency
        return [*self.sight.decisions(decisions), ours, decisions.c.day >= first, decisions.c.day <= last]


@dataclass(frozen=True, slots=True)
class Report:
    """A report: rows of values by column names. Amounts are integers of minor units."""

    name: str
    asked: Question
    columns: Sequence[str]
    rows: Sequence[Row]

    @property
    def title(self) -> str:
        """Return the title of the report."""
        return TITLES[self.name][self.asked.words.language][0]

    def headers(self) -> list[str]:
        """Return the column headers; that of an amount names the currency."""
        return [self._header(name) for name in self.columns]

    def as_json(self) -> dict[str, Any]:
        """Return the report as the API returns it."""
        period, pack = self.asked.period, self.asked.words.pack
        return {
            "report": self.name,
            "title": self.title,
            "pack": pack.name,
            "currency": pack.currency,
            "from": period.first.isoformat(),
            "to": period.last.isoformat(),
            "group": period.group,
            "columns": [
                {"name": name, "label": label, "unit": UNITS.get(name, "text")}
                for name, label in zip(self.columns, self.headers(), strict=True)
            ],
            "items": [{name: row[name] for name in self.columns} for row in self.rows],
        }

    def table(self) -> Iterator[list[Cell]]:
        """Yield the headers and then the rows, for a spreadsheet."""
        yield list(self.headers())
        for row in self.rows:
            yield [major(row[name]) if UNITS.get(name) == MONEY else row[name] for name in self.columns]

    def _header(self, name: str) -> str:
        words = self.asked.words
        money = UNITS.get(name) == MONEY
        return COLUMNS[name][words.language] + (words.line("extent", words.pack.currency) if money else "")
