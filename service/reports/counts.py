"""Count complaints by a dimension: all, open ones, amounts recommended and given.

A complaint counts once, on the day of its first decision, under the cause, category and so on of its latest. So the
days of a week add up to the week.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from sqlalchemy import Column, Connection, and_, case, func, select

from service.casework.states import ACTIVE, EXECUTED
from service.ledger.tables import CASES, DECISIONS, EXECUTIONS, OUTCOMES
from service.reports.naming import label
from service.reports.report import Question, Row

FIRST: Final = DECISIONS.alias("first")  # decision of a complaint
LAST: Final = DECISIONS.alias("last")
DIMENSIONS: Final[Mapping[str, Column[Any]]] = {
    "cause": LAST.c.cause,
    "category": LAST.c.category,
    "party": LAST.c.party,
    "remedy": LAST.c.remedy,
    "outcome": LAST.c.outcome,
    "kind": LAST.c.kinds,
    "severity": LAST.c.severity,
    "channel": FIRST.c.channel,
    "state": CASES.c.state,
}
SEVERAL: Final = ("kind",)  # a complaint can have several, separated by blanks
COLUMNS: Final = ("value", "label", "cases", "open", "closed", "total_fen", "given_fen")

_GIVEN: Final = func.coalesce(OUTCOMES.c.total_fen, EXECUTIONS.c.total_fen, 0)
_SUMS: Final = (
    func.count().label("cases"),
    func.sum(case((CASES.c.state.in_(ACTIVE), 1), else_=0)).label("open"),
    func.sum(LAST.c.total_fen).label("total_fen"),
    func.sum(_GIVEN).label("given_fen"),
)


class Sums(NamedTuple):
    """The sums of some complaints."""

    cases: int = 0
    open: int = 0
    total_fen: int = 0
    given_fen: int = 0

    def plus(self, other: Sums) -> Sums:
        """Return the sums of both."""
        return Sums(*(one + more for one, more in zip(self, other, strict=True)))


Tally = dict[tuple[str, str], Sums]  # by the part of the period and the value, empty where it is unknown


def tally(connection: Connection, asked: Question, dimension: str) -> Tally:
    """Return the sums of each value of a dimension."""
    column = DIMENSIONS[dimension]
    counted: Tally = defaultdict(Sums)
    of_day = select(FIRST.c.day, column.label("value"), *_SUMS).select_from(_complaints())
    for row in connection.execute(of_day.where(*_came(asked)).group_by(FIRST.c.day, column)):
        sums = Sums(int(row.cases), int(row.open), int(row.total_fen), int(row.given_fen))
        for value in _values(dimension, row.value):
            key = (asked.period.key(row.day), value)
            counted[key] = counted[key].plus(sums)
    return counted


def total(connection: Connection, asked: Question) -> Sums:
    """Return the sums of all complaints of the period."""
    row = connection.execute(select(*_SUMS).select_from(_complaints()).where(*_came(asked))).one()
    return Sums(*(int(value or 0) for value in row))


def count(connection: Connection, asked: Question, dimension: str) -> Iterator[Row]:
    """Yield the rows of a report by a dimension: by period, the most frequent first."""
    counted = tally(connection, asked, dimension)
    for period, value in sorted(counted, key=lambda key: (key[0], -counted[key].cases, key[1])):
        sums = counted[period, value]
        named = {"value": value or None, "label": label(asked.words, dimension, value)}
        yield {"period": period, **named, **sums._asdict(), "closed": sums.cases - sums.open}


def _values(dimension: str, value: str | None) -> list[str]:
    return (value.split() if value and dimension in SEVERAL else None) or [value or ""]


def _complaints() -> Any:
    """Return each case with its first and its latest decision, and the amount given on the latest."""
    executed = and_(EXECUTIONS.c.decision == LAST.c.id, EXECUTIONS.c.state == EXECUTED)
    cases = FIRST.join(CASES, CASES.c.seq == FIRST.c.seq).join(LAST, LAST.c.id == CASES.c.decision)
    return cases.outerjoin(OUTCOMES, OUTCOMES.c.decision == LAST.c.id).outerjoin(EXECUTIONS, executed)


def _came(asked: Question) -> list[Any]:
    return asked.days(FIRST)
