"""Case numbers such as Tousu-20260814-0001: one counter a day, each number used once."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Connection, Integer, Select, bindparam, func, literal_column
from sqlalchemy.dialects import postgresql, sqlite

from service.ledger.prepared import Prepared
from service.ledger.tables import COUNTERS

_ONE: Final = literal_column("1", Integer)
_UNSURE: Final = func.set_config("synchronous_commit", "off", True)  # see `Ledger.counting`


class Numbers:
    """A counter that returns a number and the values of other queries in one statement."""

    def __init__(self, *beside: Select[Any]) -> None:
        asked = [question.scalar_subquery() for question in beside]
        self.many = len(asked)
        self.counting = {
            "sqlite": _counting(sqlite.insert, *asked),
            "postgresql": _counting(postgresql.insert, *asked, _UNSURE),
        }

    def next(self, connection: Connection, prefix: str, day: str, **values: Any) -> tuple[str, tuple[Any, ...]]:
        """Return the next number of a day (YYYY-MM-DD) (five digits above 9,999) and the results of the queries."""
        name = f"{prefix}-{day.replace('-', '')}"
        ((last, *answers),) = self.counting[connection.dialect.name](connection, name=name, **values)
        return f"{name}-{last:04}", tuple(answers[: self.many])


def _counting(upsert: Any, *returning: Any) -> Prepared:
    """Return the statement that increments a counter, which is created if its name is new."""
    counted = upsert(COUNTERS).values(name=bindparam("name"), last=_ONE)
    on = {"last": COUNTERS.c.last + _ONE}
    counted = counted.on_conflict_do_update(index_elements=[COUNTERS.c.name], set_=on)
    return Prepared(counted.returning(COUNTERS.c.last, *returning))
