from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Table, select

from service.ledger.changes import Add, Below, Change, Delete, Insert, Update, write
from service.ledger.store import Ledger
from service.ledger.tables import COUNTERS, SPENT, SWITCHES

DAYS = ("2026-08-13", "2026-08-14", "2026-08-15")


def budget(scope: str, day: str) -> dict[str, str]:
    return {"scope": scope, "name": "c1", "day": day}


def written(ledger: Ledger, table: Table, *changes: Change) -> list[dict[str, Any]]:
    """Write changes, and return the rows of a table."""
    with ledger.writing("owner") as writer:
        write(writer, changes)
    with ledger.reading() as connection:
        return [dict(row) for row in connection.execute(select(table).order_by(*table.primary_key)).mappings()]


def test_an_amount_is_added_to_a_row_which_is_made_where_there_is_none(ledger: Ledger) -> None:
    key = budget("customer", DAYS[0])
    assert written(ledger, SPENT, Add(SPENT, key, {"many": 1, "fen": 7})) == [key | {"many": 1, "fen": 7}]
    assert written(ledger, SPENT, Add(SPENT, key, {"many": 1, "fen": 5})) == [key | {"many": 2, "fen": 12}]


def test_an_amount_may_be_added_only_to_a_row_that_is_there(ledger: Ledger) -> None:
    key, back = budget("customer", DAYS[0]), {"many": -1, "fen": -7}
    assert written(ledger, SPENT, Add(SPENT, key, back, if_there=True)) == []
    written(ledger, SPENT, Add(SPENT, key, {"many": 1, "fen": 7}))
    assert written(ledger, SPENT, Add(SPENT, key, back, if_there=True)) == [key | {"many": 0, "fen": 0}]


def test_rows_below_a_value_are_removed(ledger: Ledger) -> None:
    rows = [budget(scope, day) | {"many": 1, "fen": 1} for scope in ("customer", "day") for day in DAYS]
    written(ledger, SPENT, *(Insert(SPENT, row) for row in rows))
    left = written(ledger, SPENT, Delete(SPENT, {"scope": "customer", "day": Below(DAYS[1])}))
    assert [(row["scope"], row["day"]) for row in left] == [
        ("customer", DAYS[1]),
        ("customer", DAYS[2]),
        *(("day", day) for day in DAYS),
    ]


@pytest.mark.parametrize(
    ("match", "changed"),
    [
        ({"name": "T-1"}, {"T-1"}),
        ({"name": ("T-0", "T-2")}, {"T-0", "T-2"}),
        ({"name": ()}, set()),
        ({"name": Below("T-1")}, {"T-0"}),
        ({"name": "T-1", "last": 7}, set()),
    ],
)
def test_rows_that_match_are_changed(ledger: Ledger, match: dict[str, Any], changed: set[str]) -> None:
    written(ledger, COUNTERS, *(Insert(COUNTERS, {"name": f"T-{at}", "last": 0}) for at in range(3)))
    rows = written(ledger, COUNTERS, Update(COUNTERS, match, {"last": 9}))
    assert {row["name"] for row in rows if row["last"] == 9} == changed


def test_a_row_takes_the_place_of_one_that_is_removed_before_it(ledger: Ledger) -> None:
    key = {"scope": "all", "name": "*"}
    row = key | {"since": "2026-08-14T08:00:00.000000Z", "by": "owner"}
    written(ledger, SWITCHES, Insert(SWITCHES, row | {"reason": "drill"}))
    found = written(ledger, SWITCHES, Delete(SWITCHES, key), Insert(SWITCHES, row | {"reason": "again"}))
    assert [one["reason"] for one in found] == ["again"]


def test_a_row_that_is_there_may_be_left_as_it_is(ledger: Ledger) -> None:
    written(ledger, COUNTERS, Insert(COUNTERS, {"name": "T-1", "last": 1}))
    rows = [{"name": f"T-{at}", "last": 9} for at in range(3)]
    assert written(ledger, COUNTERS, *(Insert(COUNTERS, row, unless_there=True) for row in rows)) == [
        {"name": "T-0", "last": 9},
        {"name": "T-1", "last": 1},
        {"name": "T-2", "last": 9},
    ]
