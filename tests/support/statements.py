"""The SQL statements that a ledger is sent."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from sqlalchemy import Connection, event

from service.ledger import prepared
from service.ledger.store import Ledger


@contextmanager
def counted(ledger: Ledger) -> Iterator[list[str]]:
    """Yield a list that takes each statement meanwhile; one that is run for many rows is one statement."""
    sent: list[str] = []
    cursor_of = prepared.cursor_of

    def send(connection: Connection, text: str) -> Any:
        sent.append(text)
        return cursor_of(connection, text)

    def executed(_: Any, __: Any, text: str, *___: Any) -> None:
        sent.append(text)

    event.listen(ledger.engine, "before_cursor_execute", executed)
    try:
        with patch.object(prepared, "cursor_of", send):
            yield sent
    finally:
        event.remove(ledger.engine, "before_cursor_execute", executed)
