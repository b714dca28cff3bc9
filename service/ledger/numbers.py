"""Numbers of cases, such as Tousu-20260814-0001: one count a day, each number given once."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite

from .tables import COUNTERS

PREFIX: Final = "Tousu"


def next_number(connection: Connection, prefix: str, day: str) -> str:
    """Return the next number of a day (YYYY-MM-DD); above 9,999 a number grows by a digit."""
    return next_numbers(connection, prefix, day, 1)[0]


def next_numbers(connection: Connection, prefix: str, day: str, many: int) -> list[str]:
    """Return the next numbers of a day at once."""
    name = f"{prefix}-{day.replace('-', '')}"
    upsert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    counted = (
        upsert(COUNTERS)
        .values(name=name, last=many)
        .on_conflict_do_update(index_elements=[COUNTERS.c.name], set_={"last": COUNTERS.c.last + many})
        .returning(COUNTERS.c.last)
    )
    last = connection.execute(counted).scalar_one()
    return [f"{name}-{number:04}" for number in range(last - many + 1, last + 1)]
