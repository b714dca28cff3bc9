"""Empty a ledger, so that a test begins where nothing has happened."""

from __future__ import annotations

from sqlalchemy import insert

from service.ledger.chain import GENESIS
from service.ledger.store import Ledger
from service.ledger.tables import HEAD, METADATA


def empty(ledger: Ledger) -> Ledger:
    """Return a ledger in which nothing has happened yet."""
    with ledger.engine.connect().execution_options(writing=True) as connection, connection.begin():
        for table in reversed(METADATA.sorted_tables):
            connection.execute(table.delete())
        connection.execute(insert(HEAD).values(one=1, seq=0, hash=GENESIS))
    return ledger
