from __future__ import annotations

import pytest
from sqlalchemy import bindparam, select
from sqlalchemy.exc import IntegrityError

from service.ledger.prepared import CombinedQuery, Prepared, inserting
from service.ledger.store import Ledger
from service.ledger.tables import COUNTERS, LIMITS

ABOVE = Prepared(
    select(COUNTERS.c.name).where(COUNTERS.c.last > bindparam("least")).order_by(COUNTERS.c.last.desc()).limit(2)
)


def test_values_are_given_by_name_and_those_of_the_statement_itself_stay(ledger: Ledger) -> None:
    with ledger.engine.begin() as connection:
        rows = [{"name": f"T-{number}", "last": number} for number in range(5)]
        inserting(COUNTERS, ("name", "last")).many(connection, rows)
        assert ABOVE(connection, least=0) == [("T-4",), ("T-3",)]
        assert ABOVE(connection, least=3) == [("T-4",)]
        assert ABOVE(connection, least=9) == []


def test_a_value_is_never_read_as_part_of_the_statement(ledger: Ledger) -> None:
    name = "%(last)s :last '; DROP TABLE counters; --"
    with ledger.engine.begin() as connection:
        inserting(COUNTERS, ("name", "last")).many(connection, [{"name": name, "last": 1}])
        assert ABOVE(connection, least=0) == [(name,)]


def test_what_fails_raises_as_it_does_elsewhere(ledger: Ledger) -> None:
    rows = [{"name": "T-1", "last": 1}]
    with ledger.engine.begin() as connection:
        inserting(COUNTERS, ("name", "last")).many(connection, rows)
    with pytest.raises(IntegrityError), ledger.engine.begin() as connection:
        inserting(COUNTERS, ("name", "last")).many(connection, rows)
    with ledger.engine.begin() as connection:
        assert ABOVE(connection, least=0) == [("T-1",)]


def test_queries_asked_together_are_answered_for_each_item_by_its_own_rows(ledger: Ledger) -> None:
    limits = [{"scope": "day", "name": "*", "most": 1, "most_fen": 2}]
    name = select(COUNTERS.c.name).order_by(COUNTERS.c.name)
    combined = CombinedQuery(
        ("other", "own"),
        rows={
            "of_all": select(LIMITS.c.scope, LIMITS.c.name),
            "of_each": name.where(COUNTERS.c.name != bindparam("other"), COUNTERS.c.name != "T-2"),
            "nothing": name.where(COUNTERS.c.name == "none such"),
        },
        exist={"there": name.where(COUNTERS.c.name == bindparam("own")), "never": name.where(COUNTERS.c.name == "")},
    )
    items = [{"other": "T-0", "own": "T-3"}, {"other": "T-1", "own": "'; --"}]
    with ledger.engine.begin() as connection:
        inserting(COUNTERS, ("name", "last")).many(connection, [{"name": f"T-{at}", "last": at} for at in range(3)])
        inserting(COUNTERS, ("name", "last")).many(connection, [{"name": "T-3", "last": 3}])
        inserting(LIMITS, tuple(limits[0])).many(connection, limits)
        first, second = combined(connection, items)
        (alone,) = combined(connection, items[1:])
    every = {"of_all": [("day", "*")], "nothing": [], "never": []}
    assert first == every | {"of_each": [("T-1",), ("T-3",)], "there": [()]}
    assert second == alone == every | {"of_each": [("T-0",), ("T-3",)], "there": []}
