"""Numbers of cases, such as Tousu-20260814-0001: one count a day, each number given once."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Connection, bindparam, func
from sqlalchemy.dialects import postgresql, sqlite

from .prepared import Prepared
from .tables import COUNTERS


def _counting(upsert: Any, *returning: Any) -> Prepared:
    """Return the statement that counts on under a name, from nothing where the name is new."""
    counted = upsert(COUNTERS).values(name=bindparam("name"), last=bindparam("many"))
    on = {"last": COUNTERS.c.last + bindparam("many")}
    counted = counted.on_conflict_do_update(index_elements=[COUNTERS.c.name], set_=on)
    return Prepared(counted.returning(COUNTERS.c.last, *returning))


_COUNT: Final = {
    "sqlite": _counting(sqlite.insert),
    "postgresql": _counting(postgresql.insert, func.set_config("synchronous_commit", "off", True)),
}


def next_number(connection: Connection, prefix: str, day: str) -> str:
    """Return the next number of a day (YYYY-MM-DD); above 9,999 a number grows by a digit."""
    return next_numbers(connection, prefix, day, 1)[0]


def next_numbers(connection: Connection, prefix: str, day: str, many: int) -> list[str]:
    """Return the next numbers of a day at once."""
    name = f"{prefix}-{day.replace('-', '')}"
    ((last, *_),) = _COUNT[connection.dialect.name](connection, name=name, many=many)
    return [f"{name}-{number:04}" for number in range(last - many + 1, last + 1)]
