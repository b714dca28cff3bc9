"""Search decisions by what they are filed under, newest first, a page at a time.

A page costs the same wherever it begins and however long the ledger is: one filter, the narrowest, leads through its
index, which is sorted by the number of the entry, and a page begins where the page before ended.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Column, ColumnElement, Connection, RowMapping, Select, func, literal, select

from service.ledger.store import instant
from service.ledger.tables import DECISIONS

SET_BACK: Final = timedelta(minutes=5)  # how far the clocks of those who write may differ, or be set back

_C: Final = DECISIONS.c
FILTERS: Final[Mapping[str, Column[Any]]] = {  # the narrowest first
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
_RENAMED: Final = {"order_no": "order"}  # a row says what a filter asks for
_NOT_TOLD: Final = ("seq", "order_key", "merchant_key")


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for: values by the names of FILTERS, a rule that spoke, when it was recorded."""

    by: Mapping[str, str] = field(default_factory=dict)
    rule: str | None = None  # policy/rule
    drawn: bool | None = None
    since: datetime | None = None
    until: datetime | None = None  # this instant is no longer in it


def find(
    connection: Connection, search: Search, seen: Sequence[ColumnElement[bool]], limit: int, before: int | None = None
) -> list[tuple[int, dict[str, Any]]]:
    """Return decisions below an entry, without what they say, each with its place in the list.

    `seen` are the conditions on those that are seen; none hides nothing.
    """
    rows = connection.execute(statement(connection, search, before).where(*seen).limit(limit)).mappings()
    return [(row["seq"], told(row)) for row in rows]


def told(row: RowMapping) -> dict[str, Any]:
    """Return a decision's row as it is told."""
    said = {_RENAMED.get(name, str(name)): value for name, value in row.items() if name not in _NOT_TOLD}
    return said | {"rules": row["rules"].split(), "kinds": row["kinds"].split(), "held": row["held"].splitlines()}


def statement(connection: Connection, search: Search, before: int | None = None) -> Select[Any]:
    """Return what is asked of the store: all that fits, newest first, below an entry."""
    wanted = [*_filed(connection, search), *_checked(search), *_recorded(search)]
    later = None if search.until is None else _later(connection, search.until)
    ends = [end for end in (before, later) if end is not None]
    if ends:
        wanted.append(_C.seq < min(ends))  # of two bounds a store may use the wider
    if search.since is not None and (earlier := _earlier(connection, search.since)) is not None:
        wanted.append(_C.seq > earlier)
    return select(DECISIONS).where(*wanted).order_by(_C.seq.desc())


def _filed(connection: Connection, search: Search) -> list[ColumnElement[bool]]:
    """Let the narrowest filter lead through its index; the others are held against what it finds.

    SQLite keeps no statistics, and might take the index of the widest; PostgreSQL finds the narrowest itself.
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
    """Return an entry from before a time, so that none of those before it are looked at.

    Entries follow each other in time but for clocks that differ, and so it is one from a little earlier.
    """
    before = select(_C.seq).where(_C.at < instant(since - SET_BACK)).order_by(_C.at.desc()).limit(1)
    return connection.execute(before).scalar()


def _later(connection: Connection, until: datetime) -> int | None:
    """Return an entry from after a time, a little later."""
    after = select(_C.seq).where(_C.at >= instant(until + SET_BACK)).order_by(_C.at).limit(1)
    return connection.execute(after).scalar()


def _not_led_by(column: Column[Any]) -> ColumnElement[Any]:
    """Return a column in a way that keeps its index out of play."""
    return func.coalesce(column, "")
