from __future__ import annotations

import logging
from typing import Any

import pytest
from flask.testing import FlaskClient

from service.http.app import create_app
from service.http.metrics import Metrics
from service.ledger.chain import Entry
from service.ledger.store import Ledger
from service.packs import Ready
from tests.service.conftest import AFTERNOON
from tests.service.http.test_decisions import CASE, post


@pytest.fixture
def served(ready: Ready, ledger: Ledger) -> FlaskClient:
    """Return a client of a service that has counted nothing yet."""
    return create_app({"PACK": ready, "LEDGER": ledger, "CLOCK": lambda _: AFTERNOON, "TESTING": True}).test_client()


def counts(client: FlaskClient) -> dict[str, float]:
    lines = client.get("/metrics").text.splitlines()
    return {name: float(count) for name, _, count in (line.rpartition(" ") for line in lines if line[:1] != "#")}


def record(client: FlaskClient, case: dict[str, Any] = CASE) -> Any:
    return client.post("/v1/decisions", json=case).json


def entry(kind: str) -> Entry:
    return Entry(1, "ent_1", kind, None, None, "2026-08-14T08:00:00.000000Z", "somebody", "0" * 64)


def test_what_is_recorded_is_counted_by_outcome_and_mode_and_what_is_simulated_is_not(served: FlaskClient) -> None:
    told = [record(served), record(served)]
    post(served, CASE)
    name = f'redress_decisions_total{{mode="{told[0]["mode"]}",outcome="{told[0]["recommendation"]["outcome"]}"}}'
    found = counts(served)
    assert found[name] == 2.0
    assert found['redress_entries_total{kind="decision"}'] == 2.0


def test_methods_that_callers_make_up_count_as_one(served: FlaskClient) -> None:
    for number in range(3):
        served.open("/v1/cases", method=f"MADE{number}")
    found = counts(served)
    assert [name for name in found if "MADE" in name] == []
    assert found['redress_request_seconds_count{method="OTHER",route="none",status="405"}'] == 3.0


def test_every_answer_is_timed_by_its_route_and_status(served: FlaskClient) -> None:
    served.get("/healthz")
    served.get("/v1/decisions/dec_1")
    served.get("/v1/nothing/that/a/caller/could/think/of")
    found = counts(served)
    counted = {
        ("/healthz", 200): 1.0,
        ("/v1/decisions/<decision_id>", 404): 1.0,
        ("none", 404): 1.0,
    }
    for (route, status), count in counted.items():
        assert found[f'redress_request_seconds_count{{method="GET",route="{route}",status="{status}"}}'] == count


def test_executions_and_what_was_held_back_are_counted() -> None:
    metrics = Metrics()
    decided = {"recommendation": {"outcome": "remedy"}, "mode": "agent", "held": ["line:1", "line:2", "switch:all:*"]}
    metrics.heed([(entry("decision"), decided), (entry("execution.claimed"), {}), (entry("execution.failed"), {})])
    told = metrics.exposed().decode()
    for line in (
        'redress_held_total{by="line"} 2.0',
        'redress_held_total{by="switch"} 1.0',
        'redress_executions_total{state="claimed"} 1.0',
        'redress_executions_total{state="failed"} 1.0',
    ):
        assert line in told


def test_what_was_not_recorded_is_not_counted(served: FlaskClient, ledger: Ledger) -> None:
    with pytest.raises(RuntimeError), ledger.writing("somebody") as writer:
        writer.append("note", {})
        raise RuntimeError
    assert 'redress_entries_total{kind="note"}' not in counts(served)


def test_counting_that_breaks_takes_nothing_back(ledger: Ledger, caplog: pytest.LogCaptureFixture) -> None:
    ledger.listeners.append(lambda _: 1 / 0)
    with caplog.at_level(logging.ERROR), ledger.writing("somebody") as writer:
        writer.append("note", {})
    ledger.listeners.clear()
    assert "a listener of the ledger broke" in caplog.text
    with ledger.writing("somebody") as writer:
        assert writer.seq == 1


def test_a_service_without_a_ledger_has_metrics_too(client: FlaskClient) -> None:
    assert client.get("/metrics").content_type.startswith("text/plain; version=0.0.4")
