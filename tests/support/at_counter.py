"""A counter that takes things back: a small pack with deadlines, people and machines, and a clock that tests turn."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.api.access import Gate
from service.api.app import create_app
from service.auth import Caller
from service.casework.cases.events import RecordedEvent, record_event
from service.casework.cases.listing import show_case
from service.casework.choices import Choice
from service.casework.context import CaseContext
from service.casework.outcomes import outcomes
from service.ledger.store import Ledger
from service.packs import Ready, prepare, read_policies
from service.settings import Settings
from tests.support.places import PACKS

COUNTER = PACKS / "counter"
START = datetime.fromisoformat("2026-11-22T10:00:00+08:00")


class Time:
    """The time of a test, which passes only when the test says so."""

    def __init__(self) -> None:
        self.moment = START

    def __call__(self) -> datetime:
        return self.moment

    def text(self, _: object = None) -> str:
        return self.moment.isoformat()

    def pass_(self, **spans: float) -> None:
        self.moment += timedelta(**spans)


@pytest.fixture(scope="session")
def counter() -> Iterator[Ready]:
    ready, problems = prepare(read_policies(COUNTER))
    assert problems == ()
    assert ready is not None
    yield ready
    ready.close()


@pytest.fixture
def time(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> Time:
    time = Time()
    monkeypatch.setattr(ledger, "now", time)
    return time


@pytest.fixture
def office(counter: Ready, ledger: Ledger, time: Time) -> CaseContext:
    return CaseContext(counter, ledger, Settings(drawn_percent=0), time.text)


@pytest.fixture(scope="session")
def open_office(counter: Ready, stored: Ledger) -> Flask:
    """Return a service at this counter, by the clock of its ledger; it is made once for each store."""
    settings = Settings(drawn_percent=0)
    clock = {"CLOCK": lambda _: stored.now().isoformat()}
    return create_app({"PACK": counter, "LEDGER": stored, "SETTINGS": settings, "TESTING": True, **clock})


@pytest.fixture
def served_office(open_office: Flask, ledger: Ledger, time: Time) -> FlaskClient:
    """Return a client of that service."""
    open_office.config["GATE"] = Gate(ledger)  # it has not heard of any key
    return open_office.test_client()


def complaint(kind: str = "broken", **more: Any) -> dict[str, Any]:
    """Return a complaint about a thing of 25.60."""
    return {
        "submitted_at": "2026-11-22T09:30:00+08:00",
        "order": {"no": "A1", "refunded_fen": 0, "lines": [{"id": "1", "paid_fen": 2560}]},
        "customer": {"id": "C1", "name": "张小满"},
        "issues": [{"kind": kind, "line": "1"}],
        **more,
    }


def say(context: CaseContext, case_no: str, kind: str, by: str = "小李", **event: Any) -> RecordedEvent:
    """Record an event."""
    return record_event(context, case_no, {"kind": kind, **event}, by)


def pay(context: CaseContext, case_no: str, refund_fen: int, by: str = "小李", **event: Any) -> RecordedEvent:
    """Accept the latest decision of a case, look at the goods, and record what was paid on it, as an agent does."""
    agent = Caller(by, "agent", frozenset({"override"}))
    outcomes.take(context, show_case(context.ledger, case_no)["latest"]["id"], Choice("accepted"), agent)
    say(context, case_no, "return_inspected", by, result="passed")
    return say(context, case_no, "executed", by, reference="P1", refund_fen=refund_fen, **event)
