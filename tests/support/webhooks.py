"""A clock that a test moves, an endpoint that listens, and decisions that are published."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from service.ledger.store import Ledger
from service.webhooks import endpoints
from service.webhooks.events import EVENTS, decided
from tests.support.receiving import Receiver


class Time:
    """The clock of the ledger."""

    def __init__(self) -> None:
        self.now = datetime(2026, 8, 14, 8, 0, tzinfo=UTC)

    def pass_(self, **some: float) -> None:
        self.now += timedelta(**some)


def listen(ledger: Ledger, receiver: Receiver, *events: str) -> tuple[str, str]:
    """Subscribe a receiver to events; return the id and the secret of the endpoint."""
    added, secret = endpoints.add(ledger, "owner", receiver.url, events or EVENTS, [receiver.host])
    return added.id, secret


def happen(ledger: Ledger, *ids: str) -> None:
    """Let decisions be made."""
    for id in ids:
        with ledger.writing("owner") as writer:
            decided(writer, id=id, case_no="T-1", outcome="remedy", mode="auto", total_fen=12800, currency="CNY")


@pytest.fixture
def time(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> Time:
    time = Time()
    monkeypatch.setattr(ledger, "now", lambda: time.now)
    return time


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver
