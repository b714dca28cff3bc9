"""Change a ledger as a person with access to the database can."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, create_engine, text

from service.ledger.store import Ledger


@contextmanager
def tampering(ledger: Ledger) -> Iterator[Connection]:
    """Change the database behind the ledger's back and without its checks."""
    engine = create_engine(ledger.url)
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL session_replication_role = replica"))
        yield connection
    engine.dispose()
