"""Search decisions by what they are filed under, newest first, a page at a time.

The cost of a page does not grow with the ledger or the page number: the most selective filter uses its index, which is
sorted by entry number, and a page begins where the previous page ended.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Column, ColumnElement, Connection, RowMapping, Select, func, literal, select

from service.ledger.store import instant
from service.ledger.tables import DECISIONS

SET_BACK: Final = timedelta(minutes=5)  # tolerated difference between the clocks of writers

_C: Final = DECISIONS.c
FILTERS: Final[Mapping[str, Column[Any]]] = {  # the most selective first
    "case_no": _C.case_no,
    "order": _C.order_no,
    "customer": _C.customer,
    "cause": _C.cause,
    "category": _C.category,
    "merchant": _C.merchant,
    "remedy": _C.remedy,
    "mode": _C.mode,
    "outcome": _C.outcome,
    "state": _C.state,
    "pack": _C.pack,
}
_RENAMED: Final = {"order_no": "order"}  # a row uses the name of its filter
_INTERNAL: Final = ("seq", "order_key", "merchant_key")


@dataclass(frozen=True, slots=True)
class Search:
    """A search: values by the names of FILTERS, a rule that matched, the time of recording."""

    by: Mapping[str, str] = field(default_factory=dict)
    rule: str | None = None  # policy/rule
    drawn: bool | None = None
    since: datetime | None = None
    until: datetime | None = None  # exclusive


def find(
    connection: Connection, search: Search, seen: Sequence[ColumnElement[bool]], limit: int, before: int | None = None
) -> list[tuple[int, dict[str, Any]]]:
    """Return decisions below an entry number, without their payloads, each with its entry number.

    `seen` holds the visibility conditions; an empty sequence shows all.
    """
    rows = connection.execute(statement(connection, search, before).where(*seen).limit(limit)).mappings()
    return [(row["seq"], to_json(row)) for row in rows]


def to_json(row: RowMapping) -> dict[str, Any]:
    """Return a decision's row as JSON."""
    said = {_RENAMED.get(name, str(name)): value for name, value in row.items() if name not in _INTERNAL}
    return said | {"rules": row["rules"].split(), "kinds": row["kinds"].split(), "held": row["held"].splitlines()}


def statement(connection: Connection, search: Search, before: int | None = None) -> Select[Any]:
    """Return the query for all matches below an entry number, newest first."""
    wanted = [*_filed(connection, search), *_checked(search), *_recorded(search)]
    later = None if search.until is None else _later(connection, search.until)
    ends = [end for end in (before, later) if end is not None]
    if ends:
        wanted.append(_C.seq < min(ends))  # one bound: of two a store may use the wider
    if search.since is not None and (earlier := _earlier(connection, search.since)) is not None:
        wanted.append(_C.seq > earlier)
    return select(DECISIONS).where(*wanted).order_by(_C.seq.desc())


def _filed(connection: Connection, search: Search) -> list[ColumnElement[bool]]:
    """Use the index of the most selective filter; the others only filter its rows.

    SQLite keeps no statistics and might choose the least selective index; PostgreSQL chooses well itself.
    """
    given = [(column, search.by[name]) for name, column in FILTERS.items() if name in search.by]
    if connection.dialect.name != "sqlite":
        return [column == value for column, value in given]
    return [(column if at == 0 else _not_led_by(column)) == value for at, (column, value) in enumerate(given)]


def _checked(search: Search) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = []
    if search.rule is not None:
        listed = literal(" ") + _C.rules + " "
        wanted.append(listed.contains(f" {search.rule} ", autoescape=True))
    if search.drawn is not None:
        wanted.append(_C.drawn if search.drawn else ~_C.drawn)
    return wanted


def _recorded(search: Search) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = []
    if search.since is not None:
        wanted.append(_not_led_by(_C.at) >= instant(search.since))
    if search.until is not None:
        wanted.append(_not_led_by(_C.at) < instant(search.until))
    return wanted


def _earlier(connection: Connection, since: datetime) -> int | None:
    """Return an entry from before a time, so that older entries are not read.

    Clocks of writers may differ, so it is one from a little earlier.
    """
    before = select(_C.seq).where(_C.at < instant(since - SET_BACK)).order_by(_C.at.desc()).limit(1)
    return connection.execute(before).scalar()


def _later(connection: Connection, until: datetime) -> int | None:
    """Return an entry from after a time, a little later."""
    after = select(_C.seq).where(_C.at >= instant(until + SET_BACK)).order_by(_C.at).limit(1)
    return connection.execute(after).scalar()


def _not_led_by(column: Column[Any]) -> ColumnElement[Any]:
    """Return a column wrapped so that its index is not used."""
    return func.coalesce(column, "")
