"""A new ledger on each store, for benchmarks: SQLite in a folder, PostgreSQL in a schema that goes when it is done."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from uuid import uuid4

from sqlalchemy import create_engine, text

from service.ledger.store import Ledger

POSTGRESQL: Final = os.environ.get("REDRESS_TEST_POSTGRESQL", "postgresql://root@127.0.0.1:5432/test")
STORES: Final = ("sqlite", "postgresql")


@contextmanager
def ledger_on(store: str) -> Iterator[Ledger]:
    """Yield a new ledger, with its tables; what it holds goes with it."""
    with _sqlite() if store == "sqlite" else _postgresql() as url:
        ledger = Ledger(url)
        ledger.migrate()
        try:
            yield ledger
        finally:
            ledger.close()


@contextmanager
def _sqlite() -> Iterator[str]:
    with TemporaryDirectory(prefix="redress-bench-") as folder:
        yield f"sqlite:///{Path(folder) / 'ledger.db'}"


@contextmanager
def _postgresql() -> Iterator[str]:
    name = f"bench_{uuid4().hex[:12]}"
    engine = create_engine(POSTGRESQL.replace("postgresql:", "postgresql+psycopg:"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE SCHEMA {name}"))
        try:
            yield f"{POSTGRESQL}{'&' if '?' in POSTGRESQL else '?'}options=-csearch_path%3D{name}"
        finally:
            connection.execute(text(f"DROP SCHEMA {name} CASCADE"))
    engine.dispose()
