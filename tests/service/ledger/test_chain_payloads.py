from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import delete, select, update

from service.ledger import chain
from service.ledger.chain import payload_of, with_payloads
from service.ledger.store import Ledger
from service.ledger.tables import ENTRIES, PAYLOADS


@pytest.fixture
def seq(ledger: Ledger) -> int:
    """Return the number of an entry that says how much was given."""
    with ledger.writing("ann") as writer:
        return writer.append("outcome", {"refund_fen": 100}).seq


def read(ledger: Ledger) -> Any:
    with ledger.reading() as connection:
        return payload_of(connection.execute(with_payloads(select(ENTRIES), ENTRIES.c.seq)).one())


def test_a_payload_is_read_as_it_was_recorded(ledger: Ledger, seq: int) -> None:
    assert read(ledger) == {"refund_fen": 100}


def test_of_what_was_erased_there_is_none(ledger: Ledger, seq: int) -> None:
    with ledger.writing("ann") as writer:
        writer.connection.execute(delete(PAYLOADS).where(PAYLOADS.c.seq == seq))
    assert read(ledger) is None


@pytest.mark.parametrize("body", [chain.pack({"refund_fen": 999}), b"torn"])
def test_what_is_no_longer_what_was_recorded_is_not_read(ledger: Ledger, seq: int, body: bytes) -> None:
    with ledger.writing("ann") as writer:
        writer.connection.execute(update(PAYLOADS).where(PAYLOADS.c.seq == seq).values(body=body))
    assert read(ledger) is None
