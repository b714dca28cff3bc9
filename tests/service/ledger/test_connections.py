from __future__ import annotations

import pytest

from service.ledger.store import Ledger


def test_a_connection_that_the_server_closed_is_replaced(
    monkeypatch: pytest.MonkeyPatch, schema_of_our_own: str
) -> None:
    monkeypatch.setattr("service.ledger.store.IDLE", -1.0)  # every connection counts as one that was idle for long
    ledger, other = Ledger(schema_of_our_own), Ledger(schema_of_our_own)
    with ledger.reading() as connection:
        closed = connection.connection.dbapi_connection
        number = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
    with other.reading() as connection:
        connection.exec_driver_sql(f"SELECT pg_terminate_backend({number})")
    with ledger.reading() as connection:
        assert connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one() != number
    assert closed.closed
    ledger.close()
    other.close()
