from __future__ import annotations

from sqlalchemy import bindparam, select

from service.ledger.prepared import Prepared, inserting
from service.ledger.store import Ledger
from service.ledger.tables import COUNTERS

ABOVE = Prepared(
    select(COUNTERS.c.name).where(COUNTERS.c.last > bindparam("least")).order_by(COUNTERS.c.last.desc()).limit(2)
)


def test_values_are_given_by_name_and_those_of_the_statement_itself_stay(ledger: Ledger) -> None:
    with ledger.engine.begin() as connection:
        rows = [{"name": f"T-{number}", "last": number} for number in range(5)]
        inserting(COUNTERS, ("name", "last")).many(connection, rows)
        assert ABOVE(connection, least=0).scalars().all() == ["T-4", "T-3"]
        assert ABOVE(connection, least=3).scalars().all() == ["T-4"]
        assert ABOVE(connection, least=9).scalars().all() == []


def test_a_value_is_never_read_as_part_of_the_statement(ledger: Ledger) -> None:
    name = "%(last)s :last '; DROP TABLE counters; --"
    with ledger.engine.begin() as connection:
        inserting(COUNTERS, ("name", "last")).many(connection, [{"name": name, "last": 1}])
        assert ABOVE(connection, least=0).scalars().all() == [name]
