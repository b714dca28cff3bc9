"""Normalize stored names again, now without invisible characters.

The normalization is that of the program, not a copy: it does not change a name that is normalized already, so the
newest version can run on names of any older version.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa
from alembic import op

from service.normalization import EVERY, folded, key, name_of

revision = "0002"
down_revision = "0001"

Row = Mapping[str, Any]
PAGE = 1000


def _table(name: str, *columns: str) -> sa.TableClause:
    return sa.table(name, *(sa.column(column) for column in columns))


DECISIONS = _table("decisions", "id", "order_no", "order_key")
LINES = _table("executed_lines", "decision", "line", "merchant", "order_no", "order_key", "told", "refund_fen")
LIMITS = _table("limits", "scope", "name", "most", "most_fen")
SPENT = _table("spent", "scope", "name", "day", "many", "fen")
SWITCHES = _table("switches", "scope", "name", "since", "by", "reason")


def upgrade() -> None:
    for row in _changed(DECISIONS, _decision):
        op.execute(sa.update(DECISIONS).where(DECISIONS.c.id == row["id"]).values(_decision(row)))
    _rename(LINES, ("decision", "line"), _line, {"refund_fen": sum})
    _rename(LIMITS, ("scope", "name"), _named, {"most": min, "most_fen": min})  # the lower of two limits
    _rename(SPENT, ("scope", "name", "day"), _named, {"many": sum, "fen": sum})
    _rename(SWITCHES, ("scope", "name"), _named, {})


def downgrade() -> None:
    """Keep the keys: an earlier version finds names without invisible characters by them."""


def _decision(row: Row) -> Row:
    """Return a decision with the key of its order; if the order number was erased, its key stays."""
    named = row["order_key"] if row["order_no"] is None else row["order_no"]
    return {**row, "order_key": None if row["order_key"] is None else key(named)}


def _line(row: Row) -> Row:
    names = {"merchant": key(row["merchant"]), "order_no": folded(row["order_no"]), "order_key": key(row["order_no"])}
    return {**row, **names, "line": row["line"] if row["line"] == EVERY else key(row["line"])}


def _named(row: Row) -> Row:
    return {**row, "name": name_of(row["scope"], row["name"])}


def _changed(table: sa.TableClause, named: Callable[[Row], Row]) -> list[Row]:
    """Return the rows whose names are normalized differently now; they are few in any table."""
    rows = op.get_bind().execute(sa.select(table).execution_options(yield_per=PAGE)).mappings()
    return [dict(row) for row in rows if named(dict(row)) != dict(row)]


def _rename(
    table: sa.TableClause, unique: tuple[str, ...], named: Callable[[Row], Row], merge: Mapping[str, Callable[..., int]]
) -> None:
    """Give rows their new names; rows with the same new name are merged, column by column."""
    for row in _changed(table, named):
        now = named(row)
        _remove(table, {name: row[name] for name in unique})
        if (other := _remove(table, {name: now[name] for name in unique})) is not None:
            now = {**now, **{name: how((now[name], other[name])) for name, how in merge.items()}}
        op.execute(sa.insert(table).values(now))


def _remove(table: sa.TableClause, which: Row) -> Row | None:
    where = [table.c[name] == value for name, value in which.items()]
    row = op.get_bind().execute(sa.select(table).where(*where)).mappings().first()
    op.execute(sa.delete(table).where(*where))
    return None if row is None else dict(row)
