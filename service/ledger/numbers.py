"""Case numbers such as Tousu-20260814-0001: one counter a day, each number used once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson
from sqlalchemy import ColumnElement, Connection, Select, Text, bindparam, cast, func, select
from sqlalchemy.dialects import postgresql, sqlite

from service.ledger.prepared import Prepared, about, as_items, items_of
from service.ledger.tables import COUNTERS

_UNSURE: Final = func.set_config("synchronous_commit", "off", True)  # see `Ledger.counting`


class Numbers:
    """A counter that gives numbers to items, with the values of other queries about each item, in one statement.

    A query has the values of an item, by these names, as bound values.
    """

    def __init__(self, names: Sequence[str] = (), *beside: Select[Any]) -> None:
        self.counting = {
            "sqlite": _counting(sqlite.insert, _beside_on_sqlite(names, beside)),
            "postgresql": _counting(postgresql.insert, _beside_on_postgresql(names, beside), _UNSURE),
        }

    def next(
        self, connection: Connection, prefix: str, day: str, items: Sequence[Mapping[str, str]] = ({},)
    ) -> list[tuple[str, tuple[Any, ...]]]:
        """Return for each item the next number of a day (YYYY-MM-DD) (five digits above 9,999), and the values."""
        name, many = f"{prefix}-{day.replace('-', '')}", len(items)
        counting = self.counting[connection.dialect.name]
        ((last, found, *_),) = counting(connection, name=name, many=many, items=as_items(items))
        values = {place: tuple(row) for place, *row in orjson.loads(found)}
        return [(f"{name}-{last - many + 1 + place:04}", values[str(place)]) for place in range(many)]


def _beside_on_sqlite(names: Sequence[str], queries: Sequence[Select[Any]]) -> ColumnElement[Any]:
    """Return a JSON list with a list for each item: its place, and the value of each query about it."""
    items = items_of("sqlite", *names)
    row = func.json_array(items.c.place, *(about(query, items).scalar_subquery() for query in queries))
    return select(func.json_group_array(row)).scalar_subquery()


def _beside_on_postgresql(names: Sequence[str], queries: Sequence[Select[Any]]) -> ColumnElement[Any]:
    """Return the same."""
    items = items_of("postgresql", *names)
    row = func.json_build_array(items.c.place, *(about(query, items).scalar_subquery() for query in queries))
    return select(cast(func.json_agg(row), Text)).scalar_subquery()


def _counting(upsert: Any, *returning: ColumnElement[Any]) -> Prepared:
    """Return the statement that adds to a counter, which is created if its name is new."""
    counted = upsert(COUNTERS).values(name=bindparam("name"), last=bindparam("many"))
    on = {"last": COUNTERS.c.last + bindparam("many")}
    counted = counted.on_conflict_do_update(index_elements=[COUNTERS.c.name], set_=on)
    return Prepared(counted.returning(COUNTERS.c.last, *returning))
